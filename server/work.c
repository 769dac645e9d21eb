/*
 * work.c - see work.h. What is in the pool is never taken out of there: its
 * owner is told when it is through, whether it still wants to know or not.
 */
#include "server/work.h"

#include <assert.h>

/* Threads of the pool that long work may have, of the four that there are. */
#define MOST 2

void work_init(struct work_queue *queue, uv_loop_t *loop) {
  *queue = (struct work_queue){.loop = loop, .most = MOST};
  if (uv_available_parallelism() <= MOST)
    queue->most = 1; /* the loop has a processor to itself */
}

static void unlink_work(struct work *self) {
  struct work_queue *queue = self->queue;

  assert(self->waiting);
  *(self->prev != NULL ? &self->prev->next : &queue->head) = self->next;
  *(self->next != NULL ? &self->next->prev : &queue->tail) = self->prev;
  self->prev = self->next = NULL;
  self->waiting = false;
  queue->waiting--;
}

/* Puts it behind `prev`; NULL: at the head. */
static void link_after(struct work *prev, struct work *self) {
  struct work_queue *queue = self->queue;
  struct work **next = prev != NULL ? &prev->next : &queue->head;

  self->prev = prev;
  self->next = *next;
  *(self->next != NULL ? &self->next->prev : &queue->tail) = self;
  *next = self;
  self->waiting = true;
  queue->waiting++;
}

static void in_pool(uv_work_t *request) {
  struct work *self = request->data;

  self->run(self);
}

static void feed(struct work_queue *queue);

static void after(uv_work_t *request, int status) {
  struct work *self = request->data;
  struct work_queue *queue = self->queue;

  (void)status; /* nothing is ever cancelled */
  queue->running--;
  self->done(self);
  feed(queue);
}

/* Sends the first of the queue into the pool while there is room. */
static void feed(struct work_queue *queue) {
  while (queue->head != NULL && !work_is_busy(queue)) {
    struct work *self = queue->head;
    int error;

    unlink_work(self);
    self->request.data = self;
    queue->running++;
    error = uv_queue_work(queue->loop, &self->request, in_pool, after);
    assert(error == 0); /* it fails for want of a function only */
    (void)error;
  }
}

void work_add(struct work_queue *queue, struct work *self) {
  self->queue = queue;
  link_after(queue->tail, self);
  feed(queue);
}

void work_again(struct work *self) {
  link_after(NULL, self);
}

bool work_remove(struct work *self) {
  if (!self->waiting)
    return false;
  unlink_work(self);
  return true;
}
