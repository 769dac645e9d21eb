/*
 * duration.h - the one reading of durations (language reference 4, 8): an Int
 * is milliseconds, a Float seconds.
 */
#ifndef GN_RUN_DURATION_H
#define GN_RUN_DURATION_H

#include "run/native.h"

/* Microseconds of a duration, at most 100 years. GN_OK, or throws: no number
 * (TypeException), negative, NaN or infinite (ArgumentException). */
int gn_duration_us(gn_ctx *ctx, gn_value v, uint64_t *out);

#endif
