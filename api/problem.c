/*
 * problem.c - refusals as RFC 9457 wants them. Never a stack of ours, never an
 * empty body.
 */
#include <stdio.h>

#include "api/internal.h"

static void put_field(struct buf *out, const char *name, const char *text) {
  json_lit(out, ",\"");
  buf_str(out, name);
  json_lit(out, "\":");
  json_bytes(out, text, strlen(text));
}

static void put_reasons(struct buf *out, const char *const *reasons) {
  json_lit(out, ",\"reasons\":[");
  for (size_t i = 0; reasons[i] != NULL; i++) {
    if (i > 0)
      buf_byte(out, ',');
    json_bytes(out, reasons[i], strlen(reasons[i]));
  }
  buf_byte(out, ']');
}

static void put_optional(struct buf *out, const struct problem *problem) {
  if (problem->field != NULL)
    put_field(out, "field", problem->field);
  if (problem->has_limit)
    json_field(out, "limit", problem->limit);
  if (problem->line != 0)
    json_field(out, "line", problem->line);
  if (problem->column != 0)
    json_field(out, "column", problem->column);
  if (problem->source_line != NULL) {
    put_field(out, "source_line", problem->source_line);
    json_field(out, "caret", problem->caret);
  }
  if (problem->reasons != NULL)
    put_reasons(out, problem->reasons);
  if (problem->policy != NULL) {
    json_lit(out, ",\"violated-policies\":[\"");
    buf_str(out, problem->policy);
    json_lit(out, "\"]");
  }
}

void problem_json(struct buf *out, const struct problem *problem,
                  gene_text_t instance) {
  json_lit(out, "{\"type\":\"/problems/");
  buf_str(out, problem->slug);
  json_lit(out, "\",\"title\":\"");
  buf_str(out, problem->title);
  json_lit(out, "\",\"status\":");
  buf_u64(out, (uint64_t)problem->status);
  if (problem->detail != NULL)
    put_field(out, "detail", problem->detail);
  if (instance.len != 0) {
    json_lit(out, ",\"instance\":");
    json_bytes(out, instance.ptr, instance.len);
  }
  put_optional(out, problem);
  buf_byte(out, '}');
}

enum http_next problem_reply(struct http_exchange *x,
                             const struct problem *problem) {
  struct http_reply *reply = &x->reply;
  char seconds[24];

  buf_clear(&reply->body);
  problem_json(&reply->body, problem, x->request.path);
  buf_byte(&reply->body, '\n');
  reply->status = problem->status;
  reply->content_type = "application/problem+json";
  if (problem->retry_after != 0) {
    int len = snprintf(seconds, sizeof seconds, "%llu",
                       (unsigned long long)problem->retry_after);

    http_field_copy(x, "Retry-After", seconds, (size_t)len);
  }
  return HTTP_ANSWER;
}

const struct problem problem_of_memory = {
    .status = 503,
    .slug = "out-of-memory",
    .title = "Out of memory",
    .detail = "The service has no memory for this request at the moment.",
    .retry_after = 1};

enum http_next problem_no_memory(struct http_exchange *x) {
  return problem_reply(x, &problem_of_memory);
}

enum http_next problem_not_acceptable(struct http_exchange *x,
                                      const char *detail) {
  return problem_reply(x, &(struct problem){.status = 406,
                                            .slug = "not-acceptable",
                                            .title = "Not acceptable",
                                            .detail = detail});
}

enum http_next problem_bad_query(struct http_exchange *x, const char *field) {
  const char *detail = "value is plain or tagged.";

  if (strcmp(field, "wait") == 0)
    detail = "wait is a number of seconds, with up to three decimals.";
  else if (strcmp(field, "since") == 0)
    detail = "since is the version of a future, a whole number.";
  else if (strcmp(field, "timeline") == 0)
    detail = "timeline is 1 or 0.";
  else if (strcmp(field, "last_event_id") == 0)
    detail = "last_event_id is the id of an event, a whole number.";
  return problem_reply(x, &(struct problem){.status = 400,
                                            .slug = "bad-query",
                                            .title = "Bad query parameter",
                                            .detail = detail,
                                            .field = field});
}
