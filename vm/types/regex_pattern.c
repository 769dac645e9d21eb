/*
 * regex_pattern.c - one walk over the source of a pattern, used three ways:
 * to refuse what we don't have, to translate what PCRE2 spells otherwise, and
 * to find the places for callouts.
 */
#include "types/regex_pattern.h"

#include "types/regex_walk.h"

#include <ctype.h>
#include <string.h>

#define CALLOUT_LEN 5u   /* (?C0) or (?C1), see GN_RE_CALLOUT_ANY */
#define GROUPS_MAX  256u /* deeper nesting is refused by PCRE2 */
#define FAR_REPEAT  256u

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
static bool is_hex(char c) {
  return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f');
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
  gn_re_walk w = {.s = source, .len = len};
  for (enum gn_re_token t = gn_re_next(&w); t != GN_RE_END;
       t = gn_re_next(&w)) {
    *at = w.at;
    char c = gn_re_peek(&w, w.at + 1);
    if (t == GN_RE_OPEN && c == '*')
      return "(*VERBS) are not supported";
    if ((t == GN_RE_SET || t == GN_RE_OPEN) && c == '?' &&
        gn_re_peek(&w, w.at + 2) == 'C')
      return "callouts are not supported";
    if (t == GN_RE_ESCAPE && c == 'u' && !is_u4(source, len, w.at))
      return "\\u takes four hexadecimal digits";
    if (t == GN_RE_ESCAPE && c == 'G')
      return "\\G is not supported";
    if (t == GN_RE_ESCAPE && c == 'C')
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
static void note_setting(const gn_re_walk *w, gn_re_pattern *out) {
  if (!isalpha((unsigned char)gn_re_peek(w, w->at + 2)) ||
      w->s[w->at + 2] == 'P')
    return;
  for (size_t i = w->at + 2; i < w->next && w->s[i] != '-'; i++) {
    out->extended |= w->s[i] == 'x';
    out->inline_dot |= w->s[i] == 's' && w->at == 0;
  }
}

static void note(gn_re_pattern *out) {
  gn_re_walk w = {.s = out->text, .len = out->len};
  for (enum gn_re_token t = gn_re_next(&w); t != GN_RE_END;
       t = gn_re_next(&w)) {
    if ((t == GN_RE_SET || t == GN_RE_OPEN) && gn_re_peek(&w, w.at + 1) == '?')
      note_setting(&w, out);
    if (t != GN_RE_REPEAT || w.s[w.at] != '{')
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
  gn_re_walk w = {.s = p->text, .len = p->len};
  memset(marks, M_NONE, p->len + 1);
  marks[0] = M_PLAIN;
  for (enum gn_re_token t = gn_re_next(&w); t != GN_RE_END;
       t = gn_re_next(&w)) {
    if (t == GN_RE_REPEAT) {
      bool any = w.at > 0 && w.s[w.at - 1] == '.' && w.s[w.at] != '{';
      count += !marks[w.next];
      marks[w.next] = any ? M_ANY : M_PLAIN;
      count += !marks[group]; /* 0 is marked already */
      marks[group] = marks[group] ? marks[group] : M_PLAIN;
    }
    group = t == GN_RE_CLOSE && depth > 0 ? body[--depth] : 0;
    if (t == GN_RE_OPEN && depth < GROUPS_MAX)
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
