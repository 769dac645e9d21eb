/*
 * futures.c - GET and DELETE of /futures/{id}.
 */
#include <stdio.h>

#include "api/internal.h"
#include "server/clock.h"

#define PREFIX_LEN 9 /* of /futures/ */

/* ---- finding ------------------------------------------------------------ */

static enum http_next answer_unknown(struct http_exchange *x, bool expired) {
  static const struct problem gone = {
      .status = 410,
      .slug = "expired",
      .title = "The future has expired",
      .detail = "It was done, and has been dropped since."};
  static const struct problem unknown = {.status = 404,
                                         .slug = "unknown-future",
                                         .title = "There is no such future",
                                         .detail =
                                             "It never was, or was forgotten."};

  return problem_reply(x, expired ? &gone : &unknown);
}

/* The future of the path, or NULL with the reply made. */
static struct future *find(struct api *api, struct http_exchange *x) {
  gene_text_t path = x->request.path;
  struct future *future = NULL;
  uint8_t id[ID_BYTES];

  if (!id_read(path.ptr + PREFIX_LEN, path.len - PREFIX_LEN, id)) {
    answer_unknown(x, false);
    return NULL;
  }
  switch (registry_find(api->registry, x->owner, id, &future)) {
  case REGISTRY_FOUND: return future;
  case REGISTRY_EXPIRED: answer_unknown(x, true); break;
  case REGISTRY_UNKNOWN: answer_unknown(x, false); break;
  }
  return NULL;
}

/* ---- GET ---------------------------------------------------------------- */

static enum http_next answer_state(struct api *api, struct http_exchange *x,
                                   struct future *future, enum form form) {
  gene_text_t known = x->request.header[HTTP_IF_NONE_MATCH];
  char tag[16];
  int len = snprintf(tag, sizeof tag, "\"%u\"", future->version);

  http_field_copy(x, "ETag", tag, (size_t)len);
  http_field(x, "Cache-Control", "no-cache");
  http_field(x, "Vary", "Accept");
  if (known.ptr == NULL || !negotiate_matches(known, future->version))
    return future_reply(api, x, future, 200, form);
  x->reply.status = 304;
  x->reply.content_type = NULL;
  return HTTP_ANSWER;
}

static void on_wake(struct waiter *waiter) {
  struct pending *pending = (struct pending *)waiter;

  answer_state(pending->api, pending->x, pending->future, pending->form);
  transport_answer(pending->x);
}

/* Whether it has to be waited for at all. */
static bool is_news(const struct future *future, bool has_since,
                    uint32_t since) {
  return future->phase == PHASE_DONE || (has_since && future->version > since);
}

enum http_next future_get(struct api *api, struct http_exchange *x) {
  enum form form = negotiate_form(&x->request);
  enum query_result has_wait, has_since;
  struct pending *pending = pending_of(x);
  uint64_t wait_ms = 0;
  uint32_t since = 0;
  struct future *future;
  struct query query;

  query_decode(x->request.query, QUERY_ALL, &query);
  has_wait = query_wait(&query, &wait_ms);
  has_since = query_since(&query, &since);
  if (has_wait == QUERY_BAD || has_since == QUERY_BAD)
    return problem_bad_query(x, has_wait == QUERY_BAD ? "wait" : "since");
  future = find(api, x);
  if (future == NULL)
    return HTTP_ANSWER;
  if (wait_ms > api->config->max_wait)
    wait_ms = api->config->max_wait;
  if (wait_ms == 0 || is_news(future, has_since == QUERY_GOOD, since))
    return answer_state(api, x, future, form);
  *pending =
      (struct pending){.x = x, .api = api, .future = future, .form = form};
  pending->waiter.wake = on_wake;
  pending->waiter.until_done = has_since != QUERY_GOOD;
  pending->waiter.since = since;
  if (!registry_wait(api->registry, &pending->waiter, future,
                     clock_ns() / 1000000, wait_ms))
    return answer_state(api, x, future, form);
  return HTTP_LATER;
}

/* ---- DELETE ------------------------------------------------------------- */

enum http_next future_delete(struct api *api, struct http_exchange *x) {
  struct future *future = find(api, x);

  if (future == NULL)
    return HTTP_ANSWER;
  if (future->phase == PHASE_DONE) {
    registry_forget(api->registry, future);
    x->reply.status = 204;
    x->reply.content_type = NULL;
    return HTTP_ANSWER;
  }
  registry_pin(future);
  sched_cancel(api->sched, future, "Cancelled by request");
  future_reply(api, x, future, future->phase == PHASE_DONE ? 200 : 202,
               negotiate_form(&x->request));
  registry_unpin(future);
  return HTTP_ANSWER;
}
