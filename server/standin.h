/*
 * standin.h - connections that arrive while the loop stands still: /healthz is
 * answered, all others are kept for the loop. It runs in the watchdog's thread
 * and touches nothing of the loop's.
 */
#ifndef SERVER_STANDIN_H
#define SERVER_STANDIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Connections held at most; what comes then waits in the kernel's queue. */
#define STANDIN_HELD 1024

/* Descriptors of connections whose first bytes are looked for, then of those
 * that are the loop's. All zero: none. */
struct standin {
  int fd[STANDIN_HELD];
  size_t looking, len; /* the first `looking` of them have said too little */
};

/* Takes a connection, which becomes its own. Not when it is full. */
void standin_take(struct standin *s, int fd);

static inline bool standin_full(const struct standin *s) {
  return s->len == STANDIN_HELD;
}

/* Waits for at most wait_ms for `listener` (-1: for none) or for the first
 * bytes of connections; answers those who ask for /healthz, with 503 when
 * `dead`, after silent_ms. True: the listener has a connection. */
bool standin_serve(struct standin *s, int listener, int wait_ms, bool dead,
                   uint64_t silent_ms);

/* Gives up one that has asked for something else, or with `all` any; -1: there
 * is none. It is as it was accepted, nothing read, and the caller's to close.
 */
int standin_give(struct standin *s, bool all);

#endif
