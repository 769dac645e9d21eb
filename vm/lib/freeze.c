/*
 * freeze.c - (freeze v): makes a value and all that it reaches immutable, in
 * place. First everything is visited, and only if all of it can be frozen is
 * any of it. Nothing that is frozen already is visited again.
 */
#include "lib/tables.h"
#include "run/native_args.h"
#include "types/function.h"

/* The visited objects are the entries of a set, in the order they were found;
 * the value of each says where: number of the entry it was found in, and the
 * step from there. */
enum { FREEZE_SEEN, FREEZE_AT, FREEZE_LOCALS };

enum kind { K_SCALAR, K_CONTAINER, K_OTHER };

static enum kind kind_of(gn_value v) {
  if (!gn_is_ptr(v))
    return K_SCALAR;
  switch (gn_as_obj(v)->type) {
  case GN_T_FLOAT:
  case GN_T_INT:
  case GN_T_STRING:
  case GN_T_SYMBOL:
  case GN_T_CSYMBOL:
  case GN_T_BYTES:
  case GN_T_DATE:
  case GN_T_TIME:
  case GN_T_DATETIME:
  case GN_T_NATIVE: return K_SCALAR;
  case GN_T_ARRAY:
  case GN_T_MAP:
  case GN_T_HASHMAP:
  case GN_T_GENE:
  case GN_T_CLOSURE:
  case GN_T_BOUND:
  case GN_T_CELL:
  case GN_T_QUOTE:
  case GN_T_UNQUOTE: return K_CONTAINER;
  default: return K_OTHER;
  }
}

static bool is_done(gn_value v) {
  return (gn_as_obj(v)->flags & (GN_FROZEN | GN_STATIC)) != 0;
}

/* ---- parts ---- */

static uint32_t dict_slots(const gn_dict *dict) {
  return dict ? dict->used : 0;
}

/* Part i of a container, GN_UNSET for a gap; false past the last. Keys and
 * values of dicts take turns; a gene has its type, its properties in turns as
 * well, then its children. */
static bool dict_part(const gn_dict *dict, uint32_t i, gn_value *part) {
  if (i >= dict_slots(dict) * 2)
    return false;
  const gn_entry *e = &dict->entries[i / 2];
  if (e->key == GN_UNSET)
    *part = GN_UNSET;
  else
    *part = i % 2 == 0 ? e->key : e->value;
  return true;
}

static bool gene_part(const gn_gene *g, uint32_t i, gn_value *part) {
  uint32_t props = dict_slots(g->props) * 2;
  if (i == 0)
    *part = g->type;
  else if (i - 1 < props)
    return dict_part(g->props, i - 1, part);
  else if (i - 1 - props < g->n)
    *part = g->children[i - 1 - props];
  else
    return false;
  return true;
}

static bool slot_part(const gn_value *slots, uint32_t n, uint32_t i,
                      gn_value *part) {
  if (i >= n)
    return false;
  *part = slots[i];
  return true;
}

static bool part_of(gn_value v, uint32_t i, gn_value *part) {
  gn_obj *o = gn_as_obj(v);
  switch (o->type) {
  case GN_T_ARRAY: return slot_part(gn_arr(v)->items, gn_arr(v)->len, i, part);
  case GN_T_GENE: return gene_part(gn_gen(v), i, part);
  case GN_T_CLOSURE: {
    const gn_closure *c = (gn_closure *)(void *)o;
    return slot_part(c->up, gn_closure_ups(c), i, part);
  }
  case GN_T_BOUND: {
    const gn_bound *b = (gn_bound *)(void *)o;
    *part = b->fn;
    return i == 0 || slot_part(b->v, b->n, i - 1, part);
  }
  case GN_T_CELL:
  case GN_T_QUOTE:
  case GN_T_UNQUOTE: return slot_part(&((gn_box *)(void *)o)->v, 1, i, part);
  default: return dict_part((gn_dict *)(void *)o, i, part);
  }
}

/* ---- where something was found ---- */

static void put_key(gn_builder *b, gn_value key) {
  size_t len;
  if (!gn_is_string(key) && !gn_is_symbol(key)) {
    gn_put_c(b, "{}");
    return;
  }
  const char *text = gn_text(key, &len);
  gn_put(b, text, len);
}

static void put_index(gn_builder *b, uint32_t i) {
  char text[32];
  gn_put_c(b, "[");
  gn_put(b, text, gn_format_int(i, text));
  gn_put_c(b, "]");
}

static void put_gene_step(gn_builder *b, const gn_gene *g, uint32_t i) {
  uint32_t props = dict_slots(g->props) * 2;
  if (i == 0)
    gn_put_c(b, "type");
  else if (i - 1 < props)
    put_key(b, g->props->entries[(i - 1) / 2].key);
  else
    put_index(b, i - 1 - props);
}

static void put_step(gn_builder *b, gn_value in, uint32_t i) {
  const gn_obj *o = gn_as_obj(in);
  if (o->type == GN_T_CELL)
    return;
  gn_put_c(b, "/");
  switch (o->type) {
  case GN_T_ARRAY: put_index(b, i); break;
  case GN_T_GENE: put_gene_step(b, gn_gen(in), i); break;
  case GN_T_MAP:
  case GN_T_HASHMAP:
    put_key(b, ((gn_dict *)gn_as_obj(in))->entries[i / 2].key);
    break;
  default: gn_put_c(b, "captured"); break;
  }
}

#define PATH_STEPS 32u /* steps that are shown */

static int64_t place(uint32_t entry, uint32_t step) {
  return (int64_t)((uint64_t)entry << 32 | step);
}

/* The path from the root to step `at` of entry `in`. */
static int refuse(gn_ctx *ctx, const gn_dict *seen, uint32_t in, uint32_t at,
                  gn_value part) {
  uint32_t entries[PATH_STEPS], steps[PATH_STEPS], n = 0;
  for (;;) {
    entries[n] = in;
    steps[n++] = at;
    if (in == 0 || n == PATH_STEPS)
      break;
    uint64_t up = (uint64_t)gn_fix(seen->entries[in].value);
    in = (uint32_t)(up >> 32);
    at = (uint32_t)up;
  }
  gn_builder b;
  gn_builder_init(&b, gn_ctx_heap(ctx));
  if (in != 0)
    gn_put_c(&b, "/...");
  while (n-- > 0)
    put_step(&b, seen->entries[entries[n]].key, steps[n]);
  gn_value path = gn_builder_string(&b);
  if (path == GN_NONE)
    return gn_oom(ctx);
  return gn_throw(ctx, GN_X_TYPE, NULL, "freeze cannot make %s frozen at %.*s",
                  gn_type_cstr(ctx, part), (int)gn_str(path)->len,
                  gn_str_bytes(gn_str(path)));
}

/* ---- visiting ---- */

static bool is_seen(const gn_dict *seen, uint32_t hash, gn_value v) {
  uint64_t probe = 0;
  const gn_entry *e;
  while ((e = gn_dict_probe(seen, hash, &probe)) != NULL)
    if (e->key == v)
      return true;
  return false;
}

static int visit(gn_ctx *ctx, gn_dict *seen, uint32_t in, uint32_t at,
                 gn_value part) {
  gn_heap *heap = gn_ctx_heap(ctx);
  enum kind kind = kind_of(part);
  if (kind == K_SCALAR || (is_done(part) && !gn_is(part, GN_T_SELECTOR)))
    return GN_OK;
  if (kind == K_OTHER)
    return refuse(ctx, seen, in, at, part);
  uint32_t hash = gn_hash_word(heap->seed, part);
  if (is_seen(seen, hash, part))
    return GN_OK;
  gn_value where = gn_from_fix(place(in, at) & GN_FIX_MAX);
  return gn_dict_append(heap, seen, part, where, hash) ? GN_OK : gn_oom(ctx);
}

static int visit_parts(gn_ctx *ctx, gn_dict *seen, uint32_t in) {
  gn_value part;
  for (uint32_t i = 0; part_of(seen->entries[in].key, i, &part); i++) {
    gn_charge(ctx, 1);
    int status = visit(ctx, seen, in, i, part);
    if (status != GN_OK)
      return status;
  }
  return GN_OK;
}

static void freeze_all(const gn_dict *seen) {
  for (uint32_t i = 0; i < seen->used; i++) {
    gn_value v = seen->entries[i].key;
    gn_as_obj(v)->flags |= GN_FROZEN;
    if (gn_is_gene(v) && gn_gen(v)->props)
      gn_gen(v)->props->h.flags |= GN_FROZEN;
  }
}

static int freeze(gn_ctx *ctx, gn_call *call) {
  gn_value v = call->argv[0];
  if (kind_of(v) == K_SCALAR || (kind_of(v) == K_CONTAINER && is_done(v)))
    return gn_return(call, v);
  if (kind_of(v) == K_OTHER)
    return gn_throw(ctx, GN_X_TYPE, NULL, "freeze cannot make %s frozen at /",
                    gn_type_cstr(ctx, v));
  if (call->state == 0) {
    gn_heap *heap = gn_ctx_heap(ctx);
    gn_dict *made = gn_dict_new(heap, GN_T_HASHMAP, 0);
    if (!made || !gn_dict_append(heap, made, v, gn_from_fix(0),
                                 gn_hash_word(heap->seed, v)))
      return gn_oom(ctx);
    call->locals[FREEZE_SEEN] = gn_from_obj(made);
    call->locals[FREEZE_AT] = gn_from_fix(0);
  }
  gn_dict *seen = (gn_dict *)gn_as_obj(call->locals[FREEZE_SEEN]);
  uint32_t at = (uint32_t)gn_fix(call->locals[FREEZE_AT]);
  while (at < seen->used) {
    int status = visit_parts(ctx, seen, at);
    if (status != GN_OK)
      return status;
    call->locals[FREEZE_AT] = gn_from_fix(++at);
    if ((at & 31) == 0 && at < seen->used && gn_slice_over(ctx))
      return gn_pause(call, 1);
  }
  freeze_all(seen);
  gn_charge(ctx, seen->used >> 2);
  return gn_return(call, v);
}

const gn_native_def gn_freeze_rows[] = {
    GN_FUNCTION("freeze", freeze, 1, 1, FREEZE_LOCALS, "(freeze v)",
                "Makes v and all that it reaches immutable; gives v."),
    GN_ROWS_END};
