/*
 * roll.h - the futures of each owner in the order in which they were made, for
 * whoever wants to look through them, the newest first, and to go on later
 * where he stopped.
 *
 * A skip list for each owner: adding the newest and taking any out are a
 * matter of a few links, finding a place one of a few dozen. It owns no
 * future. For the loop thread only; internal to server/.
 */
#ifndef SERVER_ROLL_H
#define SERVER_ROLL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Levels of a list: enough for 4^12 futures. */
#define ROLL_LEVELS 12

struct future;

/* Neighbours at one level; a future has one of these for each of its own. */
struct roll_link {
  struct future *older, *newer;
};

struct roll;

/* NULL: out of memory. */
struct roll *roll_create(void);

/* All futures must have been taken out. */
void roll_destroy(struct roll *roll);

/* How many levels the next future shall have, from 1 to ROLL_LEVELS. */
unsigned roll_levels(struct roll *roll);

/* Adds a future, whose owner and levels are set, as the newest of all; sets
 * its seq. False: no memory. */
bool roll_add(struct roll *roll, struct future *future);

void roll_remove(struct roll *roll, struct future *future);

/* The newest of an owner with a seq below `before`; NULL: none. */
struct future *roll_newest(const struct roll *roll, uint64_t owner,
                           uint64_t before);

#endif
