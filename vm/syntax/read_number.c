/*
 * read_number.c - literals that begin with a digit or a sign: integers in four
 * bases, floats, bytes, dates and times.
 */
#include "syntax/reader_impl.h"

#include <stdlib.h>

#include "core/digits.h"
#include "core/number.h"
#include "types/datetime.h"
#include "types/range.h"

static bool invalid(gn_reader *r, const char *start) {
  return rd_fail(r, start, "Invalid number: %.*s", rd_token_len(r, start),
                 start);
}

static bool out_of_range(gn_reader *r, const char *start) {
  return rd_fail(r, start, "Integer literal out of range");
}

static unsigned base_of(char c) {
  switch (c) {
  case 'x':
  case 'X': return 16;
  case 'b': return 2;
  case 'o': return 8;
  default: return 0;
  }
}

/* True when r->p is at a digit, or a `_` between two. */
static bool digit_goes_on(gn_reader *r, unsigned base) {
  if (rd_peek(r, 0) == '_') {
    if (gn_digit(rd_peek(r, 1)) >= base || gn_digit(r->p[-1]) >= base)
      return false;
    r->p++;
  }
  return gn_digit(rd_peek(r, 0)) < base;
}

/* ---- integers ---- */

/* The digits are a bit pattern, modulo 2^64; r->p is after the prefix. */
static bool based(gn_reader *r, const char *start, unsigned base, bool minus) {
  uint64_t u = 0;
  if (gn_digit(rd_peek(r, 0)) >= base)
    return invalid(r, start);
  while (digit_goes_on(r, base)) {
    if (u > (UINT64_MAX - 15) / base && u > UINT64_MAX / base)
      return out_of_range(r, start);
    u = u * base + gn_digit(*r->p++);
  }
  if (!rd_token_ends(r, r->p))
    return invalid(r, start);
  if (minus)
    u = 0 - u;
  int64_t i;
  memcpy(&i, &u, sizeof i);
  return rd_emit(r, gn_int_new(r->heap, i), 0);
}

/* The digits from `digits` to r->p as a decimal integer. */
static bool decimal_value(gn_reader *r, const char *start, const char *digits,
                          bool minus, int64_t *out) {
  uint64_t limit = (uint64_t)INT64_MAX + minus, u = 0;
  for (const char *p = digits; p < r->p; p++) {
    if (*p == '_')
      continue;
    uint64_t d = gn_digit(*p);
    if (u > (limit - d) / 10)
      return out_of_range(r, start);
    u = u * 10 + d;
  }
  *out = minus ? (int64_t)(0 - u) : (int64_t)u;
  return true;
}

static bool decimal(gn_reader *r, const char *start, const char *digits,
                    bool minus) {
  int64_t i;
  return decimal_value(r, start, digits, minus, &i) &&
         rd_emit(r, gn_int_new(r->heap, i), 0);
}

/* A Range as it is printed, `1..4`; r->p is at its dots. */
static bool range(gn_reader *r, const char *start, const char *digits,
                  bool minus) {
  int64_t from, to;
  if (!decimal_value(r, start, digits, minus, &from))
    return false;
  r->p += 2;
  minus = rd_peek(r, 0) == '-';
  r->p += minus;
  digits = r->p;
  if (!rd_is(rd_peek(r, 0), RD_DIGIT))
    return invalid(r, start);
  while (rd_is(rd_peek(r, 0), RD_DIGIT))
    r->p++;
  if (!rd_token_ends(r, r->p))
    return invalid(r, start);
  return decimal_value(r, start, digits, minus, &to) &&
         rd_emit(r, gn_range_new(r->heap, from, to, 1, false), 0);
}

/* ---- floats ---- */

/* The text from start to r->p, without `_`, as a double. */
static bool emit_float(gn_reader *r, const char *start) {
  r->buf_len = 0;
  for (const char *p = start; p < r->p; p++)
    if (*p != '_' && !rd_put(r, p, 1))
      return false;
  if (!rd_put(r, "", 1))
    return false;
  return rd_emit(r, gn_float_new(r->heap, strtod(r->buf, NULL)), 0);
}

/* Skips the fraction and the exponent of a float, whichever there are. */
static bool skip_fraction(gn_reader *r) {
  if (rd_peek(r, 0) == '.') {
    r->p++;
    while (rd_is(rd_peek(r, 0), RD_DIGIT) ||
           (r->p[-1] != '.' && digit_goes_on(r, 10)))
      r->p++;
  }
  if ((rd_peek(r, 0) | 0x20) == 'e') {
    r->p++;
    if (rd_peek(r, 0) == '+' || rd_peek(r, 0) == '-')
      r->p++;
    if (!rd_is(rd_peek(r, 0), RD_DIGIT))
      return false;
    while (digit_goes_on(r, 10))
      r->p++;
  }
  return rd_token_ends(r, r->p);
}

/* ---- dates and times ---- */

/* Whether the unsigned digits at r->p begin a date or a time. */
static bool at_datetime(const gn_reader *r) {
  size_t n = 0;
  while (n < 5 && rd_is(rd_peek(r, n), RD_DIGIT))
    n++;
  if (n == 4 && rd_peek(r, 4) == '-')
    return true;
  return n > 0 && n <= 2 && rd_peek(r, n) == ':';
}

static gn_value datetime(gn_reader *r, const gn_when *when) {
  return gn_datetime_new(r->heap, when);
}

static bool read_datetime(gn_reader *r) {
  char message[96];
  gn_when when;
  const char *start = r->p;
  size_t n = gn_when_scan(r->p, (size_t)(r->end - r->p), &when, message,
                          sizeof message);
  if (n == 0)
    return rd_fail(r, start, "%s", message);
  r->p += n;
  if (!rd_token_ends(r, r->p))
    return rd_fail(r, start, "Invalid date or time: %.*s",
                   rd_token_len(r, start), start);
  if (rd_peek(r, 0) == '[' && when.type != GN_T_DATE)
    return rd_fail(r, r->p, "A time zone needs an offset or Z before it");
  return rd_emit(r, datetime(r, &when), 0);
}

/* ---- all ---- */

#define NUMBER_MAX 65536u /* bytes; nobody means what has more */

/* A number is read at one stroke, which a text of megabytes would make long. */
static bool too_long(const gn_reader *r) {
  if ((size_t)(r->end - r->p) <= NUMBER_MAX)
    return false;
  size_t n = base_of(r->p[1]) != 0 ? 2 : 1;
  while (n <= NUMBER_MAX &&
         (rd_is(r->p[n], RD_HEX) || r->p[n] == '_' || r->p[n] == '.' ||
          r->p[n] == '+' || r->p[n] == '-'))
    n++;
  return n > NUMBER_MAX;
}

bool rd_number(gn_reader *r) {
  const char *start = r->p;
  bool sign = *start == '-' || *start == '+', minus = *start == '-';
  if (!sign && at_datetime(r))
    return read_datetime(r);
  r->p += sign;
  if (*r->p == '0') {
    char c = rd_peek(r, 1);
    if (!sign && (c == '#' || c == '!' || c == '*'))
      return rd_bytes(r);
    if (base_of(c) != 0) {
      if (too_long(r))
        return rd_fail(r, start, "Number too long");
      r->p += 2;
      return based(r, start, base_of(c), minus);
    }
  }
  if (too_long(r))
    return rd_fail(r, start, "Number too long");
  const char *digits = r->p++;
  while (digit_goes_on(r, 10))
    r->p++;
  if (r->serial && rd_peek(r, 0) == '.' && rd_peek(r, 1) == '.')
    return range(r, start, digits, minus);
  if (rd_token_ends(r, r->p))
    return decimal(r, start, digits, minus);
  return skip_fraction(r) ? emit_float(r, start) : invalid(r, start);
}
