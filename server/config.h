/*
 * config.h - the settings of the process: one table, read from flags, then the
 * environment, then defaults. It opens no socket and starts nothing.
 *
 * A setting NAME is the flag --NAME VALUE (or --NAME=VALUE) and the variable
 * GENED_NAME, in capitals and with _ for -. Sizes take B, KiB, MiB, GiB (also
 * k, M, G, of 1024); times take us, ms, s, m, h.
 */
#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "server/log.h"

/* All times in milliseconds, but for slice_us. */
struct config {
  const char *listen;
  bool allow_anonymous;
  uint64_t max_connections;
  uint64_t connection_timeout;
  uint64_t drain_timeout;

  uint64_t log_level; /* enum log_level */
  bool access_log;

  uint64_t max_body;
  uint64_t max_wall;
  uint64_t max_fuel;
  uint64_t max_memory;
  uint64_t max_stack_depth;
  uint64_t max_output;
  uint64_t max_pending;
  uint64_t max_regex_steps;
  uint64_t max_nesting;
  uint64_t max_value_nesting;
  uint64_t max_answer_nesting;

  uint64_t memory_limit; /* 0: what the system gives */
  uint64_t max_contexts;
  uint64_t max_context_bytes; /* 0: 75 % of the memory limit */
  uint64_t queue_length;
  uint64_t queue_time;

  uint64_t default_wait;
  uint64_t max_wait;
  uint64_t keep_time;
  uint64_t keep_count;
  uint64_t keep_bytes;

  uint64_t slice_us;
  uint64_t cancel_grace;
  uint64_t page_pool;
  uint64_t program_cache;
  const char *scratch_root; /* NULL: a fresh folder under $TMPDIR or /tmp */
  uint64_t scratch_bytes;
  uint64_t scratch_files;
};

/* What the command line asks for. */
enum config_action {
  CONFIG_RUN,
  CONFIG_HELP,
  CONFIG_VERSION,
  CONFIG_CHECK_HEALTH,
  CONFIG_BAD, /* message says which setting, its value, what is allowed */
};

/* Fills the settings. lookup gives the value of an environment variable or
 * NULL (getenv, or a test's own). The texts of argv and of the environment
 * must outlive the settings. message gets at most message_size bytes. */
enum config_action config_read(struct config *config, int argc, char **argv,
                               char *(*lookup)(const char *name), char *message,
                               size_t message_size);

/* Derives what depends on the machine: max_context_bytes, and smaller stores
 * where memory is scarce. limit: bytes that the process may use. */
void config_fit(struct config *config, uint64_t limit);

/* Writes the help, made from the table. */
void config_help(FILE *out);

/* Longest host that config_address accepts, with its NUL. */
#define CONFIG_HOST_SIZE 256

/* Splits HOST:PORT or [HOST]:PORT. False when it is neither. */
bool config_address(const char *listen, char *host, uint16_t *port);

/* Whether the host of `listen` is this machine alone: localhost, 127.x.x.x
 * or ::1. */
bool config_is_loopback(const char *host);

#endif
