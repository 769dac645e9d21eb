/*
 * operators.c - the operators as values, so that they can be passed on:
 * ([1 2 3] .reduce 0 +). What they do is the interpreter's; here they are
 * only folded over any number of arguments.
 */
#include "lib/tables.h"
#include "run/context.h"
#include "run/native_args.h"
#include "run/pieces.h"

enum { FOLD_ACC, FOLD_AT, FOLD_JOINED, FOLD_COPIED, FOLD_LOCALS };

/* Folds from the left, argument 0 first. */
static int fold(gn_ctx *ctx, gn_call *call, enum gn_opcode op) {
  gn_value *local = call->locals;
  if (call->state == 0) {
    local[FOLD_ACC] = call->argv[0];
    local[FOLD_AT] = gn_from_fix(1);
  }
  for (uint32_t i = (uint32_t)gn_fix(local[FOLD_AT]); i < call->argc; i++) {
    int status = gn_arith_slow(ctx, op, local[FOLD_ACC], call->argv[i],
                               &local[FOLD_ACC]);
    if (status != GN_OK)
      return status;
    local[FOLD_AT] = gn_from_fix((int64_t)i + 1);
    gn_charge(ctx, 1);
    if (i + 1 < call->argc && gn_slice_over(ctx))
      return gn_pause(call, 1);
  }
  return gn_return(call, local[FOLD_ACC]);
}

/* The same, and `none` without arguments. */
static int fold_or(gn_ctx *ctx, gn_call *call, enum gn_opcode op,
                   gn_value none) {
  return call->argc == 0 ? gn_return(call, none) : fold(ctx, call, op);
}

static int op_add(gn_ctx *ctx, gn_call *call) {
  return fold_or(ctx, call, GN_OP_ADD, gn_from_fix(0));
}
static int op_mul(gn_ctx *ctx, gn_call *call) {
  return fold_or(ctx, call, GN_OP_MUL, gn_from_fix(1));
}
static int op_mod(gn_ctx *ctx, gn_call *call) {
  return fold(ctx, call, GN_OP_MOD);
}
static int op_pow(gn_ctx *ctx, gn_call *call) {
  return fold(ctx, call, GN_OP_POW);
}

static int op_sub(gn_ctx *ctx, gn_call *call) {
  if (call->argc > 1)
    return fold(ctx, call, GN_OP_SUB);
  gn_value v = call->argv[0];
  return gn_arith_slow(ctx, GN_OP_NEG, v, v, &call->result);
}

static int op_div(gn_ctx *ctx, gn_call *call) {
  if (call->argc > 1)
    return fold(ctx, call, GN_OP_DIV);
  return gn_arith_slow(ctx, GN_OP_DIV, gn_from_fix(1), call->argv[0],
                       &call->result);
}

static bool are_strings(const gn_call *call) {
  for (uint32_t i = 0; i < call->argc; i++)
    if (!gn_is_string(call->argv[i]))
      return false;
  return true;
}

/* As fold does it, but that a long text is copied in slices. */
static int join_strings(gn_ctx *ctx, gn_call *call) {
  gn_value *local = call->locals;
  if (call->state == 0) {
    local[FOLD_ACC] = call->argv[0];
    local[FOLD_AT] = gn_from_fix(1);
    local[FOLD_JOINED] = local[FOLD_COPIED] = GN_NIL;
    call->state = 1;
  }
  for (uint32_t i = (uint32_t)gn_fix(local[FOLD_AT]); i < call->argc; i++) {
    int status =
        gn_concat_run(ctx, call, &local[FOLD_JOINED], &local[FOLD_COPIED],
                      local[FOLD_ACC], call->argv[i]);
    if (status != GN_OK)
      return status;
    local[FOLD_ACC] = call->result;
    local[FOLD_AT] = gn_from_fix((int64_t)i + 1);
    gn_charge(ctx, 1);
    if (i + 1 < call->argc && gn_slice_over(ctx))
      return gn_pause(call, 1);
  }
  return gn_return(call, local[FOLD_ACC]);
}

static int op_concat(gn_ctx *ctx, gn_call *call) {
  if (call->argc == 0)
    return gn_return_text(ctx, call, "", 0);
  if (are_strings(call))
    return join_strings(ctx, call);
  return fold(ctx, call, GN_OP_CONCAT);
}

/* ---- comparisons: two arguments ---- */

static int equality(gn_ctx *ctx, gn_call *call, bool want) {
  bool equal;
  if (call->state == 0)
    call->locals[0] = GN_NIL;
  int status = gn_equals(ctx, call, &call->locals[0], call->argv[0],
                         call->argv[1], &equal);
  return status == GN_OK ? gn_return_bool(call, equal == want) : status;
}

static int op_eq(gn_ctx *ctx, gn_call *call) {
  return equality(ctx, call, true);
}
static int op_ne(gn_ctx *ctx, gn_call *call) {
  return equality(ctx, call, false);
}

static int compare(gn_ctx *ctx, gn_call *call, enum gn_opcode op) {
  bool holds;
  int status = gn_compare_slow(ctx, op, call->argv[0], call->argv[1], &holds);
  return status == GN_OK ? gn_return_bool(call, holds) : status;
}

static int op_lt(gn_ctx *ctx, gn_call *call) {
  return compare(ctx, call, GN_OP_LT);
}
static int op_le(gn_ctx *ctx, gn_call *call) {
  return compare(ctx, call, GN_OP_LE);
}
static int op_gt(gn_ctx *ctx, gn_call *call) {
  return compare(ctx, call, GN_OP_GT);
}
static int op_ge(gn_ctx *ctx, gn_call *call) {
  return compare(ctx, call, GN_OP_GE);
}

/* ---- logic: all arguments are there already ---- */

static int op_and(gn_ctx *ctx, gn_call *call) {
  for (uint32_t i = 0; i + 1 < call->argc; i++)
    if (!gn_truthy(call->argv[i]))
      return gn_return(call, call->argv[i]);
  return fold(ctx, call, GN_OP_AND);
}

static int op_or(gn_ctx *ctx, gn_call *call) {
  return fold(ctx, call, GN_OP_OR);
}

#define OPERATOR(name, fn, min, max, doc) \
  GN_FUNCTION(name, fn, min, max, FOLD_LOCALS, "(" name " v ...)", doc)

#define BINARY(name, fn, doc) \
  GN_FUNCTION(name, fn, 2, 2, FOLD_LOCALS, "(" name " a b)", doc)

const gn_native_def gn_operator_rows[] = {
    OPERATOR("+", op_add, 0, -1, "Sum; of nothing 0."),
    OPERATOR("-", op_sub, 1, -1, "Difference from the first; of one, negated."),
    OPERATOR("*", op_mul, 0, -1, "Product; of nothing 1."),
    OPERATOR("/", op_div, 1, -1, "Quotient of the first; of one, 1 / v."),
    OPERATOR("%", op_mod, 2, -1, "Remainder, with the sign of the first."),
    OPERATOR("**", op_pow, 2, -1, "Power."),
    OPERATOR("++", op_concat, 0, -1, "Strings, arrays, maps or Bytes joined."),
    BINARY("==", op_eq, "Whether two values are equal."),
    BINARY("!=", op_ne, "Whether two values differ."),
    BINARY("<", op_lt, "Whether the first comes before the second."),
    BINARY("<=", op_le, "Whether the first does not come after."),
    BINARY(">", op_gt, "Whether the first comes after the second."),
    BINARY(">=", op_ge, "Whether the first does not come before."),
    OPERATOR("&&", op_and, 1, -1, "The first falsy value, else the last."),
    OPERATOR("||", op_or, 1, -1, "The first truthy value, else the last."),
    GN_ROWS_END};
