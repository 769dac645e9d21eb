/*
 * test_dict.c - the ordered hash table against a plain list that is searched
 * in turn, with collections in between.
 */
#include "vm/fixture.h"

#include <stdio.h>

#include "core/dict.h"
#include "types/string.h"

enum { KEYS = 200 };

/* What the dict should hold, in order. */
typedef struct model {
  int key[KEYS];
  int64_t value[KEYS];
  int n;
} model;

static int model_find(const model *m, int key) {
  for (int i = 0; i < m->n; i++)
    if (m->key[i] == key)
      return i;
  return -1;
}

static void model_set(model *m, int key, int64_t value) {
  int i = model_find(m, key);
  if (i < 0) {
    i = m->n++;
    m->key[i] = key;
  }
  m->value[i] = value;
}

static void model_del(model *m, int i) {
  m->n--;
  for (; i < m->n; i++) {
    m->key[i] = m->key[i + 1];
    m->value[i] = m->value[i + 1];
  }
}

/* Key number i, a string or a symbol with the same text. */
static gn_value make_key(fixture *f, int i) {
  char text[32];
  int len = snprintf(text, sizeof text, "key-%d", i);
  if (fixture_random(f, 2) == 0)
    return gn_symbol_new(&f->heap, text, (size_t)len);
  return gn_string_new(&f->heap, text, (size_t)len);
}

static int key_number(gn_value key) {
  char text[32];
  int i = -1;
  size_t len;
  const char *own = gn_text(key, &len);
  assert_true(len < sizeof text);
  memcpy(text, own, len);
  text[len] = '\0';
  assert_int_equal(sscanf(text, "key-%d", &i), 1);
  return i;
}

static void check_same(const gn_dict *d, const model *m) {
  uint32_t at = 0;
  assert_int_equal(d->live, m->n);
  for (int i = 0; i < m->n; i++) {
    gn_entry *e = gn_dict_next(d, &at);
    assert_non_null(e);
    assert_int_equal(key_number(e->key), m->key[i]);
    assert_true(e->value == gn_from_fix(m->value[i]));
  }
  assert_null(gn_dict_next(d, &at));
}

static void check_lookup(fixture *f, const gn_dict *d, const model *m,
                         int key) {
  char text[32];
  int len = snprintf(text, sizeof text, "key-%d", key);
  int i = model_find(m, key);
  gn_value want = i < 0 ? GN_NONE : gn_from_fix(m->value[i]);
  gn_entry *e = gn_map_find_text(d, f->heap.seed, text, (size_t)len);
  assert_true(gn_map_get(d, make_key(f, key)) == want);
  assert_true((e != NULL ? e->value : GN_NONE) == want);
}

static void change(fixture *f, gn_dict *d, model *m, int keys, uint32_t dels) {
  int key = (int)fixture_random(f, (uint32_t)keys);
  int i = model_find(m, key);
  if (fixture_random(f, 10) < dels) {
    gn_value want = i < 0 ? GN_NONE : gn_from_fix(m->value[i]);
    assert_true(gn_map_del(d, make_key(f, key)) == want);
    if (i >= 0)
      model_del(m, i);
    return;
  }
  int64_t value = fixture_random(f, 1000000);
  assert_true(gn_map_set(&f->heap, d, make_key(f, key), gn_from_fix(value)));
  model_set(m, key, value);
}

static void run_random(int keys, uint32_t dels) {
  fixture f;
  model m = {.n = 0};
  fixture_open(&f, (size_t)4 << 20);
  gn_dict *d = gn_dict_new(&f.heap, GN_T_MAP, 0);
  f.roots[0] = gn_from_obj(d);
  for (int step = 0; step < 6000; step++) {
    change(&f, d, &m, keys, dels);
    check_lookup(&f, d, &m, (int)fixture_random(&f, (uint32_t)keys));
    if (step % 64 == 0) {
      gn_heap_collect(&f.heap);
      gn_heap_validate(&f.heap);
      check_same(d, &m);
      gn_dict *copy = gn_dict_copy(&f.heap, d);
      check_same(copy, &m);
      change(&f, copy, &(model){.n = 0}, 1, 0);
      check_same(d, &m);
    }
    if (step % 2500 == 2499) {
      gn_dict_clear(d);
      m.n = 0;
    }
  }
  fixture_close(&f);
}

static void test_random_small(void **state) {
  (void)state;
  run_random(7, 4);
  run_random(12, 5);
}

static void test_random_large(void **state) {
  (void)state;
  run_random(KEYS, 3);
  run_random(KEYS, 6);
}

static void test_key_keeps_its_place(void **state) {
  (void)state;
  fixture f;
  fixture_open(&f, (size_t)1 << 20);
  gn_dict *d = gn_dict_new(&f.heap, GN_T_MAP, 0);
  gn_value a = gn_symbol_new(&f.heap, "a", 1);
  gn_value also_a = gn_string_c(&f.heap, "a");
  gn_value b = gn_string_c(&f.heap, "b");
  gn_map_set(&f.heap, d, a, GN_TRUE);
  gn_map_set(&f.heap, d, b, GN_FALSE);
  gn_map_set(&f.heap, d, also_a, GN_NIL);
  uint32_t at = 0;
  gn_entry *first = gn_dict_next(d, &at);
  assert_true(first->key == a && first->value == GN_NIL);
  assert_int_equal(d->live, 2);
  assert_true(gn_key_equal(a, also_a));
  assert_false(gn_key_equal(a, b));
  assert_int_equal(gn_key_hash(FIXTURE_SEED, a),
                   gn_key_hash(FIXTURE_SEED, also_a));
  assert_true(gn_map_get(NULL, a) == GN_NONE);
  fixture_close(&f);
}

/* Entries of one hash, as keys compared a level above may have. */
static void probe_equal_hashes(uint32_t n) {
  fixture f;
  fixture_open(&f, (size_t)1 << 20);
  gn_dict *d = gn_dict_new(&f.heap, GN_T_HASHMAP, 0);
  for (uint32_t i = 0; i < n; i++)
    gn_dict_append(&f.heap, d, gn_from_fix(i), GN_NIL, i % 3 + 1);
  uint64_t probe = 0;
  uint32_t found = 0;
  for (gn_entry *e; (e = gn_dict_probe(d, 2, &probe)) != NULL; found++)
    assert_int_equal(gn_fix(e->key) % 3, 1);
  assert_int_equal(found, (n + 1) / 3);
  probe = 0;
  assert_null(gn_dict_probe(d, 77, &probe));
  for (uint32_t i = 0; i < n; i += 2) {
    probe = 0;
    gn_entry *e = gn_dict_probe(d, i % 3 + 1, &probe);
    while (gn_fix(e->key) != i)
      e = gn_dict_probe(d, i % 3 + 1, &probe);
    gn_dict_remove(d, e);
  }
  assert_int_equal(d->live, n / 2);
  fixture_close(&f);
}

static void test_equal_hashes(void **state) {
  (void)state;
  probe_equal_hashes(6);
  probe_equal_hashes(300);
}

/* Taking from the front, from the end, and as from a queue, must not walk over
 * what was taken: a million steps would not end otherwise. */
static void test_queue_and_stack_use_is_linear(void **state) {
  (void)state;
  enum { N = 100000 };
  fixture f;
  fixture_open(&f, (size_t)64 << 20);
  gn_dict *d = gn_dict_new(&f.heap, GN_T_HASHMAP, 0);
  for (uint32_t i = 0; i < N; i++)
    gn_dict_append(&f.heap, d, gn_from_fix(i), GN_NIL, i * 2654435761u);
  for (uint32_t i = 0; i < N / 2; i++) {
    uint32_t at = 0;
    gn_entry *e = gn_dict_next(d, &at);
    assert_int_equal(gn_fix(e->key), i);
    gn_dict_remove(d, e);
  }
  for (uint32_t i = N; i-- > N / 2;) {
    assert_int_equal(gn_fix(d->entries[d->used - 1].key), i);
    gn_dict_remove(d, &d->entries[d->used - 1]);
  }
  assert_int_equal(d->live, 0);
  size_t bytes = f.heap.bytes;
  for (uint32_t i = 0; i < N; i++) {
    uint32_t at = 0;
    gn_dict_append(&f.heap, d, gn_from_fix(i), GN_NIL, i * 2654435761u);
    if (d->live > 10)
      gn_dict_remove(d, gn_dict_next(d, &at));
  }
  assert_int_equal(f.heap.bytes, bytes);
  assert_int_equal(d->live, 10);
  fixture_close(&f);
}

/* A walk must pass the gaps in one step, in whatever order they came. */
static void test_walk_of_a_hollow_dict_is_short(void **state) {
  (void)state;
  enum { N = 100000, WALKS = 100000 };
  fixture f;
  fixture_open(&f, (size_t)64 << 20);
  gn_dict *d = gn_dict_new(&f.heap, GN_T_HASHMAP, 0);
  for (uint32_t i = 0; i < N; i++)
    gn_dict_append(&f.heap, d, gn_from_fix(i), GN_NIL, i * 2654435761u);
  for (uint32_t round = 0; round < 3; round++) /* middles join their sides */
    for (uint32_t i = 1; i < N - 1; i++)
      if (i % 3 == (round + 1) % 3)
        gn_dict_remove(d, &d->entries[i]);
  assert_int_equal(d->live, 2);
  for (uint32_t walk = 0; walk < WALKS; walk++) {
    uint32_t at = 0;
    assert_int_equal(gn_fix(gn_dict_next(d, &at)->key), 0);
    assert_int_equal(gn_fix(gn_dict_next(d, &at)->key), N - 1);
    assert_null(gn_dict_next(d, &at));
  }
  fixture_close(&f);
}

static void test_out_of_memory_changes_nothing(void **state) {
  (void)state;
  uint64_t nth = 1;
  for (bool done = false; !done; nth++) {
    fixture f;
    model m = {.n = 0};
    fixture_open(&f, (size_t)1 << 20);
    gn_dict *d = gn_dict_new(&f.heap, GN_T_MAP, 0);
    gn_value keys[40];
    for (int i = 0; i < 40; i++)
      keys[i] = make_key(&f, i);
    gn_heap_fail_nth(&f.heap, nth);
    done = true;
    for (int i = 0; i < 40; i++) {
      if (gn_map_set(&f.heap, d, keys[i], gn_from_fix(i)))
        model_set(&m, i, i);
      else
        done = false;
      check_same(d, &m);
    }
    assert_int_equal(m.n, done ? 40 : 39);
    gn_heap_fail_nth(&f.heap, 0);
    for (int i = 0; i < 40; i++)
      check_lookup(&f, d, &m, i);
    fixture_close(&f);
  }
  assert_true(nth > 6);
}

/* A copy in steps is a dict at any time; the source says when a place in it is
 * no longer one. */
static void test_copy_in_steps(void **state) {
  (void)state;
  fixture f;
  fixture_open(&f, (size_t)1 << 20);
  gn_dict *d = gn_dict_new(&f.heap, GN_T_MAP, 0);
  for (int i = 0; i < 100; i++)
    gn_map_set(&f.heap, d, make_key(&f, i), gn_from_fix(i));
  gn_dict *copy = gn_dict_copy_begin(&f.heap, d, true);
  uint16_t stamp = gn_dict_stamp(d);
  uint32_t at = 0;
  assert_true(gn_dict_copy_some(copy, d, &at, 40));
  assert_int_equal(copy->live, 40);
  assert_non_null(gn_map_find(copy, make_key(&f, 39)));
  assert_null(gn_map_find(copy, make_key(&f, 40)));
  gn_map_set(&f.heap, d, make_key(&f, 100), GN_NIL);
  gn_map_set(&f.heap, d, make_key(&f, 0), GN_NIL);
  assert_int_equal(gn_dict_stamp(d), stamp);
  (void)gn_dict_copy_some(copy, d, &at, 1000);
  assert_int_equal(gn_map_get(copy, make_key(&f, 99)), gn_from_fix(99));
  gn_map_del(d, make_key(&f, 50));
  assert_int_not_equal(gn_dict_stamp(d), stamp);
  stamp = gn_dict_stamp(d);
  gn_dict_clear(d);
  assert_int_not_equal(gn_dict_stamp(d), stamp);
  gn_heap_validate(&f.heap);
  fixture_close(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_random_small),
      cmocka_unit_test(test_random_large),
      cmocka_unit_test(test_key_keeps_its_place),
      cmocka_unit_test(test_equal_hashes),
      cmocka_unit_test(test_queue_and_stack_use_is_linear),
      cmocka_unit_test(test_walk_of_a_hollow_dict_is_short),
      cmocka_unit_test(test_copy_in_steps),
      cmocka_unit_test(test_out_of_memory_changes_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
