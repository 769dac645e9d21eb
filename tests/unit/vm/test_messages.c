/*
 * test_messages.c - what a script says in diagnostics and errors is cut before
 * it makes an answer large; what it sees itself is not.
 */
#include "session.h"

static session s;

static int open_it(void **state) {
  (void)state;
  session_open(&s, NULL);
  return 0;
}

static int close_it(void **state) {
  (void)state;
  session_close(&s);
  return 0;
}

static void debug_is_cut(void **state) {
  (void)state;
  session_run(&s,
              "(var s (\"\\u00e9\" .repeat 4000000)) (debug s)"
              "(debug [s s]) (debug \"short\")"
              "(var n 0) (class A (method to_s [] (n += 1) \"an A\"))"
              "(repeat 200 (debug (new A))) n",
              NULL);
  assert_int_equal(s.result.diagnostics_len, 100);
  for (size_t i = 0; i < 2; i++) {
    gene_text_t text = s.result.diagnostics[i].message;
    assert_in_range(text.len, 4090, 4106);
    assert_memory_equal(text.ptr + text.len - 9, "... (cut)", 9);
  }
  assert_true(session_text_is(s.result.diagnostics[2].message, "\"short\""));
  assert_true(session_text_is(s.result.text, "97"));
}

static void messages_are_cut_in_the_answer(void **state) {
  (void)state;
  static const char *const ends[] = {"(throw s)", "(assert false s)",
                                     "(throw (new Exception s))"};
  char source[256];
  for (size_t i = 0; i < 3; i++) {
    snprintf(source, sizeof source,
             "(var s (\"x\" .repeat 4000000))"
             "(try %s catch * (println ($ex/message .size))) %s",
             ends[i], ends[i]);
    session_run(&s, source, NULL);
    assert_int_equal(s.result.status, GENE_FAILURE);
    assert_string_equal(s.output, "4000000\n");
    gene_text_t text = s.result.error->message;
    assert_int_equal(text.len, 65536 + 9);
    assert_memory_equal(text.ptr + text.len - 9, "... (cut)", 9);
  }
}

static void many_long_messages_are_short(void **state) {
  (void)state;
  session_run(&s,
              "(var s (\"x\" .repeat 100000))"
              "(repeat 50 (async (throw s))) (gene/sleep 1) 1",
              NULL);
  size_t sum = 0;
  assert_int_equal(s.result.unhandled_len, 50);
  for (size_t i = 0; i < 50; i++)
    sum += s.result.unhandled[i]->message.len;
  assert_in_range(sum, 262144, 400000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(debug_is_cut),
      cmocka_unit_test(messages_are_cut_in_the_answer),
      cmocka_unit_test(many_long_messages_are_short),
  };
  return cmocka_run_group_tests_name("messages", tests, open_it, close_it);
}
