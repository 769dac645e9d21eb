/*
 * test_regex.c - patterns as PCRE2 gets them, and the sets of their codes.
 */
#include "vm/fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "types/regex.h"
#include "types/regex_code.h"
#include "types/regex_pattern.h"

static void *take(size_t bytes, void *data) {
  (void)data;
  return malloc(bytes);
}
static void give(void *block, void *data) {
  (void)data;
  free(block);
}
static const gn_re_memory memory = {take, give, NULL};

/* ---- sources ---- */

static void test_translated(void **state) {
  (void)state;
  static const struct {
    const char *source, *want;
  } rows[] = {
      {"", ""},
      {"a\\d", "a\\d"},
      {"\\v[\\v]", "\\x0b[\\x0b]"},
      {"\\u00e9x", "\\x{00e9}x"},
      {"\\\\v", "\\\\v"},
      {"\\Q\\v\\E\\v", "\\Q\\v\\E\\x0b"},
      {"a\\", "a\\"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    gn_re_pattern p;
    const char *source = rows[i].source;
    assert_true(gn_re_translate(source, strlen(source), &memory, &p));
    assert_string_equal(p.text, rows[i].want);
    assert_int_equal(p.len, strlen(rows[i].want));
    assert_int_equal(gn_re_source_offset(source, strlen(source), p.len),
                     strlen(source));
    free(p.text);
  }
}

static void test_counted(void **state) {
  (void)state;
  static const struct {
    const char *source, *want;
  } rows[] = {
      {"abc", "(?C0)abc"},
      {"a*b", "(?C0)a*(?C0)b"},
      {".*+b{2,3}?", "(?C0).*+(?C1)b{2,3}?(?C0)"},
      {"(a|b)+", "(?C0)((?C0)a|b)+(?C0)"},
      {"(?:a(b))*", "(?C0)(?:(?C0)a(b))*(?C0)"},
      {"(?<n>a)?", "(?C0)(?<n>(?C0)a)?(?C0)"},
      {"(?i-s:a)?", "(?C0)(?i-s:(?C0)a)?(?C0)"},
      {"(?<=a)(?P=n)+", "(?C0)(?<=a)(?P=n)+(?C0)"},
      {"[)*]\\)*", "(?C0)[)*]\\)*(?C0)"},
      {"[]*]\\Q*\\E", "(?C0)[]*]\\Q*\\E"},
      {"a{,2}{x", "(?C0)a{,2}{x"},
      {"(?#*)a", "(?C0)(?#*)a"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    gn_re_pattern plain, with;
    const char *source = rows[i].source;
    assert_true(gn_re_translate(source, strlen(source), &memory, &plain));
    assert_true(gn_re_instrument(&plain, &memory, &with));
    assert_string_equal(with.text, rows[i].want);
    assert_int_equal(with.len, strlen(rows[i].want));
    free(plain.text);
    free(with.text);
  }
}

static void test_refused(void **state) {
  (void)state;
  static const struct {
    const char *source;
    size_t at;
    bool refused;
  } rows[] = {
      {"ab(*FAIL)", 2, true},   {"a\\C", 1, true},   {"\\G", 0, true},
      {"a(?C2)", 1, true},      {"\\u12", 0, true},  {"[(*)]", 0, false},
      {"\\Q(*X)\\E", 0, false}, {"\\\\C", 0, false}, {"\\(*", 0, false},
      {"(?#(*X)", 0, false},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    size_t at = 0;
    const char *why =
        gn_re_refused(rows[i].source, strlen(rows[i].source), &at);
    assert_int_equal(why != NULL, rows[i].refused);
    if (why)
      assert_int_equal(at, rows[i].at);
  }
}

/* ---- sets ---- */

static gn_re_code *compile(gn_re_codes **codes, gn_heap *heap,
                           const char *source, gn_re_error *err) {
  return gn_re_compile(codes, heap, source, strlen(source), 0, err);
}

static void test_cached_and_swept(void **state) {
  gn_heap *heap = *state;
  gn_re_codes *codes = NULL;
  gn_re_error err;
  size_t before = heap->bytes;
  gn_re_code *a = compile(&codes, heap, "(?<x>a)(?<w>b)", &err);
  assert_non_null(a);
  assert_ptr_equal(compile(&codes, heap, "(?<x>a)(?<w>b)", &err), a);
  assert_int_equal(a->groups, 2);
  assert_int_equal(a->nnames, 2);
  assert_string_equal(a->names[0].text, "x");
  assert_string_equal(a->names[1].text, "w");
  char source[16];
  for (int i = 0; i < 100; i++) {
    snprintf(source, sizeof source, "x%d", i);
    assert_non_null(compile(&codes, heap, source, &err));
  }
  size_t full = heap->bytes;
  gn_re_sweep(codes);
  assert_int_equal(heap->bytes, full);
  a->live = true;
  gn_re_sweep(codes);
  assert_true(heap->bytes < full);
  assert_ptr_equal(compile(&codes, heap, "(?<x>a)(?<w>b)", &err), a);
  gn_re_codes_free(codes);
  assert_int_equal(heap->bytes, before);
}

static void test_errors(void **state) {
  gn_heap *heap = *state;
  gn_re_error err;
  size_t before = heap->bytes;
  assert_false(gn_re_check(heap, "\xc3\xa9(", 3, 0, &err));
  assert_int_equal(err.offset, 2);
  assert_true(err.reason[0] != '\0');
  assert_false(gn_re_check(heap, "\\u00e9)", 7, 0, &err));
  assert_int_equal(err.offset, 6);
  assert_true(gn_re_check(heap, "a+", 2, GN_RE_IGNORE_CASE, &err));
  assert_int_equal(heap->bytes, before);
}

/* Each of PCRE2's allocations fails once: nothing is lost. */
static void test_out_of_memory(void **state) {
  gn_heap *heap = *state;
  size_t before = heap->bytes;
  for (uint64_t n = 1;; n++) {
    gn_re_codes *codes = NULL;
    gn_re_error err;
    assert_true(n < 100);
    gn_heap_fail_nth(heap, n);
    gn_re_code *code = compile(&codes, heap, "(?<n>a+)(b|c)*\\k<n>", &err);
    bool failed = heap->fail_in == 0;
    gn_heap_fail_nth(heap, 0);
    if (!code)
      assert_int_equal(err.reason[0], 0);
    gn_re_codes_free(codes);
    assert_int_equal(heap->bytes, before);
    if (!failed)
      break;
  }
}

static int open_heap(void **state) {
  static fixture f;
  fixture_open(&f, (size_t)16 << 20);
  *state = &f.heap;
  return 0;
}

static int close_heap(void **state) {
  gn_heap *heap = *state;
  fixture_close(heap->owner);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_translated),
      cmocka_unit_test(test_counted),
      cmocka_unit_test(test_refused),
      cmocka_unit_test_setup_teardown(test_cached_and_swept, open_heap,
                                      close_heap),
      cmocka_unit_test_setup_teardown(test_errors, open_heap, close_heap),
      cmocka_unit_test_setup_teardown(test_out_of_memory, open_heap,
                                      close_heap),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
