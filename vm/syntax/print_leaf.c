/*
 * print_leaf.c - numbers, texts, symbols, ranges, dates, bytes, regexes.
 */
#include "syntax/print_leaf.h"

#include <math.h>

#include "core/utf8.h"
#include "syntax/reader_impl.h"
#include "types/datetime.h"
#include "types/regex.h"

#define LONG_LEAF 32768u
#define PIECE     16384u

static bool is_quoted(enum gn_print_mode mode) {
  return mode >= GN_QUOTED;
}

/* ---- escapes ---- */

/* The letter after the backslash, or 0. */
static char escape_letter(char c) {
  switch (c) {
  case '\n': return 'n';
  case '\t': return 't';
  case '\r': return 'r';
  case '\b': return 'b';
  case '\f': return 'f';
  case '\\': return '\\';
  default: return '\0';
  }
}

static bool is_hole(const char *s, size_t i, size_t len) {
  return s[i] == '#' && i + 1 < len && strchr("{([<", s[i + 1]) != NULL;
}

static void put_escape(gn_builder *out, char c) {
  static const char hex[] = "0123456789abcdef";
  char text[6] = {'\\', escape_letter(c), '0', '0', '0', '0'};
  size_t len = 2;
  if (c == '"' || c == '\'' || c == '#') {
    text[1] = c;
  } else if (text[1] == '\0') {
    text[1] = 'u';
    text[4] = hex[(unsigned char)c >> 4];
    text[5] = hex[c & 15];
    len = 6;
  }
  gn_put(out, text, len);
}

/* The part of s from `run` to `end`. */
static void put_escaped_part(gn_builder *out, const char *s, size_t run,
                             size_t end, size_t len, char quote, bool holes) {
  for (size_t i = run; i < end; i++) {
    bool control = (unsigned char)s[i] < 0x20 || s[i] == 0x7f;
    if (!control && s[i] != '\\' && s[i] != quote &&
        !(holes && is_hole(s, i, len)))
      continue;
    gn_put(out, s + run, i - run);
    put_escape(out, s[i]);
    run = i + 1;
  }
  gn_put(out, s + run, end - run);
}

void gn_put_escaped(gn_builder *out, const char *s, size_t len, char quote,
                    bool holes) {
  put_escaped_part(out, s, 0, len, len, quote, holes);
}

/* Whether a symbol of this text would be read as something else. */
static bool needs_start_escape(const char *s, size_t len) {
  static const char *const words[] = {"nil", "void", "true", "false"};
  for (size_t i = 0; i < 4; i++)
    if (strlen(words[i]) == len && memcmp(words[i], s, len) == 0)
      return true;
  if (len >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0)
    return true; /* a byte order mark, which the reader passes over */
  if (s[0] == '#' || s[0] == '^' || s[0] == '\'' || rd_is(s[0], RD_DIGIT))
    return true;
  return (s[0] == '+' || s[0] == '-') && len > 1 && rd_is(s[1], RD_DIGIT);
}

static bool is_plain_operator(const char *s, size_t len) {
  static const char *const words[] = {"/", "/=", "./", "%", "%="};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strlen(words[i]) == len && memcmp(words[i], s, len) == 0)
      return true;
  return false;
}

void gn_put_name(gn_builder *out, const char *s, size_t len,
                 enum gn_name_use use) {
  if (len == 0 || (use == GN_NAME_SYMBOL && is_plain_operator(s, len))) {
    gn_put(out, s, len);
    return;
  }
  if (use == GN_NAME_SYMBOL && needs_start_escape(s, len))
    gn_put_c(out, "\\");
  for (size_t i = 0, run = 0; i <= len; i++) {
    bool plain =
        i < len && !rd_is(s[i], RD_END | RD_SPECIAL) &&
        !(use == GN_NAME_KEY && (s[i] == '^' || (i == 0 && s[i] == '!')));
    if (plain)
      continue;
    gn_put(out, s + run, i - run);
    run = i;
    if (i < len)
      gn_put_c(out, "\\");
  }
}

/* ---- leaves ---- */

static const char *constant_name(gn_value v) {
  switch (v) {
  case GN_NIL: return "nil";
  case GN_VOID: return "void";
  case GN_TRUE: return "true";
  case GN_FALSE: return "false";
  case GN_PLACEHOLDER: return "_";
  case GN_NOT_FOUND: return "not_found";
  default: return "<unset>";
  }
}

static void put_char(gn_builder *out, gn_value v, enum gn_print_mode mode) {
  char bytes[4];
  size_t len = gn_utf8_encode(gn_char(v), bytes);
  if (!is_quoted(mode)) {
    gn_put(out, bytes, len);
    return;
  }
  gn_put_c(out, "'");
  if (mode >= GN_INSPECT)
    gn_put_escaped(out, bytes, len, '\'', false);
  else
    gn_put(out, bytes, len);
  gn_put_c(out, "'");
}

static void put_string(gn_builder *out, gn_value v, enum gn_print_mode mode) {
  size_t len;
  const char *s = gn_text(v, &len);
  if (!is_quoted(mode)) {
    gn_put(out, s, len);
    return;
  }
  gn_put_c(out, "\"");
  if (mode >= GN_INSPECT)
    gn_put_escaped(out, s, len, '"', false);
  else
    gn_put(out, s, len);
  gn_put_c(out, "\"");
}

static void put_symbol(gn_builder *out, gn_value v, enum gn_print_mode mode,
                       enum gn_name_use use) {
  const gn_symbol *s = gn_sym(v);
  if (mode >= GN_INSPECT)
    gn_put_name(out, s->bytes, s->len, use);
  else
    gn_put(out, s->bytes, s->len);
}

/* False when a part is a form. */
static bool put_csymbol(gn_builder *out, const gn_csymbol *s,
                        enum gn_print_mode mode) {
  for (uint32_t i = 0; i < s->n; i++)
    if (!gn_is_symbol(s->part[i]))
      return false;
  for (uint32_t i = 0; i < s->n; i++) {
    if (i > 0)
      gn_put_c(out, "/");
    put_symbol(out, s->part[i], mode, i == 0 ? GN_NAME_SYMBOL : GN_NAME_PART);
  }
  return true;
}

static void put_int(gn_builder *out, int64_t i) {
  char buf[32];
  gn_put(out, buf, gn_format_int(i, buf));
}

static void put_range(gn_builder *out, const gn_range *r) {
  put_int(out, r->start);
  gn_put_c(out, "..");
  put_int(out, r->end);
  if (r->h.aux & GN_RANGE_STEP) {
    gn_put_c(out, " step ");
    put_int(out, r->step);
  }
}

static void put_hex(gn_builder *out, const char *bytes, size_t len) {
  static const char hex[] = "0123456789abcdef";
  for (size_t i = 0; i < len;) {
    char buf[128];
    size_t n = 0;
    for (; n < sizeof buf && i < len; i++) {
      buf[n++] = hex[(unsigned char)bytes[i] >> 4];
      buf[n++] = hex[bytes[i] & 15];
    }
    gn_put(out, buf, n);
  }
}

static void put_bytes(gn_builder *out, const gn_string *s) {
  gn_put_c(out, "0#");
  put_hex(out, gn_str_bytes(s), s->len);
}

static void put_when(gn_builder *out, gn_value v) {
  char buf[GN_DATETIME_MAX];
  gn_put(out, buf, gn_when_format(gn_when_of(v), buf));
}

/* An infinity reads back as a number that is too large; NaN has no text. */
static void put_number(gn_builder *out, gn_value v, enum gn_print_mode mode) {
  char buf[32];
  if (gn_is_int(v))
    put_int(out, gn_int(v));
  else if (mode >= GN_INSPECT && isinf(gn_float(v)))
    gn_put_c(out, gn_float(v) < 0 ? "-1e999" : "1e999");
  else
    gn_put(out, buf, gn_format_double(gn_float(v), buf));
}

static bool put_object(gn_builder *out, gn_value v, enum gn_print_mode mode) {
  void *p = gn_as_obj(v);
  switch (gn_as_obj(v)->type) {
  case GN_T_STRING: put_string(out, v, mode); return true;
  case GN_T_SYMBOL: put_symbol(out, v, mode, GN_NAME_SYMBOL); return true;
  case GN_T_CSYMBOL: return put_csymbol(out, p, mode);
  case GN_T_INT:
  case GN_T_FLOAT: put_number(out, v, mode); return true;
  case GN_T_RANGE: put_range(out, p); return true;
  case GN_T_BYTES: put_bytes(out, p); return true;
  case GN_T_REGEX: gn_regex_put(out, p); return true;
  case GN_T_DATE:
  case GN_T_TIME:
  case GN_T_DATETIME: put_when(out, v); return true;
  default: return false;
  }
}

bool gn_put_leaf(gn_builder *out, gn_value v, enum gn_print_mode mode) {
  if (gn_is_ptr(v))
    return put_object(out, v, mode);
  if (gn_is_fix(v) || gn_is_flo(v))
    put_number(out, v, mode);
  else if (gn_is_char(v))
    put_char(out, v, mode);
  else
    gn_put_c(out, constant_name(v));
  return true;
}

void gn_put_key(gn_builder *out, gn_value key, enum gn_print_mode mode) {
  size_t len;
  const char *text = gn_text(key, &len);
  gn_put_c(out, "^");
  /* The splices of quoted code: ... ...1 ...2 */
  if (mode != GN_SERIAL && len > 3 && memcmp(text, "...", 3) == 0 &&
      strspn(text + 3, "0123456789") >= len - 3)
    len = 3;
  if (mode >= GN_INSPECT)
    gn_put_name(out, text, len, GN_NAME_KEY);
  else
    gn_put(out, text, len);
  gn_put_c(out, " ");
}

/* ---- long leaves ---- */

static const char *long_text(gn_value v, size_t *len) {
  if (!gn_is(v, GN_T_BYTES))
    return gn_text(v, len);
  *len = gn_str(v)->len;
  return gn_str_bytes(gn_str(v));
}

bool gn_is_long_leaf(gn_value v) {
  size_t len;
  if (!gn_is_string(v) && !gn_is_symbol(v) && !gn_is(v, GN_T_BYTES))
    return false;
  long_text(v, &len);
  return len > LONG_LEAF;
}

static const char *quote_of(gn_value v, enum gn_print_mode mode) {
  return gn_is_string(v) && is_quoted(mode) ? "\"" : "";
}

bool gn_put_leaf_piece(gn_builder *out, gn_value v, enum gn_print_mode mode,
                       uint32_t *at) {
  size_t len;
  const char *s = long_text(v, &len);
  uint32_t from = *at;
  size_t end = len - from > PIECE ? from + PIECE : len;
  *at = (uint32_t)end;
  if (from == 0)
    gn_put_c(out, gn_is(v, GN_T_BYTES) ? "0#" : quote_of(v, mode));
  if (gn_is(v, GN_T_BYTES))
    put_hex(out, s + from, end - from);
  else if (mode < GN_INSPECT)
    gn_put(out, s + from, end - from);
  else if (gn_is_string(v))
    put_escaped_part(out, s, from, end, len, '"', false);
  else
    gn_put_name(out, s + from, end - from,
                from == 0 ? GN_NAME_SYMBOL : GN_NAME_PART);
  if (end == len)
    gn_put_c(out, quote_of(v, mode));
  return end == len;
}

bool gn_is_form(gn_value v, const char *type) {
  const gn_gene *g = gn_gen(v);
  return g->props == NULL && gn_is_symbol(g->type) && gn_text_is(g->type, type);
}
