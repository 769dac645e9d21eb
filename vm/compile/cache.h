/*
 * cache.h - compiled programs by their source: a hash table keyed by a keyed
 * 128-bit hash, with the least recently used programs dropped first. It holds
 * one reference to each program in it and never compiles anything.
 */
#ifndef GN_COMPILE_CACHE_H
#define GN_COMPILE_CACHE_H

#include "compile/program.h"

typedef struct gn_cache {
  uint64_t seed[2];     /* of the hash */
  gn_program **buckets; /* linked by `next`; NULL until the first insertion */
  uint32_t mask;        /* buckets - 1 */
  uint32_t count;
  gn_program *newest, *oldest; /* linked by `older` and `newer` */
  size_t bytes, max_bytes;
  uint64_t hits, misses;
} gn_cache;

/* An empty cache that keeps programs of at most max_bytes in all. */
void gn_cache_init(gn_cache *cache, size_t max_bytes, uint64_t seed);

/* Releases every program in it. */
void gn_cache_destroy(gn_cache *cache);

/* The key of a source. Reads nothing of the cache that ever changes. */
void gn_cache_key(const gn_cache *cache, const char *source, size_t len,
                  uint64_t key[2]);

/* The program of exactly this source, whose key it is, with a reference for
 * the caller, or NULL. Counts a hit or a miss. */
gn_program *gn_cache_find(gn_cache *cache, const uint64_t key[2],
                          const char *source, size_t len);

/* Keeps `program` (its source and key must be set), dropping old ones to make
 * room. A program larger than the whole cache, or one that memory is short
 * for, is just not kept. */
void gn_cache_insert(gn_cache *cache, gn_program *program);

#endif
