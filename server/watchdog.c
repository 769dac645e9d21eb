/*
 * watchdog.c - the loop's heartbeat, and the thread that listens to it. The
 * thread touches nothing of the loop's but the heartbeat and, while the loop
 * stands still, the listening socket.
 */
#include "server/watchdog.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/clock.h"
#include "server/log.h"

#define BEAT_MS   100
#define WINDOW_NS 5000000000u

/* How long the thread waits for the first bytes of a request. */
#define READ_MS 200

struct watchdog {
  struct watchdog_options options;
  uv_timer_t timer;            /* the loop turns at least this often */
  uv_prepare_t prepare;        /* a turn has been done */
  uint64_t last_ns, last_idle; /* at the end of the turn before */
  uint64_t longest[2], window; /* this window's and the last one's */
  _Atomic uint64_t beat;       /* when the loop was last seen */
  _Atomic uint64_t stalls;
  _Atomic bool stopping;
  pthread_mutex_t listener_mutex; /* held while a connection is served */
  int listener;
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
  w->beat = now;
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
  uint64_t now = clock_ns();

  return now > beat ? (now - beat) / 1000000 : 0;
}

static void answer(const struct watchdog *w, int fd, uint64_t silent) {
  char request[16] = "";
  char text[512];
  struct pollfd ready = {fd, POLLIN, 0};
  bool health, ok;
  int len;

  if (poll(&ready, 1, READ_MS) <= 0 ||
      recv(fd, request, sizeof request, MSG_DONTWAIT) < 12)
    return;
  health = memcmp(request, "GET /healthz", 12) == 0;
  ok = health && silent < w->options.dead_ms;
  len = snprintf(
      text, sizeof text,
      "HTTP/1.1 %s\r\nContent-Type: application/%sjson\r\n"
      "Connection: close\r\nRetry-After: 1\r\n\r\n"
      "{\"type\":\"/problems/stalled\",\"title\":\"The service is busy\","
      "\"status\":%d,\"detail\":\"The loop has been silent for %llu ms.\"}",
      ok ? "200 OK" : "503 Service Unavailable", ok ? "" : "problem+",
      ok ? 200 : 503, (unsigned long long)silent);
  (void)!send(fd, text, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Serves one connection in the loop's place, if there is one. */
static void stand_in(struct watchdog *w) {
  struct pollfd ready = {.events = POLLIN};
  int fd = -1;

  pthread_mutex_lock(&w->listener_mutex);
  ready.fd = w->listener;
  if (w->listener >= 0 && poll(&ready, 1, 0) > 0)
    fd = accept4(w->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  pthread_mutex_unlock(&w->listener_mutex);
  if (fd < 0) {
    usleep(10000);
    return;
  }
  answer(w, fd, silent_ms(w));
  /* Unread bytes would reset the connection and lose the answer. */
  shutdown(fd, SHUT_WR);
  for (char trash[4096]; recv(fd, trash, sizeof trash, MSG_DONTWAIT) > 0;)
    continue;
  close(fd);
}

static void tell(const char *event, uint64_t silent) {
  struct log_line line;

  if (!log_begin(&line, LOG_ERROR, event))
    return;
  log_int(&line, "silent_ms", (int64_t)silent);
  log_end(&line);
}

static void *watch(void *data) {
  struct watchdog *w = data;

  while (!w->stopping) {
    uint64_t silent = silent_ms(w);

    if (silent < w->options.stall_ms) {
      usleep(50000);
      continue;
    }
    w->stalls++;
    tell("loop_stalled", silent);
    while (!w->stopping && silent_ms(w) >= w->options.stall_ms) {
      silent = silent_ms(w);
      stand_in(w);
    }
    tell("loop_recovered", silent);
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
  w->beat = w->window = clock_ns();
  pthread_mutex_init(&w->listener_mutex, NULL);
  if (pthread_create(&w->thread, NULL, watch, w) != 0) {
    free(w);
    return NULL;
  }
  uv_timer_init(options->loop, &w->timer);
  uv_prepare_init(options->loop, &w->prepare);
  w->timer.data = w->prepare.data = w;
  uv_timer_start(&w->timer, on_beat, BEAT_MS, BEAT_MS);
  uv_prepare_start(&w->prepare, on_prepare);
  return w;
}

void watchdog_detach(struct watchdog *w) {
  pthread_mutex_lock(&w->listener_mutex);
  w->listener = -1;
  pthread_mutex_unlock(&w->listener_mutex);
}

void watchdog_stop(struct watchdog *w) {
  w->stopping = true;
  pthread_join(w->thread, NULL);
  uv_close((uv_handle_t *)&w->timer, NULL);
  uv_close((uv_handle_t *)&w->prepare, NULL);
}

void watchdog_free(struct watchdog *w) {
  pthread_mutex_destroy(&w->listener_mutex);
  free(w);
}
