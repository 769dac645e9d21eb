/*
 * function.c - methods of Function: .call, which is also how bound callables
 * are called, and what can be asked of a function.
 */
#include "types/function.h"

#include "compile/program.h"
#include "lib/tables.h"
#include "run/native_args.h"

static void trace_bound(gn_heap *heap, gn_machine *machine) {
  gn_bound *b = (gn_bound *)(void *)machine;
  gn_mark(heap, b->fn);
  for (uint32_t i = 0; i < b->n; i++)
    gn_mark(heap, b->v[i]);
}

gn_value gn_bound_new(gn_heap *heap, gn_value fn, const gn_value *v,
                      uint32_t n) {
  size_t size = sizeof(gn_bound) + (size_t)n * sizeof(gn_value);
  gn_bound *b = gn_alloc(heap, GN_T_BOUND, size);
  if (!b)
    return GN_NONE;
  b->m.trace = trace_bound;
  b->fn = fn;
  b->n = n;
  b->spare = 0;
  if (n)
    memcpy(b->v, v, n * sizeof(gn_value));
  return gn_from_obj(b);
}

gn_value gn_native_value(gn_heap *heap, const gn_native_def *def) {
  gn_native_fn *f = gn_alloc(heap, GN_T_NATIVE, sizeof *f);
  if (!f)
    return GN_NONE;
  f->def = def;
  return gn_from_obj(f);
}

int gn_tail_call(gn_ctx *ctx, gn_call *call, gn_value f, const gn_value *args,
                 uint32_t n) {
  gn_array *list = NULL;
  if (n > GN_CALL_ARGS) {
    list = gn_array_from(gn_ctx_heap(ctx), args, n);
    if (!list)
      return gn_oom(ctx);
    gn_charge(ctx, n >> 2);
  } else if (n) {
    memcpy(call->args, args, n * sizeof(gn_value));
  }
  call->callee = f;
  call->nargs = list ? 0 : n;
  call->arg_array = list;
  return GN_TAIL;
}

/* ---- builtins ---- */

static int call_bound(gn_ctx *ctx, gn_call *call, const gn_bound *b) {
  uint32_t more = call->argc - 1;
  gn_array *args = gn_array_new(gn_ctx_heap(ctx), (size_t)b->n + more);
  if (!args)
    return gn_oom(ctx);
  gn_charge(ctx, args->cap >> 2);
  if (b->n)
    memcpy(args->items, b->v, b->n * sizeof(gn_value));
  if (more)
    memcpy(args->items + b->n, call->argv + 1, more * sizeof(gn_value));
  args->len = b->n + more;
  return gn_tail_array(call, b->fn, args);
}

static int function_call(gn_ctx *ctx, gn_call *call) {
  gn_value f = call->argv[0];
  call->pass_kw = call->kw;
  if (gn_is_bound(f))
    return call_bound(ctx, call, (gn_bound *)(void *)gn_as_obj(f));
  return gn_tail_call(ctx, call, f, call->argv + 1, call->argc - 1);
}

static const gn_proto *proto_of(gn_value f) {
  if (!gn_is(f, GN_T_CLOSURE))
    return NULL;
  return ((gn_closure *)gn_as_obj(f))->proto;
}

static int function_name(gn_ctx *ctx, gn_call *call) {
  const gn_proto *p = proto_of(call->argv[0]);
  if (gn_is(call->argv[0], GN_T_NATIVE)) {
    const gn_native_fn *f = (gn_native_fn *)gn_as_obj(call->argv[0]);
    return gn_return_made(ctx, call,
                          gn_string_c(gn_ctx_heap(ctx), f->def->name));
  }
  if (!p || p->name == GN_NIL)
    return gn_return(call, GN_NIL);
  return gn_return_made(ctx, call, gn_string_of(gn_ctx_heap(ctx), p->name));
}

static int function_arity(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  gn_value f = call->argv[0];
  const gn_proto *p = proto_of(f);
  int64_t n = p ? p->nreq : 0;
  if (gn_is(f, GN_T_NATIVE))
    n = ((gn_native_fn *)gn_as_obj(f))->def->min;
  return gn_return(call, gn_from_fix(n));
}

static int function_params(gn_ctx *ctx, gn_call *call) {
  gn_heap *heap = gn_ctx_heap(ctx);
  const gn_proto *p = proto_of(call->argv[0]);
  gn_array *out = gn_array_new(heap, p ? p->nparams : 0);
  if (!out)
    return gn_oom(ctx);
  for (uint16_t i = 0; p && i < p->nparams; i++)
    if (!gn_array_push(heap, out, p->params[i].name))
      return gn_oom(ctx);
  return gn_return_obj(ctx, call, out);
}

static int function_intent(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  const gn_proto *p = proto_of(call->argv[0]);
  return gn_return(call, p ? p->intent : GN_NIL);
}

bool gn_is_function_call(gn_value f) {
  return gn_is(f, GN_T_NATIVE) &&
         ((gn_native_fn *)gn_as_obj(f))->def->fn == function_call;
}

const gn_native_def gn_function_rows[] = {
    {"call", function_call, 0, -1, GN_N_METHOD | GN_N_KEYWORDS, 0,
     "(f .call v... ^k v...)", "Calls f with these arguments.", 0},
    GN_METHOD("name", function_name, 0, 0, 0, "(f .name)",
              "The name; nil when there is none."),
    GN_METHOD("arity", function_arity, 0, 0, 0, "(f .arity)",
              "Number of required positional arguments."),
    GN_METHOD("params", function_params, 0, 0, 0, "(f .params)",
              "Array of the parameters' names."),
    GN_METHOD("intent", function_intent, 0, 0, 0, "(f .intent)",
              "Text of ^intent, or nil."),
    GN_ROWS_END};
