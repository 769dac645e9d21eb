/*
 * test_reader_hostile.c - hostile text of all sorts: bad encodings, depth,
 * length, every prefix of good text, memory that runs out.
 */
#include "reader_check.h"

/* ---- hostile text ---- */

static void bad_encoding(void **state) {
  (void)state;
  expect_error("a\n b\xff", 5, "Invalid UTF-8 in source", 2, 3);
  expect_error("\xc3", 1, "Invalid UTF-8 in source", 1, 1);
  expect_error("\xed\xa0\x80", 3, "Invalid UTF-8 in source", 1, 1);
  expect_error("\xc0\x80", 2, "Invalid UTF-8 in source", 1, 1);
  expect_error("a\0b", 3, "NUL character in source", 1, 2);
  expect_error("\"\0\"\xff", 4, "NUL character in source", 1, 2);
}

/* A run of n times s, then tail. */
static char *repeat(const char *s, size_t n, const char *tail) {
  size_t len = strlen(s);
  char *p = malloc(len * n + strlen(tail) + 1);
  assert_non_null(p);
  for (size_t i = 0; i < n; i++)
    memcpy(p + i * len, s, len);
  strcpy(p + len * n, tail);
  return p;
}

static void too_deep(const char *open, size_t n, const char *tail,
                     uint32_t column) {
  char *source = repeat(open, n, tail);
  expect_error(source, strlen(source), "Nesting too deep", 1, column);
  free(source);
}

/* n levels of open and close are just read. */
static void deep_enough(const char *open, const char *middle, const char *close,
                        size_t n) {
  char *closing = repeat(close, n, "");
  char *tail = malloc(strlen(closing) + strlen(middle) + 1);
  assert_non_null(tail);
  strcpy(tail, middle);
  strcat(tail, closing);
  char *source = repeat(open, n, tail);
  fixture f;
  gn_syntax_error err;
  if (read_in(&f, source, strlen(source), &err) == GN_NONE)
    fail_msg("%.20s: %s", source, err.message);
  fixture_close(&f);
  free(source);
  free(tail);
  free(closing);
}

static void deep(void **state) {
  (void)state;
  too_deep("(", 10000, "", 513);
  too_deep("[", 10000, "", 513);
  too_deep("{^a ", 10000, "", 512 * 4 + 1);
  too_deep("{{", 10000, "", 1025);
  too_deep("`", 10000, "x", 513);
  too_deep("%", 10000, "x", 513);
  too_deep("#@d ", 10000, "x", 512 * 4 + 1);
  too_deep("#\"#(", 10000, "", 256 * 4 + 1);
  too_deep("a/<", 10000, "", 512 * 3 + 3);
  deep_enough("(", "", ")", 512);
  deep_enough("[", "a/b", "]", 512);
  deep_enough("`", "a", "", 512);
  deep_enough("a/<", "b", ">", 256);
  deep_enough("#\"#{", "a b", "}\"", 256);
  deep_enough("#\"#{", "a", "}\"", 512);
}

/* Depth that no open delimiter shows: chains and key paths. */
static void deep_quietly(void **state) {
  (void)state;
  static const struct {
    const char *open, *tail;
  } cases[] = {
      {"(a", ")"},
      {";b", ")"},
      {"^a", " 1}"},
  };
  char *chain = repeat(cases[1].open, 10000, cases[1].tail);
  chain[0] = '(';
  fixture f;
  gn_syntax_error err;
  assert_true(read_in(&f, chain, strlen(chain), &err) == GN_NONE);
  assert_string_equal(err.message, "Nesting too deep");
  fixture_close(&f);
  free(chain);
  char *keys = repeat(cases[2].open, 10000, cases[2].tail);
  char *map = repeat("{", 1, keys);
  assert_true(read_in(&f, map, strlen(map), &err) == GN_NONE);
  assert_string_equal(err.message, "Nesting too deep");
  fixture_close(&f);
  free(keys);
  free(map);
}

/* Long lines and long tokens take time in proportion. */
static void long_input(void **state) {
  (void)state;
  static const char *const pieces[] = {
      "ab ", "a/b ", "(a)", "\"x\" ", "#\"#{a}\"", "1",      "x",  "{^a 1}",
      "\\x", "#<>#", ";",   "'a'",    "1.5 ",      "[a ^b]", "\n",
  };
  for (size_t i = 0; i < COUNT(pieces); i++) {
    char *source = repeat(pieces[i], 100000, "");
    fixture f;
    gn_syntax_error err;
    read_in(&f, source, strlen(source), &err);
    fixture_close(&f);
    free(source);
  }
}

/* Every prefix of a text with everything in it ends in an error or forms. */
static void prefixes(void **state) {
  (void)state;
  static const char source[] =
      "#!x\n(fn f [a ^b = 1 c...] ^k `(q %x %_y) #\"a#{b + 1}#<c>#\\u{41}\" "
      "{^a^b 1 ^^c ^... d} {{1 'c'}} #[0#ff 0*SGk=] 2031-01-01T10:00Z[E/P] "
      "#/a\\/b/c/i a/<b/0>/.<m> \"\"\"t\n\"\"\" #r\"r\" ;n\n; m) #@d x \\u";
  for (size_t n = 0; n < sizeof source; n++) {
    fixture f;
    gn_syntax_error err;
    char *copy = malloc(n + 1);
    assert_non_null(copy);
    memcpy(copy, source, n);
    read_in(&f, copy, n, &err);
    free(copy);
    fixture_close(&f);
  }
}

/* With each allocation failing once, and with a small cap. */
static void out_of_memory(void **state) {
  (void)state;
  static const char source[] = "(f ^a 1 [x y] {^a^b \"s\"} {{1 2}} `q %u "
                               "#\"a#{b}\" p/<q>/r 1e300 0#ff 10:00 #/a/; g)";
  bool done = false;
  for (uint64_t n = 1; !done; n++) {
    fixture f;
    gn_syntax_error err;
    fixture_open(&f, (size_t)1 << 20);
    gn_heap_fail_nth(&f.heap, n);
    gn_value v =
        gn_read_all(&f.heap, source, sizeof source - 1, GN_MAX_NESTING, &err);
    done = v != GN_NONE;
    assert_true(done || err.out_of_memory);
    gn_heap_fail_nth(&f.heap, 0);
    fixture_close(&f);
    assert_true(n < 1000);
  }
  char *big = repeat("[1 2 3] ", 200000, "");
  fixture f;
  gn_syntax_error err;
  fixture_open(&f, (size_t)1 << 20);
  assert_true(gn_read_all(&f.heap, big, strlen(big), GN_MAX_NESTING, &err) ==
              GN_NONE);
  assert_true(err.out_of_memory);
  fixture_close(&f);
  free(big);
}

/* A long message is cut between characters. */
static void long_message(void **state) {
  (void)state;
  char *source = repeat("\xc3\xa9", 500, "");
  char *map = repeat("{", 1, source);
  fixture f;
  gn_syntax_error err;
  assert_true(read_in(&f, map, strlen(map), &err) == GN_NONE);
  assert_int_equal(strlen(err.message), strlen("Expect key but found ") + 60);
  fixture_close(&f);
  free(source);
  free(map);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bad_encoding), cmocka_unit_test(deep),
      cmocka_unit_test(deep_quietly), cmocka_unit_test(long_input),
      cmocka_unit_test(prefixes),     cmocka_unit_test(out_of_memory),
      cmocka_unit_test(long_message),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
