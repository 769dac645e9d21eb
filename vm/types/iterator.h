/*
 * iterator.h - what .iter gives: a place in an array (live), a range, a
 * snapshot of a map or set, a string or bytes. It never calls Gene code.
 */
#ifndef GN_TYPES_ITERATOR_H
#define GN_TYPES_ITERATOR_H

#include "core/heap.h"

enum gn_iterator_kind { /* h.aux: what typeof says */
                        GN_ITERATOR_ARRAY,
                        GN_ITERATOR_MAP,
                        GN_ITERATOR_RANGE,
};

typedef struct gn_iterator {
  gn_machine m;
  gn_value over;  /* what is walked; maps and sets: a copy */
  uint64_t at;    /* next place; bytes in strings */
  uint64_t count; /* elements given so far */
} gn_iterator;

/* True when gn_iterator_new can walk v: Array, Map, HashMap, HashSet, Range,
 * String, Bytes, Gene (its children). */
bool gn_iterable(gn_value v);

/* GN_NONE: out of memory. */
gn_value gn_iterator_new(gn_heap *heap, gn_value over);
/* The same without the copy: over is one, or no dict. */
gn_value gn_iterator_over(gn_heap *heap, gn_value over);

/* Advances: 1 with *key (index, or the key; of Maps a symbol) and *item, 0 at
 * the end, -1 out of memory (nothing changed). key NULL: it is not wanted. */
int gn_iterator_next(gn_heap *heap, gn_iterator *it, gn_value *key,
                     gn_value *item);

#endif
