/*
 * test_query.c - queries taken apart, byte by byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "api/internal.h"

static struct query query;

static gene_text_t text(const char *literal) {
  return (gene_text_t){literal, strlen(literal)};
}

static enum query_fault read_query(const char *literal) {
  return query_decode(text(literal), QUERY_ALL, &query);
}

static void check_value(enum query_name name, const char *value) {
  assert_non_null(query.value[name].ptr);
  assert_int_equal(query.value[name].len, strlen(value));
  assert_memory_equal(query.value[name].ptr, value, strlen(value));
}

static void decoding(void **state) {
  (void)state;
  assert_int_equal(read_query("label=a%20b+c%2Bd%26&status=x=y&&l%69mit"),
                   QUERY_FINE);
  check_value(QUERY_LABEL, "a b c+d&");
  check_value(QUERY_STATUS, "x=y");
  check_value(QUERY_LIMIT, "");
  assert_null(query.value[QUERY_WAIT].ptr);
  assert_int_equal(read_query(""), QUERY_FINE);
  assert_int_equal(query_decode((gene_text_t){NULL, 0}, QUERY_ALL, &query),
                   QUERY_FINE);
  assert_null(query.value[QUERY_LABEL].ptr);
}

static void faults(void **state) {
  char longest[QUERY_ROOM + 2] = "label=";

  (void)state;
  assert_int_equal(read_query("labels=1"), QUERY_UNKNOWN);
  assert_int_equal(read_query("=1"), QUERY_UNKNOWN);
  assert_int_equal(query_decode(text("wait=1"), QUERY_HAS(QUERY_LABEL), &query),
                   QUERY_UNKNOWN);
  assert_memory_equal(query.name.ptr, "wait", 4);
  assert_int_equal(read_query("label=&label="), QUERY_TWICE);
  assert_int_equal(read_query("label=%"), QUERY_ENCODING);
  assert_int_equal(read_query("label=%4"), QUERY_ENCODING);
  assert_int_equal(read_query("label=%4g"), QUERY_ENCODING);
  assert_int_equal(read_query("label=%00"), QUERY_ENCODING);
  assert_int_equal(read_query("label=%c3&limit=%a9"), QUERY_ENCODING);
  memset(longest + 6, 'x', QUERY_ROOM - 5);
  assert_int_equal(read_query(longest), QUERY_FINE);
  assert_int_equal(query.used, QUERY_ROOM);
  longest[QUERY_ROOM + 1] = 'x';
  assert_int_equal(
      query_decode((gene_text_t){longest, sizeof longest}, QUERY_ALL, &query),
      QUERY_LONG);
}

static enum query_result wait_of(const char *literal, uint64_t *ms) {
  assert_int_equal(read_query(literal), QUERY_FINE);
  return query_wait(&query, ms);
}

static void waits(void **state) {
  uint64_t ms = 0;

  (void)state;
  assert_int_equal(wait_of("", &ms), QUERY_ABSENT);
  assert_int_equal(wait_of("label=x&wait=1.5", &ms), QUERY_GOOD);
  assert_int_equal(ms, 1500);
  assert_int_equal(wait_of("wait=0.0009", &ms), QUERY_GOOD);
  assert_int_equal(ms, 0);
  assert_int_equal(wait_of("wait=", &ms), QUERY_BAD);
  assert_int_equal(wait_of("wait", &ms), QUERY_BAD);
  assert_int_equal(wait_of("wait=-1", &ms), QUERY_BAD);
  assert_int_equal(wait_of("wait=+1", &ms), QUERY_BAD);
  assert_int_equal(wait_of("wait=99999999999999999999", &ms), QUERY_BAD);
}

static void versions(void **state) {
  uint32_t version = 0;

  (void)state;
  read_query("since=7");
  assert_int_equal(query_since(&query, &version), QUERY_GOOD);
  assert_int_equal(version, 7);
  read_query("since=4294967295");
  assert_int_equal(query_since(&query, &version), QUERY_GOOD);
  assert_int_equal(version, UINT32_MAX);
  read_query("since=4294967296");
  assert_int_equal(query_since(&query, &version), QUERY_BAD);
  read_query("since=");
  assert_int_equal(query_since(&query, &version), QUERY_BAD);
  read_query("since=7.0");
  assert_int_equal(query_since(&query, &version), QUERY_BAD);
}

static void values(void **state) {
  bool tagged = false;

  (void)state;
  read_query("wait=3");
  assert_int_equal(query_value(&query, &tagged), QUERY_ABSENT);
  read_query("wait=3&value=tagged");
  assert_int_equal(query_value(&query, &tagged), QUERY_GOOD);
  assert_true(tagged);
  read_query("value=plain");
  assert_int_equal(query_value(&query, &tagged), QUERY_GOOD);
  assert_false(tagged);
  read_query("value=");
  assert_int_equal(query_value(&query, &tagged), QUERY_BAD);
  read_query("value=tagged2");
  assert_int_equal(query_value(&query, &tagged), QUERY_BAD);
}

static void timelines(void **state) {
  bool on = true;

  (void)state;
  read_query("wait=3");
  assert_int_equal(query_timeline(&query, &on), QUERY_ABSENT);
  assert_false(on);
  read_query("timeline=1");
  assert_int_equal(query_timeline(&query, &on), QUERY_GOOD);
  assert_true(on);
  read_query("timeline=0");
  assert_int_equal(query_timeline(&query, &on), QUERY_GOOD);
  assert_false(on);
  read_query("timeline=");
  assert_int_equal(query_timeline(&query, &on), QUERY_BAD);
}

static void event_ids(void **state) {
  uint64_t id = 1;

  (void)state;
  read_query("");
  assert_int_equal(query_last_event(&query, &id), QUERY_ABSENT);
  assert_int_equal(id, 0);
  read_query("last_event_id=999999999999999");
  assert_int_equal(query_last_event(&query, &id), QUERY_GOOD);
  assert_int_equal(id, 999999999999999);
  read_query("last_event_id=1000000000000000");
  assert_int_equal(query_last_event(&query, &id), QUERY_BAD);
  read_query("last_event_id=");
  assert_int_equal(query_last_event(&query, &id), QUERY_BAD);
  read_query("last_event_id=-1");
  assert_int_equal(query_last_event(&query, &id), QUERY_BAD);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(decoding),  cmocka_unit_test(faults),
      cmocka_unit_test(waits),     cmocka_unit_test(versions),
      cmocka_unit_test(values),    cmocka_unit_test(timelines),
      cmocka_unit_test(event_ids),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
