/*
 * number_methods.h - steps that methods of numbers share with lib/math.c.
 */
#ifndef GN_TYPES_NUMBER_METHODS_H
#define GN_TYPES_NUMBER_METHODS_H

#include "run/native_args.h"

/* d truncated toward zero; false: out of the range of Int. */
bool gn_double_to_int(double d, int64_t *out);

/* The result is |v|, v a number. */
int gn_give_abs(gn_ctx *ctx, gn_call *call, gn_value v);

#endif
