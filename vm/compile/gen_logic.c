/*
 * gen_logic.c - operators: arithmetic in runs, comparisons and their chains,
 * && and ||, and conditions as jumps (language reference 1, 5.2 to 5.6).
 */
#include "compile/gen.h"

/* ---- what is known before anything runs ---- */

bool gn_small_int(const gn_node *n, int32_t *out) {
  if (n->kind != GN_N_CONST || !gn_is_fix(n->value))
    return false;
  int64_t i = gn_fix(n->value);
  if (i < INT16_MIN || i > INT16_MAX)
    return false;
  *out = (int32_t)i;
  return true;
}

/* Neither Int nor Bytes, so that && and || mean what they mean elsewhere. */
bool gn_is_bool(const gn_node *n) {
  switch ((enum gn_node_kind)n->kind) {
  case GN_N_CONST:
    return !gn_is_fix(n->value) &&
           (!gn_is_ptr(n->value) || gn_is_string(n->value) ||
            gn_is_symbol(n->value));
  case GN_N_COMPARE:
  case GN_N_NEGATE: return true;
  case GN_N_FOLD: {
    uint8_t op = ((const uint8_t *)n->x)[n->n - 2];
    return (op >= GN_OP_EQ && op <= GN_OP_GE) || op == GN_OP_IS;
  }
  case GN_N_UNARY: return n->op == GN_OP_NOT && gn_is_bool(n->a);
  case GN_N_LOGIC:
    if (n->op == GN_OP_AND)
      return gn_is_bool(n->list[n->n - 1]);
    for (uint32_t i = 0; i < n->n; i++)
      if (!gn_is_bool(n->list[i]))
        return false;
    return true;
  default: return false;
  }
}

/* ---- arithmetic ---- */

/* The instruction with an immediate right operand; EXT: there is none. */
static enum gn_opcode with_immediate(uint8_t op, int32_t i) {
  switch (op) {
  case GN_OP_ADD: return GN_OP_ADDI;
  case GN_OP_SUB: return GN_OP_SUBI;
  case GN_OP_MUL: return GN_OP_MULI;
  case GN_OP_MOD: return i > 0 ? GN_OP_MODI : GN_OP_EXT;
  default: return GN_OP_EXT;
  }
}

static void gen_binary(gn_coder *g, const gn_node *n, uint8_t op, uint32_t a,
                       gn_node *right, uint32_t dest) {
  int32_t i;
  enum gn_opcode imm =
      gn_small_int(right, &i) ? with_immediate(op, i) : GN_OP_EXT;
  if (imm != GN_OP_EXT) {
    gn_at(g, n);
    gn_emit(g, imm, dest, a, (uint16_t)i);
    return;
  }
  uint32_t top = g->top, b = gn_gen_any(g, right);
  g->top = top;
  gn_at(g, n);
  gn_emit(g, (enum gn_opcode)op, dest, a, b);
}

/* a ** b ** c: all operands, then from the right. */
static void fold_right(gn_coder *g, gn_node *n, uint32_t dest) {
  uint32_t top = g->top, first = g->top;
  for (uint32_t i = 0; i < n->n; i++)
    gn_gen_temp(g, n->list[i]);
  gn_at(g, n);
  for (uint32_t i = n->n - 1; i-- > 0;)
    gn_emit(g, GN_OP_POW, i == 0 ? dest : first + i, first + i, first + i + 1);
  g->top = top;
}

void gn_gen_fold(gn_coder *g, gn_node *n, uint32_t dest) {
  const uint8_t *ops = n->x;
  if (n->flag && n->n > 2) {
    fold_right(g, n, dest);
    return;
  }
  uint32_t top = g->top;
  uint32_t acc =
      gn_gen_first(g, n->list[0], n->list[1]->assigns, (int32_t)dest);
  for (uint32_t i = 1; i < n->n; i++) {
    bool last = i + 1 == n->n;
    uint32_t to = dest;
    if (!last) { /* intermediate results stay in one temporary */
      to = dest >= g->floor ? dest : acc >= top ? acc : gn_regs(g, 1);
    }
    gen_binary(g, n, ops[i - 1], acc, n->list[i], to);
    acc = to;
  }
  g->top = top;
}

/* ---- comparisons ---- */

/* The jump for `a op b` being sense; immediate ones follow in one order. */
static enum gn_opcode fused(uint8_t op, bool sense, bool imm) {
  switch (op) {
  case GN_OP_LT:
    return sense ? (imm ? GN_OP_JLTI : GN_OP_JLT)
                 : (imm ? GN_OP_JNLTI : GN_OP_JNLT);
  case GN_OP_LE:
    return sense ? (imm ? GN_OP_JLEI : GN_OP_JLE)
                 : (imm ? GN_OP_JNLEI : GN_OP_JNLE);
  case GN_OP_GT:
    return sense ? (imm ? GN_OP_JGTI : GN_OP_JGT)
                 : (imm ? GN_OP_JNGTI : GN_OP_JNGT);
  case GN_OP_GE:
    return sense ? (imm ? GN_OP_JGEI : GN_OP_JGE)
                 : (imm ? GN_OP_JNGEI : GN_OP_JNGE);
  default: break;
  }
  bool equal = (op == GN_OP_EQ) == sense;
  if (imm)
    return equal ? GN_OP_JEQI : GN_OP_JNEI;
  return equal ? GN_OP_JEQ : GN_OP_JNE;
}

/* Register of a variable in rd, if b's value is to be kept for a chain. */
static uint32_t compare_jump(gn_coder *g, const gn_node *at, uint8_t op,
                             uint32_t a, gn_node *b, bool keep, bool sense,
                             gn_jumps *to) {
  int32_t i;
  bool imm = !keep && gn_small_int(b, &i);
  uint32_t rb = imm ? 0 : gn_gen_any(g, b);
  gn_at(g, at);
  if (!g->fn->long_jumps) {
    gn_jump_bc(g, fused(op, sense, imm), a, imm ? (uint16_t)i : rb, to);
    return rb;
  }
  uint32_t top = g->top, t = gn_regs(g, 1);
  if (imm) {
    gn_load(g, b->value, t);
    rb = t;
  }
  gn_emit(g, (enum gn_opcode)op, t, a, rb);
  gn_jump(g, sense ? GN_OP_JT : GN_OP_JF, t, to);
  g->top = top;
  return rb;
}

void gn_gen_equal_regs(gn_coder *g, uint32_t a, uint32_t b, gn_jumps *to) {
  if (!g->fn->long_jumps) {
    gn_jump_bc(g, GN_OP_JEQ, a, b, to);
    return;
  }
  uint32_t t = gn_regs(g, 1);
  gn_emit(g, GN_OP_EQ, t, a, b);
  gn_jump(g, GN_OP_JT, t, to);
  g->top = t;
}

void gn_gen_equal_jump(gn_coder *g, uint32_t a, gn_node *b, bool equal,
                       gn_jumps *to) {
  uint32_t top = g->top;
  compare_jump(g, b, GN_OP_EQ, a, b, false, equal, to);
  g->top = top;
}

/* Jumps to `no` at the first pair that does not hold; the last pair jumps to
 * `to` when it is sense. */
static void chain_jumps(gn_coder *g, gn_node *n, bool sense, gn_jumps *no,
                        gn_jumps *to) {
  const uint8_t *ops = n->x;
  uint32_t top = g->top;
  uint32_t a = gn_gen_stable(g, n->list[0], n->list[1]->assigns);
  for (uint32_t i = 1; i < n->n; i++) {
    bool last = i + 1 == n->n;
    uint32_t b = compare_jump(g, n, ops[i - 1], a, n->list[i], !last,
                              last && sense, last ? to : no);
    if (!last && n->list[i + 1]->assigns && b < top) {
      uint32_t copy = gn_regs(g, 1);
      gn_move(g, b, (int32_t)copy);
      b = copy;
    }
    a = b;
  }
  g->top = top;
}

static void branch_compare(gn_coder *g, gn_node *n, bool sense, gn_jumps *to) {
  if (!sense) {
    chain_jumps(g, n, false, to, to);
    return;
  }
  gn_jumps no = {0};
  chain_jumps(g, n, true, &no, to);
  gn_land(g, &no);
}

void gn_gen_compare(gn_coder *g, gn_node *n, uint32_t dest) {
  if (n->n == 2) {
    uint32_t top = g->top;
    uint32_t a =
        gn_gen_first(g, n->list[0], n->list[1]->assigns, (int32_t)dest);
    gen_binary(g, n, ((uint8_t *)n->x)[0], a, n->list[1], dest);
    g->top = top;
    return;
  }
  gn_jumps no = {0}, end = {0};
  chain_jumps(g, n, false, &no, &no);
  gn_emit_d(g, GN_OP_LOADC, dest, GN_TRUE);
  gn_jump(g, GN_OP_JMP, 0, &end);
  gn_land(g, &no);
  gn_emit_d(g, GN_OP_LOADC, dest, GN_FALSE);
  gn_land(g, &end);
}

/* ---- && and || ---- */

/* dest = dest op list[i]; jumps to `end` when dest decides it. */
static void logic_step(gn_coder *g, gn_node *n, bool plain, gn_node *right,
                       uint32_t dest, gn_jumps *end) {
  bool and = n->op == GN_OP_AND;
  if (and)
    gn_jump(g, GN_OP_JF, dest, end);
  else
    gn_jump(g, plain ? GN_OP_JT : GN_OP_JOR, dest, end);
  if (plain) {
    gn_gen_to(g, right, dest);
    return;
  }
  uint32_t top = g->top, b = gn_gen_any(g, right);
  g->top = top;
  gn_at(g, n);
  gn_emit(g, (enum gn_opcode)n->op, dest, dest, b);
}

void gn_gen_logic(gn_coder *g, gn_node *n, uint32_t dest) {
  gn_jumps end = {0};
  uint32_t top = g->top, acc = gn_is_fresh(g, dest) ? dest : gn_regs(g, 1);
  bool plain = gn_is_bool(n->list[0]), and = n->op == GN_OP_AND;
  gn_gen_to(g, n->list[0], acc);
  for (uint32_t i = 1; i < n->n; i++) {
    bool next = gn_is_bool(n->list[i]);
    logic_step(g, n, plain || (and&&next), n->list[i], acc, &end);
    plain = next && (and || plain);
  }
  gn_land(g, &end);
  gn_move(g, acc, (int32_t)dest);
  g->top = top;
}

/* Only the truth of the operands counts: no two neighbours can be combined bit
 * by bit, and none must be evaluated for its effect alone. */
static bool truth_only(const gn_node *n) {
  for (uint32_t i = 0; i + 1 < n->n; i++)
    if (!gn_is_bool(n->list[i]) &&
        (n->op == GN_OP_OR || !gn_is_bool(n->list[i + 1])))
      return false;
  return true;
}

static void branch_logic(gn_coder *g, gn_node *n, bool sense, gn_jumps *to) {
  /* for &&, a falsy operand decides; for ||, a truthy one */
  bool decides = n->op == GN_OP_OR;
  gn_jumps past = {0};
  for (uint32_t i = 0; i + 1 < n->n; i++)
    gn_gen_branch(g, n->list[i], decides, decides == sense ? to : &past);
  gn_gen_branch(g, n->list[n->n - 1], sense, to);
  gn_land(g, &past);
}

/* ---- conditions ---- */

void gn_gen_branch(gn_coder *g, gn_node *n, bool sense, gn_jumps *to) {
  if (g->c->failed || g->c->oom)
    return;
  switch ((enum gn_node_kind)n->kind) {
  case GN_N_CONST:
    if (gn_truthy(n->value) == sense)
      gn_jump(g, GN_OP_JMP, 0, to);
    return;
  case GN_N_COMPARE: branch_compare(g, n, sense, to); return;
  case GN_N_NEGATE: gn_gen_branch(g, n->a, !sense, to); return;
  case GN_N_UNARY:
    if (n->op != GN_OP_NOT || !gn_is_bool(n->a))
      break;
    gn_gen_branch(g, n->a, !sense, to);
    return;
  case GN_N_LOGIC:
    if (!truth_only(n))
      break;
    branch_logic(g, n, sense, to);
    return;
  default: break;
  }
  uint32_t top = g->top, v = gn_gen_any(g, n);
  g->top = top;
  gn_jump(g, sense ? GN_OP_JT : GN_OP_JF, v, to);
}
