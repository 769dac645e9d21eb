/*
 * contract.c - what compiled ^pre and ^post conditions call when one fails
 * (language reference 3, section 12). It never evaluates a condition.
 */
#include "run/class_natives.h"
#include "run/context.h"
#include "run/native_args.h"

enum { NAME, KIND, NUMBER, CONDITION, NAMES, VALUES, RESULT };

/* The text of v as it is written in collections, at the end of *b. */
static bool put_value(gn_ctx *ctx, gn_builder *b, gn_value v) {
  gn_value text = gn_print_quick(ctx, v, GN_QUOTED);
  if (text == GN_NONE)
    return gn_put_c(b, "<") && gn_put_c(b, gn_type_cstr(ctx, v)) &&
           gn_put_c(b, ">");
  return gn_put(b, gn_str_bytes(gn_str(text)), gn_str(text)->len);
}

static bool put_arguments(gn_ctx *ctx, gn_builder *b, const gn_array *names,
                          const gn_array *values) {
  bool ok = gn_put_c(b, " | args=[");
  for (uint32_t i = 0; ok && i < names->len; i++) {
    size_t len;
    const char *name = gn_text(names->items[i], &len);
    ok = (i == 0 || gn_put_c(b, ", ")) && gn_put(b, name, len) &&
         gn_put_c(b, "=") && put_value(ctx, b, values->items[i]);
  }
  return ok && gn_put_c(b, "]");
}

/* Scripts can call it by name: the arguments may be anything. */
static bool fits(const gn_call *call) {
  const gn_value *v = call->argv;
  if (!gn_is_string(v[NAME]) && !gn_is_symbol(v[NAME]))
    return false;
  if (!gn_is_string(v[KIND]) && !gn_is_symbol(v[KIND]))
    return false;
  if (!gn_is_int(v[NUMBER]) || !gn_is_array(v[NAMES]) ||
      !gn_is_array(v[VALUES]) ||
      gn_arr(v[NAMES])->len != gn_arr(v[VALUES])->len)
    return false;
  const gn_array *names = gn_arr(v[NAMES]);
  for (uint32_t i = 0; i < names->len; i++)
    if (!gn_is_string(names->items[i]) && !gn_is_symbol(names->items[i]))
      return false;
  return true;
}

static int contract_failed(gn_ctx *ctx, gn_call *call) {
  gn_builder b;
  if (!fits(call))
    return gn_throw(ctx, GN_X_TYPE, NULL,
                    "gene/contract_failed is for compiled conditions");
  gn_builder_init(&b, &ctx->heap);
  size_t name_len, kind_len;
  const char *name = gn_text(call->argv[NAME], &name_len);
  const char *kind = gn_text(call->argv[KIND], &kind_len);
  char number[32];
  size_t digits = gn_format_int(gn_int(call->argv[NUMBER]), number);
  gn_put_c(&b, "ContractViolation: ");
  gn_put(&b, name, name_len);
  gn_put_c(&b, " ");
  gn_put(&b, kind, kind_len);
  gn_put_c(&b, " #");
  gn_put(&b, number, digits);
  gn_put_c(&b, " failed: ");
  put_value(ctx, &b, call->argv[CONDITION]);
  put_arguments(ctx, &b, gn_arr(call->argv[NAMES]), gn_arr(call->argv[VALUES]));
  if (call->argc > RESULT) {
    gn_put_c(&b, " | result=");
    put_value(ctx, &b, call->argv[RESULT]);
  }
  gn_value message = gn_builder_string(&b);
  gn_value e = message == GN_NONE ? GN_NONE
                                  : gn_exception_new(ctx, GN_X_ASSERTION, NULL,
                                                     message, GN_NIL);
  return e == GN_NONE ? gn_oom(ctx) : gn_throw_value(ctx, e);
}

static int contracts_on(gn_ctx *ctx, gn_call *call) {
  return gn_return_bool(call, !ctx->no_contracts);
}

const gn_native_def gn_contract_rows[] = {
    GN_FUNCTION("gene/contract_failed", contract_failed, 6, 7, 0,
                "(gene/contract_failed name kind n cond names values [result])",
                "Throws the AssertionException of a failed condition."),
    GN_FUNCTION("gene/contracts?", contracts_on, 0, 0, 0, "(gene/contracts?)",
                "Whether conditions are checked in this evaluation."),
    GN_ROWS_END};
