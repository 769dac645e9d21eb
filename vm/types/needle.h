/*
 * needle.h - the search for a long text in a text, from the front or from the
 * end, in slices: what is known of the needle, and where the search stands, is
 * kept in a local of the native.
 */
#ifndef GN_TYPES_NEEDLE_H
#define GN_TYPES_NEEDLE_H

#include "run/native.h"

/* What a search gives beside 1 (found) and 0 (no more). */
#define GN_SEEK_PAUSE (-1) /* the slice is over */
#define GN_SEEK_OOM   (-2) /* without memory for its state */

/* Bytes from which on a needle is long: what is shorter is made ready at every
 * entry, without memory. */
#define GN_NEEDLE_LONG 4096u

/* Looks in text[0..len) for needle[0..n), n >= 1, with at most *at bytes before
 * it (`back`) or at least as many, the nearest first. 1 with its place in *at,
 * 0, or GN_SEEK_*: go on with what is in *at and *state then, a local that is
 * GN_NIL at first; the same needle may be looked for again with it. Linear,
 * and charged by the bytes compared. */
int gn_needle_seek(gn_ctx *ctx, gn_value *state, const char *text, size_t len,
                   const char *needle, size_t n, bool back, uint32_t *at);

#endif
