/*
 * read_text.c - literals that hold text: strings in all their forms,
 * characters, regular expressions. Patterns are not looked into.
 */
#include "syntax/reader_impl.h"

#include "core/digits.h"
#include "core/utf8.h"
#include "types/gene.h"
#include "types/regex.h"
#include "types/regex_code.h"
#include "types/regex_pattern.h"

/* ---- escapes ---- */

/* Four hex digits at p. */
static bool hex4(const gn_reader *r, const char *p, uint32_t *out) {
  if (r->end - p < 4)
    return false;
  *out = 0;
  for (int i = 0; i < 4; i++) {
    if (!rd_is(p[i], RD_HEX))
      return false;
    *out = *out << 4 | gn_digit(p[i]);
  }
  return true;
}

static bool is_surrogate(uint32_t c) {
  return c >= 0xd800 && c <= 0xdfff;
}

/* \u{H...}: r->p is at the backslash. */
static bool escape_braces(gn_reader *r, uint32_t *c) {
  const char *p = r->p + 3;
  *c = 0;
  while (p < r->end && rd_is(*p, RD_HEX) && p - r->p < 9)
    *c = *c << 4 | gn_digit(*p++);
  bool ok = p > r->p + 3 && p < r->end && *p == '}' && *c <= 0x10ffff &&
            !is_surrogate(*c);
  if (!ok)
    return rd_fail(r, r->p, "Invalid \\u escape");
  r->p = p + 1;
  return true;
}

static bool escape_unicode(gn_reader *r, uint32_t *c) {
  if (rd_peek(r, 2) == '{')
    return escape_braces(r, c);
  uint32_t low;
  bool ok = hex4(r, r->p + 2, c);
  size_t size = 6;
  if (ok && is_surrogate(*c)) {
    ok = *c < 0xdc00 && rd_peek(r, 6) == '\\' && rd_peek(r, 7) == 'u' &&
         hex4(r, r->p + 8, &low) && low >= 0xdc00 && low <= 0xdfff;
    if (ok)
      *c = 0x10000 + ((*c - 0xd800) << 10) + (low - 0xdc00);
    size = 12;
  }
  if (!ok)
    return rd_fail(r, r->p, "Invalid \\u escape");
  r->p += size;
  return true;
}

bool rd_escape(gn_reader *r, uint32_t *c) {
  uint32_t size;
  switch (rd_peek(r, 1)) {
  case 'n': *c = '\n'; break;
  case 't': *c = '\t'; break;
  case 'r': *c = '\r'; break;
  case 'b': *c = '\b'; break;
  case 'f': *c = '\f'; break;
  case 'u': return escape_unicode(r, c);
  default:
    *c = gn_utf8_decode(r->p + 1, (size_t)(r->end - r->p - 1), &size);
    r->p += 1 + size;
    return true;
  }
  r->p += 2;
  return true;
}

/* ---- the text of strings ---- */

enum text_end { TEXT_FAILED, TEXT_EOF, TEXT_QUOTE, TEXT_HOLE, TEXT_PAUSE };

/* Whether a `#` at r->p means something within an interpolated string. */
static bool at_hole(const gn_reader *r) {
  char c = rd_peek(r, 1);
  return c == '{' || c == '(' || c == '[' || c == '<';
}

/* Whether the quote at r->p ends the string; *size gets its bytes. */
static bool ends_string(const gn_reader *r, bool triple, size_t *size) {
  *size = triple ? 3 : 1;
  return !triple || (rd_peek(r, 1) == '"' && rd_peek(r, 2) == '"');
}

/* One of " \ # that is not the end of the text; r->p is at it. */
static bool text_character(gn_reader *r) {
  uint32_t c = (unsigned char)*r->p;
  if (c != '\\') {
    r->p++;
  } else {
    if (r->end - r->p < 2) {
      r->p = r->end;
      return true;
    }
    if (!rd_escape(r, &c))
      return false;
  }
  return rd_put_code(r, c);
}

/* Appends text to the scratch up to what ends it: the closing quote, which is
 * eaten, a substitution, which is not, or the end of the step. */
static enum text_end scan_text(gn_reader *r, bool triple, bool holes) {
  for (;;) {
    const char *run = r->p;
    size_t size;
    while (r->p < r->stop && !rd_is(*r->p, RD_TEXT))
      r->p++;
    if (!rd_put(r, run, (size_t)(r->p - run)))
      return TEXT_FAILED;
    if (r->p == r->end)
      return TEXT_EOF;
    if (rd_pauses(r))
      return TEXT_PAUSE;
    if (*r->p == '"' && ends_string(r, triple, &size)) {
      r->p += size;
      return TEXT_QUOTE;
    }
    if (*r->p == '#' && holes && at_hole(r))
      return TEXT_HOLE;
    if (!text_character(r))
      return TEXT_FAILED;
  }
}

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* White space up to the last newline of the leading run becomes one. What is
 * known to be blank is not looked at again when more has been read. */
static void trim_head(gn_reader *r) {
  size_t newline = 0, i = r->blank;
  for (; i < r->buf_len && is_blank(r->buf[i]); i++)
    if (r->buf[i] == '\n')
      newline = i;
  r->blank = i;
  if (newline == 0)
    return;
  memmove(r->buf, r->buf + newline, r->buf_len - newline);
  r->buf_len -= newline;
  r->blank -= newline;
  r->text_end = 0;
}

/* Looks for the last that is not blank, among what lies behind `from`. */
static void find_text_end(gn_reader *r, size_t from) {
  size_t i = r->buf_len;
  while (i > from && is_blank(r->buf[i - 1]))
    i--;
  if (i > from)
    r->text_end = i;
}

/* A trailing run of white space that starts with a newline becomes one. */
static void trim_tail(gn_reader *r) {
  size_t i = r->text_end;
  if (i < r->buf_len && r->buf[i] == '\n')
    r->buf_len = i + 1;
}

/* ---- strings ---- */

/* The text of #r"..." up to its quote, which is eaten, or the end of the
 * step. */
static enum text_end scan_raw(gn_reader *r) {
  size_t room = (size_t)(r->stop - r->p);
  const char *quote = memchr(r->p, '"', room);
  size_t len = quote != NULL ? (size_t)(quote - r->p) : room;
  if (!rd_put(r, r->p, len))
    return TEXT_FAILED;
  r->p += len;
  if (quote == NULL)
    return r->p == r->end ? TEXT_EOF : TEXT_PAUSE;
  r->p++;
  return TEXT_QUOTE;
}

/* Without substitutions; r->p is after the opening quotes. */
static bool plain_string(gn_reader *r, const char *start, bool triple) {
  const char *q = r->p;
  while (q < r->stop && *q != '"' && *q != '\\')
    q++;
  if (!triple && q < r->stop && *q == '"') {
    size_t len = (size_t)(q - r->p);
    gn_value v = gn_string_new(r->heap, r->p, len);
    r->p = q + 1;
    return rd_emit(r, v, 0);
  }
  return rd_push(r, RD_PLAIN, triple ? RD_TRIPLE : 0, start);
}

/* Empties the scratch, unless it holds the beginning of the text. */
static void begin_text(gn_reader *r) {
  if (!r->in_text)
    r->buf_len = r->blank = r->text_end = 0;
  r->in_text = false;
}

/* The white space of a text in three quotes, so far: trimmed at its start
 * unless something stands before it. */
static void trim_some(gn_reader *r, const rd_frame *f, size_t from) {
  if (!(f->flags & RD_TRIPLE))
    return;
  size_t len = r->buf_len;
  if (!(f->flags & RD_SEEN))
    trim_head(r);
  size_t gone = len - r->buf_len;
  find_text_end(r, gone < from ? from - gone : 0);
}

/* The step is over within a text; `from`: where its part of it begins. */
static bool pause_text(gn_reader *r, const rd_frame *f, size_t from) {
  trim_some(r, f, from);
  r->in_text = true;
  return true;
}

bool rd_plain_step(gn_reader *r) {
  const rd_frame *f = rd_top(r);
  bool triple = (f->flags & RD_TRIPLE) != 0;
  begin_text(r);
  size_t from = r->buf_len;
  switch (f->flags & RD_RAW ? scan_raw(r) : scan_text(r, triple, false)) {
  case TEXT_QUOTE: break;
  case TEXT_PAUSE: return pause_text(r, f, from);
  case TEXT_EOF: return rd_fail_open(r, f, "EOF while reading string");
  default: return false;
  }
  if (triple) {
    trim_some(r, f, from);
    trim_tail(r);
  }
  r->nframes--;
  return rd_emit(r, rd_scratch_string(r), 0);
}

bool rd_string(gn_reader *r, bool holes, bool raw) {
  const char *start = r->p;
  if (raw) {
    r->p += 3;
    return rd_push(r, RD_PLAIN, RD_RAW, start);
  }
  r->p += holes;
  bool triple = rd_peek(r, 1) == '"' && rd_peek(r, 2) == '"';
  r->p += triple ? 3 : 1;
  if (!holes)
    return plain_string(r, start, triple);
  return rd_push(r, RD_STRING, triple ? RD_TRIPLE : 0, start) &&
         rd_push_value(
             r, gn_symbol_new(r->heap, GN_FORM_STR, sizeof GN_FORM_STR - 1));
}

/* Turns the scratch text into a part of the string on top. */
static bool flush_text(gn_reader *r, const rd_frame *f, size_t from,
                       bool last) {
  trim_some(r, f, from);
  if (last && (f->flags & RD_TRIPLE))
    trim_tail(r);
  return r->buf_len == 0 || rd_push_value(r, rd_scratch_string(r));
}

/* Opens the substitution at r->p; #{^k v} becomes a map when its ^ is met. */
static bool open_hole(gn_reader *r) {
  const char *at = r->p;
  r->p += 2;
  if (at[1] == '(')
    return rd_push(r, RD_LIST, 0, at);
  if (at[1] == '[')
    return rd_push(r, RD_ARRAY, 0, at);
  return rd_push(r, RD_LIST, RD_SUBST, at);
}

/* The string on top is complete. */
static bool finish_string(gn_reader *r, const rd_frame *f) {
  size_t base = f->base, n = r->nvalues - base - 1;
  uint32_t height = f->height + 1;
  gn_value v;
  if (!(f->flags & RD_SEEN)) {
    v = n == 0 ? gn_string_new(r->heap, "", 0) : r->values[base + 1];
    height = 0;
  } else {
    gn_gene *g = gn_gene_new(r->heap, r->values[base], n);
    if (g == NULL)
      return rd_oom(r);
    if (n > 0)
      memcpy(g->children, r->values + base + 1, n * sizeof v);
    g->n = (uint32_t)n;
    g->line = f->line;
    g->column = f->column;
    v = gn_from_obj(g);
  }
  r->nvalues = base;
  r->nframes--;
  return rd_emit(r, v, height);
}

bool rd_string_step(gn_reader *r) {
  rd_frame *f = rd_top(r);
  begin_text(r);
  size_t from = r->buf_len;
  for (;;) {
    if (r->comment_depth > 0 && !rd_block_comment(r))
      return false;
    if (r->comment_depth > 0)
      return pause_text(r, f, from);
    switch (scan_text(r, (f->flags & RD_TRIPLE) != 0, true)) {
    case TEXT_FAILED: return false;
    case TEXT_PAUSE: return pause_text(r, f, from);
    case TEXT_EOF: return rd_fail_open(r, f, "EOF while reading string");
    case TEXT_QUOTE: return flush_text(r, f, from, true) && finish_string(r, f);
    case TEXT_HOLE:
      if (r->p[1] != '<')
        return flush_text(r, f, from, false) && open_hole(r);
      if (!rd_block_comment(r))
        return false;
      break;
    }
  }
}

/* ---- characters ---- */

bool rd_char(gn_reader *r) {
  const char *start = r->p;
  uint32_t c = 0, size;
  bool ok = r->end - ++r->p >= 2 && *r->p != '\'';
  if (ok && *r->p == '\\') {
    if (!rd_escape(r, &c))
      return false;
  } else if (ok) {
    c = gn_utf8_decode(r->p, (size_t)(r->end - r->p), &size);
    r->p += size;
  }
  if (!ok || rd_peek(r, 0) != '\'')
    return rd_fail(r, start, "Expected closing ' in character literal");
  r->p++;
  return rd_emit(r, gn_from_char(c), 0);
}

/* ---- regular expressions ---- */

/* Copies up to a bare slash into the scratch; \/ becomes a slash and nothing
 * else is unescaped. False when there is none (before the end of the line, if
 * one_line), or out of memory. No more than one byte too many is read: what
 * is that long is refused. */
static bool scan_slashed(gn_reader *r, bool one_line) {
  r->buf_len = 0;
  const char *run = r->p;
  while (r->p < r->end && *r->p != '/') {
    if (r->buf_len + (size_t)(r->p - run) > GN_RE_SOURCE_MAX)
      return rd_put(r, run, (size_t)(r->p - run));
    if (one_line && *r->p == '\n')
      return false;
    if (*r->p != '\\' || r->end - r->p < 2) {
      r->p++;
      continue;
    }
    if (r->p[1] == '/') {
      if (!rd_put(r, run, (size_t)(r->p - run)))
        return false;
      run = r->p + 1;
    }
    r->p += 2;
  }
  if (r->p == r->end || !rd_put(r, run, (size_t)(r->p - run)))
    return false;
  r->p++;
  return true;
}

/* Reads flags; false, with r->p where they cease to be flags. */
static bool scan_flags(gn_reader *r, uint32_t *flags) {
  *flags = 0;
  for (;; r->p++) {
    char c = rd_peek(r, 0);
    if (c == 'i')
      *flags |= GN_RE_IGNORE_CASE;
    else if (c == 'm')
      *flags |= GN_RE_DOT_ALL;
    else
      break;
  }
  return r->p >= r->end || rd_is(*r->p, RD_SPACE | RD_CLOSE) || *r->p == ';' ||
         (*r->p == '>' && rd_token_ends(r, r->p));
}

/* At what is after the flags: no end of the literal. */
static bool bad_flag(gn_reader *r, const char *at) {
  if (r->err->out_of_memory)
    return false;
  uint32_t size;
  gn_utf8_decode(at, (size_t)(r->end - at), &size);
  return rd_fail(r, at, "Invalid regex flag: %.*s", (int)size, at);
}

static bool check_pattern(gn_reader *r, const char *at, const gn_string *source,
                          uint32_t flags) {
  gn_re_error err;
  if (gn_re_check(r->heap, gn_str_bytes(source), source->len, flags, &err))
    return true;
  if (err.reason[0] == '\0')
    return rd_oom(r);
  return rd_fail(r, at, GN_RE_BAD, err.reason, err.offset);
}

bool rd_regex(gn_reader *r) {
  const char *start = r->p;
  uint32_t flags = 0;
  r->p += 2;
  if (!scan_slashed(r, false))
    return r->err->out_of_memory ? false
                                 : rd_fail(r, start, "EOF while reading regex");
  bool too_long = r->buf_len > GN_RE_SOURCE_MAX;
  gn_value source = rd_scratch_string(r), replacement = GN_NIL;
  const char *after = r->p;
  if (!too_long && !scan_flags(r, &flags)) {
    const char *flag = r->p;
    r->p = after;
    if (!scan_slashed(r, true))
      return bad_flag(r, flag);
    if (r->buf_len > GN_RE_SOURCE_MAX)
      return rd_fail(r, start,
                     "Invalid regex: replacement is longer than %zu bytes",
                     GN_RE_SOURCE_MAX);
    replacement = rd_scratch_string(r);
    if (!scan_flags(r, &flags))
      return bad_flag(r, r->p);
  }
  if (source == GN_NONE || replacement == GN_NONE)
    return rd_oom(r);
  if (!check_pattern(r, start, gn_str(source), flags))
    return false;
  return rd_emit(r, gn_regex_new(r->heap, source, replacement, flags), 0);
}
