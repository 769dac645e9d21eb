/*
 * start.c - reads what an evaluation begins with when that is large: its input,
 * environment and modules are one JSON text, read in the evaluation's own
 * slices before its first instruction. It runs no code.
 */
#include "lib/json_read.h"
#include "run/context.h"
#include "types/array.h"
#include "types/string.h"

#define STEP ((uint32_t)4096) /* bytes between two looks at the fuel */

/* What a token and a byte take, in fuel. */
#define TOKEN_FUEL    10u
#define BYTES_OF_FUEL 4u

bool gn_start_with(gn_ctx *ctx, gene_text_t json) {
  gn_value text = gn_string_new(&ctx->heap, json.ptr, json.len);
  if (text == GN_NONE)
    return false;
  ctx->start = gn_json_reader_new(&ctx->heap, text, ctx->core->nesting, false);
  return ctx->start != NULL;
}

/* Takes the parts of the document. */
static void take(gn_ctx *ctx, gn_value document) {
  assert(gn_is_array(document) && gn_arr(document)->len == 3);
  const gn_value *part = gn_arr(document)->items;
  assert(gn_is(part[1], GN_T_MAP) && gn_is_array(part[2]));
  ctx->input = part[0];
  ctx->env_map = part[1];
  if (gn_arr(part[2])->len > 0)
    ctx->module_sources = gn_arr(part[2]);
}

static enum gn_json_status step(gn_ctx *ctx) {
  gn_json_reader *r = ctx->start;
  uint32_t at = r->at, tokens = r->tokens;
  enum gn_json_status status = gn_json_step(&ctx->heap, r, STEP);
  gn_charge(ctx, (uint64_t)(r->tokens - tokens) * TOKEN_FUEL +
                     (r->at - at) / BYTES_OF_FUEL);
  return status;
}

/* One that is cancelled runs what there is to run, which is nothing of its
 * own: it has not begun. */
void gn_start_read(gn_ctx *ctx) {
  enum gn_json_status status = GN_JSON_MORE;
  while (status == GN_JSON_MORE && ctx->fuel > 0 && !ctx->cancelled) {
    if (gn_heap_wants_gc(&ctx->heap))
      gn_ctx_collect(ctx);
    status = step(ctx);
  }
  assert(status != GN_JSON_BAD);
  if (status == GN_JSON_DONE)
    take(ctx, ctx->start->value);
  else if (status != GN_JSON_MORE)
    ctx->kill = GN_KILL_MEMORY;
  if (status != GN_JSON_MORE || ctx->cancelled)
    ctx->start = NULL;
}
