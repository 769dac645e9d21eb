/*
 * op.c - operations in flight: the slots by which the I/O layer names a
 * future without holding a pointer. A slot's generation changes when it is
 * freed, so whatever ends late finds nothing.
 */
#include <stdlib.h>

#include "run/context.h"

#define OP_CHARGE 96u /* bytes a started operation costs outside the heap */

static bool grow_ops(struct gene_core *core) {
  uint32_t cap = core->ops_cap ? core->ops_cap * 2 : 64;
  gn_op *ops = realloc(core->ops, cap * sizeof *ops);
  if (!ops)
    return false;
  core->ops = ops;
  for (uint32_t i = cap; i-- > core->ops_cap;) {
    ops[i] = (gn_op){.next = core->ops_free, .prev = GN_NO_OP};
    core->ops_free = i;
  }
  core->ops_cap = cap;
  return true;
}

/* ---- the limit of what is pending ---- */

#define COLLECTIONS_APART 8 /* of the fuel that a collection costs */

static bool has_room(const gn_ctx *ctx, uint32_t more) {
  return (uint64_t)ctx->pending_futures + ctx->pending_fibers + more <=
         ctx->limits.pending;
}

int gn_check_pending_now(gn_ctx *ctx, uint32_t more) {
  if (GN_LIKELY(has_room(ctx, more)))
    return GN_OK;
  return gn_throw(ctx, GN_X_CONCURRENCY, "GENE.LIMIT.PENDING",
                  "Too many pending futures");
}

/* A collection is worth its while when many of those that count are new, or
 * when much was done since the last one. */
int gn_check_pending(gn_ctx *ctx, uint32_t more) {
  uint64_t used = ctx->fuel_used + (uint64_t)(ctx->slice - ctx->fuel);
  bool again = ctx->pending_new > ctx->limits.pending / 4;
  if (GN_LIKELY(has_room(ctx, more)) || (!again && used < ctx->pending_again))
    return gn_check_pending_now(ctx, more);
  ctx->pending_new = 0;
  ctx->pending_again =
      used + COLLECTIONS_APART * ((uint64_t)ctx->heap.bytes >> 8);
  return gn_oom(ctx);
}

void gn_count_future(gn_ctx *ctx, gn_future *f) {
  if (f->counted || f->state != GENE_PENDING)
    return;
  f->counted = true;
  ctx->pending_futures++;
  ctx->pending_new++;
}

void gn_count_anew(gn_ctx *ctx) {
  ctx->pending_marked = 0;
}

void gn_counted(gn_ctx *ctx) {
  assert(ctx->pending_marked <= ctx->pending_futures);
  ctx->pending_futures = ctx->pending_marked;
}

/* ---- slots ---- */

uint32_t gn_op_new(gn_ctx *ctx, gn_future *f, enum gn_op_kind kind) {
  struct gene_core *core = ctx->core;
  if (gn_check_pending(ctx, 1) != GN_OK)
    return GN_NO_OP;
  if ((core->ops_free == GN_NO_OP && !grow_ops(core)) ||
      !gn_heap_charge(&ctx->heap, OP_CHARGE)) {
    gn_oom(ctx);
    return GN_NO_OP;
  }
  uint32_t at = core->ops_free;
  gn_op *op = &core->ops[at];
  core->ops_free = op->next;
  op->ctx = ctx;
  op->future = f;
  op->kind = kind;
  op->heap_at = 0;
  op->io = NULL;
  op->keep = GN_NIL;
  op->prev = GN_NO_OP;
  op->next = ctx->op_list;
  if (ctx->op_list != GN_NO_OP)
    core->ops[ctx->op_list].prev = at;
  ctx->op_list = at;
  ctx->ops++;
  gn_count_future(ctx, f);
  f->op = at;
  f->op_gen = op->gen;
  return at;
}

void gn_op_free(struct gene_core *core, uint32_t at) {
  gn_op *op = &core->ops[at];
  gn_ctx *ctx = op->ctx;
  assert(ctx);
  if (op->prev != GN_NO_OP)
    core->ops[op->prev].next = op->next;
  else
    ctx->op_list = op->next;
  if (op->next != GN_NO_OP)
    core->ops[op->next].prev = op->prev;
  if (op->future)
    op->future->op = GN_NO_OP;
  ctx->ops--;
  gn_heap_uncharge(&ctx->heap, OP_CHARGE);
  op->ctx = NULL;
  op->future = NULL;
  op->io = NULL;
  op->gen++;
  op->next = core->ops_free;
  core->ops_free = at;
}

void gn_op_end(gn_ctx *ctx, uint32_t at, gn_value v, bool failed) {
  gn_future *future = ctx->core->ops[at].future;
  gn_op_free(ctx->core, at);
  if (v == GN_NONE)
    gn_throw_kill(ctx, GN_KILL_MEMORY);
  else if (failed)
    gn_future_fail(ctx, future, v);
  else
    gn_future_complete(ctx, future, v);
  gn_ctx_wake(ctx);
}

gn_op *gn_op_get(struct gene_core *core, uint32_t at, uint32_t gen) {
  if (at >= core->ops_cap || core->ops[at].gen != gen || !core->ops[at].ctx)
    return NULL;
  return &core->ops[at];
}

void gn_op_stop(gn_ctx *ctx, gn_future *f) {
  if (f->op == GN_NO_OP)
    return;
  struct gene_core *core = ctx->core;
  gn_op *op = &core->ops[f->op];
  if (op->kind == GN_OP_TIMER) {
    if (core->io.timer_stop)
      core->io.timer_stop(core->io.data, f->op);
  } else if (core->io.op_abandon) {
    core->io.op_abandon(core->io.data, f->op);
  }
  gn_op_free(core, f->op);
}

void gn_ctx_wake(gn_ctx *ctx) {
  if (!ctx->idle_told || ctx->running)
    return;
  ctx->idle_told = false;
  if (ctx->host.on_wake)
    ctx->host.on_wake(ctx->host.data, ctx);
}
