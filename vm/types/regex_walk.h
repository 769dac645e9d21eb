/*
 * regex_walk.h - the source of a pattern token by token. Internal to the regex
 * files.
 */
#ifndef GN_TYPES_REGEX_WALK_H
#define GN_TYPES_REGEX_WALK_H

#include <stdbool.h>
#include <stddef.h>

enum gn_re_token {
  GN_RE_END,
  GN_RE_PLAIN,  /* one character or other item */
  GN_RE_ESCAPE, /* backslash and what belongs to it */
  GN_RE_CLASS,  /* [...] */
  GN_RE_OPEN,   /* ( with what follows it up to the body */
  GN_RE_SET,    /* (?i) and the like, (?#...): no group */
  GN_RE_CLOSE,
  GN_RE_BAR,
  GN_RE_REPEAT, /* * + ? {n,m} with its suffix */
};

typedef struct gn_re_walk {
  const char *s;
  size_t len, at; /* of the token that was read */
  size_t next;
  bool literal; /* inside \Q...\E */
  bool opaque;  /* the group just opened has a body that is left alone */
} gn_re_walk;

/* The byte at i; '\0' at the end. */
char gn_re_peek(const gn_re_walk *w, size_t i);

/* The next token: from w->at up to w->next. Start with a walk of zeros but for
 * s and len. */
enum gn_re_token gn_re_next(gn_re_walk *w);

#endif
