/*
 * regex_pattern.c - one walk over the source of a pattern, used three ways:
 * to refuse what we don't have, to translate what PCRE2 spells otherwise, and
 * to find the places for callouts. It does not check the syntax: PCRE2 does.
 */
#include "types/regex_pattern.h"

#include <ctype.h>
#include <string.h>

#define CALLOUT_LEN 5u   /* (?C0) or (?C1), see GN_RE_CALLOUT_ANY */
#define GROUPS_MAX  256u /* deeper nesting is refused by PCRE2 */
#define FAR_REPEAT  256u

/* ---- the walk ---- */

enum token {
  T_END,
  T_PLAIN,  /* one character or other item */
  T_ESCAPE, /* backslash and what belongs to it */
  T_CLASS,  /* [...] */
  T_OPEN,   /* ( with what follows it up to the body */
  T_SET,    /* (?i) and the like, (?#...): no group */
  T_CLOSE,
  T_BAR,
  T_REPEAT, /* * + ? {n,m} with its suffix */
};

typedef struct walk {
  const char *s;
  size_t len, at; /* of the token that was read */
  size_t next;
  bool literal; /* inside \Q...\E */
  bool opaque;  /* the group just opened has a body that is left alone */
} walk;

static char peek(const walk *w, size_t i) {
  return i < w->len ? w->s[i] : '\0';
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
static bool is_hex(char c) {
  return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

/* End of a {n}, {n,} or {n,m} at i; i itself: it is none. */
static size_t braces_end(const walk *w, size_t i) {
  size_t p = i + 1, digits = p;
  while (is_digit(peek(w, p)))
    p++;
  if (p == digits)
    return i;
  if (peek(w, p) == ',')
    p++;
  while (is_digit(peek(w, p)))
    p++;
  return peek(w, p) == '}' ? p + 1 : i;
}

/* After a [: :] [. .] or [= =] at i, or i. */
static size_t posix_end(const walk *w, size_t i) {
  char kind = peek(w, i + 1);
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

static size_t class_end(const walk *w, size_t i) {
  size_t p = i + 1;
  if (peek(w, p) == '^')
    p++;
  if (peek(w, p) == ']')
    p++;
  while (p < w->len && w->s[p] != ']') {
    if (w->s[p] == '\\') {
      bool quote = peek(w, p + 1) == 'Q';
      p += 2;
      while (quote && p < w->len && !(w->s[p] == '\\' && peek(w, p + 1) == 'E'))
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
static size_t escape_end(const walk *w, size_t i) {
  size_t p = i + 2;
  char c = peek(w, i + 1), close;
  if (c == 'c')
    return p < w->len ? p + 1 : w->len;
  if (c == '\0' || !strchr("xokgpPN", c))
    return p < w->len ? p : w->len;
  switch (peek(w, p)) {
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

static size_t after(const walk *w, size_t from, char c) {
  const char *p = from < w->len ? memchr(w->s + from, c, w->len - from) : NULL;
  return p ? (size_t)(p - w->s) + 1 : w->len;
}

/* (?i) (?i: (?R) (?-1) and what has no letters there. */
static enum token setting(walk *w, size_t i) {
  size_t p = i + 2;
  while (isalnum((unsigned char)peek(w, p)) ||
         (peek(w, p) != '\0' && strchr("-+^", w->s[p])))
    p++;
  if (peek(w, p) == ')') {
    w->next = p + 1;
    return T_SET;
  }
  w->opaque = peek(w, p) != ':';
  w->next = w->opaque ? i + 2 : p + 1;
  return T_OPEN;
}

/* What the open parenthesis at i begins. */
static enum token open_group(walk *w, size_t i) {
  char c = peek(w, i + 2), d = peek(w, i + 3);
  w->opaque = false;
  w->next = i + 1;
  if (peek(w, i + 1) != '?')
    return T_OPEN;
  switch (c) {
  case '#': w->next = after(w, i, ')'); return T_SET;
  case ':':
  case '>':
  case '=':
  case '!':
  case '|': w->next = i + 3; return T_OPEN;
  case '\'': w->next = after(w, i + 3, '\''); return T_OPEN;
  case '<':
    w->opaque = d == '=' || d == '!';
    w->next = w->opaque ? i + 4 : after(w, i, '>');
    return T_OPEN;
  case 'P':
    w->opaque = d != '<';
    w->next = w->opaque ? i + 3 : after(w, i, '>');
    return T_OPEN;
  default: return setting(w, i);
  }
}

static enum token next_plain(walk *w) {
  if (w->s[w->at] == '\\' && peek(w, w->at + 1) == 'E') {
    w->literal = false;
    w->next = w->at + 2;
    return T_SET;
  }
  w->next = w->at + 1;
  while (w->next < w->len && ((unsigned char)w->s[w->next] & 0xc0) == 0x80)
    w->next++;
  return T_PLAIN;
}

static enum token repeat(walk *w, size_t end) {
  if (peek(w, end) == '?' || peek(w, end) == '+')
    end++;
  w->next = end;
  return T_REPEAT;
}

static enum token next_token(walk *w) {
  size_t end;
  w->at = w->next;
  if (w->at >= w->len)
    return T_END;
  char c = w->s[w->at];
  if (w->literal)
    return next_plain(w);
  w->next = w->at + 1;
  switch (c) {
  case '\\':
    if (peek(w, w->at + 1) == 'Q' || peek(w, w->at + 1) == 'E') {
      w->literal = w->s[w->at + 1] == 'Q';
      w->next = w->at + 2;
      return T_SET;
    }
    w->next = escape_end(w, w->at);
    return T_ESCAPE;
  case '[': w->next = class_end(w, w->at); return T_CLASS;
  case '(': return open_group(w, w->at);
  case ')': return T_CLOSE;
  case '|': return T_BAR;
  case '*':
  case '+':
  case '?': return repeat(w, w->at + 1);
  case '{':
    end = braces_end(w, w->at);
    return end > w->at ? repeat(w, end) : next_plain(w);
  default: return next_plain(w);
  }
}

/* ---- what we don't have ---- */

static bool is_u4(const char *s, size_t len, size_t at) {
  if (len - at < 6 || s[at + 1] != 'u')
    return false;
  for (size_t i = 2; i < 6; i++)
    if (!is_hex(s[at + i]))
      return false;
  return true;
}

const char *gn_re_refused(const char *source, size_t len, size_t *at) {
  walk w = {.s = source, .len = len};
  for (enum token t = next_token(&w); t != T_END; t = next_token(&w)) {
    *at = w.at;
    char c = peek(&w, w.at + 1);
    if (t == T_OPEN && c == '*')
      return "(*VERBS) are not supported";
    if ((t == T_SET || t == T_OPEN) && c == '?' && peek(&w, w.at + 2) == 'C')
      return "callouts are not supported";
    if (t == T_ESCAPE && c == 'u' && !is_u4(source, len, w.at))
      return "\\u takes four hexadecimal digits";
    if (t == T_ESCAPE && c == 'G')
      return "\\G is not supported";
    if (t == T_ESCAPE && c == 'C')
      return "\\C is not supported";
  }
  return NULL;
}

/* ---- translation ---- */

/* Bytes that the escape at `at` takes, and bytes it becomes (written to `to`
 * unless that is NULL). */
static size_t put_escape(const char *s, size_t len, size_t at, char *to,
                         size_t *made) {
  char text[10] = "\\x0b";
  size_t taken = 2;
  *made = 4;
  if (is_u4(s, len, at)) {
    memcpy(text, "\\x{", 3);
    memcpy(text + 3, s + at + 2, 4);
    text[7] = '}';
    taken = 6;
    *made = 8;
  } else if (len - at < 2 || s[at + 1] != 'v') {
    *made = taken = len - at < 2 ? 1 : 2;
    memcpy(text, s + at, taken);
  }
  if (to)
    memcpy(to, text, *made);
  return taken;
}

/* Goes through the source up to byte `to`, or until `out_max` bytes would be
 * written; returns the source's offset, *made the bytes. */
static size_t translate(const char *s, size_t len, char *out, size_t out_max,
                        size_t *made) {
  size_t at = 0;
  bool literal = false;
  *made = 0;
  while (at < len && *made < out_max) {
    size_t taken = 1, some = 1;
    bool end = literal && len - at > 1 && s[at] == '\\' && s[at + 1] == 'E';
    if (s[at] == '\\' && (!literal || end)) {
      literal = len - at > 1 && s[at + 1] == 'Q';
      taken = put_escape(s, len, at, out ? out + *made : NULL, &some);
    } else if (out) {
      out[*made] = s[at];
    }
    at += taken;
    *made += some;
  }
  return at;
}

/* The letters of a (?...) setting. */
static void note_setting(const walk *w, gn_re_pattern *out) {
  if (!isalpha((unsigned char)peek(w, w->at + 2)) || w->s[w->at + 2] == 'P')
    return;
  for (size_t i = w->at + 2; i < w->next && w->s[i] != '-'; i++) {
    out->extended |= w->s[i] == 'x';
    out->inline_dot |= w->s[i] == 's' && w->at == 0;
  }
}

static void note(gn_re_pattern *out) {
  walk w = {.s = out->text, .len = out->len};
  for (enum token t = next_token(&w); t != T_END; t = next_token(&w)) {
    if ((t == T_SET || t == T_OPEN) && peek(&w, w.at + 1) == '?')
      note_setting(&w, out);
    if (t != T_REPEAT || w.s[w.at] != '{')
      continue;
    uint32_t n = 0;
    for (size_t i = w.at + 1; is_digit(w.s[i]) && n < FAR_REPEAT; i++)
      n = n * 10 + (uint32_t)(w.s[i] - '0');
    out->far_repeat |= n >= FAR_REPEAT;
  }
}

bool gn_re_translate(const char *source, size_t len, const gn_re_memory *memory,
                     gn_re_pattern *out) {
  *out = (gn_re_pattern){.text = NULL};
  translate(source, len, NULL, SIZE_MAX, &out->len);
  out->text = memory->take(out->len + 1, memory->data);
  if (!out->text)
    return false;
  translate(source, len, out->text, SIZE_MAX, &out->len);
  out->text[out->len] = '\0';
  note(out);
  return true;
}

size_t gn_re_source_offset(const char *source, size_t len, size_t offset) {
  size_t made;
  return translate(source, len, NULL, offset, &made);
}

/* ---- callouts ---- */

enum mark { M_NONE, M_PLAIN, M_ANY };

/* Marks the bytes that a callout shall stand before; returns how many. */
static size_t mark(const gn_re_pattern *p, char *marks) {
  size_t body[GROUPS_MAX], count = 1;
  size_t group = 0; /* body of the group that has just ended, or 0 */
  uint32_t depth = 0;
  walk w = {.s = p->text, .len = p->len};
  memset(marks, M_NONE, p->len + 1);
  marks[0] = M_PLAIN;
  for (enum token t = next_token(&w); t != T_END; t = next_token(&w)) {
    if (t == T_REPEAT) {
      bool any = w.at > 0 && w.s[w.at - 1] == '.' && w.s[w.at] != '{';
      count += !marks[w.next];
      marks[w.next] = any ? M_ANY : M_PLAIN;
      count += !marks[group]; /* 0 is marked already */
      marks[group] = marks[group] ? marks[group] : M_PLAIN;
    }
    group = t == T_CLOSE && depth > 0 ? body[--depth] : 0;
    if (t == T_OPEN && depth < GROUPS_MAX)
      body[depth++] = w.opaque ? 0 : w.next;
  }
  return count;
}

bool gn_re_instrument(const gn_re_pattern *pattern, const gn_re_memory *memory,
                      gn_re_pattern *out) {
  char *marks = memory->take(pattern->len + 1, memory->data);
  *out = *pattern;
  out->text = NULL;
  if (!marks)
    return false;
  size_t count = mark(pattern, marks);
  out->len = pattern->len + count * CALLOUT_LEN;
  out->text = memory->take(out->len + 1, memory->data);
  char *to = out->text;
  for (size_t i = 0; to && i <= pattern->len; i++) {
    if (marks[i]) {
      memcpy(to, marks[i] == M_ANY ? "(?C1)" : "(?C0)", CALLOUT_LEN);
      to += CALLOUT_LEN;
    }
    *to++ = pattern->text[i]; /* its NUL in the end */
  }
  memory->give(marks, memory->data);
  return to != NULL;
}
