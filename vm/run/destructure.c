/*
 * destructure.c - `var` and `for` patterns (language reference 3, section 7).
 * Defaults are left to compiled code.
 */
#include "run/interp_parts.h"

static int mismatch(gn_ctx *ctx, uint32_t expected, uint32_t got) {
  return gn_throw(ctx, GN_X_ARGUMENT, NULL,
                  "Destructuring pattern mismatch: Expected %u arguments, "
                  "got %u",
                  expected, got);
}

static int keyword_mismatch(gn_ctx *ctx, const char *what, gn_value name) {
  size_t len;
  const char *text = gn_text(name, &len);
  return gn_throw(ctx, GN_X_ARGUMENT, NULL,
                  "Destructuring pattern mismatch: %s keyword argument: %.*s",
                  what, (int)(len < 200 ? len : 200), text);
}

/* What a value offers to a pattern: elements and named members. */
typedef struct offer {
  gn_value one; /* of what is no collection */
  const gn_value *items;
  uint32_t n;
  const gn_dict *named;
} offer;

static offer offer_of(gn_value v) {
  offer o = {.one = v, .n = 1};
  if (gn_is_array(v)) {
    o.items = gn_arr(v)->items;
    o.n = gn_arr(v)->len;
  } else if (gn_is_gene(v)) {
    o.items = gn_gen(v)->children;
    o.n = gn_gen(v)->n;
    o.named = gn_gen(v)->props;
  } else if (gn_is(v, GN_T_MAP)) {
    o.n = 0;
    o.named = (const gn_dict *)gn_as_obj(v);
  }
  return o;
}

static gn_value offered(const offer *o, uint32_t i) {
  return o->items ? o->items[i] : o->one;
}

typedef struct shape_count {
  uint32_t required, optional;
  bool rest, key_rest;
} shape_count;

static shape_count count_items(const gn_pattern *p) {
  shape_count c = {0, 0, false, false};
  for (uint32_t i = 0; i < p->n; i++) {
    uint8_t kind = p->items[i].kind;
    c.required += kind == GN_P_REQUIRED;
    c.optional += kind == GN_P_OPTIONAL;
    c.rest = c.rest || kind == GN_P_REST;
    c.key_rest = c.key_rest || kind == GN_P_KEY_REST;
  }
  return c;
}

/* The position of the first required item left without an element. */
static uint32_t first_missing(const gn_pattern *p, uint32_t got) {
  uint32_t required = 0;
  for (uint32_t i = 0; i < p->n; i++)
    if (p->items[i].kind == GN_P_REQUIRED && ++required > got)
      return required;
  return required;
}

static bool listed(const gn_pattern *p, gn_value key) {
  for (uint32_t i = 0; i < p->n; i++)
    if ((p->items[i].kind == GN_P_KEY ||
         p->items[i].kind == GN_P_KEY_OPTIONAL) &&
        gn_key_equal(p->items[i].name, key))
      return true;
  return false;
}

static int check_named(gn_ctx *ctx, const gn_pattern *p, const offer *o,
                       bool key_rest) {
  for (uint32_t i = 0; i < p->n; i++)
    if (p->items[i].kind == GN_P_KEY &&
        gn_map_get(o->named, p->items[i].name) == GN_NONE)
      return keyword_mismatch(ctx, "Missing", p->items[i].name);
  uint32_t at = 0;
  if (o->named && !key_rest)
    for (gn_entry *e; (e = gn_dict_next(o->named, &at));)
      if (!listed(p, e->key))
        return keyword_mismatch(ctx, "Unexpected", e->key);
  return GN_OK;
}

static gn_value named_rest(gn_ctx *ctx, const gn_pattern *p, const offer *o) {
  gn_dict *rest = gn_dict_new(&ctx->heap, GN_T_MAP, 4);
  uint32_t at = 0;
  if (rest && o->named)
    for (gn_entry *e; (e = gn_dict_next(o->named, &at));)
      if (!listed(p, e->key) && !gn_map_set(&ctx->heap, rest, e->key, e->value))
        return GN_NONE;
  return rest ? gn_from_obj(rest) : GN_NONE;
}

static gn_value positional_rest(gn_ctx *ctx, const offer *o, uint32_t from,
                                uint32_t n) {
  gn_array *a = o->items ? gn_array_from(&ctx->heap, o->items + from, n)
                         : gn_array_from(&ctx->heap, &o->one, n);
  return a ? gn_from_obj(a) : GN_NONE;
}

static int match_list(gn_ctx *ctx, const gn_pattern *p, const offer *o,
                      gn_value *out) {
  shape_count c = count_items(p);
  if (o->n < c.required)
    return mismatch(ctx, first_missing(p, o->n), o->n);
  if (!c.rest && o->n > c.required + c.optional)
    return mismatch(ctx, c.required + c.optional, o->n);
  int st = check_named(ctx, p, o, c.key_rest);
  if (st != GN_OK)
    return st;
  uint32_t optional = o->n - c.required, next = 0;
  if (optional > c.optional)
    optional = c.optional;
  uint32_t rest = o->n - c.required - optional;
  for (uint32_t i = 0; i < p->n; i++) {
    gn_value v = GN_UNSET;
    switch ((enum gn_param_kind)p->items[i].kind) {
    case GN_P_REQUIRED: v = offered(o, next++); break;
    case GN_P_OPTIONAL:
      if (optional > 0) {
        v = offered(o, next++);
        optional--;
      }
      break;
    case GN_P_REST:
      v = positional_rest(ctx, o, next, rest);
      next += rest;
      break;
    case GN_P_KEY:
    case GN_P_KEY_OPTIONAL:
      v = gn_map_get(o->named, p->items[i].name);
      if (v == GN_NONE)
        v = GN_UNSET;
      break;
    case GN_P_KEY_REST: v = named_rest(ctx, p, o); break;
    }
    if (v == GN_NONE)
      return gn_oom(ctx);
    out[i] = v;
  }
  return GN_OK;
}

int gn_destructure(gn_ctx *ctx, const gn_pattern *pattern, gn_value v,
                   gn_value *out) {
  ctx->fuel -= pattern->n;
  if (pattern->kind == GN_PAT_LIST) {
    offer o = offer_of(v);
    return match_list(ctx, pattern, &o, out);
  }
  for (uint32_t i = 0; i < pattern->n; i++) {
    gn_value member = GN_VOID;
    if (gn_is_ptr(v) &&
        gn_member_get(ctx, v, pattern->items[i].name, &member) == GN_THROW)
      return GN_THROW;
    out[i] = member;
  }
  return GN_OK;
}
