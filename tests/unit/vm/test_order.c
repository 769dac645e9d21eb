/*
 * test_order.c - walks over values that are far larger than they look: natural
 * order, templates and quoted data give the slice back, go on where they were,
 * and end by the limits of the script.
 */
#include <unistd.h>

#include "session.h"

static session s;

static int setup(void **state) {
  (void)state;
  alarm(120); /* a walk that holds the thread is a failure, not a long test */
  session_open(&s, NULL);
  return 0;
}
static int teardown(void **state) {
  (void)state;
  session_close(&s);
  return 0;
}

/* Two arrays of 2^40 elements in 40 objects each. */
#define SHARED                \
  "(var a [1]) (var b [1])\n" \
  "(repeat 40 (a = [a a]) (b = [b b]))\n"

/* Runs it with so much fuel; gives the number of slices it took. */
static unsigned slices_of(const char *source, uint64_t fuel) {
  gene_context_options_t o = {.limits.fuel = fuel};
  unsigned n = 1;
  session_start(&s, source, &o);
  while (gene_context_run(s.context, 1000) == GENE_RUN_MORE)
    n++;
  gene_context_result(s.context, &s.result);
  return n;
}

static void test_ends_by_fuel(void **state) {
  (void)state;
  static const char *const uses[] = {
      SHARED "([a b] .sort)",
      SHARED "([a b] .sort_by (fn [x] x))",
      SHARED "([a b] .min)",
      SHARED "([a b] .max)",
      SHARED "([a b] .min_by (fn [x] x))",
      SHARED "([a b] .max_by (fn [x] x))",
      SHARED "($render a) 1",
      "(var a `(x)) (repeat 40 (a = (`x a a))) ($render a) 1",
      "(var a {^k 1}) (repeat 40 (a = {^k a ^l a})) ($render a) 1",
  };
  for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
    unsigned n = slices_of(uses[i], 2000000);
    if (s.result.status != GENE_FAILURE ||
        !session_text_is(s.result.error->code, "GENE.LIMIT.FUEL"))
      fail_msg("%s: not ended by its fuel", uses[i]);
    if (n < 1000 || s.result.fuel > 2100000)
      fail_msg("%s: %u slices, fuel %llu", uses[i], n,
               (unsigned long long)s.result.fuel);
  }
}

/* Data that eval was given is quoted: the copy is what counts. */
static void test_quoted_is_limited(void **state) {
  (void)state;
  gene_context_options_t o = {.limits.memory_bytes = 8 << 20};
  session_run(&s, SHARED "(eval ($render `(`%a 1)))", &o);
  assert_int_equal(s.result.status, GENE_FAILURE);
  assert_true(session_text_is(s.result.error->code, "GENE.LIMIT.MEMORY"));
  session_run(&s, "(var c []) (c .add c) (eval ($render `(`%c 1)))", NULL);
  assert_int_equal(s.result.status, GENE_FAILURE);
  assert_true(session_text_is(s.result.error->message, "Nesting too deep"));
  session_run(&s, "(var c []) (c .add c) ($render c)", NULL);
  assert_true(session_text_is(s.result.error->message, "Nesting too deep"));
}

/* ---- nothing is lost between slices ---- */

static void expect_sliced(const char *source, const char *json) {
  unsigned n = slices_of(source, 0);
  if (s.result.status != GENE_SUCCESS ||
      !session_text_is(s.result.value_json, json))
    fail_msg("%s\n-> %.*s", source, (int)s.result.value_json.len,
             s.result.value_json.ptr);
  assert_true(n > 10);
}

/* Rows that differ in their last element only; equal ones keep their order. */
#define ROWS                                                         \
  "(var xs [])\n(for i in (0 .. 59) (var x []) (repeat 500 (x .add " \
  "7)) (x .add ((i * 37) % 20)) (xs .add [i x]))\n"
#define CHECK                                                            \
  "(var good 0)\n(for i in (1 .. 59) (var p (ys .get (i - 1))) (var q "  \
  "(ys .get i)) (var pk (p/1 .get 500)) (var qk (q/1 .get 500))\n"       \
  "(if ((pk < qk) || ((pk == qk) && (p/0 < q/0))) (good += 1)))\n[good " \
  "(ys .size)]"

static void test_sorted_in_slices(void **state) {
  (void)state;
  expect_sliced(ROWS "(var ys (xs .sort_by (fn [x] x/1)))\n" CHECK, "[59,60]");
  expect_sliced(ROWS "(var ys (xs .map (fn [x] x/1)))\n(ys = (ys .sort))\n"
                     "[((ys .get 0) .get 500) ((ys .get 59) .get 500)]",
                "[0,19]");
  expect_sliced(ROWS "[((xs .min_by (fn [x] x/1)) .get 0) ((xs .max_by (fn "
                     "[x] x/1)) .get 0)]",
                "[0,7]");
  expect_sliced(ROWS "(var ys (xs .map (fn [x] x/1)))\n"
                     "[((ys .min) .get 500) ((ys .max) .get 500)]",
                "[0,19]");
}

static void test_unlike_in_slices(void **state) {
  (void)state;
  slices_of(ROWS "(var ys (xs .map (fn [x] x/1))) ((ys .get 30) .add \"z\")\n"
                 "((ys .get 10) .set 500 7) ((ys .get 30) .set 500 7)\n"
                 "((ys .get 10) .add 1)\n(ys .sort)",
            0);
  assert_int_equal(s.result.status, GENE_FAILURE);
  assert_true(session_text_is(s.result.error->class_name, "TypeException"));
}

/* The array that is looked through may shrink meanwhile. */
static void test_changed_while_compared(void **state) {
  (void)state;
  slices_of(ROWS "(var ys (xs .map (fn [x] x/1)))\n"
                 "(fn f [] (repeat 5 (await (async 1)) (ys .clear)) 1)\n"
                 "(var t (async (f)))\n(ys .max) (ys .min) 1",
            0);
  assert_int_equal(s.result.status, GENE_SUCCESS);
}

/* ---- texts ---- */

/* The bytes that are compared are paid for, and are no single step. */
static void test_long_texts(void **state) {
  (void)state;
  const char *source =
      "(var p (\"a\" .repeat 1000000)) (var q (p .append \"b\"))\n"
      "(var x (p .append \"a\")) (var a [])\n"
      "(repeat 10 (a .push q) (a .push x))\n"
      "(var y (a .sort)) [((y .get 0) == x) ((y .get 9) == x) ((y .get 10) "
      "== q) ((y .get 19) == q)]";
  unsigned n = slices_of(source, 0);
  assert_int_equal(s.result.status, GENE_SUCCESS);
  assert_true(session_text_is(s.result.value_json, "[true,true,true,true]"));
  assert_true(s.result.fuel > 30 * (1000000 >> 6));
  assert_true(n > 40);
  slices_of("(var p (\"a\" .repeat 1000000)) (var q (p .append \"b\"))\n"
            "(var x (p .append \"a\"))\n"
            "[(([q x] .min) == x) (([x q x] .max) == q)]",
            0);
  assert_true(session_text_is(s.result.value_json, "[true,true]"));
}

/* ---- templates ---- */

static void test_rendered_in_slices(void **state) {
  (void)state;
  expect_sliced("(var n 3) (var t [])\n"
                "(repeat 3000 (t .add `[%n {^a %n} x]))\n(var r ($render t))\n"
                "(var good 0) (for x in r (if (x/1/a == 3) (good += x/0)))\n"
                "[good (r .size) ((t .get 0) .size)]",
                "[9000,3000,3]");
  expect_sliced("(var n (1 .. 5000)) (($render `[1 %n... 2]) .size)", "5002");
}

static void test_template_that_changes(void **state) {
  (void)state;
  session_run(&s, "(var t `[%(t .push `%t) 2]) ($render t)", NULL);
  assert_int_equal(s.result.status, GENE_FAILURE);
  assert_true(session_text_is(s.result.error->message,
                              "The template was changed while it was "
                              "rendered"));
  session_run(&s, "(var t `[%(t .clear) 2]) ($render t)", NULL);
  assert_int_equal(s.result.status, GENE_FAILURE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_ends_by_fuel),
      cmocka_unit_test(test_quoted_is_limited),
      cmocka_unit_test(test_sorted_in_slices),
      cmocka_unit_test(test_unlike_in_slices),
      cmocka_unit_test(test_changed_while_compared),
      cmocka_unit_test(test_long_texts),
      cmocka_unit_test(test_rendered_in_slices),
      cmocka_unit_test(test_template_that_changes),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
