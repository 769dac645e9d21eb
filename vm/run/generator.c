/*
 * generator.c - generators: fibers that hand out items (language reference 4,
 * section 9). A generator may await: its consumer then waits with it.
 */
#include "run/interp_parts.h"
#include "run/native_args.h"

static void trace_generator(gn_heap *heap, gn_machine *m) {
  gn_generator *g = (gn_generator *)(void *)m;
  gn_mark_obj(heap, g->fiber);
  gn_mark_obj(heap, g->consumer);
  gn_mark(heap, g->name);
  gn_mark(heap, g->item);
  if (g->failure != GN_NONE)
    gn_mark(heap, g->failure);
}

gn_value gn_generator_new(gn_ctx *ctx, gn_fiber *fiber, gn_closure *clo) {
  gn_generator *g = gn_alloc(&ctx->heap, GN_T_GENERATOR, sizeof *g);
  if (!g) {
    gn_oom(ctx);
    return GN_NONE;
  }
  g->m.trace = trace_generator;
  g->fiber = fiber;
  g->consumer = NULL;
  g->name = clo->proto->name;
  g->item = GN_UNSET;
  g->failure = GN_NONE;
  g->sent_to = 0;
  g->started = g->running = false;
  fiber->generator = g;
  fiber->state = GN_FIBER_SUSPENDED;
  gn_fiber_unlist(ctx, fiber);
  return gn_from_obj(g);
}

/* Whoever asked for the item goes on: at once, or it was parked meanwhile. */
static void give_back(gn_ctx *ctx, gn_generator *g, gn_fiber *fiber) {
  g->running = false;
  if (g->consumer) {
    gn_fiber_ready(ctx, g->consumer);
    g->consumer = NULL;
    if (ctx->current == fiber)
      ctx->current = NULL;
  } else if (ctx->current == fiber) {
    ctx->current = fiber->starter;
    fiber->starter = NULL;
  }
}

int gn_generator_yield(gn_ctx *ctx, gn_fiber *fiber, gn_value v, uint32_t to) {
  gn_generator *g = fiber->generator;
  if (!g)
    return gn_throw(ctx, GN_X_RUNTIME, NULL, "yield outside a generator");
  g->item = v;
  g->sent_to = to;
  fiber->stack[to] = GN_NIL;
  fiber->state = GN_FIBER_SUSPENDED;
  gn_fiber_unlist(ctx, fiber);
  give_back(ctx, g, fiber);
  return GN_OK;
}

void gn_generator_parked(gn_ctx *ctx, gn_fiber *fiber) {
  gn_generator *g = fiber->generator;
  gn_fiber *consumer = fiber->starter;
  fiber->starter = NULL;
  g->consumer = consumer;
  ctx->current = consumer;
  gn_fiber_park(ctx, consumer);
}

void gn_generator_ended(gn_ctx *ctx, gn_fiber *fiber, gn_value exception) {
  gn_generator *g = fiber->generator;
  g->failure = exception;
  g->fiber = NULL;
  give_back(ctx, g, fiber);
}

static gn_generator *self_of(const gn_call *call) {
  return (gn_generator *)(void *)gn_as_obj(call->argv[0]);
}

/* Lets it run to its next item. */
static int resume(gn_ctx *ctx, gn_call *call, gn_value sent) {
  gn_generator *g = self_of(call);
  if (g->running)
    return gn_throw(ctx, GN_X_CONCURRENCY, NULL,
                    "generator is already running");
  call->state = 1;
  if (g->started)
    g->fiber->stack[g->sent_to] = sent;
  g->started = g->running = true;
  gn_fiber_list(ctx, g->fiber);
  gn_fiber_start(ctx, g->fiber);
  return GN_SWITCH;
}

/* After resume: is there an item (kept in g->item)? */
static int outcome(gn_ctx *ctx, gn_generator *g) {
  if (g->failure == GN_NONE)
    return GN_OK;
  gn_value e = g->failure;
  g->failure = GN_NONE;
  return gn_throw_value(ctx, e);
}

static int next_with(gn_ctx *ctx, gn_call *call, gn_value sent) {
  gn_generator *g = self_of(call);
  if (call->state == 0 && g->item == GN_UNSET && g->fiber)
    return resume(ctx, call, sent);
  if (outcome(ctx, g) != GN_OK)
    return GN_THROW;
  call->result = g->item == GN_UNSET ? GN_NOT_FOUND : g->item;
  g->item = GN_UNSET;
  return GN_OK;
}

static int generator_next(gn_ctx *ctx, gn_call *call) {
  return next_with(ctx, call, GN_NIL);
}
static int generator_send(gn_ctx *ctx, gn_call *call) {
  return next_with(ctx, call, call->argv[1]);
}
static int generator_has_next(gn_ctx *ctx, gn_call *call) {
  gn_generator *g = self_of(call);
  if (call->state == 0 && g->item == GN_UNSET && g->fiber)
    return resume(ctx, call, GN_NIL);
  if (outcome(ctx, g) != GN_OK)
    return GN_THROW;
  return gn_return_bool(call, g->item != GN_UNSET);
}
static int generator_iter(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  return gn_return(call, call->argv[0]);
}

const gn_native_def gn_generator_rows[] = {
    GN_METHOD("next", generator_next, 0, 0, 0, "(g .next)",
              "The next item, or not_found at the end."),
    GN_METHOD("has_next", generator_has_next, 0, 0, 0, "(g .has_next)",
              "Whether there is another item; looks ahead."),
    GN_METHOD("send", generator_send, 1, 1, 0, "(g .send v)",
              "The next item; the suspended yield gives v."),
    GN_METHOD("iter", generator_iter, 0, 0, 0, "(g .iter)", "Itself."),
    GN_ROWS_END};
