/*
 * test_context.c - evaluations through the public interface: values, errors,
 * limits, cancelling, slices.
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

static bool is(gene_text_t t, const char *text) {
  return session_text_is(t, text);
}

static void test_value(void **state) {
  (void)state;
  session_run(&s, "(+ 1 2)", NULL);
  assert_int_equal(s.result.status, GENE_SUCCESS);
  assert_true(is(s.result.value_json, "3"));
  assert_true(is(s.result.type, "Int"));
  assert_true(is(s.result.text, "3"));
  assert_true(s.result.fuel > 0);
  assert_null(s.result.error);
}

static void test_nested_value(void **state) {
  (void)state;
  session_run(&s, "{^a [1 \"b\"] ^c nil}", NULL);
  assert_true(is(s.result.value_json, "{\"a\":[1,\"b\"],\"c\":null}"));
  assert_true(is(s.result.text, "{^a [1 b] ^c nil}"));
  assert_true(is(s.result.type, "Map"));
}

static void test_uncaught(void **state) {
  (void)state;
  session_run(&s, "(fn f [] (throw \"boom\"))\n(+ 1 (f))", NULL);
  assert_int_equal(s.result.status, GENE_FAILURE);
  const gene_error_t *e = s.result.error;
  assert_non_null(e);
  assert_true(is(e->class_name, "Exception"));
  assert_true(is(e->message, "boom"));
  assert_null(e->code.ptr);
  assert_int_equal(e->line, 1);
  assert_int_equal(e->column, 10);
  assert_int_equal(e->stack_len, 2);
  assert_true(is(e->stack[0].function, "f"));
  assert_true(is(e->stack[1].function, "<main>"));
  assert_int_equal(e->stack[1].line, 2);
}

static void expect_limit(const char *source, gene_limits_t limits,
                         const char *code) {
  gene_context_options_t o = {.limits = limits};
  session_run(&s, source, &o);
  assert_int_equal(s.result.status, GENE_FAILURE);
  assert_non_null(s.result.error);
  assert_true(is(s.result.error->class_name, "LimitException"));
  assert_true(is(s.result.error->code, code));
}

static void test_fuel_limit(void **state) {
  (void)state;
  expect_limit("(loop 1)", (gene_limits_t){.fuel = 100000}, "GENE.LIMIT.FUEL");
  expect_limit("(try (loop 1) catch * 1 finally (println 2))",
               (gene_limits_t){.fuel = 100000}, "GENE.LIMIT.FUEL");
  assert_int_equal(s.result.error->line, 1);
  assert_int_equal(s.result.output.len, 0);
  assert_true(s.result.fuel >= 100000 && s.result.fuel < 110000);
}

static void test_memory_limit(void **state) {
  (void)state;
  gene_limits_t limits = {.memory_bytes = 2 << 20, .fuel = 1000000000};
  expect_limit("(var xs []) (loop (xs .add \"xxxxxxxxxxxxxxxx\"))", limits,
               "GENE.LIMIT.MEMORY");
  assert_true(s.result.peak_memory_bytes <= limits.memory_bytes);
  expect_limit("(var s \"ab\") (loop (s = (s ++ s)))", limits,
               "GENE.LIMIT.MEMORY");
  expect_limit("(var m {}) (var i 0) (loop (m .set #\"k#{i}\" i) (i += 1))",
               limits, "GENE.LIMIT.MEMORY");
}

static void test_garbage_is_no_limit(void **state) {
  (void)state;
  gene_context_options_t o = {.limits = {.memory_bytes = 1 << 20}};
  session_run(&s, "(var n 0) (repeat 200000 (var a [n n n]) (n += 1)) n", &o);
  assert_int_equal(s.result.status, GENE_SUCCESS);
  assert_true(is(s.result.text, "200000"));
  o.limits.memory_bytes = 4 << 20; /* code goes with the exception it threw */
  session_run(&s,
              "(var n 0) (repeat 5000"
              "  (try (eval `(throw \"x\")) catch * (n += 1))) n",
              &o);
  assert_int_equal(s.result.status, GENE_SUCCESS);
  assert_true(is(s.result.text, "5000"));
}

static void test_stack_limit(void **state) {
  (void)state;
  session_expect(&s,
                 "(fn f [n] (+ 1 (f n)))"
                 "(try (f 1) catch RuntimeException (println $ex/message))",
                 NULL, "Stack overflow\n");
}

static void test_wall_kill(void **state) {
  (void)state;
  session_start(&s, "(println 1) (loop 1)", NULL);
  assert_int_equal(gene_context_run(s.context, 1000), GENE_RUN_MORE);
  gene_context_kill(s.context, GENE_KILL_WALL, 50);
  assert_int_equal(gene_context_run(s.context, 1000), GENE_RUN_DONE);
  session_finish(&s);
  assert_true(is(s.result.error->code, "GENE.LIMIT.WALL"));
  assert_string_equal(s.output, "1\n");
}

static void test_cancel_waiting(void **state) {
  (void)state;
  session_start(&s,
                "(try (gene/sleep 60000) catch CancellationException"
                " (println $ex/message) finally (println \"tidy\"))",
                NULL);
  while (session_step(&s))
    break;
  gene_context_cancel(s.context, "user left");
  session_finish(&s);
  assert_int_equal(s.result.status, GENE_CANCELLED);
  assert_string_equal(s.output, "user left\ntidy\n");
  assert_non_null(s.result.error);
  assert_true(is(s.result.error->class_name, "CancellationException"));
}

/* One that does not end by itself is ended for the same reason. */
static void test_kill_after_cancel(void **state) {
  (void)state;
  session_start(&s, "(loop (try (gene/sleep 60000) catch * nil))", NULL);
  session_step(&s);
  gene_context_cancel(s.context, "user left");
  session_step(&s);
  gene_context_kill(s.context, GENE_KILL_CANCEL, 0);
  session_finish(&s);
  assert_int_equal(s.result.status, GENE_CANCELLED);
  assert_true(is(s.result.error->message, "user left"));
}

/* ---- causes ---- */

static gene_text_t cause_of(const char *source) {
  session_run(&s, source, NULL);
  assert_int_equal(s.result.status, GENE_FAILURE);
  assert_non_null(s.result.error);
  return s.result.error->cause_json;
}

static void test_causes(void **state) {
  (void)state;
  assert_true(is(cause_of("(throw {^a [1 \"b\"]})"), "{\"a\":[1,\"b\"]}"));
  assert_true(is(cause_of("(throw 5)"), "5"));
  assert_null(cause_of("(try (throw [1]) catch * (throw \"x\"))").ptr);
  assert_non_null(s.result.error->cause);
  assert_true(is(s.result.error->cause->cause_json, "[1]"));
  session_run(&s, "(async (throw 1)) (async (throw [2])) 3", NULL);
  assert_int_equal(s.result.status, GENE_SUCCESS);
  assert_int_equal(s.result.unhandled_len, 2);
  assert_true(is(s.result.unhandled[0]->cause_json, "1"));
  assert_true(is(s.result.unhandled[1]->cause_json, "[2]"));
}

#define THROW_A "(throw (new IOError \"x\" ^cause a))"

/* What hinders the text of the cause does not hide the error. */
static void test_hidden_causes(void **state) {
  (void)state;
  assert_true(is(cause_of("(var a [1]) (a .add a)" THROW_A),
                 "{\"$opaque\":\"Array\",\"text\":\"<Array: Cyclic value>\"}"));
  assert_true(is(cause_of("(var a []) (repeat 40000 (a .add 1))" THROW_A),
                 "{\"$opaque\":\"Array\",\"text\":\"<Array: More than 65536 "
                 "bytes of JSON>\"}"));
  session_start(&s, "(var a []) (repeat 9000 (a .add 1))" THROW_A, NULL);
  unsigned slices = 0;
  uint64_t fuel = 0;
  while (gene_context_run(s.context, 500) != GENE_RUN_DONE) {
    uint64_t now = gene_context_fuel(s.context);
    assert_true(now - fuel < 2000);
    fuel = now;
    slices++;
  }
  session_finish(&s);
  assert_true(slices > 20);
  assert_int_equal(s.result.error->cause_json.len, 2 * 9000 + 1);
  for (uint64_t cut = 100; cut < 9000; cut += 3000) {
    gene_context_options_t o = {.limits = {.fuel = s.result.fuel - cut}};
    session_run(&s, "(var a []) (repeat 9000 (a .add 1))" THROW_A, &o);
    assert_true(is(s.result.error->message, "x"));
    assert_true(is(s.result.error->cause_json,
                   "{\"$opaque\":\"Array\",\"text\":\"<Array: not shown>\"}"));
    s.result.fuel += cut;
  }
}

static void test_printed_causes(void **state) {
  (void)state;
  gene_context_options_t o = {.no_value_json = true};
  session_run(&s, "(throw {^a \"b\"})", &o);
  assert_true(is(s.result.error->cause_json, "{^a \"b\"}"));
  session_run(
      &s, "(class Q (method to_s [] (throw \"no\"))) (var a (new Q))" THROW_A,
      &o);
  assert_true(is(s.result.error->message, "x"));
  assert_true(is(s.result.error->cause_json, "<Q: no>"));
  session_run(&s, "(var a []) (repeat 90000 (a .add 1))" THROW_A, &o);
  assert_int_equal(s.result.error->cause_json.len, 65536 + 3);
}

/* ---- options ---- */

static void test_strict_nil(void **state) {
  (void)state;
  gene_context_options_t strict = {.strict_nil = true};
  static const char *const good[] = {
      "(fn f [x: Any] x) (f nil)",
      "(fn f [x: Nil] x) (f nil)",
      "(fn f [x: (Option Int)] x) (f nil)",
      "(fn f [x: (Int | Nil)] x) (f nil)",
      "(fn f [x: (Int | String | Nil)] x) (f nil)",
      "(var x: Int)",
      "(fn f [x] x) (f nil)",
  };
  static const char *const bad[][2] = {
      {"(fn f [x: Int] x) (f nil)", "expected Int, got Nil in x"},
      {"(fn f [x: (Int | String)] x) (f void)",
       "expected (Int | String), got Void in x"},
      {"(fn f [] -> Int nil) (f)",
       "expected Int, got Nil in return value of f"},
      {"(var x: Int 1) (x = nil)", "expected Int, got Nil in variable"},
      {"(fn f [xs...: Int] xs) (f 1 nil)", "expected Int, got Nil in xs"},
  };
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    session_run(&s, good[i], &strict);
    if (s.result.status != GENE_SUCCESS)
      fail_msg("%s: %.*s", good[i], (int)s.result.error->message.len,
               s.result.error->message.ptr);
  }
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    char want[256];
    snprintf(want, sizeof want,
             "Type error [GENE_TYPE_MISMATCH]: %s; strict nil mode admits nil "
             "only for Any, Nil, Option[T], or unions containing Nil",
             bad[i][1]);
    session_run(&s, bad[i][0], NULL);
    assert_int_equal(s.result.status, GENE_SUCCESS);
    session_run(&s, bad[i][0], &strict);
    assert_int_equal(s.result.status, GENE_FAILURE);
    if (!is(s.result.error->message, want))
      fail_msg("%s: %.*s", bad[i][0], (int)s.result.error->message.len,
               s.result.error->message.ptr);
    assert_true(is(s.result.error->code, "GENE_TYPE_MISMATCH"));
  }
}

static void test_slices_do_not_matter(void **state) {
  (void)state;
  const char *source =
      "(fn fib [n] (if (n < 2) n else ((fib (n - 1)) + "
      "(fib (n - 2))))) (println (fib 15)) "
      "(println ([3 1 2] .sort) ([1 2 3] .map (x -> (x * 2))))";
  for (uint64_t slice = 1; slice < 2000; slice = slice * 3 + 1) {
    session_start(&s, source, NULL);
    while (gene_context_run(s.context, slice) != GENE_RUN_DONE)
      ;
    session_finish(&s);
    assert_int_equal(s.result.status, GENE_SUCCESS);
    assert_string_equal(s.output, "610\n[1 2 3] [2 4 6]\n");
  }
}

static void test_fuel_is_the_same_in_all_slices(void **state) {
  (void)state;
  uint64_t first = 0;
  for (uint64_t slice = 7; slice < 100000; slice *= 10) {
    session_start(&s, "(var i 0) (while (i < 5000) (i += 1))", NULL);
    while (gene_context_run(s.context, slice) != GENE_RUN_DONE)
      ;
    session_finish(&s);
    if (!first)
      first = s.result.fuel;
    assert_int_equal(s.result.fuel, first);
  }
}

static void test_output_is_cut(void **state) {
  (void)state;
  gene_context_options_t o = {.limits = {.output_bytes = 10}};
  session_run(
      &s, "(print \"12345678\") (print \"9\u00e9\u00e9\") (print \"x\") 7", &o);
  assert_int_equal(s.result.status, GENE_SUCCESS);
  assert_true(s.result.output_truncated);
  assert_string_equal(s.output, "123456789");
  assert_int_equal(s.result.output_bytes, 14);
}

static void test_pending_limit(void **state) {
  (void)state;
  gene_context_options_t o = {.limits = {.pending = 10}};
  session_expect(&s,
                 "(try (repeat 100 (gene/sleep_async 1)) catch "
                 "ConcurrencyException (println $ex/code))",
                 &o, "GENE.LIMIT.PENDING\n");
}

static void test_unhandled_is_reported(void **state) {
  (void)state;
  session_run(&s,
              "(var f (async (throw \"lost\")))"
              "((gene/sleep_async 1) .on_success (-> (throw \"bug\"))) 5",
              NULL);
  assert_int_equal(s.result.status, GENE_SUCCESS);
  assert_int_equal(s.result.unhandled_len, 2);
  assert_true(is(s.result.text, "5"));
}

static void test_value_is_future(void **state) {
  (void)state;
  session_run(&s, "(async (gene/sleep 5) 12)", NULL);
  assert_true(is(s.result.text, "12"));
  session_run(&s, "(async (gene/sleep 5) (throw \"late\"))", NULL);
  assert_int_equal(s.result.status, GENE_FAILURE);
  assert_int_equal(s.result.unhandled_len, 0);
  session_run(&s, "(new gene/Future)", NULL);
  assert_true(is(s.result.error->class_name, "DeadlockException"));
}

static void test_cyclic_value_fails(void **state) {
  (void)state;
  session_run(&s, "(var a [1]) (a .add a) a", NULL);
  assert_int_equal(s.result.status, GENE_FAILURE);
  assert_true(is(s.result.error->message, "Cyclic value"));
}

/* Much memory goes in pieces, whatever it is made of. */
static void test_destroy_in_pieces(void **state) {
  (void)state;
  static const char *const sources[] = {
      "(var k []) (repeat 40 (k .push (\"x\" .repeat 1000000))) 1",
      "(var s (\"x\" .repeat 40000000)) 1",
      ("(var k []) (for i in (0 .. 4000) (k .push [i \"a\" \"b\"]))"
       "(for i in (0 .. 4000) (k .push (new Regexp #\"a#{i}(b|c)*\"))) 1"),
      "(var k []) (for i in (0 .. 2000) (k .push (eval `(fn [x] x)))) 1",
  };
  for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
    session_run(&s, sources[i], NULL);
    assert_int_equal(s.result.status, GENE_SUCCESS);
    session_end_script(&s);
    gene_core_stats_t stats;
    gene_core_stats(s.core, &stats);
    assert_int_equal(stats.live_contexts, 0);
    assert_true(stats.context_bytes > 0);
    unsigned pieces = 1;
    while (gene_core_tidy(s.core))
      pieces++;
    assert_true(pieces >= 3);
    gene_core_stats(s.core, &stats);
    assert_int_equal(stats.context_bytes, 0);
  }
}

static void test_destroy_while_waiting(void **state) {
  (void)state;
  session_start(&s, "(repeat 50 (gene/sleep_async 60000)) (gene/sleep 60000)",
                NULL);
  while (session_step(&s))
    break;
  session_end_script(&s);
  gene_core_stats_t stats;
  gene_core_stats(s.core, &stats);
  assert_int_equal(stats.live_contexts, 0);
}

/* Callbacks that neither loop nor call: the native that calls them is where
 * the slice has to end. */
static void test_callbacks_end_slices(void **state) {
  (void)state;
  static const char *const scripts[] = {
      "((0 .. 4611686018427387904) .filter (fn [x] false))",
      "((0 .. 4611686018427387904) .each (fn [x] x))",
      "((0 .. 4611686018427387904) .reduce 0 (fn [a x] x))",
      "(var xs [1]) (xs .each (fn [x] (xs .add x)))",
      "[(0 .. 4611686018427387904)...]",
  };
  for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
    session_start(&s, scripts[i], NULL);
    for (int k = 0; k < 5; k++)
      assert_int_equal(gene_context_run(s.context, 10000), GENE_RUN_MORE);
    gene_context_kill(s.context, GENE_KILL_WALL, 1);
    session_finish(&s);
    assert_true(s.result.fuel < 100000);
  }
}

/* A value whose rendering takes many slices. */
static void test_large_value(void **state) {
  (void)state;
  session_start(&s, "(var xs []) (repeat 3000 (xs .add {^a 1})) xs", NULL);
  while (gene_context_run(s.context, 500) != GENE_RUN_DONE) {
    gene_context_result(s.context, &s.result);
    assert_false(s.result.value_pending);
  }
  session_finish(&s);
  assert_int_equal(s.result.status, GENE_SUCCESS);
  assert_int_equal(s.result.value_json.len, 3000 * 8 + 1);
  assert_int_equal(s.result.text.len, 3000 * 7 + 1);
  assert_true(is(s.result.type, "Array"));
}

static void test_too_small_to_start(void **state) {
  (void)state;
  gene_context_options_t o = {.limits = {.memory_bytes = 1}};
  session_run(&s, "1", &o);
  assert_true(is(s.result.error->code, "GENE.LIMIT.MEMORY"));
}

static void test_cache_hits(void **state) {
  (void)state;
  gene_core_stats_t before, after;
  session_run(&s, "(+ 40 2)", NULL);
  gene_core_stats(s.core, &before);
  session_run(&s, "(+ 40 2)", NULL);
  gene_core_stats(s.core, &after);
  assert_int_equal(after.cache_hits, before.cache_hits + 1);
  assert_true(is(s.result.text, "42"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_value),
      cmocka_unit_test(test_nested_value),
      cmocka_unit_test(test_uncaught),
      cmocka_unit_test(test_fuel_limit),
      cmocka_unit_test(test_memory_limit),
      cmocka_unit_test(test_garbage_is_no_limit),
      cmocka_unit_test(test_stack_limit),
      cmocka_unit_test(test_wall_kill),
      cmocka_unit_test(test_cancel_waiting),
      cmocka_unit_test(test_kill_after_cancel),
      cmocka_unit_test(test_causes),
      cmocka_unit_test(test_hidden_causes),
      cmocka_unit_test(test_printed_causes),
      cmocka_unit_test(test_strict_nil),
      cmocka_unit_test(test_slices_do_not_matter),
      cmocka_unit_test(test_fuel_is_the_same_in_all_slices),
      cmocka_unit_test(test_output_is_cut),
      cmocka_unit_test(test_pending_limit),
      cmocka_unit_test(test_unhandled_is_reported),
      cmocka_unit_test(test_value_is_future),
      cmocka_unit_test(test_cyclic_value_fails),
      cmocka_unit_test(test_destroy_in_pieces),
      cmocka_unit_test(test_destroy_while_waiting),
      cmocka_unit_test(test_callbacks_end_slices),
      cmocka_unit_test(test_large_value),
      cmocka_unit_test(test_too_small_to_start),
      cmocka_unit_test(test_cache_hits),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
