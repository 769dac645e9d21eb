/*
 * exit.c - ending a run from within. The exception that does it is one that no
 * catch sees; all other fibers are cancelled, and what is left after a while
 * is dropped. It never ends the process.
 */
#include "run/exit.h"

#include "run/class_natives.h"
#include "run/future.h"
#include "run/native_args.h"

/* What finally blocks and cancelled fibers have, in all. */
#define GRACE_US ((uint64_t)1000000)

static gn_value ending(gn_ctx *ctx, const char *message) {
  gn_value text = gn_string_c(&ctx->heap, message);
  return text != GN_NONE
             ? gn_exception_new(ctx, GN_X_CANCELLATION, NULL, text, GN_NIL)
             : GN_NONE;
}

/* As an exit status: what does not fit is a failure. */
static int status_of(int64_t code) {
  return code >= -128 && code <= 255 ? (int)code : 255;
}

/* The value is fixed anew, even if the script has ended with another one. */
static void set_value(gn_ctx *ctx, int64_t code, gn_value v) {
  ctx->exited = true;
  ctx->exit_code = status_of(code);
  ctx->value = v;
  ctx->error = ctx->value_json = ctx->value_text = ctx->value_type = GN_NONE;
  ctx->main_done = true;
  ctx->value_fixed = ctx->showing = ctx->value_cancelled = false;
}

/* Without a timer nobody can wait, so that its failing does no harm. */
static void start_grace(gn_ctx *ctx) {
  ctx->exit_end_us = gn_ctx_now_us(ctx) + GRACE_US;
  if (gn_future_start_timer(ctx, GRACE_US) == NULL)
    ctx->thrown = GN_NONE;
}

static int exit_run(gn_ctx *ctx, gn_call *call) {
  int64_t code = 0;
  if (call->argc > 0 && !gn_arg_int(ctx, call, 0, &code))
    return GN_THROW;
  if (ctx->exited)
    return gn_throw_value(ctx, ctx->exit_exc);
  gn_value self = ending(ctx, "The run was ended by exit");
  gn_value others = ending(ctx, "The run was ended by exit");
  if (self == GN_NONE || others == GN_NONE)
    return gn_oom(ctx);
  ctx->exit_exc = self;
  ctx->exit_cancel = others;
  set_value(ctx, code, gn_arg_or(call, 0, gn_from_fix(0)));
  gn_cancel_all(ctx, others, ctx->current);
  start_grace(ctx);
  return gn_throw_value(ctx, self);
}

bool gn_exit_is_late(gn_ctx *ctx) {
  return ctx->exited && gn_ctx_now_us(ctx) >= ctx->exit_end_us;
}

void gn_exit_drop(gn_ctx *ctx) {
  while (ctx->op_list != GN_NO_OP)
    gn_op_stop(ctx, ctx->core->ops[ctx->op_list].future);
}

const gn_native_def gn_exit_rows[] = {
    GN_FUNCTION("exit", exit_run, 0, 1, 0, "(exit [code])",
                "Ends the run with this code as its value; finally blocks "
                "run."),
    GN_ROWS_END,
};
