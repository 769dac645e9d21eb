/*
 * eval.c - code from data at run time: eval and $caller_eval.
 * What is compiled here belongs to the context, is charged to it and goes
 * with it.
 */
#include "run/internal_natives.h"
#include "run/interp_parts.h"
#include "syntax/reader.h"

static int throw_compile_error(gn_ctx *ctx, const gene_compile_error_t *err) {
  enum gn_exc cls = strcmp(err->class_name, "ParseException") == 0
                        ? GN_X_PARSE
                        : GN_X_COMPILE;
  if (strcmp(err->class_name, "LimitException") == 0)
    return gn_oom(ctx);
  return gn_throw(ctx, cls, NULL, "%s", err->message);
}

/* forms (Array), env, at the top of a module?: compiles and calls. */
static int eval(gn_ctx *ctx, gn_call *call) {
  gn_array *forms = gn_arr(call->argv[0]);
  gn_env *env = (gn_env *)gn_as_obj(call->argv[1]);
  if (forms->len == 0) {
    call->result = GN_NIL;
    return GN_OK;
  }
  gene_compile_error_t err;
  size_t scratch;
  const gn_module *around = env->module->host ? env->module->host : env->module;
  gn_eval_site site = {.env = env->desc,
                       .host = around->program,
                       .at_module = gn_truthy(call->argv[2])};
  gn_ctx_place(ctx, &site.line, &site.column);
  gn_program *p = gn_compile_eval(ctx->core, &ctx->heap, call->argv[0], &site,
                                  &scratch, &err);
  gn_charge(ctx, scratch / 8);
  if (!p)
    return throw_compile_error(ctx, &err);
  if (!gn_heap_charge(&ctx->heap, p->bytes)) {
    gn_program_release(p);
    return gn_oom(ctx);
  }
  p->next = ctx->evals;
  ctx->evals = p;
  uint32_t n = env->desc->n;
  gn_module *m = gn_module_of_eval(ctx, p, env->module);
  gn_closure *c =
      gn_alloc(&ctx->heap, GN_T_CLOSURE, sizeof *c + n * sizeof(gn_value));
  if (!m || !c)
    return gn_oom(ctx);
  c->h.aux = (uint16_t)(n << GN_CLO_UP_SHIFT);
  c->proto = p->main;
  c->module = m;
  c->owner = env->owner;
  memcpy(c->up, env->up, n * sizeof(gn_value));
  call->callee = gn_from_obj(c);
  call->nargs = 0;
  return GN_TAIL;
}
const gn_native_def gn_def_eval = {
    .name = "eval", .fn = eval, .min = 3, .max = 3};
