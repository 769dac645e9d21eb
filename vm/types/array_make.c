/*
 * array_make.c - arrays, maps and texts made of an array's elements without
 * calling a function: zip, pairs, to_map, join, flatten, uniq, chunk, sum, min
 * and max. Long ones give the slice back and go on later.
 */
#include "lib/tables.h"
#include "run/native_args.h"
#include "run/pieces.h"
#include "types/hash.h"
#include "types/order.h"

/* Locals of these methods. */
enum make_local { MAKE_OUT, MAKE_AT, MAKE_A, MAKE_B, MAKE_ITEM, MAKE_LOCALS };

static gn_array *self_of(const gn_call *call) {
  return gn_arr(call->argv[0]);
}

/* At the first entry: OUT is a new array, AT is 0. */
static int begin(gn_ctx *ctx, gn_call *call) {
  if (call->state != 0)
    return GN_OK;
  gn_array *out = gn_array_new(gn_ctx_heap(ctx), 0);
  if (!out)
    return gn_oom(ctx);
  call->locals[MAKE_OUT] = gn_from_obj(out);
  call->locals[MAKE_AT] = gn_from_fix(0);
  call->locals[MAKE_A] = call->locals[MAKE_B] = GN_NIL;
  return GN_OK;
}

static uint32_t at_of(const gn_call *call) {
  return (uint32_t)gn_fix(call->locals[MAKE_AT]);
}

#define STEPS 127u /* elements between two looks at the slice, less one */

/* Element i is done. True when the native has to return GN_YIELD. */
static bool step(gn_ctx *ctx, gn_call *call, uint32_t i) {
  call->locals[MAKE_AT] = gn_from_fix((int64_t)i + 1);
  gn_charge(ctx, 1);
  if ((i & STEPS) != STEPS || !gn_slice_over(ctx))
    return false;
  call->state = 1;
  return true;
}

static int give_out(gn_call *call) {
  return gn_return(call, call->locals[MAKE_OUT]);
}

static bool push_pair(gn_heap *heap, gn_array *out, gn_value a, gn_value b) {
  gn_value pair[2] = {a, b};
  gn_array *p = gn_array_from(heap, pair, 2);
  return p && gn_array_push(heap, out, gn_from_obj(p));
}

static int array_zip(gn_ctx *ctx, gn_call *call) {
  if (!gn_is_array(call->argv[1]))
    return gn_throw(ctx, GN_X_TYPE, NULL, "zip argument must be an array");
  if (begin(ctx, call) != GN_OK)
    return GN_THROW;
  gn_array *out = gn_arr(call->locals[MAKE_OUT]);
  for (uint32_t i = at_of(call);; i++) {
    const gn_array *a = self_of(call), *b = gn_arr(call->argv[1]);
    if (i >= a->len || i >= b->len)
      return give_out(call);
    if (!push_pair(gn_ctx_heap(ctx), out, a->items[i], b->items[i]))
      return gn_oom(ctx);
    if (step(ctx, call, i))
      return GN_YIELD;
  }
}

static int array_pairs(gn_ctx *ctx, gn_call *call) {
  if (begin(ctx, call) != GN_OK)
    return GN_THROW;
  gn_array *out = gn_arr(call->locals[MAKE_OUT]);
  for (uint32_t i = at_of(call); i < self_of(call)->len; i++) {
    gn_value item = self_of(call)->items[i];
    if (!push_pair(gn_ctx_heap(ctx), out, gn_from_fix(i), item))
      return gn_oom(ctx);
    if (step(ctx, call, i))
      return GN_YIELD;
  }
  return give_out(call);
}

/* ---- to_map ---- */

/* The key of a map for a String, Symbol or Int: GN_UNSET for another value,
 * GN_NONE out of memory. */
static gn_value key_of(gn_heap *heap, gn_value v) {
  char text[32];
  if (gn_is_string(v) || gn_is_symbol(v))
    return v;
  if (!gn_is_int(v))
    return GN_UNSET;
  return gn_string_new(heap, text, gn_format_int(gn_int(v), text));
}

static int put_pair(gn_ctx *ctx, gn_dict *map, gn_value pair) {
  gn_value key = GN_UNSET;
  if (gn_is_array(pair) && gn_arr(pair)->len == 2)
    key = key_of(gn_ctx_heap(ctx), gn_arr(pair)->items[0]);
  if (key == GN_UNSET)
    return gn_throw(ctx, GN_X_TYPE, NULL, "to_map expects [key value] pairs");
  if (key == GN_NONE ||
      !gn_map_set(gn_ctx_heap(ctx), map, key, gn_arr(pair)->items[1]))
    return gn_oom(ctx);
  return GN_OK;
}

static int array_to_map(gn_ctx *ctx, gn_call *call) {
  if (begin(ctx, call) != GN_OK)
    return GN_THROW;
  if (call->state == 0) {
    gn_dict *map = gn_dict_new(gn_ctx_heap(ctx), GN_T_MAP, 0);
    if (!map)
      return gn_oom(ctx);
    call->locals[MAKE_OUT] = gn_from_obj(map);
  }
  gn_dict *map = (gn_dict *)gn_as_obj(call->locals[MAKE_OUT]);
  for (uint32_t i = at_of(call); i < self_of(call)->len; i++) {
    if (put_pair(ctx, map, self_of(call)->items[i]) != GN_OK)
      return GN_THROW;
    if (step(ctx, call, i))
      return GN_YIELD;
  }
  return give_out(call);
}

/* ---- join ---- */

#define SHORT_ITEM 256u

/* Appends items from i on and the separators before them as long as they are
 * short strings, the text has room, and it is not yet time for step: all of
 * that is array_join's, only slower. Gives the first item that is left. */
static uint32_t join_short(gn_ctx *ctx, gn_call *call, uint32_t i,
                           const gn_string *sep) {
  const gn_array *a = self_of(call);
  const gn_builder *b = gn_print_builder(ctx, &call->locals[MAKE_A]);
  gn_blob *buf = b ? b->buf : NULL;
  if (!buf || i == 0 || sep->len > SHORT_ITEM)
    return i;
  uint32_t end = a->len < (i | STEPS) ? a->len : i | STEPS;
  uint32_t used = buf->used, cap = buf->cap, fuel = 0;
  const char *between = gn_str_bytes(sep);
  for (; i < end && gn_is_string(a->items[i]); i++) {
    const gn_string *s = gn_str(a->items[i]);
    if (s->len > SHORT_ITEM || sep->len + s->len > cap - used)
      break;
    if (sep->len == 1)
      buf->bytes[used] = between[0];
    else
      memcpy(buf->bytes + used, between, sep->len);
    used += sep->len;
    memcpy(buf->bytes + used, gn_str_bytes(s), s->len);
    used += s->len;
    fuel += 1 + (sep->len >> 4) + (s->len >> 4);
  }
  buf->used = used;
  gn_charge(ctx, fuel);
  call->locals[MAKE_AT] = gn_from_fix(i);
  return i;
}

/* Takes item i in hand, a separator before it; it is kept in MAKE_ITEM as
 * its to_s may change the array. GN_OK or a status to return. */
static int take_item(gn_ctx *ctx, gn_call *call, uint32_t i,
                     const gn_string *sep) {
  gn_value *local = call->locals;
  int status = GN_OK;
  if (i > 0)
    status = gn_put_run(ctx, call, &local[MAKE_A], &local[MAKE_B],
                        gn_str_bytes(sep), sep->len);
  if (status == GN_OK)
    local[MAKE_ITEM] = self_of(call)->items[i];
  return status;
}

/* Puts item i, which may have been taken in hand before. */
static int join_item(gn_ctx *ctx, gn_call *call, uint32_t i,
                     const gn_string *sep) {
  gn_value *local = call->locals;
  int status = GN_OK;
  if (local[MAKE_ITEM] == GN_UNSET)
    status = take_item(ctx, call, i, sep);
  if (status == GN_OK)
    status = gn_put_value(ctx, call, &local[MAKE_A], local[MAKE_ITEM],
                          GN_STRING, true);
  if (status == GN_OK)
    local[MAKE_ITEM] = GN_UNSET;
  return status;
}

static int array_join(gn_ctx *ctx, gn_call *call) {
  gn_value *local = call->locals;
  gn_string nothing = {.len = 0}, *sep = &nothing;
  if (call->argc > 1 && !gn_arg_string(ctx, call, 1, &sep))
    return GN_THROW;
  if (call->state == 0) {
    local[MAKE_AT] = gn_from_fix(0);
    local[MAKE_A] = local[MAKE_B] = GN_NIL;
    local[MAKE_ITEM] = GN_UNSET;
  }
  for (uint32_t i = at_of(call);; i++) {
    if (local[MAKE_ITEM] == GN_UNSET) {
      i = join_short(ctx, call, i, sep);
      if (i >= self_of(call)->len)
        return gn_return_made(ctx, call, gn_taken_text(ctx, &local[MAKE_A]));
    }
    int status = join_item(ctx, call, i, sep);
    if (status != GN_OK)
      return status;
    if (step(ctx, call, i))
      return GN_YIELD;
  }
}

/* ---- flatten ---- */

/* The arrays under way and the places in them lie in MAKE_A, two values each.
 * One item of the innermost; GN_OK to go on, FLATTENED when all is done. */
#define FLATTENED 60

static int flatten_step(gn_ctx *ctx, gn_array *stack, gn_array *out,
                        int64_t depth) {
  gn_heap *heap = gn_ctx_heap(ctx);
  const gn_array *a = gn_arr(stack->items[stack->len - 2]);
  int64_t at = gn_fix(stack->items[stack->len - 1]);
  if (at >= a->len) {
    stack->len -= 2;
    return stack->len == 0 ? FLATTENED : GN_OK;
  }
  gn_value item = a->items[at];
  bool spread = gn_is_array(item) && stack->len / 2 <= depth;
  if (spread && stack->len / 2 == gn_value_nesting(ctx))
    return gn_throw_too_deep(ctx);
  if (spread ? !gn_array_reserve(heap, stack, (size_t)stack->len + 2)
             : !gn_array_push(heap, out, item))
    return gn_oom(ctx);
  stack->items[stack->len - 1] = gn_from_fix(at + 1);
  if (spread) {
    stack->items[stack->len++] = item;
    stack->items[stack->len++] = gn_from_fix(0);
  }
  return GN_OK;
}

static int array_flatten(gn_ctx *ctx, gn_call *call) {
  int64_t depth = INT64_MAX;
  if (call->argc > 1 && !gn_arg_int(ctx, call, 1, &depth))
    return GN_THROW;
  if (begin(ctx, call) != GN_OK)
    return GN_THROW;
  if (call->state == 0) {
    gn_value first[2] = {call->argv[0], gn_from_fix(0)};
    gn_array *made = gn_array_from(gn_ctx_heap(ctx), first, 2);
    if (!made)
      return gn_oom(ctx);
    call->locals[MAKE_A] = gn_from_obj(made);
  }
  gn_array *stack = gn_arr(call->locals[MAKE_A]);
  gn_array *out = gn_arr(call->locals[MAKE_OUT]);
  for (uint32_t n = at_of(call);; n++) {
    int status = flatten_step(ctx, stack, out, depth);
    if (status == FLATTENED)
      return give_out(call);
    if (status != GN_OK)
      return status;
    if (step(ctx, call, n & 127))
      return GN_YIELD;
  }
}

/* ---- uniq ---- */

static int add_if_new(gn_ctx *ctx, gn_call *call, uint32_t i) {
  gn_heap *heap = gn_ctx_heap(ctx);
  if (call->locals[MAKE_A] == GN_NIL)
    call->locals[MAKE_ITEM] = self_of(call)->items[i];
  gn_value item = call->locals[MAKE_ITEM];
  gn_dict *seen = (gn_dict *)gn_as_obj(call->locals[MAKE_B]);
  uint32_t hash;
  gn_entry *e;
  int status =
      gn_lookup_any(ctx, call, &call->locals[MAKE_A], seen, item, &hash, &e);
  if (status != GN_OK || e)
    return status;
  gn_array *out = gn_arr(call->locals[MAKE_OUT]);
  if (!gn_array_reserve(heap, out, (size_t)out->len + 1) ||
      !gn_dict_append(heap, seen, item, GN_NIL, hash) ||
      !gn_array_push(heap, out, item))
    return gn_oom(ctx);
  return GN_OK;
}

static int array_uniq(gn_ctx *ctx, gn_call *call) {
  if (begin(ctx, call) != GN_OK)
    return GN_THROW;
  if (call->state == 0) {
    gn_dict *seen = gn_dict_new(gn_ctx_heap(ctx), GN_T_HASHSET, 0);
    if (!seen)
      return gn_oom(ctx);
    call->locals[MAKE_B] = gn_from_obj(seen);
  }
  uint32_t i = at_of(call);
  for (; i < self_of(call)->len || call->locals[MAKE_A] != GN_NIL; i++) {
    int status = add_if_new(ctx, call, i);
    if (status != GN_OK)
      return status;
    if (step(ctx, call, i))
      return GN_YIELD;
  }
  return give_out(call);
}

static int array_chunk(gn_ctx *ctx, gn_call *call) {
  int64_t n;
  if (!gn_arg_int(ctx, call, 1, &n))
    return GN_THROW;
  if (n < 1)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL, "chunk size must be at least 1");
  if (begin(ctx, call) != GN_OK)
    return GN_THROW;
  gn_heap *heap = gn_ctx_heap(ctx);
  gn_array *out = gn_arr(call->locals[MAKE_OUT]);
  const gn_array *a = self_of(call);
  for (size_t from = (size_t)out->len * (size_t)n; from < a->len;) {
    size_t some = (uint64_t)n < a->len - from ? (size_t)n : a->len - from;
    gn_array *part = gn_array_from(heap, a->items + from, some);
    if (!part || !gn_array_push(heap, out, gn_from_obj(part)))
      return gn_oom(ctx);
    from += some;
    gn_charge(ctx, some >> 2);
    if (step(ctx, call, out->len))
      return GN_YIELD;
  }
  return give_out(call);
}

/* ---- sum, min, max ---- */

static int add_number(gn_ctx *ctx, gn_value *sum, gn_value item) {
  gn_value added;
  int64_t i;
  if (!gn_is_number(item))
    return gn_throw(ctx, GN_X_TYPE, NULL, "Cannot add %s and %s",
                    gn_type_cstr(ctx, *sum), gn_type_cstr(ctx, item));
  if (!gn_is_int(*sum) || !gn_is_int(item))
    added =
        gn_float_new(gn_ctx_heap(ctx), gn_to_double(*sum) + gn_to_double(item));
  else if (__builtin_add_overflow(gn_int(*sum), gn_int(item), &i))
    return gn_throw(ctx, GN_X_RUNTIME, "GENE.ARITH.OVERFLOW",
                    "Integer overflow in addition");
  else
    added = gn_int_new(gn_ctx_heap(ctx), i);
  if (added == GN_NONE)
    return gn_oom(ctx);
  *sum = added;
  return GN_OK;
}

static int array_sum(gn_ctx *ctx, gn_call *call) {
  const gn_array *a = self_of(call);
  if (call->state == 0) {
    call->locals[MAKE_OUT] = gn_from_fix(0);
    call->locals[MAKE_AT] = gn_from_fix(0);
  }
  for (uint32_t i = at_of(call); i < a->len; i++) {
    if (add_number(ctx, &call->locals[MAKE_OUT], a->items[i]) != GN_OK)
      return GN_THROW;
    if (step(ctx, call, i))
      return GN_YIELD;
  }
  return give_out(call);
}

/* The item that comes first (sign -1) or last (1) in natural order. The one
 * that is compared is kept, as the array may change while that takes long. */
static int extreme(gn_ctx *ctx, gn_call *call, int sign) {
  gn_value *local = call->locals;
  const gn_array *a = self_of(call);
  if (call->state == 0) {
    local[MAKE_OUT] = a->len > 0 ? a->items[0] : GN_NIL;
    local[MAKE_AT] = gn_from_fix(0);
    local[MAKE_A] = GN_NIL;
    local[MAKE_ITEM] = GN_UNSET;
  }
  for (uint32_t i = at_of(call);; i++) {
    int order;
    if (local[MAKE_ITEM] == GN_UNSET && i >= a->len)
      return give_out(call);
    if (local[MAKE_ITEM] == GN_UNSET)
      local[MAKE_ITEM] = a->items[i];
    int status = gn_order_run(ctx, call, &local[MAKE_A], local[MAKE_ITEM],
                              local[MAKE_OUT], &order);
    if (status != GN_OK)
      return status;
    if (order == sign)
      local[MAKE_OUT] = local[MAKE_ITEM];
    local[MAKE_ITEM] = GN_UNSET;
    if (step(ctx, call, i))
      return GN_YIELD;
  }
}

static int array_min(gn_ctx *ctx, gn_call *call) {
  return extreme(ctx, call, -1);
}

static int array_max(gn_ctx *ctx, gn_call *call) {
  return extreme(ctx, call, 1);
}

const gn_native_def gn_array_make_rows[] = {
    GN_METHOD("zip", array_zip, 1, 1, MAKE_LOCALS, "(xs .zip ys)",
              "Array of pairs, as long as the shorter one."),
    GN_METHOD("pairs", array_pairs, 0, 0, MAKE_LOCALS, "(xs .pairs)",
              "Array of [index element]."),
    GN_METHOD("to_map", array_to_map, 0, 0, MAKE_LOCALS, "(xs .to_map)",
              "Map of [key value] pairs."),
    GN_METHOD("join", array_join, 0, 1, MAKE_LOCALS, "(xs .join [sep])",
              "String forms of the elements with sep in between."),
    GN_METHOD("flatten", array_flatten, 0, 1, MAKE_LOCALS,
              "(xs .flatten [depth])", "Nested arrays spread out."),
    GN_METHOD("uniq", array_uniq, 0, 0, MAKE_LOCALS, "(xs .uniq)",
              "The first of each set of == elements."),
    GN_METHOD("chunk", array_chunk, 1, 1, MAKE_LOCALS, "(xs .chunk n)",
              "Arrays of n elements each, the last may be shorter."),
    GN_METHOD("sum", array_sum, 0, 0, MAKE_LOCALS, "(xs .sum)",
              "Sum of the numbers; 0 when empty."),
    GN_METHOD("min", array_min, 0, 0, MAKE_LOCALS, "(xs .min)",
              "The least element in natural order; nil if empty."),
    GN_METHOD("max", array_max, 0, 0, MAKE_LOCALS, "(xs .max)",
              "The greatest element in natural order; nil if empty."),
    GN_ROWS_END};
