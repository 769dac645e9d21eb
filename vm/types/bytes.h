/*
 * bytes.h - Bytes: an immutable run of any bytes, in the layout of a string.
 */
#ifndef GN_TYPES_BYTES_H
#define GN_TYPES_BYTES_H

#include "run/native.h"
#include "types/string.h"

static inline bool gn_is_bytes(gn_value v) {
  return gn_is(v, GN_T_BYTES);
}

/* Copies len bytes; bytes NULL: they are to be filled in by the caller.
 * GN_NONE: out of memory. */
gn_value gn_bytes_new(gn_heap *heap, const char *bytes, size_t len);

/* Where the caller of gn_bytes_new(heap, NULL, n) fills in. */
static inline char *gn_bytes_fill(gn_value v) {
  return gn_str(v)->as.bytes;
}

/* .to_array of Bytes and .each_byte of String. */
int gn_bytes_to_array(gn_ctx *ctx, gn_call *call);

#endif
