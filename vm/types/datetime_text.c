/*
 * datetime_text.c - the literal text of dates and times, both ways, and what
 * is right in a calendar. No clock and no time zone database is asked.
 */
#include "types/datetime.h"

#include <stdio.h>

/* ---- calendar ---- */

static bool is_leap(int year) {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int gn_days_in_month(int year, int month) {
  static const uint8_t days[] = {31, 28, 31, 30, 31, 30,
                                 31, 31, 30, 31, 30, 31};
  assert(month >= 1 && month <= 12);
  return days[month - 1] + (month == 2 && is_leap(year));
}

int64_t gn_days_from_civil(int year, int month, int day) {
  /* Years that begin in March have their leap day at the end. */
  int64_t y = month > 2 ? year : year - 1;
  int64_t era = (y >= 0 ? y : y - 399) / 400;
  int64_t yoe = y - era * 400;
  int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + doe - 719468;
}

void gn_civil_from_days(int64_t days, gn_when *w) {
  int64_t z = days + 719468; /* from 0000-03-01 */
  int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  int64_t doe = z - era * 146097;
  int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  int64_t mp = (5 * doy + 2) / 153; /* months from March */
  w->day = (uint8_t)(doy - (153 * mp + 2) / 5 + 1);
  w->month = (uint8_t)(mp < 10 ? mp + 3 : mp - 9);
  int64_t year = yoe + era * 400 + (w->month <= 2);
  w->year = year >= 1000 && year <= 9999 ? (uint16_t)year : 0;
}

/* ---- checks ---- */

static const char *wrong(const char *what, int field, int *value) {
  *value = field;
  return what;
}

static const char *check_date(const gn_when *w, int *value) {
  if (w->year < 1000 || w->year > 9999)
    return wrong("Invalid year", w->year, value);
  if (w->month < 1 || w->month > 12)
    return wrong("Invalid month", w->month, value);
  if (w->day < 1 || w->day > gn_days_in_month(w->year, w->month))
    return wrong("Invalid day", w->day, value);
  return NULL;
}

static const char *check_time(const gn_when *w, int *value) {
  if (w->hour > 23)
    return wrong("Invalid hour", w->hour, value);
  if (w->minute > 59)
    return wrong("Invalid minute", w->minute, value);
  if (w->second > 59)
    return wrong("Invalid second", w->second, value);
  if (w->micro > 999999)
    return wrong("Invalid microsecond", (int)w->micro, value);
  if (w->offset < -1439 || w->offset > 1439)
    return wrong("Invalid offset", w->offset, value);
  return NULL;
}

const char *gn_when_check(const gn_when *w, int *value) {
  const char *what = NULL;
  if (w->type != GN_T_TIME)
    what = check_date(w, value);
  if (what == NULL && w->type != GN_T_DATE)
    what = check_time(w, value);
  return what;
}

/* ---- reading ---- */

typedef struct scanner {
  const char *s, *p, *end;
  char *message; /* set by the first thing that is wrong */
  size_t cap;
} scanner;

static char peek(const scanner *c) {
  return c->p < c->end ? *c->p : '\0';
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* "WHAT: the text", up to the first character that can be in no literal. */
static bool fail(scanner *c, const char *what) {
  const char *q = c->s;
  while (q < c->end && q - c->s < 40 && (unsigned char)*q < 0x80 &&
         (is_digit(*q) || strchr("-+:.TZ", *q) != NULL))
    q++;
  snprintf(c->message, c->cap, "%s: %.*s", what, (int)(q - c->s), c->s);
  return false;
}

/* Reads min to max digits. */
static bool digits(scanner *c, int min, int max, int *out) {
  int n = 0;
  *out = 0;
  while (n < max && is_digit(peek(c))) {
    *out = *out * 10 + (*c->p++ - '0');
    n++;
  }
  return n >= min && !is_digit(peek(c));
}

static bool eat(scanner *c, char expected) {
  if (peek(c) != expected)
    return false;
  c->p++;
  return true;
}

static bool scan_date(scanner *c, gn_when *w) {
  int year, month, day;
  if (!digits(c, 4, 4, &year) || !eat(c, '-') || !digits(c, 2, 2, &month) ||
      !eat(c, '-') || !digits(c, 2, 2, &day))
    return fail(c, "Invalid date");
  w->year = (uint16_t)year;
  w->month = (uint8_t)month;
  w->day = (uint8_t)day;
  return true;
}

static bool scan_fraction(scanner *c, gn_when *w) {
  const char *start = c->p;
  int micro;
  if (!digits(c, 1, 6, &micro))
    return fail(c, "Invalid fraction of a second");
  for (long n = c->p - start; n < 6; n++)
    micro *= 10;
  w->micro = (uint32_t)micro;
  return true;
}

static bool scan_offset(scanner *c, gn_when *w) {
  int hours, minutes;
  bool minus = peek(c) == '-';
  if (eat(c, 'Z')) {
    w->has_offset = true;
    return true;
  }
  if (!minus && peek(c) != '+')
    return true;
  c->p++;
  if (!digits(c, 2, 2, &hours) || !eat(c, ':') || !digits(c, 2, 2, &minutes) ||
      hours > 23 || minutes > 59)
    return fail(c, "Invalid offset");
  int offset = hours * 60 + minutes;
  w->offset = (int16_t)(minus ? -offset : offset);
  w->has_offset = true;
  return true;
}

static bool is_zone_char(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         c == '/' || c == '_' || c == '-' || c == '+';
}

static bool scan_zone(scanner *c, gn_when *w) {
  if (peek(c) != '[')
    return true;
  if (w->type == GN_T_DATETIME && !w->has_offset)
    return fail(c, "A time zone needs an offset or Z before it");
  const char *name = ++c->p;
  while (is_zone_char(peek(c)))
    c->p++;
  size_t len = (size_t)(c->p - name);
  if (len == 0 || len > GN_ZONE_MAX || is_digit(*name) || !eat(c, ']'))
    return fail(c, "Invalid time zone");
  w->zone = name;
  w->zone_len = (uint32_t)len;
  return true;
}

static bool scan_time(scanner *c, gn_when *w) {
  int hour, minute, second = 0;
  bool seconds = false;
  if (!digits(c, 1, 2, &hour) || !eat(c, ':') || !digits(c, 2, 2, &minute))
    return fail(c, "Invalid time");
  if (eat(c, ':')) {
    seconds = true;
    if (!digits(c, 2, 2, &second))
      return fail(c, "Invalid time");
  }
  w->hour = (uint8_t)hour;
  w->minute = (uint8_t)minute;
  w->second = (uint8_t)second;
  if (seconds && eat(c, '.') && !scan_fraction(c, w))
    return false;
  return scan_offset(c, w) && scan_zone(c, w);
}

static bool scan(scanner *c, gn_when *w) {
  const char *p = c->p;
  while (p < c->end && is_digit(*p))
    p++;
  if (p < c->end && *p == ':') {
    w->type = GN_T_TIME;
    return scan_time(c, w);
  }
  w->type = GN_T_DATE;
  if (!scan_date(c, w))
    return false;
  if (!eat(c, 'T'))
    return true;
  w->type = GN_T_DATETIME;
  return scan_time(c, w);
}

size_t gn_when_scan(const char *s, size_t len, gn_when *out, char *message,
                    size_t cap) {
  /* No date is as long; a message would go through all of it. */
  if (len > 2 * GN_DATETIME_MAX)
    len = 2 * GN_DATETIME_MAX;
  scanner c = {s, s, s + len, message, cap};
  int value;
  *out = (gn_when){0};
  if (!scan(&c, out))
    return 0;
  const char *what = gn_when_check(out, &value);
  if (what != NULL) {
    snprintf(message, cap, "%s: %d", what, value);
    return 0;
  }
  return (size_t)(c.p - s);
}

/* ---- making and printing ---- */

gn_value gn_datetime_new(gn_heap *heap, const gn_when *when) {
  int value;
  assert(gn_when_check(when, &value) == NULL);
  assert(when->zone_len <= GN_ZONE_MAX);
  (void)value;
  gn_datetime *d =
      gn_alloc(heap, (enum gn_type)when->type, sizeof *d + when->zone_len);
  if (d == NULL)
    return GN_NONE;
  d->m.trace = NULL;
  d->when = *when;
  d->when.zone = d->zone;
  if (when->zone_len > 0)
    memcpy(d->zone, when->zone, when->zone_len);
  return gn_from_obj(d);
}

/* Two decimal digits. */
static char *put2(char *p, int n) {
  *p++ = (char)('0' + n / 10 % 10);
  *p++ = (char)('0' + n % 10);
  return p;
}

static char *put_date(char *p, const gn_when *w) {
  p = put2(put2(p, w->year / 100), w->year % 100);
  *p++ = '-';
  p = put2(p, w->month);
  *p++ = '-';
  return put2(p, w->day);
}

static char *put_seconds(char *p, const gn_when *w) {
  *p++ = ':';
  p = put2(p, w->second);
  if (w->micro == 0)
    return p;
  *p++ = '.';
  uint32_t rest = w->micro;
  for (uint32_t unit = 100000; rest > 0; unit /= 10) {
    *p++ = (char)('0' + rest / unit);
    rest %= unit;
  }
  return p;
}

static char *put_offset(char *p, const gn_when *w) {
  int minutes = w->offset < 0 ? -w->offset : w->offset;
  if (minutes == 0) {
    *p++ = 'Z';
    return p;
  }
  *p++ = w->offset < 0 ? '-' : '+';
  p = put2(p, minutes / 60);
  *p++ = ':';
  return put2(p, minutes % 60);
}

static char *put_time(char *p, const gn_when *w) {
  p = put2(p, w->hour);
  *p++ = ':';
  p = put2(p, w->minute);
  if (w->second != 0 || w->micro != 0 || w->has_offset || w->zone_len > 0)
    p = put_seconds(p, w);
  if (w->has_offset)
    p = put_offset(p, w);
  if (w->zone_len > 0) {
    *p++ = '[';
    memcpy(p, w->zone, w->zone_len);
    p += w->zone_len;
    *p++ = ']';
  }
  return p;
}

size_t gn_when_format(const gn_when *w, char *buf) {
  char *p = buf;
  if (w->type != GN_T_TIME)
    p = put_date(p, w);
  if (w->type == GN_T_DATETIME)
    *p++ = 'T';
  if (w->type != GN_T_DATE)
    p = put_time(p, w);
  assert(p - buf <= GN_DATETIME_MAX);
  return (size_t)(p - buf);
}

/* ---- comparing ---- */

bool gn_when_equal(const gn_when *a, const gn_when *b) {
  return a->type == b->type && a->year == b->year && a->month == b->month &&
         a->day == b->day && a->hour == b->hour && a->minute == b->minute &&
         a->second == b->second && a->micro == b->micro &&
         a->has_offset == b->has_offset && a->offset == b->offset &&
         a->zone_len == b->zone_len &&
         (a->zone_len == 0 || memcmp(a->zone, b->zone, a->zone_len) == 0);
}

int64_t gn_when_instant(const gn_when *w) {
  int64_t days =
      w->type == GN_T_TIME ? 0 : gn_days_from_civil(w->year, w->month, w->day);
  int64_t minutes = days * 1440 + w->hour * 60 + w->minute - w->offset;
  return (minutes * 60 + w->second) * 1000000 + w->micro;
}

int gn_when_compare(const gn_when *a, const gn_when *b) {
  assert(a->type == b->type);
  int64_t x = gn_when_instant(a), y = gn_when_instant(b);
  return (x > y) - (x < y);
}
