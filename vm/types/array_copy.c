/*
 * array_copy.c - copies of items of arrays in pieces. It never looks at the
 * items themselves.
 */
#include "types/array_copy.h"

#include "run/native_args.h"

bool gn_copy_piece(gn_ctx *ctx, gn_array *out, const gn_array *src, size_t *at,
                   size_t end) {
  if (end > src->len)
    end = src->len;
  if (*at >= end)
    return true;
  size_t some = end - *at < GN_COPY_PIECE ? end - *at : GN_COPY_PIECE;
  if (!gn_array_reserve(gn_ctx_heap(ctx), out, out->len + some))
    return false;
  memcpy(out->items + out->len, src->items + *at, some * sizeof(gn_value));
  out->len += (uint32_t)some;
  *at += some;
  gn_charge(ctx, some >> 2);
  return true;
}

static bool begin(gn_ctx *ctx, gn_value *local, size_t from, size_t to) {
  gn_heap *heap = gn_ctx_heap(ctx);
  gn_array *made = gn_array_new(heap, 0);
  if (!made || (from < to && !gn_array_reserve(heap, made, to - from)))
    return false;
  local[GN_COPY_OUT] = gn_from_obj(made);
  local[GN_COPY_FROM] = gn_from_fix((int64_t)from);
  local[GN_COPY_LEFT] = gn_from_fix((int64_t)(to - from));
  return true;
}

int gn_copy_items(gn_ctx *ctx, gn_call *call, gn_value *local,
                  const gn_array *src, size_t from, size_t to) {
  if (call->state == 0 && !begin(ctx, local, from, to))
    return gn_oom(ctx);
  gn_array *out = gn_arr(local[GN_COPY_OUT]);
  size_t at = (size_t)gn_fix(local[GN_COPY_FROM]);
  size_t end = at + (size_t)gn_fix(local[GN_COPY_LEFT]);
  for (at += out->len; at < end && at < src->len;) {
    if (!gn_copy_piece(ctx, out, src, &at, end))
      return gn_oom(ctx);
    if (at < end && gn_slice_over(ctx))
      return gn_pause(call, 1);
  }
  return GN_OK;
}
