/*
 * plain.h - text that nobody vouches for, made harmless for a terminal: control
 * characters are shown, not obeyed.
 */
#ifndef GN_CLI_PLAIN_H
#define GN_CLI_PLAIN_H

#include <stdbool.h>
#include <stdio.h>

#include "gene.h"

/* The code point at *at, which moves on; U+FFFD for what is not UTF-8. */
int32_t plain_next(gene_text_t text, size_t *at);

/* Whether a terminal may obey it. A tab is not among them. */
bool plain_is_control(int32_t c);

/* Columns of a code point that is no control character. */
int plain_width(int32_t c);

void plain_put_char(FILE *file, int32_t c);

/* A text of one line or, when `lines`, of several. */
void plain_put(FILE *file, gene_text_t text, bool lines);

/* How many bytes of a text, whole characters, are less than size. */
size_t plain_cut(gene_text_t text, size_t size);

/* Copies as much of a text as there is room for in size bytes with the NUL. */
void plain_copy(char *out, size_t size, gene_text_t text);

/* Of a C string. */
gene_text_t plain_text(const char *s);

#endif
