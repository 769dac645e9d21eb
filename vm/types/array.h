/*
 * array.h - arrays: growable, of any values. Builtins are in array.c's table
 * (array_sort.c has the sort).
 */
#ifndef GN_TYPES_ARRAY_H
#define GN_TYPES_ARRAY_H

#include "core/heap.h"

static inline bool gn_is_array(gn_value v) {
  return gn_is(v, GN_T_ARRAY);
}
static inline gn_array *gn_arr(gn_value v) {
  return (gn_array *)gn_as_obj(v);
}

/* NULL / false: out of memory (nothing changed). */
gn_array *gn_array_new(gn_heap *heap, size_t cap);
gn_array *gn_array_from(gn_heap *heap, const gn_value *items, size_t n);
/* Of the first n values of buf, which nobody else must have; n <= buf->cap. */
gn_array *gn_array_of(gn_heap *heap, gn_values *buf, uint32_t n);
bool gn_array_push_slow(gn_heap *heap, gn_array *a, gn_value v);
static inline bool gn_array_push(gn_heap *heap, gn_array *a, gn_value v) {
  if (GN_LIKELY(a->len < a->cap)) {
    a->items[a->len++] = v;
    return true;
  }
  return gn_array_push_slow(heap, a, v);
}
bool gn_array_reserve(gn_heap *heap, gn_array *a, size_t cap);
bool gn_array_insert(gn_heap *heap, gn_array *a, size_t at, gn_value v);
gn_value gn_array_remove(gn_array *a, size_t at);

#endif
