/*
 * regex_behind.c - lookbehinds of bounded width. What varies in one, a
 * repetition or an alternation within a group, is resolved one after another,
 * the outer before the inner: each way gives an alternative of its own. A
 * lookbehind only says whether one of them fits, so their order is free.
 */
#include "types/regex_behind.h"

#include <string.h>

#include "types/regex_walk.h"

#define WAYS_MAX   256u       /* alternatives of a lookbehind */
#define WORK_MAX   (1u << 20) /* bytes read and written: a bound of time */
#define REPEAT_MAX 255u       /* PCRE2 looks no further back */

typedef struct text {
  char *at;
  size_t len, cap;
} text;

typedef struct spread {
  const gn_re_memory *memory;
  text todo[WAYS_MAX]; /* alternatives that may vary still */
  uint32_t n;
  uint32_t ways; /* finished ones */
  size_t work;   /* bytes read and written for the pattern */
} spread;

/* What varies first in an alternative: bytes `from` to `to` become `low` to
 * `high` copies of the item before `end`, or one branch of the group that the
 * item is when `branches`. */
typedef struct varying {
  size_t from, end, to;
  uint32_t low, high;
  bool branches;
} varying;

enum found { FIXED, VARIES, REFUSED };

/* ---- text ---- */

static bool put(const gn_re_memory *memory, text *t, const char *s,
                size_t len) {
  if (len > t->cap - t->len) {
    size_t cap = t->cap * 2 > t->len + len ? t->cap * 2 : t->len + len + 16;
    char *at = memory->take(cap, memory->data);
    if (!at)
      return false;
    if (t->len > 0)
      memcpy(at, t->at, t->len);
    memory->give(t->at, memory->data);
    t->at = at;
    t->cap = cap;
  }
  if (len > 0)
    memcpy(t->at + t->len, s, len);
  t->len += len;
  return true;
}

static void drop(const gn_re_memory *memory, text *t) {
  memory->give(t->at, memory->data);
  *t = (text){.at = NULL};
}

/* ---- groups ---- */

/* Behind the end of the group that has just been opened; returns where that
 * stands: w->len when there is none. */
static size_t close_group(gn_re_walk *w) {
  uint32_t depth = 1;
  for (enum gn_re_token t; (t = gn_re_next(w)) != GN_RE_END;) {
    depth += t == GN_RE_OPEN;
    depth -= t == GN_RE_CLOSE;
    if (depth == 0)
      return w->at;
  }
  return w->len;
}

/* It takes one character, whatever it stands for. */
static bool is_character(const gn_re_walk *w, enum gn_re_token t) {
  char c = gn_re_peek(w, w->at + 1);
  return t == GN_RE_PLAIN || t == GN_RE_CLASS ||
         (t == GN_RE_ESCAPE && c != '\0' && strchr("dDwWsSntrfex", c));
}

/* Whether the group that has just been opened has branches that are not all of
 * one width as far as can be seen. */
static bool has_branches(gn_re_walk w) {
  size_t width = 0, first = SIZE_MAX;
  bool simple = true, bars = false;
  for (enum gn_re_token t; (t = gn_re_next(&w)) != GN_RE_END;) {
    if (t == GN_RE_BAR || t == GN_RE_CLOSE) {
      first = first == SIZE_MAX ? width : first;
      simple &= width == first;
      width = 0;
      bars |= t == GN_RE_BAR;
      if (t == GN_RE_CLOSE)
        break;
      continue;
    }
    simple &= is_character(&w, t);
    width++;
    if (t == GN_RE_OPEN)
      (void)close_group(&w);
  }
  return bars && !simple;
}

static bool is_behind(const gn_re_walk *w) {
  char c = gn_re_peek(w, w->at + 3);
  return w->next == w->at + 4 && w->s[w->at + 2] == '<' &&
         (c == '=' || c == '!');
}

static bool is_look(const gn_re_walk *w) {
  char c = gn_re_peek(w, w->at + 2);
  return gn_re_peek(w, w->at + 1) == '?' &&
         (c == '=' || c == '!' || is_behind(w));
}

/* (?: and (?i: */
static bool is_plain_group(const gn_re_walk *w) {
  return gn_re_peek(w, w->at + 1) == '?' && w->s[w->next - 1] == ':';
}

/* ---- what varies ---- */

static uint32_t number(const gn_re_walk *w, size_t *i) {
  uint32_t n = 0;
  for (char c; (c = gn_re_peek(w, *i)) >= '0' && c <= '9'; ++*i)
    n = n > REPEAT_MAX ? n : n * 10 + (uint32_t)(c - '0');
  return n;
}

/* The bounds of the repetition that w is at. False: it has no end, or does not
 * give back what it took. */
static bool bounds(const gn_re_walk *w, varying *v) {
  size_t i = w->at + 1;
  char kind = w->s[w->at];
  v->to = w->next;
  v->low = 0;
  v->high = 1;
  if (kind == '{') {
    v->low = v->high = number(w, &i);
    if (gn_re_peek(w, i) == ',') {
      i++;
      if (gn_re_peek(w, i) == '}')
        return false;
      v->high = number(w, &i);
    }
    i++;
  }
  return kind != '*' && kind != '+' && v->low <= v->high &&
         v->high <= REPEAT_MAX && !(i < w->next && w->s[i] == '+');
}

/* A group has been opened: what becomes of it. Behind it, or in its body when
 * nothing of it varies yet. */
static enum found in_group(gn_re_walk *w, varying *v) {
  gn_re_walk ahead = *w;
  v->from = w->at;
  if (is_look(w)) {
    (void)close_group(w);
    return FIXED;
  }
  if (!is_plain_group(w) || close_group(&ahead) == w->len)
    return REFUSED;
  v->end = v->to = ahead.next;
  if (gn_re_next(&ahead) == GN_RE_REPEAT)
    return bounds(&ahead, v) ? VARIES : REFUSED;
  v->branches = has_branches(*w);
  return v->branches ? VARIES : FIXED;
}

/* The outermost first thing in the alternative that is not of fixed width. */
static enum found find(spread *s, const text *way, varying *v) {
  gn_re_walk w = {.s = way->at, .len = way->len};
  size_t item = 0;
  s->work += way->len;
  *v = (varying){.from = 0};
  for (enum gn_re_token t; (t = gn_re_next(&w)) != GN_RE_END;) {
    size_t at = w.at;
    if (t == GN_RE_SET || w.literal)
      return REFUSED;
    if (t == GN_RE_OPEN) {
      s->work += 2 * way->len; /* it looks ahead */
      enum found found = s->work > WORK_MAX ? REFUSED : in_group(&w, v);
      if (found != FIXED)
        return found;
    }
    if (t == GN_RE_REPEAT) {
      v->from = item;
      v->end = at;
      if (!bounds(&w, v))
        return REFUSED;
      if (v->low != v->high)
        return VARIES;
    }
    item = at;
  }
  return FIXED;
}

/* ---- alternatives ---- */

static bool push(spread *s, text way) {
  s->work += way.len;
  if (s->n == WAYS_MAX || s->work > WORK_MAX) {
    drop(s->memory, &way);
    return false;
  }
  s->todo[s->n++] = way;
  return true;
}

/* A copy of the way in which `middle`, `times` over, stands for what varied. */
static bool push_with(spread *s, const text *way, const varying *v,
                      const char *middle, size_t len, uint32_t times) {
  text made = {.at = NULL};
  bool ok = put(s->memory, &made, way->at, v->from);
  for (uint32_t i = 0; ok && i < times && made.len <= WORK_MAX; i++)
    ok = put(s->memory, &made, middle, len);
  ok = ok && put(s->memory, &made, way->at + v->to, way->len - v->to);
  if (!ok)
    drop(s->memory, &made);
  return ok && push(s, made);
}

/* One way for each branch of the group from..end, or for each part between
 * the bars of a whole body, which has no opening. */
static bool push_branches(spread *s, const text *way, const varying *v,
                          bool whole) {
  gn_re_walk w = {
      .s = way->at, .len = whole ? way->len : v->end, .next = v->from};
  uint32_t depth = 0;
  if (!whole)
    (void)gn_re_next(&w);
  size_t opening = w.next - v->from, branch = w.next;
  for (bool ok = true; ok;) {
    enum gn_re_token t = gn_re_next(&w);
    bool last = t == GN_RE_END || (t == GN_RE_CLOSE && depth == 0);
    if (last || (t == GN_RE_BAR && depth == 0)) {
      text one = {.at = NULL};
      ok = put(s->memory, &one, way->at + v->from, opening) &&
           put(s->memory, &one, way->at + branch, w.at - branch) &&
           (whole || put(s->memory, &one, ")", 1)) &&
           push_with(s, way, v, one.at, one.len, 1);
      drop(s->memory, &one);
      branch = w.next;
    }
    if (last)
      return ok;
    depth += t == GN_RE_OPEN;
    depth -= t == GN_RE_CLOSE;
  }
  return false;
}

static bool push_repeats(spread *s, const text *way, const varying *v) {
  for (uint32_t times = v->low; times <= v->high; times++)
    if (!push_with(s, way, v, way->at + v->from, v->end - v->from, times))
      return false;
  return true;
}

/* Resolves all that varies; the finished alternatives go to out. */
static bool resolve(spread *s, text *out) {
  while (s->n > 0) {
    text way = s->todo[--s->n];
    varying v;
    enum found found = find(s, &way, &v);
    bool ok = false;
    if (found == FIXED)
      ok = ++s->ways <= WAYS_MAX &&
           (s->ways == 1 || put(s->memory, out, "|", 1)) &&
           put(s->memory, out, way.at, way.len);
    else if (found == VARIES)
      ok = v.branches ? push_branches(s, &way, &v, false)
                      : push_repeats(s, &way, &v);
    drop(s->memory, &way);
    if (!ok)
      return false;
  }
  return true;
}

static bool spread_body(spread *s, const char *body, size_t len, text *out) {
  text all = {.at = NULL};
  varying whole = {.to = len};
  s->ways = 0;
  bool ok = put(s->memory, &all, body, len) &&
            push_branches(s, &all, &whole, true) && resolve(s, out);
  drop(s->memory, &all);
  while (s->n > 0)
    drop(s->memory, &s->todo[--s->n]);
  return ok;
}

/* ---- the pattern ---- */

/* All of the pattern, its NUL included. */
static bool spread_all(spread *s, const gn_re_pattern *pattern, text *out) {
  gn_re_walk w = {.s = pattern->text, .len = pattern->len};
  size_t copied = 0;
  for (enum gn_re_token t; (t = gn_re_next(&w)) != GN_RE_END;) {
    if (t != GN_RE_OPEN || !is_behind(&w))
      continue;
    size_t body = w.next, end = close_group(&w);
    if (!put(s->memory, out, w.s + copied, body - copied) ||
        !spread_body(s, w.s + body, end - body, out))
      return false;
    copied = end;
  }
  return put(s->memory, out, w.s + copied, w.len - copied + 1);
}

bool gn_re_spread_behind(const gn_re_pattern *pattern,
                         const gn_re_memory *memory, gn_re_pattern *out) {
  text made = {.at = NULL};
  *out = *pattern;
  out->text = NULL;
  spread *s = pattern->extended ? NULL : memory->take(sizeof *s, memory->data);
  if (!s)
    return false;
  s->memory = memory;
  s->n = 0;
  s->work = 0;
  if (spread_all(s, pattern, &made)) {
    out->text = made.at;
    out->len = made.len - 1;
  } else {
    drop(memory, &made);
  }
  memory->give(s, memory->data);
  return out->text != NULL;
}
