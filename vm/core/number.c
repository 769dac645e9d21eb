/*
 * number.c - boxes for wide numbers, exact comparison, decimal Ints. It never
 * rounds an Int on the way to a comparison. Floats are printed by
 * number_format.c.
 */
#include "core/number.h"

#include <math.h>

gn_value gn_int_boxed(gn_heap *heap, int64_t i) {
  gn_boxed *box = gn_alloc(heap, GN_T_INT, sizeof *box);
  if (box == NULL)
    return GN_NONE;
  box->as.i = i;
  return gn_from_obj(box);
}

gn_value gn_float_boxed(gn_heap *heap, double d) {
  gn_boxed *box = gn_alloc(heap, GN_T_FLOAT, sizeof *box);
  if (box == NULL)
    return GN_NONE;
  box->as.d = d;
  return gn_from_obj(box);
}

static int order(int64_t a, int64_t b) {
  return (a > b) - (a < b);
}

int gn_compare_int_double(int64_t i, double d) {
  if (isnan(d))
    return 2;
  if (d >= 0x1p63)
    return -1;
  if (d < -0x1p63)
    return 1;
  int64_t whole = (int64_t)d; /* cut towards zero */
  double rest = d - (double)whole;
  if (whole != i)
    return order(i, whole);
  return (rest < 0) - (rest > 0);
}

int gn_compare_numbers(gn_value a, gn_value b) {
  assert(gn_is_number(a) && gn_is_number(b));
  if (gn_is_int(a))
    return gn_is_int(b) ? order(gn_int(a), gn_int(b))
                        : gn_compare_int_double(gn_int(a), gn_float(b));
  if (gn_is_int(b)) {
    int c = gn_compare_int_double(gn_int(b), gn_float(a));
    return c == 2 ? 2 : -c;
  }
  double x = gn_float(a), y = gn_float(b);
  if (isnan(x) || isnan(y))
    return 2;
  return (x > y) - (x < y);
}

size_t gn_format_int(int64_t i, char *buf) {
  char digits[20];
  size_t n = 0, len = 0;
  uint64_t rest = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
  do {
    digits[n++] = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest != 0);
  if (i < 0)
    buf[len++] = '-';
  while (n > 0)
    buf[len++] = digits[--n];
  buf[len] = '\0';
  return len;
}
