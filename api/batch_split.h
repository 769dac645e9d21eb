/*
 * batch_split.h - takes {"items": [...]} apart without reading the items: each
 * is a text of its own, so that what is wrong with one is wrong with that one
 * alone. From any thread. Internal to api/.
 */
#ifndef API_BATCH_SPLIT_H
#define API_BATCH_SPLIT_H

#include "api/internal.h"

#define BATCH_ITEMS_MAX 1000

/* Where words of a problem may lie. */
struct batch_words {
  char field[128];
  char detail[160];
};

/* Finds the items of a body, which is UTF-8: *len texts into items, which has
 * room for BATCH_ITEMS_MAX. False: *problem says what is wrong with the whole;
 * its texts lie in *words or are literals. */
bool batch_split(gene_text_t body, gene_text_t *items, size_t *len,
                 struct problem *problem, struct batch_words *words);

#endif
