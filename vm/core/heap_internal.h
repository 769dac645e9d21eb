/*
 * heap_internal.h - what heap.c, mark.c and validate.c know of each other.
 * Internal to core/.
 */
#ifndef GN_CORE_HEAP_INTERNAL_H
#define GN_CORE_HEAP_INTERNAL_H

#include "core/pool.h"

/* A hole: an object of type GN_T_FREE that is in the list of holes when it
 * has at least GN_HOLE_MIN bytes. Smaller ones wait for their neighbours. */
typedef struct gn_hole {
  gn_obj h;
  struct gn_hole *next;
} gn_hole;

#define GN_HOLE_MIN ((size_t)64)

static inline size_t gn_obj_bytes(const gn_obj *o) {
  return (size_t)o->size << 4;
}

static inline gn_obj *gn_large_obj(gn_chunk *large) {
  return (gn_obj *)(void *)(large + 1);
}

/* ---- large objects ---- */

/* In of.bytes of a large object's chunk, beside the bytes that it counts for:
 * room.c has mapped it. */
#define GN_CHUNK_MAPPED ((size_t)1)

static inline size_t gn_large_bytes(const gn_chunk *large) {
  return large->of.bytes & ~GN_CHUNK_MAPPED;
}

/* Room for `bytes` more under the cap, swept for if need be; they count from
 * then on. False: there is none. */
bool gn_heap_take_bytes(gn_heap *heap, size_t bytes);
/* Gives the memory of a large object back; the heap's accounts know already. */
void gn_large_free(gn_chunk *large);
/* Gives the memory under bytes from..to of its allocation back and leaves the
 * head alone: what is there must not be used any more. */
void gn_large_hollow(gn_chunk *large, size_t from, size_t to);

/* Writes a free object over the rest of the current hole, which stays the
 * current one: every page can be walked then. */
void gn_heap_fence(gn_heap *heap);

/* Looks at all pages that have waited since the last collection. Empty ones go
 * back to the pool, all of them or those beyond heap->keep. */
void gn_heap_sweep_rest(gn_heap *heap, bool all_empty);

/* Passes everything that o refers to to gn_mark, gn_mark_obj, gn_mark_raw. */
void gn_trace(gn_heap *heap, gn_obj *o);

/* Marks all that the roots reach; heap->live gets its bytes. */
void gn_mark_all(gn_heap *heap);

/* The validator's view of a pointer that gn_trace has passed on. */
void gn_check_pointer(gn_heap *heap, const gn_obj *o);

#endif
