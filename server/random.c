/*
 * random.c - random bytes and ids. No generator of our own: an id is a secret
 * that opens an evaluation's result, so its bits are the system's.
 */
#include "server/random.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void from_system(void *out, size_t len) {
  char *at = out;

  while (len > 0) {
    ssize_t got = getrandom(at, len, 0);

    if (got < 0 && errno != EINTR)
      abort();
    if (got > 0) {
      at += got;
      len -= (size_t)got;
    }
  }
}

void random_bytes(void *out, size_t len) {
  static unsigned char pool[4096];
  static size_t left;

  if (len > sizeof pool) {
    from_system(out, len);
    return;
  }
  if (left < len) {
    from_system(pool, sizeof pool);
    left = sizeof pool;
  }
  left -= len;
  memcpy(out, pool + left, len);
  memset(pool + left, 0, len);
}

void id_write(char *out, const uint8_t *id) {
  char *at = out;

  *at++ = 'f';
  *at++ = '_';
  for (size_t i = 0; i < 15; i += 3) {
    unsigned bits =
        (unsigned)id[i] << 16 | (unsigned)id[i + 1] << 8 | id[i + 2];

    *at++ = alphabet[bits >> 18];
    *at++ = alphabet[bits >> 12 & 63];
    *at++ = alphabet[bits >> 6 & 63];
    *at++ = alphabet[bits & 63];
  }
  *at++ = alphabet[id[15] >> 2];
  *at++ = alphabet[(id[15] & 3) << 4];
  assert(at - out == ID_TEXT_LEN);
}

static int digit(char c) {
  if (c >= 'A' && c <= 'Z')
    return c - 'A';
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 26;
  if (c >= '0' && c <= '9')
    return c - '0' + 52;
  return c == '-' ? 62 : c == '_' ? 63 : -1;
}

bool id_read(const char *text, size_t len, uint8_t *id) {
  unsigned bits = 0, have = 0;
  size_t done = 0;

  if (len != ID_TEXT_LEN || text[0] != 'f' || text[1] != '_')
    return false;
  for (size_t i = 2; i < len; i++) {
    int value = digit(text[i]);

    if (value < 0)
      return false;
    bits = bits << 6 | (unsigned)value;
    have += 6;
    if (have >= 8) {
      have -= 8;
      id[done++] = (uint8_t)(bits >> have);
      bits &= (1u << have) - 1;
    }
  }
  return bits == 0;
}
