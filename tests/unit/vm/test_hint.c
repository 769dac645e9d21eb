/*
 * test_hint.c - a misspelt name's error names the nearest one that is in
 * scope; the message stays as it is, and a name like no other gets no hint.
 */
#include "vm/session.h"

static session s;

static void expect(const char *source, const char *message, const char *hint) {
  session_run(&s, source, NULL);
  const gene_error_t *e = s.result.error;
  if (e == NULL || !session_text_is(e->message, message) ||
      (hint != NULL ? !session_text_is(e->hint, hint) : e->hint.ptr != NULL))
    fail_msg("%s: %.*s / %.*s", source, e ? (int)e->message.len : 0,
             e ? e->message.ptr : "", e && e->hint.ptr ? (int)e->hint.len : 0,
             e && e->hint.ptr ? e->hint.ptr : "");
  session_end_script(&s);
}

static void test_variables(void **state) {
  (void)state;
  expect("(pritnln 1)", "pritnln is not defined", "Did you mean println?");
  expect("(PrintLn 1)", "PrintLn is not defined", "Did you mean println?");
  expect("(fro x in [1] x)", "fro is not defined", "Did you mean for?");
  expect("(var total 1) totl", "totl is not defined", "Did you mean total?");
  expect("(fn f [] (var counter 1) (+ countr 1)) (f)", "countr is not defined",
         "Did you mean counter?");
  expect("(fn f [] (var counter 1)) (f) (+ countr 1)", "countr is not defined",
         NULL);
  expect("(var count_up 1) (eval `count_pu)", "count_pu is not defined",
         "Did you mean count_up?");
  expect("(eval `(pritnln 1))", "pritnln is not defined",
         "Did you mean println?");
  expect("(qwertzuiop 1)", "qwertzuiop is not defined", NULL);
  expect("(throw \"pritnln is not defined\")", "pritnln is not defined", NULL);
}

static void test_members(void **state) {
  (void)state;
  expect("(\"a\" .lenght)", "Method lenght not found on String",
         "Did you mean length?");
  expect("(class A (method greet [] 1)) (class B < A) ((new B) .graet)",
         "Method graet not found on B", "Did you mean greet?");
  expect("(math/sqr 1)", "Void is not callable", "Did you mean math/sqrt?");
  expect("(gene/json/prse \"1\")", "Void is not callable",
         "Did you mean gene/json/parse?");
  expect("(var m {}) (m/x)", "Void is not callable", NULL);
}

static void test_arguments(void **state) {
  (void)state;
  expect("(fn f [^width = 1] width) (f ^widht 2)",
         "Unexpected keyword argument: widht", "Did you mean width?");
  expect("(parse 1 2)", "Expected 1 arguments, got 2",
         "It is called so: (parse s)");
  expect("(\"a\" .pad_left 3 5)", "pad_left expects a String, got Int",
         "It is argument 2 of (s .pad_left n [pad])");
  expect("(\"a\" .pad_left 5 5)", "pad_left expects a String, got Int",
         "It is called so: (s .pad_left n [pad])");
  expect("(flush ^now 1)", "Unexpected keyword argument: now",
         "It is called so: (flush)");
}

/* The hint goes with its exception, not with the one after it. */
static void test_other_exceptions(void **state) {
  (void)state;
  expect("(try (pritnln 1) catch * (throw \"other\"))", "other", NULL);
  expect("(try (pritnln 1) catch * (throw $ex))", "pritnln is not defined",
         "Did you mean println?");
  expect("(try (pritnln 1) catch * (try (lne 1) catch * nil)) (throw \"x\")",
         "x", NULL);
}

static int open_session(void **state) {
  (void)state;
  session_open(&s, NULL);
  return 0;
}

static int close_session(void **state) {
  (void)state;
  session_close(&s);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_variables),
      cmocka_unit_test(test_members),
      cmocka_unit_test(test_arguments),
      cmocka_unit_test(test_other_exceptions),
  };
  return cmocka_run_group_tests(tests, open_session, close_session);
}
