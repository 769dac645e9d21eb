/*
 * lower_data.c - literals of collections, interpolated strings, quotes,
 * construction of genes (language reference 1, sections 2 and 4).
 */
#include "compile/compiler.h"

/* ---- what needs no code ---- */

static bool is_scalar(gn_value v) {
  if (!gn_is_ptr(v))
    return true;
  switch (gn_as_obj(v)->type) {
  case GN_T_ARRAY:
  case GN_T_MAP:
  case GN_T_HASHMAP:
  case GN_T_HASHSET:
  case GN_T_GENE:
  case GN_T_UNQUOTE:
  case GN_T_QUOTE: return false;
  default: return true;
  }
}

/* A constant that a literal may be made of without evaluating anything. */
static bool is_literal(gn_value v) {
  return is_scalar(v) && !gn_is_symbol(v) && !gn_is(v, GN_T_CSYMBOL);
}

gn_node *gn_lower_quote(gn_comp *c, gn_value inner) {
  gn_node *n = gn_node_const(c, inner);
  if (n && !is_scalar(inner))
    n->kind = GN_N_QUOTE;
  return n;
}

/* An Array or Map of literals alone is copied, not built. */
static gn_node *lower_constant(gn_comp *c, gn_value form) {
  gn_node *n = gn_node_new(c, GN_N_QUOTE);
  if (n)
    n->value = form;
  return n;
}

#define COPY_FROM 4u /* elements from which a copy is the better code */

/* ---- arrays, maps, hash maps ---- */

gn_node *gn_lower_array(gn_comp *c, gn_value form) {
  const gn_array *a = gn_arr(form);
  bool sealed = (a->h.flags & GN_SEALED) != 0, constant = !sealed;
  for (uint32_t i = 0; constant && i < a->len; i++)
    constant = is_literal(a->items[i]);
  if (constant && a->len >= COPY_FROM && !(a->h.flags & GN_FROZEN))
    return lower_constant(c, form);
  gn_node *n = gn_node_new(c, GN_N_ARRAY);
  if (!n || !(n->x = gn_lower_items(c, a->items, a->len)))
    return NULL;
  n->flag = sealed;
  return n;
}

gn_node *gn_lower_map(gn_comp *c, gn_value form) {
  const gn_dict *d = (const gn_dict *)gn_as_obj(form);
  gn_node *n = gn_node_new(c, GN_N_MAP);
  if (!n || !(n->x = gn_lower_entries(c, d)))
    return NULL;
  n->flag = (d->h.flags & GN_SEALED) != 0;
  bool constant = !n->flag && d->live >= COPY_FROM &&
                  !(d->h.flags & GN_FROZEN) && !((gn_args *)n->x)->splices;
  uint32_t i = 0;
  gn_entry *e;
  while (constant && (e = gn_dict_next(d, &i)))
    constant = is_literal(e->value);
  return constant ? lower_constant(c, form) : n;
}

gn_node *gn_lower_hashmap(gn_comp *c, gn_gene *g) {
  gn_node *n = gn_node_new(c, GN_N_HASHMAP);
  if (!n)
    return NULL;
  gn_args *args = gn_lower_items(c, g->children, g->n);
  if (!args)
    return NULL;
  n->x = args;
  n->flag = (g->h.flags & GN_SEALED) != 0;
  return n;
}

/* Code made of data has the hash map itself where source has its form. */
gn_node *gn_lower_hashmap_value(gn_comp *c, gn_value form) {
  const gn_dict *d = (const gn_dict *)gn_as_obj(form);
  gn_node *n = gn_node_new(c, GN_N_HASHMAP);
  gn_value *items = gn_scratch(c, 2 * (size_t)d->live * sizeof *items);
  if (!n || !items)
    return NULL;
  uint32_t count = 0, i = 0;
  for (gn_entry *e; (e = gn_dict_next(d, &i));) {
    items[count++] = e->key;
    items[count++] = e->value;
  }
  n->flag = (d->h.flags & GN_SEALED) != 0;
  n->x = gn_lower_items(c, items, count);
  return n->x ? n : NULL;
}

/* ---- interpolation ---- */

gn_node *gn_lower_str(gn_comp *c, gn_gene *g) {
  gn_node *n = gn_node_list(c, GN_N_STR, g->n);
  for (uint32_t i = 0; n && i < g->n; i++)
    if (!(n->list[i] = gn_lower(c, g->children[i])))
      return NULL;
  return n;
}

/* ---- genes ---- */

gn_node *gn_lower_construct(gn_comp *c, gn_gene *g, gn_node *type) {
  gn_node *n = type ? gn_node_new(c, GN_N_GENE) : NULL;
  if (!n || !(n->x = gn_lower_args(c, g, 0)))
    return NULL;
  n->a = type;
  n->flag = (g->h.flags & GN_SEALED) != 0;
  return n;
}
