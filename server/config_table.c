/*
 * config_table.c - the table of settings. A new one is one row here and one
 * field in struct config; help, flag, variable, line of the file and messages
 * come from the row. Nothing is read here.
 */
#include "server/config_table.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "gene.h"
#include "server/nearest.h"

#define FIELD(name) offsetof(struct config, name)
#define ROWS(rows)  rows, sizeof(rows) / sizeof *(rows)
#define KIB         1024ull
#define MIB         (1024ull * KIB)
#define GIB         (1024ull * MIB)
#define SECOND      1000ull
#define HOUR        (3600ull * SECOND)

/* clang-format off */
static const struct setting service[] = {
    {"config", KIND_TEXT, UNIT_NONE, FIELD(file), NULL, 0, 0, "none",
     "file of settings, a line NAME = VALUE each", FIXED},
    {"listen", KIND_TEXT, UNIT_NONE, FIELD(listen), "127.0.0.1:8080", 0, 0,
     NULL, "HOST:PORT to listen on; port 0 takes a free one", FIXED},
    {"allow-anonymous", KIND_SWITCH, UNIT_NONE, FIELD(allow_anonymous), "off",
     0, 1, NULL, "serve anybody who reaches an address that is not loopback",
     FIXED},
    {"keys", KIND_TEXT, UNIT_NONE, FIELD(keys), NULL, 0, 0, "none",
     "file of API keys, see --new-key; all but /healthz, /readyz, /version, "
     "/openapi.json and the page is for their holders alone then", LIVE},
    {"metrics-public", KIND_SWITCH, UNIT_NONE, FIELD(metrics_public), "off",
     0, 1, NULL, "/metrics is for everybody, keys or not", LIVE},
    {"tls-cert", KIND_TEXT, UNIT_NONE, FIELD(tls_cert), NULL, 0, 0, "none",
     "file with the certificate, and its chain, in PEM: TLS is spoken then",
     LIVE_WHEN_SET},
    {"tls-key", KIND_TEXT, UNIT_NONE, FIELD(tls_key), NULL, 0, 0, "none",
     "file with the private key of the certificate, in PEM", LIVE_WHEN_SET},
    {"cors-origin", KIND_ORIGINS, UNIT_NONE, FIELD(cors_origin), NULL, 0, 0,
     "none", "origins whose pages may use this, such as https://example.org, "
     "with commas between; * for all", LIVE},
    {"max-connections", KIND_NUMBER, UNIT_NONE, FIELD(max_connections),
     "16000", 1, 1000000, NULL, "open connections; one more is answered 503",
     FIXED},
    {"connection-timeout", KIND_NUMBER, UNIT_MS, FIELD(connection_timeout),
     "60s", 50, HOUR, NULL, "time for a request to arrive whole, for an "
     "answer to be taken, and for a connection to be idle", LIVE},
    {"max-streams", KIND_NUMBER, UNIT_NONE, FIELD(max_streams), "12000", 0,
     1000000, NULL, "open event streams; one more is answered 503", LIVE},
    {"event-heartbeat", KIND_NUMBER, UNIT_MS, FIELD(event_heartbeat), "15s",
     50, HOUR, NULL, "silence of an event stream before a comment is sent",
     FIXED},
    {"drain-timeout", KIND_NUMBER, UNIT_MS, FIELD(drain_timeout), "8s", 0,
     HOUR, NULL, "time that running requests get to end after SIGTERM", LIVE},
    {"log-level", KIND_LEVEL, UNIT_NONE, FIELD(log_level), "info", 0, 0, NULL,
     "debug, info, warn or error", LIVE},
    {"access-log", KIND_SWITCH, UNIT_NONE, FIELD(access_log), "off", 0, 1,
     NULL, "log each request at level info", LIVE},
};

static const struct setting evaluation[] = {
    {"max-body", KIND_NUMBER, UNIT_BYTES, FIELD(max_body), "1MiB", 1, GIB,
     NULL, "body of a request, and so a script", LIVE},
    {"max-wall", KIND_NUMBER, UNIT_MS, FIELD(max_wall), "30s", 1, 24 * HOUR,
     NULL, "wall time of an evaluation, time queued not counted", LIVE},
    {"max-fuel", KIND_NUMBER, UNIT_NONE, FIELD(max_fuel), "1e9", 1,
     INT64_MAX, NULL, "fuel of an evaluation, in units", LIVE},
    {"max-memory", KIND_NUMBER, UNIT_BYTES, FIELD(max_memory), "64MiB",
     256 * KIB, 2 * GIB, NULL, "heap of an evaluation", LIVE},
    {"max-stack-depth", KIND_NUMBER, UNIT_NONE, FIELD(max_stack_depth),
     "20000", 16, 10000000, NULL, "call depth of a fiber, in frames", LIVE},
    {"max-output", KIND_NUMBER, UNIT_BYTES, FIELD(max_output), "1MiB", 1, GIB,
     NULL, "output kept; what is over is cut", LIVE},
    {"max-pending", KIND_NUMBER, UNIT_NONE, FIELD(max_pending), "100000", 1,
     10000000, NULL, "pending futures, timers and fibers of an evaluation",
     LIVE},
    {"max-regex-steps", KIND_NUMBER, UNIT_NONE, FIELD(max_regex_steps),
     "65536", 1, 1000000, NULL, "steps of one match of a regular expression; "
     "4 ms of processor time end it too", LIVE},
    {"max-nesting", KIND_NUMBER, UNIT_NONE, FIELD(max_nesting), "512", 16,
     GENE_NESTING_MAX, NULL, "nesting of source and of JSON read, that of "
     "requests too", FIXED},
    {"max-value-nesting", KIND_NUMBER, UNIT_NONE, FIELD(max_value_nesting),
     "100000", 16, 1000000, NULL, "nesting of values that are printed, "
     "compared, hashed or copied", LIVE},
    {"max-answer-nesting", KIND_NUMBER, UNIT_NONE, FIELD(max_answer_nesting),
     "512", 1, GENE_NESTING_MAX, NULL, "nesting of the value in an answer; "
     "what lies deeper is given as text", LIVE},
};

static const struct setting quota[] = {
    {"anonymous-rate", KIND_NUMBER, UNIT_RATE, FIELD(anonymous.rate_ns), NULL,
     1000, 3600 * 1000000000ull, "no limit", "requests at a rate such as 10/s, "
     "600/m or 5/h", LIVE},
    {"anonymous-burst", KIND_NUMBER, UNIT_NONE, FIELD(anonymous.burst), NULL,
     1, 1000000, "those of a second", "requests at once within that rate",
     LIVE},
    {"anonymous-concurrency", KIND_NUMBER, UNIT_NONE,
     FIELD(anonymous.concurrency), NULL, 1, 10000000, "no limit",
     "evaluations at a time", LIVE},
    {"anonymous-fuel-rate", KIND_NUMBER, UNIT_NONE, FIELD(anonymous.fuel_rate),
     NULL, 1000, 1000000000000000ull, "no limit", "fuel a second; what "
     "evaluations used beyond it, the next ones wait for", LIVE},
};

static const struct setting process[] = {
    {"memory-limit", KIND_NUMBER, UNIT_BYTES, FIELD(memory_limit), NULL,
     64 * MIB, UINT64_MAX, "that of the container or machine",
     "memory that the process may use", FIXED},
    {"max-contexts", KIND_NUMBER, UNIT_NONE, FIELD(max_contexts), "100000", 1,
     10000000, NULL, "live evaluations; what is over is queued", LIVE},
    {"max-context-bytes", KIND_NUMBER, UNIT_BYTES, FIELD(max_context_bytes),
     NULL, MIB, UINT64_MAX, "75% of memory-limit",
     "bytes of all live evaluations; what comes when it is reached is queued",
     LIVE},
    {"queue-length", KIND_NUMBER, UNIT_NONE, FIELD(queue_length), "10000", 0,
     10000000, NULL, "evaluations queued; one more is answered 503", LIVE},
    {"queue-time", KIND_NUMBER, UNIT_MS, FIELD(queue_time), "10s", 1, HOUR,
     NULL, "time in the queue before an evaluation is refused", LIVE},
    {"slice", KIND_NUMBER, UNIT_US, FIELD(slice_us), "200us", 20, 100000,
     NULL, "time an evaluation runs before others have their turn", LIVE},
    {"cancel-grace", KIND_NUMBER, UNIT_MS, FIELD(cancel_grace), "1s", 0, HOUR,
     NULL, "time a cancelled evaluation has for its finally blocks", LIVE},
    {"page-pool", KIND_NUMBER, UNIT_BYTES, FIELD(page_pool), "64MiB", MIB,
     64 * GIB, NULL, "warm memory kept for the next evaluations", FIXED},
    {"program-cache", KIND_NUMBER, UNIT_BYTES, FIELD(program_cache), "64MiB",
     MIB, 64 * GIB, NULL, "compiled programs kept", FIXED},
    {"scratch-root", KIND_TEXT, UNIT_NONE, FIELD(scratch_root), NULL, 0, 0,
     "a fresh one under $TMPDIR", "folder for private scratch folders", FIXED},
    {"scratch-bytes", KIND_NUMBER, UNIT_BYTES, FIELD(scratch_bytes), "64MiB",
     1, 1024 * GIB, NULL, "size of the scratch folder of an evaluation", FIXED},
    {"scratch-files", KIND_NUMBER, UNIT_NONE, FIELD(scratch_files), "1000", 1,
     1000000, NULL, "files in the scratch folder of an evaluation", FIXED},
};

static const struct setting results[] = {
    {"default-wait", KIND_NUMBER, UNIT_MS, FIELD(default_wait), "5s", 0, HOUR,
     NULL, "how long POST /eval waits when the request does not say", LIVE},
    {"max-wait", KIND_NUMBER, UNIT_MS, FIELD(max_wait), "60s", 0, HOUR, NULL,
     "longest wait that a request can ask for; a longer one is cut to it",
     LIVE},
    {"keep-time", KIND_NUMBER, UNIT_MS, FIELD(keep_time), "24h", 1,
     8784 * HOUR, NULL, "how long a finished evaluation can be asked for",
     LIVE},
    {"keep-count", KIND_NUMBER, UNIT_NONE, FIELD(keep_count), "1000000", 0,
     100000000, NULL, "finished evaluations kept", LIVE},
    {"keep-bytes", KIND_NUMBER, UNIT_BYTES, FIELD(keep_bytes), "1GiB", 0,
     1024 * GIB, NULL, "memory for finished evaluations (an eighth of "
     "memory-limit where that is less)", LIVE},
    {"event-bytes", KIND_NUMBER, UNIT_BYTES, FIELD(event_bytes), "64MiB", 0,
     64 * GIB, NULL, "memory for events that a stream can resume from (a "
     "sixteenth of memory-limit where that is less)", FIXED},
    {"event-keep", KIND_NUMBER, UNIT_MS, FIELD(event_keep), "60s", 0, HOUR,
     NULL, "how long they are kept when nobody follows", FIXED},
};
/* clang-format on */

static const struct {
  const struct setting *rows;
  size_t len;
  const char *title;
} sections[] = {
    {ROWS(service), "Service"},
    {ROWS(evaluation), "Limits of one evaluation"},
    {ROWS(quota),
     "Limits of all together who have no key; over them it is 429"},
    {ROWS(process), "Limits of the process"},
    {ROWS(results), "Results"},
};
#define SECTIONS (sizeof sections / sizeof *sections)

_Static_assert(sizeof service / sizeof *service +
                       sizeof evaluation / sizeof *evaluation +
                       sizeof quota / sizeof *quota +
                       sizeof process / sizeof *process +
                       sizeof results / sizeof *results <=
                   CONFIG_SETTINGS,
               "struct config has room for where each setting came from");

const char *const config_levels[CONFIG_LEVELS] = {"debug", "info", "warn",
                                                  "error"};

const struct setting *config_at(size_t number) {
  for (size_t s = 0; s < SECTIONS; s++) {
    if (number < sections[s].len)
      return &sections[s].rows[number];
    number -= sections[s].len;
  }
  return NULL;
}

const char *config_title(size_t number) {
  size_t first = 0;

  for (size_t s = 0; s < SECTIONS; s++) {
    if (number == first)
      return sections[s].title;
    first += sections[s].len;
  }
  return NULL;
}

size_t config_find(const char *name, size_t len) {
  const struct setting *setting;

  for (size_t i = 0; (setting = config_at(i)) != NULL; i++)
    if (strlen(setting->name) == len && memcmp(setting->name, name, len) == 0)
      return i;
  return SIZE_MAX;
}

const struct setting *config_nearest(const char *name, size_t len) {
  struct nearest search = {.name = name, .len = len};
  const struct setting *setting, *found = NULL;

  for (size_t i = 0; (setting = config_at(i)) != NULL; i++)
    if (nearest_look(&search, setting->name))
      found = setting;
  return found;
}

void config_variable(const struct setting *setting, char *out, size_t size) {
  assert(strlen(setting->name) + sizeof "GENED_" <= size);
  (void)size;
  memcpy(out, "GENED_", 6);
  out += 6;
  for (const char *at = setting->name; *at != '\0'; at++)
    *out++ = *at == '-' ? '_' : (char)toupper((unsigned char)*at);
  *out = '\0';
}
