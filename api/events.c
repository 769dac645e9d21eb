/*
 * events.c - GET /futures/{id}/events: what happens to a future, as a stream
 * of Server-Sent Events (WHATWG HTML, 9.2). Each has an `id`, increasing, and
 * one line of JSON as its `data`:
 *
 *   status    {"phase", "status", "version", "usage"}: its phase has changed.
 *   output    {"text", "offset"}: more output, which begins at that byte of
 *             it. The texts one behind the other are the whole output.
 *   progress  the object `progress` of the Future.
 *   future    only with ?timeline=1: of a future within the evaluation {"n",
 *             "parent", "label", "state", "line", "column", "at_ms"}; n counts
 *             them from 1, parent is the n of the one whose fiber made it, or
 *             null; label says what made it, and is null, like its place,
 *             where it began before anybody asked; at_ms is since the
 *             evaluation began.
 *   gap       {"from", "to", "output_offset"}: the events with these ids are
 *             lost; output goes on at that byte, which may be one that the
 *             client has already. With "to": null it is the limit of 10,000
 *             `future` events, and no more of those will come.
 *   done      the whole Future as GET /futures/{id} gives it, the last one.
 *
 * Changes within 50 ms are told together: of statuses and progress the last
 * one counts. A long output, and one that is sent again after a gap, comes in
 * several events, of which only the last may have an id.
 *
 * Last-Event-ID, or ?last_event_id= where a client can't set headers, goes on
 * behind that event. What is kept for that is bounded (--event-bytes), and
 * dropped --event-keep after the last client left. `future` events are kept
 * from the time on when a client first asked for them; POST /eval?timeline=1
 * has them kept from the beginning.
 *
 * A comment is sent after --event-heartbeat of silence. A client that is
 * behind gets what there is by then, and one that takes nothing for
 * --connection-timeout is cut off.
 *
 * When the service stops, streams go on until their futures are done, as they
 * all are within --drain-timeout: those that would last longer are cancelled
 * then. Clients find the service again after `retry`.
 */
#include <stdio.h>
#include <stdlib.h>

#include "api/internal.h"

#define PREFIX_LEN 9 /* of /futures/ */
#define SUFFIX_LEN 7 /* of /events */

/* How long a client waits before it comes back, in ms. */
#define RETRY "2000"

struct watcher {
  struct http_source source;
  struct event_reader reader;
  struct api *api;
  struct http_reply *last; /* the Future that is done, being sent */
  struct http_place place; /* how far */
  bool begun;
};

/* ---- events ------------------------------------------------------------- */

static void put_lead(struct buf *out, uint64_t id, const char *name) {
  if (id != 0) {
    json_lit(out, "id: ");
    buf_u64(out, id);
    buf_byte(out, '\n');
  }
  json_lit(out, "event: ");
  buf_str(out, name);
  json_lit(out, "\ndata: ");
}

static void put_status(struct buf *out, const struct watcher *watcher,
                       struct future *future) {
  gene_result_t result;

  if (future->phase != PHASE_DONE)
    sched_peek(watcher->api->sched, future, &result);
  json_lit(out, "{\"phase\":\"");
  buf_str(out, future_phase_name(future->phase));
  json_lit(out, "\",\"status\":\"");
  buf_str(out, future_status_name(future->status));
  json_lit(out, "\"");
  json_field(out, "version", future->version);
  json_lit(out, ",\"usage\":");
  future_put_usage(out, future);
  buf_byte(out, '}');
}

static void put_output(struct buf *out, const struct watcher *watcher,
                       const struct event *event) {
  gene_text_t output = events_output(&watcher->reader);

  json_lit(out, "{\"text\":");
  json_text(out, output.ptr + event->from, event->to - event->from);
  json_field(out, "offset", event->from);
  buf_byte(out, '}');
}

static void put_progress(struct buf *out, const struct watcher *watcher,
                         struct future *future) {
  gene_result_t result = {.status = GENE_PENDING};
  gene_text_t json = {NULL, 0};
  size_t before = out->len;

  if (future->phase != PHASE_DONE)
    sched_peek(watcher->api->sched, future, &result);
  else if (future->outcome != NULL)
    json = outcome_text(future->outcome, OUT_PROGRESS);
  future_put_progress(out, &result.progress);
  buf_add(out, json.ptr, json.len);
  if (out->len == before)
    json_lit(out, "null");
}

static void put_trace(struct buf *out, const struct event *event) {
  static const char *const states[] = {
      [GENE_TRACE_STARTED] = "started", [GENE_TRACE_WAITING] = "waiting",
      [GENE_TRACE_RUNNING] = "running", [GENE_TRACE_SUCCESS] = "success",
      [GENE_TRACE_FAILURE] = "failure", [GENE_TRACE_CANCELLED] = "cancelled",
  };
  const gene_trace_t *trace = &event->trace;
  char at[32];

  json_lit(out, "{\"n\":");
  buf_u64(out, trace->number);
  json_lit(out, ",\"parent\":");
  json_number_or_null(out, trace->parent);
  json_lit(out, ",\"label\":");
  json_text_or_null(out, trace->label);
  json_lit(out, ",\"state\":\"");
  buf_str(out, states[trace->state]);
  json_lit(out, "\",\"line\":");
  json_number_or_null(out, trace->line);
  json_lit(out, ",\"column\":");
  json_number_or_null(out, trace->column);
  snprintf(at, sizeof at, ",\"at_ms\":%llu.%03u}",
           (unsigned long long)(event->at_us / 1000),
           (unsigned)(event->at_us % 1000));
  buf_str(out, at);
}

static void put_gap(struct buf *out, uint64_t from, uint64_t to,
                    uint64_t output) {
  json_lit(out, "{\"from\":");
  buf_u64(out, from);
  json_lit(out, ",\"to\":");
  json_number_or_null(out, to);
  json_field(out, "output_offset", output);
  buf_byte(out, '}');
}

static void put_event(struct buf *out, const struct watcher *watcher,
                      const struct event *event) {
  static const char *const names[] = {
      [EVENT_GAP] = "gap",       [EVENT_STATUS] = "status",
      [EVENT_OUTPUT] = "output", [EVENT_PROGRESS] = "progress",
      [EVENT_TRACE] = "future",  [EVENT_UNTRACED] = "gap",
      [EVENT_DONE] = "done",
  };
  struct future *future = events_future(&watcher->reader);

  put_lead(out, event->id, names[event->kind]);
  switch (event->kind) {
  case EVENT_GAP: put_gap(out, event->from, event->to, event->output); break;
  case EVENT_STATUS: put_status(out, watcher, future); break;
  case EVENT_OUTPUT: put_output(out, watcher, event); break;
  case EVENT_PROGRESS: put_progress(out, watcher, future); break;
  case EVENT_TRACE: put_trace(out, event); break;
  case EVENT_UNTRACED:
    put_gap(out, event->id, 0, watcher->reader.output);
    break;
  case EVENT_DONE: break; /* see next_of_last */
  }
  json_lit(out, "\n\n");
}

/* ---- the source --------------------------------------------------------- */

/* The last event: the Future may be long, and is written piece by piece. */
static bool begin_last(struct watcher *watcher, struct buf *out, uint64_t id) {
  watcher->last = calloc(1, sizeof *watcher->last);
  if (watcher->last == NULL)
    return false;
  put_lead(out, id, "done");
  future_add(watcher->api, watcher->last, events_future(&watcher->reader));
  events_close(&watcher->reader);
  return !watcher->last->body.failed;
}

static enum http_flow next_of_last(struct watcher *watcher, struct buf *out) {
  size_t wrote = 0;

  if (!buf_reserve(out, HTTP_SOURCE_PIECE))
    return HTTP_FLOW_END;
  wrote = http_body_some(watcher->last, &watcher->place, out->ptr + out->len,
                         HTTP_SOURCE_PIECE);
  out->len += wrote;
  if (wrote > 0)
    return HTTP_FLOW_MORE;
  json_lit(out, "\n\n");
  return HTTP_FLOW_END;
}

static enum http_flow on_next(struct http_source *source, struct buf *out) {
  struct watcher *watcher = (struct watcher *)source;
  struct event event;

  if (!watcher->begun)
    json_lit(out, "retry: " RETRY "\n\n");
  watcher->begun = true;
  if (watcher->last != NULL)
    return next_of_last(watcher, out);
  while (out->len < HTTP_SOURCE_PIECE) {
    if (events_future(&watcher->reader) == NULL) {
      json_lit(out, ": the future was forgotten\n\n");
      return HTTP_FLOW_END;
    }
    if (!events_next(&watcher->reader, &event))
      return HTTP_FLOW_WAIT;
    if (event.kind == EVENT_DONE)
      return begin_last(watcher, out, event.id) ? HTTP_FLOW_MORE
                                                : HTTP_FLOW_END;
    put_event(out, watcher, &event);
  }
  return HTTP_FLOW_MORE;
}

static void on_closed(struct http_source *source) {
  struct watcher *watcher = (struct watcher *)source;
  struct http_reply *last = watcher->last;

  events_close(&watcher->reader);
  if (last != NULL) {
    http_drop_inserts(last);
    buf_free(&last->body);
    free(last);
  }
  free(watcher);
}

static void on_wake(struct event_reader *reader) {
  struct watcher *watcher =
      (struct watcher *)((char *)reader - offsetof(struct watcher, reader));

  transport_wake(&watcher->source);
}

void api_look(void *data, struct future *future, gene_result_t *out) {
  sched_peek(((struct api *)data)->sched, future, out);
}

/* ---- the request -------------------------------------------------------- */

static enum http_next refuse_type(struct http_exchange *x) {
  return problem_reply(
      x, &(struct problem){.status = 406,
                           .slug = "not-acceptable",
                           .title = "Not acceptable",
                           .detail = "Events are had as text/event-stream."});
}

static enum http_next refuse_count(struct api *api, struct http_exchange *x) {
  return problem_reply(
      x, &(struct problem){.status = 503,
                           .slug = "too-many-streams",
                           .title = "There are too many event streams",
                           .detail = "Ask again later, or poll the future "
                                     "with ?wait= meanwhile.",
                           .has_limit = true,
                           .limit = api->config->max_streams,
                           .retry_after = 5});
}

static enum http_next refuse_draining(struct http_exchange *x) {
  return problem_reply(x, &(struct problem){.status = 503,
                                            .slug = "draining",
                                            .title = "The service is stopping",
                                            .detail = "It begins no event "
                                                      "stream any more.",
                                            .retry_after = 5});
}

struct wanted {
  uint64_t after; /* which event the client wants to go on behind */
  bool timeline;
};

/* False: refused. */
static bool read_wanted(struct http_exchange *x, struct wanted *wanted) {
  gene_text_t id = x->request.header[HTTP_LAST_EVENT_ID];
  enum query_result after;
  struct query query;

  query_decode(x->request.query, QUERY_ALL, &query);
  after = query_last_event(&query, &wanted->after);
  if (id.ptr != NULL) /* goes before that of the first connection */
    after = negotiate_event_id(id, &wanted->after) ? QUERY_GOOD : QUERY_BAD;
  if (after == QUERY_BAD) {
    problem_bad_query(x, "last_event_id");
    return false;
  }
  if (query_timeline(&query, &wanted->timeline) != QUERY_BAD)
    return true;
  problem_bad_query(x, "timeline");
  return false;
}

static enum http_next begin(struct api *api, struct http_exchange *x,
                            struct future *future,
                            const struct wanted *wanted) {
  struct watcher *watcher = calloc(1, sizeof *watcher);

  if (watcher == NULL)
    return problem_no_memory(x);
  watcher->source = (struct http_source){
      .next = on_next, .closed = on_closed, .beat = ":\n\n"};
  watcher->reader.wake = on_wake;
  watcher->reader.traces = wanted->timeline;
  watcher->api = api;
  if (!events_open(api->events, future, &watcher->reader, wanted->after)) {
    free(watcher);
    return problem_no_memory(x);
  }
  if (wanted->timeline)
    sched_trace(api->sched, future);
  x->reply.source = &watcher->source;
  return HTTP_ANSWER;
}

enum http_next events_get(struct api *api, struct http_exchange *x) {
  gene_text_t path = x->request.path;
  gene_text_t id = {path.ptr + PREFIX_LEN, path.len - PREFIX_LEN - SUFFIX_LEN};
  struct future *future;
  struct wanted wanted;

  if (!negotiate_accepts(&x->request, "text/event-stream"))
    return refuse_type(x);
  if (!read_wanted(x, &wanted))
    return HTTP_ANSWER;
  future = future_find(api, x, id);
  if (future == NULL)
    return HTTP_ANSWER;
  if (api->draining)
    return refuse_draining(x);
  if (transport_streams(api->transport) >= api->config->max_streams)
    return refuse_count(api, x);
  x->reply.status = 200;
  x->reply.content_type = "text/event-stream";
  http_field(x, "Cache-Control", "no-store");
  http_field(x, "X-Accel-Buffering", "no");
  if (x->request.method == HTTP_HEAD) {
    x->reply.unsized = true;
    return HTTP_ANSWER;
  }
  return begin(api, x, future, &wanted);
}
