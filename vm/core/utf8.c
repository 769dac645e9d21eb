/*
 * utf8.c - checking, counting, decoding and encoding of UTF-8. ASCII goes by
 * eight bytes at a time. It never allocates.
 */
#include "core/utf8.h"

#include <assert.h>
#include <string.h>

#define HIGH_BITS UINT64_C(0x8080808080808080)
#define LOW_BITS  UINT64_C(0x0101010101010101)

static uint64_t load8(const char *s) {
  uint64_t word;
  memcpy(&word, s, sizeof word);
  return word;
}

static bool is_tail(unsigned char c) {
  return (c & 0xc0) == 0x80;
}

/* Bytes of the sequence at s, 0 when it is not valid within len bytes. */
static size_t sequence(const char *s, size_t len) {
  const unsigned char *p = (const unsigned char *)s;
  unsigned char a = p[0];
  if (a < 0x80)
    return 1;
  if (a < 0xc2 || a > 0xf4 || len < 2 || !is_tail(p[1]))
    return 0;
  if (a < 0xe0)
    return 2;
  if (len < 3 || !is_tail(p[2]))
    return 0;
  if (a < 0xf0) { /* no overlong forms, no surrogates */
    bool bad = (a == 0xe0 && p[1] < 0xa0) || (a == 0xed && p[1] > 0x9f);
    return bad ? 0 : 3;
  }
  if (len < 4 || !is_tail(p[3]))
    return 0;
  bool bad = (a == 0xf0 && p[1] < 0x90) || (a == 0xf4 && p[1] > 0x8f);
  return bad ? 0 : 4;
}

size_t gn_utf8_valid_prefix(const char *s, size_t len) {
  size_t i = 0;
  while (i < len) {
    if (len - i >= 8 && (load8(s + i) & HIGH_BITS) == 0) {
      i += 8;
      continue;
    }
    size_t n = sequence(s + i, len - i);
    if (n == 0)
      break;
    i += n;
  }
  return i;
}

size_t gn_utf8_count(const char *s, size_t len) {
  size_t tails = 0, i = 0;
  for (; len - i >= 8; i += 8) {
    uint64_t word = load8(s + i);
    uint64_t tail = (word >> 7) & ~(word >> 6) & LOW_BITS;
    tails += (size_t)((tail * LOW_BITS) >> 56);
  }
  for (; i < len; i++)
    tails += is_tail((unsigned char)s[i]);
  return len - tails;
}

uint32_t gn_utf8_decode(const char *s, size_t len, uint32_t *size) {
  const unsigned char *p = (const unsigned char *)s;
  uint32_t a = p[0];
  assert(len > 0 && sequence(s, len) != 0);
  (void)len;
  if (a < 0x80) {
    *size = 1;
    return a;
  }
  if (a < 0xe0) {
    *size = 2;
    return (a & 0x1f) << 6 | (p[1] & 0x3fu);
  }
  if (a < 0xf0) {
    *size = 3;
    return (a & 0x0f) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
  }
  *size = 4;
  return (a & 0x07) << 18 | (p[1] & 0x3fu) << 12 | (p[2] & 0x3fu) << 6 |
         (p[3] & 0x3fu);
}

uint32_t gn_utf8_encode(uint32_t c, char buf[4]) {
  assert(c <= 0x10ffff && (c < 0xd800 || c > 0xdfff));
  if (c < 0x80) {
    buf[0] = (char)c;
    return 1;
  }
  if (c < 0x800) {
    buf[0] = (char)(0xc0 | c >> 6);
    buf[1] = (char)(0x80 | (c & 0x3f));
    return 2;
  }
  if (c < 0x10000) {
    buf[0] = (char)(0xe0 | c >> 12);
    buf[1] = (char)(0x80 | (c >> 6 & 0x3f));
    buf[2] = (char)(0x80 | (c & 0x3f));
    return 3;
  }
  buf[0] = (char)(0xf0 | c >> 18);
  buf[1] = (char)(0x80 | (c >> 12 & 0x3f));
  buf[2] = (char)(0x80 | (c >> 6 & 0x3f));
  buf[3] = (char)(0x80 | (c & 0x3f));
  return 4;
}
