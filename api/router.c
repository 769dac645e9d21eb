/*
 * router.c - which handler answers which path, and what is refused before any
 * handler is asked. A new resource is one row here.
 */
#include "api/internal.h"
#include "server/clock.h"
#include "server/log.h"

typedef enum http_next handler(struct api *api, struct http_exchange *x);

enum route {
  ROUTE_NONE, /* no such path */
  ROUTE_EVAL,
  ROUTE_FUTURE,
  ROUTE_HEALTHZ,
  ROUTE_READYZ,
  ROUTE_VERSION,
  ROUTE_LIMITS,
  ROUTE_METRICS,
  ROUTES,
};

struct row {
  const char *path; /* a * at the end stands for one more segment */
  const char *allow;
  handler *get, *post, *delete;
};

static const struct row rows[ROUTES] = {
    [ROUTE_EVAL] = {"/eval", "POST, OPTIONS", NULL, eval_post, NULL},
    [ROUTE_FUTURE] = {"/futures/*", "GET, HEAD, DELETE, OPTIONS", future_get,
                      NULL, future_delete},
    [ROUTE_HEALTHZ] = {"/healthz", "GET, HEAD, OPTIONS", misc_healthz, NULL,
                       NULL},
    [ROUTE_READYZ] = {"/readyz", "GET, HEAD, OPTIONS", misc_readyz, NULL, NULL},
    [ROUTE_VERSION] = {"/version", "GET, HEAD, OPTIONS", misc_version, NULL,
                       NULL},
    [ROUTE_LIMITS] = {"/limits", "GET, HEAD, OPTIONS", misc_limits, NULL, NULL},
    [ROUTE_METRICS] = {"/metrics", "GET, HEAD, OPTIONS", misc_metrics, NULL,
                       NULL},
};

const char *const router_names[ROUTES + 1] = {
    [ROUTE_NONE] = "none",
    [ROUTE_EVAL] = "/eval",
    [ROUTE_FUTURE] = "/futures/{id}",
    [ROUTE_HEALTHZ] = "/healthz",
    [ROUTE_READYZ] = "/readyz",
    [ROUTE_VERSION] = "/version",
    [ROUTE_LIMITS] = "/limits",
    [ROUTE_METRICS] = "/metrics",
};

_Static_assert(ROUTES < METRICS_ROUTES, "metrics have room for all routes");

static bool matches(const char *pattern, gene_text_t path) {
  size_t len = strlen(pattern);

  if (pattern[len - 1] != '*')
    return path.len == len && memcmp(path.ptr, pattern, len) == 0;
  len--;
  return path.len > len && memcmp(path.ptr, pattern, len) == 0 &&
         memchr(path.ptr + len, '/', path.len - len) == NULL;
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

static bool refuse_method(struct http_exchange *x) {
  const struct row *row = &rows[x->route];

  if (x->request.method == HTTP_OPTIONS) {
    x->reply.status = 204;
    x->reply.content_type = NULL;
  } else {
    problem_reply(x, &(struct problem){.status = 405,
                                       .slug = "method-not-allowed",
                                       .title = "Method not allowed",
                                       .detail = "The Allow header says which "
                                                 "methods this path has."});
  }
  http_field(x, "Allow", row->allow);
  return true;
}

/* ---- what the transport calls ------------------------------------------- */

static bool on_head(void *data, struct http_exchange *x) {
  (void)data;
  x->route = find(x->request.path);
  if (x->route == ROUTE_NONE) {
    problem_not_found(x);
    return true;
  }
  if (handler_of(x) == NULL)
    return refuse_method(x);
  return x->route == ROUTE_EVAL && eval_head(x);
}

static enum http_next on_request(void *data, struct http_exchange *x) {
  return handler_of(x)(data, x);
}

/* Its id was given to nobody but the one who went away: nobody will ask. */
static void on_gone(void *data, struct http_exchange *x) {
  struct api *api = data;
  struct pending *pending = pending_of(x);
  struct future *future = pending->future;

  registry_unwait(&pending->waiter);
  if (!pending->creator || future->id_given)
    return;
  registry_drop_when_done(future);
  sched_cancel(api->sched, future, "The client went away");
}

static void on_fault(void *data, struct http_exchange *x, enum http_fault fault,
                     const char *detail) {
  const struct api *api = data;
  struct problem problem = {.detail = detail};

  switch (fault) {
  case HTTP_FAULT_MALFORMED:
    problem.status = 400;
    problem.slug = "malformed-request";
    problem.title = "Malformed request";
    break;
  case HTTP_FAULT_TIMEOUT:
    problem.status = 408;
    problem.slug = "request-timeout";
    problem.title = "The request did not arrive in time";
    break;
  case HTTP_FAULT_BODY:
    problem.status = 413;
    problem.slug = "script-too-large";
    problem.title = "The body is too large";
    problem.has_limit = true;
    problem.limit = api->config->max_body;
    break;
  case HTTP_FAULT_TARGET:
    problem.status = 414;
    problem.slug = "target-too-long";
    problem.title = "The request line is too long";
    break;
  case HTTP_FAULT_EXPECT:
    problem.status = 417;
    problem.slug = "expectation-failed";
    problem.title = "The only expectation met is 100-continue";
    break;
  case HTTP_FAULT_HEAD:
    problem.status = 431;
    problem.slug = "head-too-large";
    problem.title = "The head of the request is too large";
    break;
  case HTTP_FAULT_CONNECTIONS:
    problem.status = 503;
    problem.slug = "too-many-connections";
    problem.title = "There are too many connections";
    problem.retry_after = 1;
    break;
  case HTTP_FAULT_MEMORY:
    problem.status = 503;
    problem.slug = "out-of-memory";
    problem.title = "Out of memory";
    problem.retry_after = 1;
    break;
  case HTTP_FAULT_VERSION:
    problem.status = 505;
    problem.slug = "http-version-not-supported";
    problem.title = "This version of HTTP is not supported";
    break;
  }
  problem_reply(x, &problem);
}

static void log_request(const struct http_exchange *x, enum log_level level,
                        uint64_t us) {
  const struct http_request *request = &x->request;
  gene_text_t trace = request->header[HTTP_TRACEPARENT];
  struct log_line line;

  if (!log_begin(&line, level, "request"))
    return;
  log_text(&line, "request_id", request->id.ptr, request->id.len);
  log_text(&line, "method", request->method_name.ptr, request->method_name.len);
  log_text(&line, "path", request->path.ptr, request->path.len);
  log_int(&line, "status", x->reply.status);
  log_int(&line, "us", (int64_t)us);
  if (trace.ptr != NULL && trace.len <= 128)
    log_text(&line, "traceparent", trace.ptr, trace.len);
  log_end(&line);
}

static void on_answered(void *data, const struct http_exchange *x) {
  struct api *api = data;
  uint64_t us = (clock_ns() - x->began_ns) / 1000;
  enum log_level level = api->config->access_log ? LOG_INFO : LOG_DEBUG;

  metrics_request(api->metrics, x->route, x->reply.status, us);
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
