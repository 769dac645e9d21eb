/*
 * nearest.h - finds the name that a misspelt one was probably meant to be: the
 * one of least edit distance (insertions, deletions, changes, swaps of two
 * neighbours), upper and lower case being the same. Never allocates; its cost
 * is bounded whatever it is given.
 */
#ifndef GN_CORE_NEAREST_H
#define GN_CORE_NEAREST_H

#include <stddef.h>
#include <stdint.h>

typedef struct gn_nearest gn_nearest;

struct gn_nearest {
  const char *wanted;
  size_t wanted_len;
  const char *text; /* the nearest so far, of its caller; NULL: none is near */
  size_t len;
  unsigned distance; /* of it; without one, what it must stay below */
  uint32_t left;     /* names that are still looked at */
};

/* At most a third of the letters may differ. The text must stay. */
void gn_nearest_start(gn_nearest *n, const char *wanted, size_t len);
/* Takes the name when it is nearer than all before. The wanted one itself is
 * passed over. */
void gn_nearest_try(gn_nearest *n, const char *text, size_t len);

#endif
