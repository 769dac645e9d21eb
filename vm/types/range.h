/*
 * range.h - ranges: start, end (inclusive) and step of Ints. Their elements
 * are never stored.
 */
#ifndef GN_TYPES_RANGE_H
#define GN_TYPES_RANGE_H

#include "core/heap.h"

static inline bool gn_is_range(gn_value v) {
  return gn_is(v, GN_T_RANGE);
}

/* step must not be 0; `stepped` says that it was given. GN_NONE: out of
 * memory. */
gn_value gn_range_new(gn_heap *heap, int64_t start, int64_t end, int64_t step,
                      bool stepped);

/* Number of elements less one in *last; false when there is none. (The count
 * itself need not fit 64 bits.) */
bool gn_range_last(const gn_range *r, uint64_t *last);

/* Element i (from 0); false at and past the end. */
bool gn_range_at(const gn_range *r, uint64_t i, int64_t *out);

#endif
