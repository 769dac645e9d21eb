/*
 * result.c - what the host is told of an evaluation. It changes nothing but
 * the report that it makes.
 */
#include "run/context.h"

static gene_text_t text_of(gn_value v) {
  gene_text_t t = {NULL, 0};
  if (v != GN_NONE && gn_is_string(v)) {
    t.ptr = gn_str_bytes(gn_str(v));
    t.len = gn_str(v)->len;
  }
  return t;
}

/* Cancelling from outside can't be refused: whatever the script made of it,
 * the outcome is dropped. */
static enum gene_status status_of(const gn_ctx *ctx) {
  if (!ctx->done)
    return GENE_PENDING;
  if (ctx->cancelled || ctx->kill == GN_KILL_CANCELLED ||
      (ctx->value_cancelled && ctx->kill == GN_ALIVE))
    return GENE_CANCELLED;
  return ctx->kill == GN_ALIVE && ctx->error == GN_NONE ? GENE_SUCCESS
                                                        : GENE_FAILURE;
}

uint64_t gene_context_fuel(const gene_context_t *ctx) {
  return ctx->fuel_used;
}

void gene_context_result(gene_context_t *ctx, gene_result_t *out) {
  memset(out, 0, sizeof *out);
  out->status = status_of(ctx);
  out->value_fixed = ctx->value_fixed && ctx->error == GN_NONE &&
                     ctx->value_text != GN_NONE && !ctx->cancelled;
  if (out->value_fixed) {
    out->value_json = text_of(ctx->value_json);
    out->type = text_of(ctx->value_type);
    out->text = text_of(ctx->value_text);
  }
  gn_report_fill(ctx, out);
  out->output = (gene_text_t){ctx->out, ctx->out_len};
  out->output_truncated = ctx->out_cut;
  out->output_bytes = ctx->out_total;
  out->fuel = ctx->fuel_used;
  out->peak_memory_bytes = ctx->heap.peak;
  out->waiting = !ctx->done && !ctx->ready && !ctx->current;
  out->exited = ctx->exited && ctx->kill == GN_ALIVE;
  out->exit_code = ctx->exit_code;
  out->value_pending = ctx->main_done && !ctx->value_fixed && !ctx->showing &&
                       gn_is_future(ctx->value) &&
                       gn_fut(ctx->value)->state == GENE_PENDING;
}
