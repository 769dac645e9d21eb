/*
 * arena.c - blocks of doubling size, linked, filled from the front; the first
 * lies in the arena itself. Large pieces get a block of their own. Memory is
 * zeroed when it is handed out: most small programs use a part of a block.
 */
#include "compile/arena.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BLOCK ((size_t)2048)
#define LAST_BLOCK  ((size_t)256 * 1024)
#define ALIGN       ((size_t)16)

typedef struct block {
  struct block *next;
  size_t size; /* in all */
  char bytes[];
} block;

struct gn_arena {
  block *blocks;
  char *cur, *end;
  size_t next_size;
  size_t bytes, cap, used;
  gn_heap *payer; /* or NULL */
  bool capped;
  _Alignas(16) char first[FIRST_BLOCK];
};

gn_arena *gn_arena_new(size_t cap, gn_heap *payer) {
  gn_arena *a = malloc(sizeof *a);
  if (!a)
    return NULL;
  a->bytes = cap < sizeof *a ? cap : sizeof *a;
  if (payer && !gn_heap_charge(payer, a->bytes)) {
    free(a);
    return NULL;
  }
  a->payer = payer;
  a->used = 0;
  a->blocks = NULL;
  a->cur = a->first;
  a->end = cap < sizeof *a ? a->first : a->first + FIRST_BLOCK;
  a->next_size = FIRST_BLOCK * 2;
  a->cap = cap;
  a->capped = false;
  return a;
}

void gn_arena_settle(gn_arena *a) {
  if (a->payer)
    gn_heap_uncharge(a->payer, a->bytes);
  a->payer = NULL;
}

bool gn_arena_shrink(gn_arena *a, size_t bytes) {
  size_t given = 0;
  a->cur = a->end = a->first;
  a->cap = 0;
  while (a->blocks && given < bytes) {
    block *b = a->blocks;
    a->blocks = b->next;
    given += b->size;
    free(b);
  }
  a->bytes -= given;
  if (a->payer)
    gn_heap_uncharge(a->payer, given);
  return a->blocks == NULL;
}

void gn_arena_free(gn_arena *a) {
  if (!a)
    return;
  gn_arena_shrink(a, SIZE_MAX);
  gn_arena_settle(a);
  free(a);
}

static block *new_block(gn_arena *a, size_t payload, bool zeroed) {
  size_t size = sizeof(block) + payload;
  if (size < payload || size > a->cap - a->bytes) {
    a->capped = true;
    return NULL;
  }
  if (a->payer && !gn_heap_charge(a->payer, size))
    return NULL;
  block *b = zeroed ? calloc(1, size) : malloc(size);
  if (!b) {
    if (a->payer)
      gn_heap_uncharge(a->payer, size);
    return NULL;
  }
  a->bytes += size;
  b->size = size;
  b->next = a->blocks;
  a->blocks = b;
  return b;
}

void *gn_arena_alloc(gn_arena *a, size_t bytes) {
  size_t n = bytes ? (bytes + ALIGN - 1) & ~(ALIGN - 1) : ALIGN;
  if (n < bytes || a->capped)
    return NULL;
  a->used += n;
  if (n <= (size_t)(a->end - a->cur)) {
    void *p = a->cur;
    a->cur += n;
    return memset(p, 0, n);
  }
  if (n > a->next_size / 2) {
    block *own = new_block(a, n, true);
    return own ? own->bytes : NULL;
  }
  block *b = new_block(a, a->next_size, false);
  if (!b)
    return NULL;
  a->cur = b->bytes + n;
  a->end = b->bytes + a->next_size;
  if (a->next_size < LAST_BLOCK)
    a->next_size *= 2;
  return memset(b->bytes, 0, n);
}

size_t gn_arena_used(const gn_arena *a) {
  return a->used;
}

bool gn_arena_capped(const gn_arena *a) {
  return a->capped;
}

size_t gn_arena_bytes(const gn_arena *a) {
  return a->bytes;
}

bool gn_arena_grow(gn_arena *a, void **items, uint32_t n, uint32_t *cap,
                   size_t size) {
  assert(n <= *cap);
  if (n < *cap)
    return true;
  if (n > UINT32_MAX / 4)
    return false;
  uint32_t bigger = n < 4 ? 8 : n * 2;
  void *p = gn_arena_alloc(a, (size_t)bigger * size);
  if (!p)
    return false;
  if (n)
    memcpy(p, *items, (size_t)n * size);
  *items = p;
  *cap = bigger;
  return true;
}
