/*
 * watchdog.h - a thread that no script can hold up, watching the loop thread.
 *
 * /healthz is served by the loop like everything else: slices are far shorter
 * than a millisecond, so it answers while scripts compute. Should the loop
 * stand still for a moment (a defect in a native, a stopped disk under a
 * system call, a machine that swaps), this thread accepts connections in its
 * place: it answers /healthz, with 200 at first and with 503 once the
 * standstill has lasted so long that a restart is the cure, and keeps all
 * others for the loop, which gets them when it moves again. So there is one
 * port for all, and nothing to configure. What it can't do is speak TLS: there
 * the probe waits with the others.
 */
#ifndef SERVER_WATCHDOG_H
#define SERVER_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "server/metrics.h"

struct watchdog;

struct watchdog_options {
  uv_loop_t *loop;     /* configured with UV_METRICS_IDLE_TIME */
  int listener;        /* accepted from while the loop stands; not closed */
  uint64_t step_in_ms; /* without a sign of life before it accepts */
  uint64_t stall_ms;   /* before the log says so */
  uint64_t dead_ms;    /* before /healthz says 503 */
  /* Takes a connection that was accepted meanwhile; on the loop. */
  void (*adopt)(void *data, int fd);
  void *data;
  struct metrics *metrics; /* gets the length of each turn; may be NULL */
};

/* Starts the thread. NULL: no memory or no thread. */
struct watchdog *watchdog_start(const struct watchdog_options *options);

/* The listener is about to be closed: it is not accepted from any more. */
void watchdog_detach(struct watchdog *watchdog);

/* Ends the thread and closes the handles; the loop has to run once more, then
 * watchdog_free. */
void watchdog_stop(struct watchdog *watchdog);
void watchdog_free(struct watchdog *watchdog);

/* Longest turn of the loop in the last five to ten seconds, in microseconds,
 * and how often it stood still. For the loop thread. */
uint64_t watchdog_lag_us(const struct watchdog *watchdog);
uint64_t watchdog_stalls(const struct watchdog *watchdog);

#endif
