/*
 * deadline.h - any number of moments in time behind one timer of the loop.
 *
 * A deadline is a part of whatever has one; nothing is allocated when one is
 * set, but for the growing of the heap. Times are milliseconds of the loop
 * (uv_now); a deadline never fires early and never from within deadline_set.
 */
#ifndef SERVER_DEADLINE_H
#define SERVER_DEADLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct deadline {
  uint64_t due;
  void (*fire)(struct deadline *self);
  uint32_t place; /* 0: not set */
};

struct deadlines {
  uv_timer_t timer;
  uv_loop_t *loop;
  struct deadline **heap; /* from index 1, the earliest first */
  uint32_t len, cap;
  uint64_t armed; /* what the timer waits for; 0: nothing */
};

/* Returns 0 or a negative errno. */
int deadlines_init(struct deadlines *all, uv_loop_t *loop);

/* Closes the timer; the loop has to run once more. Fires nothing. */
void deadlines_close(struct deadlines *all);

/* Sets or moves one: `self->fire` is called once, at or after `due`. False,
 * and nothing is set, when out of memory. */
bool deadline_set(struct deadlines *all, struct deadline *self, uint64_t due);

/* Takes it out; harmless when it is not set. */
void deadline_clear(struct deadlines *all, struct deadline *self);

static inline bool deadline_is_set(const struct deadline *self) {
  return self->place != 0;
}

#endif
