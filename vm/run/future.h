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

/* Result of a native that waited for a list of futures, all done by now: the
 * values (of one: its value) or the first failure thrown. */
int gn_await_outcome(gn_ctx *ctx, gn_call *call, gn_array *list);

/* "pending", "success", "failure" or "cancelled". */
const char *gn_future_state_name(gn_value future);

extern const gn_native_def gn_future_rows[];

#endif
