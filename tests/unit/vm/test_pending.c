/*
 * test_pending.c - what waits: the limit of pending futures and fibers, and
 * the order in which those that wait go on.
 */
#include "session.h"

static session s;

static int open_it(void **state) {
  (void)state;
  session_open(&s, NULL);
  return 0;
}

static int close_it(void **state) {
  (void)state;
  session_close(&s);
  return 0;
}

/* ---- what is pending ---- */

#define FULL(what)                                                     \
  "(var n 0) (try (loop " what " (n += 1)) catch ConcurrencyException" \
  "  (println $ex/code n))"

static void futures_count(void **state) {
  (void)state;
  gene_context_options_t o = {.limits.pending = 100};
  session_expect(&s, "(var a [])" FULL("(a .push (new gene/Future))"), &o,
                 "GENE.LIMIT.PENDING 99\n");
  session_expect(
      &s,
      "(var a [])" FULL(
          "(a .push (new gene/Future))") "((a .get 0) .complete 1) ((a .get 1) "
                                         ".cancel)"
                                         "((a .get 2) .complete (a .get 3)) (n "
                                         "= 0)"
                                         "(try (loop (a .push (new "
                                         "gene/Future)) (n += 1)) catch *"
                                         "  (println n)) ((a .get 3) .complete "
                                         "1)"
                                         "(a .push (new gene/Future)) (a .push "
                                         "(new gene/Future))"
                                         "(try (new gene/Future) catch * "
                                         "(println $ex/code))",
      &o, "GENE.LIMIT.PENDING 99\n2\nGENE.LIMIT.PENDING\n");
}

static void collected_futures_do_not_count(void **state) {
  (void)state;
  gene_context_options_t o = {.limits.pending = 100};
  session_expect(&s, "(repeat 5000 (new gene/Future)) (println 1)", &o, "1\n");
  session_expect(&s,
                 "(repeat 99 (new gene/Future)) (async (gene/sleep 1))"
                 "(println 1)",
                 &o, "1\n");
}

/* Its future and its fiber are one, the sleep within is another. */
static void an_async_call_counts_once(void **state) {
  (void)state;
  gene_context_options_t o = {.limits.pending = 100};
  session_expect(&s, "(var f (new gene/Future))" FULL("(async (await f))"), &o,
                 "GENE.LIMIT.PENDING 97\n");
  session_expect(&s, FULL("(async (gene/sleep 5))"), &o,
                 "GENE.LIMIT.PENDING 49\n");
  session_expect(&s, FULL("(gene/sleep_async 5)"), &o,
                 "GENE.LIMIT.PENDING 99\n");
  session_expect(&s,
                 "(var n 0) (repeat 1000 (await (async (gene/sleep 0)))"
                 "  (n += 1)) (repeat 1000 (async 1)) (println n)",
                 &o, "1000\n");
}

/* A fiber that goes on after its future was cancelled counts by itself. */
static void a_stubborn_fiber_counts(void **state) {
  (void)state;
  gene_context_options_t o = {.limits.pending = 100};
  session_expect(&s,
                 "(fn stay [] (try (gene/sleep 60000) finally"
                 "  (try (gene/sleep 20) catch * 1)))" FULL(
                     "(var f (async (stay))) (f .cancel)"),
                 &o, "GENE.LIMIT.PENDING 49\n");
}

/* At the limit callbacks still run, and the value is still shown. */
static void the_limit_leaves_the_rest_alone(void **state) {
  (void)state;
  gene_context_options_t o = {.limits.pending = 100};
  session_expect(&s,
                 "(var a []) (var t (gene/sleep_async 5))"
                 "(t .on_success (fn [] (println \"called\")))"
                 "(repeat 97 (a .push (new gene/Future)))"
                 "(await t) (a .push (new gene/Future))"
                 "(a .push (new gene/Future)) [1 2]",
                 &o, "called\n");
  assert_true(session_text_is(s.result.text, "[1 2]"));
}

/* ---- waiting ---- */

static void waiters_go_on_in_order(void **state) {
  (void)state;
  session_expect(
      &s,
      "(var f (new gene/Future)) (var order []) (var ws [])"
      "(for i in (0 .. 9) (ws .push (async (try (order .push ["
      "  i (await f)]) catch CancellationException (order .push (- i))))))"
      "((ws .get 4) .cancel) ((ws .get 9) .cancel) ((ws .get 1) .cancel)"
      "(f .complete 7) (async (order .push \"late\")) (gene/sleep 5)"
      "(println order)",
      NULL, "[-4 -9 -1 late [0 7] [2 7] [3 7] [5 7] [6 7] [7 7] [8 7]]\n");
}

/* One that is ready to go on by its future is cancelled at its next wait. */
static void cancelled_between_waking_and_running(void **state) {
  (void)state;
  session_expect(&s,
                 "(var f (new gene/Future))"
                 "(fn w [i] (println i (await f)) (gene/sleep 1)"
                 "  (println \"not here\"))"
                 "(var ws []) (for i in (0 .. 2) (ws .push (async (w i))))"
                 "(f .complete 5) (for w in ws (w .cancel)) (gene/sleep 5)",
                 NULL, "0 5\n1 5\n2 5\n");
}

static void deadlocks_from_the_oldest(void **state) {
  (void)state;
  session_expect(
      &s,
      "(var f (new gene/Future)) (var n 0)"
      "(repeat 3000 (async (try (await f) catch DeadlockException (n += 1))))"
      "(try (await f) catch DeadlockException (println \"main\" n))"
      "($await_all) (println n)",
      NULL, "main 3000\n3000\n");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(futures_count),
      cmocka_unit_test(collected_futures_do_not_count),
      cmocka_unit_test(an_async_call_counts_once),
      cmocka_unit_test(a_stubborn_fiber_counts),
      cmocka_unit_test(the_limit_leaves_the_rest_alone),
      cmocka_unit_test(waiters_go_on_in_order),
      cmocka_unit_test(cancelled_between_waking_and_running),
      cmocka_unit_test(deadlocks_from_the_oldest),
  };
  return cmocka_run_group_tests_name("pending", tests, open_it, close_it);
}
