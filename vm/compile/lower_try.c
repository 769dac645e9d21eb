/*
 * lower_try.c - try and throw (language reference 3, section 11).
 */
#include "compile/compiler.h"

static bool is_upper_name(gn_value v) {
  return gn_is_symbol(v) && gn_sym(v)->len && gn_sym(v)->bytes[0] >= 'A' &&
         gn_sym(v)->bytes[0] <= 'Z';
}

static bool bind(gn_comp *c, gn_value name, gn_var **out) {
  *out = gn_declare(c, name, false);
  if (*out)
    (*out)->ready = true;
  return *out != NULL;
}

static bool add_class(gn_comp *c, gn_catch *k, gn_value form) {
  k->kind = GN_CATCH_CLASS;
  gn_node *n = gn_lower(c, form);
  if (!n)
    return false;
  k->classes[k->n++] = n;
  return true;
}

/* [A B]: classes; [a b]: names, the first bound to the exception. */
static bool catch_list(gn_comp *c, const gn_array *a, gn_catch *k) {
  bool upper = a->len > 0;
  for (uint32_t i = 0; i < a->len; i++)
    upper = upper && is_upper_name(a->items[i]);
  k->classes = gn_scratch(c, a->len * sizeof *k->classes);
  k->nils = gn_scratch(c, a->len * sizeof *k->nils);
  if (!k->classes || !k->nils)
    return false;
  for (uint32_t i = 0; i < a->len; i++) {
    gn_value v = a->items[i];
    if (upper ? !add_class(c, k, v) : !gn_is_symbol(v))
      return gn_comp_error(c, "catch: malformed clause") != NULL;
    if (upper || gn_is_sym(v, "_"))
      continue;
    if (!bind(c, v, i == 0 ? &k->var : &k->nils[k->nnils]))
      return false;
    k->nnils += i > 0;
  }
  return true;
}

/* (A | B) */
static bool catch_union(gn_comp *c, gn_gene *g, gn_catch *k) {
  k->classes = gn_scratch(c, (g->n / 2 + 1) * sizeof *k->classes);
  if (!k->classes || !add_class(c, k, g->type))
    return false;
  for (uint32_t i = 0; i < g->n; i += 2)
    if (!gn_is_sym(g->children[i], "|") || i + 1 >= g->n ||
        !add_class(c, k, g->children[i + 1]))
      return gn_comp_error(c, "catch: malformed clause") != NULL;
  return true;
}

static bool catch_one_class(gn_comp *c, gn_value form, gn_catch *k) {
  k->classes = gn_scratch(c, sizeof *k->classes);
  return k->classes && add_class(c, k, form);
}

static bool lower_clause(gn_comp *c, gn_value form, gn_catch *k) {
  if (gn_is_sym(form, "*") || gn_is_sym(form, "_"))
    return true;
  if (is_upper_name(form) || gn_is(form, GN_T_CSYMBOL))
    return catch_one_class(c, form, k);
  if (gn_is_symbol(form))
    return bind(c, form, &k->var);
  if (gn_is_array(form))
    return catch_list(c, gn_arr(form), k);
  if (gn_is(form, GN_T_MAP)) {
    k->kind = GN_CATCH_MAP;
    return (k->pat = gn_lower_pattern(c, form, false)) != NULL;
  }
  if (gn_is_gene(form) && gn_gen(form)->n)
    return catch_union(c, gn_gen(form), k);
  return gn_comp_error(c, "catch: malformed clause") != NULL;
}

static uint32_t part_end(const gn_gene *g, uint32_t at) {
  while (at < g->n && !gn_is_sym(g->children[at], "catch") &&
         !gn_is_sym(g->children[at], "finally"))
    at++;
  return at;
}

/* Statements from *at up to the next clause, in a block of their own. */
static gn_node *lower_part(gn_comp *c, gn_gene *g, uint32_t *at) {
  uint32_t end = part_end(g, *at);
  gn_node *n = gn_lower_body(c, g->children + *at, end - *at);
  *at = end;
  return n;
}

static bool lower_catch(gn_comp *c, gn_gene *g, uint32_t *at, gn_catch *k) {
  if (*at >= g->n)
    return gn_comp_error(c, "catch: missing clause") != NULL;
  if (!gn_block_open(c))
    return false;
  bool ok = lower_clause(c, g->children[(*at)++], k);
  if (ok && *at + 1 < g->n && gn_is_sym(g->children[*at], "as") &&
      gn_is_symbol(g->children[*at + 1])) {
    ok = bind(c, g->children[*at + 1], &k->var);
    *at += 2;
  }
  k->body = ok ? lower_part(c, g, at) : NULL;
  gn_block_close(c);
  return k->body != NULL;
}

static gn_node *lower_block(gn_comp *c, gn_gene *g, uint32_t *at) {
  if (!gn_block_open(c))
    return NULL;
  gn_node *n = lower_part(c, g, at);
  gn_block_close(c);
  return n;
}

static bool lower_clauses(gn_comp *c, gn_gene *g, uint32_t at, gn_try *t) {
  while (at < g->n) {
    bool finally = gn_is_sym(g->children[at++], "finally");
    if (!finally) {
      if (!lower_catch(c, g, &at, &t->catches[t->n++]))
        return false;
      continue;
    }
    if (!(t->finally = lower_block(c, g, &at)))
      return false;
    if (at < g->n)
      return gn_comp_error(c, "try: 'finally' must come last") != NULL;
  }
  return true;
}

gn_node *gn_lower_try(gn_comp *c, gn_gene *g) {
  if (gn_has_props(g))
    return gn_comp_error(c, "try: takes no properties");
  gn_node *n = gn_node_new(c, GN_N_TRY);
  gn_try *t = n ? gn_scratch(c, sizeof *t) : NULL;
  if (!t)
    return NULL;
  n->x = t;
  uint32_t at = 0;
  t->catches = gn_scratch(c, g->n * sizeof *t->catches);
  if (!t->catches || !(t->body = lower_block(c, g, &at)))
    return NULL;
  return lower_clauses(c, g, at, t) ? n : NULL;
}

gn_node *gn_lower_throw(gn_comp *c, gn_gene *g) {
  if (g->n > 1 || gn_has_props(g))
    return gn_comp_error(c, "throw: expected at most one value");
  gn_node *n = gn_node_new(c, GN_N_THROW);
  if (!n)
    return NULL;
  n->a = g->n ? gn_lower(c, g->children[0]) : gn_node_new(c, GN_N_GETEX);
  return n->a ? n : NULL;
}
