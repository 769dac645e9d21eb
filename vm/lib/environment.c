/*
 * environment.c - what a run knows of its surroundings: variables, the machine,
 * its arguments. The variables of the host come with the run's options when it
 * may see them; nothing here reads or changes the process's own.
 */
#include <ctype.h>
#include <sys/utsname.h>

#include "lib/tables.h"
#include "run/context.h"
#include "run/native_args.h"

/* ---- variables ---- */

static gn_dict *variables(gn_ctx *ctx) {
  return gn_is(ctx->env_map, GN_T_MAP) ? (gn_dict *)gn_as_obj(ctx->env_map)
                                       : NULL;
}

/* The variable named by the first argument. GN_NONE: the run has none of that
 * name, and neither has the host when the run may ask it; else thrown. */
static int look_up(gn_ctx *ctx, const gn_call *call, gn_value *out) {
  gn_string *name;
  if (!gn_arg_string(ctx, call, 0, &name))
    return GN_THROW;
  gn_dict *all = variables(ctx);
  const gn_entry *e = all != NULL ? gn_map_find(all, call->argv[0]) : NULL;
  *out = e != NULL ? e->value : GN_NONE;
  if (e == NULL && (ctx->capabilities & GENE_CAP_ENV) == 0)
    return gn_throw(ctx, GN_X_PERMISSION, NULL, "Permission denied: env");
  return GN_OK;
}

static int get_env(gn_ctx *ctx, gn_call *call) {
  gn_value v;
  if (look_up(ctx, call, &v) != GN_OK)
    return GN_THROW;
  bool unset = v == GN_NONE || gn_str(v)->len == 0;
  return gn_return(call, unset ? gn_arg_or(call, 1, GN_NIL) : v);
}

static int has_env(gn_ctx *ctx, gn_call *call) {
  gn_value v;
  if (look_up(ctx, call, &v) != GN_OK)
    return GN_THROW;
  return gn_return_bool(call, v != GN_NONE);
}

/* A name that no environment could hold would be lost on the way to a child
 * process. */
static bool is_name(const gn_string *s) {
  const char *text = gn_str_bytes(s);
  return s->len > 0 && memchr(text, '=', s->len) == NULL &&
         memchr(text, '\0', s->len) == NULL;
}

static int store(gn_ctx *ctx, gn_value name, gn_value text) {
  gn_heap *heap = gn_ctx_heap(ctx);
  gn_dict *all = variables(ctx);
  if (all == NULL) {
    all = gn_dict_new(heap, GN_T_MAP, 1);
    if (all == NULL)
      return gn_oom(ctx);
    ctx->env_map = gn_from_obj(all);
  }
  return gn_map_set(heap, all, name, text) ? GN_OK : gn_oom(ctx);
}

static int set_env(gn_ctx *ctx, gn_call *call) {
  gn_string *name;
  if (!gn_arg_string(ctx, call, 0, &name))
    return GN_THROW;
  if (!is_name(name))
    return gn_throw(ctx, GN_X_ARGUMENT, NULL,
                    "set_env expects a name that is not empty and has no '=' "
                    "or NUL character");
  gn_value v = call->argv[1], *text = &call->locals[0];
  if (v == GN_NIL)
    v = gn_string_c(gn_ctx_heap(ctx), "");
  if (v == GN_NONE)
    return gn_oom(ctx);
  int status = gn_print_text(ctx, call, text, v, GN_STRING);
  if (status == GN_OK)
    status = store(ctx, call->argv[0], *text);
  return status == GN_OK ? gn_return(call, GN_NIL) : status;
}

/* ---- the machine ---- */

static int lower_text(gn_ctx *ctx, gn_call *call, const char *name) {
  char text[sizeof((struct utsname *)NULL)->machine];
  size_t n = 0;
  for (; name[n] != '\0' && n < sizeof text; n++)
    text[n] = (char)tolower((unsigned char)name[n]);
  return gn_return_text(ctx, call, text, n);
}

static int system_os(gn_ctx *ctx, gn_call *call) {
  struct utsname names;
  return lower_text(ctx, call, uname(&names) == 0 ? names.sysname : "unknown");
}

static int system_arch(gn_ctx *ctx, gn_call *call) {
  struct utsname names;
  return lower_text(ctx, call, uname(&names) == 0 ? names.machine : "unknown");
}

/* ---- the program ---- */

static int system_args(gn_ctx *ctx, gn_call *call) {
  if (ctx->args == GN_NIL) {
    gn_array *none = gn_array_new(gn_ctx_heap(ctx), 0);
    if (none == NULL)
      return gn_oom(ctx);
    ctx->args = gn_from_obj(none);
  }
  return gn_return(call, ctx->args);
}

const gn_native_def gn_environment_rows[] = {
    GN_FUNCTION("get_env", get_env, 1, 2, 0, "(get_env name [default])",
                "An environment variable; the default when unset or empty."),
    GN_FUNCTION("has_env", has_env, 1, 1, 0, "(has_env name)",
                "Whether there is an environment variable."),
    GN_FUNCTION("set_env", set_env, 2, 2, 1, "(set_env name v)",
                "Sets a variable to v's string form, for this run only; nil."),
    GN_FUNCTION("system/os", system_os, 0, 0, 0, "(system/os)",
                "The operating system, such as linux."),
    GN_FUNCTION("system/arch", system_arch, 0, 0, 0, "(system/arch)",
                "The kind of processor, such as x86_64."),
    GN_FUNCTION("system/args", system_args, 0, 0, 0, "(system/args)",
                "The program's arguments: the same as $args."),
    GN_ROWS_END,
};
