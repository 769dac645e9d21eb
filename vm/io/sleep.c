/*
 * sleep.c - the natives that only let time pass.
 */
#include "io/io_tables.h"
#include "io/waiting.h"
#include "run/future.h"
#include "run/native_args.h"

static int start_sleep(gn_ctx *ctx, const gn_call *call, gn_future **out) {
  uint64_t us;
  if (gn_duration_us(ctx, call->argv[0], &us) != GN_OK)
    return GN_THROW;
  *out = gn_future_start_timer(ctx, us);
  return *out != NULL ? GN_OK : GN_THROW;
}

static int sleep_async(gn_ctx *ctx, gn_call *call) {
  return gn_give_future(ctx, call, start_sleep);
}
static int sleep_waiting(gn_ctx *ctx, gn_call *call) {
  return gn_wait_for(ctx, call, start_sleep);
}

const gn_native_def gn_sleep_rows[] = {
    GN_FUNCTION("gene/sleep_async", sleep_async, 1, 1, 0,
                "(gene/sleep_async d)",
                "A Future of nil, complete after the duration."),
    GN_FUNCTION("gene/sleep", sleep_waiting, 1, 1, 1, "(gene/sleep d)",
                "Waits for the duration; other fibers go on."),
    GN_FUNCTION("sleep", sleep_waiting, 1, 1, 1, "(sleep d)",
                "Waits for the duration; other fibers go on."),
    GN_ROWS_END,
};
