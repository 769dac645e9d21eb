/*
 * value.h - the 8-byte value: what it can hold and how it is told apart.
 * It never allocates; boxed numbers are made in core/number.h.
 *
 * Low bits:
 *   ......1  a 63-bit integer, in the upper bits
 *   .....10  a Float of magnitude 2^-256 .. 2^256 (or zero), losslessly
 *   ....100  a constant or a character: bits 3-7 the kind, 8 and up a payload
 *   ....000  a pointer to a gn_obj, 16-byte aligned; wider Ints and other
 *            Floats are boxed there
 */
#ifndef GN_CORE_VALUE_H
#define GN_CORE_VALUE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint64_t gn_value;

#define GN_LIKELY(x)   __builtin_expect(!!(x), 1)
#define GN_UNLIKELY(x) __builtin_expect(!!(x), 0)

/* Constants. The falsy ones differ from GN_FALSE in bits 3 and 4 only. */
#define GN_FALSE       ((gn_value)0x04)
#define GN_NIL         ((gn_value)0x0c)
#define GN_VOID        ((gn_value)0x14)
#define GN_UNSET       ((gn_value)0x1c) /* no value; no script sees it */
#define GN_TRUE        ((gn_value)0x24)
#define GN_PLACEHOLDER ((gn_value)0x2c) /* _ */
#define GN_NOT_FOUND   ((gn_value)0x34)
#define GN_CHAR_TAG    ((gn_value)0x3c) /* code point in the bits from 8 */

#define GN_FIX_MAX ((int64_t)0x3fffffffffffffff)
#define GN_FIX_MIN (-GN_FIX_MAX - 1)

static inline bool gn_is_fix(gn_value v) {
  return (v & 1) != 0;
}
static inline bool gn_is_flo(gn_value v) {
  return (v & 3) == 2;
}
static inline bool gn_is_ptr(gn_value v) {
  return (v & 7) == 0;
}
static inline bool gn_is_char(gn_value v) {
  return (v & 0xff) == GN_CHAR_TAG;
}
static inline bool gn_truthy(gn_value v) {
  return (v & ~(gn_value)0x18) != GN_FALSE;
}
static inline gn_value gn_bool(bool b) {
  return b ? GN_TRUE : GN_FALSE;
}

static inline int64_t gn_fix(gn_value v) {
  assert(gn_is_fix(v));
  return (int64_t)v >> 1;
}
static inline bool gn_fits_fix(int64_t i) {
  return i >= GN_FIX_MIN && i <= GN_FIX_MAX;
}
static inline gn_value gn_from_fix(int64_t i) {
  assert(gn_fits_fix(i));
  return (gn_value)i << 1 | 1;
}

static inline uint32_t gn_char(gn_value v) {
  assert(gn_is_char(v));
  return (uint32_t)(v >> 8);
}
static inline gn_value gn_from_char(uint32_t c) {
  return (gn_value)c << 8 | GN_CHAR_TAG;
}

/*
 * Floats in line. With the sign rotated into the lowest bit, the exponents
 * 767..1278 become the numbers below 2^62 once 767 << 53 is taken away; two
 * bits are then free for the tag. +-2^-256 give up their codes to +-0.0.
 */
#define GN_FLO_BASE ((uint64_t)767 << 53)

static inline uint64_t gn_double_bits(double d) {
  uint64_t u;
  memcpy(&u, &d, sizeof u);
  return u;
}
static inline double gn_bits_double(uint64_t u) {
  double d;
  memcpy(&d, &u, sizeof d);
  return d;
}

/* True, with the value in *out, when d needs no box. */
static inline bool gn_flo_pack(double d, gn_value *out) {
  uint64_t bits = gn_double_bits(d);
  uint64_t u = (bits << 1 | bits >> 63) - GN_FLO_BASE;
  if (GN_LIKELY(u - 2 < ((uint64_t)1 << 62) - 2)) {
    *out = u << 2 | 2;
    return true;
  }
  if ((bits << 1) == 0) { /* +0.0 and -0.0 */
    *out = (bits >> 63) << 2 | 2;
    return true;
  }
  return false;
}
static inline double gn_flo(gn_value v) {
  assert(gn_is_flo(v));
  uint64_t u = v >> 2;
  if (GN_UNLIKELY(u < 2))
    return u == 0 ? 0.0 : -0.0;
  u += GN_FLO_BASE;
  return gn_bits_double(u >> 1 | u << 63);
}

_Static_assert(sizeof(gn_value) == 8, "a value is one word");

#endif
