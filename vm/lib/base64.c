/*
 * base64.c - base64 for scripts and for Bytes in JSON. Long texts are worked
 * on piece by piece, so that no call outlasts its slice by much.
 */
#include "lib/base64.h"

#include "core/digits.h"
#include "core/utf8.h"
#include "lib/tables.h"
#include "run/native_args.h"
#include "run/pieces.h"
#include "types/bytes.h"

#define PIECE     49152u /* bytes at a time: a multiple of three and of four */
#define MEND_STEP 4096u /* bytes between two looks at the slice, some invalid */

enum { B64_OUT, B64_AT, B64_CHECK, B64_MENDED, B64_LOCALS };

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void gn_base64_encode(const char *bytes, size_t n, char *out) {
  const unsigned char *p = (const unsigned char *)bytes;
  for (; n >= 3; n -= 3, p += 3) {
    uint32_t word = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
    *out++ = alphabet[word >> 18];
    *out++ = alphabet[word >> 12 & 63];
    *out++ = alphabet[word >> 6 & 63];
    *out++ = alphabet[word & 63];
  }
  if (n == 0)
    return;
  uint32_t word = (uint32_t)p[0] << 16 | (n > 1 ? (uint32_t)p[1] << 8 : 0);
  *out++ = alphabet[word >> 18];
  *out++ = alphabet[word >> 12 & 63];
  *out++ = n > 1 ? alphabet[word >> 6 & 63] : '=';
  *out = '=';
}

bool gn_base64_put(gn_builder *out, const char *bytes, size_t n) {
  char piece[1024];
  while (n > 0) {
    size_t some = n < 768 ? n : 768;
    gn_base64_encode(bytes, some, piece);
    if (!gn_put(out, piece, gn_base64_size(some)))
      return false;
    bytes += some;
    n -= some;
  }
  return true;
}

/* ---- decoding ---- */

/* Decodes n characters, a multiple of four; padding in the last four only,
 * and only when `last`. Returns the bytes made, or -1. */
static int64_t decode(const char *p, size_t n, bool last, char *out) {
  int64_t made = 0;
  for (size_t i = 0; i < n; i += 4) {
    bool end = last && i + 4 == n;
    int pad = !end || p[i + 3] != '=' ? 0 : p[i + 2] == '=' ? 2 : 1;
    uint32_t word = 0;
    for (int k = 0; k < 4; k++) {
      unsigned v = k >= 4 - pad ? 0 : gn_base64_digit(p[i + (size_t)k]);
      if (v == GN_NO_DIGIT)
        return -1;
      word = word << 6 | v;
    }
    if ((pad == 1 && (word & 0xff)) || (pad == 2 && (word & 0xffff)))
      return -1; /* bits beyond the last byte */
    for (int k = 0; k < 3 - pad; k++)
      out[made++] = (char)(word >> (16 - 8 * k));
  }
  return made;
}

/* ---- builtins ---- */

/* At the first entry: room for `size` bytes, at the start. */
static int begin(gn_ctx *ctx, gn_call *call, size_t size) {
  if (call->state != 0)
    return GN_OK;
  gn_blob *buf = gn_blob_new(gn_ctx_heap(ctx), size);
  if (!buf)
    return gn_oom(ctx);
  call->locals[B64_OUT] = gn_from_obj(buf);
  call->locals[B64_AT] = gn_from_fix(0);
  return GN_OK;
}

static gn_blob *out_of(const gn_call *call) {
  return (gn_blob *)gn_as_obj(call->locals[B64_OUT]);
}

static int give_blob(gn_ctx *ctx, gn_call *call) {
  gn_builder b;
  gn_builder_init(&b, gn_ctx_heap(ctx));
  b.buf = out_of(call);
  return gn_return_made(ctx, call, gn_builder_string(&b));
}

static int encode_builtin(gn_ctx *ctx, gn_call *call) {
  gn_value v = call->argv[0];
  if (!gn_is_string(v) && !gn_is_bytes(v))
    return gn_throw_expects(ctx, call, "a String or Bytes", v);
  const gn_string *s = gn_str(v);
  if (s->len == 0)
    return gn_return_text(ctx, call, "", 0);
  if (begin(ctx, call, gn_base64_size(s->len)) != GN_OK)
    return GN_THROW;
  gn_blob *out = out_of(call);
  for (size_t at = (size_t)gn_fix(call->locals[B64_AT]); at < s->len;) {
    size_t some = s->len - at < PIECE ? s->len - at : PIECE;
    gn_base64_encode(gn_str_bytes(s) + at, some, out->bytes + out->used);
    out->used += (uint32_t)gn_base64_size(some);
    at += some;
    call->locals[B64_AT] = gn_from_fix((int64_t)at);
    gn_charge(ctx, some >> 3);
    if (at < s->len && gn_slice_over(ctx))
      return gn_pause(call, 1);
  }
  return give_blob(ctx, call);
}

static int refuse(gn_ctx *ctx, const gn_string *s) {
  int n = s->len < 80 ? (int)s->len : 80;
  while (n > 0 && ((unsigned char)gn_str_bytes(s)[n] & 0xc0) == 0x80 &&
         (uint32_t)n < s->len)
    n--;
  return gn_throw(ctx, GN_X_ARGUMENT, NULL, "Invalid base64 string: %.*s%s", n,
                  gn_str_bytes(s), (uint32_t)n < s->len ? "..." : "");
}

/* Text of the decoded bytes, in which each that is no UTF-8 is U+FFFD. *at is
 * the place in them, B64_MENDED the text up to there. */
static int give_mended(gn_ctx *ctx, gn_call *call, gn_value *at) {
  const gn_blob *raw = out_of(call);
  gn_builder *b = gn_print_builder(ctx, &call->locals[B64_MENDED]);
  if (!b)
    return gn_oom(ctx);
  b->failed = false; /* of a put that is being tried again */
  for (size_t from = (size_t)gn_fix(*at), checked = from; from < raw->used;) {
    size_t some = raw->used - from < PIECE ? raw->used - from : PIECE;
    size_t valid = gn_utf8_valid_prefix(raw->bytes + from, some);
    if (!(valid > 0 ? gn_put(b, raw->bytes + from, valid)
                    : gn_put_char(b, 0xfffd)))
      return gn_oom(ctx);
    from += valid > 0 ? valid : 1;
    *at = gn_from_fix((int64_t)from);
    if (from - checked < MEND_STEP)
      continue;
    gn_charge(ctx, from - checked);
    checked = from;
    if (gn_slice_over(ctx))
      return gn_pause(call, 1);
  }
  return gn_return_made(ctx, call,
                        gn_taken_text(ctx, &call->locals[B64_MENDED]));
}

/* The decoded bytes as text. */
static int give_decoded(gn_ctx *ctx, gn_call *call) {
  gn_value *local = call->locals;
  const gn_blob *raw = out_of(call);
  bool valid = false;
  if (local[B64_MENDED] == GN_NIL &&
      gn_valid_run(ctx, call, &local[B64_CHECK], raw->bytes, raw->used,
                   &valid) != GN_OK)
    return GN_YIELD;
  if (valid)
    return give_blob(ctx, call);
  if (local[B64_MENDED] == GN_NIL)
    local[B64_CHECK] = gn_from_fix(0);
  return give_mended(ctx, call, &local[B64_CHECK]);
}

static int decode_builtin(gn_ctx *ctx, gn_call *call) {
  gn_string *s;
  if (!gn_arg_string(ctx, call, 0, &s))
    return GN_THROW;
  if (s->len % 4 != 0)
    return refuse(ctx, s);
  if (s->len == 0)
    return gn_return_text(ctx, call, "", 0);
  if (begin(ctx, call, s->len / 4 * 3) != GN_OK)
    return GN_THROW;
  gn_blob *out = out_of(call);
  for (size_t at = (size_t)gn_fix(call->locals[B64_AT]); at < s->len;) {
    size_t some = s->len - at < PIECE ? s->len - at : PIECE;
    int64_t made = decode(gn_str_bytes(s) + at, some, at + some == s->len,
                          out->bytes + out->used);
    if (made < 0)
      return refuse(ctx, s);
    out->used += (uint32_t)made;
    at += some;
    call->locals[B64_AT] = gn_from_fix((int64_t)at);
    gn_charge(ctx, some >> 2);
    if (at < s->len && gn_slice_over(ctx))
      return gn_pause(call, 1);
  }
  return give_decoded(ctx, call);
}

#define ENCODE_ROW(name)                                              \
  GN_FUNCTION(name, encode_builtin, 1, 1, B64_LOCALS, "(" name " v)", \
              "Base64 of a text's UTF-8, or of Bytes.")
#define DECODE_ROW(name)                                              \
  GN_FUNCTION(name, decode_builtin, 1, 1, B64_LOCALS, "(" name " s)", \
              "The text that base64 stands for.")

const gn_native_def gn_base64_rows[] = {
    ENCODE_ROW("base64"), ENCODE_ROW("gene/base64_encode"),
    DECODE_ROW("base64_decode"), DECODE_ROW("gene/base64_decode"), GN_ROWS_END};
