/*
 * json_tagged.c - the tagged form of the JSON writer, from which every value
 * it can write reads back as it was: symbols and the like behind #GENE#, genes
 * as objects, keys in the order of their code points. The entries of an object
 * are taken from a heap one at a time, so that sorting is made of small steps.
 */
#include "lib/json_writer_impl.h"
#include "run/native_args.h"
#include "syntax/print_serial.h"
#include "types/order.h"

#define BATCH 64u /* entries that one step collects */

/* What lies in the Array for an entry: key, value, and the first bytes of the
 * key as an Int, which mostly spares a look at the key itself. */
enum { P_KEY, P_VALUE, P_PREFIX, P_SIZE };
#define PREFIX_BYTES 7u

#define KEY_TYPE     "genetype"
#define KEY_CHILDREN "children"

bool jw_needs_tag(gn_value v) {
  size_t len;
  const char *text = gn_text(v, &len);
  return gn_is_symbol(v) ||
         (len >= sizeof GN_JSON_TAG - 1 && memcmp(text, GN_JSON_TAG, 6) == 0);
}

/* ---- values ---- */

static bool has_form(gn_value v) {
  switch (gn_is_ptr(v) ? gn_as_obj(v)->type : GN_T_FREE) {
  case GN_T_STRING:
  case GN_T_ARRAY:
  case GN_T_MAP:
  case GN_T_HASHMAP:
  case GN_T_HASHSET:
  case GN_T_GENE:
  case GN_T_RANGE: return true;
  default: return false;
  }
}

int jw_enter_tagged(gn_ctx *ctx, jw_writer *w, gn_value v) {
  bool text = gn_is_string(v) || gn_is_symbol(v);
  if (w->kind == GN_JSON_TAGGED && !gn_has_written_name(ctx, v))
    return GN_THROW;
  if ((text && jw_needs_tag(v)) || gn_is(v, GN_T_CSYMBOL)) {
    int status = jw_push_printed(w, v, GN_INSPECT, "");
    if (status == GN_OK)
      jw_top(w)->tagged = true;
    return status;
  }
  if (w->kind == GN_JSON_TAGGED && !has_form(v))
    return gn_throw(ctx, GN_X_TYPE, NULL,
                    "Tagged Gene JSON does not support %s",
                    gn_type_cstr(ctx, v));
  return STEP_PLAIN;
}

static int reserved(gn_ctx *ctx, const jw_writer *w, const char *key) {
  if (w->kind == GN_JSON_TAGGED_WIRE)
    return STEP_PLAIN;
  return gn_throw(ctx, GN_X_ARGUMENT, NULL,
                  "Tagged Gene JSON reserves the key %s", key);
}

static int push_gene(gn_ctx *ctx, jw_writer *w, gn_value v) {
  static const char *const keys[] = {KEY_TYPE, KEY_CHILDREN};
  const gn_gene *g = gn_gen(v);
  for (int i = 0; g->props && i < 2; i++)
    if (gn_map_find_text(g->props, w->out.heap->seed, keys[i], 8))
      return reserved(ctx, w, keys[i]);
  return jw_push(w, F_TYPE, v, GN_NIL);
}

int jw_push_tagged(gn_ctx *ctx, jw_writer *w, gn_value v) {
  if (gn_is(v, GN_T_GENE))
    return push_gene(ctx, w, v);
  if (!gn_is(v, GN_T_MAP))
    return STEP_PLAIN;
  if (jw_put(w, "{") != GN_OK || jw_push(w, F_ENTRIES, v, v) != GN_OK)
    return STEP_NO_MEMORY;
  return jw_sort(w, v);
}

/* ---- genes ---- */

/* The entries are done: what follows the properties of a gene. */
static int end_entries(jw_writer *w) {
  jw_frame *f = jw_top(w);
  if (!gn_is(f->v, GN_T_GENE) || gn_gen(f->v)->n == 0) {
    w->depth--;
    return jw_put(w, "}");
  }
  f->kind = F_ITEMS;
  f->at = 0;
  f->some = false;
  return jw_put(w, ",\"" KEY_CHILDREN "\":[");
}

static int step_type(gn_ctx *ctx, jw_writer *w) {
  jw_frame *f = jw_top(w);
  const gn_gene *g = gn_gen(f->v);
  if (f->at++ == 0)
    return jw_put(w, "{\"" KEY_TYPE "\":") == GN_OK ? jw_enter(ctx, w, g->type)
                                                    : STEP_NO_MEMORY;
  f->some = true; /* a comma after the type */
  return g->props ? jw_sort(w, gn_from_obj(g->props)) : end_entries(w);
}

/* ---- entries in order ---- */

int jw_sort(jw_writer *w, gn_value dict) {
  jw_frame *f = jw_top(w);
  size_t n = ((gn_dict *)gn_as_obj(dict))->live;
  gn_array *pairs = gn_array_new(w->out.heap, P_SIZE * n);
  if (!pairs)
    return STEP_NO_MEMORY;
  f->kind = F_COLLECT;
  f->from = dict;
  f->held = gn_from_obj(pairs);
  f->at = 0; /* pairs collected */
  f->entry = 0;
  return GN_OK;
}

/* A map with a key that would make it a gene when read. */
static int refuse_entries(gn_ctx *ctx, jw_writer *w) {
  jw_frame *f = jw_top(w);
  int status = reserved(ctx, w, KEY_TYPE);
  if (status != STEP_PLAIN)
    return status;
  f->kind = F_ENTRIES;
  f->held = f->from;
  f->entry = 0;
  return GN_OK;
}

/* As numbers these are in the order of the texts, as far as they reach. */
static gn_value prefix_of(gn_value key) {
  size_t len;
  const char *text = gn_text(key, &len);
  int64_t prefix = 0;
  for (size_t i = 0; i < PREFIX_BYTES; i++)
    prefix = prefix << 8 | (i < len ? (unsigned char)text[i] : 0);
  return gn_from_fix(prefix);
}

static int step_collect(gn_ctx *ctx, jw_writer *w) {
  jw_frame *f = jw_top(w);
  gn_array *pairs = gn_arr(f->held);
  pairs->len =
      (uint32_t)f->at * P_SIZE; /* a step before this one may have failed */
  for (uint32_t i = 0; i < BATCH; i++) {
    const gn_entry *e = gn_dict_next((gn_dict *)gn_as_obj(f->from), &f->entry);
    if (!e) {
      f->kind = F_HEAPIFY;
      f->at /= 2;
      return GN_OK;
    }
    if (!gn_is(f->v, GN_T_GENE) && gn_text_is(e->key, KEY_TYPE))
      return refuse_entries(ctx, w);
    if (!gn_array_push(w->out.heap, pairs, e->key) ||
        !gn_array_push(w->out.heap, pairs, e->value) ||
        !gn_array_push(w->out.heap, pairs, prefix_of(e->key)))
      return STEP_NO_MEMORY;
    f->at++;
  }
  gn_charge(ctx, BATCH);
  return GN_OK;
}

/* Whether the key of pair i comes before that of pair j. */
static bool before(const gn_array *pairs, uint32_t i, uint32_t j) {
  const gn_value *x = pairs->items + (size_t)P_SIZE * i;
  const gn_value *y = pairs->items + (size_t)P_SIZE * j;
  size_t m, n;
  if (x[P_PREFIX] != y[P_PREFIX])
    return gn_fix(x[P_PREFIX]) < gn_fix(y[P_PREFIX]);
  const char *a = gn_text(x[P_KEY], &m), *b = gn_text(y[P_KEY], &n);
  return gn_order_texts(a, m, b, n) < 0;
}

static void move(gn_array *pairs, uint32_t to, uint32_t from) {
  memmove(pairs->items + (size_t)P_SIZE * to,
          pairs->items + (size_t)P_SIZE * from, P_SIZE * sizeof(gn_value));
}

static void swap(gn_array *pairs, uint32_t i, uint32_t j) {
  gn_value kept[P_SIZE];
  gn_value *at = pairs->items + (size_t)P_SIZE * i;
  memcpy(kept, at, sizeof kept);
  move(pairs, i, j);
  memcpy(pairs->items + (size_t)P_SIZE * j, kept, sizeof kept);
}

/* Pair i goes down to where both below it come later. */
static void sift(gn_ctx *ctx, gn_array *pairs, uint32_t i) {
  uint32_t n = pairs->len / P_SIZE;
  for (;;) {
    uint32_t child = 2 * i + 1;
    gn_charge(ctx, 1);
    if (child >= n)
      return;
    if (child + 1 < n && before(pairs, child + 1, child))
      child++;
    if (!before(pairs, child, i))
      return;
    swap(pairs, i, child);
    i = child;
  }
}

/* at: so many pairs, from the front, are not heaps yet. */
static int step_heapify(gn_ctx *ctx, jw_writer *w) {
  jw_frame *f = jw_top(w);
  if (f->at == 0) {
    f->kind = F_SORTED;
    f->taken = false;
    return GN_OK;
  }
  sift(ctx, gn_arr(f->held), (uint32_t)--f->at);
  return GN_OK;
}

/* The gap goes down to a leaf, where the last pair, which is nearly always
 * among the latest, fits but for a step or two: half the comparisons of
 * sifting it down from the top. */
static void remove_first(gn_ctx *ctx, gn_array *pairs) {
  uint32_t last = pairs->len / P_SIZE - 1, gap = 0;
  for (uint32_t child = 1; child < last; child = 2 * gap + 1) {
    if (child + 1 < last && before(pairs, child + 1, child))
      child++;
    move(pairs, gap, child);
    gap = child;
    gn_charge(ctx, 1);
  }
  while (gap > 0 && before(pairs, last, (gap - 1) / 2)) {
    move(pairs, gap, (gap - 1) / 2);
    gap = (gap - 1) / 2;
  }
  move(pairs, gap, last);
  pairs->len -= P_SIZE;
}

/* Taking an entry out can't be undone, so that is a step of its own. */
static int step_sorted(gn_ctx *ctx, jw_writer *w) {
  jw_frame *f = jw_top(w);
  gn_array *pairs = gn_arr(f->held);
  if (f->taken) {
    remove_first(ctx, pairs);
    f->taken = false;
    return GN_OK;
  }
  if (pairs->len == 0)
    return end_entries(w);
  f->taken = true;
  return jw_put_entry(ctx, w, pairs->items[P_KEY], pairs->items[P_VALUE]);
}

int jw_step_tagged(gn_ctx *ctx, jw_writer *w) {
  switch ((enum frame_kind)jw_top(w)->kind) {
  case F_TYPE: return step_type(ctx, w);
  case F_COLLECT: return step_collect(ctx, w);
  case F_HEAPIFY: return step_heapify(ctx, w);
  default: return step_sorted(ctx, w);
  }
}
