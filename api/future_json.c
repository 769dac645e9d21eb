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

/* Longer texts are not copied into the body of an answer; nor are shorter ones
 * when it is long already. */
#define INSERT_MIN  32768
#define INSERT_LATE 1024
#define LATE        1048576

/* An outcome with less of value, text and output is made at once. */
#define AT_ONCE 65536

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

/* An error with its causes, the innermost last; closed from the inside out.
 * `hint` is there only when there is one. */
static void put_error(struct buf *out, const gene_error_t *error) {
  size_t open = 0;

  while (error != NULL && open < CAUSES_MAX) {
    json_lit(out, "{\"class\":");
    json_text_or_null(out, error->class_name);
    json_lit(out, ",\"message\":");
    json_text_or_null(out, error->message);
    json_lit(out, ",\"code\":");
    json_text_or_null(out, error->code);
    if (error->hint.ptr != NULL) {
      json_lit(out, ",\"hint\":");
      json_text(out, error->hint.ptr, error->hint.len);
    }
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

void future_put_progress(struct buf *out, const gene_progress_t *progress) {
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
  case OUT_TYPE: buf_add(out, result->type.ptr, result->type.len); break;
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
  case OUT_PROGRESS: future_put_progress(out, &result->progress); break;
  default: break; /* the long ones */
  }
}

/* The long texts, which lie in the result. */
static gene_text_t long_part(const gene_result_t *result, uint32_t part) {
  switch (part) {
  case OUT_VALUE: return result->value_json;
  case OUT_TEXT: return result->text;
  case OUT_OUTPUT: return result->output;
  default: return (gene_text_t){NULL, 0};
  }
}

/* Where the parts of an outcome end, in end[]; the short ones in *out, which
 * is empty. Returns the bytes of the long ones. */
static size_t lay_out(struct buf *out, const gene_result_t *result,
                      uint64_t end[OUT_PARTS]) {
  size_t lengths = 0;

  for (uint32_t part = 0; part < OUT_PARTS; part++) {
    if (result->value_fixed || part > OUT_TEXT) {
      lengths += long_part(result, part).len;
      put_part(out, result, (enum outcome_part)part);
    }
    end[part] = lengths + out->len;
  }
  return lengths;
}

/* Copies the short parts to their places. */
static void copy_short(struct outcome *outcome, const struct buf *parts) {
  size_t type = outcome_text(outcome, OUT_TYPE).len;
  size_t rest = parts->len - type;

  if (type > 0)
    memcpy(outcome->bytes + outcome->end[OUT_VALUE], parts->ptr, type);
  if (rest > 0)
    memcpy(outcome->bytes + outcome->end[OUT_OUTPUT], parts->ptr + type, rest);
}

bool api_fill_outcome(struct outcome *outcome, const gene_result_t *result,
                      size_t bytes) {
  for (; outcome->part <= OUT_OUTPUT; outcome->part++, outcome->copied = 0) {
    uint32_t part = outcome->part;
    gene_text_t from = long_part(result, part);
    gene_text_t to = outcome_text(outcome, (enum outcome_part)part);
    size_t some = to.len - outcome->copied;

    if (from.ptr == NULL || some == 0)
      continue;
    if (some > bytes)
      some = bytes;
    from.ptr += outcome->copied;
    memcpy((char *)outcome->bytes + (to.ptr - outcome->bytes) + outcome->copied,
           from.ptr, some);
    if (part == OUT_TEXT)
      outcome->text_size += json_inside_size(from.ptr, some);
    else if (part == OUT_OUTPUT)
      outcome->output_size += json_inside_size(from.ptr, some);
    outcome->copied += (uint32_t)some;
    bytes -= some;
    if (outcome->copied < to.len)
      return false;
  }
  return true;
}

struct outcome *api_make_outcome(const gene_result_t *result) {
  static struct buf scratch; /* of the loop thread; used again each time */
  struct outcome *outcome = NULL;
  uint64_t end[OUT_PARTS], whole;
  size_t lengths;

  buf_clear(&scratch);
  lengths = lay_out(&scratch, result, end);
  whole = end[OUT_PARTS - 1];
  if (!scratch.failed && whole <= UINT32_MAX)
    outcome = outcome_new(whole);
  if (outcome != NULL) {
    *outcome = (struct outcome){.value_fixed = result->value_fixed,
                                .output_truncated = result->output_truncated};
    for (int part = 0; part < OUT_PARTS; part++)
      outcome->end[part] = (uint32_t)end[part];
    copy_short(outcome, &scratch);
    if (lengths <= AT_ONCE)
      (void)api_fill_outcome(outcome, result, SIZE_MAX);
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

const char *future_status_name(uint8_t status) {
  return statuses[status];
}

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

const char *future_phase_name(uint8_t phase) {
  return phases[phase];
}

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

/* Where a resource is written to: the buffer is the body of the reply, which
 * takes long texts as they lie in the outcome; without one they are copied. */
struct page {
  struct buf *out;
  struct http_reply *reply;
  struct outcome *outcome;
};

static void release_outcome(void *kept) {
  outcome_drop(kept);
}

static void put_long(const struct page *page, gene_text_t text, uint64_t size,
                     bool quoted) {
  size_t most = page->out->len < LATE ? INSERT_MIN : INSERT_LATE;

  if (page->reply != NULL && text.len > most) {
    assert(page->out == &page->reply->body);
    page->outcome->refs++;
    http_insert(page->reply, text, size, quoted ? json_inside_some : NULL,
                page->outcome, release_outcome);
  } else if (quoted) {
    json_inside(page->out, text.ptr, text.len);
  } else {
    buf_add(page->out, text.ptr, text.len);
  }
}

/* A long text as a JSON string. */
static void put_string(const struct page *page, gene_text_t text,
                       uint64_t size) {
  buf_byte(page->out, '"');
  put_long(page, text, size, true);
  buf_byte(page->out, '"');
}

/* A part that is JSON already, or what stands for none. */
static void put_json(struct buf *out, gene_text_t json, const char *none) {
  if (json.len == 0)
    buf_str(out, none);
  else
    buf_add(out, json.ptr, json.len);
}

static void put_value(const struct page *page) {
  const struct outcome *outcome = page->outcome;
  struct buf *out = page->out;
  gene_text_t value, type;

  if (!outcome->value_fixed) {
    json_lit(out, ",\"value\":null,\"type\":null,\"text\":null");
    return;
  }
  type = outcome_text(outcome, OUT_TYPE);
  value = outcome_text(outcome, OUT_VALUE);
  json_lit(out, ",\"value\":");
  if (value.len == 0)
    json_lit(out, "null");
  put_long(page, value, value.len, false);
  json_lit(out, ",\"type\":");
  json_text(out, type.ptr, type.len);
  json_lit(out, ",\"text\":");
  put_string(page, outcome_text(outcome, OUT_TEXT), outcome->text_size);
}

static void put_outcome(const struct page *page) {
  const struct outcome *outcome = page->outcome;
  struct buf *out = page->out;

  put_value(page);
  json_lit(out, ",\"output\":");
  put_string(page, outcome_text(outcome, OUT_OUTPUT), outcome->output_size);
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

void future_put_usage(struct buf *out, const struct future *future) {
  json_lit(out, "{\"fuel\":");
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

static void put_future(const struct page *page, const struct future *future,
                       uint64_t keep_ms) {
  struct buf *out = page->out;
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
  if (page->outcome != NULL)
    put_outcome(page);
  else
    put_no_outcome(out, future->phase == PHASE_DONE);
  json_lit(out, ",\"usage\":");
  future_put_usage(out, future);
  json_lit(out, ",\"links\":{\"self\":\"/futures/");
  buf_add(out, id, sizeof id);
  json_lit(out, "\",\"events\":\"/futures/");
  buf_add(out, id, sizeof id);
  json_lit(out, "/events\"}}");
}

void future_json(struct buf *out, const struct future *future,
                 struct outcome *outcome, uint64_t keep_ms) {
  put_future(&(struct page){.out = out, .outcome = outcome}, future, keep_ms);
}

void future_add(struct api *api, struct http_reply *reply,
                struct future *future) {
  struct page page = {.out = &reply->body, .reply = reply};
  bool done = future->phase == PHASE_DONE;

  page.outcome = done ? future->outcome : sched_look(api->sched, future);
  put_future(&page, future, done ? registry_keep_ms(api->registry) : 0);
  if (!done)
    outcome_drop(page.outcome);
}

/* ---- as text ------------------------------------------------------------ */

static void put_plain(const struct page *page, const struct future *future) {
  const struct outcome *outcome = page->outcome;
  struct buf *out = page->out;
  gene_text_t text;

  assert(future->phase == PHASE_DONE);
  if (outcome == NULL) {
    json_lit(out, "LimitException: There was no memory for the result\n");
    return;
  }
  text = outcome_text(outcome, OUT_OUTPUT);
  put_long(page, text, text.len, false);
  if (text.len > 0 && text.ptr[text.len - 1] != '\n')
    buf_byte(out, '\n');
  text = outcome_text(outcome, future->status == GENE_SUCCESS ? OUT_TEXT
                                                              : OUT_ERROR_LINE);
  put_long(page, text, text.len, false);
  buf_byte(out, '\n');
}

void future_text(struct buf *out, const struct future *future) {
  put_plain(&(struct page){.out = out, .outcome = future->outcome}, future);
}

/* ---- as a reply --------------------------------------------------------- */

bool future_is_acceptable(struct http_exchange *x) {
  if (negotiate_form(&x->request) != FORM_NONE)
    return true;
  problem_not_acceptable(x, "A Future is had as application/json, text/plain "
                            "or application/vnd.gene+json.");
  return false;
}

/* Only one that is done has a text; until then it is told as JSON. */
enum http_next future_reply(struct api *api, struct http_exchange *x,
                            struct future *future, int status, enum form form) {
  struct http_reply *reply = &x->reply;
  bool done = future->phase == PHASE_DONE;

  reply->status = status;
  if (!done)
    http_field(x, "Retry-After", "1");
  if (done && form == FORM_TEXT) {
    reply->content_type = TYPE_TEXT;
    put_plain(&(struct page){.out = &reply->body,
                             .reply = reply,
                             .outcome = future->outcome},
              future);
    return HTTP_ANSWER;
  }
  reply->content_type =
      form == FORM_TAGGED && future->tagged ? TYPE_TAGGED : TYPE_JSON;
  future_add(api, reply, future);
  buf_byte(&reply->body, '\n');
  return HTTP_ANSWER;
}
