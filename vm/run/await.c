/*
 * await.c - waiting for futures: await with a timeout, $await_all, and the
 * timers that both need. The plain await is in the dispatch loop.
 */
#include "run/class_natives.h"
#include "run/future.h"
#include "run/internal_natives.h"

/* ---- await with a timeout, $await_all ---- */

/* local 0: the future of the timer */
static int stop_timer(gn_ctx *ctx, gn_call *call) {
  if (gn_is_future(call->locals[0]))
    gn_op_stop(ctx, gn_fut(call->locals[0]));
  return GN_OK;
}

static int await_start(gn_ctx *ctx, gn_call *call, gn_array *list) {
  for (uint32_t i = 0; i < list->len; i++)
    if (!gn_is_future(list->items[i]))
      return gn_throw(ctx, GN_X_TYPE, NULL, "await expects a Future, got %s",
                      gn_type_cstr(ctx, list->items[i]));
  uint64_t us;
  if (gn_duration_us(ctx, call->argv[1], &us) != GN_OK)
    return GN_THROW;
  gn_future *timer = gn_future_start_timer(ctx, us);
  if (!timer)
    return GN_THROW;
  timer->progress = call->argv[0];
  call->locals[0] = gn_from_obj(timer);
  if (!gn_future_add(ctx, timer, GN_CB_TIMEOUT, gn_from_obj(timer), GN_NIL,
                     NULL))
    return GN_THROW;
  return GN_OK;
}

int gn_await_list(gn_ctx *ctx, const gn_value *futures, uint32_t n,
                  gn_value *out) {
  for (uint32_t i = 0; i < n; i++)
    if (gn_fut(futures[i])->state != GENE_SUCCESS)
      return gn_throw_value(ctx, gn_fut(futures[i])->value);
  gn_array *values = gn_array_new(&ctx->heap, n);
  if (!values)
    return gn_oom(ctx);
  for (uint32_t i = 0; i < n; i++)
    values->items[i] = gn_fut(futures[i])->value;
  values->len = n;
  *out = gn_from_obj(values);
  return GN_OK;
}

static int await_timeout(gn_ctx *ctx, gn_call *call) {
  gn_array *list = gn_arr(call->argv[0]);
  if (call->thrown != GN_NONE) {
    stop_timer(ctx, call);
    return gn_throw_value(ctx, call->thrown);
  }
  if (call->state == 0 && await_start(ctx, call, list) != GN_OK) {
    stop_timer(ctx, call);
    return GN_THROW;
  }
  call->state = 1;
  for (uint32_t i = 0; i < list->len; i++) {
    gn_future *f = gn_fut(list->items[i]);
    f->handled = true;
    if (f->state == GENE_PENDING) {
      gn_park_on_future(ctx, f);
      return GN_WAIT;
    }
  }
  stop_timer(ctx, call);
  return gn_await_values(ctx, list->items, list->len, &call->result);
}
const gn_native_def gn_def_await = {.name = "await",
                                    .fn = await_timeout,
                                    .min = 2,
                                    .max = 2,
                                    .locals = 1,
                                    .flags = GN_N_CATCHES};

static int await_all(gn_ctx *ctx, gn_call *call) {
  call->result = GN_NIL;
  if (call->argc > 0) {
    if (!gn_is_array(call->argv[0]))
      return gn_throw_expects(ctx, call, "an Array of Futures", call->argv[0]);
    gn_array *list = gn_arr(call->argv[0]);
    for (uint32_t i = 0; i < list->len; i++) {
      if (!gn_is_future(list->items[i]))
        return gn_throw_expects(ctx, call, "an Array of Futures",
                                list->items[i]);
      if (gn_fut(list->items[i])->state == GENE_PENDING) {
        call->state = 1;
        gn_park_on_future(ctx, gn_fut(list->items[i]));
        return GN_WAIT;
      }
    }
    return GN_OK;
  }
  if (call->state == 1)
    return GN_OK;
  call->state = 1;
  ctx->current->in_await_all = true;
  gn_fiber_park(ctx, ctx->current);
  return GN_WAIT;
}
const gn_native_def gn_def_await_all = {
    .name = "$await_all", .fn = await_all, .min = 0, .max = 1};

const gn_native_def gn_await_all_rows[] = {
    {"$await_all", await_all, 0, 1, 0, 0, "($await_all [futures])",
     "Waits for everything started, or for these futures.", 0},
    {0}};

gn_future *gn_future_start_timer(gn_ctx *ctx, uint64_t us) {
  struct gene_core *core = ctx->core;
  gn_future *f = gn_future_new(ctx);
  if (!f)
    return NULL;
  if (!core->io.timer_start) {
    gn_throw(ctx, GN_X_RUNTIME, NULL, "No event loop: timers are not there");
    return NULL;
  }
  uint32_t op = gn_op_new(ctx, f, GN_OP_TIMER);
  if (op == GN_NO_OP)
    return NULL;
  if (!core->io.timer_start(core->io.data, op, gn_ctx_now_us(ctx) + us)) {
    gn_op_free(core, op);
    gn_oom(ctx);
    return NULL;
  }
  return f;
}
