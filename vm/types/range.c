/*
 * range.c - ranges and their builtins. Arithmetic on the bounds is unsigned,
 * so that the widest range overflows nothing.
 */
#include "types/range.h"

#include "lib/tables.h"
#include "run/walk.h"
#include "types/iterable.h"

gn_value gn_range_new(gn_heap *heap, int64_t start, int64_t end, int64_t step,
                      bool stepped) {
  assert(step != 0);
  gn_range *r = gn_alloc(heap, GN_T_RANGE, sizeof *r);
  if (!r)
    return GN_NONE;
  r->h.aux = stepped ? GN_RANGE_STEP : 0;
  r->start = start;
  r->end = end;
  r->step = step;
  return gn_from_obj(r);
}

bool gn_range_last(const gn_range *r, uint64_t *last) {
  bool up = r->step > 0;
  if (up ? r->start > r->end : r->start < r->end)
    return false;
  uint64_t s = (uint64_t)r->start, e = (uint64_t)r->end;
  uint64_t step = (uint64_t)r->step;
  *last = (up ? e - s : s - e) / (up ? step : 0 - step);
  return true;
}

bool gn_range_at(const gn_range *r, uint64_t i, int64_t *out) {
  uint64_t last;
  if (!gn_range_last(r, &last) || i > last)
    return false;
  *out = (int64_t)((uint64_t)r->start + i * (uint64_t)r->step);
  return true;
}

/* ---- builtins ---- */

static const gn_range *self_of(const gn_call *call) {
  return (gn_range *)gn_as_obj(call->argv[0]);
}

static int range_make(gn_ctx *ctx, gn_call *call) {
  int64_t start = 0, end, step = 1;
  if (call->argc > 1 && !gn_arg_int(ctx, call, 0, &start))
    return GN_THROW;
  if (!gn_arg_int(ctx, call, call->argc > 1, &end))
    return GN_THROW;
  if (call->argc > 2 && !gn_arg_int(ctx, call, 2, &step))
    return GN_THROW;
  if (step == 0)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL, "range step must not be 0");
  gn_value r;
  if (call->argc > 1)
    r = gn_range_new(gn_ctx_heap(ctx), start, end, step, call->argc > 2);
  else if (end <= 0)
    r = gn_range_new(gn_ctx_heap(ctx), 0, -1, 1, false);
  else
    r = gn_range_new(gn_ctx_heap(ctx), 0, end - 1, 1, false);
  return gn_return_made(ctx, call, r);
}

static int range_size(gn_ctx *ctx, gn_call *call) {
  uint64_t last;
  if (!gn_range_last(self_of(call), &last))
    return gn_return(call, gn_from_fix(0));
  if (last >= INT64_MAX)
    return gn_throw(ctx, GN_X_RUNTIME, "GENE.ARITH.OVERFLOW",
                    "Integer overflow in size");
  return gn_return_int(ctx, call, (int64_t)last + 1);
}

static int range_empty(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  uint64_t last;
  return gn_return_bool(call, !gn_range_last(self_of(call), &last));
}

static int range_not_empty(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  uint64_t last;
  return gn_return_bool(call, gn_range_last(self_of(call), &last));
}

/* Appends elements until the slice is over; *at counts them. */
static int fill(gn_ctx *ctx, gn_call *call, gn_array *out) {
  gn_heap *heap = gn_ctx_heap(ctx);
  const gn_range *r = self_of(call);
  int64_t i;
  while (gn_range_at(r, out->len, &i)) {
    gn_value v = gn_int_new(heap, i);
    if (v == GN_NONE || !gn_array_push(heap, out, v))
      return gn_oom(ctx);
    gn_charge(ctx, 1);
    if ((out->len & 1023) == 0 && gn_slice_over(ctx))
      return gn_pause(call, 1);
  }
  return gn_return_obj(ctx, call, out);
}

static int range_to_array(gn_ctx *ctx, gn_call *call) {
  if (call->state == 0) {
    gn_array *out = gn_array_new(gn_ctx_heap(ctx), 0);
    if (!out)
      return gn_oom(ctx);
    call->locals[0] = gn_from_obj(out);
  }
  return fill(ctx, call, gn_arr(call->locals[0]));
}

static int range_contains(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  const gn_range *r = self_of(call);
  gn_value v = call->argv[1];
  uint64_t last;
  int64_t i;
  if (gn_is_int(v)) {
    i = gn_int(v);
  } else if (gn_is_float(v) && gn_float(v) >= -9223372036854775808.0 &&
             gn_float(v) < 9223372036854775808.0) {
    i = (int64_t)gn_float(v);
    if ((double)i != gn_float(v))
      return gn_return_bool(call, false);
  } else {
    return gn_return_bool(call, false);
  }
  bool up = r->step > 0;
  if (!gn_range_last(r, &last) || (up ? i < r->start : i > r->start))
    return gn_return_bool(call, false);
  uint64_t way =
      up ? (uint64_t)i - (uint64_t)r->start : (uint64_t)r->start - (uint64_t)i;
  uint64_t step = up ? (uint64_t)r->step : 0 - (uint64_t)r->step;
  return gn_return_bool(call, way % step == 0 && way / step <= last);
}

static int give_at(gn_ctx *ctx, gn_call *call, uint64_t i) {
  int64_t v;
  if (!gn_range_at(self_of(call), i, &v))
    return gn_return(call, GN_NIL);
  return gn_return_int(ctx, call, v);
}

static int range_first(gn_ctx *ctx, gn_call *call) {
  return give_at(ctx, call, 0);
}

static int range_last(gn_ctx *ctx, gn_call *call) {
  uint64_t last = 0;
  gn_range_last(self_of(call), &last);
  return give_at(ctx, call, last);
}

static int range_start(gn_ctx *ctx, gn_call *call) {
  return gn_return_int(ctx, call, self_of(call)->start);
}

static int range_end(gn_ctx *ctx, gn_call *call) {
  return gn_return_int(ctx, call, self_of(call)->end);
}

static int range_step(gn_ctx *ctx, gn_call *call) {
  return gn_return_int(ctx, call, self_of(call)->step);
}

const gn_native_def gn_range_rows[] = {
    GN_METHOD("size", range_size, 0, 0, 0, "(r .size)", "Number of elements."),
    GN_METHOD("empty", range_empty, 0, 0, 0, "(r .empty)",
              "Whether there is no element."),
    GN_METHOD("empty?", range_empty, 0, 0, 0, "(r .empty?)",
              "Whether there is no element."),
    GN_METHOD("not_empty?", range_not_empty, 0, 0, 0, "(r .not_empty?)",
              "Whether there is an element."),
    GN_METHOD("to_array", range_to_array, 0, 0, 1, "(r .to_array)",
              "All elements as an Array."),
    GN_METHOD("contains", range_contains, 1, 1, 0, "(r .contains v)",
              "Whether v is an element."),
    GN_METHOD("first", range_first, 0, 0, 0, "(r .first)",
              "First element, nil when there is none."),
    GN_METHOD("last", range_last, 0, 0, 0, "(r .last)",
              "Last element, nil when there is none."),
    GN_METHOD("start", range_start, 0, 0, 0, "(r .start)", "The start."),
    GN_METHOD("end", range_end, 0, 0, 0, "(r .end)", "The end as given."),
    GN_METHOD("step", range_step, 0, 0, 0, "(r .step)", "The step."),
    GN_ITER_ROW,
    GN_METHOD("each", gn_walk_each, 1, 1, GN_WALK_LOCALS, "(r .each f)",
              "Calls f with each number; gives the range."),
    GN_METHOD("map", gn_walk_map_array, 1, 1, GN_WALK_LOCALS, "(r .map f)",
              "Array of f(number)."),
    GN_METHOD("filter", gn_walk_filter_array, 1, 1, GN_WALK_LOCALS,
              "(r .filter f)", "Array of the numbers with truthy f(number)."),
    GN_METHOD("reduce", gn_walk_reduce, 2, 2, GN_WALK_LOCALS,
              "(r .reduce init f)", "Folds by f(acc number)."),
    GN_ROWS_END};

const gn_native_def gn_range_function_rows[] = {
    GN_FUNCTION("range", range_make, 1, 3, 0, "(range [a] b [step])",
                "Range from a to b, both included; (range n) is 0 to n - 1."),
    GN_ROWS_END};
