/*
 * nearest.c - distances between words by Levenshtein's measure. It allocates
 * nothing.
 */
#include "server/nearest.h"

#include <assert.h>
#include <string.h>

#define LONGEST 64

/* Letters to be put in, left out, or replaced until one text is the other. */
static size_t distance(const char *a, size_t a_len, const char *b) {
  size_t row[LONGEST];
  size_t b_len = strlen(b);

  assert(b_len < LONGEST);
  for (size_t j = 0; j <= b_len; j++)
    row[j] = j;
  for (size_t i = 1; i <= a_len; i++) {
    size_t above_left = row[0];

    row[0] = i;
    for (size_t j = 1; j <= b_len; j++) {
      size_t best = above_left + (a[i - 1] != b[j - 1]);

      above_left = row[j];
      if (row[j] + 1 < best)
        best = row[j] + 1;
      if (row[j - 1] + 1 < best)
        best = row[j - 1] + 1;
      row[j] = best;
    }
  }
  return row[b_len];
}

bool nearest_look(struct nearest *search, const char *name) {
  size_t far;

  if (search->len >= LONGEST)
    return false;
  far = distance(search->name, search->len, name);
  if (far > search->len / 4 + 1 || /* more is another word */
      (search->found != NULL && far >= search->distance))
    return false;
  search->found = name;
  search->distance = far;
  return true;
}
