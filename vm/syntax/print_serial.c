/*
 * print_serial.c - what the printer does otherwise for GN_SERIAL. It never
 * calls Gene code.
 */
#include "syntax/print_serial.h"

#include <math.h>

#include "syntax/print_leaf.h"
#include "syntax/reader_impl.h"
#include "types/bytes.h"
#include "types/range.h"
#include "types/regex.h"

/* ---- genes that stand for other values ---- */

static bool is_float_name(gn_value v) {
  return gn_is_string(v) && (gn_text_is(v, "nan") || gn_text_is(v, "inf") ||
                             gn_text_is(v, "-inf"));
}

static bool three_ints(const gn_gene *g) {
  return g->n == 3 && gn_is_int(g->children[0]) && gn_is_int(g->children[1]) &&
         gn_is_int(g->children[2]);
}

static bool is_regex(const gn_gene *g) {
  return g->n == 3 && gn_is_string(g->children[0]) &&
         (gn_is_string(g->children[1]) || g->children[1] == GN_NIL) &&
         gn_is_string(g->children[2]);
}

enum gn_serial_kind gn_serial_kind_of(const gn_gene *g) {
  gn_value type = g->type;
  bool quoted = gn_is(type, GN_T_QUOTE);
  while (gn_is(type, GN_T_QUOTE))
    type = ((const gn_box *)gn_as_obj(type))->v;
  if (!gn_is_symbol(type) || (g->props != NULL && g->props->live > 0))
    return GN_SERIAL_GENE;
  enum gn_serial_kind kind = GN_SERIAL_GENE;
  if (gn_text_is(type, GN_SERIAL_SET))
    kind = GN_SERIAL_IS_SET;
  else if (gn_text_is(type, GN_SERIAL_RANGE) && three_ints(g))
    kind = GN_SERIAL_IS_RANGE;
  else if (gn_text_is(type, GN_SERIAL_FLOAT) && g->n == 1 &&
           is_float_name(g->children[0]))
    kind = GN_SERIAL_IS_FLOAT;
  else if (gn_text_is(type, GN_SERIAL_BYTES) && g->n == 0)
    kind = GN_SERIAL_IS_BYTES;
  else if (gn_text_is(type, GN_SERIAL_REGEX) && is_regex(g))
    kind = GN_SERIAL_IS_REGEX;
  return quoted && kind != GN_SERIAL_GENE ? GN_SERIAL_QUOTED : kind;
}

/* ---- values ---- */

static bool has_written_form(gn_value v) {
  if (!gn_is_ptr(v))
    return v != GN_VOID && v != GN_PLACEHOLDER && v != GN_NOT_FOUND;
  switch (gn_as_obj(v)->type) {
  case GN_T_FLOAT:
  case GN_T_INT:
  case GN_T_STRING:
  case GN_T_SYMBOL:
  case GN_T_CSYMBOL:
  case GN_T_ARRAY:
  case GN_T_MAP:
  case GN_T_HASHMAP:
  case GN_T_HASHSET:
  case GN_T_GENE:
  case GN_T_UNQUOTE:
  case GN_T_QUOTE:
  case GN_T_RANGE:
  case GN_T_BYTES:
  case GN_T_REGEX:
  case GN_T_DATE:
  case GN_T_TIME:
  case GN_T_DATETIME: return true;
  default: return false;
  }
}

bool gn_has_written_name(gn_ctx *ctx, gn_value v) {
  if (!gn_is_symbol(v))
    return true;
  size_t len;
  const char *text = gn_text(v, &len);
  if (len > 0 && memchr(text, '\0', len) == NULL)
    return true;
  gn_throw(ctx, GN_X_ARGUMENT, NULL, "A symbol %s has no written form",
           len == 0 ? "without a name" : "with a NUL character");
  return false;
}

bool gn_is_serial(gn_ctx *ctx, gn_value v) {
  if (!has_written_form(v)) {
    gn_throw(ctx, GN_X_TYPE, NULL, "Value of kind %s is not serializable",
             gn_type_cstr(ctx, v));
    return false;
  }
  return gn_has_written_name(ctx, v);
}

static bool put_float(gn_builder *out, double d) {
  if (isfinite(d))
    return false;
  gn_put_c(out, isnan(d) ? "(Float \"nan\")"
                : d < 0  ? "(Float \"-inf\")"
                         : "(Float \"inf\")");
  return true;
}

static bool put_range(gn_builder *out, const gn_range *r) {
  if (!(r->h.aux & GN_RANGE_STEP))
    return false;
  const int64_t parts[] = {r->start, r->end, r->step};
  gn_put_c(out, "(" GN_SERIAL_RANGE);
  for (int i = 0; i < 3; i++) {
    char text[32];
    gn_put_c(out, " ");
    gn_put(out, text, gn_format_int(parts[i], text));
  }
  gn_put_c(out, ")");
  return true;
}

static bool put_bytes(gn_builder *out, const gn_string *bytes) {
  if (bytes->len > 0)
    return false;
  gn_put_c(out, "(" GN_SERIAL_BYTES ")");
  return true;
}

/* In a literal a backslash takes the slash after it for a bare one. */
static bool escapes_a_slash(const gn_string *s) {
  const char *p = gn_str_bytes(s);
  for (uint32_t i = 0; i < s->len; i++)
    if (p[i] == '\\' && (++i == s->len || p[i] == '/'))
      return true;
  return false;
}

/* What begins so would be read as flags of a pattern without replacement. */
static bool ends_like_flags(const gn_string *s) {
  const char *p = gn_str_bytes(s);
  uint32_t i = 0;
  while (i < s->len && (p[i] == 'i' || p[i] == 'm'))
    i++;
  return i < s->len &&
         (rd_is(p[i], RD_SPACE | RD_CLOSE) || p[i] == ';' || p[i] == '>');
}

/* Whether reading its literal gives the same regex. */
static bool has_literal(const gn_regex *re) {
  const gn_string *source = gn_str(re->source);
  if (escapes_a_slash(source) ||
      memchr(gn_str_bytes(source), '\0', source->len) != NULL)
    return false;
  if (re->replacement == GN_NIL)
    return true;
  const gn_string *r = gn_str(re->replacement);
  return !escapes_a_slash(r) && !ends_like_flags(r) &&
         memchr(gn_str_bytes(r), '\n', r->len) == NULL &&
         memchr(gn_str_bytes(r), '\0', r->len) == NULL;
}

static void put_string(gn_builder *out, gn_value v) {
  const gn_string *s = gn_str(v);
  gn_put_c(out, " \"");
  gn_put_escaped(out, gn_str_bytes(s), s->len, '"', false);
  gn_put_c(out, "\"");
}

static bool put_regex(gn_builder *out, const gn_regex *re) {
  if (has_literal(re))
    return false;
  gn_put_c(out, "(" GN_SERIAL_REGEX);
  put_string(out, re->source);
  if (re->replacement != GN_NIL)
    put_string(out, re->replacement);
  else
    gn_put_c(out, " nil");
  gn_put_c(out, " \"");
  gn_put_c(out, re->flags & GN_RE_IGNORE_CASE ? "i" : "");
  gn_put_c(out, re->flags & GN_RE_DOT_ALL ? "m" : "");
  gn_put_c(out, "\")");
  return true;
}

bool gn_put_serial(gn_builder *out, gn_value v) {
  if (gn_is_float(v))
    return put_float(out, gn_float(v));
  if (gn_is_bytes(v))
    return put_bytes(out, gn_str(v));
  if (gn_is(v, GN_T_REGEX))
    return put_regex(out, gn_re(v));
  return gn_is(v, GN_T_RANGE) && put_range(out, (gn_range *)gn_as_obj(v));
}
