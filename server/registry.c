/*
 * registry.c - futures by id, the finished ones in the order in which they
 * finished, and a memory of those that were dropped.
 *
 * The key of the table is the first eight bytes of an id. They come from the
 * system's random generator and are never chosen by a client, so the table
 * needs no further seed: a client can look up what it likes, but not insert.
 */
#include "server/registry.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "server/clock.h"
#include "server/events.h"

/* Ids of dropped futures, one for each slot: a later one with the same slot
 * takes its place. Bounded, and exact enough to say 410 rather than 404. */
#define EXPIRED_SLOTS 65536

/* What a future costs beside its texts, roughly. */
#define FUTURE_COST (sizeof(struct future) + sizeof(struct roll_link) + 32)

/* Buckets moved to a larger table in one operation: growing never takes
 * longer than a moment. */
#define MOVE_STEP 8

#define TRIM_MS 1000

/* Futures dropped at a time: a tenth of a millisecond. */
#define TRIM_STEP 256

struct table {
  struct future **bucket;
  size_t len; /* a power of two */
};

/* The memory of one that was dropped. */
struct expired {
  uint8_t id[ID_BYTES];
  uint64_t owner;
};

struct registry {
  struct registry_options options;
  struct roll *roll;       /* all futures, by owner */
  struct idem_table *keys; /* of requests that came to some of them */
  struct table now, old;   /* old: being emptied into now */
  size_t moved;            /* buckets of old already empty */
  size_t listed;
  struct future *oldest, *newest; /* finished */
  size_t finished, live;
  uint64_t bytes, expired_len, crowded;
  struct deadline trim;
  struct expired *expired; /* EXPIRED_SLOTS */
};

static uint64_t key_of(const uint8_t *id) {
  uint64_t key;

  memcpy(&key, id, sizeof key);
  return key;
}

/* ---- table -------------------------------------------------------------- */

static void insert(struct table *table, struct future *future) {
  struct future **bucket =
      &table->bucket[key_of(future->id) & (table->len - 1)];

  assert(table->bucket != NULL);
  future->same_hash = *bucket;
  *bucket = future;
}

static struct future *search(const struct table *table, const uint8_t *id) {
  struct future *at;

  if (table->len == 0)
    return NULL;
  at = table->bucket[key_of(id) & (table->len - 1)];
  while (at != NULL && memcmp(at->id, id, ID_BYTES) != 0)
    at = at->same_hash;
  return at;
}

static bool take_out(struct table *table, struct future *future) {
  struct future **at;

  if (table->len == 0)
    return false;
  at = &table->bucket[key_of(future->id) & (table->len - 1)];
  while (*at != NULL && *at != future)
    at = &(*at)->same_hash;
  if (*at == NULL)
    return false;
  *at = future->same_hash;
  return true;
}

/* Brings what the next move will look at into the cache: futures lie all over
 * the memory, and their first lines are all that a move needs. */
static void expect_move(const struct table *old, size_t from) {
  size_t until = from + MOVE_STEP < old->len ? from + MOVE_STEP : old->len;

  for (size_t i = from; i < until; i++)
    __builtin_prefetch(old->bucket[i], 1);
}

/* Moves a few buckets of the old table. */
static void move_some(struct registry *registry) {
  for (int i = 0; i < MOVE_STEP && registry->old.len != 0; i++) {
    struct future *at = registry->old.bucket[registry->moved];

    while (at != NULL) {
      struct future *next = at->same_hash;

      insert(&registry->now, at);
      at = next;
    }
    registry->old.bucket[registry->moved] = NULL;
    if (++registry->moved == registry->old.len) {
      free(registry->old.bucket);
      registry->old = (struct table){NULL, 0};
    }
  }
  expect_move(&registry->old, registry->moved);
}

/* Begins to grow. Without memory the old size goes on, only slower. */
static void grow(struct registry *registry) {
  struct table larger = {.len = registry->now.len * 2};

  if (registry->old.len != 0)
    return;
  larger.bucket = calloc(larger.len, sizeof(struct future *));
  if (larger.bucket == NULL)
    return;
  registry->old = registry->now;
  registry->now = larger;
  registry->moved = 0;
}

void registry_list(struct registry *registry, struct future *future) {
  if (future->listed)
    return;
  move_some(registry);
  if (registry->listed >= registry->now.len)
    grow(registry);
  insert(&registry->now, future);
  registry->listed++;
  future->listed = true;
}

static void unlist(struct registry *registry, struct future *future) {
  if (!future->listed)
    return;
  move_some(registry);
  if (!take_out(&registry->now, future))
    take_out(&registry->old, future);
  registry->listed--;
  future->listed = false;
}

/* ---- finished futures --------------------------------------------------- */

static uint64_t cost_of(const struct future *future) {
  uint64_t cost = FUTURE_COST + future->label.len;

  if (future->idem != NULL)
    cost += sizeof *future->idem;

  if (future->outcome != NULL)
    cost += sizeof *future->outcome + future->outcome->end[OUT_PARTS - 1];
  return cost;
}

static void remove_finished(struct registry *registry, struct future *future) {
  if (!future->finished)
    return;
  if (future->older != NULL)
    future->older->newer = future->newer;
  else
    registry->oldest = future->newer;
  if (future->newer != NULL)
    future->newer->older = future->older;
  else
    registry->newest = future->older;
  registry->finished--;
  registry->bytes -= cost_of(future);
  future->finished = false;
}

static size_t size_of(size_t levels, size_t label) {
  return sizeof(struct future) + levels * sizeof(struct roll_link) + label;
}

static void free_future(struct future *future) {
  outcome_drop(future->outcome);
  slab_free(future, size_of(future->levels, future->label.len));
}

void registry_unpin(struct future *future) {
  assert(future->pins > 0);
  if (--future->pins == 0 && future->gone)
    free_future(future);
}

void registry_forget(struct registry *registry, struct future *future) {
  assert(future->waiters == NULL && future->eval == NULL && !future->gone);
  if (future->events != NULL)
    events_forget(future->events);
  if (!future->finished)
    registry->live--;
  remove_finished(registry, future);
  unlist(registry, future);
  if (future->idem != NULL)
    idem_forget(future);
  roll_remove(registry->roll, future);
  future->gone = true;
  if (future->pins == 0)
    free_future(future);
}

static bool is_too_old(const struct registry *registry,
                       const struct future *future, int64_t wall_us) {
  return wall_us - future->finished_us >
         (int64_t)registry->options.keep_ms * 1000;
}

static bool is_over(const struct registry *registry, int64_t wall_us) {
  const struct registry_options *options = &registry->options;

  return registry->oldest != NULL &&
         (registry->finished > options->keep_count ||
          registry->bytes > options->keep_bytes ||
          is_too_old(registry, registry->oldest, wall_us));
}

static void drop_oldest(struct registry *registry, bool too_old) {
  struct future *future = registry->oldest;
  struct expired *slot = &registry->expired[key_of(future->id) % EXPIRED_SLOTS];

  assert(future->finished && future->older == NULL);
  memcpy(slot->id, future->id, ID_BYTES);
  slot->owner = future->owner;
  if (too_old)
    registry->expired_len++;
  else
    registry->crowded++;
  registry_forget(registry, future);
  if (registry->oldest != NULL) /* will be the next to go */
    __builtin_prefetch(registry->oldest->outcome);
}

static void trim_in(struct registry *registry, uint64_t ms) {
  uint64_t due = clock_ns() / 1000000 + ms;

  if (!deadline_is_set(&registry->trim) || registry->trim.due > due)
    deadline_set(registry->options.deadlines, &registry->trim, due);
}

/* Drops some of what is too old, or too much; the rest a moment later, for a
 * large one can take the place of very many small ones. */
static void trim(struct registry *registry, int64_t wall_us) {
  int left = TRIM_STEP;

  while (is_over(registry, wall_us)) {
    if (left-- == 0) {
      trim_in(registry, 1);
      return;
    }
    drop_oldest(registry, is_too_old(registry, registry->oldest, wall_us));
  }
}

static void on_trim(struct deadline *self) {
  struct registry *registry =
      (struct registry *)((char *)self - offsetof(struct registry, trim));

  trim(registry, clock_wall_us(clock_ns()));
  if (registry->oldest != NULL)
    trim_in(registry, TRIM_MS);
}

bool registry_shows(const struct registry *registry,
                    const struct future *future, int64_t wall_us) {
  return future->listed &&
         !(future->finished && is_too_old(registry, future, wall_us));
}

static void keep(struct registry *registry, struct future *future) {
  future->older = registry->newest;
  future->newer = NULL;
  if (registry->newest != NULL)
    registry->newest->newer = future;
  else
    registry->oldest = future;
  registry->newest = future;
  registry->finished++;
  registry->bytes += cost_of(future);
  future->finished = true;
}

/* ---- waiting ------------------------------------------------------------ */

void registry_unwait(struct waiter *waiter) {
  if (waiter->future == NULL)
    return;
  deadline_clear(waiter->registry->options.deadlines, &waiter->deadline);
  if (waiter->prev != NULL)
    waiter->prev->next = waiter->next;
  else
    waiter->future->waiters = waiter->next;
  if (waiter->next != NULL)
    waiter->next->prev = waiter->prev;
  waiter->future = NULL;
}

static void on_wait_over(struct deadline *self) {
  struct waiter *waiter =
      (struct waiter *)((char *)self - offsetof(struct waiter, deadline));

  registry_unwait(waiter);
  waiter->wake(waiter);
}

bool registry_wait(struct registry *registry, struct waiter *waiter,
                   struct future *future, uint64_t now, uint64_t ms) {
  waiter->registry = registry;
  waiter->deadline = (struct deadline){.fire = on_wait_over};
  waiter->future = NULL;
  if (ms != REGISTRY_FOREVER &&
      !deadline_set(registry->options.deadlines, &waiter->deadline, now + ms))
    return false;
  waiter->future = future;
  waiter->prev = NULL;
  waiter->next = future->waiters;
  if (waiter->next != NULL)
    waiter->next->prev = waiter;
  future->waiters = waiter;
  return true;
}

static void wake_all(struct future *future) {
  struct waiter *next;

  for (struct waiter *w = future->waiters; w != NULL; w = next) {
    next = w->next;
    if (future->phase != PHASE_DONE &&
        (w->until_done || future->version <= w->since))
      continue;
    registry_unwait(w);
    w->wake(w);
  }
}

void registry_changed(struct registry *registry, struct future *future) {
  (void)registry;
  future->version++;
  if (future->waiters != NULL)
    wake_all(future);
  if (future->events != NULL)
    events_changed(future->events);
}

void registry_finished(struct registry *registry, struct future *future) {
  assert(future->phase == PHASE_DONE && future->eval == NULL);
  trim(registry, future->finished_us);
  future->version++;
  registry->live--;
  if (!future->forget)
    registry_list(registry, future);
  keep(registry, future);
  trim_in(registry, TRIM_MS);
  if (future->waiters != NULL)
    wake_all(future);
  if (future->events != NULL)
    events_done(future->events);
  if (future->forget)
    registry_forget(registry, future);
}

/* ---- the rest ----------------------------------------------------------- */

struct registry *registry_create(const struct registry_options *options) {
  struct registry *registry = calloc(1, sizeof *registry);

  if (registry == NULL)
    return NULL;
  registry->options = *options;
  registry->trim.fire = on_trim;
  registry->now.len = 16384;
  registry->now.bucket = calloc(registry->now.len, sizeof(struct future *));
  registry->expired = calloc(EXPIRED_SLOTS, sizeof *registry->expired);
  registry->roll = roll_create();
  registry->keys = idem_create();
  if (registry->now.bucket == NULL || registry->expired == NULL ||
      registry->roll == NULL || registry->keys == NULL) {
    registry_destroy(registry);
    return NULL;
  }
  return registry;
}

void registry_destroy(struct registry *registry) {
  while (registry->oldest != NULL) {
    assert(registry->oldest->finished && registry->oldest->older == NULL);
    registry_forget(registry, registry->oldest);
  }
  assert(registry->live == 0);
  deadline_clear(registry->options.deadlines, &registry->trim);
  free(registry->now.bucket);
  free(registry->old.bucket);
  free(registry->expired);
  roll_destroy(registry->roll);
  idem_destroy(registry->keys);
  free(registry);
}

/* Links and label are in the same block as the future. */
static struct future *make_future(struct registry *registry, uint64_t owner,
                                  gene_text_t label) {
  unsigned levels = roll_levels(registry->roll);
  size_t links = levels * sizeof(struct roll_link);
  struct future *future = slab_alloc(size_of(levels, label.len));

  if (future == NULL)
    return NULL;
  *future = (struct future){.status = GENE_PENDING,
                            .phase = PHASE_QUEUED,
                            .version = 1,
                            .owner = owner,
                            .levels = (uint8_t)levels};
  if (label.ptr != NULL) {
    future->label = (gene_text_t){(char *)future->link + links, label.len};
    memcpy((char *)future->link + links, label.ptr, label.len);
  }
  if (roll_add(registry->roll, future))
    return future;
  free_future(future);
  return NULL;
}

/* The slot of the table where a future will stand is touched when that is
 * made: until it is done the slot has come into the cache. */
struct future *registry_new(struct registry *registry, uint64_t owner,
                            gene_text_t label) {
  struct future *future = make_future(registry, owner, label);

  if (future == NULL)
    return NULL;
  random_bytes(future->id, ID_BYTES);
  __builtin_prefetch(
      &registry->now.bucket[key_of(future->id) & (registry->now.len - 1)], 1);
  registry->live++;
  return future;
}

static bool was_dropped(const struct registry *registry, uint64_t owner,
                        const uint8_t *id) {
  const struct expired *slot = &registry->expired[key_of(id) % EXPIRED_SLOTS];

  return key_of(id) != 0 && /* which is what empty slots hold */
         memcmp(slot->id, id, ID_BYTES) == 0 && slot->owner == owner;
}

enum registry_answer registry_find(struct registry *registry, uint64_t owner,
                                   const uint8_t *id, struct future **out) {
  *out = search(&registry->now, id);
  if (*out == NULL)
    *out = search(&registry->old, id);
  if (*out != NULL && (*out)->owner == owner) {
    if (registry_shows(registry, *out, clock_wall_us(clock_ns())))
      return REGISTRY_FOUND;
    *out = NULL;
    return REGISTRY_EXPIRED;
  }
  *out = NULL;
  return was_dropped(registry, owner, id) ? REGISTRY_EXPIRED : REGISTRY_UNKNOWN;
}

struct future *registry_newest(const struct registry *registry, uint64_t owner,
                               uint64_t before) {
  return roll_newest(registry->roll, owner, before);
}

void registry_retune(struct registry *registry,
                     const struct registry_options *options) {
  registry->options.keep_count = options->keep_count;
  registry->options.keep_bytes = options->keep_bytes;
  registry->options.keep_ms = options->keep_ms;
}

void registry_stats(const struct registry *registry,
                    struct registry_stats *out) {
  *out = (struct registry_stats){
      .live = registry->live,
      .finished = registry->finished,
      .bytes = registry->bytes,
      .expired = registry->expired_len,
      .crowded = registry->crowded,
  };
}

struct idem_table *registry_keys(struct registry *registry) {
  return registry->keys;
}

/* The entry of a future counts as a part of it. */
static void show_keyed(struct registry *registry, struct future *future) {
  registry_list(registry, future);
  registry_give(future);
  if (future->finished)
    registry->bytes += sizeof *future->idem;
}

void registry_key(struct registry *registry, struct future *future,
                  struct idem_entry *entry) {
  show_keyed(registry, future);
  idem_accept(entry, future);
}

void registry_key_all(struct registry *registry, struct idem_item *items,
                      size_t len, struct idem_entry *entry) {
  for (size_t i = 0; i < len; i++)
    if (items[i].future != NULL)
      show_keyed(registry, items[i].future);
  idem_accept_all(entry, items, len);
}

uint64_t registry_keep_ms(const struct registry *registry) {
  return registry->options.keep_ms;
}
