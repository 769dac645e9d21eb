/*
 * pool.h - the pages under all heaps of a core, and the gray stack their
 * collections share. Internal to core/: nothing else sees a page.
 *
 * Memory is mapped in slabs and cut into units of the largest page size; a
 * unit is split into pages of one size and becomes whole again when all of
 * them are free. All book-keeping lies outside the pages, so that a cold page
 * stays cold.
 */
#ifndef GN_CORE_POOL_H
#define GN_CORE_POOL_H

#include "core/heap.h"

#if defined(__SANITIZE_ADDRESS__)
#define GN_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GN_ASAN 1
#endif
#endif

/* Free memory is forbidden ground when the address sanitizer watches. */
#ifdef GN_ASAN
#include <sanitizer/asan_interface.h>
#define GN_POISON(at, n)   __asan_poison_memory_region((at), (n))
#define GN_UNPOISON(at, n) __asan_unpoison_memory_region((at), (n))
#else
#define GN_POISON(at, n)   ((void)(at), (void)(n))
#define GN_UNPOISON(at, n) ((void)(at), (void)(n))
#endif

#define GN_PAGE_MIN     ((size_t)4096)
#define GN_PAGE_CLASSES 5u /* 4, 8, 16, 32 and 64 KiB */
#define GN_PAGE_MAX     (GN_PAGE_MIN << (GN_PAGE_CLASSES - 1))
#define GN_UNIT_PAGES   16u /* smallest pages in a unit */

/* GN_PAGE_MAX bytes of memory, cut into pages of one class. */
typedef struct gn_unit {
  struct gn_unit *prev, *next; /* in the list it belongs to */
  char *base;
  uint16_t free; /* bit i: page i is free */
  uint16_t warm; /* bit i: the i-th GN_PAGE_MIN bytes may be in memory */
  uint8_t cls;
} gn_unit;

/* The head of a page, or of a large object's allocation. */
struct gn_chunk {
  gn_chunk *next;
  union {
    gn_unit *unit; /* page */
    size_t bytes;  /* large: the whole allocation */
  } of;
};

_Static_assert(sizeof(gn_chunk) % 16 == 0, "objects are aligned to 16");

/* Objects that are marked but not traced yet. */
typedef struct gn_gray {
  gn_obj **items;
  size_t n, cap;
  bool overflow; /* some did not fit: they carry GN_GRAY */
} gn_gray;

/* A page of GN_PAGE_MIN << cls bytes; NULL: the machine has no memory. */
gn_chunk *gn_page_take(gn_pool *pool, unsigned cls);
void gn_page_give(gn_pool *pool, gn_chunk *page);

static inline size_t gn_page_bytes(const gn_chunk *page) {
  return GN_PAGE_MIN << page->of.unit->cls;
}
static inline char *gn_page_start(gn_chunk *page) {
  return (char *)(page + 1);
}
static inline char *gn_page_end(gn_chunk *page) {
  return (char *)page + gn_page_bytes(page);
}

/* The gray stack; a collection empties it. */
gn_gray *gn_pool_gray(gn_pool *pool);
/* Makes room for one more; false when it may not or cannot grow. */
bool gn_gray_grow(gn_gray *gray);
/* Lets go of what one large collection needed. */
void gn_gray_trim(gn_gray *gray);

#endif
