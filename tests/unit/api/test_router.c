/*
 * test_router.c - paths and methods, and the problems of what has none; the
 * faults of the transport as problems.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <jansson.h>
#include <cmocka.h>

#include "api/internal.h"

static struct config config;
static struct metrics metrics;
static struct api api = {.config = &config, .metrics = &metrics};
static struct http_exchange x;

/* Asks the router about a head; whether it refused. */
static bool head(enum http_method method, const char *path) {
  struct http_app app = api_app(&api);

  buf_free(&x.reply.body);
  x = (struct http_exchange){0};
  x.request.method = method;
  x.request.path = (gene_text_t){path, strlen(path)};
  return app.head(app.data, &x);
}

static void check_problem(int status) {
  json_t *json = json_loadb(x.reply.body.ptr, x.reply.body.len,
                            JSON_REJECT_DUPLICATES, NULL);

  assert_int_equal(x.reply.status, status);
  assert_string_equal(x.reply.content_type, "application/problem+json");
  assert_non_null(json);
  assert_int_equal(json_integer_value(json_object_get(json, "status")), status);
  assert_non_null(json_object_get(json, "title"));
  assert_true(json_string_length(json_object_get(json, "detail")) > 0);
  assert_memory_equal(json_string_value(json_object_get(json, "type")),
                      "/problems/", 10);
  json_decref(json);
}

static void known_paths(void **state) {
  (void)state;
  assert_false(head(HTTP_POST, "/eval"));
  assert_false(head(HTTP_GET, "/futures/f_x"));
  assert_false(head(HTTP_DELETE, "/futures/f_x"));
  assert_false(head(HTTP_HEAD, "/healthz"));
  assert_false(head(HTTP_GET, "/"));
  assert_string_equal(router_names[x.route], "/");
  assert_false(head(HTTP_GET, "/page/app.js"));
  assert_false(head(HTTP_GET, "/openapi.json"));
  assert_false(head(HTTP_GET, "/metrics"));
  assert_string_equal(router_names[x.route], "/metrics");
}

static void unknown_paths(void **state) {
  const char *paths[] = {"/page",      "/eval/",       "/evals",   "/futures/",
                         "/futures//", "/futures/a/b", "/\xff\"\\"};

  (void)state;
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
    assert_true(head(HTTP_GET, paths[i]));
    check_problem(404);
  }
}

static void wrong_methods(void **state) {
  (void)state;
  assert_true(head(HTTP_GET, "/eval"));
  check_problem(405);
  assert_string_equal(x.reply.field[0].name, "Allow");
  assert_string_equal(x.reply.field[0].value, "POST, OPTIONS");
  assert_true(head(HTTP_OTHER, "/healthz"));
  check_problem(405);
  assert_true(head(HTTP_OPTIONS, "/healthz"));
  assert_int_equal(x.reply.status, 204);
  assert_null(x.reply.content_type);
}

static void faults(void **state) {
  const int statuses[] = {
      [HTTP_FAULT_MALFORMED] = 400, [HTTP_FAULT_TIMEOUT] = 408,
      [HTTP_FAULT_BODY] = 413,      [HTTP_FAULT_TARGET] = 414,
      [HTTP_FAULT_EXPECT] = 417,    [HTTP_FAULT_VERSION] = 505,
      [HTTP_FAULT_HEAD] = 431,      [HTTP_FAULT_CONNECTIONS] = 503,
      [HTTP_FAULT_MEMORY] = 503,
  };
  struct http_app app = api_app(&api);

  (void)state;
  for (int i = 0; i <= HTTP_FAULT_VERSION; i++) {
    head(HTTP_POST, "/eval");
    app.fault(app.data, &x, (enum http_fault)i, NULL);
    check_problem(statuses[i]);
  }
}

static void answers_are_counted(void **state) {
  struct http_app app = api_app(&api);
  const char *const *names = router_names;
  struct metrics_gauges gauges = {0};
  struct buf out = {0};

  (void)state;
  head(HTTP_GET, "/nothing");
  app.answered(app.data, &x);
  metrics_text(&metrics, &gauges, names, &out);
  buf_byte(&out, '\0');
  assert_non_null(strstr(
      out.ptr, "gened_http_requests_total{route=\"none\",status=\"404\"} 1\n"));
  assert_non_null(
      strstr(out.ptr, "gened_http_request_seconds_count{route=\"none\"} 1\n"));
  buf_free(&out);
  buf_free(&x.reply.body);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(known_paths),         cmocka_unit_test(unknown_paths),
      cmocka_unit_test(wrong_methods),       cmocka_unit_test(faults),
      cmocka_unit_test(answers_are_counted),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
