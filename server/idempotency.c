/*
 * idempotency.c - a table of entries by the hash of owner and key. Its size is
 * fixed: chains of a dozen, when a million futures are kept, cost less than
 * growing would.
 */
#include "server/idempotency.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "server/registry.h"

#define BUCKETS 65536

struct idem_table {
  size_t len;
  struct idem_entry *bucket[BUCKETS];
};

static bool is_same(const gene_source_key_t *a, const gene_source_key_t *b) {
  return a->half[0] == b->half[0] && a->half[1] == b->half[1];
}

/* Where the pointer to the entry is, or the NULL where it would be. */
static struct idem_entry **place_of(struct idem_table *table,
                                    const gene_source_key_t *place) {
  struct idem_entry **at = &table->bucket[place->half[0] % BUCKETS];

  while (*at != NULL && !is_same(&(*at)->place, place))
    at = &(*at)->same_hash;
  return at;
}

static struct idem_entry *make(struct idem_table *table,
                               const gene_source_key_t *place,
                               const gene_source_key_t *print) {
  struct idem_entry *entry = calloc(1, sizeof *entry);

  if (entry == NULL)
    return NULL;
  entry->place = *place;
  entry->print = *print;
  entry->table = table;
  entry->accepting = true;
  table->len++;
  return entry;
}

enum idem_answer idem_claim(struct idem_table *table,
                            const gene_source_key_t *place,
                            const gene_source_key_t *print,
                            struct idem_entry **entry) {
  struct idem_entry **at = place_of(table, place);

  *entry = *at;
  if (*at == NULL) {
    *entry = *at = make(table, place, print);
    return *at == NULL ? IDEM_NO_MEMORY : IDEM_NEW;
  }
  if (!is_same(&(*at)->print, print))
    return IDEM_OTHER;
  return (*at)->accepting ? IDEM_ACCEPTING : IDEM_SAME;
}

static void drop(struct idem_entry *entry) {
  struct idem_entry **at = place_of(entry->table, &entry->place);

  assert(*at == entry && entry->alive == 0);
  *at = entry->same_hash;
  entry->table->len--;
  for (size_t i = 0; i < entry->len; i++)
    free(entry->item[i].problem);
  if (entry->item != &entry->one)
    free(entry->item);
  free(entry);
}

void idem_abandon(struct idem_entry *entry) {
  if (entry == NULL)
    return;
  assert(entry->accepting);
  drop(entry);
}

static void attach(struct idem_entry *entry) {
  assert(entry->accepting && entry->alive == 0);
  entry->accepting = false;
  for (size_t i = 0; i < entry->len; i++) {
    struct future *future = entry->item[i].future;

    if (future == NULL)
      continue;
    assert(future->idem == NULL);
    future->idem = entry;
    future->idem_index = (uint32_t)i;
    entry->alive++;
  }
  if (entry->alive == 0)
    drop(entry);
}

void idem_accept(struct idem_entry *entry, struct future *future) {
  entry->one.future = future;
  entry->item = &entry->one;
  entry->len = 1;
  attach(entry);
}

void idem_accept_all(struct idem_entry *entry, struct idem_item *items,
                     size_t len) {
  entry->item = items;
  entry->len = len;
  attach(entry);
}

void idem_forget(struct future *future) {
  struct idem_entry *entry = future->idem;

  assert(entry->item[future->idem_index].future == future);
  entry->item[future->idem_index].future = NULL;
  future->idem = NULL;
  if (--entry->alive == 0)
    drop(entry);
}

struct idem_table *idem_create(void) {
  return calloc(1, sizeof(struct idem_table));
}

void idem_destroy(struct idem_table *table) {
  assert(table == NULL || table->len == 0);
  free(table);
}
