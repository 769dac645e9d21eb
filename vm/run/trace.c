/*
 * trace.c - what the host is told of a future when tracing is on. It allocates
 * nothing and changes nothing that a script could see.
 */
#include "run/trace.h"

void gene_context_trace(gene_context_t *ctx, bool on) {
  ctx->tracing = on && ctx->host.on_trace && !ctx->done;
}

static void tell(gn_ctx *ctx, const gene_trace_t *trace) {
  ctx->host.on_trace(ctx->host.data, ctx, trace);
}

void gn_trace_started(gn_ctx *ctx, const gn_future *f, gene_text_t label) {
  const gn_fiber *maker = ctx->current;
  gene_trace_t trace = {
      .state = GENE_TRACE_STARTED, .number = f->number, .label = label};
  if (maker && maker->future)
    trace.parent = maker->future->number;
  gn_fiber_place(maker, &trace.line, &trace.column);
  tell(ctx, &trace);
  if (f->state != GENE_PENDING) /* it ended before it had its number */
    gn_trace_end(ctx, f);
}

void gn_trace_told(gn_ctx *ctx, const gn_future *f,
                   enum gene_trace_state state) {
  gene_trace_t trace = {.state = state, .number = f->number};
  tell(ctx, &trace);
}
