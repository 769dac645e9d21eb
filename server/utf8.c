/*
 * utf8.c - checks UTF-8; eight bytes at a time while they are ASCII, which
 * nearly all of a script is.
 */
#include "server/utf8.h"

#include <stdint.h>
#include <string.h>

static bool is_tail(unsigned char byte) {
  return (byte & 0xc0) == 0x80;
}

/* Length of the well-formed sequence at p, of at most left bytes; 0: none. */
static size_t sequence(const unsigned char *p, size_t left) {
  unsigned char first = p[0];

  if (first < 0x80)
    return 1;
  if (first >= 0xc2 && first <= 0xdf)
    return left >= 2 && is_tail(p[1]) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    unsigned char low = first == 0xe0 ? 0xa0 : 0x80;
    unsigned char high = first == 0xed ? 0x9f : 0xbf;

    return left >= 3 && p[1] >= low && p[1] <= high && is_tail(p[2]) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    unsigned char low = first == 0xf0 ? 0x90 : 0x80;
    unsigned char high = first == 0xf4 ? 0x8f : 0xbf;

    return left >= 4 && p[1] >= low && p[1] <= high && is_tail(p[2]) &&
                   is_tail(p[3])
               ? 4
               : 0;
  }
  return 0;
}

size_t utf8_bad_at(const char *bytes, size_t len) {
  size_t at = 0;

  while (at < len) {
    uint64_t word;
    size_t step;

    if (len - at >= sizeof word) {
      memcpy(&word, bytes + at, sizeof word);
      if ((word & 0x8080808080808080u) == 0) {
        at += sizeof word;
        continue;
      }
    }
    step = sequence((const unsigned char *)bytes + at, len - at);
    if (step == 0)
      return at;
    at += step;
  }
  return len;
}
