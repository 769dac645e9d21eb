/*
 * scope.c - names and what they stand for: scopes, variables, captures, and
 * what code that sees variables by name can see. Lookup costs the same
 * however many scopes are open: each name knows its innermost variable.
 *
 * A variable's block tells whether a use surely comes after its
 * initialisation: only if the declaring block is one of those around the use.
 */
#include <stdlib.h>

#include "compile/compiler.h"

/* Sum of the lengths of all env lists of a program: they are flat, so without
 * a bound many calls of macros among many variables would be quadratic. */
#define ENV_ENTRIES_MAX ((size_t)1 << 20)

/* ---- names ---- */

static bool grow_names(gn_comp *c) {
  uint32_t size = c->names ? (c->names_mask + 1) * 2 : 64;
  gn_name **table = gn_scratch(c, size * sizeof *table);
  if (!table)
    return false;
  for (uint32_t i = 0; c->names && i <= c->names_mask; i++)
    for (gn_name *n = c->names[i]; n;) {
      gn_name *next = n->next;
      n->next = table[n->hash & (size - 1)];
      table[n->hash & (size - 1)] = n;
      n = next;
    }
  c->names = table;
  c->names_mask = size - 1;
  return true;
}

static gn_name *find_name(gn_comp *c, const char *text, size_t len,
                          uint32_t hash) {
  if (!c->names)
    return NULL;
  for (gn_name *n = c->names[hash & c->names_mask]; n; n = n->next) {
    size_t n_len;
    const char *n_text = gn_text(n->sym, &n_len);
    if (n->hash == hash && n_len == len && !memcmp(n_text, text, len))
      return n;
  }
  return NULL;
}

static gn_name *name_of_text(gn_comp *c, const char *text, size_t len,
                             uint32_t hash) {
  gn_name *n = find_name(c, text, len, hash);
  if (n)
    return n;
  if ((!c->names || c->names_count > c->names_mask) && !grow_names(c))
    return NULL;
  n = gn_scratch(c, sizeof *n);
  if (!n)
    return NULL;
  n->sym = gn_symbol_new(c->into, text, len);
  if (n->sym == GN_NONE || !gn_comp_keep(c, n->sym))
    return gn_comp_oom(c);
  n->hash = hash;
  n->next = c->names[hash & c->names_mask];
  c->names[hash & c->names_mask] = n;
  c->names_count++;
  return n;
}

gn_name *gn_name_of(gn_comp *c, gn_value symbol) {
  size_t len;
  const char *text = gn_text(symbol, &len);
  return name_of_text(c, text, len, gn_sym(symbol)->hash);
}

gn_name *gn_name_c(gn_comp *c, const char *text) {
  size_t len = strlen(text);
  return name_of_text(c, text, len, gn_hash_bytes(c->into->seed, text, len));
}

/* ---- blocks, scopes, functions ---- */

bool gn_block_open(gn_comp *c) {
  gn_block *b = gn_scratch(c, sizeof *b);
  if (!b)
    return false;
  b->up = c->fn->block;
  b->depth = b->up ? b->up->depth + 1 : 0;
  c->fn->block = b;
  return true;
}

void gn_block_close(gn_comp *c) {
  assert(c->fn->block->up);
  c->fn->block = c->fn->block->up;
}

gn_scope *gn_scope_open(gn_comp *c) {
  gn_scope *s = gn_scratch(c, sizeof *s);
  if (!s)
    return NULL;
  s->up = c->fn->scope;
  s->fn = c->fn;
  s->block = c->fn->block;
  s->late_at = c->nlate;
  c->fn->scope = s;
  return s;
}

/* The names of a scope mean again what they meant before. They are undone in
 * the reverse order of their declaration. */
static void unbind(gn_scope *s) {
  gn_var *reversed = NULL;
  for (gn_var *v = s->vars; v;) {
    gn_var *next = v->next;
    v->next = reversed;
    reversed = v;
    v = next;
  }
  s->vars = NULL;
  for (gn_var *v = reversed; v;) {
    gn_var *next = v->next;
    if (v->name)
      v->name->local = v->shadowed;
    v->next = s->vars;
    s->vars = v;
    v = next;
  }
}

void gn_scope_close(gn_comp *c, gn_scope *s) {
  assert(c->fn->scope == s);
  unbind(s);
  c->fn->scope = s->up;
}

bool gn_fn_open(gn_comp *c, gn_fn *fn) {
  fn->up = c->fn;
  c->fn = fn;
  if (fn->up)
    fn->in_class |= fn->up->in_class;
  if (gn_block_open(c) && (fn->top = gn_scope_open(c)))
    return true;
  c->fn = fn->up;
  return false;
}

void gn_fn_close(gn_comp *c, gn_fn *fn) {
  assert(c->fn == fn);
  if (fn->scope) {
    assert(fn->scope == fn->top);
    gn_scope_close(c, fn->top);
  }
  for (uint32_t i = 0; i < fn->ncaps; i++) {
    gn_var *v = fn->caps[i].var;
    if (v->uprefs && v->uprefs->fn == fn)
      v->uprefs = v->uprefs->next;
  }
  c->fn = fn->up;
}

/* ---- variables ---- */

gn_var *gn_module_var(gn_comp *c, gn_name *name) {
  if (name->module)
    return name->module;
  gn_var *v = gn_scratch(c, sizeof *v);
  if (!v)
    return NULL;
  v->name = name;
  v->slot = -1;
  if (c->module_last)
    c->module_last->next = v;
  else
    c->module_vars = v;
  c->module_last = v;
  name->module = v;
  return v;
}

/* A variable that its name (NULL: none) means from here on. */
static gn_var *new_var(gn_comp *c, gn_scope *s, gn_name *name) {
  gn_var *v = gn_scratch(c, sizeof *v);
  if (!v)
    return NULL;
  v->name = name;
  if (name) {
    v->shadowed = name->local;
    name->local = v;
  }
  v->fn = s->fn;
  v->scope = s;
  v->block = c->fn->block;
  v->slot = -1;
  if (s->last)
    s->last->next = v;
  else
    s->vars = v;
  s->last = v;
  return v;
}

static gn_var *declare_in_module(gn_comp *c, gn_name *name, bool let) {
  gn_var *v = gn_module_var(c, name);
  if (!v)
    return NULL;
  if (!v->declared) {
    v->declared = true;
    v->block = c->fn->block;
  }
  v->let = let;
  v->assigns++;
  c->fn->assigns++;
  return v;
}

gn_var *gn_declare_module(gn_comp *c, gn_value symbol) {
  gn_name *name = gn_name_of(c, symbol);
  return name ? declare_in_module(c, name, false) : NULL;
}

gn_var *gn_declare(gn_comp *c, gn_value symbol, bool let) {
  gn_name *name = gn_name_of(c, symbol);
  if (!name)
    return NULL;
  gn_scope *s = c->fn->scope;
  if (s->module)
    return declare_in_module(c, name, let);
  gn_var *v = name->local;
  if (!v || v->scope != s || v->is_self) {
    v = new_var(c, s, name);
    if (!v)
      return NULL;
  }
  v->let = let;
  v->assigns++;
  v->repeated |= c->fn->block != s->block;
  c->fn->assigns++;
  return v;
}

gn_var *gn_declare_param(gn_comp *c, gn_value symbol) {
  gn_name *name = gn_name_of(c, symbol);
  gn_var *v = name ? new_var(c, c->fn->scope, name) : NULL;
  if (!v)
    return NULL;
  v->param = true;
  v->ready = true;
  v->assigns = 1;
  return v;
}

gn_var *gn_declare_hidden(gn_comp *c) {
  gn_var *v = new_var(c, c->fn->scope, NULL);
  if (!v)
    return NULL;
  v->hidden = true;
  v->assigns = 1;
  v->ready = true;
  return v;
}

gn_var *gn_lookup(gn_comp *c, gn_name *name) {
  return name->local ? name->local : gn_module_var(c, name);
}

bool gn_is_variable(gn_comp *c, gn_name *name) {
  (void)c;
  return name->local || (name->module && name->module->declared);
}

bool gn_var_is_cell(const gn_var *v) {
  return v->cell ||
         (v->captured && (v->assigns > 1 || v->early || v->repeated));
}

/* ---- captures ---- */

static int32_t add_capture(gn_comp *c, gn_fn *fn, gn_var *var, bool from_up,
                           uint16_t index) {
  if (fn->ncaps >= GN_CLO_UP_MAX) {
    gn_comp_error(c, "Too many captured variables");
    return -2;
  }
  gn_upref *ref = gn_scratch(c, sizeof *ref);
  if (!ref || !gn_arena_grow(c->scratch, (void **)&fn->caps, fn->ncaps,
                             &fn->caps_cap, sizeof *fn->caps)) {
    gn_comp_oom(c);
    return -2;
  }
  uint16_t at = (uint16_t)fn->ncaps;
  fn->caps[fn->ncaps++] = (gn_cap){var, from_up, index};
  *ref = (gn_upref){fn, at, var->uprefs};
  var->uprefs = ref;
  return at;
}

/* Index of var in fn's captures, from the function that owns it inwards. The
 * functions between are at most as many as forms nest. */
int32_t gn_capture_in(gn_comp *c, gn_fn *fn, gn_var *var) {
  for (gn_upref *r = var->uprefs; r; r = r->next)
    if (r->fn == fn)
      return r->index;
  if (fn->up == var->fn)
    return add_capture(c, fn, var, false, 0);
  int32_t up = gn_capture_in(c, fn->up, var);
  return up < 0 ? up : add_capture(c, fn, var, true, (uint16_t)up);
}

int32_t gn_capture_of(gn_comp *c, gn_var *var) {
  if (!var->fn || var->fn == c->fn)
    return -1;
  var->captured = true;
  if (!var->ready)
    var->early = true;
  return gn_capture_in(c, c->fn, var);
}

/* The use may come before the initialisation. */
static bool may_be_unset(gn_comp *c, const gn_var *v) {
  if (!v->block)
    return true;
  const gn_fn *fn = c->fn;
  while (v->fn && fn != v->fn)
    fn = fn->up;
  const gn_block *b = fn->block;
  while (b && b->depth > v->block->depth)
    b = b->up;
  return b != v->block;
}

static void note_module_use(gn_comp *c, gn_var *v) {
  gn_near_local(c, v);
  if (c->fn->up || !v->declared || may_be_unset(c, v))
    v->in_slot = true;
}

/* Fills what reading and writing have in common. */
static bool refer(gn_comp *c, gn_node *n, gn_var *v) {
  n->var = v;
  n->i = gn_capture_of(c, v);
  if (n->i == -2)
    return false;
  if (!v->fn)
    note_module_use(c, v);
  return true;
}

/* Marks a use of a local variable that may still be unset. */
static void note_unset(gn_comp *c, gn_node *n, gn_var *v) {
  if (v->fn && !v->param && !v->is_self && !v->hidden && v->ready)
    n->flag = may_be_unset(c, v);
  n->flag |= v->foreign && !v->is_self && !v->hidden;
  v->checked |= n->flag;
}

gn_node *gn_node_var(gn_comp *c, gn_var *v) {
  gn_node *n = gn_node_new(c, GN_N_VAR);
  if (!n || !refer(c, n, v))
    return NULL;
  note_unset(c, n, v);
  return gn_late_use(c, n) ? n : NULL;
}

static gn_node *let_error(gn_comp *c, const gn_var *v) {
  char name[128];
  return gn_comp_error(c, "Cannot reassign 'let' binding '%s'",
                       gn_form_text(v->name->sym, name, sizeof name));
}

/* eval: what was declared of a variable of the module that the code runs in
 * holds for its assignments here too. */
static void take_from_host(const gn_comp *c, gn_var *v) {
  if (!c->eval || v->fn || v->declared)
    return;
  int32_t slot = gn_host_slot(c, v->name);
  if (slot < 0)
    return;
  v->let = c->host->slot_let[slot];
  v->type = c->host->slot_types[slot];
}

gn_node *gn_node_set(gn_comp *c, gn_var *v, gn_node *value) {
  take_from_host(c, v);
  if (v->let)
    return let_error(c, v);
  gn_node *n = gn_node_new(c, GN_N_SET);
  if (!n || !refer(c, n, v))
    return NULL;
  note_unset(c, n, v);
  v->assigns++;
  c->fn->assigns++;
  n->a = value;
  return n;
}

/* ---- self ---- */

gn_var *gn_self_var(gn_comp *c) {
  gn_name *name = gn_name_c(c, "self");
  return name ? name->local : NULL;
}

gn_node *gn_node_self(gn_comp *c) {
  gn_var *v = gn_self_var(c);
  if (c->oom)
    return NULL;
  return v ? gn_node_var(c, v) : gn_node_new(c, GN_N_MODNS);
}

/* ---- what eval and macros see ---- */

static bool env_shows(const gn_var *v) {
  return v->name && !v->hidden;
}

/* Walks the visible variables, innermost first. `out` may be NULL: only
 * counts. */
static uint32_t each_visible(gn_comp *c, gn_var **out) {
  uint32_t n = 0;
  for (gn_fn *fn = c->fn; fn; fn = fn->up)
    for (gn_scope *s = fn->scope; s; s = s->up) {
      uint32_t first = n;
      for (gn_var *v = s->module ? NULL : s->vars; v; v = v->next)
        if (env_shows(v)) {
          if (out)
            out[n] = v;
          n++;
        }
      for (uint32_t i = first, j = n; out && i + 1 < j; i++) {
        gn_var *swap = out[i];
        out[i] = out[--j];
        out[j] = swap;
      }
    }
  return n;
}

/* Holds the env of the caller of the innermost macro around; NULL: none is. */
static gn_var *caller_of_macro(const gn_comp *c) {
  for (const gn_fn *fn = c->fn; fn; fn = fn->up)
    if (fn->env)
      return fn->env;
  return NULL;
}

static bool fill_env(gn_comp *c, gn_env_list *env) {
  env->self = -1;
  for (uint32_t i = 0; i < env->n; i++) {
    gn_var *v = env->vars[i];
    if (v->is_self && env->self < 0)
      env->self = (int32_t)i;
    if (!v->is_self && !v->let && !v->hidden)
      v->assigns += 2; /* it may be assigned from there: a cell */
    v->captured = true;
    v->early |= !v->ready;
    env->ups[i] = gn_capture_of(c, v);
    if (env->ups[i] == -2)
      return false;
  }
  return true;
}

gn_node *gn_node_env(gn_comp *c) {
  c->dynamic = true;
  gn_node *n = gn_node_new(c, GN_N_ENV);
  gn_env_list *env = gn_scratch(c, sizeof *env);
  if (!n || !env)
    return NULL;
  n->x = env;
  gn_var *caller = caller_of_macro(c);
  env->n = each_visible(c, NULL) + (caller != NULL);
  c->env_entries += env->n;
  if (c->env_entries > ENV_ENTRIES_MAX || env->n > GN_CLO_UP_MAX)
    return gn_comp_error(c, "Program too large");
  env->vars = gn_scratch(c, env->n * sizeof *env->vars);
  env->ups = gn_scratch(c, env->n * sizeof *env->ups);
  if (!env->vars || !env->ups)
    return NULL;
  each_visible(c, env->vars);
  if (caller) /* $caller_eval in an eval is that of the macro around it */
    env->vars[env->n - 1] = caller;
  c->fn->assigns++;
  return fill_env(c, env) ? n : NULL;
}
