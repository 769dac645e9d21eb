/*
 * test_json_out.c - what the JSON writer writes is read back by jansson as
 * what it was.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <jansson.h>
#include <cmocka.h>

#include "api/json_out.h"

static json_t *parse(const struct buf *out) {
  json_t *json =
      json_loadb(out->ptr, out->len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

  assert_non_null(json);
  return json;
}

static void every_byte(void **state) {
  struct buf out = {0};
  char text[128];
  json_t *json;

  (void)state;
  for (size_t i = 0; i < sizeof text; i++)
    text[i] = (char)i;
  json_text(&out, text, sizeof text);
  json = parse(&out);
  assert_int_equal(json_string_length(json), sizeof text);
  assert_memory_equal(json_string_value(json), text, sizeof text);
  json_decref(json);
  buf_free(&out);
}

static void bytes_that_are_no_text(void **state) {
  struct buf out = {0};
  json_t *json;

  (void)state;
  json_bytes(&out, "a\xff\xc3\xa9\xc3", 5);
  json = parse(&out);
  assert_string_equal(json_string_value(json),
                      "a\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd");
  json_decref(json);
  buf_free(&out);
}

static void doubles(void **state) {
  const double numbers[] = {0.4, 1.0 / 3, 1e300, -5e-324, 0.1 + 0.2, 1};

  (void)state;
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    struct buf out = {0};
    json_t *json;

    json_double(&out, numbers[i]);
    json = parse(&out);
    assert_true(json_number_value(json) == numbers[i]);
    json_decref(json);
    buf_free(&out);
  }
}

static void nothing(void **state) {
  struct buf out = {0};

  (void)state;
  json_double(&out, 1e308 * 10);
  json_text_or_null(&out, (gene_text_t){NULL, 0});
  json_number_or_null(&out, 0);
  json_text_or_null(&out, (gene_text_t){"", 0});
  json_bool(&out, true);
  json_field(&out, "n", 7);
  assert_int_equal(out.len, 12 + 2 + 4 + 6);
  assert_memory_equal(out.ptr, "nullnullnull\"\"true,\"n\":7", out.len);
  buf_free(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_byte),
      cmocka_unit_test(bytes_that_are_no_text),
      cmocka_unit_test(doubles),
      cmocka_unit_test(nothing),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
