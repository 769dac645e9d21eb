/*
 * test_negotiate.c - media types, preferences, query parameters, entity tags.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "api/internal.h"

static gene_text_t text(const char *literal) {
  return (gene_text_t){literal, literal == NULL ? 0 : strlen(literal)};
}

static enum form form_of(const char *accept) {
  struct http_request request = {0};

  request.header[HTTP_ACCEPT] = text(accept);
  return negotiate_form(&request);
}

static void forms(void **state) {
  const struct {
    const char *accept;
    enum form form;
  } cases[] = {
      {NULL, FORM_JSON},
      {"", FORM_JSON},
      {"*/*", FORM_JSON},
      {"application/*", FORM_JSON},
      {"APPLICATION/JSON", FORM_JSON},
      {"text/plain", FORM_TEXT},
      {"text/plain; charset=utf-8", FORM_TEXT},
      {"text/plain, */*", FORM_TEXT},
      {"text/plain;q=0.5, application/json;q=0.6", FORM_JSON},
      {"text/plain;q=0.5, */*;q=0.6", FORM_JSON},
      {"application/json;q=0, */*", FORM_TEXT},
      {"application/vnd.gene+json", FORM_TAGGED},
      {"application/vnd.gene+json, application/json;q=0.9", FORM_TAGGED},
      {"text/plain ; q=1.000 , ,", FORM_TEXT},
      {"image/png", FORM_NONE},
      {"text/plain;q=0", FORM_NONE},
      {"text/plain;q=x", FORM_NONE},
      {"*/*;q=0", FORM_NONE},
      {";;,\"", FORM_NONE},
  };

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_int_equal(form_of(cases[i].accept), cases[i].form);
}

static void tagged_by_query(void **state) {
  struct http_request request = {0};

  (void)state;
  assert_false(negotiate_tagged(&request, FORM_JSON));
  assert_true(negotiate_tagged(&request, FORM_TAGGED));
  request.query = text("wait=3&value=tagged");
  assert_true(negotiate_tagged(&request, FORM_JSON));
  request.query = text("value=plain");
  assert_false(negotiate_tagged(&request, FORM_JSON));
}

static void values_by_query(void **state) {
  (void)state;
  assert_int_equal(query_value(text("")), QUERY_ABSENT);
  assert_int_equal(query_value(text("wait=3")), QUERY_ABSENT);
  assert_int_equal(query_value(text("wait=3&value=tagged")), QUERY_GOOD);
  assert_int_equal(query_value(text("value=plain")), QUERY_GOOD);
  assert_int_equal(query_value(text("value=")), QUERY_BAD);
  assert_int_equal(query_value(text("value=tagged2")), QUERY_BAD);
}

static void contents(void **state) {
  const struct {
    const char *type;
    enum content content;
  } cases[] = {
      {NULL, CONTENT_TEXT},
      {"text/plain", CONTENT_TEXT},
      {"text/x-gene", CONTENT_TEXT},
      {"application/gene", CONTENT_TEXT},
      {"application/x-www-form-urlencoded", CONTENT_TEXT},
      {"application/json", CONTENT_JSON},
      {"Application/JSON; charset=UTF-8", CONTENT_JSON},
      {"text/plain; charset=\"utf-8\"", CONTENT_TEXT},
      {"text/plain; charset=latin1", CONTENT_UNKNOWN},
      {"application/jsonx", CONTENT_UNKNOWN},
      {"text/", CONTENT_UNKNOWN},
      {"multipart/form-data; boundary=x", CONTENT_UNKNOWN},
  };

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct http_request request = {0};

    request.header[HTTP_CONTENT_TYPE] = text(cases[i].type);
    assert_int_equal(negotiate_content(&request), cases[i].content);
  }
}

static struct prefer prefer_of(const char *header) {
  struct http_request request = {0};

  request.header[HTTP_PREFER] = text(header);
  return negotiate_prefer(&request);
}

static void preferences(void **state) {
  struct prefer prefer = prefer_of(NULL);

  (void)state;
  assert_false(prefer.respond_async || prefer.has_wait);
  prefer = prefer_of("respond-async");
  assert_true(prefer.respond_async && !prefer.has_wait);
  prefer = prefer_of("Respond-Async; x=y, wait = \"10\", wait=20");
  assert_true(prefer.respond_async && prefer.has_wait);
  assert_int_equal(prefer.wait_ms, 10000);
  prefer = prefer_of("wait=soon, handling=\"a, respond-async\"");
  assert_false(prefer.respond_async || prefer.has_wait);
}

static void query_numbers(void **state) {
  uint64_t ms = 0;
  uint32_t version = 0;

  (void)state;
  assert_int_equal(query_wait(text(""), &ms), QUERY_ABSENT);
  assert_int_equal(query_wait(text("waiting=1&x"), &ms), QUERY_ABSENT);
  assert_int_equal(query_wait(text("a=b&wait=1.5"), &ms), QUERY_GOOD);
  assert_int_equal(ms, 1500);
  assert_int_equal(query_wait(text("wait=0.0009"), &ms), QUERY_GOOD);
  assert_int_equal(ms, 0);
  assert_int_equal(query_wait(text("wait="), &ms), QUERY_BAD);
  assert_int_equal(query_wait(text("wait"), &ms), QUERY_BAD);
  assert_int_equal(query_wait(text("wait=-1"), &ms), QUERY_BAD);
  assert_int_equal(query_wait(text("wait=99999999999999999999"), &ms),
                   QUERY_BAD);
  assert_int_equal(query_since(text("since=7"), &version), QUERY_GOOD);
  assert_int_equal(version, 7);
  assert_int_equal(query_since(text("since=7.0"), &version), QUERY_BAD);
}

static void tags(void **state) {
  (void)state;
  assert_true(negotiate_matches(text("\"3\""), 3));
  assert_true(negotiate_matches(text("W/\"3\""), 3));
  assert_true(negotiate_matches(text("\"1\", \"3\""), 3));
  assert_true(negotiate_matches(text("*"), 3));
  assert_false(negotiate_matches(text("\"33\""), 3));
  assert_false(negotiate_matches(text("3"), 3));
  assert_false(negotiate_matches(text("\"\""), 3));
  assert_false(negotiate_matches(text("W/"), 3));
  assert_false(negotiate_matches(text(""), 3));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(forms),
      cmocka_unit_test(tagged_by_query),
      cmocka_unit_test(values_by_query),
      cmocka_unit_test(contents),
      cmocka_unit_test(preferences),
      cmocka_unit_test(query_numbers),
      cmocka_unit_test(tags),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
