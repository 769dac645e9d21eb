/*
 * json_arena.h - small JSON documents that are read and given up again at
 * once. jansson asks for a dozen small blocks for each; here they come from one
 * place that is used again and again.
 */
#ifndef API_JSON_ARENA_H
#define API_JSON_ARENA_H

#include <jansson.h>

#include "gene.h"

/* Once, before jansson is used and before there are threads: it is jansson's
 * own allocator that is replaced, by one that is malloc elsewhere. */
void json_arena_init(void);

/* Like json_loadb. The document must be dropped by the thread that read it, and
 * no part of it kept beyond that. */
json_t *json_arena_load(gene_text_t text, size_t flags, json_error_t *error);

/* Frees a document of json_arena_load; also valid for NULL. */
void json_arena_drop(json_t *root);

#endif
