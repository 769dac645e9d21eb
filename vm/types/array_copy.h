/*
 * array_copy.h - copies of items of arrays in pieces, with a look at the slice
 * after each: to touch the pages of a fresh buffer of some million items takes
 * tens of milliseconds.
 */
#ifndef GN_TYPES_ARRAY_COPY_H
#define GN_TYPES_ARRAY_COPY_H

#include "run/native.h"

/* Items of a piece. */
#define GN_COPY_PIECE 8192u

/* The locals of a native that gn_copy_items works with. */
enum { GN_COPY_OUT, GN_COPY_FROM, GN_COPY_LEFT, GN_COPY_LOCALS };

/* A new array of items from..to - 1 of src, from <= to <= src->len; both count
 * at the first entry only. GN_OK with the array in local[GN_COPY_OUT], now and
 * whenever it is asked again; else a status to return. What src loses in the
 * meantime is missing. */
int gn_copy_items(gn_ctx *ctx, gn_call *call, gn_value *local,
                  const gn_array *src, size_t from, size_t to);

/* Appends items of src from *at on to out, at most a piece of them, and moves
 * *at on. False: out of memory. */
bool gn_copy_piece(gn_ctx *ctx, gn_array *out, const gn_array *src, size_t *at,
                   size_t end);

#endif
