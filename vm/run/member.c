/*
 * member.c - reading and writing members: x/name, x/0, x/<v> of every kind of
 * value (language reference 2, section 9). Reading never fails. What needs Gene
 * code or many slices (on_member_missing, keys of hash maps with a hash or an
 * == of their own) is done by gn_def_member and gn_def_put.
 */
#include "run/internal_natives.h"
#include "run/interp_parts.h"
#include "run/native_args.h"
#include "types/hash.h"
#include "types/members.h"

/* Index or name of a path segment? */
static bool is_name(gn_value key) {
  return gn_is_string(key) || gn_is_symbol(key);
}

/* A segment's number as an element of n; false: out of bounds. */
static bool element_at(gn_value key, uint32_t n, uint32_t *at) {
  if (!gn_is_int(key))
    return false;
  int64_t i = gn_int(key);
  if (i < 0)
    i += n;
  if (i < 0 || i >= n)
    return false;
  *at = (uint32_t)i;
  return true;
}

/* The key of a Map for a segment: text as it is, an Int as its digits. */
static gn_value map_key(gn_ctx *ctx, gn_value key) {
  if (!gn_is_int(key))
    return key;
  char buf[32];
  size_t n = gn_format_int(gn_int(key), buf);
  return gn_string_new(&ctx->heap, buf, n);
}

static int get_from_map(gn_ctx *ctx, const gn_dict *d, gn_value key,
                        gn_value *out) {
  key = map_key(ctx, key);
  if (key == GN_NONE)
    return gn_oom(ctx);
  gn_value v = gn_map_get(d, key);
  *out = v == GN_NONE ? GN_VOID : v;
  return GN_OK;
}

static int get_from_gene(gn_value recv, gn_value key, gn_value *out) {
  const gn_gene *g = gn_gen(recv);
  uint32_t at;
  *out = GN_VOID;
  if (is_name(key)) {
    gn_value v = gn_map_get(g->props, key);
    if (v != GN_NONE)
      *out = v;
  } else if (element_at(key, g->n, &at)) {
    *out = g->children[at];
  }
  return GN_OK;
}

static int get_from_instance(gn_ctx *ctx, gn_value recv, gn_value key,
                             gn_value *out) {
  *out = GN_VOID;
  if (!is_name(key))
    return GN_OK;
  gn_value v = gn_instance_get((gn_instance *)gn_as_obj(recv), key);
  if (v == GN_NONE && gn_is_exception(ctx, recv)) {
    v = gn_exception_field(ctx, recv, key);
    if (v == GN_NONE && ctx->heap.failed)
      return gn_oom(ctx);
  }
  if (v != GN_NONE)
    *out = v;
  else if (gn_class_method(ctx, gn_class_of(ctx, recv),
                           ctx->core->sym_member_missing) != GN_NONE)
    return GN_CALL;
  return GN_OK;
}

static int get_from_class(gn_value recv, gn_value key, gn_value *out) {
  *out = GN_VOID;
  if (!is_name(key))
    return GN_OK;
  for (const gn_class *c = (gn_class *)gn_as_obj(recv); c; c = c->parent) {
    gn_value v = gn_map_get(c->members, key);
    if (v != GN_NONE) {
      *out = v;
      return GN_OK;
    }
  }
  return GN_OK;
}

static int get_from_namespace(gn_value recv, gn_value key, gn_value *out) {
  const gn_namespace *ns = (gn_namespace *)gn_as_obj(recv);
  gn_value v = is_name(key) ? gn_map_get(ns->members, key) : GN_NONE;
  *out = v == GN_NONE ? GN_VOID : v;
  return v == GN_NONE && ns->on_missing != GN_NIL ? GN_CALL : GN_OK;
}

int gn_member_get(gn_ctx *ctx, gn_value recv, gn_value key, gn_value *out) {
  if (!is_name(key) && !gn_is_int(key) && !gn_is(recv, GN_T_HASHMAP))
    return gn_throw(ctx, GN_X_TYPE, NULL, "Invalid selector segment: %s",
                    gn_type_cstr(ctx, key));
  uint32_t at;
  if (!gn_is_ptr(recv)) {
    *out = recv == GN_NIL ? GN_NIL : GN_VOID;
    return GN_OK;
  }
  switch ((enum gn_type)gn_as_obj(recv)->type) {
  case GN_T_ARRAY:
    *out = element_at(key, gn_arr(recv)->len, &at) ? gn_arr(recv)->items[at]
                                                   : GN_VOID;
    return GN_OK;
  case GN_T_MAP: return get_from_map(ctx, (gn_dict *)gn_as_obj(recv), key, out);
  case GN_T_GENE: return get_from_gene(recv, key, out);
  case GN_T_INSTANCE: return get_from_instance(ctx, recv, key, out);
  case GN_T_CLASS: return get_from_class(recv, key, out);
  case GN_T_NAMESPACE: return get_from_namespace(recv, key, out);
  case GN_T_HASHMAP:
  case GN_T_MATCH:
  case GN_T_BYTES: return gn_member_of_library(ctx, recv, key, out);
  default: *out = GN_VOID; return GN_OK;
  }
}

/* ---- writing ---- */

static int set_in_array(gn_ctx *ctx, gn_value recv, gn_value key, gn_value v) {
  gn_array *a = gn_arr(recv);
  uint32_t at;
  if (gn_check_mutable(ctx, recv, "set item on") != GN_OK)
    return GN_THROW;
  if (!gn_is_int(key))
    return gn_throw(ctx, GN_X_TYPE, NULL, "Array index must be Int, got %s",
                    gn_type_cstr(ctx, key));
  if (!element_at(key, a->len, &at))
    return gn_throw(ctx, GN_X_ARGUMENT, NULL,
                    "Array index out of bounds: %lld (len=%u)",
                    (long long)gn_int(key), a->len);
  a->items[at] = v;
  return GN_OK;
}

static int set_in_map(gn_ctx *ctx, gn_value recv, gn_value key, gn_value v) {
  if (gn_check_mutable(ctx, recv, "set item on") != GN_OK)
    return GN_THROW;
  key = map_key(ctx, key);
  if (key == GN_NONE ||
      !gn_map_set(&ctx->heap, (gn_dict *)gn_as_obj(recv), key, v))
    return gn_oom(ctx);
  return GN_OK;
}

static int set_in_gene(gn_ctx *ctx, gn_value recv, gn_value key, gn_value v) {
  gn_gene *g = gn_gen(recv);
  uint32_t at;
  if (is_name(key)) {
    if (gn_check_mutable(ctx, recv, "set property on") != GN_OK)
      return GN_THROW;
    return gn_gene_set_prop(&ctx->heap, g, key, v) ? GN_OK : gn_oom(ctx);
  }
  if (gn_check_mutable(ctx, recv, "set child on") != GN_OK)
    return GN_THROW;
  if (!element_at(key, g->n, &at))
    return gn_throw(ctx, GN_X_ARGUMENT, NULL,
                    "Gene child index out of bounds: %lld (len=%u)",
                    (long long)gn_int(key), g->n);
  g->children[at] = v;
  return GN_OK;
}

static gn_dict **members_of(gn_value where, gn_value *name) {
  if (gn_is(where, GN_T_CLASS)) {
    gn_class *c = (gn_class *)gn_as_obj(where);
    *name = c->name;
    return &c->members;
  }
  gn_namespace *ns = (gn_namespace *)gn_as_obj(where);
  *name = ns->name;
  return &ns->members;
}

static int set_in_namespace(gn_ctx *ctx, gn_value recv, gn_value key,
                            gn_value v) {
  gn_value name;
  gn_dict **members = members_of(recv, &name);
  if (gn_as_obj(recv)->flags & GN_STATIC)
    return gn_throw(ctx, GN_X_RUNTIME, NULL, "Cannot set member on built-in %s",
                    gn_str_bytes(gn_str(name)));
  if (!*members)
    *members = gn_dict_new(&ctx->heap, GN_T_MAP, 4);
  if (!*members)
    return gn_oom(ctx);
  key = gn_symbol_of(&ctx->heap, key);
  if (key == GN_NONE || !gn_map_set(&ctx->heap, *members, key, v))
    return gn_oom(ctx);
  ctx->epoch++;
  return GN_OK;
}

static int set_in_instance(gn_ctx *ctx, gn_value recv, gn_value key,
                           gn_value v) {
  gn_instance *in = (gn_instance *)gn_as_obj(recv);
  if (gn_class_typed(in->shape->cls) &&
      gn_check_field(ctx, in->shape->cls, key, &v) != GN_OK)
    return GN_THROW;
  key = gn_symbol_of(&ctx->heap, key);
  return key == GN_NONE ? gn_oom(ctx) : gn_instance_set(ctx, in, key, v);
}

int gn_member_set(gn_ctx *ctx, gn_value recv, gn_value key, gn_value v) {
  if (!is_name(key) && !gn_is_int(key) && !gn_is(recv, GN_T_HASHMAP))
    return gn_throw(ctx, GN_X_TYPE, NULL, "Invalid selector segment: %s",
                    gn_type_cstr(ctx, key));
  if (gn_is_ptr(recv))
    switch ((enum gn_type)gn_as_obj(recv)->type) {
    case GN_T_ARRAY: return set_in_array(ctx, recv, key, v);
    case GN_T_MAP: return set_in_map(ctx, recv, key, v);
    case GN_T_GENE: return set_in_gene(ctx, recv, key, v);
    case GN_T_INSTANCE:
      if (is_name(key))
        return set_in_instance(ctx, recv, key, v);
      break;
    case GN_T_CLASS:
    case GN_T_NAMESPACE:
      if (is_name(key))
        return set_in_namespace(ctx, recv, key, v);
      break;
    case GN_T_HASHMAP: return gn_member_set_of_library(ctx, recv, key, v);
    default: break;
    }
  return gn_throw(ctx, GN_X_TYPE, NULL,
                  "Cannot set member on value of type: %s",
                  gn_type_cstr(ctx, recv));
}

/* ---- what takes more than a look ---- */

/* Calls the on_member_missing handler with the name. */
static int member_missing(gn_ctx *ctx, gn_call *call) {
  if (call->state == 1)
    return GN_OK;
  gn_value recv = call->argv[0];
  gn_value name = gn_string_of(&ctx->heap, call->argv[1]);
  if (name == GN_NONE)
    return gn_oom(ctx);
  call->state = 1;
  if (gn_is(recv, GN_T_NAMESPACE)) {
    call->callee = ((gn_namespace *)gn_as_obj(recv))->on_missing;
    call->args[0] = name;
    call->nargs = 1;
    return GN_CALL;
  }
  return gn_call_method(ctx, call, recv, "on_member_missing", &name, 1);
}

/* receiver, key */
static int member(gn_ctx *ctx, gn_call *call) {
  if (!gn_is(call->argv[0], GN_T_HASHMAP))
    return member_missing(ctx, call);
  uint32_t hash;
  gn_entry *e;
  int status = gn_lookup_run(ctx, call, &call->locals[0],
                             (gn_dict *)gn_as_obj(call->argv[0]), call->argv[1],
                             &hash, &e);
  return status == GN_OK ? gn_return(call, e ? e->value : GN_VOID) : status;
}
const gn_native_def gn_def_member = {
    .name = "member", .fn = member, .min = 2, .max = 2, .locals = 1};

/* hash map, key, value */
static int put(gn_ctx *ctx, gn_call *call) {
  if (gn_check_mutable(ctx, call->argv[0], "set item on") != GN_OK)
    return GN_THROW;
  int status = gn_hash_store(ctx, call, &call->locals[0],
                             (gn_dict *)gn_as_obj(call->argv[0]), call->argv[1],
                             call->argv[2]);
  return status == GN_OK ? gn_return(call, call->argv[2]) : status;
}
const gn_native_def gn_def_put = {
    .name = "put", .fn = put, .min = 3, .max = 3, .locals = 1};
