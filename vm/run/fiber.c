/*
 * fiber.c - fibers: their stacks, the ready queue, starting and parking, and
 * what happens when nothing is ready (deadlocks, $await_all, the end). It
 * never runs an instruction.
 */
#include "run/internal_natives.h"
#include "run/interp_parts.h"
#include "run/trace.h"

#define FIRST_STACK  24u
#define FIRST_FRAMES 3u

static void trace_fiber(gn_heap *heap, gn_machine *m) {
  gn_fiber *f = (gn_fiber *)(void *)m;
  uint32_t top = gn_fiber_top(f);
  gn_mark_raw(heap, f->stack_buf);
  gn_mark_raw(heap, f->frames_buf);
  for (uint32_t i = 0; i < top; i++)
    gn_mark(heap, f->stack[i]);
  /* what lies above may be stale: no later collection may look at it */
  for (uint32_t i = top; i < f->stack_cap; i++)
    f->stack[i] = GN_NIL;
  for (uint32_t i = 0; i < f->nframes; i++) {
    const gn_frame *fr = &f->frames[i];
    if (fr->flags & GN_F_NATIVE)
      gn_mark_obj(heap, fr->kw);
    else
      gn_mark_obj(heap, fr->clo);
  }
  gn_mark_obj(heap, f->future);
  gn_mark_obj(heap, f->generator);
  gn_mark_obj(heap, f->starter);
  gn_mark_obj(heap, f->waits_for);
  gn_mark(heap, f->ex);
  if (f->cancel_exc != GN_NONE)
    gn_mark(heap, f->cancel_exc);
  if (f->resumed != GN_NONE)
    gn_mark(heap, f->resumed);
}

static uint32_t frame_top(const gn_frame *fr) {
  if (fr->flags & GN_F_NATIVE)
    return fr->base + fr->argc + fr->def->locals;
  return fr->base + fr->clo->proto->nregs;
}

uint32_t gn_fiber_top(const gn_fiber *f) {
  uint32_t top = f->extent;
  /* A caller's window can reach above its callee's registers. */
  for (uint32_t i = f->nframes; i-- > 0 && i + 2 >= f->nframes;) {
    uint32_t t = frame_top(&f->frames[i]);
    if (t > top)
      top = t;
  }
  return top < f->stack_cap ? top : f->stack_cap;
}

bool gn_fiber_grow_stack(gn_ctx *ctx, gn_fiber *f, uint32_t need) {
  uint32_t cap = f->stack_cap * 2;
  if (cap < need)
    cap = need + need / 2;
  gn_values *buf = gn_values_new(&ctx->heap, cap);
  if (!buf)
    return false;
  memcpy(buf->v, f->stack, f->stack_cap * sizeof(gn_value));
  ctx->fuel -= f->stack_cap / 8;
  f->stack_buf = buf;
  f->stack = buf->v;
  f->stack_cap = cap;
  return true;
}

bool gn_fiber_grow_frames(gn_ctx *ctx, gn_fiber *f) {
  uint64_t cap = (uint64_t)f->frames_cap * 2;
  if (cap > ctx->limits.stack_depth)
    cap = ctx->limits.stack_depth;
  gn_blob *buf = gn_blob_new(&ctx->heap, cap * sizeof(gn_frame));
  if (!buf)
    return false;
  memcpy(buf->bytes, f->frames, f->nframes * sizeof(gn_frame));
  f->frames_buf = buf;
  f->frames = (gn_frame *)(void *)buf->bytes;
  f->frames_cap = (uint32_t)cap;
  return true;
}

void gn_fiber_move_stack(gn_ctx *ctx, gn_fiber *f) {
  gn_values *buf = gn_values_new(&ctx->heap, f->stack_cap);
  if (!buf)
    return;
  memcpy(buf->v, f->stack, f->stack_cap * sizeof(gn_value));
  memset(f->stack, 0xee, f->stack_cap * sizeof(gn_value));
  f->stack_buf->h.type = GN_T_BLOB; /* the poison is not to be traced */
  f->stack_buf = buf;
  f->stack = buf->v;
}

void gn_fiber_list(gn_ctx *ctx, gn_fiber *f) {
  f->all_prev = NULL;
  f->all_next = ctx->all;
  if (ctx->all)
    ctx->all->all_prev = f;
  ctx->all = f;
  f->counted = f->future == NULL;
  ctx->pending_fibers += f->counted;
}

gn_fiber *gn_fiber_bare(gn_ctx *ctx, enum gn_fiber_role role,
                        uint32_t stack_cap) {
  if (stack_cap < FIRST_STACK)
    stack_cap = FIRST_STACK;
  gn_heap *heap = &ctx->heap;
  gn_fiber *f = gn_alloc(heap, GN_T_FIBER, sizeof *f);
  gn_values *stack = gn_values_new(heap, stack_cap);
  gn_blob *frames = gn_blob_new(heap, FIRST_FRAMES * sizeof(gn_frame));
  if (!f || !stack || !frames) {
    gn_oom(ctx);
    return NULL;
  }
  gn_obj h = f->m.h;
  memset(f, 0, sizeof *f);
  f->m.h = h;
  f->m.trace = trace_fiber;
  f->role = (uint8_t)role;
  f->stack_buf = stack;
  f->stack = stack->v;
  f->stack_cap = stack_cap;
  f->frames_buf = frames;
  f->frames = (gn_frame *)(void *)frames->bytes;
  f->frames_cap = FIRST_FRAMES;
  f->ex = GN_NIL;
  f->cancel_exc = GN_NONE;
  f->resumed = GN_NIL;
  gn_fiber_list(ctx, f);
  ctx->fuel -= 10;
  return f;
}

/* Calls argv[0] with the rest: the first frame of a fiber. */
static int entry(gn_ctx *ctx, gn_call *call) {
  call->callee = call->argv[0];
  call->nargs = call->argc - 1;
  if (call->nargs > GN_CALL_ARGS) {
    call->arg_array = gn_array_from(&ctx->heap, call->argv + 1, call->nargs);
    if (!call->arg_array)
      return gn_oom(ctx);
  } else {
    memcpy(call->args, call->argv + 1, call->nargs * sizeof(gn_value));
  }
  return GN_TAIL;
}
const gn_native_def gn_def_entry = {.name = "entry", .fn = entry, .max = -1};

gn_fiber *gn_fiber_new(gn_ctx *ctx, enum gn_fiber_role role, gn_value fn,
                       const gn_value *args, uint32_t n) {
  gn_fiber *f = gn_fiber_bare(ctx, role, n + FIRST_STACK);
  if (!f)
    return NULL;
  if (role == GN_ROLE_CALLBACK && gn_is(fn, GN_T_CLOSURE)) {
    /* a callback may take less than it is given */
    const gn_proto *p = ((gn_closure *)gn_as_obj(fn))->proto;
    if (p->rest < 0 && n > p->npos)
      n = p->npos;
  }
  f->stack[1] = fn;
  for (uint32_t i = 0; i < n; i++)
    f->stack[2 + i] = args[i];
  gn_frame *fr = &f->frames[f->nframes++];
  memset(fr, 0, sizeof *fr);
  fr->def = &gn_def_entry;
  fr->base = 1;
  fr->argc = n + 1;
  fr->flags = GN_F_BOTTOM | GN_F_NATIVE;
  return f;
}

void gn_fiber_produce(gn_ctx *ctx, gn_fiber *fiber, gn_future *f) {
  fiber->future = f;
  f->producer = fiber;
  gn_count_future(ctx, f);
  if (f->counted)
    ctx->pending_fibers -= fiber->counted;
  fiber->counted &= !f->counted;
}

/* ---- waits, the oldest first ---- */

static void wait_begins(gn_ctx *ctx, gn_fiber *f) {
  f->state = GN_FIBER_WAITING;
  if (f->in_await_all)
    return;
  assert(!f->in_waits);
  f->in_waits = true;
  f->newer = NULL;
  f->older = ctx->newest_wait;
  if (f->older)
    f->older->newer = f;
  else
    ctx->oldest_wait = f;
  ctx->newest_wait = f;
}

static void wait_ends(gn_ctx *ctx, gn_fiber *f) {
  if (!f->in_waits)
    return;
  f->in_waits = false;
  if (f->older)
    f->older->newer = f->newer;
  else
    ctx->oldest_wait = f->newer;
  if (f->newer)
    f->newer->older = f->older;
  else
    ctx->newest_wait = f->older;
  f->older = f->newer = NULL;
}

/* Not when what it waits for has put it into the ready queue. */
static bool is_waiting(const gn_fiber *f) {
  return f->state == GN_FIBER_WAITING && !(f->waits_for && f->waits_for->woken);
}

/* ---- the ready queue ---- */

/* Fibers that are linked already. */
static void append_ready(gn_ctx *ctx, gn_fiber *first, gn_fiber *last) {
  if (ctx->ready_last)
    ctx->ready_last->next = first;
  else
    ctx->ready = first;
  ctx->ready_last = last;
  gn_ctx_wake(ctx);
}

void gn_fiber_ready(gn_ctx *ctx, gn_fiber *f) {
  wait_ends(ctx, f);
  f->state = GN_FIBER_READY;
  f->next = NULL;
  append_ready(ctx, f, f);
}

/* However many there are, this is one step: each is brought up to date when
 * it is taken from the queue. */
void gn_fiber_wake_all(gn_ctx *ctx, gn_future *future) {
  future->woken = true;
  if (future->waiters)
    append_ready(ctx, future->waiters, future->waiters_last);
  future->waiters = future->waiters_last = NULL;
}

void gn_fiber_taken(gn_ctx *ctx, gn_fiber *f) {
  if (GN_UNLIKELY(f->told)) {
    f->told = false;
    gn_trace(ctx, f->future, GENE_TRACE_RUNNING);
  }
  if (f->state != GN_FIBER_WAITING)
    return;
  wait_ends(ctx, f);
  f->waits_for = NULL;
  f->wait_prev = NULL;
  f->state = GN_FIBER_READY;
}

void gn_fiber_start(gn_ctx *ctx, gn_fiber *f) {
  if (!ctx->current) {
    gn_fiber_ready(ctx, f);
    return;
  }
  f->starter = ctx->current;
  f->state = GN_FIBER_RUNNING;
  ctx->current = f;
}

/* Whoever started it goes on. */
static void hand_back(gn_ctx *ctx, gn_fiber *f) {
  assert(ctx->current == f);
  ctx->current = f->starter;
  f->starter = NULL;
}

void gn_fiber_park(gn_ctx *ctx, gn_fiber *f) {
  if (f->generator && f->starter)
    gn_generator_parked(ctx, f);
  else
    hand_back(ctx, f);
  if (f->cancel_exc != GN_NONE) {
    f->deliver = true;
    f->in_await_all = false;
    gn_fiber_ready(ctx, f);
  } else {
    wait_begins(ctx, f);
    f->told = ctx->tracing;
    gn_trace(ctx, f->future, GENE_TRACE_WAITING);
  }
}

void gn_park_on_future(gn_ctx *ctx, gn_future *future) {
  gn_fiber *f = ctx->current;
  if (f->cancel_exc == GN_NONE) {
    assert(!future->woken);
    f->waits_for = future;
    f->next = NULL;
    f->wait_prev = future->waiters_last;
    if (future->waiters_last)
      future->waiters_last->next = f;
    else
      future->waiters = f;
    future->waiters_last = f;
  }
  gn_fiber_park(ctx, f);
}

/* Takes a waiting fiber out of its future's list. */
static void unwait(gn_fiber *f) {
  gn_future *future = f->waits_for;
  if (!future)
    return;
  if (f->wait_prev)
    f->wait_prev->next = f->next;
  else
    future->waiters = f->next;
  if (f->next)
    f->next->wait_prev = f->wait_prev;
  else
    future->waiters_last = f->wait_prev;
  f->waits_for = NULL;
  f->wait_prev = f->next = NULL;
}

bool gn_fiber_interrupt(gn_ctx *ctx, gn_fiber *f, gn_value exception) {
  f->cancel_exc = exception;
  if (!is_waiting(f))
    return false;
  unwait(f);
  wait_ends(ctx, f);
  f->in_await_all = false;
  f->deliver = true;
  f->state = GN_FIBER_READY;
  return true;
}

void gn_fiber_interrupt_now(gn_ctx *ctx, gn_fiber *f, gn_value exception) {
  if (gn_fiber_interrupt(ctx, f, exception))
    gn_fiber_ready(ctx, f);
}

void gn_cancel_all(gn_ctx *ctx, gn_value exception, const gn_fiber *but) {
  if (ctx->main->state != GN_FIBER_DONE && ctx->main != but)
    gn_fiber_interrupt_now(ctx, ctx->main, exception);
  for (gn_fiber *f = ctx->all; f;) {
    gn_fiber *next = f->all_next;
    if (f != ctx->main && f != but)
      gn_fiber_interrupt_now(ctx, f, exception);
    f = next;
  }
  /* what no fiber waits for any more ends now */
  while (ctx->op_list != GN_NO_OP) {
    gn_future *f = ctx->core->ops[ctx->op_list].future;
    gn_future_cancel(ctx, f, exception);
  }
}

/* Generators are in the list of unfinished fibers only while they run. */
void gn_fiber_unlist(gn_ctx *ctx, gn_fiber *f) {
  if (f->all_prev)
    f->all_prev->all_next = f->all_next;
  else
    ctx->all = f->all_next;
  if (f->all_next)
    f->all_next->all_prev = f->all_prev;
  f->all_prev = f->all_next = NULL;
  ctx->pending_fibers -= f->counted;
  f->counted = false;
}

static void forget(gn_ctx *ctx, gn_fiber *f) {
  gn_fiber_unlist(ctx, f);
  f->state = GN_FIBER_DONE;
  f->nframes = 0;
  f->extent = 0;
}

#define MOST_UNHANDLED 100u

void gn_ctx_unhandled(gn_ctx *ctx, gn_value exception) {
  if (exception == ctx->exit_exc || exception == ctx->exit_cancel)
    return; /* that is how a run ends by exit */
  if (!ctx->unhandled)
    ctx->unhandled = gn_array_new(&ctx->heap, 4);
  if (ctx->unhandled && ctx->unhandled->len >= MOST_UNHANDLED)
    return;
  if (ctx->unhandled)
    (void)gn_array_push(&ctx->heap, ctx->unhandled, exception);
  if (ctx->host.on_change)
    ctx->host.on_change(ctx->host.data, ctx);
}

void gn_fiber_end(gn_ctx *ctx, gn_fiber *f, gn_value result) {
  hand_back(ctx, f);
  forget(ctx, f);
  if (f->generator)
    gn_generator_ended(ctx, f, GN_NONE);
  if (f->role == GN_ROLE_MAIN && !ctx->exited) {
    ctx->main_done = true;
    ctx->value = result;
  }
  gn_future *future = f->future;
  if (future) {
    future->producer = NULL;
    gn_future_complete(ctx, future, result);
  }
}

void gn_fiber_fail(gn_ctx *ctx, gn_fiber *f, gn_value exception) {
  hand_back(ctx, f);
  forget(ctx, f);
  gn_future *future = f->future;
  if (future)
    future->producer = NULL;
  if (f->generator) {
    gn_generator_ended(ctx, f, exception);
    return;
  }
  bool decides = f->role == GN_ROLE_MAIN || f->role == GN_ROLE_RENDER;
  if (decides && !ctx->exited) {
    ctx->main_done = true;
    ctx->value_fixed = true;
    ctx->value = GN_NIL;
    if (ctx->error == GN_NONE)
      ctx->error = exception;
  } else if (future) {
    gn_future_fail(ctx, future, exception);
  } else {
    gn_ctx_unhandled(ctx, exception);
  }
}

/* ---- when nothing is ready ---- */

static bool wake_await_all(gn_ctx *ctx) {
  bool any = false;
  for (gn_fiber *f = ctx->all; f; f = f->all_next)
    if (f->state == GN_FIBER_WAITING && f->in_await_all) {
      f->in_await_all = false;
      gn_fiber_ready(ctx, f);
      any = true;
    }
  return any;
}

gn_value gn_deadlock(gn_ctx *ctx) {
  gn_value text =
      gn_string_c(&ctx->heap, "Deadlock: nothing can end this wait");
  return text == GN_NONE
             ? GN_NONE
             : gn_exception_new(ctx, GN_X_DEADLOCK, NULL, text, GN_NIL);
}

/* An exception, and a fiber that has long been out of the cache. */
#define DEADLOCK_COST 24u

bool gn_fiber_idle(gn_ctx *ctx) {
  if (ctx->ops > 0)
    return false;
  assert(!ctx->ready);
  gn_fiber *f = ctx->oldest_wait;
  if (f) {
    gn_value exception = gn_deadlock(ctx);
    gn_charge(ctx, DEADLOCK_COST);
    if (exception == GN_NONE)
      gn_throw_kill(ctx, GN_KILL_MEMORY);
    else
      gn_fiber_interrupt_now(ctx, f, exception);
    return true;
  }
  return wake_await_all(ctx);
}
