/*
 * lower.c - from forms to nodes: which rule a form falls under (language
 * reference 1, section 5), bodies, names. Each rule's own work is done in a
 * file of its own.
 */
#include "compile/compiler.h"
#include "run/native.h"

/* ---- nodes ---- */

gn_node *gn_node_new(gn_comp *c, enum gn_node_kind kind) {
  gn_node *n = gn_scratch(c, sizeof *n);
  if (!n)
    return NULL;
  n->kind = (uint8_t)kind;
  n->line = c->line;
  n->column = c->column;
  n->i = -1;
  return n;
}

gn_node *gn_node_const(gn_comp *c, gn_value value) {
  gn_node *n = gn_node_new(c, GN_N_CONST);
  if (n)
    n->value = value;
  return n;
}

gn_node *gn_node_list(gn_comp *c, enum gn_node_kind kind, uint32_t n) {
  gn_node *node = gn_node_new(c, kind);
  gn_node **list = node ? gn_scratch(c, n * sizeof *list) : NULL;
  if (!list)
    return NULL;
  node->list = list;
  node->n = n;
  return node;
}

gn_node *gn_node_fail(gn_comp *c, int exc, const char *message) {
  gn_node *n = gn_node_new(c, GN_N_FAIL);
  if (!n)
    return NULL;
  n->op = (uint8_t)exc;
  n->value = gn_new_string(c, message);
  return n->value == GN_NONE ? NULL : n;
}

gn_value gn_new_symbol(gn_comp *c, const char *text, size_t len) {
  gn_value v = gn_symbol_new(&c->heap, text, len);
  if (v == GN_NONE)
    gn_comp_oom(c);
  return v;
}

gn_value gn_new_string(gn_comp *c, const char *text) {
  gn_value v = gn_string_c(&c->heap, text);
  if (v == GN_NONE)
    gn_comp_oom(c);
  return v;
}

/* ---- looking at forms ---- */

bool gn_is_sym(gn_value v, const char *text) {
  return gn_is_symbol(v) && gn_sym(v)->len > 0 &&
         gn_sym(v)->bytes[0] == text[0] && gn_text_is(v, text);
}

bool gn_sym_starts(gn_value v, char first) {
  return gn_is_symbol(v) && gn_sym(v)->len > 1 && gn_sym(v)->bytes[0] == first;
}

bool gn_sym_ends(gn_value v, char last) {
  return gn_is_symbol(v) && gn_sym(v)->len > 1 &&
         gn_sym(v)->bytes[gn_sym(v)->len - 1] == last;
}

bool gn_has_props(const gn_gene *g) {
  return g->props && g->props->live;
}

gn_value gn_prop(const gn_gene *g, const char *key) {
  uint32_t i = 0;
  gn_entry *e;
  while (g->props && (e = gn_dict_next(g->props, &i)))
    if (gn_text_is(e->key, key))
      return e->value;
  return GN_NONE;
}

static bool has_dots(const gn_symbol *s) {
  return s->len > 3 && !memcmp(s->bytes + s->len - 3, "...", 3);
}

static gn_value without_dots(gn_comp *c, gn_value symbol) {
  gn_value v = gn_new_symbol(c, gn_sym(symbol)->bytes, gn_sym(symbol)->len - 3);
  if (v == GN_NONE)
    return GN_NONE;
  gn_sym(v)->line = gn_sym(symbol)->line;
  gn_sym(v)->column = gn_sym(symbol)->column;
  return v;
}

gn_value gn_spread_of(gn_comp *c, gn_value form) {
  if (gn_is_symbol(form))
    return has_dots(gn_sym(form)) ? without_dots(c, form) : GN_NONE;
  if (!gn_is(form, GN_T_CSYMBOL))
    return GN_NONE;
  const gn_csymbol *cs = (const gn_csymbol *)gn_as_obj(form);
  gn_value last = cs->part[cs->n - 1];
  if (!gn_is_symbol(last) || !has_dots(gn_sym(last)))
    return GN_NONE;
  gn_value v = gn_csymbol_new(&c->heap, cs->part, cs->n);
  if (v == GN_NONE) {
    gn_comp_oom(c);
    return GN_NONE;
  }
  gn_csymbol *copy = (gn_csymbol *)gn_as_obj(v);
  copy->line = cs->line;
  copy->column = cs->column;
  copy->part[copy->n - 1] = without_dots(c, last);
  return copy->part[copy->n - 1] == GN_NONE ? GN_NONE : v;
}

/* ---- names ---- */

gn_node *gn_lower_name(gn_comp *c, gn_value symbol) {
  gn_name *name = gn_name_of(c, symbol);
  gn_var *v = name ? gn_lookup(c, name) : NULL;
  return v ? gn_node_var(c, v) : NULL;
}

gn_node *gn_lower_builtin(gn_comp *c, const char *name) {
  gn_node *n = gn_node_new(c, GN_N_BUILTIN);
  if (!n)
    return NULL;
  n->value = gn_new_symbol(c, name, strlen(name));
  return n->value == GN_NONE ? NULL : n;
}

static gn_node *lower_symbol(gn_comp *c, gn_value s) {
  if (gn_is_sym(s, "_"))
    return gn_node_const(c, GN_PLACEHOLDER);
  if (gn_is_sym(s, "self"))
    return gn_node_self(c);
  if (gn_is_sym(s, "$ex"))
    return gn_node_new(c, GN_N_GETEX);
  if (gn_is_sym(s, "$ns"))
    return gn_lower_ns_here(c);
  if (gn_is_sym(s, "$cwd"))
    return gn_lower_cwd(c, NULL);
  if (gn_sym_starts(s, '@'))
    return gn_lower_selector(c, s);
  return gn_lower_name(c, s);
}

/* ---- genes ---- */

static gn_node *lower_range(gn_comp *c, gn_gene *g) {
  if (g->n != 2 || gn_has_props(g))
    return gn_comp_error(c, "Invalid range expression");
  gn_node *n = gn_node_new(c, GN_N_RANGE);
  if (!n || !(n->a = gn_lower(c, g->type)) ||
      !(n->b = gn_lower(c, g->children[1])))
    return NULL;
  return n;
}

static gn_node *lower_unwrap(gn_comp *c, gn_gene *g) {
  if (g->n != 1 || gn_has_props(g))
    return gn_comp_error(c, "Invalid unwrap expression");
  return gn_comp_error(c, "? is not supported yet");
}

/* `.name`, also as the first part of a complex symbol (`.@a/b`). */
static bool is_method_name(gn_value v) {
  if (gn_is(v, GN_T_CSYMBOL))
    v = ((const gn_csymbol *)gn_as_obj(v))->part[0];
  return gn_sym_starts(v, '.') && gn_sym(v)->bytes[1] != '.' &&
         gn_sym(v)->bytes[1] != '/';
}

/* Rules that look at the second element (3 to 5, 7). NULL with *found false:
 * none of them applies. */
static gn_node *lower_by_second(gn_comp *c, gn_gene *g, bool *found) {
  gn_value second = g->n ? g->children[0] : GN_NIL;
  *found = true;
  if (gn_is_sym(second, ".."))
    return lower_range(c, g);
  bool form = gn_is_symbol(g->type) &&
              (gn_form_find(g->type) || gn_class_body_form(c, g->type));
  if (!form && gn_infix_op(second))
    return gn_lower_infix(c, g);
  if (!form && is_method_name(second))
    return gn_lower_send(c, g);
  if (!form && gn_is_sym(second, "."))
    return gn_lower_dynamic_send(c, g);
  if (!form && gn_assign_op(second) >= 0)
    return gn_lower_assign(c, g);
  if (!form && gn_is_sym(second, "?") && g->n == 1)
    return lower_unwrap(c, g);
  if (!form && gn_is_sym(second, "->"))
    return gn_lower_arrow(c, g);
  *found = false;
  return NULL;
}

static gn_node *lower_symbol_head(gn_comp *c, gn_gene *g) {
  if (gn_prefix_op(g->type))
    return gn_lower_prefix(c, g);
  gn_lower_fn *in_class = gn_class_body_form(c, g->type);
  if (in_class)
    return in_class(c, g);
  const gn_form *form = gn_form_find(g->type);
  if (form)
    return form->lower(c, g);
  if (gn_is_sym(g->type, "_"))
    return gn_lower_construct(c, g, gn_node_const(c, g->type));
  if (gn_is_sym(g->type, GN_FORM_STR))
    return gn_lower_str(c, g);
  if (gn_is_sym(g->type, GN_FORM_HASHMAP))
    return gn_lower_hashmap(c, g);
  if (is_method_name(g->type))
    return gn_lower_self_send(c, g);
  if (gn_is_sym(g->type, "$cwd"))
    return gn_lower_cwd(c, g);
  return gn_lower_call(c, g);
}

/* (void form...): all are evaluated, the value is nil. */
static gn_node *lower_void(gn_comp *c, gn_gene *g) {
  gn_node *n = gn_node_list(c, GN_N_SEQ, g->n + 1);
  for (uint32_t i = 0; n && i < g->n; i++)
    if (!(n->list[i] = gn_lower(c, g->children[i])))
      return NULL;
  return n && (n->list[g->n] = gn_node_const(c, GN_NIL)) ? n : NULL;
}

static gn_node *lower_gene(gn_comp *c, gn_gene *g) {
  if (gn_is_sym(g->type, GN_FORM_HASHMAP))
    return gn_lower_hashmap(c, g);
  if (g->h.flags & GN_SEALED)
    return gn_lower_construct(c, g, gn_lower(c, g->type));
  bool found;
  gn_node *n = lower_by_second(c, g, &found);
  if (found)
    return n;
  if (gn_is_number(g->type) && g->n == 0 && !gn_has_props(g))
    return gn_node_const(c, g->type);
  if (gn_is(g->type, GN_T_QUOTE))
    return gn_lower_construct(c, g, gn_lower(c, g->type));
  if (gn_is_symbol(g->type))
    return lower_symbol_head(c, g);
  if (g->type == GN_VOID)
    return lower_void(c, g);
  if (gn_is(g->type, GN_T_CSYMBOL)) {
    const gn_form *form = gn_path_form_find(c, g->type);
    if (form)
      return form->lower(c, g);
  }
  return gn_lower_call(c, g);
}

/* ---- any form ---- */

static void take_place(gn_comp *c, gn_value form) {
  uint32_t line = 0, column = 0;
  if (gn_is_gene(form)) {
    line = gn_gen(form)->line;
    column = gn_gen(form)->column;
  } else if (gn_is_symbol(form)) {
    line = gn_sym(form)->line;
    column = gn_sym(form)->column;
  } else if (gn_is(form, GN_T_CSYMBOL)) {
    line = ((const gn_csymbol *)gn_as_obj(form))->line;
    column = ((const gn_csymbol *)gn_as_obj(form))->column;
  }
  if (line) {
    c->line = line;
    c->column = column;
  }
}

static gn_node *lower_form(gn_comp *c, gn_value form) {
  if (!gn_is_ptr(form))
    return gn_node_const(c, form);
  switch (gn_as_obj(form)->type) {
  case GN_T_SYMBOL: return lower_symbol(c, form);
  case GN_T_CSYMBOL: return gn_lower_path(c, form);
  case GN_T_ARRAY: return gn_lower_array(c, form);
  case GN_T_MAP: return gn_lower_map(c, form);
  case GN_T_HASHMAP: return gn_lower_hashmap_value(c, form);
  case GN_T_GENE: return lower_gene(c, gn_gen(form));
  case GN_T_QUOTE: return gn_lower_quote(c, ((gn_box *)gn_as_obj(form))->v);
  case GN_T_UNQUOTE: return gn_lower_quote(c, form);
  default: return gn_node_const(c, form);
  }
}

gn_node *gn_lower(gn_comp *c, gn_value form) {
  if (c->depth >= GN_DEPTH_MAX)
    return gn_comp_error(c, "Nesting too deep");
  uint32_t line = c->line, column = c->column;
  uint32_t assigns = c->fn->assigns;
  c->is_direct = c->direct;
  c->direct = false;
  c->depth++;
  gn_comp_rest(c);
  take_place(c, form);
  gn_node *n = lower_form(c, form);
  c->depth--;
  if (c->failed || c->oom)
    return NULL;
  c->line = line;
  c->column = column;
  n->assigns |= c->fn->assigns != assigns;
  return n;
}

/* ---- bodies ---- */

gn_node *gn_lower_body(gn_comp *c, const gn_value *forms, uint32_t n) {
  if (n == 0)
    return gn_node_const(c, GN_NIL);
  if (n == 1)
    return gn_lower(c, forms[0]);
  gn_node *seq = gn_node_list(c, GN_N_SEQ, n);
  for (uint32_t i = 0; seq && i < n; i++)
    if (!(seq->list[i] = gn_lower(c, forms[i])))
      return NULL;
  return seq;
}

gn_node *gn_lower_scope(gn_comp *c, const gn_value *forms, uint32_t n) {
  uint32_t assigns = c->fn->assigns;
  if (!gn_block_open(c))
    return NULL;
  gn_scope *scope = gn_scope_open(c);
  gn_node *body = scope ? gn_lower_body(c, forms, n) : NULL;
  if (scope)
    gn_scope_close(c, scope);
  gn_block_close(c);
  gn_node *node = body ? gn_node_in_scope(c, scope, body) : NULL;
  if (node)
    node->assigns = c->fn->assigns != assigns;
  return node;
}

gn_node *gn_node_in_scope(gn_comp *c, gn_scope *scope, gn_node *body) {
  if (!scope->vars)
    return body;
  gn_node *n = gn_node_list(c, GN_N_SEQ, 1);
  if (!n)
    return NULL;
  n->list[0] = body;
  n->x = scope;
  return n;
}
