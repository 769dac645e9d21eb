/*
 * time.c - the clock as plain numbers. Dates are values of types/datetime.c;
 * sleeping is the I/O layer's.
 */
#include "lib/tables.h"
#include "run/context.h"
#include "run/native_args.h"

static int now_us(gn_ctx *ctx, gn_call *call) {
  return gn_return_int(ctx, call, gn_wall_us(ctx));
}

static int now(gn_ctx *ctx, gn_call *call) {
  return gn_return_int(ctx, call, gn_wall_us(ctx) / 1000000);
}

const gn_native_def gn_time_rows[] = {
    GN_FUNCTION("time/now_us", now_us, 0, 0, 0, "(time/now_us)",
                "Microseconds since 1970, never going back within a run."),
    GN_FUNCTION("time/now", now, 0, 0, 0, "(time/now)",
                "Whole seconds since 1970, never going back within a run."),
    GN_ROWS_END};
