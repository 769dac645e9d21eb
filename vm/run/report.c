/*
 * report.c - what the host sees when an evaluation is over: its errors with
 * their stacks and causes, the diagnostics, what limit ended it. It throws
 * nothing, and changes nothing that a script could see.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/utf8.h"
#include "run/cause.h"
#include "run/exception_impl.h"
#include "run/internal_natives.h"
#include "run/interp_parts.h"

#define SHOWN_MAX 65536u  /* bytes of a message in the report */
#define SHOWN_SUM 262144u /* of all, before they get SHOWN_MIN each */
#define SHOWN_MIN 512u

/* A report is made of plain memory: it outlives the context's fibers and can
 * be made when the heap is full. */
typedef struct report_part {
  struct report_part *next;
} report_part;

struct gn_report {
  report_part *parts;
  const gene_error_t *error;
  const gene_error_t **unhandled;
  size_t unhandled_len;
  size_t shown; /* bytes of messages so far */
  gene_diagnostic_t *diagnostics;
  size_t diagnostics_len;
};

static void *report_alloc(gn_ctx *ctx, size_t size) {
  if (!ctx->report) {
    ctx->report = calloc(1, sizeof *ctx->report);
    if (!ctx->report)
      return NULL;
  }
  report_part *p = calloc(1, sizeof *p + size);
  if (!p)
    return NULL;
  p->next = ctx->report->parts;
  ctx->report->parts = p;
  return p + 1;
}

void gn_report_free(gn_ctx *ctx) {
  if (!ctx->report)
    return;
  report_part *p = ctx->report->parts;
  while (p) {
    report_part *next = p->next;
    free(p);
    p = next;
  }
  free(ctx->report);
  ctx->report = NULL;
}

static gene_text_t report_text(gn_ctx *ctx, const char *s, size_t len) {
  gene_text_t t = {NULL, 0};
  char *copy = report_alloc(ctx, len + 1);
  if (copy) {
    memcpy(copy, s, len);
    t.ptr = copy;
    t.len = len;
  }
  return t;
}

static gene_text_t report_value(gn_ctx *ctx, gn_value v) {
  gene_text_t none = {NULL, 0};
  if (!gn_is_string(v) && v != GN_NIL)
    v = gn_print_quick(ctx, v, GN_DISPLAY);
  if (v == GN_NONE || !gn_is_string(v))
    return none;
  return report_text(ctx, gn_str_bytes(gn_str(v)), gn_str(v)->len);
}

/* A message of megabytes is of no use outside of the script: what is shown of
 * one is cut, and once all together are long they are cut short. */
static gene_text_t report_message(gn_ctx *ctx, gn_value v) {
  static const char mark[] = "... (cut)";
  gene_text_t t = {NULL, 0};
  if (!gn_is_string(v) && v != GN_NIL)
    v = gn_print_quick(ctx, v, GN_DISPLAY);
  size_t len = v == GN_NONE || v == GN_NIL ? 0 : gn_str(v)->len;
  size_t most = ctx->report->shown < SHOWN_SUM ? SHOWN_MAX : SHOWN_MIN;
  ctx->report->shown += len < most ? len : most;
  if (len <= most)
    return report_value(ctx, v);
  len = gn_utf8_valid_prefix(gn_str_bytes(gn_str(v)), most);
  char *copy = report_alloc(ctx, len + sizeof mark);
  if (copy) {
    memcpy(copy, gn_str_bytes(gn_str(v)), len);
    memcpy(copy + len, mark, sizeof mark);
    t = (gene_text_t){copy, len + sizeof mark - 1};
  }
  return t;
}

static void report_stack(gn_ctx *ctx, gene_error_t *e, gn_value exception) {
  const gn_trace_frame *t;
  uint32_t n = gn_trace_of(exception, &t);
  gene_frame_info_t *info = n ? report_alloc(ctx, n * sizeof *info) : NULL;
  if (!info)
    return;
  for (uint32_t i = 0; i < n; i++) {
    char name[256];
    size_t len = gn_trace_function(t[i].proto, name, sizeof name);
    info[i].function = report_text(ctx, name, len);
    if (t[i].module && t[i].module->name != GN_NIL)
      info[i].module = report_value(ctx, t[i].module->name);
    gn_proto_place(t[i].proto, t[i].pc, &info[i].line, &info[i].column);
  }
  e->stack = info;
  e->stack_len = n;
  e->line = info[0].line;
  e->column = info[0].column;
  e->module = info[0].module;
}

static void report_hint(gn_ctx *ctx, gene_error_t *e, gn_value exception) {
  const gn_trace_frame *t;
  char text[256];
  if (gn_trace_of(exception, &t) == 0)
    return;
  size_t len = gn_hint(ctx, exception, t->module, e->stack, t->proto->program,
                       text, sizeof text);
  if (len > 0)
    e->hint = report_text(ctx, text, len);
}

/* Puts text, as it stands in a JSON string when `json`, and returns its end;
 * six bytes a byte are enough. */
static char *put_text(char *to, const char *text, size_t len, bool json) {
  for (size_t i = 0; i < len; i++) {
    unsigned char c = (unsigned char)text[i];
    if (json && c < 0x20) {
      to += sprintf(to, "\\u%04x", c);
      continue;
    }
    if (json && (c == '"' || c == '\\'))
      *to++ = '\\';
    *to++ = (char)c;
  }
  return to;
}

/* Stands for a cause that there is no text of. Made without the heap, which
 * may be full. */
static gene_text_t cause_missing(gn_ctx *ctx, gn_value cause, gn_value reason) {
  static const char open[] = "{\"$opaque\":\"", mid[] = "\",\"text\":\"";
  const char *type = gn_type_cstr(ctx, cause);
  size_t n = strlen(type), why_len = 9;
  const char *why = reason == GN_NIL ? "not shown" : gn_text(reason, &why_len);
  if (why_len > GN_MESSAGE_MAX)
    why_len = 0;
  gene_text_t t = {
      report_alloc(ctx, sizeof open + sizeof mid + 8 + 6 * (2 * n + why_len)),
      0};
  char *at = (char *)(uintptr_t)t.ptr;
  if (!at)
    return t;
  bool json = !ctx->no_json;
  if (json) {
    at = put_text(stpcpy(at, open), type, n, true);
    at = stpcpy(at, mid);
  }
  at = put_text(stpcpy(at, "<"), type, n, json);
  at = put_text(stpcpy(at, ": "), why, why_len, json);
  at = stpcpy(at, json ? ">\"}" : ">");
  t.len = (size_t)(at - t.ptr);
  return t;
}

/* `at`: the place of the exception among those of the report. */
static gene_text_t cause_text(gn_ctx *ctx, gn_value cause, uint32_t at) {
  gn_value text = gn_cause_text(ctx, at);
  if (text == GN_NIL)
    text = gn_cause_quick(ctx, cause);
  return text == GN_NONE ? cause_missing(ctx, cause, gn_cause_reason(ctx, at))
                         : report_value(ctx, text);
}

const gene_error_t *gn_report_error(gn_ctx *ctx, gn_value exception,
                                    uint32_t at) {
  gene_error_t *first = NULL, *last = NULL;
  for (int depth = 0; depth < GN_CAUSES_MAX; depth++) {
    gene_error_t *e = report_alloc(ctx, sizeof *e);
    if (!e)
      return first;
    gn_instance *in = (gn_instance *)gn_as_obj(exception);
    e->class_name = report_value(ctx, gn_type_name(ctx, exception));
    e->message = report_message(ctx, in->slots[GN_F_MESSAGE]);
    e->code = report_value(ctx, in->slots[GN_F_CODE]);
    report_stack(ctx, e, exception);
    report_hint(ctx, e, exception);
    if (last)
      last->cause = e;
    else
      first = e;
    last = e;
    gn_value cause = in->slots[GN_F_CAUSE];
    if (cause == GN_NIL)
      break;
    if (!gn_is_exception(ctx, cause)) {
      e->cause_json = cause_text(ctx, cause, at);
      break;
    }
    exception = cause;
  }
  return first;
}

static gene_text_t report_format(gn_ctx *ctx, const char *fmt, ...) {
  char buf[160];
  va_list args;
  va_start(args, fmt);
  vsnprintf(buf, sizeof buf, fmt, args);
  va_end(args);
  return report_text(ctx, buf, strlen(buf));
}

/* The LimitException of a killed context, made without its heap. */
static const gene_error_t *report_kill(gn_ctx *ctx) {
  gene_error_t *e = report_alloc(ctx, sizeof *e);
  if (!e)
    return NULL;
  bool cancelled = ctx->kill == GN_KILL_CANCELLED || ctx->kill == GN_ALIVE;
  const char *cls = cancelled ? "CancellationException" : "LimitException";
  e->class_name = report_format(ctx, "%s", cls);
  switch ((enum gn_kill_reason)ctx->kill) {
  case GN_KILL_FUEL:
    e->code = report_format(ctx, "GENE.LIMIT.FUEL");
    e->message = report_format(ctx, "Fuel limit of %llu units exceeded",
                               (unsigned long long)ctx->limits.fuel);
    break;
  case GN_KILL_MEMORY:
    e->code = report_format(ctx, "GENE.LIMIT.MEMORY");
    e->message = report_format(ctx, "Memory limit of %zu bytes exceeded",
                               ctx->limits.memory_bytes);
    break;
  case GN_KILL_WALL:
    e->code = report_format(ctx, "GENE.LIMIT.WALL");
    e->message = report_format(ctx, "Wall time limit of %llu ms exceeded",
                               (unsigned long long)ctx->wall_ms);
    break;
  default:
    e->code = report_format(ctx, "GENE.ASYNC.CANCELLED");
    e->message = ctx->cancel_reason == GN_NONE
                     ? report_format(ctx, "Future cancelled")
                     : report_message(ctx, ctx->cancel_reason);
  }
  if (ctx->kill_place.line) {
    gene_frame_info_t *info = report_alloc(ctx, sizeof *info);
    if (info) {
      info->function = report_format(ctx, "%s", ctx->kill_place.function);
      info->line = e->line = ctx->kill_place.line;
      info->column = e->column = ctx->kill_place.column;
      e->stack = info;
      e->stack_len = 1;
    }
  }
  return e;
}

/* The function that a fiber is in; NULL: none. */
static const gn_proto *place_of(const gn_fiber *fiber, uint32_t *line,
                                uint32_t *column) {
  for (uint32_t i = fiber ? fiber->nframes : 0; i-- > 0;) {
    const gn_frame *fr = &fiber->frames[i];
    if (fr->flags & GN_F_NATIVE || fr->pc == NULL)
      continue;
    const gn_proto *p = fr->clo->proto;
    uint32_t pc = (uint32_t)(fr->pc - p->code);
    gn_proto_place(p, pc ? pc - 1 : 0, line, column);
    if (!*line && p->nlocs) { /* at the start of a loop */
      *line = p->locs[0].line;
      *column = p->locs[0].column;
    }
    return p;
  }
  return NULL;
}

void gn_fiber_place(const gn_fiber *fiber, uint32_t *line, uint32_t *column) {
  *line = *column = 0;
  place_of(fiber, line, column);
}

/* Remembers where the running fiber was when the context was killed. */
void gn_note_kill_place(gn_ctx *ctx, const gn_fiber *fiber) {
  const gn_proto *p =
      place_of(fiber, &ctx->kill_place.line, &ctx->kill_place.column);
  if (p)
    gn_trace_function(p, ctx->kill_place.function,
                      sizeof ctx->kill_place.function);
}

static void report_unhandled(gn_ctx *ctx) {
  uint32_t n = ctx->unhandled ? ctx->unhandled->len : 0;
  const gene_error_t **list = n ? report_alloc(ctx, n * sizeof *list) : NULL;
  for (uint32_t i = 0; list && i < n; i++)
    list[i] = gn_report_error(ctx, ctx->unhandled->items[i], i + 1);
  if (list) {
    ctx->report->unhandled = list;
    ctx->report->unhandled_len = n;
  }
}

static void report_diagnostics(gn_ctx *ctx) {
  uint32_t n = ctx->ndiagnostics;
  gene_diagnostic_t *list = n ? report_alloc(ctx, n * sizeof *list) : NULL;
  for (uint32_t i = 0; list && i < n; i++) {
    const gn_value *row = ctx->diagnostics->items + i * 4;
    list[i].kind = gn_text_is(row[0], "debug") ? "debug" : "warning";
    list[i].message = report_value(ctx, row[1]);
    list[i].line = (uint32_t)gn_fix(row[2]);
    list[i].column = (uint32_t)gn_fix(row[3]);
  }
  if (list) {
    ctx->report->diagnostics = list;
    ctx->report->diagnostics_len = n;
  }
}

void gn_report_one(gn_ctx *ctx, gn_value exception, gene_result_t *out) {
  gn_report_free(ctx);
  out->error = exception == GN_NIL
                   ? report_kill(ctx)
                   : gn_report_error(ctx, exception, UINT32_MAX);
}

void gn_report_fill(gn_ctx *ctx, gene_result_t *out) {
  gn_report_free(ctx);
  if (ctx->kill == GN_ALIVE && ctx->error != GN_NONE)
    out->error = gn_report_error(ctx, ctx->error, 0);
  else if (out->status == GENE_FAILURE || out->status == GENE_CANCELLED)
    out->error = report_kill(ctx);
  report_unhandled(ctx);
  report_diagnostics(ctx);
  if (!ctx->report)
    return;
  out->unhandled = ctx->report->unhandled;
  out->unhandled_len = ctx->report->unhandled_len;
  out->diagnostics = ctx->report->diagnostics;
  out->diagnostics_len = ctx->report->diagnostics_len;
}
