/*
 * validate.c - checks a whole heap, for tests and stress modes. It changes
 * nothing that a script could see; it only finishes a sweep that is pending.
 */
#include "core/heap_internal.h"

#include <stdio.h>
#include <stdlib.h>

/* All objects of the heap, in a table with open addressing. */
typedef struct gn_check {
  const gn_obj **slots;
  size_t mask; /* slots - 1 */
  size_t count;
} gn_check;

/* Stops the process whatever NDEBUG says: the heap is broken. */
#define MUST(what) ((what) ? (void)0 : broken(#what, __FILE__, __LINE__))

_Noreturn static void broken(const char *what, const char *file, int line) {
  fprintf(stderr, "%s:%d: the heap is broken: %s\n", file, line, what);
  abort();
}

static size_t slot_of(const gn_check *check, const gn_obj *o) {
  uint64_t x = (uint64_t)(uintptr_t)o * UINT64_C(0x9e3779b97f4a7c15);
  return (size_t)(x >> 32) & check->mask;
}

static void check_add(gn_check *check, const gn_obj *o) {
  size_t i = slot_of(check, o);
  while (check->slots[i] != NULL)
    i = (i + 1) & check->mask;
  check->slots[i] = o;
}

static bool check_has(const gn_check *check, const gn_obj *o) {
  size_t i = slot_of(check, o);
  while (check->slots[i] != NULL && check->slots[i] != o)
    i = (i + 1) & check->mask;
  return check->slots[i] == o;
}

void gn_check_pointer(gn_heap *heap, const gn_obj *o) {
  MUST(((uintptr_t)o & 15) == 0);
  MUST(check_has(heap->check, o) || (o->flags & GN_STATIC));
  MUST(o->type != GN_T_FREE && o->type < GN_T_COUNT);
}

/* ---- what must hold of single objects ---- */

static void check_array(const gn_array *a) {
  MUST(a->len <= a->cap);
  MUST(a->cap == 0 || (a->items == a->buf->v && a->cap <= a->buf->cap));
}

static void check_gene(const gn_gene *g) {
  MUST(g->n <= g->cap);
  MUST(g->cap == 0 || (g->children == g->buf->v && g->cap <= g->buf->cap));
}

static void check_string(const gn_string *s) {
  if (s->h.aux & GN_STR_SHARED)
    MUST((uint64_t)s->at + s->len <= s->as.buf->used);
  else
    MUST(GN_STRING_HEAD + s->len <= gn_obj_bytes(&s->h));
  MUST(s->h.type == GN_T_BYTES || s->chars == GN_CHARS_UNKNOWN ||
       s->chars <= s->len);
}

static void check_dict(const gn_dict *d) {
  uint32_t live = 0;
  MUST(d->live <= d->used && d->used <= d->cap);
  for (uint32_t i = 0; i < d->used; i++)
    live += d->entries[i].key != GN_UNSET;
  MUST(live == d->live);
}

static void check_object(const gn_heap *heap, const gn_obj *o) {
  const void *p = o;
  MUST(o->type != GN_T_FREE && o->type < GN_T_COUNT && o->size != 0);
  MUST(!(o->flags & (GN_MARK | GN_GRAY)));
  MUST((o->flags & GN_STATIC) == (heap->obj_flags & GN_STATIC));
  switch (o->type) {
  case GN_T_ARRAY: check_array(p); break;
  case GN_T_GENE: check_gene(p); break;
  case GN_T_STRING:
  case GN_T_BYTES: check_string(p); break;
  case GN_T_MAP:
  case GN_T_HASHMAP:
  case GN_T_HASHSET: check_dict(p); break;
  case GN_T_BLOB:
    MUST(((const gn_blob *)p)->used <= ((const gn_blob *)p)->cap);
    break;
  default: break;
  }
}

/* ---- the walk ---- */

typedef void visitor(gn_heap *heap, gn_obj *o);

/* Calls visit for every object; returns their number. */
static size_t walk(gn_heap *heap, visitor *visit) {
  size_t count = 0;
  for (gn_chunk *page = heap->chunks; page != NULL; page = page->next) {
    char *end = gn_page_end(page);
    for (char *at = gn_page_start(page); at < end;) {
      gn_obj *o = (gn_obj *)(void *)at;
      MUST(o->size != 0 && gn_obj_bytes(o) <= (size_t)(end - at));
      at += gn_obj_bytes(o);
      if (o->type == GN_T_FREE)
        continue;
      MUST(!(o->flags & GN_LARGE));
      count++;
      visit(heap, o);
    }
  }
  for (gn_chunk *large = heap->large; large != NULL; large = large->next) {
    MUST(gn_large_obj(large)->flags & GN_LARGE);
    count++;
    visit(heap, gn_large_obj(large));
  }
  return count;
}

static void visit_shape(gn_heap *heap, gn_obj *o) {
  check_object(heap, o);
}

static void visit_add(gn_heap *heap, gn_obj *o) {
  check_add(heap->check, o);
}

/* Pages and large objects cannot be more than what is held. */
static void check_accounts(const gn_heap *heap) {
  size_t bytes = 0;
  for (gn_chunk *page = heap->chunks; page != NULL; page = page->next)
    bytes += gn_page_bytes(page);
  for (gn_chunk *large = heap->large; large != NULL; large = large->next)
    bytes += gn_large_bytes(large);
  MUST(bytes <= heap->bytes && heap->bytes <= heap->cap);
  MUST(heap->bytes <= heap->peak);
}

/* Checks every pointer in the heap; skipped when the machine has no memory. */
static void check_pointers(gn_heap *heap, size_t count) {
  gn_check check = {.mask = 63};
  while (check.mask < 2 * count)
    check.mask = check.mask * 2 + 1;
  check.slots = calloc(check.mask + 1, sizeof(gn_obj *));
  if (check.slots == NULL)
    return;
  heap->check = &check;
  walk(heap, visit_add);
  walk(heap, gn_trace);
  if (heap->roots != NULL)
    heap->roots(heap, heap->owner);
  heap->check = NULL;
  free(check.slots);
}

size_t gn_heap_validate(gn_heap *heap) {
  gn_heap_sweep_rest(heap, false);
  gn_heap_fence(heap);
  check_accounts(heap);
  size_t count = walk(heap, visit_shape);
  check_pointers(heap, count);
  return count;
}
