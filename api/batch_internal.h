/*
 * batch_internal.h - what the files of a batch share.
 */
#ifndef API_BATCH_INTERNAL_H
#define API_BATCH_INTERNAL_H

#include "api/batch_split.h"
#include "api/eval.h"
#include "api/idempotency.h"
#include "server/deadline.h"

/* One item: its problem, or its future. */
struct batch_item {
  struct waiter waiter; /* first, for its callback */
  struct batch *batch;
  struct eval_request request;
  gene_source_key_t key; /* of its script */
  gene_program_t *program;
  struct future *future; /* pinned */
  struct buf problem;    /* JSON; empty: none */
  bool is_new;           /* its program is not in the cache */
  bool bad_script;
  bool settled; /* nobody has to wait for it any more */
};

struct batch {
  struct work work;
  struct deadline
      deadline; /* of its queue, then its next step, then its wait */
  struct api *api;
  struct http_exchange *x;   /* NULL: the client went away */
  struct batch *prev, *next; /* in api->batches */
  struct buf body;
  struct wish wish;
  struct idem_entry *entry; /* of its key, while it is being accepted */
  struct problem wrong;     /* with the whole; its status is 0: nothing */
  struct batch_words words;
  bool keyed;     /* it goes on without its client */
  bool in_pool;   /* or on its way there: nothing of it may be touched */
  bool refused;   /* the service stops: what is not begun never is */
  bool waited;    /* all items have begun, and are waited for */
  size_t begun;   /* items that are through with the scheduler */
  size_t undone;  /* items that were taken back since the client is gone */
  size_t pending; /* items not settled */
  uint64_t owner;
  struct account *account;
  struct eval_request blank; /* what each item begins with */
  uint64_t since_ns;
  size_t len;
  struct batch_item *item;
};

/* ---- batch_read.c: in the pool ---- */

/* Takes the body apart and reads all items; sets `wrong` if there are none. */
void batch_read(struct work *work);

/* Compiles what has no program yet. */
void batch_compile(struct work *work);

/* Makes a problem of an item. Without memory for it, it has none; the answer
 * then says so. */
void batch_put_problem(struct batch_item *item, const struct problem *problem);

#endif
