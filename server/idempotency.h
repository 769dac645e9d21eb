/*
 * idempotency.h - which request was posted under which Idempotency-Key, and
 * what came of it, for as long as that is kept. Neither keys nor bodies are
 * here, only keyed hashes of them, made by whoever asks.
 *
 * There is never more than one entry for each future, and one for each request
 * that is being accepted: both are bounded. For the loop thread only.
 */
#ifndef SERVER_IDEMPOTENCY_H
#define SERVER_IDEMPOTENCY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gene.h"

struct future;
struct idem_table;

/* What one item of a request came to. */
struct idem_item {
  struct future *future; /* NULL: a problem, or it is kept no longer */
  char *problem;         /* malloc'ed JSON; NULL: it was a future */
  size_t problem_len;
};

struct idem_entry {
  gene_source_key_t place; /* hash of owner and key */
  gene_source_key_t print; /* hash of all that has to be the same */
  struct idem_entry *same_hash;
  struct idem_table *table;
  bool accepting;   /* the request is not through yet */
  bool has_wait;    /* it says how long it waits */
  uint64_t wait_ms; /* and this long */
  size_t len;       /* items */
  size_t alive;     /* of them futures that are kept */
  struct idem_item *item;
  struct idem_item one; /* item, when there is but one */
};

/* NULL: out of memory. */
struct idem_table *idem_create(void);

/* All entries must be gone. */
void idem_destroy(struct idem_table *table);

enum idem_answer {
  IDEM_NEW,       /* to be run; *entry is an accepting one, to be given to
                     idem_accept or idem_abandon */
  IDEM_SAME,      /* it was; *entry says what came of it */
  IDEM_ACCEPTING, /* the same request is still being accepted */
  IDEM_OTHER,     /* the key stands for another request */
  IDEM_NO_MEMORY,
};

enum idem_answer idem_claim(struct idem_table *table,
                            const gene_source_key_t *place,
                            const gene_source_key_t *print,
                            struct idem_entry **entry);

/* Nothing came of it: the key is free. Harmless for NULL. */
void idem_abandon(struct idem_entry *entry);

/* It came to one future. */
void idem_accept(struct idem_entry *entry, struct future *future);

/* It came to several items, in one malloc'ed array that becomes the entry's,
 * as their problems do. */
void idem_accept_all(struct idem_entry *entry, struct idem_item *items,
                     size_t len);

/* A future is kept no longer; with the last of its futures an entry goes. */
void idem_forget(struct future *future);

#endif
