/*
 * test_trace.c - what the host is told of futures and fibers: in which order,
 * by which numbers and names, and nothing when it does not ask.
 */
#include "vm/session.h"

#include <stdlib.h>

#define TEXT 4096

/* The story so far, a word for each: number, state, and of a beginning the
 * parent, the label and the place. */
struct story {
  session s;
  char text[TEXT];
  size_t len;
  unsigned told, most; /* it is switched off when `most` were told */
};

static void on_wake(void *data, gene_context_t *context) {
  session_wake(&((struct story *)data)->s, context);
}

static void on_trace(void *data, gene_context_t *context,
                     const gene_trace_t *trace) {
  static const char *const states[] = {"started", "waiting", "running",
                                       "success", "failure", "cancelled"};
  struct story *story = data;
  char *at = story->text + story->len;
  size_t room = TEXT - story->len;

  if (trace->state == GENE_TRACE_STARTED)
    story->len += (size_t)snprintf(at, room, "%u:%.*s<%u@%u:%u ", trace->number,
                                   (int)trace->label.len, trace->label.ptr,
                                   trace->parent, trace->line, trace->column);
  else
    story->len += (size_t)snprintf(at, room, "%u %s ", trace->number,
                                   states[trace->state]);
  assert_true(story->len < TEXT);
  if (++story->told == story->most)
    gene_context_trace(context, false);
}

static void run(struct story *story, const char *script, bool trace) {
  gene_context_options_t options = {
      .trace = trace,
      .host = {.data = story, .on_wake = on_wake, .on_trace = on_trace}};

  story->len = story->told = 0;
  story->text[0] = '\0';
  session_run(&story->s, script, &options);
  assert_int_equal(story->s.result.status, GENE_SUCCESS);
}

static int begin(void **state) {
  struct story *story = calloc(1, sizeof *story);

  assert_non_null(story);
  session_open(&story->s, NULL);
  *state = story;
  return 0;
}

static int end(void **state) {
  session_close(&((struct story *)*state)->s);
  free(*state);
  return 0;
}

static void test_numbers_and_names(void **state) {
  struct story *story = *state;

  run(story,
      "(fn work ^^async [n]\n  (gene/sleep n)\n  n)\n"
      "(var a (work 20))\n(var b (gene/sleep_async 5))\n(await a b)\n1",
      true);
  assert_string_equal(story->text,
                      "1:work<0@4:8 2:gene/sleep<1@2:3 1 waiting "
                      "3:gene/sleep_async<0@5:8 3 success 2 success "
                      "1 running 1 success ");
}

static void test_blocks_and_own_futures(void **state) {
  struct story *story = *state;

  run(story, "(var f (new gene/Future))\n(async (f .complete 1))\n(await f)",
      true);
  assert_string_equal(story->text, "1:Future<0@1:8 2:async<0@2:1 1 success "
                                   "2 success ");
  run(story, "(try (await (async (throw 1))) catch * 2)", true);
  assert_string_equal(story->text, "1:async<0@1:13 1 failure ");
  run(story, "(var t (gene/sleep_async 60000)) (t .cancel) 1", true);
  assert_string_equal(story->text, "1:gene/sleep_async<0@1:8 1 cancelled ");
  run(story, "(await (new gene/Future 7))", true);
  assert_string_equal(story->text, "1:Future<0@1:8 1 success ");
}

static void test_off(void **state) {
  struct story *story = *state;

  run(story, "(await (gene/sleep_async 1)) (await (async 1))", false);
  assert_string_equal(story->text, "");
}

/* Numbers count from the beginning, whoever listens. */
static void test_switched_on_and_off(void **state) {
  struct story *story = *state;
  gene_context_options_t options = {
      .host = {.data = story, .on_wake = on_wake, .on_trace = on_trace}};

  story->len = story->told = 0;
  story->most = 2;
  session_start(&story->s,
                "(var a (gene/sleep_async 20)) (gene/sleep 1) (async 1) (async "
                "2) (await a)",
                &options);
  assert_true(session_step(&story->s));
  gene_context_trace(story->s.context, true);
  session_finish(&story->s);
  assert_string_equal(story->text, "2 success 3:async<0@1:46 ");
  story->most = 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_numbers_and_names, begin, end),
      cmocka_unit_test_setup_teardown(test_blocks_and_own_futures, begin, end),
      cmocka_unit_test_setup_teardown(test_off, begin, end),
      cmocka_unit_test_setup_teardown(test_switched_on_and_off, begin, end),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
