/*
 * text_natives.c - what stands behind interpolation, == and hash map
 * literals when the dispatch loop can't do it in one step.
 */
#include "run/internal_natives.h"
#include "run/interp_parts.h"
#include "run/native_args.h"

/* Array of values: their string forms joined, nil as "nil". */
static int join_strings(gn_ctx *ctx, gn_call *call) {
  gn_array *parts = gn_arr(call->argv[0]);
  int64_t at = call->locals[1] == GN_NIL ? 0 : gn_fix(call->locals[1]);
  for (; at < parts->len; at++) {
    gn_value v = parts->items[at];
    enum gn_print_mode mode = v == GN_NIL ? GN_DISPLAY : GN_STRING;
    int st = gn_print_run(ctx, call, &call->locals[0], v, mode);
    if (st != GN_OK)
      return gn_suspended(call, st);
    call->locals[1] = gn_from_fix(at + 1);
  }
  gn_builder *b = gn_print_builder(ctx, &call->locals[0]);
  return gn_return_made(ctx, call, b ? gn_builder_string(b) : GN_NONE);
}
const gn_native_def gn_def_str = {
    .name = "#Str", .fn = join_strings, .min = 1, .max = 1, .locals = 2};

static int equal(gn_ctx *ctx, gn_call *call) {
  call->state = 1;
  return gn_equal_run(ctx, call, &call->locals[0], call->argv[0],
                      call->argv[1]);
}
const gn_native_def gn_def_equal = {
    .name = "==", .fn = equal, .min = 2, .max = 2, .locals = 1};

/* Array of keys and values in turn: what (new HashMap ...) makes. */
static int hashmap(gn_ctx *ctx, gn_call *call) {
  gn_class *cls = gn_builtin(ctx, GN_C_HASHMAP);
  gn_array *items = gn_arr(call->argv[0]);
  if (items->len % 2 != 0)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL,
                    "HashMap literals expect alternating key/value entries");
  if (!gn_array_insert(&ctx->heap, items, 0, gn_from_obj(cls)))
    return gn_oom(ctx);
  return gn_tail_array(call, cls->ctor, items);
}
const gn_native_def gn_def_hashmap = {
    .name = "#HashMap", .fn = hashmap, .min = 1, .max = 1};
