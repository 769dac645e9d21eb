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

struct future *future_find(struct api *api, struct http_exchange *x,
                           gene_text_t text) {
  struct future *future = NULL;
  uint8_t id[ID_BYTES];

  if (!id_read(text.ptr, text.len, id)) {
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

/* The future of the path, or NULL with the reply made. */
static struct future *find(struct api *api, struct http_exchange *x) {
  gene_text_t path = x->request.path;
  gene_text_t id = {path.ptr + PREFIX_LEN, path.len - PREFIX_LEN};

  return future_find(api, x, id);
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

/* A value is made once, in the form that the evaluation was posted for; where
 * there is none, either form says as much. */
static bool has_form(const struct future *future, enum form form,
                     const struct query *query) {
  bool tagged = false, named = query_value(query, &tagged) == QUERY_GOOD;

  if (future->phase == PHASE_DONE && future->status != GENE_SUCCESS)
    return true;
  if (form == FORM_TAGGED || (named && tagged))
    return future->tagged;
  return !named || !future->tagged;
}

static enum http_next refuse_form(struct http_exchange *x,
                                  const struct future *future) {
  return problem_not_acceptable(
      x, future->tagged
             ? "Its value is in the tagged form, as its evaluation was posted."
             : "Its value is in the plain form; the tagged one is to be asked "
               "for when the evaluation is posted.");
}

/* What the query says. False: refused. */
static bool read_query(struct http_exchange *x, struct query *query,
                       uint64_t *wait_ms, uint32_t *since, bool *has_since) {
  const char *wrong = NULL;
  bool tagged;

  query_decode(x->request.query, QUERY_ALL, query);
  *has_since = query_since(query, since) == QUERY_GOOD;
  if (query_wait(query, wait_ms) == QUERY_BAD)
    wrong = "wait";
  else if (query_since(query, since) == QUERY_BAD)
    wrong = "since";
  else if (query_value(query, &tagged) == QUERY_BAD)
    wrong = "value";
  if (wrong != NULL)
    problem_bad_query(x, wrong);
  return wrong == NULL;
}

/* Answers when there is news of it, or the wait is over. */
static enum http_next wait_for(struct api *api, struct http_exchange *x,
                               struct future *future, uint64_t wait_ms,
                               enum form form, bool has_since, uint32_t since) {
  struct pending *pending = pending_of(x);

  if (wait_ms > api->config->max_wait)
    wait_ms = api->config->max_wait;
  if (wait_ms == 0 || is_news(future, has_since, since))
    return answer_state(api, x, future, form);
  *pending =
      (struct pending){.x = x, .api = api, .future = future, .form = form};
  pending->waiter.wake = on_wake;
  pending->waiter.until_done = !has_since;
  pending->waiter.since = since;
  if (!registry_wait(api->registry, &pending->waiter, future,
                     clock_ns() / 1000000, wait_ms))
    return answer_state(api, x, future, form);
  return HTTP_LATER;
}

enum http_next future_get(struct api *api, struct http_exchange *x) {
  enum form form = negotiate_form(&x->request);
  uint64_t wait_ms = 0;
  uint32_t since = 0;
  struct future *future;
  struct query query;
  bool has_since;

  if (!future_is_acceptable(x) ||
      !read_query(x, &query, &wait_ms, &since, &has_since))
    return HTTP_ANSWER;
  future = find(api, x);
  if (future == NULL)
    return HTTP_ANSWER;
  if (!has_form(future, form, &query))
    return refuse_form(x, future);
  return wait_for(api, x, future, wait_ms, form, has_since, since);
}

/* ---- DELETE ------------------------------------------------------------- */

enum http_next future_delete(struct api *api, struct http_exchange *x) {
  struct future *future;

  if (!future_is_acceptable(x))
    return HTTP_ANSWER;
  future = find(api, x);
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
