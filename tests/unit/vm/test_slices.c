/*
 * test_slices.c - builtins over long texts give the loop back: no slice of
 * them uses much more fuel than it was given. What a builtin touches at once
 * it charges at once, so one that does not pause is seen here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gene.h"

#define SLICE ((uint64_t)5000)
#define MOST  ((uint64_t)100000) /* of one slice; doing all at once is more */

/* Two texts and Bytes of two million bytes that each script finds. */
#define PRELUDE                             \
  "(var s (\"abcdefghij\" .repeat 200000))" \
  "(var t (\"abcdefghij\" .repeat 200000))" \
  "(var b (s .to_bytes)) (var c (t .to_bytes))"

static const char *const scripts[] = {
    "(\"x\" .repeat 3000000) 1",
    "(s .repeat 2) 1",
    "(\"x\" .pad_left 3000000) 1",
    "(s .pad_right 3000000 \"yz\") 1",
    "(s .append t) 1",
    "(s ++ t) 1",
    "#\"#{s}#{t}\" 1",
    "(new String s t) 1",
    "(s .inspect) 1",
    "([s] .to_s) 1",
    "(s .replace \"j\" t) 1",
    "(s .replace \"\" t) 1",
    "(s .replace_all \"jab\" \"\") 1",
    "((s ++ \"z\") .replace_all \"z\" \"y\") 1",
    "(s == t)",
    "([s] == [t])",
    "(#\" #{s} \" .trim) 1",
    "((\"é\" .repeat 1000000) .size)",
    "((s .append \"é\") .size)",
    "(s .byteslice 1 1900000) 1",
    "((s .slice 0 300000) .each_byte) 1",
    "(b .slice 1) 1",
    "(b .concat c) 1",
    "(b ++ c) 1",
    "(b .bit_and c) 1",
    "(b || c) 1",
    "(! b) 1",
    "(b << 3) 1",
    "(b >> 9) 1",
    "(b == c)",
    "(b .to_string) 1",
    "((b .slice 0 300000) .to_array) 1",
    "(Bytes/from_array ((b .slice 0 300000) .to_array)) 1",
    "(try ((\" \" .repeat 2000000) .to_i) catch e 1)",
};

/* The most fuel that a slice used; fails the test when the script fails. */
static uint64_t most_of(gene_core_t *core, const char *script) {
  static const gene_context_options_t options = {.limits.memory_bytes =
                                                     (size_t)64 << 20};
  char source[1024];
  gene_program_t *program;
  gene_compile_error_t error;
  gene_result_t result;
  uint64_t most = 0, before = 0;
  int len = snprintf(source, sizeof source, PRELUDE "%s", script);
  assert_in_range(len, 1, sizeof source - 1);
  assert_int_equal(
      gene_program_load(core, source, (size_t)len, &program, &error), 0);
  gene_context_t *context = gene_context_create(core, program, &options);
  assert_non_null(context);
  gene_program_release(program);
  while (gene_context_run(context, SLICE) == GENE_RUN_MORE) {
    gene_context_result(context, &result);
    most = result.fuel - before > most ? result.fuel - before : most;
    before = result.fuel;
  }
  gene_context_result(context, &result);
  most = result.fuel - before > most ? result.fuel - before : most;
  if (result.status != GENE_SUCCESS)
    fail_msg("%s: %.*s", script, (int)result.error->message.len,
             result.error->message.ptr);
  gene_context_destroy(context);
  return most;
}

static void long_texts(void **state) {
  gene_core_t *core = gene_core_create(NULL);
  (void)state;
  assert_non_null(core);
  for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
    uint64_t most = most_of(core, scripts[i]);
    if (most > MOST)
      fail_msg("%s: a slice used %llu", scripts[i], (unsigned long long)most);
  }
  gene_core_destroy(core);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(long_texts)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
