/*
 * timers.c - all timers of all contexts: one binary min-heap by due time, and
 * one libuv timer that is set for its top. Ties fire in the order of their
 * creation; a timer never fires before its microsecond has come. Stopping one
 * is O(log n): each op knows its place in the heap.
 */
#include <stdlib.h>

#include "io/io.h"

#define FIRST_CAP 64u
/* After this long of firing the loop gets its turn, however many are due. */
#define FIRE_NS    ((uint64_t)2000000)
#define FIRE_BATCH 128u

static bool earlier(const gn_timer *a, const gn_timer *b) {
  return a->due_us != b->due_us ? a->due_us < b->due_us : a->seq < b->seq;
}

static void put(gn_io *io, uint32_t at, gn_timer timer) {
  io->timers[at] = timer;
  io->core->ops[timer.op].heap_at = at + 1;
}

/* Both carry the timer from the hole `at` to where it belongs. */
static void sift_up(gn_io *io, uint32_t at, gn_timer timer) {
  while (at > 0) {
    uint32_t parent = (at - 1) / 2;
    if (!earlier(&timer, &io->timers[parent]))
      break;
    put(io, at, io->timers[parent]);
    at = parent;
  }
  put(io, at, timer);
}

static void sift_down(gn_io *io, uint32_t at, gn_timer timer) {
  for (;;) {
    uint64_t child = (uint64_t)at * 2 + 1;
    if (child >= io->ntimers)
      break;
    if (child + 1 < io->ntimers &&
        earlier(&io->timers[child + 1], &io->timers[child]))
      child++;
    if (!earlier(&io->timers[child], &timer))
      break;
    put(io, at, io->timers[child]);
    at = (uint32_t)child;
  }
  put(io, at, timer);
}

static void resize(gn_io *io, uint32_t cap) {
  gn_timer *timers = realloc(io->timers, cap * sizeof *timers);
  if (timers == NULL)
    return; /* growing: the caller sees it; shrinking: it stays as it was */
  io->timers = timers;
  io->timers_cap = cap;
}

static bool reserve(gn_io *io) {
  if (io->ntimers < io->timers_cap)
    return true;
  if (io->timers_cap > UINT32_MAX / 2)
    return false;
  resize(io, io->timers_cap == 0 ? FIRST_CAP : io->timers_cap * 2);
  return io->ntimers < io->timers_cap;
}

static void take_out(gn_io *io, uint32_t at) {
  assert(at < io->ntimers);
  io->core->ops[io->timers[at].op].heap_at = 0;
  gn_timer last = io->timers[--io->ntimers];
  if (at < io->ntimers) {
    if (at > 0 && earlier(&last, &io->timers[(at - 1) / 2]))
      sift_up(io, at, last);
    else
      sift_down(io, at, last);
  }
  if (io->timers_cap > FIRST_CAP && io->ntimers < io->timers_cap / 4)
    resize(io, io->timers_cap / 2);
}

/* ---- the libuv timer ---- */

static void on_timer(uv_timer_t *handle);

/* Both clocks are cut off at their units, so a time has come when they show
 * more than it. libuv's loop time is of the clock we use: set for the first
 * millisecond after the due time, it never wakes us early. at_least_ms keeps
 * it from calling again before it has looked at other events. */
static void set_alarm(gn_io *io, uint64_t at_least_ms) {
  if (io->ntimers == 0) {
    uv_timer_stop(&io->timer);
    return;
  }
  uint64_t due_us = io->timers[0].due_us;
  uint64_t due_ms = due_us / 1000 + 1, now_ms = uv_now(io->loop);
  uint64_t wait = due_ms > now_ms ? due_ms - now_ms : 0;
  if (wait > 0 && due_us <= uv_hrtime() / 1000 + 1)
    wait = 0; /* it only gives way: a millisecond would be long */
  if (wait < at_least_ms)
    wait = at_least_ms;
  uv_timer_start(&io->timer, on_timer, wait, 0);
}

static void fire_first(gn_io *io) {
  uint32_t at = io->timers[0].op;
  take_out(io, 0);
  gn_ctx *ctx = io->core->ops[at].ctx;
  gn_future *future = io->core->ops[at].future;
  assert(ctx != NULL && future != NULL);
  gn_op_free(io->core, at);
  gn_future_complete(ctx, future, GN_NIL);
  gn_ctx_wake(ctx);
}

static void on_timer(uv_timer_t *handle) {
  gn_io *io = handle->data;
  uint64_t start = uv_hrtime();
  uint64_t now_us = start / 1000;
  uint32_t fired = 0;
  bool tired = false;
  while (!tired && io->ntimers > 0 && io->timers[0].due_us < now_us) {
    fire_first(io);
    tired = ++fired % FIRE_BATCH == 0 && uv_hrtime() - start > FIRE_NS;
  }
  set_alarm(io, tired ? 1 : 0);
}

/* ---- for contexts ---- */

bool gn_timer_start(void *data, uint32_t op, uint64_t due_us) {
  gn_io *io = data;
  assert(io->core->ops[op].heap_at == 0);
  if (!reserve(io))
    return false;
  gn_timer timer = {.due_us = due_us, .seq = io->timer_seq++, .op = op};
  sift_up(io, io->ntimers++, timer);
  if (io->timers[0].op == op)
    set_alarm(io, 0);
  return true;
}

/* The alarm stays as it is, unless nothing is left to wait for: one that
 * comes for nothing costs less than setting it at every stop. */
void gn_timer_stop(void *data, uint32_t op) {
  gn_io *io = data;
  uint32_t at = io->core->ops[op].heap_at;
  if (at == 0)
    return;
  take_out(io, at - 1);
  if (io->ntimers == 0)
    set_alarm(io, 0);
}

int gn_timers_open(gn_io *io) {
  int error = uv_timer_init(io->loop, &io->timer);
  if (error != 0)
    return error;
  io->timer.data = io;
  gn_io_retain(io);
  return 0;
}

static void on_closed(uv_handle_t *handle) {
  gn_io_release(handle->data);
}

void gn_timers_close(gn_io *io) {
  assert(io->ntimers == 0 && "timers of contexts that are gone");
  uv_close((uv_handle_t *)&io->timer, on_closed);
}
