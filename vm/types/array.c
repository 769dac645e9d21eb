/*
 * array.c - the structure of arrays: creation, growth, insertion, removal. It
 * never checks whether an array may be changed; the methods do.
 */
#include "types/array.h"

#define FIRST_CAP ((size_t)4)

/* Most items an array can have: len and cap are 32 bits. */
#define MOST_ITEMS ((size_t)UINT32_MAX - 16)

static void set_buf(gn_array *a, gn_values *buf) {
  a->buf = buf;
  a->items = buf->v;
  a->cap = (uint32_t)buf->cap;
}

/* Gives the array a buffer for at least cap items, cap > a->cap. */
static bool set_cap(gn_heap *heap, gn_array *a, size_t cap) {
  if (cap > MOST_ITEMS) {
    heap->failed = true;
    return false;
  }
  gn_values *buf = gn_values_grow(heap, a->buf, a->len, cap);
  if (buf != NULL)
    set_buf(a, buf);
  return buf != NULL;
}

gn_array *gn_array_new(gn_heap *heap, size_t cap) {
  gn_array *a = gn_alloc(heap, GN_T_ARRAY, sizeof *a);
  if (a == NULL)
    return NULL;
  a->len = a->cap = 0;
  a->items = NULL;
  a->buf = NULL;
  if (cap == 0)
    return a;
  gn_values *buf = cap <= MOST_ITEMS ? gn_values_new(heap, cap) : NULL;
  if (buf == NULL) {
    heap->failed = true;
    return NULL;
  }
  set_buf(a, buf);
  return a;
}

gn_array *gn_array_from(gn_heap *heap, const gn_value *items, size_t n) {
  gn_array *a = gn_array_new(heap, n);
  if (a == NULL)
    return NULL;
  if (n != 0)
    memcpy(a->items, items, n * sizeof(gn_value));
  a->len = (uint32_t)n;
  return a;
}

gn_array *gn_array_of(gn_heap *heap, gn_values *buf, uint32_t n) {
  gn_array *a = gn_array_new(heap, 0);
  assert(n <= buf->cap && buf->cap <= UINT32_MAX);
  if (a == NULL)
    return NULL;
  set_buf(a, buf);
  a->len = n;
  return a;
}

bool gn_array_reserve(gn_heap *heap, gn_array *a, size_t cap) {
  if (cap <= a->cap)
    return true;
  size_t want = (size_t)a->cap * 2;
  want = want < FIRST_CAP ? FIRST_CAP : want > MOST_ITEMS ? cap : want;
  return set_cap(heap, a, gn_growth(heap, cap, want, sizeof(gn_value)));
}

bool gn_array_push_slow(gn_heap *heap, gn_array *a, gn_value v) {
  if (!gn_array_reserve(heap, a, (size_t)a->len + 1))
    return false;
  a->items[a->len++] = v;
  return true;
}

bool gn_array_insert(gn_heap *heap, gn_array *a, size_t at, gn_value v) {
  assert(at <= a->len);
  if (!gn_array_reserve(heap, a, (size_t)a->len + 1))
    return false;
  memmove(a->items + at + 1, a->items + at, (a->len - at) * sizeof(gn_value));
  a->items[at] = v;
  a->len++;
  return true;
}

gn_value gn_array_remove(gn_array *a, size_t at) {
  assert(at < a->len);
  gn_value v = a->items[at];
  a->len--;
  memmove(a->items + at, a->items + at + 1, (a->len - at) * sizeof(gn_value));
  a->items[a->len] = GN_NIL;
  return v;
}
