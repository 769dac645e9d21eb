/*
 * test_shared.c - futures within the value, as the host sees them: each gets
 * an id once, is told of once, and ends with the context at the latest.
 */
#include "run/stress.h"
#include "session.h"

#define MOST 8

static session s;
static unsigned begun, done[MOST];
static bool refuse;

static bool on_future(void *data, gene_context_t *context, uint32_t handle,
                      char *id) {
  char text[GENE_FUTURE_ID_LEN + 1];
  (void)data;
  (void)context;
  assert_int_equal(handle, begun);
  if (refuse)
    return false;
  snprintf(text, sizeof text, "id-%021u", begun++);
  memcpy(id, text, GENE_FUTURE_ID_LEN);
  return true;
}

static void on_future_done(void *data, gene_context_t *context,
                           uint32_t handle) {
  (void)data;
  (void)context;
  assert_in_range(handle, 0, begun - 1);
  if (handle < MOST)
    done[handle]++;
}

static gene_context_options_t options(void) {
  begun = 0;
  memset(done, 0, sizeof done);
  return (gene_context_options_t){.host = {.data = &s,
                                           .on_wake = session_wake,
                                           .on_future = on_future,
                                           .on_future_done = on_future_done}};
}

static int setup(void **state) {
  (void)state;
  refuse = false;
  session_open(&s, NULL);
  return 0;
}
static int teardown(void **state) {
  (void)state;
  session_close(&s);
  return 0;
}

static void run(const char *source) {
  const gene_context_options_t o = options();
  session_run(&s, source, &o);
}

static gene_result_t outcome(uint32_t handle) {
  gene_result_t result;
  gene_context_future(s.context, handle, &result);
  return result;
}

#define ID(n) "{\"$future\":\"id-00000000000000000000" #n "\"}"

static void test_ids(void **state) {
  (void)state;
  run("(var f (async [1 \"x\"])) [f {^a f} (gene/sleep_async 1)"
      " (async (throw \"no\"))]");
  assert_int_equal(begun, 3);
  assert_true(
      session_text_is(s.result.value_json,
                      "[" ID(0) ",{\"a\":" ID(0) "}," ID(1) "," ID(2) "]"));
  assert_int_equal(s.result.unhandled_len, 0);
  for (uint32_t i = 0; i < 3; i++)
    assert_int_equal(done[i], 1);
  assert_true(session_text_is(outcome(0).value_json, "[1,\"x\"]"));
  assert_true(session_text_is(outcome(0).text, "[1 x]"));
  assert_true(session_text_is(outcome(0).type, "Array"));
  assert_true(session_text_is(outcome(1).value_json, "null"));
  assert_int_equal(outcome(2).status, GENE_FAILURE);
  assert_true(session_text_is(outcome(2).error->message, "no"));
  assert_int_equal(outcome(3).status, GENE_PENDING); /* there is none */
}

static void test_outcomes_with_futures(void **state) {
  (void)state;
  run("[(async (gene/sleep 1) [(async (gene/sleep 1) `a)])]");
  assert_true(session_text_is(outcome(0).value_json, "[" ID(1) "]"));
  assert_true(session_text_is(outcome(1).value_json, "\"a\""));
}

static void test_refused(void **state) {
  (void)state;
  refuse = true;
  run("[(async 1)]");
  assert_true(session_text_is(
      s.result.value_json,
      "[{\"$opaque\":\"Future\",\"text\":\"<Future success>\"}]"));
}

static void test_nothing_completes_it(void **state) {
  (void)state;
  run("[(new gene/Future)]");
  assert_int_equal(s.result.status, GENE_SUCCESS);
  assert_int_equal(outcome(0).status, GENE_FAILURE);
  assert_true(
      session_text_is(outcome(0).error->class_name, "DeadlockException"));
}

static void test_bad_values(void **state) {
  (void)state;
  run("(class P (method to_s [] (throw \"bad\"))) "
      "[(async (var a [1]) (a .add a) a) (async [2]) (async (new P))"
      " (async [3])]");
  assert_int_equal(s.result.status, GENE_SUCCESS);
  assert_true(session_text_is(outcome(0).error->message, "Cyclic value"));
  assert_true(session_text_is(outcome(1).value_json, "[2]"));
  assert_true(session_text_is(outcome(2).error->message, "bad"));
  assert_true(session_text_is(outcome(3).value_json, "[3]"));
}

static void test_cancel_one(void **state) {
  const gene_context_options_t o = options();
  (void)state;
  session_start(&s, "[(gene/sleep_async 60000) (async (gene/sleep 1) 2)]", &o);
  while (begun < 2)
    session_step(&s);
  gene_context_future_cancel(s.context, 0, "enough");
  gene_context_future_cancel(s.context, 0, "again");
  gene_context_future_cancel(s.context, 7, "there is none");
  session_finish(&s);
  assert_int_equal(s.result.status, GENE_SUCCESS);
  assert_int_equal(done[0], 1);
  assert_int_equal(outcome(0).status, GENE_CANCELLED);
  assert_true(session_text_is(outcome(0).error->message, "enough"));
  assert_true(session_text_is(outcome(1).value_json, "2"));
}

static void test_killed(void **state) {
  const gene_context_options_t o = options();
  (void)state;
  session_start(&s, "[(gene/sleep_async 60000) (async 1)]", &o);
  while (done[1] == 0)
    session_step(&s);
  assert_int_equal(outcome(0).status, GENE_PENDING);
  gene_context_kill(s.context, GENE_KILL_WALL, 5);
  assert_int_equal(done[0], 0);
  assert_int_equal(outcome(0).status, GENE_FAILURE);
  assert_true(session_text_is(outcome(0).error->code, "GENE.LIMIT.WALL"));
  assert_int_equal(outcome(1).status, GENE_SUCCESS);
}

static void test_too_many(void **state) {
  (void)state;
  run("(var a []) (repeat 1003 (a .add (async 1))) a");
  assert_int_equal(begun, GENE_FUTURES_MAX);
  assert_int_equal(s.result.diagnostics_len, 1);
  assert_int_equal(outcome(GENE_FUTURES_MAX - 1).status, GENE_SUCCESS);
}

/* Whichever allocation fails, the end is orderly, and each is told of at most
 * once. */
static void test_without_memory(void **state) {
  const char *source = "[(async [1 (async [2])]) (gene/sleep_async 1)"
                       " (async (throw \"x\"))]";
  bool any = false;
  (void)state;
  for (uint64_t nth = 1; nth < 300; nth++) {
    gene_context_options_t o = options();
    gene_program_t *program;
    gene_compile_error_t error;
    assert_int_equal(
        gene_program_load(s.core, source, strlen(source), &program, &error), 0);
    gene_core_fail_nth(s.core, nth);
    s.context = gene_context_create(s.core, program, &o);
    gene_core_fail_nth(s.core, 0);
    gene_program_release(program);
    if (s.context == NULL)
      continue;
    session_finish(&s);
    any = any || s.result.status == GENE_FAILURE;
    for (uint32_t i = 0; i < begun; i++) {
      assert_in_range(done[i], 0, 1);
      assert_int_not_equal(outcome(i).status, GENE_PENDING);
    }
    session_end_script(&s);
  }
  assert_true(any);
}

#define WITH_SESSION(test) \
  cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_SESSION(test_ids),
      WITH_SESSION(test_outcomes_with_futures),
      WITH_SESSION(test_refused),
      WITH_SESSION(test_nothing_completes_it),
      WITH_SESSION(test_bad_values),
      WITH_SESSION(test_cancel_one),
      WITH_SESSION(test_killed),
      WITH_SESSION(test_too_many),
      WITH_SESSION(test_without_memory),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
