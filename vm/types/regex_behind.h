/*
 * regex_behind.h - lookbehinds of bounded width for PCRE2, which takes only
 * alternatives of a fixed width each. Internal to the regex files.
 */
#ifndef GN_TYPES_REGEX_BEHIND_H
#define GN_TYPES_REGEX_BEHIND_H

#include "types/regex_pattern.h"

/* The pattern with every lookbehind written as alternatives of fixed width:
 * (?<=ab?) is (?<=ab|a). False: out of memory, or one of them has no bound, has
 * captures, or would take too many alternatives; out->text is NULL then. */
bool gn_re_spread_behind(const gn_re_pattern *pattern,
                         const gn_re_memory *memory, gn_re_pattern *out);

#endif
