/*
 * future_json.c - the Future resource as JSON and as text, and the copy of a
 * result from which both are made. All of its fields are always there.
 *
 * An outcome keeps the texts of a result; the JSON around them is written anew
 * for each answer, so that a kept future is not larger than what it says.
 */
#include <assert.h>
#include <stdlib.h>

#include "api/internal.h"
#include "server/clock.h"

/* Causes of causes that are written; deeper ones are null. */
#define CAUSES_MAX 100

/* ---- parts of an outcome ------------------------------------------------ */

static void put_place(struct buf *out, uint32_t line, uint32_t column) {
  json_lit(out, ",\"line\":");
  json_number_or_null(out, line);
  json_lit(out, ",\"column\":");
  json_number_or_null(out, column);
}

static void put_stack(struct buf *out, const gene_error_t *error) {
  json_lit(out, ",\"stack\":[");
  for (size_t i = 0; i < error->stack_len; i++) {
    const gene_frame_info_t *frame = &error->stack[i];

    if (i > 0)
      buf_byte(out, ',');
    json_lit(out, "{\"function\":");
    json_text_or_null(out, frame->function);
    put_place(out, frame->line, frame->column);
    json_lit(out, ",\"module\":");
    json_text_or_null(out, frame->module);
    buf_byte(out, '}');
  }
  buf_byte(out, ']');
}

/* An error with its causes, the innermost last; closed from the inside out. */
static void put_error(struct buf *out, const gene_error_t *error) {
  size_t open = 0;

  while (error != NULL && open < CAUSES_MAX) {
    json_lit(out, "{\"class\":");
    json_text_or_null(out, error->class_name);
    json_lit(out, ",\"message\":");
    json_text_or_null(out, error->message);
    json_lit(out, ",\"code\":");
    json_text_or_null(out, error->code);
    put_place(out, error->line, error->column);
    put_stack(out, error);
    json_lit(out, ",\"cause\":");
    open++;
    if (error->cause == NULL && error->cause_json.ptr != NULL) {
      buf_add(out, error->cause_json.ptr, error->cause_json.len);
      break;
    }
    error = error->cause;
    if (error == NULL || open == CAUSES_MAX) {
      json_lit(out, "null");
      break;
    }
  }
  while (open-- > 0)
    buf_byte(out, '}');
}

static void put_error_line(struct buf *out, const gene_error_t *error) {
  buf_add(out, error->class_name.ptr, error->class_name.len);
  json_lit(out, ": ");
  buf_add(out, error->message.ptr, error->message.len);
  if (error->line == 0)
    return;
  json_lit(out, " (");
  buf_u64(out, error->line);
  buf_byte(out, ':');
  buf_u64(out, error->column);
  buf_byte(out, ')');
}

static void put_unhandled(struct buf *out, const gene_result_t *result) {
  for (size_t i = 0; i < result->unhandled_len; i++) {
    if (i > 0)
      buf_byte(out, ',');
    put_error(out, result->unhandled[i]);
  }
}

static void put_diagnostics(struct buf *out, const gene_result_t *result) {
  for (size_t i = 0; i < result->diagnostics_len; i++) {
    const gene_diagnostic_t *diagnostic = &result->diagnostics[i];

    if (i > 0)
      buf_byte(out, ',');
    json_lit(out, "{\"kind\":");
    json_text(out, diagnostic->kind, strlen(diagnostic->kind));
    json_lit(out, ",\"message\":");
    json_text_or_null(out, diagnostic->message);
    put_place(out, diagnostic->line, diagnostic->column);
    buf_byte(out, '}');
  }
}

static void put_progress(struct buf *out, const gene_progress_t *progress) {
  if (!progress->any)
    return;
  if (progress->value_json.ptr != NULL) {
    json_lit(out, "{\"value\":");
    buf_add(out, progress->value_json.ptr, progress->value_json.len);
    buf_byte(out, '}');
    return;
  }
  json_lit(out, "{\"fraction\":");
  if (progress->has_fraction)
    json_double(out, progress->fraction);
  else
    json_lit(out, "null");
  json_lit(out, ",\"message\":");
  json_text_or_null(out, progress->message);
  buf_byte(out, '}');
}

static void put_part(struct buf *out, const gene_result_t *result,
                     enum outcome_part part) {
  switch (part) {
  case OUT_VALUE:
    buf_add(out, result->value_json.ptr, result->value_json.len);
    break;
  case OUT_TYPE: buf_add(out, result->type.ptr, result->type.len); break;
  case OUT_TEXT: buf_add(out, result->text.ptr, result->text.len); break;
  case OUT_OUTPUT: buf_add(out, result->output.ptr, result->output.len); break;
  case OUT_ERROR:
    if (result->error != NULL)
      put_error(out, result->error);
    break;
  case OUT_ERROR_LINE:
    if (result->error != NULL)
      put_error_line(out, result->error);
    break;
  case OUT_UNHANDLED: put_unhandled(out, result); break;
  case OUT_DIAGNOSTICS: put_diagnostics(out, result); break;
  case OUT_PROGRESS: put_progress(out, &result->progress); break;
  case OUT_PARTS: break;
  }
}

struct outcome *api_make_outcome(const gene_result_t *result) {
  static struct buf scratch; /* of the loop thread; used again each time */
  gene_result_t shown = *result;
  struct outcome *outcome = NULL;
  uint32_t end[OUT_PARTS];

  if (!result->value_fixed)
    shown.value_json.len = shown.type.len = shown.text.len = 0;
  buf_clear(&scratch);
  for (int part = 0; part < OUT_PARTS; part++) {
    put_part(&scratch, &shown, (enum outcome_part)part);
    end[part] = (uint32_t)scratch.len;
  }
  if (!scratch.failed && scratch.len <= UINT32_MAX)
    outcome = malloc(sizeof *outcome + scratch.len);
  if (outcome != NULL) {
    memcpy(outcome->end, end, sizeof end);
    outcome->value_fixed = result->value_fixed;
    outcome->output_truncated = result->output_truncated;
    if (scratch.len > 0)
      memcpy(outcome->bytes, scratch.ptr, scratch.len);
  }
  if (scratch.cap > 65536)
    buf_free(&scratch);
  return outcome;
}

/* ---- the resource ------------------------------------------------------- */

static const char *const statuses[] = {
    [GENE_PENDING] = "pending",
    [GENE_SUCCESS] = "success",
    [GENE_FAILURE] = "failure",
    [GENE_CANCELLED] = "cancelled",
};

static const char *const phases[] = {
    [PHASE_QUEUED] = "queued",
    [PHASE_RUNNING] = "running",
    [PHASE_WAITING] = "waiting",
    [PHASE_DONE] = "done",
};

static const char no_outcome[] =
    "{\"class\":\"LimitException\",\"message\":\"There was no memory for the "
    "result\",\"code\":\"GENE.LIMIT.MEMORY\",\"line\":null,\"column\":null,"
    "\"stack\":[],\"cause\":null}";

static void put_moment(struct buf *out, int64_t wall_us) {
  char quoted[CLOCK_ISO_LEN + 2];

  if (wall_us == 0) {
    json_lit(out, "null");
    return;
  }
  quoted[0] = quoted[sizeof quoted - 1] = '"';
  clock_iso(quoted + 1, wall_us);
  buf_add(out, quoted, sizeof quoted);
}

static void put_times(struct buf *out, const struct future *future,
                      uint64_t keep_ms) {
  int64_t finished = future->finished_us;

  json_lit(out, ",\"created_at\":");
  put_moment(out, future->created_us);
  json_lit(out, ",\"started_at\":");
  put_moment(out, future->started_us);
  json_lit(out, ",\"finished_at\":");
  put_moment(out, finished);
  json_lit(out, ",\"expires_at\":");
  put_moment(out, finished == 0 ? 0 : finished + (int64_t)keep_ms * 1000);
}

/* A part that is JSON already, or what stands for none. */
static void put_json(struct buf *out, gene_text_t json, const char *none) {
  if (json.len == 0)
    buf_str(out, none);
  else
    buf_add(out, json.ptr, json.len);
}

static void put_value(struct buf *out, const struct outcome *outcome) {
  gene_text_t type, text;

  if (!outcome->value_fixed) {
    json_lit(out, ",\"value\":null,\"type\":null,\"text\":null");
    return;
  }
  type = outcome_text(outcome, OUT_TYPE);
  text = outcome_text(outcome, OUT_TEXT);
  json_lit(out, ",\"value\":");
  put_json(out, outcome_text(outcome, OUT_VALUE), "null");
  json_lit(out, ",\"type\":");
  json_text(out, type.ptr, type.len);
  json_lit(out, ",\"text\":");
  json_text(out, text.ptr, text.len);
}

static void put_outcome(struct buf *out, const struct outcome *outcome) {
  gene_text_t output = outcome_text(outcome, OUT_OUTPUT);

  put_value(out, outcome);
  json_lit(out, ",\"output\":");
  json_text(out, output.ptr, output.len);
  json_lit(out, ",\"output_truncated\":");
  json_bool(out, outcome->output_truncated);
  json_lit(out, ",\"error\":");
  put_json(out, outcome_text(outcome, OUT_ERROR), "null");
  json_lit(out, ",\"unhandled\":[");
  put_json(out, outcome_text(outcome, OUT_UNHANDLED), "");
  json_lit(out, "],\"diagnostics\":[");
  put_json(out, outcome_text(outcome, OUT_DIAGNOSTICS), "");
  json_lit(out, "],\"progress\":");
  put_json(out, outcome_text(outcome, OUT_PROGRESS), "null");
}

static void put_no_outcome(struct buf *out, bool done) {
  json_lit(out, ",\"value\":null,\"type\":null,\"text\":null,\"output\":\"\","
                "\"output_truncated\":false,\"error\":");
  if (done)
    json_lit(out, no_outcome);
  else
    json_lit(out, "null");
  json_lit(out, ",\"unhandled\":[],\"diagnostics\":[],\"progress\":null");
}

static void put_usage(struct buf *out, const struct future *future) {
  json_lit(out, ",\"usage\":{\"fuel\":");
  buf_u64(out, future->fuel);
  json_lit(out, ",\"cpu_us\":");
  buf_u64(out, future->cpu_us);
  json_lit(out, ",\"wall_us\":");
  buf_u64(out, future->wall_us);
  json_lit(out, ",\"queue_us\":");
  buf_u64(out, future->queue_us);
  json_lit(out, ",\"peak_memory_bytes\":");
  buf_u64(out, future->peak_memory);
  json_lit(out, ",\"output_bytes\":");
  buf_u64(out, future->output_bytes);
  buf_byte(out, '}');
}

void future_json(struct buf *out, const struct future *future,
                 const struct outcome *outcome, uint64_t keep_ms) {
  char id[ID_TEXT_LEN];

  id_write(id, future->id);
  buf_reserve(out, 1024);
  json_lit(out, "{\"id\":\"");
  buf_add(out, id, sizeof id);
  json_lit(out, "\",\"status\":\"");
  buf_str(out, statuses[future->status]);
  json_lit(out, "\",\"phase\":\"");
  buf_str(out, phases[future->phase]);
  json_lit(out, "\",\"version\":");
  buf_u64(out, future->version);
  put_times(out, future, keep_ms);
  if (outcome != NULL)
    put_outcome(out, outcome);
  else
    put_no_outcome(out, future->phase == PHASE_DONE);
  put_usage(out, future);
  json_lit(out, ",\"links\":{\"self\":\"/futures/");
  buf_add(out, id, sizeof id);
  json_lit(out, "\",\"events\":\"/futures/");
  buf_add(out, id, sizeof id);
  json_lit(out, "/events\"}}\n");
}

/* ---- as text ------------------------------------------------------------ */

static void put_text(struct buf *out, gene_text_t text) {
  buf_add(out, text.ptr, text.len);
}

void future_text(struct buf *out, const struct future *future) {
  const struct outcome *outcome = future->outcome;

  assert(future->phase == PHASE_DONE);
  if (outcome == NULL) {
    json_lit(out, "LimitException: There was no memory for the result\n");
    return;
  }
  put_text(out, outcome_text(outcome, OUT_OUTPUT));
  if (out->len > 0 && !out->failed && out->ptr[out->len - 1] != '\n')
    buf_byte(out, '\n');
  if (future->status == GENE_SUCCESS)
    put_text(out, outcome_text(outcome, OUT_TEXT));
  else
    put_text(out, outcome_text(outcome, OUT_ERROR_LINE));
  buf_byte(out, '\n');
}

/* ---- as a reply --------------------------------------------------------- */

enum http_next future_reply(struct api *api, struct http_exchange *x,
                            struct future *future, int status, enum form form) {
  struct http_reply *reply = &x->reply;

  reply->status = status;
  reply->content_type = form == FORM_TAGGED && future->tagged
                            ? "application/vnd.gene+json"
                            : TYPE_JSON;
  if (future->phase != PHASE_DONE) {
    struct outcome *now = sched_look(api->sched, future);

    future_json(&reply->body, future, now, 0);
    free(now);
    http_field(x, "Retry-After", "1");
    return HTTP_ANSWER;
  }
  if (form == FORM_TEXT) {
    reply->content_type = TYPE_TEXT;
    future_text(&reply->body, future);
    return HTTP_ANSWER;
  }
  future_json(&reply->body, future, future->outcome,
              registry_keep_ms(api->registry));
  return HTTP_ANSWER;
}
