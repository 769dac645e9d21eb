/*
 * print_path.c - a hash set with open addressing, whose elements go in the
 * opposite order of their coming. It looks at no object.
 */
#include "syntax/print_path.h"

static uint32_t slot_of(const gn_print_path *path, gn_value v) {
  uint64_t hash = v * UINT64_C(0x9e3779b97f4a7c15);
  return (uint32_t)(hash >> 32) & path->mask;
}

/* Where v is, or the free slot where it would be. */
static uint32_t find(const gn_print_path *path, gn_value v) {
  uint32_t i = slot_of(path, v);
  while (path->slots[i] != 0 && path->slots[i] != v)
    i = (i + 1) & path->mask;
  return i;
}

bool gn_print_path_grow(gn_heap *heap, gn_print_path *path, size_t first) {
  size_t slots = path->slots == NULL ? first : ((size_t)path->mask + 1) * 2;
  gn_blob *buf = gn_blob_new(heap, slots * sizeof *path->slots);
  if (buf == NULL)
    return false;
  memset(buf->bytes, 0, slots * sizeof *path->slots);
  path->buf = buf;
  path->slots = (uint64_t *)(void *)buf->bytes;
  path->mask = (uint32_t)slots - 1;
  return true;
}

void gn_print_path_add(gn_print_path *path, gn_value v) {
  path->slots[find(path, v)] = v;
}

/* What was added last has no chain of others running through it. */
void gn_print_path_remove(gn_print_path *path, gn_value v) {
  path->slots[find(path, v)] = 0;
}

bool gn_print_path_has(const gn_print_path *path, gn_value v) {
  return path->slots[find(path, v)] == v;
}
