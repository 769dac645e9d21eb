/*
 * test_sched.c - admission, turns, deadlines and cancelling, over a stand-in
 * for the VM: a program is one letter, and time passes as the test says.
 *
 *   d  is done at once          l  loops for ever
 *   s  waits until it is woken  r  waits, and is done when cancelled
 *   x  waits, whatever is said  n  no context can be made of it
 *   g  grows by 50 bytes a slice, and fails at 600
 *   f  has two futures in its value; waits until it is woken, the first is
 *      done then, is done when it is woken again
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/clock.h"
#include "server/sched.h"

/* ---- the stand-in ------------------------------------------------------- */

struct gene_core {
  size_t live, bytes;
  unsigned untidy; /* turns that it takes to tidy up */
};

struct gene_program {
  char letter;
  int references;
};

struct gene_context {
  struct gene_core *core;
  struct gene_program *program;
  gene_host_t host;
  enum gene_status status;
  bool woken, cancelled;
  unsigned slices;
  size_t bytes;
  enum gene_status inner[2]; /* of its futures */
};

static struct gene_core core;
static struct gene_context *last_made;
static size_t most_bytes;

void gene_core_stats(const gene_core_t *c, gene_core_stats_t *out) {
  *out =
      (gene_core_stats_t){.live_contexts = c->live, .context_bytes = c->bytes};
}

bool gene_core_tidy(gene_core_t *c) {
  if (c->untidy > 0)
    c->untidy--;
  return c->untidy > 0;
}

void gene_program_release(gene_program_t *program) {
  if (--program->references == 0)
    free(program);
}

gene_context_t *gene_context_create(gene_core_t *c, gene_program_t *program,
                                    const gene_context_options_t *options) {
  struct gene_context *context;

  if (program->letter == 'n')
    return NULL;
  context = calloc(1, sizeof *context);
  assert_non_null(context);
  context->core = c;
  context->program = program;
  context->host = options->host;
  program->references++;
  c->live++;
  last_made = context;
  return context;
}

static void end_inner(struct gene_context *context, uint32_t handle,
                      enum gene_status status) {
  if (context->inner[handle] != GENE_PENDING)
    return;
  context->inner[handle] = status;
  context->host.on_future_done(context->host.data, context, handle);
}

/* A slice of f. */
static void run_with_futures(struct gene_context *context) {
  char id[GENE_FUTURE_ID_LEN];

  if (context->slices == 1) {
    for (uint32_t i = 0; i < 2; i++) {
      assert_true(context->host.on_future(context->host.data, context, i, id));
      assert_memory_equal(id, "f_", 2);
    }
  } else if (context->woken && context->inner[0] == GENE_PENDING) {
    end_inner(context, 0, GENE_SUCCESS);
  } else if (context->woken) {
    context->status = GENE_SUCCESS;
  }
  context->woken = false;
}

void gene_context_trace(gene_context_t *context, bool on) {
  assert_true(on && context != NULL);
}

enum gene_run_status gene_context_run(gene_context_t *context, uint64_t fuel) {
  uint64_t start = clock_ns();

  assert_true(fuel > 0);
  context->slices++;
  switch (context->program->letter) {
  case 'd': context->status = GENE_SUCCESS; break;
  case 'l':
    while (clock_ns() - start < 20000)
      continue;
    break;
  case 'g':
    context->bytes += 50;
    context->core->bytes += 50;
    if (context->core->bytes > most_bytes)
      most_bytes = context->core->bytes;
    if (context->bytes >= 600)
      context->status = GENE_FAILURE;
    break;
  case 's':
    if (context->woken)
      context->status = GENE_SUCCESS;
    break;
  case 'f': run_with_futures(context); break;
  default: break;
  }
  if (context->cancelled && context->program->letter != 'x')
    context->status = GENE_CANCELLED;
  if (context->status != GENE_PENDING)
    return GENE_RUN_DONE;
  return context->program->letter == 'l' || context->program->letter == 'g'
             ? GENE_RUN_MORE
             : GENE_RUN_WAITING;
}

void gene_context_cancel(gene_context_t *context, const char *reason) {
  assert_non_null(reason);
  context->cancelled = true;
}

void gene_context_kill(gene_context_t *context, enum gene_kill why,
                       uint64_t wall_ms) {
  context->status = why == GENE_KILL_WALL ? GENE_FAILURE : GENE_CANCELLED;
  assert_true(why != GENE_KILL_WALL || wall_ms > 0);
}

void gene_context_destroy(gene_context_t *context) {
  context->core->live--;
  context->core->bytes -= context->bytes;
  gene_program_release(context->program);
  free(context);
}

void gene_context_result(gene_context_t *context, gene_result_t *out) {
  *out = (gene_result_t){.status = context->status,
                         .fuel = context->slices,
                         .value_pending = context->woken};
}

void gene_context_future(gene_context_t *context, uint32_t handle,
                         gene_result_t *out) {
  enum gene_status status = context->inner[handle];

  *out = (gene_result_t){.status =
                             status != GENE_PENDING ? status : context->status};
}

void gene_context_future_cancel(gene_context_t *context, uint32_t handle,
                                const char *reason) {
  assert_non_null(reason);
  end_inner(context, handle, GENE_CANCELLED);
}

uint64_t gene_context_fuel(const gene_context_t *context) {
  return context->slices;
}

static void wake(struct gene_context *context) {
  context->woken = true;
  context->host.on_wake(context->host.data, context);
}

/* ---- the scheduler under test ------------------------------------------- */

static uv_loop_t loop;
static struct deadlines deadlines;
static struct registry *registry;
static struct metrics metrics;
static struct sched *sched;
static unsigned outcomes_made;

static struct outcome *make_outcome(const gene_result_t *result) {
  struct outcome *outcome = outcome_new(0);

  (void)result;
  outcomes_made++;
  assert_non_null(outcome);
  memset(outcome, 0, sizeof *outcome);
  return outcome;
}

/* Copying takes as many turns as this; 0: none. */
static unsigned copies_left;

static bool fill_outcome(struct outcome *outcome, const gene_result_t *result,
                         size_t bytes) {
  assert_non_null(outcome);
  assert_non_null(result);
  if (bytes == SIZE_MAX)
    copies_left = 0;
  return copies_left == 0 || --copies_left == 0;
}

static int begin(void **state) {
  const struct registry_options store = {.deadlines = &deadlines,
                                         .keep_count = 1000,
                                         .keep_bytes = UINT64_MAX,
                                         .keep_ms = 1000000};
  struct sched_options options = {.loop = &loop,
                                  .core = &core,
                                  .deadlines = &deadlines,
                                  .metrics = &metrics,
                                  .make_outcome = make_outcome,
                                  .fill_outcome = fill_outcome,
                                  .max_contexts = 3,
                                  .max_context_bytes = 1000,
                                  .max_memory = 600,
                                  .queue_length = 2,
                                  .queue_ms = 200,
                                  .grace_ms = 10,
                                  .slice_us = 50};

  (void)state;
  core = (struct gene_core){0};
  metrics = (struct metrics){0};
  if (uv_loop_init(&loop) != 0 || deadlines_init(&deadlines, &loop) != 0)
    return -1;
  options.registry = registry = registry_create(&store);
  sched = sched_create(&options);
  return registry == NULL || sched == NULL;
}

static int end(void **state) {
  (void)state;
  sched_kill_all(sched);
  sched_close(sched);
  registry_destroy(registry);
  deadlines_close(&deadlines);
  uv_run(&loop, UV_RUN_DEFAULT);
  sched_free(sched);
  return uv_loop_close(&loop) != 0 || core.live != 0;
}

static enum sched_answer submit_for(char letter, uint64_t wall_ms,
                                    struct future **out) {
  const gene_name_text_t env = {{"NAME", 4}, {"value", 5}};
  struct gene_program *program = calloc(1, sizeof *program);
  struct eval_spec spec = {.program = program, .wall_ms = wall_ms};

  assert_non_null(program);
  *program = (struct gene_program){letter, 1};
  spec.context.env = &env;
  spec.context.env_len = 1;
  spec.context.input_json = (gene_text_t){"[1]", 3};
  return sched_submit(sched, &spec, false, out);
}

static struct future *submit(char letter) {
  struct future *future = NULL;

  assert_int_equal(submit_for(letter, 100000, &future), SCHED_ACCEPTED);
  return future;
}

static void run_until_done(const struct future *future) {
  while (future->phase != PHASE_DONE)
    uv_run(&loop, UV_RUN_ONCE);
}

/* ---- tests -------------------------------------------------------------- */

static void short_ones_are_done_at_once(void **state) {
  struct future *future = submit('d');

  (void)state;
  assert_int_equal(future->phase, PHASE_DONE);
  assert_int_equal(future->status, GENE_SUCCESS);
  assert_non_null(future->outcome);
  assert_true(future->created_us > 0);
  assert_true(future->finished_us >= future->started_us);
  assert_int_equal(core.live, 0);
  assert_int_equal(metrics.outcomes[METRICS_SUCCESS], 1);
}

/* A long outcome is copied in turns; until then the evaluation runs. */
static void long_outcomes_take_turns(void **state) {
  struct future *future;
  struct outcome *seen;
  unsigned turns = 0;

  (void)state;
  copies_left = 5;
  future = submit('d');
  assert_int_equal(future->phase, PHASE_RUNNING);
  assert_int_equal(copies_left, 4);
  sched_cancel(sched, future, "too late");
  while (future->phase != PHASE_DONE && turns++ < 100)
    uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(future->status, GENE_SUCCESS);
  assert_int_equal(core.live, 0);
  copies_left = 1000000;
  future = submit('d');
  seen = sched_look(sched, future); /* is whole at once */
  assert_int_equal(copies_left, 0);
  outcome_drop(seen);
  run_until_done(future);
  copies_left = 1000000;
  future = submit('d');
  sched_kill_all(sched);
  assert_int_equal(future->phase, PHASE_DONE);
  assert_int_equal(copies_left, 0);
}

static void the_woken_go_on(void **state) {
  struct future *future = submit('s');
  uint32_t version = future->version;

  (void)state;
  assert_int_equal(future->phase, PHASE_WAITING);
  assert_false(sched_value_pending(sched, future));
  wake(last_made);
  wake(last_made);
  assert_int_equal(future->phase, PHASE_RUNNING);
  run_until_done(future);
  assert_int_equal(future->status, GENE_SUCCESS);
  assert_true(future->version > version);
}

static void loops_share(void **state) {
  struct future *one = submit('l'), *other = submit('l');
  struct future *woken = submit('s');
  struct sched_stats stats;

  (void)state;
  for (int i = 0; i < 20; i++)
    uv_run(&loop, UV_RUN_ONCE);
  wake(last_made);
  run_until_done(woken);
  sched_stats(sched, &stats);
  assert_int_equal(stats.ready, 2);
  outcome_drop(sched_look(sched, one));
  outcome_drop(sched_look(sched, other));
  assert_true(one->fuel > 10 && other->fuel > 10);
  assert_true(one->fuel < other->fuel * 2 && other->fuel < one->fuel * 2);
}

static void use_counts_while_it_runs(void **state) {
  struct future *looping = submit('l'), *short_one;
  uint64_t before;

  (void)state;
  for (int i = 0; i < 10; i++)
    uv_run(&loop, UV_RUN_ONCE);
  outcome_drop(sched_look(sched, looping));
  assert_true(looping->fuel > 1);
  assert_int_equal(metrics.fuel, looping->fuel);
  assert_int_equal(metrics.cpu_ns / 1000, looping->cpu_us);
  short_one = submit('d');
  sched_cancel(sched, looping, "test");
  assert_int_equal(metrics.fuel, looping->fuel + short_one->fuel);
  before = metrics.cpu_ns / 1000;
  assert_in_range(looping->cpu_us + short_one->cpu_us, before - 1, before);
}

static void wall_time_is_bounded(void **state) {
  struct future *looping, *waiting;

  (void)state;
  assert_int_equal(submit_for('l', 5, &looping), SCHED_ACCEPTED);
  assert_int_equal(submit_for('r', 5, &waiting), SCHED_ACCEPTED);
  run_until_done(looping);
  run_until_done(waiting);
  assert_int_equal(looping->status, GENE_FAILURE);
  assert_int_equal(waiting->status, GENE_FAILURE);
  assert_true(waiting->wall_us >= 5000);
}

static void cancelling(void **state) {
  struct future *ready = submit('r'), *stubborn = submit('x');
  struct future *looping = submit('l');

  (void)state;
  sched_cancel(sched, ready, "test");
  assert_int_equal(ready->phase, PHASE_DONE);
  assert_int_equal(ready->status, GENE_CANCELLED);
  sched_cancel(sched, looping, "test");
  sched_cancel(sched, stubborn, "test");
  sched_cancel(sched, stubborn, "test");
  assert_int_equal(stubborn->phase, PHASE_WAITING);
  run_until_done(stubborn); /* its grace is over */
  assert_int_equal(stubborn->status, GENE_CANCELLED);
  sched_cancel(sched, stubborn, "too late");
}

static void the_queue(void **state) {
  struct future *live[3], *first, *second, *none = NULL;

  (void)state;
  for (int i = 0; i < 3; i++)
    live[i] = submit('r');
  first = submit('d');
  second = submit('d');
  assert_int_equal(first->phase, PHASE_QUEUED);
  assert_int_equal(submit_for('d', 1000, &none), SCHED_FULL);
  assert_null(none);
  sched_cancel(sched, live[0], "test");
  run_until_done(second);
  assert_int_equal(first->status, GENE_SUCCESS);
  assert_int_equal(second->status, GENE_SUCCESS);
  assert_false(second->refused);
}

static void queued_too_long(void **state) {
  struct future *queued, *cancelled;

  (void)state;
  for (int i = 0; i < 3; i++)
    submit('r');
  queued = submit('d');
  cancelled = submit('d');
  sched_cancel(sched, cancelled, "test");
  assert_int_equal(cancelled->status, GENE_CANCELLED);
  assert_int_equal(cancelled->started_us, 0);
  run_until_done(queued);
  assert_true(queued->refused);
  assert_int_equal(queued->status, GENE_FAILURE);
  assert_true(queued->queue_us >= 200000);
}

static void memory_counts(void **state) {
  struct future *queued;

  (void)state;
  core.bytes = 1000;
  queued = submit('d');
  assert_int_equal(queued->phase, PHASE_QUEUED);
  core.bytes = 999; /* a collection, say: nobody tells the scheduler */
  run_until_done(queued);
  assert_int_equal(queued->status, GENE_SUCCESS);
}

static void the_growing_are_held(void **state) {
  struct future *growing[3];
  struct future *looping;

  (void)state;
  most_bytes = 0;
  for (int i = 0; i < 2; i++)
    growing[i] = submit('g');
  looping = submit('l');
  growing[2] = submit('g'); /* queued until there is room */
  for (int i = 0; i < 3; i++) {
    run_until_done(growing[i]);
    assert_int_equal(growing[i]->status, GENE_FAILURE);
  }
  assert_true(most_bytes <= 1000 + 100);
  assert_int_equal(core.bytes, 0);
  assert_int_equal(looping->phase, PHASE_RUNNING);
}

static void without_memory(void **state) {
  struct future *none = NULL, *queued;

  (void)state;
  assert_int_equal(submit_for('n', 1000, &none), SCHED_NO_MEMORY);
  core.bytes = 1000;
  queued = submit('n');
  core.bytes = 0;
  run_until_done(queued);
  assert_int_equal(queued->status, GENE_FAILURE);
}

/* The futures of the value of f, the newer one first. */
static void find_nested(struct future *outer, struct future **both) {
  both[1] = registry_newest(registry, 0, UINT64_MAX);
  both[0] = registry_older(both[1]);
  assert_ptr_equal(registry_older(both[0]), outer);
  for (int i = 0; i < 2; i++) {
    assert_true(both[i]->is_nested && both[i]->listed);
    assert_int_equal(both[i]->status, GENE_PENDING);
    assert_null(sched_look(sched, both[i]));
    assert_false(sched_value_pending(sched, both[i]));
  }
}

static void futures_of_values(void **state) {
  struct future *outer = submit('f'), *inner[2];

  (void)state;
  find_nested(outer, inner);
  copies_left = 3;
  wake(last_made);
  run_until_done(inner[0]);
  assert_int_equal(copies_left, 0);
  assert_int_equal(inner[0]->status, GENE_SUCCESS);
  assert_int_equal(inner[1]->status, GENE_PENDING);
  assert_int_equal(outer->phase, PHASE_WAITING);
  sched_cancel(sched, inner[1], "test");
  assert_int_equal(inner[1]->status, GENE_CANCELLED);
  assert_int_equal(outer->status, GENE_PENDING);
  assert_int_equal(metrics.outcomes[METRICS_CANCELLED], 0);
  wake(last_made);
  run_until_done(outer);
  assert_int_equal(outer->status, GENE_SUCCESS);
}

/* Those that are left end before the evaluation does, and as it did. */
static void futures_end_with_the_evaluation(void **state) {
  struct future *outer = submit('f'), *inner[2];

  (void)state;
  find_nested(outer, inner);
  copies_left = 4;
  sched_cancel(sched, outer, "test");
  assert_int_equal(outer->status, GENE_PENDING);
  sched_cancel(sched, outer, "too late");
  sched_cancel(sched, inner[0], "too late");
  run_until_done(inner[1]);
  run_until_done(outer);
  for (int i = 0; i < 2; i++)
    assert_int_equal(inner[i]->status, GENE_CANCELLED);
  assert_int_equal(outer->status, GENE_CANCELLED);
  assert_int_equal(core.live, 0);
  outer = submit('f');
  copies_left = 1000000;
  sched_kill_all(sched);
  assert_int_equal(outer->phase, PHASE_DONE);
}

static void draining(void **state) {
  struct future *none = NULL, *live = submit('r');
  struct future *stubborn = submit('x');

  (void)state;
  sched_drain(sched);
  assert_int_equal(submit_for('d', 1000, &none), SCHED_DRAINING);
  sched_cancel_all(sched, "test");
  assert_int_equal(live->phase, PHASE_DONE);
  assert_int_equal(stubborn->phase, PHASE_WAITING);
  sched_kill_all(sched);
  assert_int_equal(stubborn->status, GENE_CANCELLED);
}

/* The loop goes on turning until what the last one left is tidied up. */
static void turns_tidy_up(void **state) {
  (void)state;
  core.untidy = 5;
  submit('d');
  for (int turns = 0; turns < 20 && core.untidy > 0; turns++)
    uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(core.untidy, 0);
}

#define WITH_SCHED(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_SCHED(turns_tidy_up),
      WITH_SCHED(short_ones_are_done_at_once),
      WITH_SCHED(long_outcomes_take_turns),
      WITH_SCHED(the_woken_go_on),
      WITH_SCHED(loops_share),
      WITH_SCHED(use_counts_while_it_runs),
      WITH_SCHED(wall_time_is_bounded),
      WITH_SCHED(cancelling),
      WITH_SCHED(the_queue),
      WITH_SCHED(queued_too_long),
      WITH_SCHED(memory_counts),
      WITH_SCHED(the_growing_are_held),
      WITH_SCHED(without_memory),
      WITH_SCHED(futures_of_values),
      WITH_SCHED(futures_end_with_the_evaluation),
      WITH_SCHED(draining),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
