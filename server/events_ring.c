/*
 * events_ring.c - entries, and the table of what was made.
 */
#include "server/events_ring.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 16u

/* Labels of one evaluation, each once; a script can make up names. */
#define LABELS_MAX 8192u
#define LABEL_MAX  64u

void ring_free(struct ring *ring) {
  free(ring->entry);
  free(ring->made);
  free(ring->labels);
}

/* ---- entries ------------------------------------------------------------ */

size_t ring_growth(const struct ring *ring) {
  if (ring->len < ring->cap || ring->cap == RING_MAX)
    return 0;
  return (ring->cap == 0 ? FIRST_CAP : ring->cap) * sizeof *ring->entry;
}

bool ring_grow(struct ring *ring) {
  uint32_t cap = ring->cap == 0 ? FIRST_CAP : ring->cap * 2;
  struct entry *entry = malloc(cap * sizeof *entry);
  uint32_t first = ring->cap - ring->start; /* entries up to the old end */

  if (entry == NULL)
    return false;
  if (ring->len > 0) {
    if (first > ring->len)
      first = ring->len;
    memcpy(entry, ring->entry + ring->start, first * sizeof *entry);
    memcpy(entry + first, ring->entry, (ring->len - first) * sizeof *entry);
  }
  ring->bytes += (cap - ring->cap) * sizeof *entry;
  free(ring->entry);
  ring->entry = entry;
  ring->cap = cap;
  ring->start = 0;
  return true;
}

static void drop_oldest(struct ring *ring) {
  const struct entry *entry = &ring->entry[ring->start];

  if (entry->kind == EVENT_OUTPUT)
    ring->output = entry->value;
  else if (entry->kind == EVENT_TRACE || entry->kind == EVENT_UNTRACED)
    ring->lost_trace = ring->first_id;
  ring->start = (ring->start + 1) & (ring->cap - 1);
  ring->len--;
  ring->first_id++;
}

uint64_t ring_add(struct ring *ring, struct entry entry) {
  assert(ring->cap > 0);
  if (ring->len == ring->cap)
    drop_oldest(ring);
  ring->entry[(ring->start + ring->len) & (ring->cap - 1)] = entry;
  ring->len++;
  return ring->first_id + ring->len - 1;
}

uint64_t ring_output_at(const struct ring *ring, uint64_t id) {
  if (id == 0)
    return 0;
  if (id + 1 < ring->first_id)
    return RING_UNKNOWN;
  for (; id >= ring->first_id; id--)
    if (ring_entry(ring, id)->kind == EVENT_OUTPUT)
      return ring_entry(ring, id)->value;
  return ring->output;
}

/* ---- what was made ------------------------------------------------------ */

/* Room for more: `cap` and `item` in bytes of the block. */
static bool reserve(struct ring *ring, void **block, uint32_t len,
                    uint32_t *cap, size_t item) {
  uint32_t wanted = *cap == 0 ? 64 : *cap;
  void *larger;

  while (wanted < len)
    wanted *= 2;
  if (wanted == *cap)
    return true;
  larger = realloc(*block, wanted * item);
  if (larger == NULL)
    return false;
  ring->bytes += (wanted - *cap) * item;
  *block = larger;
  *cap = wanted;
  return true;
}

/* The place of a label + 1; 0: there is no room. */
static uint32_t keep_label(struct ring *ring, gene_text_t label) {
  size_t len = label.len < LABEL_MAX ? label.len : LABEL_MAX;
  uint32_t at = 0;

  if (len == 0)
    return 0;
  while (len < label.len && len > 0 &&
         ((unsigned char)label.ptr[len] & 0xc0) == 0x80)
    len--;
  while (at < ring->labels_len) {
    size_t have = strlen(ring->labels + at);

    if (have == len && memcmp(ring->labels + at, label.ptr, len) == 0)
      return at + 1;
    at += (uint32_t)have + 1;
  }
  if (at + len + 1 > LABELS_MAX ||
      !reserve(ring, (void **)&ring->labels, at + (uint32_t)len + 1,
               &ring->labels_cap, 1))
    return 0;
  memcpy(ring->labels + at, label.ptr, len);
  ring->labels[at + len] = '\0';
  ring->labels_len = at + (uint32_t)len + 1;
  return at + 1;
}

void ring_made(struct ring *ring, const gene_trace_t *trace) {
  uint32_t at;

  if (ring->made_len == 0)
    ring->made_from = trace->number;
  at = trace->number - ring->made_from;
  if (at >= RING_MAX || !reserve(ring, (void **)&ring->made, at + 1,
                                 &ring->made_cap, sizeof *ring->made))
    return;
  if (at >= ring->made_len) {
    memset(ring->made + ring->made_len, 0,
           (at + 1 - ring->made_len) * sizeof *ring->made);
    ring->made_len = at + 1;
  }
  ring->made[at] = (struct made){.parent = trace->parent,
                                 .line = trace->line,
                                 .column = trace->column,
                                 .label = keep_label(ring, trace->label)};
}

void ring_describe(const struct ring *ring, gene_trace_t *trace) {
  uint32_t at = trace->number - ring->made_from;
  const struct made *made;

  if (at >= ring->made_len)
    return;
  made = &ring->made[at];
  trace->parent = made->parent;
  trace->line = made->line;
  trace->column = made->column;
  if (made->label != 0) {
    trace->label.ptr = ring->labels + made->label - 1;
    trace->label.len = strlen(trace->label.ptr);
  }
}
