/*
 * collect.c - what a collection of a context's heap starts from, and what it
 * frees beside objects: evaluated programs and compiled patterns that nothing
 * reaches any more. How objects are traced is core/mark.c's business.
 */
#include "run/context.h"
#include "run/internal_natives.h"
#include "types/regex_code.h"

static void mark_roots(gn_heap *heap, void *owner) {
  gn_ctx *ctx = owner;
  for (gn_fiber *f = ctx->all; f; f = f->all_next)
    gn_mark_obj(heap, f);
  gn_mark_obj(heap, ctx->current);
  gn_mark_obj(heap, ctx->main);
  gn_mark_obj(heap, ctx->modules);
  gn_mark_obj(heap, ctx->call_kw);
  for (uint32_t i = ctx->op_list; i != GN_NO_OP; i = ctx->core->ops[i].next) {
    gn_mark_obj(heap, ctx->core->ops[i].future);
    gn_mark(heap, ctx->core->ops[i].keep);
  }
  const gn_value values[] = {
      ctx->thrown,         ctx->value,        ctx->error,
      ctx->value_json,     ctx->value_text,   ctx->value_type,
      ctx->progress,       ctx->input,        ctx->args,
      ctx->env_map,        ctx->program_name, ctx->cancel_reason,
      ctx->miss.exception, ctx->miss.name,    ctx->miss.where,
      ctx->exit_exc,       ctx->exit_cancel};
  for (size_t i = 0; i < sizeof values / sizeof *values; i++)
    if (values[i] != GN_NONE)
      gn_mark(heap, values[i]);
  gn_mark_obj(heap, ctx->unhandled);
  gn_mark_obj(heap, ctx->diagnostics);
  gn_mark_obj(heap, ctx->causes);
  gn_mark_obj(heap, ctx->shared);
  gn_mark_obj(heap, ctx->module_sources);
  gn_mark_obj(heap, ctx->start);
  if (ctx->evaluation)
    gn_evaluation_mark(heap, ctx->evaluation);
  for (gn_future *f = ctx->failed; f; f = f->failed_next)
    gn_mark_obj(heap, f);
}

void gn_mark_program(gn_heap *heap, gn_program *p) {
  uint64_t round = ((const gn_ctx *)heap->owner)->collection;
  if (p->source || p->mark == round)
    return;
  p->mark = round;
  gn_mark_obj(heap, p->keep);
}

static void mark_code(gn_heap *heap, const gn_proto *proto) {
  gn_mark_program(heap, proto->program);
}

/* Programs of eval that nothing reaches any more. */
static void sweep_evals(gn_ctx *ctx) {
  gn_program **at = &ctx->evals;
  while (*at) {
    gn_program *p = *at;
    if (p->mark == ctx->collection) {
      at = &p->next;
      continue;
    }
    *at = p->next;
    gn_heap_uncharge(&ctx->heap, p->bytes);
    gn_program_release(p);
  }
}

bool gn_ctx_collect(gn_ctx *ctx) {
  size_t before = ctx->heap.bytes;
  ctx->collection++;
  gn_count_anew(ctx);
  gn_heap_collect(&ctx->heap);
  gn_counted(ctx);
  ctx->core->collections++;
  sweep_evals(ctx);
  gn_re_sweep(ctx->patterns);
  gn_charge(ctx, before >> 8);
  ctx->heap.failed = false;
  if (GN_UNLIKELY(ctx->core->stress & GN_STRESS_GC))
    ctx->heap.gc_at = 0; /* every safepoint within an instruction, too */
  return true;
}

bool gn_ctx_charge(gn_ctx *ctx, size_t bytes) {
  if (gn_heap_charge(&ctx->heap, bytes))
    return true;
  return !ctx->running && gn_ctx_collect(ctx) &&
         gn_heap_charge(&ctx->heap, bytes);
}

void gn_collect_init(gn_ctx *ctx) {
  ctx->heap.roots = mark_roots;
  ctx->heap.owner = ctx;
  ctx->heap.code = mark_code;
}
