/*
 * print_path.h - the set of the objects within which something is printed,
 * for finding cycles below many levels. It holds no references: whoever
 * prints keeps its stack alive.
 */
#ifndef GN_SYNTAX_PRINT_PATH_H
#define GN_SYNTAX_PRINT_PATH_H

#include "core/heap.h"

typedef struct gn_print_path {
  uint32_t mask;   /* slots - 1 */
  uint64_t *slots; /* in buf; 0: free. NULL: the set is not used yet */
  gn_blob *buf;
} gn_print_path;

/* An empty set of twice the slots, or of `first` (a power of two). Whoever
 * calls adds its objects again. False: out of memory, and all is as it was. */
bool gn_print_path_grow(gn_heap *heap, gn_print_path *path, size_t first);

/* v is not in the set, which has a free slot beside that for v. */
void gn_print_path_add(gn_print_path *path, gn_value v);

/* Takes out v, which must have been added last of all that are in the set. */
void gn_print_path_remove(gn_print_path *path, gn_value v);

bool gn_print_path_has(const gn_print_path *path, gn_value v);

#endif
