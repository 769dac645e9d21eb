/*
 * base64.h - base64 (RFC 4648, standard alphabet, padded).
 */
#ifndef GN_LIB_BASE64_H
#define GN_LIB_BASE64_H

#include "types/string.h"

/* Characters that n bytes become. */
static inline size_t gn_base64_size(size_t n) {
  return (n + 2) / 3 * 4;
}

/* Writes gn_base64_size(n) characters to out. */
void gn_base64_encode(const char *bytes, size_t n, char *out);

/* Appends the same to a builder. False: out of memory. */
bool gn_base64_put(gn_builder *out, const char *bytes, size_t n);

#endif
