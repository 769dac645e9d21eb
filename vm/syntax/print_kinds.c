/*
 * print_kinds.c - the printed forms of functions, classes, futures and other
 * things that can't be written down: the rows of gn_print_kinds.
 */
#include "syntax/print_kinds.h"

#include "run/context.h"
#include "types/regex_match.h"
#include "types/selector.h"

static void put_text(gn_builder *out, gn_value string_or_symbol) {
  size_t len;
  const char *text = gn_text(string_or_symbol, &len);
  gn_put(out, text, len);
}

/* "<WHAT NAME>", or "<WHAT>" when there is no name. */
static void put_named(gn_builder *out, const char *what, const char *name,
                      size_t len) {
  gn_put_c(out, "<");
  gn_put_c(out, what);
  if (len > 0) {
    gn_put_c(out, " ");
    gn_put(out, name, len);
  }
  gn_put_c(out, ">");
}

static void head_closure(gn_ctx *ctx, gn_value v, gn_builder *out) {
  gn_value name = ((const gn_closure *)gn_as_obj(v))->proto->name;
  size_t len = 0;
  const char *text = name == GN_NIL ? "" : gn_text(name, &len);
  (void)ctx;
  put_named(out, "fn", text, len);
}

static void head_native(gn_ctx *ctx, gn_value v, gn_builder *out) {
  const char *name = ((const gn_native_fn *)gn_as_obj(v))->def->name;
  (void)ctx;
  put_named(out, "native", name, strlen(name));
}

static void head_bound(gn_ctx *ctx, gn_value v, gn_builder *out) {
  (void)ctx;
  (void)v;
  put_named(out, "fn", "", 0);
}

static void head_class(gn_ctx *ctx, gn_value v, gn_builder *out) {
  (void)ctx;
  put_text(out, ((const gn_class *)gn_as_obj(v))->name);
}

static void head_namespace(gn_ctx *ctx, gn_value v, gn_builder *out) {
  size_t len;
  const char *name = gn_text(((const gn_namespace *)gn_as_obj(v))->name, &len);
  (void)ctx;
  put_named(out, "Namespace", name, len);
}

static void head_future(gn_ctx *ctx, gn_value v, gn_builder *out) {
  static const char *const states[] = {
      [GENE_PENDING] = "pending",
      [GENE_SUCCESS] = "success",
      [GENE_FAILURE] = "failure",
      [GENE_CANCELLED] = "cancelled",
  };
  const char *name = states[((const gn_future *)gn_as_obj(v))->state];
  (void)ctx;
  put_named(out, "Future", name, strlen(name));
}

static void head_generator(gn_ctx *ctx, gn_value v, gn_builder *out) {
  gn_value name = ((const gn_generator *)gn_as_obj(v))->name;
  size_t len = 0;
  const char *text = name == GN_NIL ? "" : gn_text(name, &len);
  (void)ctx;
  put_named(out, "Generator", text, len);
}

static void head_selector(gn_ctx *ctx, gn_value v, gn_builder *out) {
  (void)ctx;
  gn_selector_put(gn_sel(v), out);
}

static void head_match(gn_ctx *ctx, gn_value v, gn_builder *out) {
  const gn_match *match = (const gn_match *)(void *)gn_as_obj(v);
  const char *text = gn_str_bytes(gn_str(match->subject)) + match->at[0];
  (void)ctx;
  put_named(out, "RegexMatch", text, match->at[1] - match->at[0]);
}

const gn_print_kind gn_print_kinds[GN_T_COUNT] = {
    [GN_T_CLOSURE] = {head_closure, NULL, NULL},
    [GN_T_NATIVE] = {head_native, NULL, NULL},
    [GN_T_BOUND] = {head_bound, NULL, NULL},
    [GN_T_CLASS] = {head_class, NULL, NULL},
    [GN_T_NAMESPACE] = {head_namespace, NULL, NULL},
    [GN_T_FUTURE] = {head_future, NULL, NULL},
    [GN_T_SELECTOR] = {head_selector, NULL, NULL},
    [GN_T_GENERATOR] = {head_generator, NULL, NULL},
    [GN_T_MATCH] = {head_match, NULL, NULL},
};
