/*
 * follow.c - a stream that breaks is taken up behind its last event; a service
 * that has none for us is asked.
 */
#include "cli/remote/follow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/plain.h"
#include "cli/remote/call.h"
#include "cli/remote/interrupt.h"

#define POLL_WAIT_S  1 /* that the service holds an answer back */
#define POLL_MIN_MS  100
#define ANSWER_MS    30000u
#define MAX_RETRY_MS 10000

void follow_open(follower *f, remote *r, gene_text_t id) {
  *f = (follower){.remote = r};
  plain_copy(f->id, sizeof f->id, id);
}

void follow_close(follower *f) {
  json_decref(f->future);
  sse_free(&f->sse);
}

/* ---- what is new -------------------------------------------------------- */

/* Output that begins at byte `at` of it, of which some may be known. */
static void take_output(follower *f, uint64_t at, gene_text_t text) {
  uint64_t known = f->printed > at ? f->printed - at : 0;
  if (text.ptr == NULL || known >= text.len)
    return;
  while (known < text.len && ((unsigned char)text.ptr[known] & 0xc0) == 0x80)
    known++;
  if (at > f->printed)
    screen_note(&f->remote->screen, "%llu bytes of output are lost",
                (unsigned long long)(at - f->printed));
  f->printed = at + text.len;
  screen_output(&f->remote->screen,
                (gene_text_t){text.ptr + known, text.len - known});
}

static void take_progress(follower *f, const json_t *progress) {
  if (!json_is_object(progress))
    return;
  char *message = field_report(progress);
  screen_progress(&f->remote->screen, field_fraction(progress),
                  plain_text(message != NULL ? message : ""));
  free(message);
}

static void take_phase(follower *f, const json_t *object) {
  gene_text_t phase = field_text(object, "phase");
  if (phase.ptr != NULL)
    screen_phase(&f->remote->screen, phase);
}

void follow_take(follower *f, json_t *future) {
  take_output(f, 0, field_text(future, "output"));
  take_progress(f, json_object_get(future, "progress"));
  take_phase(f, future);
  f->version = field_u64(future, "version");
  if (!field_status_is(future, "pending") && f->future == NULL)
    f->future = json_incref(future);
}

/* ---- the stream --------------------------------------------------------- */

static void take_output_event(follower *f, const json_t *event) {
  gene_text_t text = field_text(event, "text");
  if (json_is_integer(json_object_get(event, "offset")))
    f->stream_at = field_u64(event, "offset");
  take_output(f, f->stream_at, text);
  f->stream_at += text.len;
}

/* False: it is the last one. */
static bool take_event(follower *f, const char *name, json_t *event) {
  if (strcmp(name, "output") == 0)
    take_output_event(f, event);
  else if (strcmp(name, "progress") == 0)
    take_progress(f, event);
  else if (strcmp(name, "status") == 0)
    take_phase(f, event);
  else if (strcmp(name, "done") == 0)
    follow_take(f, event);
  return f->future == NULL;
}

static bool on_event(void *data, const char *name, const char *text,
                     size_t len) {
  follower *f = data;
  json_t *event = field_object(text, len);
  f->heard = true;
  if (event == NULL) {
    f->odd = strcmp(text, "null") != 0; /* as there is no progress */
    return !f->odd;
  }
  f->odd = strcmp(name, "done") == 0 && !field_is_future(event);
  bool more = !f->odd && take_event(f, name, event);
  json_decref(event);
  return more;
}

static bool on_bytes(void *data, const char *bytes, size_t len) {
  follower *f = data;
  return sse_feed(&f->sse, bytes, len, on_event, f);
}

static void connect_stream(follower *f, http_reply *reply) {
  char path[FIELD_ID_MAX + 32];
  char last[SSE_NAME_MAX + 32];
  snprintf(path, sizeof path, "/futures/%s/events", f->id);
  snprintf(last, sizeof last, "Last-Event-ID: %s", f->sse.id);
  sse_again(&f->sse);
  if (f->sse.id[0] == '\0')
    f->stream_at = 0;
  f->heard = false;
  http_request request = {.path = path,
                          .headers = {f->sse.id[0] != '\0' ? last : NULL},
                          .deaf = f->deaf,
                          .sink = on_bytes,
                          .data = f};
  http_send(f->remote->http, &request, reply);
}

static bool is_broken(const http_reply *reply) {
  return reply->end == HTTP_BROKEN || reply->end == HTTP_UNREACHED ||
         (reply->end == HTTP_ANSWERED && reply->is_stream);
}

/* Waits before the try'th connection after one that broke. */
static bool wait_to_connect(follower *f, unsigned try) {
  http_reply broken = {.end = HTTP_BROKEN};
  uint64_t pause = 0;
  call_again(&broken, try, &pause);
  if (pause < f->sse.retry_ms)
    pause = f->sse.retry_ms < MAX_RETRY_MS ? f->sse.retry_ms : MAX_RETRY_MS;
  screen_phase(&f->remote->screen, plain_text("reconnecting"));
  return http_pause(f->remote->http, pause, f->deaf);
}

/* True: it is over, *end says how. False: there is no stream to be had. */
static bool stream(follower *f, enum follow_end *end) {
  for (unsigned try = 0;; try++) {
    http_reply reply;
    connect_stream(f, &reply);
    bool broken = is_broken(&reply), stopped = reply.end == HTTP_INTERRUPTED;
    http_reply_free(&reply);
    if (f->future != NULL) {
      *end = FOLLOW_DONE;
      return true;
    }
    try = f->heard ? 0 : try;
    if (!stopped && (!broken || try >= f->remote->options->remote.retries))
      return false;
    if (stopped || !wait_to_connect(f, try)) {
      *end = f->late ? FOLLOW_LATE : FOLLOW_STOPPED;
      return true;
    }
  }
}

/* ---- asking ------------------------------------------------------------- */

json_t *follow_get(remote *r, const char *id, const char *query, bool deaf,
                   int *code, uint64_t *retry_after_s) {
  char path[FIELD_ID_MAX + 80];
  http_reply reply;
  snprintf(path, sizeof path, "/futures/%s%s", id, query);
  http_request request = {.path = path, .timeout_ms = ANSWER_MS, .deaf = deaf};
  call(r, &request, &reply);
  json_t *future = NULL;
  if (reply.end == HTTP_ANSWERED && reply.status == 200)
    future = field_object(reply.body, reply.len);
  if (future != NULL && !field_is_future(future)) {
    json_decref(future);
    future = NULL;
  }
  *retry_after_s = reply.retry_after_s;
  if (reply.end == HTTP_INTERRUPTED)
    *code = remote_stopped(r);
  else if (future == NULL)
    *code = call_complain(r, path, &reply, NULL);
  http_reply_free(&reply);
  return future;
}

/* One question; true when there is nothing more to ask. */
static bool ask(follower *f, enum follow_end *end) {
  char query[64];
  uint64_t before = f->version, asked = http_now(), after;
  snprintf(query, sizeof query, "?wait=%d&since=%llu", POLL_WAIT_S,
           (unsigned long long)before);
  *end = FOLLOW_LOST;
  json_t *future =
      follow_get(f->remote, f->id, query, f->deaf, &f->code, &after);
  if (future == NULL) {
    if (f->late || (!f->deaf && interrupt_signal() != 0) ||
        f->remote->screen.output_error != 0)
      *end = FOLLOW_STOPPED;
    return true;
  }
  follow_take(f, future);
  json_decref(future);
  *end = FOLLOW_DONE;
  if (f->future != NULL)
    return true;
  /* A service that does not hold its answers back says when to come again. */
  bool at_once = http_now() - asked < POLL_WAIT_S * 500;
  uint64_t pause = POLL_MIN_MS;
  if (f->version == before && at_once)
    pause = after == 0 || after > 5 ? POLL_WAIT_S * 1000 : after * 1000;
  *end = FOLLOW_STOPPED;
  return !http_pause(f->remote->http, pause, f->deaf);
}

static enum follow_end poll_it(follower *f) {
  enum follow_end end;
  while (!ask(f, &end))
    continue;
  return f->late && end != FOLLOW_DONE ? FOLLOW_LATE : end;
}

/* ---- all of it ---------------------------------------------------------- */

static bool on_tick(void *data) {
  follower *f = data;
  if (f->until_ms != 0 && http_now() >= f->until_ms)
    f->late = true;
  return screen_tick(&f->remote->screen) || f->late;
}

enum follow_end follow(follower *f) {
  enum follow_end end = FOLLOW_DONE;
  if (f->future != NULL)
    return end;
  f->late = false;
  http_on_tick(f->remote->http, on_tick, f);
  if (!stream(f, &end))
    end = poll_it(f);
  http_on_tick(f->remote->http, screen_tick, &f->remote->screen);
  return end;
}
