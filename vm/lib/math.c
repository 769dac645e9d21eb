/*
 * math.c - numeric functions, global and in math/, and the bitwise ones.
 */
#include <math.h>

#include "lib/tables.h"
#include "types/number_methods.h"

/* ---- arguments: numbers, else ArgumentException ---- */

static int not_numeric(gn_ctx *ctx, const gn_call *call) {
  const char *name = strrchr(call->def->name, '/');
  name = name ? name + 1 : call->def->name;
  return gn_throw(ctx, GN_X_ARGUMENT, NULL, "%s requires %s", name,
                  call->def->min > 1 ? "numeric arguments"
                                     : "a numeric argument");
}

static bool all_numeric(const gn_call *call) {
  for (uint32_t i = 0; i < call->argc; i++)
    if (!gn_is_number(call->argv[i]))
      return false;
  return true;
}

/* Of one number, a Float. */
static int give(gn_ctx *ctx, gn_call *call, double (*f)(double)) {
  if (!gn_is_number(call->argv[0]))
    return not_numeric(ctx, call);
  return gn_return_float(ctx, call, f(gn_to_double(call->argv[0])));
}

/* cbrt may be off by one unit in the last place, even for whole roots. */
static double exact_cbrt(double x) {
  return (double)cbrtl((long double)x);
}

#define FLOAT_FUNCTION(name)                           \
  static int math_##name(gn_ctx *ctx, gn_call *call) { \
    return give(ctx, call, name);                      \
  }
FLOAT_FUNCTION(sqrt)
FLOAT_FUNCTION(sin)
FLOAT_FUNCTION(cos)
FLOAT_FUNCTION(tan)
FLOAT_FUNCTION(asin)
FLOAT_FUNCTION(acos)
FLOAT_FUNCTION(atan)
FLOAT_FUNCTION(exp)
FLOAT_FUNCTION(log10)
FLOAT_FUNCTION(log2)
FLOAT_FUNCTION(exact_cbrt)
#undef FLOAT_FUNCTION

/* Of two numbers, a Float. */
static int give_2(gn_ctx *ctx, gn_call *call, double (*f)(double, double)) {
  if (!all_numeric(call))
    return not_numeric(ctx, call);
  return gn_return_float(
      ctx, call, f(gn_to_double(call->argv[0]), gn_to_double(call->argv[1])));
}

static int math_pow(gn_ctx *ctx, gn_call *call) {
  return give_2(ctx, call, pow);
}
static int math_atan2(gn_ctx *ctx, gn_call *call) {
  return give_2(ctx, call, atan2);
}
static int math_hypot(gn_ctx *ctx, gn_call *call) {
  return give_2(ctx, call, hypot);
}

/* With more digits than the result has, so that powers of the base give whole
 * numbers. */
static double log_to_base(double x, double base) {
  return (double)(logl((long double)x) / logl((long double)base));
}

static int math_log(gn_ctx *ctx, gn_call *call) {
  return call->argc > 1 ? give_2(ctx, call, log_to_base) : give(ctx, call, log);
}

/* Of a number of either kind: an Int stays as it is. */
static int keep_int(gn_ctx *ctx, gn_call *call, double (*f)(double)) {
  if (gn_is_int(call->argv[0]))
    return gn_return(call, call->argv[0]);
  return give(ctx, call, f);
}

static int math_floor(gn_ctx *ctx, gn_call *call) {
  return keep_int(ctx, call, floor);
}
static int math_ceil(gn_ctx *ctx, gn_call *call) {
  return keep_int(ctx, call, ceil);
}
static int math_round(gn_ctx *ctx, gn_call *call) {
  return keep_int(ctx, call, round);
}
static int math_trunc(gn_ctx *ctx, gn_call *call) {
  return keep_int(ctx, call, trunc);
}

static int math_abs(gn_ctx *ctx, gn_call *call) {
  if (!gn_is_number(call->argv[0]))
    return not_numeric(ctx, call);
  return gn_give_abs(ctx, call, call->argv[0]);
}

static int math_sign(gn_ctx *ctx, gn_call *call) {
  if (!gn_is_number(call->argv[0]))
    return not_numeric(ctx, call);
  int sign = gn_compare_numbers(call->argv[0], gn_from_fix(0));
  return gn_return(call, gn_from_fix(sign == 2 ? 0 : sign));
}

/* ---- min, max ---- */

static bool is_nan(gn_value v) {
  return gn_is_float(v) && isnan(gn_float(v));
}

static int choose(gn_ctx *ctx, gn_call *call, const char *name, int sign) {
  if (call->argc < 2)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL,
                    "%s requires at least 2 arguments", name);
  if (!all_numeric(call))
    return gn_throw(ctx, GN_X_ARGUMENT, NULL, "%s requires numeric arguments",
                    name);
  gn_charge(ctx, call->argc);
  gn_value best = call->argv[0];
  for (uint32_t i = 1; i < call->argc && !is_nan(best); i++) {
    gn_value v = call->argv[i];
    if (is_nan(v) || gn_compare_numbers(v, best) == sign)
      best = v;
  }
  return gn_return(call, best);
}

static int math_min(gn_ctx *ctx, gn_call *call) {
  return choose(ctx, call, "min", -1);
}
static int math_max(gn_ctx *ctx, gn_call *call) {
  return choose(ctx, call, "max", 1);
}

/* ---- whole numbers ---- */

static int math_gcd(gn_ctx *ctx, gn_call *call) {
  int64_t a, b;
  if (!all_numeric(call))
    return not_numeric(ctx, call);
  if (!gn_arg_int(ctx, call, 0, &a) || !gn_arg_int(ctx, call, 1, &b))
    return GN_THROW;
  uint64_t x = a < 0 ? 0 - (uint64_t)a : (uint64_t)a;
  uint64_t y = b < 0 ? 0 - (uint64_t)b : (uint64_t)b;
  while (y) {
    uint64_t rest = x % y;
    x = y;
    y = rest;
  }
  if (x > INT64_MAX)
    return gn_throw(ctx, GN_X_RUNTIME, "GENE.ARITH.OVERFLOW",
                    "Integer overflow in gcd");
  return gn_return_int(ctx, call, (int64_t)x);
}

static int math_div(gn_ctx *ctx, gn_call *call) {
  gn_value a = call->argv[0], b = call->argv[1];
  if (!gn_is_number(a))
    return gn_throw(ctx, GN_X_TYPE, NULL, "Cannot divide values of type: %s",
                    gn_type_cstr(ctx, a));
  if (!gn_is_number(b))
    return gn_throw(ctx, GN_X_TYPE, NULL, "Cannot divide %s by %s",
                    gn_type_cstr(ctx, a), gn_type_cstr(ctx, b));
  if (!gn_is_int(a) || !gn_is_int(b))
    return gn_return_float(ctx, call, trunc(gn_to_double(a) / gn_to_double(b)));
  if (gn_int(b) == 0)
    return gn_throw(ctx, GN_X_RUNTIME, "GENE.ARITH.DIV_ZERO",
                    "Division by zero");
  if (gn_int(a) == INT64_MIN && gn_int(b) == -1)
    return gn_throw(ctx, GN_X_RUNTIME, "GENE.ARITH.OVERFLOW",
                    "Integer overflow in division");
  return gn_return_int(ctx, call, gn_int(a) / gn_int(b));
}

static int bits(gn_ctx *ctx, gn_call *call, char op) {
  int64_t a, b;
  if (!gn_arg_int(ctx, call, 0, &a) || !gn_arg_int(ctx, call, 1, &b))
    return GN_THROW;
  return gn_return_int(ctx, call,
                       op == '&'   ? a & b
                       : op == '|' ? a | b
                                   : a ^ b);
}

static int bit_and(gn_ctx *ctx, gn_call *call) {
  return bits(ctx, call, '&');
}
static int bit_or(gn_ctx *ctx, gn_call *call) {
  return bits(ctx, call, '|');
}
static int bit_xor(gn_ctx *ctx, gn_call *call) {
  return bits(ctx, call, '^');
}

static int bit_not(gn_ctx *ctx, gn_call *call) {
  int64_t a;
  if (!gn_arg_int(ctx, call, 0, &a))
    return GN_THROW;
  return gn_return_int(ctx, call, ~a);
}

/* A function that is global and in math/. */
#define TWICE(name, fn, min, max, args, doc)                                 \
  GN_FUNCTION(name, fn, min, max, 0, "(" name " " args ")", doc),            \
      GN_FUNCTION("math/" name, fn, min, max, 0, "(math/" name " " args ")", \
                  doc)
#define MATH(name, fn, min, max, sig, doc) \
  GN_FUNCTION("math/" name, fn, min, max, 0, sig, doc)

const gn_native_def gn_math_rows[] = {
    TWICE("abs", math_abs, 1, 1, "x", "x without its sign."),
    TWICE("sqrt", math_sqrt, 1, 1, "x", "Square root."),
    TWICE("pow", math_pow, 2, 2, "x y", "x to the power of y, a Float."),
    TWICE("floor", math_floor, 1, 1, "x", "Rounded down; an Int stays itself."),
    TWICE("ceil", math_ceil, 1, 1, "x", "Rounded up; an Int stays itself."),
    TWICE("round", math_round, 1, 1, "x",
          "Rounded, half away from zero; an Int stays itself."),
    TWICE("min", math_min, 0, -1, "x y ...", "The least number."),
    TWICE("max", math_max, 0, -1, "x y ...", "The greatest number."),
    MATH("sin", math_sin, 1, 1, "(math/sin x)", "Sine."),
    MATH("cos", math_cos, 1, 1, "(math/cos x)", "Cosine."),
    MATH("tan", math_tan, 1, 1, "(math/tan x)", "Tangent."),
    MATH("asin", math_asin, 1, 1, "(math/asin x)", "Arc sine."),
    MATH("acos", math_acos, 1, 1, "(math/acos x)", "Arc cosine."),
    MATH("atan", math_atan, 1, 1, "(math/atan x)", "Arc tangent."),
    MATH("atan2", math_atan2, 2, 2, "(math/atan2 y x)", "Angle of (x, y)."),
    MATH("exp", math_exp, 1, 1, "(math/exp x)", "e to the power of x."),
    MATH("log", math_log, 1, 2, "(math/log x [base])",
         "Logarithm, natural or to a base."),
    MATH("log10", math_log10, 1, 1, "(math/log10 x)", "Logarithm to base 10."),
    MATH("log2", math_log2, 1, 1, "(math/log2 x)", "Logarithm to base 2."),
    MATH("cbrt", math_exact_cbrt, 1, 1, "(math/cbrt x)", "Cube root."),
    MATH("hypot", math_hypot, 2, 2, "(math/hypot x y)", "Length of (x, y)."),
    MATH("trunc", math_trunc, 1, 1, "(math/trunc x)",
         "Rounded toward zero; an Int stays itself."),
    MATH("sign", math_sign, 1, 1, "(math/sign x)", "-1, 0 or 1."),
    MATH("gcd", math_gcd, 2, 2, "(math/gcd a b)", "Greatest common divisor."),
    GN_ROWS_END};

const gn_native_def gn_bits_rows[] = {
    GN_FUNCTION("div", math_div, 2, 2, 0, "(div a b)",
                "Quotient truncated toward zero."),
    GN_FUNCTION("bit_and", bit_and, 2, 2, 0, "(bit_and a b)",
                "Bitwise and of two Ints."),
    GN_FUNCTION("bit_or", bit_or, 2, 2, 0, "(bit_or a b)",
                "Bitwise or of two Ints."),
    GN_FUNCTION("bit_xor", bit_xor, 2, 2, 0, "(bit_xor a b)",
                "Bitwise exclusive or of two Ints."),
    GN_FUNCTION("bit_not", bit_not, 1, 1, 0, "(bit_not a)",
                "Bitwise complement of an Int."),
    GN_ROWS_END};
