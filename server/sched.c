/*
 * sched.c - runs evaluations in turns.
 *
 * Two queues share each turn of the loop: the fresh (new ones, and those that
 * something woke) and the busy (those that used up their last slice). Each has
 * half of the turn, and what one leaves the other takes: loops can't delay a
 * script that wakes for a moment, and a flood of those can't starve a loop.
 */
#include "server/sched.h"

#include <assert.h>
#include <stdlib.h>

#include "server/clock.h"
#include "server/sched_internal.h"

/* Script time of one turn of the loop, before it serves I/O and timers. */
#define TURN_NS 1000000u

#define COPY_BYTES 131072u /* of an outcome, at a time */

#define FUEL_MIN 1000u
#define FUEL_MAX 100000000u

#define FREE_MAX 1024
#define ADMIT_MS 20

/* ---- evaluations -------------------------------------------------------- */

static struct eval *take_eval(struct sched *sched) {
  struct eval *eval = sched->free;

  if (eval != NULL) {
    sched->free = eval->next;
    sched->free_len--;
  } else {
    eval = malloc(sizeof *eval);
    if (eval == NULL)
      return NULL;
  }
  *eval = (struct eval){.sched = sched, .live_next = sched->live_head};
  if (sched->live_head != NULL)
    sched->live_head->live_prev = eval;
  sched->live_head = eval;
  return eval;
}

static void give_eval(struct eval *eval) {
  struct sched *sched = eval->sched;

  eval_list_remove(eval);
  deadline_clear(sched->options.deadlines, &eval->deadline);
  if (eval->account != NULL)
    eval->account->quota.live--;
  if (sched->chosen == eval)
    sched->chosen = NULL;
  if (eval->live_prev != NULL)
    eval->live_prev->live_next = eval->live_next;
  else
    sched->live_head = eval->live_next;
  if (eval->live_next != NULL)
    eval->live_next->live_prev = eval->live_prev;
  if (sched->free_len >= FREE_MAX) {
    free(eval);
    return;
  }
  eval->next = sched->free;
  sched->free = eval;
  sched->free_len++;
}

static uint64_t now_ms(void) {
  return clock_ns() / 1000000;
}

/* Looks for room in a later turn: what ends here is not to begin others while
 * somebody walks the lists. */
static void admit_soon(struct sched *sched, uint64_t ms) {
  struct deadline *again = &sched->admit_again;
  uint64_t due = now_ms() + ms;

  if (!deadline_is_set(again) || again->due > due)
    deadline_set(sched->options.deadlines, again, due);
}

/* ---- ready -------------------------------------------------------------- */

static void on_idle(uv_idle_t *idle);

/* There is something to do in the next turn. */
static void go_on(struct sched *sched) {
  if (!uv_is_active((uv_handle_t *)&sched->idle))
    uv_idle_start(&sched->idle, on_idle);
}

static void make_ready(struct eval *eval, struct eval_list *list) {
  struct sched *sched = eval->sched;

  eval_list_append(memory_holds(eval) ? &sched->held : list, eval);
  go_on(sched);
}

/* Lets the held go on that may. */
static void release_held(struct sched *sched) {
  struct eval *eval;

  while ((eval = memory_release(sched)) != NULL)
    make_ready(eval, &sched->busy);
}

/* ---- ends --------------------------------------------------------------- */

static void set_phase(struct eval *eval, enum future_phase phase) {
  if (eval->future->phase == phase)
    return;
  eval->future->phase = (uint8_t)phase;
  eval->changed = true;
}

static void tell_changed(struct eval *eval) {
  if (!eval->changed)
    return;
  eval->changed = false;
  registry_changed(eval->sched->options.registry, eval->future);
}

static void count(struct sched *sched, const struct future *future) {
  struct metrics *metrics = sched->options.metrics;

  metrics->outcomes[future->status == GENE_SUCCESS   ? METRICS_SUCCESS
                    : future->status == GENE_FAILURE ? METRICS_FAILURE
                                                     : METRICS_CANCELLED]++;
  histogram_add(&metrics->queue, future->queue_us);
  histogram_add(&metrics->run, future->wall_us);
  histogram_add(&metrics->total, future->queue_us + future->wall_us);
}

void sched_take_usage(const struct eval *eval, const gene_result_t *result,
                      uint64_t now) {
  struct future *future = eval->future;
  uint64_t started = eval->started_ns;

  future->fuel = result->fuel;
  future->peak_memory = result->peak_memory_bytes;
  future->output_bytes = result->output_bytes;
  future->cpu_us = eval->cpu_ns / 1000;
  future->wall_us = started == 0 ? 0 : (now - started) / 1000;
  future->queue_us = ((started == 0 ? now : started) - eval->created_ns) / 1000;
}

bool sched_fill(struct sched *sched, struct outcome *outcome,
                const gene_result_t *result, size_t bytes) {
  return outcome == NULL || sched->options.fill_outcome == NULL ||
         sched->options.fill_outcome(outcome, result, bytes);
}

/* Ends an evaluation whose outcome is there, and frees it. */
static void conclude(struct eval *eval, const gene_result_t *result,
                     uint64_t now) {
  struct sched *sched = eval->sched;
  struct future *future = eval->future;

  sched_take_usage(eval, result, now);
  future->status =
      (uint8_t)(future->outcome == NULL ? GENE_FAILURE : result->status);
  future->finished_us = clock_wall_us(now);
  future->phase = PHASE_DONE;
  future->eval = NULL;
  if (eval->context != NULL) {
    gene_context_destroy(eval->context);
    sched->live--;
    go_on(sched);
  }
  nested_free(eval);
  give_eval(eval);
  count(sched, future);
  registry_finished(sched->options.registry, future);
  if (sched->admission.head != NULL)
    admit_soon(sched, 0);
  if (sched->held.head != NULL)
    release_held(sched);
}

/* Ends an evaluation with this result and frees it: at once, or when its turn
 * has come often enough to copy a long outcome. */
static void finish(struct eval *eval, const gene_result_t *result,
                   uint64_t now) {
  struct sched *sched = eval->sched;
  struct outcome *outcome = sched->options.make_outcome(result);

  eval->future->outcome = outcome;
  if (!sched_fill(sched, outcome, result, COPY_BYTES))
    eval->copying = malloc(sizeof *result);
  if (eval->copying == NULL) {
    (void)sched_fill(sched, outcome, result, SIZE_MAX);
    conclude(eval, result, now);
    return;
  }
  *eval->copying = *result;
  deadline_clear(sched->options.deadlines, &eval->deadline);
  eval_list_remove(eval);
  make_ready(eval, &sched->busy);
  eval->future->phase = PHASE_RUNNING;
}

/* Ends one whose context has nothing more to run, after the futures of its
 * value: when its turn has come often enough to copy `bytes` each time. */
static void finish_context(struct eval *eval, uint64_t now, size_t bytes) {
  gene_result_t result;

  eval->over = true;
  nested_end(eval);
  if (!nested_copy(eval, bytes)) {
    deadline_clear(eval->sched->options.deadlines, &eval->deadline);
    eval_list_remove(eval);
    make_ready(eval, &eval->sched->busy);
    return;
  }
  gene_context_result(eval->context, &result);
  assert(result.status != GENE_PENDING);
  finish(eval, &result, now);
}

/* A turn of one that is only being copied. */
static void go_on_copying(struct eval *eval, size_t bytes) {
  gene_result_t *result = eval->copying;

  if (result == NULL && eval->over) {
    finish_context(eval, clock_ns(), bytes);
    return;
  }
  if (result == NULL) {
    nested_copy(eval, bytes);
    make_ready(eval, &eval->sched->busy);
    return;
  }
  if (!sched_fill(eval->sched, eval->future->outcome, result, bytes)) {
    make_ready(eval, &eval->sched->busy);
    return;
  }
  conclude(eval, result, clock_ns());
  free(result);
}

/* Gives back what an evaluation was given to keep. */
static void drop_spec(const struct eval_spec *spec) {
  gene_program_release(spec->program);
  free(spec->start);
}

static gene_text_t text_of(const char *literal) {
  return (gene_text_t){literal, strlen(literal)};
}

/* Ends a queued one, which has no context. */
static void finish_queued(struct eval *eval, enum gene_status status,
                          const char *class_name, const char *code,
                          const char *message) {
  gene_error_t error = {.class_name = text_of(class_name),
                        .message = text_of(message),
                        .code = text_of(code)};
  gene_result_t result = {.status = status, .error = &error};

  if (eval->parked != NULL) {
    drop_spec(admit_spec(eval->parked));
    admit_unpark(eval->parked);
    eval->parked = NULL;
  }
  finish(eval, &result, clock_ns());
}

/* ---- deadlines ---------------------------------------------------------- */

static void on_deadline(struct deadline *self) {
  struct eval *eval =
      (struct eval *)((char *)self - offsetof(struct eval, deadline));
  uint64_t due = self->due;

  if (eval->context == NULL) {
    eval->future->refused = true;
    finish_queued(eval, GENE_FAILURE, "LimitException", "GENE.LIMIT.QUEUE",
                  "There was no room for this evaluation in time");
    return;
  }
  if (eval->kill_due != 0 && eval->kill_due <= due)
    gene_context_kill(eval->context, GENE_KILL_CANCEL, 0);
  else
    gene_context_kill(eval->context, GENE_KILL_WALL, eval->wall_ms);
  finish_context(eval, clock_ns(), COPY_BYTES);
}

/* Sets the timer to whichever end comes first. Without memory for it there is
 * no way to bound the evaluation, so it ends now. */
static bool set_deadline(struct eval *eval) {
  uint64_t due = eval->wall_due;

  if (eval->kill_due != 0 && eval->kill_due < due)
    due = eval->kill_due;
  if (deadline_set(eval->sched->options.deadlines, &eval->deadline, due))
    return true;
  gene_context_kill(eval->context, GENE_KILL_CANCEL, 0);
  finish_context(eval, clock_ns(), COPY_BYTES);
  return false;
}

/* ---- slices ------------------------------------------------------------- */

static void on_wake(void *data, gene_context_t *context) {
  struct eval *eval = data;

  (void)context;
  if (eval->list == NULL)
    make_ready(eval, &eval->sched->fresh);
  set_phase(eval, PHASE_RUNNING);
}

static void on_output(void *data, gene_context_t *context, gene_text_t text,
                      bool to_stderr) {
  (void)context;
  (void)text;
  (void)to_stderr;
  ((struct eval *)data)->changed = true;
}

static void on_change(void *data, gene_context_t *context) {
  (void)context;
  ((struct eval *)data)->changed = true;
}

/* A slice used up took this long: the next one shall take slice_us. Grows and
 * shrinks by steps, for what a unit of fuel buys differs from line to line. */
static void adapt(struct eval *eval, uint64_t took_ns) {
  uint64_t target = eval->sched->options.slice_us * 1000;
  uint64_t fuel = eval->slice_fuel;
  uint64_t wanted = fuel * target / (took_ns == 0 ? 1 : took_ns);

  if (wanted > fuel * 2)
    wanted = fuel * 2;
  if (wanted < FUEL_MIN)
    wanted = FUEL_MIN;
  if (wanted > FUEL_MAX)
    wanted = FUEL_MAX;
  eval->slice_fuel = wanted;
  eval->sched->slice_fuel = (eval->sched->slice_fuel * 7 + wanted) / 8;
}

/* What running evaluations use counts as they go. */
static void count_slice(struct eval *eval, uint64_t took_ns, uint64_t now) {
  struct metrics *metrics = eval->sched->options.metrics;
  uint64_t fuel = gene_context_fuel(eval->context);

  metrics->slices++;
  metrics->cpu_ns += took_ns;
  metrics->fuel += fuel - eval->fuel;
  if (eval->account != NULL)
    quota_use_fuel(&eval->account->grants.quota, &eval->account->quota, now,
                   fuel - eval->fuel);
  eval->fuel = fuel;
}

/* Runs one slice of an evaluation that is in no list; ends it when it is
 * done. Returns the moment afterwards. */
static uint64_t slice(struct eval *eval, uint64_t now) {
  struct sched *sched = eval->sched;
  enum gene_run_status status;
  uint64_t after;
  int64_t bytes;

  if (eval->copying != NULL || eval->over || nested_is_copying(eval)) {
    go_on_copying(eval, COPY_BYTES);
    return clock_ns();
  }
  if (eval->started_ns == 0) {
    eval->started_ns = now;
    eval->future->started_us = clock_wall_us(now);
    eval->wall_due = now / 1000000 + 1 + eval->wall_ms;
    eval->future->phase = PHASE_RUNNING;
    eval->changed |= eval->future->events != NULL;
  }
  bytes = (int64_t)memory_bytes(sched);
  status = gene_context_run(eval->context, eval->slice_fuel);
  after = clock_ns();
  eval->cpu_ns += after - now;
  count_slice(eval, after - now, after);
  if (status == GENE_RUN_DONE) {
    finish_context(eval, after, COPY_BYTES);
    return after;
  }
  if (!deadline_is_set(&eval->deadline) && !set_deadline(eval))
    return after;
  eval->bytes += (int64_t)memory_bytes(sched) - bytes;
  if (!nested_copy(eval, COPY_BYTES) && status != GENE_RUN_MORE &&
      eval->list == NULL)
    make_ready(eval, &sched->busy);
  if (status == GENE_RUN_MORE) {
    adapt(eval, after - now);
    if (eval->list == NULL)
      make_ready(eval, &sched->busy);
  }
  set_phase(eval, eval->list != NULL ? PHASE_RUNNING : PHASE_WAITING);
  tell_changed(eval);
  return after;
}

/* Takes it out of its queue and runs a slice. */
static void run_slice(struct eval *eval) {
  eval_list_remove(eval);
  slice(eval, clock_ns());
}

/* Runs those in a queue until it is empty or the moment has come. */
static uint64_t run_list(struct eval_list *list, uint64_t now, uint64_t until) {
  while (list->head != NULL && now < until) {
    struct eval *eval = list->head;

    eval_list_remove(eval);
    if (memory_holds(eval))
      eval_list_append(&eval->sched->held, eval);
    else
      now = slice(eval, now);
  }
  return now;
}

static void on_idle(uv_idle_t *idle) {
  struct sched *sched = idle->data;
  uint64_t start = clock_ns();
  uint64_t now = run_list(&sched->fresh, start, start + TURN_NS / 2);

  now = run_list(&sched->busy, now, now + TURN_NS / 2);
  run_list(&sched->fresh, now, start + TURN_NS);
  bool more = gene_core_tidy(sched->options.core);
  release_held(sched);
  if (!more && sched->fresh.head == NULL && sched->busy.head == NULL)
    uv_idle_stop(idle);
}

static void on_check(uv_check_t *check) {
  struct sched *sched = check->data;

  sched->turn_ns = 0;
}

/* ---- admission ---------------------------------------------------------- */

/* Makes the context. What came with the spec is used up. */
static bool create_context(struct eval *eval, const struct eval_spec *spec) {
  struct sched *sched = eval->sched;
  gene_context_options_t options = spec->context;

  options.host = (gene_host_t){.data = eval,
                               .on_wake = on_wake,
                               .on_output = on_output,
                               .on_change = on_change,
                               .on_future = nested_begin,
                               .on_future_done = nested_done,
                               .on_trace = sched_on_trace};
  options.trace |= eval->traced;
  eval->context =
      gene_context_create(sched->options.core, spec->program, &options);
  drop_spec(spec);
  if (eval->context == NULL)
    return false;
  sched->live++;
  return true;
}

/* Begins the one that has been queued longest. */
static void admit_first(struct sched *sched) {
  struct eval *eval = sched->admission.head;
  struct parked *parked = eval->parked;
  bool made;

  eval_list_remove(eval);
  deadline_clear(sched->options.deadlines, &eval->deadline);
  eval->parked = NULL;
  made = create_context(eval, admit_spec(parked));
  admit_unpark(parked);
  if (made)
    make_ready(eval, &sched->fresh);
  else
    finish_queued(eval, GENE_FAILURE, "LimitException", "GENE.LIMIT.MEMORY",
                  "There was no memory for this evaluation");
}

/* Begins what there is room for. Contexts also shrink without ending, so it
 * is tried again after a while. */
static void admit(struct sched *sched) {
  while (sched->admission.head != NULL && admit_has_room(sched))
    admit_first(sched);
  if (sched->admission.head != NULL)
    admit_soon(sched, ADMIT_MS);
}

static void on_admit_again(struct deadline *self) {
  admit((struct sched *)((char *)self - offsetof(struct sched, admit_again)));
}

static enum sched_answer enqueue(struct eval *eval,
                                 const struct eval_spec *spec) {
  struct sched *sched = eval->sched;

  if (sched->admission.len >= sched->options.queue_length)
    return SCHED_FULL;
  eval->parked = admit_park(spec);
  if (eval->parked == NULL)
    return SCHED_NO_MEMORY;
  if (!deadline_set(sched->options.deadlines, &eval->deadline,
                    eval->created_ns / 1000000 + 1 + sched->options.queue_ms)) {
    admit_unpark(eval->parked);
    return SCHED_NO_MEMORY;
  }
  eval_list_append(&sched->admission, eval);
  admit_soon(sched, ADMIT_MS);
  return SCHED_ACCEPTED;
}

/* Queues it, or makes its context and runs its first slice. */
static enum sched_answer start(struct eval *eval, const struct eval_spec *spec,
                               uint64_t now) {
  struct sched *sched = eval->sched;
  enum sched_answer answer;
  uint64_t after;

  if (sched->admission.head != NULL || !admit_has_room(sched)) {
    answer = enqueue(eval, spec);
    if (answer != SCHED_ACCEPTED)
      drop_spec(spec);
    return answer;
  }
  if (!create_context(eval, spec))
    return SCHED_NO_MEMORY;
  if (sched->turn_ns >= TURN_NS) {
    make_ready(eval, &sched->fresh);
    return SCHED_ACCEPTED;
  }
  after = slice(eval, now);
  sched->turn_ns += after - now;
  return SCHED_ACCEPTED;
}

enum sched_answer sched_submit(struct sched *sched,
                               const struct eval_spec *spec, bool attended,
                               struct future **out) {
  struct future *future = NULL;
  struct eval *eval = NULL;
  enum sched_answer answer = SCHED_DRAINING;
  uint64_t now;

  if (!sched->draining || attended) {
    answer = SCHED_NO_MEMORY;
    future = registry_new(sched->options.registry, spec->owner, spec->label);
    eval = future == NULL ? NULL : take_eval(sched);
  }
  if (eval == NULL) {
    if (future != NULL)
      registry_forget(sched->options.registry, future);
    drop_spec(spec);
    return answer;
  }
  eval->future = future;
  eval->deadline.fire = on_deadline;
  eval->wall_ms = spec->wall_ms;
  eval->slice_fuel = sched->slice_fuel;
  now = clock_ns();
  eval->created_ns = spec->since_ns != 0 ? spec->since_ns : now;
  future->eval = eval;
  future->created_us = clock_wall_us(eval->created_ns);
  future->tagged = spec->context.tagged_value;
  eval->account = spec->account;
  if (eval->account != NULL)
    eval->account->quota.live++;
  if (spec->context.trace && sched->options.events != NULL)
    events_trace(sched->options.events, future);
  answer = start(eval, spec, now);
  if (answer == SCHED_ACCEPTED) {
    *out = future;
    return answer;
  }
  future->eval = NULL;
  give_eval(eval);
  registry_forget(sched->options.registry, future);
  return answer;
}

/* ---- cancelling --------------------------------------------------------- */

void sched_cancel(struct sched *sched, struct future *future,
                  const char *reason) {
  struct eval *eval = future->eval;

  if (eval == NULL || eval->cancelled || eval->copying != NULL || eval->over)
    return;
  if (future->is_nested) {
    gene_context_future_cancel(eval->context, future->handle, reason);
    run_slice(eval);
    return;
  }
  eval->cancelled = true;
  if (eval->context == NULL) {
    finish_queued(eval, GENE_CANCELLED, "CancellationException",
                  "GENE.ASYNC.CANCELLED", reason);
    return;
  }
  gene_context_cancel(eval->context, reason);
  eval->kill_due = now_ms() + sched->options.grace_ms;
  if (eval->started_ns == 0)
    eval->wall_due = UINT64_MAX;
  if (set_deadline(eval))
    run_slice(eval);
}

void sched_drain(struct sched *sched) {
  sched->draining = true;
}

void sched_cancel_all(struct sched *sched, const char *reason) {
  struct eval *next;

  for (struct eval *eval = sched->live_head; eval != NULL; eval = next) {
    next = eval->live_next;
    sched_cancel(sched, eval->future, reason);
  }
}

void sched_kill_all(struct sched *sched) {
  struct eval *next;

  for (struct eval *eval = sched->live_head; eval != NULL; eval = next) {
    next = eval->live_next;
    if (eval->context == NULL) {
      finish_queued(eval, GENE_CANCELLED, "CancellationException",
                    "GENE.ASYNC.CANCELLED", "The service is stopping");
      continue;
    }
    if (eval->copying != NULL) {
      eval_list_remove(eval);
      go_on_copying(eval, SIZE_MAX);
      continue;
    }
    gene_context_cancel(eval->context, "The service is stopping");
    gene_context_kill(eval->context, GENE_KILL_CANCEL, 0);
    finish_context(eval, clock_ns(), SIZE_MAX);
  }
}

/* ---- the rest ----------------------------------------------------------- */

struct sched *sched_create(const struct sched_options *options) {
  struct sched *sched = calloc(1, sizeof *sched);

  if (sched == NULL)
    return NULL;
  sched->options = *options;
  sched->slice_fuel = options->slice_us * GENE_FUEL_PER_US;
  sched->admit_again.fire = on_admit_again;
  uv_idle_init(options->loop, &sched->idle);
  uv_check_init(options->loop, &sched->check);
  sched->idle.data = sched->check.data = sched;
  uv_check_start(&sched->check, on_check);
  return sched;
}

void sched_close(struct sched *sched) {
  assert(sched->live_head == NULL && sched->live == 0);
  deadline_clear(sched->options.deadlines, &sched->admit_again);
  uv_close((uv_handle_t *)&sched->idle, NULL);
  uv_close((uv_handle_t *)&sched->check, NULL);
}

void sched_free(struct sched *sched) {
  while (sched->free != NULL) {
    struct eval *eval = sched->free;

    sched->free = eval->next;
    free(eval);
  }
  free(sched);
}
