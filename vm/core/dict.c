/*
 * dict.c - the insertion-ordered hash table. Entries lie in the order they
 * came; from nine on an index of entry numbers with linear probing finds them.
 * A slot has the number plus one in the bits of the index's mask, which has
 * room for it, and above them the same bits of the entry's hash: entries of
 * other hashes, each a cache miss in a large table, are hardly ever looked at.
 * It never calls Gene code, never resizes while it only reads, and needs no
 * tombstones in the index: taking out shifts back what follows.
 *
 * A removed entry stays as a gap (key GN_UNSET) until the entries are packed.
 * The index of a large dict is not written anew at one stroke when it grows:
 * each entry that comes takes some of the old ones along, and until all have
 * moved the others are found in the old index.
 *
 * A row of gaps keeps its length in `hash` of both its ends: in the lower half
 * of the first, in the upper half of the last. So a walk passes any row in one
 * step, wherever entries were taken out.
 */
#include "core/dict.h"

#include "types/string.h"

#define LINEAR_MAX   8u /* most entries without an index */
#define MIN_CAP      4u
#define MOVE_FROM    16384u /* entries from which on the index moves in steps */
#define MOVE_STEP    2u     /* entries moved for one that comes */
#define MOST_ENTRIES (UINT32_MAX / (uint32_t)sizeof(gn_entry) - 8)

/* The index block: the seed, which a lookup by key needs, and the slots. Of an
 * old index only the entries from `moved` to below `limit` still count. */
typedef struct index_head {
  uint64_t seed;
  uint32_t mask, moved, limit, spare;
  uint32_t slots[];
} index_head;

static index_head *head_in(gn_blob *index) {
  assert(index != NULL);
  return (index_head *)(void *)index->bytes;
}

static index_head *head_of(const gn_dict *d) {
  return head_in(d->index_buf);
}

/* ---- keys ---- */

uint32_t gn_key_hash(uint64_t seed, gn_value key) {
  if (gn_is_symbol(key))
    return gn_sym(key)->hash;
  return gn_str_hash(seed, gn_str(key));
}

static bool text_equal(gn_value key, const char *text, size_t len) {
  size_t own_len;
  const char *own = gn_text(key, &own_len);
  return own_len == len && memcmp(own, text, len) == 0;
}

bool gn_key_equal(gn_value a, gn_value b) {
  size_t len;
  if (a == b)
    return true;
  const char *text = gn_text(b, &len);
  return text_equal(a, text, len);
}

/* The hash if the key has it at hand, else 0. */
static uint32_t known_hash(gn_value key) {
  return gn_is_symbol(key) ? gn_sym(key)->hash : gn_str(key)->hash;
}

/* ---- the index ---- */

static uint32_t slot_of(const gn_dict *d, uint32_t entry, uint32_t hash) {
  assert(entry < d->index_mask);
  return (hash & ~d->index_mask) | (entry + 1);
}

static uint32_t entry_of(const gn_dict *d, uint32_t slot) {
  return (slot & d->index_mask) - 1;
}

static void index_put(gn_dict *d, uint32_t entry) {
  uint32_t hash = (uint32_t)d->entries[entry].hash;
  uint32_t i = hash & d->index_mask;
  while (d->index[i] != 0)
    i = (i + 1) & d->index_mask;
  d->index[i] = slot_of(d, entry, hash);
}

/* Puts the live entries into the index, all of whose slots are free. */
static void index_fill(gn_dict *d) {
  for (uint32_t e = 0; e < d->used; e++)
    if (d->entries[e].key != GN_UNSET)
      index_put(d, e);
}

/* Takes an entry out of the index and closes the gap it leaves there. */
static void index_remove(gn_dict *d, uint32_t entry) {
  uint32_t mask = d->index_mask;
  uint32_t hash = (uint32_t)d->entries[entry].hash;
  uint32_t slot = slot_of(d, entry, hash), hole = hash & mask;
  while (d->index[hole] != slot)
    hole = (hole + 1) & mask;
  for (uint32_t i = (hole + 1) & mask; d->index[i] != 0; i = (i + 1) & mask) {
    uint32_t home = (uint32_t)d->entries[entry_of(d, d->index[i])].hash & mask;
    if (((i - home) & mask) >= ((i - hole) & mask)) {
      d->index[hole] = d->index[i];
      hole = i;
    }
  }
  d->index[hole] = 0;
}

/* Whether the entry is found in the old index and not yet in the new one. */
static bool waits_to_move(const gn_dict *d, uint32_t entry) {
  if (GN_LIKELY(d->old_buf == NULL))
    return false;
  const index_head *old = head_in(d->old_buf);
  return entry >= old->moved && entry < old->limit;
}

/* Moves up to `most` entries from the old index to the new one. */
static void move_some(gn_dict *d, uint32_t most) {
  index_head *old = head_in(d->old_buf);
  for (; most > 0 && old->moved < old->limit; most--, old->moved++)
    if (d->entries[old->moved].key != GN_UNSET)
      index_put(d, old->moved);
  if (old->moved >= old->limit)
    d->old_buf = NULL;
}

/* Slots for this many entries: a power of two, filled to two thirds. */
static size_t slots_for(uint32_t cap) {
  size_t slots = 16;
  while (slots < (size_t)cap + cap / 2)
    slots *= 2;
  return slots;
}

/* ---- room ---- */

/* Moves the live entries together; the index is stale afterwards. */
static void pack(gn_dict *d, gn_entry *to) {
  uint32_t n = 0;
  for (uint32_t e = 0; e < d->used; e++)
    if (d->entries[e].key != GN_UNSET)
      to[n++] = d->entries[e];
  assert(n == d->live);
  if (n < d->used)
    d->h.aux++; /* see gn_dict_stamp */
  d->used = n;
}

static void use_index(gn_heap *heap, gn_dict *d, gn_blob *index, size_t slots) {
  index_head *head = head_in(index);
  head->seed = heap->seed;
  head->mask = (uint32_t)(slots - 1);
  head->moved = head->limit = 0;
  d->index_buf = index;
  d->index = head->slots;
  d->index_mask = head->mask;
}

/* New buffers for cap entries, packed. False: out of memory, unchanged. */
static bool rebuild(gn_heap *heap, gn_dict *d, uint32_t cap) {
  gn_blob *index = NULL;
  if (cap > MOST_ENTRIES) {
    heap->failed = true;
    return false;
  }
  gn_blob *entries = gn_blob_new(heap, (size_t)cap * sizeof(gn_entry));
  if (entries == NULL)
    return false;
  cap = entries->cap / (uint32_t)sizeof(gn_entry);
  size_t slots = slots_for(cap);
  if (cap > LINEAR_MAX) {
    index = gn_blob_zero(heap, sizeof(index_head) + slots * sizeof(uint32_t));
    if (index == NULL)
      return false;
  }
  pack(d, (gn_entry *)(void *)entries->bytes);
  d->entries_buf = entries;
  d->entries = (gn_entry *)(void *)entries->bytes;
  d->cap = cap;
  d->index_buf = d->old_buf = NULL;
  d->index = NULL;
  d->index_mask = 0;
  if (index != NULL) {
    use_index(heap, d, index, slots);
    index_fill(d);
  }
  return true;
}

/* More room in a large dict, whose gaps stay: entries keep their numbers, and
 * a larger index fills little by little. */
static bool grow_large(gn_heap *heap, gn_dict *d, uint32_t cap) {
  gn_blob *index = NULL;
  size_t slots = slots_for(cap);
  if (slots > (size_t)d->index_mask + 1) {
    index = gn_blob_zero(heap, sizeof(index_head) + slots * sizeof(uint32_t));
    if (index == NULL)
      return false;
  }
  gn_blob *entries =
      gn_blob_grow(heap, d->entries_buf, (size_t)d->used * sizeof(gn_entry),
                   (size_t)cap * sizeof(gn_entry));
  if (entries == NULL)
    return false;
  d->entries_buf = entries;
  d->entries = (gn_entry *)(void *)entries->bytes;
  d->cap = cap;
  if (index == NULL)
    return true;
  while (d->old_buf != NULL)
    move_some(d, MOVE_FROM);
  d->old_buf = d->index_buf;
  head_in(d->old_buf)->limit = d->used;
  use_index(heap, d, index, slots);
  return true;
}

/* Room for one more entry: packs when a quarter are gaps, else grows. */
static bool make_room(gn_heap *heap, gn_dict *d) {
  if (d->used < d->cap)
    return true;
  if (d->cap == 0)
    return rebuild(heap, d, MIN_CAP);
  if (d->live <= d->used - d->used / 4 && d->live < d->used) {
    pack(d, d->entries);
    d->old_buf = NULL;
    if (d->index != NULL) {
      memset(d->index, 0, ((size_t)d->index_mask + 1) * sizeof(uint32_t));
      index_fill(d);
    }
    return true;
  }
  size_t need = (size_t)d->cap + 1;
  size_t want = (size_t)d->cap * 2;
  size_t cap = gn_growth(heap, need, want > MOST_ENTRIES ? need : want,
                         sizeof(gn_entry) + 2 * sizeof(uint32_t));
  if (d->used >= MOVE_FROM && d->index != NULL && cap <= MOST_ENTRIES)
    return grow_large(heap, d, (uint32_t)cap);
  return rebuild(heap, d, cap <= MOST_ENTRIES ? (uint32_t)cap : UINT32_MAX);
}

gn_dict *gn_dict_new(gn_heap *heap, enum gn_type type, uint32_t cap) {
  assert(type == GN_T_MAP || type == GN_T_HASHMAP || type == GN_T_HASHSET);
  gn_dict *d = gn_alloc(heap, type, sizeof *d);
  if (d == NULL)
    return NULL;
  gn_obj head = d->h;
  *d = (gn_dict){.h = head};
  if (cap != 0 && !rebuild(heap, d, cap))
    return NULL;
  return d;
}

/* ---- finding ---- */

/* Goes on in the old index; the upper half of *probe is the place there. */
static gn_entry *probe_old(const gn_dict *d, uint32_t hash, uint64_t *probe) {
  const index_head *old = head_in(d->old_buf);
  for (uint64_t i = *probe >> 32; i <= old->mask; i++) {
    uint32_t slot = old->slots[(uint32_t)(hash + i) & old->mask];
    if (slot == 0)
      break;
    uint32_t number = (slot & old->mask) - 1;
    if (((slot ^ hash) & ~old->mask) != 0 || !waits_to_move(d, number))
      continue;
    gn_entry *e = &d->entries[number];
    if ((uint32_t)e->hash == hash && e->key != GN_UNSET) {
      *probe = (i + 1) << 32;
      return e;
    }
  }
  return NULL;
}

gn_entry *gn_dict_probe(const gn_dict *d, uint32_t hash, uint64_t *probe) {
  if (d->index == NULL) {
    while (*probe < d->used) {
      gn_entry *e = &d->entries[(*probe)++];
      if ((uint32_t)e->hash == hash && e->key != GN_UNSET)
        return e;
    }
    return NULL;
  }
  while (*probe <= d->index_mask) {
    uint32_t slot = d->index[(uint32_t)(hash + *probe) & d->index_mask];
    if (slot == 0)
      break;
    ++*probe;
    if (((slot ^ hash) & ~d->index_mask) != 0)
      continue;
    gn_entry *e = &d->entries[entry_of(d, slot)];
    if ((uint32_t)e->hash == hash)
      return e;
  }
  return GN_LIKELY(d->old_buf == NULL) ? NULL : probe_old(d, hash, probe);
}

static gn_entry *find_indexed(const gn_dict *d, uint32_t hash, gn_value key) {
  uint64_t probe = 0;
  gn_entry *e;
  while ((e = gn_dict_probe(d, hash, &probe)) != NULL)
    if (gn_key_equal(e->key, key))
      break;
  return e;
}

/* Few entries; the key's hash need not be known. */
static gn_entry *find_linear_text(const gn_dict *d, const char *text,
                                  size_t len) {
  for (uint32_t i = 0; i < d->used; i++) {
    gn_entry *e = &d->entries[i];
    if (e->key != GN_UNSET && text_equal(e->key, text, len))
      return e;
  }
  return NULL;
}

static gn_entry *find_linear(const gn_dict *d, gn_value key) {
  uint32_t hash = known_hash(key);
  if (hash == 0) {
    size_t len;
    const char *text = gn_text(key, &len);
    return find_linear_text(d, text, len);
  }
  for (uint32_t i = 0; i < d->used; i++) {
    gn_entry *e = &d->entries[i];
    if ((uint32_t)e->hash == hash && e->key != GN_UNSET &&
        gn_key_equal(e->key, key))
      return e;
  }
  return NULL;
}

gn_entry *gn_map_find(const gn_dict *d, gn_value key) {
  if (d->index == NULL)
    return find_linear(d, key);
  return find_indexed(d, gn_key_hash(head_of(d)->seed, key), key);
}

gn_entry *gn_map_find_text(const gn_dict *d, uint64_t seed, const char *text,
                           size_t len) {
  if (d->index == NULL)
    return find_linear_text(d, text, len);
  uint32_t hash = gn_hash_bytes(seed, text, len);
  uint64_t probe = 0;
  gn_entry *e;
  while ((e = gn_dict_probe(d, hash, &probe)) != NULL)
    if (text_equal(e->key, text, len))
      break;
  return e;
}

gn_value gn_map_get(const gn_dict *d, gn_value key) {
  gn_entry *e = d != NULL ? gn_map_find(d, key) : NULL;
  return e != NULL ? e->value : GN_NONE;
}

/* ---- changing ---- */

bool gn_dict_append(gn_heap *heap, gn_dict *d, gn_value key, gn_value value,
                    uint32_t hash) {
  assert(key != GN_UNSET);
  if (!make_room(heap, d))
    return false;
  uint32_t number = d->used++;
  d->entries[number] = (gn_entry){.key = key, .value = value, .hash = hash};
  d->live++;
  if (d->index != NULL)
    index_put(d, number);
  if (GN_UNLIKELY(d->old_buf != NULL))
    move_some(d, MOVE_STEP);
  return true;
}

bool gn_map_set(gn_heap *heap, gn_dict *d, gn_value key, gn_value value) {
  uint32_t hash = gn_key_hash(heap->seed, key);
  gn_entry *e =
      d->index == NULL ? find_linear(d, key) : find_indexed(d, hash, key);
  if (e == NULL)
    return gn_dict_append(heap, d, key, value, hash);
  e->value = value;
  return true;
}

/* Makes an entry a gap, which joins the rows on both sides. What a gap inside
 * a row still says of those behind it stays true, as gaps are never filled. */
static void leave_gap(gn_dict *d, uint32_t number) {
  uint32_t first = number, end = number + 1;
  if (first > 0 && d->entries[first - 1].key == GN_UNSET)
    first -= (uint32_t)(d->entries[first - 1].hash >> 32);
  if (end < d->used && d->entries[end].key == GN_UNSET)
    end += (uint32_t)d->entries[end].hash;
  uint64_t row = end - first;
  d->entries[number] =
      (gn_entry){.key = GN_UNSET, .value = GN_NIL, .hash = row << 32 | 1};
  d->entries[end - 1].hash = row << 32 | (uint32_t)d->entries[end - 1].hash;
  d->entries[first].hash = (d->entries[first].hash >> 32) << 32 | row;
  if (end == d->used)
    d->used = first;
}

void gn_dict_remove(gn_dict *d, gn_entry *entry) {
  uint32_t number = (uint32_t)(entry - d->entries);
  assert(number < d->used && entry->key != GN_UNSET);
  d->h.aux++;
  if (d->index != NULL && !waits_to_move(d, number))
    index_remove(d, number);
  leave_gap(d, number);
  d->live--;
  if (d->old_buf != NULL && head_in(d->old_buf)->limit > d->used)
    head_in(d->old_buf)->limit = d->used;
}

gn_value gn_map_del(gn_dict *d, gn_value key) {
  gn_entry *e = gn_map_find(d, key);
  if (e == NULL)
    return GN_NONE;
  gn_value value = e->value;
  gn_dict_remove(d, e);
  return value;
}

/* ---- whole ---- */

void gn_dict_clear(gn_dict *d) {
  d->h.aux++;
  d->live = d->used = d->cap = 0;
  d->entries = NULL;
  d->entries_buf = NULL;
  d->index = NULL;
  d->index_buf = d->old_buf = NULL;
  d->index_mask = 0;
}

static gn_dict *snapshot_begin(gn_heap *heap, const gn_dict *d) {
  gn_dict *copy = gn_dict_new(heap, d->h.type, 0);
  if (copy == NULL || d->live == 0)
    return copy;
  gn_blob *entries = gn_blob_new(heap, (size_t)d->live * sizeof(gn_entry));
  if (entries == NULL)
    return NULL;
  copy->entries_buf = entries;
  copy->entries = (gn_entry *)(void *)entries->bytes;
  copy->cap = d->live;
  return copy;
}

gn_dict *gn_dict_copy_begin(gn_heap *heap, const gn_dict *d, bool searched) {
  return searched ? gn_dict_new(heap, d->h.type, d->live)
                  : snapshot_begin(heap, d);
}

bool gn_dict_copy_some(gn_dict *copy, const gn_dict *d, uint32_t *at,
                       uint32_t most) {
  for (; most > 0 && copy->used < copy->cap; most--) {
    const gn_entry *e = gn_dict_next(d, at);
    if (e == NULL)
      return false;
    copy->entries[copy->used] = *e;
    if (copy->index != NULL)
      index_put(copy, copy->used);
    copy->live = ++copy->used;
  }
  return copy->used < copy->cap;
}

gn_dict *gn_dict_snapshot(gn_heap *heap, const gn_dict *d) {
  gn_dict *copy = gn_dict_copy_begin(heap, d, false);
  uint32_t at = 0;
  if (copy != NULL)
    (void)gn_dict_copy_some(copy, d, &at, UINT32_MAX);
  return copy;
}

gn_dict *gn_dict_copy(gn_heap *heap, const gn_dict *d) {
  gn_dict *copy = gn_dict_copy_begin(heap, d, true);
  uint32_t at = 0;
  if (copy != NULL)
    (void)gn_dict_copy_some(copy, d, &at, UINT32_MAX);
  return copy;
}

gn_entry *gn_dict_next(const gn_dict *d, uint32_t *i) {
  while (*i < d->used) {
    gn_entry *e = &d->entries[*i];
    if (e->key != GN_UNSET) {
      ++*i;
      return e;
    }
    *i += (uint32_t)e->hash;
  }
  return NULL;
}
