/*
 * chunks.c - the framing of a chunked body, byte by byte. Two readers that
 * disagree on where a body ends can be made to see different requests after
 * it, so nothing is forgiven here: lines end in CRLF, sizes are hexadecimal
 * digits alone, and neither extensions nor trailers hold a control character.
 * It keeps nothing of what it reads.
 */
#include "server/chunks.h"

#include <assert.h>

#include "server/token.h"

/* A size with its extensions, which nobody here knows. */
#define LINE_MAX_BYTES 1024

enum state {
  SIZE_BEGIN,
  SIZE,
  EXTENSION,
  SIZE_END, /* CR was there, LF has to follow; so with the other ends */
  DATA,
  DATA_CR,
  DATA_END,
  TRAILER_BEGIN,
  TRAILER_NAME,
  TRAILER_VALUE,
  TRAILER_END,
  BODY_END,
  OVER,
  BAD,
};

static int digit_of(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static enum state size_digit(struct chunks *self, char c) {
  int digit = digit_of(c);

  if (digit < 0)
    return BAD;
  self->left = self->left > UINT64_MAX >> 4 ? UINT64_MAX
                                            : self->left << 4 | (uint64_t)digit;
  return SIZE;
}

static enum state size_end(struct chunks *self, char c) {
  self->line = 0;
  if (c != '\n')
    return BAD;
  if (__builtin_add_overflow(self->total, self->left, &self->total))
    self->total = UINT64_MAX;
  return self->left > 0 ? DATA : TRAILER_BEGIN;
}

/* What may stand in a line whose meaning is nobody's here. */
static enum state within_line(char c, enum state here, enum state end) {
  if (c == '\r')
    return end;
  return token_is_control(c) ? BAD : here;
}

static enum state size_more(struct chunks *self, char c) {
  if (c == ';')
    return EXTENSION;
  return c == '\r' ? SIZE_END : size_digit(self, c);
}

static enum state trailer(enum state state, char c) {
  switch (state) {
  case TRAILER_BEGIN:
    if (c == '\r')
      return BODY_END;
    return token_has(c) ? TRAILER_NAME : BAD;
  case TRAILER_NAME:
    if (c == ':')
      return TRAILER_VALUE;
    return token_has(c) ? TRAILER_NAME : BAD;
  case TRAILER_VALUE: return within_line(c, TRAILER_VALUE, TRAILER_END);
  case TRAILER_END: return c == '\n' ? TRAILER_BEGIN : BAD;
  default: return c == '\n' ? OVER : BAD; /* BODY_END */
  }
}

static enum state next(struct chunks *self, char c) {
  switch ((enum state)self->state) {
  case SIZE_BEGIN: return size_digit(self, c);
  case SIZE: return size_more(self, c);
  case EXTENSION: return within_line(c, EXTENSION, SIZE_END);
  case SIZE_END: return size_end(self, c);
  case DATA_CR: return c == '\r' ? DATA_END : BAD;
  case DATA_END: return c == '\n' ? SIZE_BEGIN : BAD;
  default: return trailer(self->state, c);
  }
}

/* Takes the bytes of a chunk at once. */
static size_t skip_data(struct chunks *self, size_t len) {
  size_t skip = self->left < len ? (size_t)self->left : len;

  self->left -= skip;
  if (self->left == 0)
    self->state = DATA_CR;
  return skip;
}

enum chunks_end chunks_read(struct chunks *self, const char *bytes, size_t len,
                            uint64_t max, size_t *used) {
  size_t at = 0;

  assert(self->state != OVER);
  while (at < len && self->state < OVER) {
    if (self->state == DATA) {
      at += skip_data(self, len - at);
      continue;
    }
    self->state = (uint8_t)next(self, bytes[at++]);
    if (self->state <= SIZE_END && ++self->line > LINE_MAX_BYTES)
      self->state = BAD;
    if (self->total > max)
      return CHUNKS_TOO_LARGE;
  }
  *used = at;
  if (self->state == BAD)
    return CHUNKS_WRONG;
  return self->state == OVER ? CHUNKS_OVER : CHUNKS_GO_ON;
}
