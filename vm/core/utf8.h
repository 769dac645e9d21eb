/*
 * utf8.h - UTF-8 (RFC 3629): checking, decoding, encoding. Never allocates.
 */
#ifndef GN_CORE_UTF8_H
#define GN_CORE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Length of the valid prefix; == len when all is valid. */
size_t gn_utf8_valid_prefix(const char *s, size_t len);
/* Code points of valid UTF-8. */
size_t gn_utf8_count(const char *s, size_t len);
/* Decodes one code point of valid UTF-8 at s; *size gets its bytes. */
uint32_t gn_utf8_decode(const char *s, size_t len, uint32_t *size);
/* Encodes c (at most 0x10ffff, no surrogate) into buf; returns 1 to 4. */
uint32_t gn_utf8_encode(uint32_t c, char buf[4]);

#endif
