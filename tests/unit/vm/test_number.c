/*
 * test_number.c - in-line and boxed numbers, comparison without rounding, and
 * the shortest decimals.
 */
#include "vm/fixture.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/number.h"

static void test_floats_survive_packing(void **state) {
  (void)state;
  static const double some[] = {
      0.0,
      -0.0,
      1.0,
      -1.0,
      0.1,
      DBL_MAX,
      -DBL_MAX,
      DBL_MIN,
      0x1p-256,
      -0x1p-256,
      0x1p256,
      -0x1p256,
      0x1p255,
      5e-324,
      INFINITY,
      -INFINITY,
      0x1.0000000000001p-256,
      0x1.fffffffffffffp255,
  };
  fixture f;
  fixture_open(&f, (size_t)1 << 24);
  for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
    gn_value v = gn_float_new(&f.heap, some[i]);
    assert_true(gn_is_float(v) && gn_is_number(v) && !gn_is_int(v));
    assert_int_equal(gn_double_bits(gn_float(v)), gn_double_bits(some[i]));
  }
  for (int i = 0; i < 200000; i++) {
    uint64_t bits = (uint64_t)fixture_random(&f, UINT32_MAX) << 32 |
                    fixture_random(&f, UINT32_MAX);
    gn_value v = gn_float_new(&f.heap, gn_bits_double(bits));
    assert_true(gn_is_float(v));
    assert_true(gn_double_bits(gn_float(v)) == bits);
  }
  assert_true(gn_is_flo(gn_float_new(&f.heap, 3.25)));
  assert_true(gn_is(gn_float_new(&f.heap, 1e300), GN_T_FLOAT));
  assert_true(isnan(gn_float(gn_float_new(&f.heap, NAN))));
  fixture_close(&f);
}

static void test_ints_survive_boxing(void **state) {
  (void)state;
  static const int64_t some[] = {
      0,
      1,
      -1,
      GN_FIX_MAX,
      GN_FIX_MIN,
      GN_FIX_MAX + 1,
      GN_FIX_MIN - 1,
      INT64_MAX,
      INT64_MIN,
  };
  fixture f;
  fixture_open(&f, (size_t)1 << 20);
  for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
    gn_value v = gn_int_new(&f.heap, some[i]);
    assert_true(gn_is_int(v) && !gn_is_float(v));
    assert_int_equal(gn_is_fix(v), gn_fits_fix(some[i]));
    assert_true(gn_int(v) == some[i]);
  }
  gn_heap_fail_nth(&f.heap, 1);
  assert_true(gn_int_new(&f.heap, INT64_MAX) == GN_NONE);
  gn_heap_fail_nth(&f.heap, 1);
  assert_true(gn_float_new(&f.heap, 1e300) == GN_NONE);
  fixture_close(&f);
}

static void test_comparison_does_not_round(void **state) {
  (void)state;
  const int64_t big = INT64_C(1) << 53;
  assert_int_equal(gn_compare_int_double(big + 1, 0x1p53), 1);
  assert_int_equal(gn_compare_int_double(big, 0x1p53), 0);
  assert_int_equal(gn_compare_int_double(INT64_MAX, 0x1p63), -1);
  assert_int_equal(gn_compare_int_double(INT64_MIN, -0x1p63), 0);
  assert_int_equal(gn_compare_int_double(INT64_MIN, -0x1.1p63), 1);
  assert_int_equal(gn_compare_int_double(INT64_MAX, INFINITY), -1);
  assert_int_equal(gn_compare_int_double(INT64_MIN, -INFINITY), 1);
  assert_int_equal(gn_compare_int_double(0, -0.0), 0);
  assert_int_equal(gn_compare_int_double(3, 3.5), -1);
  assert_int_equal(gn_compare_int_double(-3, -3.5), 1);
  assert_int_equal(gn_compare_int_double(0, 0.5), -1);
  assert_int_equal(gn_compare_int_double(0, -0.5), 1);
  assert_int_equal(gn_compare_int_double(0, NAN), 2);
}

static void test_comparison_of_values(void **state) {
  (void)state;
  fixture f;
  fixture_open(&f, (size_t)1 << 20);
  gn_value ordered[] = {
      gn_float_new(&f.heap, -INFINITY),
      gn_int_new(&f.heap, INT64_MIN),
      gn_from_fix(-1),
      gn_float_new(&f.heap, -0.5),
      gn_from_fix(0),
      gn_float_new(&f.heap, 1e-300),
      gn_from_fix(1),
      gn_int_new(&f.heap, INT64_MAX),
      gn_float_new(&f.heap, 0x1p63),
      gn_float_new(&f.heap, INFINITY),
  };
  int n = sizeof ordered / sizeof *ordered;
  gn_value nan = gn_float_new(&f.heap, NAN);
  for (int i = 0; i < n; i++) {
    for (int k = 0; k < n; k++)
      assert_int_equal(gn_compare_numbers(ordered[i], ordered[k]),
                       (i > k) - (i < k));
    assert_int_equal(gn_compare_numbers(ordered[i], nan), 2);
    assert_int_equal(gn_compare_numbers(nan, ordered[i]), 2);
  }
  assert_int_equal(gn_compare_numbers(nan, nan), 2);
  fixture_close(&f);
}

static void test_ints_as_text(void **state) {
  (void)state;
  static const struct {
    int64_t i;
    const char *text;
  } rows[] = {
      {0, "0"},
      {-7, "-7"},
      {1000000, "1000000"},
      {INT64_MAX, "9223372036854775807"},
      {INT64_MIN, "-9223372036854775808"},
  };
  char buf[32];
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    assert_int_equal(gn_format_int(rows[i].i, buf), strlen(rows[i].text));
    assert_string_equal(buf, rows[i].text);
  }
}

static void test_floats_as_text(void **state) {
  (void)state;
  static const struct {
    double d;
    const char *text;
  } rows[] = {
      {0.0, "0.0"},
      {-0.0, "-0.0"},
      {2, "2.0"},
      {-2.5, "-2.5"},
      {0.1, "0.1"},
      {0.1 + 0.2, "0.30000000000000004"},
      {1e15, "1000000000000000.0"},
      {9999999999999998.0, "9999999999999998.0"},
      {1e16, "1e+16"},
      {12345678901234567890.0, "1.2345678901234567e+19"},
      {0.0001, "0.0001"},
      {0.00012345678901234567, "0.00012345678901234567"},
      {0.00001, "1e-05"},
      {1.5e-7, "1.5e-07"},
      {1e21, "1e+21"},
      {1e100, "1e+100"},
      {DBL_MAX, "1.7976931348623157e+308"},
      {DBL_MIN, "2.2250738585072014e-308"},
      {5e-324, "5e-324"},
      {9007199254740993.0, "9007199254740992.0"},
      {2e23, "2e+23"},
      {9.5367431640625e-07, "9.5367431640625e-07"},
      {INFINITY, "inf"},
      {-INFINITY, "-inf"},
      {NAN, "nan"},
  };
  char buf[32];
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    size_t len = gn_format_double(rows[i].d, buf);
    assert_string_equal(buf, rows[i].text);
    assert_int_equal(len, strlen(rows[i].text));
  }
}

/* The text reads back equal, and one digit less never would. */
static void check_shortest(double d) {
  char text[32], shorter[32], digits[32];
  int n = 0;
  gn_format_double(d, text);
  if (strtod(text, NULL) != d)
    fail_msg("%s does not read back as %a", text, d);
  for (const char *at = text; *at != '\0' && *at != 'e'; at++)
    if (*at >= '0' && *at <= '9' && (n > 0 || *at != '0'))
      digits[n++] = *at;
  while (n > 0 && digits[n - 1] == '0')
    n--;
  if (n < 2)
    return;
  snprintf(shorter, sizeof shorter, "%.*e", n - 2, d);
  if (strtod(shorter, NULL) == d)
    fail_msg("%s is not the shortest: %s", text, shorter);
}

static void test_random_floats_are_shortest(void **state) {
  (void)state;
  fixture f;
  fixture_open(&f, (size_t)1 << 20);
  for (int i = 0; i < 30000; i++) {
    uint64_t bits = (uint64_t)fixture_random(&f, UINT32_MAX) << 32 |
                    fixture_random(&f, UINT32_MAX);
    double d = fabs(gn_bits_double(bits));
    if (isfinite(d))
      check_shortest(d);
    check_shortest((double)fixture_random(&f, 100000000) / 1000);
  }
  for (int e = 0; e < 2047; e++) { /* ends of all binades */
    uint64_t bits = (uint64_t)e << 52;
    check_shortest(gn_bits_double(bits + 1));
    if (e > 0) {
      check_shortest(gn_bits_double(bits));
      check_shortest(gn_bits_double(bits - 1));
    }
  }
  fixture_close(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_floats_survive_packing),
      cmocka_unit_test(test_ints_survive_boxing),
      cmocka_unit_test(test_comparison_does_not_round),
      cmocka_unit_test(test_comparison_of_values),
      cmocka_unit_test(test_ints_as_text),
      cmocka_unit_test(test_floats_as_text),
      cmocka_unit_test(test_random_floats_are_shortest),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
