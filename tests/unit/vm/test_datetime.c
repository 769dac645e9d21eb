/*
 * test_datetime.c - the calendar over all its days, the literal text of dates
 * and times both ways, and their order.
 */
#include "fixture.h"

#include "types/datetime.h"

static void every_day_there_and_back(void **state) {
  (void)state;
  int64_t expected = gn_days_from_civil(1000, 1, 1);
  assert_int_equal(gn_days_from_civil(1970, 1, 1), 0);
  assert_int_equal(gn_days_from_civil(2000, 3, 1), 11017);
  for (int year = 1000; year <= 9999; year++)
    for (int month = 1; month <= 12; month++)
      for (int day = 1; day <= gn_days_in_month(year, month); day++) {
        gn_when w = {.type = GN_T_DATE};
        int64_t days = gn_days_from_civil(year, month, day);
        if (days != expected++)
          fail_msg("%d-%d-%d is day %lld", year, month, day, (long long)days);
        gn_civil_from_days(days, &w);
        if (w.year != year || w.month != month || w.day != day)
          fail_msg("day %lld is not %d-%d-%d", (long long)days, year, month,
                   day);
      }
}

static void days_out_of_range(void **state) {
  gn_when w = {.type = GN_T_DATE};
  int value;
  (void)state;
  gn_civil_from_days(gn_days_from_civil(1000, 1, 1) - 1, &w);
  assert_string_equal(gn_when_check(&w, &value), "Invalid year");
  gn_civil_from_days(gn_days_from_civil(9999, 12, 31) + 1, &w);
  assert_string_equal(gn_when_check(&w, &value), "Invalid year");
  gn_civil_from_days(-8000000, &w);
  assert_int_equal(w.year, 0);
  gn_civil_from_days(8000000, &w);
  assert_int_equal(w.year, 0);
}

static gn_when scanned(const char *text) {
  char message[96];
  gn_when w;
  size_t n = gn_when_scan(text, strlen(text), &w, message, sizeof message);
  if (n != strlen(text))
    fail_msg("%s: %s", text, n == 0 ? message : "not whole");
  return w;
}

static void texts(void **state) {
  static const char *const same[] = {
      "2031-04-09",
      "10:05",
      "10:05:06",
      "10:05:06.25",
      "10:05:00Z",
      "10:05:00-03:30",
      "23:59:59.999999+23:59[America/Argentina/Buenos_Aires]",
      "2031-04-09T10:05",
      "2031-04-09T10:05:00Z[Etc/GMT+5]",
  };
  static const char *const other[][2] = {
      {"9:05", "09:05"},
      {"10:05:00", "10:05"},
      {"10:05+00:00", "10:05:00Z"},
      {"10:05:06.250000", "10:05:06.25"},
      {"10:05[Europe/Oslo]", "10:05:00[Europe/Oslo]"},
  };
  char buf[GN_DATETIME_MAX];
  (void)state;
  for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
    gn_when w = scanned(same[i]);
    size_t len = gn_when_format(&w, buf);
    assert_int_equal(len, strlen(same[i]));
    assert_memory_equal(buf, same[i], len);
  }
  for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
    gn_when w = scanned(other[i][0]);
    size_t len = gn_when_format(&w, buf);
    assert_int_equal(len, strlen(other[i][1]));
    assert_memory_equal(buf, other[i][1], len);
  }
}

static void wrong_texts(void **state) {
  static const char *const rows[][2] = {
      {"2031-13-01", "Invalid month: 13"},
      {"2031-02-29", "Invalid day: 29"},
      {"0999-01-01", "Invalid year: 999"},
      {"25:00", "Invalid hour: 25"},
      {"10:60", "Invalid minute: 60"},
      {"10:00:60", "Invalid second: 60"},
      {"10:00+24:00", "Invalid offset: 10:00+24:00"},
      {"2031-4-09", "Invalid date: 2031-4-09"},
      {"10:5", "Invalid time: 10:5"},
  };
  char message[96];
  gn_when w;
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    assert_int_equal(gn_when_scan(rows[i][0], strlen(rows[i][0]), &w, message,
                                  sizeof message),
                     0);
    assert_string_equal(message, rows[i][1]);
  }
  for (const char *text = "2031-04-09T10:05:06.25+01:00[A/B]"; *text; text++)
    for (size_t len = 0; len <= strlen(text); len++)
      gn_when_scan(text, len, &w, message, sizeof message);
}

static void order(void **state) {
  gn_when a = scanned("10:00+01:00"), b = scanned("09:00Z");
  gn_when c = scanned("09:00"), d = scanned("09:00:00.000001");
  (void)state;
  assert_int_equal(gn_when_compare(&a, &b), 0);
  assert_int_equal(gn_when_compare(&b, &c), 0);
  assert_int_equal(gn_when_compare(&c, &d), -1);
  assert_int_equal(gn_when_compare(&d, &a), 1);
  assert_false(gn_when_equal(&a, &b));
  assert_false(gn_when_equal(&b, &c));
  assert_true(gn_when_equal(&c, &c));
  gn_when e = scanned("1970-01-01T01:00:00.5+01:00");
  assert_int_equal(gn_when_instant(&e), 500000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_day_there_and_back),
      cmocka_unit_test(days_out_of_range),
      cmocka_unit_test(texts),
      cmocka_unit_test(wrong_texts),
      cmocka_unit_test(order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
