/*
 * arena.h - memory that is given back all at once: the compiler's scratch and
 * the tables of a program. Never frees a single piece.
 */
#ifndef GN_COMPILE_ARENA_H
#define GN_COMPILE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/heap.h"

typedef struct gn_arena gn_arena;

/* An arena that holds at most `cap` bytes; what it takes from the machine is
 * charged to the heap `payer`, if any. NULL: out of memory. */
gn_arena *gn_arena_new(size_t cap, gn_heap *payer);
void gn_arena_free(gn_arena *arena_or_null);

/* Gives blocks back until they are `bytes` or more. True: none is left, and
 * nothing can be allocated any more. */
bool gn_arena_shrink(gn_arena *arena, size_t bytes);

/* Nobody pays any more; what was charged is taken back. */
void gn_arena_settle(gn_arena *arena);

/* Zeroed memory for `bytes` bytes (0 is allowed), aligned for any type. NULL:
 * the cap or the machine's memory is reached. */
void *gn_arena_alloc(gn_arena *arena, size_t bytes);

/* True once an allocation failed at the cap rather than at the machine's. */
bool gn_arena_capped(const gn_arena *arena);

/* Bytes handed out so far. */
size_t gn_arena_used(const gn_arena *arena);

/* Bytes taken from the machine. */
size_t gn_arena_bytes(const gn_arena *arena);

/* Makes room for one more item in a vector of `n` items of `size` bytes:
 * *items and *cap are replaced when it is full. False: out of memory. */
bool gn_arena_grow(gn_arena *arena, void **items, uint32_t n, uint32_t *cap,
                   size_t size);

#endif
