/*
 * regex_walk.c - reads the source of a pattern token by token. It does not
 * check the syntax: PCRE2 does.
 */
#include "types/regex_walk.h"

#include <ctype.h>
#include <string.h>

char gn_re_peek(const gn_re_walk *w, size_t i) {
  return i < w->len ? w->s[i] : '\0';
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* End of a {n}, {n,} or {n,m} at i; i itself: it is none. */
static size_t braces_end(const gn_re_walk *w, size_t i) {
  size_t p = i + 1, digits = p;
  while (is_digit(gn_re_peek(w, p)))
    p++;
  if (p == digits)
    return i;
  if (gn_re_peek(w, p) == ',')
    p++;
  while (is_digit(gn_re_peek(w, p)))
    p++;
  return gn_re_peek(w, p) == '}' ? p + 1 : i;
}

/* After a [: :] [. .] or [= =] at i, or i. */
static size_t posix_end(const gn_re_walk *w, size_t i) {
  char kind = gn_re_peek(w, i + 1);
  if (kind != ':' && kind != '.' && kind != '=')
    return i;
  for (size_t p = i + 2; p + 1 < w->len; p++) {
    if (w->s[p] == kind && w->s[p + 1] == ']')
      return p + 2;
    if (w->s[p] == ']' || w->s[p] == '\\' || w->s[p] == '[')
      return i;
  }
  return i;
}

static size_t class_end(const gn_re_walk *w, size_t i) {
  size_t p = i + 1;
  if (gn_re_peek(w, p) == '^')
    p++;
  if (gn_re_peek(w, p) == ']')
    p++;
  while (p < w->len && w->s[p] != ']') {
    if (w->s[p] == '\\') {
      bool quote = gn_re_peek(w, p + 1) == 'Q';
      p += 2;
      while (quote && p < w->len &&
             !(w->s[p] == '\\' && gn_re_peek(w, p + 1) == 'E'))
        p++;
    } else if (w->s[p] == '[' && posix_end(w, p) > p) {
      p = posix_end(w, p);
    } else {
      p++;
    }
  }
  return p < w->len ? p + 1 : w->len;
}

/* The end of \ and what it takes: \x{..}, \k<..>, \p{..}, \g{..}, \cX. */
static size_t escape_end(const gn_re_walk *w, size_t i) {
  size_t p = i + 2;
  char c = gn_re_peek(w, i + 1), close;
  if (c == 'c')
    return p < w->len ? p + 1 : w->len;
  if (c == '\0' || !strchr("xokgpPN", c))
    return p < w->len ? p : w->len;
  switch (gn_re_peek(w, p)) {
  case '{': close = '}'; break;
  case '<': close = '>'; break;
  case '\'': close = '\''; break;
  default: return p < w->len ? p : w->len;
  }
  if (close != '}' && c != 'k' && c != 'g')
    return p;
  const char *end = memchr(w->s + p + 1, close, w->len - p - 1);
  return end ? (size_t)(end - w->s) + 1 : p;
}

static size_t after(const gn_re_walk *w, size_t from, char c) {
  const char *p = from < w->len ? memchr(w->s + from, c, w->len - from) : NULL;
  return p ? (size_t)(p - w->s) + 1 : w->len;
}

/* (?i) (?i: (?R) (?-1) and what has no letters there. */
static enum gn_re_token setting(gn_re_walk *w, size_t i) {
  size_t p = i + 2;
  while (isalnum((unsigned char)gn_re_peek(w, p)) ||
         (gn_re_peek(w, p) != '\0' && strchr("-+^", w->s[p])))
    p++;
  if (gn_re_peek(w, p) == ')') {
    w->next = p + 1;
    return GN_RE_SET;
  }
  w->opaque = gn_re_peek(w, p) != ':';
  w->next = w->opaque ? i + 2 : p + 1;
  return GN_RE_OPEN;
}

/* What the open parenthesis at i begins. */
static enum gn_re_token open_group(gn_re_walk *w, size_t i) {
  char c = gn_re_peek(w, i + 2), d = gn_re_peek(w, i + 3);
  w->opaque = false;
  w->next = i + 1;
  if (gn_re_peek(w, i + 1) != '?')
    return GN_RE_OPEN;
  switch (c) {
  case '#': w->next = after(w, i, ')'); return GN_RE_SET;
  case ':':
  case '>':
  case '=':
  case '!':
  case '|': w->next = i + 3; return GN_RE_OPEN;
  case '\'': w->next = after(w, i + 3, '\''); return GN_RE_OPEN;
  case '<':
    w->opaque = d == '=' || d == '!';
    w->next = w->opaque ? i + 4 : after(w, i, '>');
    return GN_RE_OPEN;
  case 'P':
    w->opaque = d != '<';
    w->next = w->opaque ? i + 3 : after(w, i, '>');
    return GN_RE_OPEN;
  default: return setting(w, i);
  }
}

static enum gn_re_token next_plain(gn_re_walk *w) {
  if (w->s[w->at] == '\\' && gn_re_peek(w, w->at + 1) == 'E') {
    w->literal = false;
    w->next = w->at + 2;
    return GN_RE_SET;
  }
  w->next = w->at + 1;
  while (w->next < w->len && ((unsigned char)w->s[w->next] & 0xc0) == 0x80)
    w->next++;
  return GN_RE_PLAIN;
}

static enum gn_re_token repeat(gn_re_walk *w, size_t end) {
  if (gn_re_peek(w, end) == '?' || gn_re_peek(w, end) == '+')
    end++;
  w->next = end;
  return GN_RE_REPEAT;
}

enum gn_re_token gn_re_next(gn_re_walk *w) {
  size_t end;
  w->at = w->next;
  if (w->at >= w->len)
    return GN_RE_END;
  char c = w->s[w->at];
  if (w->literal)
    return next_plain(w);
  w->next = w->at + 1;
  switch (c) {
  case '\\':
    if (gn_re_peek(w, w->at + 1) == 'Q' || gn_re_peek(w, w->at + 1) == 'E') {
      w->literal = w->s[w->at + 1] == 'Q';
      w->next = w->at + 2;
      return GN_RE_SET;
    }
    w->next = escape_end(w, w->at);
    return GN_RE_ESCAPE;
  case '[': w->next = class_end(w, w->at); return GN_RE_CLASS;
  case '(': return open_group(w, w->at);
  case ')': return GN_RE_CLOSE;
  case '|': return GN_RE_BAR;
  case '*':
  case '+':
  case '?': return repeat(w, w->at + 1);
  case '{':
    end = braces_end(w, w->at);
    return end > w->at ? repeat(w, end) : next_plain(w);
  default: return next_plain(w);
  }
}
