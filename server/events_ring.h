/*
 * events_ring.h - the last events of one future, without their texts, and what
 * was said of the futures that are traced when they began. Internal to
 * events.c.
 */
#ifndef SERVER_EVENTS_RING_H
#define SERVER_EVENTS_RING_H

#include <assert.h>

#include "server/events.h"

/* Entries of a ring at most. */
#define RING_MAX 16384u

struct entry {
  uint64_t value; /* OUTPUT: where it ends. TRACE: us */
  uint32_t number;
  uint8_t kind, state;
};

/* What a traced future is, as its beginning said. */
struct made {
  uint32_t parent, line, column;
  uint32_t label; /* its place among the labels + 1; 0: unknown */
};

struct ring {
  struct entry *entry;
  uint32_t cap, start, len; /* cap: a power of two, or 0 */
  uint64_t first_id;        /* of the entry at `start` */
  uint64_t output;          /* told by those that were dropped */
  uint64_t lost_trace;      /* id of the last trace that was dropped */
  size_t bytes;             /* of what hangs on it */
  struct made *made;        /* by number, from made_from */
  uint32_t made_from, made_len, made_cap;
  char *labels; /* each with its NUL */
  uint32_t labels_len, labels_cap;
};

static inline uint64_t ring_next_id(const struct ring *ring) {
  return ring->first_id + ring->len;
}

static inline const struct entry *ring_entry(const struct ring *ring,
                                             uint64_t id) {
  assert(id >= ring->first_id && id < ring_next_id(ring));
  return &ring->entry[(ring->start + (id - ring->first_id)) & (ring->cap - 1)];
}

void ring_free(struct ring *ring);

/* Bytes that it should grow by before the next entry; 0: it has room, or is
 * as large as can be. */
size_t ring_growth(const struct ring *ring);
bool ring_grow(struct ring *ring);

/* Adds an entry, in the place of the oldest one when there is no room; its
 * id. It has to have grown once. */
uint64_t ring_add(struct ring *ring, struct entry entry);

#define RING_UNKNOWN UINT64_MAX

/* The output that whoever knows all events up to `id` has: 0 for 0, and
 * RING_UNKNOWN where that is not known any more. */
uint64_t ring_output_at(const struct ring *ring, uint64_t id);

/* Keeps what a trace says of the beginning of a future; without memory it is
 * forgotten. */
void ring_made(struct ring *ring, const gene_trace_t *trace);

/* Fills in what is known of the future of a trace. */
void ring_describe(const struct ring *ring, gene_trace_t *trace);

#endif
