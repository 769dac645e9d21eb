/*
 * gen_loop.c - loops, and the ways out of loops and functions, which run the
 * finally blocks on their way (language reference 1, section 9).
 */
#include "compile/gen.h"

/* ---- ways out ---- */

static bool same_exit(const gn_exit *a, const gn_exit *b) {
  return a->is_return == b->is_return && a->loop == b->loop &&
         a->is_break == b->is_break;
}

/* Number of this way out in the finally block's dispatch. */
static uint32_t exit_number(gn_coder *g, gn_unwind *u, const gn_exit *exit) {
  for (uint32_t i = 0; i < u->nexits; i++)
    if (same_exit(&u->exits[i], exit))
      return i + 2;
  if (u->nexits >= INT16_MAX - 2) {
    gn_too_large(g);
    return 2;
  }
  if (!gn_arena_grow(g->c->scratch, (void **)&u->exits, u->nexits,
                     &u->exits_cap, sizeof *u->exits)) {
    gn_comp_oom(g->c);
    return 2;
  }
  u->exits[u->nexits++] = *exit;
  return u->nexits + 1;
}

void gn_leave(gn_coder *g, gn_unwind *from, const gn_exit *exit, uint32_t reg) {
  gn_unwind *stop = exit->is_return ? NULL : exit->loop->unwind;
  for (gn_unwind *u = from; u != stop; u = u->up) {
    if (u->phase == GN_IN_CATCH)
      gn_emit(g, GN_OP_SETEX, u->saved, 0, 0);
    if (!u->has_finally || u->phase == GN_IN_FINALLY)
      continue;
    if (exit->is_return)
      gn_move(g, reg, (int32_t)u->value);
    gn_emit_d(g, GN_OP_LOADI, u->kind, exit_number(g, u, exit));
    gn_jump(g, GN_OP_JMP, 0, &u->to_finally);
    return;
  }
  if (exit->is_return)
    gn_gen_ret(g, reg);
  else
    gn_jump(g, GN_OP_JMP, 0,
            exit->is_break ? &exit->loop->breaks : &exit->loop->continues);
}

void gn_gen_return(gn_coder *g, gn_node *n) {
  if (!g->unwind) {
    gn_gen_tail(g, n->a);
    return;
  }
  uint32_t top = g->top, v = gn_gen_any(g, n->a);
  gn_at(g, n);
  gn_leave(g, g->unwind, &(gn_exit){.is_return = true}, v);
  g->top = top;
}

void gn_gen_break(gn_coder *g, gn_node *n) {
  gn_gen_loop *loop = ((gn_loop *)n->x)->gen;
  if (n->a)
    gn_gen_at(g, n->a, loop->dest);
  else if (loop->dest >= 0)
    gn_emit_d(g, GN_OP_LOADC, (uint32_t)loop->dest, GN_NIL);
  gn_leave(g, g->unwind, &(gn_exit){.loop = loop, .is_break = true}, 0);
}

void gn_gen_continue(gn_coder *g, gn_node *n) {
  gn_gen_loop *loop = ((gn_loop *)n->x)->gen;
  gn_leave(g, g->unwind, &(gn_exit){.loop = loop}, 0);
}

/* ---- loops ---- */

static void open_loop(gn_coder *g, gn_loop *loop, gn_gen_loop *gl,
                      int32_t dest) {
  *gl = (gn_gen_loop){.dest = dest, .unwind = g->unwind};
  loop->gen = gl;
}

/* The end of a loop: back to `top`, then what the loop is worth. */
static void close_loop(gn_coder *g, const gn_node *n, gn_gen_loop *gl,
                       uint32_t top, gn_jumps *done) {
  gn_land(g, &gl->continues);
  gn_at(g, n);
  gn_loop_back(g, top);
  gn_land(g, done);
  if (gl->dest >= 0) {
    gn_jumps end = {0};
    gn_emit_d(g, GN_OP_LOADC, (uint32_t)gl->dest, GN_NIL);
    if (gl->breaks.n)
      gn_jump(g, GN_OP_JMP, 0, &end);
    gn_land(g, &gl->breaks);
    gn_land(g, &end);
    return;
  }
  gn_land(g, &gl->breaks);
}

void gn_gen_while(gn_coder *g, gn_node *n, int32_t dest) {
  gn_gen_loop gl;
  gn_jumps done = {0};
  open_loop(g, n->x, &gl, dest);
  uint32_t start = g->ncode;
  if (n->a)
    gn_gen_branch(g, n->a, n->flag, &done);
  gn_gen_drop(g, n->b);
  close_loop(g, n, &gl, start, &done);
}

/* The variable of a loop gets the value of reg, anew in each iteration. */
static void bind_loop_var(gn_coder *g, gn_var *v, uint32_t reg) {
  if (!v)
    return;
  if (!v->placed)
    gn_store_decl(g, v, reg);
  else if (gn_var_is_cell(v)) {
    gn_emit(g, GN_OP_CELL, v->reg, 0, 0);
    v->made = true;
  }
}

/* Lets the variable live where the loop's instruction puts its value. */
static void place_loop_var(gn_var *v, uint32_t reg) {
  if (!v)
    return;
  v->placed = !gn_var_hoisted(v);
  if (v->placed)
    v->reg = (uint16_t)reg;
}

/* `continue` in a repeat uses up one iteration more than the one it ends: the
 * conformance case control/while_loop_values has it so. */
static void count_continue(gn_coder *g, gn_gen_loop *gl, uint32_t count) {
  gn_jumps past = {0};
  gn_jump(g, GN_OP_JMP, 0, &past);
  gn_land(g, &gl->continues);
  gl->continues = (gn_jumps){0};
  gn_emit(g, GN_OP_SUBI, count, count, 1);
  gn_land(g, &past);
}

void gn_gen_repeat(gn_coder *g, gn_node *n, int32_t dest) {
  gn_gen_loop gl;
  gn_jumps done = {0};
  uint32_t top = g->top, index = 0;
  open_loop(g, n->x, &gl, dest);
  uint32_t count = gn_gen_temp(g, n->a);
  gn_at(g, n);
  gn_emit(g, GN_OP_REPEAT, count, 0, 0);
  if (n->var) {
    index = gn_regs(g, 1);
    gn_emit_d(g, GN_OP_LOADI, index, -1);
  }
  uint32_t start = g->ncode;
  gn_jump(g, GN_OP_RNEXT, count, &done);
  gn_saved_scope saved = gn_scope_enter(g, n->y);
  if (n->var) {
    gn_emit(g, GN_OP_ADDI, index, index, 1);
    gn_store_decl(g, n->var, index);
  }
  gn_gen_drop(g, n->b);
  gn_scope_leave(g, saved);
  if (gl.continues.n)
    count_continue(g, &gl, count);
  close_loop(g, n, &gl, start, &done);
  g->top = top;
}

static void bind_item(gn_coder *g, gn_var *v, gn_pat *pat, uint32_t reg) {
  bind_loop_var(g, v, reg);
  if (pat)
    gn_gen_destr(g, pat, reg);
}

void gn_gen_for(gn_coder *g, gn_node *n, int32_t dest) {
  gn_for *f = n->x;
  gn_gen_loop gl;
  gn_jumps done = {0};
  uint32_t top = g->top;
  open_loop(g, f->loop, &gl, dest);
  uint32_t state = gn_regs(g, f->two ? 5 : 4);
  uint32_t above = g->top, over = gn_gen_any(g, n->a);
  gn_at(g, n);
  gn_emit(g, GN_OP_ITER, state, over, f->two ? 2 : 1);
  g->top = above;
  uint32_t item = state + (f->two ? 4 : 3);
  place_loop_var(f->key, state + 3);
  place_loop_var(f->item, item);
  uint32_t start = g->ncode;
  gn_jump(g, GN_OP_NEXT, state, &done);
  gn_jump(g, GN_OP_NEXTC, state, &done);
  gn_saved_scope saved = gn_scope_enter(g, f->scope);
  if (f->two)
    bind_item(g, f->key, f->key_pat, state + 3);
  bind_item(g, f->item, f->item_pat, item);
  gn_gen_drop(g, n->b);
  gn_scope_leave(g, saved);
  close_loop(g, n, &gl, start, &done);
  g->top = top;
}
