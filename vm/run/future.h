/*
 * future.h - futures for those natives that make or watch them. The layout is
 * in run/context.h.
 */
#ifndef GN_RUN_FUTURE_H
#define GN_RUN_FUTURE_H

#include "run/context.h"
#include "run/duration.h"

/* A future of nil after `us` microseconds. NULL: thrown. */
gn_future *gn_future_start_timer(gn_ctx *ctx, uint64_t us);

/* Appends a callback to a pending future. NULL: thrown (memory). */
gn_callback *gn_future_add(gn_ctx *ctx, gn_future *f, uint8_t kind, gn_value fn,
                           gn_value fn2, gn_future *target);

/* What an await of n futures, all done by now, gives: the Array of their
 * values, or the first failure thrown. *out is set with GN_OK only. */
int gn_await_list(gn_ctx *ctx, const gn_value *futures, uint32_t n,
                  gn_value *out);

/* The same where one future gives its value alone. */
static inline int gn_await_values(gn_ctx *ctx, const gn_value *futures,
                                  uint32_t n, gn_value *out) {
  if (n != 1)
    return gn_await_list(ctx, futures, n, out);
  const gn_future *f = gn_fut(futures[0]);
  if (f->state != GENE_SUCCESS)
    return gn_throw_value(ctx, f->value);
  *out = f->value;
  return GN_OK;
}

/* "pending", "success", "failure" or "cancelled". */
const char *gn_future_state_name(gn_value future);

extern const gn_native_def gn_future_rows[];

#endif
