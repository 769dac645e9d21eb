/*
 * utf8.h - whether bytes are UTF-8. For what arrives from clients; the VM has
 * its own for what it keeps.
 */
#ifndef SERVER_UTF8_H
#define SERVER_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* The offset of the first byte that is not part of well-formed UTF-8 (no
 * surrogates, nothing over-long); len when all is well-formed. */
size_t utf8_bad_at(const char *bytes, size_t len);

#endif
