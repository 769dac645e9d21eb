/*
 * lower_async.c - async, await, generators, bodies handed to builtins
 * (language reference 4), and code as data: eval, $render, $parse, $with,
 * $tap (1, section 11).
 */
#include "compile/compiler.h"

/* ---- async and await ---- */

gn_node *gn_lower_async(gn_comp *c, gn_gene *g) {
  gn_node *n = gn_node_new(c, GN_N_ASYNC);
  if (!n)
    return NULL;
  n->a = gn_lower_thunk(c, g->children, g->n, GN_P_BLOCK);
  return n->a ? n : NULL;
}

/* ^timeout is the one keyword of await. */
static bool check_keywords(gn_comp *c, const gn_gene *g) {
  uint32_t i = 0;
  gn_entry *e;
  while (g->props && (e = gn_dict_next(g->props, &i))) {
    size_t len;
    const char *name = gn_text(e->key, &len);
    if (!gn_text_is(e->key, "timeout")) {
      gn_comp_error(c, "await: unexpected keyword argument: %.*s", (int)len,
                    name);
      return false;
    }
  }
  return true;
}

gn_node *gn_lower_await(gn_comp *c, gn_gene *g) {
  if (g->n == 0)
    return gn_comp_error(c, "await: missing future");
  if (g->n > 200)
    return gn_comp_error(c, "await: more than 200 futures");
  if (!check_keywords(c, g))
    return NULL;
  gn_node *n = gn_node_list(c, GN_N_AWAIT, g->n);
  if (!n)
    return NULL;
  gn_value timeout = gn_prop(g, "timeout");
  if (timeout != GN_NONE && !(n->a = gn_lower(c, timeout)))
    return NULL;
  for (uint32_t i = 0; i < g->n; i++)
    if (!(n->list[i] = gn_lower(c, g->children[i])))
      return NULL;
  return n;
}

gn_node *gn_lower_await_all(gn_comp *c, gn_gene *g) {
  if (g->n == 0 && !gn_has_props(g))
    return gn_node_new(c, GN_N_AWAITALL);
  return gn_node_call(c, gn_lower_builtin(c, "$await_all"),
                      gn_lower_args(c, g, 0));
}

gn_node *gn_lower_yield(gn_comp *c, gn_gene *g) {
  if (!(c->fn->flags & GN_P_GENERATOR))
    return gn_comp_error(c, "yield used outside of a generator");
  if (g->n > 1)
    return gn_comp_error(c, "yield: expected at most one value");
  gn_node *n = gn_node_new(c, GN_N_YIELD);
  if (!n)
    return NULL;
  n->a = g->n ? gn_lower(c, g->children[0]) : gn_node_const(c, GN_NIL);
  return n->a ? n : NULL;
}

/* gene/timeout and the like: the first `keep` arguments are values, the rest
 * is a body, which goes to the builtin as its last argument. */
static gn_node *body_call(gn_comp *c, gn_gene *g, uint32_t keep) {
  char text[64];
  if (g->n < keep)
    return gn_comp_error(c, "%s: missing duration",
                         gn_form_text(g->type, text, sizeof text));
  gn_gene front = *g;
  front.n = keep;
  gn_args *args = gn_lower_args(c, &front, 0);
  gn_node *body =
      args ? gn_lower_thunk(c, g->children + keep, g->n - keep, GN_P_BLOCK)
           : NULL;
  gn_node *head = body ? gn_node_new(c, GN_N_BUILTIN) : NULL;
  gn_node **pos = head ? gn_scratch(c, (keep + 1) * sizeof *pos) : NULL;
  if (!pos)
    return NULL;
  head->value = g->type;
  if (keep)
    memcpy(pos, args->pos, keep * sizeof *pos);
  pos[keep] = body;
  gn_args *all = gn_args_of(c, pos, keep + 1);
  if (!all)
    return NULL;
  all->nkeys = args->nkeys;
  all->keys = args->keys;
  all->vals = args->vals;
  all->splices = args->splices;
  return gn_node_call(c, head, all);
}

gn_node *gn_lower_body_after_one(gn_comp *c, gn_gene *g) {
  return body_call(c, g, 1);
}

gn_node *gn_lower_body_only(gn_comp *c, gn_gene *g) {
  return body_call(c, g, 0);
}

/* ---- code as data ---- */

gn_node *gn_lower_eval(gn_comp *c, gn_gene *g) {
  if (g->n > 200)
    return gn_comp_error(c, "eval: more than 200 forms");
  gn_node *n = gn_node_list(c, GN_N_EVAL, g->n);
  if (!n)
    return NULL;
  for (uint32_t i = 0; i < g->n; i++)
    if (!(n->list[i] = gn_lower(c, g->children[i])))
      return NULL;
  n->b = gn_node_env(c);
  return n->b ? n : NULL;
}

/* The env of the caller of the macro around this code. */
static gn_node *caller_env(gn_comp *c) {
  gn_fn *fn = c->fn->up;
  if (!c->fn->env)
    for (; fn; fn = fn->up)
      if (fn->env)
        return gn_node_var(c, fn->env);
  return gn_node_new(c, GN_N_CALLERENV);
}

gn_node *gn_lower_caller_eval(gn_comp *c, gn_gene *g) {
  if (g->n != 1)
    return gn_comp_error(c, "$caller_eval: expected one form");
  gn_node *n = gn_node_list(c, GN_N_EVAL, 1);
  if (!n || !(n->list[0] = gn_lower(c, g->children[0])))
    return NULL;
  n->b = caller_env(c);
  return n->b ? n : NULL;
}

gn_node *gn_lower_render(gn_comp *c, gn_gene *g) {
  if (g->n != 1)
    return gn_comp_error(c, "$render: expected one template");
  gn_node *n = gn_node_new(c, GN_N_RENDER);
  if (!n || !(n->a = gn_lower(c, g->children[0])))
    return NULL;
  n->b = gn_node_env(c);
  return n->b ? n : NULL;
}

gn_node *gn_lower_parse(gn_comp *c, gn_gene *g) {
  if (g->n != 1)
    return gn_comp_error(c, "$parse: expected one string");
  gn_node *n = gn_node_new(c, GN_N_PARSE);
  return n && (n->a = gn_lower(c, g->children[0])) ? n : NULL;
}

/* ---- $with and $tap ---- */

static gn_node *declare_as(gn_comp *c, gn_value name, gn_node *value) {
  gn_var *v = gn_declare(c, name, false);
  gn_node *n = v ? gn_node_new(c, GN_N_DECL) : NULL;
  if (!n)
    return NULL;
  v->ready = true;
  v->is_self = gn_is_sym(name, "self");
  v->type = n->type = GN_NONE;
  n->var = v;
  n->a = value;
  return n;
}

/* Declarations of self and perhaps a second name, then the body, then what
 * the form gives back. */
static gn_node *lower_with_parts(gn_comp *c, gn_gene *g, gn_node *obj,
                                 uint32_t at, bool tap) {
  gn_value self = gn_new_symbol(c, "self", 4);
  gn_node *seq = self == GN_NONE ? NULL : gn_node_list(c, GN_N_SEQ, 4);
  if (!seq)
    return NULL;
  seq->n = 0;
  gn_value second = GN_NONE;
  if (at > 1)
    second = gn_new_symbol(c, gn_sym(g->children[1])->bytes + 1,
                           gn_sym(g->children[1])->len - 1);
  gn_node *decl = declare_as(c, self, obj);
  if (!decl)
    return NULL;
  seq->list[seq->n++] = decl;
  if (at > 1) {
    gn_node *it = second == GN_NONE ? NULL : gn_node_self(c);
    if (!it || !(seq->list[seq->n++] = declare_as(c, second, it)))
      return NULL;
  }
  if (!(seq->list[seq->n++] = gn_lower_body(c, g->children + at, g->n - at)))
    return NULL;
  if (tap && !(seq->list[seq->n++] = gn_node_var(c, decl->var)))
    return NULL;
  return seq;
}

static gn_node *lower_with(gn_comp *c, gn_gene *g, bool tap) {
  if (g->n == 0)
    return gn_comp_error(c, "%s: missing object", tap ? "$tap" : "$with");
  gn_node *obj = gn_lower(c, g->children[0]);
  gn_scope *scope = obj ? gn_scope_open(c) : NULL;
  if (!scope)
    return NULL;
  uint32_t at = tap && g->n > 1 && gn_sym_starts(g->children[1], ':') ? 2 : 1;
  gn_node *seq = lower_with_parts(c, g, obj, at, tap);
  gn_scope_close(c, scope);
  return seq ? gn_node_in_scope(c, scope, seq) : NULL;
}

gn_node *gn_lower_with(gn_comp *c, gn_gene *g) {
  return lower_with(c, g, false);
}

gn_node *gn_lower_tap(gn_comp *c, gn_gene *g) {
  return lower_with(c, g, true);
}
