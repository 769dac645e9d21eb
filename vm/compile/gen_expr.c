/*
 * gen_expr.c - from a node to its value: which function generates what, and
 * in which register the value ends up.
 */
#include <stdio.h>

#include "compile/gen.h"

void gn_move(gn_coder *g, uint32_t from, int32_t to) {
  if (to >= 0 && from != (uint32_t)to)
    gn_emit(g, GN_OP_MOVE, (uint32_t)to, from, 0);
}

void gn_load(gn_coder *g, gn_value v, uint32_t dest) {
  if (gn_is_fix(v) && gn_fix(v) >= INT32_MIN && gn_fix(v) <= INT32_MAX)
    gn_emit_d(g, GN_OP_LOADI, dest, gn_fix(v));
  else if (!gn_is_ptr(v) && !gn_is_fix(v) && !gn_is_flo(v) && v <= INT32_MAX)
    gn_emit_d(g, GN_OP_LOADC, dest, (int64_t)v);
  else
    gn_emit_d(g, GN_OP_LOADK, dest, gn_k(g, v));
}

void gn_gen_fail(gn_coder *g, int exc, gn_value about, const char *text) {
  char name[400] = "", message[512];
  if (about != GN_NONE) {
    size_t len;
    const char *s = gn_text(about, &len);
    snprintf(name, sizeof name, "%.*s", (int)len, s);
  }
  snprintf(message, sizeof message, "%s%s", name, text);
  gn_value v = gn_new_string(g->c, message);
  if (v != GN_NONE)
    gn_emit(g, GN_OP_FAIL, 0, (uint32_t)exc, gn_k16(g, v));
}

/* ---- small nodes ---- */

static void gen_quote(gn_coder *g, gn_node *n, uint32_t dest) {
  gn_at(g, n);
  gn_emit_d(g, GN_OP_QUOTE, dest, gn_k(g, n->value));
}

static void gen_unary(gn_coder *g, gn_node *n, uint32_t dest) {
  uint32_t top = g->top, a = gn_gen_first(g, n->a, false, (int32_t)dest);
  g->top = top;
  gn_at(g, n);
  gn_emit(g, (enum gn_opcode)n->op, dest, a, 0);
}

static void gen_negate(gn_coder *g, gn_node *n, uint32_t dest) {
  gn_jumps falsy = {0}, end = {0};
  gn_gen_branch(g, n->a, false, &falsy);
  gn_emit_d(g, GN_OP_LOADC, dest, GN_FALSE);
  gn_jump(g, GN_OP_JMP, 0, &end);
  gn_land(g, &falsy);
  gn_emit_d(g, GN_OP_LOADC, dest, GN_TRUE);
  gn_land(g, &end);
}

static void gen_range(gn_coder *g, gn_node *n, uint32_t dest) {
  uint32_t top = g->top;
  uint32_t a = gn_gen_stable(g, n->a, n->b->assigns);
  uint32_t b = gn_gen_any(g, n->b);
  g->top = top;
  gn_at(g, n);
  gn_emit(g, GN_OP_RANGE, dest, a, b);
}

static void gen_default(gn_coder *g, gn_node *n, uint32_t dest) {
  uint32_t top = g->top;
  uint32_t value = gn_gen_temp(g, n->a);
  uint32_t other = gn_gen_temp(g, n->b);
  gn_emit(g, GN_OP_GETD, other, value, 0);
  gn_move(g, other, (int32_t)dest);
  g->top = top;
}

static void gen_needsel(gn_coder *g, gn_node *n, uint32_t dest) {
  uint32_t top = g->top, v = gn_gen_any(g, n->a);
  gn_at(g, n);
  gn_emit(g, GN_OP_NEEDSEL, v, 0, 0);
  gn_move(g, v, (int32_t)dest);
  g->top = top;
}

static void gen_throw(gn_coder *g, gn_node *n) {
  uint32_t top = g->top, v = gn_gen_any(g, n->a);
  g->top = top;
  gn_at(g, n);
  gn_emit(g, GN_OP_THROW, v, 0, 0);
}

static void gen_destructure(gn_coder *g, gn_node *n, int32_t dest) {
  uint32_t top = g->top;
  uint32_t v = gn_gen_any(g, n->a);
  gn_at(g, n);
  gn_gen_destr(g, n->x, v);
  g->top = top;
  if (dest >= 0)
    gn_emit_d(g, GN_OP_LOADC, (uint32_t)dest, GN_NIL);
}

/* ---- async, eval ---- */

static void gen_async(gn_coder *g, gn_node *n, uint32_t dest) {
  gn_gen_to(g, n->a, dest);
  gn_at(g, n);
  gn_emit(g, GN_OP_ASYNC, dest, 0, 0);
}

/* Values of the list in new registers in a row; the first of them. */
static uint32_t gen_row(gn_coder *g, gn_node **list, uint32_t n) {
  uint32_t first = g->top;
  for (uint32_t i = 0; i < n; i++)
    gn_gen_temp(g, list[i]);
  return first;
}

static void gen_await(gn_coder *g, gn_node *n, uint32_t dest) {
  uint32_t top = g->top;
  /* the timeout comes first in time and last in place */
  uint32_t timeout = n->a ? gn_gen_temp(g, n->a) : 0;
  uint32_t first = gen_row(g, n->list, n->n);
  if (n->a)
    gn_move(g, timeout, (int32_t)gn_regs(g, 1));
  gn_at(g, n);
  gn_emit(g, n->a ? GN_OP_AWAITT : GN_OP_AWAIT, dest, first, n->n);
  g->top = top;
}

static void gen_yield(gn_coder *g, gn_node *n, uint32_t dest) {
  uint32_t top = g->top, v = gn_gen_any(g, n->a);
  g->top = top;
  gn_at(g, n);
  gn_emit(g, GN_OP_YIELD, dest, v, 0);
}

static void gen_eval(gn_coder *g, gn_node *n, uint32_t dest) {
  uint32_t top = g->top;
  uint32_t first = gen_row(g, n->list, n->n);
  gn_gen_temp(g, n->b);
  gn_at(g, n);
  gn_emit(g, GN_OP_EVAL, dest, first, n->n);
  g->top = top;
}

static void gen_render(gn_coder *g, gn_node *n, uint32_t dest) {
  uint32_t top = g->top;
  uint32_t template = gn_gen_any(g, n->a);
  uint32_t env = gn_gen_temp(g, n->b);
  gn_at(g, n);
  gn_emit(g, GN_OP_RENDER, dest, template, 0);
  gn_emit_d(g, GN_OP_EXT, 0, env);
  g->top = top;
}

static void gen_parse(gn_coder *g, gn_node *n, uint32_t dest) {
  uint32_t top = g->top, v = gn_gen_any(g, n->a);
  g->top = top;
  gn_at(g, n);
  gn_emit(g, GN_OP_PARSE1, dest, v, 0);
}

/* One instruction without operands. */
static void gen_simple(gn_coder *g, gn_node *n, enum gn_opcode op,
                       uint32_t dest) {
  gn_at(g, n);
  gn_emit(g, op, dest, 0, 0);
}

static void gen_fail(gn_coder *g, gn_node *n) {
  gn_at(g, n);
  gn_emit(g, GN_OP_FAIL, 0, n->op, gn_k16(g, n->value));
}

/* ---- all kinds ---- */

/* Kinds that can do without a register for their value. False: not one. */
static bool gen_maybe_dropped(gn_coder *g, gn_node *n, int32_t dest) {
  switch ((enum gn_node_kind)n->kind) {
  case GN_N_SET: gn_gen_set(g, n, dest); return true;
  case GN_N_DECL: gn_gen_decl(g, n, dest); return true;
  case GN_N_COND: gn_gen_cond(g, n, dest); return true;
  case GN_N_SEQ: gn_gen_seq(g, n, dest); return true;
  case GN_N_CASE: gn_gen_case(g, n, dest); return true;
  case GN_N_WHILE: gn_gen_while(g, n, dest); return true;
  case GN_N_REPEAT: gn_gen_repeat(g, n, dest); return true;
  case GN_N_FOR: gn_gen_for(g, n, dest); return true;
  case GN_N_BREAK: gn_gen_break(g, n); return true;
  case GN_N_CONTINUE: gn_gen_continue(g, n); return true;
  case GN_N_RETURN: gn_gen_return(g, n); return true;
  case GN_N_CALL: gn_gen_call(g, n, dest, false); return true;
  case GN_N_SEND: gn_gen_send(g, n, dest, false); return true;
  case GN_N_SENDD: gn_gen_sendd(g, n, dest); return true;
  case GN_N_SUPER: gn_gen_super(g, n, dest); return true;
  case GN_N_MACRO: gn_gen_macro(g, n, dest, false); return true;
  case GN_N_PUT: gn_gen_put(g, n, dest); return true;
  case GN_N_UPDATE: gn_gen_update(g, n, dest); return true;
  case GN_N_TRY: gn_gen_try(g, n, dest); return true;
  case GN_N_THROW: gen_throw(g, n); return true;
  case GN_N_FAIL: gen_fail(g, n); return true;
  case GN_N_DESTR: gen_destructure(g, n, dest); return true;
  case GN_N_CLASS: gn_gen_class(g, n, dest); return true;
  case GN_N_MEMBER:
  case GN_N_DEFMETHOD: gn_gen_member(g, n, dest); return true;
  case GN_N_FIELD:
    gn_gen_field(g, n);
    if (dest >= 0)
      gn_emit_d(g, GN_OP_LOADC, (uint32_t)dest, GN_NIL);
    return true;
  default: return false;
  }
}

static void gen_value(gn_coder *g, gn_node *n, uint32_t dest) {
  switch ((enum gn_node_kind)n->kind) {
  case GN_N_CONST: gn_load(g, n->value, dest); break;
  case GN_N_QUOTE: gen_quote(g, n, dest); break;
  case GN_N_VAR: gn_gen_var(g, n, dest, false); break;
  case GN_N_BUILTIN: gn_gen_builtin(g, n, dest); break;
  case GN_N_BPATH: gn_gen_bpath(g, n, dest); break;
  case GN_N_GETEX: gen_simple(g, n, GN_OP_GETEX, dest); break;
  case GN_N_MODNS: gen_simple(g, n, GN_OP_MODNS, dest); break;
  case GN_N_FOLD: gn_gen_fold(g, n, dest); break;
  case GN_N_COMPARE: gn_gen_compare(g, n, dest); break;
  case GN_N_LOGIC: gn_gen_logic(g, n, dest); break;
  case GN_N_UNARY: gen_unary(g, n, dest); break;
  case GN_N_NEGATE: gen_negate(g, n, dest); break;
  case GN_N_FN: gn_gen_closure(g, n->x, dest); break;
  case GN_N_ARRAY: gn_gen_array_node(g, n, dest); break;
  case GN_N_MAP: gn_gen_map_node(g, n, dest); break;
  case GN_N_HASHMAP: gn_gen_hashmap(g, n, dest); break;
  case GN_N_GENE: gn_gen_gene(g, n, dest); break;
  case GN_N_STR: gn_gen_str(g, n, dest); break;
  case GN_N_RANGE: gen_range(g, n, dest); break;
  case GN_N_GET: gn_gen_get(g, n, dest); break;
  case GN_N_DEFAULT: gen_default(g, n, dest); break;
  case GN_N_NEEDSEL: gen_needsel(g, n, dest); break;
  case GN_N_ASYNC: gen_async(g, n, dest); break;
  case GN_N_AWAIT: gen_await(g, n, dest); break;
  case GN_N_AWAITALL: gen_simple(g, n, GN_OP_AWAITALL, dest); break;
  case GN_N_YIELD: gen_yield(g, n, dest); break;
  case GN_N_ENV: gn_gen_env(g, n, dest); break;
  case GN_N_CALLERENV: gen_simple(g, n, GN_OP_CALLERENV, dest); break;
  case GN_N_EVAL: gen_eval(g, n, dest); break;
  case GN_N_RENDER: gen_render(g, n, dest); break;
  case GN_N_PARSE: gen_parse(g, n, dest); break;
  default: assert(false && "a kind of node that has no value");
  }
}

/* Nothing happens when it is evaluated. */
static bool is_pure(gn_coder *g, const gn_node *n) {
  return n->kind == GN_N_CONST || n->kind == GN_N_QUOTE || n->kind == GN_N_FN ||
         n->kind == GN_N_GETEX ||
         (n->kind == GN_N_VAR && gn_var_reg(g, n) >= 0);
}

void gn_gen_at(gn_coder *g, gn_node *n, int32_t dest) {
  if (g->c->failed || g->c->oom || gen_maybe_dropped(g, n, dest))
    return;
  if (dest >= 0) {
    gen_value(g, n, (uint32_t)dest);
    return;
  }
  if (is_pure(g, n))
    return;
  uint32_t top = g->top;
  gen_value(g, n, gn_regs(g, 1));
  g->top = top;
}

void gn_gen_to(gn_coder *g, gn_node *n, uint32_t dest) {
  gn_gen_at(g, n, (int32_t)dest);
}

void gn_gen_drop(gn_coder *g, gn_node *n) {
  gn_gen_at(g, n, -1);
}

uint32_t gn_gen_temp(gn_coder *g, gn_node *n) {
  uint32_t t = gn_regs(g, 1);
  gn_gen_to(g, n, t);
  return t;
}

uint32_t gn_gen_any(gn_coder *g, gn_node *n) {
  int32_t reg = gn_var_reg(g, n);
  return reg >= 0 ? (uint32_t)reg : gn_gen_temp(g, n);
}

uint32_t gn_gen_stable(gn_coder *g, gn_node *n, bool later_assigns) {
  return later_assigns ? gn_gen_temp(g, n) : gn_gen_any(g, n);
}

uint32_t gn_gen_first(gn_coder *g, gn_node *n, bool later_assigns,
                      int32_t dest) {
  int32_t reg = gn_var_reg(g, n);
  if (reg >= 0 && !later_assigns)
    return (uint32_t)reg;
  if (dest < 0 || (uint32_t)dest < g->floor)
    return gn_gen_temp(g, n);
  gn_gen_to(g, n, (uint32_t)dest);
  return (uint32_t)dest;
}
