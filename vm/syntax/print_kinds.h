/*
 * print_kinds.h - how values print whose types have no syntax: one row a type.
 * A new type gets a row in print_kinds.c; without one it prints as `<TYPE>`.
 * The functions here never call Gene code.
 */
#ifndef GN_SYNTAX_PRINT_KINDS_H
#define GN_SYNTAX_PRINT_KINDS_H

#include "run/native.h"

typedef struct gn_print_kind {
  /* Appends the whole text, or what stands before the items:
     * "<Future pending>", "(Shape/Disk". NULL: the type has no row. */
  void (*head)(gn_ctx *ctx, gn_value v, gn_builder *out);
  /* The values within (*n of them); each is printed in quoted form, with a
     * blank before it. Asked anew for each item. NULL: there are none. */
  const gn_value *(*items)(gn_value v, size_t *n);
  /* What stands after the items if there are any: ")", ">". */
  const char *tail;
} gn_print_kind;

extern const gn_print_kind gn_print_kinds[GN_T_COUNT];

#endif
