/*
 * hash.c - SipHash-1-3, keyed, so that nobody outside can choose keys that
 * collide. It never gives 0, which elsewhere means "not computed".
 */
#include "core/heap.h"

typedef struct sip {
  uint64_t v0, v1, v2, v3;
} sip;

static inline uint64_t rotl(uint64_t x, int n) {
  return x << n | x >> (64 - n);
}

static inline void sip_round(sip *s) {
  s->v0 += s->v1;
  s->v2 += s->v3;
  s->v1 = rotl(s->v1, 13) ^ s->v0;
  s->v3 = rotl(s->v3, 16) ^ s->v2;
  s->v0 = rotl(s->v0, 32);
  s->v2 += s->v1;
  s->v0 += s->v3;
  s->v1 = rotl(s->v1, 17) ^ s->v2;
  s->v3 = rotl(s->v3, 21) ^ s->v0;
  s->v2 = rotl(s->v2, 32);
}

/* The key's second half is made from the first (a step of SplitMix64). */
static inline void sip_init(sip *s, uint64_t seed) {
  uint64_t k1 = seed + UINT64_C(0x9e3779b97f4a7c15);
  k1 = (k1 ^ k1 >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  k1 = (k1 ^ k1 >> 27) * UINT64_C(0x94d049bb133111eb);
  k1 ^= k1 >> 31;
  s->v0 = seed ^ UINT64_C(0x736f6d6570736575);
  s->v1 = k1 ^ UINT64_C(0x646f72616e646f6d);
  s->v2 = seed ^ UINT64_C(0x6c7967656e657261);
  s->v3 = k1 ^ UINT64_C(0x7465646279746573);
}

static inline void sip_word(sip *s, uint64_t m) {
  s->v3 ^= m;
  sip_round(s);
  s->v0 ^= m;
}

static inline uint32_t sip_end(sip *s) {
  s->v2 ^= 0xff;
  sip_round(s);
  sip_round(s);
  sip_round(s);
  uint64_t h = s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
  uint32_t folded = (uint32_t)(h ^ h >> 32);
  return folded != 0 ? folded : 1;
}

/* The last 0 to 7 bytes, and the length in the top byte. */
static inline uint64_t tail_word(const unsigned char *p, size_t n, size_t len) {
  uint64_t m = (uint64_t)len << 56;
  for (size_t i = 0; i < n; i++)
    m |= (uint64_t)p[i] << (8 * i);
  return m;
}

uint32_t gn_hash_bytes(uint64_t seed, const void *data, size_t len) {
  const unsigned char *p = data;
  size_t left = len;
  sip s;
  sip_init(&s, seed);
  for (; left >= 8; p += 8, left -= 8) {
    uint64_t m;
    memcpy(&m, p, 8);
    sip_word(&s, m);
  }
  sip_word(&s, tail_word(p, left, len));
  return sip_end(&s);
}

uint32_t gn_hash_word(uint64_t seed, uint64_t word) {
  sip s;
  sip_init(&s, seed);
  sip_word(&s, word);
  return sip_end(&s);
}
