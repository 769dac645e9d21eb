/*
 * text.h - bytes of the outside world as valid UTF-8. Any thread.
 */
#ifndef GN_IO_TEXT_H
#define GN_IO_TEXT_H

#include <stddef.h>

/* Copies src to out with U+FFFD for every maximal ill-formed part (the way of
 * the Unicode standard, 3.9). out may be NULL: only counts. Returns the bytes
 * of the result: at most three times len. */
size_t gn_utf8_mend(const char *src, size_t len, char *out);

#endif
