/*
 * slab.c - see slab.h. It knows nothing of what is in its records.
 *
 * A block is aligned to its size, so the block and the run of a record are
 * found from its address, and a record has no head of its own.
 *
 * Under a sanitizer all is malloc's, which knows of bytes used after their end.
 */
#include "server/slab.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/types.h>

#include "server/sanitized.h"

#define BLOCK   ((size_t)2 << 20) /* a large page */
#define RUN     ((size_t)64 << 10)
#define RUNS    (BLOCK / RUN)
#define STEP    16u
#define CLASSES (SLAB_MAX / STEP)

/* A free record. */
struct spare {
  struct spare *next;
};

struct run {
  struct run *prev, *next; /* of its class, when it has room */
  struct spare *spare;     /* records that were given back */
  char *fresh, *end;       /* those that never were given */
  uint32_t used;
  uint32_t class; /* size in steps, less one */
};

struct block {
  struct block *prev, *next; /* among those with a free run */
  uint32_t free;             /* a bit for each run */
  struct run run[RUNS];
};

static struct {
  struct run *room[CLASSES];
  struct block *partial;
  size_t blocks;
} slab;

static struct block *block_of(void *ptr) {
  return (struct block *)((uintptr_t)ptr & ~(BLOCK - 1));
}

/* ---- blocks ------------------------------------------------------------- */

#define ALL_FREE UINT32_MAX
_Static_assert(RUNS == 32, "a block has a bit for each run");

static void list_block(struct block *block) {
  block->prev = NULL;
  block->next = slab.partial;
  if (block->next != NULL)
    block->next->prev = block;
  slab.partial = block;
}

static void unlist_block(struct block *block) {
  if (block->prev != NULL)
    block->prev->next = block->next;
  else
    slab.partial = block->next;
  if (block->next != NULL)
    block->next->prev = block->prev;
}

/* Maps twice as much as is needed and gives back what is not aligned. */
static void *map_block(void) {
  char *at = mmap(NULL, 2 * BLOCK, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  size_t before;

  if (at == MAP_FAILED)
    return NULL;
  before = -(uintptr_t)at & (BLOCK - 1);
  if (before > 0)
    munmap(at, before);
  munmap(at + before + BLOCK, BLOCK - before);
  (void)madvise(at + before, BLOCK, MADV_HUGEPAGE);
  return at + before;
}

static struct block *need_block(void) {
  struct block *block = slab.partial;

  if (block != NULL)
    return block;
  block = map_block();
  if (block == NULL)
    return NULL;
  block->free = ALL_FREE;
  list_block(block);
  slab.blocks++;
  return block;
}

/* An empty one is given back, unless it is the only one with room: the next
 * record may want it again. */
static void drop_block(struct block *block) {
  if (block->free != ALL_FREE || (block == slab.partial && block->next == NULL))
    return;
  unlist_block(block);
  munmap(block, BLOCK);
  slab.blocks--;
}

/* ---- runs --------------------------------------------------------------- */

static void list_run(struct run *run) {
  run->prev = NULL;
  run->next = slab.room[run->class];
  if (run->next != NULL)
    run->next->prev = run;
  slab.room[run->class] = run;
}

static void unlist_run(struct run *run) {
  if (run->prev != NULL)
    run->prev->next = run->next;
  else
    slab.room[run->class] = run->next;
  if (run->next != NULL)
    run->next->prev = run->prev;
}

static size_t step_of(const struct run *run) {
  return (run->class + 1) * STEP;
}

static bool is_full(const struct run *run) {
  return run->spare == NULL && run->end - run->fresh < (ssize_t)step_of(run);
}

/* The first run begins behind the head of its block. */
static char *start_of(struct block *block, unsigned run) {
  size_t head = (sizeof *block + STEP - 1) / STEP * STEP;

  return (char *)block + (run > 0 ? run * RUN : head);
}

static struct run *make_run(uint32_t class) {
  struct block *block = need_block();
  unsigned i;

  if (block == NULL)
    return NULL;
  i = (unsigned)__builtin_ctz(block->free);
  block->free &= block->free - 1;
  if (block->free == 0)
    unlist_block(block);
  block->run[i] = (struct run){.class = class,
                               .fresh = start_of(block, i),
                               .end = (char *)block + (i + 1) * RUN};
  list_run(&block->run[i]);
  return &block->run[i];
}

static void drop_run(struct block *block, struct run *run) {
  unlist_run(run);
  if (block->free == 0)
    list_block(block);
  block->free |= 1u << (run - block->run);
  drop_block(block);
}

/* ---- records ------------------------------------------------------------ */

static void *take(struct run *run) {
  void *record = run->spare;

  if (record != NULL) {
    run->spare = run->spare->next;
  } else {
    record = run->fresh;
    run->fresh += step_of(run);
  }
  run->used++;
  if (is_full(run))
    unlist_run(run);
  return record;
}

void *slab_alloc(size_t size) {
  uint32_t class = (uint32_t)((size - 1) / STEP);
  struct run *run;

  assert(size > 0);
  if (SANITIZED || size > SLAB_MAX)
    return malloc(size);
  run = slab.room[class];
  if (run == NULL)
    run = make_run(class);
  return run == NULL ? NULL : take(run);
}

void slab_free(void *ptr, size_t size) {
  struct spare *spare = ptr;
  struct block *block;
  struct run *run;

  if (SANITIZED || size > SLAB_MAX) {
    free(ptr);
    return;
  }
  block = block_of(ptr);
  run = &block->run[(size_t)((char *)ptr - (char *)block) / RUN];
  assert(run->class == (size - 1) / STEP && run->used > 0);
  if (is_full(run))
    list_run(run);
  spare->next = run->spare;
  run->spare = spare;
  if (--run->used == 0)
    drop_run(block, run);
}

size_t slab_bytes(void) {
  return slab.blocks * BLOCK;
}
