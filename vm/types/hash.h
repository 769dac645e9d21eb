/*
 * hash.h - keys of hash maps and sets: their hash (equal for == values) and
 * finding an entry by one. Both can call methods of user classes (hash, ==),
 * so both are resumable in the manner of gn_equal_run.
 */
#ifndef GN_TYPES_HASH_H
#define GN_TYPES_HASH_H

#include "run/native.h"

/* The hash at once, for scalars, texts and short flat arrays of them. False:
 * gn_hash_run has to be asked. Never 0. */
bool gn_hash_quick(uint64_t seed, gn_value v, uint32_t *hash);

/* Looks key up in a hash map or set. GN_OK with *hash and *found (NULL: not
 * there), else a status to be returned as it is; enter again with the same
 * machine, dict and key then. Not hashable: TypeException `Key is not hashable
 * for HashMap: T`. The entry is good until the dict is changed. */
int gn_lookup_run(gn_ctx *ctx, gn_call *call, gn_value *machine, gn_dict *dict,
                  gn_value key, uint32_t *hash, gn_entry **found);

/* Same for a scratch set that takes anything: what is not hashable shares one
 * hash for each kind. For uniq. */
int gn_lookup_any(gn_ctx *ctx, gn_call *call, gn_value *machine, gn_dict *dict,
                  gn_value key, uint32_t *hash, gn_entry **found);

/* Stores key -> value in a hash map or set; an equal key keeps its place and
 * itself. Resumable like gn_lookup_run; GN_OK when it is done. */
int gn_hash_store(gn_ctx *ctx, gn_call *call, gn_value *machine, gn_dict *dict,
                  gn_value key, gn_value value);

#endif
