/*
 * buf.c - the slow paths of the growable buffer. It knows nothing of what is
 * written into it.
 */
#include "server/buf.h"

#include <assert.h>
#include <stdlib.h>

bool buf_grow(struct buf *b, size_t more) {
  size_t cap;
  char *ptr;

  if (b->failed)
    return false;
  if (more > SIZE_MAX / 4 || b->len > SIZE_MAX / 4) {
    b->failed = true;
    return false;
  }
  cap = b->cap < 512 ? 512 : b->cap * 2;
  if (cap < b->len + more)
    cap = b->len + more;
  ptr = realloc(b->ptr, cap);
  if (ptr == NULL) {
    b->failed = true;
    return false;
  }
  b->ptr = ptr;
  b->cap = cap;
  assert(b->cap - b->len >= more);
  return true;
}

void buf_free(struct buf *b) {
  free(b->ptr);
  *b = (struct buf){0};
}

void buf_u64(struct buf *b, uint64_t number) {
  char digits[20];
  size_t at = sizeof digits;

  if (number < 10) {
    buf_byte(b, (char)('0' + number));
    return;
  }
  do {
    digits[--at] = (char)('0' + number % 10);
    number /= 10;
  } while (number != 0);
  buf_add(b, digits + at, sizeof digits - at);
}
