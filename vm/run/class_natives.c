/*
 * class_natives.c - `new`, and the builtins of classes, exceptions and
 * functions that need to know the interpreter's structures.
 */
#include "run/class_natives.h"

#include "run/future.h"
#include "run/interp_parts.h"
#include "run/native_args.h"
#include "run/trace.h"

enum { NEW_INSTANCE, NEW_DEFAULTS, NEW_LOCALS };
enum { AT_START, AT_DEFAULTS, AT_CTOR };

/* Rows [name default check closure] with a default, parents' first. */
static gn_array *defaults_of(gn_ctx *ctx, gn_class *cls) {
  gn_array *all = gn_array_new(&ctx->heap, 4);
  uint32_t at = 0;
  for (; all && cls; cls = cls->parent) {
    at = 0; /* a parent's rows go before those found so far */
    uint32_t n = gn_is_array(cls->fields) ? gn_arr(cls->fields)->len : 0;
    for (uint32_t i = 0; i < n; i++) {
      gn_value row = gn_arr(cls->fields)->items[i];
      if (gn_arr(row)->items[1] != GN_NIL &&
          !gn_array_insert(&ctx->heap, all, at++, row))
        return NULL;
    }
  }
  return all;
}

/* The constructor, once the fields have their defaults. */
static int call_ctor(gn_ctx *ctx, gn_call *call) {
  gn_class *cls = (gn_class *)gn_as_obj(call->argv[0]);
  gn_value ctor = gn_class_ctor(cls);
  gn_value self = call->locals[NEW_INSTANCE];
  if (ctor == GN_NONE) {
    if (call->argc > 1)
      return gn_throw(ctx, GN_X_ARGUMENT, NULL, "Expected 0 arguments, got %u",
                      call->argc - 1);
    uint32_t at = 0;
    if (call->kw)
      for (gn_entry *e; (e = gn_dict_next(call->kw, &at));)
        if (gn_member_set(ctx, self, e->key, e->value) != GN_OK)
          return GN_THROW;
    return gn_return(call, self);
  }
  gn_array *args = gn_array_from(&ctx->heap, call->argv, call->argc);
  if (!args)
    return gn_oom(ctx);
  args->items[0] = self;
  call->callee = ctor;
  call->arg_array = args;
  call->pass_kw = call->kw;
  call->state = AT_CTOR;
  return GN_CALL;
}

static int next_default(gn_ctx *ctx, gn_call *call) {
  gn_array *rows = gn_arr(call->locals[NEW_DEFAULTS]);
  if (rows->len == 0)
    return call_ctor(ctx, call);
  call->state = AT_DEFAULTS;
  call->callee = gn_arr(rows->items[0])->items[1];
  call->args[0] = call->locals[NEW_INSTANCE];
  call->nargs = 1;
  return GN_CALL;
}

static int start_new(gn_ctx *ctx, gn_call *call) {
  if (!gn_is(call->argv[0], GN_T_CLASS))
    return gn_throw(ctx, GN_X_TYPE, NULL, "new requires a class, got %s",
                    gn_type_cstr(ctx, call->argv[0]));
  gn_class *cls = (gn_class *)gn_as_obj(call->argv[0]);
  bool builtin = cls->id < GN_CLASS_BUILTIN &&
                 !gn_class_is(cls, gn_builtin(ctx, GN_C_EXCEPTION));
  if (builtin && cls->ctor != GN_UNSET) { /* it makes the object itself */
    gn_array *args = gn_array_from(&ctx->heap, call->argv, call->argc);
    if (!args)
      return gn_oom(ctx);
    call->callee = cls->ctor;
    call->arg_array = args;
    call->pass_kw = call->kw;
    return GN_TAIL;
  }
  if (builtin && cls != gn_builtin(ctx, GN_C_OBJECT))
    return gn_throw(ctx, GN_X_TYPE, NULL, "new cannot make a %s",
                    gn_str_bytes(gn_str(cls->name)));
  gn_value self = gn_instance_new(ctx, cls);
  if (self == GN_NONE)
    return gn_oom(ctx);
  call->locals[NEW_INSTANCE] = self;
  if (!gn_class_typed(cls))
    return call_ctor(ctx, call);
  gn_array *rows = defaults_of(ctx, cls);
  if (!rows)
    return gn_oom(ctx);
  call->locals[NEW_DEFAULTS] = gn_from_obj(rows);
  return next_default(ctx, call);
}

static int new_instance(gn_ctx *ctx, gn_call *call) {
  switch (call->state) {
  case AT_START: return start_new(ctx, call);
  case AT_DEFAULTS: {
    gn_array *rows = gn_arr(call->locals[NEW_DEFAULTS]);
    gn_value row = rows->items[0];
    if (gn_member_set(ctx, call->locals[NEW_INSTANCE], gn_arr(row)->items[0],
                      call->result) != GN_OK)
      return GN_THROW;
    gn_array_remove(rows, 0);
    return next_default(ctx, call);
  }
  default: return gn_return(call, call->locals[NEW_INSTANCE]);
  }
}

const gn_native_def gn_new_rows[] = {{"new", new_instance, 1, -1, GN_N_KEYWORDS,
                                      NEW_LOCALS, "(new C args...)",
                                      "Makes an instance of a class.", 0},
                                     GN_ROWS_END};

/* ---- classes ---- */

static int class_name(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  return gn_return(call, ((gn_class *)gn_as_obj(call->argv[0]))->name);
}

static int class_parent(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  gn_class *p = ((gn_class *)gn_as_obj(call->argv[0]))->parent;
  return gn_return(call, p ? gn_from_obj(p) : GN_NIL);
}

const gn_native_def gn_class_rows[] = {
    GN_METHOD("name", class_name, 0, 0, 0, "(C .name)",
              "The name of the class."),
    GN_METHOD("parent", class_parent, 0, 0, 0, "(C .parent)",
              "The class above; nil for Object."),
    GN_ROWS_END};

/* ---- exceptions ---- */

/* The value of a keyword, or `other`. */
static gn_value keyword(gn_ctx *ctx, const gn_call *call, const char *name,
                        gn_value other) {
  gn_entry *e =
      call->kw ? gn_map_find_text(call->kw, ctx->heap.seed, name, strlen(name))
               : NULL;
  return e ? e->value : other;
}

/* (ctor [message = nil ^cause = nil ^code = nil]) */
static int exception_ctor(gn_ctx *ctx, gn_call *call) {
  gn_value self = call->argv[0];
  if (!gn_is_exception(ctx, self))
    return gn_throw_expects(ctx, call, "an exception", self);
  gn_instance *in = (gn_instance *)gn_as_obj(self);
  gn_value message = gn_arg_or(call, 1, GN_NIL);
  if (message == GN_NIL)
    message = gn_type_name(ctx, self);
  else if (!gn_is_string(message))
    message = gn_print_quick(ctx, message, GN_STRING);
  if (message == GN_NONE)
    return gn_throw_expects(ctx, call, "a String message", call->argv[1]);
  in->slots[0] = message;
  in->slots[1] = keyword(ctx, call, "cause", GN_NIL);
  in->slots[2] = keyword(ctx, call, "code", GN_NIL);
  in->slots[3] = GN_NIL;
  return gn_return(call, self);
}

const gn_native_def gn_exception_rows[] = {
    {"ctor", exception_ctor, 0, 1, GN_N_METHOD | GN_N_KEYWORDS, 0,
     "(new E [message] [^cause c] [^code k])", "Makes an exception.", 0},
    GN_ROWS_END};

/* ---- gene/Future ---- */

static int future_ctor(gn_ctx *ctx, gn_call *call) {
  gn_future *f = gn_check_pending(ctx, 1) == GN_OK ? gn_future_new(ctx) : NULL;
  if (!f)
    return GN_THROW;
  gn_count_future(ctx, f);
  gn_trace_start(ctx, f, (gene_text_t){"Future", 6});
  if (call->argc > 1)
    gn_future_complete(ctx, f, call->argv[1]);
  return gn_return(call, gn_from_obj(f));
}

const gn_native_def gn_future_ctor_rows[] = {
    GN_METHOD("ctor", future_ctor, 0, 1, 0, "(new gene/Future [v])",
              "A future that the script completes itself."),
    GN_ROWS_END};
