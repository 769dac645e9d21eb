/*
 * regex_search.h - looking for a pattern in a text, in slices. Internal to the
 * regex files.
 */
#ifndef GN_TYPES_REGEX_SEARCH_H
#define GN_TYPES_REGEX_SEARCH_H

#include "run/native_args.h"
#include "types/regex.h"
#include "types/regex_code.h"

/* Where a search stands; it fits an Int in a local. `at` may be one more than
 * the text's bytes: then nothing more is found. */
typedef struct gn_re_place {
  uint32_t at;
  uint8_t look; /* how far beyond its window a match may reach by now */
  bool patient; /* the match at `at` gets all the steps that there are */
} gn_re_place;

gn_value gn_re_place_save(gn_re_place place);
gn_re_place gn_re_place_load(gn_value saved);

/* Throws what is wrong with a pattern, or that memory is short. GN_THROW. */
int gn_regex_bad(gn_ctx *ctx, const gn_re_error *err);

/* The code of a regex, compiled when it is first used. NULL: thrown. */
const gn_re_code *gn_re_code_of(gn_ctx *ctx, gn_regex *re);

enum gn_re_found {
  GN_RE_THROWN = -2,
  GN_RE_PAUSED = -1, /* the slice is over: go on from *place */
  GN_RE_NONE = 0,
  GN_RE_FOUND = 1, /* *pairs; *place is not moved beyond the match */
};

/* The first match that starts between place->at and byte `last` of s. *pairs:
 * groups + 1 pairs of byte offsets, PCRE2_UNSET for a group that took no part;
 * good until the next search in this context. */
enum gn_re_found gn_re_seek(gn_ctx *ctx, const gn_re_code *code,
                            const gn_string *s, uint32_t last,
                            gn_re_place *place, const size_t **pairs);

/* Where the search goes on after a match: behind it, or after an empty match
 * one character further. */
gn_re_place gn_re_after(const gn_string *s, const size_t *pairs);

/* Byte offset of the character after the one at `at`. */
uint32_t gn_re_next_char(const gn_string *s, uint32_t at);

#endif
