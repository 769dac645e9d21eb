/*
 * json_place.h - which field of a JSON text is at some place of it, for the
 * refusal of what a parser gave up on. Internal to api/.
 */
#ifndef API_JSON_PLACE_H
#define API_JSON_PLACE_H

#include <stddef.h>

#include "gene.h"

/* Writes the path of what ends before byte `offset` of text, such as
 * limits.fuel or items[2].seed, cut to size, ended by NUL; empty at the top.
 * The text is well-formed up to there; keys are as they stand, escapes and
 * all. */
void json_place(gene_text_t text, size_t offset, char *out, size_t size);

#endif
