/*
 * test_events.c - rings of events: numbers, pieces of output, resuming, what
 * is lost and told of it, and that memory is bounded.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/clock.h"
#include "server/events.h"
#include "server/registry.h"

static uv_loop_t loop;
static struct deadlines deadlines;
static struct registry *registry;
static struct events_hub *hub;
static gene_result_t now; /* what is known of any pending future */
static unsigned woken;

static void look(void *data, struct future *future, gene_result_t *out) {
  assert_ptr_equal(data, &now);
  assert_int_not_equal(future->phase, PHASE_DONE);
  *out = now;
}

static void create(uint64_t max_bytes, uint64_t keep_ms) {
  hub = events_create(&(struct events_options){.deadlines = &deadlines,
                                               .max_bytes = max_bytes,
                                               .keep_ms = keep_ms,
                                               .look = look,
                                               .data = &now});
  assert_non_null(hub);
}

static int begin(void **state) {
  (void)state;
  woken = 0;
  now = (gene_result_t){.status = GENE_PENDING};
  if (uv_loop_init(&loop) != 0 || deadlines_init(&deadlines, &loop) != 0)
    return -1;
  registry =
      registry_create(&(struct registry_options){.deadlines = &deadlines,
                                                 .keep_count = 100,
                                                 .keep_bytes = UINT64_MAX,
                                                 .keep_ms = 1000000});
  return registry == NULL;
}

static int end(void **state) {
  (void)state;
  registry_destroy(registry);
  events_destroy(hub);
  deadlines_close(&deadlines);
  uv_run(&loop, UV_RUN_DEFAULT);
  return uv_loop_close(&loop);
}

static struct future *pending(void) {
  struct future *future = registry_new(registry, 0, (gene_text_t){NULL, 0});

  assert_non_null(future);
  registry_list(registry, future);
  return future;
}

/* Ends it with `now` as its outcome. */
static void finish(struct future *future) {
  struct outcome *outcome = calloc(1, sizeof *outcome + now.output.len);

  assert_non_null(outcome);
  if (now.output.len > 0)
    memcpy(outcome->bytes, now.output.ptr, now.output.len);
  for (int part = OUT_OUTPUT; part < OUT_PARTS; part++)
    outcome->end[part] = (uint32_t)now.output.len;
  future->outcome = outcome;
  future->phase = PHASE_DONE;
  future->status = GENE_SUCCESS;
  future->finished_us = clock_wall_us(clock_ns());
  registry_finished(registry, future);
}

static void on_wake(struct event_reader *reader) {
  (void)reader;
  woken++;
}

static void open_reader(struct event_reader *reader, struct future *future,
                        uint64_t after) {
  *reader = (struct event_reader){.wake = on_wake, .traces = reader->traces};
  assert_true(events_open(hub, future, reader, after));
}

/* The next event, which is of this kind. */
static struct event next(struct event_reader *reader, enum event_kind kind) {
  struct event event = {.kind = EVENT_GAP};

  assert_true(events_next(reader, &event));
  assert_int_equal(event.kind, kind);
  return event;
}

static void nothing(struct event_reader *reader) {
  struct event event;

  assert_false(events_next(reader, &event));
}

/* Lets time pass until the readers are woken. */
static void wait_for_news(void) {
  unsigned before = woken;

  while (woken == before)
    uv_run(&loop, UV_RUN_ONCE);
}

static void changed(struct future *future) {
  registry_changed(registry, future);
}

static void from_beginning_to_end(void **state) {
  struct future *future;
  struct event_reader reader = {0};

  (void)state;
  create(1 << 20, 1000);
  future = pending();
  open_reader(&reader, future, 0);
  assert_int_equal(next(&reader, EVENT_STATUS).id, 1);
  nothing(&reader);
  now.output = (gene_text_t){"abc", 3};
  changed(future); /* too soon after the first look */
  nothing(&reader);
  future->phase = PHASE_WAITING;
  changed(future);
  wait_for_news();
  assert_int_equal(woken, 1); /* both are told as one */
  assert_int_equal(next(&reader, EVENT_STATUS).id, 2);
  assert_int_equal(next(&reader, EVENT_OUTPUT).to, 3);
  nothing(&reader);
  finish(future);
  assert_int_equal(woken, 2);
  assert_int_equal(next(&reader, EVENT_STATUS).id, 4);
  assert_int_equal(next(&reader, EVENT_DONE).id, 5);
  nothing(&reader);
  events_close(&reader);
}

/* Pieces end between characters, whether the output goes on or not. */
static void pieces_of_output(void **state) {
  enum { LEN = 20000 };
  static char text[LEN];
  struct future *future;
  struct event_reader reader = {0};
  uint64_t at = 0;

  (void)state;
  create(1 << 20, 1000);
  for (size_t i = 0; i + 3 <= LEN; i += 3)
    memcpy(text + i, "\xe2\x82\xac", 3);
  future = pending();
  now.output = (gene_text_t){text, LEN - 3}; /* ends within a character */
  open_reader(&reader, future, 0);
  next(&reader, EVENT_STATUS);
  while (at < LEN - 5) {
    struct event event = next(&reader, EVENT_OUTPUT);

    assert_int_equal(event.from, at);
    assert_int_equal(event.to % 3, 0);
    assert_in_range(event.to - event.from, 1, 4096);
    at = event.to;
  }
  nothing(&reader);
  now.output.len = at + 3;
  finish(future);
  next(&reader, EVENT_STATUS);
  assert_int_equal(next(&reader, EVENT_OUTPUT).to, at + 3);
  next(&reader, EVENT_DONE);
  events_close(&reader);
}

static void resuming(void **state) {
  struct future *future;
  struct event_reader one = {0}, other = {0};
  struct event event;

  (void)state;
  create(1 << 20, 1000);
  future = pending();
  now.output = (gene_text_t){"abcdef", 2};
  open_reader(&one, future, 0);
  next(&one, EVENT_STATUS);
  event = next(&one, EVENT_OUTPUT);
  events_close(&one);
  now.output.len = 6;
  finish(future);
  open_reader(&one, future, event.id);
  assert_int_equal(next(&one, EVENT_STATUS).id, event.id + 1);
  event = next(&one, EVENT_OUTPUT);
  assert_int_equal(event.from, 2);
  assert_int_equal(event.to, 6);
  /* a second reader goes its own way */
  open_reader(&other, future, event.id);
  assert_int_equal(next(&other, EVENT_DONE).id, event.id + 1);
  nothing(&other);
  next(&one, EVENT_DONE);
  events_close(&one);
  events_close(&other);
}

/* An id that was not given out: what was behind it is unknown. */
static void unknown_ids(void **state) {
  struct future *future;
  struct event_reader reader = {0};
  struct event event;

  (void)state;
  create(1 << 20, 1000);
  future = pending();
  now.output = (gene_text_t){"abc", 3};
  for (uint64_t after = 10; after < 1000; after += 900) {
    open_reader(&reader, future, after);
    event = next(&reader, EVENT_GAP);
    assert_int_equal(event.from, after + 1);
    assert_int_equal(event.to, after + 1);
    assert_int_equal(event.output, 0);
    assert_int_equal(next(&reader, EVENT_STATUS).id, after + 2);
    assert_int_equal(next(&reader, EVENT_OUTPUT).from, 0);
    nothing(&reader);
    events_close(&reader);
  }
  finish(future);
}

static gene_trace_t trace_of(uint32_t number, enum gene_trace_state state) {
  return (gene_trace_t){
      .state = state,
      .number = number,
      .parent = number / 2,
      .label = {number % 2 == 0 ? "even" : "odd", number % 2 == 0 ? 4 : 3},
      .line = number + 7,
      .column = 3};
}

static void traces_are_described(void **state) {
  struct future *future;
  struct event_reader reader = {.traces = true};
  gene_trace_t trace;
  struct event event;

  (void)state;
  create(1 << 20, 1000);
  future = pending();
  assert_true(events_trace(hub, future));
  trace = trace_of(2, GENE_TRACE_STARTED);
  assert_true(events_traced(future->events, &trace, 5));
  trace = trace_of(3, GENE_TRACE_STARTED);
  assert_true(events_traced(future->events, &trace, 6));
  trace = (gene_trace_t){.state = GENE_TRACE_SUCCESS, .number = 2};
  assert_true(events_traced(future->events, &trace, 7));
  trace = (gene_trace_t){.state = GENE_TRACE_SUCCESS, .number = 1};
  assert_true(events_traced(future->events, &trace, 8));
  open_reader(&reader, future, 0);
  next(&reader, EVENT_TRACE);
  event = next(&reader, EVENT_TRACE);
  assert_int_equal(event.trace.number, 3);
  assert_int_equal(event.trace.parent, 1);
  event = next(&reader, EVENT_TRACE);
  assert_int_equal(event.trace.state, GENE_TRACE_SUCCESS);
  assert_int_equal(event.trace.line, 9);
  assert_int_equal(event.trace.label.len, 4);
  assert_memory_equal(event.trace.label.ptr, "even", 4);
  assert_int_equal(event.at_us, 7);
  event = next(&reader, EVENT_TRACE); /* began before */
  assert_int_equal(event.trace.line, 0);
  assert_null(event.trace.label.ptr);
  next(&reader, EVENT_STATUS);
  events_close(&reader);
  finish(future);
}

static void traces_are_bounded(void **state) {
  struct future *future;
  struct event_reader reader = {.traces = true};
  struct event event;
  struct events_stats stats;
  unsigned taken = 0, seen = 0;

  (void)state;
  create(4 << 20, 1000);
  future = pending();
  assert_true(events_trace(hub, future));
  for (uint32_t i = 1; i <= 20000; i++) {
    gene_trace_t trace = trace_of(i, GENE_TRACE_STARTED);

    taken += events_traced(future->events, &trace, i);
  }
  assert_int_equal(taken, 10000);
  events_stats(hub, &stats);
  assert_in_range(stats.bytes, 10000 * 16, 1 << 20);
  open_reader(&reader, future, 0);
  while (events_next(&reader, &event) && event.kind == EVENT_TRACE)
    seen++;
  assert_int_equal(seen, 10000);
  assert_int_equal(event.kind, EVENT_UNTRACED);
  events_close(&reader);
  finish(future);
}

/* With little memory the oldest go: a gap for whoever wants traces, and for
 * whoever resumes behind one that is gone; the output is never lost. */
static void what_is_lost_is_told(void **state) {
  struct future *future;
  struct event_reader reader = {.traces = true}, plain = {0};
  struct event event;

  (void)state;
  create(16 << 10, 1000);
  now.output = (gene_text_t){"abc", 3};
  future = pending();
  assert_true(events_trace(hub, future));
  open_reader(&reader, future, 0);
  next(&reader, EVENT_STATUS);
  next(&reader, EVENT_OUTPUT);
  for (uint32_t i = 0; i < 5000; i++) {
    gene_trace_t trace = {.state = GENE_TRACE_WAITING, .number = 1};

    assert_true(events_traced(future->events, &trace, i));
  }
  event = next(&reader, EVENT_GAP);
  assert_int_equal(event.from, 3);
  assert_int_equal(event.output, 3);
  assert_int_equal(next(&reader, EVENT_TRACE).id, event.to + 1);
  open_reader(&plain, future, 0);
  event = next(&plain, EVENT_OUTPUT);
  assert_int_equal(event.to, 3);
  nothing(&plain);
  events_close(&plain);
  open_reader(&plain, future, 1);
  event = next(&plain, EVENT_GAP);
  assert_int_equal(event.output, 0);
  assert_int_equal(next(&plain, EVENT_OUTPUT).from, 0);
  finish(future);
  next(&plain, EVENT_STATUS);
  next(&plain, EVENT_DONE);
  events_close(&plain);
  events_close(&reader);
}

/* No room for one more that is read; those that are not make place. */
static void rings_share_the_memory(void **state) {
  struct event_reader readers[40];
  struct future *futures[40];
  struct events_stats stats;
  unsigned opened = 0;

  (void)state;
  create(16 << 10, 1000000);
  for (int i = 0; i < 40; i++) {
    futures[i] = pending();
    readers[i] = (struct event_reader){.wake = on_wake};
    opened += events_open(hub, futures[i], &readers[i], 0);
  }
  events_stats(hub, &stats);
  assert_in_range(stats.bytes, 8 << 10, 16 << 10);
  assert_in_range(opened, 10, 39);
  assert_int_equal(opened, stats.followed);
  events_close(&readers[0]);
  open_reader(&readers[39], futures[39], 0);
  assert_null(futures[0]->events);
  for (int i = 0; i < 40; i++) {
    events_close(&readers[i]);
    finish(futures[i]);
  }
}

static void unread_ones_are_dropped(void **state) {
  struct future *future;
  struct event_reader reader = {0};

  (void)state;
  create(1 << 20, 20);
  future = pending();
  open_reader(&reader, future, 0);
  events_close(&reader);
  while (future->events != NULL)
    uv_run(&loop, UV_RUN_ONCE);
  assert_true(events_trace(hub, future)); /* is kept while it goes on */
  for (uint64_t until = clock_ns() + 60000000; clock_ns() < until;)
    uv_run(&loop, UV_RUN_NOWAIT);
  assert_non_null(future->events);
  finish(future);
  while (future->events != NULL)
    uv_run(&loop, UV_RUN_ONCE);
}

static void a_future_is_forgotten(void **state) {
  struct future *future;
  struct event_reader reader = {0};

  (void)state;
  create(1 << 20, 1000);
  future = pending();
  open_reader(&reader, future, 0);
  finish(future);
  woken = 0;
  registry_forget(registry, future);
  assert_int_equal(woken, 1);
  assert_null(events_future(&reader));
  nothing(&reader);
  events_close(&reader);
}

static void progress_is_told_once(void **state) {
  struct future *future;
  struct event_reader reader = {0};

  (void)state;
  create(1 << 20, 1000);
  future = pending();
  now.progress = (gene_progress_t){.any = true,
                                   .has_fraction = true,
                                   .fraction = 0.5,
                                   .message = {"half", 4}};
  open_reader(&reader, future, 0);
  next(&reader, EVENT_STATUS);
  next(&reader, EVENT_PROGRESS);
  changed(future);
  while (deadlines.len > 1) /* but for the end of the registry's patience */
    uv_run(&loop, UV_RUN_ONCE);
  nothing(&reader);
  now.progress.fraction = 0.75;
  changed(future);
  wait_for_news();
  next(&reader, EVENT_PROGRESS);
  events_close(&reader);
  finish(future);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(from_beginning_to_end, begin, end),
      cmocka_unit_test_setup_teardown(pieces_of_output, begin, end),
      cmocka_unit_test_setup_teardown(resuming, begin, end),
      cmocka_unit_test_setup_teardown(unknown_ids, begin, end),
      cmocka_unit_test_setup_teardown(traces_are_described, begin, end),
      cmocka_unit_test_setup_teardown(traces_are_bounded, begin, end),
      cmocka_unit_test_setup_teardown(what_is_lost_is_told, begin, end),
      cmocka_unit_test_setup_teardown(rings_share_the_memory, begin, end),
      cmocka_unit_test_setup_teardown(unread_ones_are_dropped, begin, end),
      cmocka_unit_test_setup_teardown(a_future_is_forgotten, begin, end),
      cmocka_unit_test_setup_teardown(progress_is_told_once, begin, end),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
