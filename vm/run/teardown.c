/*
 * teardown.c - the end of contexts: what they own is given back at once when it
 * is little, and else in pieces, so that none holds the loop. It walks over
 * pages and blocks of memory, never over values.
 */
#include "run/context.h"
#include "types/regex_code.h"

/* Bytes of plain memory given back at once: about half a millisecond. */
#define PIECE_BYTES ((size_t)4 << 20)
/* What an evaluated program counts for: it is some blocks. */
#define PROGRAM_COST ((size_t)16384)

static bool release_evals(gn_ctx *ctx, size_t *budget) {
  while (ctx->evals && *budget > 0) {
    gn_program *next = ctx->evals->next;
    gn_program_release(ctx->evals);
    ctx->evals = next;
    *budget -= *budget < PROGRAM_COST ? *budget : PROGRAM_COST;
  }
  return !ctx->evals;
}

static bool free_patterns(gn_ctx *ctx, size_t *budget) {
  if (!gn_re_codes_free_some(ctx->patterns, budget))
    return false;
  ctx->patterns = NULL;
  return true;
}

bool gene_core_tidy(gene_core_t *core) {
  size_t budget = PIECE_BYTES;
  while (core->dead && budget > 0) {
    gn_ctx *ctx = core->dead;
    if (!release_evals(ctx, &budget) || !free_patterns(ctx, &budget) ||
        !gn_heap_destroy_some(&ctx->heap, &budget))
      return true;
    core->dead = ctx->next_ctx;
    core->context_bytes -= ctx->counted_bytes;
    free(ctx);
  }
  return core->dead != NULL;
}

static void unlink_context(gn_ctx *ctx) {
  struct gene_core *core = ctx->core;
  if (ctx->prev)
    ctx->prev->next_ctx = ctx->next_ctx;
  else
    core->contexts = ctx->next_ctx;
  if (ctx->next_ctx)
    ctx->next_ctx->prev = ctx->prev;
  core->live_contexts--;
}

void gene_context_destroy(gene_context_t *ctx) {
  struct gene_core *core = ctx->core;
  assert(!ctx->running);
  ctx->host = (gene_host_t){0};
  while (ctx->op_list != GN_NO_OP)
    gn_op_stop(ctx, core->ops[ctx->op_list].future);
  if (core->io.context_gone && ctx->io)
    core->io.context_gone(core->io.data, ctx);
  gn_evaluation_drop(ctx->evaluation);
  ctx->evaluation = NULL;
  gn_report_free(ctx);
  unlink_context(ctx);
  gn_program_release(ctx->program);
  ctx->program = NULL;
  free(ctx->root_folder);
  free(ctx->folder);
  free(ctx->out);
  ctx->next_ctx = core->dead;
  core->dead = ctx;
  (void)gene_core_tidy(core);
}
