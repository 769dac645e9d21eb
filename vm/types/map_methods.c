/*
 * map_methods.c - methods of Map. Keys come as strings or symbols and are
 * given to functions as strings; gn_map_key_arg and the deletion of several
 * keys serve Gene's properties too.
 */
#include "types/map_methods.h"

#include <string.h>

#include "lib/tables.h"
#include "run/walk.h"
#include "types/iterable.h"

enum { MAP_AT, MAP_OUT, MAP_SOURCE, MAP_COPY_PLACE, MAP_COPIED };

_Static_assert(MAP_COPIED + 1 == GN_LIST_LOCALS, "the locals of a listing");

static gn_dict *self_of(const gn_call *call) {
  return (gn_dict *)gn_as_obj(call->argv[0]);
}

static bool is_key(gn_value v) {
  return gn_is_string(v) || gn_is_symbol(v);
}

/* ---- shared with Gene ---- */

bool gn_map_key_arg(gn_ctx *ctx, const gn_call *call, uint32_t i,
                    const char *owner) {
  if (is_key(call->argv[i])) {
    gn_charge_key(ctx, call->argv[i]);
    return true;
  }
  const char *name = call->def->name;
  gn_throw(ctx, GN_X_TYPE, NULL, "%s.%s key must be a string or symbol", owner,
           strcmp(name, "delete") ? name : "del");
  return false;
}

int gn_map_delete_args(gn_ctx *ctx, gn_call *call, gn_dict *map,
                       const char *owner, const char *op) {
  for (uint32_t i = 1; i < call->argc; i++)
    if (!gn_map_key_arg(ctx, call, i, owner))
      return GN_THROW;
  if (gn_check_mutable(ctx, call->argv[0], op) != GN_OK)
    return GN_THROW;
  gn_charge(ctx, call->argc);
  call->result = GN_NIL;
  for (uint32_t i = 1; map && i < call->argc; i++) {
    gn_value was = gn_map_del(map, call->argv[i]);
    if (was != GN_NONE)
      call->result = was;
  }
  return GN_OK;
}

/* ---- one key ---- */

static int map_get(gn_ctx *ctx, gn_call *call) {
  if (!gn_map_key_arg(ctx, call, 1, "Map"))
    return GN_THROW;
  gn_value v = gn_map_get(self_of(call), call->argv[1]);
  return gn_return(call, v != GN_NONE ? v : gn_arg_or(call, 2, GN_NIL));
}

static int map_set(gn_ctx *ctx, gn_call *call) {
  if (!gn_map_key_arg(ctx, call, 1, "Map"))
    return GN_THROW;
  if (gn_immutable(self_of(call)))
    return gn_check_mutable(ctx, call->argv[0], "set item on");
  if (!gn_map_set(gn_ctx_heap(ctx), self_of(call), call->argv[1],
                  call->argv[2]))
    return gn_oom(ctx);
  return gn_return(call, call->argv[0]);
}

static int map_has(gn_ctx *ctx, gn_call *call) {
  gn_value key = call->argv[1];
  gn_charge_key(ctx, key);
  return gn_return_bool(call, is_key(key) && gn_map_find(self_of(call), key));
}

static int map_del(gn_ctx *ctx, gn_call *call) {
  return gn_map_delete_args(ctx, call, self_of(call), "Map", "delete from");
}

/* ---- whole ---- */

int gn_dict_size_method(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  return gn_return(call, gn_from_fix(self_of(call)->live));
}

int gn_dict_empty_method(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  return gn_return_bool(call, self_of(call)->live == 0);
}

int gn_dict_not_empty_method(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  return gn_return_bool(call, self_of(call)->live != 0);
}

int gn_dict_clear_method(gn_ctx *ctx, gn_call *call) {
  if (gn_check_mutable(ctx, call->argv[0], "clear") != GN_OK)
    return GN_THROW;
  gn_dict_clear(self_of(call));
  return gn_return(call, call->argv[0]);
}

int gn_dict_dup_method(gn_ctx *ctx, gn_call *call) {
  int status =
      gn_copy_dict(ctx, call, gn_copying_in(call, 0), self_of(call), true);
  return status == GN_OK ? gn_return(call, call->locals[0]) : status;
}

/* ---- keys, values, pairs: of a map, or of a hash map ---- */

enum listing { LIST_KEYS, LIST_VALUES, LIST_PAIRS };

/* What an entry gives; GN_NONE: out of memory. */
static gn_value listed(gn_heap *heap, const gn_dict *dict, const gn_entry *e,
                       enum listing what) {
  if (what == LIST_VALUES)
    return e->value;
  gn_value key = e->key;
  if (dict->h.type == GN_T_MAP)
    key = gn_string_of(heap, key);
  if (what == LIST_KEYS || key == GN_NONE)
    return key;
  gn_value pair[2] = {key, e->value};
  return gn_from_obj(gn_array_from(heap, pair, 2));
}

/* The entries of a snapshot when there are many: the walk gives the slice
 * back, and the dict may be packed meanwhile. */
#define LIST_AT_ONCE 256u

static int list_begin(gn_ctx *ctx, gn_call *call) {
  gn_heap *heap = gn_ctx_heap(ctx);
  gn_dict *dict = self_of(call);
  if (dict->live > LIST_AT_ONCE || call->state != 0) {
    int status =
        gn_copy_dict(ctx, call, gn_copying_in(call, MAP_SOURCE), dict, false);
    if (status != GN_OK)
      return status;
    dict = (gn_dict *)gn_as_obj(call->locals[MAP_SOURCE]);
  }
  gn_array *out = gn_array_new(heap, dict->live);
  if (!out)
    return gn_oom(ctx);
  call->locals[MAP_SOURCE] = gn_from_obj(dict);
  call->locals[MAP_OUT] = gn_from_obj(out);
  call->locals[MAP_AT] = gn_from_fix(0);
  return GN_OK;
}

static int list(gn_ctx *ctx, gn_call *call, enum listing what) {
  if (call->locals[MAP_OUT] == GN_NIL) {
    int status = list_begin(ctx, call);
    if (status != GN_OK)
      return status;
  }
  gn_heap *heap = gn_ctx_heap(ctx);
  const gn_dict *dict = (gn_dict *)gn_as_obj(call->locals[MAP_SOURCE]);
  gn_array *out = gn_arr(call->locals[MAP_OUT]);
  uint32_t at = (uint32_t)gn_fix(call->locals[MAP_AT]);
  const gn_entry *e;
  while ((e = gn_dict_next(dict, &at)) != NULL) {
    gn_value v = listed(heap, dict, e, what);
    if (v == GN_NONE || !gn_array_push(heap, out, v))
      return gn_oom(ctx);
    call->locals[MAP_AT] = gn_from_fix(at);
    gn_charge(ctx, 1);
    if ((out->len & (LIST_AT_ONCE - 1)) == 0 && dict != self_of(call) &&
        gn_slice_over(ctx))
      return gn_pause(call, 1);
  }
  return gn_return_obj(ctx, call, out);
}

int gn_dict_keys_method(gn_ctx *ctx, gn_call *call) {
  return list(ctx, call, LIST_KEYS);
}

int gn_dict_values_method(gn_ctx *ctx, gn_call *call) {
  return list(ctx, call, LIST_VALUES);
}

int gn_dict_pairs_method(gn_ctx *ctx, gn_call *call) {
  return list(ctx, call, LIST_PAIRS);
}

/* ---- merge ---- */

static int map_merge(gn_ctx *ctx, gn_call *call) {
  if (!gn_is(call->argv[1], GN_T_MAP))
    return gn_throw(ctx, GN_X_TYPE, NULL, "Map.merge argument must be a map");
  if (gn_check_mutable(ctx, call->argv[0], "merge into") != GN_OK)
    return GN_THROW;
  const gn_dict *other = (gn_dict *)gn_as_obj(call->argv[1]);
  gn_dict *self = self_of(call);
  uint32_t at = call->state ? (uint32_t)gn_fix(call->locals[MAP_AT]) : 0;
  const gn_entry *e;
  call->result = call->argv[0];
  while (other != self && (e = gn_dict_next(other, &at)) != NULL) {
    if (!gn_map_set(gn_ctx_heap(ctx), self, e->key, e->value))
      return gn_oom(ctx);
    gn_charge(ctx, 1);
    if ((at & 255) != 0 || !gn_slice_over(ctx))
      continue;
    call->locals[MAP_AT] = gn_from_fix(at);
    return gn_pause(call, 1);
  }
  return GN_OK;
}

/* ---- with a function ---- */

static gn_dict *out_of(const gn_call *call) {
  return (gn_dict *)gn_as_obj(call->locals[GN_WALK_OUT]);
}

static int begin_map(gn_ctx *ctx, gn_call *call) {
  gn_dict *out = gn_dict_new(gn_ctx_heap(ctx), GN_T_MAP, 0);
  call->locals[GN_WALK_OUT] = gn_from_obj(out);
  return out ? GN_OK : gn_oom(ctx);
}

static int take_value(gn_ctx *ctx, gn_call *call, gn_value answer) {
  gn_value key = call->locals[GN_WALK_KEY];
  bool ok = gn_map_set(gn_ctx_heap(ctx), out_of(call), key, answer);
  return ok ? GN_OK : gn_oom(ctx);
}

static int take_if(gn_ctx *ctx, gn_call *call, gn_value answer) {
  if (!gn_truthy(answer))
    return GN_OK;
  return take_value(ctx, call, call->locals[GN_WALK_ITEM]);
}

static int map_map(gn_ctx *ctx, gn_call *call) {
  static const gn_walk walk = {1, GN_PASS_ELEMENT, begin_map, take_value, NULL};
  return gn_walk_run(ctx, call, &walk);
}

static int map_map_values(gn_ctx *ctx, gn_call *call) {
  static const gn_walk walk = {1, GN_PASS_VALUE, begin_map, take_value, NULL};
  return gn_walk_run(ctx, call, &walk);
}

static int map_filter(gn_ctx *ctx, gn_call *call) {
  static const gn_walk walk = {1, GN_PASS_ELEMENT, begin_map, take_if, NULL};
  return gn_walk_run(ctx, call, &walk);
}

static int take_found(gn_ctx *ctx, gn_call *call, gn_value answer) {
  if (!gn_truthy(answer))
    return GN_OK;
  gn_array *pair =
      gn_array_from(gn_ctx_heap(ctx), &call->locals[GN_WALK_KEY], 2);
  call->result = gn_from_obj(pair);
  return pair ? GN_WALK_STOP : gn_oom(ctx);
}

static int map_find(gn_ctx *ctx, gn_call *call) {
  static const gn_walk walk = {1, GN_PASS_ELEMENT, NULL, take_found, NULL};
  return gn_walk_run(ctx, call, &walk);
}

static int map_count(gn_ctx *ctx, gn_call *call) {
  return call->argc > 1 ? gn_walk_count(ctx, call)
                        : gn_dict_size_method(ctx, call);
}

const gn_native_def gn_map_rows[] = {
    GN_METHOD("get", map_get, 1, 2, 0, "(m .get k [default])",
              "Value of a present key, else the default or nil."),
    GN_METHOD("set", map_set, 2, 2, 0, "(m .set k v)",
              "Stores v under k; gives the map."),
    GN_METHOD("has", map_has, 1, 1, 0, "(m .has k)", "Whether k is present."),
    GN_METHOD("contains", map_has, 1, 1, 0, "(m .contains k)",
              "Whether k is present."),
    GN_METHOD("has_key?", map_has, 1, 1, 0, "(m .has_key? k)",
              "Whether k is present."),
    GN_METHOD("del", map_del, 1, -1, 0, "(m .del k...)",
              "Removes keys; gives the last one's value or nil."),
    GN_METHOD("delete", map_del, 1, -1, 0, "(m .delete k...)",
              "Removes keys; gives the last one's value or nil."),
    GN_METHOD("merge", map_merge, 1, 1, 1, "(m .merge other)",
              "Copies the entries of other into m; gives m."),
    GN_DICT_ROWS("m"),
    GN_METHOD("entries", gn_dict_pairs_method, 0, 0, GN_LIST_LOCALS,
              "(m .entries)", "Array of [key value]."),
    GN_METHOD("to_array", gn_dict_pairs_method, 0, 0, GN_LIST_LOCALS,
              "(m .to_array)", "Array of [key value]."),
    GN_IMMUTABLE_ROW,
    GN_ITER_ROW,
    GN_ROWS_END};

const gn_native_def gn_map_call_rows[] = {
    GN_METHOD("each", gn_walk_each, 1, 1, GN_WALK_LOCALS, "(m .each f)",
              "Calls f with each key and value; gives the map."),
    GN_METHOD("map", map_map, 1, 1, GN_WALK_LOCALS, "(m .map f)",
              "New map of the same keys with values f(key value)."),
    GN_METHOD("map_values", map_map_values, 1, 1, GN_WALK_LOCALS,
              "(m .map_values f)",
              "New map of the same keys, values f(value)."),
    GN_METHOD("filter", map_filter, 1, 1, GN_WALK_LOCALS, "(m .filter f)",
              "New map of the pairs with truthy f(key value)."),
    GN_METHOD("reduce", gn_walk_reduce, 2, 2, GN_WALK_LOCALS,
              "(m .reduce init f)", "Folds by f(acc key value)."),
    GN_METHOD("find", map_find, 1, 1, GN_WALK_LOCALS, "(m .find f)",
              "[key value] of the first pair with truthy f, else nil."),
    GN_METHOD("any?", gn_walk_any, 1, 1, GN_WALK_LOCALS, "(m .any? f)",
              "Whether f(key value) is truthy for a pair."),
    GN_METHOD("all?", gn_walk_all, 1, 1, GN_WALK_LOCALS, "(m .all? f)",
              "Whether f(key value) is truthy for all pairs."),
    GN_METHOD("count", map_count, 0, 1, GN_WALK_LOCALS, "(m .count [f])",
              "Number of pairs, or of those with truthy f(key value)."),
    GN_ROWS_END};
