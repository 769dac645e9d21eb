/*
 * names.c - names that are no slot of their module, and modules themselves:
 * variables made by eval, builtins, and the errors for what is neither.
 */
#include "run/interp_parts.h"

static int undefined(gn_ctx *ctx, gn_value name) {
  size_t len;
  const char *text = gn_text(name, &len);
  gn_throw(ctx, GN_X_NAME, "GENE.SCOPE.UNDEFINED_VAR", "%.*s is not defined",
           (int)(len < 400 ? len : 400), text);
  return gn_missed(ctx, name, GN_NONE, NULL);
}

/* The slot of a name in the module's program, or NULL. */
static gn_value *slot_of(gn_module *module, gn_value name) {
  int32_t slot = gn_program_slot(module->program, name);
  return slot < 0 ? NULL : &module->slots[slot];
}

/* $duration_start sets the clock that $duration reads, in microseconds. */
static int duration(gn_ctx *ctx, bool start, gn_value *out) {
  uint64_t now = gn_ctx_now_us(ctx);
  if (start) {
    ctx->duration_start = now;
    ctx->duration_set = true;
  } else if (!ctx->duration_set) {
    return gn_throw(ctx, GN_X_RUNTIME, NULL, "duration_start is not set");
  }
  double us = (double)(start ? now : now - ctx->duration_start);
  gn_value v = gn_float_new(&ctx->heap, us);
  if (v == GN_NONE)
    return gn_oom(ctx);
  *out = v;
  return GN_OK;
}

/* $args, $input and so on (language reference 3, section 17). */
static int context_variable(gn_ctx *ctx, gn_value name, gn_value *out) {
  gn_value v = GN_NONE;
  if (gn_text_is(name, "$duration") || gn_text_is(name, "$duration_start"))
    return duration(ctx, gn_text_is(name, "$duration_start"), out);
  if (gn_text_is(name, "$input")) {
    v = ctx->input;
  } else if (gn_text_is(name, "$program")) {
    v = ctx->program_name == GN_NIL ? gn_string_c(&ctx->heap, "main")
                                    : ctx->program_name;
  } else if (gn_text_is(name, "$args")) {
    if (ctx->args == GN_NIL) {
      gn_array *a = gn_array_new(&ctx->heap, 0);
      ctx->args = a ? gn_from_obj(a) : GN_NIL;
    }
    v = ctx->args;
  } else if (gn_text_is(name, "$env")) {
    if (ctx->env_map == GN_NIL) {
      gn_dict *d = gn_dict_new(&ctx->heap, GN_T_MAP, 0);
      ctx->env_map = d ? gn_from_obj(d) : GN_NIL;
    }
    v = ctx->env_map;
    if (gn_is_ptr(v))
      gn_as_obj(v)->flags |= GN_FROZEN;
  } else {
    return undefined(ctx, name);
  }
  if (v == GN_NONE || (v == GN_NIL && !gn_text_is(name, "$input")))
    return gn_oom(ctx);
  *out = v;
  return GN_OK;
}

int gn_name_get(gn_ctx *ctx, gn_module *module, gn_value name, gn_value *out) {
  module = module->host ? module->host : module;
  gn_value v = gn_map_get(module->dynamic, name);
  if (v == GN_NONE) {
    gn_value *slot = slot_of(module, name);
    if (slot && *slot != GN_UNSET)
      v = *slot;
  }
  if (v == GN_NONE)
    v = gn_core_global(ctx->core, name);
  if (v == GN_NONE)
    return gn_sym(name)->bytes[0] == '$' ? context_variable(ctx, name, out)
                                         : undefined(ctx, name);
  *out = v;
  return GN_OK;
}

int gn_name_set(gn_ctx *ctx, gn_module *module, gn_value name, gn_value v) {
  module = module->host ? module->host : module;
  gn_entry *e = module->dynamic ? gn_map_find(module->dynamic, name) : NULL;
  if (e) {
    e->value = v;
    return GN_OK;
  }
  gn_value *slot = slot_of(module, name);
  if (slot && *slot != GN_UNSET) {
    *slot = v;
    return GN_OK;
  }
  if (gn_core_global(ctx->core, name) == GN_NONE)
    return undefined(ctx, name);
  size_t len;
  const char *text = gn_text(name, &len);
  return gn_throw(ctx, GN_X_RUNTIME, NULL, "Cannot assign to built-in '%.*s'",
                  (int)len, text);
}

int gn_name_define(gn_ctx *ctx, gn_module *module, gn_value name, gn_value v) {
  module = module->host ? module->host : module;
  gn_value *slot = slot_of(module, name);
  if (slot) {
    *slot = v;
    return GN_OK;
  }
  if (!module->dynamic)
    module->dynamic = gn_dict_new(&ctx->heap, GN_T_MAP, 4);
  if (!module->dynamic || !gn_map_set(&ctx->heap, module->dynamic, name, v))
    return gn_oom(ctx);
  return GN_OK;
}

static void trace_module(gn_heap *heap, gn_machine *machine) {
  gn_module *m = (gn_module *)(void *)machine;
  gn_mark_program(heap, m->program); /* that envs in it point into, too */
  gn_mark_obj(heap, m->host);
  if (!m->host) {
    gn_mark_raw(heap, m->slots_buf);
    for (uint32_t i = 0; i < m->program->nslots; i++)
      gn_mark(heap, m->slots[i]);
  }
  gn_mark_raw(heap, m->caches_buf);
  for (uint32_t i = 0; i < m->program->nsites; i++)
    if (gn_is_ptr(m->caches[i].method) && m->caches[i].method)
      gn_mark(heap, m->caches[i].method);
  gn_mark_obj(heap, m->dynamic);
  gn_mark_obj(heap, m->ns);
  gn_mark(heap, m->name);
  gn_mark_obj(heap, m->next);
}

/* A module without slots; its inline caches are empty. */
static gn_module *module_bare(gn_ctx *ctx, gn_program *program) {
  gn_heap *heap = &ctx->heap;
  size_t bytes = program->nsites * sizeof(gn_cache_slot);
  gn_module *m = gn_alloc(heap, GN_T_MODULE, sizeof *m);
  gn_blob *caches = bytes ? gn_blob_new(heap, bytes) : NULL;
  if (!m || (bytes && !caches))
    return NULL;
  gn_obj h = m->m.h;
  memset(m, 0, sizeof *m);
  m->m.h = h;
  m->m.trace = trace_module;
  m->program = program;
  m->name = GN_NIL;
  m->caches_buf = caches;
  if (caches) {
    m->caches = (gn_cache_slot *)(void *)caches->bytes;
    memset(caches->bytes, 0, bytes);
  }
  return m;
}

gn_module *gn_module_new(gn_ctx *ctx, gn_program *program, gn_value name) {
  gn_values *slots =
      program->nslots ? gn_values_new(&ctx->heap, program->nslots) : NULL;
  gn_module *m = module_bare(ctx, program);
  if (!m || (program->nslots && !slots))
    return NULL;
  m->slot_names = program->slot_names;
  m->slots_buf = slots;
  m->slots = slots ? slots->v : NULL;
  for (uint32_t i = 0; i < program->nslots; i++)
    m->slots[i] = GN_UNSET;
  m->name = name;
  m->next = ctx->modules;
  ctx->modules = m;
  return m;
}

gn_module *gn_module_of_eval(gn_ctx *ctx, gn_program *program,
                             gn_module *host) {
  gn_module *m = module_bare(ctx, program);
  if (!m)
    return NULL;
  m->host = host->host ? host->host : host;
  m->slot_names = m->host->slot_names;
  m->slots = m->host->slots;
  return m;
}

gn_namespace *gn_module_ns(gn_ctx *ctx, gn_module *module) {
  if (module->ns)
    return module->ns;
  gn_value reg = GN_UNSET;
  gn_value name =
      module->name == GN_NIL ? gn_string_c(&ctx->heap, "main") : module->name;
  if (name == GN_NONE || gn_do_namespace(ctx, name, &reg) != GN_OK)
    return NULL;
  return module->ns = (gn_namespace *)gn_as_obj(reg);
}
