/*
 * shared.h - futures within the evaluation's value: the host gives each an id
 * of its own and is told what it comes to, as text and JSON like the value of
 * the evaluation itself.
 */
#ifndef GN_RUN_SHARED_H
#define GN_RUN_SHARED_H

#include "run/context.h"

/* The id of a future that the value holds, a String; the host gives it one
 * when it has none yet. GN_NIL: it gets none, GN_NONE: out of memory, which
 * leaves all as it was. */
gn_value gn_share(gn_ctx *ctx, gn_future *f);

/* A future that has an id is no longer pending. */
void gn_shared_settled(gn_ctx *ctx, gn_future *f);

/* Whether outcomes are to be shown, and nobody is about it. */
static inline bool gn_shared_waits(const gn_ctx *ctx) {
  return ctx->shared_first != GN_NO_SHARED && !ctx->showing_shared;
}

/* Shows those outcomes that take no fiber, and starts one for the rest. */
void gn_shared_show(gn_ctx *ctx);

/* Nothing will ever complete those that are pending still: they fail. The
 * script is not told, it has ended. */
void gn_shared_give_up(gn_ctx *ctx);

#endif
