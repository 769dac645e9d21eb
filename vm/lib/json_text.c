/*
 * json_text.c - scalars and texts as JSON: escapes, numbers. It keeps nothing
 * and never calls Gene code.
 */
#include <math.h>

#include "core/utf8.h"
#include "lib/json_writer_impl.h"

#define SHORT_TEXT 4096u /* longer ones are written in pieces */

static const char *escape_of(unsigned char c, char buf[8]) {
  switch (c) {
  case '"': return "\\\"";
  case '\\': return "\\\\";
  case '\n': return "\\n";
  case '\r': return "\\r";
  case '\t': return "\\t";
  case '\b': return "\\b";
  case '\f': return "\\f";
  default:
    memcpy(buf, "\\u00", 4);
    buf[4] = "0123456789abcdef"[c >> 4];
    buf[5] = "0123456789abcdef"[c & 15];
    buf[6] = 0;
    return buf;
  }
}

bool jw_put_escaped(gn_builder *out, const char *text, size_t len) {
  size_t from = 0;
  char buf[8];
  for (size_t i = 0; i < len; i++) {
    unsigned char c = (unsigned char)text[i];
    if (GN_LIKELY(c >= 0x20 && c != '"' && c != '\\'))
      continue;
    gn_put(out, text + from, i - from);
    gn_put_c(out, escape_of(c, buf));
    from = i + 1;
  }
  return gn_put(out, text + from, len - from) && !out->failed;
}

bool gn_json_quote(gn_builder *out, const char *text, size_t len) {
  gn_put(out, "\"", 1);
  jw_put_escaped(out, text, len);
  return gn_put(out, "\"", 1) && !out->failed;
}

/* Beyond it JSON readers of other languages lose digits. */
#define INT_MOST ((INT64_C(1) << 53) - 1)

static bool put_number(gn_builder *out, gn_value v, bool tagged) {
  char text[32];
  if (gn_is_int(v)) {
    int64_t i = gn_int(v);
    bool quoted = tagged && (i > INT_MOST || i < -INT_MOST);
    gn_put_c(out, quoted ? "\"" GN_JSON_TAG : "");
    gn_put(out, text, gn_format_int(i, text));
    return gn_put_c(out, quoted ? "\"" : "");
  }
  double d = gn_float(v);
  if (!isfinite(d))
    return gn_put_c(out, "null");
  return gn_put(out, text, gn_format_double(d, text));
}

bool gn_json_scalar(gn_builder *out, gn_value v, enum gn_json_kind kind) {
  size_t len;
  bool tagged = kind == GN_JSON_TAGGED || kind == GN_JSON_TAGGED_WIRE;
  if (gn_is_number(v))
    return put_number(out, v, tagged);
  if (v == GN_TRUE || v == GN_FALSE)
    return gn_put_c(out, v == GN_TRUE ? "true" : "false");
  if (v == GN_NIL || v == GN_VOID)
    return gn_put_c(out, "null");
  if (gn_is_char(v)) {
    if (kind == GN_JSON_TAGGED)
      return false;
    char c[4];
    return gn_json_quote(out, c, gn_utf8_encode(gn_char(v), c));
  }
  if (!gn_is_string(v) && !gn_is_symbol(v))
    return false;
  if (tagged && jw_needs_tag(v))
    return false;
  const char *text = gn_text(v, &len);
  return len <= SHORT_TEXT && gn_json_quote(out, text, len);
}
