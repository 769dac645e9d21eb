/*
 * heap.c - allocation, sweeping and the cap of one context's heap. It never
 * looks into an object (mark.c does) and never collects by itself.
 *
 * Objects lie one after another in pages; what is free between them is an
 * object of type GN_T_FREE, so that a page can be walked from end to end. The
 * current hole [cur, end) is filled by gn_alloc; the others wait in a list.
 */
#include "core/heap_internal.h"

#include <stdlib.h>

#define GC_FLOOR    ((size_t)1 << 20) /* no collection below this many bytes */
#define LARGE_MIN   (GN_PAGE_MAX / 2)
#define SMALL_MAX   ((size_t)256)
#define HOLES_TRIED 8

/* What freed memory holds in builds with assertions: no valid type. */
#define SCRIBBLE 0xdb

/* ---- accounts ---- */

static bool fits_cap(const gn_heap *heap, size_t bytes) {
  return bytes <= heap->cap && heap->bytes <= heap->cap - bytes;
}

static void add_bytes(gn_heap *heap, size_t bytes) {
  heap->bytes += bytes;
  if (heap->bytes > heap->peak)
    heap->peak = heap->bytes;
}

/*
 * The next collection comes when the heap is twice what is live, or an eighth
 * larger than the pages it could not give back; and before the cap is near,
 * unless so much is live that the rest can only be halved each time.
 */
static void set_gc_at(gn_heap *heap) {
  size_t at = heap->bytes + heap->bytes / 8;
  size_t limit = heap->cap - heap->cap / 10;
  if (at < heap->keep)
    at = heap->keep;
  if (at > limit) {
    at = heap->bytes + (heap->cap - heap->bytes) / 2;
    if (at < limit)
      at = limit;
  }
  heap->gc_at = at;
}

static void set_keep(gn_heap *heap) {
  size_t floor = heap->cap / 4 < GC_FLOOR ? heap->cap / 4 : GC_FLOOR;
  heap->keep = heap->live > SIZE_MAX / 2 ? SIZE_MAX : heap->live * 2;
  if (heap->keep < floor)
    heap->keep = floor;
}

/* ---- holes ---- */

static void set_hole(gn_heap *heap, void *at, size_t bytes) {
  GN_UNPOISON(at, bytes);
  heap->cur = at;
  heap->end = heap->cur + bytes;
}

/* Makes [at, at + bytes) a free object, listed if it is worth it. */
static gn_hole *put_hole(gn_heap *heap, void *at, size_t bytes) {
  if (bytes == 0)
    return NULL;
  gn_hole *hole = at;
  hole->h = (gn_obj){.type = GN_T_FREE, .size = (uint32_t)(bytes >> 4)};
  if (bytes < GN_HOLE_MIN)
    return NULL;
  hole->next = heap->holes;
  heap->holes = hole;
  GN_POISON(hole + 1, bytes - sizeof *hole);
  return hole;
}

void gn_heap_fence(gn_heap *heap) {
  char *cur = heap->fail_in ? heap->aside_cur : heap->cur;
  char *end = heap->fail_in ? heap->aside_end : heap->end;
  if (cur != end)
    *(gn_obj *)(void *)cur =
        (gn_obj){.type = GN_T_FREE, .size = (uint32_t)((end - cur) >> 4)};
}

/* ---- sweeping ---- */

static void scribble(char *at, size_t bytes) {
#ifndef NDEBUG
  memset(at, SCRIBBLE, bytes);
#else
  (void)at;
  (void)bytes;
#endif
}

/* Clears the marks of the page and lists its holes; true when nothing in it
 * is live (then the whole page is the first hole in the list). */
static bool sweep_page(gn_heap *heap, gn_chunk *page) {
  char *end = gn_page_end(page);
  char *from = gn_page_start(page); /* of the hole that is growing */
  bool empty = true;
  for (char *at = from; at < end;) {
    gn_obj *o = (gn_obj *)(void *)at;
    size_t bytes = gn_obj_bytes(o);
    assert(bytes != 0 && bytes <= (size_t)(end - at));
    if (o->flags & GN_MARK) {
      o->flags &= (uint8_t)~GN_MARK;
      put_hole(heap, from, (size_t)(at - from));
      from = at + bytes;
      empty = false;
    } else if (o->type != GN_T_FREE) {
      scribble(at + sizeof *o, bytes - sizeof *o);
    }
    at += bytes;
  }
  put_hole(heap, from, (size_t)(end - from));
  return empty;
}

static void release_page(gn_heap *heap, gn_chunk *page) {
  heap->bytes -= gn_page_bytes(page);
  gn_page_give(heap->pool, page);
  set_gc_at(heap);
}

/* Sweeps one waiting page; its holes come to the head of the list. */
static void sweep_one(gn_heap *heap, bool all_empty) {
  gn_chunk *page = heap->sweep;
  gn_hole *others = heap->holes;
  heap->sweep = page->next;
  bool empty = sweep_page(heap, page);
  if (empty && (all_empty || heap->bytes > heap->keep)) {
    heap->holes = others;
    release_page(heap, page);
    return;
  }
  page->next = heap->chunks;
  heap->chunks = page;
}

void gn_heap_sweep_rest(gn_heap *heap, bool all_empty) {
  while (heap->sweep != NULL)
    sweep_one(heap, all_empty);
}

/* Frees the large objects that were not reached. */
static void sweep_large(gn_heap *heap) {
  gn_chunk **link = &heap->large;
  while (*link != NULL) {
    gn_chunk *large = *link;
    gn_obj *o = gn_large_obj(large);
    if (o->flags & GN_MARK) {
      o->flags &= (uint8_t)~GN_MARK;
      link = &large->next;
    } else {
      *link = large->next;
      heap->bytes -= gn_large_bytes(large);
      gn_large_free(large);
    }
  }
}

/* ---- finding room ---- */

/* Takes the first hole of at least n bytes out of the list. A small request
 * drops the holes it finds too small; a bigger one looks at a few only. */
static gn_hole *take_hole(gn_heap *heap, size_t n) {
  gn_hole **link = &heap->holes;
  for (int tries = 0; *link != NULL; tries++) {
    gn_hole *hole = *link;
    if (gn_obj_bytes(&hole->h) >= n) {
      *link = hole->next;
      return hole;
    }
    if (n <= SMALL_MAX)
      *link = hole->next;
    else if (tries == HOLES_TRIED)
      return NULL;
    else
      link = &hole->next;
  }
  return NULL;
}

/* A hole of at least n bytes from the list or from pages not yet swept. */
static gn_hole *find_hole(gn_heap *heap, size_t n) {
  for (;;) {
    gn_hole *hole = take_hole(heap, n);
    if (hole != NULL || heap->sweep == NULL)
      return hole;
    sweep_one(heap, false);
  }
}

/* Size class of the next page: the heap doubles until pages are at their
 * largest; smaller when the cap is near. False: none can hold n bytes. */
static bool choose_class(const gn_heap *heap, size_t n, unsigned *cls) {
  unsigned c = 0;
  while (c < GN_PAGE_CLASSES - 1 && (GN_PAGE_MIN << c) <= heap->bytes)
    c++;
  while (c < GN_PAGE_CLASSES - 1 && (GN_PAGE_MIN << c) - sizeof(gn_chunk) < n)
    c++;
  while (c > 0 && !fits_cap(heap, GN_PAGE_MIN << c))
    c--;
  *cls = c;
  return fits_cap(heap, GN_PAGE_MIN << c) &&
         (GN_PAGE_MIN << c) - sizeof(gn_chunk) >= n;
}

/* A new page as one hole of at least n bytes; NULL: no room for it. */
static gn_hole *new_page(gn_heap *heap, size_t n) {
  unsigned cls;
  if (!choose_class(heap, n, &cls))
    return NULL;
  gn_chunk *page = gn_page_take(heap->pool, cls);
  if (page == NULL)
    return NULL;
  add_bytes(heap, GN_PAGE_MIN << cls);
  page->next = heap->chunks;
  heap->chunks = page;
  gn_hole *hole = (gn_hole *)(void *)gn_page_start(page);
  hole->h = (gn_obj){
      .type = GN_T_FREE,
      .size = (uint32_t)((size_t)(gn_page_end(page) - (char *)hole) >> 4)};
  return hole;
}

/* Cuts n bytes off the hole. The larger of what remains and the current hole
 * is the current one afterwards. */
static gn_obj *cut(gn_heap *heap, gn_hole *hole, size_t n) {
  size_t rest = gn_obj_bytes(&hole->h) - n;
  size_t left = (size_t)(heap->end - heap->cur);
  char *after = (char *)hole + n;
  GN_UNPOISON(hole, n);
  if (rest >= left) {
    put_hole(heap, heap->cur, left);
    set_hole(heap, after, rest);
  } else {
    if (rest != 0)
      GN_UNPOISON(after, sizeof(gn_hole));
    put_hole(heap, after, rest);
  }
  return &hole->h;
}

bool gn_heap_take_bytes(gn_heap *heap, size_t bytes) {
  if (!fits_cap(heap, bytes))
    gn_heap_sweep_rest(heap, true);
  if (!fits_cap(heap, bytes))
    return false;
  add_bytes(heap, bytes);
  return true;
}

static gn_obj *alloc_large(gn_heap *heap, size_t n) {
  size_t bytes = n + sizeof(gn_chunk);
  if (!gn_heap_take_bytes(heap, bytes))
    return NULL;
  gn_chunk *large = malloc(bytes);
  if (large == NULL) {
    heap->bytes -= bytes;
    return NULL;
  }
  large->of.bytes = bytes;
  large->next = heap->large;
  heap->large = large;
  return gn_large_obj(large);
}

static gn_obj *find_room(gn_heap *heap, size_t n) {
  if (n <= (size_t)(heap->end - heap->cur)) {
    gn_obj *o = (gn_obj *)(void *)heap->cur;
    heap->cur += n;
    return o;
  }
  gn_hole *hole = find_hole(heap, n);
  if (hole == NULL)
    hole = new_page(heap, n);
  return hole != NULL ? cut(heap, hole, n) : NULL;
}

static gn_obj *alloc_rounded(gn_heap *heap, enum gn_type type, size_t n) {
  uint8_t flags = heap->obj_flags;
  gn_obj *o = n <= LARGE_MIN ? find_room(heap, n) : NULL;
  if (o == NULL) {
    o = alloc_large(heap, n);
    flags |= GN_LARGE;
  }
  if (o == NULL)
    return NULL;
  *o = (gn_obj){
      .type = (uint8_t)type, .flags = flags, .size = (uint32_t)(n >> 4)};
  return o;
}

/* ---- failing on purpose ---- */

static void swap_hole_aside(gn_heap *heap) {
  char *cur = heap->cur, *end = heap->end;
  heap->cur = heap->aside_cur;
  heap->end = heap->aside_end;
  heap->aside_cur = cur;
  heap->aside_end = end;
}

void gn_heap_fail_nth(gn_heap *heap, uint64_t nth) {
  if ((heap->fail_in != 0) != (nth != 0))
    swap_hole_aside(heap);
  heap->fail_in = nth;
}

/* Counts one allocation; true when it is the one that shall fail. */
static bool fails_now(gn_heap *heap) {
  if (heap->fail_in > 1) {
    heap->fail_in--;
    return false;
  }
  gn_heap_fail_nth(heap, 0);
  return true;
}

void *gn_alloc_slow(gn_heap *heap, enum gn_type type, size_t bytes) {
  size_t n = (bytes + 15) & ~(size_t)15;
  bool armed = heap->fail_in != 0;
  gn_obj *o = NULL;
  assert(bytes >= sizeof(gn_obj));
  if (armed && fails_now(heap)) {
    heap->failed = true;
    return NULL;
  }
  if (heap->fail_in != 0)
    swap_hole_aside(heap);
  if (n >= bytes && n <= (size_t)UINT32_MAX << 4 && n <= heap->cap)
    o = alloc_rounded(heap, type, n);
  if (heap->fail_in != 0)
    swap_hole_aside(heap);
  if (o == NULL)
    heap->failed = true;
  return o;
}

_Static_assert(sizeof(gn_chunk) == GN_ADOPT_HEAD, "a large object's head");

void *gn_heap_adopt(gn_heap *heap, enum gn_type type, void *block,
                    size_t bytes) {
  size_t n = (bytes + 15) & ~(size_t)15;
  assert(bytes >= sizeof(gn_obj) && n <= (size_t)UINT32_MAX << 4);
  if (!gn_heap_charge(heap, n + sizeof(gn_chunk)))
    return NULL;
  gn_chunk *large = block;
  large->of.bytes = n + sizeof(gn_chunk);
  large->next = heap->large;
  heap->large = large;
  gn_obj *o = gn_large_obj(large);
  *o = (gn_obj){.type = (uint8_t)type,
                .flags = heap->obj_flags | GN_LARGE,
                .size = (uint32_t)(n >> 4)};
  return o;
}

/* ---- life ---- */

void gn_heap_init(gn_heap *heap, gn_pool *pool, size_t cap, uint64_t seed) {
  *heap = (gn_heap){.pool = pool, .cap = cap, .seed = seed};
  set_keep(heap);
  set_gc_at(heap);
}

/* Takes `bytes` off the budget. */
static void spend(size_t *budget, size_t bytes) {
  *budget -= bytes < *budget ? bytes : *budget;
}

static void give_pages(gn_pool *pool, gn_chunk **pages, size_t *budget) {
  while (*pages != NULL && *budget > 0) {
    gn_chunk *page = *pages;
    *pages = page->next;
    spend(budget, gn_page_bytes(page));
    gn_page_give(pool, page);
  }
}

#define WHOLE ((size_t)1 << 20) /* a large object that is freed at once */

/* A very large one loses its memory piece by piece before it is freed. */
static void give_large(gn_heap *heap, size_t *budget) {
  while (heap->large != NULL && *budget > 0) {
    gn_chunk *large = heap->large;
    size_t bytes = gn_large_bytes(large), from = heap->gone;
    if (bytes - from > *budget && bytes - from > WHOLE) {
      heap->gone += *budget;
      gn_large_hollow(large, from, heap->gone);
      *budget = 0;
      return;
    }
    heap->large = large->next;
    heap->gone = 0;
    spend(budget, bytes - from + sizeof *large);
    gn_large_free(large);
  }
}

bool gn_heap_destroy_some(gn_heap *heap, size_t *budget) {
  give_pages(heap->pool, &heap->chunks, budget);
  give_pages(heap->pool, &heap->sweep, budget);
  give_large(heap, budget);
  if (heap->chunks != NULL || heap->sweep != NULL || heap->large != NULL)
    return false;
  *heap = (gn_heap){.pool = heap->pool};
  return true;
}

void gn_heap_destroy(gn_heap *heap) {
  size_t all = SIZE_MAX;
  bool gone = gn_heap_destroy_some(heap, &all);
  assert(gone);
  (void)gone;
}

gn_values *gn_values_new(gn_heap *heap, size_t cap) {
  if (cap > SIZE_MAX / sizeof(gn_value) - sizeof(gn_values)) {
    heap->failed = true;
    return NULL;
  }
  size_t bytes = sizeof(gn_values) + cap * sizeof(gn_value);
  gn_values *values = gn_alloc(heap, GN_T_VALUES, bytes);
  if (values == NULL)
    return NULL;
  values->cap = (gn_obj_bytes(&values->h) - sizeof(gn_values)) / 8;
  for (size_t i = 0; i < values->cap; i++)
    values->v[i] = GN_NIL;
  return values;
}

gn_blob *gn_blob_new(gn_heap *heap, size_t cap) {
  if (cap > UINT32_MAX - 64) {
    heap->failed = true;
    return NULL;
  }
  gn_blob *blob = gn_alloc(heap, GN_T_BLOB, sizeof(gn_blob) + cap);
  if (blob == NULL)
    return NULL;
  blob->cap = (uint32_t)(gn_obj_bytes(&blob->h) - sizeof(gn_blob));
  blob->used = 0;
  return blob;
}

bool gn_heap_charge(gn_heap *heap, size_t bytes) {
  bool fails = heap->fail_in != 0 && fails_now(heap);
  if (fails || !gn_heap_take_bytes(heap, bytes)) {
    heap->failed = true;
    return false;
  }
  return true;
}

void gn_heap_uncharge(gn_heap *heap, size_t bytes) {
  assert(bytes <= heap->bytes);
  heap->bytes -= bytes;
}

/* ---- collection ---- */

void gn_heap_collect(gn_heap *heap) {
  assert(!(heap->obj_flags & GN_STATIC));
  gn_heap_sweep_rest(heap, false);
  gn_heap_fence(heap);
  heap->cur = heap->end = NULL;
  heap->aside_cur = heap->aside_end = NULL;
  heap->holes = NULL;
  heap->sweep = heap->chunks;
  heap->chunks = NULL;
  gn_mark_all(heap);
  sweep_large(heap);
  set_keep(heap);
  set_gc_at(heap);
  heap->collections++;
}
