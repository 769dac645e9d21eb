/*
 * session.h - a core on a loop of its own, and scripts run to their end on it:
 * what tests of the whole VM share. Failures end the test.
 */
#ifndef TESTS_UNIT_VM_SESSION_H
#define TESTS_UNIT_VM_SESSION_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gene.h"
#include "gene_io.h"

typedef struct session {
  uv_loop_t loop;
  gene_core_t *core;
  gene_context_t *context; /* of the script that runs or ran last */
  gene_result_t result;    /* of it */
  char output[4096];       /* of it, cut, NUL-terminated */
} session;

/* core: as gene_core_create takes it. */
static inline void session_open_core(session *s,
                                     const gene_core_options_t *core,
                                     const gene_io_options_t *io) {
  memset(s, 0, sizeof *s);
  assert_int_equal(uv_loop_init(&s->loop), 0);
  s->core = gene_core_create(core);
  assert_non_null(s->core);
  assert_int_equal(gene_io_attach(s->core, &s->loop, io), 0);
}

static inline void session_open(session *s, const gene_io_options_t *io) {
  session_open_core(s, NULL, io);
}

static inline void session_end_script(session *s) {
  if (s->context != NULL)
    gene_context_destroy(s->context);
  s->context = NULL;
}

static inline void session_close(session *s) {
  session_end_script(s);
  gene_io_detach(s->core);
  gene_core_destroy(s->core);
  uv_run(&s->loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&s->loop), 0);
}

/* A timer may fire before the loop begins to poll: it must not block then. */
static inline void session_wake(void *data, gene_context_t *context) {
  (void)context;
  uv_stop(&((session *)data)->loop);
}

static inline void session_start(session *s, const char *source,
                                 const gene_context_options_t *options) {
  gene_context_options_t o = {.has_seed = false};
  gene_program_t *program;
  gene_compile_error_t error;
  if (options != NULL)
    o = *options;
  if (o.host.on_wake == NULL)
    o.host = (gene_host_t){.data = s, .on_wake = session_wake};
  session_end_script(s);
  if (gene_program_load(s->core, source, strlen(source), &program, &error) != 0)
    fail_msg("%s: %s at %u:%u", error.class_name, error.message, error.line,
             error.column);
  s->context = gene_context_create(s->core, program, &o);
  gene_program_release(program);
  assert_non_null(s->context);
}

/* Runs ready fibers; false: the evaluation is done. */
static inline bool session_step(session *s) {
  enum gene_run_status status;
  while ((status = gene_context_run(s->context, 100000)) == GENE_RUN_MORE)
    uv_run(&s->loop, UV_RUN_NOWAIT);
  return status != GENE_RUN_DONE;
}

static inline void session_finish(session *s) {
  while (session_step(s))
    uv_run(&s->loop, UV_RUN_ONCE);
  gene_context_result(s->context, &s->result);
  size_t n = s->result.output.len;
  if (n >= sizeof s->output)
    n = sizeof s->output - 1;
  if (n > 0)
    memcpy(s->output, s->result.output.ptr, n);
  s->output[n] = '\0';
}

static inline void session_run(session *s, const char *source,
                               const gene_context_options_t *options) {
  session_start(s, source, options);
  session_finish(s);
}

/* Runs a script that must succeed with this output. */
static inline void session_expect(session *s, const char *source,
                                  const gene_context_options_t *options,
                                  const char *output) {
  session_run(s, source, options);
  if (s->result.status != GENE_SUCCESS)
    print_error("%s\n-> %.*s: %.*s\n", source,
                s->result.error ? (int)s->result.error->class_name.len : 0,
                s->result.error ? s->result.error->class_name.ptr : "",
                s->result.error ? (int)s->result.error->message.len : 0,
                s->result.error ? s->result.error->message.ptr : "");
  assert_int_equal(s->result.status, GENE_SUCCESS);
  assert_string_equal(s->output, output);
}

static inline bool session_text_is(gene_text_t text, const char *expected) {
  return text.ptr != NULL && text.len == strlen(expected) &&
         memcmp(text.ptr, expected, text.len) == 0;
}

#endif
