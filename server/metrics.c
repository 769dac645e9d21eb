/*
 * metrics.c - the Prometheus text of all counters. Names follow its habits:
 * seconds and bytes, _total for what only grows.
 */
#include "server/metrics.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "build_info.h"

/* Upper bounds in microseconds; what is above the last counts in +Inf. */
static const uint64_t bounds[METRICS_BUCKETS] = {
    25,      50,      100,     250,      500,      1000,     2500,
    5000,    10000,   25000,   50000,    100000,   250000,   500000,
    1000000, 2500000, 5000000, 10000000, 30000000, 60000000,
};

void histogram_add(struct histogram *histogram, uint64_t us) {
  unsigned i = 0;

  while (i < METRICS_BUCKETS && us > bounds[i])
    i++;
  if (i < METRICS_BUCKETS)
    histogram->bucket[i]++;
  histogram->count++;
  histogram->sum_us += us;
}

void metrics_request(struct metrics *metrics, unsigned route, int status,
                     uint64_t us, uint64_t received, uint64_t sent) {
  metrics->received += received;
  metrics->sent += sent;
  if (route >= METRICS_ROUTES || status < 100 || status >= 100 + METRICS_STATUS)
    return;
  metrics->requests[route][status - 100]++;
  histogram_add(&metrics->latency[route], us);
}

__attribute__((format(printf, 2, 3))) static void put(struct buf *out,
                                                      const char *format, ...) {
  char line[256];
  va_list args;
  int len;

  va_start(args, format);
  len = vsnprintf(line, sizeof line, format, args);
  va_end(args);
  if (len > 0)
    buf_add(out, line,
            (size_t)len < sizeof line ? (size_t)len : sizeof line - 1);
}

static void head(struct buf *out, const char *name, const char *type,
                 const char *help) {
  put(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void counter(struct buf *out, const char *name, const char *help,
                    uint64_t value) {
  head(out, name, "counter", help);
  put(out, "%s %llu\n", name, (unsigned long long)value);
}

static void gauge(struct buf *out, const char *name, const char *help,
                  double value) {
  head(out, name, "gauge", help);
  put(out, "%s %.17g\n", name, value);
}

/* labels: such as route="/eval", or empty. */
static void histogram(struct buf *out, const char *name, const char *labels,
                      const struct histogram *h) {
  const char *comma = *labels == '\0' ? "" : ",";
  uint64_t below = 0;

  for (unsigned i = 0; i < METRICS_BUCKETS; i++) {
    below += h->bucket[i];
    put(out, "%s_bucket{%s%sle=\"%g\"} %llu\n", name, labels, comma,
        (double)bounds[i] / 1e6, (unsigned long long)below);
  }
  put(out, "%s_bucket{%s%sle=\"+Inf\"} %llu\n", name, labels, comma,
      (unsigned long long)h->count);
  put(out, *labels == '\0' ? "%s_sum%s %.6f\n" : "%s_sum{%s} %.6f\n", name,
      labels, (double)h->sum_us / 1e6);
  put(out, *labels == '\0' ? "%s_count%s %llu\n" : "%s_count{%s} %llu\n", name,
      labels, (unsigned long long)h->count);
}

static void requests(struct buf *out, const struct metrics *metrics,
                     const char *const *routes) {
  const char *name = "gened_http_requests_total";

  head(out, name, "counter", "Requests answered, by route and status.");
  for (unsigned r = 0; routes[r] != NULL; r++) {
    for (unsigned s = 0; s < METRICS_STATUS; s++) {
      uint64_t count = metrics->requests[r][s];

      if (count != 0)
        put(out, "%s{route=\"%s\",status=\"%u\"} %llu\n", name, routes[r],
            s + 100, (unsigned long long)count);
    }
  }
  counter(out, "gened_http_received_bytes_total", "Bodies of requests.",
          metrics->received);
  counter(out, "gened_http_sent_bytes_total", "Bodies of answers.",
          metrics->sent);
  name = "gened_http_request_seconds";
  head(out, name, "histogram", "Time from the request line to the answer.");
  for (unsigned r = 0; routes[r] != NULL; r++) {
    char label[64];

    if (metrics->latency[r].count == 0)
      continue;
    snprintf(label, sizeof label, "route=\"%s\"", routes[r]);
    histogram(out, name, label, &metrics->latency[r]);
  }
}

static void evaluations(struct buf *out, const struct metrics *metrics) {
  static const char *const outcomes[] = {"success", "failure", "cancelled"};
  static const char *const refusals[] = {"syntax", "queue", "memory",
                                         "draining"};
  static const char *const quotas[] = {"requests", "concurrency", "fuel"};
  const char *name = "gened_evaluations_total";

  head(out, name, "counter", "Evaluations ended, by outcome.");
  for (unsigned i = 0; i < METRICS_OUTCOMES; i++)
    put(out, "%s{outcome=\"%s\"} %llu\n", name, outcomes[i],
        (unsigned long long)metrics->outcomes[i]);
  name = "gened_evaluations_refused_total";
  head(out, name, "counter", "Evaluations never begun, by reason.");
  for (unsigned i = 0; i < METRICS_REFUSALS; i++)
    put(out, "%s{reason=\"%s\"} %llu\n", name, refusals[i],
        (unsigned long long)metrics->refusals[i]);
  name = "gened_quota_refusals_total";
  head(out, name, "counter", "Requests over a quota, by policy.");
  for (unsigned i = 0; i < METRICS_QUOTAS; i++)
    put(out, "%s{policy=\"%s\"} %llu\n", name, quotas[i],
        (unsigned long long)metrics->quotas[i]);
  name = "gened_evaluation_queue_seconds";
  head(out, name, "histogram", "From the request to the first slice.");
  histogram(out, name, "", &metrics->queue);
  name = "gened_evaluation_run_seconds";
  head(out, name, "histogram", "From the first slice to the end.");
  histogram(out, name, "", &metrics->run);
  name = "gened_evaluation_total_seconds";
  head(out, name, "histogram", "From the request to the end.");
  histogram(out, name, "", &metrics->total);
  counter(out, "gened_fuel_total", "Fuel used by evaluations.", metrics->fuel);
  counter(out, "gened_slices_total", "Slices run.", metrics->slices);
  head(out, "gened_evaluation_cpu_seconds_total", "counter",
       "Time spent in slices.");
  put(out, "gened_evaluation_cpu_seconds_total %.6f\n",
      (double)metrics->cpu_ns / 1e9);
}

static void reloads(struct buf *out, const struct metrics *metrics) {
  const char *name = "gened_config_reloads_total";

  head(out, name, "counter", "Settings read again while serving, by result.");
  put(out, "%s{result=\"success\"} %llu\n", name,
      (unsigned long long)metrics->reloads[METRICS_RELOADED]);
  put(out, "%s{result=\"failure\"} %llu\n", name,
      (unsigned long long)metrics->reloads[METRICS_REJECTED]);
}

static double resident_bytes(void) {
  FILE *file = fopen("/proc/self/statm", "re");
  uint64_t pages = 0;
  char text[128], *second;

  if (file == NULL)
    return 0;
  if (fgets(text, sizeof text, file) != NULL) {
    second = strchr(text, ' ');
    pages = second == NULL ? 0 : strtoull(second, NULL, 10);
  }
  fclose(file);
  return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static double seconds(struct timeval time) {
  return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void process(struct buf *out, const struct metrics_gauges *g) {
  struct rusage usage;

  getrusage(RUSAGE_SELF, &usage);
  head(out, "gened_build_info", "gauge", "Always 1; the labels tell.");
  put(out, "gened_build_info{version=\"%s\",commit=\"%s\",build=\"%s\"} 1\n",
      GENED_VERSION, GENED_COMMIT, GENED_BUILD_TYPE);
  gauge(out, "gened_uptime_seconds", "Since the start.", g->uptime_s);
  head(out, "process_cpu_seconds_total", "counter", "Of all threads.");
  put(out, "process_cpu_seconds_total %.6f\n",
      seconds(usage.ru_utime) + seconds(usage.ru_stime));
  gauge(out, "process_resident_memory_bytes", "Resident memory.",
        resident_bytes());
  counter(out, "gened_log_dropped_total", "Lines the log had no room for.",
          g->log_dropped);
  counter(out, "gened_loop_stalls_total",
          "Times the loop stood still for a second.", g->stalls);
}

static void state(struct buf *out, const struct metrics_gauges *g) {
  gauge(out, "gened_contexts_live", "Contexts.", (double)g->live);
  gauge(out, "gened_contexts_ready", "Contexts with something to run.",
        (double)g->ready);
  gauge(out, "gened_queue_length", "Evaluations waiting for room.",
        (double)g->queued);
  gauge(out, "gened_context_bytes", "Memory of all contexts.",
        (double)g->context_bytes);
  gauge(out, "gened_pool_bytes", "Warm memory not in use.",
        (double)g->pool_bytes);
  counter(out, "gened_collections_total", "Garbage collections.",
          g->collections);
  gauge(out, "gened_programs", "Compiled programs kept.",
        (double)g->cached_programs);
  gauge(out, "gened_program_bytes", "Memory of compiled programs.",
        (double)g->cached_program_bytes);
  counter(out, "gened_program_hits_total", "Programs found compiled.",
          g->cache_hits);
  counter(out, "gened_program_misses_total", "Programs compiled.",
          g->cache_misses);
  gauge(out, "gened_store_live", "Futures pending.", (double)g->store_live);
  gauge(out, "gened_store_finished", "Futures kept.",
        (double)g->store_finished);
  gauge(out, "gened_store_bytes", "Memory of futures kept.",
        (double)g->store_bytes);
  head(out, "gened_store_evicted_total", "counter",
       "Finished futures dropped: age, as they should; room, before that.");
  put(out, "gened_store_evicted_total{reason=\"age\"} %llu\n",
      (unsigned long long)g->store_expired);
  put(out, "gened_store_evicted_total{reason=\"room\"} %llu\n",
      (unsigned long long)g->store_crowded);
  gauge(out, "gened_http_connections", "Connections.", (double)g->connections);
  gauge(out, "gened_event_streams", "Event streams that are open.",
        (double)g->streams);
  gauge(out, "gened_event_rings", "Futures whose events are kept.",
        (double)g->event_rings);
  gauge(out, "gened_event_bytes", "Bytes of these events.",
        (double)g->event_bytes);
  counter(out, "gened_event_gaps_total",
          "Times that a stream was told of events lost to it.", g->event_gaps);
  gauge(out, "gened_http_in_flight", "Requests not answered yet.",
        (double)g->in_flight);
  counter(out, "gened_http_malformed_total",
          "Requests that could not be parsed at all.", g->malformed);
  if (g->tls) {
    counter(out, "gened_tls_handshakes_total", "TLS handshakes completed.",
            g->handshakes);
    gauge(out, "gened_tls_certificate_expiry_timestamp_seconds",
          "When the certificate in use ends, since 1970.", g->cert_expires_s);
  }
  gauge(out, "gened_loop_lag_seconds",
        "Longest turn of the loop in the last seconds.", g->loop_lag_s);
}

void metrics_text(const struct metrics *metrics,
                  const struct metrics_gauges *gauges,
                  const char *const *routes, struct buf *out) {
  const char *name = "gened_loop_turn_seconds";

  requests(out, metrics, routes);
  evaluations(out, metrics);
  head(out, name, "histogram", "Turns of the loop, without their sleep.");
  histogram(out, name, "", &metrics->turn);
  reloads(out, metrics);
  state(out, gauges);
  process(out, gauges);
}
