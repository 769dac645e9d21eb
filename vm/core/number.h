/*
 * number.h - Ints and Floats of any size as values. Never converts between
 * the two except where a name says so.
 */
#ifndef GN_CORE_NUMBER_H
#define GN_CORE_NUMBER_H

#include "core/heap.h"

gn_value gn_int_boxed(gn_heap *heap, int64_t i);
gn_value gn_float_boxed(gn_heap *heap, double d);

/* The value of an int or double; GN_NONE when a box can't be had. */
static inline gn_value gn_int_new(gn_heap *heap, int64_t i) {
  return GN_LIKELY(gn_fits_fix(i)) ? gn_from_fix(i) : gn_int_boxed(heap, i);
}
static inline gn_value gn_float_new(gn_heap *heap, double d) {
  gn_value v;
  return GN_LIKELY(gn_flo_pack(d, &v)) ? v : gn_float_boxed(heap, d);
}

static inline bool gn_is_int(gn_value v) {
  return gn_is_fix(v) || gn_is(v, GN_T_INT);
}
static inline bool gn_is_float(gn_value v) {
  return gn_is_flo(v) || gn_is(v, GN_T_FLOAT);
}
static inline bool gn_is_number(gn_value v) {
  return gn_is_fix(v) || gn_is_flo(v) || gn_is(v, GN_T_INT) ||
         gn_is(v, GN_T_FLOAT);
}
static inline int64_t gn_int(gn_value v) {
  return gn_is_fix(v) ? gn_fix(v) : ((gn_boxed *)gn_as_obj(v))->as.i;
}
static inline double gn_float(gn_value v) {
  return gn_is_flo(v) ? gn_flo(v) : ((gn_boxed *)gn_as_obj(v))->as.d;
}
/* A number as a double. */
static inline double gn_to_double(gn_value v) {
  return gn_is_int(v) ? (double)gn_int(v) : gn_float(v);
}

/* Exact comparison of an int and a double: -1, 0, 1, or 2 with a NaN. */
int gn_compare_int_double(int64_t i, double d);
/* -1, 0, 1, or 2 when unordered; both must be numbers. */
int gn_compare_numbers(gn_value a, gn_value b);

/* Display form of a double (language reference 1, 7.2): shortest digits that
 * read back equal. buf has at least 32 bytes; returns the length. */
size_t gn_format_double(double d, char *buf);
size_t gn_format_int(int64_t i, char *buf);

#endif
