/*
 * events.c - the rings of events, and how readers go through them.
 */
#include "server/events.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "server/clock.h"
#include "server/events_ring.h"
#include "server/registry.h"

/* Whoever follows knows of a change no later than this; two changes within it
 * are told as one. */
#define LATENCY_MS 50

/* Output is told in pieces of at most so many bytes. */
#define PIECE 4096u

/* Traces of one evaluation. */
#define MAX_TRACES 10000u

/* Ids of clients are taken up to here, so that they never wrap, and fit into
 * the numbers of JavaScript. */
#define MAX_AFTER (UINT64_C(1) << 52)

#define NO_PHASE 255

/* What is kept of one future that is followed. */
struct events {
  struct events_hub *hub;
  struct future *future;
  struct event_reader *readers;
  struct events *prev, *next; /* among those that nobody reads */
  uint64_t unread_ms;         /* since when */
  bool unread;
  bool traced;   /* the evaluation tells of its futures */
  bool untraced; /* there were too many: the rest is not told */
  bool news;     /* added since readers were last woken */
  uint8_t phase; /* told last */
  uint64_t noted_ms;
  struct deadline again; /* to look once more */
  struct ring ring;
  uint64_t status_id, progress_id; /* of the last ones: others are over */
  uint64_t progress;               /* a hash of the last one */
  uint64_t output;                 /* bytes told of */
  uint32_t traces;
};

struct events_hub {
  struct events_options options;
  struct events *oldest, *newest; /* unread */
  struct deadline drop;
  struct events_stats stats;
};

static uint64_t now_ms(void) {
  return clock_ns() / 1000000;
}

/* ---- those that nobody reads -------------------------------------------- */

static void take_unread(struct events *events) {
  struct events_hub *hub = events->hub;

  if (!events->unread)
    return;
  if (events->prev != NULL)
    events->prev->next = events->next;
  else
    hub->oldest = events->next;
  if (events->next != NULL)
    events->next->prev = events->prev;
  else
    hub->newest = events->prev;
  events->unread = false;
}

static void put_unread(struct events *events) {
  struct events_hub *hub = events->hub;
  struct deadline *drop = &hub->drop;

  take_unread(events);
  events->unread = true;
  events->unread_ms = now_ms();
  events->prev = hub->newest;
  events->next = NULL;
  if (hub->newest != NULL)
    hub->newest->next = events;
  else
    hub->oldest = events;
  hub->newest = events;
  if (!deadline_is_set(drop))
    deadline_set(hub->options.deadlines, drop,
                 events->unread_ms + hub->options.keep_ms);
}

static void free_events(struct events *events) {
  struct events_hub *hub = events->hub;

  assert(events->readers == NULL);
  take_unread(events);
  deadline_clear(hub->options.deadlines, &events->again);
  hub->stats.followed--;
  hub->stats.bytes -= sizeof *events + events->ring.bytes;
  events->future->events = NULL;
  ring_free(&events->ring);
  free(events);
}

/* Drops those that have been unread for too long; what is traced is kept
 * while it goes on. */
static void on_drop(struct deadline *self) {
  struct events_hub *hub =
      (struct events_hub *)((char *)self - offsetof(struct events_hub, drop));
  uint64_t now = now_ms();

  while (hub->oldest != NULL &&
         now - hub->oldest->unread_ms >= hub->options.keep_ms) {
    struct events *events = hub->oldest;

    if (events->traced && events->future->phase != PHASE_DONE)
      put_unread(events);
    else
      free_events(events);
  }
  if (hub->oldest != NULL && !deadline_is_set(self))
    deadline_set(hub->options.deadlines, self,
                 hub->oldest->unread_ms + hub->options.keep_ms);
}

/* Whether so many bytes more are to be had, if need be for others that nobody
 * reads. */
static bool has_room(struct events_hub *hub, const struct events *but,
                     size_t bytes) {
  while (hub->stats.bytes + bytes > hub->options.max_bytes) {
    struct events *other = hub->oldest;

    if (other != NULL && other == but)
      other = other->next;
    if (other == NULL)
      return false;
    free_events(other);
  }
  return true;
}

/* ---- adding ------------------------------------------------------------- */

/* Adds an event; its id. The oldest one goes when there is no room. */
static uint64_t add(struct events *events, struct entry entry) {
  struct events_hub *hub = events->hub;
  size_t more = ring_growth(&events->ring);

  if (more > 0 && has_room(hub, events, more) && ring_grow(&events->ring))
    hub->stats.bytes += more;
  events->news = true;
  return ring_add(&events->ring, entry);
}

static uint64_t add_kind(struct events *events, enum event_kind kind) {
  return add(events, (struct entry){.kind = (uint8_t)kind});
}

/* Where a piece that begins at `from` ends, between two characters. */
static uint64_t piece_end(gene_text_t output, uint64_t from, bool whole) {
  uint64_t end = from + PIECE < output.len ? from + PIECE : output.len;
  uint64_t at = end;

  if (end == output.len && whole)
    return end;
  /* back to the first byte of the last character */
  while (at > from && end - at < 4 &&
         ((unsigned char)output.ptr[at - 1] & 0xc0) == 0x80)
    at--;
  if (at > from) {
    unsigned char lead = (unsigned char)output.ptr[at - 1];
    uint64_t len = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;

    if (at - 1 + len > end)
      end = at - 1;
  }
  return end > from ? end : from;
}

static void note_output(struct events *events, gene_text_t output, bool whole) {
  while (events->output < output.len) {
    uint64_t end = piece_end(output, events->output, whole);

    if (end == events->output)
      break;
    add(events, (struct entry){.kind = EVENT_OUTPUT, .value = end});
    events->output = end;
  }
}

static uint64_t mix(uint64_t hash, const void *bytes, size_t len) {
  const unsigned char *at = bytes;

  for (size_t i = 0; i < len; i++)
    hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
  return hash ^ len;
}

static void note_progress(struct events *events, const gene_progress_t *now) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325);

  if (!now->any)
    return;
  hash = mix(hash, &now->fraction, now->has_fraction ? sizeof(double) : 0);
  hash = mix(hash, now->message.ptr, now->message.len);
  hash = mix(hash, now->value_json.ptr, now->value_json.len);
  if (hash == events->progress)
    return;
  events->progress = hash;
  events->progress_id = add_kind(events, EVENT_PROGRESS);
}

static void note_phase(struct events *events) {
  if (events->phase == events->future->phase)
    return;
  events->phase = events->future->phase;
  events->status_id = add_kind(events, EVENT_STATUS);
}

static gene_text_t output_of(const struct events *events,
                             gene_result_t *result) {
  const struct future *future = events->future;
  const struct events_options *options = &events->hub->options;

  *result = (gene_result_t){.status = GENE_PENDING};
  if (future->phase != PHASE_DONE)
    options->look(options->data, events->future, result);
  else if (future->outcome != NULL)
    return outcome_text(future->outcome, OUT_OUTPUT);
  return result->output;
}

static void wake_all(struct events *events) {
  struct event_reader *next;

  events->news = false;
  for (struct event_reader *r = events->readers; r != NULL; r = next) {
    next = r->next;
    r->wake(r);
  }
}

/* Adds what has changed, and wakes the readers. */
static void note(struct events *events) {
  bool done = events->future->phase == PHASE_DONE;
  bool was_done = events->phase == PHASE_DONE;
  gene_result_t result;
  gene_text_t output = output_of(events, &result);

  note_phase(events);
  note_output(events, output, done);
  note_progress(events, &result.progress);
  if (done && !was_done)
    add_kind(events, EVENT_DONE);
  events->noted_ms = now_ms();
  if (events->news)
    wake_all(events);
}

static void on_again(struct deadline *self) {
  note((struct events *)((char *)self - offsetof(struct events, again)));
}

/* Notes it in a moment, together with what will have happened by then. */
static void note_soon(struct events *events, uint64_t now) {
  if (!deadline_is_set(&events->again))
    deadline_set(events->hub->options.deadlines, &events->again,
                 events->noted_ms + LATENCY_MS > now
                     ? events->noted_ms + LATENCY_MS
                     : now);
}

void events_changed(struct events *events) {
  uint64_t now = now_ms();

  if (events->readers == NULL)
    return;
  if (now - events->noted_ms >= LATENCY_MS)
    note(events);
  else
    note_soon(events, now);
}

void events_done(struct events *events) {
  deadline_clear(events->hub->options.deadlines, &events->again);
  note(events);
  if (events->unread)
    put_unread(events);
}

void events_forget(struct events *events) {
  while (events->readers != NULL) {
    struct event_reader *reader = events->readers;

    events->readers = reader->next;
    reader->events = NULL;
    reader->wake(reader);
  }
  free_events(events);
}

/* ---- traces ------------------------------------------------------------- */

static struct events *make_events(struct events_hub *hub, struct future *future,
                                  uint64_t first_id) {
  struct events *events = NULL;

  assert(future->events == NULL);
  if (has_room(hub, NULL, sizeof *events))
    events = calloc(1, sizeof *events);
  if (events == NULL || !ring_grow(&events->ring)) {
    free(events);
    return NULL;
  }
  events->hub = hub;
  events->future = future;
  events->phase = NO_PHASE;
  events->again.fire = on_again;
  events->ring.first_id = first_id;
  future->events = events;
  hub->stats.followed++;
  hub->stats.bytes += sizeof *events + events->ring.bytes;
  return events;
}

bool events_trace(struct events_hub *hub, struct future *future) {
  struct events *events = future->events;

  if (events == NULL) {
    events = make_events(hub, future, 1);
    if (events != NULL)
      put_unread(events);
  }
  if (events != NULL && !events->untraced)
    events->traced = true;
  return events != NULL;
}

bool events_traced(struct events *events, const gene_trace_t *trace,
                   uint64_t at_us) {
  struct entry entry = {.kind = EVENT_TRACE,
                        .state = (uint8_t)trace->state,
                        .number = trace->number,
                        .value = at_us};
  size_t before = events->ring.bytes;

  if (!events->traced)
    return false;
  if (events->traces == MAX_TRACES || !has_room(events->hub, events, 0)) {
    events->traced = false;
    events->untraced = true;
    add_kind(events, EVENT_UNTRACED);
  } else {
    events->traces++;
    if (trace->state == GENE_TRACE_STARTED)
      ring_made(&events->ring, trace);
    events->hub->stats.bytes += events->ring.bytes - before;
    add(events, entry);
  }
  if (events->readers != NULL)
    note_soon(events, now_ms());
  return events->traced;
}

/* ---- reading ------------------------------------------------------------ */

/* Begins anew with other ids: whoever reads it already sees a gap. */
static void restart(struct events *events, uint64_t first_id) {
  events->ring.first_id = first_id;
  events->ring.len = events->ring.start = 0;
  events->ring.output = 0;
  events->output = 0;
  events->progress = 0;
  events->phase = NO_PHASE;
}

bool events_open(struct events_hub *hub, struct future *future,
                 struct event_reader *reader, uint64_t after) {
  struct events *events = future->events;

  if (after > MAX_AFTER)
    after = 0;
  /* One lost id stands for all that may have been behind it. */
  if (events == NULL)
    events = make_events(hub, future, after == 0 ? 1 : after + 2);
  else if (after >= ring_next_id(&events->ring))
    restart(events, after + 2);
  if (events == NULL)
    return false;
  take_unread(events);
  note(events);
  reader->events = events;
  reader->at = after + 1;
  reader->output = ring_output_at(&events->ring, after);
  reader->prev = NULL;
  reader->next = events->readers;
  if (reader->next != NULL)
    reader->next->prev = reader;
  events->readers = reader;
  return true;
}

void events_close(struct event_reader *reader) {
  struct events *events = reader->events;

  if (events == NULL)
    return;
  if (reader->prev != NULL)
    reader->prev->next = reader->next;
  else
    events->readers = reader->next;
  if (reader->next != NULL)
    reader->next->prev = reader->prev;
  reader->events = NULL;
  if (events->readers == NULL)
    put_unread(events);
}

struct future *events_future(const struct event_reader *reader) {
  return reader->events == NULL ? NULL : reader->events->future;
}

gene_text_t events_output(const struct event_reader *reader) {
  gene_result_t result;

  return output_of(reader->events, &result);
}

/* A piece of the output up to `to`, which the event `id` tells of. True when
 * there is one. */
static bool next_output(struct event_reader *reader, uint64_t to, uint64_t id,
                        struct event *out) {
  gene_text_t output = {NULL, 0};
  uint64_t end;

  if (reader->output >= to)
    return false;
  output = events_output(reader);
  if (output.len > to)
    output.len = to;
  end = output.len <= reader->output ? reader->output
                                     : piece_end(output, reader->output, true);
  if (end == reader->output) { /* it is gone: there was no memory for it */
    reader->output = to;
    return false;
  }
  *out = (struct event){.kind = EVENT_OUTPUT,
                        .id = end >= to ? id : 0,
                        .from = reader->output,
                        .to = end};
  reader->output = end;
  return true;
}

/* Goes on behind what is not there any more. True: it has to be told. */
static bool skip_lost(struct event_reader *reader, struct event *out) {
  struct ring *ring = &reader->events->ring;
  uint64_t from = reader->at;

  reader->at = ring->first_id;
  if (reader->output != RING_UNKNOWN &&
      (!reader->traces || ring->lost_trace < from))
    return false;
  if (reader->output == RING_UNKNOWN)
    reader->output = 0;
  *out = (struct event){.kind = EVENT_GAP,
                        .from = from,
                        .to = ring->first_id - 1,
                        .output = reader->output};
  reader->events->hub->stats.gaps++;
  return true;
}

/* Whether an entry says anything to this reader. */
static bool is_wanted(const struct event_reader *reader, uint64_t id,
                      const struct entry *entry) {
  switch (entry->kind) {
  case EVENT_STATUS: return id == reader->events->status_id;
  case EVENT_PROGRESS: return id == reader->events->progress_id;
  case EVENT_TRACE:
  case EVENT_UNTRACED: return reader->traces;
  default: return true;
  }
}

/* Events that are nothing but an entry. */
static void tell(const struct ring *ring, uint64_t id,
                 const struct entry *entry, struct event *out) {
  *out = (struct event){.kind = (enum event_kind)entry->kind, .id = id};
  if (entry->kind == EVENT_TRACE) {
    out->at_us = entry->value;
    out->trace.state = (enum gene_trace_state)entry->state;
    out->trace.number = entry->number;
    ring_describe(ring, &out->trace);
  }
}

bool events_next(struct event_reader *reader, struct event *out) {
  struct ring *ring;

  if (reader->events == NULL)
    return false;
  ring = &reader->events->ring;
  if (reader->at < ring->first_id && skip_lost(reader, out))
    return true;
  if (next_output(reader, ring->output, reader->at - 1, out))
    return true;
  while (reader->at < ring_next_id(ring)) {
    const struct entry *entry = ring_entry(ring, reader->at);

    if (entry->kind == EVENT_OUTPUT) {
      if (next_output(reader, entry->value, reader->at, out)) {
        reader->at += reader->output >= entry->value;
        return true;
      }
    } else if (is_wanted(reader, reader->at, entry)) {
      tell(ring, reader->at++, entry, out);
      return true;
    }
    reader->at++;
  }
  return false;
}

/* ---- the rest ----------------------------------------------------------- */

struct events_hub *events_create(const struct events_options *options) {
  struct events_hub *hub = calloc(1, sizeof *hub);

  if (hub == NULL)
    return NULL;
  hub->options = *options;
  hub->drop.fire = on_drop;
  return hub;
}

void events_destroy(struct events_hub *hub) {
  assert(hub->stats.followed == 0 && hub->stats.bytes == 0);
  deadline_clear(hub->options.deadlines, &hub->drop);
  free(hub);
}

void events_stats(const struct events_hub *hub, struct events_stats *out) {
  *out = hub->stats;
}
