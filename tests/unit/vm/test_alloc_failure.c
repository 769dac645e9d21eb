/*
 * test_alloc_failure.c - every allocation of a few representative evaluations
 * is made to fail once. Whatever happens must be an orderly end: the value, a
 * LimitException, or an exception that the script caught; never a crash, a
 * hang or a leak. Texts that were begun when memory ran out hold each part
 * once.
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

/* Each makes texts of values that no short way prints. */
#define NESTED                                                     \
  "(class P (ctor [/x] nil) (method to_s [] #\"p#{/x}\"))"         \
  "(var ten [1 2 {^a \"e\\n\" ^b [true nil]} `f/g 9.5 {{1 2}} "    \
  "(new P [1 2]) `(g ^h 1 %i \"j\") #/k/ (\"long \" .repeat 40)])" \
  "(var v [ten ten [ten [ten ten]]])"

static const char *const texts[] = {
    NESTED "v",
    NESTED "(println v 1 v)",
    NESTED "(println #\"#{v} and #{ten} and #{v}\")",
    NESTED "(v .to_s)",
    NESTED "(v .inspect)",
    NESTED "(v .join \", \")",
    NESTED "(\"a\" .append v ten v)",
    NESTED "((new String v ten) .size)",
    NESTED "(\"a-b-c\" .replace_all \"-\" (fn [m] v))",
    NESTED "(\"a-b-c\" .replace_all #/-/ (fn [m] v))",
    NESTED "(try (throw v) catch * $ex/message)",
    NESTED "(try (assert false v) catch * $ex/message)",
    NESTED "(gene/json/stringify [v v])",
    NESTED "(gene/json/stringify {{ten 1 v 2}})",
    "(var ten [1 2 {^a \"e\\n\" ^b [true nil]} 9.5 {{1 2}} (0 .. 4)])"
    "(var v [ten ten [ten [ten ten]]])"
    "(println (gene/serdes/serialize v) (gene/json/serialize v))"
    "[(gene/serdes/deserialize (gene/serdes/serialize v))"
    " (gene/json/deserialize (gene/json/serialize v))]",
    NESTED "(throw v)",
    "(var t (\"Some words, caf\\u{e9}. \" .repeat 30))"
    "(println (t .upper) (t .reverse) (t .chars) (t .split \" \") (t .lines)"
    " (t .pad_left 800 \"+-\") (t .replace_all \"wo\" \"WO\")"
    " (t .replace_all #/w(o)/ \"<\\\\1>\") (t .scan #/o./) (t .bytes))",
    "(var xs []) (for i in (0 .. 300) (xs .add ((i * 37) % 101)))"
    "(println (xs .sort) (xs .map (x -> [x])) (xs .filter (x -> (x > 50)))"
    " (xs .zip xs) (xs .reverse) (xs .uniq) (xs .sort_by (x -> (- x)))"
    " (xs .group_by (x -> (x % 7))) ([xs [xs]] .flatten) (xs .slice 5 99)"
    " (xs == (xs .map (x -> x))) (xs .reduce 0 (fn [a b] (a + b))))",
    "(var said [])"
    "(fn hear [f] (f .on_success (v -> (said .add [\"s\" v])))"
    " (f .on_failure (e -> (said .add [\"f\" e/message]))))"
    "(var a (new Future)) (hear a) (a .complete [1]) (hear a)"
    "(var b (new Future)) (hear b) (b .fail [2]) (hear b)"
    "(var d (new Future)) (hear d) (d .cancel \"no\")"
    "(println said (a .state) (b .state) (d .state))",
    "(var c []) (c .push [1 [2 c]])"
    "[(try (gene/serdes/serialize c) catch * $ex/message)"
    " (try (gene/json/stringify c) catch * $ex/message)]",
};

typedef struct outcome {
  bool success, no_memory;
  char output[16384], value[16384], cause[16384];
} outcome;

static void copy_text(char to[16384], gene_text_t from) {
  assert_true(from.len < 16384);
  if (from.ptr != NULL)
    memcpy(to, from.ptr, from.len);
  to[from.ptr != NULL ? from.len : 0] = '\0';
}

static void outcome_of(session *s, const char *source, uint64_t nth,
                       const gene_context_options_t *o, outcome *out) {
  const gene_result_t *r = &s->result;
  gene_core_fail_nth(s->core, nth);
  session_run(s, source, o);
  gene_core_fail_nth(s->core, 0);
  const gene_error_t *e = r->error;
  out->success = r->status == GENE_SUCCESS;
  out->no_memory = e && session_text_is(e->code, "GENE.LIMIT.MEMORY");
  copy_text(out->output, r->output);
  copy_text(out->value, r->text);
  copy_text(out->cause, e != NULL ? e->cause_json : (gene_text_t){NULL, 0});
}

/* The same as without the failure, or the end by the limit. */
static void check_outcome(const char *source, uint64_t nth, const outcome *got,
                          const outcome *want) {
  bool cut_short = got->no_memory;
  bool same = strcmp(got->output, want->output) == 0 &&
              strcmp(got->value, want->value) == 0;
  if (!cut_short && !same)
    fail_msg("%s\nallocation %llu: %s -> %s\ninstead of %s -> %s", source,
             (unsigned long long)nth, got->output, got->value, want->output,
             want->value);
  if (!cut_short)
    assert_int_equal(got->success, want->success);
  if (!cut_short && got->cause[0] == '[')
    assert_string_equal(got->cause, want->cause);
}

/* With slices of a step, so that memory runs out in the midst of texts. */
static void test_texts(void **state) {
  static outcome want, got;
  const bool plain[] = {false, true}; /* without JSON of the value */
  session s;
  gene_core_options_t core = {.stress = 0};
  assert_true(gene_stress_parse("slice", &core.stress));
  session_open_core(&s, &core, NULL);
  (void)state;
  for (size_t i = 0; i < 2 * (sizeof texts / sizeof *texts); i++) {
    const char *source = texts[i / 2];
    gene_context_options_t o = {.no_value_json = plain[i % 2]};
    outcome_of(&s, source, 0, &o, &want);
    for (uint64_t nth = 1; nth < 300; nth++) {
      outcome_of(&s, source, nth, &o, &got);
      check_outcome(source, nth, &got, &want);
    }
  }
  session_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_each),
                                     cmocka_unit_test(test_texts)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
