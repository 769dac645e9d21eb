/*
 * router.c - which handler answers which path, and what is refused before any
 * handler is asked. A new resource is one row here.
 */
#include <stdio.h>

#include "api/internal.h"
#include "api/trace.h"
#include "server/clock.h"
#include "server/log.h"

typedef enum http_next handler(struct api *api, struct http_exchange *x);

enum route {
  ROUTE_NONE, /* no such path */
  ROUTE_EVAL,
  ROUTE_BATCH,
  ROUTE_FUTURES,
  ROUTE_FUTURE,
  ROUTE_EVENTS,
  ROUTE_HEALTHZ,
  ROUTE_READYZ,
  ROUTE_VERSION,
  ROUTE_LIMITS,
  ROUTE_METRICS,
  ROUTE_CONTRACT,
  ROUTE_PAGE,
  ROUTE_PAGE_FILE,
  ROUTES,
};

struct row {
  const char *path; /* a * stands for one segment */
  const char *allow;
  handler *get, *post, *delete;
  unsigned get_query, post_query; /* the parameters that they have */
  bool open;                      /* to all, with a key or without */
};

#define READ_ONLY "GET, HEAD, OPTIONS"

#define CURSOR   QUERY_HAS(QUERY_CURSOR)
#define LABEL    QUERY_HAS(QUERY_LABEL)
#define EVENT    QUERY_HAS(QUERY_LAST_EVENT_ID)
#define LIMIT    QUERY_HAS(QUERY_LIMIT)
#define SINCE    QUERY_HAS(QUERY_SINCE)
#define STATUS   QUERY_HAS(QUERY_STATUS)
#define TIMELINE QUERY_HAS(QUERY_TIMELINE)
#define VALUE    QUERY_HAS(QUERY_VALUE)
#define WAIT     QUERY_HAS(QUERY_WAIT)

static const struct row rows[ROUTES] = {
    [ROUTE_EVAL] = {.path = "/eval",
                    .allow = "POST, OPTIONS",
                    .post = eval_post,
                    .post_query = TIMELINE | WAIT | VALUE},
    [ROUTE_BATCH] = {.path = "/eval/batch",
                     .allow = "POST, OPTIONS",
                     .post = batch_post,
                     .post_query = WAIT | VALUE},
    [ROUTE_FUTURES] = {.path = "/futures",
                       .allow = READ_ONLY,
                       .get = futures_list,
                       .get_query = CURSOR | LABEL | LIMIT | STATUS},
    [ROUTE_FUTURE] = {.path = "/futures/*",
                      .allow = "GET, HEAD, DELETE, OPTIONS",
                      .get = future_get,
                      .delete = future_delete,
                      .get_query = WAIT | SINCE | VALUE},
    [ROUTE_EVENTS] = {.path = "/futures/*/events",
                      .allow = READ_ONLY,
                      .get = events_get,
                      .get_query = EVENT | TIMELINE},
    [ROUTE_HEALTHZ] = {"/healthz", READ_ONLY, .get = misc_healthz,
                       .open = true},
    [ROUTE_READYZ] = {"/readyz", READ_ONLY, .get = misc_readyz, .open = true},
    [ROUTE_VERSION] = {"/version", READ_ONLY, .get = misc_version,
                       .open = true},
    [ROUTE_LIMITS] = {"/limits", READ_ONLY, .get = misc_limits},
    [ROUTE_METRICS] = {"/metrics", READ_ONLY, .get = misc_metrics},
    [ROUTE_CONTRACT] = {"/openapi.json", READ_ONLY, .get = page_contract,
                        .open = true},
    [ROUTE_PAGE] = {"/", READ_ONLY, .get = page_get, .open = true},
    [ROUTE_PAGE_FILE] = {"/page/*", READ_ONLY, .get = page_get, .open = true},
};

const char *const router_names[ROUTES + 1] = {
    [ROUTE_NONE] = "none",
    [ROUTE_EVAL] = "/eval",
    [ROUTE_BATCH] = "/eval/batch",
    [ROUTE_FUTURES] = "/futures",
    [ROUTE_FUTURE] = "/futures/{id}",
    [ROUTE_EVENTS] = "/futures/{id}/events",
    [ROUTE_HEALTHZ] = "/healthz",
    [ROUTE_READYZ] = "/readyz",
    [ROUTE_VERSION] = "/version",
    [ROUTE_LIMITS] = "/limits",
    [ROUTE_METRICS] = "/metrics",
    [ROUTE_CONTRACT] = "/openapi.json",
    [ROUTE_PAGE] = "/",
    [ROUTE_PAGE_FILE] = "/page/{file}",
};

_Static_assert(ROUTES < METRICS_ROUTES, "metrics have room for all routes");

static bool matches(const char *pattern, gene_text_t path) {
  size_t head = strcspn(pattern, "*");
  const char *tail = pattern[head] == '*' ? pattern + head + 1 : NULL;
  size_t tail_len = tail == NULL ? 0 : strlen(tail);
  size_t middle = path.len - head - tail_len;

  if (path.len < head + tail_len || memcmp(path.ptr, pattern, head) != 0)
    return false;
  if (tail == NULL)
    return middle == 0;
  return middle > 0 && memchr(path.ptr + head, '/', middle) == NULL &&
         memcmp(path.ptr + head + middle, tail, tail_len) == 0;
}

static enum route find(gene_text_t path) {
  for (int route = 1; route < ROUTES; route++)
    if (matches(rows[route].path, path))
      return (enum route)route;
  return ROUTE_NONE;
}

static handler *handler_of(const struct http_exchange *x) {
  const struct row *row = &rows[x->route];

  switch (x->request.method) {
  case HTTP_GET:
  case HTTP_HEAD: return row->get;
  case HTTP_POST: return row->post;
  case HTTP_DELETE: return row->delete;
  default: return NULL;
  }
}

static unsigned parameters_of(const struct http_exchange *x) {
  const struct row *row = &rows[x->route];

  switch (x->request.method) {
  case HTTP_GET:
  case HTTP_HEAD: return row->get_query;
  case HTTP_POST: return row->post_query;
  default: return 0;
  }
}

/* All that there is, so that nobody has to guess. */
static bool refuse_path(struct http_exchange *x) {
  char detail[256] = "Nothing is at this path. There are";
  size_t len = strlen(detail);

  for (int route = 1; route < ROUTES && len < sizeof detail; route++)
    len += (size_t)snprintf(detail + len, sizeof detail - len, "%s %s%s",
                            route == 1 ? "" : ",", router_names[route],
                            route == ROUTES - 1 ? "." : "");
  problem_reply(x, &(struct problem){.status = 404,
                                     .slug = "not-found",
                                     .title = "Not found",
                                     .detail = detail});
  return true;
}

/* pages: those of the request's origin may know. */
static bool refuse_method(struct http_exchange *x, bool pages) {
  const struct row *row = &rows[x->route];
  gene_text_t name = x->request.method_name;
  char detail[128];

  if (x->request.method == HTTP_OPTIONS) {
    x->reply.status = 204;
    x->reply.content_type = NULL;
    if (pages)
      cors_preflight(x, row->allow);
  } else {
    snprintf(detail, sizeof detail, "%.*s is not among what this path has: %s.",
             (int)(name.len < 40 ? name.len : 40), name.ptr, row->allow);
    problem_reply(x, &(struct problem){.status = 405,
                                       .slug = "method-not-allowed",
                                       .title = "Method not allowed",
                                       .detail = detail});
  }
  http_field(x, "Allow", row->allow);
  return true;
}

/* ---- what the transport calls ------------------------------------------- */

static bool is_open(const struct api *api, const struct http_exchange *x) {
  return rows[x->route].open ||
         (x->route == ROUTE_METRICS && api->config->metrics_public);
}

static bool on_head(void *data, struct http_exchange *x) {
  struct api *api = data;
  bool pages = cors_head(api, x);

  x->route = find(x->request.path);
  trace_begin(x);
  if (x->route == ROUTE_NONE)
    return refuse_path(x);
  if (handler_of(x) == NULL)
    return refuse_method(x, pages);
  if (is_open(api, x))
    auth_anonymous(api, x);
  else if (auth_head(api, x) ||
           (x->route != ROUTE_METRICS && auth_count(api, x)))
    return true;
  if (!query_check(x, parameters_of(x)))
    return true;
  if (x->route == ROUTE_EVAL)
    return eval_head(x);
  return x->route == ROUTE_BATCH && batch_head(x);
}

static enum http_next on_request(void *data, struct http_exchange *x) {
  return handler_of(x)(data, x);
}

/* Its id was given to nobody but the one who went away: nobody will ask. */
static void on_gone(void *data, struct http_exchange *x) {
  struct api *api = data;
  struct pending *pending = pending_of(x);
  struct future *future = pending->future;

  if (pending->batch != NULL) {
    batch_gone(pending->batch);
    return;
  }
  if (pending->large != NULL) {
    large_gone(pending->large);
    return;
  }
  registry_unwait(&pending->waiter);
  if (!pending->creator || future->id_given)
    return;
  registry_drop_when_done(future);
  sched_cancel(api->sched, future, "The client went away");
}

/* What a refusal of the transport says; it may know better than `detail`. */
static const struct problem faults[] = {
    [HTTP_FAULT_MALFORMED] = {.status = 400,
                              .slug = "malformed-request",
                              .title = "Malformed request",
                              .detail = "This is not HTTP as RFC 9112 has it."},
    [HTTP_FAULT_TIMEOUT] = {.status = 408,
                            .slug = "request-timeout",
                            .title = "The request did not arrive in time"},
    [HTTP_FAULT_BODY] = {.status = 413,
                         .slug = "script-too-large",
                         .title = "The body is too large",
                         .has_limit = true},
    [HTTP_FAULT_TARGET] = {.status = 414,
                           .slug = "target-too-long",
                           .title = "The request line is too long",
                           .detail = "Path and query are longer than any "
                                     "resource here needs."},
    [HTTP_FAULT_EXPECT] = {.status = 417,
                           .slug = "expectation-failed",
                           .title = "The only expectation met is 100-continue",
                           .detail = "The Expect header asks for something "
                                     "else than 100-continue."},
    [HTTP_FAULT_HEAD] = {.status = 431,
                         .slug = "head-too-large",
                         .title = "The head of the request is too large",
                         .detail = "Fewer or shorter headers are needed."},
    [HTTP_FAULT_CONNECTIONS] = {.status = 503,
                                .slug = "too-many-connections",
                                .title = "There are too many connections",
                                .retry_after = 1},
    [HTTP_FAULT_MEMORY] = {.status = 503,
                           .slug = "out-of-memory",
                           .title = "Out of memory",
                           .detail = "The service has no memory for this "
                                     "request at the moment.",
                           .retry_after = 1},
    [HTTP_FAULT_VERSION] = {.status = 505,
                            .slug = "http-version-not-supported",
                            .title = "This version of HTTP is not supported",
                            .detail = "HTTP/1.1 and HTTP/1.0 are spoken here."},
};

/* The details that have numbers in them. */
static void count_out(const struct api *api, const struct http_exchange *x,
                      enum http_fault fault, char *out, size_t size) {
  const struct config *config = api->config;
  gene_text_t length = x->request.header[HTTP_CONTENT_LENGTH];

  if (fault == HTTP_FAULT_BODY && length.len > 0)
    snprintf(out, size, "Content-Length says %.*s bytes; %llu are allowed.",
             (int)(length.len < 40 ? length.len : 40), length.ptr,
             (unsigned long long)config->max_body);
  else if (fault == HTTP_FAULT_BODY)
    snprintf(out, size, "The body has more than the %llu bytes allowed.",
             (unsigned long long)config->max_body);
  else if (fault == HTTP_FAULT_TIMEOUT)
    snprintf(out, size, "It was not whole after %llu ms.",
             (unsigned long long)config->connection_timeout);
  else
    snprintf(out, size, "There are %llu open connections already.",
             (unsigned long long)config->max_connections);
}

static void on_fault(void *data, struct http_exchange *x, enum http_fault fault,
                     const char *detail) {
  const struct api *api = data;
  struct problem problem = faults[fault];
  char text[128];

  if (problem.has_limit)
    problem.limit = api->config->max_body;
  if (detail != NULL)
    problem.detail = detail;
  if (problem.detail == NULL) {
    count_out(api, x, fault, text, sizeof text);
    problem.detail = text;
  }
  problem_reply(x, &problem);
  cors_head(api, x);
}

static void log_request(const struct http_exchange *x, enum log_level level,
                        uint64_t us) {
  const struct http_request *request = &x->request;
  struct log_line line;

  if (!log_begin(&line, level, "request"))
    return;
  log_text(&line, "request_id", request->id.ptr, request->id.len);
  log_text(&line, "method", request->method_name.ptr, request->method_name.len);
  log_text(&line, "path", request->path.ptr, request->path.len);
  log_int(&line, "status", x->reply.status);
  log_int(&line, "us", (int64_t)us);
  if (x->owner != 0)
    log_cstr(&line, "key", x->account->name);
  trace_log(&line, x);
  log_end(&line);
}

static void on_answered(void *data, const struct http_exchange *x) {
  struct api *api = data;
  uint64_t us = (clock_ns() - x->began_ns) / 1000;
  enum log_level level = api->config->access_log ? LOG_INFO : LOG_DEBUG;

  metrics_request(api->metrics, x->route, x->reply.status, us,
                  x->request.body.len, http_body_size(&x->reply));
  if (x->reply.status >= 500)
    level = x->reply.status == 500 ? LOG_ERROR : LOG_WARN;
  if (log_enabled(level))
    log_request(x, level, us);
}

struct http_app api_app(struct api *api) {
  return (struct http_app){
      .data = api,
      .head = on_head,
      .handle = on_request,
      .gone = on_gone,
      .fault = on_fault,
      .answered = on_answered,
  };
}
