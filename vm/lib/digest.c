/*
 * digest.c - SHA-256, SHA-1, MD5 and HMAC-SHA-256 of a String or Bytes, as
 * lower-case hex. The algorithms are nettle's; here long inputs are given to
 * them piece by piece. It is no place for secrets: nothing here wipes memory.
 */
#include <nettle/base16.h>
#include <nettle/hmac.h>
#include <nettle/md5.h>
#include <nettle/nettle-meta.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>

#include "lib/tables.h"
#include "run/native_args.h"
#include "types/bytes.h"

#define PIECE   65536u /* bytes between two looks at the slice */
#define KEY_MAX 65536u /* so a key is worked on at once */

/* What nettle keeps between two pieces. It has no pointers into itself: a copy
 * goes on like the original. */
typedef union state {
  struct sha256_ctx sha256;
  struct sha1_ctx sha1;
  struct md5_ctx md5;
  struct hmac_sha256_ctx hmac;
} state;

/* HMAC as one more kind of digest; its init is hmac_sha256_set_key. */
static void feed_hmac(void *ctx, size_t n, const uint8_t *bytes) {
  hmac_sha256_update(ctx, n, bytes);
}
static void end_hmac(void *ctx, size_t n, uint8_t *out) {
  hmac_sha256_digest(ctx, n, out);
}
static const struct nettle_hash hmac_sha256 = {
    .name = "hmac_sha256",
    .context_size = sizeof(struct hmac_sha256_ctx),
    .digest_size = SHA256_DIGEST_SIZE,
    .update = feed_hmac,
    .digest = end_hmac};

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

static const uint8_t *octets(const gn_string *s) {
  return (const uint8_t *)gn_str_bytes(s);
}

static state *state_of(const gn_call *call) {
  return (state *)(void *)((gn_blob *)gn_as_obj(call->locals[DIGEST_STATE]))
      ->bytes;
}

/* At the first entry: room for the state. False: out of memory. */
static bool begin(gn_ctx *ctx, gn_call *call, const struct nettle_hash *kind) {
  assert(kind->context_size <= sizeof(state));
  (void)kind; /* where nothing is asserted */
  gn_blob *blob = gn_blob_new(gn_ctx_heap(ctx), sizeof(state));
  if (!blob)
    return false;
  call->locals[DIGEST_STATE] = gn_from_obj(blob);
  call->locals[DIGEST_AT] = gn_from_fix(0);
  return true;
}

/* Feeds s from DIGEST_AT on. GN_OK when all is in, else GN_YIELD. */
static int feed_all(gn_ctx *ctx, gn_call *call, const struct nettle_hash *kind,
                    const gn_string *s) {
  size_t at = (size_t)gn_fix(call->locals[DIGEST_AT]);
  while (at < s->len) {
    size_t some = s->len - at < PIECE ? s->len - at : PIECE;
    kind->update(state_of(call), some, octets(s) + at);
    at += some;
    call->locals[DIGEST_AT] = gn_from_fix((int64_t)at);
    gn_charge(ctx, some >> 1);
    if (at < s->len && gn_slice_over(ctx))
      return gn_pause(call, 1);
  }
  return GN_OK;
}

/* The digest of what is in the state and s, in hex. */
static int give_hex(gn_ctx *ctx, gn_call *call, const struct nettle_hash *kind,
                    const gn_string *s) {
  uint8_t out[SHA256_DIGEST_SIZE];
  char text[BASE16_ENCODE_LENGTH(sizeof out)];
  int status = feed_all(ctx, call, kind, s);
  if (status != GN_OK)
    return status;
  state end = *state_of(call); /* a copy: this entry may be tried again */
  assert(kind->digest_size <= sizeof out);
  kind->digest(&end, kind->digest_size, out);
  base16_encode_update(text, kind->digest_size, out);
  return gn_return_text(ctx, call, text,
                        BASE16_ENCODE_LENGTH((size_t)kind->digest_size));
}

static int give_digest(gn_ctx *ctx, gn_call *call,
                       const struct nettle_hash *kind) {
  const gn_string *s;
  if (!bytes_arg(ctx, call, 0, &s))
    return GN_THROW;
  if (call->state == 0) {
    if (!begin(ctx, call, kind))
      return gn_oom(ctx);
    kind->init(state_of(call));
  }
  return give_hex(ctx, call, kind, s);
}

static int give_sha256(gn_ctx *ctx, gn_call *call) {
  return give_digest(ctx, call, &nettle_sha256);
}
static int give_sha1(gn_ctx *ctx, gn_call *call) {
  return give_digest(ctx, call, &nettle_sha1);
}
static int give_md5(gn_ctx *ctx, gn_call *call) {
  return give_digest(ctx, call, &nettle_md5);
}

static int give_hmac(gn_ctx *ctx, gn_call *call) {
  const gn_string *key, *s;
  if (!bytes_arg(ctx, call, 0, &key) || !bytes_arg(ctx, call, 1, &s))
    return GN_THROW;
  if (key->len > KEY_MAX)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL,
                    "hmac_sha256 expects a key of at most %u bytes", KEY_MAX);
  if (call->state == 0) {
    if (!begin(ctx, call, &hmac_sha256))
      return gn_oom(ctx);
    gn_charge(ctx, key->len >> 1);
    hmac_sha256_set_key(&state_of(call)->hmac, key->len, octets(key));
  }
  return give_hex(ctx, call, &hmac_sha256, s);
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
