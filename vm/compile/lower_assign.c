/*
 * lower_assign.c - var, let and assignment (language reference 1, section 6).
 * Paths as targets are lower_path.c's.
 */
#include "compile/compiler.h"

/* ---- names with a type ---- */

bool gn_typed_name(gn_comp *c, gn_value sym, gn_value *name) {
  *name = sym;
  if (!gn_sym_ends(sym, ':'))
    return false;
  *name = gn_new_symbol(c, gn_sym(sym)->bytes, gn_sym(sym)->len - 1);
  return true;
}

/* name:T:U gives name; the parameters are noted in fn (may be NULL). */
gn_value gn_base_name(gn_comp *c, gn_value sym, gn_fn *fn) {
  const gn_symbol *s = gn_sym(sym);
  const char *colon = memchr(s->bytes, ':', s->len);
  if (!colon || colon == s->bytes)
    return sym;
  gn_value base = gn_new_symbol(c, s->bytes, (size_t)(colon - s->bytes));
  if (!fn)
    return base;
  fn->generics = gn_scratch(c, s->len * sizeof *fn->generics);
  const char *end = s->bytes + s->len;
  while (fn->generics && colon < end) {
    const char *from = colon + 1;
    colon = memchr(from, ':', (size_t)(end - from));
    if (!colon)
      colon = end;
    gn_value t = gn_new_symbol(c, from, (size_t)(colon - from));
    if (t == GN_NONE)
      return GN_NONE;
    fn->generics[fn->ngenerics++] = t;
  }
  return base;
}

/* ---- declarations ---- */

static gn_node *declare(gn_comp *c, gn_value name, gn_node *value,
                        gn_value type, bool typed_now, bool let) {
  gn_var *v = gn_declare(c, name, let);
  gn_node *n = v ? gn_node_new(c, GN_N_DECL) : NULL;
  if (!n)
    return NULL;
  v->ready = true;
  v->type = type;
  n->var = v;
  n->a = value;
  n->type = typed_now ? type : GN_NONE;
  return n;
}

/* (var /x 1) outside of classes: a variable of the module, exported. */
static gn_node *export_name(gn_comp *c, gn_value name, gn_node *value) {
  gn_var *v = gn_declare_module(c, name);
  gn_node *n = v ? gn_node_new(c, GN_N_DECL) : NULL;
  if (!n)
    return NULL;
  v->exported = v->in_slot = true;
  n->var = v;
  n->a = value;
  n->type = GN_NONE;
  return n;
}

gn_node *gn_bind_member(gn_comp *c, const gn_csymbol *cs, gn_node *value) {
  gn_value last = cs->part[cs->n - 1];
  if (!gn_is_symbol(last) || gn_sym(last)->len == 0)
    return gn_comp_error(c, "Invalid name in definition");
  size_t len;
  bool own = cs->n == 2 && (gn_text(cs->part[0], &len), len == 0);
  if (own && !gn_self_var(c))
    return export_name(c, last, value);
  gn_node *n = gn_node_new(c, GN_N_MEMBER);
  if (!n || !(n->a = gn_lower_path_head(c, cs, cs->n - 1)))
    return NULL;
  if (own && !c->fn->class_body) {
    n->kind = GN_N_PUT;
    n->op = GN_AT_NAME;
    n->c = value;
  }
  n->value = last;
  n->b = value;
  return n;
}

gn_node *gn_bind_name(gn_comp *c, gn_value target, gn_node *value) {
  if (!value)
    return NULL;
  if (gn_is_symbol(target))
    return declare(c, target, value, GN_NONE, false, false);
  if (gn_is(target, GN_T_CSYMBOL))
    return gn_bind_member(c, (const gn_csymbol *)gn_as_obj(target), value);
  return gn_comp_error(c, "Invalid name in definition");
}

static gn_node *destructure(gn_comp *c, gn_gene *g, const char *what) {
  if (g->n != 2)
    return gn_comp_error(c, "%s: expected one value for the pattern", what);
  gn_node *n = gn_node_new(c, GN_N_DESTR);
  if (!n || !(n->a = gn_lower(c, g->children[1])))
    return NULL;
  n->x = gn_lower_pattern(c, g->children[0], false);
  return n->x ? n : NULL;
}

/* False, with an error, for a name that the language keeps for itself. */
static bool check_name(gn_comp *c, gn_value name) {
  if (!gn_is_sym(name, "self") && !gn_sym_starts(name, '$'))
    return true;
  char text[128];
  gn_comp_error(c, "Cannot assign to '%s'",
                gn_form_text(name, text, sizeof text));
  return false;
}

static gn_node *lower_declaration(gn_comp *c, gn_gene *g, bool let) {
  const char *what = let ? "let" : "var";
  if (g->n == 0 || gn_has_props(g))
    return gn_comp_error(c, "%s: missing name", what);
  gn_value name = g->children[0], type = GN_NONE;
  if (gn_is_array(name) || gn_is(name, GN_T_MAP))
    return destructure(c, g, what);
  uint32_t at = 1;
  if (gn_is_symbol(name) && gn_typed_name(c, name, &name)) {
    if (g->n < 2 || name == GN_NONE)
      return gn_comp_error(c, "%s: missing type", what);
    type = g->children[at++];
  }
  if (g->n > at + 1)
    return gn_comp_error(c, "%s: expected one value", what);
  gn_node *value =
      at < g->n ? gn_lower(c, g->children[at]) : gn_node_const(c, GN_NIL);
  if (!value)
    return NULL;
  if (!gn_is_symbol(name))
    return gn_bind_name(c, name, value);
  if (gn_is_sym(name, "_"))
    return value;
  return check_name(c, name) ? declare(c, name, value, type, at < g->n, let)
                             : NULL;
}

gn_node *gn_lower_var(gn_comp *c, gn_gene *g) {
  return lower_declaration(c, g, false);
}

gn_node *gn_lower_let(gn_comp *c, gn_gene *g) {
  return lower_declaration(c, g, true);
}

/* ---- assignment ---- */

/* name op= value. The right side of &&= and ||= may not be evaluated. */
static gn_node *update_name(gn_comp *c, gn_var *v, int op, gn_value form) {
  bool logic = op == GN_OP_AND || op == GN_OP_OR;
  gn_node *old = gn_node_var(c, v);
  if (!old || (logic && !gn_block_open(c)))
    return NULL;
  gn_node *right = gn_lower(c, form);
  if (logic)
    gn_block_close(c);
  if (!right)
    return NULL;
  gn_node *both = NULL;
  if (!logic && !(both = gn_combine(c, (enum gn_opcode)op, old, right)))
    return NULL;
  gn_node *set = gn_node_set(c, v, both);
  if (set)
    set->flag = false; /* it was read before */
  if (!logic)
    return set;
  gn_node *n = gn_node_new(c, GN_N_UPDATE);
  if (!set || !n)
    return NULL;
  n->op = GN_AT_VARIABLE;
  n->i2 = op;
  n->a = old;
  n->b = set;
  n->c = right;
  return n;
}

static gn_node *assign_name(gn_comp *c, gn_value name, int op, gn_value form) {
  if (!check_name(c, name))
    return NULL;
  gn_name *nm = gn_name_of(c, name);
  gn_var *v = nm ? gn_lookup(c, nm) : NULL;
  if (!v)
    return NULL;
  if (op != GN_OP_MOVE)
    return update_name(c, v, op, form);
  gn_node *value = gn_lower(c, form);
  return value ? gn_node_set(c, v, value) : NULL;
}

gn_node *gn_lower_assign(gn_comp *c, gn_gene *g) {
  int op = gn_assign_op(g->children[0]);
  if (g->n != 2 || gn_has_props(g))
    return gn_comp_error(c, "Invalid assignment");
  if (gn_is_symbol(g->type))
    return assign_name(c, g->type, op, g->children[1]);
  if (gn_is(g->type, GN_T_CSYMBOL))
    return gn_lower_put(c, g->type, op, g->children[1]);
  return gn_comp_error(c, "Invalid assignment target");
}
