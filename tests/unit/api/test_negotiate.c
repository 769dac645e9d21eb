/*
 * test_negotiate.c - media types, preferences, entity tags.
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

static bool takes_events(const char *accept) {
  struct http_request request = {.header = {[HTTP_ACCEPT] = text(accept)}};

  return negotiate_accepts(&request, "text/event-stream");
}

static void one_type(void **state) {
  struct http_request none = {.body = {NULL, 0}};

  (void)state;
  assert_true(negotiate_accepts(&none, "text/event-stream"));
  assert_true(takes_events("text/event-stream"));
  assert_true(takes_events("text/html, Text/Event-Stream;q=0.1"));
  assert_true(takes_events("text/*"));
  assert_true(takes_events("image/png, */*;q=0.1"));
  assert_false(takes_events("application/json"));
  assert_false(takes_events("text/event-stream;q=0, */*"));
  assert_false(takes_events("text/*;q=0"));
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

static void file_tags(void **state) {
  const char *tag = "\"ab-gzip\"";

  (void)state;
  assert_true(negotiate_has_tag(text("\"ab-gzip\""), tag));
  assert_true(negotiate_has_tag(text("\"x\" ,W/\"ab-gzip\""), tag));
  assert_true(negotiate_has_tag(text("*"), tag));
  assert_false(negotiate_has_tag(text("\"ab\""), tag));
  assert_false(negotiate_has_tag(text("ab-gzip"), tag));
  assert_false(negotiate_has_tag(text("\"x, \\\"ab-gzip\""), tag));
  assert_false(negotiate_has_tag(text("W/"), tag));
  assert_false(negotiate_has_tag(text(NULL), tag));
}

static bool gzip_for(const char *accept) {
  struct http_request request = {0};

  request.header[HTTP_ACCEPT_ENCODING] = text(accept);
  return negotiate_gzip(&request);
}

static void encodings(void **state) {
  (void)state;
  assert_true(gzip_for("gzip"));
  assert_true(gzip_for("deflate, GZip;q=0.001"));
  assert_true(gzip_for("identity;q=0, *"));
  assert_true(gzip_for("*;q=0, x-gzip"));
  assert_false(gzip_for(NULL));
  assert_false(gzip_for(""));
  assert_false(gzip_for("*, gzip;q=0"));
  assert_false(gzip_for("gzip;q=2"));
  assert_false(gzip_for("br, identity"));
  assert_false(gzip_for("*;q=0, ;,"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(forms),       cmocka_unit_test(contents),
      cmocka_unit_test(preferences), cmocka_unit_test(one_type),
      cmocka_unit_test(tags),        cmocka_unit_test(file_tags),
      cmocka_unit_test(encodings),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
