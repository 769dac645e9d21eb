/*
 * string_methods.h - what the files with methods of String share: places in
 * code points and bytes, searching that gives the slice back, regex arguments.
 */
#ifndef GN_TYPES_STRING_METHODS_H
#define GN_TYPES_STRING_METHODS_H

#include "run/native_args.h"

static inline gn_string *gn_self_str(const gn_call *call) {
  return gn_str(call->argv[0]);
}

/* Code points before byte `at` of s, and the byte where code point i begins
 * (0..size). Both start from the place last asked for, and what they walk over
 * is charged. */
uint32_t gn_char_of_byte(gn_ctx *ctx, gn_string *s, uint32_t at);
uint32_t gn_byte_of_char(gn_ctx *ctx, gn_string *s, uint32_t i);

/* Unicode white space. */
bool gn_is_space(uint32_t c);

/* The bytes of self that are left without white space at the ends asked for.
 * GN_OK or GN_YIELD; while it yields, these locals and the state are its. */
enum { GN_TRIM_FROM, GN_TRIM_TO, GN_TRIM_LOCALS };
int gn_trim_run(gn_ctx *ctx, gn_call *call, bool left, bool right,
                uint32_t *from, uint32_t *to);

/* Looks for `needle` (not empty) in s at or after byte *at. 1: found, at *at;
 * 0: no more; GN_SEEK_PAUSE or GN_SEEK_OOM (needle.h): go on from *at, with the
 * same local *state, which is GN_NIL at first. */
int gn_str_seek(gn_ctx *ctx, gn_value *state, const gn_string *s,
                const gn_string *needle, uint32_t *at);
/* The same for n bytes, 1..GN_NEEDLE_LONG - 1, for which no memory is needed:
 * 1, 0 or GN_SEEK_PAUSE. */
int gn_str_seek_bytes(gn_ctx *ctx, const gn_string *s, const char *needle,
                      size_t n, uint32_t *at);

/* Argument 2 of a split as the most parts it gives, UINT32_MAX without one.
 * False: thrown. */
bool gn_arg_limit(gn_ctx *ctx, const gn_call *call, uint32_t *limit);
/* Appends bytes from..to of s to out, charged by their number. False: out of
 * memory, and out is as it was. */
bool gn_push_part(gn_ctx *ctx, gn_array *out, const gn_string *s, uint32_t from,
                  uint32_t to);

/* Argument 1 as a String. A Regex instead: the call becomes one of the regex's
 * method of the same name with the roles swapped, *status GN_TAIL; another
 * kind: GN_THROW. */
bool gn_arg_pattern(gn_ctx *ctx, gn_call *call, gn_string **out, int *status);

#endif
