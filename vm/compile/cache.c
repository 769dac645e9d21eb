/*
 * cache.c - see cache.h. The key is SipHash-2-4 with 128 bits of result, and
 * the source is compared all the same before a program is given away.
 */
#include "compile/cache.h"

#include <stdlib.h>

#include "run/context.h"

#define FIRST_BUCKETS 64u

/* ---- SipHash-2-4, 128 bits ---- */

typedef struct sip {
  uint64_t a, b, c, d;
} sip;

static uint64_t rotate(uint64_t x, unsigned by) {
  return x << by | x >> (64 - by);
}

static void sip_round(sip *s) {
  s->a += s->b;
  s->c += s->d;
  s->b = rotate(s->b, 13) ^ s->a;
  s->d = rotate(s->d, 16) ^ s->c;
  s->a = rotate(s->a, 32);
  s->c += s->b;
  s->a += s->d;
  s->b = rotate(s->b, 17) ^ s->c;
  s->d = rotate(s->d, 21) ^ s->a;
  s->c = rotate(s->c, 32);
}

static void sip_word(sip *s, uint64_t m) {
  s->d ^= m;
  sip_round(s);
  sip_round(s);
  s->a ^= m;
}

static uint64_t sip_end(sip *s) {
  for (int i = 0; i < 4; i++)
    sip_round(s);
  return s->a ^ s->b ^ s->c ^ s->d;
}

static void hash128(const uint64_t key[2], const char *data, size_t len,
                    uint64_t out[2]) {
  sip s = {key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d ^ 0xee,
           key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573};
  size_t whole = len & ~(size_t)7;
  uint64_t m;
  for (size_t i = 0; i < whole; i += 8) {
    memcpy(&m, data + i, 8);
    sip_word(&s, m);
  }
  m = 0;
  if (len > whole)
    memcpy(&m, data + whole, len - whole);
  sip_word(&s, m | (uint64_t)len << 56);
  s.c ^= 0xee;
  out[0] = sip_end(&s);
  s.b ^= 0xdd;
  out[1] = sip_end(&s);
}

/* ---- the table ---- */

void gn_cache_init(gn_cache *cache, size_t max_bytes, uint64_t seed) {
  *cache = (gn_cache){.max_bytes = max_bytes};
  cache->seed[0] = seed;
  cache->seed[1] = seed * 0x9e3779b97f4a7c15 + 0x6a09e667f3bcc909;
}

static gn_program **bucket_of(gn_cache *cache, const uint64_t key[2]) {
  return &cache->buckets[key[0] & cache->mask];
}

static void list_remove(gn_cache *cache, gn_program *p) {
  if (p->newer)
    p->newer->older = p->older;
  else
    cache->newest = p->older;
  if (p->older)
    p->older->newer = p->newer;
  else
    cache->oldest = p->newer;
  p->newer = p->older = NULL;
}

static void list_add(gn_cache *cache, gn_program *p) {
  p->older = cache->newest;
  p->newer = NULL;
  if (cache->newest)
    cache->newest->newer = p;
  else
    cache->oldest = p;
  cache->newest = p;
}

static void drop(gn_cache *cache, gn_program *p) {
  gn_program **at = bucket_of(cache, p->key);
  while (*at != p)
    at = &(*at)->next;
  *at = p->next;
  p->next = NULL;
  list_remove(cache, p);
  cache->count--;
  cache->bytes -= p->bytes;
  gn_program_release(p);
}

void gn_cache_destroy(gn_cache *cache) {
  while (cache->oldest)
    drop(cache, cache->oldest);
  free(cache->buckets);
  cache->buckets = NULL;
}

static gn_program *lookup(gn_cache *cache, const uint64_t key[2],
                          const char *source, size_t len) {
  gn_program *p = cache->buckets ? *bucket_of(cache, key) : NULL;
  for (; p; p = p->next)
    if (p->key[0] == key[0] && p->key[1] == key[1] && p->source_len == len &&
        memcmp(p->source, source, len) == 0)
      return p;
  return NULL;
}

void gn_cache_key(const gn_cache *cache, const char *source, size_t len,
                  uint64_t key[2]) {
  hash128(cache->seed, source, len, key);
}

gn_program *gn_cache_find(gn_cache *cache, const uint64_t key[2],
                          const char *source, size_t len) {
  gn_program *p = lookup(cache, key, source, len);
  if (!p) {
    cache->misses++;
    return NULL;
  }
  cache->hits++;
  list_remove(cache, p);
  list_add(cache, p);
  gn_program_retain(p);
  return p;
}

static bool grow(gn_cache *cache) {
  uint32_t size = cache->buckets ? (cache->mask + 1) * 2 : FIRST_BUCKETS;
  gn_program **old = cache->buckets;
  uint32_t old_size = old ? cache->mask + 1 : 0;
  gn_program **table = calloc(size, sizeof(gn_program *));
  if (!table)
    return old != NULL;
  cache->buckets = table;
  cache->mask = size - 1;
  for (uint32_t i = 0; i < old_size; i++)
    for (gn_program *p = old[i]; p;) {
      gn_program *next = p->next, **to = bucket_of(cache, p->key);
      p->next = *to;
      *to = p;
      p = next;
    }
  free(old);
  return true;
}

void gn_cache_insert(gn_cache *cache, gn_program *p) {
  assert(p->source);
  if (p->bytes > cache->max_bytes)
    return;
  if (lookup(cache, p->key, p->source, p->source_len))
    return;
  while (cache->bytes + p->bytes > cache->max_bytes)
    drop(cache, cache->oldest);
  if ((!cache->buckets || cache->count > cache->mask) && !grow(cache))
    return;
  gn_program **to = bucket_of(cache, p->key);
  p->next = *to;
  *to = p;
  list_add(cache, p);
  cache->count++;
  cache->bytes += p->bytes;
  gn_program_retain(p);
}

/* ---- the public calls ---- */

void gene_source_key(const gene_core_t *core, const char *source, size_t len,
                     gene_source_key_t *out) {
  gn_cache_key(&core->cache, source, len, out->half);
}

gene_program_t *gene_program_find(gene_core_t *core, const char *source,
                                  size_t len, const gene_source_key_t *key) {
  return gn_cache_find(&core->cache, key->half, source, len);
}

static gn_program *compile(gene_core_t *core, const char *source, size_t len,
                           const gene_source_key_t *key, bool apart,
                           gene_compile_error_t *err) {
  gn_program *p = gn_compile_source(core, source, len, apart, err);
  if (p)
    memcpy(p->key, key->half, sizeof p->key);
  return p;
}

gene_program_t *gene_program_compile(gene_core_t *core, const char *source,
                                     size_t len, const gene_source_key_t *key,
                                     gene_compile_error_t *err) {
  return compile(core, source, len, key, true, err);
}

void gene_program_keep(gene_core_t *core, gene_program_t *program) {
  gn_cache_insert(&core->cache, program);
}

int gene_program_load(gene_core_t *core, const char *source, size_t len,
                      gene_program_t **out, gene_compile_error_t *err) {
  gene_source_key_t key;
  gene_source_key(core, source, len, &key);
  gn_program *p = gn_cache_find(&core->cache, key.half, source, len);
  if (!p) {
    p = compile(core, source, len, &key, false, err);
    if (!p)
      return -1;
    gn_cache_insert(&core->cache, p);
  }
  *out = p;
  return 0;
}

void gene_program_release(gene_program_t *program) {
  gn_program_release(program);
}
