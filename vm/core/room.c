/*
 * room.c - buffers that grow without being copied. A large one lies at the
 * beginning of a stretch of address space that is as long as the heap may ever
 * get; only what it uses is readable, and counts. It never moves a buffer
 * itself: where address space cannot be had, a buffer is one like any other
 * and growing copies it.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "core/heap_internal.h"

#define SYSTEM_PAGE ((size_t)4096)

/* Where the address space begins, before the chunk. */
typedef struct room_head {
  size_t reserved; /* all of it, this head too */
  size_t spare;
} room_head;

_Static_assert(sizeof(room_head) % 16 == 0, "objects are aligned to 16");

#define HEADS       (sizeof(room_head) + sizeof(gn_chunk))
#define MOST_OBJECT ((size_t)UINT32_MAX << 4)

static size_t whole_pages(size_t bytes) {
  return (bytes + SYSTEM_PAGE - 1) & ~(SYSTEM_PAGE - 1);
}

static room_head *head_of(gn_chunk *large) {
  assert(large->of.bytes & GN_CHUNK_MAPPED);
  return (room_head *)(void *)large - 1;
}

void gn_large_free(gn_chunk *large) {
  if (!(large->of.bytes & GN_CHUNK_MAPPED)) {
    free(large);
    return;
  }
  room_head *head = head_of(large);
  munmap(head, head->reserved);
}

void gn_large_hollow(gn_chunk *large, size_t from, size_t to) {
  uintptr_t first = (uintptr_t)large + sizeof *large + from;
  uintptr_t begin = (uintptr_t)whole_pages(first);
  uintptr_t end = ((uintptr_t)large + to) & ~(uintptr_t)(SYSTEM_PAGE - 1);
  if (begin < end)
    (void)madvise((void *)begin, end - begin, MADV_DONTNEED);
}

static void set_size(gn_obj *o, size_t mapped) {
  o->size = (uint32_t)((mapped - HEADS) >> 4);
}

/* Address space for the heap's cap whose first `bytes` bytes are usable. */
static room_head *reserve(const gn_heap *heap, size_t bytes) {
  size_t most = heap->cap < MOST_OBJECT ? heap->cap : MOST_OBJECT;
  size_t all = whole_pages(most + HEADS);
  assert(bytes <= all);
  void *base = mmap(NULL, all, PROT_NONE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED)
    return NULL;
  if (mprotect(base, bytes, PROT_READ | PROT_WRITE) != 0) {
    munmap(base, all);
    return NULL;
  }
  room_head *head = base;
  head->reserved = all;
  return head;
}

/* NULL: no room for it here. All of it but the header is 0. */
static void *alloc_roomy(gn_heap *heap, enum gn_type type, size_t bytes) {
  if (heap->fail_in != 0 || bytes > heap->cap || bytes > MOST_OBJECT - HEADS ||
      heap->obj_flags != 0)
    return NULL;
  size_t mapped = whole_pages(bytes + HEADS);
  if (mapped > MOST_OBJECT || !gn_heap_take_bytes(heap, mapped))
    return NULL;
  room_head *head = reserve(heap, mapped);
  if (head == NULL) {
    gn_heap_uncharge(heap, mapped);
    return NULL;
  }
  gn_chunk *large = (gn_chunk *)(void *)(head + 1);
  large->of.bytes = mapped | GN_CHUNK_MAPPED;
  large->next = heap->large;
  heap->large = large;
  gn_obj *o = gn_large_obj(large);
  *o = (gn_obj){.type = (uint8_t)type, .flags = GN_LARGE};
  set_size(o, mapped);
  return o;
}

bool gn_heap_extend(gn_heap *heap, void *obj, size_t bytes) {
  gn_obj *o = obj;
  gn_chunk *large = (gn_chunk *)obj - 1;
  if (!(o->flags & GN_LARGE) || !(large->of.bytes & GN_CHUNK_MAPPED) ||
      heap->fail_in != 0)
    return false;
  room_head *head = head_of(large);
  size_t had = gn_large_bytes(large);
  if (bytes > head->reserved - HEADS)
    return false;
  size_t mapped = whole_pages(bytes + HEADS);
  if (mapped <= had)
    return true;
  if (!gn_heap_take_bytes(heap, mapped - had))
    return false;
  if (mprotect((char *)head + had, mapped - had, PROT_READ | PROT_WRITE) != 0) {
    gn_heap_uncharge(heap, mapped - had);
    return false;
  }
  large->of.bytes = mapped | GN_CHUNK_MAPPED;
  set_size(o, mapped);
  return true;
}

/* ---- buffers ---- */

static void set_cap(gn_values *values) {
  values->cap = (gn_obj_bytes(&values->h) - sizeof(gn_values)) / 8;
}

gn_values *gn_values_grow(gn_heap *heap, gn_values *old, size_t keep,
                          size_t cap) {
  size_t bytes = sizeof(gn_values) + cap * sizeof(gn_value);
  gn_values *values = NULL;
  assert(keep <= cap && cap <= UINT32_MAX);
  if (old != NULL && (old->h.flags & GN_LARGE) &&
      gn_heap_extend(heap, old, bytes)) {
    set_cap(old);
    return old;
  }
  if (bytes >= GN_ROOMY_MIN)
    values = alloc_roomy(heap, GN_T_VALUES, bytes);
  if (values != NULL)
    set_cap(values);
  else
    values = gn_values_new(heap, cap);
  if (values != NULL && keep != 0)
    memcpy(values->v, old->v, keep * sizeof(gn_value));
  return values;
}

static void set_blob_cap(gn_blob *blob) {
  size_t room = gn_obj_bytes(&blob->h) - sizeof(gn_blob);
  blob->cap = room < UINT32_MAX ? (uint32_t)room : UINT32_MAX;
}

bool gn_blob_extend(gn_heap *heap, gn_blob *blob, size_t cap) {
  if (!gn_heap_extend(heap, blob, sizeof(gn_blob) + cap))
    return false;
  set_blob_cap(blob);
  return true;
}

static gn_blob *roomy_blob(gn_heap *heap, size_t cap) {
  size_t bytes = sizeof(gn_blob) + cap;
  gn_blob *blob = NULL;
  if (bytes >= GN_ROOMY_MIN)
    blob = alloc_roomy(heap, GN_T_BLOB, bytes);
  if (blob != NULL) {
    set_blob_cap(blob);
    blob->used = 0;
  }
  return blob;
}

gn_blob *gn_blob_grow(gn_heap *heap, gn_blob *old, size_t keep, size_t cap) {
  assert(keep <= cap && cap <= UINT32_MAX - 64);
  if (old != NULL && gn_blob_extend(heap, old, cap))
    return old;
  gn_blob *blob = roomy_blob(heap, cap);
  if (blob == NULL)
    blob = gn_blob_new(heap, cap);
  if (blob != NULL && old != NULL) {
    memcpy(blob->bytes, old->bytes, keep);
    blob->used = old->used;
  }
  return blob;
}

gn_blob *gn_blob_zero(gn_heap *heap, size_t cap) {
  gn_blob *blob = cap <= UINT32_MAX - 64 ? roomy_blob(heap, cap) : NULL;
  if (blob != NULL)
    return blob;
  blob = gn_blob_new(heap, cap);
  if (blob != NULL)
    memset(blob->bytes, 0, cap);
  return blob;
}
