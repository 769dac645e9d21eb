/*
 * outcome.c - makes of the JSON of errors what reports are made of. Bounded in
 * what it believes: causes and frames beyond those a service sends are left.
 */
#include "cli/remote/outcome.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/plain.h"
#include "cli/remote/field.h"

#define FRAMES_MAX 100
#define CAUSES_MAX 20

/* ---- errors ------------------------------------------------------------- */

typedef struct error_chain {
  gene_error_t errors[CAUSES_MAX];
  gene_frame_info_t frames[CAUSES_MAX][FRAMES_MAX];
  char *cause_json;
} error_chain;

static gene_text_t or_empty(gene_text_t text) {
  return text.ptr != NULL ? text : (gene_text_t){"", 0};
}

static size_t take_frames(gene_frame_info_t *out, const json_t *stack) {
  const json_t *frame;
  size_t i;
  json_array_foreach(stack, i, frame) {
    if (i == FRAMES_MAX)
      return i;
    out[i] =
        (gene_frame_info_t){.function = or_empty(field_text(frame, "function")),
                            .module = field_text(frame, "module"),
                            .line = field_u32(frame, "line"),
                            .column = field_u32(frame, "column")};
  }
  return json_array_size(stack);
}

static bool is_error(const json_t *json) {
  return field_text(json, "class").ptr != NULL &&
         json_is_array(json_object_get(json, "stack"));
}

static void take_error(gene_error_t *out, gene_frame_info_t *frames,
                       const json_t *json) {
  *out = (gene_error_t){.class_name = or_empty(field_text(json, "class")),
                        .message = or_empty(field_text(json, "message")),
                        .code = field_text(json, "code"),
                        .hint = field_text(json, "hint"),
                        .line = field_u32(json, "line"),
                        .column = field_u32(json, "column"),
                        .stack = frames};
  out->stack_len = take_frames(frames, json_object_get(json, "stack"));
  /* An error is in the module that its innermost frame is in. */
  if (out->stack_len > 0)
    out->module = frames[0].module;
}

static void take_chain(error_chain *chain, const json_t *json) {
  size_t n = 0;
  while (n < CAUSES_MAX && is_error(json)) {
    take_error(&chain->errors[n], chain->frames[n], json);
    if (n > 0)
      chain->errors[n - 1].cause = &chain->errors[n];
    n++;
    json = json_object_get(json, "cause");
  }
  if (n == 0 || n == CAUSES_MAX || json == NULL || json_is_null(json))
    return;
  chain->cause_json = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT);
  if (chain->cause_json != NULL)
    chain->errors[n - 1].cause_json = plain_text(chain->cause_json);
}

static void tell_error(const report_source *source, const char *label,
                       const json_t *json) {
  error_chain *chain = is_error(json) ? calloc(1, sizeof *chain) : NULL;
  if (chain == NULL)
    return;
  take_chain(chain, json);
  report_error(source, label, &chain->errors[0]);
  free(chain->cause_json);
  free(chain);
}

/* ---- notes -------------------------------------------------------------- */

static void tell_notes(const json_t *future, const report_source *source) {
  const json_t *item;
  size_t i;
  json_array_foreach(json_object_get(future, "diagnostics"), i, item) {
    gene_diagnostic_t d = {.kind = or_empty(field_text(item, "kind")).ptr,
                           .message = or_empty(field_text(item, "message")),
                           .line = field_u32(item, "line"),
                           .column = field_u32(item, "column")};
    report_diagnostic(source, &d);
  }
  json_array_foreach(json_object_get(future, "unhandled"), i, item)
      tell_error(source, "Unhandled: ", item);
}

static void tell_usage(const json_t *future) {
  const json_t *usage = json_object_get(future, "usage");
  fprintf(stderr,
          "fuel %llu, peak memory %.1f KiB, output %llu bytes, %.3f ms\n",
          (unsigned long long)field_u64(usage, "fuel"),
          (double)field_u64(usage, "peak_memory_bytes") / 1024,
          (unsigned long long)field_u64(usage, "output_bytes"),
          (double)field_u64(usage, "wall_us") / 1e3);
}

/* ---- the end ------------------------------------------------------------ */

static void tell_value(remote *r, const json_t *future) {
  gene_text_t text = field_text(future, "text");
  screen_end_line(&r->screen);
  screen_output(&r->screen, or_empty(text));
  screen_output(&r->screen, plain_text("\n"));
}

static int code_of(remote *r, const json_t *future) {
  int code = remote_stopped(r);
  if (code != REMOTE_GOOD)
    return code;
  if (field_status_is(future, "cancelled"))
    return REMOTE_SIGNALLED + SIGINT;
  return field_status_is(future, "success") ? REMOTE_GOOD : REMOTE_FAILURE;
}

int outcome_tell(remote *r, const json_t *future, const report_source *source,
                 bool value) {
  if (value && field_status_is(future, "success"))
    tell_value(r, future);
  screen_clear(&r->screen);
  if (r->screen.mid_line && r->screen.out_tty)
    screen_end_line(&r->screen);
  if (json_is_true(json_object_get(future, "output_truncated")))
    screen_note(&r->screen, "the output was cut at its limit");
  tell_notes(future, source);
  tell_error(source, "", json_object_get(future, "error"));
  if (r->options->stats)
    tell_usage(future);
  return code_of(r, future);
}
