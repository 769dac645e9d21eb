/*
 * gen_var.c - where variables live and how they are read and written:
 * registers, cells, captures, slots of the module, names.
 */
#include <stdio.h>

#include "compile/gen.h"

/* Its cell must exist before its declaration runs. */
bool gn_var_hoisted(const gn_var *v) {
  return gn_var_is_cell(v) && !v->param &&
         (v->early || v->repeated || v->checked);
}

/* ---- variables of the module ---- */

int32_t gn_host_slot(const gn_comp *c, const gn_name *name) {
  return c->host ? gn_program_slot(c->host, name->sym) : -1;
}

int32_t gn_var_slot(gn_coder *g, gn_var *v) {
  gn_comp *c = g->c;
  if (v->slot >= 0)
    return v->slot;
  if (c->eval)
    return v->slot = gn_host_slot(c, v->name);
  if (!v->declared || !v->in_slot)
    return -1;
  v->slot = (int32_t)c->program->nslots++;
  return v->slot;
}

bool gn_is_user_variable(gn_coder *g, gn_var *v) {
  return g->c->eval ? gn_var_slot(g, v) >= 0 : v->declared;
}

static void read_module(gn_coder *g, gn_var *v, uint32_t dest) {
  int32_t slot = gn_var_slot(g, v);
  if (slot >= 0) {
    gn_emit_d(g, GN_OP_GETG, dest, slot);
    return;
  }
  if (!g->c->eval && v->declared) {
    gn_move(g, v->reg, (int32_t)dest);
    return;
  }
  gn_value builtin = g->c->dynamic || g->c->eval
                         ? GN_NONE
                         : gn_core_global(g->c->core, v->name->sym);
  if (builtin != GN_NONE)
    gn_load(g, builtin, dest);
  else
    gn_emit_d(g, GN_OP_GETN, dest, gn_k(g, v->name->sym));
}

static void write_module(gn_coder *g, gn_var *v, uint32_t reg, bool declare) {
  int32_t slot = gn_var_slot(g, v);
  if (slot >= 0)
    gn_emit_d(g, declare ? GN_OP_DEFG : GN_OP_SETG, reg, slot);
  else if (!g->c->eval && v->declared)
    gn_move(g, reg, v->reg);
  else
    gn_emit_d(g, declare ? GN_OP_DEFN : GN_OP_SETN, reg, gn_k(g, v->name->sym));
}

void gn_gen_builtin(gn_coder *g, gn_node *n, uint32_t dest) {
  bool path = gn_is(n->value, GN_T_CSYMBOL);
  gn_value v = path ? gn_core_path(g->c->core, n->value)
                    : gn_core_global(g->c->core, n->value);
  char name[128];
  gn_at(g, n);
  if (v != GN_NONE)
    gn_load(g, v, dest);
  else
    gn_gen_fail(g, GN_X_NAME,
                gn_new_string(g->c, gn_form_text(n->value, name, sizeof name)),
                " is not defined");
}

void gn_gen_bpath(gn_coder *g, gn_node *n, uint32_t dest) {
  if (gn_is_user_variable(g, n->var))
    gn_gen_to(g, n->b, dest);
  else
    gn_load(g, gn_core_path(g->c->core, n->value), dest);
}

/* ---- reading ---- */

int32_t gn_var_reg(gn_coder *g, const gn_node *n) {
  gn_var *v = n->var;
  if (n->kind != GN_N_VAR || n->flag || n->i >= 0)
    return -1;
  if (!v->fn) {
    bool in_reg = !g->c->eval && v->declared && !v->in_slot;
    return in_reg ? (int32_t)v->reg : -1;
  }
  return gn_var_is_cell(v) ? -1 : (int32_t)v->reg;
}

void gn_gen_var(gn_coder *g, gn_node *n, uint32_t dest, bool raw) {
  gn_var *v = n->var;
  bool cell = gn_var_is_cell(v);
  gn_at(g, n);
  if (!v->fn) {
    read_module(g, v, dest);
    return;
  }
  if (n->i >= 0)
    gn_emit(g, cell ? GN_OP_GETUC : GN_OP_GETU, dest, (uint32_t)n->i, 0);
  else if (cell)
    gn_emit(g, GN_OP_GETC, dest, v->reg, 0);
  else
    gn_move(g, v->reg, (int32_t)dest);
  if (!n->flag || raw)
    return;
  gn_jumps set = {0};
  gn_jump(g, GN_OP_JSET, dest, &set);
  gn_gen_fail(g, GN_X_NAME, v->name->sym, " is not defined");
  gn_land(g, &set);
}

/* ---- writing ---- */

void gn_store(gn_coder *g, gn_var *v, int32_t up, uint32_t reg) {
  if (!v->fn)
    write_module(g, v, reg, false);
  else if (up >= 0)
    gn_emit(g, GN_OP_SETUC, reg, (uint32_t)up, 0);
  else if (gn_var_is_cell(v))
    gn_emit(g, GN_OP_SETC, v->reg, reg, 0);
  else
    gn_move(g, reg, v->reg);
}

void gn_store_decl(gn_coder *g, gn_var *v, uint32_t reg) {
  if (!v->fn) {
    write_module(g, v, reg, true);
    return;
  }
  if (!gn_var_is_cell(v) || v->made || gn_var_hoisted(v)) {
    gn_store(g, v, -1, reg);
    return;
  }
  gn_move(g, reg, v->reg);
  gn_emit(g, GN_OP_CELL, v->reg, 0, 0);
  v->made = true;
}

/* gn_gen_to(n, dest) changes dest only when all of n has been read. */
static bool writes_last(const gn_node *n) {
  switch ((enum gn_node_kind)n->kind) {
  case GN_N_CONST:
  case GN_N_QUOTE:
  case GN_N_VAR:
  case GN_N_FOLD:
  case GN_N_UNARY:
  case GN_N_CALL:
  case GN_N_SEND:
  case GN_N_GET:
  case GN_N_RANGE:
  case GN_N_STR: return true;
  case GN_N_COMPARE: return n->n == 2;
  default: return false;
  }
}

/* Register of a local variable that can be written in place; -1: none. */
static int32_t plain_reg(gn_coder *g, const gn_var *v, int32_t up) {
  if (up >= 0)
    return -1;
  if (!v->fn)
    return !g->c->eval && v->declared && !v->in_slot ? v->reg : -1;
  return gn_var_is_cell(v) ? -1 : v->reg;
}

static void check_value(gn_coder *g, gn_value type, uint32_t reg) {
  gn_emit_d(g, GN_OP_CHECKV, reg, gn_check_of(g, type, "variable", ""));
}

/* Throws, unless the variable that is to be assigned has been declared. */
static void require_set(gn_coder *g, const gn_node *n) {
  gn_var *v = n->var;
  uint32_t top = g->top, reg = v->reg;
  if (n->i >= 0 || gn_var_is_cell(v)) {
    gn_node read = *n;
    reg = gn_regs(g, 1);
    gn_gen_var(g, &read, reg, true);
  }
  gn_jumps set = {0};
  gn_at(g, n);
  gn_jump(g, GN_OP_JSET, reg, &set);
  gn_gen_fail(g, GN_X_NAME, v->name->sym, " is not defined");
  gn_land(g, &set);
  g->top = top;
}

void gn_gen_set(gn_coder *g, gn_node *n, int32_t dest) {
  gn_var *v = n->var;
  int32_t reg = plain_reg(g, v, n->i);
  uint32_t top = g->top;
  if (reg >= 0 && !n->flag && v->type == GN_NONE && writes_last(n->a)) {
    gn_gen_to(g, n->a, (uint32_t)reg);
    gn_move(g, (uint32_t)reg, dest);
    return;
  }
  uint32_t value = gn_gen_first(g, n->a, v->type != GN_NONE, dest);
  gn_at(g, n);
  if (n->flag)
    require_set(g, n);
  if (v->type != GN_NONE)
    check_value(g, v->type, value);
  gn_store(g, v, n->i, value);
  gn_move(g, value, dest);
  g->top = top;
}

static void declare_new_cell(gn_coder *g, gn_node *n, int32_t dest) {
  gn_var *v = n->var;
  gn_gen_to(g, n->a, v->reg);
  gn_move(g, v->reg, dest);
  gn_at(g, n);
  gn_emit(g, GN_OP_CELL, v->reg, 0, 0);
  v->made = true;
}

void gn_gen_decl(gn_coder *g, gn_node *n, int32_t dest) {
  gn_var *v = n->var;
  int32_t reg = plain_reg(g, v, -1);
  bool checked = n->type != GN_NONE;
  if (n->flag && v->assigns == 1) { /* hoisted to the start of the module */
    if (dest >= 0)
      read_module(g, v, (uint32_t)dest);
    return;
  }
  bool unseen = v->assigns == 1 && !v->checked;
  if (!checked && reg >= 0 && (unseen || writes_last(n->a))) {
    gn_gen_to(g, n->a, (uint32_t)reg);
    gn_move(g, (uint32_t)reg, dest);
    return;
  }
  if (!checked && v->fn && reg < 0 && !v->made && !gn_var_hoisted(v)) {
    declare_new_cell(g, n, dest);
    return;
  }
  uint32_t top = g->top;
  uint32_t value = gn_gen_first(g, n->a, checked, dest);
  gn_at(g, n);
  if (checked)
    check_value(g, n->type, value);
  gn_store_decl(g, v, value);
  gn_move(g, value, dest);
  g->top = top;
}

/* ---- scopes ---- */

gn_saved_scope gn_scope_enter(gn_coder *g, gn_scope *scope) {
  gn_saved_scope saved = {g->top, g->floor};
  for (gn_var *v = scope ? scope->vars : NULL; v; v = v->next) {
    if (v->param)
      continue;
    v->made = false;
    if (!v->placed)
      v->reg = (uint16_t)gn_regs(g, 1);
    if (gn_var_hoisted(v))
      gn_emit(g, GN_OP_NEWCELL, v->reg, 0, 0);
    else if (v->checked && !v->placed && !gn_var_is_cell(v))
      gn_emit_d(g, GN_OP_LOADC, v->reg, GN_UNSET);
  }
  g->floor = g->top;
  return saved;
}

void gn_scope_leave(gn_coder *g, gn_saved_scope saved) {
  g->top = saved.top;
  g->floor = saved.floor;
}

/* ---- envs ---- */

static bool fill_env(gn_coder *g, gn_env_list *list, gn_env_desc *desc) {
  gn_env_var *vars = gn_program_mem(g->c, list->n * sizeof *vars);
  gn_capture *caps = gn_program_mem(g->c, list->n * sizeof *caps);
  if (!vars || !caps)
    return false;
  for (uint32_t i = 0; i < list->n; i++) {
    gn_var *v = list->vars[i];
    bool cell = gn_var_is_cell(v);
    gn_value type = v->type;
    if (type != GN_NONE && (type = gn_constant(g->c, type)) == GN_NONE)
      return false;
    vars[i] = (gn_env_var){v->hidden ? GN_NIL : v->name->sym, type, cell,
                           cell && !v->let};
    caps[i] = (gn_capture){list->ups[i] >= 0, (uint16_t)list->ups[i]};
    if (list->ups[i] < 0)
      caps[i].index = v->reg;
  }
  desc->vars = vars;
  desc->captures = caps;
  desc->n = list->n;
  desc->self = list->self;
  return true;
}

void gn_gen_env(gn_coder *g, gn_node *n, uint32_t dest) {
  gn_env_desc desc;
  if (!fill_env(g, n->x, &desc))
    return;
  if (!gn_arena_grow(g->c->scratch, (void **)&g->envs, g->nenvs, &g->envs_cap,
                     sizeof *g->envs)) {
    gn_comp_oom(g->c);
    return;
  }
  g->envs[g->nenvs] = desc;
  gn_at(g, n);
  gn_emit_d(g, GN_OP_ENV, dest, g->nenvs++);
}
