/*
 * datetime_methods.c - making, reading and counting with dates, times of day
 * and date-times. Everything is in the proleptic Gregorian calendar, years
 * 1000 to 9999; zones are never looked up, so nothing here knows of daylight
 * saving time.
 */
#include <stdio.h>

#include "core/utf8.h"
#include "lib/tables.h"
#include "run/context.h"
#include "run/native_args.h"
#include "types/datetime.h"

#define DAY_US     INT64_C(86400000000)
#define SECOND_US  INT64_C(1000000)
#define DAYS_MOST  INT64_C(4000000) /* more than there are from 1000 to 9999 */
#define MONTH_MOST INT64_C(120000)

static int give(gn_ctx *ctx, gn_call *call, const gn_when *w) {
  return gn_return_made(ctx, call, gn_datetime_new(gn_ctx_heap(ctx), w));
}

static int give_uint(gn_call *call, uint32_t n) {
  return gn_return(call, gn_from_fix((int64_t)n));
}

static const gn_when *self_of(const gn_call *call) {
  return gn_when_of(call->argv[0]);
}

static int out_of_range(gn_ctx *ctx, const gn_call *call) {
  return gn_throw(ctx, GN_X_ARGUMENT, NULL,
                  "%s leaves the years from 1000 to 9999", call->def->name);
}

/* ---- parts ---- */

#define PART(name)                                     \
  static int when_##name(gn_ctx *ctx, gn_call *call) { \
    (void)ctx;                                         \
    return give_uint(call, self_of(call)->name);       \
  }
PART(year)
PART(month)
PART(day)
PART(hour)
PART(minute)
PART(second)
#undef PART

static int when_microsecond(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  return give_uint(call, self_of(call)->micro);
}

static int when_offset(gn_ctx *ctx, gn_call *call) {
  const gn_when *w = self_of(call);
  (void)ctx;
  return gn_return(call, w->has_offset ? gn_from_fix(w->offset) : GN_NIL);
}

static int when_timezone(gn_ctx *ctx, gn_call *call) {
  const gn_when *w = self_of(call);
  if (w->zone_len > 0)
    return gn_return_text(ctx, call, w->zone, w->zone_len);
  if (w->has_offset && w->offset == 0)
    return gn_return_text(ctx, call, "UTC", 3);
  return gn_return(call, GN_NIL);
}

static int64_t days_of(const gn_when *w) {
  return gn_days_from_civil(w->year, w->month, w->day);
}

static int when_weekday(gn_ctx *ctx, gn_call *call) {
  int64_t from_thursday = days_of(self_of(call)) % 7; /* 1970-01-01 was one */
  (void)ctx;
  return gn_return(call, gn_from_fix((from_thursday + 10) % 7 + 1));
}

static uint32_t day_of_year(const gn_when *w) {
  return (uint32_t)(days_of(w) - gn_days_from_civil(w->year, 1, 1)) + 1;
}

static int when_yday(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  return give_uint(call, day_of_year(self_of(call)));
}

/* The fields that a type has, without offset and zone. */
static int datetime_date(gn_ctx *ctx, gn_call *call) {
  const gn_when *w = self_of(call);
  gn_when date = {
      .type = GN_T_DATE, .year = w->year, .month = w->month, .day = w->day};
  return give(ctx, call, &date);
}

static int datetime_time(gn_ctx *ctx, gn_call *call) {
  const gn_when *w = self_of(call);
  gn_when time = {.type = GN_T_TIME,
                  .hour = w->hour,
                  .minute = w->minute,
                  .second = w->second,
                  .micro = w->micro};
  return give(ctx, call, &time);
}

static int date_at(gn_ctx *ctx, gn_call *call) {
  const gn_when *date = self_of(call);
  if (!gn_is(call->argv[1], GN_T_TIME))
    return gn_throw_expects(ctx, call, "a Time", call->argv[1]);
  gn_when w = *gn_when_of(call->argv[1]);
  if (w.zone_len > 0 && !w.has_offset)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL,
                    "at: A time zone needs an offset or Z before it");
  w.type = GN_T_DATETIME;
  w.year = date->year;
  w.month = date->month;
  w.day = date->day;
  return give(ctx, call, &w);
}

/* ---- counting ---- */

static int64_t floor_div(int64_t a, int64_t b) {
  return a / b - (a % b < 0);
}

/* Puts the day and the time of so many microseconds since 1970 (local to
 * *w's offset) into *w. False: not a year from 1000 to 9999. */
static bool set_us(gn_when *w, int64_t us) {
  int64_t days = floor_div(us, DAY_US), rest = us - days * DAY_US;
  int value;
  if (days > DAYS_MOST || days < -DAYS_MOST)
    return false;
  gn_civil_from_days(days, w);
  w->hour = (uint8_t)(rest / (3600 * SECOND_US));
  w->minute = (uint8_t)(rest / (60 * SECOND_US) % 60);
  w->second = (uint8_t)(rest / SECOND_US % 60);
  w->micro = (uint32_t)(rest % SECOND_US);
  return gn_when_check(w, &value) == NULL;
}

/* The instant as the clock at its offset shows it. */
static int64_t local_us(const gn_when *w) {
  return gn_when_instant(w) + w->offset * 60 * SECOND_US;
}

static int when_add_days(gn_ctx *ctx, gn_call *call) {
  gn_when w = *self_of(call);
  int64_t n;
  if (!gn_arg_int(ctx, call, 1, &n))
    return GN_THROW;
  if (n > DAYS_MOST || n < -DAYS_MOST)
    return out_of_range(ctx, call);
  gn_civil_from_days(days_of(&w) + n, &w);
  int value;
  if (gn_when_check(&w, &value) != NULL)
    return out_of_range(ctx, call);
  return give(ctx, call, &w);
}

static int when_add_months(gn_ctx *ctx, gn_call *call) {
  gn_when w = *self_of(call);
  int64_t n;
  if (!gn_arg_int(ctx, call, 1, &n))
    return GN_THROW;
  int64_t months = w.year * INT64_C(12) + w.month - 1;
  if (n > MONTH_MOST || n < -MONTH_MOST || months + n < 1000 * 12 ||
      months + n >= 10000 * 12)
    return out_of_range(ctx, call);
  w.year = (uint16_t)((months + n) / 12);
  w.month = (uint8_t)((months + n) % 12 + 1);
  int most = gn_days_in_month(w.year, w.month);
  if (w.day > most)
    w.day = (uint8_t)most;
  return give(ctx, call, &w);
}

static int datetime_add_seconds(gn_ctx *ctx, gn_call *call) {
  gn_when w = *self_of(call);
  int64_t n;
  if (!gn_arg_int(ctx, call, 1, &n))
    return GN_THROW;
  if (n > DAYS_MOST * 86400 || n < -DAYS_MOST * 86400 ||
      !set_us(&w, local_us(&w) + n * SECOND_US))
    return out_of_range(ctx, call);
  return give(ctx, call, &w);
}

/* self - argument in microseconds; false: thrown, they are unlike. */
static bool distance(gn_ctx *ctx, const gn_call *call, int64_t *us) {
  gn_value a = call->argv[0], b = call->argv[1];
  if (!gn_is_ptr(b) || gn_as_obj(b)->type != gn_as_obj(a)->type) {
    const char *what = gn_is(a, GN_T_DATE)   ? "a Date"
                       : gn_is(a, GN_T_TIME) ? "a Time"
                                             : "a DateTime";
    gn_throw_expects(ctx, call, what, b);
    return false;
  }
  *us = gn_when_instant(gn_when_of(a)) - gn_when_instant(gn_when_of(b));
  return true;
}

static int when_diff_days(gn_ctx *ctx, gn_call *call) {
  int64_t us;
  if (!distance(ctx, call, &us))
    return GN_THROW;
  return gn_return_int(ctx, call, us / DAY_US);
}

static int when_diff_seconds(gn_ctx *ctx, gn_call *call) {
  int64_t us;
  if (!distance(ctx, call, &us))
    return GN_THROW;
  return gn_return_int(ctx, call, us / SECOND_US);
}

static int datetime_to_i(gn_ctx *ctx, gn_call *call) {
  return gn_return_int(ctx, call,
                       floor_div(gn_when_instant(self_of(call)), 1000));
}

/* ---- format ---- */

enum { FORMAT_TEXT, FORMAT_AT, FORMAT_LOCALS };
#define FORMAT_PIECE ((size_t)4096) /* bytes between two looks at the slice */

/* Of a directive's letter: its text's length, 0 for none; -1: unknown. */
static int directive(const gn_when *w, char letter, char text[16]) {
  int minutes = w->offset < 0 ? -w->offset : w->offset;
  switch (letter) {
  case 'Y': return snprintf(text, 16, "%04u", (unsigned)w->year);
  case 'y': return snprintf(text, 16, "%02u", (unsigned)w->year % 100);
  case 'm': return snprintf(text, 16, "%02u", (unsigned)w->month);
  case 'd': return snprintf(text, 16, "%02u", (unsigned)w->day);
  case 'H': return snprintf(text, 16, "%02u", (unsigned)w->hour);
  case 'M': return snprintf(text, 16, "%02u", (unsigned)w->minute);
  case 'S': return snprintf(text, 16, "%02u", (unsigned)w->second);
  case 'f': return snprintf(text, 16, "%06u", (unsigned)w->micro);
  case 'j': return snprintf(text, 16, "%03u", (unsigned)day_of_year(w));
  case 'z':
    if (!w->has_offset)
      return 0;
    return snprintf(text, 16, "%c%02d%02d", w->offset < 0 ? '-' : '+',
                    minutes / 60, minutes % 60);
  case '%': return snprintf(text, 16, "%%");
  default: return -1;
  }
}

/* Appends what the directive at f[at] (a '%') stands for. */
static int put_directive(gn_ctx *ctx, gn_call *call, const gn_string *f,
                         size_t at) {
  const gn_when *w = self_of(call);
  const char *p = gn_str_bytes(f) + at;
  char letter = at + 1 < f->len ? p[1] : '\0', text[16];
  if (w->type == GN_T_TIME && letter && strchr("Yymdj", letter))
    return gn_throw(ctx, GN_X_ARGUMENT, NULL,
                    "format: a Time has no date for %%%c", letter);
  int n = directive(w, letter, text);
  if (n < 0) {
    bool ascii = (unsigned char)letter >= 0x20 && (unsigned char)letter < 0x7f;
    return gn_throw(ctx, GN_X_ARGUMENT, NULL,
                    "format: unknown directive %%%.*s", ascii, p + 1);
  }
  return gn_put_text(ctx, &call->locals[FORMAT_TEXT], text, (size_t)n)
             ? GN_OK
             : gn_oom(ctx);
}

static int when_format(gn_ctx *ctx, gn_call *call) {
  gn_string *f;
  if (!gn_arg_string(ctx, call, 1, &f))
    return GN_THROW;
  if (call->state == 0) {
    call->locals[FORMAT_TEXT] = GN_NIL;
    call->locals[FORMAT_AT] = gn_from_fix(0);
  }
  for (size_t at = (size_t)gn_fix(call->locals[FORMAT_AT]); at < f->len;) {
    const char *p = gn_str_bytes(f) + at;
    size_t n = f->len - at < FORMAT_PIECE ? f->len - at : FORMAT_PIECE;
    const char *mark = memchr(p, '%', n);
    if (mark != NULL)
      n = (size_t)(mark - p);
    if (!gn_put_text(ctx, &call->locals[FORMAT_TEXT], p, n))
      return gn_oom(ctx);
    at += n;
    if (mark != NULL) {
      int status = put_directive(ctx, call, f, at);
      if (status != GN_OK)
        return status;
      at += 2;
    }
    call->locals[FORMAT_AT] = gn_from_fix((int64_t)at);
    gn_charge(ctx, 1 + n / 16);
    if (at < f->len && gn_slice_over(ctx))
      return gn_pause(call, 1);
  }
  return gn_return_made(ctx, call,
                        gn_taken_text(ctx, &call->locals[FORMAT_TEXT]));
}

/* ---- making ---- */

/* Argument i as a field from lo to hi; the default when it isn't given. */
static bool field(gn_ctx *ctx, const gn_call *call, uint32_t i, int64_t lo,
                  int64_t hi, const char *name, int64_t *out) {
  if (i >= call->argc)
    return true;
  gn_value v = call->argv[i];
  if (!gn_is_int(v)) {
    const gn_class *cls = (const gn_class *)gn_as_obj(call->argv[0]);
    gn_throw(ctx, GN_X_TYPE, NULL, "%s expects an Int as %s, got %s",
             gn_str_bytes(gn_str(cls->name)), name, gn_type_cstr(ctx, v));
    return false;
  }
  *out = gn_int(v);
  if (*out >= lo && *out <= hi)
    return true;
  gn_throw(ctx, GN_X_ARGUMENT, NULL, "Invalid %s: %lld", name, (long long)*out);
  return false;
}

static bool date_fields(gn_ctx *ctx, const gn_call *call, gn_when *w) {
  int64_t year = 0, month = 0, day = 0;
  if (!field(ctx, call, 1, 1000, 9999, "year", &year) ||
      !field(ctx, call, 2, 1, 12, "month", &month) ||
      !field(ctx, call, 3, 1, gn_days_in_month((int)year, (int)month), "day",
             &day))
    return false;
  w->year = (uint16_t)year;
  w->month = (uint8_t)month;
  w->day = (uint8_t)day;
  return true;
}

/* Hour, minute and second from argument i on. */
static bool time_fields(gn_ctx *ctx, const gn_call *call, uint32_t i,
                        gn_when *w) {
  int64_t hour = 0, minute = 0, second = 0;
  if (!field(ctx, call, i, 0, 23, "hour", &hour) ||
      !field(ctx, call, i + 1, 0, 59, "minute", &minute) ||
      !field(ctx, call, i + 2, 0, 59, "second", &second))
    return false;
  w->hour = (uint8_t)hour;
  w->minute = (uint8_t)minute;
  w->second = (uint8_t)second;
  return true;
}

static int date_ctor(gn_ctx *ctx, gn_call *call) {
  gn_when w = {.type = GN_T_DATE};
  return date_fields(ctx, call, &w) ? give(ctx, call, &w) : GN_THROW;
}

static int time_ctor(gn_ctx *ctx, gn_call *call) {
  gn_when w = {.type = GN_T_TIME};
  return time_fields(ctx, call, 1, &w) ? give(ctx, call, &w) : GN_THROW;
}

static int datetime_ctor(gn_ctx *ctx, gn_call *call) {
  gn_when w = {.type = GN_T_DATETIME};
  if (!date_fields(ctx, call, &w) || !time_fields(ctx, call, 4, &w))
    return GN_THROW;
  return give(ctx, call, &w);
}

/* ---- reading ---- */

static int parse(gn_ctx *ctx, gn_call *call, enum gn_type type,
                 const char *what) {
  char message[96];
  gn_string *s;
  gn_when w;
  if (!gn_arg_string(ctx, call, 0, &s))
    return GN_THROW;
  size_t n = gn_when_scan(gn_str_bytes(s), s->len, &w, message, sizeof message);
  if (n == 0)
    return gn_throw(ctx, GN_X_PARSE, NULL, "%s", message);
  if (n < s->len || w.type != type) {
    size_t shown =
        gn_utf8_valid_prefix(gn_str_bytes(s), s->len < 60 ? s->len : 60);
    return gn_throw(ctx, GN_X_PARSE, NULL, "Invalid %s: %.*s", what, (int)shown,
                    gn_str_bytes(s));
  }
  return give(ctx, call, &w);
}

static int parse_date(gn_ctx *ctx, gn_call *call) {
  return parse(ctx, call, GN_T_DATE, "date");
}
static int parse_time(gn_ctx *ctx, gn_call *call) {
  return parse(ctx, call, GN_T_TIME, "time");
}
static int parse_datetime(gn_ctx *ctx, gn_call *call) {
  return parse(ctx, call, GN_T_DATETIME, "date-time");
}

static int datetime_from_i(gn_ctx *ctx, gn_call *call) {
  gn_when w = {.type = GN_T_DATETIME, .has_offset = true};
  int64_t ms, most = DAYS_MOST * (DAY_US / 1000);
  if (!gn_arg_int(ctx, call, 0, &ms))
    return GN_THROW;
  if (ms > most || ms < -most || !set_us(&w, ms * 1000))
    return out_of_range(ctx, call);
  return give(ctx, call, &w);
}

/* ---- the clock ---- */

static int now(gn_ctx *ctx, gn_call *call) {
  gn_when w = {.type = GN_T_DATETIME, .has_offset = true};
  if (!set_us(&w, gn_wall_us(ctx)))
    return out_of_range(ctx, call);
  return give(ctx, call, &w);
}

static int today_and(gn_ctx *ctx, gn_call *call, int days) {
  gn_when w = {.type = GN_T_DATE};
  gn_civil_from_days(floor_div(gn_wall_us(ctx), DAY_US) + days, &w);
  return give(ctx, call, &w);
}

static int today(gn_ctx *ctx, gn_call *call) {
  return today_and(ctx, call, 0);
}
static int yesterday(gn_ctx *ctx, gn_call *call) {
  return today_and(ctx, call, -1);
}
static int tomorrow(gn_ctx *ctx, gn_call *call) {
  return today_and(ctx, call, 1);
}

/* ---- rows ---- */

#define READER(name, sig, doc) GN_METHOD(#name, when_##name, 0, 0, 0, sig, doc)

#define DATE_ROWS                                                             \
  READER(year, "(d .year)", "The year."),                                     \
      READER(month, "(d .month)", "The month, 1 to 12."),                     \
      READER(day, "(d .day)", "The day of the month, from 1."),               \
      READER(weekday, "(d .weekday)", "1 for Monday to 7 for Sunday."),       \
      READER(yday, "(d .yday)", "The day of the year, from 1."),              \
      GN_METHOD("add_days", when_add_days, 1, 1, 0, "(d .add_days n)",        \
                "n days later."),                                             \
      GN_METHOD("add_months", when_add_months, 1, 1, 0, "(d .add_months n)",  \
                "n months later; the day clamped to the month's last."),      \
      GN_METHOD("diff_days", when_diff_days, 1, 1, 0, "(d .diff_days other)", \
                "Whole days from other to d.")

#define TIME_ROWS                                                             \
  READER(hour, "(t .hour)", "The hour, 0 to 23."),                            \
      READER(minute, "(t .minute)", "The minute."),                           \
      READER(second, "(t .second)", "The second."),                           \
      READER(microsecond, "(t .microsecond)", "The microseconds."),           \
      READER(offset, "(t .offset)", "Minutes east of UTC; nil: none given."), \
      READER(timezone, "(t .timezone)", "Name of the zone, UTC for Z; nil."), \
      GN_METHOD("diff_seconds", when_diff_seconds, 1, 1, 0,                   \
                "(t .diff_seconds other)", "Whole seconds from other to t.")

#define FORMAT_ROW                                                       \
  GN_METHOD("format", when_format, 1, 1, FORMAT_LOCALS, "(d .format f)", \
            "Text by %Y %y %m %d %H %M %S %f %j %z %%.")

const gn_native_def gn_date_rows[] = {
    GN_METHOD("ctor", date_ctor, 3, 3, 0, "(new Date y m d)",
              "A date; also without new."),
    DATE_ROWS, FORMAT_ROW,
    GN_METHOD("at", date_at, 1, 1, 0, "(d .at time)",
              "The DateTime of this day and a Time."),
    GN_ROWS_END};

const gn_native_def gn_time_of_day_rows[] = {
    GN_METHOD("ctor", time_ctor, 2, 3, 0, "(new Time h m [s])",
              "A time of day; also without new."),
    TIME_ROWS, FORMAT_ROW, GN_ROWS_END};

const gn_native_def gn_datetime_rows[] = {
    GN_METHOD("ctor", datetime_ctor, 3, 6, 0, "(new DateTime y m d [h mi s])",
              "A date and time without offset; also without new."),
    DATE_ROWS,
    TIME_ROWS,
    FORMAT_ROW,
    GN_METHOD("date", datetime_date, 0, 0, 0, "(t .date)", "The Date in it."),
    GN_METHOD("time", datetime_time, 0, 0, 0, "(t .time)",
              "The Time in it, without offset."),
    GN_METHOD("add_seconds", datetime_add_seconds, 1, 1, 0,
              "(t .add_seconds n)", "n seconds later."),
    GN_METHOD("to_i", datetime_to_i, 0, 0, 0, "(t .to_i)",
              "Milliseconds since 1970 in UTC; without offset read as UTC."),
    GN_ROWS_END};

const gn_native_def gn_datetime_function_rows[] = {
    GN_FUNCTION("Date/parse", parse_date, 1, 1, 0, "(Date/parse s)",
                "The Date that a literal's text stands for."),
    GN_FUNCTION("Time/parse", parse_time, 1, 1, 0, "(Time/parse s)",
                "The Time that a literal's text stands for."),
    GN_FUNCTION("DateTime/parse", parse_datetime, 1, 1, 0, "(DateTime/parse s)",
                "The DateTime that a literal's text stands for."),
    GN_FUNCTION("DateTime/from_i", datetime_from_i, 1, 1, 0,
                "(DateTime/from_i ms)",
                "The DateTime in UTC so many milliseconds after 1970."),
    GN_FUNCTION("gene/now", now, 0, 0, 0, "(gene/now)",
                "The DateTime of the wall clock in UTC."),
    GN_FUNCTION("gene/today", today, 0, 0, 0, "(gene/today)",
                "The Date of today in UTC."),
    GN_FUNCTION("gene/yesterday", yesterday, 0, 0, 0, "(gene/yesterday)",
                "The Date of yesterday in UTC."),
    GN_FUNCTION("gene/tomorrow", tomorrow, 0, 0, 0, "(gene/tomorrow)",
                "The Date of tomorrow in UTC."),
    GN_ROWS_END};
