/*
 * dict.h - the insertion-ordered hash table under Map, HashMap, HashSet,
 * properties, methods and members. Keys of a Map are strings or symbols,
 * equal by text. It compares keys without ever calling Gene code: keys that
 * need that (instances) are handled a level above, by types/hashmap.c.
 */
#ifndef GN_CORE_DICT_H
#define GN_CORE_DICT_H

#include "core/heap.h"

/* A new empty dict of type GN_T_MAP, GN_T_HASHMAP or GN_T_HASHSET with room
 * for cap entries. NULL: out of memory. */
gn_dict *gn_dict_new(gn_heap *heap, enum gn_type type, uint32_t cap);

/* ---- by text (Map keys: string or symbol values) ---- */

/* The entry, or NULL. key must be a string or symbol value. */
gn_entry *gn_map_find(const gn_dict *dict, gn_value key);
gn_entry *gn_map_find_text(const gn_dict *dict, uint64_t seed, const char *text,
                           size_t len);
/* The value, or GN_NONE when absent. dict may be NULL. */
gn_value gn_map_get(const gn_dict *dict, gn_value key);
/* Stores; an existing key keeps its place. False: out of memory, unchanged. */
bool gn_map_set(gn_heap *heap, gn_dict *dict, gn_value key, gn_value value);
/* Removes and gives the value, or GN_NONE. */
gn_value gn_map_del(gn_dict *dict, gn_value key);

/* ---- by hash and a comparison of the caller's ---- */

/* Next entry whose hash is `hash`, after *probe (start with *probe = 0 and
 * keep it between calls); NULL at the end. */
gn_entry *gn_dict_probe(const gn_dict *dict, uint32_t hash, uint64_t *probe);
/* Appends without looking for an equal key. False: out of memory. */
bool gn_dict_append(gn_heap *heap, gn_dict *dict, gn_value key, gn_value value,
                    uint32_t hash);
/* Takes an entry of this dict out. */
void gn_dict_remove(gn_dict *dict, gn_entry *entry);

/* ---- whole ---- */

void gn_dict_clear(gn_dict *dict);
/* A copy (mutable, same type). NULL: out of memory. */
gn_dict *gn_dict_copy(gn_heap *heap, const gn_dict *dict);
/* The same with entries only: cheaper, to be walked rather than searched. */
gn_dict *gn_dict_snapshot(gn_heap *heap, const gn_dict *dict);
/* A copy, or snapshot, in steps. Begins with no entries and room for as many as
 * dict has now. NULL: out of memory. */
gn_dict *gn_dict_copy_begin(gn_heap *heap, const gn_dict *dict, bool searched);
/* Takes up to `most` entries of dict over from place *at on (0 at first), which
 * moves on. False: there are no more, or no more room. */
bool gn_dict_copy_some(gn_dict *copy, const gn_dict *dict, uint32_t *at,
                       uint32_t most);
/* Differs once entries were taken out, so that a place in the dict, or a copy
 * made up to there, means nothing any more. It may come round. */
static inline uint16_t gn_dict_stamp(const gn_dict *dict) {
  return dict->h.aux;
}
/* Walks live entries: start with *i = 0; NULL at the end. */
gn_entry *gn_dict_next(const gn_dict *dict, uint32_t *i);

/* Text, hash of a string or symbol value. */
uint32_t gn_key_hash(uint64_t seed, gn_value key);
bool gn_key_equal(gn_value a, gn_value b);

#endif
