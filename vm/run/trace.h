/*
 * trace.h - tells the host of futures and their fibers as they come and go,
 * while it asks for that; else each place costs a branch that is never taken.
 */
#ifndef GN_RUN_TRACE_H
#define GN_RUN_TRACE_H

#include "run/context.h"

/* The rest of gn_trace_start; label as there. */
void gn_trace_started(gn_ctx *ctx, const gn_future *f, gene_text_t label);
void gn_trace_told(gn_ctx *ctx, const gn_future *f,
                   enum gene_trace_state state);

/* The running fiber has made f, as `label` says: the name of a native or of
 * the function behind it. Gives f its number: without one it is a detail of
 * something else, and never told of. */
static inline void gn_trace_start(gn_ctx *ctx, gn_future *f,
                                  gene_text_t label) {
  f->number = ++ctx->numbered;
  if (GN_UNLIKELY(ctx->tracing))
    gn_trace_started(ctx, f, label);
}

static inline void gn_trace_native(gn_ctx *ctx, gn_future *f,
                                   const gn_native_def *def) {
  gn_trace_start(ctx, f, (gene_text_t){def->name, strlen(def->name)});
}

/* The name of a function; "fn" when it has none. */
static inline gene_text_t gn_proto_label(const gn_proto *p) {
  gene_text_t label = {"fn", 2};
  if (p->name != GN_NIL)
    label.ptr = gn_text(p->name, &label.len);
  return label;
}

/* Something else happens to f, which may be NULL. */
static inline void gn_trace(gn_ctx *ctx, const gn_future *f,
                            enum gene_trace_state state) {
  if (GN_UNLIKELY(ctx->tracing) && f && f->number)
    gn_trace_told(ctx, f, state);
}

/* f is not pending any more. */
static inline void gn_trace_end(gn_ctx *ctx, const gn_future *f) {
  gn_trace(ctx, f,
           f->state == GENE_SUCCESS   ? GENE_TRACE_SUCCESS
           : f->state == GENE_FAILURE ? GENE_TRACE_FAILURE
                                      : GENE_TRACE_CANCELLED);
}

#endif
