/*
 * test_future_json.c - results become outcomes, outcomes the Future resource:
 * all fields, in order, always.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <cmocka.h>

#include "api/internal.h"

static gene_text_t text(const char *literal) {
  return (gene_text_t){literal, strlen(literal)};
}

/* The resource of a future with this result, parsed. */
static json_t *resource(struct future *future, const gene_result_t *result) {
  struct outcome *outcome = api_make_outcome(result);
  struct buf out = {0};
  json_t *json;

  assert_non_null(outcome);
  future->status = (uint8_t)result->status;
  future_json(&out, future, outcome, 1000);
  json = json_loadb(out.ptr, out.len, JSON_REJECT_DUPLICATES, NULL);
  assert_non_null(json);
  buf_free(&out);
  outcome_drop(outcome);
  return json;
}

/* What the transport makes of a reply with long texts in it. */
static char *whole_body(const struct http_reply *reply, size_t room) {
  char *body = malloc(http_body_size(reply) + room);
  size_t len = 0, at = 0;

  assert_non_null(body);
  for (unsigned i = 0; i < reply->inserts; i++) {
    const struct http_insert *insert = &reply->insert[i];
    size_t used = 0, start;

    memcpy(body + len, reply->body.ptr + at, insert->at - at);
    len += insert->at - at;
    at = insert->at;
    start = len;
    if (insert->write == NULL) {
      memcpy(body + len, insert->text.ptr, insert->text.len);
      len += insert->text.len;
    }
    while (insert->write != NULL && used < insert->text.len)
      len += insert->write(insert->text, &used, body + len, room);
    assert_int_equal(len - start, insert->size);
  }
  memcpy(body + len, reply->body.ptr + at, reply->body.len - at);
  assert_int_equal(len + reply->body.len - at, http_body_size(reply));
  return body;
}

/* Long texts are copied bit by bit, and not again into the answer. */
static void long_texts_are_inserted(void **state) {
  enum { LEN = 100000 };
  static char value[LEN + 2], plain[LEN];
  struct api api = {
      .registry = registry_create(&(struct registry_options){.keep_ms = 1000})};
  struct http_exchange x = {.route = 0};
  gene_result_t result = {.status = GENE_SUCCESS,
                          .value_fixed = true,
                          .type = text("String"),
                          .value_json = {value, LEN + 2},
                          .text = {plain, LEN},
                          .output = {plain, LEN}};
  struct future future = {.phase = PHASE_DONE, .status = GENE_SUCCESS};
  struct buf copied = {0};
  struct outcome *outcome;
  unsigned pieces = 0;

  (void)state;
  for (size_t i = 0; i < LEN; i++)
    plain[i] = "ab\"\\\n\001z"[i % 7];
  memset(value, 'v', sizeof value);
  value[0] = value[LEN + 1] = '"';
  outcome = future.outcome = api_make_outcome(&result);
  assert_true(outcome != NULL && api.registry != NULL);
  while (!api_fill_outcome(outcome, &result, 4096))
    pieces++;
  assert_in_range(pieces, 70, 80);
  future_json(&copied, &future, outcome, 1000);
  for (int form = FORM_JSON; form <= FORM_TEXT; form++) {
    char *body;

    buf_clear(&x.reply.body);
    future_reply(&api, &x, &future, 200, (enum form)form);
    assert_int_equal(x.reply.inserts, form == FORM_JSON ? 3 : 2);
    assert_true(x.reply.body.len < 2000);
    assert_int_equal(outcome->refs, x.reply.inserts);
    body = whole_body(&x.reply, 13);
    assert_memory_equal(body, form == FORM_JSON ? copied.ptr : plain,
                        form == FORM_JSON ? copied.len : LEN);
    free(body);
    http_drop_inserts(&x.reply);
    assert_int_equal(outcome->refs, 0);
  }
  buf_free(&copied);
  buf_free(&x.reply.body);
  outcome_drop(outcome);
  registry_destroy(api.registry);
}

static void check_fields(json_t *json) {
  static const char *const names[] = {"id",
                                      "status",
                                      "phase",
                                      "version",
                                      "created_at",
                                      "started_at",
                                      "finished_at",
                                      "expires_at",
                                      "value",
                                      "type",
                                      "text",
                                      "output",
                                      "output_truncated",
                                      "error",
                                      "unhandled",
                                      "diagnostics",
                                      "progress",
                                      "usage",
                                      "links"};
  size_t i = 0;
  const char *name;
  json_t *value;

  json_object_foreach(json, name, value) {
    assert_true(i < sizeof names / sizeof *names);
    assert_string_equal(name, names[i++]);
  }
  assert_int_equal(i, sizeof names / sizeof *names);
}

static const char *string_at(json_t *json, const char *name) {
  return json_string_value(json_object_get(json, name));
}

static void success(void **state) {
  const gene_result_t result = {.status = GENE_SUCCESS,
                                .value_fixed = true,
                                .value_json = text("{\"a\":[1]}"),
                                .type = text("Map"),
                                .text = text("{^a [1]}"),
                                .output = text("line \"1\"\n"),
                                .output_truncated = true};
  struct future future = {.phase = PHASE_DONE,
                          .version = 7,
                          .created_us = 1000,
                          .started_us = 2000,
                          .finished_us = 3000};
  json_t *json = resource(&future, &result);

  (void)state;
  check_fields(json);
  assert_string_equal(string_at(json, "status"), "success");
  assert_string_equal(string_at(json, "phase"), "done");
  assert_string_equal(string_at(json, "type"), "Map");
  assert_string_equal(string_at(json, "text"), "{^a [1]}");
  assert_string_equal(string_at(json, "output"), "line \"1\"\n");
  assert_string_equal(string_at(json, "finished_at"),
                      "1970-01-01T00:00:00.003Z");
  assert_string_equal(string_at(json, "expires_at"),
                      "1970-01-01T00:00:01.003Z");
  assert_true(json_is_object(json_object_get(json, "value")));
  assert_true(json_is_true(json_object_get(json, "output_truncated")));
  assert_true(json_is_null(json_object_get(json, "error")));
  assert_true(json_is_null(json_object_get(json, "progress")));
  json_decref(json);
}

static void pending(void **state) {
  const gene_result_t result = {
      .status = GENE_PENDING,
      .value_json = text("stale"),
      .progress = {.any = true, .has_fraction = true, .fraction = 0.4}};
  struct future future = {.phase = PHASE_WAITING, .created_us = 1};
  json_t *json = resource(&future, &result);
  json_t *progress = json_object_get(json, "progress");

  (void)state;
  check_fields(json);
  assert_true(json_is_null(json_object_get(json, "value")));
  assert_true(json_is_null(json_object_get(json, "text")));
  assert_true(json_is_null(json_object_get(json, "expires_at")));
  assert_true(json_real_value(json_object_get(progress, "fraction")) == 0.4);
  assert_true(json_is_null(json_object_get(progress, "message")));
  json_decref(json);
}

static void failure(void **state) {
  const gene_frame_info_t frames[] = {
      {text("f"), {NULL, 0}, 3, 7},
      {text("<main>"), text("m"), 9, 1},
  };
  const gene_error_t inner = {.class_name = text("IOError"),
                              .message = text("inner"),
                              .cause_json = text("[1,2]")};
  const gene_error_t outer = {.class_name = text("Exception"),
                              .message = text("outer\n"),
                              .code = text("A.B"),
                              .line = 3,
                              .column = 7,
                              .stack = frames,
                              .stack_len = 2,
                              .cause = &inner};
  const gene_error_t *unhandled[] = {&inner, &outer};
  const gene_diagnostic_t diagnostics[] = {
      {"warning", text("w"), 1, 2},
      {"debug", text("d"), 0, 0},
  };
  const gene_result_t result = {.status = GENE_FAILURE,
                                .error = &outer,
                                .unhandled = unhandled,
                                .unhandled_len = 2,
                                .diagnostics = diagnostics,
                                .diagnostics_len = 2};
  struct future future = {.phase = PHASE_DONE, .finished_us = 1};
  json_t *json = resource(&future, &result), *error, *cause, *stack;

  (void)state;
  check_fields(json);
  error = json_object_get(json, "error");
  assert_string_equal(string_at(error, "message"), "outer\n");
  assert_string_equal(string_at(error, "code"), "A.B");
  assert_int_equal(json_integer_value(json_object_get(error, "line")), 3);
  stack = json_object_get(error, "stack");
  assert_int_equal(json_array_size(stack), 2);
  assert_true(
      json_is_null(json_object_get(json_array_get(stack, 0), "module")));
  cause = json_object_get(error, "cause");
  assert_string_equal(string_at(cause, "class"), "IOError");
  assert_true(json_is_null(json_object_get(cause, "line")));
  assert_int_equal(json_array_size(json_object_get(cause, "cause")), 2);
  assert_int_equal(json_array_size(json_object_get(json, "unhandled")), 2);
  assert_int_equal(json_array_size(json_object_get(json, "diagnostics")), 2);
  json_decref(json);
}

static void long_chains_of_causes(void **state) {
  enum { MANY = 5000 };
  static gene_error_t chain[MANY];
  gene_result_t result = {.status = GENE_FAILURE, .error = &chain[0]};
  struct future future = {.phase = PHASE_DONE, .finished_us = 1};
  json_t *json;

  (void)state;
  for (int i = 0; i < MANY; i++) {
    chain[i].class_name = text("E");
    chain[i].message = text("m");
    chain[i].cause = i + 1 < MANY ? &chain[i + 1] : NULL;
  }
  json = resource(&future, &result);
  check_fields(json);
  json_decref(json);
}

static void without_memory(void **state) {
  struct future future = {.phase = PHASE_DONE, .status = GENE_FAILURE};
  struct buf out = {0};
  json_t *json, *error;

  (void)state;
  future_json(&out, &future, NULL, 0);
  json = json_loadb(out.ptr, out.len, 0, NULL);
  check_fields(json);
  error = json_object_get(json, "error");
  assert_string_equal(string_at(error, "class"), "LimitException");
  json_decref(json);
  buf_clear(&out);
  future_text(&out, &future);
  assert_true(out.len > 0);
  buf_free(&out);
}

static void check_text(const gene_result_t *result, const char *expected) {
  struct future future = {.phase = PHASE_DONE,
                          .status = (uint8_t)result->status};
  struct buf out = {0};

  future.outcome = api_make_outcome(result);
  assert_non_null(future.outcome);
  future_text(&out, &future);
  assert_int_equal(out.len, strlen(expected));
  assert_memory_equal(out.ptr, expected, out.len);
  buf_free(&out);
  outcome_drop(future.outcome);
}

static void as_text(void **state) {
  const gene_error_t error = {.class_name = text("Exception"),
                              .message = text("boom"),
                              .line = 1,
                              .column = 2};
  gene_result_t result = {.status = GENE_SUCCESS,
                          .value_fixed = true,
                          .value_json = text("3"),
                          .text = text("3")};

  (void)state;
  check_text(&result, "3\n");
  result.output = text("x\n");
  check_text(&result, "x\n3\n");
  result.output = text("x");
  check_text(&result, "x\n3\n");
  result.status = GENE_FAILURE;
  result.error = &error;
  check_text(&result, "x\nException: boom (1:2)\n");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(success),
      cmocka_unit_test(pending),
      cmocka_unit_test(failure),
      cmocka_unit_test(long_chains_of_causes),
      cmocka_unit_test(without_memory),
      cmocka_unit_test(as_text),
      cmocka_unit_test(long_texts_are_inserted),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
