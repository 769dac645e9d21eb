/*
 * test_string.c - UTF-8, strings, symbols and builders as structures.
 */
#include "vm/fixture.h"

#include <stdlib.h>

#include "core/utf8.h"
#include "types/string.h"

/* ---- UTF-8 ---- */

static void test_utf8_valid_and_not(void **state) {
  (void)state;
  static const struct {
    const char *text;
    size_t len, valid;
  } rows[] = {
      {"", 0, 0},
      {"plain ascii text", 16, 16},
      {"a\0b", 3, 3},
      {"\xc3\xa9", 2, 2},
      {"\xe2\x82\xac", 3, 3},
      {"\xf0\x9f\x98\x80", 4, 4},
      {"\xf4\x8f\xbf\xbf", 4, 4},
      {"12345678\xff", 9, 8},
      {"\x80", 1, 0},
      {"\xc0\x80", 2, 0},
      {"\xc1\xbf", 2, 0},
      {"\xc3", 1, 0},
      {"\xc3(", 2, 0},
      {"\xe0\x9f\xbf", 3, 0},
      {"\xed\xa0\x80", 3, 0},
      {"\xed\x9f\xbf", 3, 3},
      {"\xee\x80\x80", 3, 3},
      {"\xe2\x82", 2, 0},
      {"\xe2\x82(", 3, 0},
      {"\xf0\x8f\xbf\xbf", 4, 0},
      {"\xf4\x90\x80\x80", 4, 0},
      {"\xf5\x80\x80\x80", 4, 0},
      {"\xf0\x9f\x98", 3, 0},
      {"ok\xf0\x9f\x98(", 6, 2},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    assert_int_equal(gn_utf8_valid_prefix(rows[i].text, rows[i].len),
                     rows[i].valid);
}

static void test_utf8_round_trip(void **state) {
  (void)state;
  char text[4];
  for (uint32_t c = 0; c <= 0x10ffff; c++) {
    uint32_t size;
    if (c == 0xd800)
      c = 0xe000;
    uint32_t n = gn_utf8_encode(c, text);
    if (gn_utf8_valid_prefix(text, n) != n ||
        gn_utf8_decode(text, n, &size) != c || size != n ||
        gn_utf8_count(text, n) != 1)
      fail_msg("code point %x", c);
  }
}

/* ---- a string and what it should be ---- */

/* Random text of n characters, bytes are at most 4 n. */
static size_t random_text(fixture *f, char *text, size_t n, bool ascii) {
  static const uint32_t wide[] = {0xe9, 0x20ac, 0x1f600, 0x7ff, 0xffff};
  size_t len = 0;
  for (size_t i = 0; i < n; i++) {
    uint32_t c = 'a' + fixture_random(f, 26);
    if (!ascii && fixture_random(f, 3) == 0)
      c = wide[fixture_random(f, 5)];
    len += gn_utf8_encode(c, text + len);
  }
  return len;
}

static void check_text(gn_value v, const char *want, size_t len) {
  gn_string *s = gn_str(v);
  assert_true(gn_is_string(v));
  assert_int_equal(s->len, len);
  if (len != 0)
    assert_memory_equal(gn_str_bytes(s), want, len);
  assert_int_equal(gn_str_chars(s), gn_utf8_count(want, len));
}

static void test_strings_keep_their_bytes(void **state) {
  (void)state;
  fixture f;
  char text[4 * 300];
  fixture_open(&f, (size_t)1 << 20);
  for (size_t n = 0; n < 300; n++) {
    size_t len = random_text(&f, text, n, n % 2 == 0);
    gn_value v = gn_string_new(&f.heap, text, len);
    check_text(v, text, len);
    check_text(gn_string_of(&f.heap, gn_symbol_new(&f.heap, text, len)), text,
               len);
    assert_int_equal(gn_str_hash(f.heap.seed, gn_str(v)),
                     gn_sym(gn_symbol_of(&f.heap, v))->hash);
  }
  check_text(gn_string_new(&f.heap, "a\0b", 3), "a\0b", 3);
  gn_heap_validate(&f.heap);
  fixture_close(&f);
}

static void test_joining_in_a_loop_is_linear(void **state) {
  (void)state;
  enum { N = 100000 };
  fixture f;
  char *want = malloc(10 * N);
  fixture_open(&f, (size_t)16 << 20);
  gn_value part = gn_string_c(&f.heap, "0123456789");
  f.roots[0] = part;
  f.roots[1] = gn_string_c(&f.heap, "");
  for (int i = 0; i < N; i++) {
    memcpy(want + 10 * i, "0123456789", 10);
    f.roots[1] = gn_string_concat(&f.heap, f.roots[1], part);
    assert_true(f.roots[1] != GN_NONE);
    if (gn_heap_wants_gc(&f.heap))
      gn_heap_collect(&f.heap);
  }
  check_text(f.roots[1], want, 10 * N);
  assert_true(f.heap.collections < 20);
  gn_heap_validate(&f.heap);
  fixture_close(&f);
  free(want);
}

/* Two continuations of one string must not see each other. */
static void test_branches_do_not_mix(void **state) {
  (void)state;
  fixture f;
  char long_text[200];
  memset(long_text, 'x', sizeof long_text);
  fixture_open(&f, (size_t)1 << 20);
  gn_value x = gn_string_new(&f.heap, long_text, 100);
  gn_value base = gn_string_append_bytes(&f.heap, x, "-base", 5);
  gn_value one = gn_string_append_bytes(&f.heap, base, "-one", 4);
  gn_value two = gn_string_append_bytes(&f.heap, base, "-two", 4);
  gn_value twice = gn_string_concat(&f.heap, one, one);
  memcpy(long_text + 100, "-base-one", 9);
  check_text(one, long_text, 109);
  memcpy(long_text + 100, "-base-two", 9);
  check_text(two, long_text, 109);
  memcpy(long_text + 100, "-base", 5);
  check_text(base, long_text, 105);
  assert_int_equal(gn_str(twice)->len, 218);
  assert_memory_equal(gn_str_bytes(gn_str(twice)) + 109,
                      gn_str_bytes(gn_str(one)), 109);
  assert_true(gn_string_concat(&f.heap, one, gn_string_c(&f.heap, "")) == one);
  gn_heap_validate(&f.heap);
  fixture_close(&f);
}

/* Joins, slices and appends of strings that share buffers, with collections. */
static void test_random_joins_and_slices(void **state) {
  (void)state;
  enum { STRINGS = 16, LONGEST = 6000 };
  fixture f;
  static char want[STRINGS][LONGEST * 4];
  size_t len[STRINGS] = {0};
  fixture_open(&f, (size_t)8 << 20);
  for (size_t i = 0; i < STRINGS; i++)
    f.roots[i] = gn_string_c(&f.heap, "");
  for (int step = 0; step < 20000; step++) {
    size_t i = fixture_random(&f, STRINGS), k = fixture_random(&f, STRINGS);
    char text[4 * 40];
    gn_string *s = gn_str(f.roots[k]);
    uint32_t chars = gn_str_chars(s);
    uint32_t from = fixture_random(&f, chars + 1);
    uint32_t to = from + fixture_random(&f, chars - from + 1);
    uint32_t at = gn_str_offset(s, from);
    size_t n = random_text(&f, text, fixture_random(&f, 40), step & 1);
    gn_value v;
    if (step % 3 == 0) {
      uint32_t passed = 0;
      v = gn_str_slice(&f.heap, s, from, to, &passed);
      len[i] = gn_str(v)->len;
      memmove(want[i], want[k] + at, len[i]);
    } else if (step % 3 == 1 && len[i] + len[k] < LONGEST) {
      v = gn_string_concat(&f.heap, f.roots[i], f.roots[k]);
      memmove(want[i] + len[i], want[k], len[k]);
      len[i] += len[k];
    } else {
      if (len[i] + n >= LONGEST)
        len[i] = 0;
      v = len[i] == 0 ? gn_string_c(&f.heap, "") : f.roots[i];
      v = gn_string_append_bytes(&f.heap, v, text, n);
      memcpy(want[i] + len[i], text, n);
      len[i] += n;
    }
    f.roots[i] = v;
    check_text(v, want[i], len[i]);
    if (step % 100 == 0) {
      gn_heap_collect(&f.heap);
      gn_heap_validate(&f.heap);
      for (size_t j = 0; j < STRINGS; j++)
        check_text(f.roots[j], want[j], len[j]);
    }
  }
  fixture_close(&f);
}

static void test_offsets_of_characters(void **state) {
  (void)state;
  fixture f;
  char text[4 * 500];
  fixture_open(&f, (size_t)1 << 20);
  for (int ascii = 0; ascii < 2; ascii++) {
    size_t len = random_text(&f, text, 500, ascii);
    gn_string *s = gn_str(gn_string_new(&f.heap, text, len));
    uint32_t at = 0;
    for (uint32_t i = 0; i < 500; i++) {
      uint32_t size;
      assert_int_equal(gn_str_offset(s, i), at);
      gn_utf8_decode(text + at, len - at, &size);
      at += size;
    }
    assert_int_equal(gn_str_offset(s, 500), len);
    for (int step = 0; step < 2000; step++) {
      uint32_t passed = 0, i = fixture_random(&f, 501);
      at = gn_str_offset_near(&f.heap, s, i, &passed);
      assert_int_equal(at, gn_str_offset(s, i));
      assert_true(passed <= len / 2 + 1000);
      passed = 0;
      gn_str_offset_near(&f.heap, s, i < 500 ? i + 1 : i, &passed);
      assert_true(passed <= 4);
    }
  }
  fixture_close(&f);
}

/* Characters are looked up by bytes and bytes by characters, in several texts
 * in turn: the way from the last place is all that is walked. */
static void test_places_both_ways(void **state) {
  (void)state;
  enum { CHARS = 5000 };
  fixture f;
  char text[4 * CHARS];
  gn_string *s[GN_TEXT_PLACES];
  uint32_t at[GN_TEXT_PLACES] = {0}, size, passed = 0;
  fixture_open(&f, (size_t)1 << 20);
  for (size_t t = 0; t < GN_TEXT_PLACES; t++) {
    size_t len = random_text(&f, text, CHARS, false);
    f.roots[t] = gn_string_new(&f.heap, text, len);
    s[t] = gn_str(f.roots[t]);
  }
  for (uint32_t i = 0; i < CHARS; i++)
    for (size_t t = 0; t < GN_TEXT_PLACES; t++) {
      if (i % 1000 == 999)
        gn_heap_collect(&f.heap);
      assert_int_equal(gn_str_chars_near(&f.heap, s[t], at[t], &passed), i);
      assert_int_equal(gn_str_offset_near(&f.heap, s[t], i, &passed), at[t]);
      gn_utf8_decode(gn_str_bytes(s[t]) + at[t], s[t]->len - at[t], &size);
      at[t] += size;
    }
  assert_true(passed < 30 * 4 * CHARS); /* some 20 begin anew */
  for (int step = 0; step < 2000; step++) {
    size_t t = fixture_random(&f, GN_TEXT_PLACES);
    uint32_t i = fixture_random(&f, CHARS + 1);
    uint32_t byte = gn_str_offset(s[t], i);
    assert_int_equal(gn_str_chars_near(&f.heap, s[t], byte, &passed), i);
    i = fixture_random(&f, CHARS + 1);
    assert_int_equal(gn_str_offset_near(&f.heap, s[t], i, &passed),
                     gn_str_offset(s[t], i));
  }
  fixture_close(&f);
}

/* A part of ASCII is known to be ASCII; of others nothing is. */
static void test_parts_know_their_characters(void **state) {
  (void)state;
  fixture f;
  fixture_open(&f, (size_t)1 << 20);
  gn_string *ascii = gn_str(gn_string_c(&f.heap, "some letters"));
  gn_string *other = gn_str(gn_string_c(&f.heap, "l\u00e9ttres"));
  assert_true(gn_str(gn_str_cut(&f.heap, ascii, 1, 4))->chars ==
              GN_CHARS_UNKNOWN);
  assert_int_equal(gn_str_chars(ascii), 12);
  assert_int_equal(gn_str(gn_str_cut(&f.heap, ascii, 1, 4))->chars, 3);
  assert_int_equal(gn_str_chars(other), 7);
  gn_value part = gn_str_cut(&f.heap, other, 1, 4);
  assert_true(gn_str(part)->chars == GN_CHARS_UNKNOWN);
  check_text(part, "\u00e9t", 3);
  assert_int_equal(gn_str_chars(gn_str(part)), 2);
  fixture_close(&f);
}

static void test_equality_and_text(void **state) {
  (void)state;
  fixture f;
  fixture_open(&f, (size_t)1 << 20);
  gn_value a = gn_string_c(&f.heap, "same"), b = gn_string_c(&f.heap, "same");
  gn_value c = gn_string_c(&f.heap, "sane");
  assert_true(gn_str_equal(gn_str(a), gn_str(b)));
  assert_false(gn_str_equal(gn_str(a), gn_str(c)));
  gn_str_hash(1, gn_str(a));
  gn_str_hash(1, gn_str(c));
  assert_false(gn_str_equal(gn_str(a), gn_str(c)));
  assert_true(gn_text_is(a, "same"));
  assert_true(gn_text_is(gn_symbol_of(&f.heap, a), "same"));
  assert_false(gn_text_is(a, "sam"));
  assert_false(gn_text_is(GN_NIL, "nil"));
  fixture_close(&f);
}

static void test_formatting(void **state) {
  (void)state;
  fixture f;
  char text[1000];
  memset(text, 'y', sizeof text);
  text[999] = '\0';
  fixture_open(&f, (size_t)1 << 20);
  check_text(gn_string_format(&f.heap, "%d-%s", 7, "x"), "7-x", 3);
  check_text(gn_string_format(&f.heap, "%s", text), text, 999);
  text[255] = '\0';
  check_text(gn_string_format(&f.heap, "%s", text), text, 255);
  text[256] = '\0';
  text[255] = 'y';
  check_text(gn_string_format(&f.heap, "%s", text), text, 256);
  check_text(gn_string_format(&f.heap, "%s", ""), "", 0);
  fixture_close(&f);
}

static void test_static_strings_are_complete(void **state) {
  (void)state;
  fixture core, f;
  fixture_open(&core, (size_t)1 << 20);
  core.heap.obj_flags = GN_STATIC;
  fixture_open(&f, (size_t)1 << 20);
  gn_builder b;
  gn_builder_init(&b, &core.heap);
  for (int i = 0; i < 50; i++)
    gn_put_c(&b, "0123456789");
  gn_value text = gn_builder_string(&b);
  gn_string before = *gn_str(text);
  assert_true(before.hash != 0 && before.chars == 500);
  gn_value joined = gn_string_concat(&f.heap, text, text);
  uint32_t passed = 0;
  gn_value slice = gn_str_slice(&f.heap, gn_str(text), 0, 400, &passed);
  assert_memory_equal(&before, gn_str(text), sizeof before);
  assert_int_equal(gn_str(joined)->len, 1000);
  assert_int_equal(gn_str(slice)->len, 400);
  assert_int_equal(
      gn_str_hash(FIXTURE_SEED, gn_str(slice)),
      gn_hash_bytes(FIXTURE_SEED, gn_str_bytes(gn_str(text)), 400));
  fixture_close(&f);
  fixture_close(&core);
}

/* ---- builder ---- */

static void test_builder(void **state) {
  (void)state;
  fixture f;
  static char want[40000];
  size_t len = 0;
  gn_builder b;
  fixture_open(&f, (size_t)1 << 20);
  gn_builder_init(&b, &f.heap);
  check_text(gn_builder_string(&b), "", 0);
  for (int i = 0; i < 3000; i++) {
    char text[4 * 4];
    size_t n = random_text(&f, text, fixture_random(&f, 4), false);
    assert_true(gn_put(&b, text, n));
    assert_true(gn_put_char(&b, 0x20ac));
    memcpy(want + len, text, n);
    memcpy(want + len + n, "\xe2\x82\xac", 3);
    len += n + 3;
  }
  gn_value v = gn_builder_string(&b);
  check_text(v, want, len);
  assert_true(gn_put_c(&b, "more"));
  check_text(v, want, len);
  f.roots[0] = v;
  gn_heap_collect(&f.heap);
  gn_heap_validate(&f.heap);
  check_text(v, want, len);
  fixture_close(&f);
}

static void test_builder_without_memory(void **state) {
  (void)state;
  fixture f;
  gn_builder b;
  fixture_open(&f, 100000);
  gn_builder_init(&b, &f.heap);
  int n = 0;
  while (gn_put_c(&b, "0123456789"))
    n++;
  assert_true(n > 2000 && n < 10000);
  assert_false(gn_put_c(&b, "x"));
  assert_false(gn_put(&b, "", 0));
  assert_true(gn_builder_string(&b) == GN_NONE);
  assert_true(f.heap.failed);
  fixture_close(&f);
}

static void test_every_failure_is_reported(void **state) {
  (void)state;
  fixture f;
  fixture_open(&f, (size_t)1 << 20);
  gn_value a = gn_string_c(&f.heap, "a string that is not so very short");
  gn_value ab = gn_string_concat(&f.heap, a, a);
  for (uint64_t nth = 1; nth <= 2; nth++) {
    gn_heap_fail_nth(&f.heap, nth);
    gn_value v = gn_string_concat(&f.heap, ab, ab);
    v = v != GN_NONE ? gn_string_concat(&f.heap, v, a) : v;
    assert_true(v == GN_NONE);
    assert_int_equal(f.heap.fail_in, 0);
  }
  gn_heap_fail_nth(&f.heap, 1);
  assert_true(gn_symbol_new(&f.heap, "x", 1) == GN_NONE);
  gn_heap_fail_nth(&f.heap, 1);
  assert_true(gn_string_format(&f.heap, "%0300d", 1) == GN_NONE);
  gn_heap_fail_nth(&f.heap, 1);
  uint32_t passed = 0;
  assert_true(gn_str_slice(&f.heap, gn_str(a), 1, 5, &passed) == GN_NONE);
  gn_heap_validate(&f.heap);
  assert_true(gn_string_new(&f.heap, "", (size_t)UINT32_MAX) == GN_NONE);
  assert_true(gn_symbol_new(&f.heap, "", (size_t)UINT32_MAX) == GN_NONE);
  fixture_close(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_utf8_valid_and_not),
      cmocka_unit_test(test_utf8_round_trip),
      cmocka_unit_test(test_strings_keep_their_bytes),
      cmocka_unit_test(test_joining_in_a_loop_is_linear),
      cmocka_unit_test(test_branches_do_not_mix),
      cmocka_unit_test(test_random_joins_and_slices),
      cmocka_unit_test(test_offsets_of_characters),
      cmocka_unit_test(test_places_both_ways),
      cmocka_unit_test(test_parts_know_their_characters),
      cmocka_unit_test(test_equality_and_text),
      cmocka_unit_test(test_formatting),
      cmocka_unit_test(test_static_strings_are_complete),
      cmocka_unit_test(test_builder),
      cmocka_unit_test(test_builder_without_memory),
      cmocka_unit_test(test_every_failure_is_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
