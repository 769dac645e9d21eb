/*
 * pieces.h - long work over bytes in pieces, with a look at the slice after
 * each: a fresh buffer of many megabytes costs the loop tens of milliseconds
 * by the touching of its pages alone.
 *
 * Where the work stands is in a local of the native, *at: GN_NIL at first and
 * again at the end. A native that was paused finds call->state not 0.
 */
#ifndef GN_RUN_PIECES_H
#define GN_RUN_PIECES_H

#include "run/native.h"

/* Bytes of a piece; what is no longer is done at once. */
#define GN_PIECE ((size_t)1 << 16)

/* Works on bytes from..to of the whole. */
typedef void gn_piece_fn(void *data, size_t from, size_t to);

/* Calls piece for all of 0..total in order. GN_OK, or GN_YIELD to be returned.
 * data is the entry's own: buffers may have moved in between. */
int gn_in_pieces(gn_ctx *ctx, gn_call *call, gn_value *at, size_t total,
                 gn_piece_fn *piece, void *data);

/* memcpy of len bytes. GN_OK or GN_YIELD. */
int gn_copy_run(gn_ctx *ctx, gn_call *call, gn_value *at, char *to,
                const char *from, size_t len);

/* Whether the bytes are UTF-8, in *valid with GN_OK; or GN_YIELD. */
int gn_valid_run(gn_ctx *ctx, gn_call *call, gn_value *at, const char *bytes,
                 size_t len, bool *valid);

/* Appends bytes to the builder in *machine, which gn_print_builder makes.
 * GN_OK, GN_YIELD or GN_THROW; without memory it goes on where it stopped. */
int gn_put_run(gn_ctx *ctx, gn_call *call, gn_value *machine, gn_value *at,
               const char *bytes, size_t len);

/* a ++ b of two strings: GN_OK with call->result, else a status. *joined and
 * *at are locals, GN_NIL at first and in the end. */
int gn_concat_run(gn_ctx *ctx, gn_call *call, gn_value *joined, gn_value *at,
                  gn_value a, gn_value b);

#endif
