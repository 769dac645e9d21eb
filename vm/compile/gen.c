/*
 * gen.c - instructions, jumps, registers and tables of the function that is
 * being generated. It knows nothing of nodes but their place.
 */
#include <stdio.h>

#include "compile/gen.h"

#define EMIT_WORK 16u /* of an instruction, in bytes of scratch */

/* ---- instructions ---- */

void gn_at(gn_coder *g, const gn_node *n) {
  g->line = n->line;
  g->column = n->column;
}

/* Instructions that can neither throw nor be where a limit ends the script
 * need no place. */
static bool has_place(enum gn_opcode op) {
  switch (op) {
  case GN_OP_EXT:
  case GN_OP_MOVE:
  case GN_OP_LOADK:
  case GN_OP_LOADI:
  case GN_OP_LOADC:
  case GN_OP_GETU:
  case GN_OP_GETUC:
  case GN_OP_SETUC:
  case GN_OP_GETC:
  case GN_OP_SETC:
  case GN_OP_DEFG:
  case GN_OP_JMP:
  case GN_OP_JT:
  case GN_OP_JF:
  case GN_OP_JOR:
  case GN_OP_JSET:
  case GN_OP_JMACRO:
  case GN_OP_RET:
  case GN_OP_RETC:
  case GN_OP_GETEX:
  case GN_OP_SETEX:
  case GN_OP_RNEXT: return false;
  default: return true;
  }
}

static void note_place(gn_coder *g) {
  const gn_loc *last = g->nlocs ? &g->locs[g->nlocs - 1] : NULL;
  if (last && last->line == g->line && last->column == g->column)
    return;
  if (!gn_arena_grow(g->c->scratch, (void **)&g->locs, g->nlocs, &g->locs_cap,
                     sizeof *g->locs)) {
    gn_comp_oom(g->c);
    return;
  }
  g->locs[g->nlocs++] = (gn_loc){g->ncode, g->line, g->column};
}

static uint32_t emit(gn_coder *g, gn_ins ins) {
  gn_comp_worked(g->c, EMIT_WORK);
  if (has_place((enum gn_opcode)ins.op))
    note_place(g);
  if (!gn_arena_grow(g->c->scratch, (void **)&g->code, g->ncode, &g->code_cap,
                     sizeof *g->code)) {
    gn_comp_oom(g->c);
    return 0;
  }
  g->code[g->ncode] = ins;
  return g->ncode++;
}

uint32_t gn_emit(gn_coder *g, enum gn_opcode op, uint32_t a, uint32_t b,
                 uint32_t c) {
  if (g->c->failed || g->c->oom)
    return 0;
  assert(a <= UINT16_MAX && b <= UINT16_MAX && c <= UINT16_MAX);
  return emit(g, (gn_ins){.op = (uint16_t)op,
                          .a = (uint16_t)a,
                          .b = (uint16_t)b,
                          .c = (uint16_t)c});
}

uint32_t gn_emit_d(gn_coder *g, enum gn_opcode op, uint32_t a, int64_t d) {
  if (g->c->failed || g->c->oom)
    return 0;
  assert(a <= UINT16_MAX && d >= INT32_MIN && d <= INT32_MAX);
  return emit(g,
              (gn_ins){.op = (uint16_t)op, .a = (uint16_t)a, .d = (int32_t)d});
}

/* ---- jumps ---- */

static void remember(gn_coder *g, gn_jumps *to, uint32_t pc) {
  if (!gn_arena_grow(g->c->scratch, (void **)&to->at, to->n, &to->cap,
                     sizeof *to->at)) {
    gn_comp_oom(g->c);
    return;
  }
  to->at[to->n++] = pc;
}

void gn_jump(gn_coder *g, enum gn_opcode op, uint32_t a, gn_jumps *to) {
  remember(g, to, gn_emit_d(g, op, a, 0));
}

void gn_jump_bc(gn_coder *g, enum gn_opcode op, uint32_t a, uint32_t b,
                gn_jumps *to) {
  remember(g, to, gn_emit(g, op, a, b, 0));
}

static bool is_fused(uint16_t op) {
  return op >= GN_OP_JLT && op <= GN_OP_JNEI;
}

void gn_land(gn_coder *g, gn_jumps *jumps) {
  for (uint32_t i = 0; i < jumps->n; i++) {
    uint32_t pc = jumps->at[i];
    if (pc >= g->ncode)
      continue; /* it was not emitted: out of memory */
    uint32_t distance = g->ncode - pc - 1;
    if (!is_fused(g->code[pc].op))
      g->code[pc].d = (int32_t)distance;
    else if (distance <= INT16_MAX)
      g->code[pc].c = (uint16_t)distance;
    else
      g->too_far = true;
  }
  jumps->n = 0;
}

void gn_loop_back(gn_coder *g, uint32_t target) {
  assert(target <= g->ncode);
  gn_emit_d(g, GN_OP_LOOP, 0, (int64_t)target - (int64_t)g->ncode - 1);
}

/* ---- registers ---- */

void gn_too_large(gn_coder *g) {
  gn_comp_error_at(g->c, g->fn->line, g->fn->column, "Function too large");
}

uint32_t gn_regs(gn_coder *g, uint32_t n) {
  if (n > GN_REGS_MAX || g->top + n > GN_REGS_MAX) {
    gn_too_large(g);
    return 0;
  }
  uint32_t first = g->top;
  g->top += n;
  if (g->top > g->max)
    g->max = g->top;
  return first;
}

/* ---- tables ---- */

static bool grow_const_index(gn_coder *g) {
  uint32_t size = g->const_index ? (g->const_mask + 1) * 2 : 16;
  uint32_t *index = gn_scratch(g->c, size * sizeof *index);
  if (!index)
    return false;
  for (uint32_t i = 0; i < g->nconsts; i++) {
    uint32_t at = gn_hash_word(0, g->consts[i]) & (size - 1);
    while (index[at])
      at = (at + 1) & (size - 1);
    index[at] = i + 1;
  }
  g->const_index = index;
  g->const_mask = size - 1;
  return true;
}

uint32_t gn_k(gn_coder *g, gn_value v) {
  v = gn_constant(g->c, v);
  if (v == GN_NONE)
    return 0;
  if ((!g->const_index || g->nconsts * 2 > g->const_mask) &&
      !grow_const_index(g))
    return 0;
  uint32_t at = gn_hash_word(0, v) & g->const_mask;
  for (; g->const_index[at]; at = (at + 1) & g->const_mask)
    if (g->consts[g->const_index[at] - 1] == v)
      return g->const_index[at] - 1;
  if (!gn_arena_grow(g->c->scratch, (void **)&g->consts, g->nconsts,
                     &g->consts_cap, sizeof *g->consts)) {
    gn_comp_oom(g->c);
    return 0;
  }
  g->consts[g->nconsts++] = v;
  g->const_index[at] = g->nconsts;
  return g->nconsts - 1;
}

uint32_t gn_k16(gn_coder *g, gn_value v) {
  uint32_t k = gn_k(g, v);
  if (k < UINT16_MAX)
    return k;
  gn_too_large(g);
  return 0;
}

uint32_t gn_site_of(gn_coder *g, gn_value name) {
  gn_value sym = gn_constant(g->c, name);
  if (sym == GN_NONE)
    return 0;
  if (g->nsites >= UINT16_MAX) {
    gn_too_large(g);
    return 0;
  }
  if (!gn_arena_grow(g->c->scratch, (void **)&g->sites, g->nsites,
                     &g->sites_cap, sizeof *g->sites)) {
    gn_comp_oom(g->c);
    return 0;
  }
  g->sites[g->nsites].name = sym;
  return g->nsites++;
}

/* Self means something in classes only. */
static bool names_self(gn_value type) {
  if (gn_is_sym(type, "Self"))
    return true;
  if (!gn_is_gene(type))
    return false;
  const gn_gene *form = gn_gen(type);
  bool found = names_self(form->type);
  for (uint32_t i = 0; !found && i < form->n; i++)
    found = names_self(form->children[i]);
  return found;
}

uint32_t gn_check_of(gn_coder *g, gn_value type, const char *where,
                     const char *name) {
  char text[512];
  if (!g->fn->in_class && names_self(type))
    gn_comp_error_at(g->c, g->line, g->column,
                     "Invalid contextual type: Self is only available inside "
                     "class scope");
  snprintf(text, sizeof text, "%s%s", where, name);
  gn_value w = gn_new_string(g->c, text);
  gn_value t = gn_constant(g->c, type);
  if (w == GN_NONE || t == GN_NONE || (w = gn_constant(g->c, w)) == GN_NONE)
    return 0;
  if (!gn_arena_grow(g->c->scratch, (void **)&g->checks, g->nchecks,
                     &g->checks_cap, sizeof *g->checks)) {
    gn_comp_oom(g->c);
    return 0;
  }
  g->checks[g->nchecks] = (gn_type_check){.type = t, .where = w};
  return g->nchecks++;
}

void gn_add_handler(gn_coder *g, uint32_t start, uint32_t end, uint32_t reg,
                    bool finally) {
  if (start == end)
    return;
  if (!gn_arena_grow(g->c->scratch, (void **)&g->handlers, g->nhandlers,
                     &g->handlers_cap, sizeof *g->handlers)) {
    gn_comp_oom(g->c);
    return;
  }
  g->handlers[g->nhandlers++] =
      (gn_handler){start, end, g->ncode, (uint16_t)reg, finally};
}
