/*
 * gen_call.c - calls and sends: the window of registers with the callee, the
 * arguments and the keyword values, and which instruction takes it.
 */
#include "compile/gen.h"

uint32_t gn_window(gn_coder *g, int32_t dest) {
  if (dest >= 0 && gn_is_fresh(g, (uint32_t)dest))
    return (uint32_t)dest;
  return gn_regs(g, 1);
}

void gn_window_done(gn_coder *g, uint32_t base, int32_t dest) {
  g->top = base + 1;
  if (dest == (int32_t)base)
    return;
  gn_move(g, base, dest);
  g->top = base;
}

/* Arguments that need an Array and a Map instead of registers in a row. */
static bool is_spread_call(const gn_args *args) {
  return args->spreads || args->splices || args->n > GN_WINDOW_MAX ||
         args->nkeys > GN_WINDOW_MAX;
}

/* The symbols of keywords, as a constant Array. */
static uint32_t key_names(gn_coder *g, const gn_args *args) {
  gn_array *a = gn_array_new(g->c->into, args->nkeys);
  if (!a) {
    gn_comp_oom(g->c);
    return 0;
  }
  for (uint32_t i = 0; i < args->nkeys; i++)
    if ((a->items[i] = gn_constant(g->c, args->keys[i])) == GN_NONE)
      a->items[i] = GN_NIL;
  a->len = args->nkeys;
  return gn_k16(g, gn_from_obj(a));
}

/* Values into new registers on top: positional ones, then those of keywords,
 * which are evaluated first. */
static void gen_window_args(gn_coder *g, const gn_args *args) {
  if (args->nkeys == 0) {
    for (uint32_t i = 0; i < args->n; i++)
      gn_gen_temp(g, args->pos[i]);
    return;
  }
  uint32_t first = gn_regs(g, args->n + args->nkeys);
  for (uint32_t i = 0; i < args->nkeys; i++)
    gn_gen_to(g, args->vals[i], first + args->n + i);
  for (uint32_t i = 0; i < args->n; i++)
    gn_gen_to(g, args->pos[i], first + i);
}

/* An Array of the positional ones and a Map or nil, in two new registers. */
static void gen_spread_args(gn_coder *g, const gn_args *args) {
  uint32_t list = gn_regs(g, 1), map = gn_regs(g, 1);
  if (args->nkeys)
    gn_gen_map(g, args, map);
  else
    gn_emit_d(g, GN_OP_LOADC, map, GN_NIL);
  gn_gen_array(g, args, list);
}

/* ---- functions ---- */

static void emit_call(gn_coder *g, const gn_args *args, uint32_t base,
                      bool tail) {
  if (is_spread_call(args))
    gn_emit(g, tail ? GN_OP_TCALLX : GN_OP_CALLX, base, 0, 0);
  else if (args->nkeys)
    gn_emit(g, tail ? GN_OP_TCALLK : GN_OP_CALLK, base, args->n,
            key_names(g, args));
  else
    gn_emit(g, tail ? GN_OP_TCALL : GN_OP_CALL, base, args->n, 0);
}

static void gen_args(gn_coder *g, const gn_args *args) {
  if (is_spread_call(args))
    gen_spread_args(g, args);
  else
    gen_window_args(g, args);
}

void gn_gen_call(gn_coder *g, gn_node *n, int32_t dest, bool tail) {
  uint32_t base = gn_window(g, dest);
  gn_gen_to(g, n->a, base);
  gen_args(g, n->x);
  gn_at(g, n);
  emit_call(g, n->x, base, tail);
  if (tail) /* run when the callee was no function of the script */
    gn_emit(g, GN_OP_RET, base, 0, 0);
  gn_window_done(g, base, dest);
}

/* ---- methods ---- */

static void emit_send(gn_coder *g, const gn_node *n, uint32_t base, bool tail) {
  const gn_args *args = n->x;
  uint32_t site = gn_site_of(g, n->value);
  if (is_spread_call(args)) {
    gn_emit(g, tail ? GN_OP_TSENDX : GN_OP_SENDX, base, 0, site);
  } else if (args->nkeys) {
    gn_emit(g, tail ? GN_OP_TSENDK : GN_OP_SENDK, base, args->n, site);
    gn_emit_d(g, GN_OP_EXT, 0, key_names(g, args));
  } else {
    gn_emit(g, tail ? GN_OP_TSEND : GN_OP_SEND, base, args->n, site);
  }
}

void gn_gen_send(gn_coder *g, gn_node *n, int32_t dest, bool tail) {
  uint32_t base = gn_window(g, dest);
  gn_gen_temp(g, n->a);
  gen_args(g, n->x);
  gn_at(g, n);
  emit_send(g, n, base, tail);
  if (tail)
    gn_emit(g, GN_OP_RET, base, 0, 0);
  gn_window_done(g, base, dest);
}

/* For calls that know keywords only among spread arguments: whether they are
 * spread. */
static bool gen_spread_or_plain(gn_coder *g, const gn_args *args) {
  bool spread = is_spread_call(args) || args->nkeys;
  if (spread)
    gen_spread_args(g, args);
  else
    gen_window_args(g, args);
  return spread;
}

void gn_gen_sendd(gn_coder *g, gn_node *n, int32_t dest) {
  const gn_args *args = n->x;
  uint32_t base = gn_window(g, dest), receiver = gn_regs(g, 1);
  gn_gen_to(g, n->a, receiver);
  gn_gen_to(g, n->b, base);
  bool spread = gen_spread_or_plain(g, args);
  gn_at(g, n);
  gn_emit(g, spread ? GN_OP_SENDDX : GN_OP_SENDD, base, spread ? 0 : args->n,
          0);
  gn_window_done(g, base, dest);
}

void gn_gen_super(gn_coder *g, gn_node *n, int32_t dest) {
  const gn_args *args = n->x;
  uint32_t base = gn_window(g, dest);
  gn_gen_temp(g, n->a);
  bool spread = gen_spread_or_plain(g, args);
  gn_at(g, n);
  gn_emit(g, spread ? GN_OP_SUPERX : GN_OP_SUPER, base, spread ? 0 : args->n,
          gn_site_of(g, n->value));
  gn_window_done(g, base, dest);
}

/* ---- macros ---- */

/* The callee, a macro, lies in base: its arguments as data, then the env. */
static void gen_macro_path(gn_coder *g, gn_node *n, uint32_t base, bool tail) {
  const gn_args *args = n->y;
  if (args->n + args->nkeys > GN_WINDOW_MAX) {
    gn_comp_error_at(g->c, n->line, n->column, "Too many macro arguments");
    return;
  }
  gen_window_args(g, args);
  gn_gen_temp(g, n->c);
  gn_at(g, n);
  gn_emit(g, tail ? GN_OP_TCALLM : GN_OP_CALLM, base, args->n,
          args->nkeys ? key_names(g, args) : UINT16_MAX);
}

/* The callee in base is no macro: an ordinary call of it. */
static void gen_evaluated_path(gn_coder *g, gn_node *n, uint32_t base,
                               bool tail) {
  if (n->b->kind == GN_N_FAIL) {
    gn_gen_drop(g, n->b);
    return;
  }
  gn_saved_scope saved = gn_scope_enter(g, n->b->y);
  gn_node call = *n->b;
  uint32_t window = gn_regs(g, 1);
  gn_move(g, base, (int32_t)window);
  gen_args(g, call.x);
  gn_at(g, n);
  emit_call(g, call.x, window, tail);
  gn_move(g, window, (int32_t)base);
  gn_scope_leave(g, saved);
}

void gn_gen_macro(gn_coder *g, gn_node *n, int32_t dest, bool tail) {
  gn_jumps macro = {0}, end = {0};
  uint32_t base = gn_window(g, dest);
  gn_gen_to(g, n->a, base);
  gn_jump(g, GN_OP_JMACRO, base, &macro);
  gen_evaluated_path(g, n, base, tail);
  gn_jump(g, GN_OP_JMP, 0, &end);
  gn_land(g, &macro);
  g->top = base + 1;
  gen_macro_path(g, n, base, tail);
  gn_land(g, &end);
  if (tail) /* run when the callee was no function of the script */
    gn_emit(g, GN_OP_RET, base, 0, 0);
  gn_window_done(g, base, dest);
}
