/*
 * metrics.h - counts of what happened, and their Prometheus text. It measures
 * nothing by itself. For the loop thread only.
 */
#ifndef SERVER_METRICS_H
#define SERVER_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/buf.h"

#define METRICS_ROUTES  24
#define METRICS_STATUS  500 /* from 100 on */
#define METRICS_BUCKETS 20

struct histogram {
  uint64_t bucket[METRICS_BUCKETS];
  uint64_t count;
  uint64_t sum_us;
};

enum metrics_outcome {
  METRICS_SUCCESS,
  METRICS_FAILURE,
  METRICS_CANCELLED,
  METRICS_OUTCOMES,
};

enum metrics_refusal {
  METRICS_SYNTAX,     /* does not compile */
  METRICS_QUEUE_FULL, /* or too long in the queue */
  METRICS_NO_MEMORY,
  METRICS_DRAINING,
  METRICS_REFUSALS,
};

enum metrics_quota {
  METRICS_QUOTA_REQUESTS,
  METRICS_QUOTA_CONCURRENCY,
  METRICS_QUOTA_FUEL,
  METRICS_QUOTAS,
};

enum metrics_reload {
  METRICS_RELOADED,
  METRICS_REJECTED, /* the settings before stay */
  METRICS_RELOADS,
};

struct metrics {
  uint64_t requests[METRICS_ROUTES][METRICS_STATUS];
  struct histogram latency[METRICS_ROUTES];
  uint64_t outcomes[METRICS_OUTCOMES];
  uint64_t refusals[METRICS_REFUSALS];
  uint64_t quotas[METRICS_QUOTAS]; /* refusals */
  uint64_t reloads[METRICS_RELOADS];
  struct histogram queue, run, total; /* of evaluations */
  uint64_t received, sent;            /* bytes of bodies */
  struct histogram turn;              /* of the loop, without its sleep */
  uint64_t fuel, cpu_ns, slices;      /* of all slices so far */
};

/* What is asked of others at the moment the text is made. */
struct metrics_gauges {
  double uptime_s;
  uint64_t live, queued, ready;
  uint64_t connections, in_flight, malformed;
  bool tls;
  uint64_t handshakes;
  double cert_expires_s; /* since 1970 */
  uint64_t streams, event_rings, event_bytes, event_gaps;
  uint64_t context_bytes, pool_bytes, collections;
  uint64_t cached_programs, cached_program_bytes, cache_hits, cache_misses;
  uint64_t store_live, store_finished, store_bytes, store_expired,
      store_crowded;
  uint64_t log_dropped, stalls;
  double loop_lag_s;
};

void histogram_add(struct histogram *histogram, uint64_t us);

/* One request answered, with so many bytes of body in and out. A route or
 * status out of range is not counted. */
void metrics_request(struct metrics *metrics, unsigned route, int status,
                     uint64_t us, uint64_t received, uint64_t sent);

/* Writes all of it. routes: names in the order of their numbers, METRICS_ROUTES
 * at most, ended by NULL. */
void metrics_text(const struct metrics *metrics,
                  const struct metrics_gauges *gauges,
                  const char *const *routes, struct buf *out);

#endif
