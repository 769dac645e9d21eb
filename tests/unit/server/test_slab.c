/*
 * test_slab.c - records of many sizes: none overlaps another, places are taken
 * again, and what is empty is given back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/slab.h"

#define MANY  30000
#define BLOCK ((size_t)2 << 20)

static struct {
  unsigned char *at;
  size_t size;
} record[MANY];

static size_t some_size(size_t i) {
  return 1 + i * 7919 % (SLAB_MAX + 100);
}

static void make(size_t i, size_t size) {
  record[i].at = slab_alloc(size);
  record[i].size = size;
  assert_non_null(record[i].at);
  assert_int_equal((uintptr_t)record[i].at % 16, 0);
  memset(record[i].at, (int)(i & 255), size);
}

/* Frees one whose bytes are as they were made. */
static void check_and_free(size_t i) {
  for (size_t b = 0; b < record[i].size; b++)
    assert_int_equal(record[i].at[b], i & 255);
  slab_free(record[i].at, record[i].size);
}

static void keeps_bytes_apart(void **state) {
  (void)state;
  for (size_t i = 0; i < MANY; i++)
    make(i, some_size(i));
  for (size_t i = 0; i < MANY; i += 2)
    check_and_free(i);
  for (size_t i = 0; i < MANY; i += 2)
    make(i, some_size(i + 1));
  for (size_t i = 0; i < MANY; i++)
    check_and_free(i);
}

static void gives_back_what_is_empty(void **state) {
  (void)state;
  for (int round = 0; round < 3; round++) {
    size_t most;

    for (size_t i = 0; i < MANY; i++)
      make(i, 300);
    most = slab_bytes();
    assert_true(most <= MANY * 304 + 2 * BLOCK);
    for (size_t i = 0; i < MANY; i++)
      check_and_free(i);
    assert_true(slab_bytes() <= BLOCK);
  }
}

/* The oldest go, new ones come: as kept futures do. */
static void takes_places_again(void **state) {
  size_t most;

  (void)state;
  for (size_t i = 0; i < 1000; i++)
    make(i, 300);
  most = slab_bytes();
  for (size_t i = 0; i < 100000; i++) {
    check_and_free(i % 1000);
    make(i % 1000, 300);
  }
  assert_int_equal(slab_bytes(), most);
  for (size_t i = 0; i < 1000; i++)
    check_and_free(i);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keeps_bytes_apart),
      cmocka_unit_test(gives_back_what_is_empty),
      cmocka_unit_test(takes_places_again),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
