/*
 * hint.c - what is said besides an exception's message: the name that was
 * probably meant, or how the builtin is called. The search is made for the
 * report only, never where an exception is thrown.
 */
#include <stdio.h>

#include "core/nearest.h"
#include "run/cause.h"
#include "run/internal_natives.h"
#include "run/interp_parts.h"

int gn_missed(gn_ctx *ctx, gn_value name, gn_value where,
              const gn_native_def *def) {
  ctx->miss = (gn_miss){ctx->thrown, name, where, def};
  return GN_THROW;
}

static void try_value(gn_nearest *n, gn_value text) {
  size_t len;
  const char *bytes = gn_text(text, &len);
  gn_nearest_try(n, bytes, len);
}

static void try_keys(gn_nearest *n, const gn_dict *dict) {
  uint32_t at = 0;
  for (gn_entry *e; dict && n->left && (e = gn_dict_next(dict, &at));)
    try_value(n, e->key);
}

void gn_core_near(const struct gene_core *core, gn_nearest *n) {
  try_keys(n, core->globals);
  gn_forms_near(n);
}

static void near_method(gn_nearest *n, const gn_class *cls) {
  for (; cls; cls = cls->parent)
    try_keys(n, cls->methods);
}

static void near_keyword(gn_nearest *n, const gn_proto *p) {
  for (uint32_t i = 0; i < p->nparams; i++)
    if (p->params[i].kind == GN_P_KEY || p->params[i].kind == GN_P_KEY_OPTIONAL)
      try_value(n, p->params[i].name);
}

static void near_variable(gn_ctx *ctx, gn_nearest *n, const gn_module *module,
                          const gn_program *program) {
  for (uint32_t i = 0; i < program->nnear; i++)
    if (program->near[i].name != GN_NONE &&
        gn_key_equal(program->near[i].name, ctx->miss.name))
      try_value(n, program->near[i].meant);
  if (n->text)
    return;
  for (uint32_t i = 0; module && i < module->program->nslots; i++)
    if (module->slots[i] != GN_UNSET)
      try_value(n, module->slot_names[i]);
  if (module)
    try_keys(n, module->dynamic);
  gn_core_near(ctx->core, n);
}

static void near_of_miss(gn_ctx *ctx, gn_nearest *n, const gn_module *module,
                         const gn_program *program) {
  gn_value where = ctx->miss.where;
  if (where == GN_NONE)
    near_variable(ctx, n, module, program);
  else if (gn_is(where, GN_T_CLASS))
    near_method(n, (gn_class *)gn_as_obj(where));
  else if (gn_is(where, GN_T_CLOSURE))
    near_keyword(n, ((gn_closure *)gn_as_obj(where))->proto);
}

/* A path that was called and led to void, so that the call failed. */
static gn_value called_path(gn_ctx *ctx, gn_value exception,
                            const gene_frame_info_t *place,
                            const gn_program *program) {
  gn_value message = ((gn_instance *)gn_as_obj(exception))->slots[GN_F_MESSAGE];
  if (!place ||
      gn_class_of(ctx, exception) !=
          gn_builtin(ctx, (enum gn_class_id)(GN_C_EXCEPTION + GN_X_TYPE)))
    return GN_NONE;
  if (!gn_is_string(message) || !gn_text_is(message, "Void is not callable"))
    return GN_NONE;
  for (uint32_t i = 0; i < program->nnear; i++) {
    const gn_near *near = &program->near[i];
    if (near->name == GN_NONE && near->line == place->line &&
        near->column == place->column)
      return near->meant;
  }
  return GN_NONE;
}

static size_t did_you_mean(char *buf, size_t size, const char *name,
                           size_t len) {
  int n = snprintf(buf, size, "Did you mean %.*s?", (int)len, name);
  return n > 0 && (size_t)n < size ? (size_t)n : 0;
}

/* For wrong arguments: which one it was, and how the call should look. */
static size_t how_called(const gn_miss *miss, char *buf, size_t size) {
  const gn_native_def *def = miss->def;
  long long at = gn_is_fix(miss->name) ? (long long)gn_fix(miss->name) : -1;
  int n = 0;
  if (def->flags & GN_N_METHOD)
    at--;
  if (!def->signature)
    return 0;
  if (at >= 0 && (def->max < 0 || at < def->max))
    n = snprintf(buf, size, "It is argument %lld of %s", at + 1,
                 def->signature);
  else
    n = snprintf(buf, size, "It is called so: %s", def->signature);
  return n > 0 && (size_t)n < size ? (size_t)n : 0;
}

size_t gn_hint(gn_ctx *ctx, gn_value exception, const gn_module *module,
               const gene_frame_info_t *place, const gn_program *program,
               char *buf, size_t size) {
  size_t len;
  if (ctx->miss.exception != exception) {
    gn_value path = called_path(ctx, exception, place, program);
    const char *text = path == GN_NONE ? NULL : gn_text(path, &len);
    return text ? did_you_mean(buf, size, text, len) : 0;
  }
  if (ctx->miss.def)
    return how_called(&ctx->miss, buf, size);
  if (ctx->miss.name == GN_NONE)
    return 0;
  gn_nearest n;
  const char *wanted = gn_text(ctx->miss.name, &len);
  gn_nearest_start(&n, wanted, len);
  near_of_miss(ctx, &n, module, program);
  return n.text ? did_you_mean(buf, size, n.text, n.len) : 0;
}
