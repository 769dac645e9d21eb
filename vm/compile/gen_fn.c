/*
 * gen_fn.c - whole functions: the prologue that finishes the binding of
 * arguments, contracts, the body, and the finished prototype.
 */
#include <stdio.h>

#include "compile/gen.h"

#define MAIN_REGS_MAX 2000u /* variables of a module kept in registers */

/* ---- type checks ---- */

static bool is_erased(const gn_fn *fn, gn_value type) {
  if (gn_is_sym(type, "Any") || gn_is_sym(type, "Object"))
    return true;
  for (; fn && gn_is_symbol(type); fn = fn->up)
    for (uint32_t i = 0; i < fn->ngenerics; i++)
      if (gn_key_equal(fn->generics[i], type))
        return true;
  return false;
}

static const char *fn_name(const gn_fn *fn, char *buf, size_t cap) {
  return gn_is_symbol(fn->name) ? gn_form_text(fn->name, buf, cap)
                                : "<unnamed>";
}

void gn_gen_check_return(gn_coder *g, uint32_t reg) {
  char name[256];
  if (is_erased(g->fn, g->fn->ret_type))
    return;
  gn_emit_d(g, GN_OP_CHECK, reg,
            gn_check_of(g, g->fn->ret_type, "return value of ",
                        fn_name(g->fn, name, sizeof name)));
}

/* The type of a rest parameter is that of its elements: (... T). */
static gn_value rest_type(gn_coder *g, gn_value type) {
  gn_value dots = gn_new_symbol(g->c, "...", 3);
  gn_gene *form = dots == GN_NONE ? NULL : gn_gene_new(&g->c->heap, dots, 1);
  if (!form || !gn_gene_add(&g->c->heap, form, type)) {
    gn_comp_oom(g->c);
    return type;
  }
  return gn_from_obj(form);
}

static void check_param(gn_coder *g, const gn_par *p, uint32_t reg) {
  char name[256];
  if (p->type == GN_NONE || is_erased(g->fn, p->type))
    return;
  gn_value type = p->kind == GN_P_REST ? rest_type(g, p->type) : p->type;
  gn_emit_d(g, GN_OP_CHECK, reg,
            gn_check_of(g, type, "", gn_form_text(p->name, name, sizeof name)));
}

/* ---- prologue ---- */

static uint32_t first_param(const gn_fn *fn) {
  return (fn->flags & GN_P_METHOD) ? 1 : 0;
}

static void bind_param(gn_coder *g, gn_par *p, uint32_t reg) {
  if (p->dflt) {
    gn_jumps given = {0};
    gn_jump(g, GN_OP_JSET, reg, &given);
    gn_gen_to(g, p->dflt, reg);
    gn_land(g, &given);
  }
  check_param(g, p, reg);
  if (p->pat)
    gn_gen_destr(g, p->pat, reg);
  if (p->field)
    gn_emit(g, GN_OP_SETP, 0, reg, gn_site_of(g, p->name));
  if (p->var && gn_var_is_cell(p->var)) {
    gn_emit(g, GN_OP_CELL, reg, 0, 0);
    p->var->made = true;
  }
}

static void gen_params(gn_coder *g) {
  gn_fn *fn = g->fn;
  for (uint32_t i = 0; i < fn->nparams; i++)
    bind_param(g, &fn->params[i], first_param(fn) + i);
}

/* ---- contracts ---- */

static gn_value core_path(gn_coder *g, const char *last) {
  gn_value parts[2] = {gn_new_symbol(g->c, "gene", 4),
                       gn_new_symbol(g->c, last, strlen(last))};
  if (parts[0] == GN_NONE || parts[1] == GN_NONE)
    return GN_NONE;
  gn_value path = gn_csymbol_new(&g->c->heap, parts, 2);
  if (path == GN_NONE)
    return GN_NONE;
  return gn_core_path(g->c->core, path);
}

static void push_text(gn_coder *g, const char *text) {
  gn_value s = gn_new_string(g->c, text);
  if (s != GN_NONE)
    gn_load(g, s, gn_regs(g, 1));
}

/* Names of the parameters in one register, their values in the next. */
static void push_params(gn_coder *g) {
  gn_fn *fn = g->fn;
  gn_array *names = gn_array_new(&g->c->heap, fn->nparams);
  uint32_t at = gn_regs(g, 2), row = g->top, n = 0;
  for (uint32_t i = 0; names && i < fn->nparams; i++) {
    gn_var *v = fn->params[i].var;
    if (!v || v->is_self)
      continue;
    uint32_t r = gn_regs(g, 1);
    if (gn_var_is_cell(v))
      gn_emit(g, GN_OP_GETC, r, v->reg, 0);
    else
      gn_move(g, v->reg, (int32_t)r);
    names->items[n++] = fn->params[i].name;
  }
  if (!names) {
    gn_comp_oom(g->c);
    return;
  }
  names->len = n;
  gn_emit_d(g, GN_OP_QUOTE, at, gn_k(g, gn_from_obj(names)));
  gn_emit(g, GN_OP_ARRAY, at + 1, n ? row : at, n);
  g->top = at + 2;
}

/* A call that throws AssertionException with all that the message needs. */
static void gen_violation(gn_coder *g, gn_value form, uint32_t number,
                          bool post) {
  char buf[256], text[400];
  const char *kind = post ? "postcondition" : "precondition";
  const char *name = fn_name(g->fn, buf, sizeof buf);
  gn_value fail = core_path(g, "contract_failed");
  if (fail == GN_NONE) {
    snprintf(text, sizeof text, "ContractViolation: %s %s #%u failed", name,
             kind, number);
    gn_gen_fail(g, GN_X_ASSERTION, GN_NONE, text);
    return;
  }
  uint32_t base = gn_regs(g, 1);
  gn_load(g, fail, base);
  push_text(g, name);
  push_text(g, kind);
  gn_load(g, gn_from_fix(number), gn_regs(g, 1));
  gn_emit_d(g, GN_OP_QUOTE, gn_regs(g, 1), gn_k(g, form));
  push_params(g);
  if (post)
    gn_move(g, g->fn->result->reg, (int32_t)gn_regs(g, 1));
  gn_emit(g, GN_OP_CALL, base, post ? 7 : 6, 0);
  g->top = base;
}

/* Skips to `off` when contracts are switched off. */
static void ask_contracts(gn_coder *g, gn_jumps *off) {
  gn_value asked = core_path(g, "contracts?");
  if (asked == GN_NONE)
    return;
  uint32_t t = gn_regs(g, 1);
  gn_load(g, asked, t);
  gn_emit(g, GN_OP_CALL, t, 0, 0);
  gn_jump(g, GN_OP_JF, t, off);
  g->top = t;
}

static void gen_conditions(gn_coder *g, bool post) {
  gn_fn *fn = g->fn;
  gn_jumps off = {0};
  uint32_t n = post ? fn->npost : fn->npre;
  if (n == 0)
    return;
  ask_contracts(g, &off);
  for (uint32_t i = 0; i < n; i++) {
    gn_jumps held = {0};
    gn_node *cond = post ? fn->post[i] : fn->pre[i];
    gn_gen_branch(g, cond, true, &held);
    gn_at(g, cond);
    gen_violation(g, post ? fn->post_forms[i] : fn->pre_forms[i], i + 1, post);
    gn_land(g, &held);
  }
  gn_land(g, &off);
}

static void gen_epilogue(gn_coder *g) {
  gn_fn *fn = g->fn;
  uint32_t result = fn->result->reg;
  gn_land(g, &g->epilogue);
  gn_saved_scope saved = gn_scope_enter(g, fn->post_scope);
  if (fn->ret_type != GN_NONE && !(fn->flags & GN_P_GENERATOR))
    gn_gen_check_return(g, result);
  gen_conditions(g, true);
  gn_emit(g, GN_OP_RET, result, 0, 0);
  gn_scope_leave(g, saved);
}

/* ---- the module's body ---- */

static void place_module_vars(gn_coder *g) {
  uint32_t n = 0;
  for (gn_var *v = g->c->module_vars; v; v = v->next) {
    if (!v->declared || v->in_slot)
      continue;
    if (n++ >= MAIN_REGS_MAX)
      v->in_slot = true;
    else
      v->reg = (uint16_t)gn_regs(g, 1);
  }
  g->floor = g->top;
}

/* Functions of the module exist before anything runs. */
static void gen_hoisted(gn_coder *g) {
  for (uint32_t i = 0; i < g->c->nhoisted; i++) {
    gn_node *n = g->c->hoisted[i];
    bool again = false;
    for (uint32_t j = 0; j < i && n->var->assigns > 1 && !again; j++)
      again = g->c->hoisted[j]->var == n->var;
    if (again)
      continue; /* the first definition counts until the second one runs */
    uint32_t top = g->top, t = gn_gen_temp(g, n->a);
    gn_at(g, n);
    gn_store_decl(g, n->var, t);
    g->top = top;
  }
}

/* ---- the whole ---- */

static void gen_function(gn_coder *g) {
  gn_fn *fn = g->fn;
  g->line = fn->line;
  g->column = fn->column;
  gn_regs(g, first_param(fn) + fn->nparams);
  g->floor = g->top;
  if (fn->is_main)
    place_module_vars(g);
  if (fn->result) {
    fn->result->reg = (uint16_t)gn_regs(g, 1);
    fn->result->placed = true;
  }
  gn_scope_enter(g, fn->top);
  if (fn->is_main)
    gen_hoisted(g);
  gen_params(g);
  if (fn->flags & (GN_P_ASYNC | GN_P_GENERATOR))
    gn_emit(g, GN_OP_START, 0, 0, 0);
  gen_conditions(g, false);
  gn_gen_tail(g, fn->body);
  if (fn->npost)
    gen_epilogue(g);
}

static void *copy_table(gn_coder *g, const void *from, size_t n, size_t size) {
  void *to = gn_program_mem(g->c, n * size);
  if (to && n)
    memcpy(to, from, n * size);
  return to;
}

static bool finish_captures(gn_coder *g, gn_proto *p) {
  const gn_fn *fn = g->fn;
  gn_capture *caps = gn_program_mem(g->c, fn->ncaps * sizeof *caps);
  if (!caps)
    return false;
  for (uint32_t i = 0; i < fn->ncaps; i++) {
    caps[i].from_up = fn->caps[i].from_up;
    caps[i].index =
        fn->caps[i].from_up ? fn->caps[i].index : fn->caps[i].var->reg;
  }
  p->captures = caps;
  p->ncaptures = (uint16_t)fn->ncaps;
  return true;
}

static bool finish_params(gn_coder *g, gn_proto *p) {
  const gn_fn *fn = g->fn;
  gn_param *params = gn_program_mem(g->c, fn->nparams * sizeof *params);
  if (!params)
    return false;
  p->rest = p->key_rest = -1;
  for (uint32_t i = 0; i < fn->nparams; i++) {
    params[i].kind = fn->params[i].kind;
    params[i].name = gn_constant(g->c, fn->params[i].name);
    if (params[i].name == GN_NONE)
      return false;
    switch ((enum gn_param_kind)params[i].kind) {
    case GN_P_REQUIRED:
      p->nreq++;
      p->npos++;
      break;
    case GN_P_OPTIONAL: p->npos++; break;
    case GN_P_REST: p->rest = (int16_t)i; break;
    case GN_P_KEY:
    case GN_P_KEY_OPTIONAL: p->nkeys++; break;
    case GN_P_KEY_REST: p->key_rest = (int16_t)i; break;
    }
  }
  p->params = params;
  p->nparams = (uint16_t)fn->nparams;
  return true;
}

static bool finish_names(gn_coder *g, gn_proto *p) {
  const gn_fn *fn = g->fn;
  p->name = gn_constant(g->c, fn->name);
  p->class_name = gn_constant(g->c, fn->class_name);
  p->intent = gn_constant(g->c, fn->intent);
  p->line = fn->line;
  p->column = fn->column;
  p->flags = fn->flags;
  bool simple = p->nreq == p->nparams && !(fn->flags & GN_P_MACRO);
  if (simple)
    p->flags |= GN_P_SIMPLE;
  if (fn->env)
    p->env_reg = fn->env->reg;
  return p->name != GN_NONE && p->class_name != GN_NONE && p->intent != GN_NONE;
}

static const gn_proto *finish(gn_coder *g) {
  gn_proto *p = gn_program_mem(g->c, sizeof *p);
  if (!p || !finish_captures(g, p) || !finish_params(g, p) ||
      !finish_names(g, p))
    return NULL;
  p->program = g->c->program;
  p->code = copy_table(g, g->code, g->ncode, sizeof *g->code);
  p->consts = copy_table(g, g->consts, g->nconsts, sizeof *g->consts);
  p->protos = copy_table(g, g->protos, g->nprotos, sizeof *g->protos);
  p->sites = copy_table(g, g->sites, g->nsites, sizeof *g->sites);
  p->handlers = copy_table(g, g->handlers, g->nhandlers, sizeof *g->handlers);
  p->locs = copy_table(g, g->locs, g->nlocs, sizeof *g->locs);
  p->envs = copy_table(g, g->envs, g->nenvs, sizeof *g->envs);
  p->patterns = copy_table(g, g->patterns, g->npatterns, sizeof *g->patterns);
  p->checks = copy_table(g, g->checks, g->nchecks, sizeof *g->checks);
  p->ncode = g->ncode;
  p->nconsts = g->nconsts;
  p->nprotos = g->nprotos;
  p->nsites = g->nsites;
  p->nhandlers = g->nhandlers;
  p->nlocs = g->nlocs;
  p->nenvs = g->nenvs;
  p->npatterns = g->npatterns;
  p->nchecks = g->nchecks;
  p->site_base = g->c->nsites;
  p->nregs = (uint16_t)(g->max ? g->max : 1);
  g->c->nsites += g->nsites;
  return g->c->failed || g->c->oom ? NULL : p;
}

const gn_proto *gn_generate(gn_comp *c, gn_fn *fn) {
  for (int attempt = 0; attempt < 2; attempt++) {
    gn_coder g = {.c = c, .fn = fn};
    g.no_tail = (fn->flags &
                 (GN_P_MAIN | GN_P_BLOCK | GN_P_ASYNC | GN_P_GENERATOR)) != 0 ||
                fn->npost > 0 || fn->is_main;
    g.self_tail = fn->ret_type != GN_NONE;
    gen_function(&g);
    if (c->failed || c->oom)
      return NULL;
    if (!g.too_far)
      return finish(&g);
    fn->long_jumps = true;
  }
  return gn_comp_error_at(c, fn->line, fn->column, "Function too large");
}

void gn_gen_closure(gn_coder *g, gn_fn *fn, uint32_t dest) {
  const gn_proto *p = gn_generate(g->c, fn);
  if (!p)
    return;
  if (!gn_arena_grow(g->c->scratch, (void **)&g->protos, g->nprotos,
                     &g->protos_cap, sizeof *g->protos)) {
    gn_comp_oom(g->c);
    return;
  }
  g->protos[g->nprotos] = p;
  g->line = fn->line;
  g->column = fn->column;
  gn_emit_d(g, GN_OP_CLOSURE, dest, g->nprotos++);
}
