/*
 * select.c - applying a selector: segment by segment, from a value, or
 * from a stream of values or of entries, to the next. A stream is an array on
 * the heap, so that callables, handlers of missing members and iterators of
 * the script can run in between; a stream of entries holds keys and values in
 * turn. The target is never changed.
 *
 * Memory may run out at any place and the native is then entered again, so
 * each step first makes room and then changes its locals.
 */
#include "run/internal_natives.h"
#include "run/interp_parts.h"
#include "run/native_args.h"
#include "types/function.h"
#include "types/iterator.h"
#include "types/selector.h"

/* What a call's answer is for. */
enum awaited { FOR_NOTHING, FOR_VALUE, FOR_ITEM, FOR_ITERATOR, FOR_NEXT };

enum mode { ONE_VALUE, VALUES, ENTRIES };

enum local {
  SEGMENT, /* number of the segment being applied */
  MODE,    /* enum mode */
  STREAM,  /* the value; or the Array of values, or of keys and values */
  ITEM,    /* elements of STREAM that this segment is done with */
  OUT,     /* what it makes of them; GN_NIL: not begun */
  AWAITED, /* enum awaited */
  ITER,    /* what is being expanded: state of gn_iter_start; or GN_NIL */
  ITER_FN = ITER + 5, /* gn_def_next as a value; or GN_NIL */
};
_Static_assert(ITER_FN + 1 == GN_SELECTOR_LOCALS, "locals of the row");

/* What a step gives beside statuses: the segment is done. */
#define DONE 100

#define BATCH 64u /* elements between two looks at the slice */

static enum mode mode_of(const gn_call *call) {
  return (enum mode)gn_fix(call->locals[MODE]);
}

static gn_array *stream_of(const gn_call *call) {
  return gn_arr(call->locals[STREAM]);
}

static gn_array *out_of(const gn_call *call) {
  return gn_arr(call->locals[OUT]);
}

static uint32_t place_of(const gn_call *call) {
  return (uint32_t)gn_fix(call->locals[ITEM]);
}

static const gn_segment *segment_of(const gn_call *call) {
  return &gn_sel(call->argv[0])->seg[gn_fix(call->locals[SEGMENT])];
}

static uint32_t width_of(enum mode mode) {
  return mode == ENTRIES ? 2 : 1;
}

/* The element at the place, or its value. */
static gn_value item_at(const gn_call *call) {
  uint32_t in_entry = mode_of(call) == ENTRIES ? 1 : 0;
  return stream_of(call)->items[place_of(call) + in_entry];
}

static void item_done(gn_call *call) {
  uint32_t width = width_of(mode_of(call));
  call->locals[ITEM] = gn_from_fix((int64_t)place_of(call) + width);
}

/* The segment is done: `stream` is what the next one gets. */
static int segment_done(gn_call *call, enum mode mode, gn_value stream) {
  call->locals[STREAM] = stream;
  call->locals[MODE] = gn_from_fix(mode);
  call->locals[OUT] = GN_NIL;
  call->locals[ITEM] = gn_from_fix(0);
  call->locals[SEGMENT] = gn_from_fix(gn_fix(call->locals[SEGMENT]) + 1);
  return DONE;
}

/* Charges an element; true when the slice is over and it is time to look. */
static bool is_time(gn_ctx *ctx, uint32_t place) {
  gn_charge(ctx, 1);
  return place % BATCH == BATCH - 1 && gn_slice_over(ctx);
}

static int await(gn_call *call, enum awaited what) {
  call->locals[AWAITED] = gn_from_fix(what);
  call->state = 1;
  return GN_CALL;
}

/* ---- what a segment makes ---- */

static bool begin_out(gn_ctx *ctx, gn_call *call) {
  if (call->locals[OUT] != GN_NIL)
    return true;
  gn_array *out = gn_array_new(gn_ctx_heap(ctx), 0);
  if (out)
    call->locals[OUT] = gn_from_obj(out);
  return out != NULL;
}

/* Room in OUT for n more elements. False: out of memory. */
static bool make_room(gn_ctx *ctx, gn_call *call, uint32_t n) {
  if (!begin_out(ctx, call))
    return false;
  gn_heap *heap = gn_ctx_heap(ctx);
  gn_array *out = out_of(call);
  if (out->cap - out->len >= n)
    return true;
  size_t need = (size_t)out->len + n;
  return gn_array_reserve(
      heap, out, gn_growth(heap, need, (size_t)out->cap * 2, sizeof(gn_value)));
}

/* Adds to OUT, where there is room. Void is dropped. */
static void add_value(gn_call *call, gn_value v) {
  gn_array *out = out_of(call);
  if (v != GN_VOID)
    out->items[out->len++] = v;
}

static void add_entry(gn_call *call, gn_value key, gn_value v) {
  gn_array *out = out_of(call);
  if (v == GN_VOID)
    return;
  out->items[out->len++] = key;
  out->items[out->len++] = v;
}

/* What became of the element at the place. */
static void add_result(gn_call *call, gn_value v) {
  if (mode_of(call) == ENTRIES)
    add_entry(call, stream_of(call)->items[place_of(call)], v);
  else
    add_value(call, v);
}

/* ---- names and indexes ---- */

/* A member of v: GN_OK with *out, GN_CALL when a handler of the script has to
 * find it, or GN_THROW. */
static int look_up(gn_ctx *ctx, gn_call *call, gn_value v, enum awaited what,
                   gn_value *out) {
  gn_value key = segment_of(call)->v;
  int status = gn_member_get(ctx, v, key, out);
  if (status != GN_CALL)
    return status;
  gn_value f = gn_native_value(gn_ctx_heap(ctx), &gn_def_member);
  if (f == GN_NONE)
    return gn_oom(ctx);
  gn_call_2(call, 1, f, v, key);
  return await(call, what);
}

/* ---- callables ---- */

/* The answer to f(k v): the entry it gives. GN_OK or GN_THROW. */
static int transformed(gn_ctx *ctx, gn_value answer, gn_value *key,
                       gn_value *v) {
  *v = answer;
  if (!gn_is_array(answer))
    return GN_OK;
  const gn_array *pair = gn_arr(answer);
  gn_value k = pair->len == 2 ? pair->items[0] : GN_NIL;
  if (!gn_is_string(k) && !gn_is_symbol(k) && !gn_is_int(k))
    return gn_throw(ctx, GN_X_TYPE, NULL,
                    "Entry transform must return [key value]");
  if (gn_is_string(k))
    k = gn_symbol_of(gn_ctx_heap(ctx), k);
  if (k == GN_NONE)
    return gn_oom(ctx);
  *key = k;
  *v = pair->items[1];
  return GN_OK;
}

/* Takes what a callable, or a handler of missing members, gave for the element
 * at the place. */
static int take_item(gn_ctx *ctx, gn_call *call) {
  gn_value answer = call->result, key;
  if (!make_room(ctx, call, 2))
    return gn_oom(ctx);
  if (mode_of(call) == ENTRIES && segment_of(call)->kind == GN_SEG_CALL) {
    key = stream_of(call)->items[place_of(call)];
    if (transformed(ctx, answer, &key, &answer) != GN_OK)
      return GN_THROW;
    add_entry(call, key, answer);
  } else {
    add_result(call, answer);
  }
  item_done(call);
  return GN_OK;
}

static int call_on_item(gn_call *call) {
  gn_value f = segment_of(call)->v;
  if (mode_of(call) == ENTRIES)
    gn_call_2(call, 1, f, stream_of(call)->items[place_of(call)],
              item_at(call));
  else
    gn_call_1(call, 1, f, item_at(call));
  return await(call, FOR_ITEM);
}

/* ---- expanding: * and ** ---- */

/* The dict behind the entries of v, when it has one that is no iterable. */
static const gn_dict *members_of(gn_value v) {
  switch (gn_as_obj(v)->type) {
  case GN_T_GENE: return gn_gen(v)->props;
  case GN_T_CLASS: return ((const gn_class *)gn_as_obj(v))->members;
  case GN_T_NAMESPACE: return ((const gn_namespace *)gn_as_obj(v))->members;
  default: return NULL;
  }
}

/* Room is made for all, so it can't fail half way. */
static int add_fields(gn_ctx *ctx, gn_call *call, gn_value instance) {
  const gn_instance *in = (const gn_instance *)gn_as_obj(instance);
  uint32_t n = in->shape->n;
  if (!make_room(ctx, call, 3 * n))
    return gn_oom(ctx);
  gn_charge(ctx, n);
  gn_array *out = out_of(call);
  gn_value *names = out->items + out->len + 2 * n; /* behind the entries */
  for (const gn_shape *s = in->shape; s->n > 0; s = s->parent)
    names[s->n - 1] = s->key;
  for (uint32_t i = 0; i < n; i++)
    if (in->slots[i] != GN_UNSET)
      add_entry(call, names[i], in->slots[i]);
  return GN_OK;
}

static bool is_iterable(gn_ctx *ctx, gn_value v) {
  if (gn_is(v, GN_T_INSTANCE))
    return gn_find_method(ctx, v, "iter") != GN_NONE;
  return gn_iterable(v) || gn_is(v, GN_T_ITERATOR) || gn_is(v, GN_T_GENERATOR);
}

static int start_iterating(gn_ctx *ctx, gn_call *call, gn_value v,
                           uint32_t vars) {
  gn_value state[5] = {GN_NIL, GN_NIL, GN_NIL, GN_NIL, GN_NIL};
  int status = gn_iter_start(ctx, v, vars, state);
  if (status == GN_THROW)
    return status;
  if (status == GN_CALL) {
    gn_value f = gn_native_value(gn_ctx_heap(ctx), &gn_def_iter);
    if (f == GN_NONE)
      return gn_oom(ctx);
    gn_call_1(call, 1, f, v);
    await(call, FOR_ITERATOR);
  }
  memcpy(&call->locals[ITER], state, sizeof state);
  return status;
}

/* Begins with the items, or entries, of v; what has none adds nothing. */
static int expand(gn_ctx *ctx, gn_call *call, gn_value v, bool entries) {
  if (!gn_is_ptr(v))
    return GN_OK;
  if (entries && gn_is(v, GN_T_INSTANCE))
    return add_fields(ctx, call, v);
  if (entries &&
      (gn_is_gene(v) || gn_is(v, GN_T_CLASS) || gn_is(v, GN_T_NAMESPACE))) {
    const gn_dict *members = members_of(v);
    return members ? start_iterating(ctx, call, gn_from_obj(members), 2)
                   : GN_OK;
  }
  return is_iterable(ctx, v) ? start_iterating(ctx, call, v, entries ? 2 : 1)
                             : GN_OK;
}

static int ask_next(gn_ctx *ctx, gn_call *call) {
  gn_value *local = call->locals;
  if (local[ITER_FN] == GN_NIL) {
    gn_value f = gn_native_value(gn_ctx_heap(ctx), &gn_def_next);
    if (f == GN_NONE)
      return gn_oom(ctx);
    local[ITER_FN] = f;
  }
  gn_call_2(call, 1, local[ITER_FN], local[ITER], local[ITER + 2]);
  return await(call, FOR_NEXT);
}

/* Takes what an iterator of the script gave: GN_UNSET at its end. */
static int take_next(gn_ctx *ctx, gn_call *call) {
  gn_value item = call->result;
  if (item == GN_UNSET) {
    call->locals[ITER] = GN_NIL;
    return GN_OK;
  }
  if (!make_room(ctx, call, 2))
    return gn_oom(ctx);
  if (segment_of(call)->kind == GN_SEG_ITEMS) {
    add_value(call, item);
    return GN_OK;
  }
  if (!gn_is_array(item) || gn_arr(item)->len != 2)
    return gn_throw(ctx, GN_X_TYPE, NULL, "** expects pairs to expand, got %s",
                    gn_type_cstr(ctx, item));
  add_entry(call, gn_arr(item)->items[0], gn_arr(item)->items[1]);
  return GN_OK;
}

/* Adds what is left of what is being expanded. */
static int go_on_iterating(gn_ctx *ctx, gn_call *call) {
  gn_value *state = &call->locals[ITER];
  bool pair = state[2] == gn_from_fix(2);
  for (uint32_t i = 0; state[0] != GN_NIL; i++) {
    if (is_time(ctx, i))
      return gn_pause(call, 1);
    if (!make_room(ctx, call, 2))
      return gn_oom(ctx);
    int got = gn_iter_next(ctx, state);
    if (got == GN_THROW)
      return got;
    if (got == 2)
      return ask_next(ctx, call);
    if (got == 0)
      state[0] = GN_NIL;
    else if (pair)
      add_entry(call, state[3], state[4]);
    else
      add_value(call, state[3]);
  }
  return GN_OK;
}

/* ---- a segment on a stream, element by element ---- */

static int on_item(gn_ctx *ctx, gn_call *call) {
  const gn_segment *seg = segment_of(call);
  gn_value v = item_at(call), found;
  int status;
  switch ((enum gn_segment_kind)seg->kind) {
  case GN_SEG_KEY:
    status = look_up(ctx, call, v, FOR_ITEM, &found);
    if (status != GN_OK)
      return status;
    add_result(call, found);
    break;
  case GN_SEG_CALL: return call_on_item(call);
  default:
    status = expand(ctx, call, v, seg->kind == GN_SEG_ENTRIES);
    if (status == GN_THROW)
      return status;
    item_done(call);
    return status;
  }
  item_done(call);
  return GN_OK;
}

static enum mode mode_after(const gn_call *call) {
  switch ((enum gn_segment_kind)segment_of(call)->kind) {
  case GN_SEG_ITEMS: return VALUES;
  case GN_SEG_ENTRIES: return ENTRIES;
  default: return mode_of(call);
  }
}

static int on_stream(gn_ctx *ctx, gn_call *call) {
  for (;;) {
    int status = go_on_iterating(ctx, call);
    if (status != GN_OK)
      return status;
    if (!make_room(ctx, call, 2))
      return gn_oom(ctx);
    uint32_t place = place_of(call);
    if (place >= stream_of(call)->len)
      return segment_done(call, mode_after(call), call->locals[OUT]);
    if (is_time(ctx, place / width_of(mode_of(call)))) {
      /* one more element, so that each slice gets on */
      status = on_item(ctx, call);
      return status == GN_OK ? gn_pause(call, 1) : status;
    }
    status = on_item(ctx, call);
    if (status != GN_OK)
      return status;
  }
}

/* ---- a segment on the whole stream ---- */

/* OUT becomes the array of [key value] of the entries. DONE, then. */
static int make_pairs(gn_ctx *ctx, gn_call *call) {
  gn_heap *heap = gn_ctx_heap(ctx);
  const gn_array *in = stream_of(call);
  for (uint32_t at; (at = place_of(call)) < in->len; item_done(call)) {
    gn_array *pair = gn_array_from(heap, &in->items[at], 2);
    if (!pair || !make_room(ctx, call, 1))
      return gn_oom(ctx);
    add_value(call, gn_from_obj(pair));
    if (is_time(ctx, at / 2)) {
      item_done(call);
      return gn_pause(call, 1);
    }
  }
  return begin_out(ctx, call) ? DONE : gn_oom(ctx);
}

/* The text of an entry's key, as keys of maps are; GN_NONE: no memory. */
static gn_value map_key(gn_heap *heap, gn_value key) {
  char digits[32];
  if (!gn_is_int(key))
    return key;
  return gn_string_new(heap, digits, gn_format_int(gn_int(key), digits));
}

static int store_entry(gn_ctx *ctx, gn_call *call, gn_value key, gn_value v) {
  gn_heap *heap = gn_ctx_heap(ctx);
  if (!gn_is_string(key) && !gn_is_symbol(key) && !gn_is_int(key))
    return gn_throw(ctx, GN_X_TYPE, NULL,
                    "@@ expects String, Symbol or Int keys, got %s",
                    gn_type_cstr(ctx, key));
  key = map_key(heap, key);
  gn_dict *map = (gn_dict *)gn_as_obj(call->locals[OUT]);
  return key != GN_NONE && gn_map_set(heap, map, key, v) ? GN_OK : gn_oom(ctx);
}

static int to_map(gn_ctx *ctx, gn_call *call) {
  if (mode_of(call) != ENTRIES)
    return gn_throw(ctx, GN_X_RUNTIME, NULL,
                    "@@ requires an entry stream (use ** to expand entries "
                    "first)");
  if (call->locals[OUT] == GN_NIL) {
    gn_dict *map = gn_dict_new(gn_ctx_heap(ctx), GN_T_MAP, 0);
    if (!map)
      return gn_oom(ctx);
    call->locals[OUT] = gn_from_obj(map);
  }
  const gn_array *in = stream_of(call);
  for (uint32_t at; (at = place_of(call)) < in->len; item_done(call)) {
    if (store_entry(ctx, call, in->items[at], in->items[at + 1]) != GN_OK)
      return GN_THROW;
    if (is_time(ctx, at / 2)) {
      item_done(call);
      return gn_pause(call, 1);
    }
  }
  return segment_done(call, ONE_VALUE, call->locals[OUT]);
}

static int no_match(gn_ctx *ctx, const char *what) {
  return gn_throw(ctx, GN_X_RUNTIME, NULL, "Selector %s", what);
}

static int strict(gn_ctx *ctx, gn_call *call) {
  if (mode_of(call) == ONE_VALUE) {
    if (call->locals[STREAM] == GN_VOID)
      return no_match(ctx, "did not match (VOID)");
    if (call->locals[STREAM] == GN_NIL)
      return no_match(ctx, "matched but value is nil");
  } else {
    const gn_array *in = stream_of(call);
    if (in->len == 0)
      return no_match(ctx, "did not match (empty)");
    for (uint32_t at; (at = place_of(call)) < in->len; item_done(call)) {
      if (item_at(call) == GN_NIL)
        return no_match(ctx, "matched but value is nil");
      if (is_time(ctx, at / width_of(mode_of(call)))) {
        item_done(call);
        return gn_pause(call, 1);
      }
    }
  }
  return segment_done(call, mode_of(call), call->locals[STREAM]);
}

static int collect(gn_ctx *ctx, gn_call *call) {
  gn_value stream = call->locals[STREAM];
  int status;
  switch (mode_of(call)) {
  case VALUES: return segment_done(call, ONE_VALUE, stream);
  case ENTRIES:
    status = make_pairs(ctx, call);
    return status == DONE ? segment_done(call, ONE_VALUE, call->locals[OUT])
                          : status;
  default: {
    gn_array *one =
        gn_array_from(gn_ctx_heap(ctx), &stream, stream == GN_VOID ? 0 : 1);
    return one ? segment_done(call, ONE_VALUE, gn_from_obj(one)) : gn_oom(ctx);
  }
  }
}

/* ---- a segment on one value ---- */

static int value_found(gn_call *call, gn_value v) {
  return segment_done(call, ONE_VALUE, v);
}

static int on_value(gn_ctx *ctx, gn_call *call) {
  const gn_segment *seg = segment_of(call);
  gn_value v = call->locals[STREAM], found;
  switch ((enum gn_segment_kind)seg->kind) {
  case GN_SEG_KEY: {
    int status = look_up(ctx, call, v, FOR_VALUE, &found);
    return status == GN_OK ? value_found(call, found) : status;
  }
  case GN_SEG_CALL:
    if (v == GN_VOID)
      return value_found(call, v);
    gn_call_1(call, 1, seg->v, v);
    return await(call, FOR_VALUE);
  default: { /* to be expanded: a stream of one */
    gn_array *one = gn_array_from(gn_ctx_heap(ctx), &v, 1);
    if (!one)
      return gn_oom(ctx);
    call->locals[MODE] = gn_from_fix(VALUES);
    call->locals[STREAM] = gn_from_obj(one);
    return GN_OK;
  }
  }
}

/* ---- the whole ---- */

static int apply_segment(gn_ctx *ctx, gn_call *call) {
  switch ((enum gn_segment_kind)segment_of(call)->kind) {
  case GN_SEG_COLLECT: return collect(ctx, call);
  case GN_SEG_TO_MAP: return to_map(ctx, call);
  case GN_SEG_STRICT: return strict(ctx, call);
  default:
    return mode_of(call) == ONE_VALUE ? on_value(ctx, call)
                                      : on_stream(ctx, call);
  }
}

static int finish(gn_ctx *ctx, gn_call *call) {
  gn_value found = call->locals[STREAM];
  bool nothing = found == GN_VOID;
  if (mode_of(call) == ENTRIES) {
    int status = make_pairs(ctx, call);
    if (status != DONE)
      return status;
    found = call->locals[OUT];
  }
  if (mode_of(call) != ONE_VALUE)
    nothing = gn_arr(found)->len == 0;
  return gn_return(call, nothing ? gn_arg_or(call, 2, found) : found);
}

/* Takes what was asked for, once. */
static int take_answer(gn_ctx *ctx, gn_call *call) {
  gn_value *local = call->locals;
  int status = GN_OK;
  switch ((enum awaited)gn_fix(local[AWAITED])) {
  case FOR_NOTHING: return GN_OK;
  case FOR_VALUE: value_found(call, call->result); break;
  case FOR_ITEM: status = take_item(ctx, call); break;
  case FOR_ITERATOR: local[ITER] = call->result; break;
  case FOR_NEXT: status = take_next(ctx, call); break;
  }
  if (status == GN_OK)
    local[AWAITED] = gn_from_fix(FOR_NOTHING);
  return status;
}

static void start(gn_call *call) {
  gn_value *local = call->locals;
  for (int i = 0; i < GN_SELECTOR_LOCALS; i++)
    local[i] = GN_NIL;
  local[SEGMENT] = local[ITEM] = gn_from_fix(0);
  local[MODE] = gn_from_fix(ONE_VALUE);
  local[AWAITED] = gn_from_fix(FOR_NOTHING);
  local[STREAM] = call->argv[1];
}

/* Names and indexes in front, as far as they need nothing but a look. */
static int fast_lookups(gn_ctx *ctx, gn_call *call) {
  const gn_selector *s = gn_sel(call->argv[0]);
  gn_value v = call->argv[1];
  uint32_t i = 0;
  for (; i < s->n && i < BATCH && s->seg[i].kind == GN_SEG_KEY; i++) {
    gn_value found;
    int status = gn_member_get(ctx, v, s->seg[i].v, &found);
    if (status == GN_THROW)
      return status;
    if (status == GN_CALL)
      break;
    v = found;
  }
  gn_charge(ctx, i);
  if (i == s->n)
    return gn_return(call, v == GN_VOID ? gn_arg_or(call, 2, v) : v);
  start(call);
  call->locals[SEGMENT] = gn_from_fix(i);
  call->locals[STREAM] = v;
  return DONE;
}

/* From the place that was kept to the end. */
static int go_on(gn_ctx *ctx, gn_call *call) {
  const uint64_t n = gn_sel(call->argv[0])->n;
  for (uint32_t steps = 0;; steps++) {
    if ((uint64_t)gn_fix(call->locals[SEGMENT]) >= n)
      return finish(ctx, call);
    if (is_time(ctx, steps))
      return gn_pause(call, 1);
    int status = apply_segment(ctx, call);
    if (status != GN_OK && status != DONE)
      return status;
  }
}

int gn_selector_apply(gn_ctx *ctx, gn_call *call) {
  int status;
  if (call->state == 0) {
    status = fast_lookups(ctx, call);
    return status == DONE ? go_on(ctx, call) : status;
  }
  status = take_answer(ctx, call);
  return status == GN_OK ? go_on(ctx, call) : status;
}
