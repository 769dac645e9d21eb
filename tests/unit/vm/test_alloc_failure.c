/*
 * test_alloc_failure.c - every allocation of a few representative evaluations
 * is made to fail once. Whatever happens must be an orderly end: the value, a
 * LimitException, or an exception that the script caught; never a crash, a
 * hang or a leak.
 */
#include "run/stress.h"
#include "session.h"

static const char *const scripts[] = {
    "(+ 1 2)",
    "(fn f [a b = [1 2] rest... ^k = 3] [a b rest k])"
    "(f 1 2 3 4 ^k {^x 1})",
    "(var xs [5 3 9]) (println (xs .map (x -> (x * 2))) (xs .sort))"
    "#\"#{xs} #{{^a 1}}\"",
    "(class P (ctor [/x /y]) (method sum [] (/x + /y)))"
    "(class Q < P (method sum [] ((super .sum) + 1)))"
    "((new Q 1 2) .sum)",
    "(try (throw {^a 1}) catch e (try (nil + 1) catch * $ex/message)"
    " finally (println \"f\"))",
    "(var a (gene/sleep_async 1)) (a .on_success (-> (println \"cb\")))"
    "(var b (async (gene/sleep 1) (throw \"x\")))"
    "(try (await ^timeout 1000 a b) catch * $ex/message)",
    "(eval `(do (var q 1) ($render `[%q 2])))",
    "(var re (new Regexp \"(?<n>a+)(b|c)*\")) (var m (re .match \"xab\"))"
    "(println re m/named_captures (#/,/ .split \"a,b\"))"
    "(\"a1b2\" .replace_all #/\\d/ (fn [m] [m/start m/captures]))",
};

static void run_once(session *s, const char *source, uint64_t nth,
                     bool *failed) {
  gene_program_t *program;
  gene_compile_error_t error;
  assert_int_equal(
      gene_program_load(s->core, source, strlen(source), &program, &error), 0);
  gene_core_fail_nth(s->core, nth);
  gene_context_t *c = gene_context_create(s->core, program, NULL);
  gene_core_fail_nth(s->core, 0);
  gene_program_release(program);
  if (!c) {
    *failed = true;
    return;
  }
  s->context = c;
  session_finish(s);
  *failed = s->result.status != GENE_SUCCESS;
  session_end_script(s);
}

static void test_each(void **state) {
  (void)state;
  session s;
  session_open(&s, NULL);
  for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
    bool any = false;
    for (uint64_t nth = 1; nth < 400; nth++) {
      bool failed;
      run_once(&s, scripts[i], nth, &failed);
      any = any || failed;
    }
    bool failed;
    run_once(&s, scripts[i], 0, &failed);
    assert_false(failed);
    assert_true(any);
  }
  session_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_each)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
