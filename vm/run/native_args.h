/*
 * native_args.h - what nearly every builtin needs: giving a result, checking
 * the kind of an argument, clamping indexes, calling a callback, collecting
 * texts. It knows no type's insides beyond their headers.
 *
 * Indexes of arguments count call->argv, so a method's self is 0. The gn_arg
 * functions return false after throwing a TypeException; the caller returns
 * GN_THROW then.
 */
#ifndef GN_RUN_NATIVE_ARGS_H
#define GN_RUN_NATIVE_ARGS_H

#include "run/native.h"

/* ---- rows of tables ---- */

#define GN_METHOD(name, fn, min, max, locals, sig, doc) \
  { name, fn, min, max, GN_N_METHOD, locals, sig, doc, 0 }
#define GN_FUNCTION(name, fn, min, max, locals, sig, doc) \
  { name, fn, min, max, 0, locals, sig, doc, 0 }
#define GN_ROWS_END \
  { NULL, NULL, 0, 0, 0, 0, NULL, NULL, 0 }

/* ---- results ---- */

static inline int gn_return(gn_call *call, gn_value v) {
  call->result = v;
  return GN_OK;
}

/* Of what a constructor gave: GN_NONE is out of memory. */
static inline int gn_return_made(gn_ctx *ctx, gn_call *call, gn_value v) {
  call->result = v;
  return GN_LIKELY(v != GN_NONE) ? GN_OK : gn_oom(ctx);
}

/* A new object; NULL is out of memory. */
static inline int gn_return_obj(gn_ctx *ctx, gn_call *call, const void *obj) {
  return gn_return_made(ctx, call, gn_from_obj(obj));
}

static inline int gn_return_bool(gn_call *call, bool b) {
  return gn_return(call, gn_bool(b));
}
int gn_return_int(gn_ctx *ctx, gn_call *call, int64_t i);
int gn_return_float(gn_ctx *ctx, gn_call *call, double d);
/* Copies valid UTF-8. */
int gn_return_text(gn_ctx *ctx, gn_call *call, const char *bytes, size_t len);

/* ---- arguments ---- */

/* The argument, or other when it was not given. */
static inline gn_value gn_arg_or(const gn_call *call, uint32_t i,
                                 gn_value other) {
  return i < call->argc ? call->argv[i] : other;
}

bool gn_arg_int(gn_ctx *ctx, const gn_call *call, uint32_t i, int64_t *out);
/* A number of either kind as a double. */
bool gn_arg_double(gn_ctx *ctx, const gn_call *call, uint32_t i, double *out);
bool gn_arg_string(gn_ctx *ctx, const gn_call *call, uint32_t i,
                   gn_string **out);
bool gn_arg_array(gn_ctx *ctx, const gn_call *call, uint32_t i, gn_array **out);
bool gn_arg_callable(gn_ctx *ctx, const gn_call *call, uint32_t i);

/* Arguments `i` and `i + 1` as the bounds of a slice of `size` elements, end
 * exclusive: negative ones count from the end, both are clamped, a missing
 * end is the size. *from <= *to <= size afterwards. */
bool gn_arg_slice(gn_ctx *ctx, const gn_call *call, uint32_t i, size_t size,
                  size_t *from, size_t *to);

/* index, or size + index when it is negative. May be out of bounds still. */
static inline int64_t gn_from_end(int64_t index, size_t size) {
  return index < 0 ? index + (int64_t)size : index;
}
static inline bool gn_in_bounds(int64_t index, size_t size) {
  return index >= 0 && (uint64_t)index < size;
}
/* index limited to 0..size. */
static inline size_t gn_clamp(int64_t index, size_t size) {
  return index <= 0 ? 0 : (uint64_t)index < size ? (size_t)index : size;
}

/* ---- calling back ---- */

/* Ask for a call of f; the native is entered again with `state`. */
static inline int gn_call_1(gn_call *call, uint32_t state, gn_value f,
                            gn_value a) {
  call->callee = f;
  call->nargs = 1;
  call->args[0] = a;
  call->arg_array = NULL;
  call->state = state;
  return GN_CALL;
}
static inline int gn_call_2(gn_call *call, uint32_t state, gn_value f,
                            gn_value a, gn_value b) {
  call->args[1] = b;
  gn_call_1(call, state, f, a);
  call->nargs = 2;
  return GN_CALL;
}

/* Tail call with all values of an array (owned by the call from now on). */
static inline int gn_tail_array(gn_call *call, gn_value f, gn_array *args) {
  call->callee = f;
  call->nargs = 0;
  call->arg_array = args;
  return GN_TAIL;
}

/* To be returned from a long loop that has stored its place. */
static inline int gn_pause(gn_call *call, uint32_t state) {
  call->state = state;
  return GN_YIELD;
}

/* A status other than GN_OK of a resumable helper (gn_equal_run and the like):
 * entered again from now on, so the first entry is over. */
static inline int gn_suspended(gn_call *call, int status) {
  if (status != GN_THROW && call->state == 0)
    call->state = 1;
  return status;
}

/* Pays for the hash of a key that is a long String, unless that is known. */
static inline void gn_charge_key(gn_ctx *ctx, gn_value key) {
  if (gn_is_string(key) && gn_str(key)->len >= 64 && gn_str(key)->hash == 0)
    gn_charge(ctx, gn_str(key)->len / 16);
}

/* ---- comparing ---- */

/* a == b: GN_OK with *equal, else a status to return; see gn_equal_run. */
int gn_equals(gn_ctx *ctx, gn_call *call, gn_value *machine, gn_value a,
              gn_value b, bool *equal);

/* ---- texts ---- */

/* Appends the string form of v (nil as empty when `quiet_nil`) to *machine,
 * which gn_print_builder reads. GN_OK or a status to return. */
int gn_put_value(gn_ctx *ctx, gn_call *call, gn_value *machine, gn_value v,
                 enum gn_print_mode mode, bool quiet_nil);

/* Appends bytes to *machine. False: out of memory. */
bool gn_put_text(gn_ctx *ctx, gn_value *machine, const char *bytes, size_t len);

/* The text in *machine as a string, or GN_NONE; "" when nothing was put. */
gn_value gn_taken_text(gn_ctx *ctx, gn_value *machine);

/* Appends the string forms of argv[from..], nil as empty, to locals[0], with
 * the place kept in locals[1]. GN_OK or a status to return. */
int gn_put_args(gn_ctx *ctx, gn_call *call, uint32_t from);

#endif
