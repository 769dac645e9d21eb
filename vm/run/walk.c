/*
 * walk.c - the loop under methods with a callback. It makes no copy of an
 * array: elements appended by the callback are visited, as for `for`.
 */
#include "run/walk.h"

#include "types/dict_copy.h"
#include "types/range.h"

enum walk_state { WALK_START, WALK_CALLED, WALK_ENDING, WALK_COPYING };

static bool is_dict(gn_value v) {
  return gn_is(v, GN_T_MAP) || gn_is(v, GN_T_HASHMAP) || gn_is(v, GN_T_HASHSET);
}

/* The snapshot of a dict; KEY and ITEM are not in use yet. */
static int copy_source(gn_ctx *ctx, gn_call *call) {
  gn_value *local = call->locals;
  gn_dict_copying copying = {&local[GN_WALK_SOURCE], &local[GN_WALK_KEY],
                             &local[GN_WALK_ITEM]};
  call->state = WALK_COPYING;
  return gn_copy_dict(ctx, call, copying, (gn_dict *)gn_as_obj(call->argv[0]),
                      false);
}

static int start(gn_ctx *ctx, gn_call *call, const gn_walk *walk) {
  if (!gn_arg_callable(ctx, call, walk->callback))
    return GN_THROW;
  gn_value self = call->argv[0], *local = call->locals;
  local[GN_WALK_OUT] = GN_NIL;
  local[GN_WALK_AT] = gn_from_fix(0);
  if (walk->begin) {
    int status = walk->begin(ctx, call);
    if (status != GN_OK)
      return status;
  }
  if (is_dict(self)) {
    local[GN_WALK_SOURCE] = local[GN_WALK_ITEM] = GN_NIL;
    return copy_source(ctx, call);
  }
  if (!gn_is_int(self)) /* else `begin` has set it */
    local[GN_WALK_SOURCE] = self;
  return GN_OK;
}

/* ---- the next element: GN_OK with KEY and ITEM, or GN_WALK_STOP ---- */

static int next_item(gn_call *call) {
  gn_value *local = call->locals;
  const gn_array *a = gn_arr(local[GN_WALK_SOURCE]);
  uint32_t at = (uint32_t)gn_fix(local[GN_WALK_AT]);
  if (at >= a->len)
    return GN_WALK_STOP;
  local[GN_WALK_KEY] = local[GN_WALK_AT];
  local[GN_WALK_ITEM] = a->items[at];
  local[GN_WALK_AT] = gn_from_fix(at + 1);
  return GN_OK;
}

static int next_number(gn_ctx *ctx, gn_call *call) {
  gn_value *local = call->locals;
  const gn_range *r = (gn_range *)gn_as_obj(local[GN_WALK_SOURCE]);
  int64_t at = gn_fix(local[GN_WALK_AT]), i;
  if (!gn_range_at(r, (uint64_t)at, &i))
    return GN_WALK_STOP;
  gn_value v = gn_int_new(gn_ctx_heap(ctx), i);
  if (v == GN_NONE)
    return gn_oom(ctx);
  local[GN_WALK_KEY] = local[GN_WALK_AT];
  local[GN_WALK_ITEM] = v;
  local[GN_WALK_AT] = gn_from_fix(at + 1);
  return GN_OK;
}

static int next_entry(gn_ctx *ctx, gn_call *call) {
  gn_value *local = call->locals;
  const gn_dict *dict = (gn_dict *)gn_as_obj(local[GN_WALK_SOURCE]);
  uint32_t at = (uint32_t)gn_fix(local[GN_WALK_AT]);
  const gn_entry *e = gn_dict_next(dict, &at);
  if (!e)
    return GN_WALK_STOP;
  gn_value key = e->key;
  if (dict->h.type == GN_T_MAP)
    key = gn_string_of(gn_ctx_heap(ctx), key);
  if (key == GN_NONE)
    return gn_oom(ctx);
  local[GN_WALK_KEY] = key;
  local[GN_WALK_ITEM] = dict->h.type == GN_T_HASHSET ? key : e->value;
  local[GN_WALK_AT] = gn_from_fix(at);
  return GN_OK;
}

static int next(gn_ctx *ctx, gn_call *call) {
  switch (gn_as_obj(call->locals[GN_WALK_SOURCE])->type) {
  case GN_T_ARRAY: return next_item(call);
  case GN_T_RANGE: return next_number(ctx, call);
  default: return next_entry(ctx, call);
  }
}

static int ask(gn_call *call, const gn_walk *walk) {
  const gn_value *local = call->locals;
  uint32_t n = 0;
  uint8_t type = gn_as_obj(local[GN_WALK_SOURCE])->type;
  bool pair =
      (type == GN_T_MAP || type == GN_T_HASHMAP) && walk->pass != GN_PASS_VALUE;
  if (walk->pass == GN_PASS_ACC)
    call->args[n++] = local[GN_WALK_OUT];
  if (pair)
    call->args[n++] = local[GN_WALK_KEY];
  call->args[n++] = local[GN_WALK_ITEM];
  if (walk->pass == GN_PASS_INDEX)
    call->args[n++] = local[GN_WALK_KEY];
  call->callee = call->argv[walk->callback];
  call->nargs = n;
  call->arg_array = NULL;
  call->state = WALK_CALLED;
  return GN_CALL;
}

static int finish(gn_ctx *ctx, gn_call *call, const gn_walk *walk) {
  call->state = WALK_ENDING;
  return walk->end ? walk->end(ctx, call)
                   : gn_return(call, call->locals[GN_WALK_OUT]);
}

int gn_walk_run(gn_ctx *ctx, gn_call *call, const gn_walk *walk) {
  int status = GN_OK;
  gn_value *in_hand = &call->locals[GN_WALK_ITEM];
  bool answered = call->state == WALK_CALLED && *in_hand != GN_UNSET;
  if (call->state == WALK_START)
    status = start(ctx, call, walk);
  else if (call->state == WALK_COPYING)
    status = copy_source(ctx, call);
  else if (call->state == WALK_ENDING)
    return finish(ctx, call, walk);
  else if (answered && walk->take)
    status = walk->take(ctx, call, call->result);
  if (status != GN_OK)
    return status == GN_WALK_STOP ? GN_OK : status;
  /* Should memory or the slice run out, the answer is not taken twice. */
  *in_hand = GN_UNSET;
  gn_charge(ctx, 1);
  if (answered && gn_slice_over(ctx))
    return gn_pause(call, WALK_CALLED);
  status = next(ctx, call);
  if (status == GN_WALK_STOP)
    return finish(ctx, call, walk);
  return status == GN_OK ? ask(call, walk) : status;
}

/* ---- ways to begin, take and end ---- */

int gn_begin_array(gn_ctx *ctx, gn_call *call) {
  gn_value out = gn_from_obj(gn_array_new(gn_ctx_heap(ctx), 0));
  call->locals[GN_WALK_OUT] = out;
  return out == GN_NONE ? gn_oom(ctx) : GN_OK;
}

int gn_begin_second_arg(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  call->locals[GN_WALK_OUT] = call->argv[1];
  return GN_OK;
}

int gn_begin_false(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  call->locals[GN_WALK_OUT] = GN_FALSE;
  return GN_OK;
}

int gn_begin_true(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  call->locals[GN_WALK_OUT] = GN_TRUE;
  return GN_OK;
}

int gn_begin_zero(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  call->locals[GN_WALK_OUT] = gn_from_fix(0);
  return GN_OK;
}

int gn_take_push(gn_ctx *ctx, gn_call *call, gn_value answer) {
  gn_array *out = gn_arr(call->locals[GN_WALK_OUT]);
  return gn_array_push(gn_ctx_heap(ctx), out, answer) ? GN_OK : gn_oom(ctx);
}

int gn_take_item_if(gn_ctx *ctx, gn_call *call, gn_value answer) {
  if (!gn_truthy(answer))
    return GN_OK;
  return gn_take_push(ctx, call, call->locals[GN_WALK_ITEM]);
}

int gn_take_acc(gn_ctx *ctx, gn_call *call, gn_value answer) {
  (void)ctx;
  call->locals[GN_WALK_OUT] = answer;
  return GN_OK;
}

static int stop_with(gn_call *call, gn_value v) {
  call->result = v;
  return GN_WALK_STOP;
}

int gn_take_any(gn_ctx *ctx, gn_call *call, gn_value answer) {
  (void)ctx;
  return gn_truthy(answer) ? stop_with(call, GN_TRUE) : GN_OK;
}

int gn_take_all(gn_ctx *ctx, gn_call *call, gn_value answer) {
  (void)ctx;
  return gn_truthy(answer) ? GN_OK : stop_with(call, GN_FALSE);
}

int gn_take_none(gn_ctx *ctx, gn_call *call, gn_value answer) {
  (void)ctx;
  return gn_truthy(answer) ? stop_with(call, GN_FALSE) : GN_OK;
}

int gn_take_count(gn_ctx *ctx, gn_call *call, gn_value answer) {
  (void)ctx;
  if (gn_truthy(answer)) {
    gn_value *n = &call->locals[GN_WALK_OUT];
    *n = gn_from_fix(gn_fix(*n) + 1);
  }
  return GN_OK;
}

int gn_end_self(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  return gn_return(call, call->argv[0]);
}

/* ---- whole methods ---- */

int gn_walk_each(gn_ctx *ctx, gn_call *call) {
  static const gn_walk walk = {1, GN_PASS_ELEMENT, NULL, NULL, gn_end_self};
  return gn_walk_run(ctx, call, &walk);
}

int gn_walk_map_array(gn_ctx *ctx, gn_call *call) {
  static const gn_walk walk = {1, GN_PASS_ELEMENT, gn_begin_array, gn_take_push,
                               NULL};
  return gn_walk_run(ctx, call, &walk);
}

int gn_walk_filter_array(gn_ctx *ctx, gn_call *call) {
  static const gn_walk walk = {1, GN_PASS_ELEMENT, gn_begin_array,
                               gn_take_item_if, NULL};
  return gn_walk_run(ctx, call, &walk);
}

int gn_walk_reduce(gn_ctx *ctx, gn_call *call) {
  static const gn_walk walk = {2, GN_PASS_ACC, gn_begin_second_arg, gn_take_acc,
                               NULL};
  return gn_walk_run(ctx, call, &walk);
}

int gn_walk_any(gn_ctx *ctx, gn_call *call) {
  static const gn_walk walk = {1, GN_PASS_ELEMENT, gn_begin_false, gn_take_any,
                               NULL};
  return gn_walk_run(ctx, call, &walk);
}

int gn_walk_all(gn_ctx *ctx, gn_call *call) {
  static const gn_walk walk = {1, GN_PASS_ELEMENT, gn_begin_true, gn_take_all,
                               NULL};
  return gn_walk_run(ctx, call, &walk);
}

int gn_walk_none(gn_ctx *ctx, gn_call *call) {
  static const gn_walk walk = {1, GN_PASS_ELEMENT, gn_begin_true, gn_take_none,
                               NULL};
  return gn_walk_run(ctx, call, &walk);
}

int gn_walk_count(gn_ctx *ctx, gn_call *call) {
  static const gn_walk walk = {1, GN_PASS_ELEMENT, gn_begin_zero, gn_take_count,
                               NULL};
  return gn_walk_run(ctx, call, &walk);
}
