/*
 * clock.h - the two clocks of the process: one that only goes forward, for
 * durations, and the calendar, for what people read. It never sleeps.
 */
#ifndef SERVER_CLOCK_H
#define SERVER_CLOCK_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* Nanoseconds since some moment in the past; never goes back. */
static inline uint64_t clock_ns(void) {
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Microseconds since 1970 that belong to a moment of clock_ns. The offset of
 * the two clocks is read again at most once a second. For one thread only. */
int64_t clock_wall_us(uint64_t ns);

/* Length of what clock_iso writes: 2026-11-22T17:44:00.123Z */
#define CLOCK_ISO_LEN 24

/* Writes a moment (microseconds since 1970, years 1970 to 9999) as UTC with
 * milliseconds, CLOCK_ISO_LEN bytes and no NUL. */
void clock_iso(char *out, int64_t wall_us);

#endif
