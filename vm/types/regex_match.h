/*
 * regex_match.h - what a match leaves behind: the RegexMatch of scripts.
 */
#ifndef GN_TYPES_REGEX_MATCH_H
#define GN_TYPES_REGEX_MATCH_H

#include "types/regex.h"
#include "types/regex_code.h"

typedef struct gn_match {
  gn_machine m;        /* trace marks the two values */
  gn_value subject;    /* String */
  gn_value regex;      /* keeps the names of the groups alive */
  uint32_t start, end; /* of the match, in code points */
  uint32_t pairs;      /* groups + 1 */
  uint32_t at[];       /* pairs of byte offsets; GN_MATCH_NONE: no part in it */
} gn_match;

#define GN_MATCH_NONE UINT32_MAX

/* A match in s, whose byte `known` is character `chars`; it is not behind the
 * match. GN_NONE: out of memory. */
gn_value gn_match_new(gn_heap *heap, gn_value regex, const gn_re_code *code,
                      gn_value subject, const size_t *pairs, uint32_t known,
                      uint32_t chars);

/* A member by its name (String or Symbol): GN_VOID when there is none of this
 * name, GN_NONE when out of memory. */
gn_value gn_match_member(gn_heap *heap, const gn_match *match, gn_value name);

/* The group of this name that took part, else one that did not, else -1. */
int64_t gn_re_group(const gn_re_code *code, const size_t *pairs,
                    const char *name, size_t len);

#endif
