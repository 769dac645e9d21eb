/*
 * work.h - long pieces of work for libuv's thread pool: a few of them there at
 * a time, so that the pool has threads left for files, the others in a queue,
 * first come, first served. It knows nothing of what they do. All calls come
 * from the loop thread.
 */
#ifndef SERVER_WORK_H
#define SERVER_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

struct work_queue {
  uv_loop_t *loop;
  size_t most;    /* in the pool at a time */
  size_t running; /* there now */
  size_t waiting;
  struct work *head, *tail;
};

/* A part of whatever is to be worked on. */
struct work {
  uv_work_t request;
  struct work_queue *queue;
  struct work *prev, *next;
  bool waiting;
  void (*run)(struct work *self);  /* in the pool */
  void (*done)(struct work *self); /* on the loop thread afterwards; it may free
                                      self, or give it to work_again */
};

/* An empty queue; the loop must outlive the work in it. */
void work_init(struct work_queue *queue, uv_loop_t *loop);

/* Whether one more would have to wait. */
static inline bool work_is_busy(const struct work_queue *queue) {
  return queue->running >= queue->most;
}

/* Has self->run called, then self->done. self must stay until then, or until
 * work_remove. */
void work_add(struct work_queue *queue, struct work *self);

/* From within self->done: has self->run called once more, before what waits. */
void work_again(struct work *self);

/* Takes it out of the queue. False: it is in the pool, and self->done will be
 * called. */
bool work_remove(struct work *self);

#endif
