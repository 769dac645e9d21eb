/*
 * test_array.c - arrays, Gene values and boxes as structures.
 */
#include "vm/fixture.h"

#include "core/dict.h"
#include "types/array.h"
#include "types/gene.h"
#include "types/string.h"

enum { MOST = 500 };

static void check_items(const gn_array *a, const int64_t *want, size_t n) {
  assert_int_equal(a->len, n);
  assert_true(a->len <= a->cap || n == 0);
  for (size_t i = 0; i < n; i++)
    assert_true(a->items[i] == gn_from_fix(want[i]));
}

static void test_random_against_a_model(void **state) {
  (void)state;
  fixture f;
  int64_t want[MOST];
  size_t n = 0;
  fixture_open(&f, (size_t)1 << 20);
  gn_array *a = gn_array_new(&f.heap, 0);
  f.roots[0] = gn_from_obj(a);
  for (int step = 0; step < 50000; step++) {
    int64_t value = fixture_random(&f, 1000);
    size_t at = fixture_random(&f, (uint32_t)n + 1);
    switch (fixture_random(&f, 3)) {
    case 0:
      if (n == MOST)
        break;
      assert_true(gn_array_push(&f.heap, a, gn_from_fix(value)));
      want[n++] = value;
      break;
    case 1:
      if (n == MOST)
        break;
      assert_true(gn_array_insert(&f.heap, a, at, gn_from_fix(value)));
      memmove(want + at + 1, want + at, (n - at) * sizeof *want);
      want[at] = value;
      n++;
      break;
    default:
      if (at == n)
        break;
      assert_true(gn_array_remove(a, at) == gn_from_fix(want[at]));
      n--;
      memmove(want + at, want + at + 1, (n - at) * sizeof *want);
    }
    if (step % 500 == 0) {
      gn_heap_collect(&f.heap);
      gn_heap_validate(&f.heap);
      check_items(a, want, n);
    }
  }
  fixture_close(&f);
}

static void test_growth_is_geometric(void **state) {
  (void)state;
  fixture f;
  fixture_open(&f, (size_t)64 << 20);
  gn_array *a = gn_array_new(&f.heap, 0);
  int moves = 0;
  for (int i = 0; i < 1000000; i++) {
    gn_values *buf = a->buf;
    assert_true(gn_array_push(&f.heap, a, gn_from_fix(i)));
    moves += a->buf != buf;
  }
  assert_true(moves < 22);
  assert_true(gn_array_reserve(&f.heap, a, 10));
  assert_true(a->len == 1000000 && a->items[999999] == gn_from_fix(999999));
  fixture_close(&f);
}

static void test_from_copies(void **state) {
  (void)state;
  fixture f;
  fixture_open(&f, (size_t)1 << 20);
  gn_value items[3] = {GN_TRUE, GN_NIL, gn_from_fix(3)};
  gn_array *a = gn_array_from(&f.heap, items, 3);
  gn_array *none = gn_array_from(&f.heap, NULL, 0);
  items[0] = GN_FALSE;
  assert_true(a->len == 3 && a->items[0] == GN_TRUE);
  assert_int_equal(none->len, 0);
  fixture_close(&f);
}

static void test_out_of_memory_changes_nothing(void **state) {
  (void)state;
  fixture f;
  fixture_open(&f, (size_t)1 << 20);
  gn_array *a = gn_array_new(&f.heap, 0);
  while (gn_array_push(&f.heap, a, gn_from_fix(a->len)))
    assert_true(a->len < 1000000);
  uint32_t len = a->len;
  assert_true(len * sizeof(gn_value) > ((size_t)1 << 20) / 5);
  assert_false(gn_array_insert(&f.heap, a, 0, GN_NIL));
  assert_int_equal(a->len, len);
  for (uint32_t i = 0; i < len; i++)
    if (a->items[i] != gn_from_fix(i))
      fail_msg("item %u is lost", i);
  fixture_close(&f);
}

static void test_genes_hold_type_props_and_children(void **state) {
  (void)state;
  fixture f;
  fixture_open(&f, (size_t)1 << 20);
  gn_value type = gn_symbol_new(&f.heap, "row", 3);
  gn_value key = gn_symbol_new(&f.heap, "k", 1);
  gn_gene *g = gn_gene_new(&f.heap, type, 0);
  f.roots[0] = gn_from_obj(g);
  for (int i = 0; i < 100; i++) {
    assert_true(gn_gene_add(&f.heap, g, gn_from_fix(i)));
    assert_true(gn_gene_set_prop(&f.heap, g, key, gn_from_fix(i)));
  }
  gn_heap_collect(&f.heap);
  gn_heap_validate(&f.heap);
  assert_true(g->type == type && g->n == 100 && g->props->live == 1);
  assert_true(g->children[99] == gn_from_fix(99));
  assert_true(gn_map_get(g->props, key) == gn_from_fix(99));
  fixture_close(&f);
}

static void test_boxes_and_complex_symbols(void **state) {
  (void)state;
  fixture f;
  fixture_open(&f, (size_t)1 << 20);
  gn_value parts[3] = {gn_symbol_new(&f.heap, "", 0),
                       gn_symbol_new(&f.heap, "a", 1),
                       gn_symbol_new(&f.heap, "b", 1)};
  gn_value symbol = gn_csymbol_new(&f.heap, parts, 3);
  gn_value box = gn_box_new(&f.heap, GN_T_UNQUOTE, symbol);
  assert_true(gn_is(box, GN_T_UNQUOTE));
  assert_true(((gn_box *)gn_as_obj(box))->v == symbol);
  gn_csymbol *c = (gn_csymbol *)gn_as_obj(symbol);
  assert_true(c->n == 3 && c->part[2] == parts[2]);
  gn_heap_fail_nth(&f.heap, 1);
  assert_true(gn_box_new(&f.heap, GN_T_CELL, GN_NIL) == GN_NONE);
  gn_heap_fail_nth(&f.heap, 1);
  assert_true(gn_csymbol_new(&f.heap, parts, 3) == GN_NONE);
  gn_heap_fail_nth(&f.heap, 1);
  assert_null(gn_gene_new(&f.heap, GN_NIL, 0));
  fixture_close(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_random_against_a_model),
      cmocka_unit_test(test_growth_is_geometric),
      cmocka_unit_test(test_from_copies),
      cmocka_unit_test(test_out_of_memory_changes_nothing),
      cmocka_unit_test(test_genes_hold_type_props_and_children),
      cmocka_unit_test(test_boxes_and_complex_symbols),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
