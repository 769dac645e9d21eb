/*
 * eval.c - code from data at run time: eval, $caller_eval, $parse, $render.
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
  gn_program *p = gn_compile_eval(ctx->core, call->argv[0], env->desc,
                                  env->module->host ? env->module->host->program
                                                    : env->module->program,
                                  gn_truthy(call->argv[2]), &err);
  if (!p)
    return throw_compile_error(ctx, &err);
  gn_charge(ctx, p->bytes / 8);
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

int gn_parse_first(gn_ctx *ctx, gn_value text, gn_value *out) {
  if (!gn_is_string(text))
    return gn_throw(ctx, GN_X_TYPE, NULL, "$parse expects a String, got %s",
                    gn_type_cstr(ctx, text));
  gn_syntax_error err;
  gn_charge(ctx, gn_str(text)->len / 4);
  gn_value v = gn_read_first(&ctx->heap, gn_str_bytes(gn_str(text)),
                             gn_str(text)->len, &err);
  if (v != GN_NONE) {
    *out = gn_copy_quoted(&ctx->heap, v);
    return *out == GN_NONE ? gn_oom(ctx) : GN_OK;
  }
  if (err.out_of_memory)
    return gn_oom(ctx);
  gn_throw(ctx, GN_X_PARSE, NULL, "%s (%u:%u)", err.message, err.line,
           err.column);
  return GN_THROW;
}

/* ---- $render ---- */

/* The values of a template's unquotes are computed first, in order, by one
 * eval of them all; then the copy is built in one go. */

typedef struct unquotes {
  gn_ctx *ctx;
  gn_array *forms;        /* collecting */
  const gn_array *values; /* building */
  uint32_t next;
  bool oom;
} unquotes;

static bool collect(unquotes *u, gn_value form, uint32_t depth);

static bool collect_dict(unquotes *u, const gn_dict *d, uint32_t depth) {
  uint32_t at = 0;
  if (d)
    for (gn_entry *e; (e = gn_dict_next(d, &at));)
      if (!collect(u, e->value, depth))
        return false;
  return true;
}

static bool collect_list(unquotes *u, const gn_value *v, uint32_t n,
                         uint32_t depth) {
  for (uint32_t i = 0; i < n; i++)
    if (!collect(u, v[i], depth))
      return false;
  return true;
}

/* %xs... : an unquoted symbol that ends in `...` is spliced. */
static bool is_splice(gn_value form) {
  if (!gn_is_symbol(form))
    return false;
  const gn_symbol *s = gn_sym(form);
  return s->len > 3 && memcmp(s->bytes + s->len - 3, "...", 3) == 0;
}

/* %_form : evaluated, contributes nothing. */
static bool is_dropped(gn_value unquote) {
  return gn_as_obj(unquote)->aux == GN_UNQUOTE_DROP;
}

static bool collect(unquotes *u, gn_value form, uint32_t depth) {
  if (!gn_is_ptr(form))
    return true;
  if (depth > GN_MAX_NESTING)
    return false;
  gn_obj *o = gn_as_obj(form);
  gn_heap *heap = &u->ctx->heap;
  gn_charge(u->ctx, 1);
  switch ((enum gn_type)o->type) {
  case GN_T_UNQUOTE: {
    gn_value what = ((gn_box *)o)->v;
    if (is_splice(what))
      what = gn_symbol_new(heap, gn_sym(what)->bytes, gn_sym(what)->len - 3);
    return what != GN_NONE && gn_array_push(heap, u->forms, what);
  }
  case GN_T_QUOTE: return collect(u, ((gn_box *)o)->v, depth + 1);
  case GN_T_ARRAY:
    return collect_list(u, gn_arr(form)->items, gn_arr(form)->len, depth + 1);
  case GN_T_MAP: return collect_dict(u, (gn_dict *)o, depth + 1);
  case GN_T_GENE: {
    const gn_gene *g = gn_gen(form);
    return collect(u, g->type, depth + 1) &&
           collect_dict(u, g->props, depth + 1) &&
           collect_list(u, g->children, g->n, depth + 1);
  }
  default: return true;
  }
}

static gn_value build(unquotes *u, gn_value form);

/* Adds one element of a template to an Array or Gene. */
static int build_element(unquotes *u, gn_value into, gn_value form) {
  gn_heap *heap = &u->ctx->heap;
  gn_value v;
  if (gn_is(form, GN_T_UNQUOTE)) {
    gn_value what = ((gn_box *)gn_as_obj(form))->v;
    v = u->values->items[u->next++];
    if (is_splice(what))
      return gn_spread(u->ctx, into, v);
    if (is_dropped(form))
      return GN_OK;
  } else {
    v = build(u, form);
    if (v == GN_NONE)
      return GN_THROW;
  }
  bool ok = gn_is_array(into) ? gn_array_push(heap, gn_arr(into), v)
                              : gn_gene_add(heap, gn_gen(into), v);
  return ok ? GN_OK : gn_oom(u->ctx);
}

static gn_dict *build_dict(unquotes *u, const gn_dict *from) {
  gn_heap *heap = &u->ctx->heap;
  gn_dict *d = gn_dict_new(heap, GN_T_MAP, from->live);
  uint32_t at = 0;
  if (!d)
    return NULL;
  for (gn_entry *e; (e = gn_dict_next(from, &at));) {
    gn_value v = build(u, e->value);
    if (v == GN_NONE || !gn_map_set(heap, d, e->key, v))
      return NULL;
  }
  return d;
}

static gn_value build_gene(unquotes *u, const gn_gene *from) {
  gn_value type = build(u, from->type);
  gn_gene *g =
      type == GN_NONE ? NULL : gn_gene_new(&u->ctx->heap, type, from->n);
  if (!g)
    return GN_NONE;
  g->line = from->line;
  g->column = from->column;
  if (from->props) {
    g->props = build_dict(u, from->props);
    if (!g->props)
      return GN_NONE;
  }
  for (uint32_t i = 0; i < from->n; i++)
    if (build_element(u, gn_from_obj(g), from->children[i]) != GN_OK)
      return GN_NONE;
  return gn_from_obj(g);
}

/* Depth was bounded by collect. */
static gn_value build(unquotes *u, gn_value form) {
  gn_heap *heap = &u->ctx->heap;
  if (!gn_is_ptr(form))
    return form;
  gn_obj *o = gn_as_obj(form);
  gn_value v;
  switch ((enum gn_type)o->type) {
  case GN_T_UNQUOTE: return u->values->items[u->next++];
  case GN_T_QUOTE:
    v = build(u, ((gn_box *)o)->v);
    return v == GN_NONE ? v : gn_box_new(heap, GN_T_QUOTE, v);
  case GN_T_ARRAY: {
    gn_array *a = gn_array_new(heap, gn_arr(form)->len);
    for (uint32_t i = 0; a && i < gn_arr(form)->len; i++)
      if (build_element(u, gn_from_obj(a), gn_arr(form)->items[i]) != GN_OK)
        return GN_NONE;
    return a ? gn_from_obj(a) : GN_NONE;
  }
  case GN_T_MAP: {
    gn_dict *d = build_dict(u, (gn_dict *)o);
    return d ? gn_from_obj(d) : GN_NONE;
  }
  case GN_T_GENE: return build_gene(u, gn_gen(form));
  default: return form;
  }
}

/* template, env */
static int render(gn_ctx *ctx, gn_call *call) {
  unquotes u = {.ctx = ctx};
  if (call->state == 0) {
    u.forms = gn_array_new(&ctx->heap, 4);
    if (!u.forms)
      return gn_oom(ctx);
    if (!collect(&u, call->argv[0], 0))
      return ctx->heap.failed
                 ? gn_oom(ctx)
                 : gn_throw(ctx, GN_X_RUNTIME, NULL, "Nesting too deep");
    /* one array form whose elements are the unquoted forms */
    gn_value list = gn_from_obj(u.forms);
    gn_array *forms = gn_array_from(&ctx->heap, &list, 1);
    if (!forms)
      return gn_oom(ctx);
    call->state = 1;
    call->callee = ctx->core->eval_fn;
    call->args[0] = gn_from_obj(forms);
    call->args[1] = call->argv[1];
    call->args[2] = GN_FALSE;
    call->nargs = 3;
    return GN_CALL;
  }
  u.values = gn_arr(call->result);
  gn_value made = build(&u, call->argv[0]);
  if (made == GN_NONE)
    return ctx->thrown != GN_NONE ? GN_THROW : gn_oom(ctx);
  call->result = made;
  return GN_OK;
}
const gn_native_def gn_def_render = {
    .name = "$render", .fn = render, .min = 2, .max = 2};
