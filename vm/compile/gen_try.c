/*
 * gen_try.c - try, catch, finally and destructuring (language reference 3,
 * sections 7 and 11). A finally block stands in the code once; a register
 * says how it was entered and so what comes after it: 0 nothing special, 1 an
 * exception, 2 and up the ways out in gn_unwind.exits.
 */
#include "compile/gen.h"

/* ---- catch ---- */

static void match_classes(gn_coder *g, const gn_catch *k, uint32_t exc,
                          gn_jumps *next) {
  gn_jumps yes = {0};
  uint32_t top = g->top;
  for (uint32_t i = 0; i < k->n; i++) {
    uint32_t cls = gn_gen_any(g, k->classes[i]);
    gn_at(g, k->classes[i]);
    g->top = top;
    uint32_t t = gn_regs(g, 1);
    gn_emit(g, GN_OP_CATCHES, t, exc, cls);
    bool last = i + 1 == k->n;
    gn_jump(g, last ? GN_OP_JF : GN_OP_JT, t, last ? next : &yes);
    g->top = top;
  }
  gn_land(g, &yes);
}

static void bind_exception(gn_coder *g, gn_catch *k, uint32_t exc) {
  uint32_t top = g->top;
  if (k->kind == GN_CATCH_MAP)
    gn_gen_destr(g, k->pat, exc);
  if (k->var)
    gn_store_decl(g, k->var, exc);
  for (uint32_t i = 0; i < k->nnils; i++) {
    uint32_t t = gn_regs(g, 1);
    gn_emit_d(g, GN_OP_LOADC, t, GN_NIL);
    gn_store_decl(g, k->nils[i], t);
    g->top = top;
  }
  g->top = top;
}

/* The clauses in turn; one that is done jumps to `done`. */
static void gen_catches(gn_coder *g, gn_try *t, gn_unwind *u, uint32_t exc,
                        int32_t dest, gn_jumps *done) {
  bool all = false;
  for (uint32_t i = 0; i < t->n && !all; i++) {
    gn_catch *k = &t->catches[i];
    gn_jumps next = {0};
    u->phase = GN_IN_BODY; /* $ex is not changed before a clause is chosen */
    all = k->kind != GN_CATCH_CLASS;
    if (!all)
      match_classes(g, k, exc, &next);
    gn_emit(g, GN_OP_SETEX, exc, 0, 0);
    u->phase = GN_IN_CATCH;
    bind_exception(g, k, exc);
    gn_gen_at(g, k->body, dest);
    gn_emit(g, GN_OP_SETEX, u->saved, 0, 0);
    gn_jump(g, GN_OP_JMP, 0, done);
    gn_land(g, &next);
  }
  if (!all)
    gn_emit(g, GN_OP_RETHROW, exc, 0, 0);
}

/* ---- finally ---- */

/* What comes after the block, by the number in u->kind. */
static void dispatch(gn_coder *g, gn_unwind *u) {
  gn_jumps after = {0};
  gn_jump_bc(g, GN_OP_JEQI, u->kind, 0, &after);
  for (uint32_t i = 0; i < u->nexits; i++) {
    gn_jumps next = {0};
    gn_jump_bc(g, GN_OP_JNEI, u->kind, i + 2, &next);
    gn_leave(g, u->up, &u->exits[i], u->value);
    gn_land(g, &next);
  }
  gn_emit(g, GN_OP_RETHROW, u->value, 0, 0);
  gn_land(g, &after);
}

static void gen_finally(gn_coder *g, gn_try *t, gn_unwind *u, uint32_t start) {
  gn_jumps entry = {0};
  uint32_t end = g->ncode;
  gn_emit_d(g, GN_OP_LOADI, u->kind, 0);
  gn_jump(g, GN_OP_JMP, 0, &entry);
  gn_add_handler(g, start, end, u->value, true);
  gn_emit(g, GN_OP_SETEX, u->saved, 0, 0);
  gn_emit_d(g, GN_OP_LOADI, u->kind, 1);
  gn_land(g, &entry);
  gn_land(g, &u->to_finally);
  u->phase = GN_IN_FINALLY;
  gn_gen_drop(g, t->finally);
  g->unwind = u->up;
  dispatch(g, u);
}

void gn_gen_try(gn_coder *g, gn_node *n, int32_t dest) {
  gn_try *t = n->x;
  gn_unwind u = {.up = g->unwind, .has_finally = t->finally != NULL};
  uint32_t top = g->top;
  gn_jumps done = {0};
  u.saved = gn_regs(g, 2);
  uint32_t exc = u.saved + 1;
  gn_emit(g, GN_OP_GETEX, u.saved, 0, 0);
  if (t->finally) {
    u.kind = gn_regs(g, 2);
    u.value = u.kind + 1;
  }
  uint32_t floor = g->floor;
  g->floor = g->top;
  g->unwind = &u;
  uint32_t start = g->ncode;
  gn_gen_at(g, t->body, dest);
  if (t->n) {
    uint32_t end = g->ncode;
    gn_jump(g, GN_OP_JMP, 0, &done);
    gn_add_handler(g, start, end, exc, false);
    gen_catches(g, t, &u, exc, dest, &done);
  }
  gn_land(g, &done);
  gn_at(g, n);
  if (t->finally)
    gen_finally(g, t, &u, start);
  g->unwind = u.up;
  g->floor = floor;
  g->top = top;
}

/* ---- destructuring ---- */

static bool fill_pattern(gn_coder *g, const gn_pat *pat, gn_pattern *out) {
  gn_param *items = gn_program_mem(g->c, pat->n * sizeof *items);
  gn_value none = gn_new_symbol(g->c, "_", 1);
  if (!items || none == GN_NONE)
    return false;
  for (uint32_t i = 0; i < pat->n; i++) {
    gn_value name = pat->items[i].name;
    items[i].kind = pat->items[i].kind;
    items[i].name = gn_constant(g->c, name == GN_NONE ? none : name);
    gn_comp_worked(g->c, ITEM_WORK);
    if (items[i].name == GN_NONE)
      return false;
  }
  *out = (gn_pattern){.kind = pat->kind,
                      .n = (uint16_t)pat->n,
                      .items = items,
                      .for_params = pat->for_params};
  return true;
}

/* Index of the pattern in the function's table. */
static uint32_t pattern_of(gn_coder *g, const gn_pat *pat) {
  gn_pattern desc;
  if (g->npatterns >= UINT16_MAX || pat->n >= UINT16_MAX) {
    gn_too_large(g);
    return 0;
  }
  if (!fill_pattern(g, pat, &desc))
    return 0;
  if (!gn_arena_grow(g->c->scratch, (void **)&g->patterns, g->npatterns,
                     &g->patterns_cap, sizeof *g->patterns)) {
    gn_comp_oom(g->c);
    return 0;
  }
  g->patterns[g->npatterns] = desc;
  return g->npatterns++;
}

/* First everything is matched, so that a mismatch binds nothing. */
static void match(gn_coder *g, gn_pat *pat, uint32_t from) {
  uint32_t base = gn_regs(g, pat->n ? pat->n : 1);
  gn_emit(g, GN_OP_DESTR, base, from, pattern_of(g, pat));
  for (uint32_t i = 0; i < pat->n; i++) {
    pat->items[i].reg = (uint16_t)(base + i);
    if (pat->items[i].sub)
      match(g, pat->items[i].sub, base + i);
  }
}

static void bind(gn_coder *g, gn_pat *pat) {
  for (uint32_t i = 0; i < pat->n; i++) {
    gn_pat_item *item = &pat->items[i];
    if (item->sub) {
      bind(g, item->sub);
      continue;
    }
    if (item->dflt) {
      gn_jumps given = {0};
      gn_jump(g, GN_OP_JSET, item->reg, &given);
      gn_gen_to(g, item->dflt, item->reg);
      gn_land(g, &given);
    }
    if (item->var)
      gn_store_decl(g, item->var, item->reg);
    gn_comp_rest(g->c);
  }
}

void gn_gen_destr(gn_coder *g, gn_pat *pat, uint32_t from) {
  uint32_t top = g->top;
  match(g, pat, from);
  bind(g, pat);
  g->top = top;
}
