/*
 * time.c - the clock as plain numbers. Dates are values of types/datetime.c;
 * sleeping is the I/O layer's.
 */
#include "lib/tables.h"
#include "run/context.h"
#include "run/native_args.h"

/* The wall clock as it was when it was first asked, and what the monotonic
 * clock has gone on since: setting the host's clock changes nothing. */
static int64_t steady_us(gn_ctx *ctx) {
  int64_t monotonic = (int64_t)gn_ctx_now_us(ctx);
  if (!ctx->clock_set) {
    ctx->clock_base = gn_wall_us(ctx) - monotonic;
    ctx->clock_set = true;
  }
  return ctx->clock_base + monotonic;
}

static int now_us(gn_ctx *ctx, gn_call *call) {
  return gn_return_int(ctx, call, steady_us(ctx));
}

static int now(gn_ctx *ctx, gn_call *call) {
  return gn_return_int(ctx, call, steady_us(ctx) / 1000000);
}

const gn_native_def gn_time_rows[] = {
    GN_FUNCTION("time/now_us", now_us, 0, 0, 0, "(time/now_us)",
                "Microseconds since 1970, never going back within a run."),
    GN_FUNCTION("time/now", now, 0, 0, 0, "(time/now)",
                "Whole seconds since 1970, never going back within a run."),
    GN_ROWS_END};
