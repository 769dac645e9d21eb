/*
 * function.h - callables made of others (GN_T_BOUND) and calling a function
 * value with some arguments in front.
 */
#ifndef GN_TYPES_FUNCTION_H
#define GN_TYPES_FUNCTION_H

#include "run/native.h"

/* Calling it with a, b... calls fn with v[0] .. v[n-1], a, b... */
typedef struct gn_bound {
  gn_machine m;
  gn_value fn;
  uint32_t n;
  uint32_t spare;
  gn_value v[];
} gn_bound;

static inline bool gn_is_bound(gn_value v) {
  return gn_is(v, GN_T_BOUND);
}

/* GN_NONE: out of memory. */
gn_value gn_bound_new(gn_heap *heap, gn_value fn, const gn_value *v,
                      uint32_t n);

/* A function value for a builtin that stands in no table. GN_NONE: out of
 * memory. */
gn_value gn_native_value(gn_heap *heap, const gn_native_def *def);

/* Turns the running native into a tail call of f with n arguments. GN_TAIL,
 * or GN_THROW out of memory. */
int gn_tail_call(gn_ctx *ctx, gn_call *call, gn_value f, const gn_value *args,
                 uint32_t n);

/* Whether f is the method .call of functions. */
bool gn_is_function_call(gn_value f);

#endif
