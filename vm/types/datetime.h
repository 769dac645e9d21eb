/*
 * datetime.h - dates, times of day and date-times as values: their layout,
 * their literal text and back. Knows the proleptic Gregorian calendar and no
 * time zones: a zone's name is text that is kept, never looked up.
 */
#ifndef GN_TYPES_DATETIME_H
#define GN_TYPES_DATETIME_H

#include "core/heap.h"

/* What a literal says. Fields that a type hasn't got are 0. */
typedef struct gn_when {
  uint8_t type;       /* GN_T_DATE, GN_T_TIME or GN_T_DATETIME */
  uint8_t month, day; /* from 1 */
  uint8_t hour, minute, second;
  bool has_offset;   /* false: a naive time */
  uint16_t year;     /* 1000 to 9999 */
  int16_t offset;    /* minutes east, within +-23:59 */
  uint32_t micro;    /* 0 to 999999 */
  uint32_t zone_len; /* bytes of zone, 0: none was given */
  const char *zone;  /* "Area/City" */
} gn_when;

/* GN_T_DATE, GN_T_TIME and GN_T_DATETIME: immutable. */
typedef struct gn_datetime {
  gn_machine m; /* trace NULL: it points at nothing */
  gn_when when; /* when.zone points at the text below */
  char zone[];
} gn_datetime;

#define GN_ZONE_MAX     64                 /* bytes of a zone's name */
#define GN_DATETIME_MAX (40 + GN_ZONE_MAX) /* bytes of the printed form */

static inline const gn_when *gn_when_of(gn_value v) {
  assert(gn_is(v, GN_T_DATE) || gn_is(v, GN_T_TIME) || gn_is(v, GN_T_DATETIME));
  return &((const gn_datetime *)gn_as_obj(v))->when;
}

/* A value of these fields (zone is copied). GN_NONE: out of memory. The
 * fields must be valid: see gn_when_check. */
gn_value gn_datetime_new(gn_heap *heap, const gn_when *when);

/* Days of a month (1 to 12) of a year. */
int gn_days_in_month(int year, int month);

/* NULL when all fields are in range, else what is wrong: "Invalid month",
 * "Invalid day", ... with the field's value in *value. */
const char *gn_when_check(const gn_when *when, int *value);

/* Reads a date, time or date-time literal at the start of s. Returns the
 * bytes taken, or 0 with the reason ("Invalid month: 13") in message. *out
 * then points into s for the zone. */
size_t gn_when_scan(const char *s, size_t len, gn_when *out, char *message,
                    size_t cap);

/* The printed form in buf (GN_DATETIME_MAX bytes, no NUL); its length. */
size_t gn_when_format(const gn_when *when, char *buf);

/* == of the language: all fields, offset and zone included. */
bool gn_when_equal(const gn_when *a, const gn_when *b);

/* -1, 0, 1 by calendar or instant (a missing offset counts as UTC); both of
 * one type. */
int gn_when_compare(const gn_when *a, const gn_when *b);

/* Microseconds from 1970 (of a Time: from midnight) to the instant. */
int64_t gn_when_instant(const gn_when *when);

/* Days since 1970-01-01. */
int64_t gn_days_from_civil(int year, int month, int day);

/* Back: sets when->year, month and day; days within +-8,000,000. The year is
 * right only when it is from 1000 to 9999, and invalid (0) otherwise. */
void gn_civil_from_days(int64_t days, gn_when *when);

#endif
