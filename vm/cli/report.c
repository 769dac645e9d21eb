/*
 * report.c - prints errors. Text of the script's is never sent to a terminal
 * as it is: control characters are shown, not obeyed. The caret minds tabs and
 * the widths of characters.
 */
#include "cli/report.h"

#include <stdio.h>
#include <string.h>

#include "cli/plain.h"

#define SHOWN_COLUMNS 100 /* of a source line around the caret */
#define MAX_CAUSES    20

static void put_text(gene_text_t t, bool lines) {
  plain_put(stderr, t, lines);
}

/* ---- the source line ---- */

/* What a character of a source line is shown as. */
static int32_t shown(int32_t c) {
  return plain_is_control(c) ? 0xfffd : c;
}

/* Prints the code points from..to of the line; as blanks of the same width
 * when `blank`, where tabs stay tabs. */
static void put_part(gene_text_t line, size_t from, size_t to, bool blank) {
  size_t at = 0;
  for (size_t i = 0; i < to && at < line.len; i++) {
    int32_t c = shown(plain_next(line, &at));
    if (i < from)
      continue;
    if (!blank || c == '\t')
      plain_put_char(stderr, c);
    else
      fprintf(stderr, "%*s", plain_width(c), "");
  }
}

static size_t count_chars(gene_text_t t) {
  size_t n = 0;
  for (size_t at = 0; at < t.len; n++)
    plain_next(t, &at);
  return n;
}

/* The line with a caret under code point `caret` (from 0). Long lines are cut
 * around it. */
static void put_snippet(gene_text_t line, uint32_t number, size_t caret) {
  size_t len = count_chars(line);
  if (caret > len)
    caret = len;
  size_t from = caret > SHOWN_COLUMNS / 2 ? caret - SHOWN_COLUMNS / 2 : 0;
  size_t to = from + SHOWN_COLUMNS;
  int margin = fprintf(stderr, "%5u | ", number);
  put_part(line, from, to, false);
  fprintf(stderr, "\n%*s", margin, "| ");
  put_part(line, from, caret, true);
  fputs("^\n", stderr);
}

/* Line `number` (from 1) of a text, without its end. */
static gene_text_t line_of(gene_text_t text, uint32_t number) {
  size_t at = 0;
  for (uint32_t i = 1; i < number && at < text.len; i++) {
    const char *end = memchr(text.ptr + at, '\n', text.len - at);
    at = end != NULL ? (size_t)(end - text.ptr) + 1 : text.len;
  }
  gene_text_t line = {text.ptr + at, text.len - at};
  if (line.len == 0)
    return line;
  const char *end = memchr(line.ptr, '\n', line.len);
  if (end != NULL)
    line.len = (size_t)(end - line.ptr);
  if (line.len > 0 && line.ptr[line.len - 1] == '\r')
    line.len--;
  return line;
}

/* ---- errors ---- */

static void put_place(const report_source *source, gene_text_t module,
                      uint32_t line, uint32_t column) {
  if (module.ptr != NULL)
    put_text(module, false);
  else
    put_text(plain_text(source->name), false);
  if (line > 0)
    fprintf(stderr, ":%u:%u", line, column);
}

void report_compile_error(const report_source *source,
                          const gene_compile_error_t *e) {
  put_text(plain_text(e->class_name), false);
  fputs(": ", stderr);
  put_text(plain_text(e->message), true);
  fputs("\n  at ", stderr);
  put_place(source, (gene_text_t){NULL, 0}, e->line, e->column);
  fputc('\n', stderr);
  if (e->line > 0)
    put_snippet(plain_text(e->source_line), e->line, e->caret);
}

static void put_stack(const report_source *source, const gene_error_t *e) {
  for (size_t i = 0; i < e->stack_len; i++) {
    const gene_frame_info_t *frame = &e->stack[i];
    fputs("  in ", stderr);
    put_text(frame->function, false);
    fputs(" at ", stderr);
    put_place(source, frame->module, frame->line, frame->column);
    fputc('\n', stderr);
  }
}

static void put_error(const report_source *source, const char *label,
                      const gene_error_t *e) {
  fputs(label, stderr);
  put_text(e->class_name, false);
  fputs(": ", stderr);
  put_text(e->message, true);
  if (e->line > 0) {
    fputs("\n  at ", stderr);
    put_place(source, e->module, e->line, e->column);
  }
  fputc('\n', stderr);
  if (e->line > 0 && e->module.ptr == NULL && source->text.ptr != NULL)
    put_snippet(line_of(source->text, e->line), e->line,
                e->column > 0 ? e->column - 1 : 0);
  if (e->hint.ptr != NULL) {
    fputs("  hint: ", stderr);
    put_text(e->hint, false);
    fputc('\n', stderr);
  }
  put_stack(source, e);
}

void report_error(const report_source *source, const char *label,
                  const gene_error_t *error) {
  const gene_error_t *e = error;
  for (int depth = 0; depth < MAX_CAUSES; depth++) {
    put_error(source, depth == 0 ? label : "Caused by: ", e);
    if (e->cause == NULL)
      break;
    e = e->cause;
  }
  if (e->cause_json.ptr != NULL) {
    fputs("Caused by: ", stderr);
    put_text(e->cause_json, false);
    fputc('\n', stderr);
  }
}

void report_diagnostic(const report_source *source,
                       const gene_diagnostic_t *d) {
  put_text(plain_text(d->kind), false);
  fputs(": ", stderr);
  put_text(d->message, true);
  if (d->line > 0) {
    fputs(" (", stderr);
    put_place(source, (gene_text_t){NULL, 0}, d->line, d->column);
    fputc(')', stderr);
  }
  fputc('\n', stderr);
}
