/*
 * internal.h - what the handlers share. Nobody outside of api/ includes it.
 */
#ifndef API_INTERNAL_H
#define API_INTERNAL_H

#include "api/api.h"
#include "api/json_out.h"
#include "api/query.h"
#include "server/account.h"

#define TYPE_JSON   "application/json"
#define TYPE_TAGGED "application/vnd.gene+json"
#define TYPE_TEXT   "text/plain; charset=utf-8"

/* ---- problem.c ---- */

/* A refusal as application/problem+json. Zero fields are left out. */
struct problem {
  int status;
  const char *slug; /* of the type URI, /problems/slug */
  const char *title;
  const char *detail;
  const char *field; /* of the request: a path such as limits.fuel */
  bool has_limit;
  uint64_t limit;
  uint64_t line, column;
  const char *source_line;
  uint64_t caret;
  uint64_t retry_after;       /* seconds; also sets Retry-After */
  const char *const *reasons; /* ended by NULL */
  const char *policy;         /* of a quota that is used up */
};

/* Makes it the reply, in place of what was in it. Always HTTP_ANSWER. */
enum http_next problem_reply(struct http_exchange *x,
                             const struct problem *problem);

/* Writes it as an object. instance: the path of the request; empty: none. */
void problem_json(struct buf *out, const struct problem *problem,
                  gene_text_t instance);

/* The refusals that many have in common. */
extern const struct problem problem_of_memory;
enum http_next problem_no_memory(struct http_exchange *x);
enum http_next problem_not_acceptable(struct http_exchange *x,
                                      const char *detail);
/* field: the parameter whose value is none, such as "wait". */
enum http_next problem_bad_query(struct http_exchange *x, const char *field);

/* ---- negotiate.c ---- */

enum form {
  FORM_JSON,   /* application/json */
  FORM_TEXT,   /* text/plain */
  FORM_TAGGED, /* application/vnd.gene+json */
  FORM_NONE,   /* nothing that we have: 406 */
};

/* What the client likes best of what we have. */
enum form negotiate_form(const struct http_request *request);

/* Whether a client takes this media type. */
bool negotiate_accepts(const struct http_request *request, const char *type);

enum content { CONTENT_TEXT, CONTENT_JSON, CONTENT_UNKNOWN };

/* What the body is. Without a Content-Type it is taken for a script. */
enum content negotiate_content(const struct http_request *request);

struct prefer {
  bool respond_async;
  bool has_wait;
  uint64_t wait_ms;
};

/* Preferences that can't be understood are ignored (RFC 7240). */
struct prefer negotiate_prefer(const struct http_request *request);

/* Digits with at most three decimals that count, in thousandths. */
bool negotiate_thousandths(gene_text_t text, uint64_t *out);

/* A version, a whole number. */
bool negotiate_version(gene_text_t text, uint32_t *version);

/* An id of an event, as Last-Event-ID has it. */
bool negotiate_event_id(gene_text_t text, uint64_t *id);

/* Whether the client can do with gzip; unasked nobody gets it. */
bool negotiate_gzip(const struct http_request *request);

/* Whether If-None-Match holds this tag, which has its quotes. */
bool negotiate_has_tag(gene_text_t if_none_match, const char *tag);

/* Whether If-None-Match holds this version. */
bool negotiate_matches(gene_text_t if_none_match, uint32_t version);

/* ---- future_json.c ---- */

/* Writes the whole Future resource. */
void future_json(struct buf *out, const struct future *future,
                 struct outcome *outcome, uint64_t keep_ms);

/* What a status (enum gene_status) is called. */
const char *future_status_name(uint8_t status);
const char *future_phase_name(uint8_t phase); /* of enum future_phase */

/* Adds the resource in its present state to the body of a reply, which takes
 * long texts as they lie. */
void future_add(struct api *api, struct http_reply *reply,
                struct future *future);

/* Output and value of a future that is done, as a shell wants them. */
void future_text(struct buf *out, const struct future *future);

/* The objects `progress` and `usage`. */
void future_put_progress(struct buf *out, const gene_progress_t *progress);
void future_put_usage(struct buf *out, const struct future *future);

/* Makes the future the reply: with its status, body and headers that belong
 * to it in this state. Always HTTP_ANSWER. */
enum http_next future_reply(struct api *api, struct http_exchange *x,
                            struct future *future, int status, enum form form);

/* ---- batch.c ---- */

/* The client of a batch went away. */
void batch_gone(struct batch *batch);

/* ---- futures.c ---- */

/* The future of that id, or NULL with the reply made. */
struct future *future_find(struct api *api, struct http_exchange *x,
                           gene_text_t id);

/* ---- eval_large.c ---- */

/* The client of a request in the thread pool, or on its way there, is gone. */
void large_gone(struct large *large);

/* Whether a Future can be answered as the client wants. False: refused. */
bool future_is_acceptable(struct http_exchange *x);

/* ---- auth.c ---- */

/* Finds out who asks, where the route is not open to all; true: refused. */
bool auth_head(struct api *api, struct http_exchange *x);

/* Counts the request; true: there are too many, and it is refused. */
bool auth_count(struct api *api, struct http_exchange *x);

/* Whether whoever asks may begin one more evaluation; else why not. */
bool auth_may_evaluate(struct api *api, const struct account *account,
                       struct problem *problem);

/* Whose limits hold when nobody asked for a key. */
void auth_anonymous(struct api *api, struct http_exchange *x);

/* ---- cors.c ---- */

/* Adds what a page of another origin needs to read the answer, if it may: true
 * then. */
bool cors_head(const struct api *api, struct http_exchange *x);

/* Adds the answer to a preflight request of such a page. */
void cors_preflight(struct http_exchange *x, const char *methods);

/* ---- handlers ---- */

enum http_next eval_post(struct api *api, struct http_exchange *x);
bool eval_head(struct http_exchange *x); /* true: refused */
enum http_next batch_post(struct api *api, struct http_exchange *x);
bool batch_head(struct http_exchange *x); /* true: refused */
enum http_next future_get(struct api *api, struct http_exchange *x);
enum http_next future_delete(struct api *api, struct http_exchange *x);
enum http_next futures_list(struct api *api, struct http_exchange *x);
enum http_next events_get(struct api *api, struct http_exchange *x);
enum http_next misc_healthz(struct api *api, struct http_exchange *x);
enum http_next misc_readyz(struct api *api, struct http_exchange *x);
enum http_next misc_version(struct api *api, struct http_exchange *x);
enum http_next misc_limits(struct api *api, struct http_exchange *x);
enum http_next misc_metrics(struct api *api, struct http_exchange *x);
enum http_next page_get(struct api *api, struct http_exchange *x);
enum http_next page_contract(struct api *api, struct http_exchange *x);

/* Names of all routes in the order of their numbers, ended by NULL. */
extern const char *const router_names[];

/* What is pending of an exchange; it lies in the exchange's own state. */
struct pending {
  struct waiter waiter;
  struct http_exchange *x;
  struct api *api;
  struct future *future;
  uint64_t until_ms; /* when the waiting is over */
  enum form form;
  bool creator;         /* it made the evaluation, rather than asks for it */
  bool named_wait;      /* the client said how long it waits */
  struct prefer prefer; /* of its preferences those that are met */
  struct large *large;  /* NULL: its evaluation has begun */
  struct batch *batch;  /* NULL: it is none; else the rest is not in use */
};

static inline struct pending *pending_of(struct http_exchange *x) {
  _Static_assert(sizeof(struct pending) <= sizeof x->state.bytes,
                 "the state of an exchange is too small");
  return (struct pending *)(void *)x->state.bytes;
}

#endif
