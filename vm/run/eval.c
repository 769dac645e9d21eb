/*
 * eval.c - code from data at run time: eval and $caller_eval.
 * What is compiled here belongs to the context, is charged to it and goes
 * with it.
 */
#include "run/internal_natives.h"
#include "run/interp_parts.h"
#include "run/native_args.h"
#include "syntax/reader.h"

/* Locals of eval: GN_NIL, GN_TRUE: memory was short once, GN_FALSE: twice. */
enum { EVAL_AGAIN, EVAL_LOCALS };

#define WORK_OF_FUEL 8u /* bytes of scratch memory */

static int throw_compile_error(gn_ctx *ctx, const gene_compile_error_t *err) {
  enum gn_exc cls = strcmp(err->class_name, "ParseException") == 0
                        ? GN_X_PARSE
                        : GN_X_COMPILE;
  return gn_throw(ctx, cls, NULL, "%s", err->message);
}

/* What memory is short for may begin anew once, after a collection. */
static int short_of_memory(gn_ctx *ctx, gn_call *call) {
  bool again = call->locals[EVAL_AGAIN] == GN_NIL;
  call->locals[EVAL_AGAIN] = again ? GN_TRUE : GN_FALSE;
  return gn_oom(ctx);
}

/* The program becomes the context's and is called. */
static int call_program(gn_ctx *ctx, gn_call *call, gn_program *p) {
  const gn_env *env = (gn_env *)gn_as_obj(call->argv[1]);
  if (!gn_heap_charge(&ctx->heap, p->bytes)) {
    gn_program_release(p);
    return short_of_memory(ctx, call);
  }
  p->next = ctx->evals;
  ctx->evals = p;
  uint32_t n = env->desc->n;
  gn_module *m = gn_module_of_eval(ctx, p, env->module);
  gn_closure *c =
      gn_alloc(&ctx->heap, GN_T_CLOSURE, sizeof *c + n * sizeof(gn_value));
  if (!m || !c)
    return short_of_memory(ctx, call);
  c->h.aux = (uint16_t)(n << GN_CLO_UP_SHIFT);
  c->proto = p->main;
  c->module = m;
  c->owner = env->owner;
  memcpy(c->up, env->up, n * sizeof(gn_value));
  call->callee = gn_from_obj(c);
  call->nargs = 0;
  return GN_TAIL;
}

static bool begin(gn_ctx *ctx, const gn_call *call) {
  const gn_env *env = (gn_env *)gn_as_obj(call->argv[1]);
  const gn_module *around = env->module->host ? env->module->host : env->module;
  gn_eval_site site = {.env = env->desc,
                       .host = around->program,
                       .at_module = gn_truthy(call->argv[2])};
  gn_ctx_place(ctx, &site.line, &site.column);
  ctx->evaluation =
      gn_evaluation_new(ctx->core, &ctx->heap, call->argv[0], &site);
  return ctx->evaluation != NULL;
}

/* forms (Array), env, at the top of a module?: compiles and calls. As long as
 * it compiles no other fiber runs, which could change the forms. */
static int eval(gn_ctx *ctx, gn_call *call) {
  if (gn_arr(call->argv[0])->len == 0) {
    call->result = GN_NIL;
    return GN_OK;
  }
  if (call->locals[EVAL_AGAIN] == GN_FALSE)
    return gn_oom(ctx);
  if (!ctx->evaluation && !begin(ctx, call))
    return short_of_memory(ctx, call);
  for (bool more = true; more;) {
    size_t work;
    more = gn_evaluation_step(ctx->evaluation, &work);
    gn_charge(ctx, work / WORK_OF_FUEL);
    if (more && gn_slice_over(ctx))
      return gn_pause(call, 1);
  }
  gene_compile_error_t err;
  gn_program *p = gn_evaluation_end(ctx->evaluation, &err);
  ctx->evaluation = NULL;
  if (p)
    return call_program(ctx, call, p);
  if (strcmp(err.class_name, "LimitException") == 0)
    return short_of_memory(ctx, call);
  return throw_compile_error(ctx, &err);
}
const gn_native_def gn_def_eval = {
    .name = "eval", .fn = eval, .min = 3, .max = 3, .locals = EVAL_LOCALS};
