/*
 * config_value.c - numbers with units. Nothing here knows which settings there
 * are.
 */
#include "server/config_value.h"

#include <stdio.h>
#include <string.h>

struct suffix {
  const char *name;
  uint64_t factor;
  bool shown; /* used when numbers are written */
};

static const struct suffix no_units[] = {{"", 1, true}, {NULL, 0, false}};

static const struct suffix byte_units[] = {
    {"GiB", 1u << 30, true}, {"MiB", 1u << 20, true}, {"KiB", 1u << 10, true},
    {"G", 1u << 30, false},  {"M", 1u << 20, false},  {"k", 1u << 10, false},
    {"K", 1u << 10, false},  {"B", 1, false},         {"", 1, true},
    {NULL, 0, false},
};

static const struct suffix ms_units[] = {
    {"h", 3600000, true}, {"m", 60000, true}, {"s", 1000, true},
    {"ms", 1, true},      {"", 1, false},     {NULL, 0, false},
};

static const struct suffix us_units[] = {
    {"s", 1000000, true}, {"ms", 1000, true}, {"us", 1, true},
    {"", 1, false},       {NULL, 0, false},
};

static const struct suffix *units_of(enum config_unit unit) {
  switch (unit) {
  case UNIT_BYTES: return byte_units;
  case UNIT_MS: return ms_units;
  case UNIT_US: return us_units;
  case UNIT_NONE:
  case UNIT_RATE: break;
  }
  return no_units;
}

/* number *= factor, unless that overflows. */
static bool scale(uint64_t *number, uint64_t factor) {
  return !__builtin_mul_overflow(*number, factor, number);
}

/* Reads digits, with _ between them, and an exponent such as e9. */
static const char *read_digits(const char *at, uint64_t *out) {
  const char *start = at;
  unsigned exponent = 0;

  *out = 0;
  for (; (*at >= '0' && *at <= '9') || (*at == '_' && at != start); at++) {
    if (*at == '_')
      continue;
    if (!scale(out, 10) ||
        __builtin_add_overflow(*out, (uint64_t)(*at - '0'), out))
      return NULL;
  }
  if (at == start)
    return NULL;
  if (*at != 'e')
    return at;
  for (at++; *at >= '0' && *at <= '9' && exponent < 20; at++)
    exponent = exponent * 10 + (unsigned)(*at - '0');
  while (exponent-- > 0)
    if (!scale(out, 10))
      return NULL;
  return at;
}

/* How many make up a rate, and in what time. */
static const struct {
  const char *name;
  uint64_t ns;
} periods[] = {
    {"/s", 1000000000u}, {"/m", 60000000000u}, {"/h", 3600000000000u}};
#define PERIODS (sizeof periods / sizeof *periods)

/* *number: how many, then the time between two. */
static bool read_rate(const char *unit, uint64_t *number) {
  for (size_t i = 0; i < PERIODS; i++) {
    if (strcmp(unit, periods[i].name) != 0)
      continue;
    if (*number == 0 || *number > periods[i].ns)
      return false;
    *number = periods[i].ns / *number;
    return true;
  }
  return false;
}

/* In the shortest time in which there is a whole number. */
static void write_rate(uint64_t ns, char *out, size_t size) {
  size_t i = 0;

  while (i + 1 < PERIODS &&
         (ns > periods[i].ns || periods[i].ns / (periods[i].ns / ns) != ns))
    i++;
  snprintf(out, size, "%llu%s", (unsigned long long)(periods[i].ns / ns),
           periods[i].name);
}

bool config_read_number(const char *text, enum config_unit unit,
                        uint64_t *out) {
  const char *rest = read_digits(text, out);

  if (rest == NULL)
    return false;
  if (unit == UNIT_RATE)
    return read_rate(rest, out);
  while (*rest == ' ')
    rest++;
  for (const struct suffix *s = units_of(unit); s->name != NULL; s++)
    if (strcmp(rest, s->name) == 0)
      return scale(out, s->factor);
  return false;
}

void config_write_number(uint64_t number, enum config_unit unit, char *out,
                         size_t size) {
  if (unit == UNIT_RATE && number != 0) {
    write_rate(number, out, size);
    return;
  }
  for (const struct suffix *s = units_of(unit); s->name != NULL; s++) {
    if (!s->shown || number % s->factor != 0)
      continue;
    if (number == 0 && s->factor != 1)
      continue;
    snprintf(out, size, "%llu%s", (unsigned long long)(number / s->factor),
             s->name);
    return;
  }
}
