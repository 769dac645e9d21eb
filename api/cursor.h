/*
 * cursor.h - a place in a list of futures as a text for clients: it says
 * nothing to them, and none but ours are taken. Internal to api/.
 */
#ifndef API_CURSOR_H
#define API_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "gene.h"

#define CURSOR_LEN 22

/* Writes CURSOR_LEN bytes, no NUL, all of the base64url alphabet. */
void cursor_write(char *out, const gene_core_t *core, uint64_t owner,
                  uint64_t seq);

/* False: it was not made by this process for this owner. */
bool cursor_read(gene_text_t text, const gene_core_t *core, uint64_t owner,
                 uint64_t *seq);

#endif
