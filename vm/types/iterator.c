/*
 * iterator.c - iterators and the methods of iterator objects.
 */
#include "types/iterator.h"

#include "core/utf8.h"
#include "lib/tables.h"
#include "run/native_args.h"
#include "types/dict_copy.h"
#include "types/iterable.h"
#include "types/range.h"

static void trace_iterator(gn_heap *heap, gn_machine *machine) {
  gn_mark(heap, ((gn_iterator *)(void *)machine)->over);
}

static bool is_dict_type(uint8_t type) {
  return type == GN_T_MAP || type == GN_T_HASHMAP || type == GN_T_HASHSET;
}

bool gn_iterable(gn_value v) {
  if (!gn_is_ptr(v))
    return false;
  switch (gn_as_obj(v)->type) {
  case GN_T_ARRAY:
  case GN_T_MAP:
  case GN_T_HASHMAP:
  case GN_T_HASHSET:
  case GN_T_RANGE:
  case GN_T_STRING:
  case GN_T_BYTES:
  case GN_T_GENE: return true;
  default: return false;
  }
}

static enum gn_iterator_kind kind_of(uint8_t type) {
  if (type == GN_T_MAP || type == GN_T_HASHMAP)
    return GN_ITERATOR_MAP;
  return type == GN_T_RANGE ? GN_ITERATOR_RANGE : GN_ITERATOR_ARRAY;
}

gn_value gn_iterator_new(gn_heap *heap, gn_value over) {
  assert(gn_iterable(over));
  if (is_dict_type(gn_as_obj(over)->type))
    over = gn_from_obj(gn_dict_snapshot(heap, (gn_dict *)gn_as_obj(over)));
  return over == GN_NONE ? GN_NONE : gn_iterator_over(heap, over);
}

gn_value gn_iterator_over(gn_heap *heap, gn_value over) {
  uint8_t type = gn_as_obj(over)->type;
  gn_iterator *it = gn_alloc(heap, GN_T_ITERATOR, sizeof *it);
  if (!it)
    return GN_NONE;
  it->m.h.aux = (uint16_t)kind_of(type);
  it->m.trace = trace_iterator;
  it->over = over;
  it->at = it->count = 0;
  return gn_from_obj(it);
}

/* ---- one step; 1, 0 or -1 as gn_iterator_next ---- */

static int next_slot(gn_iterator *it, const gn_value *items, uint32_t n,
                     gn_value *item) {
  if (it->at >= n)
    return 0;
  *item = items[it->at++];
  return 1;
}

static int next_number(gn_heap *heap, gn_iterator *it, gn_value *item) {
  int64_t i;
  if (!gn_range_at((gn_range *)gn_as_obj(it->over), it->at, &i))
    return 0;
  *item = gn_int_new(heap, i);
  if (*item == GN_NONE)
    return -1;
  it->at++;
  return 1;
}

static int next_char(gn_iterator *it, gn_value *item) {
  const gn_string *s = gn_str(it->over);
  uint32_t size;
  if (it->at >= s->len)
    return 0;
  *item = gn_from_char(
      gn_utf8_decode(gn_str_bytes(s) + it->at, s->len - it->at, &size));
  it->at += size;
  return 1;
}

static int next_byte(gn_iterator *it, gn_value *item) {
  const gn_string *s = gn_str(it->over);
  if (it->at >= s->len)
    return 0;
  *item = gn_from_fix((unsigned char)gn_str_bytes(s)[it->at++]);
  return 1;
}

static int next_entry(gn_heap *heap, gn_iterator *it, gn_value *key,
                      gn_value *item) {
  const gn_dict *dict = (gn_dict *)gn_as_obj(it->over);
  uint32_t at = (uint32_t)it->at;
  const gn_entry *e = gn_dict_next(dict, &at);
  if (!e)
    return 0;
  bool is_set = dict->h.type == GN_T_HASHSET;
  if (key != NULL && !is_set)
    *key = dict->h.type == GN_T_MAP ? gn_symbol_of(heap, e->key) : e->key;
  if (key != NULL && *key == GN_NONE)
    return -1;
  *item = is_set ? e->key : e->value;
  it->at = at;
  return 1;
}

int gn_iterator_next(gn_heap *heap, gn_iterator *it, gn_value *key,
                     gn_value *item) {
  gn_obj *o = gn_as_obj(it->over);
  int got;
  if (key != NULL)
    *key = gn_from_fix((int64_t)it->count);
  switch (o->type) {
  case GN_T_ARRAY:
    got = next_slot(it, gn_arr(it->over)->items, gn_arr(it->over)->len, item);
    break;
  case GN_T_GENE:
    got = next_slot(it, gn_gen(it->over)->children, gn_gen(it->over)->n, item);
    break;
  case GN_T_RANGE: got = next_number(heap, it, item); break;
  case GN_T_STRING: got = next_char(it, item); break;
  case GN_T_BYTES: got = next_byte(it, item); break;
  default: got = next_entry(heap, it, key, item); break;
  }
  if (got > 0)
    it->count++;
  return got;
}

/* ---- builtins ---- */

int gn_iter_run(gn_ctx *ctx, gn_call *call, gn_dict_copying copying,
                gn_value over) {
  if (is_dict_type(gn_as_obj(over)->type)) {
    int status =
        gn_copy_dict(ctx, call, copying, (gn_dict *)gn_as_obj(over), false);
    if (status != GN_OK)
      return status;
    over = *copying.copy;
  }
  return gn_return_made(ctx, call, gn_iterator_over(gn_ctx_heap(ctx), over));
}

int gn_iter_method(gn_ctx *ctx, gn_call *call) {
  return gn_iter_run(ctx, call, gn_copying_in(call, 0), call->argv[0]);
}

static gn_iterator *self_of(const gn_call *call) {
  return (gn_iterator *)(void *)gn_as_obj(call->argv[0]);
}

static int iterator_next(gn_ctx *ctx, gn_call *call) {
  gn_value item;
  int got = gn_iterator_next(gn_ctx_heap(ctx), self_of(call), NULL, &item);
  if (got < 0)
    return gn_oom(ctx);
  return gn_return(call, got ? item : GN_NOT_FOUND);
}

static int iterator_next_pair(gn_ctx *ctx, gn_call *call) {
  gn_heap *heap = gn_ctx_heap(ctx);
  gn_array *pair = gn_array_new(heap, 2);
  if (!pair)
    return gn_oom(ctx);
  int got =
      gn_iterator_next(heap, self_of(call), &pair->items[0], &pair->items[1]);
  if (got < 0)
    return gn_oom(ctx);
  pair->len = got ? 2 : 0;
  return gn_return(call, got ? gn_from_obj(pair) : GN_NOT_FOUND);
}

static int iterator_has_next(gn_ctx *ctx, gn_call *call) {
  gn_iterator peek = *self_of(call);
  gn_value item;
  int got = gn_iterator_next(gn_ctx_heap(ctx), &peek, NULL, &item);
  return got < 0 ? gn_oom(ctx) : gn_return_bool(call, got != 0);
}

static int iterator_iter(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  return gn_return(call, call->argv[0]);
}

const gn_native_def gn_iterator_rows[] = {
    GN_METHOD("next", iterator_next, 0, 0, 0, "(it .next)",
              "The next element; not_found at the end."),
    GN_METHOD(
        "next_pair", iterator_next_pair, 0, 0, 0, "(it .next_pair)",
        "[index-or-key value] of the next element; not_found at the end."),
    GN_METHOD("has_next", iterator_has_next, 0, 0, 0, "(it .has_next)",
              "Whether .next would give an element."),
    GN_METHOD("iter", iterator_iter, 0, 0, 0, "(it .iter)", "Itself."),
    GN_ROWS_END};
