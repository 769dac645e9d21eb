/*
 * chunks.h - the framing of a chunked body (RFC 9112, 7.1), read strictly.
 */
#ifndef SERVER_CHUNKS_H
#define SERVER_CHUNKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How far a body has been read; zeroed is its beginning. */
struct chunks {
  uint64_t left;  /* of the chunk, in bytes; its size while that is read */
  uint64_t total; /* of all chunks so far, in bytes */
  uint32_t line;  /* bytes of the line that tells the size */
  uint8_t state;
};

enum chunks_end {
  CHUNKS_GO_ON,    /* all was read, the body goes on */
  CHUNKS_OVER,     /* the body ends within the bytes, or with the last */
  CHUNKS_WRONG,    /* it is malformed */
  CHUNKS_TOO_LARGE /* the chunks have more than `max` bytes, or are to have */
};

/* Reads some bytes; *used is how many belong to the body when it is over. */
enum chunks_end chunks_read(struct chunks *self, const char *bytes, size_t len,
                            uint64_t max, size_t *used);

#endif
