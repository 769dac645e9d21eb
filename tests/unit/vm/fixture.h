/*
 * fixture.h - what the unit tests of the VM's foundations share: a heap with
 * a table of roots, and a small repeatable random generator.
 */
#ifndef TESTS_UNIT_VM_FIXTURE_H
#define TESTS_UNIT_VM_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/heap.h"

#define FIXTURE_ROOTS 4096
#define FIXTURE_SEED  UINT64_C(0x1234567890abcdef)

typedef struct fixture {
  gn_pool *pool;
  gn_heap heap;
  gn_value roots[FIXTURE_ROOTS]; /* GN_NONE: unused */
  uint64_t random;
} fixture;

static inline void fixture_mark(gn_heap *heap, void *owner) {
  fixture *f = owner;
  for (size_t i = 0; i < FIXTURE_ROOTS; i++)
    gn_mark(heap, f->roots[i]);
}

static inline void fixture_open(fixture *f, size_t cap) {
  memset(f, 0, sizeof *f);
  f->pool = gn_pool_create((size_t)8 << 20);
  assert_non_null(f->pool);
  gn_heap_init(&f->heap, f->pool, cap, FIXTURE_SEED);
  f->heap.roots = fixture_mark;
  f->heap.owner = f;
  f->random = 88172645463325252u;
}

static inline void fixture_close(fixture *f) {
  gn_heap_destroy(&f->heap);
  gn_pool_destroy(f->pool);
}

/* xorshift64: 0 <= result < below. */
static inline uint32_t fixture_random(fixture *f, uint32_t below) {
  f->random ^= f->random << 13;
  f->random ^= f->random >> 7;
  f->random ^= f->random << 17;
  return (uint32_t)(f->random >> 32) % below;
}

#endif
