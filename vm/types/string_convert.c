/*
 * string_convert.c - texts to numbers and symbols, and the methods of Char and
 * Symbol. Nothing here depends on a locale.
 */
#include <stdlib.h>

#include "core/digits.h"
#include "core/utf8.h"
#include "lib/tables.h"
#include "types/string_methods.h"

#define SYMBOL_MAX 65536u
#define NUMBER_MAX 1100u /* characters of a text that can be a number */

/* The text without white space around it. GN_OK or a status; a text that is
 * too long for a number has no characters. */
static int trimmed(gn_ctx *ctx, gn_call *call, const char **text, uint32_t *n) {
  uint32_t from, to;
  int status = gn_trim_run(ctx, call, true, true, &from, &to);
  if (status != GN_OK)
    return status;
  *text = gn_str_bytes(gn_self_str(call)) + from;
  *n = to - from <= NUMBER_MAX ? to - from : 0;
  gn_charge(ctx, *n >> 4);
  return GN_OK;
}

/* ---- to_i ---- */

/* Digits with single underscores between them. False: malformed or out of the
 * range of Int. */
static bool read_digits(const char *p, uint32_t n, int base, bool negative,
                        int64_t *out) {
  int64_t v = 0;
  bool after_digit = false;
  for (uint32_t i = 0; i < n; i++) {
    if (p[i] == '_' && after_digit && i + 1 < n) {
      after_digit = false;
      continue;
    }
    int d = (int)gn_digit(p[i]);
    if (d >= base || __builtin_mul_overflow(v, base, &v) ||
        __builtin_sub_overflow(v, d, &v))
      return false; /* counted downwards, as the smallest Int has no opposite */
    after_digit = true;
  }
  if (!after_digit || (!negative && v == INT64_MIN))
    return false;
  *out = negative ? v : -v;
  return true;
}

static int string_to_i(gn_ctx *ctx, gn_call *call) {
  int64_t base = 10, v;
  if (call->argc > 1 && !gn_arg_int(ctx, call, 1, &base))
    return GN_THROW;
  if (base < 2 || base > 36)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL, "to_i base must be from 2 to 36");
  uint32_t n;
  const char *p;
  int status = trimmed(ctx, call, &p, &n);
  if (status != GN_OK)
    return status;
  bool negative = n > 0 && *p == '-';
  bool sign = n > 0 && (*p == '-' || *p == '+');
  if (!read_digits(p + sign, n - sign, (int)base, negative, &v))
    return gn_throw(ctx, GN_X_ARGUMENT, NULL, "to_i requires a numeric string");
  return gn_return_int(ctx, call, v);
}

/* ---- to_f ---- */

static uint32_t skip_digits(const char *p, uint32_t i, uint32_t n, char *out,
                            uint32_t *len) {
  while (i < n && ((p[i] >= '0' && p[i] <= '9') || p[i] == '_')) {
    if (p[i] == '_' && (i + 1 == n || p[i + 1] < '0' || p[i + 1] > '9'))
      break;
    if (p[i] != '_')
      out[(*len)++] = p[i];
    i++;
  }
  return i;
}

/* Copies a decimal number without its underscores; 0: malformed. */
static uint32_t plain_number(const char *p, uint32_t n, char *out) {
  uint32_t i = 0, len = 0;
  if (i < n && (p[i] == '-' || p[i] == '+'))
    out[len++] = p[i++];
  uint32_t from = len;
  if (i < n && p[i] != '_')
    i = skip_digits(p, i, n, out, &len);
  if (len == from)
    return 0;
  if (i < n && p[i] == '.') {
    out[len++] = p[i++];
    if (i < n && p[i] != '_')
      i = skip_digits(p, i, n, out, &len);
  }
  if (i < n && (p[i] == 'e' || p[i] == 'E')) {
    out[len++] = p[i++];
    if (i < n && (p[i] == '-' || p[i] == '+'))
      out[len++] = p[i++];
    from = len;
    i = skip_digits(p, i, n, out, &len);
    if (len == from)
      return 0;
  }
  return i == n ? len : 0;
}

static int string_to_f(gn_ctx *ctx, gn_call *call) {
  char plain[NUMBER_MAX + 1];
  uint32_t n, len;
  const char *p;
  int status = trimmed(ctx, call, &p, &n);
  if (status != GN_OK)
    return status;
  len = plain_number(p, n, plain);
  if (len == 0)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL, "to_f requires a numeric string");
  plain[len] = 0;
  return gn_return_float(ctx, call, strtod(plain, NULL));
}

/* ---- symbols and characters ---- */

static int text_to_symbol(gn_ctx *ctx, gn_call *call) {
  size_t len;
  gn_text(call->argv[0], &len);
  if (gn_is_string(call->argv[0]) && len > SYMBOL_MAX)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL,
                    "to_symbol expects at most %u bytes", SYMBOL_MAX);
  return gn_return_made(ctx, call,
                        gn_symbol_of(gn_ctx_heap(ctx), call->argv[0]));
}

static int string_ord(gn_ctx *ctx, gn_call *call) {
  const gn_string *s = gn_self_str(call);
  uint32_t size;
  if (s->len == 0)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL, "ord of an empty string");
  return gn_return(call,
                   gn_from_fix(gn_utf8_decode(gn_str_bytes(s), s->len, &size)));
}

static int char_ord(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  return gn_return(call, gn_from_fix(gn_char(call->argv[0])));
}

static int symbol_name(gn_ctx *ctx, gn_call *call) {
  return gn_return_made(ctx, call,
                        gn_string_of(gn_ctx_heap(ctx), call->argv[0]));
}

const gn_native_def gn_string_convert_rows[] = {
    GN_METHOD("to_i", string_to_i, 0, 1, GN_TRIM_LOCALS, "(s .to_i [base])",
              "The Int that the text says."),
    GN_METHOD("to_f", string_to_f, 0, 0, GN_TRIM_LOCALS, "(s .to_f)",
              "The Float that the text says."),
    GN_METHOD("to_symbol", text_to_symbol, 0, 0, 0, "(s .to_symbol)",
              "Symbol of this text."),
    GN_METHOD("ord", string_ord, 0, 0, 0, "(s .ord)",
              "Code point of the first character."),
    GN_ROWS_END};

const gn_native_def gn_char_rows[] = {
    GN_METHOD("ord", char_ord, 0, 0, 0, "(c .ord)", "The code point."),
    GN_ROWS_END};

const gn_native_def gn_symbol_rows[] = {
    GN_METHOD("name", symbol_name, 0, 0, 0, "(sym .name)",
              "The name as a String."),
    GN_METHOD("to_symbol", text_to_symbol, 0, 0, 0, "(sym .to_symbol)",
              "Itself."),
    GN_ROWS_END};
