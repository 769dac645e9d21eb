/*
 * regex_code.h - what a pattern is compiled to: PCRE2 code in UTF mode that
 * counts its own steps. Sets of such codes belong to a program (its literals)
 * or to a context (patterns made at run time). Nothing is matched here.
 *
 * Our dialect is PCRE2's with these differences: \v is one character (vertical
 * tab), \uXXXX is a code point, and \C, \G and (*VERBS) are refused: they would
 * split characters, or mean something else when a search goes on in slices.
 *
 * So that a match can be stopped, callouts are put where it may go round: at
 * its beginning, into groups that repeat and behind everything that repeats.
 */
#ifndef GN_TYPES_REGEX_CODE_H
#define GN_TYPES_REGEX_CODE_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "core/heap.h"

/* Number of the callouts behind .* and .+ */
#define GN_RE_CALLOUT_ANY 1u

typedef struct gn_re_name {
  uint32_t group;
  const char *text; /* ends with a NUL */
} gn_re_name;

typedef struct gn_re_code {
  pcre2_code *code;
  uint32_t groups;   /* captures; the whole match is not counted */
  uint32_t nnames;   /* by number */
  gn_re_name *names; /* point into the code */
  uint32_t flags;    /* enum gn_regex_flag */
  uint32_t hash;
  uint32_t clock_every; /* steps between two looks at the clock */
  bool anchored;        /* matches only where a search begins */
  bool dot_all;         /* a . may stand for a newline */
  bool literal;         /* matches its source, which is not empty, as it is */
  bool live;            /* a regex of the context's heap has it */
  uint32_t len;         /* of the source */
  struct gn_re_code *next;
  char source[];
} gn_re_code;

/* Codes by source and flags, charged to `heap`. */
typedef struct gn_re_codes gn_re_codes;

/* Message for an error: reason, offset. */
#define GN_RE_BAD "Invalid regex: %s at offset %zu"

typedef struct gn_re_error {
  char reason[160]; /* empty: out of memory */
  size_t offset;    /* in code points of the source */
} gn_re_error;

/* Whether the source is a pattern; else *err says why not. What it takes is
 * charged to the heap for the moment. */
bool gn_re_check(gn_heap *heap, const char *source, size_t len, uint32_t flags,
                 gn_re_error *err);

/* The code of a pattern in *codes, which is made when it is NULL. NULL with
 * *err filled: no pattern, or out of memory. */
gn_re_code *gn_re_compile(gn_re_codes **codes, gn_heap *heap,
                          const char *source, size_t len, uint32_t flags,
                          gn_re_error *err);

/* Frees the codes that are not live, makes the others so, and gives back what
 * matching has left behind. NULL is allowed:
 * nothing happens. */
void gn_re_sweep(gn_re_codes *codes);

/* Frees the set; its heap must still be there. NULL is allowed. */
void gn_re_codes_free(gn_re_codes *codes);
/* The same in pieces, of a set that nobody uses any more: until its memory is
 * less by *budget bytes, or rather what takes as long, which falls. True: the
 * set is gone. */
bool gn_re_codes_free_some(gn_re_codes *codes, size_t *budget);

/* What to match with: room for the groups of a code, and the limits. NULL: out
 * of memory. It stays the set's, and is good until the next call; each is
 * followed by gn_re_match_done, once PCRE2 has returned. */
pcre2_match_data *gn_re_match_room(gn_re_codes **codes, gn_heap *heap,
                                   const gn_re_code *code,
                                   pcre2_match_context **context);
void gn_re_match_done(gn_re_codes *codes);

/* Bytes that matching has taken so far. NULL is allowed. */
size_t gn_re_room_bytes(const gn_re_codes *codes);

#endif
