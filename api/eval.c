/*
 * eval.c - POST /eval: a script comes in, a Future goes out. What a script does
 * is never an error of HTTP; only what can't be begun is.
 */
#include <stdio.h>
#include <stdlib.h>

#include "api/eval.h"
#include "api/idempotency.h"
#include "api/trace.h"
#include "server/clock.h"
#include "server/log.h"
#include "server/utf8.h"

/* ---- refusals ----------------------------------------------------------- */

/* type: what stands in the header of that name. */
static void refuse_type(struct http_exchange *x, const char *header,
                        gene_text_t type) {
  char detail[256];

  snprintf(detail, sizeof detail,
           "%s is %.*s. A script is text/plain or application/gene in UTF-8, "
           "not encoded; a request is application/json.",
           header, (int)(type.len < 80 ? type.len : 80), type.ptr);
  problem_reply(x, &(struct problem){.status = 415,
                                     .slug = "unsupported-media-type",
                                     .title = "Unsupported media type",
                                     .detail = detail});
  http_field(x, "Accept-Post",
             "application/json, text/plain, application/gene");
}

bool eval_refuse_encoding(struct http_exchange *x) {
  gene_text_t encoding = x->request.header[HTTP_CONTENT_ENCODING];

  if (encoding.ptr == NULL || http_text_is(encoding, "identity"))
    return false;
  refuse_type(x, "Content-Encoding", encoding);
  return true;
}

bool eval_head(struct http_exchange *x) {
  if (negotiate_content(&x->request) == CONTENT_UNKNOWN) {
    refuse_type(x, "Content-Type", x->request.header[HTTP_CONTENT_TYPE]);
    return true;
  }
  if (eval_refuse_encoding(x))
    return true;
  if (!future_is_acceptable(x))
    return true;
  return !idempotency_check(x);
}

void eval_utf8_problem(size_t at, struct problem *problem, char *detail,
                       size_t size) {
  snprintf(detail, size, "The byte at offset %zu is not UTF-8.", at);
  *problem = (struct problem){.status = 400,
                              .slug = "invalid-utf-8",
                              .title = "The body is not UTF-8",
                              .detail = detail};
}

enum http_next eval_refuse_utf8(struct http_exchange *x, size_t at) {
  struct problem problem;
  char detail[80];

  eval_utf8_problem(at, &problem, detail, sizeof detail);
  return problem_reply(x, &problem);
}

void eval_script_problem(const gene_compile_error_t *error,
                         struct problem *problem, char *detail, size_t size) {
  if (strcmp(error->class_name, "LimitException") == 0) {
    *problem = problem_of_memory;
    return;
  }
  snprintf(detail, size, "%s: %s", error->class_name, error->message);
  *problem = (struct problem){.status = 422,
                              .slug = "invalid-script",
                              .title = "The script does not compile",
                              .detail = detail,
                              .line = error->line,
                              .column = error->column,
                              .source_line = error->source_line,
                              .caret = error->caret};
}

enum http_next eval_refuse_script(struct api *api, struct http_exchange *x,
                                  const gene_compile_error_t *error) {
  struct problem problem;
  char detail[640];

  api->metrics->refusals[METRICS_SYNTAX]++;
  eval_script_problem(error, &problem, detail, sizeof detail);
  return problem_reply(x, &problem);
}

const struct problem eval_overloaded = {
    .status = 503,
    .slug = "overloaded",
    .title = "The service is overloaded",
    .detail = "There is no room for one more evaluation at the moment.",
    .retry_after = 1};

const struct problem eval_draining = {
    .status = 503,
    .slug = "draining",
    .title = "The service is stopping",
    .detail = "It takes no evaluation that nobody waits for any more.",
    .retry_after = 5};

enum http_next eval_refuse_full(struct api *api, struct http_exchange *x) {
  api->metrics->refusals[METRICS_QUEUE_FULL]++;
  return problem_reply(x, &eval_overloaded);
}

enum http_next eval_refuse_draining(struct api *api, struct http_exchange *x) {
  api->metrics->refusals[METRICS_DRAINING]++;
  return problem_reply(x, &eval_draining);
}

/* ---- what the client wants ---------------------------------------------- */

/* How long it waits, and who said so. */
static void take_wait(const struct query *query, const struct config *config,
                      const struct eval_request *request, struct wish *wish) {
  bool by_prefer = false;

  wish->named_wait = true;
  wish->wait_ms = config->default_wait;
  if (query_wait(query, &wish->wait_ms) == QUERY_ABSENT) {
    if (request->has_wait) {
      wish->wait_ms = request->wait_ms;
    } else if (wish->prefer.has_wait) {
      by_prefer = true;
      wish->wait_ms = wish->prefer.wait_ms;
    } else {
      wish->named_wait = false;
      if (wish->prefer.respond_async)
        wish->wait_ms = 0;
    }
  }
  if (wish->wait_ms > config->max_wait)
    wish->wait_ms = config->max_wait;
  wish->prefer.has_wait &= by_prefer;
  wish->prefer.wait_ms = wish->wait_ms;
}

bool eval_read_wish(struct api *api, struct http_exchange *x,
                    const struct eval_request *request, struct wish *wish) {
  struct query query;
  uint64_t ms;

  query_decode(x->request.query, QUERY_ALL, &query);
  *wish = (struct wish){.form = negotiate_form(&x->request),
                        .prefer = negotiate_prefer(&x->request)};
  if (query_value(&query, &wish->tagged) == QUERY_BAD) {
    problem_bad_query(x, "value");
    return false;
  }
  wish->tagged |= wish->form == FORM_TAGGED;
  if (query_timeline(&query, &wish->timeline) == QUERY_BAD) {
    problem_bad_query(x, "timeline");
    return false;
  }
  if (query_wait(&query, &ms) == QUERY_BAD) {
    problem_bad_query(x, "wait");
    return false;
  }
  take_wait(&query, api->config, request, wish);
  return true;
}

/* ---- answers ------------------------------------------------------------ */

void eval_put_applied(struct http_exchange *x, const struct prefer *prefer,
                      int status) {
  char text[64];
  int len = 0;

  if (prefer->respond_async && status == 202)
    len = snprintf(text, sizeof text, "respond-async");
  if (prefer->has_wait)
    len += snprintf(text + len, sizeof text - (size_t)len, "%swait=%g",
                    len > 0 ? ", " : "", (double)prefer->wait_ms / 1000);
  if (len > 0)
    http_field_copy(x, "Preference-Applied", text, (size_t)len);
}

static enum http_next answer(struct api *api, struct http_exchange *x,
                             struct future *future, const struct wish *wish,
                             bool later) {
  char location[16 + ID_TEXT_LEN] = "/futures/";
  int status = later ? 202 : 200;

  if (later) {
    id_write(location + 9, future->id);
    http_field_copy(x, "Location", location, 9 + ID_TEXT_LEN);
    registry_list(api->registry, future);
  }
  registry_give(future);
  eval_put_applied(x, &wish->prefer, status);
  return future_reply(api, x, future, status, wish->form);
}

/* Its time in the queue is over: as if it had never been accepted. */
static enum http_next answer_refused(struct api *api, struct http_exchange *x,
                                     struct future *future) {
  registry_drop_when_done(future);
  return eval_refuse_full(api, x);
}

static bool wait_on(struct pending *pending, struct future *future);

/* The future changed, or the wait is over. */
static void on_wake(struct waiter *waiter) {
  struct pending *pending = (struct pending *)waiter;
  struct api *api = pending->api;
  struct http_exchange *x = pending->x;
  struct future *future = pending->future;
  struct wish wish = {.form = pending->form, .prefer = pending->prefer};
  bool done = future->phase == PHASE_DONE;

  if (done && future->refused)
    answer_refused(api, x, future);
  else if (done)
    answer(api, x, future, &wish, false);
  else if (clock_ns() / 1000000 < pending->until_ms &&
           !(!pending->named_wait && sched_value_pending(api->sched, future)) &&
           wait_on(pending, future))
    return;
  else
    answer(api, x, future, &wish, true);
  transport_answer(x);
}

/* Waits until it is done; without a word on waiting also until its value turns
 * out to be a future that is pending, so then every change is looked at. */
static bool wait_on(struct pending *pending, struct future *future) {
  struct waiter *waiter = &pending->waiter;
  uint64_t now = clock_ns() / 1000000;

  waiter->wake = on_wake;
  waiter->until_done = pending->named_wait;
  waiter->since = future->version;
  return registry_wait(pending->api->registry, waiter, future, now,
                       pending->until_ms > now ? pending->until_ms - now : 0);
}

static enum http_next wait_for(struct api *api, struct http_exchange *x,
                               struct future *future, uint64_t since_ns,
                               const struct wish *wish) {
  struct pending *pending = pending_of(x);

  *pending = (struct pending){
      .x = x,
      .api = api,
      .future = future,
      .until_ms = since_ns / 1000000 + wish->wait_ms,
      .form = wish->form,
      .creator = true,
      .named_wait = wish->named_wait,
      .prefer = wish->prefer,
  };
  if (!wait_on(pending, future))
    return answer(api, x, future, wish, true);
  return HTTP_LATER;
}

/* Answers with a future that is there: now, or when it is done. */
static enum http_next settle(struct api *api, struct http_exchange *x,
                             struct future *future, const struct wish *wish,
                             uint64_t since_ns) {
  bool done = future->phase == PHASE_DONE;

  if (wish->prefer.respond_async && !wish->named_wait)
    return answer(api, x, future, wish, true);
  if (done)
    return answer(api, x, future, wish, false);
  if (wish->wait_ms == 0 ||
      (!wish->named_wait && sched_value_pending(api->sched, future)))
    return answer(api, x, future, wish, true);
  return wait_for(api, x, future, since_ns != 0 ? since_ns : clock_ns(), wish);
}

/* The same request once more: the same future, for as long as it waits. */
static enum http_next join(struct api *api, struct http_exchange *x,
                           const struct idem_entry *entry) {
  struct eval_request request = {.has_wait = entry->has_wait,
                                 .wait_ms = entry->wait_ms};
  struct wish wish;

  if (!eval_read_wish(api, x, &request, &wish))
    return HTTP_ANSWER;
  return settle(api, x, entry->item[0].future, &wish, 0);
}

/* ---- the request -------------------------------------------------------- */

void eval_log(const struct http_exchange *x, const struct future *future,
              gene_text_t label) {
  struct log_line line;
  char id[ID_TEXT_LEN];

  if (!log_begin(&line, LOG_DEBUG, "evaluation"))
    return;
  id_write(id, future->id);
  log_text(&line, "request_id", x->request.id.ptr, x->request.id.len);
  trace_log(&line, x);
  log_text(&line, "id", id, sizeof id);
  if (label.ptr != NULL)
    log_text(&line, "label", label.ptr, label.len);
  log_end(&line);
}

enum http_next eval_submit(struct api *api, struct http_exchange *x,
                           struct eval_request *request,
                           const struct wish *wish, gene_program_t *program) {
  struct eval_spec spec = {.program = program,
                           .context = request->context,
                           .start = request->start,
                           .account = x->account,
                           .since_ns = request->since_ns,
                           .wall_ms = request->wall_ms,
                           .owner = x->owner,
                           .label = request->label};
  struct future *future = NULL;
  struct problem problem;

  request->start = NULL;
  spec.context.tagged_value = wish->tagged;
  spec.context.trace = wish->timeline;
  if (!auth_may_evaluate(api, x->account, &problem)) {
    gene_program_release(program);
    free(spec.start);
    return problem_reply(x, &problem);
  }
  switch (sched_submit(api->sched, &spec, wish->wait_ms > 0, &future)) {
  case SCHED_ACCEPTED: break;
  case SCHED_FULL: return eval_refuse_full(api, x);
  case SCHED_DRAINING: return eval_refuse_draining(api, x);
  case SCHED_NO_MEMORY:
    api->metrics->refusals[METRICS_NO_MEMORY]++;
    return problem_no_memory(x);
  }
  eval_log(x, future, request->label);
  if (request->entry != NULL) {
    request->entry->has_wait = request->has_wait;
    request->entry->wait_ms = request->wait_ms;
    registry_key(api->registry, future, request->entry);
    request->entry = NULL;
  }
  return settle(api, x, future, wish, request->since_ns);
}

static enum http_next run(struct api *api, struct http_exchange *x,
                          struct eval_request *request) {
  gene_compile_error_t error;
  gene_program_t *program;
  struct wish wish;

  if (!eval_read_wish(api, x, request, &wish))
    return HTTP_ANSWER;
  if (gene_program_load(api->core, request->script.ptr, request->script.len,
                        &program, &error) != 0)
    return eval_refuse_script(api, x, &error);
  return eval_submit(api, x, request, &wish, program);
}

/* Reads a body, and runs what it asks for. */
static enum http_next read_and_run(struct api *api, struct http_exchange *x,
                                   struct eval_request *request) {
  gene_text_t body = x->request.body;
  size_t bad = utf8_bad_at(body.ptr, body.len);
  struct eval_words words;
  struct problem problem;

  if (bad < body.len)
    return eval_refuse_utf8(x, bad);
  if (negotiate_content(&x->request) == CONTENT_TEXT)
    request->script = (gene_text_t){body.len == 0 ? "" : body.ptr, body.len};
  else if (!eval_request_read(request, api->config, body, &problem, &words))
    return problem_reply(x, &problem);
  return run(api, x, request);
}

enum http_next eval_post(struct api *api, struct http_exchange *x) {
  gene_text_t body = x->request.body;
  struct eval_request request;
  struct idem_entry *entry;
  enum http_next next;

  switch (idempotency_claim(api, x, body, &entry)) {
  case IDEMPOTENCY_RUN: break;
  case IDEMPOTENCY_JOIN: return join(api, x, entry);
  case IDEMPOTENCY_ANSWERED: return HTTP_ANSWER;
  }
  if (large_is(api, body.len))
    return large_post(api, x, entry);
  eval_request_init(&request, api->config, x->account);
  request.entry = entry;
  next = read_and_run(api, x, &request);
  eval_request_free(&request);
  return next;
}
