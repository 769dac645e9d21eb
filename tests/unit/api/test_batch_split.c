/*
 * test_batch_split.c - batches taken apart: items as they stand, whatever is
 * wrong within them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "api/batch_split.h"

static gene_text_t items[BATCH_ITEMS_MAX];
static size_t len;
static struct problem problem;
static struct batch_words words;

static bool split(const char *body) {
  problem = (struct problem){0};
  len = 0;
  return batch_split((gene_text_t){body, strlen(body)}, items, &len, &problem,
                     &words);
}

static void check_item(size_t i, const char *text) {
  assert_in_range(i, 0, len - 1);
  assert_int_equal(items[i].len, strlen(text));
  assert_memory_equal(items[i].ptr, text, strlen(text));
}

static void good_ones(void **state) {
  (void)state;
  assert_true(split("{\"items\":[]}"));
  assert_int_equal(len, 0);
  assert_true(
      split(" {\t\"items\" :\n[ {\"a\": [1, 2]} , \"],}\\\"\\\\\" ,7\r]} "));
  assert_int_equal(len, 3);
  check_item(0, "{\"a\": [1, 2]}");
  check_item(1, "\"],}\\\"\\\\\"");
  check_item(2, "7");
  assert_true(split("{\"\\u0069tems\": [x y, {]]}"));
  assert_int_equal(len, 2);
  check_item(0, "x y");
}

static void bad_ones(void **state) {
  const struct {
    const char *body;
    int status;
    const char *slug;
  } cases[] = {
      {"", 400, "malformed-json"},
      {"  ", 400, "malformed-json"},
      {"[", 400, "malformed-json"},
      {"{", 400, "malformed-json"},
      {"{}", 422, "invalid-field"},
      {"{\"items\"", 400, "malformed-json"},
      {"{\"items", 400, "malformed-json"},
      {"{\"items\\", 400, "malformed-json"},
      {"{\"items\":", 422, "invalid-field"},
      {"{\"items\": null}", 422, "invalid-field"},
      {"{\"items\": [}", 400, "malformed-json"},
      {"{\"items\": [1", 400, "malformed-json"},
      {"{\"items\": [1,", 400, "malformed-json"},
      {"{\"items\": [1}]", 400, "malformed-json"},
      {"{\"items\": [1]", 400, "malformed-json"},
      {"{\"items\": [1],", 400, "malformed-json"},
      {"{\"items\": [1],}", 400, "malformed-json"},
      {"{\"items\": [\"\\", 400, "malformed-json"},
      {"{\"items\": []}]", 400, "malformed-json"},
      {"{\"a\": 1}", 422, "unknown-field"},
      {"{\"a\": }", 400, "malformed-json"},
      {"{\"items\": [], \"items\": []}", 400, "duplicate-key"},
      {"{\"\\ud800\": 1}", 422, "unknown-field"},
  };

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_false(split(cases[i].body));
    assert_int_equal(problem.status, cases[i].status);
    assert_string_equal(problem.slug, cases[i].slug);
    assert_true(problem.detail != NULL && *problem.detail != '\0');
  }
}

static void as_many_as_may_be(void **state) {
  static char body[BATCH_ITEMS_MAX * 2 + 64] = "{\"items\": [0";
  size_t at = strlen(body);

  (void)state;
  for (int i = 1; i < BATCH_ITEMS_MAX; i++) {
    body[at++] = ',';
    body[at++] = '1';
  }
  memcpy(body + at, "]}", 3);
  assert_true(split(body));
  assert_int_equal(len, BATCH_ITEMS_MAX);
  memcpy(body + at, ",1]}", 5);
  assert_false(split(body));
  assert_string_equal(problem.slug, "too-many-items");
  assert_int_equal(problem.limit, BATCH_ITEMS_MAX);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(good_ones),
      cmocka_unit_test(bad_ones),
      cmocka_unit_test(as_many_as_may_be),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
