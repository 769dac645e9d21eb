/*
 * gen_data.c - collections, strings, genes, and members of values read and
 * written.
 */
#include "compile/gen.h"

#define ROW_MAX 64u /* elements that are put into registers in a row */

/* ---- arrays ---- */

static void array_by_row(gn_coder *g, const gn_args *args, uint32_t dest) {
  uint32_t top = g->top;
  for (uint32_t i = 0; i < args->n; i++)
    gn_gen_temp(g, args->pos[i]);
  gn_emit(g, GN_OP_ARRAY, dest, args->n ? top : dest, args->n);
  g->top = top;
}

/* Where a collection is built: not in a variable, which an element may read. */
static uint32_t building_place(gn_coder *g, uint32_t dest) {
  return dest >= g->floor ? dest : gn_regs(g, 1);
}

static void array_by_push(gn_coder *g, const gn_args *args, uint32_t dest) {
  uint32_t top = g->top, a = building_place(g, dest);
  gn_emit(g, GN_OP_ARRAY, a, a, 0);
  for (uint32_t i = 0; i < args->n; i++) {
    uint32_t mark = g->top, v = gn_gen_any(g, args->pos[i]);
    gn_at(g, args->pos[i]);
    gn_emit(g, args->spread[i] ? GN_OP_ASPREAD : GN_OP_APUSH, a, v, 0);
    g->top = mark;
  }
  gn_move(g, a, (int32_t)dest);
  g->top = top;
}

void gn_gen_array(gn_coder *g, const gn_args *args, uint32_t dest) {
  if (args->spreads || args->n > ROW_MAX)
    array_by_push(g, args, dest);
  else
    array_by_row(g, args, dest);
}

static void seal(gn_coder *g, const gn_node *n, uint32_t dest) {
  if (n->flag)
    gn_emit(g, GN_OP_SEAL, dest, 0, 0);
}

void gn_gen_array_node(gn_coder *g, gn_node *n, uint32_t dest) {
  gn_at(g, n);
  gn_gen_array(g, n->x, dest);
  seal(g, n, dest);
}

/* ---- maps ---- */

void gn_gen_map(gn_coder *g, const gn_args *args, uint32_t dest) {
  uint32_t top = g->top, m = building_place(g, dest);
  gn_emit_d(g, GN_OP_MAP, m, args->nkeys);
  for (uint32_t i = 0; i < args->nkeys; i++) {
    uint32_t mark = g->top, v = gn_gen_any(g, args->vals[i]);
    gn_at(g, args->vals[i]);
    if (args->keys[i] == GN_NONE)
      gn_emit(g, GN_OP_MSPLICE, m, v, 0);
    else
      gn_emit(g, GN_OP_MSET, m, v, gn_k16(g, args->keys[i]));
    g->top = mark;
  }
  gn_move(g, m, (int32_t)dest);
  g->top = top;
}

void gn_gen_map_node(gn_coder *g, gn_node *n, uint32_t dest) {
  gn_at(g, n);
  gn_gen_map(g, n->x, dest);
  seal(g, n, dest);
}

void gn_gen_hashmap(gn_coder *g, gn_node *n, uint32_t dest) {
  const gn_args *args = n->x;
  uint32_t top = g->top;
  if (args->spreads || args->n > ROW_MAX) {
    uint32_t a = gn_regs(g, 1);
    gn_gen_array(g, args, a);
    gn_at(g, n);
    gn_emit(g, GN_OP_HASHMAPX, dest, a, 0);
  } else {
    for (uint32_t i = 0; i < args->n; i++)
      gn_gen_temp(g, args->pos[i]);
    gn_at(g, n);
    gn_emit(g, GN_OP_HASHMAP, dest, args->n ? top : dest, args->n);
  }
  seal(g, n, dest);
  g->top = top;
}

/* ---- genes ---- */

static void gene_props(gn_coder *g, const gn_args *args, uint32_t gene) {
  for (uint32_t i = 0; i < args->nkeys; i++) {
    uint32_t mark = g->top, v = gn_gen_any(g, args->vals[i]);
    gn_at(g, args->vals[i]);
    if (args->keys[i] == GN_NONE)
      gn_emit(g, GN_OP_GPSPLICE, gene, v, 0);
    else
      gn_emit(g, GN_OP_GPROP, gene, v, gn_k16(g, args->keys[i]));
    g->top = mark;
  }
}

void gn_gen_gene(gn_coder *g, gn_node *n, uint32_t dest) {
  const gn_args *args = n->x;
  uint32_t top = g->top, gene = building_place(g, dest);
  gn_gen_to(g, n->a, gene);
  gn_at(g, n);
  gn_emit(g, GN_OP_GENE, gene, gene, 0);
  gene_props(g, args, gene);
  for (uint32_t i = 0; i < args->n; i++) {
    uint32_t mark = g->top, v = gn_gen_any(g, args->pos[i]);
    gn_at(g, args->pos[i]);
    gn_emit(g, args->spread[i] ? GN_OP_GSPREAD : GN_OP_GADD, gene, v, 0);
    g->top = mark;
  }
  seal(g, n, gene);
  gn_move(g, gene, (int32_t)dest);
  g->top = top;
}

/* ---- strings ---- */

void gn_gen_str(gn_coder *g, gn_node *n, uint32_t dest) {
  uint32_t top = g->top;
  for (uint32_t i = 0; i < n->n; i++) {
    gn_gen_temp(g, n->list[i]);
    if (g->top - top < ROW_MAX || i + 1 == n->n)
      continue;
    gn_at(g, n);
    gn_emit(g, GN_OP_STR, top, top, g->top - top);
    g->top = top + 1;
  }
  gn_at(g, n);
  gn_emit(g, GN_OP_STR, dest, g->top > top ? top : dest, g->top - top);
  g->top = top;
}

/* ---- members ---- */

/* Where a member is: registers and numbers for the instructions about it. */
typedef struct place {
  uint32_t target;
  uint32_t seg; /* GN_AT_VALUE: register */
  int64_t var;  /* GN_AT_VAR: operand of EXT */
} place;

/* The variable behind a name segment, as the operand of EXT: a register, or a
 * slot of the module below zero. It may be unset: then there is none. */
static int64_t segment_variable(gn_coder *g, gn_node *var, bool later_assigns) {
  gn_var *v = var->var;
  if (!v->fn && gn_var_slot(g, v) >= 0)
    return -1 - (int64_t)gn_var_slot(g, v);
  int32_t reg = gn_var_reg(g, var);
  if (reg >= 0 && !later_assigns)
    return reg;
  uint32_t t = gn_regs(g, 1);
  gn_gen_var(g, var, t, true);
  return t;
}

/* Kind of instruction: an index beyond 16 bits goes by a register, and a name
 * is no variable's when none was declared. */
static uint8_t place_kind(gn_coder *g, const gn_node *n) {
  if (n->op == GN_AT_INDEX && (n->i < INT16_MIN || n->i > INT16_MAX))
    return GN_AT_VALUE;
  if (n->op == GN_AT_VAR && !n->flag && !gn_is_user_variable(g, n->b->var))
    return GN_AT_NAME;
  return n->op;
}

static place gen_place(gn_coder *g, gn_node *n, bool later_assigns,
                       int32_t dest) {
  place p = {0};
  bool seg_assigns = n->op == GN_AT_VALUE && n->b->assigns;
  p.target = gn_gen_first(g, n->a, later_assigns || seg_assigns, dest);
  if (n->op == GN_AT_VALUE)
    p.seg = gn_gen_stable(g, n->b, later_assigns);
  else if (place_kind(g, n) == GN_AT_VAR)
    p.var = segment_variable(g, n->b, later_assigns);
  else if (place_kind(g, n) == GN_AT_VALUE) {
    p.seg = gn_regs(g, 1);
    gn_load(g, gn_from_fix(n->i), p.seg);
  }
  return p;
}

static void read_place(gn_coder *g, const gn_node *n, const place *p,
                       uint32_t dest) {
  gn_at(g, n);
  switch (place_kind(g, n)) {
  case GN_AT_NAME:
    gn_emit(g, GN_OP_GETP, dest, p->target, gn_site_of(g, n->value));
    break;
  case GN_AT_VAR:
    gn_emit(g, GN_OP_GETPV, dest, p->target, gn_site_of(g, n->value));
    gn_emit_d(g, GN_OP_EXT, 0, p->var);
    break;
  case GN_AT_INDEX:
    gn_emit(g, GN_OP_GETI, dest, p->target, (uint16_t)n->i);
    break;
  default: gn_emit(g, GN_OP_GETX, dest, p->target, p->seg);
  }
}

static void write_place(gn_coder *g, const gn_node *n, const place *p,
                        uint32_t value) {
  gn_at(g, n);
  switch (place_kind(g, n)) {
  case GN_AT_NAME:
    gn_emit(g, GN_OP_SETP, p->target, value, gn_site_of(g, n->value));
    break;
  case GN_AT_VAR:
    gn_emit(g, GN_OP_SETPV, p->target, value, gn_site_of(g, n->value));
    gn_emit_d(g, GN_OP_EXT, 0, p->var);
    break;
  case GN_AT_INDEX:
    gn_emit(g, GN_OP_SETI, p->target, value, (uint16_t)n->i);
    break;
  default: gn_emit(g, GN_OP_SETX, p->target, p->seg, value);
  }
}

void gn_gen_get(gn_coder *g, gn_node *n, uint32_t dest) {
  uint32_t top = g->top;
  place p = gen_place(g, n, false, (int32_t)dest);
  g->top = top;
  read_place(g, n, &p, dest);
}

void gn_gen_put(gn_coder *g, gn_node *n, int32_t dest) {
  uint32_t top = g->top;
  place p = gen_place(g, n, n->c->assigns, -1);
  uint32_t value = gn_gen_first(g, n->c, false, dest);
  write_place(g, n, &p, value);
  gn_move(g, value, dest);
  g->top = top;
}

/* ---- compound assignment ---- */

/* old is in t; t = t op right. For && and || the jump `end` is taken when the
 * right side does not count. */
static void combine(gn_coder *g, gn_node *n, uint32_t t, gn_jumps *end) {
  enum gn_opcode op = (enum gn_opcode)n->i2;
  if (op == GN_OP_AND)
    gn_jump(g, GN_OP_JF, t, end);
  else if (op == GN_OP_OR)
    gn_jump(g, GN_OP_JOR, t, end);
  int32_t i;
  bool small = gn_small_int(n->c, &i);
  if (small && (op == GN_OP_ADD || op == GN_OP_SUB)) {
    gn_at(g, n);
    gn_emit(g, op == GN_OP_ADD ? GN_OP_ADDI : GN_OP_SUBI, t, t, (uint16_t)i);
    return;
  }
  uint32_t top = g->top, right = gn_gen_any(g, n->c);
  g->top = top;
  gn_at(g, n);
  gn_emit(g, op, t, t, right);
}

static void update_variable(gn_coder *g, gn_node *n, int32_t dest) {
  gn_jumps end = {0};
  uint32_t top = g->top, t = gn_gen_first(g, n->a, true, dest);
  gn_var *v = n->b->var;
  combine(g, n, t, &end);
  if (v->type != GN_NONE)
    gn_emit_d(g, GN_OP_CHECKV, t, gn_check_of(g, v->type, "variable", ""));
  gn_store(g, v, n->b->i, t);
  gn_land(g, &end);
  gn_move(g, t, dest);
  g->top = top;
}

void gn_gen_update(gn_coder *g, gn_node *n, int32_t dest) {
  if (n->op == GN_AT_VARIABLE) {
    update_variable(g, n, dest);
    return;
  }
  gn_jumps end = {0};
  uint32_t top = g->top;
  bool in_place = dest >= 0 && (uint32_t)dest >= g->floor;
  place p = gen_place(g, n, n->c->assigns, -1);
  uint32_t t = in_place ? (uint32_t)dest : gn_regs(g, 1);
  read_place(g, n, &p, t);
  combine(g, n, t, &end);
  write_place(g, n, &p, t);
  gn_land(g, &end);
  gn_move(g, t, dest);
  g->top = top;
}
