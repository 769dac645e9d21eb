/*
 * interp.c - the dispatch loop: runs the current fiber of a context until it
 * is preempted, waits or ends. It never recurses: calls of Gene code, of
 * natives and back into natives are frames on the fiber's own stack. What an
 * instruction can't do in a few lines lives elsewhere in run/.
 */
#include "run/class_id.h"
#include "run/future.h"
#include "run/internal_natives.h"
#include "run/interp_parts.h"
#include "run/trace.h"
#include "types/function.h"
#include "types/range.h"

#include <stdio.h>

/* Room above a frame for the window of an internal native. */
#define WINDOW_ROOM 16u

static inline bool both_fix(gn_value a, gn_value b) {
  return (a & b & 1) != 0;
}
static inline bool both_flo(gn_value a, gn_value b) {
  return (a & 3) == 2 && (b & 3) == 2;
}

/* x * y for two tagged ints; true on overflow. */
static inline bool mul_fix(gn_value x, gn_value y, int64_t *r) {
  if (__builtin_mul_overflow((int64_t)(x - 1), (int64_t)y >> 1, r))
    return true;
  *r |= 1;
  return false;
}

/* The binary operation on two floats in line. */
static inline double float_op(enum gn_opcode op, double x, double y) {
  return op == GN_OP_ADD ? x + y : op == GN_OP_SUB ? x - y : x * y;
}

static bool fix_compare(enum gn_opcode op, int64_t x, int64_t y) {
  switch (op) {
  case GN_OP_LT: return x < y;
  case GN_OP_LE: return x <= y;
  case GN_OP_GT: return x > y;
  default: return x >= y;
  }
}

static bool float_compare(enum gn_opcode op, double x, double y) {
  switch (op) {
  case GN_OP_LT: return x < y;
  case GN_OP_LE: return x <= y;
  case GN_OP_GT: return x > y;
  default: return x >= y;
  }
}

/* Throws for a call that needs a frame more than the limit allows. */
static int throw_stack_overflow(gn_ctx *ctx) {
  return gn_throw(ctx, GN_X_RUNTIME, "GENE.VM.STACK_OVERFLOW",
                  "Stack overflow");
}

/* Natives pass the receiver of a method as its first argument. */
static bool is_method(gn_value callee) {
  if (gn_is(callee, GN_T_CLOSURE))
    return (gn_as_obj(callee)->aux & GN_CLO_METHOD) != 0;
  return gn_is(callee, GN_T_NATIVE) &&
         (((gn_native_fn *)gn_as_obj(callee))->def->flags & GN_N_METHOD);
}

/* Makes room for a frame and for the stack up to `need`. */
static int make_room(gn_ctx *ctx, gn_fiber *fb, uint32_t need) {
  if (GN_UNLIKELY(need > fb->stack_cap) && !gn_fiber_grow_stack(ctx, fb, need))
    return gn_oom(ctx);
  if (GN_UNLIKELY(fb->nframes == fb->frames_cap)) {
    if (fb->nframes >= ctx->limits.stack_depth)
      return throw_stack_overflow(ctx);
    if (!gn_fiber_grow_frames(ctx, fb))
      return gn_oom(ctx);
  }
  return GN_OK;
}

/* The handler of the innermost frame that takes an exception (no catch takes
 * that of exit); frames without one are dropped. False: none in this fiber. */
static bool unwind(gn_fiber *fb, bool exits, const gn_handler **found) {
  while (fb->nframes > 0) {
    gn_frame *fr = &fb->frames[fb->nframes - 1];
    if (fr->flags & GN_F_NATIVE) {
      if (fr->def->flags & GN_N_CATCHES) {
        *found = NULL;
        return true;
      }
    } else {
      const gn_proto *p = fr->clo->proto;
      uint32_t pc = (uint32_t)(fr->pc - p->code) - 1;
      for (uint32_t i = 0; i < p->nhandlers; i++)
        if (pc >= p->handlers[i].start && pc < p->handlers[i].end &&
            (!exits || p->handlers[i].finally)) {
          *found = &p->handlers[i];
          return true;
        }
    }
    fb->nframes--;
  }
  return false;
}

static int wrong_number(gn_ctx *ctx, const gn_native_def *def, int expected,
                        uint32_t got) {
  gn_throw(ctx, GN_X_ARGUMENT, NULL, "Expected %d arguments, got %u", expected,
           got);
  return gn_missed(ctx, GN_NONE, GN_NONE, def);
}

/* Checks arity, keywords and capability of a native call. */
static int check_native(gn_ctx *ctx, const gn_native_def *def, uint32_t argc,
                        const gn_dict *kw) {
  uint32_t n = argc - (def->flags & GN_N_METHOD);
  if (GN_UNLIKELY(n < (uint32_t)def->min))
    return wrong_number(ctx, def, def->min, n);
  if (GN_UNLIKELY(def->max >= 0 && n > (uint32_t)def->max))
    return wrong_number(ctx, def, def->max, n);
  if (GN_UNLIKELY(kw && !(def->flags & GN_N_KEYWORDS) && kw->live > 0)) {
    uint32_t at = 0;
    size_t len;
    const char *name = gn_text(gn_dict_next(kw, &at)->key, &len);
    gn_throw(ctx, GN_X_ARGUMENT, NULL, "Unexpected keyword argument: %.*s",
             (int)len, name);
    return gn_missed(ctx, GN_NONE, GN_NONE, def);
  }
  if (GN_UNLIKELY(def->capability & ~ctx->capabilities)) {
    uint32_t cap = def->capability;
    return gn_throw(ctx, GN_X_PERMISSION, NULL, "Permission denied: %s",
                    cap & GENE_CAP_FS    ? "fs"
                    : cap & GENE_CAP_NET ? "net"
                    : cap & GENE_CAP_ENV ? "env"
                                         : "process");
  }
  return GN_OK;
}

/* A method without keywords whose call with argc arguments (self not counted)
 * needs no further check. */
static inline bool plain_method(const gn_native_def *def, uint32_t argc) {
  return (def->flags & GN_N_METHOD) && argc >= (uint32_t)def->min &&
         (def->max < 0 || argc <= (uint32_t)def->max) && def->capability == 0;
}

/* Wants self in front of its arguments. */
static inline bool is_script_method(gn_value callee) {
  return gn_is(callee, GN_T_CLOSURE) &&
         (((gn_closure *)gn_as_obj(callee))->proto->flags & GN_P_METHOD);
}

/* First entry of a native whose arguments (self counted) stand at `args` and
 * for which make_room has been done. Gives its status. */
static inline int start_native(gn_ctx *ctx, gn_fiber *fb, gn_call *call,
                               const gn_native_def *def, uint32_t args,
                               uint32_t argc, gn_dict *kw) {
  fb->extent = args + argc + def->locals;
  ctx->call_kw = kw;
  for (uint32_t k = 0; k < def->locals; k++)
    fb->stack[args + argc + k] = GN_NIL;
  if (gn_heap_wants_gc(&ctx->heap))
    gn_ctx_collect(ctx);
  call->argv = fb->stack + args;
  call->argc = argc;
  call->state = 0;
  call->kw = kw;
  call->locals = call->argv + argc;
  call->result = GN_NIL;
  call->thrown = GN_NONE;
  call->def = def;
  call->arg_array = NULL;
  call->pass_kw = NULL;
  call->nargs = 0;
  int st = def->fn(ctx, call);
  if (GN_UNLIKELY(st == GN_THROW && ctx->thrown == GN_NONE &&
                  gn_ctx_collect(ctx))) {
    call->state = 0;
    st = def->fn(ctx, call);
  }
  return st;
}

/* A future for a fiber of its own. NULL: thrown. It may collect. There has to
 * be room for what the fiber waits for too: else a loop of such calls would
 * have futures that fail, and not see why. */
static gn_future *new_pending(gn_ctx *ctx) {
  int status = gn_check_pending(ctx, 2);
  if (GN_UNLIKELY(status != GN_OK && ctx->thrown == GN_NONE)) {
    gn_ctx_collect(ctx);
    status = gn_check_pending_now(ctx, 2);
  }
  return status == GN_OK ? gn_future_new(ctx) : NULL;
}

/* Moves a frame whose arguments are bound into a fiber of its own and gives
 * the Future (or Generator) that stands for it. GN_NONE: thrown. */
static gn_fiber *move_frame(gn_ctx *ctx, gn_fiber *fb, gn_frame *fr,
                            enum gn_fiber_role role) {
  uint32_t nregs = fr->clo->proto->nregs;
  gn_fiber *child = gn_fiber_bare(ctx, role, nregs + WINDOW_ROOM);
  if (!child)
    return NULL;
  memcpy(child->stack + 1, fb->stack + fr->base, nregs * sizeof(gn_value));
  gn_frame *to = &child->frames[child->nframes++];
  *to = *fr;
  to->base = 1;
  to->ret = to->win = 0;
  to->flags = GN_F_BOTTOM;
  return child;
}

static void trace_instruction(gn_fiber *fb, const gn_frame *fr,
                              const gn_ins *i) {
#define OP(name, format, doc) #name,
  static const char *const names[] = {GN_OPCODES(OP)};
#undef OP
  fprintf(stderr, "[%p %u] %5ld %-8s a=%u b=%u c=%u d=%d\n", (void *)fb,
          fb->nframes, (long)(i - fr->clo->proto->code), names[i->op], i->a,
          i->b, i->c, i->d);
}

/* Only here another fiber may run: between two of these one is alone. */
static bool is_safepoint(uint16_t op) {
  switch (op) {
  case GN_OP_LOOP:
  case GN_OP_CALL:
  case GN_OP_CALLK:
  case GN_OP_CALLX:
  case GN_OP_CALLM:
  case GN_OP_TCALL:
  case GN_OP_TCALLK:
  case GN_OP_TCALLX:
  case GN_OP_TCALLM:
  case GN_OP_SEND:
  case GN_OP_SENDK:
  case GN_OP_SENDX:
  case GN_OP_TSEND:
  case GN_OP_TSENDK:
  case GN_OP_TSENDX:
  case GN_OP_SENDD:
  case GN_OP_SENDDX:
  case GN_OP_SUPER:
  case GN_OP_SUPERX: return true;
  default: return false;
  }
}

/* Tells whether the instruction is to be put off (slice of one). */
static bool stress(gn_ctx *ctx, gn_fiber *fb, gn_frame *fr, const gn_ins *i) {
  uint32_t kind = ctx->core->stress;
  if ((kind & GN_STRESS_SLICE) && is_safepoint(i->op)) {
    ctx->stress_step = !ctx->stress_step;
    if (ctx->stress_step)
      return true;
  }
  if (kind & GN_STRESS_TRACE)
    trace_instruction(fb, fr, i);
  if (kind & GN_STRESS_MOVE)
    gn_fiber_move_stack(ctx, fb);
  if (kind & GN_STRESS_GC)
    gn_ctx_collect(ctx);
  return false;
}

#define NO_CALLER "$caller_eval is only possible inside a macro call"

#define SIGNED16(x) ((int64_t)(int16_t)(x))

/* The one giant: every instruction is a label in it. */
/* NOLINTNEXTLINE(readability-function-size) */
enum gn_interp_status gn_interp(gn_ctx *ctx) {
#define OP(name, format, doc) &&L_##name,
  static const void *const labels[] = {GN_OPCODES(OP)};
#undef OP
#define OP(name, format, doc) &&L_stress,
  static const void *const stress_labels[] = {GN_OPCODES(OP)};
#undef OP
  const void *const *const dispatch =
      GN_UNLIKELY(ctx->core->stress) ? stress_labels : labels;

  gn_fiber *const fb = ctx->current;
  gn_frame *fr;
  gn_closure *clo;
  const gn_ins *pc, *i;
  const gn_value *K;
  gn_value *R;
  const gn_ins *oom_at = NULL;
  uint64_t oom_collections = 0;

  /* of a call being made */
  gn_value callee, v, env;
  uint32_t args, argc, ret, win;
  uint16_t ff;
  gn_dict *kw;
  gn_call call;
  uint32_t depth_of_call;
  int status;
  bool has_self;

#define LOAD_FRAME()          \
  do {                        \
    clo = fr->clo;            \
    pc = fr->pc;              \
    K = clo->proto->consts;   \
    R = fb->stack + fr->base; \
  } while (0)
#define NEXT               \
  do {                     \
    i = pc++;              \
    goto *dispatch[i->op]; \
  } while (0)
#define THROW_IF(status)                \
  do {                                  \
    if (GN_UNLIKELY((status) != GN_OK)) \
      goto L_throw;                     \
  } while (0)
#define THROW_SAVED_IF(status)          \
  do {                                  \
    if (GN_UNLIKELY((status) != GN_OK)) \
      goto L_throw_saved;               \
  } while (0)
#define SAFEPOINT()                   \
  do {                                \
    if (gn_heap_wants_gc(&ctx->heap)) \
      gn_ctx_collect(ctx);            \
  } while (0)
/* Names that are looked up take long, and evaluated code may do so many times
 * in a row: the slice may end there, but it is this fiber that goes on. */
#define NAME_FUEL 4
#define NAME_STEP()                    \
  do {                                 \
    if (GN_UNLIKELY(ctx->fuel <= 0)) { \
      ctx->alone = true;               \
      fr->pc = i;                      \
      return GN_I_PREEMPTED;           \
    }                                  \
    ctx->fuel -= NAME_FUEL;            \
  } while (0)
#define SITE(c) (&clo->module->caches[clo->proto->site_base + (c)])
/* A register, or (below 0) a slot of the module. */
#define VARIABLE(d)  ((d) >= 0 ? R[d] : clo->module->slots[-1 - (d)])
#define SITE_NAME(c) (clo->proto->sites[c].name)
/* Calls an internal native with n arguments, its result to register `to`. */
#define INTERNAL(which, n, to, flags_) \
  do {                                 \
    def = &(which);                    \
    argc = (n);                        \
    ret = fr->base + (to);             \
    ff = (flags_);                     \
    goto L_internal;                   \
  } while (0)

  const gn_native_def *def;
  gn_value internal[4];

  fb->state = GN_FIBER_RUNNING;
  if (GN_UNLIKELY(fb->nframes == 0)) {
    gn_fiber_end(ctx, fb, fb->resumed);
    return GN_I_SWITCHED;
  }
  fr = &fb->frames[fb->nframes - 1];
  if (!(fr->flags & GN_F_NATIVE))
    LOAD_FRAME();
  if (GN_UNLIKELY(fb->deliver)) {
    fb->deliver = false;
    ctx->thrown = fb->cancel_exc;
    fb->cancel_exc = GN_NONE;
    if (!(fr->flags & GN_F_NATIVE))
      fr->pc = pc + 1; /* the place is that of the instruction that waited */
    goto L_throw_saved;
  }
  if (fr->flags & GN_F_NATIVE) {
    v = fb->resumed;
    fb->resumed = GN_NIL;
    goto L_resume_native;
  }
  NEXT;

L_stress:
  if (stress(ctx, fb, fr, i)) {
    fr->pc = i;
    return GN_I_PREEMPTED;
  }
  R = fb->stack + fr->base;
  goto *labels[i->op];

  /* ---- loads and variables ---- */

L_EXT:
  assert(false && "EXT is never run");
L_MOVE:
  R[i->a] = R[i->b];
  NEXT;
L_LOADK:
  R[i->a] = K[i->d];
  NEXT;
L_LOADI:
  R[i->a] = gn_from_fix(i->d);
  NEXT;
L_LOADC:
  R[i->a] = (gn_value)(uint32_t)i->d;
  NEXT;
L_QUOTE:
  SAFEPOINT();
  v = gn_copy_quoted(ctx, K[i->d]);
  if (GN_UNLIKELY(v == GN_NONE))
    goto L_oom;
  if (GN_UNLIKELY(v == GN_UNSET)) {
    internal[0] = K[i->d];
    INTERNAL(gn_def_quote, 1, i->a, 0);
  }
  R[i->a] = v;
  NEXT;
L_GETG:
  v = clo->module->slots[i->d];
  if (GN_UNLIKELY(v == GN_UNSET)) {
    THROW_IF(
        gn_name_get(ctx, clo->module, clo->module->slot_names[i->d], &R[i->a]));
    NEXT;
  }
  R[i->a] = v;
  NEXT;
L_DEFG:
  clo->module->slots[i->d] = R[i->a];
  NEXT;
L_SETG : {
  gn_value *slot = &clo->module->slots[i->d];
  if (GN_UNLIKELY(*slot == GN_UNSET))
    THROW_IF(
        gn_name_set(ctx, clo->module, clo->module->slot_names[i->d], R[i->a]));
  else
    *slot = R[i->a];
  NEXT;
}
L_GETN:
  NAME_STEP();
  THROW_IF(gn_name_get(ctx, clo->module, K[i->d], &R[i->a]));
  NEXT;
L_DEFN:
  NAME_STEP();
  THROW_IF(gn_name_define(ctx, clo->module, K[i->d], R[i->a]));
  NEXT;
L_SETN:
  NAME_STEP();
  THROW_IF(gn_name_set(ctx, clo->module, K[i->d], R[i->a]));
  NEXT;
L_GETU:
  R[i->a] = clo->up[i->b];
  NEXT;
L_GETUC:
  R[i->a] = ((gn_box *)gn_as_obj(clo->up[i->b]))->v;
  NEXT;
L_SETUC:
  ((gn_box *)gn_as_obj(clo->up[i->b]))->v = R[i->a];
  NEXT;
L_CELL:
L_NEWCELL:
  SAFEPOINT();
  v = gn_box_new(&ctx->heap, GN_T_CELL,
                 i->op == GN_OP_CELL ? R[i->a] : GN_UNSET);
  if (GN_UNLIKELY(v == GN_NONE))
    goto L_oom;
  R[i->a] = v;
  NEXT;
L_GETC:
  R[i->a] = ((gn_box *)gn_as_obj(R[i->b]))->v;
  NEXT;
L_SETC:
  ((gn_box *)gn_as_obj(R[i->a]))->v = R[i->b];
  NEXT;
L_CLOSURE:
  SAFEPOINT();
  v = gn_make_closure(ctx, clo->proto->protos[i->d], clo->module, clo, R);
  if (GN_UNLIKELY(v == GN_NONE))
    goto L_oom;
  R[i->a] = v;
  NEXT;
L_ENV:
  SAFEPOINT();
  v = gn_make_env(ctx, &clo->proto->envs[i->d], clo, R);
  if (GN_UNLIKELY(v == GN_NONE))
    goto L_oom;
  R[i->a] = v;
  NEXT;

  /* ---- arithmetic ---- */

#define ARITH(name, FIX)                                                      \
  L_##name : {                                                                \
    gn_value x = R[i->b], y = R[i->c];                                        \
    int64_t r;                                                                \
    if (GN_LIKELY(both_fix(x, y))) {                                          \
      if (GN_LIKELY(!(FIX))) {                                                \
        R[i->a] = (gn_value)r;                                                \
        NEXT;                                                                 \
      }                                                                       \
    } else if (both_flo(x, y)) {                                              \
      if (GN_LIKELY(gn_flo_pack(float_op(GN_OP_##name, gn_flo(x), gn_flo(y)), \
                                &R[i->a])))                                   \
        NEXT;                                                                 \
    }                                                                         \
    goto L_arith;                                                             \
  }
  ARITH(ADD, __builtin_add_overflow((int64_t)x, (int64_t)(y - 1), &r))
  ARITH(SUB, __builtin_sub_overflow((int64_t)x, (int64_t)(y - 1), &r))
  ARITH(MUL, mul_fix(x, y, &r))
#undef ARITH
L_DIV : {
  gn_value x = R[i->b], y = R[i->c];
  double q;
  if (both_flo(x, y))
    q = gn_flo(x) / gn_flo(y);
  else if (both_fix(x, y) && gn_fix(y) != 0)
    q = (double)gn_fix(x) / (double)gn_fix(y);
  else
    goto L_arith;
  if (GN_LIKELY(gn_flo_pack(q, &R[i->a])))
    NEXT;
  goto L_arith;
}
L_MOD : {
  gn_value x = R[i->b], y = R[i->c];
  if (GN_UNLIKELY(!both_fix(x, y) || gn_fix(y) == 0))
    goto L_arith;
  R[i->a] = gn_from_fix(gn_fix(y) == -1 ? 0 : gn_fix(x) % gn_fix(y));
  NEXT;
}
L_ADDI : {
  gn_value x = R[i->b];
  int64_t r;
  if (GN_LIKELY(gn_is_fix(x)) &&
      GN_LIKELY(!__builtin_add_overflow((int64_t)x, SIGNED16(i->c) * 2, &r))) {
    R[i->a] = (gn_value)r;
    NEXT;
  }
  goto L_arith_imm;
}
L_SUBI : {
  gn_value x = R[i->b];
  int64_t r;
  if (GN_LIKELY(gn_is_fix(x)) &&
      GN_LIKELY(!__builtin_sub_overflow((int64_t)x, SIGNED16(i->c) * 2, &r))) {
    R[i->a] = (gn_value)r;
    NEXT;
  }
  goto L_arith_imm;
}
L_MULI : {
  gn_value x = R[i->b];
  int64_t r;
  if (GN_LIKELY(gn_is_fix(x)) && GN_LIKELY(!__builtin_mul_overflow(
                                     (int64_t)(x - 1), SIGNED16(i->c), &r))) {
    R[i->a] = (gn_value)r | 1;
    NEXT;
  }
  goto L_arith_imm;
}
L_MODI : {
  gn_value x = R[i->b];
  if (GN_LIKELY(gn_is_fix(x))) {
    R[i->a] = gn_from_fix(gn_fix(x) % SIGNED16(i->c));
    NEXT;
  }
  goto L_arith_imm;
}
L_POW:
L_SHL:
L_SHR:
L_XOR:
  goto L_arith;
L_CONCAT:
  if (GN_UNLIKELY(gn_is_long(R[i->b]) || gn_is_long(R[i->c])))
    goto L_long;
  SAFEPOINT();
  if (gn_is_string(R[i->b]) && gn_is_string(R[i->c])) {
    gn_charge(ctx, gn_str(R[i->c])->len >> 4);
    v = gn_string_concat(&ctx->heap, R[i->b], R[i->c]);
    if (GN_UNLIKELY(v == GN_NONE))
      goto L_oom;
    R[i->a] = v;
    NEXT;
  }
  goto L_arith;
L_AND:
  if (both_fix(R[i->b], R[i->c])) {
    R[i->a] = R[i->b] & R[i->c];
    NEXT;
  }
  goto L_arith;
L_OR:
  if (both_fix(R[i->b], R[i->c])) {
    R[i->a] = R[i->b] | R[i->c];
    NEXT;
  }
  goto L_arith;
L_NEG:
  if (gn_is_fix(R[i->b]) && gn_fix(R[i->b]) != GN_FIX_MIN) {
    R[i->a] = gn_from_fix(-gn_fix(R[i->b]));
    NEXT;
  }
  v = GN_NIL;
  goto L_arith_unary;
L_NOT:
  if (gn_is_fix(R[i->b])) {
    R[i->a] = ~R[i->b] | 1;
    NEXT;
  }
  if (!gn_is_ptr(R[i->b])) {
    R[i->a] = gn_bool(!gn_truthy(R[i->b]));
    NEXT;
  }
  v = GN_NIL;
  goto L_arith_unary;

L_arith_unary:
  if (GN_UNLIKELY(gn_is_long(R[i->b])))
    goto L_long_unary;
  SAFEPOINT();
  THROW_IF(gn_arith_slow(ctx, (enum gn_opcode)i->op, R[i->b], v, &R[i->a]));
  NEXT;
L_arith:
  if (GN_UNLIKELY(gn_is_long(R[i->b]) || gn_is_long(R[i->c])))
    goto L_long;
  SAFEPOINT();
  THROW_IF(
      gn_arith_slow(ctx, (enum gn_opcode)i->op, R[i->b], R[i->c], &R[i->a]));
  NEXT;
L_long:
  v = R[i->c];
L_long_unary:
  internal[0] = R[i->b];
  internal[1] = v;
  internal[2] = gn_from_fix(i->op);
  INTERNAL(gn_def_long, 3, i->a, 0);
L_arith_imm : {
  enum gn_opcode op = i->op == GN_OP_ADDI   ? GN_OP_ADD
                      : i->op == GN_OP_SUBI ? GN_OP_SUB
                      : i->op == GN_OP_MULI ? GN_OP_MUL
                                            : GN_OP_MOD;
  SAFEPOINT();
  THROW_IF(
      gn_arith_slow(ctx, op, R[i->b], gn_from_fix(SIGNED16(i->c)), &R[i->a]));
  NEXT;
}

  /* ---- comparison ---- */

L_EQ:
L_NE : {
  int eq;
  if (both_fix(R[i->b], R[i->c]))
    eq = R[i->b] == R[i->c];
  else
    eq = gn_equal_quick(R[i->b], R[i->c]);
  if (GN_LIKELY(eq >= 0)) {
    R[i->a] = gn_bool((eq == 1) == (i->op == GN_OP_EQ));
    NEXT;
  }
  internal[0] = R[i->b];
  internal[1] = R[i->c];
  INTERNAL(gn_def_equal, 2, i->a, i->op == GN_OP_NE ? GN_F_NEGATE : 0);
}

/* What the slow path fills has a name of its own: a local whose address is
 * taken would live on the stack in the fast path too. */
#define COMPARE(name)                                            \
  L_##name : {                                                   \
    gn_value x = R[i->b], y = R[i->c];                           \
    bool t;                                                      \
    if (GN_LIKELY(both_fix(x, y)))                               \
      t = fix_compare(GN_OP_##name, (int64_t)x, (int64_t)y);     \
    else if (both_flo(x, y))                                     \
      t = float_compare(GN_OP_##name, gn_flo(x), gn_flo(y));     \
    else {                                                       \
      bool slow;                                                 \
      THROW_IF(gn_compare_slow(ctx, GN_OP_##name, x, y, &slow)); \
      t = slow;                                                  \
    }                                                            \
    R[i->a] = gn_bool(t);                                        \
    NEXT;                                                        \
  }
  COMPARE(LT)
  COMPARE(LE)
  COMPARE(GT)
  COMPARE(GE)
#undef COMPARE
L_IS : {
  bool t;
  THROW_IF(gn_is_type(ctx, R[i->b], R[i->c], &t));
  R[i->a] = gn_bool(t);
  NEXT;
}

  /* ---- jumps ---- */

L_JMP:
  pc += i->d;
  NEXT;
L_LOOP:
  pc += i->d;
  ctx->fuel += i->d;
  if (GN_UNLIKELY(ctx->fuel <= 0)) {
    fr->pc = pc;
    return GN_I_PREEMPTED;
  }
  NEXT;
L_JT:
  if (gn_truthy(R[i->a]))
    pc += i->d;
  NEXT;
L_JF:
  if (!gn_truthy(R[i->a]))
    pc += i->d;
  NEXT;
L_JOR:
  v = R[i->a];
  if (gn_truthy(v) && !gn_is_int(v) && !gn_is(v, GN_T_BYTES))
    pc += i->d;
  NEXT;
L_JSET:
  if (R[i->a] != GN_UNSET)
    pc += i->d;
  NEXT;
L_JMACRO:
  v = R[i->a];
  if (gn_is(v, GN_T_CLOSURE) &&
      (((gn_closure *)gn_as_obj(v))->proto->flags & GN_P_MACRO))
    pc += i->d;
  NEXT;

#define JUMP_COMPARE(name, OPNAME, WANT)                   \
  L_##name : {                                             \
    gn_value x = R[i->a], y = R[i->b];                     \
    bool t;                                                \
    if (GN_LIKELY(both_fix(x, y)))                         \
      t = fix_compare(OPNAME, (int64_t)x, (int64_t)y);     \
    else if (both_flo(x, y))                               \
      t = float_compare(OPNAME, gn_flo(x), gn_flo(y));     \
    else {                                                 \
      bool slow;                                           \
      THROW_IF(gn_compare_slow(ctx, OPNAME, x, y, &slow)); \
      t = slow;                                            \
    }                                                      \
    if (t == WANT)                                         \
      pc += SIGNED16(i->c);                                \
    NEXT;                                                  \
  }
  JUMP_COMPARE(JLT, GN_OP_LT, true)
  JUMP_COMPARE(JNLT, GN_OP_LT, false)
  JUMP_COMPARE(JLE, GN_OP_LE, true)
  JUMP_COMPARE(JNLE, GN_OP_LE, false)
  JUMP_COMPARE(JGT, GN_OP_GT, true)
  JUMP_COMPARE(JNGT, GN_OP_GT, false)
  JUMP_COMPARE(JGE, GN_OP_GE, true)
  JUMP_COMPARE(JNGE, GN_OP_GE, false)
#undef JUMP_COMPARE
#define JUMP_COMPARE_IMM(name, OPNAME, WANT)                                \
  L_##name : {                                                              \
    gn_value x = R[i->a];                                                   \
    bool t;                                                                 \
    if (GN_LIKELY(gn_is_fix(x)))                                            \
      t = fix_compare(OPNAME, gn_fix(x), SIGNED16(i->b));                   \
    else {                                                                  \
      bool slow;                                                            \
      THROW_IF(gn_compare_slow(ctx, OPNAME, x, gn_from_fix(SIGNED16(i->b)), \
                               &slow));                                     \
      t = slow;                                                             \
    }                                                                       \
    if (t == WANT)                                                          \
      pc += SIGNED16(i->c);                                                 \
    NEXT;                                                                   \
  }
  JUMP_COMPARE_IMM(JLTI, GN_OP_LT, true)
  JUMP_COMPARE_IMM(JNLTI, GN_OP_LT, false)
  JUMP_COMPARE_IMM(JLEI, GN_OP_LE, true)
  JUMP_COMPARE_IMM(JNLEI, GN_OP_LE, false)
  JUMP_COMPARE_IMM(JGTI, GN_OP_GT, true)
  JUMP_COMPARE_IMM(JNGTI, GN_OP_GT, false)
  JUMP_COMPARE_IMM(JGEI, GN_OP_GE, true)
  JUMP_COMPARE_IMM(JNGEI, GN_OP_GE, false)
#undef JUMP_COMPARE_IMM
L_JEQ:
L_JNE : {
  int eq;
  if (both_fix(R[i->a], R[i->b]))
    eq = R[i->a] == R[i->b];
  else
    eq = gn_equal_quick(R[i->a], R[i->b]);
  if (GN_UNLIKELY(eq < 0)) {
    internal[0] = R[i->a];
    internal[1] = R[i->b];
    INTERNAL(gn_def_equal, 2, 0, GN_F_TEST);
  }
  if ((eq == 1) == (i->op == GN_OP_JEQ))
    pc += SIGNED16(i->c);
  NEXT;
}
L_JEQI:
L_JNEI : {
  bool eq;
  v = R[i->a];
  if (GN_LIKELY(gn_is_fix(v)))
    eq = gn_fix(v) == SIGNED16(i->b);
  else
    eq = gn_equal_quick(v, gn_from_fix(SIGNED16(i->b))) == 1;
  if (GN_UNLIKELY(gn_is(v, GN_T_INSTANCE))) {
    internal[0] = v;
    internal[1] = gn_from_fix(SIGNED16(i->b));
    INTERNAL(gn_def_equal, 2, 0, GN_F_TEST);
  }
  if (eq == (i->op == GN_OP_JEQI))
    pc += SIGNED16(i->c);
  NEXT;
}

/* ---- calls ---- */

#define PREEMPT_CHECK()                \
  do {                                 \
    if (GN_UNLIKELY(ctx->fuel <= 0)) { \
      fr->pc = i;                      \
      return GN_I_PREEMPTED;           \
    }                                  \
  } while (0)
/* Enters a Gene function whose arguments stand where they belong. */
#define ENTER(target, base_, ret_, win_, flags_) \
  do {                                           \
    clo = (target);                              \
    ctx->fuel -= clo->proto->ncode;              \
    fr = &fb->frames[fb->nframes++];             \
    fr->clo = clo;                               \
    fr->base = (base_);                          \
    fr->ret = (ret_);                            \
    fr->win = (win_);                            \
    fr->flags = (flags_);                        \
    pc = clo->proto->code;                       \
    K = clo->proto->consts;                      \
    R = fb->stack + (base_);                     \
  } while (0)

L_CALL : {
  PREEMPT_CHECK();
  callee = R[i->a];
  if (GN_LIKELY(gn_is(callee, GN_T_CLOSURE))) {
    gn_closure *to = (gn_closure *)gn_as_obj(callee);
    const gn_proto *p = to->proto;
    uint32_t base = fr->base + i->a + 1;
    if (GN_LIKELY((p->flags & GN_P_SIMPLE) && p->nreq == i->b &&
                  base + p->nregs + WINDOW_ROOM <= fb->stack_cap &&
                  fb->nframes < fb->frames_cap && !(p->flags & GN_P_METHOD))) {
      fr->pc = pc;
      ENTER(to, base, base - 1, base - 1, 0);
      NEXT;
    }
  }
  argc = i->b;
  kw = NULL;
}
L_call_window:
  win = ret = fr->base + i->a;
  args = win + 1;
  ff = 0;
  env = GN_UNSET;
  has_self = false;
  fr->pc = pc;
  goto L_invoke;

L_CALLK:
  PREEMPT_CHECK();
  SAFEPOINT();
  callee = R[i->a];
  argc = i->b;
  kw = gn_keywords(ctx, K[i->c], &R[i->a + 1 + i->b]);
  if (GN_UNLIKELY(!kw))
    goto L_oom;
  goto L_call_window;

L_CALLM:
L_TCALLM:
  PREEMPT_CHECK();
  SAFEPOINT();
  callee = R[i->a];
  argc = i->b;
  kw = NULL;
  {
    uint32_t at = i->a + 1u + i->b;
    if (i->c != 0xffff) {
      kw = gn_keywords(ctx, K[i->c], &R[at]);
      if (GN_UNLIKELY(!kw))
        goto L_oom;
      at += gn_arr(K[i->c])->len;
    }
    env = R[at];
  }
  if (i->op == GN_OP_TCALLM) {
    win = fr->win;
    memmove(fb->stack + win + 1, &R[i->a + 1], argc * sizeof(gn_value));
    goto L_tail_env;
  }
  win = ret = fr->base + i->a;
  args = win + 1;
  ff = 0;
  has_self = false;
  fr->pc = pc;
  goto L_invoke;

L_CALLX:
  PREEMPT_CHECK();
  callee = R[i->a];
  win = ret = fr->base + i->a;
  args = win + 1;
  has_self = false;
L_spread_call : {
  /* The Array R[args] becomes the arguments in its place. */
  gn_value *at = fb->stack + args;
  gn_array *list = gn_arr(at[0]);
  kw = gn_is_ptr(at[1]) ? (gn_dict *)gn_as_obj(at[1]) : NULL;
  argc = list->len;
  gn_charge(ctx, argc);
  if (GN_UNLIKELY(argc > UINT16_MAX)) {
    gn_throw(ctx, GN_X_ARGUMENT, NULL, "Too many arguments: %u", argc);
    goto L_throw;
  }
  fr->pc = pc;
  THROW_IF(make_room(ctx, fb, args + argc + WINDOW_ROOM));
  R = fb->stack + fr->base;
  if (argc > 0)
    memcpy(fb->stack + args, list->items, argc * sizeof(gn_value));
  ff = 0;
  env = GN_UNSET;
  goto L_invoke;
}

L_TCALL:
  PREEMPT_CHECK();
  callee = R[i->a];
  argc = i->b;
  kw = NULL;
  goto L_tail;
L_TCALLK:
  PREEMPT_CHECK();
  SAFEPOINT();
  callee = R[i->a];
  argc = i->b;
  kw = gn_keywords(ctx, K[i->c], &R[i->a + 1 + i->b]);
  if (GN_UNLIKELY(!kw))
    goto L_oom;
  goto L_tail;
L_TCALLX : {
  PREEMPT_CHECK();
  gn_array *list = gn_arr(R[i->a + 1]);
  callee = R[i->a];
  kw = gn_is_ptr(R[i->a + 2]) ? (gn_dict *)gn_as_obj(R[i->a + 2]) : NULL;
  argc = list->len;
  gn_charge(ctx, argc);
  if (GN_UNLIKELY(argc > UINT16_MAX)) {
    gn_throw(ctx, GN_X_ARGUMENT, NULL, "Too many arguments: %u", argc);
    goto L_throw;
  }
  win = fr->win;
  fr->pc = pc;
  THROW_IF(make_room(ctx, fb, win + 1 + argc + WINDOW_ROOM));
  memcpy(fb->stack + win + 1, list->items, argc * sizeof(gn_value));
  goto L_tail_placed;
}
L_tail:
  win = fr->win;
  if (gn_is(callee, GN_T_CLOSURE)) {
    memmove(fb->stack + win + 1, &R[i->a + 1], argc * sizeof(gn_value));
    goto L_tail_placed;
  }
  if (gn_is(callee, GN_T_INSTANCE)) { /* that of a class with `call` */
    v = gn_find_method(ctx, callee, "call");
    if (v != GN_NONE && is_script_method(v)) {
      memmove(fb->stack + win + 2, &R[i->a + 1], argc * sizeof(gn_value));
      fb->stack[win + 1] = callee;
      callee = v;
      goto L_tail_method;
    }
  }
  /* Anything else is called as usual; its result is returned. */
  win = ret = fr->base + i->a;
  args = win + 1;
  ff = 0;
  env = GN_UNSET;
  has_self = false;
  fr->pc = pc; /* the RET that follows every tail call */
  goto L_invoke;
L_tail_placed:
  env = GN_UNSET;
L_tail_env:
  fb->stack[win] = callee;
  ret = fr->ret;
  ff = fr->flags;
  args = win + 1;
  has_self = false;
  fb->nframes--;
  fr--;
  goto L_invoke;

L_SEND : {
  PREEMPT_CHECK();
  v = R[i->a + 1];
  gn_cache_slot *cache = SITE(i->c);
  argc = i->b;
  kw = NULL;
  if (GN_UNLIKELY(gn_class_id(v) != cache->id || cache->slot != ctx->epoch))
    goto L_send;
  callee = cache->method;
  if (GN_LIKELY(gn_is(callee, GN_T_CLOSURE))) {
    gn_closure *to = (gn_closure *)gn_as_obj(callee);
    const gn_proto *p = to->proto;
    uint32_t base = fr->base + i->a + 1;
    if (GN_LIKELY((p->flags & (GN_P_SIMPLE | GN_P_METHOD)) ==
                      (GN_P_SIMPLE | GN_P_METHOD) &&
                  p->nreq == argc &&
                  base + p->nregs + WINDOW_ROOM <= fb->stack_cap &&
                  fb->nframes < fb->frames_cap)) {
      fr->pc = pc;
      ENTER(to, base, base - 1, base - 1, 0);
      NEXT;
    }
  } else if (GN_LIKELY(gn_is(callee, GN_T_NATIVE))) {
    def = ((gn_native_fn *)gn_as_obj(callee))->def;
    win = ret = fr->base + i->a;
    args = win + 1;
    if (GN_LIKELY(plain_method(def, argc) && fb->nframes < fb->frames_cap &&
                  args + argc + 1 + def->locals + WINDOW_ROOM <=
                      fb->stack_cap)) {
      argc++;
      ff = 0;
      fr->pc = pc;
      int st = start_native(ctx, fb, &call, def, args, argc, NULL);
      if (GN_UNLIKELY(st != GN_OK)) {
        status = st;
        goto L_native_status;
      }
      assert(call.result != GN_NONE);
      R = fb->stack + fr->base;
      R[i->a] = call.result;
      NEXT;
    }
  }
  goto L_send_found;
}
L_SENDK:
  PREEMPT_CHECK();
  SAFEPOINT();
  argc = i->b;
  kw = gn_keywords(ctx, K[pc->d], &R[i->a + 2 + i->b]);
  if (GN_UNLIKELY(!kw))
    goto L_oom;
  pc++;
  goto L_send;
L_TSENDK:
  PREEMPT_CHECK();
  SAFEPOINT();
  argc = i->b;
  kw = gn_keywords(ctx, K[pc->d], &R[i->a + 2 + i->b]);
  if (GN_UNLIKELY(!kw))
    goto L_oom;
  pc++;
  goto L_tail_send;
L_TSEND:
  PREEMPT_CHECK();
  argc = i->b;
  kw = NULL;
L_tail_send : {
  gn_value found, direct = GN_NONE;
  fr->pc = pc;
  int st = gn_send_lookup(ctx, R[i->a + 1], SITE_NAME(i->c), argc, SITE(i->c),
                          &found, &direct);
  if (st < 0)
    goto L_throw;
  callee = found;
  if (st == GN_OK && callee != GN_NONE && is_script_method(callee)) {
    /* self goes to the callee's slot + 1, arguments after it */
    win = fr->win;
    memmove(fb->stack + win + 1, &R[i->a + 1], (argc + 1) * sizeof(gn_value));
    goto L_tail_method;
  }
  if (st == GN_OK && callee != GN_NONE && gn_is_function_call(callee) &&
      gn_is(R[i->a + 1], GN_T_CLOSURE)) { /* (f .call ...) is (f ...) */
    callee = R[i->a + 1];
    win = fr->win;
    memmove(fb->stack + win + 1, &R[i->a + 2], argc * sizeof(gn_value));
    goto L_tail_placed;
  }
}
  goto L_send;
L_tail_method: /* self and the arguments are in their place */
  ret = fr->ret;
  ff = fr->flags;
  args = win + 2;
  env = GN_UNSET;
  has_self = true;
  fb->nframes--;
  fr--;
  goto L_invoke;
L_SENDX:
L_TSENDX:
  PREEMPT_CHECK();
  v = R[i->a + 1];
  fr->pc = pc;
  {
    gn_value found, direct = GN_NONE;
    gn_array *list = gn_arr(R[i->a + 2]);
    int st = gn_send_lookup(ctx, v, SITE_NAME(i->c), list->len, SITE(i->c),
                            &found, &direct);
    if (st < 0)
      goto L_throw;
    callee = found;
    if (st == GN_OK && callee == GN_NONE) {
      R[i->a] = direct;
      NEXT;
    }
    if (st == GN_CALL) { /* method missing: the name goes in front */
      if (!gn_array_insert(&ctx->heap, list, 0, SITE_NAME(i->c)))
        goto L_oom;
    }
  }
  if (i->op == GN_OP_TSENDX && is_script_method(callee)) {
    gn_array *list = gn_arr(R[i->a + 2]);
    kw = gn_is_ptr(R[i->a + 3]) ? (gn_dict *)gn_as_obj(R[i->a + 3]) : NULL;
    argc = list->len;
    gn_charge(ctx, argc);
    if (GN_UNLIKELY(argc > UINT16_MAX)) {
      gn_throw(ctx, GN_X_ARGUMENT, NULL, "Too many arguments: %u", argc);
      goto L_throw;
    }
    win = fr->win;
    THROW_IF(make_room(ctx, fb, win + 2 + argc + WINDOW_ROOM));
    fb->stack[win + 1] = v;
    memcpy(fb->stack + win + 2, list->items, argc * sizeof(gn_value));
    goto L_tail_method;
  }
  win = ret = fr->base + i->a;
  args = win + 2;
  has_self = true;
  goto L_spread_call;

L_send : { /* method S[c] of R[a + 1], argc arguments, kw */
  gn_value found, direct = GN_NONE;
  fr->pc = pc;
  int st = gn_send_lookup(ctx, R[i->a + 1], SITE_NAME(i->c), argc, SITE(i->c),
                          &found, &direct);
  if (GN_UNLIKELY(st < 0))
    goto L_throw;
  callee = found;
  if (GN_UNLIKELY(st == GN_CALL)) {
    v = SITE_NAME(i->c);
    goto L_send_missing;
  }
  if (GN_UNLIKELY(callee == GN_NONE)) {
    R[i->a] = direct;
    NEXT;
  }
}
L_send_found:
  win = ret = fr->base + i->a;
  args = win + 2;
  ff = 0;
  env = GN_UNSET;
  has_self = true;
  fr->pc = pc;
  goto L_invoke;
L_send_missing: /* the handler `callee` gets the name v and the arguments */
  win = ret = fr->base + i->a;
  args = win + 2;
  THROW_IF(make_room(ctx, fb, args + argc + 1 + WINDOW_ROOM));
  memmove(fb->stack + args + 1, fb->stack + args, argc * sizeof(gn_value));
  fb->stack[args] = v;
  argc++;
  ff = 0;
  env = GN_UNSET;
  has_self = true;
  goto L_invoke;

L_SENDD:
L_SENDDX : {
  PREEMPT_CHECK();
  gn_value found, direct = GN_NONE, name = R[i->a];
  bool spread = i->op == GN_OP_SENDDX;
  fr->pc = pc;
  if (!gn_is_string(name) && !gn_is_symbol(name)) {
    gn_throw(ctx, GN_X_TYPE, NULL,
             "Method name must be a string or symbol, got %s",
             gn_type_cstr(ctx, name));
    goto L_throw;
  }
  SAFEPOINT();
  name = gn_symbol_of(&ctx->heap, name);
  if (name == GN_NONE)
    goto L_oom;
  argc = spread ? gn_arr(R[i->a + 2])->len : i->b;
  kw = NULL;
  int st = gn_send_lookup(ctx, R[i->a + 1], name, argc, NULL, &found, &direct);
  if (st < 0)
    goto L_throw;
  callee = found;
  if (st == GN_OK && callee == GN_NONE) {
    R[i->a] = direct;
    NEXT;
  }
  v = name;
  if (spread) {
    if (st == GN_CALL &&
        !gn_array_insert(&ctx->heap, gn_arr(R[i->a + 2]), 0, name))
      goto L_oom;
    win = ret = fr->base + i->a;
    args = win + 2;
    has_self = true;
    goto L_spread_call;
  }
  if (st == GN_CALL)
    goto L_send_missing;
  goto L_send_found;
}
L_SUPER:
L_SUPERX : {
  gn_value found;
  PREEMPT_CHECK();
  fr->pc = pc;
  THROW_IF(gn_super_lookup(ctx, clo, SITE_NAME(i->c), &found));
  callee = found;
}
  if (callee == GN_NONE) { /* no constructor above: nothing to do */
    R[i->a] = GN_NIL;
    NEXT;
  }
  if (i->op == GN_OP_SUPERX) {
    win = ret = fr->base + i->a;
    args = win + 2;
    has_self = true;
    goto L_spread_call;
  }
  argc = i->b;
  kw = NULL;
  goto L_send_found;

L_RETC:
  v = (gn_value)(uint32_t)i->d;
  goto L_return;
L_RET:
  v = R[i->a];
L_return:
  if (GN_LIKELY(fr->flags == 0)) {
    fb->stack[fr->ret] = v;
    fb->nframes--;
    fr--;
    LOAD_FRAME();
    NEXT;
  }
  ff = fr->flags;
  ret = fr->ret;
  fb->nframes--;
  fr--;
  goto L_deliver;

  /* ---- what calls come down to ---- */

L_invoke: /* callee, args, argc, ret, win, ff, kw, env are set; pc is saved */
  depth_of_call = 0;
L_invoke_again:
  if (gn_is(callee, GN_T_CLOSURE)) {
    gn_closure *to = (gn_closure *)gn_as_obj(callee);
    const gn_proto *p = to->proto;
    uint32_t base = args - ((p->flags & GN_P_METHOD) ? 1 : 0);
    if (GN_UNLIKELY(make_room(ctx, fb, base + p->nregs + argc + WINDOW_ROOM) !=
                    GN_OK))
      goto L_throw_saved;
    if ((p->flags & GN_P_METHOD) && !has_self)
      fb->stack[args - 1] = GN_NIL; /* called without a receiver */
    if (!(p->flags & GN_P_SIMPLE) || p->nreq != argc || kw) {
      ctx->call_kw = kw;
      /* Arguments of a spread, of a native or in tail position reach above
       * the registers of every frame. */
      fb->extent = args + argc;
      if (env != GN_UNSET)
        fb->stack[fb->extent++] = env;
      SAFEPOINT();
      THROW_SAVED_IF(gn_bind(ctx, fb, to, base, args, argc, kw, env));
    }
    ENTER(to, base, ret, win, ff);
    NEXT;
  }
  if (gn_is(callee, GN_T_NATIVE)) {
    def = ((gn_native_fn *)gn_as_obj(callee))->def;
    goto L_native;
  }
  {
    gn_value method = GN_NONE;
    if (depth_of_call++ < 8)
      method = gn_call_of(ctx, callee);
    if (method == GN_NONE) {
      if (gn_is(callee, GN_T_INSTANCE))
        gn_throw(ctx, GN_X_TYPE, NULL,
                 "Instance of %s is not callable (no 'call' method)",
                 gn_type_cstr(ctx, callee));
      else
        gn_throw(ctx, GN_X_TYPE, NULL, "%s is not callable",
                 gn_type_cstr(ctx, callee));
      goto L_throw_saved;
    }
    fb->stack[args - 1] = callee;
    has_self = true;
    callee = method;
    goto L_invoke_again;
  }

L_internal: /* def with internal[0..argc) above the frame; ret, ff set */
  fr->pc = pc;
  win = fr->base + clo->proto->nregs;
  args = win + 1;
  kw = NULL;
  THROW_SAVED_IF(make_room(ctx, fb, args + argc + WINDOW_ROOM + def->locals));
  R = fb->stack + fr->base;
  fb->stack[win] = GN_NIL;
  memcpy(fb->stack + args, internal, argc * sizeof(gn_value));

L_native: /* def, args, argc, kw, ret, win, ff; a native without a frame yet */
  if (def->flags & GN_N_METHOD) {
    args--;
    argc++;
  }
  THROW_SAVED_IF(check_native(ctx, def, argc, kw));
  THROW_SAVED_IF(make_room(ctx, fb, args + argc + def->locals + WINDOW_ROOM));
  status = start_native(ctx, fb, &call, def, args, argc, kw);
  if (GN_LIKELY(status == GN_OK)) {
    v = call.result;
    assert(v != GN_NONE);
    goto L_deliver;
  }
L_native_status: /* of a native that has not ended in order */
  if (status == GN_THROW)
    goto L_throw_saved;
  if (status == GN_TAIL)
    goto L_place_arguments;
  assert(fb->nframes < fb->frames_cap); /* make_room saw to it */
  fr = &fb->frames[fb->nframes++];
  fr->def = def;
  fr->pc = NULL;
  fr->kw = kw;
  fr->base = args;
  fr->argc = argc;
  fr->ret = ret;
  fr->win = win;
  fr->flags = (uint16_t)(ff | GN_F_NATIVE);
  fr->state = call.state;
  if (status == GN_CALL)
    goto L_native_call;
  return status == GN_YIELD ? GN_I_PREEMPTED : GN_I_SWITCHED;

L_resume_native: /* the top frame is a native's; v is what it waited for */
  call.thrown = GN_NONE;
  call.result = fb->resumed = v;
L_enter_native:
  def = fr->def;
  SAFEPOINT();
  call.argv = fb->stack + fr->base;
  call.argc = fr->argc;
  call.state = fr->state;
  call.kw = fr->kw;
  call.locals = call.argv + fr->argc;
  call.def = def;
  call.arg_array = NULL;
  call.pass_kw = NULL;
  call.nargs = 0;
  {
    gn_value in = call.result;
    int st = def->fn(ctx, &call);
    if (GN_UNLIKELY(st == GN_THROW && ctx->thrown == GN_NONE &&
                    gn_ctx_collect(ctx))) {
      call.result = in;
      call.state = fr->state;
      st = def->fn(ctx, &call);
    }
    fb->resumed = GN_NIL;
    ff = (uint16_t)(fr->flags & ~GN_F_NATIVE);
    ret = fr->ret;
    win = fr->win;
    switch (st) {
    case GN_OK:
      v = call.result;
      assert(v != GN_NONE);
      fb->nframes--;
      fr--;
      goto L_deliver;
    case GN_THROW: fb->nframes--; goto L_throw_saved;
    case GN_CALL: fr->state = call.state; goto L_native_call;
    case GN_TAIL:
      fb->nframes--;
      fr--;
      goto L_place_arguments;
    default:
      fr->state = call.state;
      return st == GN_YIELD ? GN_I_PREEMPTED : GN_I_SWITCHED;
    }
  }
L_native_call:
  win = fr->base + fr->argc + def->locals;
  ret = win;
  ff = GN_F_FOR_NATIVE;
L_place_arguments:
  callee = call.callee;
  kw = call.pass_kw;
  env = GN_UNSET;
  has_self = false;
  argc = call.arg_array ? call.arg_array->len : call.nargs;
  if (make_room(ctx, fb, win + 1 + argc + WINDOW_ROOM) != GN_OK)
    goto L_throw_saved;
  memcpy(fb->stack + win + 1,
         call.arg_array ? call.arg_array->items : call.args,
         argc * sizeof(gn_value));
  fb->stack[win] = callee;
  args = win + 1;
  if (argc > 0 && is_method(callee)) { /* the first argument is self */
    args++;
    argc--;
    has_self = true;
  }
  ctx->fuel--;
  if (fb->nframes > 0)
    fr = &fb->frames[fb->nframes - 1];
  goto L_invoke;

L_deliver: /* v to stack[ret] of the frame on top, as ff says */
  if (GN_UNLIKELY(ff)) {
    if (ff & GN_F_NEGATE)
      v = gn_bool(!gn_truthy(v));
    if (ff & GN_F_BOTTOM) {
      gn_fiber_end(ctx, fb, v);
      return GN_I_SWITCHED;
    }
    if (ff & GN_F_FOR_NATIVE) {
      if (GN_UNLIKELY(ctx->fuel <= 0)) { /* callbacks may never loop or call */
        fb->resumed = v;
        return GN_I_PREEMPTED;
      }
      fr = &fb->frames[fb->nframes - 1];
      goto L_resume_native;
    }
  }
  fr = &fb->frames[fb->nframes - 1];
  LOAD_FRAME();
  if (GN_UNLIKELY(ff & GN_F_TEST)) {
    bool want = pc[-1].op == GN_OP_JEQ || pc[-1].op == GN_OP_JEQI;
    if (gn_truthy(v) == want)
      pc += SIGNED16(pc[-1].c);
  } else {
    fb->stack[ret] = v;
  }
  NEXT;

  /* ---- collections ---- */

L_ARRAY : {
  SAFEPOINT();
  gn_array *a = gn_array_from(&ctx->heap, &R[i->b], i->c);
  if (GN_UNLIKELY(!a))
    goto L_oom;
  R[i->a] = gn_from_obj(a);
  NEXT;
}
L_APUSH:
  SAFEPOINT();
  if (GN_UNLIKELY(!gn_array_push(&ctx->heap, gn_arr(R[i->a]), R[i->b])))
    goto L_oom;
  NEXT;
L_ASPREAD:
L_GSPREAD:
  SAFEPOINT();
  if (GN_LIKELY(gn_spread_is_small(R[i->b]))) {
    THROW_IF(gn_spread(ctx, R[i->a], R[i->b]));
    NEXT;
  }
  internal[0] = R[i->a];
  internal[1] = R[i->b];
  INTERNAL(gn_def_spread, 2, i->a, 0);
L_MAP : {
  SAFEPOINT();
  gn_dict *d = gn_dict_new(&ctx->heap, GN_T_MAP, (uint32_t)i->d);
  if (GN_UNLIKELY(!d))
    goto L_oom;
  R[i->a] = gn_from_obj(d);
  NEXT;
}
L_MSET:
  if (GN_UNLIKELY(!gn_map_set(&ctx->heap, (gn_dict *)gn_as_obj(R[i->a]),
                              K[i->c], R[i->b])))
    goto L_oom;
  NEXT;
L_MSPLICE:
  SAFEPOINT();
  if (GN_UNLIKELY(gn_is_long_map(R[i->b])))
    goto L_long_splice;
  THROW_IF(gn_splice(ctx, (gn_dict *)gn_as_obj(R[i->a]), R[i->b]));
  NEXT;
L_MMERGE:
  SAFEPOINT();
  THROW_IF(gn_merge_deep(ctx, &R[i->a], R[i->b]));
  NEXT;
L_HASHMAP : {
  SAFEPOINT();
  gn_array *a = gn_array_from(&ctx->heap, &R[i->b], i->c);
  if (GN_UNLIKELY(!a))
    goto L_oom;
  internal[0] = gn_from_obj(a);
  INTERNAL(gn_def_hashmap, 1, i->a, 0);
}
L_HASHMAPX:
  internal[0] = R[i->b];
  INTERNAL(gn_def_hashmap, 1, i->a, 0);
L_GENE : {
  SAFEPOINT();
  gn_gene *g = gn_gene_new(&ctx->heap, R[i->b], 0);
  if (GN_UNLIKELY(!g))
    goto L_oom;
  R[i->a] = gn_from_obj(g);
  NEXT;
}
L_GADD:
  SAFEPOINT();
  if (GN_UNLIKELY(!gn_gene_add(&ctx->heap, gn_gen(R[i->a]), R[i->b])))
    goto L_oom;
  NEXT;
L_GPROP:
  SAFEPOINT();
  if (GN_UNLIKELY(
          !gn_gene_set_prop(&ctx->heap, gn_gen(R[i->a]), K[i->c], R[i->b])))
    goto L_oom;
  NEXT;
L_GPSPLICE : {
  SAFEPOINT();
  gn_gene *g = gn_gen(R[i->a]);
  if (!g->props) {
    gn_dict *d = gn_dict_new(&ctx->heap, GN_T_MAP, 4);
    if (GN_UNLIKELY(!d))
      goto L_oom;
    g->props = d;
  }
  if (GN_UNLIKELY(gn_is_long_map(R[i->b])))
    goto L_long_splice;
  THROW_IF(gn_splice(ctx, g->props, R[i->b]));
  NEXT;
}
L_long_splice:
  internal[0] = R[i->a];
  internal[1] = R[i->b];
  INTERNAL(gn_def_splice, 2, i->a, 0);
L_SEAL:
  gn_as_obj(R[i->a])->flags |= GN_SEALED;
  NEXT;
L_RANGE : {
  SAFEPOINT();
  if (!gn_is_int(R[i->b]) || !gn_is_int(R[i->c])) {
    gn_throw(ctx, GN_X_TYPE, NULL, "range expects Int ends, got %s",
             gn_type_cstr(ctx, gn_is_int(R[i->b]) ? R[i->c] : R[i->b]));
    goto L_throw;
  }
  gn_range *r = gn_alloc(&ctx->heap, GN_T_RANGE, sizeof *r);
  if (GN_UNLIKELY(!r))
    goto L_oom;
  r->start = gn_int(R[i->b]);
  r->end = gn_int(R[i->c]);
  r->step = 1;
  R[i->a] = gn_from_obj(r);
  NEXT;
}
L_STR : {
  SAFEPOINT();
  v = gn_join_scalars(ctx, &R[i->b], i->c);
  if (GN_UNLIKELY(v == GN_NONE))
    goto L_oom;
  if (GN_LIKELY(v != GN_UNSET)) {
    R[i->a] = v;
    NEXT;
  }
  gn_array *a = gn_array_from(&ctx->heap, &R[i->b], i->c);
  if (GN_UNLIKELY(!a))
    goto L_oom;
  internal[0] = gn_from_obj(a);
  INTERNAL(gn_def_str, 1, i->a, 0);
}
L_RENDER:
  internal[0] = R[i->b];
  internal[1] = R[pc->d];
  pc++;
  INTERNAL(gn_def_render, 2, i->a, 0);
L_PARSE1:
  internal[0] = R[i->b];
  INTERNAL(gn_def_parse, 1, i->a, 0);

  /* ---- members ---- */

L_GETP : {
  v = R[i->b];
  if (GN_LIKELY(gn_is(v, GN_T_INSTANCE))) {
    gn_instance *in = (gn_instance *)gn_as_obj(v);
    gn_cache_slot *cache = SITE(i->c);
    if (GN_LIKELY(in->shape->id == cache->id)) {
      R[i->a] = in->slots[cache->slot];
      NEXT;
    }
    int32_t slot = gn_shape_find(in->shape, SITE_NAME(i->c));
    if (slot >= 0) {
      cache->id = in->shape->id;
      cache->slot = (uint32_t)slot;
      R[i->a] = in->slots[slot];
      NEXT;
    }
  }
  internal[1] = SITE_NAME(i->c);
  goto L_member;
}
L_GETPV : {
  gn_value found, key = SITE_NAME(i->c), var = VARIABLE(pc->d);
  v = R[i->b];
  pc++;
  if (gn_is(v, GN_T_INSTANCE)) /* its members have names only */
    goto L_GETP;
  bool by_name = true;
  if (gn_is_array(v))
    by_name = false;
  else if (gn_is(v, GN_T_MAP)) {
    found = gn_map_get((gn_dict *)gn_as_obj(v), key);
    by_name = found != GN_NONE;
  }
  if (!by_name && var != GN_UNSET &&
      (gn_is_int(var) || gn_is_string(var) || gn_is_symbol(var)))
    key = var;
  internal[1] = key;
  goto L_member;
}
L_GETI:
  v = R[i->b];
  if (GN_LIKELY(gn_is_array(v))) {
    int64_t at = SIGNED16(i->c);
    gn_array *a = gn_arr(v);
    if (at < 0)
      at += a->len;
    R[i->a] = at >= 0 && at < a->len ? a->items[at] : GN_VOID;
    NEXT;
  }
  internal[1] = gn_from_fix(SIGNED16(i->c));
  goto L_member;
L_GETX:
  v = R[i->b];
  internal[1] = R[i->c];
  if (GN_LIKELY(gn_is_array(v) && gn_is_fix(internal[1]))) {
    int64_t at = gn_fix(internal[1]);
    gn_array *a = gn_arr(v);
    if (at < 0)
      at += a->len;
    R[i->a] = at >= 0 && at < a->len ? a->items[at] : GN_VOID;
    NEXT;
  }
L_member : { /* R[a] = member internal[1] of v */
  SAFEPOINT();
  int st = gn_member_get(ctx, v, internal[1], &R[i->a]);
  if (GN_LIKELY(st == GN_OK))
    NEXT;
  if (st == GN_THROW)
    goto L_throw;
  internal[0] = v;
  INTERNAL(gn_def_member, 2, i->a, 0);
}
L_GETD:
  if (R[i->b] != GN_VOID)
    R[i->a] = R[i->b];
  NEXT;
L_SETP : {
  v = R[i->a];
  SAFEPOINT();
  if (GN_LIKELY(gn_is(v, GN_T_INSTANCE))) {
    gn_instance *in = (gn_instance *)gn_as_obj(v);
    gn_cache_slot *cache = SITE(i->c);
    if (GN_LIKELY(in->shape->id == cache->id)) {
      in->slots[cache->slot] = R[i->b];
      NEXT;
    }
    int32_t slot = gn_shape_find(in->shape, SITE_NAME(i->c));
    if (slot >= 0 && !gn_class_typed(in->shape->cls)) {
      cache->id = in->shape->id;
      cache->slot = (uint32_t)slot;
      in->slots[slot] = R[i->b];
      NEXT;
    }
  }
  THROW_IF(gn_member_set(ctx, v, SITE_NAME(i->c), R[i->b]));
  NEXT;
}
L_SETPV:
  SAFEPOINT();
  {
    gn_value key = SITE_NAME(i->c), var = VARIABLE(pc->d);
    pc++;
    if (gn_is(R[i->a], GN_T_INSTANCE))
      goto L_SETP;
    if (gn_is_array(R[i->a]) &&
        (gn_is_int(var) || gn_is_string(var) || gn_is_symbol(var)))
      key = var;
    THROW_IF(gn_member_set(ctx, R[i->a], key, R[i->b]));
    NEXT;
  }
L_SETI:
  SAFEPOINT();
  THROW_IF(gn_member_set(ctx, R[i->a], gn_from_fix(SIGNED16(i->c)), R[i->b]));
  NEXT;
L_SETX : {
  SAFEPOINT();
  int st = gn_member_set(ctx, R[i->a], R[i->b], R[i->c]);
  if (GN_LIKELY(st == GN_OK))
    NEXT;
  if (st == GN_THROW)
    goto L_throw;
  internal[0] = R[i->a];
  internal[1] = R[i->b];
  internal[2] = R[i->c];
  INTERNAL(gn_def_put, 3, i->c, 0); /* which gives that value again */
}
L_NEEDSEL:
  if (R[i->a] == GN_VOID || R[i->a] == GN_NIL) {
    gn_throw(ctx, GN_X_RUNTIME, NULL, "%s",
             R[i->a] == GN_VOID ? "Selector did not match (VOID)"
                                : "Selector matched but value is nil");
    goto L_throw;
  }
  NEXT;

  /* ---- loops over things ---- */

L_ITER : {
  SAFEPOINT();
  int st = gn_iter_start(ctx, R[i->b], i->c, &R[i->a]);
  if (st == GN_OK)
    NEXT;
  if (st == GN_THROW)
    goto L_throw;
  internal[0] = R[i->b];
  INTERNAL(gn_def_iter, 1, i->a, 0);
}
L_NEXT : {
  gn_value *s = &R[i->a];
  if (GN_LIKELY(gn_is_array(s[0]) && s[2] == gn_from_fix(1))) {
    gn_array *a = gn_arr(s[0]);
    int64_t at = gn_fix(s[1]);
    if (at >= a->len) {
      pc += i->d;
      NEXT;
    }
    s[3] = a->items[at];
    s[1] = gn_from_fix(at + 1);
    pc++;
    NEXT;
  }
  if (gn_is_range(s[0]) && s[2] == gn_from_fix(1)) {
    const gn_range *r = (const gn_range *)gn_as_obj(s[0]);
    uint64_t at = (uint64_t)gn_fix(s[1]);
    if (GN_LIKELY(r->step == 1 && gn_fits_fix(r->end) &&
                  gn_fits_fix(r->start))) {
      int64_t n = r->start + (int64_t)at; /* at is end - start + 1 at most */
      if (n > r->end) {
        pc += i->d;
        NEXT;
      }
      s[3] = gn_from_fix(n);
      s[1] += 2;
      pc++;
      NEXT;
    }
  }
  SAFEPOINT();
  int st = gn_iter_next(ctx, s);
  if (GN_LIKELY(st == 1)) {
    pc++;
    NEXT;
  }
  if (st == 0) {
    pc += i->d;
    NEXT;
  }
  if (st == GN_THROW)
    goto L_throw;
  internal[0] = s[0];
  internal[1] = s[2];
  INTERNAL(gn_def_next, 2, i->a + 3, 0);
}
L_NEXTC : {
  int st = gn_iter_take(ctx, &R[i->a]);
  if (st == GN_THROW)
    goto L_throw;
  if (st == 0)
    pc += i->d;
  NEXT;
}
L_REPEAT:
  if (GN_UNLIKELY(!gn_is_int(R[i->a]))) {
    gn_throw(ctx, GN_X_TYPE, NULL, "repeat expects an Int count, got %s",
             gn_type_cstr(ctx, R[i->a]));
    goto L_throw;
  }
  NEXT;
L_RNEXT:
  v = R[i->a];
  if (gn_int(v) < 1)
    pc += i->d;
  else
    R[i->a] = gn_is_fix(v) ? v - 2 : gn_from_fix(GN_FIX_MAX);
  NEXT;
L_DESTR:
  SAFEPOINT();
  THROW_IF(gn_destructure(ctx, &clo->proto->patterns[i->c], R[i->b], &R[i->a]));
  NEXT;

  /* ---- exceptions and checks ---- */

L_THROW:
  SAFEPOINT();
  ctx->thrown =
      gn_is(R[i->a], GN_T_CLASS) ? GN_NONE : gn_exception_quick(ctx, R[i->a]);
  if (ctx->thrown != GN_NONE)
    goto L_throw;
  internal[0] = R[i->a];
  INTERNAL(gn_def_throw, 1, i->a, 0);
L_RETHROW:
  ctx->thrown = R[i->a];
  goto L_throw;
L_GETEX:
  R[i->a] = fb->ex;
  NEXT;
L_SETEX:
  fb->ex = R[i->a];
  NEXT;
L_CATCHES : {
  bool t;
  THROW_IF(gn_catches(ctx, R[i->b], R[i->c], &t));
  R[i->a] = gn_bool(t);
  NEXT;
}
L_CHECK:
L_CHECKV:
  SAFEPOINT();
  THROW_IF(gn_type_check_value(ctx, clo, &clo->proto->checks[i->d], &R[i->a],
                               i->op == GN_OP_CHECK));
  NEXT;

  /* ---- classes and namespaces ---- */

L_CLASS:
  SAFEPOINT();
  THROW_IF(gn_do_class(ctx, K[i->d], &R[i->a]));
  NEXT;
L_METHOD:
  SAFEPOINT();
  THROW_IF(gn_do_method(ctx, R[i->a], K[i->c], R[i->b]));
  NEXT;
L_MEMBER:
  SAFEPOINT();
  THROW_IF(gn_do_member(ctx, R[i->a], K[i->c], R[i->b]));
  NEXT;
L_FIELD:
  SAFEPOINT();
  THROW_IF(gn_do_field(ctx, R[i->a], K[i->c], R[i->b], clo, pc->d));
  pc++;
  NEXT;
L_NAMESPACE:
  SAFEPOINT();
  THROW_IF(gn_do_namespace(ctx, K[i->d], &R[i->a]));
  NEXT;
L_MODNS : {
  SAFEPOINT();
  gn_namespace *ns = gn_module_ns(ctx, clo->module);
  if (!ns)
    goto L_oom;
  R[i->a] = gn_from_obj(ns);
  NEXT;
}

  /* ---- fibers ---- */

L_START : {
  SAFEPOINT();
  fr->pc = pc;
  bool generator = (clo->proto->flags & GN_P_GENERATOR) != 0;
  gn_future *f = generator ? NULL : new_pending(ctx);
  if (!generator && !f)
    goto L_throw_or_oom;
  gn_fiber *child =
      move_frame(ctx, fb, fr, generator ? GN_ROLE_GENERATOR : GN_ROLE_ASYNC);
  if (!child)
    goto L_throw_or_oom;
  v = generator ? gn_generator_new(ctx, child, clo) : gn_from_obj(f);
  if (v == GN_NONE)
    goto L_throw;
  ff = fr->flags;
  ret = fr->ret;
  fb->nframes--;
  fr--;
  if (generator)
    goto L_deliver;
  gn_fiber_produce(ctx, child, f);
  gn_trace_start(ctx, f, gn_proto_label(clo->proto));
  if (ff & (GN_F_BOTTOM | GN_F_FOR_NATIVE))
    fb->resumed = v; /* the native below gets it, or the fiber ends */
  else
    fb->stack[ret] = v;
  gn_fiber_start(ctx, child);
  return GN_I_SWITCHED;
}
L_ASYNC : {
  SAFEPOINT();
  fr->pc = pc;
  gn_future *f = new_pending(ctx);
  if (!f)
    goto L_throw_or_oom;
  gn_fiber *child = gn_fiber_new(ctx, GN_ROLE_ASYNC, R[i->a], NULL, 0);
  if (!child)
    goto L_throw_or_oom;
  gn_fiber_produce(ctx, child, f);
  gn_trace_start(ctx, f, (gene_text_t){"async", 5});
  R[i->a] = gn_from_obj(f);
  gn_fiber_start(ctx, child);
  return GN_I_SWITCHED;
}
L_AWAIT : {
  SAFEPOINT();
  for (uint32_t k = 0; k < i->c; k++) {
    v = R[i->b + k];
    if (GN_UNLIKELY(!gn_is_future(v))) {
      gn_throw(ctx, GN_X_TYPE, NULL, "await expects a Future, got %s",
               gn_type_cstr(ctx, v));
      goto L_throw;
    }
  }
  for (uint32_t k = 0; k < i->c; k++) {
    gn_future *f = gn_fut(R[i->b + k]);
    f->handled = true;
    if (f->state == GENE_PENDING) {
      fr->pc = i; /* looks again when woken */
      gn_park_on_future(ctx, f);
      return GN_I_SWITCHED;
    }
  }
  status = gn_await_values(ctx, &R[i->b], i->c, &R[i->a]);
  if (GN_UNLIKELY(status != GN_OK)) {
    if (ctx->thrown == GN_NONE)
      goto L_oom;
    goto L_throw;
  }
  NEXT;
}
L_AWAITT : {
  SAFEPOINT();
  gn_array *a = gn_array_from(&ctx->heap, &R[i->b], i->c);
  if (!a)
    goto L_oom;
  internal[0] = gn_from_obj(a);
  internal[1] = R[i->b + i->c];
  INTERNAL(gn_def_await, 2, i->a, 0);
}
L_AWAITALL:
  INTERNAL(gn_def_await_all, 0, i->a, 0);
L_YIELD : {
  SAFEPOINT();
  fr->pc = pc;
  THROW_IF(gn_generator_yield(ctx, fb, R[i->b], fr->base + i->a));
  return GN_I_SWITCHED;
}
L_EVAL : {
  SAFEPOINT();
  if (!gn_is(R[i->b + i->c], GN_T_ENV)) {
    gn_throw(ctx, GN_X_RUNTIME, NULL, NO_CALLER);
    goto L_throw;
  }
  gn_array *a = gn_array_from(&ctx->heap, &R[i->b], i->c);
  if (!a)
    goto L_oom;
  internal[0] = gn_from_obj(a);
  internal[1] = R[i->b + i->c];
  internal[2] = gn_bool((clo->proto->flags & GN_P_MAIN) != 0);
  INTERNAL(gn_def_eval, 3, i->a, 0);
}
L_CALLERENV:
  v = (clo->proto->flags & GN_P_MACRO) ? R[clo->proto->env_reg] : GN_UNSET;
  if (v == GN_UNSET) {
    gn_throw(ctx, GN_X_RUNTIME, NULL, NO_CALLER);
    goto L_throw;
  }
  R[i->a] = v;
  NEXT;
L_FAIL : {
  size_t len;
  const char *text = gn_text(K[i->c], &len);
  gn_throw(ctx, (enum gn_exc)i->b, NULL, "%.*s", (int)len, text);
  goto L_throw;
}

  /* ---- ways out ---- */

L_throw_or_oom:
  if (ctx->thrown != GN_NONE)
    goto L_throw;
L_oom: /* collect and run the instruction again, once */
  if (oom_at != i || oom_collections != ctx->heap.collections) {
    fr->pc = i;
    if (gn_ctx_collect(ctx)) {
      oom_at = i;
      oom_collections = ctx->heap.collections;
      pc = i;
      NEXT;
    }
  }
  gn_oom(ctx);
L_throw: /* by the instruction that fr is running */
  fr->pc = pc;
L_throw_saved : {
  const gn_handler *handler;
  if (GN_UNLIKELY(ctx->thrown == GN_NONE)) {
    gn_throw_kill(ctx, GN_KILL_MEMORY);
    return GN_I_SWITCHED;
  }
  v = ctx->thrown;
  ctx->thrown = GN_NONE;
  gn_exception_trace(ctx, v, fb);
  if (!unwind(fb, v == ctx->exit_exc, &handler)) {
    gn_fiber_fail(ctx, fb, v);
    return GN_I_SWITCHED;
  }
  fr = &fb->frames[fb->nframes - 1];
  if (handler) {
    LOAD_FRAME();
    R[handler->reg] = v;
    pc = clo->proto->code + handler->target;
    NEXT;
  }
  call.thrown = fb->resumed = v;
  call.result = GN_NIL;
  goto L_enter_native;
}
}
