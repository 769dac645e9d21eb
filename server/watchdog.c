/*
 * watchdog.c - the loop's heartbeat, and the thread that listens to it. The
 * thread touches nothing of the loop's but the heartbeat and, while the loop
 * stands still, the listening socket.
 *
 * The sign of life is the loop's busy time at the end of a turn: time that has
 * passed less time that it slept. A loop that sleeps is alive.
 */
#include "server/watchdog.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/clock.h"
#include "server/log.h"
#include "server/standin.h"

#define BEAT_MS   100
#define WINDOW_NS 5000000000u

/* How long the thread sleeps: a loop that did nothing of late gets more. */
#define LOOK_MS 10
#define REST_MS 50

struct watchdog {
  struct watchdog_options options;
  uv_timer_t timer;            /* the loop turns at least this often */
  uv_prepare_t prepare;        /* a turn has been done */
  uv_async_t handed;           /* there are connections to adopt */
  uint64_t last_ns, last_idle; /* at the end of the turn before */
  uint64_t longest[2], window; /* this window's and the last one's */
  _Atomic uint64_t beat;       /* busy time when the loop was last seen */
  _Atomic uint64_t stalls;
  _Atomic bool stopping;
  pthread_mutex_t mutex; /* of what follows */
  int listener;
  struct standin standin;
  pthread_t thread;
};

/* ---- on the loop -------------------------------------------------------- */

static void on_beat(uv_timer_t *timer) {
  (void)timer; /* its turn is the sign of life */
}

static void note_turn(struct watchdog *w, uint64_t now, uint64_t took) {
  if (now - w->window > WINDOW_NS) {
    w->longest[1] =
        now - w->window > 2 * (uint64_t)WINDOW_NS ? 0 : w->longest[0];
    w->longest[0] = 0;
    w->window = now;
  }
  if (took > w->longest[0])
    w->longest[0] = took;
  if (w->options.metrics != NULL)
    histogram_add(&w->options.metrics->turn, took / 1000);
}

/* The length of a turn is what has passed since the last one, without the
 * time in which the loop slept. */
static void on_prepare(uv_prepare_t *prepare) {
  struct watchdog *w = prepare->data;
  uint64_t now = clock_ns();
  uint64_t idle = uv_metrics_idle_time(w->options.loop);
  uint64_t slept = idle - w->last_idle;

  if (w->last_ns != 0)
    note_turn(w, now, now - w->last_ns > slept ? now - w->last_ns - slept : 0);
  w->last_ns = now;
  w->last_idle = idle;
  w->beat = now - idle;
}

static void adopt(struct watchdog *w, bool all) {
  int fd;

  pthread_mutex_lock(&w->mutex);
  while ((fd = standin_give(&w->standin, all)) >= 0) {
    if (w->options.adopt != NULL)
      w->options.adopt(w->options.data, fd);
    else
      close(fd);
  }
  pthread_mutex_unlock(&w->mutex);
}

static void on_handed(uv_async_t *handed) {
  adopt(handed->data, true);
}

uint64_t watchdog_lag_us(const struct watchdog *w) {
  uint64_t longest = w->longest[0];

  if (w->longest[1] > longest)
    longest = w->longest[1];
  return longest / 1000;
}

uint64_t watchdog_stalls(const struct watchdog *w) {
  return w->stalls;
}

/* ---- in the thread ------------------------------------------------------ */

static uint64_t silent_ms(const struct watchdog *w) {
  uint64_t beat = w->beat;
  uint64_t busy = clock_ns() - uv_metrics_idle_time(w->options.loop);

  return busy > beat ? (busy - beat) / 1000000 : 0;
}

/* Serves for a moment in the loop's place. */
static void stand_in(struct watchdog *w) {
  uint64_t silent = silent_ms(w);
  int listener, fd = -1;
  bool full;

  pthread_mutex_lock(&w->mutex);
  full = standin_full(&w->standin);
  listener = full ? -1 : w->listener;
  if (standin_serve(&w->standin, listener, 1, silent >= w->options.dead_ms,
                    silent))
    fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd >= 0)
    standin_take(&w->standin, fd);
  pthread_mutex_unlock(&w->mutex);
  if (full)
    usleep(LOOK_MS * 1000);
}

static void tell(const char *event, uint64_t silent) {
  struct log_line line;

  if (!log_begin(&line, LOG_ERROR, event))
    return;
  log_int(&line, "silent_ms", (int64_t)silent);
  log_end(&line);
}

/* Stands in until the loop moves again. */
static void relieve(struct watchdog *w) {
  bool stalled = false;
  uint64_t silent = 0, now;

  while (!w->stopping && (now = silent_ms(w)) >= w->options.step_in_ms) {
    silent = now;
    if (!stalled && silent >= w->options.stall_ms) {
      stalled = true;
      w->stalls++;
      tell("loop_stalled", silent);
    }
    stand_in(w);
  }
  uv_async_send(&w->handed);
  if (stalled)
    tell("loop_recovered", silent);
}

static void *watch(void *data) {
  struct watchdog *w = data;
  uint64_t last = 0;

  while (!w->stopping) {
    bool resting = w->beat == last;

    last = w->beat;
    usleep((resting ? REST_MS : LOOK_MS) * 1000);
    if (silent_ms(w) >= w->options.step_in_ms)
      relieve(w);
  }
  return NULL;
}

/* ---- both --------------------------------------------------------------- */

struct watchdog *watchdog_start(const struct watchdog_options *options) {
  struct watchdog *w = calloc(1, sizeof *w);

  if (w == NULL)
    return NULL;
  w->options = *options;
  w->listener = options->listener;
  w->window = clock_ns();
  w->beat = w->window - uv_metrics_idle_time(options->loop);
  pthread_mutex_init(&w->mutex, NULL);
  if (uv_async_init(options->loop, &w->handed, on_handed) != 0) {
    free(w);
    return NULL;
  }
  if (pthread_create(&w->thread, NULL, watch, w) != 0) {
    uv_close((uv_handle_t *)&w->handed, NULL);
    uv_run(options->loop, UV_RUN_NOWAIT);
    free(w);
    return NULL;
  }
  uv_timer_init(options->loop, &w->timer);
  uv_prepare_init(options->loop, &w->prepare);
  w->timer.data = w->prepare.data = w->handed.data = w;
  uv_timer_start(&w->timer, on_beat, BEAT_MS, BEAT_MS);
  uv_prepare_start(&w->prepare, on_prepare);
  return w;
}

void watchdog_detach(struct watchdog *w) {
  adopt(w, true);
  pthread_mutex_lock(&w->mutex);
  w->listener = -1;
  pthread_mutex_unlock(&w->mutex);
}

void watchdog_stop(struct watchdog *w) {
  w->stopping = true;
  pthread_join(w->thread, NULL);
  w->options.adopt = NULL;
  adopt(w, true);
  uv_close((uv_handle_t *)&w->handed, NULL);
  uv_close((uv_handle_t *)&w->timer, NULL);
  uv_close((uv_handle_t *)&w->prepare, NULL);
}

void watchdog_free(struct watchdog *w) {
  pthread_mutex_destroy(&w->mutex);
  free(w);
}
