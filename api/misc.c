/*
 * misc.c - what operators ask: alive, ready, which build, which limits, how
 * much of everything.
 */
#include <jansson.h>

#include "api/internal.h"
#include "build_info.h"
#include "server/clock.h"
#include "server/log.h"
#include "server/machine.h"
#include "server/transport.h"

/* A loop that turned slower than this of late is not ready for more. */
#define LAG_MAX_US 500000

static enum http_next reply_json(struct http_exchange *x) {
  x->reply.status = 200;
  x->reply.content_type = TYPE_JSON;
  http_field(x, "Cache-Control", "no-store");
  return HTTP_ANSWER;
}

enum http_next misc_healthz(struct api *api, struct http_exchange *x) {
  (void)api;
  json_lit(&x->reply.body, "{\"status\":\"alive\"}\n");
  return reply_json(x);
}

/* Requests that wait for a thread, or have one. */
static size_t in_pool(const struct api *api) {
  return api->work == NULL ? 0 : api->work->waiting + api->work->running;
}

/* Fills in why the service is not ready; returns how many reasons. */
static size_t unready(struct api *api, const char **reasons) {
  const struct config *config = api->config;
  struct sched_stats stats;
  size_t len = 0;

  sched_stats(api->sched, &stats);
  if (api->draining)
    reasons[len++] = "The service is stopping.";
  stats.queued += in_pool(api);
  if (stats.queued > 0 && stats.queued >= config->queue_length / 2)
    reasons[len++] = "The queue of evaluations is half full.";
  if (stats.core.context_bytes >= config->max_context_bytes)
    reasons[len++] = "The memory for evaluations is used up.";
  if (api->watchdog != NULL && watchdog_lag_us(api->watchdog) > LAG_MAX_US)
    reasons[len++] = "The loop was slow to turn within the last seconds.";
  return len;
}

enum http_next misc_readyz(struct api *api, struct http_exchange *x) {
  const char *reasons[8] = {NULL};

  if (unready(api, reasons) > 0)
    return problem_reply(x, &(struct problem){.status = 503,
                                              .slug = "not-ready",
                                              .title = "Not ready",
                                              .detail = reasons[0],
                                              .reasons = reasons,
                                              .retry_after = 1});
  json_lit(&x->reply.body, "{\"status\":\"ready\"}\n");
  return reply_json(x);
}

static void put_pair(struct buf *out, const char *name, const char *text) {
  buf_byte(out, out->ptr != NULL && out->ptr[out->len - 1] == '{' ? ' ' : ',');
  json_text(out, name, strlen(name));
  buf_byte(out, ':');
  json_text(out, text, strlen(text));
}

enum http_next misc_version(struct api *api, struct http_exchange *x) {
  struct buf *out = &x->reply.body;

  (void)api;
  json_lit(out, "{\"name\":\"gened\"");
  put_pair(out, "version", GENED_VERSION);
  put_pair(out, "commit", GENED_COMMIT);
  put_pair(out, "build", GENED_BUILD_TYPE);
  put_pair(out, "compiler", GENED_COMPILER);
  json_lit(out, ",\"libraries\":{\"libuv\":");
  json_text(out, machine_loop_version(), strlen(machine_loop_version()));
  put_pair(out, "jansson", jansson_version_str());
  put_pair(out, "libmicrohttpd", transport_library_version());
  json_lit(out, "}}\n");
  return reply_json(x);
}

/* The names of what is granted. */
static void put_grants(struct buf *out, const struct grants *own) {
  static const struct {
    uint32_t capability;
    const char *name;
  } names[] = {
      {GENE_CAP_FS, "fs"}, {GENE_CAP_NET, "net"}, {GENE_CAP_ENV, "env"}};
  const char *db = own->databases;
  const char *comma = "";

  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if ((own->capabilities & names[i].capability) == 0)
      continue;
    buf_str(out, comma);
    json_text(out, names[i].name, strlen(names[i].name));
    comma = ",";
  }
  while (db != NULL && *db != '\0') {
    size_t len = strcspn(db, ",");

    buf_str(out, comma);
    json_lit(out, "\"db:");
    buf_add(out, db, len);
    buf_byte(out, '"');
    comma = ",";
    db += len + (db[len] == ',');
  }
}

/* A number, or null where there is no limit. */
static void put_quota(struct buf *out, const char *name, uint64_t number) {
  json_lit(out, ",\"");
  buf_str(out, name);
  json_lit(out, "\":");
  json_number_or_null(out, number);
}

static void put_quotas(struct buf *out, const struct quota_limits *limits) {
  json_lit(out, ",\"requests_per_s\":");
  if (limits->rate_ns == 0)
    json_lit(out, "null");
  else
    json_double(out, 1e9 / (double)limits->rate_ns);
  put_quota(out, "burst", limits->rate_ns == 0 ? 0 : quota_burst(limits));
  put_quota(out, "concurrency", limits->concurrency);
  put_quota(out, "fuel_per_s", limits->fuel_rate);
}

static void put_caller(struct buf *out, const struct account *account,
                       const struct grants *own) {
  json_lit(out, ",\"key\":");
  if (account == NULL || account->name == NULL)
    json_lit(out, "null");
  else
    json_text(out, account->name, strlen(account->name));
  json_lit(out, ",\"grants\":[");
  put_grants(out, own);
  buf_byte(out, ']');
  put_quotas(out, &own->quota);
}

enum http_next misc_limits(struct api *api, struct http_exchange *x) {
  static const struct grants none;
  const struct config *c = api->config;
  const struct grants *own = x->account != NULL ? &x->account->grants : &none;
  struct buf *out = &x->reply.body;

  json_lit(out, "{\"body_bytes\":");
  buf_u64(out, c->max_body);
  json_field(out, "wall_ms", account_cap(c->max_wall, own->max_wall));
  json_field(out, "fuel", account_cap(c->max_fuel, own->max_fuel));
  json_field(out, "memory_bytes", account_cap(c->max_memory, own->max_memory));
  json_field(out, "stack_depth", c->max_stack_depth);
  json_field(out, "output_bytes", account_cap(c->max_output, own->max_output));
  json_field(out, "pending", c->max_pending);
  json_field(out, "regex_steps", c->max_regex_steps);
  json_field(out, "nesting", c->max_nesting);
  json_field(out, "value_nesting", c->max_value_nesting);
  json_field(out, "answer_nesting", c->max_answer_nesting);
  json_field(out, "contexts", c->max_contexts);
  json_field(out, "context_bytes", c->max_context_bytes);
  json_field(out, "queue_length", c->queue_length);
  json_field(out, "queue_ms", c->queue_time);
  json_field(out, "default_wait_ms", c->default_wait);
  json_field(out, "wait_ms", c->max_wait);
  json_field(out, "keep_ms", c->keep_time);
  json_field(out, "keep_count", c->keep_count);
  json_field(out, "keep_bytes", c->keep_bytes);
  json_field(out, "scratch_bytes", c->scratch_bytes);
  json_field(out, "scratch_files", c->scratch_files);
  put_caller(out, x->account, own);
  json_lit(out, "}\n");
  return reply_json(x);
}

static void gather_tls(const struct tls_cert *cert, struct metrics_gauges *g) {
  g->tls = cert != NULL;
  if (!g->tls)
    return;
  g->handshakes = tls_handshakes();
  g->cert_expires_s = (double)tls_expires(cert);
}

static void gather(struct api *api, struct metrics_gauges *g) {
  struct registry_stats store;
  struct events_stats events;
  struct sched_stats sched;

  sched_stats(api->sched, &sched);
  events_stats(api->events, &events);
  registry_stats(api->registry, &store);
  *g = (struct metrics_gauges){
      .uptime_s = (double)(clock_ns() - api->started_ns) / 1e9,
      .live = sched.live,
      .queued = sched.queued + in_pool(api),
      .ready = sched.ready,
      .context_bytes = sched.core.context_bytes,
      .pool_bytes = sched.core.pool_bytes,
      .collections = sched.core.collections,
      .cached_programs = sched.core.cached_programs,
      .cached_program_bytes = sched.core.cached_program_bytes,
      .cache_hits = sched.core.cache_hits,
      .cache_misses = sched.core.cache_misses,
      .store_live = store.live,
      .store_finished = store.finished,
      .store_bytes = store.bytes,
      .store_expired = store.expired,
      .store_crowded = store.crowded,
      .event_rings = events.followed,
      .event_bytes = events.bytes,
      .event_gaps = events.gaps,
      .log_dropped = log_dropped(),
  };
  if (api->transport != NULL) {
    g->connections = transport_connections(api->transport);
    g->streams = transport_streams(api->transport);
    g->in_flight = transport_in_flight(api->transport);
    g->malformed = transport_malformed(api->transport);
    gather_tls(transport_cert(api->transport), g);
  }
  if (api->watchdog != NULL) {
    g->loop_lag_s = (double)watchdog_lag_us(api->watchdog) / 1e6;
    g->stalls = watchdog_stalls(api->watchdog);
  }
}

enum http_next misc_metrics(struct api *api, struct http_exchange *x) {
  struct metrics_gauges gauges;

  gather(api, &gauges);
  metrics_text(api->metrics, &gauges, router_names, &x->reply.body);
  x->reply.status = 200;
  x->reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
  return HTTP_ANSWER;
}
