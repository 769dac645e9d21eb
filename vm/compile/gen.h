/*
 * gen.h - the state of code generation for one function and what its files
 * offer each other. Internal to compile/.
 *
 * Registers: parameters first, then variables of open scopes and temporaries
 * as a stack. `floor` is the first register above all variables: a temporary
 * on top of the stack can serve as the window of a call, so that its result
 * needs no move.
 */
#ifndef GN_COMPILE_GEN_H
#define GN_COMPILE_GEN_H

#include "compile/compiler.h"
#include "run/native.h"

#define GN_REGS_MAX   65000u
#define GN_WINDOW_MAX 200u /* positional arguments of an ordinary call */

typedef struct gn_jumps { /* jumps to one place that is not known yet */
  uint32_t *at;
  uint32_t n, cap;
} gn_jumps;

typedef struct gn_gen_loop {
  gn_jumps breaks, continues;
  int32_t dest; /* where the loop's value goes, -1: nowhere */
  struct gn_unwind *unwind;
} gn_gen_loop;

/* One way out through a finally block. */
typedef struct gn_exit {
  bool is_return; /* else to a loop */
  gn_gen_loop *loop;
  bool is_break;
} gn_exit;

enum gn_try_phase { GN_IN_BODY, GN_IN_CATCH, GN_IN_FINALLY };

/* A try statement that is being generated. */
typedef struct gn_unwind {
  struct gn_unwind *up;
  uint8_t phase; /* enum gn_try_phase */
  bool has_finally;
  uint32_t saved; /* register of the saved $ex */
  uint32_t kind;  /* register: how the finally block was entered */
  uint32_t value; /* register: exception or value to be returned */
  gn_jumps to_finally;
  gn_exit *exits;
  uint32_t nexits, exits_cap;
} gn_unwind;

typedef struct gn_coder {
  gn_comp *c;
  gn_fn *fn;
  gn_ins *code;
  uint32_t ncode, code_cap;
  gn_value *consts;
  uint32_t nconsts, consts_cap;
  uint32_t *const_index; /* hash table: constant + 1 */
  uint32_t const_mask;
  const gn_proto **protos;
  uint32_t nprotos, protos_cap;
  gn_site *sites;
  uint32_t nsites, sites_cap;
  gn_handler *handlers;
  uint32_t nhandlers, handlers_cap;
  gn_loc *locs;
  uint32_t nlocs, locs_cap;
  gn_env_desc *envs;
  uint32_t nenvs, envs_cap;
  gn_pattern *patterns;
  uint32_t npatterns, patterns_cap;
  gn_type_check *checks;
  uint32_t nchecks, checks_cap;
  uint32_t top, max, floor;
  uint32_t line, column;
  gn_unwind *unwind;
  gn_jumps epilogue; /* returns of a function with ^post */
  bool too_far;      /* a 16-bit jump did not reach */
  bool self_tail;    /* tail calls: of itself only */
  bool no_tail;
} gn_coder;

/* ---- gen.c: instructions, registers, tables ---- */

void gn_at(gn_coder *g, const gn_node *n); /* place of what is emitted next */
uint32_t gn_emit(gn_coder *g, enum gn_opcode op, uint32_t a, uint32_t b,
                 uint32_t c);
uint32_t gn_emit_d(gn_coder *g, enum gn_opcode op, uint32_t a, int64_t d);
void gn_jump(gn_coder *g, enum gn_opcode op, uint32_t a, gn_jumps *to);
/* A compare-and-branch, whose jump has 16 bits. */
void gn_jump_bc(gn_coder *g, enum gn_opcode op, uint32_t a, uint32_t b,
                gn_jumps *to);
void gn_land(gn_coder *g, gn_jumps *jumps); /* they come here */
void gn_loop_back(gn_coder *g, uint32_t target);

/* The first of n new registers on top. */
uint32_t gn_regs(gn_coder *g, uint32_t n);
static inline bool gn_is_fresh(const gn_coder *g, uint32_t reg) {
  return reg + 1 == g->top && reg >= g->floor;
}

uint32_t gn_k(gn_coder *g, gn_value v);   /* index of a constant */
uint32_t gn_k16(gn_coder *g, gn_value v); /* one that must fit 16 bits */
uint32_t gn_site_of(gn_coder *g, gn_value name);
uint32_t gn_check_of(gn_coder *g, gn_value type, const char *where,
                     const char *name);
void gn_add_handler(gn_coder *g, uint32_t start, uint32_t end, uint32_t reg,
                    bool finally);
void gn_too_large(gn_coder *g);

/* ---- gen_expr.c ---- */

/* The value of n: in dest; or in whatever register has it, for reading only;
 * or in a new temporary on top; or nowhere. */
void gn_gen_to(gn_coder *g, gn_node *n, uint32_t dest);
uint32_t gn_gen_any(gn_coder *g, gn_node *n);
uint32_t gn_gen_temp(gn_coder *g, gn_node *n);
void gn_gen_drop(gn_coder *g, gn_node *n);
/* dest -1: not wanted. */
void gn_gen_at(gn_coder *g, gn_node *n, int32_t dest);
/* gn_gen_any of what must keep its value while `later` is evaluated. */
uint32_t gn_gen_stable(gn_coder *g, gn_node *n, bool later_assigns);
/* The same for the first operand of what goes to dest (-1: nowhere): in dest
 * itself if that is a temporary. */
uint32_t gn_gen_first(gn_coder *g, gn_node *n, bool later_assigns,
                      int32_t dest);
void gn_load(gn_coder *g, gn_value constant, uint32_t dest);
void gn_move(gn_coder *g, uint32_t from, int32_t to);

/* ---- gen_var.c ---- */

void gn_gen_var(gn_coder *g, gn_node *n, uint32_t dest, bool raw);
/* Register of a variable that needs no instruction to read; -1: none. */
int32_t gn_var_reg(gn_coder *g, const gn_node *n);
void gn_gen_set(gn_coder *g, gn_node *n, int32_t dest);
void gn_gen_decl(gn_coder *g, gn_node *n, int32_t dest);
/* The declared variable gets the value of reg. */
void gn_store_decl(gn_coder *g, gn_var *v, uint32_t reg);
void gn_store(gn_coder *g, gn_var *v, int32_t up, uint32_t reg);
void gn_gen_builtin(gn_coder *g, gn_node *n, uint32_t dest);
void gn_gen_bpath(gn_coder *g, gn_node *n, uint32_t dest);
typedef struct gn_saved_scope {
  uint32_t top, floor;
} gn_saved_scope;
gn_saved_scope gn_scope_enter(gn_coder *g, gn_scope *scope);
void gn_scope_leave(gn_coder *g, gn_saved_scope saved);
void gn_gen_env(gn_coder *g, gn_node *n, uint32_t dest);
bool gn_var_hoisted(const gn_var *v);
/* Slot of a module's variable, or -1: it has none. */
int32_t gn_var_slot(gn_coder *g, gn_var *v);
/* It is a variable of the script, not just a name that is mentioned. */
bool gn_is_user_variable(gn_coder *g, gn_var *v);

/* ---- gen_logic.c ---- */

/* Jumps to `to` if n is truthy (sense) or falsy. */
void gn_gen_branch(gn_coder *g, gn_node *n, bool sense, gn_jumps *to);
void gn_gen_logic(gn_coder *g, gn_node *n, uint32_t dest);
void gn_gen_compare(gn_coder *g, gn_node *n, uint32_t dest);
void gn_gen_fold(gn_coder *g, gn_node *n, uint32_t dest);
bool gn_is_bool(const gn_node *n); /* its value is a Bool, nil or void */
bool gn_small_int(const gn_node *n, int32_t *out); /* fits 16 bits signed */
/* Jumps if R[a] == R[b]. */
void gn_gen_equal_regs(gn_coder *g, uint32_t a, uint32_t b, gn_jumps *to);
void gn_gen_equal_jump(gn_coder *g, uint32_t a, gn_node *b, bool equal,
                       gn_jumps *to);

/* ---- gen_call.c ---- */

void gn_gen_call(gn_coder *g, gn_node *n, int32_t dest, bool tail);
void gn_gen_send(gn_coder *g, gn_node *n, int32_t dest, bool tail);
void gn_gen_sendd(gn_coder *g, gn_node *n, int32_t dest);
void gn_gen_super(gn_coder *g, gn_node *n, int32_t dest);
void gn_gen_macro(gn_coder *g, gn_node *n, int32_t dest, bool tail);
/* Base register of a window: dest itself if it lies on top. */
uint32_t gn_window(gn_coder *g, int32_t dest);
void gn_window_done(gn_coder *g, uint32_t base, int32_t dest);

/* ---- gen_data.c ---- */

void gn_gen_array(gn_coder *g, const gn_args *args, uint32_t dest);
void gn_gen_array_node(gn_coder *g, gn_node *n, uint32_t dest);
void gn_gen_map(gn_coder *g, const gn_args *args, uint32_t dest);
void gn_gen_map_node(gn_coder *g, gn_node *n, uint32_t dest);
void gn_gen_hashmap(gn_coder *g, gn_node *n, uint32_t dest);
void gn_gen_gene(gn_coder *g, gn_node *n, uint32_t dest);
void gn_gen_str(gn_coder *g, gn_node *n, uint32_t dest);
void gn_gen_get(gn_coder *g, gn_node *n, uint32_t dest);
void gn_gen_put(gn_coder *g, gn_node *n, int32_t dest);
void gn_gen_update(gn_coder *g, gn_node *n, int32_t dest);

/* ---- gen_control.c ---- */

void gn_gen_tail(gn_coder *g, gn_node *n); /* leaves the function */
void gn_gen_cond(gn_coder *g, gn_node *n, int32_t dest);
void gn_gen_seq(gn_coder *g, gn_node *n, int32_t dest);
void gn_gen_case(gn_coder *g, gn_node *n, int32_t dest);
void gn_gen_while(gn_coder *g, gn_node *n, int32_t dest);
void gn_gen_repeat(gn_coder *g, gn_node *n, int32_t dest);
void gn_gen_for(gn_coder *g, gn_node *n, int32_t dest);
void gn_gen_break(gn_coder *g, gn_node *n);
void gn_gen_continue(gn_coder *g, gn_node *n);
void gn_gen_return(gn_coder *g, gn_node *n);
/* Return the value of reg, or leave to a loop, through all that is open. */
void gn_leave(gn_coder *g, gn_unwind *from, const gn_exit *exit, uint32_t reg);
void gn_gen_ret(gn_coder *g, uint32_t reg);

/* ---- gen_try.c ---- */

void gn_gen_try(gn_coder *g, gn_node *n, int32_t dest);
void gn_gen_destr(gn_coder *g, gn_pat *pat, uint32_t from);
/* Throws; the message is the text of `about` (or GN_NONE) and then `text`. */
void gn_gen_fail(gn_coder *g, int exc, gn_value about, const char *text);

/* ---- gen_fn.c, gen_class.c ---- */

void gn_gen_closure(gn_coder *g, gn_fn *fn, uint32_t dest);
void gn_gen_check_return(gn_coder *g, uint32_t reg);
void gn_gen_class(gn_coder *g, gn_node *n, int32_t dest);
void gn_gen_member(gn_coder *g, gn_node *n, int32_t dest);
void gn_gen_field(gn_coder *g, gn_node *n);

#endif
