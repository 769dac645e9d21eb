/*
 * clock.c - calendar time. It formats by arithmetic, without the C library's
 * time zones and locks, since every answer carries three such moments.
 */
#include "server/clock.h"

#include <assert.h>
#include <string.h>

int64_t clock_wall_us(uint64_t ns) {
  static uint64_t read_at;
  static int64_t offset_us;

  if (read_at == 0 || ns - read_at > 1000000000u) {
    struct timespec wall;
    uint64_t now = clock_ns();

    clock_gettime(CLOCK_REALTIME, &wall);
    offset_us = (int64_t)wall.tv_sec * 1000000 + wall.tv_nsec / 1000 -
                (int64_t)(now / 1000);
    read_at = now;
  }
  return (int64_t)(ns / 1000) + offset_us;
}

/* Writes number in exactly width digits. */
static void put(char *out, unsigned width, unsigned number) {
  while (width > 0) {
    out[--width] = (char)('0' + number % 10);
    number /= 10;
  }
}

/* Days since 1970 to a date of the Gregorian calendar, by eras of 400 years
 * that begin on the first of March. */
static void civil(int64_t days, unsigned *year, unsigned *month,
                  unsigned *day) {
  uint64_t shifted = (uint64_t)(days + 719468);
  uint64_t era = shifted / 146097;
  uint64_t of_era = shifted % 146097;
  uint64_t years =
      (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  uint64_t of_year = of_era - (365 * years + years / 4 - years / 100);
  uint64_t shifted_month = (5 * of_year + 2) / 153;

  *day = (unsigned)(of_year - (153 * shifted_month + 2) / 5 + 1);
  *month =
      (unsigned)(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  *year = (unsigned)(years + era * 400 + (*month <= 2));
}

/* Length of a moment up to its point: all that is the same for a second. */
#define SECOND_LEN 20

/* Writes a second, and the point behind it. */
static void put_second(char *out, int64_t seconds) {
  unsigned of_day = (unsigned)(seconds % 86400);
  unsigned year, month, day;

  civil(seconds / 86400, &year, &month, &day);
  put(out, 4, year);
  out[4] = '-';
  put(out + 5, 2, month);
  out[7] = '-';
  put(out + 8, 2, day);
  out[10] = 'T';
  put(out + 11, 2, of_day / 3600);
  out[13] = ':';
  put(out + 14, 2, of_day / 60 % 60);
  out[16] = ':';
  put(out + 17, 2, of_day % 60);
  out[SECOND_LEN - 1] = '.';
}

/* The text of a second. Nearly all answers speak of two: the present one, and
 * the one in which they expire; so the last two are remembered. */
static const char *second_text(int64_t seconds) {
  static _Thread_local struct {
    int64_t seconds;
    char text[SECOND_LEN];
  } last[2] = {{.seconds = -1}, {.seconds = -1}};
  static _Thread_local unsigned newest;

  if (last[newest].seconds == seconds)
    return last[newest].text;
  newest ^= 1;
  if (last[newest].seconds != seconds) {
    put_second(last[newest].text, seconds);
    last[newest].seconds = seconds;
  }
  return last[newest].text;
}

void clock_iso(char *out, int64_t wall_us) {
  int64_t seconds = wall_us / 1000000;
  unsigned ms = (unsigned)(wall_us / 1000 - seconds * 1000);

  assert(wall_us >= 0);
  memcpy(out, second_text(seconds), SECOND_LEN);
  out[SECOND_LEN] = (char)('0' + ms / 100);
  out[SECOND_LEN + 1] = (char)('0' + ms / 10 % 10);
  out[SECOND_LEN + 2] = (char)('0' + ms % 10);
  out[CLOCK_ISO_LEN - 1] = 'Z';
}
