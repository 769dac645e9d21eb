/*
 * test_text_room.c - a text that a context has no memory for is given up soon:
 * what was made of it is neither made again and again nor kept.
 */
#include "session.h"

#define CAP   ((size_t)1 << 20)
#define SLICE 5000 /* much less than what a text takes */

/* v takes half of the memory; its text takes several times as much. */
#define VALUE "(var v []) (repeat 50000 (v .add \"a text of 26 letters ends\"))"

static const char *const uses[] = {
    "v",
    "(println v)",
    "(v .to_s)",
    "(v .inspect)",
    "(v .join \" \")",
    "#\"#{v}\"",
    "(\"\" .append v)",
    "(new String v)",
    "(\"a-b\" .replace \"-\" (fn [m] v))",
    "(\"a-b\" .replace #/-/ (fn [m] v))",
    "(throw v)",
    "(assert false v)",
    "(gene/serdes/serialize v)",
    "(gene/json/stringify v)",
    "(gene/json/serialize v)",
    "(gene/json/stringify {{v 1}})",
};

static void run(session *s, const char *source, gene_limits_t limits) {
  gene_context_options_t o = {.limits = limits, .no_value_json = true};
  session_start(s, source, &o);
  while (gene_context_run(s->context, SLICE) != GENE_RUN_DONE)
    uv_run(&s->loop, UV_RUN_NOWAIT);
  gene_context_result(s->context, &s->result);
}

static void test_given_up(void **state) {
  char source[512];
  session s;
  (void)state;
  session_open(&s, NULL);
  run(&s, VALUE " nil", (gene_limits_t){.memory_bytes = CAP});
  assert_int_equal(s.result.status, GENE_SUCCESS);
  uint64_t making = s.result.fuel;
  for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
    snprintf(source, sizeof source, VALUE "%s", uses[i]);
    run(&s, source, (gene_limits_t){.memory_bytes = 32 * CAP});
    assert_true(s.result.fuel > making);
    uint64_t once = s.result.fuel - making;
    run(&s, source,
        (gene_limits_t){.memory_bytes = CAP, .fuel = making + 2 * once});
    if (s.result.error == NULL)
      fail_msg("%s: there was room", uses[i]);
    if (!session_text_is(s.result.error->code, "GENE.LIMIT.MEMORY"))
      fail_msg("%s: %.*s", uses[i], (int)s.result.error->message.len,
               s.result.error->message.ptr);
  }
  session_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_given_up)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
