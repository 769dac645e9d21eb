/*
 * runner.c - the loop of the gene tool: a slice of the program, then whatever
 * the event loop has, and so on until the evaluation is done. An interrupt
 * cancels it, a second one (or a second's delay) kills it.
 */
#include "cli/runner.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "cli/setup.h"
#include "gene_io.h"

#define SLICE_FUEL ((uint64_t)GENE_FUEL_PER_US * 3000)
#define GRACE_MS   1000u
#define FLUSH_NS   ((uint64_t)50000000)

typedef struct runner {
  const cli_options *options;
  const report_source *source;
  uv_loop_t loop;
  uv_signal_t interrupt, terminate;
  uv_timer_t timer; /* the wall limit; after a signal the grace period */
  gene_core_t *core;
  gene_context_t *context;
  int signal;       /* that came first; 0: none */
  bool late;        /* what is left at the end takes too long */
  int output_error; /* errno of writing to standard output; 0: none */
  bool to_terminal;
  bool mid_line;    /* the output so far does not end its line */
  uint64_t flushed; /* hrtime */
} runner;

/* ---- output ---- */

static void note_error(runner *r) {
  if (r->output_error == 0)
    r->output_error = errno != 0 ? errno : EIO;
}

static void flush(runner *r) {
  if (fflush(stdout) != 0)
    note_error(r);
  r->flushed = uv_hrtime();
}

static void on_output(void *data, gene_context_t *context, gene_text_t text,
                      bool to_stderr) {
  (void)context;
  runner *r = data;
  if (to_stderr)
    flush(r);
  FILE *file = to_stderr ? stderr : stdout;
  if (!to_stderr && text.len > 0)
    r->mid_line = text.ptr[text.len - 1] != '\n';
  if (fwrite(text.ptr, 1, text.len, file) != text.len && !to_stderr)
    note_error(r);
}

/* ---- signals and time ---- */

static void on_grace_over(uv_timer_t *timer) {
  runner *r = timer->data;
  gene_context_kill(r->context, GENE_KILL_CANCEL, 0);
}

static void on_signal(uv_signal_t *handle, int number) {
  runner *r = handle->data;
  if (r->signal != 0) {
    gene_context_kill(r->context, GENE_KILL_CANCEL, 0);
    return;
  }
  r->signal = number;
  gene_context_cancel(r->context,
                      number == SIGINT ? "interrupted" : "terminated");
  uv_timer_start(&r->timer, on_grace_over, GRACE_MS, 0);
}

static void on_wall_over(uv_timer_t *timer) {
  runner *r = timer->data;
  gene_context_kill(r->context, GENE_KILL_WALL, SETUP_SANDBOX_WALL_MS);
}

static void on_late(uv_timer_t *timer) {
  runner *r = timer->data;
  r->late = true;
}

/* ---- the loop ---- */

/* A timer may fire before the loop begins to poll: it must not block then. */
static void on_wake(void *data, gene_context_t *context) {
  (void)context;
  runner *r = data;
  uv_stop(&r->loop);
}

static int open_loop(runner *r) {
  int error = uv_loop_init(&r->loop);
  if (error != 0)
    return error;
  /* These cannot fail but for memory, and then the process is done for. */
  uv_signal_init(&r->loop, &r->interrupt);
  uv_signal_init(&r->loop, &r->terminate);
  uv_timer_init(&r->loop, &r->timer);
  r->interrupt.data = r->terminate.data = r->timer.data = r;
  return 0;
}

static void start_watching(runner *r) {
  uv_signal_start(&r->interrupt, on_signal, SIGINT);
  uv_signal_start(&r->terminate, on_signal, SIGTERM);
  if (r->options->sandbox)
    uv_timer_start(&r->timer, on_wall_over, SETUP_SANDBOX_WALL_MS, 0);
}

static void run_until_done(runner *r) {
  for (;;) {
    enum gene_run_status status = gene_context_run(r->context, SLICE_FUEL);
    if (status == GENE_RUN_DONE)
      return;
    if (status == GENE_RUN_WAITING || r->to_terminal ||
        uv_hrtime() - r->flushed > FLUSH_NS)
      flush(r);
    if (r->output_error != 0)
      gene_context_kill(r->context, GENE_KILL_CANCEL, 0);
    else
      uv_run(&r->loop,
             status == GENE_RUN_WAITING ? UV_RUN_ONCE : UV_RUN_NOWAIT);
  }
}

/* Lets operations that nobody waits for end, but not for ever: a read of a
 * pipe may. */
static void run_out(runner *r) {
  uv_signal_stop(&r->interrupt);
  uv_signal_stop(&r->terminate);
  uv_timer_start(&r->timer, on_late, GRACE_MS, 0);
  while (gene_io_in_flight(r->core) > 0 && !r->late)
    uv_run(&r->loop, UV_RUN_ONCE);
}

static void close_loop(runner *r) {
  uv_close((uv_handle_t *)&r->interrupt, NULL);
  uv_close((uv_handle_t *)&r->terminate, NULL);
  uv_close((uv_handle_t *)&r->timer, NULL);
  uv_run(&r->loop, UV_RUN_DEFAULT);
  int error = uv_loop_close(&r->loop);
  if (error != 0)
    fprintf(stderr, "gene: the event loop did not end: %s\n",
            uv_strerror(error));
}

/* ---- the outcome ---- */

static void print_stats(runner *r, const gene_result_t *result, uint64_t ns) {
  if (!r->options->stats)
    return;
  fprintf(stderr,
          "fuel %llu, peak memory %.1f KiB, output %llu bytes, %.3f ms\n",
          (unsigned long long)result->fuel,
          (double)result->peak_memory_bytes / 1024,
          (unsigned long long)result->output_bytes, (double)ns / 1e6);
}

static void print_notes(runner *r, const gene_result_t *result) {
  for (size_t i = 0; i < result->diagnostics_len; i++)
    report_diagnostic(r->source, &result->diagnostics[i]);
  for (size_t i = 0; i < result->unhandled_len; i++)
    report_error(r->source, "Unhandled: ", result->unhandled[i]);
}

static int exit_code(runner *r, const gene_result_t *result) {
  if (r->output_error != 0)
    return r->output_error == EPIPE ? 128 + SIGPIPE : 1;
  if (r->signal != 0)
    return 128 + r->signal;
  if (result->exited)
    return result->exit_code & 0xff;
  return result->status == GENE_SUCCESS ? 0 : 1;
}

static int conclude(runner *r, uint64_t ns) {
  gene_result_t result;
  gene_context_result(r->context, &result);
  bool print_value = r->options->command == CLI_EVAL &&
                     result.status == GENE_SUCCESS && !result.exited;
  if (print_value) {
    if (r->mid_line)
      putchar('\n');
    fwrite(result.text.ptr, 1, result.text.len, stdout);
    fputc('\n', stdout);
  }
  flush(r);
  if (r->output_error != 0 && r->output_error != EPIPE)
    fprintf(stderr, "gene: cannot write the output: %s\n",
            strerror(r->output_error));
  print_notes(r, &result);
  if (result.error != NULL && !result.exited && r->output_error == 0)
    report_error(r->source, "", result.error);
  print_stats(r, &result, ns);
  return exit_code(r, &result);
}

/* ---- from source to exit code ---- */

static gene_program_t *load(gene_core_t *core, const report_source *source) {
  gene_program_t *program;
  gene_compile_error_t error;
  if (gene_program_load(core, source->text.ptr, source->text.len, &program,
                        &error) == 0)
    return program;
  report_compile_error(source, &error);
  return NULL;
}

static int run_program(runner *r, gene_program_t *program) {
  setup s;
  if (!setup_make(&s, r->options))
    return 2;
  s.options.host =
      (gene_host_t){.data = r, .on_wake = on_wake, .on_output = on_output};
  r->context = gene_context_create(r->core, program, &s.options);
  setup_free(&s);
  if (r->context == NULL) {
    fputs("gene: out of memory\n", stderr);
    return 1;
  }
  start_watching(r);
  uint64_t start = uv_hrtime();
  run_until_done(r);
  int code = conclude(r, uv_hrtime() - start);
  gene_context_destroy(r->context);
  return code;
}

static int with_core(runner *r) {
  int code = 1;
  gene_program_t *program = load(r->core, r->source);
  if (program != NULL) {
    code = run_program(r, program);
    gene_program_release(program);
  }
  run_out(r);
  if (r->late) {
    fflush(stdout);
    _exit(code); /* the pool's threads would be waited for */
  }
  return code;
}

static int with_loop(runner *r) {
  int error = gene_io_attach(r->core, &r->loop, NULL);
  int code = 1;
  if (error == 0) {
    code = with_core(r);
    gene_io_detach(r->core);
  } else {
    fprintf(stderr, "gene: no file operations: %s\n", uv_strerror(error));
  }
  close_loop(r);
  return code;
}

int runner_run(const cli_options *options, const report_source *source) {
  runner r = {.options = options,
              .source = source,
              .to_terminal = isatty(STDOUT_FILENO) == 1,
              .flushed = uv_hrtime()};
  signal(SIGPIPE, SIG_IGN);
  r.core = setup_core();
  if (r.core == NULL)
    return 2;
  int code = 1;
  int error = open_loop(&r);
  if (error == 0)
    code = with_loop(&r);
  else
    fprintf(stderr, "gene: no event loop: %s\n", uv_strerror(error));
  gene_core_destroy(r.core);
  return code;
}

int runner_disassemble(const report_source *source) {
  gene_core_t *core = setup_core();
  if (core == NULL)
    return 2;
  int code = 1;
  gene_program_t *program = load(core, source);
  char *listing = program != NULL ? gene_program_disassemble(program) : NULL;
  if (listing != NULL)
    code = fputs(listing, stdout) >= 0 && fflush(stdout) == 0 ? 0 : 1;
  else if (program != NULL)
    fputs("gene: out of memory\n", stderr);
  free(listing);
  if (program != NULL)
    gene_program_release(program);
  gene_core_destroy(core);
  return code;
}
