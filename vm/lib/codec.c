/*
 * codec.c - hex and percent-encoding, and taking URLs apart. It opens nothing
 * and checks no host name.
 */
#include "core/digits.h"
#include "lib/tables.h"
#include "run/native_args.h"
#include "run/pieces.h"
#include "types/bytes.h"

#define PIECE   65536u  /* bytes between two looks at the slice */
#define URL_MAX 131072u /* bytes of a URL that is taken apart */

enum { CODE_OUT, CODE_AT, CODE_CHECK, CODE_LOCALS };

/* ---- a blob that is filled in pieces ---- */

/* Turns bytes at *at of s into text at out->bytes + out->used; moves both.
 * False: malformed at *at. */
typedef bool piece_fn(const gn_string *s, uint32_t *at, uint32_t end,
                      gn_blob *out);

/* GN_OK with everything in *out, else a status. `most` bytes may be made. */
static int convert(gn_ctx *ctx, gn_call *call, const gn_string *s, size_t most,
                   piece_fn *piece, gn_blob **out, bool *bad) {
  gn_value *local = call->locals;
  if (call->state == 0) {
    gn_blob *made = gn_blob_new(gn_ctx_heap(ctx), most);
    if (!made)
      return gn_oom(ctx);
    local[CODE_OUT] = gn_from_obj(made);
    local[CODE_AT] = gn_from_fix(0);
  }
  *out = (gn_blob *)gn_as_obj(local[CODE_OUT]);
  *bad = false;
  for (uint32_t at = (uint32_t)gn_fix(local[CODE_AT]); at < s->len;) {
    uint32_t end = s->len - at < PIECE ? s->len : at + PIECE;
    uint32_t from = at;
    if (!piece(s, &at, end, *out)) {
      *bad = true;
      return GN_OK;
    }
    local[CODE_AT] = gn_from_fix(at);
    gn_charge(ctx, (at - from) >> 2);
    if (at < s->len && gn_slice_over(ctx))
      return gn_pause(call, 1);
  }
  return GN_OK;
}

static int give_blob(gn_ctx *ctx, gn_call *call, gn_blob *out) {
  gn_builder b;
  gn_builder_init(&b, gn_ctx_heap(ctx));
  b.buf = out;
  return gn_return_made(ctx, call, gn_builder_string(&b));
}

static bool bytes_arg(gn_ctx *ctx, const gn_call *call, const gn_string **s) {
  gn_value v = call->argv[0];
  if (gn_is_string(v) || gn_is_bytes(v)) {
    *s = gn_str(v);
    return true;
  }
  gn_throw_expects(ctx, call, "a String or Bytes", v);
  return false;
}

static void put_byte(gn_blob *out, char c) {
  out->bytes[out->used++] = c;
}

/* The decoded bytes as a String. */
static int give_text(gn_ctx *ctx, gn_call *call, gn_blob *out) {
  bool valid;
  if (gn_valid_run(ctx, call, &call->locals[CODE_CHECK], out->bytes, out->used,
                   &valid) != GN_OK)
    return GN_YIELD;
  if (!valid)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL, "%s gives no valid UTF-8",
                    call->def->name);
  return give_blob(ctx, call, out);
}

/* ---- hex ---- */

static bool hex_encode_piece(const gn_string *s, uint32_t *at, uint32_t end,
                             gn_blob *out) {
  for (; *at < end; ++*at) {
    unsigned char c = (unsigned char)gn_str_bytes(s)[*at];
    put_byte(out, "0123456789abcdef"[c >> 4]);
    put_byte(out, "0123456789abcdef"[c & 15]);
  }
  return true;
}

static bool hex_decode_piece(const gn_string *s, uint32_t *at, uint32_t end,
                             gn_blob *out) {
  const char *p = gn_str_bytes(s);
  for (; *at < end; *at += 2) {
    unsigned high = gn_digit(p[*at]), low = gn_digit(p[*at + 1]);
    if (high >= 16 || low >= 16)
      return false;
    put_byte(out, (char)(high << 4 | low));
  }
  return true;
}

/* Every byte of a String or Bytes becomes at most `grows` by piece. */
static int encode_bytes(gn_ctx *ctx, gn_call *call, piece_fn *piece,
                        size_t grows) {
  const gn_string *s;
  gn_blob *out;
  bool bad;
  if (!bytes_arg(ctx, call, &s))
    return GN_THROW;
  int status = convert(ctx, call, s, s->len * grows, piece, &out, &bad);
  return status == GN_OK ? give_blob(ctx, call, out) : status;
}

static int hex_encode(gn_ctx *ctx, gn_call *call) {
  return encode_bytes(ctx, call, hex_encode_piece, 2);
}

static int hex_decode(gn_ctx *ctx, gn_call *call) {
  const gn_string *s;
  gn_blob *out;
  bool bad = true;
  if (!bytes_arg(ctx, call, &s))
    return GN_THROW;
  int status = GN_OK;
  if (s->len % 2 == 0)
    status = convert(ctx, call, s, s->len / 2, hex_decode_piece, &out, &bad);
  if (status != GN_OK)
    return status;
  if (bad)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL, "Invalid hex string");
  return give_text(ctx, call, out);
}

/* ---- URL components (RFC 3986) ---- */

static bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

static bool url_encode_piece(const gn_string *s, uint32_t *at, uint32_t end,
                             gn_blob *out) {
  for (; *at < end; ++*at) {
    char c = gn_str_bytes(s)[*at];
    if (is_unreserved(c)) {
      put_byte(out, c);
      continue;
    }
    put_byte(out, '%');
    put_byte(out, "0123456789ABCDEF"[(unsigned char)c >> 4]);
    put_byte(out, "0123456789ABCDEF"[c & 15]);
  }
  return true;
}

static bool url_decode_piece(const gn_string *s, uint32_t *at, uint32_t end,
                             gn_blob *out) {
  const char *p = gn_str_bytes(s);
  while (*at < end) {
    if (p[*at] != '%') {
      put_byte(out, p[(*at)++]);
      continue;
    }
    unsigned high = *at + 2 < s->len ? gn_digit(p[*at + 1]) : GN_NO_DIGIT;
    unsigned low = *at + 2 < s->len ? gn_digit(p[*at + 2]) : GN_NO_DIGIT;
    if (high >= 16 || low >= 16)
      return false;
    put_byte(out, (char)(high << 4 | low));
    *at += 3;
  }
  return true;
}

static int url_encode(gn_ctx *ctx, gn_call *call) {
  return encode_bytes(ctx, call, url_encode_piece, 3);
}

static int url_decode(gn_ctx *ctx, gn_call *call) {
  const gn_string *s;
  gn_blob *out;
  bool bad;
  if (!bytes_arg(ctx, call, &s))
    return GN_THROW;
  int status = convert(ctx, call, s, s->len, url_decode_piece, &out, &bad);
  if (status != GN_OK)
    return status;
  if (bad)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL,
                    "Invalid percent-encoding in URL text");
  return give_text(ctx, call, out);
}

/* ---- whole URLs ---- */

typedef struct slice {
  const char *at;
  size_t len;
} slice;

/* Takes off what stands before the first of `marks`. */
static slice cut(slice *rest, const char *marks) {
  size_t n = 0;
  while (n < rest->len && !strchr(marks, rest->at[n]))
    n++;
  slice head = {rest->at, n};
  rest->at += n;
  rest->len -= n;
  return head;
}

/* What follows a mark at the start of the rest; at NULL: it is not there. */
static slice after(slice *rest, char mark, const char *until) {
  if (rest->len == 0 || rest->at[0] != mark)
    return (slice){NULL, 0};
  rest->at++;
  rest->len--;
  return cut(rest, until);
}

static bool put_part(gn_heap *heap, gn_dict *map, const char *name,
                     slice part) {
  gn_value key = gn_string_c(heap, name);
  gn_value v = part.at ? gn_string_new(heap, part.at, part.len) : GN_NIL;
  return key != GN_NONE && v != GN_NONE && gn_map_set(heap, map, key, v);
}

static bool is_scheme(slice s) {
  for (size_t i = 0; i < s.len; i++) {
    char c = (char)(s.at[i] | 0x20);
    bool letter = c >= 'a' && c <= 'z';
    bool other = (s.at[i] >= '0' && s.at[i] <= '9') || s.at[i] == '+' ||
                 s.at[i] == '-' || s.at[i] == '.';
    if (!letter && (i == 0 || !other))
      return false;
  }
  return s.len > 0;
}

/* The port of HOST:PORT, taken off; -1: none, -2: malformed. */
static int64_t take_port(slice *host) {
  size_t n = host->len;
  int64_t port = 0, unit = 1;
  while (n > 0 && host->at[n - 1] >= '0' && host->at[n - 1] <= '9')
    n--;
  if (n == 0 || host->at[n - 1] != ':')
    return n > 0 && memchr(host->at, ':', host->len) &&
                   host->at[host->len - 1] != ']'
               ? -2
               : -1;
  for (size_t i = host->len; i > n && unit < 1000000; i--, unit *= 10)
    port += (host->at[i - 1] - '0') * unit;
  host->len = n - 1;
  if (unit == 1)
    return -1;
  return port <= 65535 ? port : -2;
}

typedef struct url {
  slice scheme, host, path, query, fragment; /* at NULL: not there */
  int64_t port;                              /* -1: not there */
} url;

/* //[USER@]HOST[:PORT] at the start of the rest. False: malformed. */
static bool take_authority(slice *rest, url *u) {
  u->port = -1;
  if (rest->len < 2 || rest->at[0] != '/' || rest->at[1] != '/')
    return true;
  rest->at += 2;
  rest->len -= 2;
  u->host = cut(rest, "/?#");
  const char *user = memrchr(u->host.at, '@', u->host.len);
  if (user) {
    u->host.len -= (size_t)(user + 1 - u->host.at);
    u->host.at = user + 1;
  }
  u->port = take_port(&u->host);
  return u->port != -2;
}

static bool take_apart(slice rest, url *u) {
  slice whole = rest;
  *u = (url){.scheme = cut(&rest, ":/?#")};
  if (rest.len > 0 && rest.at[0] == ':') {
    if (!is_scheme(u->scheme))
      return false;
    rest.at++;
    rest.len--;
  } else {
    rest = whole;
    u->scheme.at = NULL;
  }
  if (!take_authority(&rest, u))
    return false;
  u->path = cut(&rest, "?#");
  u->query = after(&rest, '?', "#");
  u->fragment = after(&rest, '#', "");
  return true;
}

static int url_parse(gn_ctx *ctx, gn_call *call) {
  gn_heap *heap = gn_ctx_heap(ctx);
  gn_string *s;
  url u;
  if (!gn_arg_string(ctx, call, 0, &s))
    return GN_THROW;
  gn_charge(ctx, s->len >> 2);
  if (s->len > URL_MAX)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL, "A URL has %u bytes at most",
                    URL_MAX);
  if (!take_apart((slice){gn_str_bytes(s), s->len}, &u))
    return gn_throw(ctx, GN_X_ARGUMENT, NULL, "Invalid URL");
  gn_dict *map = gn_dict_new(heap, GN_T_MAP, 6);
  gn_value key = gn_string_c(heap, "port");
  gn_value port = u.port < 0 ? GN_NIL : gn_from_fix(u.port);
  if (!map || key == GN_NONE || !put_part(heap, map, "scheme", u.scheme) ||
      !put_part(heap, map, "host", u.host) ||
      !gn_map_set(heap, map, key, port) ||
      !put_part(heap, map, "path", u.path) ||
      !put_part(heap, map, "query", u.query) ||
      !put_part(heap, map, "fragment", u.fragment))
    return gn_oom(ctx);
  return gn_return_obj(ctx, call, map);
}

const gn_native_def gn_codec_rows[] = {
    GN_FUNCTION("gene/hex_encode", hex_encode, 1, 1, CODE_LOCALS,
                "(gene/hex_encode v)", "Hex of a String or Bytes."),
    GN_FUNCTION("gene/hex_decode", hex_decode, 1, 1, CODE_LOCALS,
                "(gene/hex_decode v)", "The text that hex stands for."),
    GN_FUNCTION("gene/url_encode", url_encode, 1, 1, CODE_LOCALS,
                "(gene/url_encode v)", "Percent-encoded as a URL component."),
    GN_FUNCTION("gene/url_decode", url_decode, 1, 1, CODE_LOCALS,
                "(gene/url_decode v)", "Text of a URL component."),
    GN_FUNCTION("gene/url_parse", url_parse, 1, 1, 0, "(gene/url_parse s)",
                "Map of scheme, host, port, path, query, fragment."),
    GN_ROWS_END};
