/*
 * text.c - mends what is not UTF-8, so that a String never holds anything else.
 */
#include "io/text.h"

#include <string.h>

#include "core/utf8.h"

static void put_replacement(char *out) {
  out[0] = '\xef';
  out[1] = '\xbf';
  out[2] = '\xbd';
}

/* How many bytes at s, which begin no valid sequence, one replacement stands
 * for: the longest start of some valid sequence, at least 1. */
static size_t bad_part(const unsigned char *s, size_t len) {
  unsigned char lead = s[0], low = 0x80, high = 0xbf;
  size_t need = 0;
  if (lead >= 0xc2 && lead <= 0xdf)
    need = 1;
  else if ((lead & 0xf0) == 0xe0)
    need = 2;
  else if (lead >= 0xf0 && lead <= 0xf4)
    need = 3;
  if (lead == 0xe0)
    low = 0xa0;
  else if (lead == 0xed)
    high = 0x9f;
  else if (lead == 0xf0)
    low = 0x90;
  else if (lead == 0xf4)
    high = 0x8f;
  size_t n = 1;
  while (n <= need && n < len && s[n] >= low && s[n] <= high) {
    n++;
    low = 0x80;
    high = 0xbf;
  }
  return n;
}

size_t gn_utf8_mend(const char *src, size_t len, char *out) {
  size_t n = 0;
  for (size_t at = 0; at < len;) {
    size_t good = gn_utf8_valid_prefix(src + at, len - at);
    if (out != NULL)
      memcpy(out + n, src + at, good);
    n += good;
    at += good;
    if (at == len)
      break;
    if (out != NULL)
      put_replacement(out + n);
    n += 3;
    at += bad_part((const unsigned char *)src + at, len - at);
  }
  return n;
}
