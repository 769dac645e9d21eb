/*
 * array_calls.c - methods of arrays that call a function for the elements.
 * The loop itself is run/walk.c; here stands what is done with the answers.
 */
#include "lib/tables.h"
#include "run/walk.h"
#include "types/hash.h"
#include "types/iterable.h"
#include "types/order.h"

/* Locals behind those of the walk. */
enum { BY_BEST = GN_WALK_LOCALS, BY_ANSWER, BY_MACHINE, BY_LOCALS };
enum { GROUP_MACHINE = GN_WALK_LOCALS, GROUP_AT, GROUP_OUT, GROUP_LOCALS };

static gn_array *out_of(const gn_call *call) {
  return gn_arr(call->locals[GN_WALK_OUT]);
}

/* ---- one answer decides ---- */

static int take_find(gn_ctx *ctx, gn_call *call, gn_value answer) {
  (void)ctx;
  if (!gn_truthy(answer))
    return GN_OK;
  call->result = call->locals[GN_WALK_ITEM];
  return GN_WALK_STOP;
}

static int array_find(gn_ctx *ctx, gn_call *call) {
  static const gn_walk walk = {1, GN_PASS_ELEMENT, NULL, take_find, NULL};
  return gn_walk_run(ctx, call, &walk);
}

/* any?, all? and none? without a function: the first element whose truth is
 * `stop` gives `value`. */
static int judge(gn_call *call, bool stop, bool value) {
  const gn_array *a = gn_arr(call->argv[0]);
  for (uint32_t i = 0; i < a->len; i++)
    if (gn_truthy(a->items[i]) == stop)
      return gn_return_bool(call, value);
  return gn_return_bool(call, !value);
}

static int array_any(gn_ctx *ctx, gn_call *call) {
  if (call->argc > 1)
    return gn_walk_any(ctx, call);
  gn_charge(ctx, gn_arr(call->argv[0])->len >> 1);
  return judge(call, true, true);
}

static int array_all(gn_ctx *ctx, gn_call *call) {
  if (call->argc > 1)
    return gn_walk_all(ctx, call);
  gn_charge(ctx, gn_arr(call->argv[0])->len >> 1);
  return judge(call, false, false);
}

static int array_none(gn_ctx *ctx, gn_call *call) {
  if (call->argc > 1)
    return gn_walk_none(ctx, call);
  gn_charge(ctx, gn_arr(call->argv[0])->len >> 1);
  return judge(call, true, false);
}

static int array_count(gn_ctx *ctx, gn_call *call) {
  if (call->argc == 1)
    return gn_return(call, gn_from_fix(gn_arr(call->argv[0])->len));
  if (gn_is_callable(ctx, call->argv[1]))
    return gn_walk_count(ctx, call);
  int64_t n;
  int status = gn_count_items(ctx, call, &n);
  return status == GN_OK ? gn_return(call, gn_from_fix(n)) : status;
}

static int array_each_with_index(gn_ctx *ctx, gn_call *call) {
  static const gn_walk walk = {1, GN_PASS_INDEX, NULL, NULL, gn_end_self};
  return gn_walk_run(ctx, call, &walk);
}

/* ---- arrays of answers ---- */

static int begin_partition(gn_ctx *ctx, gn_call *call) {
  gn_heap *heap = gn_ctx_heap(ctx);
  gn_array *yes = gn_array_new(heap, 0), *no = gn_array_new(heap, 0);
  gn_value both[2] = {gn_from_obj(yes), gn_from_obj(no)};
  gn_array *out = yes && no ? gn_array_from(heap, both, 2) : NULL;
  call->locals[GN_WALK_OUT] = gn_from_obj(out);
  return out ? GN_OK : gn_oom(ctx);
}

static int take_partition(gn_ctx *ctx, gn_call *call, gn_value answer) {
  gn_array *half = gn_arr(out_of(call)->items[gn_truthy(answer) ? 0 : 1]);
  gn_value item = call->locals[GN_WALK_ITEM];
  return gn_array_push(gn_ctx_heap(ctx), half, item) ? GN_OK : gn_oom(ctx);
}

static int array_partition(gn_ctx *ctx, gn_call *call) {
  static const gn_walk walk = {1, GN_PASS_ELEMENT, begin_partition,
                               take_partition, NULL};
  return gn_walk_run(ctx, call, &walk);
}

static int take_flat(gn_ctx *ctx, gn_call *call, gn_value answer) {
  if (!gn_is_array(answer))
    return gn_take_push(ctx, call, answer);
  gn_array *out = out_of(call);
  const gn_array *more = gn_arr(answer);
  if (!gn_array_reserve(gn_ctx_heap(ctx), out, (size_t)out->len + more->len))
    return gn_oom(ctx);
  gn_charge(ctx, more->len >> 2);
  if (more->len)
    memcpy(out->items + out->len, more->items, more->len * sizeof(gn_value));
  out->len += more->len;
  return GN_OK;
}

static int array_flat_map(gn_ctx *ctx, gn_call *call) {
  static const gn_walk walk = {1, GN_PASS_ELEMENT, gn_begin_array, take_flat,
                               NULL};
  return gn_walk_run(ctx, call, &walk);
}

/* ---- min_by, max_by ---- */

static int begin_extreme(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  call->locals[BY_ANSWER] = GN_UNSET;
  call->locals[BY_MACHINE] = GN_NIL;
  return GN_OK;
}

/* The answer is kept, as comparing it may take several slices. */
static int take_extreme(gn_ctx *ctx, gn_call *call, gn_value answer, int sign) {
  gn_value *local = call->locals;
  int order = sign;
  if (local[BY_ANSWER] == GN_UNSET)
    local[BY_ANSWER] = answer;
  /* The first element is KEY 0: there is nothing to compare with yet. */
  if (local[GN_WALK_KEY] != gn_from_fix(0)) {
    int status = gn_order_run(ctx, call, &local[BY_MACHINE], local[BY_ANSWER],
                              local[BY_BEST], &order);
    if (status != GN_OK)
      return status;
  }
  if (order == sign) {
    local[BY_BEST] = local[BY_ANSWER];
    local[GN_WALK_OUT] = local[GN_WALK_ITEM];
  }
  local[BY_ANSWER] = GN_UNSET;
  return GN_OK;
}

static int take_min(gn_ctx *ctx, gn_call *call, gn_value answer) {
  return take_extreme(ctx, call, answer, -1);
}

static int take_max(gn_ctx *ctx, gn_call *call, gn_value answer) {
  return take_extreme(ctx, call, answer, 1);
}

static int array_min_by(gn_ctx *ctx, gn_call *call) {
  static const gn_walk walk = {1, GN_PASS_ELEMENT, begin_extreme, take_min,
                               NULL};
  return gn_walk_run(ctx, call, &walk);
}

static int array_max_by(gn_ctx *ctx, gn_call *call) {
  static const gn_walk walk = {1, GN_PASS_ELEMENT, begin_extreme, take_max,
                               NULL};
  return gn_walk_run(ctx, call, &walk);
}

/* ---- group_by, index_by: answers first, then the hash map ---- */

static int take_keyed(gn_ctx *ctx, gn_call *call, gn_value answer) {
  gn_array *out = out_of(call);
  if (!gn_array_reserve(gn_ctx_heap(ctx), out, (size_t)out->len + 2))
    return gn_oom(ctx);
  out->items[out->len++] = answer;
  out->items[out->len++] = call->locals[GN_WALK_ITEM];
  return GN_OK;
}

/* Adds item to the group of key, or makes it the key's value. */
static int add_to_group(gn_ctx *ctx, gn_call *call, gn_dict *groups,
                        gn_value key, gn_value item, bool group) {
  gn_heap *heap = gn_ctx_heap(ctx);
  uint32_t hash;
  gn_entry *e;
  int status = gn_lookup_run(ctx, call, &call->locals[GROUP_MACHINE], groups,
                             key, &hash, &e);
  if (status != GN_OK)
    return status;
  if (e && group)
    return gn_array_push(heap, gn_arr(e->value), item) ? GN_OK : gn_oom(ctx);
  if (e) {
    e->value = item;
    return GN_OK;
  }
  if (group)
    item = gn_from_obj(gn_array_from(heap, &item, 1));
  if (item == GN_NONE || !gn_dict_append(heap, groups, key, item, hash))
    return gn_oom(ctx);
  return GN_OK;
}

static int end_keyed(gn_ctx *ctx, gn_call *call, bool group) {
  gn_value *local = call->locals;
  if (local[GROUP_OUT] == GN_NIL) {
    gn_dict *groups = gn_dict_new(gn_ctx_heap(ctx), GN_T_HASHMAP, 0);
    if (!groups)
      return gn_oom(ctx);
    local[GROUP_OUT] = gn_from_obj(groups);
    local[GROUP_AT] = gn_from_fix(0);
  }
  gn_dict *groups = (gn_dict *)gn_as_obj(local[GROUP_OUT]);
  const gn_array *keyed = out_of(call);
  for (uint32_t i = (uint32_t)gn_fix(local[GROUP_AT]); i < keyed->len;) {
    int status = add_to_group(ctx, call, groups, keyed->items[i],
                              keyed->items[i + 1], group);
    if (status != GN_OK)
      return status;
    local[GROUP_AT] = gn_from_fix(i += 2);
    if ((i & 127) == 0 && gn_slice_over(ctx))
      return GN_YIELD;
  }
  return gn_return(call, local[GROUP_OUT]);
}

static int end_groups(gn_ctx *ctx, gn_call *call) {
  return end_keyed(ctx, call, true);
}

static int end_index(gn_ctx *ctx, gn_call *call) {
  return end_keyed(ctx, call, false);
}

static int array_group_by(gn_ctx *ctx, gn_call *call) {
  static const gn_walk walk = {1, GN_PASS_ELEMENT, gn_begin_array, take_keyed,
                               end_groups};
  return gn_walk_run(ctx, call, &walk);
}

static int array_index_by(gn_ctx *ctx, gn_call *call) {
  static const gn_walk walk = {1, GN_PASS_ELEMENT, gn_begin_array, take_keyed,
                               end_index};
  return gn_walk_run(ctx, call, &walk);
}

const gn_native_def gn_array_call_rows[] = {
    GN_METHOD("each", gn_walk_each, 1, 1, GN_WALK_LOCALS, "(xs .each f)",
              "Calls f with each element; gives the array."),
    GN_METHOD("map", gn_walk_map_array, 1, 1, GN_WALK_LOCALS, "(xs .map f)",
              "New array of f(element)."),
    GN_METHOD("filter", gn_walk_filter_array, 1, 1, GN_WALK_LOCALS,
              "(xs .filter f)",
              "New array of elements with truthy f(element)."),
    GN_METHOD("reduce", gn_walk_reduce, 2, 2, GN_WALK_LOCALS,
              "(xs .reduce init f)", "Folds by f(acc element)."),
    GN_METHOD("find", array_find, 1, 1, GN_WALK_LOCALS, "(xs .find f)",
              "First element with truthy f(element), else nil."),
    GN_METHOD("any", gn_walk_any, 1, 1, GN_WALK_LOCALS, "(xs .any f)",
              "Whether f is truthy for an element."),
    GN_METHOD("all", gn_walk_all, 1, 1, GN_WALK_LOCALS, "(xs .all f)",
              "Whether f is truthy for every element."),
    GN_METHOD("any?", array_any, 0, 1, GN_WALK_LOCALS, "(xs .any? [f])",
              "Whether f, or else the element itself, is truthy for one."),
    GN_METHOD("all?", array_all, 0, 1, GN_WALK_LOCALS, "(xs .all? [f])",
              "Whether f, or else the element itself, is truthy for all."),
    GN_METHOD("none?", array_none, 0, 1, GN_WALK_LOCALS, "(xs .none? [f])",
              "Whether f, or else the element itself, is truthy for none."),
    GN_METHOD("count", array_count, 0, 1, GN_WALK_LOCALS, "(xs .count [v|f])",
              "Number of elements: all, those == v, or those with truthy f."),
    GN_METHOD("each_with_index", array_each_with_index, 1, 1, GN_WALK_LOCALS,
              "(xs .each_with_index f)",
              "Calls f with element and index; gives the array."),
    GN_METHOD("partition", array_partition, 1, 1, GN_WALK_LOCALS,
              "(xs .partition f)", "[elements with truthy f, the others]."),
    GN_METHOD("flat_map", array_flat_map, 1, 1, GN_WALK_LOCALS,
              "(xs .flat_map f)",
              "New array of the elements of each f(element)."),
    GN_METHOD("min_by", array_min_by, 1, 1, BY_LOCALS, "(xs .min_by f)",
              "Element with the least f(element); nil if empty."),
    GN_METHOD("max_by", array_max_by, 1, 1, BY_LOCALS, "(xs .max_by f)",
              "Element with the greatest f(element); nil if empty."),
    GN_METHOD("group_by", array_group_by, 1, 1, GROUP_LOCALS,
              "(xs .group_by f)",
              "HashMap from f(element) to arrays of elements."),
    GN_METHOD("index_by", array_index_by, 1, 1, GROUP_LOCALS,
              "(xs .index_by f)", "HashMap from f(element) to the element."),
    GN_ROWS_END};
