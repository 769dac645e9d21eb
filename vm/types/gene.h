/*
 * gene.h - Gene values (type, properties, children) as data, and the small
 * boxes that quoting makes: unquote and quote. Builtins in gene.c's table.
 */
#ifndef GN_TYPES_GENE_H
#define GN_TYPES_GENE_H

#include "core/heap.h"

static inline bool gn_is_gene(gn_value v) {
  return gn_is(v, GN_T_GENE);
}
static inline gn_gene *gn_gen(gn_value v) {
  return (gn_gene *)gn_as_obj(v);
}

/* NULL / false: out of memory. */
gn_gene *gn_gene_new(gn_heap *heap, gn_value type, size_t cap);
bool gn_gene_add(gn_heap *heap, gn_gene *g, gn_value child);
bool gn_gene_set_prop(gn_heap *heap, gn_gene *g, gn_value key, gn_value v);
gn_value gn_box_new(gn_heap *heap, enum gn_type type, gn_value v);
gn_value gn_csymbol_new(gn_heap *heap, const gn_value *parts, uint32_t n);

#endif
