/*
 * random.c - random numbers from the evaluation's own source, which a seed
 * makes repeatable.
 */
#include "lib/tables.h"
#include "run/context.h"
#include "run/native_args.h"
#include "types/array_copy.h"

/* Below n (not 0), every value equally likely. */
static uint64_t below(gn_ctx *ctx, uint64_t n) {
  uint64_t limit = UINT64_MAX - UINT64_MAX % n, r;
  do
    r = gn_ctx_random(ctx);
  while (r >= limit);
  return r % n;
}

static int random_float(gn_ctx *ctx, gn_call *call) {
  double d = (double)(gn_ctx_random(ctx) >> 11) * 0x1p-53;
  return gn_return_float(ctx, call, d);
}

static int random_int(gn_ctx *ctx, gn_call *call) {
  int64_t a = 0, b;
  for (uint32_t i = 0; i < call->argc; i++)
    if (!gn_is_number(call->argv[i]))
      return gn_throw(ctx, GN_X_ARGUMENT, NULL,
                      "random_int requires numeric arguments");
  if (call->argc > 1 && !gn_arg_int(ctx, call, 0, &a))
    return GN_THROW;
  if (!gn_arg_int(ctx, call, call->argc - 1, &b))
    return GN_THROW;
  if (call->argc == 1 && b <= 0)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL,
                    "random_int requires a positive Int");
  uint64_t low = (uint64_t)(a < b ? a : b);
  uint64_t width = (uint64_t)(a < b ? b : a) - low;
  uint64_t r = width == UINT64_MAX ? gn_ctx_random(ctx) : below(ctx, width + 1);
  return gn_return_int(ctx, call, (int64_t)(low + r));
}

#define SWAPS 1024u /* between two looks at the slice: each misses the cache */

static int array_shuffle(gn_ctx *ctx, gn_call *call) {
  const gn_array *a = gn_arr(call->argv[0]);
  gn_value *local = call->locals, *left = &local[GN_COPY_LOCALS];
  int status = gn_copy_items(ctx, call, local, a, 0, a->len);
  if (status != GN_OK)
    return status;
  gn_array *out = gn_arr(local[GN_COPY_OUT]);
  uint32_t n = *left == GN_NIL ? out->len : (uint32_t)gn_fix(*left);
  for (; n > 1; n--) {
    uint32_t i = (uint32_t)below(ctx, n);
    gn_value last = out->items[n - 1];
    out->items[n - 1] = out->items[i];
    out->items[i] = last;
    gn_charge(ctx, 2);
    if (n % SWAPS == 0 && gn_slice_over(ctx)) {
      *left = gn_from_fix((int64_t)n - 1);
      return gn_pause(call, 1);
    }
  }
  return gn_return(call, local[GN_COPY_OUT]);
}

static int array_sample(gn_ctx *ctx, gn_call *call) {
  const gn_array *a = gn_arr(call->argv[0]);
  return gn_return(call, a->len ? a->items[below(ctx, a->len)] : GN_NIL);
}

static int uuid(gn_ctx *ctx, gn_call *call) {
  uint64_t a = gn_ctx_random(ctx), b = gn_ctx_random(ctx);
  a = (a & ~(uint64_t)0xf000) | 0x4000;
  b = (b >> 2) | (uint64_t)1 << 63;
  return gn_return_made(
      ctx, call,
      gn_string_format(gn_ctx_heap(ctx), "%08x-%04x-%04x-%04x-%012llx",
                       (unsigned)(a >> 32), (unsigned)(a >> 16 & 0xffff),
                       (unsigned)(a & 0xffff), (unsigned)(b >> 48),
                       (unsigned long long)(b & 0xffffffffffff)));
}

const gn_native_def gn_random_rows[] = {
    GN_FUNCTION("random", random_float, 0, 0, 0, "(random)",
                "Random Float from 0 up to, but not, 1."),
    GN_FUNCTION("math/random", random_float, 0, 0, 0, "(math/random)",
                "Random Float from 0 up to, but not, 1."),
    GN_FUNCTION("random_int", random_int, 1, 2, 0, "(random_int [a] b)",
                "Random Int from a (0) to b, both included."),
    GN_FUNCTION("math/random_int", random_int, 1, 2, 0,
                "(math/random_int [a] b)",
                "Random Int from a (0) to b, both included."),
    GN_FUNCTION("gene/uuid", uuid, 0, 0, 0, "(gene/uuid)",
                "Random UUID (version 4) as text."),
    GN_ROWS_END};

const gn_native_def gn_array_random_rows[] = {
    GN_METHOD("shuffle", array_shuffle, 0, 0, GN_COPY_LOCALS + 1,
              "(xs .shuffle)", "New array in random order."),
    GN_METHOD("sample", array_sample, 0, 0, 0, "(xs .sample)",
              "A random element; nil if empty."),
    GN_ROWS_END};
