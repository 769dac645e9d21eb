/*
 * equal.h - what == does with types of their own kind: one row a type. The
 * operator itself is in run/native.h (gn_equal_quick, gn_equal_run). A type
 * without a row, and without a case in equal.c, is equal to itself only.
 */
#ifndef GN_TYPES_EQUAL_H
#define GN_TYPES_EQUAL_H

#include "run/native.h"

typedef struct gn_equal_kind {
  /* Whether two values of the type are equal, apart from their items. */
  bool (*same)(gn_value a, gn_value b);
  /* The values within that have to be equal in turn; NULL: there are none.
     * Asked anew for each. */
  const gn_value *(*items)(gn_value v, size_t *n);
} gn_equal_kind;

extern const gn_equal_kind gn_equal_kinds[GN_T_COUNT];

#endif
