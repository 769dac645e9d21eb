/*
 * bench_context.c - what a context costs: its creation and end in time, a
 * sleeping evaluation in memory. Uses the public headers alone and prints one
 * JSON object; it compares with nothing and knows no target.
 *
 *   bench_context time ROUNDS     medians over ROUNDS batches, microseconds
 *   bench_context sleepers COUNT  bytes of each of COUNT sleeping evaluations
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gene.h"
#include "gene_io.h"

#define BATCH 1000u
#define SLICE 100000u

static const char trivial[] = "(+ 1 2)";
static const char sleeper[] = "(gene/sleep 3600000) \"rested\"";

static void fail(const char *what) {
  fprintf(stderr, "bench_context: %s\n", what);
  exit(EXIT_FAILURE);
}

static double now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* ---- pieces that are measured ------------------------------------------- */

/* A core whose pool keeps pool_bytes of warm pages; 0: the default. */
static gene_core_t *new_core(size_t pool_bytes) {
  const gene_core_options_t options = {.page_pool_bytes = pool_bytes};
  gene_core_t *core = gene_core_create(&options);
  if (core == NULL)
    fail("no core");
  return core;
}

static gene_program_t *load(gene_core_t *core, const char *source) {
  gene_program_t *program;
  gene_compile_error_t error;
  if (gene_program_load(core, source, strlen(source), &program, &error) != 0)
    fail(error.message);
  return program;
}

static gene_context_t *create(gene_core_t *core, gene_program_t *program) {
  static const gene_context_options_t options;
  gene_context_t *context = gene_context_create(core, program, &options);
  if (context == NULL)
    fail("no context");
  return context;
}

/* Runs to the end and looks at the value, as a service would. */
static void run_to_three(gene_context_t *context) {
  gene_result_t result;
  if (gene_context_run(context, SLICE) != GENE_RUN_DONE)
    fail("a trivial evaluation is not done in one slice");
  gene_context_result(context, &result);
  if (result.status != GENE_SUCCESS || result.value_json.len != 1 ||
      result.value_json.ptr[0] != '3')
    fail("(+ 1 2) is not 3");
}

struct bench {
  gene_core_t *core;
  gene_program_t *program;
  gene_context_t *live[BATCH];
  unsigned serial; /* makes each new source another one */
};

static void create_destroy(struct bench *b) {
  for (unsigned i = 0; i < BATCH; i++)
    gene_context_destroy(create(b->core, b->program));
}

static void create_run_destroy(struct bench *b) {
  for (unsigned i = 0; i < BATCH; i++) {
    gene_context_t *context = create(b->core, b->program);
    run_to_three(context);
    gene_context_destroy(context);
  }
}

/* The same with all contexts of the batch alive at once. */
static void create_run_destroy_many(struct bench *b) {
  for (unsigned i = 0; i < BATCH; i++) {
    b->live[i] = create(b->core, b->program);
    run_to_three(b->live[i]);
  }
  for (unsigned i = 0; i < BATCH; i++)
    gene_context_destroy(b->live[i]);
}

static void from_source(struct bench *b, const char *source) {
  gene_program_t *program = load(b->core, source);
  gene_context_t *context = create(b->core, program);
  run_to_three(context);
  gene_context_destroy(context);
  gene_program_release(program);
}

static void source_seen_before(struct bench *b) {
  for (unsigned i = 0; i < BATCH; i++)
    from_source(b, trivial);
}

static void source_never_seen(struct bench *b) {
  for (unsigned i = 0; i < BATCH; i++) {
    char source[64];
    snprintf(source, sizeof source, "%s # %u", trivial, b->serial++);
    from_source(b, source);
  }
}

/* ---- time --------------------------------------------------------------- */

struct measure {
  const char *name;
  void (*run)(struct bench *b);
  size_t pool_bytes; /* 1: no page is kept, each first touch is a fault */
};

static const struct measure measures[] = {
    {"create_destroy_warm_us", create_destroy, 0},
    {"create_run_destroy_warm_us", create_run_destroy, 0},
    {"create_run_destroy_1000_live_us", create_run_destroy_many, 0},
    {"source_seen_before_us", source_seen_before, 0},
    {"source_never_seen_us", source_never_seen, 0},
    {"create_destroy_cold_us", create_destroy, 1},
    {"create_run_destroy_cold_us", create_run_destroy, 1},
};
#define MEASURES (sizeof measures / sizeof *measures)

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(double *values, size_t n) {
  qsort(values, n, sizeof *values, by_size);
  return n % 2 != 0 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static void open_bench(struct bench *b, size_t pool_bytes) {
  b->core = new_core(pool_bytes);
  b->program = load(b->core, trivial);
  b->serial = 0;
}

static void close_bench(struct bench *b) {
  gene_program_release(b->program);
  gene_core_destroy(b->core);
}

/* The first batch warms up and is not counted. */
static double median_us(const struct measure *m, unsigned rounds) {
  static struct bench b;
  double *each = calloc(rounds, sizeof *each);
  if (each == NULL)
    fail("no memory");
  open_bench(&b, m->pool_bytes);
  m->run(&b);
  for (unsigned i = 0; i < rounds; i++) {
    double start = now_us();
    m->run(&b);
    each[i] = (now_us() - start) / BATCH;
  }
  close_bench(&b);
  double middle = median(each, rounds);
  free(each);
  return middle;
}

static void time_contexts(unsigned rounds) {
  double start = now_us();
  gene_core_t *core = new_core(0);
  printf("{\"core_create_us\": %.1f", now_us() - start);
  gene_core_destroy(core);
  for (size_t i = 0; i < MEASURES; i++)
    printf(", \"%s\": %.3f", measures[i].name, median_us(&measures[i], rounds));
  puts("}");
}

/* ---- memory ------------------------------------------------------------- */

static size_t resident_bytes(void) {
  unsigned long all = 0, resident = 0;
  FILE *f = fopen("/proc/self/statm", "r");
  if (f == NULL || fscanf(f, "%lu %lu", &all, &resident) != 2)
    fail("no /proc/self/statm");
  fclose(f);
  return (size_t)resident * (size_t)sysconf(_SC_PAGESIZE);
}

static void start_sleeper(gene_context_t **slot, gene_core_t *core,
                          gene_program_t *program) {
  *slot = create(core, program);
  if (gene_context_run(*slot, SLICE) != GENE_RUN_WAITING)
    fail("a sleeper does not sleep");
}

static void end_sleepers(gene_context_t **contexts, size_t count) {
  for (size_t i = 0; i < count; i++) {
    gene_context_kill(contexts[i], GENE_KILL_CANCEL, 0);
    gene_context_destroy(contexts[i]);
  }
}

static void print_bytes(size_t count, size_t resident, double us,
                        const gene_core_stats_t *stats) {
  printf("{\"count\": %zu, \"resident_bytes_each\": %.0f, "
         "\"heap_bytes_each\": %.0f, \"start_us_each\": %.2f}\n",
         count, (double)resident / (double)count,
         (double)stats->context_bytes / (double)count, us / (double)count);
}

/* One sleeper starts and stays before the count, so that what is made once
 * is not charged to the others. */
static void weigh_sleepers(size_t count) {
  uv_loop_t loop;
  gene_context_t *first;
  gene_context_t **contexts = calloc(count, sizeof *contexts);
  gene_core_t *core = new_core(0);
  if (contexts == NULL || uv_loop_init(&loop) != 0 ||
      gene_io_attach(core, &loop, NULL) != 0)
    fail("no memory, or no scratch folder");
  gene_program_t *program = load(core, sleeper);
  start_sleeper(&first, core, program);

  gene_core_stats_t one, all;
  gene_core_stats(core, &one);
  size_t before = resident_bytes();
  double start = now_us();
  for (size_t i = 0; i < count; i++)
    start_sleeper(&contexts[i], core, program);
  double us = now_us() - start;
  size_t resident = resident_bytes() - before;
  gene_core_stats(core, &all);
  all.context_bytes -= one.context_bytes;
  print_bytes(count, resident, us, &all);

  end_sleepers(contexts, count);
  end_sleepers(&first, 1);
  gene_program_release(program);
  gene_io_detach(core);
  uv_run(&loop, UV_RUN_DEFAULT);
  gene_core_destroy(core);
  uv_loop_close(&loop);
  free(contexts);
}

int main(int argc, char **argv) {
  long n = argc == 3 ? strtol(argv[2], NULL, 10) : 0;
  if (n < 1 || n > 1000000)
    fail("time ROUNDS, or sleepers COUNT");
  if (strcmp(argv[1], "time") == 0)
    time_contexts((unsigned)n);
  else if (strcmp(argv[1], "sleepers") == 0)
    weigh_sleepers((size_t)n);
  else
    fail("time ROUNDS, or sleepers COUNT");
  return EXIT_SUCCESS;
}
