/*
 * bind.c - from arguments to parameters (language reference 1, 10.2 to 10.4),
 * and what closures and environments capture. It never evaluates a default:
 * GN_UNSET tells the function's prologue to.
 */
#include "run/interp_parts.h"

gn_dict *gn_keywords(gn_ctx *ctx, gn_value names, const gn_value *values) {
  const gn_array *list = gn_arr(names);
  gn_dict *kw = gn_dict_new(&ctx->heap, GN_T_MAP, list->len);
  for (uint32_t i = 0; kw && i < list->len; i++)
    if (!gn_map_set(&ctx->heap, kw, list->items[i], values[i]))
      return NULL;
  return kw;
}

static int arity_error(gn_ctx *ctx, uint32_t expected, uint32_t got) {
  return gn_throw(ctx, GN_X_ARGUMENT, NULL, "Expected %u arguments, got %u",
                  expected, got);
}

static int keyword_error(gn_ctx *ctx, const char *what, gn_value name) {
  size_t len;
  const char *text = gn_text(name, &len);
  return gn_throw(ctx, GN_X_ARGUMENT, NULL, "%s keyword argument: %.*s", what,
                  (int)(len < 200 ? len : 200), text);
}

static const gn_param *keyword_param(const gn_proto *p, gn_value name) {
  for (uint32_t i = 0; i < p->nparams; i++)
    if ((p->params[i].kind == GN_P_KEY ||
         p->params[i].kind == GN_P_KEY_OPTIONAL) &&
        gn_key_equal(p->params[i].name, name))
      return &p->params[i];
  return NULL;
}

/* Every given keyword must have a parameter, every required one be given. */
static int check_keywords(gn_ctx *ctx, const gn_closure *clo,
                          const gn_dict *kw) {
  const gn_proto *p = clo->proto;
  for (uint32_t i = 0; i < p->nparams; i++)
    if (p->params[i].kind == GN_P_KEY &&
        (!kw || gn_map_get(kw, p->params[i].name) == GN_NONE))
      return keyword_error(ctx, "Missing", p->params[i].name);
  uint32_t at = 0;
  if (kw && p->key_rest < 0)
    for (gn_entry *e; (e = gn_dict_next(kw, &at));)
      if (!keyword_param(p, e->key)) {
        keyword_error(ctx, "Unexpected", e->key);
        return gn_missed(ctx, e->key, gn_from_obj(clo), NULL);
      }
  return GN_OK;
}

/* What is left of the keywords, which nobody else has: without those that
 * parameters took. */
static gn_value keyword_rest(gn_ctx *ctx, const gn_proto *p, gn_dict *kw) {
  if (!kw) {
    gn_dict *none = gn_dict_new(&ctx->heap, GN_T_MAP, 0);
    return none ? gn_from_obj(none) : GN_NONE;
  }
  for (uint32_t i = 0; i < p->nparams; i++)
    if (p->params[i].kind == GN_P_KEY || p->params[i].kind == GN_P_KEY_OPTIONAL)
      (void)gn_map_del(kw, p->params[i].name);
  return gn_from_obj(kw);
}

/* Spreads positionals over the parameters, in declared order: required ones
 * first get theirs, optional ones what is left, the rest the remainder. */
static int bind_all(gn_ctx *ctx, const gn_proto *p, gn_value *regs,
                    const gn_value *args, uint32_t argc, gn_dict *kw) {
  uint32_t spare = argc - p->nreq;
  uint32_t optional = p->npos - p->nreq;
  if (optional > spare)
    optional = spare;
  uint32_t rest = argc - p->nreq - optional, next = 0;
  for (uint32_t i = 0; i < p->nparams; i++) {
    gn_value v = GN_UNSET;
    switch ((enum gn_param_kind)p->params[i].kind) {
    case GN_P_REQUIRED: v = args[next++]; break;
    case GN_P_OPTIONAL:
      if (optional > 0) {
        v = args[next++];
        optional--;
      }
      break;
    case GN_P_REST: {
      gn_array *a = gn_array_from(&ctx->heap, args + next, rest);
      if (!a)
        return gn_oom(ctx);
      next += rest;
      v = gn_from_obj(a);
      break;
    }
    case GN_P_KEY:
    case GN_P_KEY_OPTIONAL:
      v = kw ? gn_map_get(kw, p->params[i].name) : GN_NONE;
      if (v == GN_NONE)
        v = GN_UNSET;
      break;
    case GN_P_KEY_REST: break; /* when all others have theirs */
    }
    regs[i] = v;
  }
  if (p->key_rest >= 0) {
    regs[p->key_rest] = keyword_rest(ctx, p, kw);
    if (regs[p->key_rest] == GN_NONE)
      return gn_oom(ctx);
  }
  return GN_OK;
}

int gn_bind(gn_ctx *ctx, gn_fiber *fiber, const gn_closure *clo, uint32_t base,
            uint32_t args, uint32_t argc, gn_dict *kw, gn_value env) {
  const gn_proto *p = clo->proto;
  if (argc < p->nreq)
    return arity_error(ctx, p->nreq, argc);
  if (p->rest < 0 && argc > p->npos)
    return arity_error(ctx, p->npos, argc);
  if (kw || p->nkeys) {
    int st = check_keywords(ctx, clo, kw);
    if (st != GN_OK)
      return st;
  }
  ctx->fuel -= argc;
  gn_value *regs = fiber->stack + base + ((p->flags & GN_P_METHOD) ? 1 : 0);
  if (p->nparams > p->nreq || kw) {
    /* out of the way of the registers; the caller made room for both */
    uint32_t at = base + p->nregs > args ? base + p->nregs : args;
    memmove(fiber->stack + at, fiber->stack + args, argc * sizeof(gn_value));
    int st = bind_all(ctx, p, regs, fiber->stack + at, argc, kw);
    if (st != GN_OK)
      return st;
  }
  if (p->flags & GN_P_MACRO)
    fiber->stack[base + p->env_reg] = env;
  return GN_OK;
}

/* ---- captures ---- */

static gn_value captured(const gn_capture *c, const gn_closure *in,
                         const gn_value *regs) {
  return c->from_up ? in->up[c->index] : regs[c->index];
}

gn_value gn_make_closure(gn_ctx *ctx, const gn_proto *proto, gn_module *module,
                         const gn_closure *in, const gn_value *regs) {
  uint32_t n = proto->ncaptures;
  gn_closure *c =
      gn_alloc(&ctx->heap, GN_T_CLOSURE, sizeof *c + n * sizeof(gn_value));
  if (!c)
    return GN_NONE;
  assert(n <= GN_CLO_UP_MAX);
  c->h.aux = (uint16_t)(n << GN_CLO_UP_SHIFT |
                        ((proto->flags & GN_P_METHOD) ? GN_CLO_METHOD : 0));
  c->proto = proto;
  c->module = module;
  c->owner = in ? in->owner : NULL;
  for (uint32_t i = 0; i < n; i++)
    c->up[i] = captured(&proto->captures[i], in, regs);
  return gn_from_obj(c);
}

gn_value gn_make_env(gn_ctx *ctx, const gn_env_desc *desc, const gn_closure *in,
                     const gn_value *regs) {
  gn_env *e =
      gn_alloc(&ctx->heap, GN_T_ENV, sizeof *e + desc->n * sizeof(gn_value));
  if (!e)
    return GN_NONE;
  e->h.aux = (uint16_t)desc->n;
  e->desc = desc;
  e->module = in->module;
  e->owner = in->owner;
  e->self = GN_NIL;
  for (uint32_t i = 0; i < desc->n; i++)
    e->up[i] = captured(&desc->captures[i], in, regs);
  if (desc->self >= 0)
    e->self = e->up[desc->self];
  return gn_from_obj(e);
}
