/*
 * source.h - getting at a program's text.
 */
#ifndef GN_CLI_SOURCE_H
#define GN_CLI_SOURCE_H

#include "gene.h"

/* Reads a whole file ("-": standard input) into memory that the caller frees.
 * False: said on stderr why not. */
bool source_read(const char *path, char **text, size_t *len);

/* True when the text is UTF-8 throughout. */
bool source_is_utf8(const char *text, size_t len);

#endif
