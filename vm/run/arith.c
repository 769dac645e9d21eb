/*
 * arith.c - the slow half of arithmetic and comparison: boxed Ints, mixed
 * kinds, Bytes, strings, and every error message (language reference 1, 5.3
 * to 5.8). The fast half is in the dispatch loop. It never calls Gene code.
 */
#include <math.h>

#include "run/interp_parts.h"
#include "types/datetime.h"
#include "types/order.h"

typedef struct verb {
  const char *wrong_left; /* "Cannot %s values of type: A" */
  const char *both;       /* "Cannot %s A %s B" */
  const char *join;
  const char *overflow;
} verb;

static const verb *verb_of(enum gn_opcode op) {
  static const verb add = {"Cannot add values of type", "add", "and",
                           "addition"};
  static const verb sub = {"Cannot subtract from values of type", "subtract",
                           "from", "subtraction"};
  static const verb mul = {"Cannot multiply values of type", "multiply", "by",
                           "multiplication"};
  static const verb div = {"Cannot divide values of type", "divide", "by",
                           "division"};
  static const verb mod = {"Cannot modulo values of type", "modulo", "by",
                           "modulo"};
  static const verb power = {"Cannot raise values of type", "raise", "to",
                             "power"};
  switch (op) {
  case GN_OP_ADD: return &add;
  case GN_OP_SUB: return &sub;
  case GN_OP_MUL: return &mul;
  case GN_OP_DIV: return &div;
  case GN_OP_MOD: return &mod;
  default: return &power;
  }
}

static int wrong_operands(gn_ctx *ctx, enum gn_opcode op, gn_value a,
                          gn_value b) {
  const verb *w = verb_of(op);
  if (!gn_is_number(a))
    return gn_throw(ctx, GN_X_TYPE, NULL, "%s: %s", w->wrong_left,
                    gn_type_cstr(ctx, a));
  gn_value first = op == GN_OP_SUB ? b : a, second = op == GN_OP_SUB ? a : b;
  gn_value name = gn_type_name(ctx, first);
  if (name == GN_NONE)
    return gn_oom(ctx);
  return gn_throw(ctx, GN_X_TYPE, NULL, "Cannot %s %s %s %s", w->both,
                  gn_str_bytes(gn_str(name)), w->join,
                  gn_type_cstr(ctx, second));
}

static int overflow(gn_ctx *ctx, enum gn_opcode op) {
  return gn_throw(ctx, GN_X_RUNTIME, "GENE.ARITH.OVERFLOW",
                  "Integer overflow in %s", verb_of(op)->overflow);
}

static int give_int(gn_ctx *ctx, int64_t i, gn_value *out) {
  gn_value v = gn_int_new(&ctx->heap, i);
  if (v == GN_NONE)
    return gn_oom(ctx);
  *out = v;
  return GN_OK;
}

static int give_float(gn_ctx *ctx, double d, gn_value *out) {
  gn_value v = gn_float_new(&ctx->heap, d);
  if (v == GN_NONE)
    return gn_oom(ctx);
  *out = v;
  return GN_OK;
}

static int div_zero(gn_ctx *ctx) {
  return gn_throw(ctx, GN_X_RUNTIME, "GENE.ARITH.DIV_ZERO", "Division by zero");
}

/* base ** exponent for exponent >= 0; true on overflow. */
static bool int_power(int64_t base, int64_t exponent, int64_t *out) {
  int64_t result = 1;
  while (exponent > 0) {
    if ((exponent & 1) && __builtin_mul_overflow(result, base, &result))
      return true;
    exponent >>= 1;
    if (exponent > 0 && __builtin_mul_overflow(base, base, &base))
      return true;
  }
  *out = result;
  return false;
}

static int int_arith(gn_ctx *ctx, enum gn_opcode op, int64_t x, int64_t y,
                     gn_value *out) {
  int64_t r = 0;
  bool over = false;
  switch (op) {
  case GN_OP_ADD: over = __builtin_add_overflow(x, y, &r); break;
  case GN_OP_SUB: over = __builtin_sub_overflow(x, y, &r); break;
  case GN_OP_MUL: over = __builtin_mul_overflow(x, y, &r); break;
  case GN_OP_DIV:
    if (y == 0)
      return div_zero(ctx);
    return give_float(ctx, (double)x / (double)y, out);
  case GN_OP_MOD:
    if (y == 0)
      return div_zero(ctx);
    r = y == -1 ? 0 : x % y;
    break;
  default:
    if (y < 0)
      return give_float(ctx, pow((double)x, (double)y), out);
    over = int_power(x, y, &r);
  }
  return over ? overflow(ctx, op) : give_int(ctx, r, out);
}

static int float_arith(gn_ctx *ctx, enum gn_opcode op, double x, double y,
                       gn_value *out) {
  switch (op) {
  case GN_OP_ADD: return give_float(ctx, x + y, out);
  case GN_OP_SUB: return give_float(ctx, x - y, out);
  case GN_OP_MUL: return give_float(ctx, x * y, out);
  case GN_OP_DIV: return give_float(ctx, x / y, out);
  case GN_OP_MOD: return give_float(ctx, fmod(x, y), out);
  default: return give_float(ctx, pow(x, y), out);
  }
}

/* Bytes op Bytes (equal lengths), Bytes shifted, complement of Bytes. */
static gn_string *bytes_new(gn_ctx *ctx, uint32_t len) {
  gn_string *s = gn_alloc(&ctx->heap, GN_T_BYTES, GN_STRING_HEAD + (size_t)len);
  if (!s)
    return NULL;
  s->hash = 0;
  s->len = len;
  s->chars = s->at = 0;
  gn_charge(ctx, len >> 4);
  return s;
}

static int bytes_logic(gn_ctx *ctx, enum gn_opcode op, gn_value a, gn_value b,
                       gn_value *out) {
  const gn_string *x = gn_str(a), *y = gn_str(b);
  if (x->len != y->len)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL, "Bytes sizes differ");
  gn_string *s = bytes_new(ctx, x->len);
  if (!s)
    return gn_oom(ctx);
  const char *p = gn_str_bytes(x), *q = gn_str_bytes(y);
  for (uint32_t i = 0; i < s->len; i++)
    s->as.bytes[i] = (char)(op == GN_OP_AND  ? p[i] & q[i]
                            : op == GN_OP_OR ? p[i] | q[i]
                                             : p[i] ^ q[i]);
  *out = gn_from_obj(s);
  return GN_OK;
}

/* Shifts the bits of the whole, most significant first; zeros come in. */
static int bytes_shift(gn_ctx *ctx, bool left, gn_value a, int64_t count,
                       gn_value *out) {
  const gn_string *x = gn_str(a);
  if (count < 0)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL, "Invalid shift amount");
  gn_string *s = bytes_new(ctx, x->len);
  if (!s)
    return gn_oom(ctx);
  const unsigned char *p = (const unsigned char *)gn_str_bytes(x);
  int64_t n = x->len, whole = count / 8;
  unsigned bits = (unsigned)(count % 8);
  for (int64_t i = 0; i < n; i++) {
    int64_t from = left ? i + whole : i - whole;
    int64_t other = left ? from + 1 : from - 1;
    unsigned near = from >= 0 && from < n ? p[from] : 0;
    unsigned far = bits && other >= 0 && other < n ? p[other] : 0;
    unsigned v = left ? near << bits | far >> (8 - bits)
                      : near >> bits | (bits ? far << (8 - bits) : 0);
    s->as.bytes[i] = (char)(v & 0xff);
  }
  *out = gn_from_obj(s);
  return GN_OK;
}

static int shift(gn_ctx *ctx, enum gn_opcode op, gn_value a, gn_value b,
                 gn_value *out) {
  bool left = op == GN_OP_SHL;
  if (gn_is(a, GN_T_BYTES) && gn_is_int(b))
    return bytes_shift(ctx, left, a, gn_int(b), out);
  if (!gn_is_int(a) || !gn_is_int(b)) {
    gn_value name = gn_type_name(ctx, a);
    if (name == GN_NONE)
      return gn_oom(ctx);
    return gn_throw(ctx, GN_X_TYPE, NULL, "Cannot shift %s by %s",
                    gn_str_bytes(gn_str(name)), gn_type_cstr(ctx, b));
  }
  int64_t n = gn_int(b);
  if (n < 0 || n > 63)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL, "Invalid shift amount");
  int64_t x = gn_int(a);
  return give_int(ctx, left ? (int64_t)((uint64_t)x << n) : x >> n, out);
}

static int logic(gn_ctx *ctx, enum gn_opcode op, gn_value a, gn_value b,
                 gn_value *out) {
  if (gn_is_int(a) && gn_is_int(b)) {
    int64_t x = gn_int(a), y = gn_int(b);
    return give_int(ctx,
                    op == GN_OP_AND  ? x & y
                    : op == GN_OP_OR ? x | y
                                     : x ^ y,
                    out);
  }
  if (gn_is(a, GN_T_BYTES) && gn_is(b, GN_T_BYTES))
    return bytes_logic(ctx, op, a, b, out);
  if (op == GN_OP_AND)
    *out = gn_truthy(a) ? b : a;
  else if (op == GN_OP_OR)
    *out = gn_truthy(a) ? a : b;
  else
    *out = gn_bool(gn_truthy(a) != gn_truthy(b));
  return GN_OK;
}

static int negate(gn_ctx *ctx, gn_value a, gn_value *out) {
  if (gn_is_int(a)) {
    if (gn_int(a) == INT64_MIN)
      return gn_throw(ctx, GN_X_RUNTIME, "GENE.ARITH.OVERFLOW",
                      "Integer overflow in negation");
    return give_int(ctx, -gn_int(a), out);
  }
  if (gn_is_float(a))
    return give_float(ctx, -gn_float(a), out);
  return gn_throw(ctx, GN_X_TYPE, NULL, "Cannot negate value of type: %s",
                  gn_type_cstr(ctx, a));
}

static int complement(gn_ctx *ctx, gn_value a, gn_value *out) {
  if (gn_is_int(a))
    return give_int(ctx, ~gn_int(a), out);
  if (!gn_is(a, GN_T_BYTES)) {
    *out = gn_bool(!gn_truthy(a));
    return GN_OK;
  }
  gn_string *s = bytes_new(ctx, gn_str(a)->len);
  if (!s)
    return gn_oom(ctx);
  const char *p = gn_str_bytes(gn_str(a));
  for (uint32_t i = 0; i < s->len; i++)
    s->as.bytes[i] = (char)~p[i];
  *out = gn_from_obj(s);
  return GN_OK;
}

static int concat_bytes(gn_ctx *ctx, gn_value a, gn_value b, gn_value *out) {
  uint32_t x = gn_str(a)->len, y = gn_str(b)->len;
  gn_string *s = bytes_new(ctx, x + y);
  if (!s)
    return gn_oom(ctx);
  memcpy(s->as.bytes, gn_str_bytes(gn_str(a)), x);
  memcpy(s->as.bytes + x, gn_str_bytes(gn_str(b)), y);
  *out = gn_from_obj(s);
  return GN_OK;
}

static int concat_arrays(gn_ctx *ctx, gn_value a, gn_value b, gn_value *out) {
  gn_array *x = gn_arr(a), *y = gn_arr(b);
  gn_array *r = gn_array_new(&ctx->heap, (size_t)x->len + y->len);
  if (!r)
    return gn_oom(ctx);
  gn_charge(ctx, (uint64_t)x->len + y->len);
  if (x->len)
    memcpy(r->items, x->items, x->len * sizeof(gn_value));
  if (y->len)
    memcpy(r->items + x->len, y->items, y->len * sizeof(gn_value));
  r->len = x->len + y->len;
  *out = gn_from_obj(r);
  return GN_OK;
}

static int concat(gn_ctx *ctx, gn_value a, gn_value b, gn_value *out) {
  if (gn_is(a, GN_T_BYTES) && gn_is(b, GN_T_BYTES))
    return concat_bytes(ctx, a, b, out);
  if (gn_is_array(a) && gn_is_array(b))
    return concat_arrays(ctx, a, b, out);
  if (gn_is(a, GN_T_MAP) && gn_is(b, GN_T_MAP)) {
    gn_dict *d = gn_dict_copy(&ctx->heap, (gn_dict *)gn_as_obj(a));
    if (!d)
      return gn_oom(ctx);
    *out = gn_from_obj(d);
    return gn_splice(ctx, d, b);
  }
  return gn_throw(ctx, GN_X_TYPE, NULL, "++ expects String arguments");
}

static int64_t days_apart(const gn_when *a, const gn_when *b) {
  return gn_days_from_civil(a->year, a->month, a->day) -
         gn_days_from_civil(b->year, b->month, b->day);
}

/* `out` may be the register of an operand. */
int gn_arith_slow(gn_ctx *ctx, enum gn_opcode op, gn_value a, gn_value b,
                  gn_value *out) {
  switch (op) {
  case GN_OP_NEG: return negate(ctx, a, out);
  case GN_OP_NOT: return complement(ctx, a, out);
  case GN_OP_SHL:
  case GN_OP_SHR: return shift(ctx, op, a, b, out);
  case GN_OP_AND:
  case GN_OP_OR:
  case GN_OP_XOR: return logic(ctx, op, a, b, out);
  case GN_OP_CONCAT: return concat(ctx, a, b, out);
  default: break;
  }
  if (gn_is_int(a) && gn_is_int(b))
    return int_arith(ctx, op, gn_int(a), gn_int(b), out);
  if (op == GN_OP_SUB && gn_is(a, GN_T_DATE) && gn_is(b, GN_T_DATE))
    return give_int(ctx, days_apart(gn_when_of(a), gn_when_of(b)), out);
  if (gn_is_number(a) && gn_is_number(b))
    return float_arith(ctx, op, gn_to_double(a), gn_to_double(b), out);
  return wrong_operands(ctx, op, a, b);
}

static const char *compare_sign(enum gn_opcode op) {
  return op == GN_OP_LT   ? "<"
         : op == GN_OP_LE ? "<="
         : op == GN_OP_GT ? ">"
                          : ">=";
}

static bool compare_holds(enum gn_opcode op, int order) {
  return op == GN_OP_LT   ? order < 0
         : op == GN_OP_LE ? order <= 0
         : op == GN_OP_GT ? order > 0
                          : order >= 0;
}

static int string_order(gn_value a, gn_value b) {
  const gn_string *x = gn_str(a), *y = gn_str(b);
  uint32_t n = x->len < y->len ? x->len : y->len;
  int order = memcmp(gn_str_bytes(x), gn_str_bytes(y), n);
  return order ? order : (x->len > y->len) - (x->len < y->len);
}

int gn_compare_slow(gn_ctx *ctx, enum gn_opcode op, gn_value a, gn_value b,
                    bool *out) {
  if (gn_is_number(a) && gn_is_number(b)) {
    int order = gn_compare_numbers(a, b);
    *out = order != 2 && compare_holds(op, order);
    return GN_OK;
  }
  if (gn_is_string(a) && gn_is_string(b)) {
    gn_charge(ctx, gn_str(a)->len >> 6);
    *out = compare_holds(op, string_order(a, b));
    return GN_OK;
  }
  if (gn_is_char(a) && gn_is_char(b)) {
    *out = compare_holds(op, gn_char(a) < gn_char(b)   ? -1
                             : gn_char(a) > gn_char(b) ? 1
                                                       : 0);
    return GN_OK;
  }
  if (gn_is_ptr(a) && gn_is_ptr(b) &&
      gn_as_obj(a)->type == gn_as_obj(b)->type &&
      (gn_is(a, GN_T_DATE) || gn_is(a, GN_T_TIME) || gn_is(a, GN_T_DATETIME))) {
    int order;
    int st = gn_order_now(ctx, a, b, &order);
    if (st == GN_OK)
      *out = compare_holds(op, order);
    return st;
  }
  gn_value name = gn_type_name(ctx, a);
  if (name == GN_NONE)
    return gn_oom(ctx);
  return gn_throw(ctx, GN_X_TYPE, NULL, "Cannot compare %s %s %s",
                  gn_str_bytes(gn_str(name)), compare_sign(op),
                  gn_type_cstr(ctx, b));
}
