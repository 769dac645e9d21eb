/*
 * reference.h - what there is in the language, as text: made from the rows of
 * builtins, special forms and constants, for `gene doc` and for REFERENCE.md.
 */
#ifndef GN_LIB_REFERENCE_H
#define GN_LIB_REFERENCE_H

#include <stdbool.h>
#include <stdio.h>

/* Writes the whole page, Markdown. False: out of memory. */
bool gn_reference_page(FILE *out);

/* Writes what is known by this name: a function or its path, a form, an
 * operator, `String.split`, `.split` (of all classes), a class, a namespace.
 * The number of entries written; -1: out of memory. */
int gn_reference_find(FILE *out, const char *name);

/* Writes up to three names that are like this one, one a line. */
int gn_reference_near(FILE *out, const char *name);

#endif
