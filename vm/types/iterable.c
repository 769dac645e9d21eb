/*
 * iterable.c - searching among items by ==, and other small methods that
 * several collections share.
 */
#include "types/iterable.h"

#include "run/native_args.h"

enum find_local { FIND_MACHINE, FIND_AT, FIND_COUNT, FIND_ITEM };

static const gn_value *items_of(gn_value v, uint32_t *n) {
  if (gn_is_array(v)) {
    *n = gn_arr(v)->len;
    return gn_arr(v)->items;
  }
  *n = gn_gen(v)->n;
  return gn_gen(v)->children;
}

/* One comparison; the item is kept, as it may be replaced while == runs. */
static int compare(gn_ctx *ctx, gn_call *call, gn_value item, bool *equal) {
  gn_value *local = call->locals;
  if (local[FIND_MACHINE] == GN_NIL)
    local[FIND_ITEM] = item;
  return gn_equals(ctx, call, &local[FIND_MACHINE], local[FIND_ITEM],
                   call->argv[1], equal);
}

/* Looks on from FIND_AT: GN_OK with *at the next equal item or -1. */
static int find_next(gn_ctx *ctx, gn_call *call, int64_t *at) {
  gn_value *local = call->locals;
  uint32_t n, i = (uint32_t)gn_fix(local[FIND_AT]);
  const gn_value *items = items_of(call->argv[0], &n);
  *at = -1;
  while (*at < 0 && (i < n || local[FIND_MACHINE] != GN_NIL)) {
    bool equal;
    int status = compare(ctx, call, i < n ? items[i] : GN_NIL, &equal);
    if (status != GN_OK)
      return status;
    if (equal)
      *at = i;
    local[FIND_AT] = gn_from_fix(++i);
    if ((i & 255) != 0)
      continue;
    gn_charge(ctx, 256);
    if (*at < 0 && gn_slice_over(ctx))
      return gn_pause(call, 1);
  }
  return GN_OK;
}

static void begin(gn_call *call) {
  if (call->state != 0)
    return;
  call->locals[FIND_MACHINE] = GN_NIL;
  call->locals[FIND_AT] = gn_from_fix(0);
  call->locals[FIND_COUNT] = gn_from_fix(0);
}

int gn_find_item(gn_ctx *ctx, gn_call *call, int64_t *at) {
  begin(call);
  return find_next(ctx, call, at);
}

int gn_count_items(gn_ctx *ctx, gn_call *call, int64_t *count) {
  begin(call);
  gn_value *n = &call->locals[FIND_COUNT];
  for (;;) {
    int64_t at;
    int status = find_next(ctx, call, &at);
    if (status != GN_OK)
      return status;
    if (at < 0)
      break;
    *n = gn_from_fix(gn_fix(*n) + 1);
  }
  *count = gn_fix(*n);
  return GN_OK;
}

int gn_contains_method(gn_ctx *ctx, gn_call *call) {
  int64_t at;
  int status = gn_find_item(ctx, call, &at);
  return status == GN_OK ? gn_return_bool(call, at >= 0) : status;
}

int gn_immutable_method(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  return gn_return_bool(call, gn_immutable(gn_as_obj(call->argv[0])));
}
