/*
 * test_json_place.c - where a place of a JSON text is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "api/json_place.h"

/* The path before the first ! of text. */
static const char *place_of(const char *text, size_t size) {
  static char out[64];
  const char *mark = strchr(text, '!');

  assert_non_null(mark);
  assert_true(size <= sizeof out);
  json_place((gene_text_t){text, strlen(text)}, (size_t)(mark - text), out,
             size);
  return out;
}

static void paths(void **state) {
  (void)state;
  assert_string_equal(place_of("!", 64), "");
  assert_string_equal(place_of("{!}", 64), "");
  assert_string_equal(place_of("{\"a\"!", 64), "a");
  assert_string_equal(place_of("{\"a\": 1!}", 64), "a");
  assert_string_equal(place_of("{\"a\": \"b\", \"c\": 1!}", 64), "c");
  assert_string_equal(place_of("{\"a\": {\"b\": [1, [], {\"c\": 5!", 64),
                      "a.b[2].c");
  assert_string_equal(place_of("[[1, 2], [3!]]", 64), "[1][0]");
  assert_string_equal(place_of("{\"a\": {\"b\": 1}!}", 64), "a");
  assert_string_equal(place_of("{\"x\\\"{\": [\"]\\\\\", 3!", 64), "x\\\"{[1]");
}

static void it_is_cut(void **state) {
  (void)state;
  assert_string_equal(place_of("{\"abcdef\": 1!", 4), "abc");
  assert_string_equal(place_of("{\"abc\": {\"def\": 1!", 6), "abc.d");
}

static void odd_texts(void **state) {
  static char deep[3000];
  char out[8];

  (void)state;
  memset(deep, '[', sizeof deep);
  json_place((gene_text_t){deep, sizeof deep}, sizeof deep, out, sizeof out);
  assert_string_equal(out, "[0][0][");
  json_place((gene_text_t){"]}],", 4}, 99, out, sizeof out);
  assert_string_equal(out, "");
  json_place((gene_text_t){"{\"ab\\", 5}, 5, out, sizeof out);
  json_place((gene_text_t){"{\"", 2}, 2, out, sizeof out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(paths),
      cmocka_unit_test(it_is_cut),
      cmocka_unit_test(odd_texts),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
