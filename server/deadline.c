/*
 * deadline.c - a binary heap of moments behind one uv_timer_t. The timer is
 * started anew only when the earliest moment comes nearer; one that has been
 * cleared meanwhile costs a needless tick, no more.
 */
#include "server/deadline.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

static void on_timer(uv_timer_t *timer);

static void arm(struct deadlines *all) {
  uint64_t due, now;

  if (all->len == 0)
    return;
  due = all->heap[1]->due;
  if (all->armed != 0 && all->armed <= due)
    return;
  now = uv_now(all->loop);
  all->armed = due == 0 ? 1 : due;
  uv_timer_start(&all->timer, on_timer, due > now ? due - now : 0, 0);
}

static void place(struct deadlines *all, uint32_t at, struct deadline *self) {
  all->heap[at] = self;
  self->place = at;
}

static void sift_up(struct deadlines *all, uint32_t at, struct deadline *self) {
  while (at > 1 && all->heap[at / 2]->due > self->due) {
    place(all, at, all->heap[at / 2]);
    at /= 2;
  }
  place(all, at, self);
}

static void sift_down(struct deadlines *all, uint32_t at,
                      struct deadline *self) {
  for (;;) {
    uint32_t child = at * 2;

    if (child > all->len)
      break;
    if (child < all->len && all->heap[child + 1]->due < all->heap[child]->due)
      child++;
    if (all->heap[child]->due >= self->due)
      break;
    place(all, at, all->heap[child]);
    at = child;
  }
  place(all, at, self);
}

static void on_timer(uv_timer_t *timer) {
  struct deadlines *all = timer->data;
  uint64_t now = uv_now(all->loop);

  all->armed = 0;
  while (all->len > 0 && all->heap[1]->due <= now) {
    struct deadline *first = all->heap[1];

    deadline_clear(all, first);
    first->fire(first);
  }
  arm(all);
}

int deadlines_init(struct deadlines *all, uv_loop_t *loop) {
  *all = (struct deadlines){.loop = loop};
  all->timer.data = all;
  return uv_timer_init(loop, &all->timer);
}

void deadlines_close(struct deadlines *all) {
  for (uint32_t i = 1; i <= all->len; i++)
    all->heap[i]->place = 0;
  free(all->heap);
  all->heap = NULL;
  all->len = all->cap = 0;
  uv_close((uv_handle_t *)&all->timer, NULL);
}

static bool make_room(struct deadlines *all) {
  struct deadline **heap;
  uint32_t cap;

  if (all->len + 1 < all->cap)
    return true;
  if (all->cap > UINT32_MAX / 2)
    return false;
  cap = all->cap == 0 ? 64 : all->cap * 2;
  heap = reallocarray(all->heap, cap, sizeof(void *));
  if (heap == NULL)
    return false;
  all->heap = heap;
  all->cap = cap;
  return true;
}

bool deadline_set(struct deadlines *all, struct deadline *self, uint64_t due) {
  assert(self->fire != NULL);
  deadline_clear(all, self);
  if (!make_room(all))
    return false;
  self->due = due;
  all->len++;
  sift_up(all, all->len, self);
  arm(all);
  return true;
}

void deadline_clear(struct deadlines *all, struct deadline *self) {
  struct deadline *last;
  uint32_t at = self->place;

  if (at == 0)
    return;
  assert(at <= all->len && all->heap[at] == self);
  last = all->heap[all->len--];
  self->place = 0;
  if (last == self)
    return;
  if (at > 1 && all->heap[at / 2]->due > last->due)
    sift_up(all, at, last);
  else
    sift_down(all, at, last);
}
