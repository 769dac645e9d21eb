/*
 * functional.c - functions about functions: identity, constantly, compose,
 * partial, apply, pipe. What they make are bound callables, so nothing here
 * keeps state of its own.
 */
#include "lib/tables.h"
#include "run/native_args.h"
#include "types/function.h"

static int identity(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  return gn_return(call, call->argv[0]);
}

/* ---- behind the callables that are made here ---- */

/* argv[0] is the value, the rest is ignored. */
static const gn_native_def constantly_call = GN_FUNCTION(
    "constantly", identity, 1, -1, 0, "((constantly x) v...)", "Gives x.");

enum { CHAIN_AT };

/* Calls the functions at argv[0] (an Array), the last one first with the
 * other arguments, each further one with the result before. */
static int compose_run(gn_ctx *ctx, gn_call *call) {
  const gn_array *fs = gn_arr(call->argv[0]);
  if (call->state == 0) {
    uint32_t last = fs->len - 1;
    if (last == 0)
      return gn_tail_call(ctx, call, fs->items[0], call->argv + 1,
                          call->argc - 1);
    call->locals[CHAIN_AT] = gn_from_fix(last);
    int status = gn_tail_call(ctx, call, fs->items[last], call->argv + 1,
                              call->argc - 1);
    if (status == GN_THROW)
      return status;
    call->state = 1;
    return GN_CALL;
  }
  int64_t at = gn_fix(call->locals[CHAIN_AT]) - 1;
  call->locals[CHAIN_AT] = gn_from_fix(at);
  gn_call_1(call, 1, fs->items[at], call->result);
  return at == 0 ? GN_TAIL : GN_CALL;
}

static const gn_native_def compose_call =
    GN_FUNCTION("compose", compose_run, 1, -1, 1, "((compose f g) v...)",
                "Gives (f (g v...)).");

/* ---- builtins ---- */

static int bind(gn_ctx *ctx, gn_call *call, const gn_native_def *def,
                gn_value first) {
  gn_heap *heap = gn_ctx_heap(ctx);
  gn_value fn = gn_native_value(heap, def);
  if (fn == GN_NONE || first == GN_NONE)
    return gn_oom(ctx);
  return gn_return_made(ctx, call, gn_bound_new(heap, fn, &first, 1));
}

static int constantly(gn_ctx *ctx, gn_call *call) {
  return bind(ctx, call, &constantly_call, call->argv[0]);
}

static const gn_native_def identity_call =
    GN_FUNCTION("identity", identity, 1, 1, 0, "(identity x)", "Gives x.");

static int compose(gn_ctx *ctx, gn_call *call) {
  gn_heap *heap = gn_ctx_heap(ctx);
  if (call->argc == 0)
    return gn_return_made(ctx, call, gn_native_value(heap, &identity_call));
  for (uint32_t i = 0; i < call->argc; i++)
    if (!gn_arg_callable(ctx, call, i))
      return GN_THROW;
  gn_array *fs = gn_array_from(heap, call->argv, call->argc);
  return bind(ctx, call, &compose_call, gn_from_obj(fs));
}

static int partial(gn_ctx *ctx, gn_call *call) {
  if (!gn_arg_callable(ctx, call, 0))
    return GN_THROW;
  return gn_return_made(ctx, call,
                        gn_bound_new(gn_ctx_heap(ctx), call->argv[0],
                                     call->argv + 1, call->argc - 1));
}

static int apply(gn_ctx *ctx, gn_call *call) {
  gn_array *args;
  if (!gn_arg_callable(ctx, call, 0) || !gn_arg_array(ctx, call, 1, &args))
    return GN_THROW;
  return gn_tail_call(ctx, call, call->argv[0], args->items, args->len);
}

static int pipe(gn_ctx *ctx, gn_call *call) {
  if (call->state == 0)
    for (uint32_t i = 1; i < call->argc; i++)
      if (!gn_arg_callable(ctx, call, i))
        return GN_THROW;
  if (call->argc == 1)
    return gn_return(call, call->argv[0]);
  uint32_t at = call->state + 1; /* the state counts the calls made */
  gn_value v = call->state ? call->result : call->argv[0];
  gn_call_1(call, at, call->argv[at], v);
  return at + 1 == call->argc ? GN_TAIL : GN_CALL;
}

const gn_native_def gn_functional_rows[] = {
    GN_FUNCTION("identity", identity, 1, 1, 0, "(identity x)", "Gives x."),
    GN_FUNCTION("constantly", constantly, 1, 1, 0, "(constantly x)",
                "Function of any arguments that gives x."),
    GN_FUNCTION("compose", compose, 0, -1, 0, "(compose f g ...)",
                "Function that calls the last one first; of none: identity."),
    GN_FUNCTION("partial", partial, 1, -1, 0, "(partial f v ...)",
                "f with its first arguments fixed."),
    GN_FUNCTION("apply", apply, 2, 2, 0, "(apply f args)",
                "Calls f with the elements of an Array."),
    GN_FUNCTION("pipe", pipe, 1, -1, 0, "(pipe x f g ...)",
                "x through the functions, first to last."),
    GN_ROWS_END};
