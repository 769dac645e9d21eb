/*
 * gen_control.c - conditionals, sequences, case, and everything in tail
 * position (language reference 1, sections 8 and 10.8). Loops are in
 * gen_loop.c.
 */
#include "compile/gen.h"

/* ---- returning ---- */

static bool needs_check(const gn_fn *fn) {
  return fn->ret_type != GN_NONE && !(fn->flags & GN_P_GENERATOR);
}

void gn_gen_ret(gn_coder *g, uint32_t reg) {
  gn_fn *fn = g->fn;
  if (fn->npost) {
    gn_move(g, reg, fn->result->reg);
    gn_jump(g, GN_OP_JMP, 0, &g->epilogue);
    return;
  }
  uint32_t top = g->top;
  if (needs_check(fn)) {
    if (reg < g->floor) { /* a variable must not be converted */
      uint32_t t = gn_regs(g, 1);
      gn_move(g, reg, (int32_t)t);
      reg = t;
    }
    gn_gen_check_return(g, reg);
  }
  gn_emit(g, GN_OP_RET, reg, 0, 0);
  g->top = top;
}

static bool is_self_call(const gn_coder *g, const gn_node *n) {
  const gn_var *self = g->fn->self_name;
  return n->kind == GN_N_CALL && self && n->a->kind == GN_N_VAR &&
         n->a->var == self && self->assigns == 1 && !g->c->dynamic &&
         !g->c->eval;
}

static bool may_tail_call(const gn_coder *g, const gn_node *n) {
  return !g->no_tail && (!g->self_tail || is_self_call(g, n));
}

static void tail_value(gn_coder *g, gn_node *n) {
  uint32_t top = g->top, v = gn_gen_any(g, n);
  gn_at(g, n);
  gn_gen_ret(g, v);
  g->top = top;
}

static void tail_const(gn_coder *g, gn_node *n) {
  bool plain = !gn_is_ptr(n->value) && !gn_is_fix(n->value) &&
               !gn_is_flo(n->value) && n->value <= INT32_MAX;
  if (plain && !g->fn->npost && !needs_check(g->fn))
    gn_emit_d(g, GN_OP_RETC, 0, (int64_t)n->value);
  else
    tail_value(g, n);
}

/* ---- && and || in tail position ---- */

static bool is_call(const gn_node *n) {
  return n->kind == GN_N_CALL || n->kind == GN_N_SEND || n->kind == GN_N_MACRO;
}

/* What is done when the left side, in acc, is an Int or Bytes. */
static void combine_and_return(gn_coder *g, gn_node *n, gn_node *last,
                               uint32_t acc) {
  uint32_t top = g->top, b = gn_gen_any(g, last);
  g->top = top;
  gn_at(g, n);
  gn_emit(g, (enum gn_opcode)n->op, acc, acc, b);
  gn_gen_ret(g, acc);
}

/* The last operand, a call, stands in the code twice: as a tail call and for
 * the rare case that its value is combined bit by bit. */
static void tail_both(gn_coder *g, gn_node *n, gn_node *last, uint32_t acc,
                      gn_jumps *end) {
  gn_jumps tail = {0}, slow = {0};
  g->c->copies++;
  if (n->op == GN_OP_AND) {
    gn_jump(g, GN_OP_JF, acc, end);
    gn_jump(g, GN_OP_JOR, acc, &tail);
    combine_and_return(g, n, last, acc);
    gn_land(g, &tail);
    gn_gen_tail(g, last);
  } else {
    gn_jump(g, GN_OP_JOR, acc, end);
    gn_jump(g, GN_OP_JT, acc, &slow);
    gn_gen_tail(g, last);
    gn_land(g, &slow);
    combine_and_return(g, n, last, acc);
  }
  g->c->copies--;
}

/* The left side is true or false itself. */
static void tail_after_test(gn_coder *g, gn_node *n, gn_node *left) {
  gn_jumps decided = {0};
  bool decides = n->op == GN_OP_OR;
  gn_node value = {.kind = GN_N_CONST, .value = gn_bool(decides)};
  gn_gen_branch(g, left, decides, &decided);
  gn_gen_tail(g, n->list[n->n - 1]);
  gn_land(g, &decided);
  tail_const(g, &value);
}

static void tail_logic(gn_coder *g, gn_node *n) {
  gn_node *last = n->list[n->n - 1];
  gn_node front = *n;
  front.n = n->n - 1;
  gn_node *left = front.n == 1 ? n->list[0] : &front;
  if (left->kind == GN_N_COMPARE || left->kind == GN_N_NEGATE) {
    tail_after_test(g, n, left);
    return;
  }
  bool plain = gn_is_bool(left) || (n->op == GN_OP_AND && gn_is_bool(last));
  if (!plain &&
      (!is_call(last) || !may_tail_call(g, last) || g->c->copies >= 2)) {
    tail_value(g, n);
    return;
  }
  gn_jumps end = {0};
  uint32_t top = g->top, acc = gn_gen_temp(g, left);
  if (plain) {
    gn_jump(g, n->op == GN_OP_AND ? GN_OP_JF : GN_OP_JT, acc, &end);
    gn_gen_tail(g, last);
  } else {
    tail_both(g, n, last, acc, &end);
  }
  gn_land(g, &end);
  gn_gen_ret(g, acc);
  g->top = top;
}

/* ---- branches ---- */

/* A branch that ends with its value in dest and a jump to `end`, or leaves
 * the function. */
static void gen_arm(gn_coder *g, gn_node *body, int32_t dest, bool tail,
                    bool last, gn_jumps *end) {
  if (tail) {
    gn_gen_tail(g, body);
    return;
  }
  gn_gen_at(g, body, dest);
  if (!last)
    gn_jump(g, GN_OP_JMP, 0, end);
}

static void gen_nil(gn_coder *g, int32_t dest, bool tail) {
  if (tail && !g->fn->npost && !needs_check(g->fn)) {
    gn_emit_d(g, GN_OP_RETC, 0, GN_NIL);
  } else if (tail) {
    uint32_t t = gn_regs(g, 1);
    gn_emit_d(g, GN_OP_LOADC, t, GN_NIL);
    gn_gen_ret(g, t);
    g->top = t;
  } else if (dest >= 0) {
    gn_emit_d(g, GN_OP_LOADC, (uint32_t)dest, GN_NIL);
  }
}

static void gen_otherwise(gn_coder *g, gn_node *n, int32_t dest, bool tail) {
  if (!n)
    gen_nil(g, dest, tail);
  else if (tail)
    gn_gen_tail(g, n);
  else
    gn_gen_at(g, n, dest);
}

static void gen_cond(gn_coder *g, gn_node *n, int32_t dest, bool tail) {
  gn_jumps end = {0};
  bool nothing_else = !n->c && dest < 0 && !tail;
  for (uint32_t i = 0; i < n->n; i += 2) {
    gn_jumps next = {0};
    gn_gen_branch(g, n->list[i], false, &next);
    gen_arm(g, n->list[i + 1], dest, tail, nothing_else && i + 2 == n->n, &end);
    gn_land(g, &next);
  }
  gen_otherwise(g, n->c, dest, tail);
  gn_land(g, &end);
}

void gn_gen_cond(gn_coder *g, gn_node *n, int32_t dest) {
  gen_cond(g, n, dest, false);
}

static void gen_seq(gn_coder *g, gn_node *n, int32_t dest, bool tail) {
  gn_saved_scope saved = gn_scope_enter(g, n->x);
  for (uint32_t i = 0; i + 1 < n->n; i++)
    gn_gen_drop(g, n->list[i]);
  if (tail)
    gn_gen_tail(g, n->list[n->n - 1]);
  else
    gn_gen_at(g, n->list[n->n - 1], dest);
  gn_scope_leave(g, saved);
}

void gn_gen_seq(gn_coder *g, gn_node *n, int32_t dest) {
  gen_seq(g, n, dest, false);
}

/* ---- case ---- */

/* What a pattern is, if it can be anything but a regex is known. */
static bool may_be_regex(const gn_node *p) {
  switch ((enum gn_node_kind)p->kind) {
  case GN_N_CONST: return gn_is(p->value, GN_T_REGEX);
  case GN_N_VAR:
  case GN_N_CALL:
  case GN_N_SEND:
  case GN_N_GET:
  case GN_N_DEFAULT:
  case GN_N_COND:
  case GN_N_SEQ: return true;
  default: return false;
  }
}

/* Jumps to `no` unless v is of the builtin class. */
static void need_class(gn_coder *g, uint32_t v, const char *name,
                       gn_jumps *no) {
  gn_value sym = gn_new_symbol(g->c, name, strlen(name));
  gn_value cls = sym == GN_NONE ? GN_NONE : gn_core_global(g->c->core, sym);
  uint32_t top = g->top, t = gn_regs(g, 1);
  gn_load(g, cls == GN_NONE ? GN_NIL : cls, t);
  gn_emit(g, GN_OP_IS, t, v, t);
  gn_jump(g, GN_OP_JF, t, no);
  g->top = top;
}

/* A regex matches a String in which it is found. */
static void match_regex(gn_coder *g, uint32_t target, uint32_t pattern,
                        gn_jumps *no) {
  gn_value name = gn_new_symbol(g->c, "match?", 6);
  if (name == GN_NONE)
    return;
  need_class(g, pattern, "Regex", no);
  need_class(g, target, "String", no);
  uint32_t top = g->top, base = gn_regs(g, 3);
  gn_move(g, target, (int32_t)base + 1);
  gn_move(g, pattern, (int32_t)base + 2);
  gn_emit(g, GN_OP_SEND, base, 1, gn_site_of(g, name));
  gn_jump(g, GN_OP_JF, base, no);
  g->top = top;
}

/* Jumps to `no` unless the target matches. */
static void gen_pattern(gn_coder *g, uint32_t target, gn_node *p,
                        gn_jumps *no) {
  gn_at(g, p);
  if (p->kind == GN_N_CONST && p->value == GN_PLACEHOLDER)
    return;
  if (p->kind == GN_N_ALT) {
    gn_jumps yes = {0};
    for (uint32_t i = 0; i < p->n; i++) {
      gn_jumps next = {0};
      bool last = i + 1 == p->n;
      gen_pattern(g, target, p->list[i], last ? no : &next);
      if (!last)
        gn_jump(g, GN_OP_JMP, 0, &yes);
      gn_land(g, &next);
    }
    gn_land(g, &yes);
    return;
  }
  if (!may_be_regex(p)) {
    gn_gen_equal_jump(g, target, p, false, no);
    return;
  }
  gn_jumps yes = {0};
  uint32_t top = g->top, v = gn_gen_any(g, p);
  gn_at(g, p);
  gn_gen_equal_regs(g, target, v, &yes);
  match_regex(g, target, v, no);
  gn_land(g, &yes);
  g->top = top;
}

static void gen_case(gn_coder *g, gn_node *n, int32_t dest, bool tail) {
  uint32_t top = g->top;
  bool assigns = false;
  for (uint32_t i = 0; i < n->n; i++)
    assigns |= i % 3 != 2 && n->list[i] && n->list[i]->assigns;
  gn_jumps end = {0};
  uint32_t target = gn_gen_stable(g, n->a, assigns), above = g->top;
  for (uint32_t i = 0; i < n->n; i += 3) {
    gn_jumps no = {0};
    g->top = above;
    gen_pattern(g, target, n->list[i], &no);
    if (n->list[i + 1])
      gn_gen_branch(g, n->list[i + 1], false, &no);
    g->top = top; /* the target has done its work */
    gen_arm(g, n->list[i + 2], dest, tail, false, &end);
    gn_land(g, &no);
  }
  g->top = top;
  gen_otherwise(g, n->c, dest, tail);
  gn_land(g, &end);
}

void gn_gen_case(gn_coder *g, gn_node *n, int32_t dest) {
  gen_case(g, n, dest, false);
}

/* ---- tail position ---- */

void gn_gen_tail(gn_coder *g, gn_node *n) {
  assert(!g->unwind);
  if (g->c->failed || g->c->oom)
    return;
  switch ((enum gn_node_kind)n->kind) {
  case GN_N_CALL:
  case GN_N_SEND:
  case GN_N_MACRO:
    if (!may_tail_call(g, n))
      break;
    if (n->kind == GN_N_CALL)
      gn_gen_call(g, n, -1, true);
    else if (n->kind == GN_N_SEND)
      gn_gen_send(g, n, -1, true);
    else
      gn_gen_macro(g, n, -1, true);
    return;
  case GN_N_CONST: tail_const(g, n); return;
  case GN_N_COND: gen_cond(g, n, -1, true); return;
  case GN_N_SEQ: gen_seq(g, n, -1, true); return;
  case GN_N_CASE: gen_case(g, n, -1, true); return;
  case GN_N_LOGIC: tail_logic(g, n); return;
  case GN_N_RETURN: gn_gen_tail(g, n->a); return;
  case GN_N_THROW:
  case GN_N_FAIL: gn_gen_drop(g, n); return;
  default: break;
  }
  tail_value(g, n);
}
