/*
 * basic.c - functions that belong to no type: typeof, assert, len, gensym;
 * and the methods that every value has.
 */
#include <stdio.h>

#include "lib/tables.h"
#include "run/context.h"
#include "run/native_args.h"
#include "syntax/reader.h"
#include "types/range.h"

enum { BASIC_MACHINE, BASIC_LOCALS };

/* ---- kinds and sizes ---- */

static int type_of(gn_ctx *ctx, gn_call *call) {
  return gn_return(call, gn_type_name(ctx, call->argv[0]));
}

static int range_len(gn_ctx *ctx, gn_call *call, const gn_range *r) {
  uint64_t last;
  if (!gn_range_last(r, &last))
    return gn_return(call, gn_from_fix(0));
  if (last >= INT64_MAX)
    return gn_throw(ctx, GN_X_RUNTIME, "GENE.ARITH.OVERFLOW",
                    "Integer overflow in len");
  return gn_return_int(ctx, call, (int64_t)last + 1);
}

static int len(gn_ctx *ctx, gn_call *call) {
  gn_value v = call->argv[0];
  int64_t n = -1;
  if (v == GN_NIL)
    return gn_return(call, gn_from_fix(0));
  if (gn_is_range(v))
    return range_len(ctx, call, (gn_range *)gn_as_obj(v));
  switch (gn_is_ptr(v) ? gn_as_obj(v)->type : GN_T_FREE) {
  case GN_T_STRING: n = gn_str_chars(gn_str(v)); break;
  case GN_T_BYTES: n = gn_str(v)->len; break;
  case GN_T_ARRAY: n = gn_arr(v)->len; break;
  case GN_T_GENE: n = gn_gen(v)->n; break;
  case GN_T_MAP:
  case GN_T_HASHMAP:
  case GN_T_HASHSET: n = ((gn_dict *)gn_as_obj(v))->live; break;
  default: break;
  }
  if (n < 0)
    return gn_throw_expects(ctx, call, "a String or collection", v);
  return gn_return(call, gn_from_fix(n));
}

/* ---- assert ---- */

static int assert_that(gn_ctx *ctx, gn_call *call) {
  if (gn_truthy(call->argv[0]))
    return gn_return(call, GN_NIL);
  if (call->argc == 1)
    return gn_throw(ctx, GN_X_ASSERTION, NULL, "Assertion failed");
  if (call->state == 0)
    call->locals[BASIC_MACHINE] = GN_NIL;
  gn_value *text = &call->locals[BASIC_MACHINE];
  int status = gn_print_text(ctx, call, text, call->argv[1], GN_STRING);
  if (status != GN_OK)
    return status;
  gn_value e = gn_exception_new(ctx, GN_X_ASSERTION, NULL, *text, GN_NIL);
  return e == GN_NONE ? gn_oom(ctx) : gn_throw_value(ctx, e);
}

/* ---- gensym ---- */

/* Scripts cannot write the name: it holds a character that ends no token and
 * begins none. */
static int gensym(gn_ctx *ctx, gn_call *call) {
  char name[64];
  gn_string *prefix = NULL;
  if (call->argc > 0 && !gn_arg_string(ctx, call, 0, &prefix))
    return GN_THROW;
  int n = prefix && prefix->len < 32 ? (int)prefix->len : 0;
  const char *text = n ? gn_str_bytes(prefix) : "g";
  int size = snprintf(name, sizeof name, "%.*s__%016llx", n ? n : 1, text,
                      (unsigned long long)gn_ctx_random(ctx));
  return gn_return_made(ctx, call,
                        gn_symbol_new(gn_ctx_heap(ctx), name, (size_t)size));
}

/* ---- methods of every value ---- */

static int value_class(gn_ctx *ctx, gn_call *call) {
  return gn_return(call, gn_from_obj(gn_class_of(ctx, call->argv[0])));
}

static int give_text(gn_ctx *ctx, gn_call *call, enum gn_print_mode mode) {
  if (call->state == 0) {
    gn_value text = gn_print_quick(ctx, call->argv[0], mode);
    if (text != GN_NONE)
      return gn_return(call, text);
    call->locals[BASIC_MACHINE] = GN_NIL;
  }
  gn_value *text = &call->locals[BASIC_MACHINE];
  int status = gn_print_text(ctx, call, text, call->argv[0], mode);
  return status == GN_OK ? gn_return(call, *text) : status;
}

static int value_to_s(gn_ctx *ctx, gn_call *call) {
  return give_text(ctx, call, GN_STRING);
}

static int value_inspect(gn_ctx *ctx, gn_call *call) {
  return give_text(ctx, call, GN_INSPECT);
}

static int nil_to_s(gn_ctx *ctx, gn_call *call) {
  return gn_return_text(ctx, call, "", 0);
}

static int give_true(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  return gn_return(call, GN_TRUE);
}

static int give_false(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  return gn_return(call, GN_FALSE);
}

const gn_native_def gn_basic_rows[] = {
    GN_FUNCTION("typeof", type_of, 1, 1, 0, "(typeof v)",
                "Name of the type of v."),
    GN_FUNCTION("len", len, 1, 1, 0, "(len v)",
                "Size of a String or collection; of nil 0."),
    GN_FUNCTION("assert", assert_that, 1, 2, BASIC_LOCALS, "(assert c [msg])",
                "AssertionException unless c is truthy."),
    GN_FUNCTION("gensym", gensym, 0, 1, 0, "(gensym [prefix])",
                "A fresh symbol."),
    GN_ROWS_END};

const gn_native_def gn_object_rows[] = {
    GN_METHOD("class", value_class, 0, 0, 0, "(v .class)", "The class."),
    GN_METHOD("to_s", value_to_s, 0, 0, BASIC_LOCALS, "(v .to_s)",
              "The string form."),
    GN_METHOD("inspect", value_inspect, 0, 0, BASIC_LOCALS, "(v .inspect)",
              "Text that reads back as v."),
    GN_ROWS_END};

const gn_native_def gn_nil_rows[] = {
    GN_METHOD("to_s", nil_to_s, 0, 0, 0, "(nil .to_s)", "The empty text."),
    GN_METHOD("to_bool", give_false, 0, 0, 0, "(nil .to_bool)", "false."),
    GN_METHOD("empty", give_true, 0, 0, 0, "(nil .empty)", "true."),
    GN_METHOD("empty?", give_true, 0, 0, 0, "(nil .empty?)", "true."),
    GN_METHOD("not_empty?", give_false, 0, 0, 0, "(nil .not_empty?)", "false."),
    GN_ROWS_END};

const gn_native_def gn_void_rows[] = {
    GN_METHOD("empty?", give_true, 0, 0, 0, "(void .empty?)", "true."),
    GN_METHOD("not_empty?", give_false, 0, 0, 0, "(void .not_empty?)",
              "false."),
    GN_ROWS_END};
