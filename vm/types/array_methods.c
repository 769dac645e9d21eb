/*
 * array_methods.c - reading and changing arrays: the methods that call no
 * function. What calls one is in array_calls.c, what makes larger arrays out
 * of others in array_make.c.
 */
#include "lib/tables.h"
#include "run/native_args.h"
#include "types/array_copy.h"
#include "types/iterable.h"

static gn_array *self_of(const gn_call *call) {
  return gn_arr(call->argv[0]);
}

static int array_size(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  return gn_return(call, gn_from_fix(self_of(call)->len));
}

static int array_empty(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  return gn_return_bool(call, self_of(call)->len == 0);
}

static int array_not_empty(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  return gn_return_bool(call, self_of(call)->len != 0);
}

static int append(gn_ctx *ctx, gn_call *call, const char *op) {
  if (gn_immutable(self_of(call)))
    return gn_check_mutable(ctx, call->argv[0], op);
  if (!gn_array_push(gn_ctx_heap(ctx), self_of(call), call->argv[1]))
    return gn_oom(ctx);
  return GN_OK;
}

static int array_push(gn_ctx *ctx, gn_call *call) {
  int status = append(ctx, call, "push to");
  call->result = gn_from_fix(self_of(call)->len);
  return status;
}

static int array_add(gn_ctx *ctx, gn_call *call) {
  call->result = call->argv[0];
  return append(ctx, call, "append to");
}

static int array_pop(gn_ctx *ctx, gn_call *call) {
  gn_array *a = self_of(call);
  if (a->len == 0)
    return gn_return(call, GN_NIL);
  if (gn_check_mutable(ctx, call->argv[0], "pop from") != GN_OK)
    return GN_THROW;
  return gn_return(call, a->items[--a->len]);
}

static int array_get(gn_ctx *ctx, gn_call *call) {
  const gn_array *a = self_of(call);
  int64_t i;
  if (!gn_arg_int(ctx, call, 1, &i))
    return GN_THROW;
  i = gn_from_end(i, a->len);
  if (!gn_in_bounds(i, a->len))
    return gn_return(call, gn_arg_or(call, 2, GN_NIL));
  return gn_return(call, a->items[i]);
}

/* Argument 1 as an index of an element that exists; changes are allowed. */
static int place(gn_ctx *ctx, gn_call *call, const char *op, const char *method,
                 size_t size, int64_t *i) {
  if (!gn_arg_int(ctx, call, 1, i) ||
      gn_check_mutable(ctx, call->argv[0], op) != GN_OK)
    return GN_THROW;
  *i = gn_from_end(*i, self_of(call)->len);
  if (!gn_in_bounds(*i, size))
    return gn_throw(ctx, GN_X_ARGUMENT, NULL, "%s index out of bounds", method);
  return GN_OK;
}

static int array_set(gn_ctx *ctx, gn_call *call) {
  gn_array *a = self_of(call);
  int64_t i;
  if (place(ctx, call, "set item on", "set", a->len, &i) != GN_OK)
    return GN_THROW;
  a->items[i] = call->argv[2];
  return gn_return(call, call->argv[0]);
}

static int array_del(gn_ctx *ctx, gn_call *call) {
  gn_array *a = self_of(call);
  int64_t i;
  if (place(ctx, call, "delete from", "del", a->len, &i) != GN_OK)
    return GN_THROW;
  gn_charge(ctx, a->len >> 4);
  return gn_return(call, gn_array_remove(a, (size_t)i));
}

static int array_insert(gn_ctx *ctx, gn_call *call) {
  gn_array *a = self_of(call);
  int64_t i;
  if (place(ctx, call, "insert into", "insert", (size_t)a->len + 1, &i) !=
      GN_OK)
    return GN_THROW;
  gn_charge(ctx, a->len >> 4);
  if (!gn_array_insert(gn_ctx_heap(ctx), a, (size_t)i, call->argv[2]))
    return gn_oom(ctx);
  return gn_return(call, call->argv[0]);
}

static int array_first(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  const gn_array *a = self_of(call);
  return gn_return(call, a->len ? a->items[0] : GN_NIL);
}

static int array_last(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  const gn_array *a = self_of(call);
  return gn_return(call, a->len ? a->items[a->len - 1] : GN_NIL);
}

static int array_index_of(gn_ctx *ctx, gn_call *call) {
  int64_t at;
  int status = gn_find_item(ctx, call, &at);
  return status == GN_OK ? gn_return(call, gn_from_fix(at)) : status;
}

static int array_clear(gn_ctx *ctx, gn_call *call) {
  gn_array *a = self_of(call);
  if (gn_check_mutable(ctx, call->argv[0], "clear") != GN_OK)
    return GN_THROW;
  a->len = a->cap = 0;
  a->items = NULL;
  a->buf = NULL;
  return gn_return(call, call->argv[0]);
}

/* ---- new arrays of the same items ---- */

static int give_part(gn_ctx *ctx, gn_call *call, size_t from, size_t to) {
  int status = gn_copy_items(ctx, call, call->locals, self_of(call), from, to);
  return status == GN_OK ? gn_return(call, call->locals[GN_COPY_OUT]) : status;
}

static int array_dup(gn_ctx *ctx, gn_call *call) {
  return give_part(ctx, call, 0, self_of(call)->len);
}

static int array_slice(gn_ctx *ctx, gn_call *call) {
  size_t from, to;
  if (!gn_arg_slice(ctx, call, 1, self_of(call)->len, &from, &to))
    return GN_THROW;
  return give_part(ctx, call, from, to);
}

static int array_take(gn_ctx *ctx, gn_call *call) {
  int64_t n;
  if (!gn_arg_int(ctx, call, 1, &n))
    return GN_THROW;
  return give_part(ctx, call, 0, gn_clamp(n, self_of(call)->len));
}

static int array_skip(gn_ctx *ctx, gn_call *call) {
  int64_t n;
  uint32_t len = self_of(call)->len;
  if (!gn_arg_int(ctx, call, 1, &n))
    return GN_THROW;
  return give_part(ctx, call, gn_clamp(n, len), len);
}

/* Turns a copy round from both ends: all it touches is in memory by then. */
static int array_reverse(gn_ctx *ctx, gn_call *call) {
  gn_value *local = call->locals, *done = &local[GN_COPY_LOCALS];
  int status =
      gn_copy_items(ctx, call, local, self_of(call), 0, self_of(call)->len);
  if (status != GN_OK)
    return status;
  const gn_array *out = gn_arr(local[GN_COPY_OUT]);
  uint32_t i = *done == GN_NIL ? 0 : (uint32_t)gn_fix(*done);
  while (i < out->len / 2) {
    uint32_t end = out->len / 2 - i;
    end = i + (end < GN_COPY_PIECE ? end : GN_COPY_PIECE);
    gn_charge(ctx, (end - i) >> 1);
    for (; i < end; i++) {
      gn_value item = out->items[i];
      out->items[i] = out->items[out->len - 1 - i];
      out->items[out->len - 1 - i] = item;
    }
    *done = gn_from_fix(i);
    if (gn_slice_over(ctx))
      return gn_pause(call, 1);
  }
  return gn_return(call, local[GN_COPY_OUT]);
}

enum { CONCAT_OUT, CONCAT_PART, CONCAT_AT, CONCAT_LOCALS };

/* At the first entry: all are arrays, and there is room for what they have. */
static int begin_concat(gn_ctx *ctx, gn_call *call) {
  gn_heap *heap = gn_ctx_heap(ctx);
  size_t n = self_of(call)->len;
  gn_array *part;
  for (uint32_t i = 1; i < call->argc; i++) {
    if (!gn_arg_array(ctx, call, i, &part))
      return GN_THROW;
    n += part->len;
  }
  gn_array *out = gn_array_new(heap, 0);
  if (!out || !gn_array_reserve(heap, out, n))
    return gn_oom(ctx);
  call->locals[CONCAT_OUT] = gn_from_obj(out);
  call->locals[CONCAT_PART] = call->locals[CONCAT_AT] = gn_from_fix(0);
  return GN_OK;
}

static int array_concat(gn_ctx *ctx, gn_call *call) {
  gn_value *local = call->locals;
  if (call->state == 0 && begin_concat(ctx, call) != GN_OK)
    return GN_THROW;
  gn_array *out = gn_arr(local[CONCAT_OUT]);
  uint32_t i = (uint32_t)gn_fix(local[CONCAT_PART]);
  size_t at = (size_t)gn_fix(local[CONCAT_AT]);
  while (i < call->argc) {
    const gn_array *part = gn_arr(call->argv[i]);
    if (!gn_copy_piece(ctx, out, part, &at, part->len))
      return gn_oom(ctx);
    if (at >= part->len) {
      at = 0;
      i++;
    }
    local[CONCAT_PART] = gn_from_fix(i);
    local[CONCAT_AT] = gn_from_fix((int64_t)at);
    if (gn_slice_over(ctx))
      return gn_pause(call, 1);
  }
  return gn_return(call, local[CONCAT_OUT]);
}

const gn_native_def gn_array_rows[] = {
    GN_METHOD("size", array_size, 0, 0, 0, "(xs .size)", "Number of elements."),
    GN_METHOD("length", array_size, 0, 0, 0, "(xs .length)",
              "Number of elements."),
    GN_METHOD("empty", array_empty, 0, 0, 0, "(xs .empty)",
              "Whether there is no element."),
    GN_METHOD("empty?", array_empty, 0, 0, 0, "(xs .empty?)",
              "Whether there is no element."),
    GN_METHOD("not_empty?", array_not_empty, 0, 0, 0, "(xs .not_empty?)",
              "Whether there is an element."),
    GN_METHOD("push", array_push, 1, 1, 0, "(xs .push v)",
              "Appends v; gives the new size."),
    GN_METHOD("add", array_add, 1, 1, 0, "(xs .add v)",
              "Appends v; gives the array."),
    GN_METHOD("append", array_add, 1, 1, 0, "(xs .append v)",
              "Appends v; gives the array."),
    GN_METHOD("pop", array_pop, 0, 0, 0, "(xs .pop)",
              "Takes the last element out and gives it; nil if empty."),
    GN_METHOD("get", array_get, 1, 2, 0, "(xs .get i [default])",
              "Element i, negative from the end; else the default or nil."),
    GN_METHOD("set", array_set, 2, 2, 0, "(xs .set i v)",
              "Replaces element i; gives the array."),
    GN_METHOD("del", array_del, 1, 1, 0, "(xs .del i)",
              "Takes element i out and gives it."),
    GN_METHOD("remove_at", array_del, 1, 1, 0, "(xs .remove_at i)",
              "Takes element i out and gives it."),
    GN_METHOD("insert", array_insert, 2, 2, 0, "(xs .insert i v)",
              "Puts v before element i; gives the array."),
    GN_METHOD("first", array_first, 0, 0, 0, "(xs .first)",
              "First element; nil if empty."),
    GN_METHOD("last", array_last, 0, 0, 0, "(xs .last)",
              "Last element; nil if empty."),
    GN_METHOD("contains", gn_contains_method, 1, 1, GN_FIND_LOCALS,
              "(xs .contains v)", "Whether an element is == v."),
    GN_METHOD("index_of", array_index_of, 1, 1, GN_FIND_LOCALS,
              "(xs .index_of v)", "Index of the first element == v, or -1."),
    GN_METHOD("clear", array_clear, 0, 0, 0, "(xs .clear)",
              "Takes all elements out; gives the array."),
    GN_METHOD("dup", array_dup, 0, 0, GN_COPY_LOCALS, "(xs .dup)",
              "A shallow, mutable copy."),
    GN_METHOD("slice", array_slice, 1, 2, GN_COPY_LOCALS, "(xs .slice s [e])",
              "New array of elements s to e - 1; negative from the end."),
    GN_METHOD("take", array_take, 1, 1, GN_COPY_LOCALS, "(xs .take n)",
              "New array of the first n elements."),
    GN_METHOD("skip", array_skip, 1, 1, GN_COPY_LOCALS, "(xs .skip n)",
              "New array of all but the first n elements."),
    GN_METHOD("reverse", array_reverse, 0, 0, GN_COPY_LOCALS + 1,
              "(xs .reverse)", "New array in opposite order."),
    GN_METHOD("concat", array_concat, 0, -1, CONCAT_LOCALS,
              "(xs .concat ys...)", "New array of the elements of all."),
    GN_IMMUTABLE_ROW,
    GN_ITER_ROW,
    GN_ROWS_END};
