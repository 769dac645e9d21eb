/*
 * number_methods.c - methods of Int and Float. The arithmetic operators are the
 * interpreter's.
 */
#include "types/number_methods.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/tables.h"
#include "run/walk.h"
#include "types/range.h"

#define DIGITS_MAX 300 /* decimals that to_fixed and round accept */

/* ---- conversions ---- */

bool gn_double_to_int(double d, int64_t *out) {
  if (!(d >= -9223372036854775808.0 && d < 9223372036854775808.0))
    return false;
  *out = (int64_t)d;
  return true;
}

static int give_truncated(gn_ctx *ctx, gn_call *call, double d) {
  int64_t i;
  if (!gn_double_to_int(d, &i))
    return gn_throw(ctx, GN_X_ARGUMENT, NULL, "Float out of Int range");
  return gn_return_int(ctx, call, i);
}

static int same(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  return gn_return(call, call->argv[0]);
}

static int int_to_f(gn_ctx *ctx, gn_call *call) {
  return gn_return_float(ctx, call, (double)gn_int(call->argv[0]));
}

static int float_to_i(gn_ctx *ctx, gn_call *call) {
  return give_truncated(ctx, call, gn_float(call->argv[0]));
}

static int int_to_s(gn_ctx *ctx, gn_call *call) {
  char text[66];
  int64_t base = 10, i = gn_int(call->argv[0]);
  if (call->argc > 1 && !gn_arg_int(ctx, call, 1, &base))
    return GN_THROW;
  if (base < 2 || base > 36)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL, "to_s base must be from 2 to 36");
  uint64_t rest = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
  size_t at = sizeof text;
  do {
    text[--at] = "0123456789abcdefghijklmnopqrstuvwxyz"[rest % (uint64_t)base];
    rest /= (uint64_t)base;
  } while (rest);
  if (i < 0)
    text[--at] = '-';
  return gn_return_text(ctx, call, text + at, sizeof text - at);
}

static int int_chr(gn_ctx *ctx, gn_call *call) {
  int64_t i = gn_int(call->argv[0]);
  if (i < 0 || i > 0x10ffff || (i >= 0xd800 && i <= 0xdfff))
    return gn_throw(ctx, GN_X_ARGUMENT, NULL, "chr of %lld: no code point",
                    (long long)i);
  return gn_return(call, gn_from_char((uint32_t)i));
}

/* ---- signs ---- */

int gn_give_abs(gn_ctx *ctx, gn_call *call, gn_value v) {
  if (gn_is_float(v))
    return gn_return_float(ctx, call, fabs(gn_float(v)));
  int64_t i = gn_int(v);
  if (i == INT64_MIN)
    return gn_throw(ctx, GN_X_RUNTIME, "GENE.ARITH.OVERFLOW",
                    "Integer overflow in abs");
  return gn_return_int(ctx, call, i < 0 ? -i : i);
}

static int number_abs(gn_ctx *ctx, gn_call *call) {
  return gn_give_abs(ctx, call, call->argv[0]);
}

static int int_even(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  return gn_return_bool(call, (gn_int(call->argv[0]) & 1) == 0);
}

static int int_odd(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  return gn_return_bool(call, (gn_int(call->argv[0]) & 1) != 0);
}

static int float_nan(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  return gn_return_bool(call, isnan(gn_float(call->argv[0])));
}

static int float_infinite(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  return gn_return_bool(call, isinf(gn_float(call->argv[0])));
}

static int number_clamp(gn_ctx *ctx, gn_call *call) {
  double lo, hi;
  if (!gn_arg_double(ctx, call, 1, &lo) || !gn_arg_double(ctx, call, 2, &hi))
    return GN_THROW;
  if (gn_compare_numbers(call->argv[1], call->argv[2]) > 0)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL,
                    "clamp expects the lower bound first");
  if (gn_compare_numbers(call->argv[0], call->argv[1]) == -1)
    return gn_return(call, call->argv[1]);
  if (gn_compare_numbers(call->argv[0], call->argv[2]) == 1)
    return gn_return(call, call->argv[2]);
  return gn_return(call, call->argv[0]);
}

/* ---- decimals ---- */

/* |d| * 10^n ends in exactly one half: then and only then does printf, which
 * goes by the exact value, round to even instead of away from zero. */
static bool is_tie(double d, int n) {
  double twice = ldexp(fabs(d), n + 1);
  return isfinite(twice) && twice == floor(twice) && fmod(twice, 2) == 1;
}

#define FIXED_SIZE (320 + DIGITS_MAX)

/* One more in the last place of the decimal number in text; its length. */
static int away_from_zero(char *text, int len) {
  int first = text[0] == '-' ? 1 : 0;
  for (int i = len - 1; i >= first; i--) {
    if (text[i] == '.')
      continue;
    if (text[i] != '9') {
      text[i]++;
      return len;
    }
    text[i] = '0';
  }
  memmove(text + first + 1, text + first, (size_t)(len - first) + 1);
  text[first] = '1';
  return len + 1;
}

/* d with n decimals, half away from zero. */
static int format_fixed(double d, int n, char text[FIXED_SIZE]) {
  if (!is_tie(d, n))
    return snprintf(text, FIXED_SIZE, "%.*f", n, d);
  /* exact with one decimal more, which is a 5 */
  int len = snprintf(text, FIXED_SIZE, "%.*f", n + 1, d) - (n == 0 ? 2 : 1);
  text[len] = '\0';
  return away_from_zero(text, len);
}

static bool digits_arg(gn_ctx *ctx, const gn_call *call, int64_t *n) {
  if (!gn_arg_int(ctx, call, 1, n))
    return false;
  if (*n >= 0 && *n <= DIGITS_MAX)
    return true;
  gn_throw(ctx, GN_X_ARGUMENT, NULL, "%s expects 0 to %d digits, got %lld",
           call->def->name, DIGITS_MAX, (long long)*n);
  return false;
}

static int int_to_fixed(gn_ctx *ctx, gn_call *call) {
  char text[32 + DIGITS_MAX];
  int64_t n;
  if (!digits_arg(ctx, call, &n))
    return GN_THROW;
  size_t len = gn_format_int(gn_int(call->argv[0]), text);
  if (n > 0)
    text[len++] = '.';
  memset(text + len, '0', (size_t)n);
  return gn_return_text(ctx, call, text, len + (size_t)n);
}

static int float_to_fixed(gn_ctx *ctx, gn_call *call) {
  char text[FIXED_SIZE];
  double d = gn_float(call->argv[0]);
  int64_t n;
  if (!digits_arg(ctx, call, &n))
    return GN_THROW;
  if (!isfinite(d))
    return gn_return_text(ctx, call, text, gn_format_double(d, text));
  int len = format_fixed(d, (int)n, text);
  return gn_return_text(ctx, call, text, (size_t)len);
}

/* One of floor, ceil, round: without digits an Int, else a Float. */
static int rounded(gn_ctx *ctx, gn_call *call, double (*whole)(double)) {
  char text[FIXED_SIZE];
  double d = gn_float(call->argv[0]);
  int64_t n;
  if (call->argc == 1)
    return give_truncated(ctx, call, whole(d));
  if (!digits_arg(ctx, call, &n))
    return GN_THROW;
  if (!isfinite(d))
    return gn_return(call, call->argv[0]);
  format_fixed(d, (int)n, text);
  double near = strtod(text, NULL);
  if (whole == round)
    return gn_return_float(ctx, call, near);
  /* The nearest is on the wrong side: one unit of the last digit back. */
  double unit = pow(10, (double)-n);
  bool wrong = whole == floor ? near > d : near < d;
  if (wrong) {
    format_fixed(whole == floor ? near - unit : near + unit, (int)n, text);
    near = strtod(text, NULL);
  }
  return gn_return_float(ctx, call, near);
}

static int float_floor(gn_ctx *ctx, gn_call *call) {
  return rounded(ctx, call, floor);
}
static int float_ceil(gn_ctx *ctx, gn_call *call) {
  return rounded(ctx, call, ceil);
}
static int float_round(gn_ctx *ctx, gn_call *call) {
  return rounded(ctx, call, round);
}

/* ---- times ---- */

static int begin_times(gn_ctx *ctx, gn_call *call) {
  int64_t n = gn_int(call->argv[0]);
  gn_value r = gn_range_new(gn_ctx_heap(ctx), 0, n > 0 ? n - 1 : -1, 1, false);
  call->locals[GN_WALK_SOURCE] = r;
  return r == GN_NONE ? gn_oom(ctx) : GN_OK;
}

static int int_times(gn_ctx *ctx, gn_call *call) {
  static const gn_walk walk = {1, GN_PASS_ELEMENT, begin_times, NULL,
                               gn_end_self};
  return gn_walk_run(ctx, call, &walk);
}

const gn_native_def gn_int_rows[] = {
    GN_METHOD("to_s", int_to_s, 0, 1, 0, "(i .to_s [base])",
              "Text in base 10, or in another from 2 to 36."),
    GN_METHOD("to_i", same, 0, 0, 0, "(i .to_i)", "Itself."),
    GN_METHOD("to_f", int_to_f, 0, 0, 0, "(i .to_f)", "As a Float."),
    GN_METHOD("abs", number_abs, 0, 0, 0, "(i .abs)", "Without its sign."),
    GN_METHOD("even?", int_even, 0, 0, 0, "(i .even?)", "Whether it is even."),
    GN_METHOD("odd?", int_odd, 0, 0, 0, "(i .odd?)", "Whether it is odd."),
    GN_METHOD("chr", int_chr, 0, 0, 0, "(i .chr)",
              "Char with this code point."),
    GN_METHOD("to_fixed", int_to_fixed, 1, 1, 0, "(i .to_fixed n)",
              "Text with n decimals."),
    GN_METHOD("times", int_times, 1, 1, GN_WALK_LOCALS, "(i .times f)",
              "Calls f with 0 to i - 1; gives i."),
    GN_METHOD("clamp", number_clamp, 2, 2, 0, "(i .clamp lo hi)",
              "The nearest number from lo to hi."),
    GN_ROWS_END};

const gn_native_def gn_float_rows[] = {
    GN_METHOD("to_i", float_to_i, 0, 0, 0, "(d .to_i)",
              "As an Int, truncated toward zero."),
    GN_METHOD("to_f", same, 0, 0, 0, "(d .to_f)", "Itself."),
    GN_METHOD("abs", number_abs, 0, 0, 0, "(d .abs)", "Without its sign."),
    GN_METHOD("floor", float_floor, 0, 1, 0, "(d .floor [digits])",
              "Rounded down: an Int, with digits a Float."),
    GN_METHOD("ceil", float_ceil, 0, 1, 0, "(d .ceil [digits])",
              "Rounded up: an Int, with digits a Float."),
    GN_METHOD("round", float_round, 0, 1, 0, "(d .round [digits])",
              "Rounded, half away from zero: an Int, with digits a Float."),
    GN_METHOD("nan?", float_nan, 0, 0, 0, "(d .nan?)", "Whether it is nan."),
    GN_METHOD("infinite?", float_infinite, 0, 0, 0, "(d .infinite?)",
              "Whether it is infinite."),
    GN_METHOD("to_fixed", float_to_fixed, 1, 1, 0, "(d .to_fixed n)",
              "Text with n decimals, half away from zero."),
    GN_METHOD("clamp", number_clamp, 2, 2, 0, "(d .clamp lo hi)",
              "The nearest number from lo to hi."),
    GN_ROWS_END};
