/*
 * roll.c - skip lists that only grow at one end. The levels of a future are
 * drawn when it is made, each a quarter as likely as the one below.
 */
#include "server/roll.h"

#include <assert.h>
#include <stdlib.h>

#include "server/random.h"
#include "server/registry.h"

#define BUCKETS 256

struct roll_owner {
  uint64_t owner;
  struct roll_owner *same_hash;
  size_t len;
  struct future *newest[ROLL_LEVELS];
};

struct roll {
  uint64_t seq; /* of the newest future */
  uint64_t dice;
  struct roll_owner *bucket[BUCKETS];
};

/* ---- owners ------------------------------------------------------------- */

/* Where the pointer to an owner's list is, or the NULL where it would be. */
static struct roll_owner **place_of(struct roll *roll, uint64_t owner) {
  struct roll_owner **at = &roll->bucket[(owner ^ owner >> 32) % BUCKETS];

  while (*at != NULL && (*at)->owner != owner)
    at = &(*at)->same_hash;
  return at;
}

static struct roll_owner *need_owner(struct roll *roll, uint64_t owner) {
  struct roll_owner **at = place_of(roll, owner);

  if (*at == NULL) {
    *at = calloc(1, sizeof **at);
    if (*at != NULL)
      (*at)->owner = owner;
  }
  return *at;
}

static void drop_owner(struct roll *roll, struct roll_owner *owner) {
  struct roll_owner **at = place_of(roll, owner->owner);

  assert(*at == owner && owner->len == 0);
  *at = owner->same_hash;
  free(owner);
}

/* ---- lists -------------------------------------------------------------- */

unsigned roll_levels(struct roll *roll) {
  unsigned levels = 1;
  uint64_t bits;

  roll->dice ^= roll->dice << 13;
  roll->dice ^= roll->dice >> 7;
  roll->dice ^= roll->dice << 17;
  for (bits = roll->dice; (bits & 3) == 0 && levels < ROLL_LEVELS; bits >>= 2)
    levels++;
  return levels;
}

bool roll_add(struct roll *roll, struct future *future) {
  struct roll_owner *owner = need_owner(roll, future->owner);

  assert(future->levels >= 1 && future->levels <= ROLL_LEVELS);
  if (owner == NULL)
    return false;
  future->seq = ++roll->seq;
  for (unsigned i = 0; i < future->levels; i++) {
    struct future *next = owner->newest[i];

    future->link[i] = (struct roll_link){.older = next};
    if (next != NULL)
      next->link[i].newer = future;
    owner->newest[i] = future;
  }
  owner->len++;
  return true;
}

void roll_remove(struct roll *roll, struct future *future) {
  struct roll_owner *owner = *place_of(roll, future->owner);

  assert(owner != NULL && owner->len > 0);
  for (unsigned i = future->levels; i-- > 0;) {
    struct roll_link *link = &future->link[i];

    if (link->newer != NULL)
      link->newer->link[i].older = link->older;
    else
      owner->newest[i] = link->older;
    if (link->older != NULL)
      link->older->link[i].newer = link->newer;
  }
  if (--owner->len == 0)
    drop_owner(roll, owner);
}

struct future *roll_newest(const struct roll *roll, uint64_t owner,
                           uint64_t before) {
  const struct roll_owner *list = *place_of((struct roll *)roll, owner);
  struct future *at = NULL, *next = NULL;

  if (list == NULL)
    return NULL;
  for (unsigned i = ROLL_LEVELS; i-- > 0;) {
    next = at == NULL ? list->newest[i] : at->link[i].older;
    while (next != NULL && next->seq >= before) {
      at = next;
      next = at->link[i].older;
    }
  }
  return next;
}

struct roll *roll_create(void) {
  struct roll *roll = calloc(1, sizeof *roll);

  if (roll == NULL)
    return NULL;
  random_bytes(&roll->dice, sizeof roll->dice);
  roll->dice |= 1;
  return roll;
}

void roll_destroy(struct roll *roll) {
  for (size_t i = 0; roll != NULL && i < BUCKETS; i++)
    assert(roll->bucket[i] == NULL);
  free(roll);
}
