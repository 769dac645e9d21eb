/*
 * regex_methods.h - what the files with methods of Regex share: a search whose
 * place is kept in the native's locals.
 */
#ifndef GN_TYPES_REGEX_METHODS_H
#define GN_TYPES_REGEX_METHODS_H

#include "run/context.h"
#include "types/regex_search.h"

enum { GN_RE_AT, GN_RE_OUT, GN_RE_DONE, GN_RE_LOCALS };

/* One entry of a method: argv[0] is the regex, argv[1] the text. */
typedef struct gn_re_run {
  const gn_re_code *code;
  gn_string *s;
  gn_re_place place;
  const size_t *pairs;
} gn_re_run;

/* Fills *run; the search begins at 0 or goes on where it was. False: thrown. */
bool gn_regex_begin(gn_ctx *ctx, gn_call *call, gn_re_run *run);

/* The next match that starts at or before byte `last`. GN_OK with *found, or a
 * status to return; the place is kept for the next entry. */
int gn_regex_next(gn_ctx *ctx, gn_call *call, gn_re_run *run, uint32_t last,
                  bool *found);

#endif
