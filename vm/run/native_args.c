/*
 * native_args.c - checks and small steps shared by the builtins. Nothing here
 * changes an argument.
 */
#include "run/native_args.h"

#define SHORT_TEXT 4096u /* longer ones are put by the printer, in pieces */

/* ---- results ---- */

int gn_return_int(gn_ctx *ctx, gn_call *call, int64_t i) {
  return gn_return_made(ctx, call, gn_int_new(gn_ctx_heap(ctx), i));
}

int gn_return_float(gn_ctx *ctx, gn_call *call, double d) {
  return gn_return_made(ctx, call, gn_float_new(gn_ctx_heap(ctx), d));
}

int gn_return_text(gn_ctx *ctx, gn_call *call, const char *bytes, size_t len) {
  return gn_return_made(ctx, call, gn_string_new(gn_ctx_heap(ctx), bytes, len));
}

/* ---- arguments ---- */

static bool refuse(gn_ctx *ctx, const gn_call *call, const char *what,
                   uint32_t i) {
  gn_throw_expects(ctx, call, what, gn_arg_or(call, i, GN_NIL));
  return false;
}

bool gn_arg_int(gn_ctx *ctx, const gn_call *call, uint32_t i, int64_t *out) {
  if (i >= call->argc || !gn_is_int(call->argv[i]))
    return refuse(ctx, call, "an Int", i);
  *out = gn_int(call->argv[i]);
  return true;
}

bool gn_arg_double(gn_ctx *ctx, const gn_call *call, uint32_t i, double *out) {
  if (i >= call->argc || !gn_is_number(call->argv[i]))
    return refuse(ctx, call, "a number", i);
  *out = gn_to_double(call->argv[i]);
  return true;
}

bool gn_arg_string(gn_ctx *ctx, const gn_call *call, uint32_t i,
                   gn_string **out) {
  if (i >= call->argc || !gn_is_string(call->argv[i]))
    return refuse(ctx, call, "a String", i);
  *out = gn_str(call->argv[i]);
  return true;
}

bool gn_arg_array(gn_ctx *ctx, const gn_call *call, uint32_t i,
                  gn_array **out) {
  if (i >= call->argc || !gn_is_array(call->argv[i]))
    return refuse(ctx, call, "an Array", i);
  *out = gn_arr(call->argv[i]);
  return true;
}

bool gn_arg_callable(gn_ctx *ctx, const gn_call *call, uint32_t i) {
  if (i < call->argc && gn_is_callable(ctx, call->argv[i]))
    return true;
  return refuse(ctx, call, "a function", i);
}

bool gn_arg_slice(gn_ctx *ctx, const gn_call *call, uint32_t i, size_t size,
                  size_t *from, size_t *to) {
  int64_t s = 0, e = (int64_t)size;
  if (!gn_arg_int(ctx, call, i, &s))
    return false;
  if (i + 1 < call->argc && !gn_arg_int(ctx, call, i + 1, &e))
    return false;
  *to = gn_clamp(gn_from_end(e, size), size);
  *from = gn_clamp(gn_from_end(s, size), *to);
  return true;
}

/* ---- comparing ---- */

int gn_equals(gn_ctx *ctx, gn_call *call, gn_value *machine, gn_value a,
              gn_value b, bool *equal) {
  if (*machine == GN_NIL) {
    int quick = gn_equal_quick(a, b);
    if (quick >= 0) {
      *equal = quick != 0;
      return GN_OK;
    }
  }
  int status = gn_equal_run(ctx, call, machine, a, b);
  if (status != GN_OK)
    return gn_suspended(call, status);
  *equal = call->result == GN_TRUE;
  return GN_OK;
}

/* ---- texts ---- */

bool gn_put_text(gn_ctx *ctx, gn_value *machine, const char *bytes,
                 size_t len) {
  gn_builder *b = gn_print_builder(ctx, machine);
  if (!b)
    return false;
  b->failed = false; /* of a put that is being tried again */
  return gn_put(b, bytes, len);
}

int gn_put_value(gn_ctx *ctx, gn_call *call, gn_value *machine, gn_value v,
                 enum gn_print_mode mode, bool quiet_nil) {
  size_t len = 0;
  const char *text = gn_is_string(v) ? gn_text(v, &len) : NULL;
  if (text != NULL && len <= SHORT_TEXT && mode <= GN_STRING) {
    gn_charge(ctx, len >> 4);
    return gn_put_text(ctx, machine, text, len) ? GN_OK : gn_oom(ctx);
  }
  if (v == GN_NIL && quiet_nil)
    return GN_OK;
  int status = gn_print_run(ctx, call, machine, v, mode);
  return status == GN_OK ? GN_OK : gn_suspended(call, status);
}

gn_value gn_taken_text(gn_ctx *ctx, gn_value *machine) {
  gn_builder *b = gn_print_builder(ctx, machine);
  if (!b)
    return GN_NONE;
  gn_value text = gn_builder_string(b);
  if (text != GN_NONE)
    *machine = GN_NIL;
  return text;
}

int gn_put_args(gn_ctx *ctx, gn_call *call, uint32_t from) {
  uint32_t i = from;
  if (call->state == 0)
    call->locals[0] = GN_NIL;
  else
    i = (uint32_t)gn_fix(call->locals[1]);
  call->locals[1] = gn_from_fix(i);
  for (; i < call->argc; i++) {
    int status = gn_put_value(ctx, call, &call->locals[0], call->argv[i],
                              GN_STRING, true);
    if (status != GN_OK)
      return status;
    call->locals[1] = gn_from_fix((int64_t)i + 1);
  }
  return GN_OK;
}
