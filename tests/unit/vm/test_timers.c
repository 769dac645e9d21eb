/*
 * test_timers.c - the timer heap and the natives that sleep: order, precision,
 * stopping, many at once, and what a context leaves behind.
 */
#include "vm/session.h"

#include <stdlib.h>

#include "io/io.h"

static int open_session(void **state) {
  session *s = malloc(sizeof *s);
  assert_non_null(s);
  session_open(s, NULL);
  *state = s;
  return 0;
}

static int close_session(void **state) {
  session_close(*state);
  free(*state);
  return 0;
}

/* ---- the heap itself ---- */

static void check_heap(const gn_io *io) {
  for (uint32_t i = 0; i < io->ntimers; i++) {
    const gn_timer *t = &io->timers[i];
    assert_int_equal(io->core->ops[t->op].heap_at, i + 1);
    if (i == 0)
      continue;
    const gn_timer *up = &io->timers[(i - 1) / 2];
    assert_true(up->due_us < t->due_us ||
                (up->due_us == t->due_us && up->seq < t->seq));
  }
}

static uint32_t start_timer(session *s, uint64_t due_us) {
  gn_ctx *ctx = s->context;
  gn_future *future = gn_future_new(ctx);
  assert_non_null(future);
  uint32_t op = gn_op_new(ctx, future, GN_OP_TIMER);
  assert_int_not_equal(op, GN_NO_OP);
  assert_true(gn_timer_start(gn_io_of(s->core), op, due_us));
  return op;
}

static void test_heap_under_random_use(void **state) {
  session *s = *state;
  enum { N = 2000 };
  uint32_t ops[N];
  session_start(s, "nil", NULL);
  gn_io *io = gn_io_of(s->core);
  srand(7);
  uint64_t far = uv_hrtime() / 1000 + 3600u * 1000000u;
  for (int i = 0; i < N; i++)
    ops[i] = start_timer(s, far + (uint64_t)(rand() % 50));
  check_heap(io);
  for (int i = 0; i < N; i += 1 + rand() % 3) {
    gn_timer_stop(io, ops[i]);
    gn_timer_stop(io, ops[i]); /* a second time does nothing */
    if (i % 16 == 0)
      check_heap(io);
  }
  check_heap(io);
  assert_true(io->ntimers > 0);
  session_end_script(s);
  assert_int_equal(io->ntimers, 0);
  assert_false(uv_is_active((uv_handle_t *)&io->timer));
}

/* ---- scripts ---- */

static double run_ms(session *s, const char *source, const char *output) {
  uint64_t start = uv_hrtime();
  session_expect(s, source, NULL, output);
  return (double)(uv_hrtime() - start) / 1e6;
}

static void test_order_is_by_due_time_then_creation(void **state) {
  session *s = *state;
  session_expect(s,
                 "(var out [])"
                 "(fn later [d k] ((gene/sleep_async d) .on_success"
                 "  (-> (out .push k))))"
                 "(later 30 `e) (later 10 `b) (later 0 `a) (later 20 `d)"
                 "(later 10 `c) (later 0.03 `f)"
                 "($await_all) (println out)",
                 NULL, "[a b c d e f]\n");
}

static void test_sleeps_overlap_and_never_end_early(void **state) {
  session *s = *state;
  for (int i = 0; i < 5; i++) {
    double ms = run_ms(s,
                       "(var a (gene/sleep_async 20))"
                       "(var b (gene/sleep_async 0.02))"
                       "(await a b) (println \"done\")",
                       "done\n");
    assert_true(ms >= 20 && ms < 5000);
  }
  double ms =
      run_ms(s, "(gene/sleep 5) (sleep 0.005) (println (sleep 0))", "nil\n");
  assert_true(ms >= 10 && ms < 5000);
}

static void test_bad_durations(void **state) {
  session *s = *state;
  session_expect(
      s,
      "(fn kind [d] (try (gene/sleep_async d) \"no error\""
      "  catch e (typeof e)))"
      "(println (kind -1) (kind -0.5) (kind math/NAN) (kind math/INF)"
      "  (kind \"1\") (kind nil))"
      "(var f (gene/sleep_async 9000000000000000))"
      "(println f/.state) (f .cancel) (println f/.state)"
      "(var g (gene/sleep_async 1e300)) (g .cancel) (println g/.state)",
      NULL,
      "ArgumentException ArgumentException ArgumentException "
      "ArgumentException TypeException TypeException\n"
      "pending\ncancelled\ncancelled\n");
}

static void test_a_cancelled_sleep_is_gone(void **state) {
  session *s = *state;
  double ms = run_ms(s,
                     "(var f (gene/sleep_async 60000))"
                     "(var g (async (gene/sleep 60000) 1))"
                     "(f .cancel) (g .cancel) (println f/.state g/.state)",
                     "cancelled cancelled\n");
  assert_true(ms < 5000);
  assert_int_equal(((gn_io *)gn_io_of(s->core))->ntimers, 0);
}

static void test_many_timers(void **state) {
  session *s = *state;
  double ms = run_ms(s,
                     "(var n 0)"
                     "(repeat 50000 ((gene/sleep_async 1) .on_success"
                     "  (-> (n += 1))))"
                     "($await_all) (println n)",
                     "50000\n");
  assert_true(ms < 10000);
}

static void test_pending_limit(void **state) {
  session *s = *state;
  gene_context_options_t options = {.limits.pending = 20};
  session_expect(s,
                 "(var n 0)"
                 "(try (loop (gene/sleep_async 5) (n += 1))"
                 "  catch ConcurrencyException"
                 "  (println $ex/message $ex/code (n > 10)))",
                 &options,
                 "Too many pending futures GENE.LIMIT.PENDING "
                 "true\n");
}

static void test_destroyed_while_sleeping(void **state) {
  session *s = *state;
  session_start(s, "(repeat 100 (gene/sleep_async 5)) (gene/sleep 60000)",
                NULL);
  assert_true(session_step(s));
  gn_io *io = gn_io_of(s->core);
  assert_int_equal(io->ntimers, 101);
  session_end_script(s);
  assert_int_equal(io->ntimers, 0);
  uv_run(&s->loop, UV_RUN_NOWAIT);
}

static void count_wakes(void *data, gene_context_t *context) {
  (void)context;
  ++*(int *)data;
}

/* Several timers at once wake their context once. */
static void test_one_wake_for_all_that_is_due(void **state) {
  session *s = *state;
  int wakes = 0;
  gene_context_options_t options = {
      .host = {.data = &wakes, .on_wake = count_wakes}};
  session_start(s, "(repeat 50 (gene/sleep_async 5)) ($await_all)", &options);
  assert_true(session_step(s));
  uint64_t due = uv_hrtime() + 10000000;
  while (uv_hrtime() < due)
    ;
  while (wakes == 0)
    uv_run(&s->loop, UV_RUN_ONCE);
  assert_int_equal(((gn_io *)gn_io_of(s->core))->ntimers, 0);
  assert_int_equal(wakes, 1);
  session_finish(s);
  assert_int_equal(s->result.status, GENE_SUCCESS);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_session, close_session)
  const struct CMUnitTest tests[] = {
      TEST(test_heap_under_random_use),
      TEST(test_order_is_by_due_time_then_creation),
      TEST(test_sleeps_overlap_and_never_end_early),
      TEST(test_bad_durations),
      TEST(test_a_cancelled_sleep_is_gone),
      TEST(test_many_timers),
      TEST(test_pending_limit),
      TEST(test_destroyed_while_sleeping),
      TEST(test_one_wake_for_all_that_is_due),
  };
#undef TEST
  return cmocka_run_group_tests(tests, NULL, NULL);
}
