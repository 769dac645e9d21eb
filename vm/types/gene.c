/*
 * gene.c - the structure of Gene values, of the boxes around one value, and of
 * complex symbols. It never evaluates anything.
 */
#include "types/gene.h"

#include "core/dict.h"

#define FIRST_CAP     ((size_t)4)
#define MOST_CHILDREN ((size_t)UINT32_MAX - 16)

static void set_buf(gn_gene *g, gn_values *buf) {
  g->buf = buf;
  g->children = buf->v;
  g->cap = (uint32_t)buf->cap;
}

/* Gives the gene room for at least cap children, cap > g->cap. */
static bool set_cap(gn_heap *heap, gn_gene *g, size_t cap) {
  if (cap > MOST_CHILDREN) {
    heap->failed = true;
    return false;
  }
  gn_values *buf = gn_values_grow(heap, g->buf, g->n, cap);
  if (buf != NULL)
    set_buf(g, buf);
  return buf != NULL;
}

gn_gene *gn_gene_new(gn_heap *heap, gn_value type, size_t cap) {
  gn_gene *g = gn_alloc(heap, GN_T_GENE, sizeof *g);
  if (g == NULL)
    return NULL;
  g->line = g->column = 0;
  g->type = type;
  g->props = NULL;
  g->children = NULL;
  g->buf = NULL;
  g->n = g->cap = 0;
  if (cap == 0)
    return g;
  gn_values *buf = cap <= MOST_CHILDREN ? gn_values_new(heap, cap) : NULL;
  if (buf == NULL) {
    heap->failed = true;
    return NULL;
  }
  set_buf(g, buf);
  return g;
}

bool gn_gene_add(gn_heap *heap, gn_gene *g, gn_value child) {
  if (g->n == g->cap) {
    size_t need = (size_t)g->n + 1;
    size_t want = g->cap < FIRST_CAP / 2 ? FIRST_CAP : (size_t)g->cap * 2;
    want = want > MOST_CHILDREN ? need : want;
    if (!set_cap(heap, g, gn_growth(heap, need, want, sizeof(gn_value))))
      return false;
  }
  g->children[g->n++] = child;
  return true;
}

bool gn_gene_set_prop(gn_heap *heap, gn_gene *g, gn_value key, gn_value v) {
  if (g->props != NULL)
    return gn_map_set(heap, g->props, key, v);
  gn_dict *props = gn_dict_new(heap, GN_T_MAP, 0);
  if (props == NULL || !gn_map_set(heap, props, key, v))
    return false;
  g->props = props;
  return true;
}

gn_value gn_box_new(gn_heap *heap, enum gn_type type, gn_value v) {
  assert(type == GN_T_UNQUOTE || type == GN_T_QUOTE || type == GN_T_CELL);
  gn_box *box = gn_alloc(heap, type, sizeof *box);
  if (box == NULL)
    return GN_NONE;
  box->v = v;
  return gn_from_obj(box);
}

gn_value gn_csymbol_new(gn_heap *heap, const gn_value *parts, uint32_t n) {
  assert(n >= 2);
  size_t bytes = sizeof(gn_csymbol) + (size_t)n * sizeof(gn_value);
  gn_csymbol *symbol = gn_alloc(heap, GN_T_CSYMBOL, bytes);
  if (symbol == NULL)
    return GN_NONE;
  symbol->n = n;
  symbol->line = symbol->column = 0;
  symbol->spare = 0;
  memcpy(symbol->part, parts, (size_t)n * sizeof(gn_value));
  return gn_from_obj(symbol);
}
