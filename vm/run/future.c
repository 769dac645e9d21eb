/*
 * future.c - futures: settling, adoption, callbacks, cancellation (language
 * reference 4, sections 2 to 6). Everything here is iterative: chains of
 * futures of any length are walked with lists, never with recursion.
 */
#include "run/future.h"

#include "run/class_natives.h"
#include "run/internal_natives.h"
#include "run/interp_parts.h"
#include "run/shared.h"
#include "run/trace.h"

/* What settling leaves to be done by fibers: callbacks to call, in order, and
 * cancelled fibers to run on. */
typedef struct gn_jobs {
  gn_machine m;
  gn_future *head, *tail;         /* settled, linked by job_next */
  gn_fiber *fibers, *fibers_last; /* interrupted, linked by next */
} gn_jobs;

static void trace_future(gn_heap *heap, gn_machine *m) {
  gn_future *f = (gn_future *)(void *)m;
  ((gn_ctx *)heap->owner)->pending_marked += f->counted;
  gn_mark(heap, f->value);
  gn_mark(heap, f->progress);
  gn_mark_obj(heap, f->callbacks);
  for (gn_fiber *w = f->waiters; w; w = w->next)
    gn_mark_obj(heap, w);
  gn_mark_obj(heap, f->producer);
  gn_mark_obj(heap, f->follows);
  gn_mark_obj(heap, f->ahead);
  gn_mark_obj(heap, f->job_next);
}

static void trace_callback(gn_heap *heap, gn_machine *m) {
  gn_callback *cb = (gn_callback *)(void *)m;
  gn_mark(heap, cb->fn);
  gn_mark(heap, cb->fn2);
  gn_mark_obj(heap, cb->target);
  gn_mark_obj(heap, cb->next);
}

static void trace_jobs(gn_heap *heap, gn_machine *m) {
  gn_jobs *jobs = (gn_jobs *)(void *)m;
  for (gn_future *f = jobs->head; f; f = f->job_next)
    gn_mark_obj(heap, f);
  for (gn_fiber *f = jobs->fibers; f; f = f->next)
    gn_mark_obj(heap, f);
}

gn_future *gn_future_new(gn_ctx *ctx) {
  gn_future *f = gn_alloc(&ctx->heap, GN_T_FUTURE, sizeof *f);
  if (!f) {
    gn_oom(ctx);
    return NULL;
  }
  gn_obj h = f->m.h;
  memset(f, 0, sizeof *f);
  f->m.h = h;
  f->m.trace = trace_future;
  f->state = GENE_PENDING;
  f->op = GN_NO_OP;
  f->value = GN_NIL;
  f->progress = GN_NIL;
  return f;
}

gn_callback *gn_future_add(gn_ctx *ctx, gn_future *f, uint8_t kind, gn_value fn,
                           gn_value fn2, gn_future *target) {
  gn_callback *cb = gn_alloc(&ctx->heap, GN_T_MACHINE, sizeof *cb);
  if (!cb) {
    gn_oom(ctx);
    return NULL;
  }
  cb->trace = trace_callback;
  cb->kind = kind;
  cb->fn = fn;
  cb->fn2 = fn2;
  cb->target = target;
  cb->next = NULL;
  if (f->callbacks_last)
    f->callbacks_last->next = cb;
  else
    f->callbacks = cb;
  f->callbacks_last = cb;
  return cb;
}

static gn_jobs *jobs_get(gn_ctx *ctx, gn_jobs **jobs) {
  if (*jobs)
    return *jobs;
  gn_jobs *j = gn_alloc(&ctx->heap, GN_T_MACHINE, sizeof *j);
  if (!j) {
    gn_throw_kill(ctx, GN_KILL_MEMORY);
    return NULL;
  }
  j->m.trace = trace_jobs;
  j->head = j->tail = NULL;
  j->fibers = j->fibers_last = NULL;
  return *jobs = j;
}

/* ---- settling ---- */

/* It counts as pending no more; a fiber that goes on behind it does. */
static void uncount(gn_ctx *ctx, gn_future *f) {
  gn_fiber *fiber = f->producer;
  if (!f->counted)
    return;
  f->counted = false;
  ctx->pending_futures--;
  if (fiber && fiber->state != GN_FIBER_DONE && !fiber->counted) {
    fiber->counted = true;
    ctx->pending_fibers++;
  }
}

static void fail_late(gn_ctx *ctx, gn_future *list, gn_jobs **jobs);

/* One future reaches its end; those that follow it are put on *more. */
static void settle_one(gn_ctx *ctx, gn_future *f, uint8_t state, gn_value value,
                       gn_future **more, gn_jobs **jobs) {
  f->state = state;
  f->value = value;
  f->follows = f->ahead = NULL;
  uncount(ctx, f);
  gn_op_stop(ctx, f);
  gn_trace_end(ctx, f);
  if (GN_UNLIKELY(f->shared))
    gn_shared_settled(ctx, f);
  if (state == GENE_FAILURE && !f->listed) {
    f->listed = true;
    if (ctx->failed)
      ctx->failed_last->failed_next = f;
    else
      ctx->failed = f;
    ctx->failed_last = f;
  }
  gn_callback *cb = f->callbacks, *keep = NULL, *last = NULL;
  while (cb) {
    gn_callback *next = cb->next;
    cb->next = NULL;
    if (cb->kind == GN_CB_FOLLOW) {
      if (cb->target->state == GENE_PENDING) {
        cb->target->job_next = *more;
        *more = cb->target;
      }
    } else if (cb->kind == GN_CB_TIMEOUT) {
      fail_late(ctx, (gn_future *)gn_as_obj(cb->fn), jobs);
    } else if (cb->kind != GN_CB_PROGRESS) {
      if (last)
        last->next = cb;
      else
        keep = cb;
      last = cb;
    }
    cb = next;
  }
  f->callbacks = keep;
  f->callbacks_last = last;
  if (!keep) {
    gn_fiber_wake_all(ctx, f);
    return;
  }
  gn_jobs *j = jobs_get(ctx, jobs);
  if (!j)
    return;
  f->job_next = NULL;
  if (j->tail)
    j->tail->job_next = f;
  else
    j->head = f;
  j->tail = f;
}

static void settle(gn_ctx *ctx, gn_future *f, uint8_t state, gn_value value,
                   gn_jobs **jobs) {
  gn_future *more = f;
  f->job_next = NULL;
  while (more) {
    gn_future *next = more;
    more = next->job_next;
    next->job_next = NULL;
    ctx->fuel--;
    if (next->state == GENE_PENDING)
      settle_one(ctx, next, state, value, &more, jobs);
  }
  if (ctx->main_done && !ctx->value_fixed)
    gn_ctx_wake(ctx);
}

/* The future at the end of g's chain. What was walked is shortened, so that
 * walks of a chain, however it was built, are short in the long run. All that
 * a pending future leads to is pending: no short cut ever leads astray. */
static gn_future *chain_end(gn_ctx *ctx, gn_future *g) {
  gn_future *end = g;
  while (end->follows) {
    end = end->ahead;
    ctx->fuel--;
  }
  while (g->follows) {
    gn_future *next = g->ahead;
    g->ahead = end;
    g = next;
  }
  return end;
}

/* f, which follows none, takes the outcome of g, now or later. */
static void adopt(gn_ctx *ctx, gn_future *f, gn_future *g, gn_jobs **jobs) {
  assert(!f->follows);
  gn_future *end = chain_end(ctx, g);
  if (end == f) {
    gn_throw(ctx, GN_X_CONCURRENCY, NULL, "a future cannot follow itself");
    gn_value e = ctx->thrown;
    ctx->thrown = GN_NONE;
    if (e != GN_NONE)
      settle(ctx, f, GENE_FAILURE, e, jobs);
    return;
  }
  g->handled = true;
  if (g->state != GENE_PENDING) {
    settle(ctx, f, g->state, g->value, jobs);
    return;
  }
  if (!gn_future_add(ctx, g, GN_CB_FOLLOW, GN_NIL, GN_NIL, f)) {
    gn_throw_kill(ctx, GN_KILL_MEMORY);
    return;
  }
  f->follows = g;
  f->ahead = end;
}

static void complete(gn_ctx *ctx, gn_future *f, gn_value v, gn_jobs **jobs) {
  if (gn_is_future(v))
    adopt(ctx, f, gn_fut(v), jobs);
  else
    settle(ctx, f, GENE_SUCCESS, v, jobs);
}

/* Events have no fiber that could run the jobs: a new one does. */
static void post(gn_ctx *ctx, gn_jobs *jobs) {
  if (!jobs)
    return;
  gn_fiber *w = jobs->fibers;
  jobs->fibers = jobs->fibers_last = NULL;
  while (w) {
    gn_fiber *next = w->next;
    gn_fiber_ready(ctx, w);
    w = next;
  }
  if (!jobs->head)
    return;
  gn_fiber *f = gn_fiber_bare(ctx, GN_ROLE_CALLBACK, 0);
  if (!f) {
    gn_throw_kill(ctx, GN_KILL_MEMORY);
    return;
  }
  f->stack[1] = gn_from_obj(jobs);
  gn_frame *fr = &f->frames[f->nframes++];
  memset(fr, 0, sizeof *fr);
  fr->def = &gn_def_notify;
  fr->base = 1;
  fr->argc = 1;
  fr->flags = GN_F_BOTTOM | GN_F_NATIVE;
  gn_fiber_ready(ctx, f);
}

/* What it adopts counts: the first completion is the one. */
static bool is_completed(const gn_future *f) {
  return f->state != GENE_PENDING || f->follows;
}

void gn_future_complete(gn_ctx *ctx, gn_future *f, gn_value value) {
  gn_jobs *jobs = NULL;
  if (is_completed(f))
    return;
  complete(ctx, f, value, &jobs);
  post(ctx, jobs);
}

void gn_future_fail(gn_ctx *ctx, gn_future *f, gn_value exception) {
  gn_jobs *jobs = NULL;
  if (is_completed(f))
    return;
  settle(ctx, f, GENE_FAILURE, exception, &jobs);
  post(ctx, jobs);
}

/* ---- cancelling ---- */

static gn_value cancellation(gn_ctx *ctx, gn_value reason) {
  gn_value text = gn_is_string(reason) ? reason
                  : reason == GN_NIL
                      ? gn_string_c(&ctx->heap, "Future cancelled")
                      : gn_print_quick(ctx, reason, GN_DISPLAY);
  return text == GN_NONE
             ? GN_NONE
             : gn_exception_new(ctx, GN_X_CANCELLATION, NULL, text, GN_NIL);
}

/* Is f all that wants g's outcome, besides itself? */
static bool wanted_by_one(const gn_future *g) {
  const gn_callback *cb = g->callbacks;
  return (cb == NULL && g->waiters && !g->waiters->next) ||
         (cb && !cb->next && cb->kind == GN_CB_FOLLOW && !g->waiters);
}

static void add_fiber(gn_ctx *ctx, gn_jobs **jobs, gn_fiber *fiber) {
  gn_jobs *j = jobs_get(ctx, jobs);
  if (!j)
    return;
  fiber->next = NULL;
  if (j->fibers_last)
    j->fibers_last->next = fiber;
  else
    j->fibers = fiber;
  j->fibers_last = fiber;
}

/* Interrupts a fiber; the next future to cancel with it, or NULL. */
static gn_future *interrupt(gn_ctx *ctx, gn_fiber *fiber, gn_value exception,
                            gn_jobs **jobs) {
  gn_future *behind = fiber->waits_for;
  if (behind && !wanted_by_one(behind))
    behind = NULL;
  if (!gn_fiber_interrupt(ctx, fiber, exception))
    return NULL;
  add_fiber(ctx, jobs, fiber);
  return behind;
}

/* Ends f with state and exception, and what is behind it with `behind`. */
static void end_with_all_behind(gn_ctx *ctx, gn_future *f, uint8_t state,
                                gn_value exception, gn_value behind,
                                gn_jobs **jobs) {
  while (f && f->state == GENE_PENDING) {
    gn_future *next = f->follows;
    gn_fiber *producer = f->producer;
    if (next) {
      if (!wanted_by_one(next))
        next = NULL;
    } else if (producer && producer->state != GN_FIBER_DONE) {
      next = interrupt(ctx, producer, behind, jobs);
    }
    settle(ctx, f, state, exception, jobs);
    f = next;
    state = GENE_CANCELLED;
    exception = behind;
  }
}

void gn_future_cancel(gn_ctx *ctx, gn_future *f, gn_value exception) {
  gn_jobs *jobs = NULL;
  end_with_all_behind(ctx, f, GENE_CANCELLED, exception, exception, &jobs);
  post(ctx, jobs);
}

/* The await with a timeout in whose name `marker` runs is over: the futures
 * of its list (value of the marker) fail. */
static void fail_late(gn_ctx *ctx, gn_future *marker, gn_jobs **jobs) {
  gn_array *list = gn_arr(marker->progress);
  gn_throw(ctx, GN_X_TIMEOUT, NULL, "await timed out");
  gn_value e = ctx->thrown;
  ctx->thrown = GN_NONE;
  gn_value c = cancellation(ctx, GN_NIL);
  if (e == GN_NONE || c == GN_NONE) {
    gn_throw_kill(ctx, GN_KILL_MEMORY);
    return;
  }
  for (uint32_t i = 0; i < list->len; i++)
    end_with_all_behind(ctx, gn_fut(list->items[i]), GENE_FAILURE, e, c, jobs);
}

/* ---- running the jobs ---- */

/* Starts the fiber of a callback, if its kind fits. GN_SWITCH, GN_OK, or
 * GN_THROW. */
static int run_callback(gn_ctx *ctx, gn_future *f, gn_callback *cb,
                        gn_jobs **jobs) {
  bool ok = f->state == GENE_SUCCESS;
  gn_value fn = cb->fn;
  uint32_t n = 1;
  switch (cb->kind) {
  case GN_CB_SUCCESS:
    if (!ok)
      return GN_OK;
    break;
  case GN_CB_FAILURE:
    if (ok)
      return GN_OK;
    break;
  case GN_CB_THEN: fn = ok ? cb->fn : cb->fn2; break;
  default: n = 0;
  }
  if (fn == GN_NIL) { /* the outcome passes through */
    settle(ctx, cb->target, f->state, f->value, jobs);
    return GN_OK;
  }
  if (gn_check_pending_now(ctx, 1) != GN_OK)
    return GN_THROW;
  gn_fiber *fiber = gn_fiber_new(ctx, GN_ROLE_CALLBACK, fn, &f->value, n);
  if (!fiber)
    return GN_THROW;
  if (cb->target)
    gn_fiber_produce(ctx, fiber, cb->target);
  gn_fiber_start(ctx, fiber);
  return GN_SWITCH;
}

/* One step of the jobs: GN_SWITCH while there are more, GN_OK at the end. */
static int run_jobs(gn_ctx *ctx, gn_jobs *jobs) {
  for (;;) {
    if (jobs->fibers) {
      gn_fiber *f = jobs->fibers;
      jobs->fibers = f->next;
      if (!jobs->fibers)
        jobs->fibers_last = NULL;
      gn_fiber_start(ctx, f);
      return GN_SWITCH;
    }
    gn_future *f = jobs->head;
    if (!f)
      return GN_OK;
    gn_callback *cb = f->callbacks;
    if (!cb) {
      f->callbacks_last = NULL;
      jobs->head = f->job_next;
      if (!jobs->head)
        jobs->tail = NULL;
      f->job_next = NULL;
      gn_fiber_wake_all(ctx, f);
      continue;
    }
    f->callbacks = cb->next;
    int st = run_callback(ctx, f, cb, &jobs);
    if (st == GN_SWITCH)
      return st;
    if (st == GN_THROW) { /* the other callbacks and waiters still count */
      if (ctx->thrown == GN_NONE) {
        f->callbacks = cb; /* to be tried again */
        return st;
      }
      gn_ctx_unhandled(ctx, ctx->thrown);
      ctx->thrown = GN_NONE;
    }
  }
}

static int notify(gn_ctx *ctx, gn_call *call) {
  call->state = 1;
  call->result = GN_NIL;
  return run_jobs(ctx, (gn_jobs *)gn_as_obj(call->argv[0]));
}
const gn_native_def gn_def_notify = {
    .name = "notify", .fn = notify, .min = 1, .max = 1};

/* ---- methods ---- */

static const char *state_name(uint8_t state) {
  static const char *const names[] = {"pending", "success", "failure",
                                      "cancelled"};
  return names[state];
}

const char *gn_future_state_name(gn_value future) {
  return state_name(gn_fut(future)->state);
}

static int already(gn_ctx *ctx, const gn_future *f, const char *verb) {
  return gn_throw(ctx, GN_X_CONCURRENCY, "GENE.ASYNC.ALREADY_TERMINAL",
                  "cannot %s a future in state %s", verb, state_name(f->state));
}

/* END_JOBS: what follows from the end of the future, GN_NIL as long as it has
 * not ended. That outlives a want of memory in the midst of the jobs. */
enum { END_JOBS, END_MACHINE, END_LOCALS };

static int go_on(gn_ctx *ctx, gn_call *call) {
  call->result = GN_NIL;
  return run_jobs(ctx, (gn_jobs *)gn_as_obj(call->locals[END_JOBS]));
}

static bool has_ended(const gn_call *call) {
  return call->locals[END_JOBS] != GN_NIL;
}

/* The common end of complete, fail and cancel. */
static int finish_jobs(gn_ctx *ctx, gn_call *call, gn_jobs *jobs) {
  if (!jobs) {
    call->result = GN_NIL;
    return ctx->kill == GN_ALIVE ? GN_OK : gn_oom(ctx);
  }
  call->locals[END_JOBS] = gn_from_obj(jobs);
  return go_on(ctx, call);
}

static int future_complete(gn_ctx *ctx, gn_call *call) {
  gn_jobs *jobs = NULL;
  if (has_ended(call))
    return go_on(ctx, call);
  gn_future *f = gn_fut(call->argv[0]);
  if (is_completed(f))
    return already(ctx, f, "complete");
  complete(ctx, f, call->argc > 1 ? call->argv[1] : GN_NIL, &jobs);
  return finish_jobs(ctx, call, jobs);
}

static int future_fail(gn_ctx *ctx, gn_call *call) {
  gn_jobs *jobs = NULL;
  if (has_ended(call))
    return go_on(ctx, call);
  gn_future *f = gn_fut(call->argv[0]);
  if (is_completed(f))
    return already(ctx, f, "fail");
  int st = gn_exception_run(ctx, call, &call->locals[END_MACHINE],
                            call->argc > 1 ? call->argv[1] : GN_NIL);
  if (st != GN_OK)
    return st;
  settle(ctx, f, GENE_FAILURE, call->result, &jobs);
  return finish_jobs(ctx, call, jobs);
}

static int future_cancel(gn_ctx *ctx, gn_call *call) {
  gn_jobs *jobs = NULL;
  if (has_ended(call))
    return go_on(ctx, call);
  gn_future *f = gn_fut(call->argv[0]);
  if (f->state != GENE_PENDING)
    return already(ctx, f, "cancel");
  gn_value e = cancellation(ctx, call->argc > 1 ? call->argv[1] : GN_NIL);
  if (e == GN_NONE)
    return gn_oom(ctx);
  end_with_all_behind(ctx, f, GENE_CANCELLED, e, e, &jobs);
  return finish_jobs(ctx, call, jobs);
}

static int need_callable(gn_ctx *ctx, gn_call *call, uint32_t i) {
  if (gn_is_callable(ctx, call->argv[i]))
    return GN_OK;
  return gn_throw_expects(ctx, call, "a function", call->argv[i]);
}

/* Registers, or calls at once when the future is done. */
static int on(gn_ctx *ctx, gn_call *call, uint8_t kind) {
  gn_future *f = gn_fut(call->argv[0]);
  call->result = call->argv[0];
  if (call->state == 1)
    return GN_OK;
  if (need_callable(ctx, call, 1) != GN_OK)
    return GN_THROW;
  if (kind == GN_CB_FAILURE)
    f->handled = true;
  gn_callback local = {.kind = kind, .fn = call->argv[1], .fn2 = GN_NIL};
  if (f->state == GENE_PENDING)
    return gn_future_add(ctx, f, kind, call->argv[1], GN_NIL, NULL) ? GN_OK
                                                                    : GN_THROW;
  call->state = 1;
  return run_callback(ctx, f, &local, NULL);
}

static int future_on_success(gn_ctx *ctx, gn_call *call) {
  return on(ctx, call, GN_CB_SUCCESS);
}
static int future_on_failure(gn_ctx *ctx, gn_call *call) {
  return on(ctx, call, GN_CB_FAILURE);
}

static int future_state(gn_ctx *ctx, gn_call *call) {
  call->result =
      gn_symbol_new(&ctx->heap, state_name(gn_fut(call->argv[0])->state),
                    strlen(state_name(gn_fut(call->argv[0])->state)));
  return call->result == GN_NONE ? gn_oom(ctx) : GN_OK;
}
static int future_value(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  call->result = gn_fut(call->argv[0])->value;
  return GN_OK;
}
static int future_done(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  call->result = gn_bool(gn_fut(call->argv[0])->state != GENE_PENDING);
  return GN_OK;
}
static int future_progress(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  call->result = gn_fut(call->argv[0])->progress;
  return GN_OK;
}

const gn_native_def gn_future_rows[] = {
    {"complete", future_complete, 0, 1, GN_N_METHOD, END_LOCALS,
     "(f .complete [v])",
     "Completes a pending future with v; a Future is followed.", 0},
    {"fail", future_fail, 0, 1, GN_N_METHOD, END_LOCALS, "(f .fail [e])",
     "Fails a pending future with e, normalised as by throw.", 0},
    {"cancel", future_cancel, 0, 1, GN_N_METHOD, END_LOCALS,
     "(f .cancel [reason])", "Cancels a pending future and what is behind it.",
     0},
    {"on_success", future_on_success, 1, 1, GN_N_METHOD, 0,
     "(f .on_success fn)", "Calls fn with the value once there is one.", 0},
    {"on_failure", future_on_failure, 1, 1, GN_N_METHOD, 0,
     "(f .on_failure fn)", "Calls fn with the exception once there is one.", 0},
    {"state", future_state, 0, 0, GN_N_METHOD, 0, "f/.state",
     "pending, success, failure or cancelled, as a symbol.", 0},
    {"value", future_value, 0, 0, GN_N_METHOD, 0, "f/.value",
     "The result or the exception; nil while pending.", 0},
    {"done?", future_done, 0, 0, GN_N_METHOD, 0, "f/.done?",
     "Whether it is no longer pending.", 0},
    {"progress", future_progress, 0, 0, GN_N_METHOD, 0, "f/.progress",
     "The last progress report; nil before the first.", 0},
    {0}};
