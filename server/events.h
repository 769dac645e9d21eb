/*
 * events.h - what happens to a future, in order and numbered, for those who
 * follow it while it happens or come back after a break.
 *
 * Nothing is kept of a future that nobody has followed. Of one that is
 * followed a ring is kept, bounded in number and, all rings together, in
 * bytes: of its events, not of their texts. Output is read where it is kept
 * anyway, and of phases and progress only the last counts, so however far a
 * reader is behind, it costs no memory, and it misses nothing but steps that
 * are over. It knows neither HTTP nor JSON. For the loop thread only.
 */
#ifndef SERVER_EVENTS_H
#define SERVER_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gene.h"
#include "server/deadline.h"

struct events;
struct events_hub;
struct future;

struct events_options {
  struct deadlines *deadlines;
  uint64_t max_bytes; /* of all rings */
  uint64_t keep_ms;   /* a ring that nobody reads is kept for */
  /* What is known of a pending future now; zeroed when nothing is. */
  void (*look)(void *data, struct future *future, gene_result_t *out);
  void *data;
};

/* NULL: out of memory. */
struct events_hub *events_create(const struct events_options *options);

/* No future may be left that is followed. */
void events_destroy(struct events_hub *hub);

/* ---- readers ------------------------------------------------------------ */

enum event_kind {
  EVENT_GAP,      /* events are lost to this reader */
  EVENT_STATUS,   /* its phase has changed: see the future */
  EVENT_OUTPUT,   /* there is more of it */
  EVENT_PROGRESS, /* a new report: see the result */
  EVENT_TRACE,    /* of a future or fiber within the evaluation */
  EVENT_UNTRACED, /* no more of those are kept */
  EVENT_DONE,     /* the last one */
};

struct event {
  enum event_kind kind;
  uint64_t id;        /* 0: it is a part of the next one */
  uint64_t from, to;  /* GAP: the first and the last id that are lost.
                        OUTPUT: bytes of the output */
  uint64_t output;    /* GAP: output goes on at this byte */
  gene_trace_t trace; /* TRACE */
  uint64_t at_us;     /* TRACE: since the evaluation began */
};

/* Somebody who follows a future; a part of whatever does. */
struct event_reader {
  struct event_reader *prev, *next;
  struct events *events; /* NULL: the future is forgotten */
  uint64_t at;           /* id of the next event */
  uint64_t output;       /* bytes of it that it has */
  bool traces;           /* wants EVENT_TRACE */
  /* There is something new, or the future is forgotten. It must not call back
   * into this module. */
  void (*wake)(struct event_reader *self);
};

/* Begins to follow a future behind the event `after`; 0: from the beginning.
 * `wake` and `traces` are set. False: no memory. */
bool events_open(struct events_hub *hub, struct future *future,
                 struct event_reader *reader, uint64_t after);

/* Harmless when the future is forgotten. */
void events_close(struct event_reader *reader);

/* The next event. False: there is none now. Texts are valid until the
 * evaluation goes on. */
bool events_next(struct event_reader *reader, struct event *out);

/* The future that it follows; NULL: forgotten. */
struct future *events_future(const struct event_reader *reader);

/* The output so far. */
gene_text_t events_output(const struct event_reader *reader);

/* ---- what happens ------------------------------------------------------- */

/* Keeps the traces of a future that is new. False: no memory. */
bool events_trace(struct events_hub *hub, struct future *future);

/* What happened within the evaluation of a future. False: it is not wanted
 * any more. */
bool events_traced(struct events *events, const gene_trace_t *trace,
                   uint64_t at_us);

/* The version of a future was raised, it is done, it will be freed. */
void events_changed(struct events *events);
void events_done(struct events *events);
void events_forget(struct events *events);

struct events_stats {
  size_t followed; /* rings */
  uint64_t bytes;
  uint64_t gaps; /* told so far */
};
void events_stats(const struct events_hub *hub, struct events_stats *out);

#endif
