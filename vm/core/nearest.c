/*
 * nearest.c - edit distance, three rows of its table at a time.
 */
#include "core/nearest.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LETTERS_MAX 48u /* longer names are not compared */
#define NAMES_MAX   4000u
#define FAR         4u

static int folded(char c) {
  return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static unsigned least(unsigned a, unsigned b) {
  return a < b ? a : b;
}

static bool swapped(const char *a, const char *b) {
  return folded(a[0]) == folded(b[1]) && folded(a[1]) == folded(b[0]);
}

static unsigned distance(const char *a, size_t n, const char *b, size_t m) {
  unsigned rows[3][LETTERS_MAX + 1];
  for (unsigned k = 0; k <= m; k++)
    rows[0][k] = k;
  for (unsigned i = 1; i <= n; i++) {
    unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3];
    row[0] = i;
    for (unsigned k = 1; k <= m; k++) {
      bool same = folded(a[i - 1]) == folded(b[k - 1]);
      unsigned d = least(row[k - 1], above[k]) + 1;
      d = least(d, above[k - 1] + (same ? 0 : 1));
      if (i > 1 && k > 1 && swapped(a + i - 2, b + k - 2))
        d = least(d, rows[(i + 1) % 3][k - 2] + 1);
      row[k] = d;
    }
  }
  return rows[n % 3][m];
}

void gn_nearest_start(gn_nearest *n, const char *wanted, size_t len) {
  unsigned most = (unsigned)(len / 3) + 1;
  *n = (gn_nearest){.wanted = wanted,
                    .wanted_len = len,
                    .distance = len > LETTERS_MAX ? 0 : least(most, FAR),
                    .left = NAMES_MAX};
}

void gn_nearest_try(gn_nearest *n, const char *text, size_t len) {
  size_t longer = len > n->wanted_len ? len : n->wanted_len;
  size_t apart = 2 * longer - len - n->wanted_len;
  if (n->left == 0 || len == 0 || len > LETTERS_MAX || apart >= n->distance)
    return;
  if (len == n->wanted_len && memcmp(text, n->wanted, len) == 0)
    return;
  n->left--;
  unsigned d = distance(n->wanted, n->wanted_len, text, len);
  if (d >= n->distance)
    return;
  n->distance = d;
  n->text = text;
  n->len = len;
}
