/*
 * lower_loop.c - loops and the ways out of them (language reference 1,
 * section 9).
 */
#include "compile/compiler.h"
#include "run/native.h"

/* Opens a loop with its label (`^name`). */
static gn_loop *open_loop(gn_comp *c, gn_gene *g) {
  gn_loop *loop = gn_scratch(c, sizeof *loop);
  if (!loop)
    return NULL;
  gn_value label = gn_prop(g, "name");
  if (label != GN_NONE) {
    if (!gn_is_symbol(label))
      return gn_comp_error(c, "loop: ^name must be a symbol");
    if (!(loop->label = gn_name_of(c, label)))
      return NULL;
  }
  loop->up = c->fn->loops;
  c->fn->loops = loop;
  return loop;
}

static void close_loop(gn_comp *c, gn_loop *loop) {
  c->fn->loops = loop->up;
}

/* A loop without variables of its own: condition (or none) and body. */
static gn_node *lower_while(gn_comp *c, gn_gene *g, bool cond, bool until) {
  gn_node *n = gn_node_new(c, GN_N_WHILE);
  gn_loop *loop = n ? open_loop(c, g) : NULL;
  if (!loop || !gn_block_open(c))
    return NULL;
  n->x = loop;
  n->flag = until;
  if (cond)
    n->a = gn_lower(c, g->children[0]);
  if (!cond || n->a)
    n->b = gn_lower_body(c, g->children + cond, g->n - cond);
  gn_block_close(c);
  close_loop(c, loop);
  return n->b ? n : NULL;
}

gn_node *gn_lower_while(gn_comp *c, gn_gene *g) {
  if (g->n == 0)
    return gn_comp_error(c, "while: missing condition");
  return lower_while(c, g, true, false);
}

gn_node *gn_lower_until(gn_comp *c, gn_gene *g) {
  if (g->n == 0)
    return gn_comp_error(c, "until: missing condition");
  return lower_while(c, g, true, true);
}

gn_node *gn_lower_loop(gn_comp *c, gn_gene *g) {
  return lower_while(c, g, false, false);
}

/* ---- repeat ---- */

static bool repeat_body(gn_comp *c, gn_gene *g, gn_node *n) {
  gn_value index = gn_prop(g, "index");
  if (index != GN_NONE && !gn_is_symbol(index))
    return gn_comp_error(c, "repeat: ^index must be a symbol") != NULL;
  if (!gn_block_open(c))
    return false;
  gn_scope *scope = gn_scope_open(c);
  n->y = scope;
  if (scope && index != GN_NONE) {
    n->var = gn_declare(c, index, false);
    if (n->var)
      n->var->ready = true;
  }
  if (scope && (index == GN_NONE || n->var))
    n->b = gn_lower_body(c, g->children + 1, g->n - 1);
  if (scope)
    gn_scope_close(c, scope);
  gn_block_close(c);
  return n->b != NULL;
}

gn_node *gn_lower_repeat(gn_comp *c, gn_gene *g) {
  if (g->n == 0)
    return gn_comp_error(c, "repeat: missing count");
  gn_node *n = gn_node_new(c, GN_N_REPEAT);
  if (!n || !(n->a = gn_lower(c, g->children[0])))
    return NULL;
  gn_loop *loop = open_loop(c, g);
  if (!loop)
    return NULL;
  n->x = loop;
  bool ok = repeat_body(c, g, n);
  close_loop(c, loop);
  return ok ? n : NULL;
}

/* ---- for ---- */

/* One loop variable: a name, `_` or a pattern. */
static bool for_variable(gn_comp *c, gn_value form, gn_var **var,
                         gn_pat **pat) {
  if (gn_is_array(form) || gn_is(form, GN_T_MAP)) {
    *pat = gn_lower_pattern(c, form, false);
    return *pat != NULL;
  }
  if (!gn_is_symbol(form))
    return gn_comp_error(c, "for: a variable must be a name or a pattern") !=
           NULL;
  if (gn_is_sym(form, "_"))
    return true;
  *var = gn_declare(c, form, false);
  if (*var)
    (*var)->ready = true;
  return *var != NULL;
}

/* children: variables of the form, `in`, collection, body. */
static bool for_body(gn_comp *c, gn_gene *g, uint32_t in, gn_for *f,
                     gn_node *n) {
  if (!gn_block_open(c))
    return false;
  f->scope = gn_scope_open(c);
  bool ok = f->scope != NULL;
  if (ok && f->two)
    ok = for_variable(c, g->children[0], &f->key, &f->key_pat);
  if (ok)
    ok = for_variable(c, g->children[in - 1], &f->item, &f->item_pat);
  if (ok)
    n->b = gn_lower_body(c, g->children + in + 2, g->n - in - 2);
  if (f->scope)
    gn_scope_close(c, f->scope);
  gn_block_close(c);
  return n->b != NULL;
}

gn_node *gn_lower_for(gn_comp *c, gn_gene *g) {
  uint32_t in = 0;
  while (in < g->n && in < 3 && !gn_is_sym(g->children[in], "in"))
    in++;
  if (in == 0 || in > 2 || in >= g->n)
    return gn_comp_error(c, "for: expected one or two variables and 'in'");
  if (in + 1 >= g->n)
    return gn_comp_error(c, "for: missing collection after 'in'");
  if (gn_prop(g, "await") != GN_NONE)
    return gn_comp_error(c, "for ^^await is not supported yet");
  gn_node *n = gn_node_new(c, GN_N_FOR);
  gn_for *f = n ? gn_scratch(c, sizeof *f) : NULL;
  if (!f || !(n->a = gn_lower(c, g->children[in + 1])))
    return NULL;
  n->x = f;
  f->two = in == 2;
  if (!(f->loop = open_loop(c, g)))
    return NULL;
  bool ok = for_body(c, g, in, f, n);
  close_loop(c, f->loop);
  return ok ? n : NULL;
}

/* ---- break, continue, return ---- */

/* The loop meant; *found false: none, and no error. */
static gn_loop *target_loop(gn_comp *c, gn_gene *g, bool *found) {
  gn_value from = gn_prop(g, "from");
  *found = true;
  if (from == GN_NONE) {
    *found = c->fn->loops != NULL;
    return c->fn->loops;
  }
  if (gn_is_symbol(from)) {
    gn_name *label = gn_name_of(c, from);
    for (gn_loop *l = c->fn->loops; label && l; l = l->up)
      if (l->label == label)
        return l;
  }
  char text[128];
  return gn_comp_error(c, "No loop named '%s' found",
                       gn_form_text(from, text, sizeof text));
}

gn_node *gn_lower_break(gn_comp *c, gn_gene *g) {
  if (g->n > 1)
    return gn_comp_error(c, "break: expected at most one value");
  bool found;
  gn_loop *loop = target_loop(c, g, &found);
  if (!found)
    return gn_node_fail(c, GN_X_RUNTIME, "break used outside of a loop");
  gn_node *n = loop ? gn_node_new(c, GN_N_BREAK) : NULL;
  if (!n || (g->n && !(n->a = gn_lower(c, g->children[0]))))
    return NULL;
  n->x = loop;
  return n;
}

gn_node *gn_lower_continue(gn_comp *c, gn_gene *g) {
  if (g->n > 0)
    return gn_comp_error(c, "continue: takes no value");
  bool found;
  gn_loop *loop = target_loop(c, g, &found);
  if (!found)
    return gn_node_fail(c, GN_X_RUNTIME, "continue used outside of a loop");
  gn_node *n = loop ? gn_node_new(c, GN_N_CONTINUE) : NULL;
  if (n)
    n->x = loop;
  return n;
}

gn_node *gn_lower_return(gn_comp *c, gn_gene *g) {
  if (g->n > 1 || gn_has_props(g))
    return gn_comp_error(c, "return: expected at most one value");
  gn_node *n = gn_node_new(c, GN_N_RETURN);
  if (!n)
    return NULL;
  n->a = g->n ? gn_lower(c, g->children[0]) : gn_node_const(c, GN_NIL);
  return n->a ? n : NULL;
}
