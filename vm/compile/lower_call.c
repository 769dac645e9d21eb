/*
 * lower_call.c - calls: arguments, functions and macros, methods, super, new
 * (language reference 1, sections 5 and 11; 3, section 8).
 */
#include <stdio.h>

#include "compile/compiler.h"
#include "run/native.h"

/* ---- arguments ---- */

static bool is_splice(gn_value key) {
  size_t len;
  const char *text = gn_text(key, &len);
  if (len < 3 || memcmp(text, "...", 3) != 0)
    return false;
  for (size_t i = 3; i < len; i++)
    if (text[i] < '0' || text[i] > '9')
      return false;
  return true;
}

/* Entries of a Map form as keywords, in order; `quoted`: as data. */
static bool lower_keys(gn_comp *c, const gn_dict *props, bool quoted,
                       gn_args *args) {
  if (!props || props->live == 0)
    return true;
  args->keys = gn_scratch(c, props->live * sizeof *args->keys);
  args->vals = gn_scratch(c, props->live * sizeof *args->vals);
  if (!args->keys || !args->vals)
    return false;
  uint32_t i = 0;
  gn_entry *e;
  while ((e = gn_dict_next(props, &i))) {
    bool splice = !quoted && is_splice(e->key);
    gn_node *v = quoted ? gn_lower_quote(c, e->value) : gn_lower(c, e->value);
    if (!v)
      return false;
    args->splices |= splice;
    args->keys[args->nkeys] = splice ? GN_NONE : e->key;
    args->vals[args->nkeys++] = v;
  }
  return true;
}

/* The form at *i and whether it is spread; *i moves behind it. */
static gn_node *lower_item(gn_comp *c, const gn_value *forms, uint32_t n,
                           uint32_t *i, bool *spread) {
  gn_value form = forms[(*i)++];
  gn_value inner = gn_spread_of(c, form);
  *spread = inner != GN_NONE;
  if (*spread)
    form = inner;
  if (*i < n && gn_is_sym(forms[*i], "...")) {
    *spread = true;
    ++*i;
  }
  return c->oom ? NULL : gn_lower(c, form);
}

static bool lower_positions(gn_comp *c, const gn_value *forms, uint32_t n,
                            gn_args *args) {
  args->pos = gn_scratch(c, n * sizeof *args->pos);
  args->spread = gn_scratch(c, n * sizeof *args->spread);
  if (!args->pos || !args->spread)
    return false;
  for (uint32_t i = 0; i < n;) {
    bool spread;
    gn_node *v = lower_item(c, forms, n, &i, &spread);
    if (!v)
      return false;
    args->spreads |= spread;
    args->spread[args->n] = spread;
    args->pos[args->n++] = v;
  }
  return true;
}

gn_args *gn_lower_items(gn_comp *c, const gn_value *forms, uint32_t n) {
  gn_args *args = gn_scratch(c, sizeof *args);
  return args && lower_positions(c, forms, n, args) ? args : NULL;
}

gn_args *gn_lower_entries(gn_comp *c, const gn_dict *map) {
  gn_args *args = gn_scratch(c, sizeof *args);
  return args && lower_keys(c, map, false, args) ? args : NULL;
}

gn_args *gn_lower_args(gn_comp *c, gn_gene *g, uint32_t from) {
  gn_args *args = gn_scratch(c, sizeof *args);
  assert(from <= g->n);
  if (!args || !lower_keys(c, g->props, false, args) ||
      (g->n > from &&
       !lower_positions(c, g->children + from, g->n - from, args)))
    return NULL;
  return args;
}

gn_args *gn_args_of(gn_comp *c, gn_node **pos, uint32_t n) {
  gn_args *args = gn_scratch(c, sizeof *args);
  if (!args)
    return NULL;
  args->pos = gn_scratch(c, n * sizeof *pos);
  args->spread = gn_scratch(c, n * sizeof *args->spread);
  if (!args->pos || !args->spread)
    return NULL;
  if (n)
    memcpy(args->pos, pos, n * sizeof *pos);
  args->n = n;
  return args;
}

/* ---- functions ---- */

gn_node *gn_node_call(gn_comp *c, gn_node *head, gn_args *args) {
  gn_node *n = head && args ? gn_node_new(c, GN_N_CALL) : NULL;
  if (!n)
    return NULL;
  n->a = head;
  n->x = args;
  return n;
}

gn_node *gn_lower_cwd(gn_comp *c, gn_gene *g) {
  return gn_node_call(c, gn_lower_builtin(c, "cwd"),
                      g ? gn_lower_args(c, g, 0) : gn_args_of(c, NULL, 0));
}

/* The last name of a head decides whether a call may be a macro's. */
static bool names_macro(gn_value head) {
  if (gn_is(head, GN_T_CSYMBOL)) {
    const gn_csymbol *cs = (const gn_csymbol *)gn_as_obj(head);
    head = cs->part[cs->n - 1];
  }
  return gn_sym_ends(head, '!') && !gn_is_sym(head, "!=");
}

static gn_args *quoted_args(gn_comp *c, gn_gene *g) {
  gn_args *args = gn_scratch(c, sizeof *args);
  if (!args || !lower_keys(c, g->props, true, args))
    return NULL;
  args->pos = gn_scratch(c, g->n * sizeof *args->pos);
  if (!args->pos)
    return NULL;
  for (uint32_t i = 0; i < g->n; i++)
    if (!(args->pos[args->n++] = gn_lower_quote(c, g->children[i])))
      return NULL;
  return args;
}

/* What happens when the head turns out to be no macro. The arguments need not
 * be valid code: an error in them becomes one at run time. */
static gn_node *lower_evaluated(gn_comp *c, gn_gene *g) {
  gn_node *n = gn_node_new(c, GN_N_CALL);
  if (!n || !gn_block_open(c))
    return NULL;
  uint32_t line = c->line, column = c->column, depth = c->depth;
  gn_scope *scope = gn_scope_open(c);
  n->x = scope ? gn_lower_args(c, g, 0) : NULL;
  if (scope)
    gn_scope_close(c, scope);
  gn_block_close(c);
  c->depth = depth;
  c->line = line;
  c->column = column;
  n->y = scope;
  if (n->x || c->oom)
    return n->x ? n : NULL;
  c->failed = false;
  return gn_node_fail(c, GN_X_COMPILE, c->err->message);
}

static gn_node *lower_macro_call(gn_comp *c, gn_gene *g, gn_node *head) {
  gn_node *n = gn_node_new(c, GN_N_MACRO);
  if (!n)
    return NULL;
  n->a = head;
  n->c = gn_node_env(c);
  n->y = n->c ? quoted_args(c, g) : NULL;
  n->b = n->y ? lower_evaluated(c, g) : NULL;
  return n->b ? n : NULL;
}

gn_node *gn_lower_call(gn_comp *c, gn_gene *g) {
  if (gn_is(g->type, GN_T_CSYMBOL) && !c->eval)
    gn_near_path(c, g->type);
  gn_node *head = gn_lower(c, g->type);
  if (!head)
    return NULL;
  if (head->kind == GN_N_CONST && gn_is(head->value, GN_T_SELECTOR))
    return gn_lower_select(c, head, gn_lower_args(c, g, 0));
  if (names_macro(g->type))
    return lower_macro_call(c, g, head);
  return gn_node_call(c, head, gn_lower_args(c, g, 0));
}

/* ---- methods ---- */

static gn_node *node_send(gn_comp *c, gn_node *target, gn_value name,
                          gn_args *args) {
  gn_node *n = target && args ? gn_node_new(c, GN_N_SEND) : NULL;
  if (!n)
    return NULL;
  n->a = target;
  n->value = name;
  n->x = args;
  return n;
}

/* `.name` without its dot. */
static gn_value method_name(gn_comp *c, gn_value dotted) {
  if (!gn_is_symbol(dotted)) {
    gn_comp_error(c, "Invalid method name");
    return GN_NONE;
  }
  return gn_new_symbol(c, gn_sym(dotted)->bytes + 1, gn_sym(dotted)->len - 1);
}

static bool is_selector_name(gn_value v) {
  if (gn_is(v, GN_T_CSYMBOL))
    v = ((const gn_csymbol *)gn_as_obj(v))->part[0];
  return gn_is_symbol(v) && gn_sym(v)->len >= 2 && gn_sym(v)->bytes[1] == '@';
}

static gn_node *lower_method(gn_comp *c, gn_node *target, gn_value dotted,
                             gn_gene *g, uint32_t from) {
  if (!target)
    return NULL;
  if (is_selector_name(dotted))
    return gn_lower_applied(c, target, dotted, g->children + from, g->n - from);
  gn_value name = method_name(c, dotted);
  if (name == GN_NONE)
    return NULL;
  return node_send(c, target, name, gn_lower_args(c, g, from));
}

gn_node *gn_lower_send(gn_comp *c, gn_gene *g) {
  return lower_method(c, gn_lower(c, g->type), g->children[0], g, 1);
}

gn_node *gn_lower_self_send(gn_comp *c, gn_gene *g) {
  return lower_method(c, gn_node_self(c), g->type, g, 0);
}

gn_node *gn_lower_dynamic_send(gn_comp *c, gn_gene *g) {
  if (g->n < 2)
    return gn_comp_error(c, "Missing method name after '.'");
  gn_node *n = gn_node_new(c, GN_N_SENDD);
  if (!n || !(n->a = gn_lower(c, g->type)) ||
      !(n->b = gn_lower(c, g->children[1])))
    return NULL;
  n->x = gn_lower_args(c, g, 2);
  return n->x ? n : NULL;
}

gn_node *gn_lower_super(gn_comp *c, gn_gene *g) {
  if (!gn_self_var(c) || c->oom)
    return gn_comp_error(c, "super used outside of a method");
  if (g->n == 0 || !gn_sym_starts(g->children[0], '.'))
    return gn_comp_error(c, "super: expected a method name");
  gn_node *n = gn_node_new(c, GN_N_SUPER);
  if (!n || !(n->a = gn_node_self(c)))
    return NULL;
  n->value = method_name(c, g->children[0]);
  n->x = n->value != GN_NONE ? gn_lower_args(c, g, 1) : NULL;
  return n->x ? n : NULL;
}

gn_node *gn_lower_new(gn_comp *c, gn_gene *g) {
  if (g->n == 0)
    return gn_comp_error(c, "new: missing class");
  return gn_node_call(c, gn_lower_builtin(c, "new"), gn_lower_args(c, g, 0));
}
