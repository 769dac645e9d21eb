/*
 * test_eval_request.c - the JSON of POST /eval: what is taken, and what each
 * mistake is answered with.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api/eval_request.h"

static const struct config config = {
    .max_wall = 1000,
    .max_fuel = 2000,
    .max_memory = 3000000,
    .max_stack_depth = 400,
    .max_output = 5000,
    .max_pending = 60,
    .max_nesting = 16,
};

static struct eval_request request;
static struct problem problem;
static struct eval_words words;

static bool read_body(const char *body) {
  eval_request_init(&request, &config, NULL);
  return eval_request_read(&request, &config, (gene_text_t){body, strlen(body)},
                           &problem, &words);
}

static void least(void **state) {
  (void)state;
  assert_true(read_body("{\"script\": \"(+ 1 2)\"}"));
  assert_int_equal(request.script.len, 7);
  assert_int_equal(request.wall_ms, 1000);
  assert_int_equal(request.context.limits.fuel, 2000);
  assert_int_equal(request.context.limits.memory_bytes, 3000000);
  assert_int_equal(request.context.limits.pending, 60);
  assert_null(request.context.input_json.ptr);
  assert_false(request.has_wait);
  eval_request_free(&request);
}

static void most(void **state) {
  const gene_context_options_t *context = &request.context;

  (void)state;
  assert_true(read_body(
      "{\"script\": \"a\\u0000b\", \"input\": {\"z\": [1.5, 2], \"a\": null},"
      "\"modules\": {\"m\": \"source\"}, \"env\": {\"A\": \"1\", \"B\": \"\"},"
      "\"limits\": {\"wall_ms\": 1, \"fuel\": 2, \"memory_bytes\": 3,"
      "\"output_bytes\": 4, \"stack_depth\": 5},"
      "\"options\": {\"strict_nil\": true, \"type_check\": false,"
      "\"contracts\": \"off\"}, \"wait_ms\": 70, \"label\": \"l\","
      "\"seed\": -1}"));
  assert_int_equal(request.script.len, 3);
  assert_string_equal(context->input_json.ptr, "{\"z\":[1.5,2],\"a\":null}");
  assert_int_equal(context->modules_len, 1);
  assert_memory_equal(context->modules[0].text.ptr, "source", 6);
  assert_int_equal(context->env_len, 2);
  assert_memory_equal(context->env[1].name.ptr, "B", 1);
  assert_int_equal(request.wall_ms, 1);
  assert_int_equal(context->limits.fuel, 2);
  assert_int_equal(context->limits.memory_bytes, 3);
  assert_int_equal(context->limits.output_bytes, 4);
  assert_int_equal(context->limits.stack_depth, 5);
  assert_true(context->strict_nil && context->no_type_check);
  assert_true(context->no_contracts && context->has_seed);
  assert_true(request.has_wait);
  assert_int_equal(request.wait_ms, 70);
  eval_request_free(&request);
}

static void mistakes(void **state) {
  const struct {
    const char *body;
    int status;
    const char *slug, *field;
  } cases[] = {
      {"", 400, "malformed-json", NULL},
      {"{\"script\": \"1\"", 400, "malformed-json", NULL},
      {"{\"a\": 1, \"a\": 2}", 400, "duplicate-key", NULL},
      {"{\"a\": {\"b\": 1, \"b\": 2}}", 400, "duplicate-key", "a.b"},
      {"{\"seed\": 9223372036854775808}", 422, "number-out-of-range", "seed"},
      {"{\"input\": [1, {\"x\": 1e999}]}", 422, "number-out-of-range",
       "input[1].x"},
      {"{\"input\": {\"a\\u0000b\": 1}}", 422, "nul-in-key", "input.a\\u0000b"},
      {"{\"script\": \"\\ud800\"}", 400, "invalid-utf-8", "script"},
      {"[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", 400, "nesting-too-deep", NULL},
      {"7", 400, "malformed-json", NULL},
      {"[]", 422, "invalid-field", ""},
      {"{}", 422, "invalid-field", "script"},
      {"{\"script\": []}", 422, "invalid-field", "script"},
      {"{\"scripts\": \"1\"}", 422, "unknown-field", "scripts"},
      {"{\"limits\": {\"fuel\": 2001}}", 422, "limit-too-high", "limits.fuel"},
      {"{\"limits\": {\"fuel\": 0}}", 422, "invalid-field", "limits.fuel"},
      {"{\"limits\": {\"fuel\": 1.0}}", 422, "invalid-field", "limits.fuel"},
      {"{\"limits\": {\"cpu\": 1}}", 422, "unknown-field", "limits.cpu"},
      {"{\"limits\": 1}", 422, "invalid-field", "limits"},
      {"{\"options\": {\"x\": 1}}", 422, "unknown-field", "options.x"},
      {"{\"options\": {\"type_check\": 1}}", 422, "invalid-field",
       "options.type_check"},
      {"{\"options\": {\"contracts\": \"maybe\"}}", 422, "invalid-field",
       "options.contracts"},
      {"{\"wait_ms\": \"1\"}", 422, "invalid-field", "wait_ms"},
      {"{\"script\": \"1\", \"env\": {\"A\": 1}}", 422, "invalid-field",
       "env.A"},
      {"{\"script\": \"1\", \"env\": []}", 422, "invalid-field", "env"},
      {"{\"script\": \"1\", \"modules\": {\"m\": {}}}", 422, "invalid-field",
       "modules.m"},
  };

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    problem = (struct problem){0};
    assert_false(read_body(cases[i].body));
    assert_int_equal(problem.status, cases[i].status);
    assert_string_equal(problem.slug, cases[i].slug);
    if (cases[i].field != NULL)
      assert_string_equal(problem.field, cases[i].field);
    eval_request_free(&request);
  }
}

/* What is absurd as a limit is told what would not be. */
static void absurd_limits(void **state) {
  const char *bodies[] = {
      "{\"limits\": {\"fuel\": -1}}",
      "{\"limits\": {\"fuel\": 0}}",
      "{\"limits\": {\"fuel\": 1.5}}",
      "{\"limits\": {\"fuel\": null}}",
      "{\"limits\": {\"fuel\": 9223372036854775807}}",
      "{\"limits\": {\"fuel\": 9223372036854775808}}",
      "{\"limits\": {\"fuel\": -9223372036854775809}}",
      "{\"limits\": {\"fuel\": 1e999}}",
  };

  (void)state;
  for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
    assert_false(read_body(bodies[i]));
    assert_int_equal(problem.status, 422);
    assert_string_equal(problem.field, "limits.fuel");
    assert_true(problem.has_limit);
    assert_int_equal(problem.limit, 2000);
    eval_request_free(&request);
  }
}

static void long_names_are_cut(void **state) {
  char body[2000];

  (void)state;
  memset(body, 'x', sizeof body);
  memcpy(body, "{\"", 2);
  memcpy(body + 1990, "\": 1}", 6);
  assert_false(read_body(body));
  assert_string_equal(problem.slug, "unknown-field");
  assert_true(strlen(problem.field) < sizeof words.field);
  eval_request_free(&request);
}

static void brackets_in_strings_do_not_nest(void **state) {
  (void)state;
  assert_true(read_body("{\"script\": \"[[[[[[[[[[[[[[[[[[[[\\\"[[[[[[\"}"));
  eval_request_free(&request);
}

static void large_ones_are_detached(void **state) {
  char *body =
      strdup("{\"script\": \"a\\nb\", \"label\": \"l\","
             "\"env\": {\"A\": \"1\"}, \"input\": [1, 2.5, \"\\u0000\"],"
             "\"modules\": {\"m\": \"x\", \"n\": \"y\"}}");
  size_t len = strlen(body);

  (void)state;
  eval_request_init(&request, &config, NULL);
  assert_true(eval_request_read_large(
      &request, &config, (gene_text_t){body, len}, &problem, &words));
  memset(body, 'x', len);
  free(body);
  assert_null(request.root);
  assert_int_equal(request.script.len, 3);
  assert_memory_equal(request.script.ptr, "a\nb", 3);
  assert_int_equal(request.label.len, 1);
  assert_memory_equal(request.label.ptr, "l", 1);
  assert_null(request.context.input_json.ptr);
  assert_int_equal(request.context.env_len, 0);
  assert_string_equal(request.context.start_json.ptr,
                      "[[1,2.5,\"\\u0000\"],{\"A\":\"1\"},"
                      "[\"m\",\"x\",\"n\",\"y\"]]");
  eval_request_free(&request);
}

static void large_ones_without_a_start(void **state) {
  const char *body = "{\"script\": \"\"}", *bad = "{\"env\": {\"A\": 1}}";

  (void)state;
  eval_request_init(&request, &config, NULL);
  assert_true(eval_request_read_large(
      &request, &config, (gene_text_t){body, strlen(body)}, &problem, &words));
  assert_null(request.context.start_json.ptr);
  assert_int_equal(request.script.len, 0);
  eval_request_free(&request);
  eval_request_init(&request, &config, NULL);
  assert_false(eval_request_read_large(
      &request, &config, (gene_text_t){bad, strlen(bad)}, &problem, &words));
  assert_int_equal(problem.status, 422);
  eval_request_free(&request);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(least),
      cmocka_unit_test(most),
      cmocka_unit_test(mistakes),
      cmocka_unit_test(absurd_limits),
      cmocka_unit_test(long_names_are_cut),
      cmocka_unit_test(brackets_in_strings_do_not_nest),
      cmocka_unit_test(large_ones_are_detached),
      cmocka_unit_test(large_ones_without_a_start),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
