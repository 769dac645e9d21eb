/*
 * hash.c - hashing of keys and lookup by them. Compound keys are walked with
 * an explicit stack in a machine object; a user's hash and == run as ordinary
 * calls in between. It never looks at a dict it was not given.
 */
#include "types/hash.h"

#include "core/number.h"
#include "run/native_args.h"
#include "types/datetime.h"

#define QUICK_ITEMS 16u

/* ---- scalars ---- */

static uint32_t mix(uint64_t seed, uint32_t a, uint32_t b) {
  return gn_hash_word(seed, (uint64_t)a << 32 | b);
}

static uint32_t hash_tag(uint64_t seed, uint32_t type, uint32_t n) {
  return gn_hash_word(seed, (uint64_t)type << 40 | n);
}

/* Ints and Floats of one value have one hash. */
static uint32_t hash_number(uint64_t seed, gn_value v) {
  if (gn_is_int(v))
    return gn_hash_word(seed, (uint64_t)gn_int(v));
  double d = gn_float(v);
  if (d >= -9223372036854775808.0 && d < 9223372036854775808.0 &&
      d == (double)(int64_t)d)
    return gn_hash_word(seed, (uint64_t)(int64_t)d);
  return gn_hash_word(seed, gn_double_bits(d));
}

static uint32_t hash_when(uint64_t seed, const gn_when *w) {
  uint64_t day = (uint64_t)w->year << 16 | (uint64_t)w->month << 8 | w->day;
  uint64_t time = (uint64_t)w->hour << 40 | (uint64_t)w->minute << 32 |
                  (uint64_t)w->second << 24 | w->micro;
  uint32_t h = mix(seed, gn_hash_word(seed, day), gn_hash_word(seed, time));
  return mix(seed, h, (uint32_t)(uint16_t)w->offset);
}

static uint32_t hash_csymbol(uint64_t seed, const gn_csymbol *s) {
  uint32_t h = hash_tag(seed, GN_T_CSYMBOL, s->n);
  for (uint32_t i = 0; i < s->n; i++) {
    uint32_t part = gn_is_symbol(s->part[i]) ? gn_sym(s->part[i])->hash : 1;
    h = mix(seed, h, part);
  }
  return h;
}

/* False: no scalar. */
static bool hash_scalar(uint64_t seed, gn_value v, uint32_t *hash) {
  if (gn_is_number(v)) {
    *hash = hash_number(seed, v);
    return true;
  }
  if (!gn_is_ptr(v)) {
    *hash = gn_hash_word(seed, v);
    return v != GN_PLACEHOLDER && v != GN_NOT_FOUND;
  }
  switch (gn_as_obj(v)->type) {
  case GN_T_STRING: *hash = gn_str_hash(seed, gn_str(v)); return true;
  case GN_T_SYMBOL: *hash = gn_sym(v)->hash; return true;
  case GN_T_CSYMBOL:
    *hash = hash_csymbol(seed, (gn_csymbol *)gn_as_obj(v));
    return true;
  case GN_T_BYTES:
    *hash = gn_hash_bytes(seed, gn_str_bytes(gn_str(v)), gn_str(v)->len);
    return true;
  case GN_T_DATE:
  case GN_T_TIME:
  case GN_T_DATETIME: *hash = hash_when(seed, gn_when_of(v)); return true;
  case GN_T_CLASS:
  case GN_T_ENUM:
  case GN_T_VARIANT: *hash = gn_hash_word(seed, v); return true;
  default: return false;
  }
}

bool gn_hash_quick(uint64_t seed, gn_value v, uint32_t *hash) {
  if (hash_scalar(seed, v, hash))
    return true;
  if (!gn_is_array(v) || gn_arr(v)->len > QUICK_ITEMS)
    return false;
  const gn_array *a = gn_arr(v);
  uint32_t h = hash_tag(seed, GN_T_ARRAY, a->len), item;
  for (uint32_t i = 0; i < a->len; i++) {
    if (!hash_scalar(seed, a->items[i], &item))
      return false;
    h = mix(seed, h, item);
  }
  *hash = h;
  return true;
}

/* ---- compound keys ---- */

typedef struct hash_frame {
  gn_value over;
  uint32_t at;    /* elements taken; in dicts a place of gn_dict_next */
  uint32_t sum;   /* hash so far */
  uint32_t entry; /* hash of the key whose value is being hashed */
  uint32_t spare;
} hash_frame;

enum hash_stage { HASH_WALK, HASH_ASKED, HASH_DONE };

/* One lookup: the hash walk, then the comparison with keys of that hash. */
typedef struct lookup {
  gn_machine m;
  uint32_t stage; /* enum hash_stage */
  uint32_t hash;
  bool lenient;
  uint32_t depth, cap; /* frames in use, room for them */
  hash_frame *frames;  /* in buf */
  gn_blob *buf;
  gn_value key, sub; /* what is looked up; the comparison under way */
  gn_array *rivals;  /* keys of the same hash; NULL: not looked for yet */
  uint32_t rival;
} lookup;

static void trace_lookup(gn_heap *heap, gn_machine *machine) {
  lookup *l = (lookup *)(void *)machine;
  gn_mark_raw(heap, l->buf);
  for (uint32_t i = 0; i < l->depth; i++)
    gn_mark(heap, l->frames[i].over);
  gn_mark(heap, l->key);
  gn_mark(heap, l->sub);
  gn_mark_obj(heap, l->rivals);
}

static lookup *lookup_new(gn_heap *heap, gn_value key, bool lenient) {
  lookup *l = gn_alloc(heap, GN_T_MACHINE, sizeof *l);
  if (!l)
    return NULL;
  gn_machine m = {l->m.h, trace_lookup};
  *l = (lookup){.m = m, .lenient = lenient, .key = key, .sub = GN_NIL};
  return l;
}

static bool grow(gn_heap *heap, lookup *l) {
  uint32_t cap = l->cap ? l->cap * 2 : 8;
  gn_blob *buf = gn_blob_new(heap, cap * sizeof(hash_frame));
  if (!buf)
    return false;
  if (l->depth)
    memcpy(buf->bytes, l->frames, l->depth * sizeof(hash_frame));
  l->buf = buf;
  l->frames = (hash_frame *)(void *)buf->bytes;
  l->cap = cap;
  return true;
}

static int push(gn_ctx *ctx, lookup *l, gn_value over, uint32_t n) {
  if (l->depth == gn_value_nesting(ctx))
    return gn_throw_too_deep(ctx);
  gn_heap *heap = gn_ctx_heap(ctx);
  if (l->depth == l->cap && !grow(heap, l))
    return gn_oom(ctx);
  uint32_t sum = hash_tag(heap->seed, gn_as_obj(over)->type, n);
  l->frames[l->depth++] = (hash_frame){.over = over, .sum = sum};
  return GN_OK;
}

static int not_hashable(gn_ctx *ctx, lookup *l, const gn_dict *dict,
                        gn_value v) {
  if (l->lenient) {
    l->hash = hash_tag(gn_ctx_heap(ctx)->seed, gn_as_obj(v)->type, 0);
    return GN_OK;
  }
  return gn_throw(ctx, GN_X_TYPE, NULL, "Key is not hashable for %s: %s",
                  dict->h.type == GN_T_HASHSET ? "HashSet" : "HashMap",
                  gn_type_cstr(ctx, v));
}

/* What entering a value gives beside statuses: its hash is in l->hash. With
 * GN_OK a frame was pushed instead. */
#define HASHED 50

static int ask_instance(gn_ctx *ctx, gn_call *call, lookup *l,
                        const gn_dict *dict, gn_value v) {
  gn_value method = gn_find_method(ctx, v, "hash");
  if (method == GN_NONE) {
    int status = not_hashable(ctx, l, dict, v);
    return status == GN_OK ? HASHED : status;
  }
  l->stage = HASH_ASKED;
  return gn_call_1(call, call->state ? call->state : 1, method, v);
}

static int enter(gn_ctx *ctx, gn_call *call, lookup *l, const gn_dict *dict,
                 gn_value v) {
  if (gn_is_array(v) && l->depth == gn_value_nesting(ctx))
    return gn_throw_too_deep(ctx); /* even one that is hashed at once */
  if (gn_hash_quick(gn_ctx_heap(ctx)->seed, v, &l->hash))
    return HASHED;
  if (!gn_is_ptr(v)) {
    l->hash = gn_hash_word(gn_ctx_heap(ctx)->seed, v);
    return l->lenient ? HASHED : not_hashable(ctx, l, dict, v);
  }
  switch (gn_as_obj(v)->type) {
  case GN_T_ARRAY: return push(ctx, l, v, gn_arr(v)->len);
  case GN_T_MAP:
  case GN_T_HASHMAP:
  case GN_T_HASHSET: return push(ctx, l, v, ((gn_dict *)gn_as_obj(v))->live);
  case GN_T_GENE: return push(ctx, l, v, gn_gen(v)->n);
  case GN_T_QUOTE: return push(ctx, l, v, 1);
  case GN_T_INSTANCE: return ask_instance(ctx, call, l, dict, v);
  default: {
    int status = not_hashable(ctx, l, dict, v);
    return status == GN_OK ? HASHED : status;
  }
  }
}

/* The next part of a container; false at its end. */
static bool next_of_dict(hash_frame *f, gn_value *part, uint64_t seed) {
  const gn_dict *dict = (gn_dict *)gn_as_obj(f->over);
  const gn_entry *e;
  while ((e = gn_dict_next(dict, &f->at)) != NULL) {
    f->entry = dict->h.type == GN_T_MAP ? gn_key_hash(seed, e->key)
                                        : (uint32_t)e->hash;
    if (dict->h.type == GN_T_HASHSET) {
      f->sum += f->entry;
      continue;
    }
    *part = e->value;
    return true;
  }
  return false;
}

static bool next_of_gene(hash_frame *f, gn_value *part) {
  const gn_gene *g = gn_gen(f->over);
  uint32_t at = f->at++;
  if (at == 0)
    *part = g->type;
  else if (at == 1)
    *part = g->props && g->props->live ? gn_from_obj(g->props) : GN_NIL;
  else if (at - 2 < g->n)
    *part = g->children[at - 2];
  else
    return false;
  return true;
}

static bool next_part(hash_frame *f, gn_value *part, uint64_t seed) {
  gn_obj *o = gn_as_obj(f->over);
  switch (o->type) {
  case GN_T_ARRAY:
    if (f->at >= gn_arr(f->over)->len)
      return false;
    *part = gn_arr(f->over)->items[f->at++];
    return true;
  case GN_T_QUOTE: *part = ((gn_box *)o)->v; return f->at++ == 0;
  case GN_T_GENE: return next_of_gene(f, part);
  default: return next_of_dict(f, part, seed);
  }
}

/* Adds the hash of a part; the order of a dict's entries does not count. */
static void add_part(hash_frame *f, uint32_t hash, uint64_t seed) {
  uint8_t type = gn_as_obj(f->over)->type;
  if (type == GN_T_MAP || type == GN_T_HASHMAP)
    f->sum += mix(seed, f->entry, hash);
  else
    f->sum = mix(seed, f->sum, hash);
}

/* Takes frames down until a part has to be entered; *part is it. False when
 * all is hashed. */
static bool climb(lookup *l, bool hashed, gn_value *part, uint64_t seed) {
  while (l->depth > 0) {
    hash_frame *f = &l->frames[l->depth - 1];
    if (hashed)
      add_part(f, l->hash, seed);
    if (next_part(f, part, seed))
      return true;
    l->hash = f->sum;
    l->depth--;
    hashed = true;
  }
  return false;
}

static int hash_answer(gn_ctx *ctx, gn_call *call, lookup *l) {
  if (!gn_is_int(call->result))
    return gn_throw(ctx, GN_X_TYPE, NULL, "hash must return an Int, got %s",
                    gn_type_cstr(ctx, call->result));
  l->hash =
      gn_hash_word(gn_ctx_heap(ctx)->seed, (uint64_t)gn_int(call->result));
  l->stage = HASH_WALK;
  return HASHED;
}

static int hash_walk(gn_ctx *ctx, gn_call *call, lookup *l,
                     const gn_dict *dict) {
  uint64_t seed = gn_ctx_heap(ctx)->seed;
  gn_value part = l->key;
  int status = GN_OK;
  if (l->stage == HASH_ASKED)
    status = hash_answer(ctx, call, l);
  else if (l->depth == 0)
    status = enter(ctx, call, l, dict, part);
  while (status == GN_OK || status == HASHED) {
    if (!climb(l, status == HASHED, &part, seed)) {
      l->stage = HASH_DONE;
      if (l->hash == 0)
        l->hash = 1;
      return GN_OK;
    }
    gn_charge(ctx, 1);
    status = enter(ctx, call, l, dict, part);
    if ((status == GN_OK || status == HASHED) && gn_slice_over(ctx)) {
      if (status == HASHED) /* the next climb only moves on */
        add_part(&l->frames[l->depth - 1], l->hash, seed);
      return gn_pause(call, call->state ? call->state : 1);
    }
  }
  return status;
}

/* ---- comparing ---- */

static bool collect_rivals(gn_heap *heap, lookup *l, const gn_dict *dict) {
  gn_array *rivals = gn_array_new(heap, 0);
  uint64_t probe = 0;
  gn_entry *e;
  if (!rivals)
    return false;
  while ((e = gn_dict_probe(dict, l->hash, &probe)) != NULL)
    if (!gn_array_push(heap, rivals, e->key))
      return false;
  l->rivals = rivals;
  return true;
}

/* The entry of this very key, which may be gone by now. */
static gn_entry *entry_of(const gn_dict *dict, uint32_t hash, gn_value key) {
  uint64_t probe = 0;
  gn_entry *e;
  while ((e = gn_dict_probe(dict, hash, &probe)) != NULL)
    if (e->key == key)
      return e;
  return NULL;
}

static int compare_rivals(gn_ctx *ctx, gn_call *call, lookup *l, gn_dict *dict,
                          gn_entry **found) {
  if (!l->rivals && !collect_rivals(gn_ctx_heap(ctx), l, dict))
    return gn_oom(ctx);
  for (; l->rival < l->rivals->len; l->rival++) {
    bool equal;
    gn_value rival = l->rivals->items[l->rival];
    int status = gn_equals(ctx, call, &l->sub, rival, l->key, &equal);
    if (status != GN_OK)
      return status;
    if (equal && (*found = entry_of(dict, l->hash, rival)) != NULL)
      return GN_OK;
  }
  *found = NULL;
  return GN_OK;
}

/* True when the entry, or that there is none, is known at once. */
static bool quick_find(gn_dict *dict, gn_value key, uint32_t hash,
                       gn_entry **found) {
  uint64_t probe = 0;
  gn_entry *e;
  while ((e = gn_dict_probe(dict, hash, &probe)) != NULL) {
    int equal = gn_equal_quick(e->key, key);
    if (equal < 0)
      return false;
    if (equal)
      break;
  }
  *found = e;
  return true;
}

static int find(gn_ctx *ctx, gn_call *call, gn_value *machine, gn_dict *dict,
                gn_value key, uint32_t *hash, gn_entry **found, bool lenient) {
  gn_heap *heap = gn_ctx_heap(ctx);
  gn_charge(ctx, 1);
  if (*machine == GN_NIL) {
    gn_charge_key(ctx, key);
    if (gn_hash_quick(heap->seed, key, hash) &&
        quick_find(dict, key, *hash, found))
      return GN_OK;
    lookup *made = lookup_new(heap, key, lenient);
    if (!made)
      return gn_oom(ctx);
    *machine = gn_from_obj(made);
  }
  lookup *l = (lookup *)(void *)gn_as_obj(*machine);
  int status = GN_OK;
  if (l->stage != HASH_DONE)
    status = hash_walk(ctx, call, l, dict);
  if (status == GN_OK)
    status = compare_rivals(ctx, call, l, dict, found);
  if (status == GN_OK || status == GN_THROW)
    *machine = GN_NIL;
  if (status != GN_OK)
    return gn_suspended(call, status);
  *hash = l->hash;
  return GN_OK;
}

int gn_lookup_run(gn_ctx *ctx, gn_call *call, gn_value *machine, gn_dict *dict,
                  gn_value key, uint32_t *hash, gn_entry **found) {
  return find(ctx, call, machine, dict, key, hash, found, false);
}

int gn_lookup_any(gn_ctx *ctx, gn_call *call, gn_value *machine, gn_dict *dict,
                  gn_value key, uint32_t *hash, gn_entry **found) {
  return find(ctx, call, machine, dict, key, hash, found, true);
}

int gn_hash_store(gn_ctx *ctx, gn_call *call, gn_value *machine, gn_dict *dict,
                  gn_value key, gn_value value) {
  uint32_t hash;
  gn_entry *e;
  int status = gn_lookup_run(ctx, call, machine, dict, key, &hash, &e);
  if (status != GN_OK)
    return status;
  if (e)
    e->value = value;
  else if (!gn_dict_append(gn_ctx_heap(ctx), dict, key, value, hash))
    return gn_oom(ctx);
  return GN_OK;
}
