/*
 * config.h - the settings of the process, out of one table. What a flag says
 * goes before the environment, that before the file, that before the default.
 * It opens no socket and starts nothing.
 *
 * A setting NAME is the flag --NAME VALUE (or --NAME=VALUE), the variable
 * GENED_NAME, in capitals and with _ for -, and the line NAME = VALUE of the
 * file. Sizes take B, KiB, MiB, GiB (also k, M, G, of 1024); times take us,
 * ms, s, m, h.
 */
#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "server/log.h"
#include "server/quota.h"

enum config_source {
  CONFIG_DEFAULT,
  CONFIG_FILE,
  CONFIG_VARIABLE,
  CONFIG_FLAG,
};

/* Room for so many settings. */
#define CONFIG_SETTINGS 80

/* All times in milliseconds, but for slice_us. Texts are its own. */
struct config {
  const char *file; /* NULL: none */
  const char *listen;
  bool allow_anonymous;
  const char *keys; /* NULL: none are asked for */
  bool metrics_public;
  const char *tls_cert, *tls_key; /* both or none */
  const char *cors_origin;        /* origins, or *; NULL: none */
  uint64_t max_connections;
  uint64_t connection_timeout;
  uint64_t max_streams;
  uint64_t event_heartbeat;
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

  struct quota_limits anonymous; /* of all without a key together */

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
  uint64_t event_bytes;
  uint64_t event_keep;

  uint64_t slice_us;
  uint64_t cancel_grace;
  uint64_t page_pool;
  uint64_t program_cache;
  const char *scratch_root; /* NULL: a fresh folder under $TMPDIR or /tmp */
  uint64_t scratch_bytes;
  uint64_t scratch_files;

  const char *new_key; /* a name out of argv */

  struct {
    uint8_t source; /* enum config_source */
    uint32_t line;  /* of the file */
  } origin[CONFIG_SETTINGS];
};

/* What the command line asks for. */
enum config_action {
  CONFIG_RUN,
  CONFIG_HELP,
  CONFIG_VERSION,
  CONFIG_CHECK_HEALTH,
  CONFIG_CHECK,   /* the settings, without serving */
  CONFIG_NEW_KEY, /* for new_key */
};

/* What is wrong: a line for each fault, without a newline behind the last. */
struct config_faults {
  size_t len; /* of text; 0: nothing is wrong */
  char text[4096];
};

/* Adds a line; what there is no room for is left out. */
void config_fault(struct config_faults *faults, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Fills the settings, as far as nothing is wrong with them: each fault names
 * the setting, where it was set, its value and what is allowed. lookup gives
 * the value of an environment variable or NULL (getenv, or a test's own). Free
 * them in either case. */
enum config_action config_read(struct config *config, int argc, char **argv,
                               char *(*lookup)(const char *name),
                               struct config_faults *faults);
void config_free(struct config *config);

/* Whether nobody but this machine reaches the address, or keys are asked for,
 * or all may. Else adds a fault. */
bool config_may_listen(const struct config *config,
                       struct config_faults *faults);

/* Tells of variables that are no settings but look like misspelt ones, a line
 * each. (Others may begin with GENED_ too: Kubernetes sets some for a service
 * of that name.) */
void config_misspelt(char *const *environment, struct config_faults *out);

/* Brings fresh settings into force that were read while the service runs: those
 * that can change then become those of `config`, the others stay. Calls `told`
 * for each that differs; changed: it is in force now. Free `fresh` then. */
void config_apply(struct config *config, struct config *fresh,
                  void (*told)(void *data, const char *name, bool changed),
                  void *data);

/* Writes each setting as a line of the file, with where it comes from. */
void config_show(const struct config *config, FILE *out);

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
