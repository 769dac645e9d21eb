/*
 * lower_fn.c - functions: fn, fnx, fnxx, arrows, thunks, and what methods
 * share with them (language reference 1, section 10; 3, section 12).
 */
#include "compile/compiler.h"

/* ---- a function, once its parts are known ---- */

static bool is_flag_set(const gn_gene *g, const char *key) {
  gn_value v = gn_prop(g, key);
  return v != GN_NONE && gn_truthy(v);
}

static uint16_t flags_of(const gn_gene *g, gn_value name) {
  uint16_t flags = 0;
  if (is_flag_set(g, "async"))
    flags |= GN_P_ASYNC;
  if (is_flag_set(g, "generator") || gn_sym_ends(name, '*'))
    flags |= GN_P_GENERATOR;
  if (gn_sym_ends(name, '!'))
    flags |= GN_P_MACRO;
  return flags;
}

static bool lower_conditions(gn_comp *c, gn_value list, gn_node ***nodes,
                             gn_value **forms, uint32_t *n) {
  if (list == GN_NONE)
    return true;
  if (!gn_is_array(list))
    return gn_comp_error(c, "Contracts must be an array of conditions") != NULL;
  const gn_array *a = gn_arr(list);
  *nodes = gn_scratch(c, a->len * sizeof **nodes);
  *forms = a->items;
  if (!*nodes)
    return false;
  for (*n = 0; *n < a->len; ++*n)
    if (!((*nodes)[*n] = gn_lower(c, a->items[*n])))
      return false;
  return true;
}

/* ^pre and ^post see the parameters, not the body's variables. */
static bool lower_contracts(gn_comp *c, gn_gene *g, gn_fn *fn) {
  if (!lower_conditions(c, gn_prop(g, "pre"), &fn->pre, &fn->pre_forms,
                        &fn->npre))
    return false;
  gn_value post = gn_prop(g, "post");
  if (post == GN_NONE)
    return true;
  gn_value name = gn_new_symbol(c, "result", 6);
  gn_scope *scope = name == GN_NONE ? NULL : gn_scope_open(c);
  if (!scope)
    return false;
  fn->post_scope = scope;
  fn->result = gn_declare(c, name, true);
  if (fn->result)
    fn->result->ready = true;
  bool ok = fn->result &&
            lower_conditions(c, post, &fn->post, &fn->post_forms, &fn->npost);
  gn_scope_close(c, scope);
  return ok;
}

static bool declare_self(gn_comp *c, gn_fn *fn) {
  gn_value name = gn_new_symbol(c, "self", 4);
  fn->self = name == GN_NONE ? NULL : gn_declare_param(c, name);
  if (!fn->self)
    return false;
  fn->self->is_self = true;
  fn->self->let = true;
  fn->self->reg = 0;
  return true;
}

/* `-> Type` after the list. */
static bool return_type(gn_comp *c, gn_gene *g, uint32_t *at, gn_fn *fn) {
  if (*at >= g->n || !gn_is_sym(g->children[*at], "->"))
    return true;
  if (*at + 1 >= g->n)
    return gn_comp_error(c, "Missing return type after '->'") != NULL;
  fn->ret_type = g->children[*at + 1];
  *at += 2;
  return true;
}

static bool lower_inside(gn_comp *c, gn_gene *g, const gn_fn_form *what,
                         gn_fn *fn) {
  uint32_t at = what->body;
  if ((fn->flags & GN_P_METHOD) && !declare_self(c, fn))
    return false;
  if ((fn->flags & GN_P_MACRO) && !(fn->env = gn_declare_hidden(c)))
    return false;
  if (what->params != GN_NONE && !gn_lower_params(c, fn, what->params))
    return false;
  if (!what->arrow && !return_type(c, g, &at, fn))
    return false;
  if (!lower_contracts(c, g, fn))
    return false;
  fn->body = gn_lower_body(c, g->children + at, g->n - at);
  return fn->body != NULL;
}

static gn_node *fn_node(gn_comp *c, gn_fn *fn) {
  gn_node *n = gn_node_new(c, GN_N_FN);
  if (n)
    n->x = fn;
  fn->line = c->line;
  fn->column = c->column;
  return n;
}

gn_node *gn_lower_function(gn_comp *c, gn_gene *g, const gn_fn_form *what) {
  gn_fn *fn = gn_scratch(c, sizeof *fn);
  gn_node *n = fn ? fn_node(c, fn) : NULL;
  if (!n)
    return NULL;
  fn->name = what->name;
  if (gn_is_symbol(fn->name) &&
      (fn->name = gn_base_name(c, fn->name, fn)) == GN_NONE)
    return NULL;
  fn->flags = what->flags | flags_of(g, fn->name);
  fn->class_name = what->class_name;
  fn->self_name = what->bound;
  gn_value intent = gn_prop(g, "intent");
  fn->intent = intent == GN_NONE ? GN_NIL : intent;
  if (!gn_fn_open(c, fn))
    return NULL;
  bool ok = lower_inside(c, g, what, fn);
  gn_fn_close(c, fn);
  return ok ? n : NULL;
}

gn_node *gn_lower_thunk(gn_comp *c, const gn_value *forms, uint32_t n,
                        uint16_t flags) {
  gn_fn *fn = gn_scratch(c, sizeof *fn);
  gn_node *node = fn ? fn_node(c, fn) : NULL;
  if (!node)
    return NULL;
  fn->name = fn->class_name = fn->intent = GN_NIL;
  fn->flags = flags;
  if (!gn_fn_open(c, fn))
    return NULL;
  if (!(flags & GN_P_METHOD) || declare_self(c, fn))
    fn->body = gn_lower_body(c, forms, n);
  gn_fn_close(c, fn);
  return fn->body ? node : NULL;
}

/* ---- fn ---- */

/* Fills in the list and where the body starts, from child `at` on. */
static bool find_list(gn_comp *c, gn_gene *g, uint32_t at, gn_fn_form *what,
                      const char *form) {
  gn_value list = at < g->n ? g->children[at] : GN_NONE;
  if (list == GN_NONE || (!gn_is_array(list) && !gn_is_symbol(list)))
    return gn_comp_error(c, "%s: missing parameter list", form) != NULL;
  what->params = list;
  what->body = at + 1;
  return true;
}

/* Keeps a function that stands directly in the module's body: it is made
 * before anything runs. */
static bool hoist(gn_comp *c, gn_node *decl) {
  if (!gn_arena_grow(c->scratch, (void **)&c->hoisted, c->nhoisted,
                     &c->hoisted_cap, sizeof *c->hoisted))
    return gn_comp_oom(c) != NULL;
  c->hoisted[c->nhoisted++] = decl;
  decl->flag = true;
  return true;
}

static gn_node *bound_function(gn_comp *c, gn_gene *g, gn_fn_form *what) {
  bool direct = c->is_direct && c->fn->scope->module;
  gn_value base = gn_base_name(c, what->name, NULL);
  gn_var *v = base == GN_NONE ? NULL : gn_declare(c, base, false);
  gn_node *decl = v ? gn_node_new(c, GN_N_DECL) : NULL;
  if (!decl)
    return NULL;
  v->type = GN_NONE;
  if (v->fn)
    gn_late_meet(v, c);
  else
    v->exported = v->in_slot = true;
  what->bound = v;
  decl->var = v;
  decl->a = gn_lower_function(c, g, what);
  v->ready = true;
  if (!decl->a || (direct && !hoist(c, decl)))
    return NULL;
  return decl;
}

static gn_node *member_function(gn_comp *c, gn_gene *g, gn_fn_form *what,
                                gn_value path) {
  const gn_csymbol *cs = (const gn_csymbol *)gn_as_obj(path);
  what->name = cs->part[cs->n - 1];
  if (!gn_is_symbol(what->name))
    return gn_comp_error(c, "Invalid name in definition");
  size_t len;
  gn_text(cs->part[0], &len);
  if (cs->n == 2 && len == 0 && !gn_self_var(c)) {
    gn_node *n = bound_function(c, g, what);
    return n;
  }
  return gn_bind_name(c, path, gn_lower_function(c, g, what));
}

gn_node *gn_lower_fn_form(gn_comp *c, gn_gene *g) {
  gn_fn_form what = {.name = GN_NIL, .class_name = GN_NIL};
  gn_value first = g->n ? g->children[0] : GN_NONE;
  bool named =
      first != GN_NONE && (gn_is_symbol(first) || gn_is(first, GN_T_CSYMBOL));
  if (!find_list(c, g, named, &what, "fn"))
    return NULL;
  if (!named)
    return gn_lower_function(c, g, &what);
  if (gn_is(first, GN_T_CSYMBOL))
    return member_function(c, g, &what, first);
  what.name = first;
  return bound_function(c, g, &what);
}

gn_node *gn_lower_fnx(gn_comp *c, gn_gene *g) {
  gn_fn_form what = {.name = GN_NIL, .class_name = GN_NIL};
  if (!find_list(c, g, 0, &what, "fnx"))
    return NULL;
  return gn_lower_function(c, g, &what);
}

gn_node *gn_lower_fnxx(gn_comp *c, gn_gene *g) {
  gn_fn_form what = {.name = GN_NIL, .class_name = GN_NIL};
  return gn_lower_function(c, g, &what);
}

/* (params -> body...) and (-> body...) */
gn_node *gn_lower_arrow(gn_comp *c, gn_gene *g) {
  gn_fn_form what = {.name = GN_NIL, .class_name = GN_NIL, .arrow = true};
  if (gn_is_sym(g->type, "->"))
    return gn_lower_function(c, g, &what);
  if (!gn_is_array(g->type) && !gn_is_symbol(g->type))
    return gn_comp_error(c, "->: missing parameter list");
  what.params = g->type;
  what.body = 1;
  return gn_lower_function(c, g, &what);
}
