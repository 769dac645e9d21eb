/*
 * buf.h - a growable run of bytes, for answers and log lines.
 *
 * A failed allocation is remembered in `failed` and makes every later addition
 * a no-op, so that a writer checks once, at the end. It never shrinks by
 * itself and never terminates its bytes with NUL.
 */
#ifndef SERVER_BUF_H
#define SERVER_BUF_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buf {
  char *ptr;
  size_t len, cap;
  bool failed;
};

/* Makes room for more bytes. False, with `failed` set, when out of memory. */
bool buf_grow(struct buf *b, size_t more);

/* Frees the bytes; the buffer is empty and usable again afterwards. */
void buf_free(struct buf *b);

/* Appends a number in decimal. */
void buf_u64(struct buf *b, uint64_t number);

static inline bool buf_reserve(struct buf *b, size_t more) {
  return b->cap - b->len >= more || buf_grow(b, more);
}

static inline void buf_add(struct buf *b, const char *bytes, size_t len) {
  if (len != 0 && buf_reserve(b, len)) {
    assert(b->ptr != NULL);
    memcpy(b->ptr + b->len, bytes, len);
    b->len += len;
  }
}

static inline void buf_byte(struct buf *b, char byte) {
  if (buf_reserve(b, 1)) {
    assert(b->ptr != NULL);
    b->ptr[b->len++] = byte;
  }
}

/* Appends a literal or any other NUL-terminated text. */
static inline void buf_str(struct buf *b, const char *text) {
  buf_add(b, text, strlen(text));
}

/* Empties it, keeping the memory and forgetting a failure. */
static inline void buf_clear(struct buf *b) {
  b->len = 0;
  b->failed = false;
}

#endif
