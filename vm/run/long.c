/*
 * long.c - ++, &, |, ^, ~, << and >> of long strings and Bytes, and ++ of long
 * Maps, in slices.
 * What is short is done by the instructions themselves, in arith.c.
 */
#include "run/internal_natives.h"
#include "run/interp_parts.h"
#include "run/native_args.h"
#include "run/pieces.h"
#include "types/bytes.h"

enum { LONG_OUT, LONG_AT, LONG_SOURCE, LONG_SPLICED, LONG_LOCALS };

_Static_assert((int)LONG_LOCALS >= (int)GN_BYTES_LOCALS, "room for both");

static bool are_bytes(const gn_call *call, uint32_t n) {
  for (uint32_t i = 0; i < n; i++)
    if (!gn_is_bytes(call->argv[i]))
      return false;
  return true;
}

/* ++ of two Maps. */
static int join_maps(gn_ctx *ctx, gn_call *call) {
  int status = gn_copy_dict(ctx, call, gn_copying_in(call, LONG_OUT),
                            (gn_dict *)gn_as_obj(call->argv[0]), true);
  if (status != GN_OK)
    return status;
  call->result = call->locals[LONG_OUT];
  return gn_splice_run(ctx, call, &call->locals[LONG_SPLICED],
                       (gn_dict *)gn_as_obj(call->result),
                       (const gn_dict *)gn_as_obj(call->argv[1]));
}

/* The operands are argv[0] and argv[1] here. */
static int operate(gn_ctx *ctx, gn_call *call, enum gn_opcode op) {
  const gn_value *v = call->argv;
  switch (op) {
  case GN_OP_CONCAT:
    if (gn_is_string(v[0]) && gn_is_string(v[1]))
      return gn_concat_run(ctx, call, &call->locals[LONG_OUT],
                           &call->locals[LONG_AT], v[0], v[1]);
    if (are_bytes(call, 2))
      return gn_bytes_join(ctx, call, 2);
    if (gn_is(v[0], GN_T_MAP) && gn_is(v[1], GN_T_MAP))
      return join_maps(ctx, call);
    break;
  case GN_OP_AND:
  case GN_OP_OR:
  case GN_OP_XOR:
    if (are_bytes(call, 2))
      return gn_bytes_combine(ctx, call,
                              op == GN_OP_AND  ? '&'
                              : op == GN_OP_OR ? '|'
                                               : '^');
    break;
  case GN_OP_SHL:
  case GN_OP_SHR:
    if (are_bytes(call, 1) && gn_is_int(v[1]))
      return gn_bytes_shift(ctx, call, gn_int(v[1]), op == GN_OP_SHL);
    break;
  case GN_OP_NOT:
    if (are_bytes(call, 1))
      return gn_bytes_not(ctx, call);
    break;
  default: break;
  }
  return gn_arith_slow(ctx, op, v[0], v[1], &call->result);
}

/* a b op */
static int run(gn_ctx *ctx, gn_call *call) {
  return operate(ctx, call, (enum gn_opcode)gn_fix(call->argv[2]));
}

const gn_native_def gn_def_long = {
    .name = "#Long", .fn = run, .min = 3, .max = 3, .locals = LONG_LOCALS};
