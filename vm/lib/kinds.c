/*
 * kinds.c - asking a value for its type and converting it on demand: .is, .to,
 * is_a?. What a type accepts is decided in run/typecheck.c.
 */
#include <stdio.h>

#include "lib/tables.h"
#include "run/interp_parts.h"
#include "types/number_methods.h"

/* ---- is ---- */

static int value_is(gn_ctx *ctx, gn_call *call) {
  bool is;
  if (gn_is_type(ctx, call->argv[0], call->argv[1], &is) != GN_OK)
    return GN_THROW;
  return gn_return_bool(call, is);
}

/* ---- to ---- */

/* The builtin class of a name, GN_NONE when there is none. */
static gn_value class_named(gn_ctx *ctx, gn_value name) {
  for (int i = 0; i < GN_C_COUNT; i++) {
    gn_class *c = ctx->core->classes[i];
    size_t len;
    const char *text = gn_text(c->name, &len);
    if (gn_text_is(name, text))
      return gn_from_obj(c);
  }
  return GN_NONE;
}

static int refuse(gn_ctx *ctx, gn_value v, gn_value type) {
  const char *name = gn_type_cstr(ctx, type); /* an instance's class */
  if (gn_is(type, GN_T_CLASS))
    name = gn_str_bytes(gn_str(((gn_class *)gn_as_obj(type))->name));
  return gn_throw(ctx, GN_X_TYPE, NULL, "Type error: cannot convert %s to %s",
                  gn_type_cstr(ctx, v), name);
}

static int to_int(gn_ctx *ctx, gn_call *call, gn_value type) {
  char from[33], to[33], text[128];
  double d = gn_float(call->argv[0]);
  int64_t i;
  if (!gn_double_to_int(d, &i))
    return refuse(ctx, call->argv[0], type);
  if ((double)i != d) {
    from[gn_format_double(d, from)] = 0;
    to[gn_format_int(i, to)] = 0;
    snprintf(text, sizeof text,
             "Lossy conversion Float -> Int for .to: %s -> %s", from, to);
    gn_ctx_diagnostic(ctx, "warning", text);
  }
  return gn_return_int(ctx, call, i);
}

static int value_to(gn_ctx *ctx, gn_call *call) {
  gn_value v = call->argv[0], type = call->argv[1];
  bool is;
  if (gn_is_string(type) || gn_is_symbol(type)) {
    type = class_named(ctx, type);
    if (type == GN_NONE)
      return gn_throw_expects(ctx, call, "a type", call->argv[1]);
  }
  if (gn_is_type(ctx, v, type, &is) != GN_OK)
    return GN_THROW;
  if (is)
    return gn_return(call, v);
  if (type == gn_from_obj(gn_builtin(ctx, GN_C_STRING))) {
    gn_call_method(ctx, call, v, "to_s", NULL, 0);
    return GN_TAIL;
  }
  if (type == gn_from_obj(gn_builtin(ctx, GN_C_FLOAT)) && gn_is_int(v))
    return gn_return_float(ctx, call, (double)gn_int(v));
  if (type == gn_from_obj(gn_builtin(ctx, GN_C_INT)) && gn_is_float(v))
    return to_int(ctx, call, type);
  return refuse(ctx, v, type);
}

const gn_native_def gn_kind_rows[] = {GN_FUNCTION("is_a?", value_is, 2, 2, 0,
                                                  "(is_a? v T)",
                                                  "Whether v is of type T."),
                                      GN_ROWS_END};

const gn_native_def gn_kind_object_rows[] = {
    GN_METHOD("is", value_is, 1, 1, 0, "(v .is T)", "Whether v is of type T."),
    GN_METHOD("to", value_to, 1, 1, 0, "(v .to T)",
              "v converted to type T, if it can be."),
    GN_ROWS_END};
