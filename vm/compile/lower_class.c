/*
 * lower_class.c - classes and what may stand in their bodies (language
 * reference 3, sections 8, 16 and 18). The body is a function of one argument,
 * the class, which is its `self`; it is called once.
 */
#include "compile/compiler.h"

/* ---- the body ---- */

static gn_fn *body_function(gn_comp *c, gn_value class_name) {
  gn_fn *fn = gn_scratch(c, sizeof *fn);
  gn_par *par = fn ? gn_scratch(c, sizeof *par) : NULL;
  if (!par)
    return NULL;
  fn->params = par;
  fn->name = fn->intent = GN_NIL;
  fn->class_name = class_name;
  fn->flags = GN_P_BLOCK;
  fn->class_body = fn->in_class = true;
  fn->line = c->line;
  fn->column = c->column;
  return fn;
}

static bool declare_class(gn_comp *c, gn_fn *fn) {
  gn_value name = gn_new_symbol(c, "self", 4);
  gn_var *v = name == GN_NONE ? NULL : gn_declare_param(c, name);
  if (!v)
    return false;
  v->is_self = true;
  v->let = true;
  fn->params[0] = (gn_par){.kind = GN_P_REQUIRED, .name = name, .var = v};
  fn->nparams = 1;
  return true;
}

static gn_node *lower_class_body(gn_comp *c, gn_value class_name,
                                 const gn_value *forms, uint32_t n) {
  gn_fn *fn = body_function(c, class_name);
  gn_node *node = fn ? gn_node_new(c, GN_N_FN) : NULL;
  if (!node || !gn_fn_open(c, fn))
    return NULL;
  node->x = fn;
  if (declare_class(c, fn))
    fn->body = gn_lower_body(c, forms, n);
  gn_fn_close(c, fn);
  return fn->body ? node : NULL;
}

/* ---- class and object ---- */

/* Splits the name off: what it is bound to goes to form->var or ->holder. */
static bool class_name(gn_comp *c, gn_value target, gn_class_form *form) {
  if (gn_is(target, GN_T_CSYMBOL)) {
    const gn_csymbol *cs = (const gn_csymbol *)gn_as_obj(target);
    form->name = cs->part[cs->n - 1];
    size_t len;
    bool own = gn_is_symbol(cs->part[0]) && (gn_text(cs->part[0], &len), !len);
    if (gn_is_symbol(form->name) && cs->n == 2 && own && !gn_self_var(c))
      return (form->var = gn_declare_module(c, form->name)) != NULL;
    if (gn_is_symbol(form->name))
      return (form->holder = gn_lower_path_head(c, cs, cs->n - 1)) != NULL;
  } else if (gn_is_symbol(target)) {
    form->name = target;
    form->var = gn_declare(c, target, false);
    return form->var != NULL;
  }
  return gn_comp_error(c, "class: missing name") != NULL;
}

/* [< PARENT] [implements ...] from child 1 on; *at moves behind them. */
static bool class_head(gn_comp *c, gn_gene *g, uint32_t *at,
                       gn_class_form *form) {
  if (*at < g->n && gn_is_sym(g->children[*at], "<")) {
    if (*at + 1 >= g->n)
      return gn_comp_error(c, "class: missing parent after '<'") != NULL;
    if (!(form->parent = gn_lower(c, g->children[*at + 1])))
      return false;
    *at += 2;
  }
  if (*at < g->n && gn_is_sym(g->children[*at], "implements"))
    return gn_comp_error(c, "implements is not supported yet") != NULL;
  return true;
}

static gn_node *lower_class(gn_comp *c, gn_gene *g, bool object) {
  gn_node *n = gn_node_new(c, GN_N_CLASS);
  gn_class_form *form = n ? gn_scratch(c, sizeof *form) : NULL;
  uint32_t at = 1;
  if (!form)
    return NULL;
  if (g->n == 0)
    return gn_comp_error(c, "class: missing name");
  if (!class_head(c, g, &at, form) || !class_name(c, g->children[0], form))
    return NULL;
  form->object = object;
  n->x = form;
  if (form->var && !form->var->fn)
    form->var->exported = form->var->in_slot = true;
  if (object) {
    char text[256];
    size_t len = strlen(gn_form_text(form->name, text, sizeof text - 8));
    memcpy(text + len, "Class", 6);
    if ((form->name = gn_new_symbol(c, text, len + 5)) == GN_NONE)
      return NULL;
  }
  if (at < g->n)
    form->body = lower_class_body(c, form->name, g->children + at, g->n - at);
  if (form->var)
    form->var->ready = true;
  return at == g->n || form->body ? n : NULL;
}

gn_node *gn_lower_class(gn_comp *c, gn_gene *g) {
  return lower_class(c, g, false);
}

gn_node *gn_lower_object(gn_comp *c, gn_gene *g) {
  return lower_class(c, g, true);
}

/* ---- members of the body ---- */

static gn_node *class_member(gn_comp *c, enum gn_node_kind kind, gn_value name,
                             gn_node *value) {
  gn_node *n = value ? gn_node_new(c, kind) : NULL;
  if (!n || !(n->a = gn_node_self(c)))
    return NULL;
  n->value = name;
  n->b = value;
  return n;
}

static gn_node *method_named(gn_comp *c, gn_gene *g, gn_value name, uint32_t at,
                             const char *what) {
  gn_value list = at < g->n ? g->children[at] : GN_NONE;
  if (list == GN_NONE || (!gn_is_array(list) && !gn_is_symbol(list)))
    return gn_comp_error(c, "%s: missing parameter list", what);
  gn_fn_form form = {.name = name,
                     .params = list,
                     .body = at + 1,
                     .flags = GN_P_METHOD,
                     .class_name = c->fn->class_name};
  gn_value base = gn_base_name(c, name, NULL);
  if (base == GN_NONE)
    return NULL;
  return class_member(c, GN_N_DEFMETHOD, base, gn_lower_function(c, g, &form));
}

/* The name of a method, a symbol or a string. */
static gn_value member_name(gn_comp *c, gn_gene *g, const char *what) {
  gn_value name = g->n ? g->children[0] : GN_NONE;
  if (name != GN_NONE && gn_is_string(name)) {
    size_t len;
    const char *text = gn_text(name, &len);
    return gn_new_symbol(c, text, len);
  }
  if (name == GN_NONE || !gn_is_symbol(name)) {
    gn_comp_error(c, "%s: missing name", what);
    return GN_NONE;
  }
  return name;
}

gn_node *gn_lower_method(gn_comp *c, gn_gene *g) {
  gn_value name = member_name(c, g, "method");
  if (name == GN_NONE)
    return NULL;
  char text[128];
  if (gn_sym_ends(name, '!'))
    return gn_comp_error(c, "method: a name cannot end in '!': %s",
                         gn_form_text(name, text, sizeof text));
  return method_named(c, g, name, 1, "method");
}

gn_node *gn_lower_ctor(gn_comp *c, gn_gene *g) {
  gn_value name = gn_new_symbol(c, "ctor", 4);
  return name == GN_NONE ? NULL : method_named(c, g, name, 0, "ctor");
}

gn_node *gn_lower_on_missing(gn_comp *c, gn_gene *g) {
  return method_named(c, g, g->type, 0, "on_method_missing");
}

/* (static NAME [PARAMS] BODY...): a member that is a plain function. */
gn_node *gn_lower_static(gn_comp *c, gn_gene *g) {
  gn_value name = member_name(c, g, "static");
  if (name == GN_NONE)
    return NULL;
  if (g->n < 2)
    return gn_comp_error(c, "static: missing parameter list");
  gn_fn_form form = {
      .name = name, .params = g->children[1], .body = 2, .class_name = GN_NIL};
  return class_member(c, GN_N_MEMBER, name, gn_lower_function(c, g, &form));
}

/* (field name [TYPE | : TYPE] [= DEFAULT]) */
gn_node *gn_lower_field(gn_comp *c, gn_gene *g) {
  gn_value name = member_name(c, g, "field");
  gn_node *n = name == GN_NONE ? NULL : gn_node_new(c, GN_N_FIELD);
  if (!n || !(n->a = gn_node_self(c)))
    return NULL;
  uint32_t at = 1;
  gn_typed_name(c, name, &n->value);
  if (at < g->n && gn_is_sym(g->children[at], ":"))
    at++;
  if (at < g->n && !gn_is_sym(g->children[at], "="))
    n->type = g->children[at++];
  if (at == g->n)
    return n->value == GN_NONE ? NULL : n;
  if (at + 2 != g->n || !gn_is_sym(g->children[at], "="))
    return gn_comp_error(c, "field: expected a name, a type and a default");
  n->b = gn_lower_thunk(c, g->children + at + 1, 1, GN_P_METHOD | GN_P_BLOCK);
  return n->b ? n : NULL;
}

/* ---- namespaces ---- */

/* $ns shows the module's variables by name. */
gn_node *gn_lower_ns_here(gn_comp *c) {
  c->dynamic = true;
  return gn_node_new(c, GN_N_MODNS);
}
