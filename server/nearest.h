/*
 * nearest.h - which of some names a misspelt one was meant to be.
 */
#ifndef SERVER_NEAREST_H
#define SERVER_NEAREST_H

#include <stdbool.h>
#include <stddef.h>

/* The search for one name; begin with its text and length alone. */
struct nearest {
  const char *name;
  size_t len;
  const char *found; /* NULL: none is near */
  size_t distance;   /* of found */
};

/* Looks at one more name, of fewer than 64 bytes, that there is. True: it is
 * the nearest so far, and near enough. */
bool nearest_look(struct nearest *search, const char *name);

#endif
