/*
 * hashmap.c - methods of HashMap and HashSet. Whatever looks a key up may run
 * the hash and == methods of user classes in between; types/hash.c does that.
 */
#include "lib/tables.h"
#include "run/walk.h"
#include "types/hash.h"
#include "types/iterable.h"
#include "types/map_methods.h"

enum { HASH_MACHINE, HASH_AT, HASH_OUT, HASH_SOURCE, HASH_LOCALS };

/* What works with two collections copies one or both. */
enum {
  PAIR_PLACE = HASH_LOCALS, /* of HASH_SOURCE */
  PAIR_COPIED,
  UNION_PLACE, /* of HASH_OUT */
  UNION_COPIED,
  PAIR_LOCALS
};

static gn_dict *self_of(const gn_call *call) {
  return (gn_dict *)gn_as_obj(call->argv[0]);
}

static void begin(gn_call *call) {
  if (call->state != 0)
    return;
  call->locals[HASH_MACHINE] = GN_NIL;
  call->locals[HASH_AT] = gn_from_fix(1);
  call->locals[HASH_OUT] = GN_NIL;
}

/* Looks up argv[i]. */
static int look(gn_ctx *ctx, gn_call *call, uint32_t i, gn_entry **e) {
  uint32_t hash;
  return gn_lookup_run(ctx, call, &call->locals[HASH_MACHINE], self_of(call),
                       call->argv[i], &hash, e);
}

/* ---- one key ---- */

static int hashmap_get(gn_ctx *ctx, gn_call *call) {
  gn_entry *e;
  begin(call);
  int status = look(ctx, call, 1, &e);
  if (status != GN_OK)
    return status;
  return gn_return(call, e ? e->value : gn_arg_or(call, 2, GN_NIL));
}

static int hash_has(gn_ctx *ctx, gn_call *call) {
  gn_entry *e;
  begin(call);
  int status = look(ctx, call, 1, &e);
  return status == GN_OK ? gn_return_bool(call, e != NULL) : status;
}

static int hashmap_set(gn_ctx *ctx, gn_call *call) {
  begin(call);
  if (gn_check_mutable(ctx, call->argv[0], "set item on") != GN_OK)
    return GN_THROW;
  int status = gn_hash_store(ctx, call, &call->locals[HASH_MACHINE],
                             self_of(call), call->argv[1], call->argv[2]);
  return status == GN_OK ? gn_return(call, call->argv[0]) : status;
}

/* .del k...; of a set the removed member itself. */
static int hash_del(gn_ctx *ctx, gn_call *call) {
  gn_value *local = call->locals;
  begin(call);
  if (gn_check_mutable(ctx, call->argv[0], "delete from") != GN_OK)
    return GN_THROW;
  for (uint32_t i = (uint32_t)gn_fix(local[HASH_AT]); i < call->argc; i++) {
    gn_entry *e;
    local[HASH_AT] = gn_from_fix(i);
    int status = look(ctx, call, i, &e);
    if (status != GN_OK)
      return status;
    if (!e)
      continue;
    local[HASH_OUT] = self_of(call)->h.type == GN_T_HASHSET ? e->key : e->value;
    gn_dict_remove(self_of(call), e);
  }
  return gn_return(call, local[HASH_OUT]);
}

/* ---- construction ---- */

/* Stores argv[from..] as keys, `stride` arguments each, in the dict at
 * HASH_OUT. */
static int store_args(gn_ctx *ctx, gn_call *call, gn_dict *dict,
                      uint32_t stride) {
  gn_value *local = call->locals;
  for (uint32_t i = (uint32_t)gn_fix(local[HASH_AT]); i < call->argc;
       i += stride) {
    local[HASH_AT] = gn_from_fix(i);
    gn_value value = stride == 2 ? call->argv[i + 1] : GN_NIL;
    int status = gn_hash_store(ctx, call, &local[HASH_MACHINE], dict,
                               call->argv[i], value);
    if (status != GN_OK)
      return status;
  }
  return gn_return_obj(ctx, call, dict);
}

static int make(gn_ctx *ctx, gn_call *call, enum gn_type type,
                uint32_t stride) {
  if (call->state == 0) {
    begin(call);
    gn_dict *dict = gn_dict_new(gn_ctx_heap(ctx), type, 0);
    if (!dict)
      return gn_oom(ctx);
    call->locals[HASH_OUT] = gn_from_obj(dict);
  }
  return store_args(ctx, call, (gn_dict *)gn_as_obj(call->locals[HASH_OUT]),
                    stride);
}

static int hashmap_ctor(gn_ctx *ctx, gn_call *call) {
  if (call->argc % 2 == 0) /* self is the class */
    return gn_throw(ctx, GN_X_ARGUMENT, NULL,
                    "HashMap literals expect alternating key/value entries");
  return make(ctx, call, GN_T_HASHMAP, 2);
}

static int hashset_ctor(gn_ctx *ctx, gn_call *call) {
  return make(ctx, call, GN_T_HASHSET, 1);
}

static int hashset_add(gn_ctx *ctx, gn_call *call) {
  begin(call);
  if (gn_check_mutable(ctx, call->argv[0], "add to") != GN_OK)
    return GN_THROW;
  return store_args(ctx, call, self_of(call), 1);
}

/* ---- two collections ---- */

/* Runs over a snapshot of HASH_SOURCE: the next entry, or NULL. */
static const gn_entry *next_source(gn_call *call, uint32_t *at) {
  const gn_dict *source = (gn_dict *)gn_as_obj(call->locals[HASH_SOURCE]);
  *at = (uint32_t)gn_fix(call->locals[HASH_AT]);
  return gn_dict_next(source, at);
}

/* At every entry: GN_OK once the snapshot of v is there. */
static int set_source(gn_ctx *ctx, gn_call *call, gn_value v) {
  gn_value *local = call->locals;
  gn_dict_copying copying = {&local[HASH_SOURCE], &local[PAIR_PLACE],
                             &local[PAIR_COPIED]};
  if (local[HASH_AT] == GN_NIL)
    local[HASH_AT] = gn_from_fix(0);
  return gn_copy_dict(ctx, call, copying, (gn_dict *)gn_as_obj(v), false);
}

static bool pause_at(gn_ctx *ctx, gn_call *call, uint32_t at) {
  call->locals[HASH_AT] = gn_from_fix(at);
  if ((at & 127) != 0 || !gn_slice_over(ctx))
    return false;
  gn_pause(call, 1);
  return true;
}

/* Stores every entry of HASH_SOURCE in `into`; the result is `into`. */
static int store_source(gn_ctx *ctx, gn_call *call, gn_dict *into) {
  const gn_entry *e;
  uint32_t at;
  while ((e = next_source(call, &at)) != NULL) {
    int status = gn_hash_store(ctx, call, &call->locals[HASH_MACHINE], into,
                               e->key, e->value);
    if (status != GN_OK)
      return status;
    if (pause_at(ctx, call, at))
      return GN_YIELD;
  }
  return gn_return_obj(ctx, call, into);
}

static int hashmap_merge(gn_ctx *ctx, gn_call *call) {
  if (!gn_is(call->argv[1], GN_T_HASHMAP))
    return gn_throw_expects(ctx, call, "a HashMap", call->argv[1]);
  if (gn_check_mutable(ctx, call->argv[0], "merge into") != GN_OK)
    return GN_THROW;
  int status = set_source(ctx, call, call->argv[1]);
  return status == GN_OK ? store_source(ctx, call, self_of(call)) : status;
}

static bool set_arg(gn_ctx *ctx, const gn_call *call) {
  if (gn_is(call->argv[1], GN_T_HASHSET))
    return true;
  gn_throw(ctx, GN_X_TYPE, NULL, "HashSet.%s expects a HashSet argument",
           call->def->name);
  return false;
}

static int set_union(gn_ctx *ctx, gn_call *call) {
  if (!set_arg(ctx, call))
    return GN_THROW;
  gn_value *local = call->locals;
  gn_dict_copying copying = {&local[HASH_OUT], &local[UNION_PLACE],
                             &local[UNION_COPIED]};
  int status = gn_copy_dict(ctx, call, copying, self_of(call), true);
  if (status == GN_OK)
    status = set_source(ctx, call, call->argv[1]);
  if (status != GN_OK)
    return status;
  return store_source(ctx, call, (gn_dict *)gn_as_obj(local[HASH_OUT]));
}

/* Members of HASH_SOURCE that are (`keep`) or are not in `other`, into
 * HASH_OUT. With HASH_OUT nil it only tells: GN_FALSE at the first member that
 * does not qualify. */
static int sift(gn_ctx *ctx, gn_call *call, gn_value other, bool keep) {
  gn_value *local = call->locals;
  const gn_entry *e;
  uint32_t at, hash;
  while ((e = next_source(call, &at)) != NULL) {
    gn_entry *found;
    int status =
        gn_lookup_run(ctx, call, &local[HASH_MACHINE],
                      (gn_dict *)gn_as_obj(other), e->key, &hash, &found);
    if (status != GN_OK)
      return status;
    bool fits = (found != NULL) == keep;
    if (local[HASH_OUT] == GN_NIL && !fits)
      return gn_return_bool(call, false);
    if (local[HASH_OUT] != GN_NIL && fits &&
        !gn_dict_append(gn_ctx_heap(ctx), (gn_dict *)gn_as_obj(local[HASH_OUT]),
                        e->key, GN_NIL, hash))
      return gn_oom(ctx);
    if (pause_at(ctx, call, at))
      return GN_YIELD;
  }
  return gn_return(call, local[HASH_OUT] == GN_NIL ? GN_TRUE : local[HASH_OUT]);
}

static int set_sift(gn_ctx *ctx, gn_call *call, bool keep) {
  if (!set_arg(ctx, call))
    return GN_THROW;
  int status = set_source(ctx, call, call->argv[0]);
  if (status != GN_OK)
    return status;
  if (call->locals[HASH_OUT] == GN_NIL) {
    gn_dict *out = gn_dict_new(gn_ctx_heap(ctx), GN_T_HASHSET, 0);
    if (!out)
      return gn_oom(ctx);
    call->locals[HASH_OUT] = gn_from_obj(out);
  }
  return sift(ctx, call, call->argv[1], keep);
}

static int set_intersect(gn_ctx *ctx, gn_call *call) {
  return set_sift(ctx, call, true);
}

static int set_diff(gn_ctx *ctx, gn_call *call) {
  return set_sift(ctx, call, false);
}

/* Whether all members of argv[part] are in argv[1 - part]. */
static int set_within(gn_ctx *ctx, gn_call *call, uint32_t part) {
  if (!set_arg(ctx, call))
    return GN_THROW;
  int status = set_source(ctx, call, call->argv[part]);
  if (status != GN_OK)
    return status;
  return sift(ctx, call, call->argv[1 - part], true);
}

static int set_subset(gn_ctx *ctx, gn_call *call) {
  return set_within(ctx, call, 0);
}

static int set_superset(gn_ctx *ctx, gn_call *call) {
  return set_within(ctx, call, 1);
}

/* ---- with a function ---- */

/* A new dict of the receiver's type. */
static int begin_same(gn_ctx *ctx, gn_call *call) {
  gn_dict *out = gn_dict_new(gn_ctx_heap(ctx), self_of(call)->h.type, 0);
  call->locals[GN_WALK_OUT] = gn_from_obj(out);
  return out ? GN_OK : gn_oom(ctx);
}

/* The keys are those of the receiver, so their hashes are known and no two
 * are equal. */
static int put(gn_ctx *ctx, gn_call *call, gn_value value) {
  const gn_dict *source = (gn_dict *)gn_as_obj(call->locals[GN_WALK_SOURCE]);
  gn_dict *out = (gn_dict *)gn_as_obj(call->locals[GN_WALK_OUT]);
  uint32_t at = (uint32_t)gn_fix(call->locals[GN_WALK_AT]);
  assert(at > 0 && at <= source->used);
  uint32_t hash = (uint32_t)source->entries[at - 1].hash;
  bool ok = gn_dict_append(gn_ctx_heap(ctx), out, call->locals[GN_WALK_KEY],
                           value, hash);
  return ok ? GN_OK : gn_oom(ctx);
}

static int take_if(gn_ctx *ctx, gn_call *call, gn_value answer) {
  if (!gn_truthy(answer))
    return GN_OK;
  bool set = self_of(call)->h.type == GN_T_HASHSET;
  return put(ctx, call, set ? GN_NIL : call->locals[GN_WALK_ITEM]);
}

static int hashmap_map(gn_ctx *ctx, gn_call *call) {
  static const gn_walk walk = {1, GN_PASS_ELEMENT, begin_same, put, NULL};
  return gn_walk_run(ctx, call, &walk);
}

static int hash_filter(gn_ctx *ctx, gn_call *call) {
  static const gn_walk walk = {1, GN_PASS_ELEMENT, begin_same, take_if, NULL};
  return gn_walk_run(ctx, call, &walk);
}

#define HASH_COMMON_ROWS(h)                                               \
  GN_METHOD("has", hash_has, 1, 1, HASH_LOCALS, "(" h " .has v)",         \
            "Whether v is in it."),                                       \
      GN_METHOD("contains", hash_has, 1, 1, HASH_LOCALS,                  \
                "(" h " .contains v)", "Whether v is in it."),            \
      GN_METHOD("del", hash_del, 1, -1, HASH_LOCALS, "(" h " .del v...)", \
                "Takes these out; gives the last one removed or nil."),   \
      GN_METHOD("delete", hash_del, 1, -1, HASH_LOCALS,                   \
                "(" h " .delete v...)",                                   \
                "Takes these out; gives the last one removed or nil.")

const gn_native_def gn_hashmap_rows[] = {
    GN_METHOD("ctor", hashmap_ctor, 0, -1, HASH_LOCALS, "(new HashMap k v ...)",
              "HashMap of keys and values in turn."),
    GN_METHOD("get", hashmap_get, 1, 2, HASH_LOCALS, "(h .get k [default])",
              "Value of a present key, else the default or nil."),
    GN_METHOD("set", hashmap_set, 2, 2, HASH_LOCALS, "(h .set k v)",
              "Stores v under k; gives the hash map."),
    GN_METHOD("merge", hashmap_merge, 1, 1, PAIR_LOCALS, "(h .merge other)",
              "Copies the entries of other into h; gives h."),
    HASH_COMMON_ROWS("h"),
    GN_DICT_ROWS("h"),
    GN_IMMUTABLE_ROW,
    GN_ITER_ROW,
    GN_ROWS_END};

const gn_native_def gn_hashmap_call_rows[] = {
    GN_METHOD("each", gn_walk_each, 1, 1, GN_WALK_LOCALS, "(h .each f)",
              "Calls f with each key and value; gives the hash map."),
    GN_METHOD("map", hashmap_map, 1, 1, GN_WALK_LOCALS, "(h .map f)",
              "New HashMap of the same keys with values f(key value)."),
    GN_METHOD("filter", hash_filter, 1, 1, GN_WALK_LOCALS, "(h .filter f)",
              "New HashMap of the pairs with truthy f(key value)."),
    GN_METHOD("reduce", gn_walk_reduce, 2, 2, GN_WALK_LOCALS,
              "(h .reduce init f)", "Folds by f(acc key value)."),
    GN_ROWS_END};

const gn_native_def gn_hashset_rows[] = {
    GN_METHOD("ctor", hashset_ctor, 0, -1, HASH_LOCALS, "(new HashSet v ...)",
              "HashSet of these members."),
    GN_METHOD("add", hashset_add, 1, -1, HASH_LOCALS, "(s .add v...)",
              "Adds members; gives the set."),
    HASH_COMMON_ROWS("s"),
    GN_DICT_SIZE_ROWS("s"),
    GN_METHOD("to_array", gn_dict_keys_method, 0, 0, GN_LIST_LOCALS,
              "(s .to_array)", "Array of the members."),
    GN_METHOD("union", set_union, 1, 1, PAIR_LOCALS, "(s .union t)",
              "New set of the members of either."),
    GN_METHOD("intersect", set_intersect, 1, 1, PAIR_LOCALS, "(s .intersect t)",
              "New set of the members of both."),
    GN_METHOD("diff", set_diff, 1, 1, PAIR_LOCALS, "(s .diff t)",
              "New set of the members that t has not."),
    GN_METHOD("subset?", set_subset, 1, 1, PAIR_LOCALS, "(s .subset? t)",
              "Whether t has all members of s."),
    GN_METHOD("superset?", set_superset, 1, 1, PAIR_LOCALS, "(s .superset? t)",
              "Whether s has all members of t."),
    GN_METHOD("each", gn_walk_each, 1, 1, GN_WALK_LOCALS, "(s .each f)",
              "Calls f with each member; gives the set."),
    GN_METHOD("map", gn_walk_map_array, 1, 1, GN_WALK_LOCALS, "(s .map f)",
              "Array of f(member)."),
    GN_METHOD("filter", hash_filter, 1, 1, GN_WALK_LOCALS, "(s .filter f)",
              "New set of the members with truthy f(member)."),
    GN_IMMUTABLE_ROW,
    GN_ITER_ROW,
    GN_ROWS_END};
