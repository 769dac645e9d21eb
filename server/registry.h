/*
 * registry.h - all futures that can be asked for by id: the live ones, and the
 * finished ones until they are too old, too many or too large together.
 *
 * It runs no script and writes no JSON. For the loop thread only.
 */
#ifndef SERVER_REGISTRY_H
#define SERVER_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "gene.h"
#include "server/deadline.h"
#include "server/idempotency.h"
#include "server/random.h"
#include "server/roll.h"
#include "server/slab.h"

enum future_phase {
  PHASE_QUEUED,
  PHASE_RUNNING,
  PHASE_WAITING,
  PHASE_DONE,
};

/* What an evaluation came to, in one allocation: texts one behind the other.
 * Those that are JSON are ready to be written into an answer; an empty one
 * stands for null or []. */
enum outcome_part {
  OUT_VALUE,       /* JSON */
  OUT_TYPE,        /* plain */
  OUT_TEXT,        /* plain */
  OUT_OUTPUT,      /* plain */
  OUT_ERROR,       /* JSON object */
  OUT_ERROR_LINE,  /* plain: Class: message (line:column) */
  OUT_UNHANDLED,   /* JSON objects with commas between */
  OUT_DIAGNOSTICS, /* JSON objects with commas between */
  OUT_PROGRESS,    /* JSON object */
  OUT_PARTS,
};

struct outcome {
  uint32_t end[OUT_PARTS]; /* offset behind each part */
  uint32_t refs;           /* beside that of whoever made it */
  /* Value, text and output can be large and are copied bit by bit: the part
   * that is being copied, and how many of its bytes are there. */
  uint32_t part, copied;
  /* Bytes of text and output within a JSON string. */
  uint64_t text_size, output_size;
  bool value_fixed;
  bool output_truncated;
  char bytes[];
};

static inline gene_text_t outcome_text(const struct outcome *outcome,
                                       enum outcome_part part) {
  uint32_t start = part == 0 ? 0 : outcome->end[part - 1];

  return (gene_text_t){outcome->bytes + start, outcome->end[part] - start};
}

/* With room for so many bytes, of which end[OUT_PARTS - 1] will be told. NULL:
 * out of memory. */
static inline struct outcome *outcome_new(size_t bytes) {
  return slab_alloc(sizeof(struct outcome) + bytes);
}

/* Also valid for NULL. */
static inline void outcome_drop(struct outcome *outcome) {
  if (outcome != NULL && outcome->refs-- == 0)
    slab_free(outcome, sizeof *outcome + outcome->end[OUT_PARTS - 1]);
}

struct eval;
struct waiter;

/* The Future resource. Everybody may read it; only the registry and the
 * scheduler write. */
struct future {
  uint8_t id[ID_BYTES];
  struct future *same_hash;
  struct future *older, *newer; /* among the finished */
  struct eval *eval;            /* while it is live */
  struct waiter *waiters;
  struct events *events;   /* NULL: nobody follows it */
  struct outcome *outcome; /* once done; NULL: there was no memory */
  int64_t created_us, started_us, finished_us; /* since 1970; 0: not yet */
  uint64_t fuel, cpu_us, wall_us, queue_us;    /* final once done */
  uint64_t peak_memory, output_bytes;
  uint64_t owner;    /* whose it is; for all others there is no such future */
  uint64_t seq;      /* it is newer than those of a lower one */
  gene_text_t label; /* what it was posted with, behind link; ptr NULL: none */
  struct idem_entry *idem; /* of the request that made it; NULL: no key */
  uint32_t idem_index;     /* of its items */
  uint32_t version;
  uint8_t status; /* enum gene_status */
  uint8_t phase;  /* enum future_phase */
  bool listed;    /* can be found by its id */
  bool finished;  /* is among the finished */
  bool id_given;  /* a client knows the id */
  bool forget;    /* nobody will ask: drop it when it is done */
  bool refused;   /* ended because its time in the queue was over */
  bool tagged;    /* value in the lossless form */
  bool gone;      /* forgotten, but pinned */
  bool is_nested; /* within the value of eval's own future: its handle there */
  bool told;      /* the context is through with it: in a list of its own */
  uint32_t handle;
  struct future *next_told;
  uint8_t levels; /* of link */
  uint32_t pins;
  struct roll_link link[];
};

/* Somebody who waits for a future to change. */
struct waiter {
  struct waiter *prev, *next;
  struct future *future;
  struct deadline deadline;
  struct registry *registry;
  uint32_t since;
  bool until_done; /* or until the version is beyond since */
  /* Called once, with the waiter already taken out. */
  void (*wake)(struct waiter *self);
};

struct registry_options {
  struct deadlines *deadlines;
  uint64_t keep_count;
  uint64_t keep_bytes;
  uint64_t keep_ms;
};

struct registry;

/* NULL: out of memory. */
struct registry *registry_create(const struct registry_options *options);

/* Frees all futures. None may be live. */
void registry_destroy(struct registry *registry);

/* A pending future with a new id, not to be found yet; label is copied. NULL:
 * no memory. */
struct future *registry_new(struct registry *registry, uint64_t owner,
                            gene_text_t label);

/* It can be found from now on; harmless when it can be already. */
void registry_list(struct registry *registry, struct future *future);

enum registry_answer { REGISTRY_FOUND, REGISTRY_EXPIRED, REGISTRY_UNKNOWN };

/* Looks for one of the owner's by its id. */
enum registry_answer registry_find(struct registry *registry, uint64_t owner,
                                   const uint8_t *id, struct future **out);

/* Whether it can be found at this moment (us since 1970). */
bool registry_shows(const struct registry *registry,
                    const struct future *future, int64_t wall_us);

/* The newest of an owner's with a seq below `before`, whether it can be found
 * or not; NULL: none. */
struct future *registry_newest(const struct registry *registry, uint64_t owner,
                               uint64_t before);

/* The next older one of the same owner; NULL: none. */
static inline struct future *registry_older(const struct future *future) {
  return future->link[0].older;
}

/* A client knows its id from now on. */
static inline void registry_give(struct future *future) {
  future->id_given = true;
}

/* Nobody will ask for it: it is dropped as soon as it is done. */
static inline void registry_drop_when_done(struct future *future) {
  future->forget = true;
}

/* Something visible changed: a new version; wakes those who wait for one. */
void registry_changed(struct registry *registry, struct future *future);

/* It is done: status, times, usage and outcome are set. Wakes all who wait.
 * It stays valid at least until the caller has gone back to the loop. */
void registry_finished(struct registry *registry, struct future *future);

/* Somebody needs it in memory although it may be forgotten: it goes with the
 * last one that does. */
static inline void registry_pin(struct future *future) {
  future->pins++;
}

void registry_unpin(struct future *future);

/* Takes a future that is done, or was never listed, out and frees it. */
void registry_forget(struct registry *registry, struct future *future);

#define REGISTRY_FOREVER UINT64_MAX

/* Waits for the next change, for at most ms. False: no memory. */
bool registry_wait(struct registry *registry, struct waiter *waiter,
                   struct future *future, uint64_t now, uint64_t ms);
void registry_unwait(struct waiter *waiter);

/* Other bounds for the finished: keep_count, keep_bytes and keep_ms. */
void registry_retune(struct registry *registry,
                     const struct registry_options *options);

struct registry_stats {
  size_t live, finished;
  uint64_t bytes;   /* of the finished */
  uint64_t expired; /* dropped for their age */
  uint64_t crowded; /* dropped before, for want of room */
};
void registry_stats(const struct registry *registry,
                    struct registry_stats *out);

/* The requests that can be sent again, for they have an Idempotency-Key. */
struct idem_table *registry_keys(struct registry *registry);

/* The future is what came of a request with a key: it can be asked for from
 * now on, whoever goes away. The entry becomes the future's. */
void registry_key(struct registry *registry, struct future *future,
                  struct idem_entry *entry);

/* The same for all futures of a request; items become the entry's. */
void registry_key_all(struct registry *registry, struct idem_item *items,
                      size_t len, struct idem_entry *entry);

uint64_t registry_keep_ms(const struct registry *registry);

#endif
