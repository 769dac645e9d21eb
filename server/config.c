/*
 * config.c - the table of settings and its reader. A new setting is one row
 * here and one field in struct config; help, flag, variable and messages come
 * from the row.
 */
#include "server/config.h"

#include <arpa/inet.h>
#include <assert.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gene.h"
#include "server/config_value.h"

enum kind {
  KIND_TEXT,
  KIND_SWITCH, /* a flag alone, or 1, 0, true, false, on, off, yes, no */
  KIND_NUMBER,
  KIND_LEVEL,
};

struct setting {
  const char *name;
  enum kind kind;
  enum config_unit unit;
  size_t field;
  const char *preset; /* NULL: unset, or what `derived` says */
  uint64_t min, max;
  const char *derived;
  const char *help;
};

struct section {
  const char *title;
  const struct setting *rows;
  size_t len;
};

#define FIELD(name) offsetof(struct config, name)
#define ROWS(rows)  rows, sizeof(rows) / sizeof *(rows)
#define KIB         1024ull
#define MIB         (1024ull * KIB)
#define GIB         (1024ull * MIB)
#define SECOND      1000ull
#define HOUR        (3600ull * SECOND)

/* clang-format off */
static const struct setting service[] = {
    {"listen", KIND_TEXT, UNIT_NONE, FIELD(listen), "127.0.0.1:8080", 0, 0,
     NULL, "HOST:PORT to listen on; port 0 takes a free one"},
    {"allow-anonymous", KIND_SWITCH, UNIT_NONE, FIELD(allow_anonymous), "off",
     0, 1, NULL, "serve anybody who reaches an address that is not loopback"},
    {"max-connections", KIND_NUMBER, UNIT_NONE, FIELD(max_connections),
     "16000", 1, 1000000, NULL, "open connections; one more is answered 503"},
    {"connection-timeout", KIND_NUMBER, UNIT_MS, FIELD(connection_timeout),
     "60s", 50, HOUR, NULL, "time for a request to arrive whole, for an "
     "answer to be taken, and for a connection to be idle"},
    {"drain-timeout", KIND_NUMBER, UNIT_MS, FIELD(drain_timeout), "8s", 0,
     HOUR, NULL, "time that running requests get to end after SIGTERM"},
    {"log-level", KIND_LEVEL, UNIT_NONE, FIELD(log_level), "info", 0, 0, NULL,
     "debug, info, warn or error"},
    {"access-log", KIND_SWITCH, UNIT_NONE, FIELD(access_log), "off", 0, 1,
     NULL, "log each request at level info"},
};

static const struct setting evaluation[] = {
    {"max-body", KIND_NUMBER, UNIT_BYTES, FIELD(max_body), "1MiB", 1, GIB,
     NULL, "body of a request, and so a script"},
    {"max-wall", KIND_NUMBER, UNIT_MS, FIELD(max_wall), "30s", 1, 24 * HOUR,
     NULL, "wall time of an evaluation, time queued not counted"},
    {"max-fuel", KIND_NUMBER, UNIT_NONE, FIELD(max_fuel), "1e9", 1,
     INT64_MAX, NULL, "fuel of an evaluation, in units"},
    {"max-memory", KIND_NUMBER, UNIT_BYTES, FIELD(max_memory), "64MiB",
     256 * KIB, 2 * GIB, NULL, "heap of an evaluation"},
    {"max-stack-depth", KIND_NUMBER, UNIT_NONE, FIELD(max_stack_depth),
     "20000", 16, 10000000, NULL, "call depth of a fiber, in frames"},
    {"max-output", KIND_NUMBER, UNIT_BYTES, FIELD(max_output), "1MiB", 1, GIB,
     NULL, "output kept; what is over is cut"},
    {"max-pending", KIND_NUMBER, UNIT_NONE, FIELD(max_pending), "100000", 1,
     10000000, NULL, "pending futures, timers and fibers of an evaluation"},
    {"max-regex-steps", KIND_NUMBER, UNIT_NONE, FIELD(max_regex_steps),
     "65536", 1, 1000000, NULL, "steps of one match of a regular expression; "
     "4 ms of processor time end it too"},
    {"max-nesting", KIND_NUMBER, UNIT_NONE, FIELD(max_nesting), "512", 16,
     GENE_NESTING_MAX, NULL, "nesting of source and of JSON read, that of "
     "requests too"},
    {"max-value-nesting", KIND_NUMBER, UNIT_NONE, FIELD(max_value_nesting),
     "100000", 16, 1000000, NULL, "nesting of values that are printed, "
     "compared, hashed or copied"},
    {"max-answer-nesting", KIND_NUMBER, UNIT_NONE, FIELD(max_answer_nesting),
     "512", 1, GENE_NESTING_MAX, NULL, "nesting of the value in an answer; "
     "what lies deeper is given as text"},
};

static const struct setting process[] = {
    {"memory-limit", KIND_NUMBER, UNIT_BYTES, FIELD(memory_limit), NULL,
     64 * MIB, UINT64_MAX, "that of the container or machine",
     "memory that the process may use"},
    {"max-contexts", KIND_NUMBER, UNIT_NONE, FIELD(max_contexts), "100000", 1,
     10000000, NULL, "live evaluations; what is over is queued"},
    {"max-context-bytes", KIND_NUMBER, UNIT_BYTES, FIELD(max_context_bytes),
     NULL, MIB, UINT64_MAX, "75% of memory-limit",
     "bytes of all live evaluations; what comes when it is reached is queued"},
    {"queue-length", KIND_NUMBER, UNIT_NONE, FIELD(queue_length), "10000", 0,
     10000000, NULL, "evaluations queued; one more is answered 503"},
    {"queue-time", KIND_NUMBER, UNIT_MS, FIELD(queue_time), "10s", 1, HOUR,
     NULL, "time in the queue before an evaluation is refused"},
    {"slice", KIND_NUMBER, UNIT_US, FIELD(slice_us), "200us", 20, 100000,
     NULL, "time an evaluation runs before others have their turn"},
    {"cancel-grace", KIND_NUMBER, UNIT_MS, FIELD(cancel_grace), "1s", 0, HOUR,
     NULL, "time a cancelled evaluation has for its finally blocks"},
    {"page-pool", KIND_NUMBER, UNIT_BYTES, FIELD(page_pool), "64MiB", MIB,
     64 * GIB, NULL, "warm memory kept for the next evaluations"},
    {"program-cache", KIND_NUMBER, UNIT_BYTES, FIELD(program_cache), "64MiB",
     MIB, 64 * GIB, NULL, "compiled programs kept"},
    {"scratch-root", KIND_TEXT, UNIT_NONE, FIELD(scratch_root), NULL, 0, 0,
     "a fresh one under $TMPDIR", "folder for private scratch folders"},
    {"scratch-bytes", KIND_NUMBER, UNIT_BYTES, FIELD(scratch_bytes), "64MiB",
     1, 1024 * GIB, NULL, "size of the scratch folder of an evaluation"},
    {"scratch-files", KIND_NUMBER, UNIT_NONE, FIELD(scratch_files), "1000", 1,
     1000000, NULL, "files in the scratch folder of an evaluation"},
};

static const struct setting results[] = {
    {"default-wait", KIND_NUMBER, UNIT_MS, FIELD(default_wait), "5s", 0, HOUR,
     NULL, "how long POST /eval waits when the request does not say"},
    {"max-wait", KIND_NUMBER, UNIT_MS, FIELD(max_wait), "60s", 0, HOUR, NULL,
     "longest wait that a request can ask for; a longer one is cut to it"},
    {"keep-time", KIND_NUMBER, UNIT_MS, FIELD(keep_time), "24h", 1,
     8784 * HOUR, NULL, "how long a finished evaluation can be asked for"},
    {"keep-count", KIND_NUMBER, UNIT_NONE, FIELD(keep_count), "1000000", 0,
     100000000, NULL, "finished evaluations kept"},
    {"keep-bytes", KIND_NUMBER, UNIT_BYTES, FIELD(keep_bytes), "1GiB", 0,
     1024 * GIB, NULL, "memory for finished evaluations (an eighth of "
     "memory-limit where that is less)"},
};
/* clang-format on */

static const struct section sections[] = {
    {"Service", ROWS(service)},
    {"Limits of one evaluation", ROWS(evaluation)},
    {"Limits of the process", ROWS(process)},
    {"Results", ROWS(results)},
};
#define SECTIONS (sizeof sections / sizeof *sections)

static const char *const levels[] = {"debug", "info", "warn", "error"};

struct reader {
  struct config *config;
  char *message;
  size_t message_size;
};

__attribute__((format(printf, 2, 3))) static bool
complain(const struct reader *reader, const char *format, ...) {
  va_list args;

  va_start(args, format);
  vsnprintf(reader->message, reader->message_size, format, args);
  va_end(args);
  return false;
}

static void *field_of(struct config *config, const struct setting *setting) {
  return (char *)config + setting->field;
}

static bool take_switch(const struct reader *reader,
                        const struct setting *setting, const char *value) {
  static const char *const yes[] = {"1", "true", "on", "yes"};
  static const char *const no[] = {"0", "false", "off", "no"};
  bool *field = field_of(reader->config, setting);

  for (size_t i = 0; i < 4; i++) {
    if (strcasecmp(value, yes[i]) == 0 || strcasecmp(value, no[i]) == 0) {
      *field = strcasecmp(value, yes[i]) == 0;
      return true;
    }
  }
  return complain(reader, "%s: '%.80s' is neither on nor off", setting->name,
                  value);
}

static bool take_level(const struct reader *reader,
                       const struct setting *setting, const char *value) {
  uint64_t *field = field_of(reader->config, setting);

  for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
    if (strcmp(value, levels[i]) == 0) {
      *field = i;
      return true;
    }
  }
  return complain(reader, "%s: '%.80s' is not one of debug, info, warn, error",
                  setting->name, value);
}

static bool take_number(const struct reader *reader,
                        const struct setting *setting, const char *value) {
  static const char *const wanted[] = {
      [UNIT_NONE] = "a number such as 1000 or 1e6",
      [UNIT_BYTES] = "a size such as 512KiB or 64MiB",
      [UNIT_MS] = "a time such as 500ms, 30s or 2m",
      [UNIT_US] = "a time such as 200us or 1ms",
  };
  uint64_t *field = field_of(reader->config, setting);
  char low[32], high[32];

  if (!config_read_number(value, setting->unit, field))
    return complain(reader, "%s: '%.80s' is not %s", setting->name, value,
                    wanted[setting->unit]);
  if (*field >= setting->min && *field <= setting->max)
    return true;
  config_write_number(setting->min, setting->unit, low, sizeof low);
  config_write_number(setting->max, setting->unit, high, sizeof high);
  return complain(reader, "%s: '%.80s' is not between %s and %s", setting->name,
                  value, low, high);
}

static bool take(const struct reader *reader, const struct setting *setting,
                 const char *value) {
  switch (setting->kind) {
  case KIND_SWITCH: return take_switch(reader, setting, value);
  case KIND_LEVEL: return take_level(reader, setting, value);
  case KIND_NUMBER: return take_number(reader, setting, value);
  case KIND_TEXT: break;
  }
  if (*value == '\0')
    return complain(reader, "%s: the value is empty", setting->name);
  *(const char **)field_of(reader->config, setting) = value;
  return true;
}

/* GENED_MAX_BODY for max-body. */
static void variable_of(const struct setting *setting, char *out, size_t size) {
  int len = snprintf(out, size, "GENED_%s", setting->name);

  assert(len > 0 && (size_t)len < size);
  for (char *at = out; *at != '\0'; at++)
    *at = *at == '-' ? '_' : (char)toupper((unsigned char)*at);
  (void)len;
}

static bool read_presets(const struct reader *reader,
                         char *(*lookup)(const char *name)) {
  for (size_t s = 0; s < SECTIONS; s++) {
    for (size_t i = 0; i < sections[s].len; i++) {
      const struct setting *setting = &sections[s].rows[i];
      const char *value = setting->preset;
      char variable[64];

      variable_of(setting, variable, sizeof variable);
      if (lookup(variable) != NULL)
        value = lookup(variable);
      if (value != NULL && !take(reader, setting, value))
        return false;
    }
  }
  return true;
}

static const struct setting *find(const char *name, size_t len) {
  for (size_t s = 0; s < SECTIONS; s++) {
    for (size_t i = 0; i < sections[s].len; i++) {
      const struct setting *setting = &sections[s].rows[i];

      if (strncmp(setting->name, name, len) == 0 && setting->name[len] == '\0')
        return setting;
    }
  }
  return NULL;
}

/* Reads one flag and its value; moves *at past them. */
static bool read_flag(const struct reader *reader, int argc, char **argv,
                      int *at) {
  const char *flag = argv[(*at)++];
  const struct setting *setting;
  size_t len;

  if (strncmp(flag, "--", 2) != 0)
    return complain(reader, "'%.80s': not a flag; see --help", flag);
  len = strcspn(flag + 2, "=");
  setting = find(flag + 2, len);
  if (setting == NULL)
    return complain(reader, "'%.80s': no such flag; see --help", flag);
  if (flag[2 + len] == '=')
    return take(reader, setting, flag + 2 + len + 1);
  if (setting->kind == KIND_SWITCH)
    return take(reader, setting, "on");
  if (*at >= argc)
    return complain(reader, "%s: the value is missing", setting->name);
  return take(reader, setting, argv[(*at)++]);
}

static bool check_listen(const struct reader *reader) {
  const struct config *config = reader->config;
  char host[CONFIG_HOST_SIZE];
  uint16_t port;

  if (!config_address(config->listen, host, &port))
    return complain(reader, "listen: '%.80s' is not HOST:PORT or [HOST]:PORT",
                    config->listen);
  if (config->allow_anonymous || config_is_loopback(host))
    return true;
  return complain(reader,
                  "listen: '%.80s' is reachable by others; switch on "
                  "allow-anonymous (GENED_ALLOW_ANONYMOUS=1) to serve "
                  "anybody there",
                  config->listen);
}

enum config_action config_read(struct config *config, int argc, char **argv,
                               char *(*lookup)(const char *name), char *message,
                               size_t message_size) {
  struct reader reader = {config, message, message_size};
  enum config_action action = CONFIG_RUN;

  *config = (struct config){0};
  if (!read_presets(&reader, lookup))
    return CONFIG_BAD;
  for (int at = 1; at < argc;) {
    if (strcmp(argv[at], "--help") == 0 || strcmp(argv[at], "-h") == 0)
      return CONFIG_HELP;
    if (strcmp(argv[at], "--version") == 0)
      return CONFIG_VERSION;
    if (strcmp(argv[at], "--check-health") == 0) {
      action = CONFIG_CHECK_HEALTH;
      at++;
    } else if (!read_flag(&reader, argc, argv, &at)) {
      return CONFIG_BAD;
    }
  }
  if (action == CONFIG_RUN && !check_listen(&reader))
    return CONFIG_BAD;
  return action;
}

void config_fit(struct config *config, uint64_t limit) {
  if (config->memory_limit == 0)
    config->memory_limit = limit;
  if (config->max_context_bytes == 0)
    config->max_context_bytes = config->memory_limit / 4 * 3;
  if (config->keep_bytes > config->memory_limit / 8)
    config->keep_bytes = config->memory_limit / 8;
  if (config->page_pool > config->memory_limit / 8)
    config->page_pool = config->memory_limit / 8;
  if (config->program_cache > config->memory_limit / 16)
    config->program_cache = config->memory_limit / 16;
}

/* Prints text from column 26 on, broken at spaces before column 80. */
static void wrap(FILE *out, const char *text) {
  const size_t width = 52;

  while (strlen(text) > width) {
    size_t len = width;

    while (len > 0 && text[len] != ' ')
      len--;
    if (len == 0)
      len = width;
    fprintf(out, "%.*s\n%26s", (int)len, text, "");
    text += len;
    text += strspn(text, " ");
  }
  fprintf(out, "%s\n", text);
}

static void help_row(FILE *out, const struct setting *setting) {
  char text[512];

  if (setting->kind == KIND_SWITCH)
    snprintf(text, sizeof text, "%s", setting->help);
  else if (setting->preset == NULL)
    snprintf(text, sizeof text, "%s [%s]", setting->help, setting->derived);
  else
    snprintf(text, sizeof text, "%s [%s]", setting->help, setting->preset);
  fprintf(out, "  --%-21s ", setting->name);
  wrap(out, text);
}

void config_help(FILE *out) {
  fputs("gened - evaluates Gene scripts that arrive over HTTP\n\n"
        "Usage: gened [--NAME VALUE | --NAME=VALUE]...\n\n"
        "Each setting is also an environment variable: --max-body is "
        "GENED_MAX_BODY.\n"
        "A flag goes before its variable. Defaults are in brackets.\n"
        "Sizes: 512KiB, 64MiB, 1GiB (or K, M, G); a number alone is bytes.\n"
        "Times: 500ms, 30s, 2m, 24h; a number alone is milliseconds, of slice\n"
        "microseconds (200us).\n",
        out);
  for (size_t s = 0; s < SECTIONS; s++) {
    fprintf(out, "\n%s:\n", sections[s].title);
    for (size_t i = 0; i < sections[s].len; i++)
      help_row(out, &sections[s].rows[i]);
  }
  fputs("\nInstead of serving:\n"
        "  --help                  print this and exit\n"
        "  --version               print the version and exit\n"
        "  --check-health          ask the service at the listen address "
        "whether it is\n"
        "                          alive; exit code 0: yes, 1: no\n",
        out);
}

bool config_address(const char *listen, char *host, uint16_t *port) {
  const char *colon = strrchr(listen, ':');
  uint64_t number;
  size_t len;

  if (colon == NULL || !config_read_number(colon + 1, UNIT_NONE, &number) ||
      number > UINT16_MAX)
    return false;
  len = (size_t)(colon - listen);
  if (len >= 2 && listen[0] == '[' && listen[len - 1] == ']') {
    listen++;
    len -= 2;
  } else if (memchr(listen, ':', len) != NULL) {
    return false;
  }
  if (len == 0 || len >= CONFIG_HOST_SIZE)
    return false;
  memcpy(host, listen, len);
  host[len] = '\0';
  *port = (uint16_t)number;
  return true;
}

bool config_is_loopback(const char *host) {
  struct in_addr v4;

  if (strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0)
    return true;
  return inet_pton(AF_INET, host, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127;
}
