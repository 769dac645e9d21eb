/*
 * text.c - the text of an interpolation whose parts are all scalars, made in
 * one piece. It never calls Gene code; what may need that is left to the
 * native behind the instruction.
 */
#include "core/number.h"
#include "core/utf8.h"
#include "run/interp_parts.h"

#define MOST_PARTS 16u
#define LONGEST    ((size_t)1 << 18) /* what is longer is made in slices */

typedef struct part {
  const char *bytes;
  size_t len;
  uint32_t chars; /* GN_CHARS_UNKNOWN: not counted yet */
} part;

static part word(const char *text, uint32_t len) {
  return (part){text, len, len};
}

/* The text of v: its own, a constant, or written to room, which has 32 bytes.
 * False when v is no scalar. */
static bool part_of(gn_value v, char *room, part *out) {
  if (gn_is_string(v)) {
    const gn_string *s = gn_str(v);
    *out = (part){gn_str_bytes(s), s->len, s->chars};
  } else if (gn_is_fix(v)) {
    *out = word(room, (uint32_t)gn_format_int(gn_fix(v), room));
  } else if (gn_is_flo(v)) {
    *out = word(room, (uint32_t)gn_format_double(gn_flo(v), room));
  } else if (gn_is_symbol(v)) {
    *out = (part){gn_sym(v)->bytes, gn_sym(v)->len, GN_CHARS_UNKNOWN};
  } else if (gn_is_char(v)) {
    *out = (part){room, gn_utf8_encode(gn_char(v), room), 1};
  } else if (v == GN_NIL) {
    *out = word("nil", 3);
  } else if (v == GN_TRUE) {
    *out = word("true", 4);
  } else if (v == GN_FALSE) {
    *out = word("false", 5);
  } else {
    return false;
  }
  return true;
}

gn_value gn_join_scalars(gn_ctx *ctx, const gn_value *values, uint32_t n) {
  char room[MOST_PARTS][32];
  part parts[MOST_PARTS];
  size_t len = 0;
  uint64_t chars = 0;
  if (n > MOST_PARTS)
    return GN_UNSET;
  for (uint32_t i = 0; i < n; i++) {
    if (!part_of(values[i], room[i], &parts[i]))
      return GN_UNSET;
    len += parts[i].len;
    chars += parts[i].chars;
  }
  if (len > LONGEST)
    return GN_UNSET;
  gn_string *s = gn_string_blank(&ctx->heap, len);
  if (s == NULL)
    return GN_NONE;
  char *to = s->as.bytes;
  for (uint32_t i = 0; i < n; i++) {
    memcpy(to, parts[i].bytes, parts[i].len);
    to += parts[i].len;
  }
  if (chars < GN_CHARS_UNKNOWN) /* else at least one of them is not known */
    s->chars = (uint32_t)chars;
  gn_charge(ctx, n + (len >> 4));
  return gn_from_obj(s);
}
