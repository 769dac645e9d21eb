/*
 * string_case.c - upper, lower, capitalize, reverse, trim: texts made from one
 * text character by character. Case mapping is Unicode's simple one, by
 * utf8proc, never the locale's.
 */
#include <utf8proc.h>

#include "core/utf8.h"
#include "lib/tables.h"
#include "types/string_methods.h"

#define CASE_BUFFER 4096u /* bytes made at a time */

enum { CASE_OUT, CASE_AT, CASE_LOCALS };

/* ---- characters ---- */

static uint32_t upper(uint32_t c) {
  if (c < 0x80)
    return c >= 'a' && c <= 'z' ? c - 32 : c;
  /* Sharp s has a capital, but no simple mapping to it. */
  return c == 0xdf ? c : (uint32_t)utf8proc_toupper((utf8proc_int32_t)c);
}

static uint32_t lower(uint32_t c) {
  if (c < 0x80)
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
  return (uint32_t)utf8proc_tolower((utf8proc_int32_t)c);
}

bool gn_is_space(uint32_t c) {
  switch (c) {
  case 0x20:
  case 0x85:
  case 0xa0:
  case 0x1680:
  case 0x2028:
  case 0x2029:
  case 0x202f:
  case 0x205f:
  case 0x3000: return true;
  default: return (c >= 9 && c <= 13) || (c >= 0x2000 && c <= 0x200a);
  }
}

/* ---- mapping ---- */

enum mapping { MAP_UPPER, MAP_LOWER, MAP_CAPITAL };

/* Maps n ASCII characters. */
static void map_ascii(char *to, const char *from, size_t n, bool up) {
  char first = up ? 'a' : 'A';
  for (size_t i = 0; i < n; i++) {
    bool letter = (unsigned char)(from[i] - first) < 26;
    to[i] = (char)(from[i] ^ (letter ? 0x20 : 0));
  }
}

static size_t ascii_run(const char *text, size_t n) {
  size_t i = 0;
  while (i < n && (unsigned char)text[i] < 0x80)
    i++;
  return i;
}

/* Maps characters from byte *at on into buf until it is full or the text
 * ends; returns the bytes made. */
static size_t map_some(const gn_string *s, uint32_t *at, enum mapping map,
                       char buf[CASE_BUFFER]) {
  const char *text = gn_str_bytes(s);
  size_t n = 0;
  while (*at < s->len && n + 4 <= CASE_BUFFER) {
    bool up = map == MAP_UPPER || (map == MAP_CAPITAL && *at == 0);
    size_t room = CASE_BUFFER - n, left = s->len - *at;
    size_t run = ascii_run(text + *at, left < room ? left : room);
    if (map == MAP_CAPITAL && *at == 0 && run > 1)
      run = 1;
    map_ascii(buf + n, text + *at, run, up);
    n += run;
    *at += (uint32_t)run;
    if (run > 0)
      continue;
    uint32_t size, c = gn_utf8_decode(text + *at, left, &size);
    n += gn_utf8_encode(up ? upper(c) : lower(c), buf + n);
    *at += size;
  }
  return n;
}

static int map_text(gn_ctx *ctx, gn_call *call, enum mapping map) {
  const gn_string *s = gn_self_str(call);
  gn_value *out = &call->locals[CASE_OUT];
  uint32_t at = call->state ? (uint32_t)gn_fix(call->locals[CASE_AT]) : 0;
  char buf[CASE_BUFFER];
  size_t n = map_some(s, &at, map, buf);
  gn_charge(ctx, (n >> 2) + 1);
  if (call->state == 0) {
    if (at == s->len)
      return gn_return_text(ctx, call, buf, n);
    *out = GN_NIL;
  }
  for (;;) {
    if (!gn_put_text(ctx, out, buf, n))
      return gn_oom(ctx);
    call->locals[CASE_AT] = gn_from_fix(at);
    if (at == s->len)
      return gn_return_made(ctx, call, gn_taken_text(ctx, out));
    if (gn_slice_over(ctx))
      return gn_pause(call, 1);
    n = map_some(s, &at, map, buf);
    gn_charge(ctx, (n >> 2) + 1);
  }
}

static int string_upper(gn_ctx *ctx, gn_call *call) {
  return map_text(ctx, call, MAP_UPPER);
}
static int string_lower(gn_ctx *ctx, gn_call *call) {
  return map_text(ctx, call, MAP_LOWER);
}
static int string_capitalize(gn_ctx *ctx, gn_call *call) {
  return map_text(ctx, call, MAP_CAPITAL);
}

/* ---- reverse ---- */

/* Start of the character that ends before byte `at`. */
static uint32_t step_back(const char *text, uint32_t at) {
  do
    at--;
  while (((unsigned char)text[at] & 0xc0) == 0x80);
  return at;
}

/* Puts characters before byte *at, last first, into buf until it is full. */
static size_t reverse_some(const gn_string *s, uint32_t *at,
                           char buf[CASE_BUFFER]) {
  const char *text = gn_str_bytes(s);
  size_t n = 0;
  while (*at > 0 && n + 4 <= CASE_BUFFER) {
    uint32_t from = step_back(text, *at);
    memcpy(buf + n, text + from, *at - from);
    n += *at - from;
    *at = from;
  }
  return n;
}

static int string_reverse(gn_ctx *ctx, gn_call *call) {
  const gn_string *s = gn_self_str(call);
  gn_value *out = &call->locals[CASE_OUT];
  uint32_t at = s->len;
  if (call->state)
    at = (uint32_t)gn_fix(call->locals[CASE_AT]);
  else
    *out = GN_NIL;
  for (;;) {
    char buf[CASE_BUFFER];
    size_t n = reverse_some(s, &at, buf);
    gn_charge(ctx, (n >> 2) + 1);
    if (n == s->len)
      return gn_return_text(ctx, call, buf, n);
    if (!gn_put_text(ctx, out, buf, n))
      return gn_oom(ctx);
    call->locals[CASE_AT] = gn_from_fix(at);
    if (at == 0)
      return gn_return_made(ctx, call, gn_taken_text(ctx, out));
    if (gn_slice_over(ctx))
      return gn_pause(call, 1);
  }
}

/* ---- trim ---- */

#define TRIM_CHECK 16384u /* spaces between two looks at the slice */

/* Passes spaces at one end of from..to: false when the slice is over first. */
static bool pass_spaces(gn_ctx *ctx, const char *text, uint32_t *from,
                        uint32_t *to, bool at_start) {
  uint32_t size;
  for (uint32_t n = 1; *from < *to; n++) {
    uint32_t at = at_start ? *from : step_back(text, *to);
    if (!gn_is_space(gn_utf8_decode(text + at, *to - at, &size)))
      break;
    if (at_start)
      *from += size;
    else
      *to = at;
    if (n % TRIM_CHECK != 0)
      continue;
    gn_charge(ctx, TRIM_CHECK);
    if (gn_slice_over(ctx))
      return false;
  }
  return true;
}

int gn_trim_run(gn_ctx *ctx, gn_call *call, bool left, bool right,
                uint32_t *from, uint32_t *to) {
  const gn_string *s = gn_self_str(call);
  const char *text = gn_str_bytes(s);
  *from = 0;
  *to = s->len;
  if (call->state) {
    *from = (uint32_t)gn_fix(call->locals[GN_TRIM_FROM]);
    *to = (uint32_t)gn_fix(call->locals[GN_TRIM_TO]);
  }
  if ((left && !pass_spaces(ctx, text, from, to, true)) ||
      (right && !pass_spaces(ctx, text, from, to, false))) {
    call->locals[GN_TRIM_FROM] = gn_from_fix(*from);
    call->locals[GN_TRIM_TO] = gn_from_fix(*to);
    return gn_pause(call, 1);
  }
  return GN_OK;
}

static int trim(gn_ctx *ctx, gn_call *call, bool left, bool right) {
  const gn_string *s = gn_self_str(call);
  uint32_t from, to;
  int status = gn_trim_run(ctx, call, left, right, &from, &to);
  if (status != GN_OK)
    return status;
  if (!(s->h.aux & GN_STR_SHARED))
    gn_charge(ctx, (to - from) >> 4);
  return gn_return_made(ctx, call, gn_str_cut(gn_ctx_heap(ctx), s, from, to));
}

static int string_trim(gn_ctx *ctx, gn_call *call) {
  return trim(ctx, call, true, true);
}
static int string_lstrip(gn_ctx *ctx, gn_call *call) {
  return trim(ctx, call, true, false);
}
static int string_rstrip(gn_ctx *ctx, gn_call *call) {
  return trim(ctx, call, false, true);
}

#define UPPER_ROW(name)                                             \
  GN_METHOD(name, string_upper, 0, 0, CASE_LOCALS, "(s ." name ")", \
            "Copy in upper case.")
#define LOWER_ROW(name)                                             \
  GN_METHOD(name, string_lower, 0, 0, CASE_LOCALS, "(s ." name ")", \
            "Copy in lower case.")

const gn_native_def gn_string_case_rows[] = {
    UPPER_ROW("upper"),
    UPPER_ROW("to_upper"),
    UPPER_ROW("to_uppercase"),
    UPPER_ROW("upcase"),
    LOWER_ROW("lower"),
    LOWER_ROW("to_lower"),
    LOWER_ROW("to_lowercase"),
    LOWER_ROW("downcase"),
    GN_METHOD("capitalize", string_capitalize, 0, 0, CASE_LOCALS,
              "(s .capitalize)", "First character upper, the rest lower case."),
    GN_METHOD("reverse", string_reverse, 0, 0, CASE_LOCALS, "(s .reverse)",
              "The characters in opposite order."),
    GN_METHOD("trim", string_trim, 0, 0, CASE_LOCALS, "(s .trim)",
              "Copy without white space at both ends."),
    GN_METHOD("strip", string_trim, 0, 0, CASE_LOCALS, "(s .strip)",
              "Copy without white space at both ends."),
    GN_METHOD("lstrip", string_lstrip, 0, 0, CASE_LOCALS, "(s .lstrip)",
              "Copy without white space at the start."),
    GN_METHOD("rstrip", string_rstrip, 0, 0, CASE_LOCALS, "(s .rstrip)",
              "Copy without white space at the end."),
    GN_ROWS_END};
