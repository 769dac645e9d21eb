/*
 * order.h - natural order (language reference 2, 1.7): what sort, min and max
 * go by when they get no function. It never calls Gene code.
 */
#ifndef GN_TYPES_ORDER_H
#define GN_TYPES_ORDER_H

#include "run/native.h"

/* Compares: *order gets -1, 0 or 1. GN_OK, or GN_THROW with a TypeException
 * `Cannot compare A < B` (a RuntimeException when nested too deep). */
int gn_order(gn_ctx *ctx, gn_value a, gn_value b, int *order);

/* Code point order of two texts, as -1, 0 or 1. */
int gn_order_texts(const char *a, size_t na, const char *b, size_t nb);

#endif
