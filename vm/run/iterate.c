/*
 * iterate.c - `for`: what its three state registers hold, one step of it, and
 * spreads. state[0] is what is walked, [1] the place in an array or a range,
 * [2] the number of variables (1 or 2); items come to [3] and [4].
 */
#include "run/internal_natives.h"
#include "run/interp_parts.h"
#include "run/native_args.h"
#include "types/iterable.h"
#include "types/iterator.h"
#include "types/range.h"

int gn_iter_start(gn_ctx *ctx, gn_value over, uint32_t vars, gn_value *state) {
  state[2] = gn_from_fix(vars);
  state[1] = gn_from_fix(0);
  if (gn_is_array(over) || gn_is_range(over) || gn_is(over, GN_T_ITERATOR) ||
      gn_is(over, GN_T_GENERATOR)) {
    state[0] = over;
    return GN_OK;
  }
  if (gn_is_long_dict(over))
    return GN_CALL;
  if (gn_iterable(over)) {
    gn_value it = gn_iterator_new(&ctx->heap, over);
    if (it == GN_NONE)
      return gn_oom(ctx);
    if (gn_is_ptr(over))
      gn_charge(ctx, gn_as_obj(it)->size);
    state[0] = it;
    return GN_OK;
  }
  if (gn_is(over, GN_T_INSTANCE)) {
    state[0] = over;
    if (gn_find_method(ctx, over, "iter") != GN_NONE)
      return GN_CALL;
    if (gn_find_method(ctx, over, "next") != GN_NONE &&
        gn_find_method(ctx, over, "has_next") != GN_NONE)
      return GN_OK;
  }
  return gn_throw(ctx, GN_X_TYPE, NULL, "Cannot iterate over %s",
                  gn_type_cstr(ctx, over));
}

/* Hands out the item at the place state[1], which moves on. */
static int give(gn_value *state, gn_value item) {
  bool pair = state[2] == gn_from_fix(2);
  if (pair)
    state[3] = state[1];
  state[pair ? 4 : 3] = item;
  state[1] = gn_from_fix(gn_fix(state[1]) + 1);
  return 1;
}

static int array_step(gn_value *state) {
  const gn_array *a = gn_arr(state[0]);
  int64_t at = gn_fix(state[1]);
  return at < a->len ? give(state, a->items[at]) : 0;
}

static int range_step(gn_ctx *ctx, gn_value *state) {
  const gn_range *r = (const gn_range *)gn_as_obj(state[0]);
  int64_t n;
  if (!gn_range_at(r, (uint64_t)gn_fix(state[1]), &n))
    return 0;
  gn_value item = gn_int_new(&ctx->heap, n);
  return item == GN_NONE ? gn_oom(ctx) : give(state, item);
}

int gn_iter_next(gn_ctx *ctx, gn_value *state) {
  if (gn_is_array(state[0]))
    return array_step(state);
  if (gn_is_range(state[0]))
    return range_step(ctx, state);
  if (!gn_is(state[0], GN_T_ITERATOR))
    return 2;
  gn_iterator *it = (gn_iterator *)(void *)gn_as_obj(state[0]);
  bool pair = state[2] == gn_from_fix(2);
  gn_value key = GN_NIL, item;
  int st = gn_iterator_next(&ctx->heap, it, pair ? &key : NULL, &item);
  if (st < 0)
    return gn_oom(ctx);
  if (st == 0)
    return 0;
  if (pair)
    state[3] = key;
  state[pair ? 4 : 3] = item;
  return 1;
}

int gn_iter_take(gn_ctx *ctx, gn_value *state) {
  gn_value item = state[3];
  if (item == GN_UNSET)
    return 0;
  if (state[2] != gn_from_fix(2))
    return 1;
  if (!gn_is_array(item) || gn_arr(item)->len != 2)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL,
                    "for with two variables needs pairs, got %s",
                    gn_type_cstr(ctx, item));
  state[3] = gn_arr(item)->items[0];
  state[4] = gn_arr(item)->items[1];
  return 1;
}

/* The long dict that is to be walked, behind the locals of its copying. */
enum { ITER_GIVEN = GN_DICT_COPY_LOCALS, ITER_LOCALS };

/* The iterator of an object with .iter, or of a long dict. An object may give
 * one of that kind again: bounded, for the sake of those that give
 * themselves. */
static int iter_of(gn_ctx *ctx, gn_call *call) {
  gn_value *given = &call->locals[ITER_GIVEN];
  gn_value over = call->state == 0 ? call->argv[0] : call->result;
  gn_value state[5];
  if (*given == GN_NIL && gn_is_long_dict(over))
    *given = over;
  if (*given != GN_NIL)
    return gn_iter_run(ctx, call, gn_copying_in(call, 0), *given);
  if (call->state > 8)
    return gn_throw(ctx, GN_X_TYPE, NULL, "iter of %s gives no iterator",
                    gn_type_cstr(ctx, call->argv[0]));
  if (call->state > 0 && gn_is(over, GN_T_INSTANCE) &&
      gn_find_method(ctx, over, "next") != GN_NONE) {
    call->result = over;
    return GN_OK;
  }
  int st = gn_iter_start(ctx, over, 1, state);
  if (st == GN_OK)
    call->result = state[0];
  if (st != GN_CALL)
    return st;
  call->state++;
  return gn_call_method(ctx, call, over, "iter", NULL, 0);
}
const gn_native_def gn_def_iter = {
    .name = "iter", .fn = iter_of, .min = 1, .max = 1, .locals = ITER_LOCALS};

/* iterator object, number of variables: the next item, or GN_UNSET. What an
 * `iter` gave may have no has_next: then not_found is its end. */
static int next_of(gn_ctx *ctx, gn_call *call) {
  gn_value it = call->argv[0];
  bool pair = call->argv[1] == gn_from_fix(2) &&
              gn_find_method(ctx, it, "next_pair") != GN_NONE;
  if (call->state == 0) {
    call->state = 1;
    if (gn_find_method(ctx, it, "has_next") != GN_NONE)
      return gn_call_method(ctx, call, it, "has_next", NULL, 0);
    call->result = GN_TRUE;
  }
  switch (call->state) {
  case 1:
    if (!gn_truthy(call->result)) {
      call->result = GN_UNSET;
      return GN_OK;
    }
    call->state = 2;
    return gn_call_method(ctx, call, it, pair ? "next_pair" : "next", NULL, 0);
  default:
    if (call->result == GN_NOT_FOUND)
      call->result = GN_UNSET;
    return GN_OK;
  }
}
const gn_native_def gn_def_next = {
    .name = "next", .fn = next_of, .min = 2, .max = 2};

/* ---- spreads ---- */

#define SPREAD_STEP 1024u /* elements between two looks at the slice */
#define SPLICE_STEP 128u

static bool add_to(gn_ctx *ctx, gn_value into, gn_value v) {
  return gn_is_array(into) ? gn_array_push(&ctx->heap, gn_arr(into), v)
                           : gn_gene_add(&ctx->heap, gn_gen(into), v);
}

/* Element i of an Array or Range; GN_UNSET past the end, GN_NONE: no memory. */
static gn_value element(gn_ctx *ctx, gn_value from, uint64_t i) {
  if (gn_is_array(from))
    return i < gn_arr(from)->len ? gn_arr(from)->items[i] : GN_UNSET;
  int64_t n;
  if (!gn_range_at((const gn_range *)gn_as_obj(from), i, &n))
    return GN_UNSET;
  return gn_int_new(&ctx->heap, n);
}

/* Adds up to `most` elements from *at on. GN_OK at the end, GN_YIELD when
 * there are more, GN_THROW; *at is kept, so it can be called again. */
static int spread_some(gn_ctx *ctx, gn_value into, gn_value from, uint64_t *at,
                       uint32_t most) {
  for (; most > 0; most--) {
    gn_value v = element(ctx, from, *at);
    if (v == GN_UNSET)
      return GN_OK;
    if (v == GN_NONE || !add_to(ctx, into, v))
      return gn_oom(ctx);
    ++*at;
    gn_charge(ctx, 1);
  }
  return GN_YIELD;
}

bool gn_spread_is_small(gn_value from) {
  return gn_is_array(from) && gn_arr(from)->len <= SPREAD_STEP;
}

int gn_spread(gn_ctx *ctx, gn_value into, gn_value from) {
  if (!gn_is_array(from) && !gn_is_range(from))
    return gn_throw(ctx, GN_X_TYPE, NULL, "Cannot spread %s",
                    gn_type_cstr(ctx, from));
  uint64_t at = 0;
  int st;
  while ((st = spread_some(ctx, into, from, &at, SPREAD_STEP)) == GN_YIELD)
    ;
  return st == GN_THROW && ctx->thrown == GN_NONE
             ? gn_throw_kill(ctx, GN_KILL_MEMORY)
             : st;
}

/* into, from: a spread that may take many slices. */
static int spread(gn_ctx *ctx, gn_call *call) {
  gn_value from = call->argv[1];
  if (!gn_is_array(from) && !gn_is_range(from))
    return gn_spread(ctx, call->argv[0], from);
  uint64_t at =
      call->locals[0] == GN_NIL ? 0 : (uint64_t)gn_fix(call->locals[0]);
  int st;
  do {
    st = spread_some(ctx, call->argv[0], from, &at, SPREAD_STEP);
    call->locals[0] = gn_from_fix((int64_t)at);
  } while (st == GN_YIELD && !gn_slice_over(ctx));
  call->result = call->argv[0];
  return st;
}
const gn_native_def gn_def_spread = {
    .name = "spread", .fn = spread, .min = 2, .max = 2, .locals = 1};

int gn_splice(gn_ctx *ctx, gn_dict *into, gn_value from) {
  if (!gn_is(from, GN_T_MAP))
    return gn_throw(ctx, GN_X_TYPE, NULL, "^... expects a Map, got %s",
                    gn_type_cstr(ctx, from));
  uint32_t at = 0;
  for (gn_entry *e; (e = gn_dict_next((gn_dict *)gn_as_obj(from), &at));) {
    gn_charge(ctx, 1);
    if (!gn_map_set(&ctx->heap, into, e->key, e->value))
      return gn_oom(ctx);
  }
  return GN_OK;
}

/* into (a Map, or a Gene with properties), a long Map: gn_splice in slices. */
static int splice(gn_ctx *ctx, gn_call *call) {
  gn_value into = call->argv[0];
  gn_dict *dict =
      gn_is(into, GN_T_GENE) ? gn_gen(into)->props : (gn_dict *)gn_as_obj(into);
  gn_value *at = &call->locals[0];
  call->result = into;
  return gn_splice_run(ctx, call, at, dict,
                       (const gn_dict *)gn_as_obj(call->argv[1]));
}
const gn_native_def gn_def_splice = {
    .name = "splice", .fn = splice, .min = 2, .max = 2, .locals = 1};

int gn_splice_run(gn_ctx *ctx, gn_call *call, gn_value *place, gn_dict *into,
                  const gn_dict *from) {
  uint32_t at = *place == GN_NIL ? 0 : (uint32_t)gn_fix(*place);
  for (uint32_t steps = 1;; steps++) {
    const gn_entry *e = gn_dict_next(from, &at);
    if (e == NULL)
      return GN_OK;
    if (!gn_map_set(&ctx->heap, into, e->key, e->value))
      return gn_oom(ctx);
    *place = gn_from_fix(at);
    gn_charge(ctx, 2);
    if (steps % SPLICE_STEP == 0 && gn_slice_over(ctx))
      return gn_pause(call, 1);
  }
}

/* Source nests 512 levels at most, and only literals come here. */
static int merge(gn_ctx *ctx, gn_dict *into, const gn_dict *from) {
  uint32_t at = 0;
  for (gn_entry *e; (e = gn_dict_next(from, &at));) {
    gn_value old = gn_map_get(into, e->key);
    if (old != GN_NONE && gn_is(old, GN_T_MAP) && gn_is(e->value, GN_T_MAP)) {
      int st =
          merge(ctx, (gn_dict *)gn_as_obj(old), (gn_dict *)gn_as_obj(e->value));
      if (st != GN_OK)
        return st;
    } else if (!gn_map_set(&ctx->heap, into, e->key, e->value)) {
      return gn_oom(ctx);
    }
  }
  return GN_OK;
}

int gn_merge_deep(gn_ctx *ctx, gn_value *into, gn_value from) {
  if (!gn_is(*into, GN_T_MAP) || !gn_is(from, GN_T_MAP)) {
    *into = from;
    return GN_OK;
  }
  return merge(ctx, (gn_dict *)gn_as_obj(*into), (gn_dict *)gn_as_obj(from));
}
