/*
 * order.h - natural order (language reference 2, 1.7): what sort, min and max
 * go by when they get no function. It never calls Gene code.
 */
#ifndef GN_TYPES_ORDER_H
#define GN_TYPES_ORDER_H

#include "run/native.h"

/* Compares: *order gets -1, 0 or 1. *machine is a local of the native or a
 * traced field, GN_NIL at first and reused from one comparison to the next.
 * GN_OK; GN_YIELD, to be returned as it is: call again with this machine then,
 * which knows the pair; or GN_THROW with a TypeException `Cannot compare A <
 * B` (a RuntimeException when nested too deep). Short of memory it may be
 * called again too. */
int gn_order_run(gn_ctx *ctx, gn_call *call, gn_value *machine, gn_value a,
                 gn_value b, int *order);

/* The same for values of which gn_order_is_quick is true for one at least. */
int gn_order_now(gn_ctx *ctx, gn_value a, gn_value b, int *order);
/* Whether comparing v with whatever it may be is soon done: it is no array and
 * no long text. */
bool gn_order_is_quick(gn_value v);

/* Code point order of two texts, as -1, 0 or 1. */
int gn_order_texts(const char *a, size_t na, const char *b, size_t nb);

/* Bytes of a text that is soon compared. */
#define GN_ORDER_SHORT 1024u

#endif
