/*
 * test_heap.c - pages, the cap, collections, the validator. It builds graphs
 * of every layout by hand and never runs Gene code.
 */
#include "vm/fixture.h"

#include "core/dict.h"
#include "core/pool.h"
#include "types/array.h"
#include "types/gene.h"
#include "types/string.h"

#define MIB ((size_t)1 << 20)

/* ---- pool ---- */

static void test_pool_keeps_a_bounded_number_of_warm_pages(void **state) {
  (void)state;
  gn_pool *pool = gn_pool_create(20 * GN_PAGE_MIN);
  gn_chunk *pages[GN_PAGE_CLASSES][40];
  for (unsigned cls = 0; cls < GN_PAGE_CLASSES; cls++) {
    for (size_t i = 0; i < 40; i++) {
      gn_chunk *page = gn_page_take(pool, cls);
      assert_non_null(page);
      assert_int_equal(gn_page_bytes(page), GN_PAGE_MIN << cls);
      assert_int_equal((uintptr_t)page % GN_PAGE_MIN, 0);
      memset(gn_page_start(page), 1, gn_page_bytes(page) - sizeof(gn_chunk));
      pages[cls][i] = page;
    }
  }
  assert_int_equal(gn_pool_free_bytes(pool), 0);
  for (unsigned cls = 0; cls < GN_PAGE_CLASSES; cls++)
    for (size_t i = 0; i < 40; i++)
      gn_page_give(pool, pages[cls][i]);
  assert_int_equal(gn_pool_free_bytes(pool), 20 * GN_PAGE_MIN);
  gn_pool_destroy(pool);
}

static void test_pool_hands_out_the_warm_page_again(void **state) {
  (void)state;
  gn_pool *pool = gn_pool_create(MIB);
  gn_chunk *first = gn_page_take(pool, 0);
  gn_chunk *second = gn_page_take(pool, 0);
  gn_page_give(pool, first);
  assert_int_equal(gn_pool_free_bytes(pool), GN_PAGE_MIN);
  assert_ptr_equal(gn_page_take(pool, 0), first);
  gn_page_give(pool, first);
  gn_page_give(pool, second);
  gn_page_give(pool, gn_page_take(pool, GN_PAGE_CLASSES - 1));
  assert_true(gn_pool_free_bytes(pool) <= GN_PAGE_MAX);
  gn_pool_destroy(pool);
}

static void test_pool_random_pages_never_overlap(void **state) {
  (void)state;
  enum { MOST = 200 };
  fixture f;
  fixture_open(&f, MIB);
  gn_chunk *pages[MOST];
  size_t n = 0;
  for (int step = 0; step < 20000; step++) {
    if (n < MOST && fixture_random(&f, 2) == 0) {
      gn_chunk *page =
          gn_page_take(f.pool, fixture_random(&f, GN_PAGE_CLASSES));
      memset(gn_page_start(page), (int)(n & 0x7f), 64);
      *(gn_chunk **)(void *)gn_page_start(page) = page;
      memcpy(gn_page_end(page) - sizeof page, &page, sizeof page);
      pages[n++] = page;
    } else if (n > 0) {
      size_t i = fixture_random(&f, (uint32_t)n);
      gn_chunk *page = pages[i];
      assert_ptr_equal(*(gn_chunk **)(void *)gn_page_start(page), page);
      assert_memory_equal(gn_page_end(page) - sizeof page, &page, sizeof page);
      gn_page_give(f.pool, page);
      pages[i] = pages[--n];
    }
  }
  while (n > 0)
    gn_page_give(f.pool, pages[--n]);
  fixture_close(&f);
}

/* ---- allocation and the cap ---- */

static void test_small_heap_holds_one_small_page(void **state) {
  (void)state;
  fixture f;
  fixture_open(&f, MIB);
  assert_int_equal(f.heap.bytes, 0);
  for (int i = 0; i < 50; i++)
    assert_non_null(gn_array_new(&f.heap, 2));
  assert_int_equal(f.heap.bytes, GN_PAGE_MIN);
  assert_int_equal(f.heap.peak, GN_PAGE_MIN);
  assert_int_equal(gn_heap_validate(&f.heap), 100);
  gn_heap_destroy(&f.heap);
  assert_int_equal(gn_pool_free_bytes(f.pool), GN_PAGE_MIN);
  fixture_close(&f);
}

static void test_objects_are_aligned_and_apart(void **state) {
  (void)state;
  fixture f;
  fixture_open(&f, 8 * MIB);
  gn_blob *blobs[512];
  for (size_t i = 0; i < 512; i++) {
    size_t cap = fixture_random(&f, i % 16 == 0 ? 50000 : 300);
    blobs[i] = gn_blob_new(&f.heap, cap);
    assert_non_null(blobs[i]);
    assert_int_equal((uintptr_t)blobs[i] % 16, 0);
    assert_true(blobs[i]->cap >= cap);
    memset(blobs[i]->bytes, (int)(i & 0xff), blobs[i]->cap);
  }
  for (size_t i = 0; i < 512; i++)
    for (size_t k = 0; k < blobs[i]->cap; k++)
      if (blobs[i]->bytes[k] != (char)(i & 0xff))
        fail_msg("blob %zu was written over", i);
  assert_int_equal(gn_heap_validate(&f.heap), 512);
  fixture_close(&f);
}

/* Fills the heap with objects of this size until it refuses. */
static size_t fill(gn_heap *heap, size_t bytes) {
  size_t n = 0;
  while (gn_blob_new(heap, bytes) != NULL) {
    n++;
    assert_true(heap->bytes <= heap->cap);
  }
  return n;
}

static void test_cap_is_hard_and_survivable(void **state) {
  (void)state;
  static const size_t sizes[] = {16, 100, 1000, 10000, 40000, 100000};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    fixture f;
    fixture_open(&f, MIB + 12345);
    size_t first = fill(&f.heap, sizes[i]);
    assert_true(first * sizes[i] > MIB / 2);
    assert_true(f.heap.failed);
    assert_true(gn_heap_wants_gc(&f.heap));
    f.heap.failed = false;
    gn_heap_collect(&f.heap);
    assert_int_equal(f.heap.live, 0);
    size_t second = fill(&f.heap, sizes[i]);
    assert_true(second + first / 50 + 1 >= first);
    gn_heap_validate(&f.heap);
    fixture_close(&f);
  }
}

static void test_absurd_sizes_are_refused(void **state) {
  (void)state;
  fixture f;
  fixture_open(&f, SIZE_MAX);
  assert_null(gn_alloc(&f.heap, GN_T_BLOB, SIZE_MAX));
  assert_null(gn_alloc(&f.heap, GN_T_BLOB, SIZE_MAX - 15));
  assert_null(gn_alloc(&f.heap, GN_T_BLOB, (size_t)UINT32_MAX * 32));
  assert_null(gn_values_new(&f.heap, SIZE_MAX / 8));
  assert_null(gn_values_new(&f.heap, SIZE_MAX));
  assert_null(gn_blob_new(&f.heap, UINT32_MAX));
  assert_null(gn_array_new(&f.heap, UINT32_MAX));
  assert_true(f.heap.failed);
  fixture_close(&f);
}

static void test_cap_below_a_page(void **state) {
  (void)state;
  fixture f;
  fixture_open(&f, 1000);
  size_t n = fill(&f.heap, 16);
  assert_true(n > 5);
  assert_true(f.heap.bytes <= 1000);
  gn_heap_collect(&f.heap);
  assert_int_equal(fill(&f.heap, 16), n);
  fixture_close(&f);
}

static void test_charges_count(void **state) {
  (void)state;
  fixture f;
  fixture_open(&f, MIB);
  assert_true(gn_heap_charge(&f.heap, MIB / 2));
  assert_false(gn_heap_charge(&f.heap, MIB / 2 + 1));
  assert_true(f.heap.failed);
  assert_null(gn_blob_new(&f.heap, MIB / 2));
  assert_true(gn_heap_charge(&f.heap, MIB / 2));
  assert_null(gn_array_new(&f.heap, 0));
  gn_heap_uncharge(&f.heap, MIB);
  assert_non_null(gn_array_new(&f.heap, 0));
  fixture_close(&f);
}

static void test_garbage_stays_below_the_threshold(void **state) {
  (void)state;
  fixture f;
  fixture_open(&f, 64 * MIB);
  for (int i = 0; i < 400000; i++) {
    assert_non_null(gn_array_new(&f.heap, 4));
    if (gn_heap_wants_gc(&f.heap))
      gn_heap_collect(&f.heap);
  }
  assert_true(f.heap.peak < 2 * MIB);
  assert_true(f.heap.collections < 100);
  fixture_close(&f);
}

static void test_full_heap_collects_rarely(void **state) {
  (void)state;
  fixture f;
  fixture_open(&f, 4 * MIB);
  gn_array *keep = gn_array_new(&f.heap, 0);
  f.roots[0] = gn_from_obj(keep);
  size_t n = 0;
  for (;; n++) {
    gn_blob *blob = gn_blob_new(&f.heap, 200);
    if (blob == NULL || !gn_array_push(&f.heap, keep, gn_from_obj(blob)))
      break;
    if (gn_heap_wants_gc(&f.heap))
      gn_heap_collect(&f.heap);
  }
  assert_true(n * 216 > 3 * MIB);
  assert_true(f.heap.collections < 40);
  gn_heap_validate(&f.heap);
  fixture_close(&f);
}

/* ---- collection ---- */

static void test_collect_frees_large_objects_at_once(void **state) {
  (void)state;
  fixture f;
  fixture_open(&f, 8 * MIB);
  f.roots[0] = gn_from_obj(gn_blob_new(&f.heap, MIB));
  gn_blob_new(&f.heap, 2 * MIB);
  assert_true(f.heap.bytes > 3 * MIB);
  gn_heap_collect(&f.heap);
  assert_true(f.heap.bytes > MIB && f.heap.bytes < MIB + 100);
  assert_int_equal(gn_heap_validate(&f.heap), 1);
  f.roots[0] = GN_NONE;
  gn_heap_collect(&f.heap);
  assert_int_equal(f.heap.bytes, 0);
  fixture_close(&f);
}

static void test_pages_go_back_when_little_is_live(void **state) {
  (void)state;
  fixture f;
  fixture_open(&f, 64 * MIB);
  while (f.heap.bytes < 16 * MIB)
    assert_non_null(gn_blob_new(&f.heap, 500));
  gn_heap_collect(&f.heap);
  gn_heap_validate(&f.heap);
  assert_true(f.heap.bytes <= MIB);
  assert_true(f.heap.gc_at >= MIB && f.heap.gc_at < 2 * MIB);
  fixture_close(&f);
}

static void test_long_list_is_marked_without_recursion(void **state) {
  (void)state;
  fixture f;
  fixture_open(&f, 64 * MIB);
  gn_value list = GN_NIL;
  for (int i = 0; i < 1000000; i++)
    list = gn_box_new(&f.heap, GN_T_CELL, list);
  f.roots[0] = list;
  gn_heap_collect(&f.heap);
  assert_int_equal(f.heap.live, 16000000);
  assert_int_equal(gn_heap_validate(&f.heap), 1000000);
  fixture_close(&f);
}

/* More objects are reached at once than the gray stack may hold. */
static void test_gray_stack_overflow(void **state) {
  (void)state;
  enum { WIDE = 1200000 };
  fixture f;
  fixture_open(&f, 256 * MIB);
  gn_array *wide = gn_array_new(&f.heap, WIDE);
  for (int i = 0; i < WIDE; i++) {
    gn_value leaf = gn_box_new(&f.heap, GN_T_CELL, gn_from_fix(i));
    gn_array_push(&f.heap, wide, gn_box_new(&f.heap, GN_T_CELL, leaf));
  }
  f.roots[0] = gn_from_obj(wide);
  gn_heap_collect(&f.heap);
  assert_int_equal(gn_heap_validate(&f.heap), 2 * WIDE + 2);
  for (int i = 0; i < WIDE; i++) {
    gn_box *outer = (gn_box *)gn_as_obj(wide->items[i]);
    gn_box *inner = (gn_box *)gn_as_obj(outer->v);
    if (inner->v != gn_from_fix(i))
      fail_msg("box %d is lost", i);
  }
  fixture_close(&f);
}

/* ---- every layout ---- */

typedef struct traced {
  gn_machine m;
  gn_value v;
} traced;

static void trace_traced(gn_heap *heap, gn_machine *m) {
  gn_mark(heap, ((traced *)m)->v);
}

/* An object that lives only if whatever refers to it is traced. */
static gn_value witness(fixture *f, size_t *witnesses) {
  ++*witnesses;
  return gn_from_obj(gn_array_new(&f->heap, 0));
}

static void *object(fixture *f, enum gn_type type, size_t bytes) {
  gn_obj *o = gn_alloc(&f->heap, type, bytes);
  gn_obj head = *o;
  memset(o, 0, bytes);
  *o = head;
  return o;
}

static gn_value some_class(fixture *f, size_t *n) {
  gn_class *c = object(f, GN_T_CLASS, sizeof *c);
  gn_shape *s = object(f, GN_T_SHAPE, sizeof *s);
  gn_shape *kid = object(f, GN_T_SHAPE, sizeof *kid);
  gn_instance *x = object(f, GN_T_INSTANCE, sizeof *x + 16);
  gn_instance *y = object(f, GN_T_INSTANCE, sizeof *y);
  c->parent = object(f, GN_T_CLASS, sizeof *c);
  c->name = witness(f, n);
  c->methods = gn_dict_new(&f->heap, GN_T_MAP, 0);
  c->members = gn_dict_new(&f->heap, GN_T_MAP, 3);
  c->ctor = GN_UNSET;
  c->fields = witness(f, n);
  c->root = s;
  c->extra = witness(f, n);
  s->cls = kid->cls = c;
  s->kids = kid;
  kid->parent = s;
  kid->n = 2;
  kid->key = witness(f, n);
  kid->table = gn_dict_new(&f->heap, GN_T_MAP, 0);
  x->shape = y->shape = kid;
  x->cap = 2;
  x->slots = x->inline_slots;
  x->slots[0] = witness(f, n);
  x->slots[1] = gn_from_obj(y);
  y->buf = gn_values_new(&f->heap, 2);
  y->cap = 2;
  y->slots = y->buf->v;
  y->slots[0] = witness(f, n);
  *n += 5 + 1 + 3 + 1 + 2; /* objects, parent, dicts, entries, buf and y */
  *n -= 1;                 /* y was counted twice */
  return gn_from_obj(x);
}

static gn_value some_code(fixture *f, size_t *n) {
  gn_closure *c = object(f, GN_T_CLOSURE, sizeof *c + 3 * 8);
  gn_env *e = object(f, GN_T_ENV, sizeof *e + 8);
  traced *module = object(f, GN_T_MODULE, sizeof *module);
  gn_namespace *ns = object(f, GN_T_NAMESPACE, sizeof *ns);
  module->m.trace = trace_traced;
  module->v = gn_from_obj(ns);
  c->h.aux = 3 << GN_CLO_UP_SHIFT | GN_CLO_METHOD;
  c->module = e->module = (struct gn_module *)(void *)module;
  c->up[0] = witness(f, n);
  c->up[1] = GN_UNSET;
  c->up[2] = gn_from_obj(e);
  e->h.aux = 1;
  e->self = witness(f, n);
  e->up[0] = witness(f, n);
  ns->name = witness(f, n);
  ns->members = gn_dict_new(&f->heap, GN_T_MAP, 0);
  ns->on_missing = witness(f, n);
  *n += 5;
  return gn_from_obj(c);
}

static gn_value some_data(fixture *f, size_t *n) {
  gn_gene *g = gn_gene_new(&f->heap, witness(f, n), 0);
  gn_value parts[2] = {gn_symbol_new(&f->heap, "a", 1),
                       gn_symbol_new(&f->heap, "b", 1)};
  gn_value long_text = gn_string_c(&f->heap, "0123456789012345678901234567");
  gn_value joined = gn_string_concat(&f->heap, long_text, long_text);
  joined = gn_string_concat(&f->heap, joined, long_text);
  gn_gene_set_prop(&f->heap, g, parts[0], witness(f, n));
  gn_gene_add(&f->heap, g, gn_csymbol_new(&f->heap, parts, 2));
  gn_gene_add(&f->heap, g, joined);
  gn_gene_add(&f->heap, g, gn_box_new(&f->heap, GN_T_QUOTE, witness(f, n)));
  gn_dict *set = gn_dict_new(&f->heap, GN_T_HASHSET, 30);
  gn_dict_append(&f->heap, set, witness(f, n), GN_NIL, 1);
  gn_gene_add(&f->heap, g, gn_from_obj(set));
  *n += 2 + 2;     /* gene, children; props and their entries */
  *n += 2 + 1 + 2; /* symbols, complex symbol, string and its buffer */
  *n += 1 + 3;     /* quote; set, its entries and index */
  return gn_from_obj(g);
}

static void test_every_layout_is_traced(void **state) {
  (void)state;
  static const enum gn_type machines[] = {
      GN_T_FUTURE,   GN_T_FIBER,   GN_T_GENERATOR,   GN_T_ITERATOR,
      GN_T_BOUND,    GN_T_REGEX,   GN_T_MATCH,       GN_T_DATE,
      GN_T_TIME,     GN_T_ENUM,    GN_T_DATETIME,    GN_T_SELECTOR,
      GN_T_VARIANT,  GN_T_ACTOR,   GN_T_ENUMVAL,     GN_T_INTERFACE,
      GN_T_ADAPTER,  GN_T_MACHINE, GN_T_INTERCEPTOR, GN_T_INTERCEPTION,
      GN_T_TYPEEXPR,
  };
  size_t count = sizeof machines / sizeof *machines;
  fixture f;
  fixture_open(&f, MIB);
  size_t n = 0;
  f.roots[0] = some_class(&f, &n);
  f.roots[1] = some_code(&f, &n);
  f.roots[2] = some_data(&f, &n);
  for (size_t i = 0; i < count; i++) {
    traced *t = object(&f, machines[i], sizeof *t);
    t->m.trace = i % 2 ? trace_traced : NULL;
    t->v = i % 2 ? witness(&f, &n) : GN_NONE;
    f.roots[3 + i] = gn_from_obj(t);
    n++;
  }
  for (int round = 0; round < 3; round++) {
    gn_heap_collect(&f.heap);
    while (f.heap.sweep != NULL) /* let it reuse whatever it takes for free */
      memset(gn_blob_new(&f.heap, 24)->bytes, 0xee, 24);
    gn_heap_collect(&f.heap);
    assert_int_equal(gn_heap_validate(&f.heap), n);
  }
  fixture_close(&f);
}

static const struct gn_proto *seen_proto;

static void see_code(gn_heap *heap, const struct gn_proto *proto) {
  (void)heap;
  seen_proto = proto;
}

static void test_code_of_closures_is_reported(void **state) {
  (void)state;
  fixture f;
  int stands_for_a_proto;
  fixture_open(&f, MIB);
  gn_closure *c = object(&f, GN_T_CLOSURE, sizeof *c);
  c->proto = (const struct gn_proto *)(const void *)&stands_for_a_proto;
  f.roots[0] = gn_from_obj(c);
  f.heap.code = see_code;
  gn_heap_collect(&f.heap);
  assert_ptr_equal(seen_proto, c->proto);
  fixture_close(&f);
}

static void test_static_objects_are_left_alone(void **state) {
  (void)state;
  fixture core, f;
  fixture_open(&core, MIB);
  core.heap.obj_flags = GN_STATIC;
  fixture_open(&f, MIB);
  gn_value text = gn_string_c(&core.heap, "static");
  gn_value large = gn_from_obj(gn_values_new(&core.heap, 20000));
  f.roots[0] = gn_box_new(&f.heap, GN_T_CELL, text);
  f.roots[1] = large;
  gn_heap_collect(&f.heap);
  assert_int_equal(gn_as_obj(text)->flags, GN_STATIC);
  assert_int_equal(gn_as_obj(large)->flags, GN_STATIC | GN_LARGE);
  assert_int_equal(gn_heap_validate(&f.heap), 1);
  assert_int_equal(gn_heap_validate(&core.heap), 2);
  fixture_close(&f);
  fixture_close(&core);
}

/* ---- failing on purpose ---- */

static void test_every_allocation_can_fail(void **state) {
  (void)state;
  uint64_t nth = 1;
  for (bool done = false; !done; nth++) {
    fixture f;
    fixture_open(&f, 8 * MIB);
    gn_heap_fail_nth(&f.heap, nth);
    gn_array *a = gn_array_new(&f.heap, 0);
    done = a != NULL;
    f.roots[0] = done ? gn_from_obj(a) : GN_NONE;
    for (int i = 0; done && i < 40; i++)
      done = gn_array_push(&f.heap, a, gn_from_fix(i));
    done = done && gn_blob_new(&f.heap, 100000) != NULL;
    done = done && gn_heap_charge(&f.heap, 5);
    assert_int_equal(f.heap.failed, !done);
    gn_heap_validate(&f.heap);
    gn_heap_collect(&f.heap);
    gn_heap_validate(&f.heap);
    gn_heap_fail_nth(&f.heap, 0);
    assert_non_null(gn_array_new(&f.heap, 3));
    fixture_close(&f);
  }
  assert_int_equal(nth - 1, 1 + 5 + 2 + 1);
}

static void test_armed_failure_counts_down(void **state) {
  (void)state;
  fixture f;
  fixture_open(&f, MIB);
  gn_array_new(&f.heap, 0);
  gn_heap_fail_nth(&f.heap, 3);
  gn_heap_collect(&f.heap);
  assert_non_null(gn_array_new(&f.heap, 0));
  assert_non_null(gn_array_new(&f.heap, 0));
  assert_null(gn_array_new(&f.heap, 0));
  assert_non_null(gn_array_new(&f.heap, 0));
  gn_heap_fail_nth(&f.heap, 2);
  gn_heap_fail_nth(&f.heap, 0);
  assert_non_null(gn_array_new(&f.heap, 0));
  assert_non_null(gn_array_new(&f.heap, 0));
  assert_int_equal(gn_heap_validate(&f.heap), 5);
  fixture_close(&f);
}

/* ---- hashing ---- */

static void test_hashes_depend_on_all_and_are_never_zero(void **state) {
  (void)state;
  char text[40] = {0};
  uint32_t last = 0;
  for (size_t len = 0; len <= sizeof text; len++) {
    uint32_t h = gn_hash_bytes(1, text, len);
    assert_int_not_equal(h, 0);
    assert_int_not_equal(h, last);
    assert_int_not_equal(h, gn_hash_bytes(2, text, len));
    last = h;
  }
  for (size_t i = 0; i < sizeof text; i++) {
    text[i] = 1;
    assert_int_not_equal(last, gn_hash_bytes(1, text, sizeof text));
    text[i] = 0;
  }
  assert_int_not_equal(gn_hash_word(1, 7), gn_hash_word(1, 8));
  assert_int_not_equal(gn_hash_word(1, 7), gn_hash_word(2, 7));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_pool_keeps_a_bounded_number_of_warm_pages),
      cmocka_unit_test(test_pool_hands_out_the_warm_page_again),
      cmocka_unit_test(test_pool_random_pages_never_overlap),
      cmocka_unit_test(test_small_heap_holds_one_small_page),
      cmocka_unit_test(test_objects_are_aligned_and_apart),
      cmocka_unit_test(test_cap_is_hard_and_survivable),
      cmocka_unit_test(test_absurd_sizes_are_refused),
      cmocka_unit_test(test_cap_below_a_page),
      cmocka_unit_test(test_charges_count),
      cmocka_unit_test(test_garbage_stays_below_the_threshold),
      cmocka_unit_test(test_full_heap_collects_rarely),
      cmocka_unit_test(test_collect_frees_large_objects_at_once),
      cmocka_unit_test(test_pages_go_back_when_little_is_live),
      cmocka_unit_test(test_long_list_is_marked_without_recursion),
      cmocka_unit_test(test_gray_stack_overflow),
      cmocka_unit_test(test_every_layout_is_traced),
      cmocka_unit_test(test_code_of_closures_is_reported),
      cmocka_unit_test(test_static_objects_are_left_alone),
      cmocka_unit_test(test_every_allocation_can_fail),
      cmocka_unit_test(test_armed_failure_counts_down),
      cmocka_unit_test(test_hashes_depend_on_all_and_are_never_zero),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
