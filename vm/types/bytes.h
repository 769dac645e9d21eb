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

/* Locals of natives that make Bytes, or something else of their bytes. */
enum { GN_BYTES_OUT, GN_BYTES_AT, GN_BYTES_LOCALS };

/* Makes the len bytes the result, as Bytes: GN_OK or a status to return. They
 * must be the same, and call->state 0 or GN_YIELD's, at the next entry. */
int gn_give_bytes(gn_ctx *ctx, gn_call *call, const char *bytes, size_t len);

/* .to_array of Bytes and .each_byte of String. */
int gn_bytes_to_array(gn_ctx *ctx, gn_call *call);

/* The operators: argv[0], and of combine argv[1], are Bytes; op: one of & | ^.
 * GN_OK or a status to return. GN_BYTES_LOCALS locals. */
int gn_bytes_not(gn_ctx *ctx, gn_call *call);
int gn_bytes_join(gn_ctx *ctx, gn_call *call, uint32_t argc);
int gn_bytes_combine(gn_ctx *ctx, gn_call *call, char op);
int gn_bytes_shift(gn_ctx *ctx, gn_call *call, int64_t count, bool left);

#endif
