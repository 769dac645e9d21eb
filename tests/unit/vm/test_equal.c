/*
 * test_equal.c - == of all kinds of values, at once and in slices; a user's ==
 * answered by the test; cycles and depth.
 */
#include "context_fixture.h"

#include <stdlib.h>

#include "types/range.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static context_fixture *fix;
static gn_value answer; /* what each user's == gives */
static unsigned asked, yields;

/* 1, 0, or -1 when it threw. */
static int equal(gn_value a, gn_value b) {
  fix->machine = GN_NIL;
  fix->call = (gn_call){.state = 0};
  fix->keep[0] = a;
  fix->keep[1] = b;
  asked = yields = 0;
  context_fixture_slice(fix);
  for (;;) {
    int status = gn_equal_run(fix->ctx, &fix->call, &fix->machine, a, b);
    assert_true(status == GN_OK || status == GN_THROW || fix->call.state != 0);
    if (status == GN_OK || status == GN_THROW) {
      assert_true(fix->machine == GN_NIL);
      return status == GN_OK ? fix->call.result == GN_TRUE : -1;
    }
    if (status == GN_CALL) {
      asked++;
      assert_int_equal(fix->call.nargs, 2);
      fix->call.result = answer;
      continue;
    }
    assert_int_equal(status, GN_YIELD);
    yields++;
    context_fixture_pause(fix);
  }
}

/* Both ways, and the quick one agrees or does not know. */
static void expect_equal(gn_value a, gn_value b, bool wanted) {
  int quick = gn_equal_quick(a, b);
  assert_true(quick == -1 || quick == wanted);
  assert_int_equal(equal(a, b), wanted);
  assert_int_equal(equal(b, a), wanted);
}

static gn_value form(const char *source) {
  return context_fixture_read(fix, source);
}

typedef struct pair {
  const char *a, *b;
} pair;

static const pair alike[] = {
    {"nil", "nil"},
    {"1", "1.0"},
    {"9007199254740992", "9007199254740992.0"},
    {"0.0", "-0.0"},
    {"9223372036854775807", "9223372036854775807"},
    {"1e300", "1e300"},
    {"\"abc\"", "\"abc\""},
    {"\"\"", "\"\""},
    {"'c'", "'c'"},
    {"sym", "sym"},
    {"a/b/0", "a/b/0"},
    {"a/<b>/c", "a/<b>/c"},
    {"[1 \"a\" [x]]", "[1.0 \"a\" [x]]"},
    {"[1]", "#[1]"},
    {"[]", "[]"},
    {"{^a 1 ^b 2}", "{^b 2 ^a 1}"},
    {"{}", "{}"},
    {"{{1 a 2 b}}", "{{2 b 1.0 a}}"},
    {"{{[1] a [2] b}}", "{{[2] b [1] a}}"},
    {"{{[1 [2]] a}}", "{{[1 [2]] a}}"},
    {"(f 1 2)", "(f 1 2)"},
    {"(f ^a 1 ^b [2] x)", "(f x ^b [2] ^a 1)"},
    {"()", "()"},
    {"`x", "`x"},
    {"%x", "%x"},
    {"0#0aff", "0#0AFF"},
    {"2024-02-29", "2024-02-29"},
    {"08:30", "08:30:00"},
    {"08:30Z", "08:30+00:00"},
    {"2031-01-01T08:30Z", "2031-01-01T08:30:00Z"},
    {"#/ab/i", "#/ab/i"},
    {"#/a/b/", "#/a/b/"},
};

static const pair unlike[] = {
    {"nil", "void"},
    {"nil", "false"},
    {"1", "2"},
    {"1", "1.5"},
    {"9007199254740993", "9007199254740992.0"},
    {"9223372036854775807", "9223372036854775808.0"},
    {"1", "\"1\""},
    {"\"a\"", "a"},
    {"\"a\"", "'a'"},
    {"'a'", "'b'"},
    {"a", "b"},
    {"a/b", "a/c"},
    {"a/b", "a/b/c"},
    {"a/<b>", "a/b"},
    {"a/<b>", "a/.<b>"},
    {"[1]", "[1 2]"},
    {"[1]", "[2]"},
    {"[1]", "(1)"},
    {"[[[1]]]", "[[[2]]]"},
    {"{^a 1}", "{^a 2}"},
    {"{^a 1}", "{^b 1}"},
    {"{^a 1}", "{^a 1 ^b 2}"},
    {"{^a nil}", "{^b nil}"},
    {"{}", "{{}}"},
    {"{{1 a}}", "{{1 b}}"},
    {"{{1 a}}", "{{2 a}}"},
    {"{{[1] a}}", "{{[2] a}}"},
    {"(f 1)", "(g 1)"},
    {"(f 1)", "(f 1 2)"},
    {"(f ^a 1)", "(f)"},
    {"(f ^a 1)", "(f ^a 2)"},
    {"`x", "x"},
    {"%x", "%_x"},
    {"0#0a", "0#0b"},
    {"0#0a", "0#0a00"},
    {"2024-02-29", "2024-02-28"},
    {"08:30", "08:30Z"},
    {"08:30+01:00", "07:30Z"},
    {"08:30[A/B]", "08:30[A/C]"},
    {"2024-02-29", "2024-02-29T00:00"},
    {"#/ab/i", "#/ab/"},
    {"#/a/b/", "#/a/"},
    {"#/a/b/", "#/a/c/"},
};

static void check_tables(void) {
  for (size_t i = 0; i < COUNT(alike); i++)
    expect_equal(form(alike[i].a), form(alike[i].b), true);
  for (size_t i = 0; i < COUNT(unlike); i++)
    expect_equal(form(unlike[i].a), form(unlike[i].b), false);
}

static void kinds(void **state) {
  (void)state;
  check_tables();
}

static void one_unit_slices(void **state) {
  (void)state;
  fix->slice = 1;
  fix->collect = true;
  check_tables();
}

static void nans(void **state) {
  (void)state;
  gn_heap *heap = &fix->ctx->heap;
  gn_value nan = gn_float_new(heap, __builtin_nan(""));
  expect_equal(nan, nan, false);
  gn_value a = gn_from_obj(gn_array_from(heap, &nan, 1));
  expect_equal(a, a, false);
}

static void ranges(void **state) {
  (void)state;
  gn_heap *heap = &fix->ctx->heap;
  gn_value a = gn_range_new(heap, 1, 9, 1, false);
  expect_equal(a, gn_range_new(heap, 1, 9, 1, true), true);
  expect_equal(a, gn_range_new(heap, 1, 9, 2, true), false);
  expect_equal(a, gn_range_new(heap, 1, 8, 1, false), false);
}

static void sets(void **state) {
  (void)state;
  gn_heap *heap = &fix->ctx->heap;
  gn_dict *d[3];
  for (size_t k = 0; k < 3; k++) {
    d[k] = gn_dict_new(heap, GN_T_HASHSET, 0);
    assert_non_null(d[k]);
    for (size_t i = 0; i < 20; i++) {
      /* One hash for all: every one is a candidate. */
      size_t n = k == 1 ? 19 - i : k == 2 ? i + 1 : i;
      gn_value key = gn_from_fix((int64_t)n);
      gn_value item = gn_from_obj(gn_array_from(heap, &key, 1));
      assert_true(gn_dict_append(heap, d[k], item, GN_NIL, 5));
    }
  }
  expect_equal(gn_from_obj(d[0]), gn_from_obj(d[1]), true);
  expect_equal(gn_from_obj(d[0]), gn_from_obj(d[2]), false);
}

static gn_value nested(size_t depth, gn_array **innermost) {
  gn_heap *heap = &fix->ctx->heap;
  gn_value v = GN_NONE;
  for (size_t i = 0; i < depth; i++) {
    gn_array *a = gn_array_from(heap, &v, i > 0);
    assert_non_null(a);
    if (i == 0 && innermost != NULL)
      *innermost = a;
    v = gn_from_obj(a);
  }
  return v;
}

static void expect_too_deep(gn_value a, gn_value b) {
  assert_int_equal(equal(a, b), -1);
  gn_value text = gn_print_quick(fix->ctx, fix->ctx->thrown, GN_DISPLAY);
  assert_true(gn_text_is(text, "Nesting too deep"));
}

static void depth(void **state) {
  (void)state;
  fix->slice = 20000;
  fix->collect = true;
  expect_equal(nested(100000, NULL), nested(100000, NULL), true);
  expect_equal(nested(1000, NULL), nested(1001, NULL), false);
  expect_too_deep(nested(100001, NULL), nested(100001, NULL));
  gn_array *x, *y;
  gn_value a = nested(3, &x), b = nested(2, &y);
  assert_true(gn_array_push(&fix->ctx->heap, x, a));
  assert_true(gn_array_push(&fix->ctx->heap, y, b));
  expect_too_deep(a, b);
  expect_too_deep(a, a);
  assert_true(yields > 2);
}

/* ---- instances ---- */

static void instances(void **state) {
  (void)state;
  gn_heap *heap = &fix->ctx->heap;
  gn_value one = gn_from_fix(1);
  gn_value a = context_fixture_instance(fix, "A", "", GN_NONE, &one, 1);
  gn_value b = context_fixture_instance(fix, "A", "", GN_NONE, &one, 1);
  expect_equal(a, a, true);
  expect_equal(a, b, false);
  expect_equal(a, one, false);
  gn_value in_a = gn_from_obj(gn_array_from(heap, &a, 1));
  gn_value in_b = gn_from_obj(gn_array_from(heap, &b, 1));
  expect_equal(in_a, in_a, true);
  expect_equal(in_a, in_b, false);
}

static void user_equal(void **state) {
  (void)state;
  gn_heap *heap = &fix->ctx->heap;
  gn_value method = gn_from_obj(gn_array_new(heap, 0));
  gn_value a = context_fixture_instance(fix, "A", "==", method, NULL, 0);
  gn_value b = context_fixture_instance(fix, "B", "==", method, NULL, 0);
  answer = GN_TRUE;
  assert_int_equal(equal(a, b), 1);
  assert_int_equal(asked, 1);
  assert_int_equal(equal(a, gn_from_fix(1)), 1);
  assert_int_equal(equal(gn_from_fix(1), a), 0);
  assert_int_equal(asked, 0);
  gn_value x =
      gn_from_obj(gn_array_from(heap, (gn_value[]){a, gn_from_fix(1), b}, 3));
  gn_value y =
      gn_from_obj(gn_array_from(heap, (gn_value[]){b, gn_from_fix(1), a}, 3));
  assert_int_equal(equal(x, y), 1);
  assert_int_equal(asked, 2);
  fix->slice = 1;
  fix->collect = true;
  assert_int_equal(equal(x, y), 1);
  answer = GN_FALSE;
  assert_int_equal(equal(x, y), 0);
  assert_int_equal(asked, 1);
  answer = GN_NIL;
  assert_int_equal(equal(a, b), 0);
  answer = gn_from_fix(0);
  assert_int_equal(equal(a, b), 1);
}

/* Keys of hash maps: the first candidate is not the one. */
static void user_equal_in_keys(void **state) {
  (void)state;
  gn_heap *heap = &fix->ctx->heap;
  gn_value method = gn_from_obj(gn_array_new(heap, 0));
  gn_value a = context_fixture_instance(fix, "A", "==", method, NULL, 0);
  gn_dict *d[2];
  for (size_t k = 0; k < 2; k++) {
    d[k] = gn_dict_new(heap, GN_T_HASHMAP, 0);
    assert_non_null(d[k]);
    if (k == 1)
      assert_true(
          gn_dict_append(heap, d[k], gn_from_fix(3), gn_from_fix(3), 5));
    assert_true(gn_dict_append(heap, d[k], a, gn_from_fix(1), 5));
    if (k == 0)
      assert_true(
          gn_dict_append(heap, d[k], gn_from_fix(3), gn_from_fix(3), 5));
  }
  answer = GN_FALSE;
  assert_int_equal(equal(gn_from_obj(d[0]), gn_from_obj(d[1])), 0);
  assert_int_equal(asked, 2);
  answer = GN_TRUE;
  assert_int_equal(equal(gn_from_obj(d[0]), gn_from_obj(d[0])), 1);
  assert_int_equal(asked, 1);
}

static void out_of_memory(void **state) {
  (void)state;
  gn_value a = nested(100, NULL), b = nested(100, NULL);
  bool done = false;
  for (uint64_t n = 1; !done; n++) {
    gn_heap_fail_nth(&fix->ctx->heap, n);
    int result = equal(a, b);
    done = result == 1;
    assert_int_not_equal(result, 0);
    assert_true(n < 100);
    gn_heap_fail_nth(&fix->ctx->heap, 0);
  }
}

static int open(void **state) {
  (void)state;
  static context_fixture f;
  fix = &f;
  context_fixture_open(fix);
  answer = GN_NIL;
  return 0;
}

static int close(void **state) {
  (void)state;
  gn_heap_validate(&fix->ctx->heap);
  context_fixture_close(fix);
  return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open, close)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(kinds),
      TEST(one_unit_slices),
      TEST(nans),
      TEST(ranges),
      TEST(sets),
      TEST(depth),
      TEST(instances),
      TEST(user_equal),
      TEST(user_equal_in_keys),
      TEST(out_of_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
