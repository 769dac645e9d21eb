/*
 * test_heap_graph.c - a random graph on a heap against a model of it: what the
 * roots lead to must survive every collection untouched, and nothing else.
 */
#include "vm/fixture.h"

#include <stdlib.h>

#include "types/array.h"

#define MIB ((size_t)1 << 20)

enum { NODES = 300, EDGES = 6, GRAPH_ROOTS = 12 };

typedef struct graph {
  gn_array *node[NODES];  /* NULL: not there */
  int edge[NODES][EDGES]; /* node number, or -1 */
  int padding[NODES];     /* bytes of the blob it holds */
} graph;

static void visit_model(const graph *g, int i, bool *seen) {
  int stack[NODES], n = 0;
  if (seen[i])
    return;
  seen[i] = true;
  stack[n++] = i;
  while (n > 0) {
    int at = stack[--n];
    for (int e = 0; e < EDGES; e++) {
      int to = g->edge[at][e];
      if (to >= 0 && !seen[to]) {
        seen[to] = true;
        stack[n++] = to;
      }
    }
  }
}

/* Forgets the nodes that no root leads to; returns how many are left. */
static size_t model_collect(fixture *f, graph *g) {
  bool seen[NODES] = {false};
  size_t left = 0;
  for (size_t r = 0; r < GRAPH_ROOTS; r++) {
    if (f->roots[r] == GN_NONE)
      continue;
    gn_value id = gn_arr(f->roots[r])->items[0];
    visit_model(g, (int)gn_fix(id), seen);
  }
  for (int i = 0; i < NODES; i++) {
    if (!seen[i])
      g->node[i] = NULL;
    else
      left++;
  }
  return left;
}

/* items: number, padding blob, edges. */
static void add_node(fixture *f, graph *g, int i) {
  uint32_t size = fixture_random(f, 100) == 0 ? 40000 : 400;
  int padding = (int)fixture_random(f, size);
  gn_array *a = gn_array_new(&f->heap, EDGES + 2);
  gn_blob *blob = a != NULL ? gn_blob_new(&f->heap, (size_t)padding) : NULL;
  if (blob == NULL)
    return;
  memset(blob->bytes, i & 0xff, blob->cap);
  gn_array_push(&f->heap, a, gn_from_fix(i));
  gn_array_push(&f->heap, a, gn_from_obj(blob));
  for (int e = 0; e < EDGES; e++) {
    gn_array_push(&f->heap, a, GN_NIL);
    g->edge[i][e] = -1;
  }
  g->node[i] = a;
  g->padding[i] = padding;
}

static void check_node(const graph *g, int i) {
  const gn_array *a = g->node[i];
  assert_int_equal(a->len, EDGES + 2);
  assert_true(a->items[0] == gn_from_fix(i));
  const gn_blob *blob = (gn_blob *)gn_as_obj(a->items[1]);
  for (uint32_t k = 0; k < blob->cap; k++)
    if (blob->bytes[k] != (char)(i & 0xff))
      fail_msg("padding of node %d was written over", i);
  for (int e = 0; e < EDGES; e++) {
    gn_value want =
        g->edge[i][e] < 0 ? GN_NIL : gn_from_obj(g->node[g->edge[i][e]]);
    assert_true(a->items[2 + e] == want);
  }
}

static void change_graph(fixture *f, graph *g) {
  int i = (int)fixture_random(f, NODES);
  int to = (int)fixture_random(f, NODES);
  int e = (int)fixture_random(f, EDGES);
  if (g->node[i] == NULL)
    add_node(f, g, i);
  if (g->node[i] == NULL)
    return;
  switch (fixture_random(f, 8)) {
  case 0: f->roots[e] = gn_from_obj(g->node[i]); break;
  case 1: f->roots[e] = GN_NONE; break;
  case 2:
    g->node[i]->items[2 + e] = GN_NIL;
    g->edge[i][e] = -1;
    break;
  default:
    if (g->node[to] == NULL)
      break;
    g->node[i]->items[2 + e] = gn_from_obj(g->node[to]);
    g->edge[i][e] = to;
  }
}

static void collect_both(fixture *f, graph *g) {
  gn_heap_collect(&f->heap);
  size_t left = model_collect(f, g);
  for (int i = 0; i < NODES; i++)
    if (g->node[i] != NULL)
      check_node(g, i);
  if (fixture_random(f, 2) == 0) /* else the sweep stays lazy */
    assert_int_equal(gn_heap_validate(&f->heap), 3 * left);
}

static void run_graph(size_t cap, uint32_t pause) {
  fixture f;
  graph *g = calloc(1, sizeof *g);
  fixture_open(&f, cap);
  for (int step = 0; step < 60000; step++) {
    change_graph(&f, g);
    bool full = f.heap.failed || gn_heap_wants_gc(&f.heap);
    if (full || fixture_random(&f, pause) == 0) {
      f.heap.failed = false;
      collect_both(&f, g);
    }
  }
  assert_true(f.heap.collections > 10);
  fixture_close(&f);
  free(g);
}

static void test_random_graph(void **state) {
  (void)state;
  run_graph(64 * MIB, 500);
}

static void test_random_graph_under_pressure(void **state) {
  (void)state;
  run_graph(96 * 1024, 1000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_random_graph),
      cmocka_unit_test(test_random_graph_under_pressure),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
