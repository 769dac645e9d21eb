/*
 * test_selector.c - applying selectors bit by bit: in slices of any length, and
 * with memory running out at each allocation in turn, the result must be the
 * same; streams without an end must run into the limits.
 */
#include "run/stress.h"
#include "session.h"

#define ITERATOR                                                \
  "(class It (ctor [n] (/n = n) (/i = 0))"                      \
  " (method iter [] self) (method has_next [] (/i < /n))"       \
  " (method next [] (/i += 1) /i)"                              \
  " (method next_pair [] (/i += 1) [#\"k#{/i}\" /i]))"          \
  "(class Its (ctor [] (/n = 2)) (method iter [] (new It /n)))" \
  "(class Gap (on_member_missing [name] #\"no #{name}\"))"      \
  "(class Key (ctor [n] (/n = n)) (method hash [] /n)"          \
  " (method == [other] (/n == other/n)))"

static const struct {
  const char *source, *output;
} cases[] = {
    {"(println (@a/0/b {^a [{^b 7}]}) ((@ * \"k\") [{^k 1} {} {^k nil}]))",
     "7 [1 nil]\n"},
    {"(println ((@ \"m\" ** (fn [k v] [#\"#{k}#{k}\" (v + 1)]) @@)"
     " {^m {^a 1 ^b 2 ^c 3}}))",
     "{^aa 2 ^bb 3 ^cc 4}\n"},
    {"(println ((@ * * (fn [x] (if (x < 3) x else void)) @ 0)"
     " [[1 2] [3] (5 .. 6)]))",
     "1\n"},
    {"(println ((@ ** *) {^a [1 2] ^b [3]}) ((@ * **) [{^a 1} {^b 2}]))",
     "[1 2 3] [[a 1] [b 2]]\n"},
    {ITERATOR "(println ((@ *) (new It 3)) ((@ * *) [(new Its) (new It 1)]))",
     "[1 2 3] [1 2 1]\n"},
    {ITERATOR "(println ((@ * zz) [(new Gap) 5 (new Gap)]) (@yy (new Gap)))",
     "[no zz no zz] no yy\n"},
    {"(fn g* [] (yield [\"a\" 1]) (yield [\"b\" 2]))"
     "(println ((@ ** ! @@) (g*)) ((@ * 1) (g*)))",
     "{^a 1 ^b 2} [1 2]\n"},
    {"(println ([{^a 1} {^a 2}] .map @a) ((@ * @a) [{^a 1} {^a 2}]))",
     "[1 2] [1 2]\n"},
    {ITERATOR "(var h (new HashMap (new Key 1) 5)) (var k (new Key 1))"
              "(h/<k> += 2) (h/<(new Key 2)> = 8)"
              "(println h/<k> (h ./ (new Key 2)) (h ./ (new Key 3) \"none\"))",
     "7 8 none\n"},
};
#define CASES (sizeof cases / sizeof *cases)

static void test_results(void **state) {
  (void)state;
  session s;
  session_open(&s, NULL);
  for (size_t i = 0; i < CASES; i++)
    session_expect(&s, cases[i].source, NULL, cases[i].output);
  session_close(&s);
}

static void test_slices(void **state) {
  (void)state;
  session s;
  session_open(&s, NULL);
  for (size_t i = 0; i < CASES; i++)
    for (uint64_t fuel = 1; fuel < 40; fuel += 3) {
      enum gene_run_status status;
      session_start(&s, cases[i].source, NULL);
      do
        status = gene_context_run(s.context, fuel);
      while (status == GENE_RUN_MORE);
      assert_int_equal(status, GENE_RUN_DONE);
      session_finish(&s);
      assert_string_equal(s.output, cases[i].output);
    }
  session_close(&s);
}

/* One allocation fails, the collection that follows makes room, and what was
 * under way goes on. */
static void test_memory(void **state) {
  (void)state;
  session s;
  session_open(&s, NULL);
  for (size_t i = 0; i < CASES; i++)
    for (uint64_t nth = 1; nth < 400; nth++) {
      gene_program_t *program;
      gene_compile_error_t error;
      assert_int_equal(gene_program_load(s.core, cases[i].source,
                                         strlen(cases[i].source), &program,
                                         &error),
                       0);
      gene_core_fail_nth(s.core, nth);
      s.context = gene_context_create(s.core, program, NULL);
      gene_core_fail_nth(s.core, 0);
      gene_program_release(program);
      if (!s.context)
        continue;
      session_finish(&s);
      if (s.result.status == GENE_SUCCESS)
        assert_string_equal(s.output, cases[i].output);
      session_end_script(&s);
    }
  session_close(&s);
}

static void expect_limit(session *s, const char *source) {
  gene_context_options_t options = {
      .limits = {.fuel = 2000000, .memory_bytes = 16u << 20}};
  session_run(s, source, &options);
  assert_int_equal(s->result.status, GENE_FAILURE);
  assert_true(session_text_is(s->result.error->class_name, "LimitException"));
}

static void test_limits(void **state) {
  (void)state;
  session s;
  session_open(&s, NULL);
  expect_limit(&s, "((@ *) (1 .. 9000000000))");
  expect_limit(&s, "(fn g* [] (loop (yield 1))) ((@ * (fn [x] x)) (g*))");
  expect_limit(&s, "(var a []) (for i in (1 .. 1000) (a .add a))"
                   "((@ * * *) a)");
  session_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_results),
      cmocka_unit_test(test_slices),
      cmocka_unit_test(test_memory),
      cmocka_unit_test(test_limits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
