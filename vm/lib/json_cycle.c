/*
 * json_cycle.c - the search for cycles, depth first: a container that is met
 * while it is open closes one. What was left without finding any is not
 * entered again, so the time is linear however often parts are shared. The
 * depth is bounded by the memory of the context alone.
 */
#include "lib/json_cycle.h"

#include "run/native_args.h"

enum { FIRST_LEVELS = 64, FIRST_SLOTS = 256 };

typedef struct level {
  gn_value v;
  uint32_t at; /* parts taken; in a gene's properties and in dicts entries */
  bool past_props;
} level;

/* The set of containers met: their addresses, the lowest bit saying that one
 * is done with. They may be gone when it is, their place taken by others; then
 * at worst a cycle that was made meanwhile is not seen. */
typedef struct search {
  gn_machine m;
  level *levels; /* in levels_buf */
  gn_blob *levels_buf;
  uint32_t depth, levels_cap;
  uint64_t *slots; /* in slots_buf; 0: free */
  gn_blob *slots_buf;
  uint32_t mask, met;
} search;

static void trace(gn_heap *heap, gn_machine *m) {
  search *s = (search *)(void *)m;
  gn_mark_raw(heap, s->levels_buf);
  gn_mark_raw(heap, s->slots_buf);
  for (uint32_t i = 0; i < s->depth; i++)
    gn_mark(heap, s->levels[i].v);
}

bool gn_json_is_container(gn_value v) {
  if (!gn_is_ptr(v))
    return false;
  switch (gn_as_obj(v)->type) {
  case GN_T_ARRAY:
  case GN_T_MAP:
  case GN_T_HASHMAP:
  case GN_T_HASHSET:
  case GN_T_GENE:
  case GN_T_INSTANCE: return true;
  default: return false;
  }
}

/* ---- the set ---- */

static uint64_t address(gn_value v) {
  return (uint64_t)(uintptr_t)gn_as_obj(v);
}

/* The slot of this address, or the free one where it belongs. */
static uint64_t *slot_of(const search *s, uint64_t place) {
  uint64_t hash = place * UINT64_C(0x9e3779b97f4a7c15);
  uint32_t i = (uint32_t)(hash >> 32) & s->mask;
  while (s->slots[i] != 0 && (s->slots[i] & ~UINT64_C(1)) != place)
    i = (i + 1) & s->mask;
  return &s->slots[i];
}

static bool grow_set(gn_heap *heap, search *s) {
  size_t n = s->slots ? ((size_t)s->mask + 1) * 2 : FIRST_SLOTS;
  gn_blob *buf = gn_blob_new(heap, n * sizeof *s->slots);
  if (!buf)
    return false;
  search old = *s;
  memset(buf->bytes, 0, n * sizeof *s->slots);
  s->slots_buf = buf;
  s->slots = (uint64_t *)(void *)buf->bytes;
  s->mask = (uint32_t)n - 1;
  for (uint32_t i = 0; old.slots && i <= old.mask; i++)
    if (old.slots[i] != 0)
      *slot_of(s, old.slots[i] & ~UINT64_C(1)) = old.slots[i];
  return true;
}

static bool grow_levels(gn_heap *heap, search *s) {
  uint32_t cap = s->levels ? s->levels_cap * 2 : FIRST_LEVELS;
  gn_blob *buf = gn_blob_new(heap, cap * sizeof(level));
  if (!buf)
    return false;
  if (s->depth)
    memcpy(buf->bytes, s->levels, s->depth * sizeof(level));
  s->levels_buf = buf;
  s->levels = (level *)(void *)buf->bytes;
  s->levels_cap = cap;
  return true;
}

/* Memory is made sure of before anything changes, so out of memory leaves all
 * as it was. */
static int enter(gn_ctx *ctx, search *s, gn_value v) {
  gn_heap *heap = gn_ctx_heap(ctx);
  if (s->met * 2 >= s->mask && !grow_set(heap, s))
    return gn_oom(ctx);
  if (s->depth == s->levels_cap && !grow_levels(heap, s))
    return gn_oom(ctx);
  uint64_t *slot = slot_of(s, address(v));
  if (*slot & 1)
    return GN_OK;
  if (*slot)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL, "Cyclic value");
  *slot = address(v);
  s->met++;
  s->levels[s->depth++] = (level){.v = v};
  return GN_OK;
}

/* ---- parts ---- */

static bool next_value(const gn_dict *dict, level *l, gn_value *part) {
  const gn_entry *e = dict ? gn_dict_next(dict, &l->at) : NULL;
  if (!e)
    return false;
  *part = dict->h.type == GN_T_HASHSET ? e->key : e->value;
  return true;
}

/* Type and children; the properties come in between. */
static bool next_of_gene(const gn_gene *g, level *l, gn_value *part) {
  if (!l->past_props) {
    if (next_value(g->props, l, part))
      return true;
    l->past_props = true;
    l->at = 0;
    *part = g->type;
    return true;
  }
  if (l->at >= g->n)
    return false;
  *part = g->children[l->at++];
  return true;
}

static bool next_item(const gn_value *items, uint32_t n, level *l,
                      gn_value *part) {
  if (l->at >= n)
    return false;
  *part = items[l->at++];
  return true;
}

static bool next_part(level *l, gn_value *part) {
  gn_obj *o = gn_as_obj(l->v);
  switch (o->type) {
  case GN_T_ARRAY:
    return next_item(gn_arr(l->v)->items, gn_arr(l->v)->len, l, part);
  case GN_T_GENE: return next_of_gene(gn_gen(l->v), l, part);
  case GN_T_INSTANCE: {
    const gn_instance *in = (const gn_instance *)(void *)o;
    return next_item(in->slots, in->shape->n, l, part);
  }
  default: return next_value((const gn_dict *)(void *)o, l, part);
  }
}

/* ---- the search ---- */

/* One part of the innermost container, or its end. */
static int step(gn_ctx *ctx, search *s) {
  level *l = &s->levels[s->depth - 1], before = *l;
  gn_value part;
  if (!next_part(l, &part)) {
    *slot_of(s, address(l->v)) |= 1;
    s->depth--;
    return GN_OK;
  }
  if (!gn_json_is_container(part))
    return GN_OK;
  uint32_t depth = s->depth;
  int status = enter(ctx, s, part);
  if (status != GN_OK)
    s->levels[depth - 1] = before; /* to be tried again */
  return status;
}

static search *search_of(gn_heap *heap, gn_value *machine) {
  if (*machine != GN_NIL)
    return (search *)(void *)gn_as_obj(*machine);
  search *s = gn_alloc(heap, GN_T_MACHINE, sizeof *s);
  if (!s)
    return NULL;
  gn_machine m = {s->m.h, trace};
  *s = (search){.m = m};
  *machine = gn_from_obj(s);
  return s;
}

int gn_json_cycle_run(gn_ctx *ctx, gn_call *call, gn_value *machine,
                      gn_value v) {
  search *s = search_of(gn_ctx_heap(ctx), machine);
  if (!s)
    return gn_oom(ctx);
  int status = s->depth == 0 ? enter(ctx, s, v) : GN_OK;
  for (uint32_t n = 1; status == GN_OK && s->depth > 0; n++) {
    status = step(ctx, s);
    gn_charge(ctx, 1);
    if (status == GN_OK && s->depth > 0 && n % 32 == 0 && gn_slice_over(ctx))
      return gn_pause(call, call->state ? call->state : 1);
  }
  return status;
}
