/*
 * test_nesting.c - how deep source, JSON and values may go: each limit at its
 * last level and one past it, and cycles below the levels of an answer.
 */
#include "session.h"

static session s;

static int setup(void **state) {
  (void)state;
  session_open(&s, NULL);
  return 0;
}
static int teardown(void **state) {
  (void)state;
  session_close(&s);
  return 0;
}

/* `a` and `b` are n levels of arrays around 1 and 2. */
static const char *nested(int n, const char *rest) {
  static char source[1024];
  snprintf(source, sizeof source,
           "(var a 1) (var b 2) (repeat %d (a = [a]) (b = [b]))\n%s", n, rest);
  return source;
}

static void run_nested(int n, const char *rest, gene_limits_t limits) {
  gene_context_options_t o = {.limits = limits};
  session_run(&s, nested(n, rest), &o);
}

/* All uses of a value that is allowed 20 levels, with 20 and with 21. */
static void test_value_levels(void **state) {
  (void)state;
  static const char *const uses[] = {
      "(a .to_s)",
      "(println a) 1",
      "#\"#{a}\"",
      "(a == b)",
      "(var m {{}}) (m .set a 1) 1",
      "([a b] .sort) 1",
      "([a b] .min) 1",
      "(gene/json/stringify a)",
      "(throw a)",
      "(a .flatten)",
      "a",
  };
  for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
    run_nested(20, uses[i], (gene_limits_t){.value_nesting = 20});
    const gene_error_t *e = s.result.error;
    if (e != NULL && !session_text_is(e->class_name, "Exception"))
      fail_msg("%s: %.*s", uses[i], (int)e->message.len, e->message.ptr);
    run_nested(21, uses[i], (gene_limits_t){.value_nesting = 20});
    e = s.result.error;
    if (e == NULL)
      fail_msg("%s: no error", uses[i]);
    assert_true(session_text_is(e->class_name, "RuntimeException"));
    assert_true(session_text_is(e->message,
                                "Nesting too deep (the limit is 20 levels)"));
    assert_true(e->line > 0);
  }
}

/* Text that is made before a limit is met must not be taken for the whole. */
static void test_nothing_is_cut(void **state) {
  (void)state;
  run_nested(21, "(try (a .to_s) catch * \"refused\")",
             (gene_limits_t){.value_nesting = 20});
  assert_true(session_text_is(s.result.text, "refused"));
}

static void test_usual_message(void **state) {
  (void)state;
  run_nested(100001, "(a == b)", (gene_limits_t){.value_nesting = 0});
  assert_int_equal(s.result.status, GENE_FAILURE);
  assert_true(session_text_is(s.result.error->message, "Nesting too deep"));
}

static void test_higher_limit(void **state) {
  (void)state;
  run_nested(200000, "(a == b)", (gene_limits_t){.value_nesting = 300000});
  assert_int_equal(s.result.status, GENE_SUCCESS);
  assert_true(session_text_is(s.result.value_json, "false"));
}

/* ---- order ---- */

static void test_deep_order(void **state) {
  (void)state;
  run_nested(100000, "((([a b] .sort) .get 0) == ([b a] .min))",
             (gene_limits_t){.value_nesting = 0});
  assert_int_equal(s.result.status, GENE_SUCCESS);
  assert_true(session_text_is(s.result.value_json, "true"));
  run_nested(90000,
             "(var m ([b a] .min)) (loop (if (m == 1) (break)) (m = "
             "(m .get 0))) m",
             (gene_limits_t){.value_nesting = 0});
  assert_true(session_text_is(s.result.value_json, "1"));
}

/* The levels of a comparison are memory of the script. */
static void test_order_is_charged(void **state) {
  (void)state;
  const char *source = "(var a []) (a .add a) (var b []) (b .add b)\n"
                       "([a b] .sort)";
  gene_context_options_t o = {.limits.memory_bytes = 256 << 10};
  session_run(&s, source, &o);
  assert_int_equal(s.result.status, GENE_FAILURE);
  assert_true(session_text_is(s.result.error->code, "GENE.LIMIT.MEMORY"));
  session_run(&s, source, NULL);
  assert_true(session_text_is(s.result.error->message, "Nesting too deep"));
  assert_true(s.result.peak_memory_bytes > 100000u * 24);
}

/* Memory that runs out within a comparison, and is found by a collection,
 * loses no element of what is being sorted. */
static void test_sort_goes_on(void **state) {
  (void)state;
  const char *rest = "(var g []) (repeat 3000 (g .add \"garbage\")) (g = 1)\n"
                     "(var xs ([[5 b] [7 0] [5 a]] .sort_by (fn [x] x)))\n"
                     "[xs/0/0 xs/1/0 xs/2/0]";
  unsigned good = 0, short_of_memory = 0;
  for (size_t memory = 1 << 20; memory < 4 << 20; memory += 16 << 10) {
    run_nested(8000, rest, (gene_limits_t){.memory_bytes = memory});
    if (s.result.status == GENE_SUCCESS) {
      assert_true(session_text_is(s.result.value_json, "[5,5,7]"));
      good++;
    } else {
      assert_true(session_text_is(s.result.error->code, "GENE.LIMIT.MEMORY"));
      short_of_memory++;
    }
  }
  assert_true(good > 0 && short_of_memory > 0);
}

/* ---- the answer ---- */

static void test_answer_levels(void **state) {
  (void)state;
  run_nested(3, "[a 5]", (gene_limits_t){.answer_nesting = 2});
  assert_int_equal(s.result.status, GENE_SUCCESS);
  assert_true(session_text_is(
      s.result.value_json, "[[{\"$opaque\":\"Array\",\"text\":\"[[1]]\"}],5]"));
  assert_true(session_text_is(s.result.text, "[[[[1]]] 5]"));
  assert_int_equal(s.result.diagnostics_len, 1);
  assert_true(session_text_is(s.result.diagnostics[0].message,
                              "Parts of the value nested over 2 levels deep "
                              "are given as $opaque"));
  run_nested(1, "[a 5]", (gene_limits_t){.answer_nesting = 2});
  assert_true(session_text_is(s.result.value_json, "[[1],5]"));
  assert_int_equal(s.result.diagnostics_len, 0);
}

static void expect_cyclic(const char *source, uint32_t line) {
  session_run(&s, source, NULL);
  if (s.result.status != GENE_FAILURE)
    fail_msg("no failure: %s", source);
  assert_true(session_text_is(s.result.error->class_name, "ArgumentException"));
  assert_true(session_text_is(s.result.error->message, "Cyclic value"));
  assert_int_equal(s.result.error->line, line);
  assert_int_equal(s.result.error->stack_len, 1);
  assert_true(session_text_is(s.result.error->stack[0].function, "<main>"));
}

#define CHAIN                \
  "(var r [1])\n(var a r)\n" \
  "(repeat 700 (var b []) (a .add b) (a = b))\n"
#define NODES                                                      \
  "(class N (method to_s [] \"n\"))\n(var r (new N))\n(var a r)\n" \
  "(repeat 700 (var b (new N)) (a/next = b) (a = b))\n"

static void test_cycles(void **state) {
  (void)state;
  expect_cyclic("(var a [])\n(a .add a)\na", 2);
  expect_cyclic("(fn f [x] x)\n(var a [])\n(a .add a)\n\n(f a)\n", 5);
  /* of more levels than the answer has, and wholly below them */
  expect_cyclic(CHAIN "(a .add r)\nr", 4);
  expect_cyclic(CHAIN "(a .add a)\nr", 4);
  expect_cyclic(CHAIN "(a .add {^x (`g ^y a)})\nr", 4);
  expect_cyclic(CHAIN "(a .add {{1 a}})\nr", 4);
  /* where the text shows nothing of it */
  expect_cyclic(NODES "(a/next = r)\n(do r)", 5);
}

static void test_deep_but_no_cycle(void **state) {
  (void)state;
  session_run(&s, CHAIN "r", NULL);
  assert_int_equal(s.result.status, GENE_SUCCESS);
  session_run(&s, NODES "r", NULL);
  assert_int_equal(s.result.status, GENE_SUCCESS);
  /* shared parts are no cycle, and are not gone through again and again */
  session_run(&s,
              NODES "(repeat 60 (var b (new N)) (b/x = a) (b/y = a) (a = b))\n"
                    "(repeat 600 (a = [a]))\na",
              NULL);
  assert_int_equal(s.result.status, GENE_SUCCESS);
  assert_true(s.result.fuel < 1000000);
}

/* ---- what is read ---- */

static void test_source_levels(void **state) {
  (void)state;
  gene_core_options_t options = {.source_nesting = 16};
  gene_core_t *core = gene_core_create(&options);
  gene_program_t *program;
  gene_compile_error_t error;
  assert_non_null(core);
  const char *good = "[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]";
  const char *bad = "\n [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]";
  assert_int_equal(
      gene_program_load(core, good, strlen(good), &program, &error), 0);
  gene_program_release(program);
  assert_int_equal(gene_program_load(core, bad, strlen(bad), &program, &error),
                   -1);
  assert_string_equal(error.class_name, "ParseException");
  assert_string_equal(error.message,
                      "Nesting too deep (the limit is 16 levels)");
  assert_int_equal(error.line, 2);
  assert_int_equal(error.column, 18);
  gene_core_destroy(core);
}

static void test_read_at_run_time(void **state) {
  (void)state;
  static const struct {
    const char *source, *message;
  } rows[] = {
      {"($parse \"[[[[[[[[[[[[[[[[[\")",
       "Nesting too deep (the limit is 16 levels) (line 1, column 17)"},
      {"(gene/json/parse \"[[[[[[[[[[[[[[[[[\")",
       "Invalid JSON: Nesting too deep (the limit is 16 levels) (line 1, "
       "column 17)"},
  };
  gene_core_t *usual = s.core;
  gene_core_options_t options = {.source_nesting = 16};
  s.core = gene_core_create(&options);
  assert_non_null(s.core);
  for (size_t i = 0; i < 2; i++) {
    session_run(&s, rows[i].source, NULL);
    assert_int_equal(s.result.status, GENE_FAILURE);
    assert_true(session_text_is(s.result.error->class_name, "ParseException"));
    if (!session_text_is(s.result.error->message, rows[i].message))
      fail_msg("%.*s", (int)s.result.error->message.len,
               s.result.error->message.ptr);
  }
  session_end_script(&s);
  gene_core_destroy(s.core);
  s.core = usual;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_value_levels),
      cmocka_unit_test(test_nothing_is_cut),
      cmocka_unit_test(test_usual_message),
      cmocka_unit_test(test_higher_limit),
      cmocka_unit_test(test_deep_order),
      cmocka_unit_test(test_order_is_charged),
      cmocka_unit_test(test_sort_goes_on),
      cmocka_unit_test(test_answer_levels),
      cmocka_unit_test(test_cycles),
      cmocka_unit_test(test_deep_but_no_cycle),
      cmocka_unit_test(test_source_levels),
      cmocka_unit_test(test_read_at_run_time),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
