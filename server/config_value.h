/*
 * config_value.h - numbers with units, as people write them in settings and in
 * the file of keys.
 */
#ifndef SERVER_CONFIG_VALUE_H
#define SERVER_CONFIG_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum config_unit {
  UNIT_NONE,  /* 100000, 1e9, 1_000_000 */
  UNIT_BYTES, /* 64MiB, 512k; without a unit: bytes */
  UNIT_MS,    /* 30s, 2m, 24h; without a unit: milliseconds */
  UNIT_US,    /* 200us, 1ms; without a unit: microseconds */
  UNIT_RATE,  /* 10/s, 600/m, 5/h; the number is that of ns between two */
};

/* Reads text whole. False when it is no such number or does not fit. */
bool config_read_number(const char *text, enum config_unit unit, uint64_t *out);

/* Writes a number in the largest unit that divides it, NUL-terminated; a size
 * of 32 is enough for any. */
void config_write_number(uint64_t number, enum config_unit unit, char *out,
                         size_t size);

#endif
