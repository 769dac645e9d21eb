/*
 * test_quota.c - rates, bursts, evaluations at a time and fuel, at moments that
 * the tests choose; and what the headers say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/config_value.h"
#include "server/quota.h"

#define MS     1000000ull
#define SECOND (1000 * MS)

static const uint64_t start = 1000 * SECOND;

/* How many of 100 requests at one moment are in order. */
static int burst(const struct quota_limits *limits, struct quota *quota,
                 uint64_t now) {
  uint64_t wait;
  int good = 0;

  for (int i = 0; i < 100; i++)
    good += quota_request(limits, quota, now, &wait);
  return good;
}

static void bursts_and_rates(void **state) {
  const struct quota_limits limits = {.rate_ns = SECOND / 10, .burst = 20};
  struct quota quota = {0};
  uint64_t wait = 0;

  (void)state;
  assert_int_equal(burst(&limits, &quota, start), 20);
  assert_false(quota_request(&limits, &quota, start, &wait));
  assert_int_equal(wait, 100 * MS);
  assert_false(quota_request(&limits, &quota, start + 99 * MS, &wait));
  assert_int_equal(wait, MS);
  assert_true(quota_request(&limits, &quota, start + 100 * MS, &wait));
  assert_int_equal(burst(&limits, &quota, start + 600 * MS), 5);
  assert_int_equal(burst(&limits, &quota, start + 100 * SECOND), 20);
}

/* Over a long time exactly the rate gets through, whatever is tried. */
static void a_rate_is_kept(void **state) {
  const struct quota_limits limits = {.rate_ns = SECOND / 7};
  struct quota quota = {0};
  uint64_t wait;
  int good = 0;

  (void)state;
  for (uint64_t at = 0; at < 100 * SECOND; at += MS)
    good += quota_request(&limits, &quota, start + at, &wait);
  assert_in_range(good, 700, 707);
}

static void slow_rates(void **state) {
  const struct quota_limits limits = {.rate_ns = 3600 * SECOND,
                                      .burst = 1000000};
  const struct quota_limits one = {.rate_ns = 3600 * SECOND};
  struct quota quota = {0};
  uint64_t wait;

  (void)state;
  assert_int_equal(quota_burst(&one), 1);
  assert_true(quota_request(&one, &quota, start, &wait));
  assert_false(quota_request(&one, &quota, start + SECOND, &wait));
  assert_int_equal(wait, 3599 * SECOND);
  quota = (struct quota){0};
  for (int i = 0; i < 10000; i++)
    assert_int_equal(burst(&limits, &quota, start), 100);
  assert_int_equal(burst(&limits, &quota, start), 0);
}

static void no_limits(void **state) {
  const struct quota_limits limits = {0};
  struct quota quota = {.live = 1000000};
  enum quota_policy policy;
  uint64_t wait;
  char text[QUOTA_TEXT];

  (void)state;
  assert_false(quota_is_limited(&limits));
  assert_int_equal(burst(&limits, &quota, start), 100);
  quota_use_fuel(&limits, &quota, start, UINT64_MAX);
  assert_true(quota_evaluation(&limits, &quota, start, &policy, &wait));
  assert_int_equal(quota_write_policy(&limits, text, sizeof text), 0);
}

static void evaluations_at_a_time(void **state) {
  const struct quota_limits limits = {.concurrency = 2};
  struct quota quota = {.live = 1};
  enum quota_policy policy;
  uint64_t wait;

  (void)state;
  assert_true(quota_is_limited(&limits));
  assert_true(quota_evaluation(&limits, &quota, start, &policy, &wait));
  quota.live = 2;
  assert_false(quota_evaluation(&limits, &quota, start, &policy, &wait));
  assert_int_equal(policy, QUOTA_CONCURRENCY);
}

static void fuel_is_paid_afterwards(void **state) {
  const struct quota_limits limits = {.fuel_rate = 1000000};
  struct quota quota = {0};
  enum quota_policy policy;
  uint64_t wait;

  (void)state;
  quota_use_fuel(&limits, &quota, start, 999999);
  assert_true(quota_evaluation(&limits, &quota, start, &policy, &wait));
  quota_use_fuel(&limits, &quota, start, 5000001);
  assert_false(quota_evaluation(&limits, &quota, start, &policy, &wait));
  assert_int_equal(policy, QUOTA_FUEL);
  assert_int_equal(wait, 5 * SECOND + 1);
  assert_false(
      quota_evaluation(&limits, &quota, start + 5 * SECOND, &policy, &wait));
  assert_true(quota_evaluation(&limits, &quota, start + 5 * SECOND + 1, &policy,
                               &wait));
  quota_use_fuel(&limits, &quota, start, UINT64_MAX);
  assert_int_equal(quota.fuel_ns - start, 86400 * SECOND);
}

static void headers(void **state) {
  const struct quota_limits limits = {.rate_ns = SECOND / 10,
                                      .burst = 25,
                                      .concurrency = 4,
                                      .fuel_rate = 1000000};
  const struct quota_limits most = {.rate_ns = 3600 * SECOND,
                                    .burst = 1000000,
                                    .concurrency = UINT64_MAX,
                                    .fuel_rate = UINT64_MAX};
  struct quota quota = {.live = 3};
  char text[QUOTA_TEXT];
  uint64_t wait;

  (void)state;
  quota_write_policy(&limits, text, sizeof text);
  assert_string_equal(text, "\"requests\";q=25;w=3, \"concurrency\";q=4;"
                            "qu=\"concurrent-requests\", "
                            "\"fuel\";q=1000000;qu=\"fuel\";w=1");
  quota_request(&limits, &quota, start, &wait);
  quota_use_fuel(&limits, &quota, start, 250000);
  quota_write_state(&limits, &quota, start, text, sizeof text);
  assert_string_equal(text, "\"requests\";r=24;t=1, \"concurrency\";r=1, "
                            "\"fuel\";r=750000;t=1");
  burst(&limits, &quota, start);
  quota.live = 5;
  quota_use_fuel(&limits, &quota, start, 5000000);
  quota_write_state(&limits, &quota, start, text, sizeof text);
  assert_string_equal(text, "\"requests\";r=0;t=3, \"concurrency\";r=0, "
                            "\"fuel\";r=0;t=6");
  quota = (struct quota){0};
  assert_true(quota_write_policy(&most, text, sizeof text) < sizeof text);
  assert_true(quota_write_state(&most, &quota, start, text, sizeof text) <
              sizeof text);
}

static void rates_in_words(void **state) {
  const struct {
    const char *text;
    uint64_t ns;
  } good[] = {{"10/s", SECOND / 10},      {"1/s", SECOND},
              {"90/m", 60 * SECOND / 90}, {"600/m", SECOND / 10},
              {"5/h", 720 * SECOND},      {"1/h", 3600 * SECOND},
              {"7/s", SECOND / 7},        {"1000000/s", 1000}};
  const char *shown[] = {"10/s", "1/s", "90/m", "10/s",
                         "5/h",  "1/h", "7/s",  "1000000/s"};
  const char *bad[] = {"10", "0/s", "/s", "10/d", "1.5/s", "2000000000/s", ""};
  uint64_t number;
  char text[32];

  (void)state;
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    assert_true(config_read_number(good[i].text, UNIT_RATE, &number));
    assert_int_equal(number, good[i].ns);
    config_write_number(number, UNIT_RATE, text, sizeof text);
    assert_string_equal(text, shown[i]);
  }
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_false(config_read_number(bad[i], UNIT_RATE, &number));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bursts_and_rates),
      cmocka_unit_test(a_rate_is_kept),
      cmocka_unit_test(slow_rates),
      cmocka_unit_test(no_limits),
      cmocka_unit_test(evaluations_at_a_time),
      cmocka_unit_test(fuel_is_paid_afterwards),
      cmocka_unit_test(headers),
      cmocka_unit_test(rates_in_words),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
