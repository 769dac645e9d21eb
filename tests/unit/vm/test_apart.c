/*
 * test_apart.c - large programs: compiled on threads while the core's own goes
 * on, kept, found and freed; and evaluations that begin with a large text.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gene.h"

#define THREADS 3

static gene_core_t *core;
static size_t unused;

static void on_unused(void *data, gene_program_t *program) {
  assert_ptr_equal(data, &unused);
  unused++;
  gene_program_free(program);
}

static int open_core(void **state) {
  const gene_core_options_t options = {.unused = on_unused,
                                       .unused_data = &unused};

  (void)state;
  core = gene_core_create(&options);
  return core != NULL ? 0 : -1;
}

static int close_core(void **state) {
  (void)state;
  gene_core_destroy(core);
  return 0;
}

/* What a script gives, in slices of so much fuel. */
static void check_value(gene_program_t *program,
                        const gene_context_options_t *options, uint64_t slice,
                        const char *json) {
  gene_context_t *context = gene_context_create(core, program, options);
  gene_result_t result;

  assert_non_null(context);
  while (gene_context_run(context, slice) == GENE_RUN_MORE) {
  }
  gene_context_result(context, &result);
  assert_int_equal(result.status, GENE_SUCCESS);
  assert_int_equal(result.value_json.len, strlen(json));
  assert_memory_equal(result.value_json.ptr, json, strlen(json));
  gene_context_destroy(context);
}

/* ---- programs ---- */

struct job {
  char *source;
  gene_source_key_t key;
  gene_program_t *program;
  gene_compile_error_t error;
  pthread_t thread;
};

static char *make_source(int n, size_t len) {
  char *source = malloc(len + 64);

  assert_non_null(source);
  for (size_t at = 0; at < len; at += 10)
    memcpy(source + at, "(if 1 [2])", 10);
  snprintf(source + len, 64, "\n(fn f [x] {^a x}) (f %d) %d", n, n);
  return source;
}

static void *in_thread(void *data) {
  struct job *job = data;
  size_t len = strlen(job->source);

  gene_source_key(core, job->source, len, &job->key);
  job->program =
      gene_program_compile(core, job->source, len, &job->key, &job->error);
  return NULL;
}

static void compiled_on_threads(void **state) {
  struct job jobs[THREADS] = {0};
  gene_compile_error_t error;
  gene_program_t *own;

  (void)state;
  for (int i = 0; i < THREADS; i++) {
    jobs[i].source = make_source(i, 40000);
    assert_int_equal(pthread_create(&jobs[i].thread, NULL, in_thread, &jobs[i]),
                     0);
  }
  for (int i = 0; i < 200; i++) { /* the core goes on meanwhile */
    char source[32];
    int len = snprintf(source, sizeof source, "(+ %d 1)", i);

    assert_int_equal(gene_program_load(core, source, (size_t)len, &own, &error),
                     0);
    snprintf(source, sizeof source, "%d", i + 1);
    check_value(own, NULL, 1000, source);
    gene_program_release(own);
  }
  for (int i = 0; i < THREADS; i++) {
    struct job *job = &jobs[i];
    size_t len = strlen(job->source);
    char value[16];

    pthread_join(job->thread, NULL);
    assert_non_null(job->program);
    assert_null(gene_program_find(core, job->source, len, &job->key));
    gene_program_keep(core, job->program);
    snprintf(value, sizeof value, "%d", i);
    check_value(job->program, NULL, 1000, value);
    gene_program_release(job->program);
    own = gene_program_find(core, job->source, len, &job->key);
    assert_ptr_equal(own, job->program);
    gene_program_release(own);
    assert_int_equal(gene_program_load(core, job->source, len, &own, &error),
                     0);
    assert_ptr_equal(own, job->program);
    gene_program_release(own);
    free(job->source);
  }
  assert_int_equal(unused, 0); /* the cache has them */
}

static void mistakes_are_the_same(void **state) {
  const char *sources[] = {"1\n  (var x", "(if)", "1\n\n (println \"",
                           "\"\xff\""};

  (void)state;
  for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
    size_t len = strlen(sources[i]);
    gene_compile_error_t a = {0}, b = {0};
    gene_source_key_t key;
    gene_program_t *program;

    gene_source_key(core, sources[i], len, &key);
    assert_null(gene_program_compile(core, sources[i], len, &key, &a));
    assert_int_equal(gene_program_load(core, sources[i], len, &program, &b),
                     -1);
    assert_string_equal(a.class_name, b.class_name);
    assert_string_equal(a.message, b.message);
    assert_string_equal(a.source_line, b.source_line);
    assert_int_equal(a.line, b.line);
    assert_int_equal(a.column, b.column);
    assert_int_equal(a.caret, b.caret);
  }
}

static void the_host_frees_large_ones(void **state) {
  struct job job = {.source = make_source(7, 1000000)};

  (void)state;
  for (size_t i = 0; i < 2; i++) {
    size_t before = unused;

    in_thread(&job);
    assert_non_null(job.program);
    gene_program_release(job.program);
    assert_int_equal(unused, before + 1);
  }
  free(job.source);
}

/* ---- a large start ---- */

static void begin_with(const char *script, const char *json, uint64_t slice,
                       const char *value) {
  const gene_context_options_t options = {.start_json = {json, strlen(json)}};
  gene_compile_error_t error;
  gene_program_t *program;

  assert_int_equal(
      gene_program_load(core, script, strlen(script), &program, &error), 0);
  check_value(program, &options, slice, value);
  gene_program_release(program);
}

static void parts_of_the_start(void **state) {
  (void)state;
  for (uint64_t slice = 1; slice < 100000; slice *= 9) {
    begin_with("[$input $env/a]", "[{\"k\":[1,2.5]},{\"a\":\"b\"},[]]", slice,
               "[{\"k\":[1,2.5]},\"b\"]");
    begin_with("$input", "[null,{},[]]", slice, "null");
    begin_with("($env .size)", "[1,{},[\"m\",\"1\"]]", slice, "0");
  }
}

static char *many(size_t n) {
  char *json = malloc(n * 4 + 64), *at = json;

  assert_non_null(json);
  at = stpcpy(at, "[[");
  for (size_t i = 0; i < n; i++)
    at = stpcpy(at, i == 0 ? "[]" : ",[]");
  stpcpy(at, "],{},[]]");
  return json;
}

/* No slice reads much more than it is given fuel for. */
static void a_start_in_slices(void **state) {
  char *json = many(50000);
  const gene_context_options_t options = {.start_json = {json, strlen(json)}};
  gene_compile_error_t error;
  gene_program_t *program;
  gene_context_t *context;
  gene_result_t result;
  size_t slices = 0;

  (void)state;
  begin_with("($input .size)", json, 10000, "50000");
  assert_int_equal(gene_program_load(core, "1", 1, &program, &error), 0);
  context = gene_context_create(core, program, &options);
  while (gene_context_run(context, 10000) == GENE_RUN_MORE)
    slices++;
  assert_true(slices > 25);
  gene_context_destroy(context);
  context = gene_context_create(core, program, &options);
  assert_int_equal(gene_context_run(context, 10000), GENE_RUN_MORE);
  gene_context_cancel(context, "enough");
  while (gene_context_run(context, 10000) == GENE_RUN_MORE) {
  }
  gene_context_result(context, &result);
  assert_int_equal(result.status, GENE_CANCELLED);
  gene_context_destroy(context);
  gene_program_release(program);
  free(json);
}

static void limits_of_the_start(void **state) {
  char *json = many(50000);
  gene_context_options_t options = {.start_json = {json, strlen(json)}};
  const gene_limits_t limits[] = {{.fuel = 1000}, {.memory_bytes = 1000000}};
  const char *codes[] = {"GENE.LIMIT.FUEL", "GENE.LIMIT.MEMORY"};
  gene_compile_error_t error;
  gene_program_t *program;

  (void)state;
  assert_int_equal(gene_program_load(core, "1", 1, &program, &error), 0);
  for (size_t i = 0; i < 2; i++) {
    gene_context_t *context;
    gene_result_t result;

    options.limits = limits[i];
    context = gene_context_create(core, program, &options);
    assert_non_null(context);
    while (gene_context_run(context, 100000) == GENE_RUN_MORE) {
    }
    gene_context_result(context, &result);
    assert_int_equal(result.status, GENE_FAILURE);
    assert_memory_equal(result.error->code.ptr, codes[i], strlen(codes[i]));
    gene_context_destroy(context);
  }
  gene_program_release(program);
  free(json);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(compiled_on_threads),
      cmocka_unit_test(mistakes_are_the_same),
      cmocka_unit_test(the_host_frees_large_ones),
      cmocka_unit_test(parts_of_the_start),
      cmocka_unit_test(a_start_in_slices),
      cmocka_unit_test(limits_of_the_start),
  };

  return cmocka_run_group_tests(tests, open_core, close_core);
}
