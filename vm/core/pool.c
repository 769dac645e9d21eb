/*
 * pool.c - warm pages for all heaps of a core. It keeps at most max_bytes of
 * free pages in memory and hands the rest back to the system; it never walks
 * what lies in a page and never takes memory from a heap.
 */
#include "core/pool.h"

#include <stdlib.h>
#include <sys/mman.h>

#define SLAB_UNITS 16u
#define SLAB_BYTES (SLAB_UNITS * GN_PAGE_MAX)

#define GRAY_FIRST ((size_t)1024)
#define GRAY_KEPT  ((size_t)64 * 1024)
#define GRAY_MOST  ((size_t)1024 * 1024)

typedef struct slab {
  struct slab *next;
  char *base;
  gn_unit units[SLAB_UNITS];
} slab;

struct gn_pool {
  size_t max_bytes;
  size_t warm_bytes; /* of free pages that may be in memory */
  slab *slabs;
  gn_unit whole; /* units without a page in use; warm ones in front */
  gn_unit partial[GN_PAGE_CLASSES]; /* units with pages free and in use */
  gn_gray gray;
};

/* ---- rings of units ---- */

static void ring_init(gn_unit *ring) {
  ring->next = ring->prev = ring;
}

static void ring_put_after(gn_unit *place, gn_unit *unit) {
  assert(place->next != NULL);
  unit->prev = place;
  unit->next = place->next;
  place->next->prev = unit;
  place->next = unit;
}

static void ring_remove(gn_unit *unit) {
  unit->prev->next = unit->next;
  unit->next->prev = unit->prev;
}

static gn_unit *ring_first(gn_unit *ring) {
  return ring->next == ring ? NULL : ring->next;
}

/* ---- masks ---- */

/* All pages of a unit of this class. */
static uint16_t all_pages(unsigned cls) {
  return (uint16_t)((1u << (GN_UNIT_PAGES >> cls)) - 1);
}

/* The smallest pages that page i of this class covers. */
static uint16_t covers(unsigned cls, unsigned i) {
  unsigned n = 1u << cls;
  return (uint16_t)(((1u << n) - 1) << (i * n));
}

static size_t bytes_of(uint16_t smallest) {
  return (size_t)__builtin_popcount(smallest) * GN_PAGE_MIN;
}

/* ---- the pool ---- */

gn_pool *gn_pool_create(size_t max_bytes) {
  gn_pool *pool = calloc(1, sizeof *pool);
  if (pool == NULL)
    return NULL;
  pool->max_bytes = max_bytes;
  ring_init(&pool->whole);
  for (unsigned cls = 0; cls < GN_PAGE_CLASSES; cls++)
    ring_init(&pool->partial[cls]);
  return pool;
}

void gn_pool_destroy(gn_pool *pool) {
  if (pool == NULL)
    return;
  for (slab *s = pool->slabs; s != NULL;) {
    slab *next = s->next;
    GN_UNPOISON(s->base, SLAB_BYTES);
    munmap(s->base, SLAB_BYTES);
    free(s);
    s = next;
  }
  free(pool->gray.items);
  free(pool);
}

size_t gn_pool_free_bytes(const gn_pool *pool) {
  return pool->warm_bytes;
}

/* Maps another slab; its units are whole and cold. */
static bool add_slab(gn_pool *pool) {
  slab *s = calloc(1, sizeof *s);
  if (s == NULL)
    return false;
  void *base = mmap(NULL, SLAB_BYTES, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) {
    free(s);
    return false;
  }
  GN_POISON(base, SLAB_BYTES);
  s->base = base;
  s->next = pool->slabs;
  pool->slabs = s;
  for (unsigned i = 0; i < SLAB_UNITS; i++) {
    s->units[i].base = s->base + (size_t)i * GN_PAGE_MAX;
    ring_put_after(pool->whole.prev, &s->units[i]);
  }
  return true;
}

/* A unit of this class with a free page, in its partial ring. */
static gn_unit *unit_for(gn_pool *pool, unsigned cls) {
  gn_unit *unit = ring_first(&pool->partial[cls]);
  if (unit != NULL)
    return unit;
  unit = ring_first(&pool->whole);
  if (unit == NULL) {
    if (!add_slab(pool))
      return NULL;
    unit = ring_first(&pool->whole);
  }
  ring_remove(unit);
  unit->cls = (uint8_t)cls;
  unit->free = all_pages(cls);
  ring_put_after(&pool->partial[cls], unit);
  return unit;
}

/* The free page that is most likely in memory. */
static unsigned choose_page(const gn_unit *unit) {
  assert(unit->free != 0);
  if (unit->warm != 0) {
    for (unsigned rest = unit->free; rest != 0; rest &= rest - 1) {
      unsigned i = (unsigned)__builtin_ctz(rest);
      if (unit->warm & covers(unit->cls, i))
        return i;
    }
  }
  return (unsigned)__builtin_ctz(unit->free);
}

gn_chunk *gn_page_take(gn_pool *pool, unsigned cls) {
  assert(cls < GN_PAGE_CLASSES);
  gn_unit *unit = unit_for(pool, cls);
  if (unit == NULL)
    return NULL;
  unsigned i = choose_page(unit);
  uint16_t part = covers(cls, i);
  pool->warm_bytes -= bytes_of(unit->warm & part);
  unit->warm |= part;
  unit->free &= (uint16_t) ~(1u << i);
  if (unit->free == 0)
    ring_remove(unit);
  gn_chunk *page = (gn_chunk *)(void *)(unit->base + (i * GN_PAGE_MIN << cls));
  GN_UNPOISON(page, GN_PAGE_MIN << cls);
  page->next = NULL;
  page->of.unit = unit;
  return page;
}

/* Keeps the free page warm or lets the system have its memory. */
static void keep_or_cool(gn_pool *pool, gn_unit *unit, void *page,
                         uint16_t part) {
  size_t bytes = bytes_of(part);
  if (pool->warm_bytes + bytes <= pool->max_bytes) {
    pool->warm_bytes += bytes;
    return;
  }
  if (madvise(page, bytes, MADV_DONTNEED) == 0)
    unit->warm &= (uint16_t)~part;
  else
    pool->warm_bytes += bytes;
}

void gn_page_give(gn_pool *pool, gn_chunk *page) {
  gn_unit *unit = page->of.unit;
  unsigned cls = unit->cls;
  size_t offset = (size_t)((char *)page - unit->base);
  unsigned i = (unsigned)(offset / (GN_PAGE_MIN << cls));
  assert(offset % (GN_PAGE_MIN << cls) == 0 && !(unit->free >> i & 1));
  keep_or_cool(pool, unit, page, covers(cls, i));
  GN_POISON(page, GN_PAGE_MIN << cls);
  if (unit->free == 0)
    ring_put_after(&pool->partial[cls], unit);
  unit->free |= (uint16_t)(1u << i);
  if (unit->free == all_pages(cls)) {
    ring_remove(unit);
    ring_put_after(unit->warm ? &pool->whole : pool->whole.prev, unit);
  }
}

/* ---- the gray stack ---- */

gn_gray *gn_pool_gray(gn_pool *pool) {
  return &pool->gray;
}

static bool gray_resize(gn_gray *gray, size_t cap) {
  gn_obj **items = realloc(gray->items, cap * sizeof(gn_obj *));
  if (items == NULL)
    return false;
  gray->items = items;
  gray->cap = cap;
  return true;
}

bool gn_gray_grow(gn_gray *gray) {
  if (gray->cap >= GRAY_MOST)
    return false;
  return gray_resize(gray, gray->cap == 0 ? GRAY_FIRST : gray->cap * 2);
}

void gn_gray_trim(gn_gray *gray) {
  assert(gray->n == 0);
  if (gray->cap > GRAY_KEPT)
    gray_resize(gray, GRAY_KEPT);
}
