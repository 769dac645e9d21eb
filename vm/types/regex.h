/*
 * regex.h - regular expressions as values: source, flags and the replacement
 * of a substitution literal. What a pattern compiles to is in regex_code.h.
 */
#ifndef GN_TYPES_REGEX_H
#define GN_TYPES_REGEX_H

#include "types/string.h"

enum gn_regex_flag {
  GN_RE_IGNORE_CASE = 1, /* i */
  GN_RE_DOT_ALL = 2,     /* m */
};

typedef struct gn_regex {
  gn_machine m;   /* trace marks the two strings */
  uint32_t flags; /* enum gn_regex_flag */
  uint32_t spare;
  gn_value source;         /* String, with bare slashes */
  gn_value replacement;    /* String, or GN_NIL when there is none */
  struct gn_re_code *code; /* NULL: not needed yet; of the program if
                                    this is static, else of the context */
} gn_regex;

static inline gn_regex *gn_re(gn_value v) {
  assert(gn_is(v, GN_T_REGEX));
  return (gn_regex *)gn_as_obj(v);
}

/* The pattern must have been checked. GN_NONE: out of memory. */
gn_value gn_regex_new(gn_heap *heap, gn_value source, gn_value replacement,
                      uint32_t flags);

/* Source, flags and replacement are the same. */
bool gn_regex_equal(const gn_regex *a, const gn_regex *b);

/* Appends the literal that reads back as this regex. */
void gn_regex_put(gn_builder *out, const gn_regex *re);

#endif
