/*
 * digest.c - SHA-256, SHA-1, MD5 and HMAC-SHA-256 of a String or Bytes, as
 * lower-case hex. Long inputs are worked on piece by piece. It is no place for
 * secrets: nothing here takes constant time or wipes memory.
 */
#include "lib/tables.h"
#include "run/native_args.h"
#include "types/bytes.h"

#define BLOCK 64u
#define PIECE 65536u /* bytes between two looks at the slice */

/* The three have blocks of 64 bytes and states of at most 8 words. */
typedef struct digest_kind {
  void (*block)(uint32_t *h, const uint8_t *p);
  uint32_t start[8];
  uint8_t words;
  bool little; /* MD5 counts and gives bytes from the low end */
} digest_kind;

typedef struct digest {
  const digest_kind *kind;
  uint32_t h[8];
  uint64_t total; /* bytes so far, those of `rest` included */
  uint8_t rest[BLOCK];
} digest;

static uint32_t rol(uint32_t x, int n) {
  return x << n | x >> (32 - n);
}
static uint32_t ror(uint32_t x, int n) {
  return x >> n | x << (32 - n);
}

static uint32_t load_big(const uint8_t *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
         p[3];
}
static uint32_t load_little(const uint8_t *p) {
  return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 |
         p[0];
}

/* ---- SHA-256 (FIPS 180-4) ---- */

/* Bits of the fractions of cube roots of the first 64 primes. */
static const uint32_t sha256_k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
    0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
    0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
    0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
    0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
    0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static void sha256_schedule(uint32_t w[64], const uint8_t *p) {
  for (int i = 0; i < 16; i++)
    w[i] = load_big(p + 4 * i);
  for (int i = 16; i < 64; i++) {
    uint32_t a = w[i - 15], b = w[i - 2];
    w[i] = w[i - 16] + (ror(a, 7) ^ ror(a, 18) ^ a >> 3) + w[i - 7] +
           (ror(b, 17) ^ ror(b, 19) ^ b >> 10);
  }
}

static void sha256_block(uint32_t *h, const uint8_t *p) {
  uint32_t w[64], s[8];
  sha256_schedule(w, p);
  memcpy(s, h, sizeof s);
  for (int i = 0; i < 64; i++) {
    uint32_t e = s[4], a = s[0];
    uint32_t t1 = s[7] + (ror(e, 6) ^ ror(e, 11) ^ ror(e, 25)) +
                  ((e & s[5]) ^ (~e & s[6])) + sha256_k[i] + w[i];
    uint32_t t2 = (ror(a, 2) ^ ror(a, 13) ^ ror(a, 22)) +
                  ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
    memmove(s + 1, s, 7 * sizeof *s);
    s[4] += t1;
    s[0] = t1 + t2;
  }
  for (int i = 0; i < 8; i++)
    h[i] += s[i];
}

static const digest_kind sha256 = {sha256_block,
                                   {0x6a09e667, 0xbb67ae85, 0x3c6ef372,
                                    0xa54ff53a, 0x510e527f, 0x9b05688c,
                                    0x1f83d9ab, 0x5be0cd19},
                                   8,
                                   false};

/* ---- SHA-1 (FIPS 180-4) ---- */

static void sha1_block(uint32_t *h, const uint8_t *p) {
  uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
  for (int i = 0; i < 16; i++)
    w[i] = load_big(p + 4 * i);
  for (int i = 16; i < 80; i++)
    w[i] = rol(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  for (int i = 0; i < 80; i++) {
    static const uint32_t k[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc,
                                  0xca62c1d6};
    uint32_t f = i < 20   ? (b & c) | (~b & d)
                 : i < 40 ? b ^ c ^ d
                 : i < 60 ? (b & c) | (b & d) | (c & d)
                          : b ^ c ^ d;
    uint32_t t = rol(a, 5) + f + e + k[i / 20] + w[i];
    e = d;
    d = c;
    c = rol(b, 30);
    b = a;
    a = t;
  }
  h[0] += a;
  h[1] += b;
  h[2] += c;
  h[3] += d;
  h[4] += e;
}

static const digest_kind sha1 = {
    sha1_block,
    {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0},
    5,
    false};

/* ---- MD5 (RFC 1321) ---- */

/* floor(2^32 * |sin(i + 1)|) */
static const uint32_t md5_k[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a,
    0xa8304613, 0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be,
    0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340,
    0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8,
    0x676f02d9, 0x8d2a4c8a, 0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c,
    0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa,
    0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92,
    0xffeff47d, 0x85845dd1, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1,
    0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};

static uint32_t md5_mix(int i, uint32_t b, uint32_t c, uint32_t d) {
  switch (i / 16) {
  case 0: return (b & c) | (~b & d);
  case 1: return (d & b) | (~d & c);
  case 2: return b ^ c ^ d;
  default: return c ^ (b | ~d);
  }
}

static void md5_block(uint32_t *h, const uint8_t *p) {
  static const uint8_t turn[4][4] = {
      {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
  static const uint8_t factor[4] = {1, 5, 3, 7}, offset[4] = {0, 1, 5, 0};
  uint32_t a = h[0], b = h[1], c = h[2], d = h[3];
  for (int i = 0; i < 64; i++) {
    int word = (factor[i / 16] * i + offset[i / 16]) % 16;
    uint32_t f = md5_mix(i, b, c, d) + a + md5_k[i] + load_little(p + 4 * word);
    a = d;
    d = c;
    c = b;
    b += rol(f, turn[i / 16][i % 4]);
  }
  h[0] += a;
  h[1] += b;
  h[2] += c;
  h[3] += d;
}

static const digest_kind md5 = {
    md5_block, {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476}, 4, true};

/* ---- any of them ---- */

static void start(digest *d, const digest_kind *kind) {
  d->kind = kind;
  d->total = 0;
  memcpy(d->h, kind->start, sizeof d->h);
}

static void feed(digest *d, const void *bytes, size_t n) {
  const uint8_t *p = bytes;
  while (n > 0) {
    size_t at = (size_t)(d->total % BLOCK);
    if (at == 0 && n >= BLOCK) {
      d->kind->block(d->h, p);
      d->total += BLOCK;
      p += BLOCK;
      n -= BLOCK;
      continue;
    }
    size_t some = BLOCK - at < n ? BLOCK - at : n;
    memcpy(d->rest + at, p, some);
    d->total += some;
    p += some;
    n -= some;
    if (d->total % BLOCK == 0)
      d->kind->block(d->h, d->rest);
  }
}

/* Ends the digest; out gets 4 * kind->words bytes. */
static void finish(digest *d, uint8_t *out) {
  static const uint8_t padding[BLOCK] = {0x80};
  uint64_t bits = d->total * 8;
  uint8_t length[8];
  for (int i = 0; i < 8; i++)
    length[d->kind->little ? i : 7 - i] = (uint8_t)(bits >> 8 * i);
  size_t at = (size_t)(d->total % BLOCK);
  feed(d, padding, at < 56 ? 56 - at : 120 - at);
  feed(d, length, sizeof length);
  for (int i = 0; i < d->kind->words * 4; i++) {
    int shift = d->kind->little ? i % 4 * 8 : 24 - i % 4 * 8;
    out[i] = (uint8_t)(d->h[i / 4] >> shift);
  }
}

/* ---- builtins ---- */

enum { DIGEST_STATE, DIGEST_AT, DIGEST_LOCALS };

static bool bytes_arg(gn_ctx *ctx, const gn_call *call, uint32_t i,
                      const gn_string **out) {
  gn_value v = call->argv[i];
  if (!gn_is_string(v) && !gn_is_bytes(v)) {
    gn_throw_expects(ctx, call, "a String or Bytes", v);
    return false;
  }
  *out = gn_str(v);
  return true;
}

static digest *state_of(const gn_call *call) {
  return (digest *)(void *)((gn_blob *)gn_as_obj(call->locals[DIGEST_STATE]))
      ->bytes;
}

/* At the first entry: a state, begun. False: out of memory. */
static bool begin(gn_ctx *ctx, gn_call *call, const digest_kind *kind) {
  gn_blob *blob = gn_blob_new(gn_ctx_heap(ctx), sizeof(digest));
  if (!blob)
    return false;
  call->locals[DIGEST_STATE] = gn_from_obj(blob);
  call->locals[DIGEST_AT] = gn_from_fix(0);
  start(state_of(call), kind);
  return true;
}

/* Feeds s from DIGEST_AT on. GN_OK when all is in, else GN_YIELD. */
static int feed_all(gn_ctx *ctx, gn_call *call, const gn_string *s) {
  size_t at = (size_t)gn_fix(call->locals[DIGEST_AT]);
  while (at < s->len) {
    size_t some = s->len - at < PIECE ? s->len - at : PIECE;
    feed(state_of(call), gn_str_bytes(s) + at, some);
    at += some;
    call->locals[DIGEST_AT] = gn_from_fix((int64_t)at);
    gn_charge(ctx, some >> 1);
    if (at < s->len && gn_slice_over(ctx))
      return gn_pause(call, 1);
  }
  return GN_OK;
}

static int give_hex(gn_ctx *ctx, gn_call *call, const uint8_t *bytes,
                    size_t n) {
  char text[64];
  for (size_t i = 0; i < n; i++) {
    text[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
    text[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
  }
  return gn_return_text(ctx, call, text, 2 * n);
}

static int give_digest(gn_ctx *ctx, gn_call *call, const digest_kind *kind) {
  const gn_string *s;
  uint8_t out[32];
  if (!bytes_arg(ctx, call, 0, &s))
    return GN_THROW;
  if (call->state == 0 && !begin(ctx, call, kind))
    return gn_oom(ctx);
  int status = feed_all(ctx, call, s);
  if (status != GN_OK)
    return status;
  digest end = *state_of(call); /* a copy: this entry may be tried again */
  finish(&end, out);
  return give_hex(ctx, call, out, (size_t)kind->words * 4);
}

static int give_sha256(gn_ctx *ctx, gn_call *call) {
  return give_digest(ctx, call, &sha256);
}
static int give_sha1(gn_ctx *ctx, gn_call *call) {
  return give_digest(ctx, call, &sha1);
}
static int give_md5(gn_ctx *ctx, gn_call *call) {
  return give_digest(ctx, call, &md5);
}

/* The key filled up to a block, each byte changed by `mask`. */
static void key_block(const gn_string *key, uint8_t mask, uint8_t *out) {
  uint8_t whole[BLOCK] = {0};
  if (key->len > BLOCK) {
    digest d;
    start(&d, &sha256);
    feed(&d, gn_str_bytes(key), key->len);
    finish(&d, whole);
  } else {
    memcpy(whole, gn_str_bytes(key), key->len);
  }
  for (size_t i = 0; i < BLOCK; i++)
    out[i] = whole[i] ^ mask;
}

static int give_hmac(gn_ctx *ctx, gn_call *call) {
  const gn_string *key, *s;
  uint8_t block[BLOCK], inner[32], out[32];
  digest outer;
  if (!bytes_arg(ctx, call, 0, &key) || !bytes_arg(ctx, call, 1, &s))
    return GN_THROW;
  if (key->len > PIECE)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL,
                    "hmac_sha256 expects a key of at most 65536 bytes");
  if (call->state == 0) {
    if (!begin(ctx, call, &sha256))
      return gn_oom(ctx);
    key_block(key, 0x36, block);
    feed(state_of(call), block, BLOCK);
  }
  int status = feed_all(ctx, call, s);
  if (status != GN_OK)
    return status;
  digest end = *state_of(call);
  finish(&end, inner);
  key_block(key, 0x5c, block);
  start(&outer, &sha256);
  feed(&outer, block, BLOCK);
  feed(&outer, inner, sizeof inner);
  finish(&outer, out);
  return give_hex(ctx, call, out, sizeof out);
}

const gn_native_def gn_digest_rows[] = {
    GN_FUNCTION("gene/sha256", give_sha256, 1, 1, DIGEST_LOCALS,
                "(gene/sha256 v)", "SHA-256 of a String or Bytes in hex."),
    GN_FUNCTION("gene/sha1", give_sha1, 1, 1, DIGEST_LOCALS, "(gene/sha1 v)",
                "SHA-1 of a String or Bytes in hex."),
    GN_FUNCTION("gene/md5", give_md5, 1, 1, DIGEST_LOCALS, "(gene/md5 v)",
                "MD5 of a String or Bytes in hex."),
    GN_FUNCTION("gene/hmac_sha256", give_hmac, 2, 2, DIGEST_LOCALS,
                "(gene/hmac_sha256 key data)", "HMAC-SHA-256 in hex."),
    GN_ROWS_END};
