/*
 * gene_methods.c - methods of Gene values: type, properties, children. It
 * evaluates nothing.
 */
#include "lib/tables.h"
#include "run/native_args.h"
#include "types/iterable.h"
#include "types/map_methods.h"

static gn_gene *self_of(const gn_call *call) {
  return gn_gen(call->argv[0]);
}

static int check(gn_ctx *ctx, const gn_call *call, const char *op) {
  return gn_check_mutable(ctx, call->argv[0], op);
}

/* ---- type ---- */

static int gene_type(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  return gn_return(call, self_of(call)->type);
}

static int gene_set_type(gn_ctx *ctx, gn_call *call) {
  if (check(ctx, call, "set type on") != GN_OK)
    return GN_THROW;
  self_of(call)->type = call->argv[1];
  return gn_return(call, call->argv[0]);
}

/* ---- properties ---- */

static int gene_props(gn_ctx *ctx, gn_call *call) {
  gn_dict *props = self_of(call)->props;
  if (!props && call->state == 0)
    return gn_return_obj(ctx, call, gn_dict_new(gn_ctx_heap(ctx), GN_T_MAP, 0));
  int status = gn_copy_dict(ctx, call, gn_copying_in(call, 0), props, true);
  return status == GN_OK ? gn_return(call, call->locals[0]) : status;
}

static int gene_get(gn_ctx *ctx, gn_call *call) {
  if (!gn_map_key_arg(ctx, call, 1, "Gene"))
    return GN_THROW;
  gn_value v = gn_map_get(self_of(call)->props, call->argv[1]);
  return gn_return(call, v != GN_NONE ? v : gn_arg_or(call, 2, GN_NIL));
}

static int gene_has(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  gn_value key = call->argv[1];
  bool text = gn_is_string(key) || gn_is_symbol(key);
  return gn_return_bool(call, text && gn_map_get(self_of(call)->props, key) !=
                                          GN_NONE);
}

static int gene_set(gn_ctx *ctx, gn_call *call) {
  if (!gn_map_key_arg(ctx, call, 1, "Gene") ||
      check(ctx, call, "set property on") != GN_OK)
    return GN_THROW;
  if (!gn_gene_set_prop(gn_ctx_heap(ctx), self_of(call), call->argv[1],
                        call->argv[2]))
    return gn_oom(ctx);
  return gn_return(call, call->argv[0]);
}

static int gene_del(gn_ctx *ctx, gn_call *call) {
  return gn_map_delete_args(ctx, call, self_of(call)->props, "Gene",
                            "delete property from");
}

/* ---- children ---- */

static int gene_size(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  return gn_return(call, gn_from_fix(self_of(call)->n));
}

static int gene_children(gn_ctx *ctx, gn_call *call) {
  const gn_gene *g = self_of(call);
  gn_charge(ctx, g->n >> 2);
  return gn_return_obj(ctx, call,
                       gn_array_from(gn_ctx_heap(ctx), g->children, g->n));
}

static int gene_get_child(gn_ctx *ctx, gn_call *call) {
  const gn_gene *g = self_of(call);
  int64_t i;
  if (!gn_arg_int(ctx, call, 1, &i))
    return GN_THROW;
  return gn_return(call, gn_in_bounds(i, g->n) ? g->children[i]
                                               : gn_arg_or(call, 2, GN_NIL));
}

static int gene_has_child(gn_ctx *ctx, gn_call *call) {
  int64_t i;
  if (!gn_arg_int(ctx, call, 1, &i))
    return GN_THROW;
  return gn_return_bool(call, gn_in_bounds(i, self_of(call)->n));
}

static int place(gn_ctx *ctx, const gn_call *call, const char *op, size_t size,
                 int64_t *i) {
  if (!gn_arg_int(ctx, call, 1, i) || check(ctx, call, op) != GN_OK)
    return GN_THROW;
  if (!gn_in_bounds(*i, size))
    return gn_throw(ctx, GN_X_ARGUMENT, NULL, "Gene.%s index out of bounds",
                    call->def->name);
  return GN_OK;
}

static int gene_set_child(gn_ctx *ctx, gn_call *call) {
  gn_gene *g = self_of(call);
  int64_t i;
  if (place(ctx, call, "set child on", g->n, &i) != GN_OK)
    return GN_THROW;
  g->children[i] = call->argv[2];
  return gn_return(call, call->argv[0]);
}

static int gene_ins_child(gn_ctx *ctx, gn_call *call) {
  gn_gene *g = self_of(call);
  int64_t i;
  if (place(ctx, call, "insert child into", (size_t)g->n + 1, &i) != GN_OK)
    return GN_THROW;
  if (!gn_gene_add(gn_ctx_heap(ctx), g, GN_NIL))
    return gn_oom(ctx);
  gn_charge(ctx, g->n >> 4);
  memmove(g->children + i + 1, g->children + i,
          (size_t)(g->n - 1 - i) * sizeof(gn_value));
  g->children[i] = call->argv[2];
  return gn_return(call, call->argv[0]);
}

static int gene_del_child(gn_ctx *ctx, gn_call *call) {
  gn_gene *g = self_of(call);
  int64_t i;
  if (place(ctx, call, "delete child from", g->n, &i) != GN_OK)
    return GN_THROW;
  gn_charge(ctx, g->n >> 4);
  call->result = g->children[i];
  memmove(g->children + i, g->children + i + 1,
          (size_t)(g->n - 1 - i) * sizeof(gn_value));
  g->n--;
  return GN_OK;
}

static int gene_add_child(gn_ctx *ctx, gn_call *call) {
  if (check(ctx, call, "append child to") != GN_OK)
    return GN_THROW;
  if (!gn_gene_add(gn_ctx_heap(ctx), self_of(call), call->argv[1]))
    return gn_oom(ctx);
  return gn_return(call, call->argv[0]);
}

/* ---- a copy ---- */

static int gene_dup(gn_ctx *ctx, gn_call *call) {
  gn_dict_copying props = gn_copying_in(call, 0);
  const gn_gene *g = self_of(call);
  if (g->props || call->state != 0) {
    int status = gn_copy_dict(ctx, call, props, g->props, true);
    if (status != GN_OK)
      return status;
  }
  gn_gene *out = gn_gene_new(gn_ctx_heap(ctx), g->type, g->n);
  if (!out)
    return gn_oom(ctx);
  out->line = g->line;
  out->column = g->column;
  if (*props.copy != GN_NIL)
    out->props = (gn_dict *)gn_as_obj(*props.copy);
  gn_charge(ctx, g->n >> 2);
  if (g->n)
    memcpy(out->children, g->children, g->n * sizeof(gn_value));
  out->n = g->n;
  return gn_return_obj(ctx, call, out);
}

const gn_native_def gn_gene_rows[] = {
    GN_METHOD("type", gene_type, 0, 0, 0, "(g .type)", "The type."),
    GN_METHOD("genetype", gene_type, 0, 0, 0, "(g .genetype)", "The type."),
    GN_METHOD("set_genetype", gene_set_type, 1, 1, 0, "(g .set_genetype t)",
              "Replaces the type; gives the gene."),
    GN_METHOD("props", gene_props, 0, 0, GN_DICT_COPY_LOCALS, "(g .props)",
              "A fresh Map of the properties."),
    GN_METHOD("children", gene_children, 0, 0, 0, "(g .children)",
              "A fresh Array of the children."),
    GN_METHOD("size", gene_size, 0, 0, 0, "(g .size)", "Number of children."),
    GN_METHOD("get", gene_get, 1, 2, 0, "(g .get k [default])",
              "Property k, else the default or nil."),
    GN_METHOD("has", gene_has, 1, 1, 0, "(g .has k)",
              "Whether there is a property k."),
    GN_METHOD("set", gene_set, 2, 2, 0, "(g .set k v)",
              "Sets property k; gives the gene."),
    GN_METHOD("del", gene_del, 1, -1, 0, "(g .del k...)",
              "Removes properties; gives the last one's value or nil."),
    GN_METHOD("get_child", gene_get_child, 1, 2, 0,
              "(g .get_child i [default])",
              "Child i, else the default or nil."),
    GN_METHOD("has_child", gene_has_child, 1, 1, 0, "(g .has_child i)",
              "Whether there is a child i."),
    GN_METHOD("set_child", gene_set_child, 2, 2, 0, "(g .set_child i v)",
              "Replaces child i; gives the gene."),
    GN_METHOD("ins_child", gene_ins_child, 2, 2, 0, "(g .ins_child i v)",
              "Puts v before child i; gives the gene."),
    GN_METHOD("del_child", gene_del_child, 1, 1, 0, "(g .del_child i)",
              "Takes child i out and gives it."),
    GN_METHOD("add_child", gene_add_child, 1, 1, 0, "(g .add_child v)",
              "Appends a child; gives the gene."),
    GN_METHOD("contains", gn_contains_method, 1, 1, GN_FIND_LOCALS,
              "(g .contains v)", "Whether a child is == v."),
    GN_METHOD("dup", gene_dup, 0, 0, GN_DICT_COPY_LOCALS, "(g .dup)",
              "A shallow, mutable copy."),
    GN_IMMUTABLE_ROW,
    GN_ITER_ROW,
    GN_ROWS_END};
