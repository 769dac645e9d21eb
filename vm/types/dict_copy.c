/*
 * dict_copy.c - copies of dicts in pieces. Entries that come while a copy is
 * made lie behind those that are copied; when some go, what is left is copied
 * anew from a snapshot, which nobody changes.
 */
#include "types/dict_copy.h"

#include "run/native_args.h"

/* In *place: the place in the source, and above it the stamp that it had. */
#define STAMP_SHIFT 32

static gn_value place_of(const gn_dict *source, uint32_t at) {
  return gn_from_fix((int64_t)gn_dict_stamp(source) << STAMP_SHIFT | at);
}

static gn_dict *dict_in(gn_value v) {
  return (gn_dict *)gn_as_obj(v);
}

static bool begin(gn_ctx *ctx, gn_dict_copying local, gn_dict *source,
                  bool searched) {
  gn_dict *copy = gn_dict_copy_begin(gn_ctx_heap(ctx), source, searched);
  if (copy == NULL)
    return false;
  *local.copy = gn_from_obj(copy);
  *local.source = gn_from_obj(source);
  *local.place = place_of(source, 0);
  return true;
}

/* Entries of the source were taken out. */
static bool begin_anew(gn_ctx *ctx, gn_dict_copying local, bool searched) {
  gn_dict *source = dict_in(*local.source);
  gn_dict *all = gn_dict_snapshot(gn_ctx_heap(ctx), source);
  if (all == NULL)
    return false;
  gn_charge(ctx, all->live);
  return begin(ctx, local, all, searched);
}

int gn_copy_dict(gn_ctx *ctx, gn_call *call, gn_dict_copying local,
                 gn_dict *dict, bool searched) {
  if (*local.copy == GN_NIL && !begin(ctx, local, dict, searched))
    return gn_oom(ctx);
  if (*local.source == GN_NIL)
    return GN_OK;
  uint16_t stamp = (uint16_t)(gn_fix(*local.place) >> STAMP_SHIFT);
  if (stamp != gn_dict_stamp(dict_in(*local.source)) &&
      !begin_anew(ctx, local, searched))
    return gn_oom(ctx);
  gn_dict *copy = dict_in(*local.copy), *source = dict_in(*local.source);
  uint32_t at = (uint32_t)gn_fix(*local.place);
  bool more = true;
  while (more) {
    uint32_t had = copy->used;
    more = gn_dict_copy_some(copy, source, &at, GN_DICT_PIECE);
    gn_charge(ctx, copy->used - had);
    *local.place = place_of(source, at);
    if (more && gn_slice_over(ctx))
      return gn_pause(call, call->state ? call->state : 1);
  }
  *local.source = GN_NIL;
  return GN_OK;
}
