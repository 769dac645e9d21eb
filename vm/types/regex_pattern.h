/*
 * regex_pattern.h - the source of a pattern turned into one that PCRE2 reads
 * our way, and that counts its steps. Internal to the regex files.
 */
#ifndef GN_TYPES_REGEX_PATTERN_H
#define GN_TYPES_REGEX_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest source; PCRE2's own limit on what it compiles to is lower for
 * most patterns. */
#define GN_RE_SOURCE_MAX ((size_t)256 << 10)

typedef struct gn_re_pattern {
  char *text; /* of len bytes and a NUL, the caller's to give back */
  size_t len;
  bool extended;   /* has (?x): white space may stand anywhere */
  bool inline_dot; /* begins with (?s) */
  bool far_repeat; /* has a {n} of many */
} gn_re_pattern;

typedef struct gn_re_memory {
  void *(*take)(size_t bytes, void *data); /* or NULL */
  void (*give)(void *block, void *data);
  void *data;
} gn_re_memory;

/* Why a construct is refused, or NULL; then *at is where it stands. */
const char *gn_re_refused(const char *source, size_t len, size_t *at);

/* The source with \v and \uXXXX in PCRE2's spelling. False: out of memory. */
bool gn_re_translate(const char *source, size_t len, const gn_re_memory *memory,
                     gn_re_pattern *out);

/* Offset in the source of an offset in the translated text. */
size_t gn_re_source_offset(const char *source, size_t len, size_t offset);

/* A pattern that PCRE2 takes, with callouts put in. False: out of memory. */
bool gn_re_instrument(const gn_re_pattern *pattern, const gn_re_memory *memory,
                      gn_re_pattern *out);

#endif
