/*
 * exception.c - exceptions: making and throwing them, their stack traces, and
 * the report that the host sees. An exception is an instance whose first four
 * fields are message, cause, code and a hidden trace; line, column and stack
 * are derived from the trace when somebody asks.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/utf8.h"
#include "run/cause.h"
#include "run/internal_natives.h"
#include "run/interp_parts.h"

#define TRACE_FRAMES    100u
#define MESSAGE_MAX     4096
#define DIAGNOSTICS_MAX 100u
#define SHOWN_MAX       65536u  /* bytes of a message in the report */
#define SHOWN_SUM       262144u /* of all, before they get SHOWN_MIN each */
#define SHOWN_MIN       512u

typedef struct trace_frame {
  const gn_proto *proto;
  gn_module *module;
  uint32_t pc;
} trace_frame;

static const char *usual_code(enum gn_exc cls) {
  switch (cls) {
  case GN_X_EXCEPTION: return NULL;
  case GN_X_NAME: return "GENE.SCOPE.UNDEFINED_VAR";
  case GN_X_PARSE: return "GENE.PARSE";
  case GN_X_COMPILE: return "GENE.COMPILE";
  case GN_X_PERMISSION: return "GENE.PERMISSION";
  case GN_X_TIMEOUT: return "GENE.ASYNC.TIMEOUT";
  case GN_X_CANCELLATION: return "GENE.ASYNC.CANCELLED";
  case GN_X_DEADLOCK: return "GENE.ASYNC.DEADLOCK";
  default: return "GENE.RUNTIME.ERROR";
  }
}

gn_value gn_exception_new(gn_ctx *ctx, enum gn_exc cls, const char *code,
                          gn_value message, gn_value cause) {
  gn_value v = gn_instance_new(
      ctx, gn_builtin(ctx, (enum gn_class_id)(GN_C_EXCEPTION + cls)));
  if (v == GN_NONE)
    return GN_NONE;
  gn_instance *in = (gn_instance *)gn_as_obj(v);
  in->slots[GN_F_MESSAGE] = message;
  in->slots[GN_F_CAUSE] = cause;
  in->slots[GN_F_CODE] = GN_NIL;
  in->slots[GN_F_TRACE] = GN_NIL;
  if (!code)
    code = usual_code(cls);
  if (code) {
    gn_value text = gn_string_c(&ctx->heap, code);
    if (text == GN_NONE)
      return GN_NONE;
    in->slots[GN_F_CODE] = text;
  }
  return v;
}

int gn_throw_value(gn_ctx *ctx, gn_value exception) {
  ctx->thrown = exception;
  return GN_THROW;
}

int gn_throw(gn_ctx *ctx, enum gn_exc cls, const char *code, const char *fmt,
             ...) {
  char text[MESSAGE_MAX];
  va_list args;
  va_start(args, fmt);
  int n = vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  size_t len = n < 0                     ? 0
               : (size_t)n < sizeof text ? (size_t)n
                                         : sizeof text - 1;
  while (len > 0 && (size_t)n >= sizeof text &&
         ((unsigned char)text[len] & 0xc0) == 0x80)
    len--;
  gn_value message = gn_string_new(&ctx->heap, text, len);
  gn_value v = message == GN_NONE
                   ? GN_NONE
                   : gn_exception_new(ctx, cls, code, message, GN_NIL);
  ctx->thrown = v; /* GN_NONE says: out of memory */
  return GN_THROW;
}

int gn_oom(gn_ctx *ctx) {
  ctx->thrown = GN_NONE;
  return GN_THROW;
}

int gn_throw_expects(gn_ctx *ctx, const gn_call *call, const char *what,
                     gn_value got) {
  const char *name = call->def ? call->def->name : "function";
  gn_throw(ctx, GN_X_TYPE, NULL, "%s expects %s, got %s", name, what,
           gn_type_cstr(ctx, got));
  gn_value which = GN_NONE;
  uint32_t found = 0;
  for (uint32_t i = 0; i < call->argc; i++)
    if (call->argv[i] == got && found++ == 0)
      which = gn_from_fix(i);
  return gn_missed(ctx, found == 1 ? which : GN_NONE, GN_NONE, call->def);
}

int gn_check_mutable(gn_ctx *ctx, gn_value v, const char *op) {
  const gn_obj *o = gn_as_obj(v);
  if (GN_LIKELY(!gn_immutable(o)))
    return GN_OK;
  const char *kind = o->type == GN_T_ARRAY     ? "array"
                     : o->type == GN_T_MAP     ? "map"
                     : o->type == GN_T_HASHMAP ? "HashMap"
                     : o->type == GN_T_HASHSET ? "HashSet"
                                               : "gene";
  return gn_throw(ctx, GN_X_RUNTIME, NULL, "Cannot %s %s %s", op,
                  (o->flags & GN_SEALED) ? "sealed" : "frozen", kind);
}

gn_value gn_exception_quick(gn_ctx *ctx, gn_value v) {
  if (gn_is_exception(ctx, v))
    return v;
  gn_value message, cause = GN_NIL;
  if (gn_is_string(v)) {
    message = v;
  } else if (v == GN_NIL) {
    message = gn_string_c(&ctx->heap, "nil");
  } else {
    message = gn_print_quick(ctx, v, GN_STRING);
    cause = v;
  }
  if (message == GN_NONE)
    return GN_NONE;
  return gn_exception_new(ctx, GN_X_EXCEPTION, NULL, message, cause);
}

static bool is_exception_class(gn_ctx *ctx, gn_value v) {
  return gn_is(v, GN_T_CLASS) &&
         gn_class_is((gn_class *)gn_as_obj(v), gn_builtin(ctx, GN_C_EXCEPTION));
}

int gn_exception_run(gn_ctx *ctx, gn_call *call, gn_value *machine,
                     gn_value v) {
  if (*machine == GN_TRUE) { /* (new Class) has been called */
    *machine = GN_NIL;
    return GN_OK;
  }
  if (*machine == GN_NIL && is_exception_class(ctx, v)) {
    *machine = GN_TRUE;
    call->callee = ctx->core->new_fn;
    call->args[0] = v;
    call->nargs = 1;
    return GN_CALL;
  }
  if (*machine == GN_NIL) {
    gn_value e = gn_exception_quick(ctx, v);
    if (e != GN_NONE) {
      call->result = e;
      return GN_OK;
    }
  }
  int st = gn_print_text(ctx, call, machine, v, GN_STRING);
  if (st != GN_OK)
    return st;
  call->result = gn_exception_new(ctx, GN_X_EXCEPTION, NULL, *machine, v);
  if (call->result == GN_NONE)
    return gn_oom(ctx);
  *machine = GN_NIL;
  return GN_OK;
}

/* value: throws it. */
static int throw_any(gn_ctx *ctx, gn_call *call) {
  call->state = 1;
  int st = gn_exception_run(ctx, call, &call->locals[0], call->argv[0]);
  return st == GN_OK ? gn_throw_value(ctx, call->result) : st;
}
const gn_native_def gn_def_throw = {
    .name = "throw", .fn = throw_any, .min = 1, .max = 1, .locals = 1};

/* ---- traces ---- */

/* Keeps the programs its frames point into. */
typedef struct trace {
  gn_machine m;
  uint32_t n;
  trace_frame frames[];
} trace;

static void mark_trace(gn_heap *heap, gn_machine *machine) {
  const trace *t = (const trace *)(const void *)machine;
  for (uint32_t i = 0; i < t->n; i++)
    gn_mark_program(heap, t->frames[i].proto->program);
}

/* Without memory the exception is thrown all the same, without a place. */
static void keep_trace(gn_ctx *ctx, gn_instance *in, const trace_frame *frames,
                       uint32_t n) {
  trace *t = gn_alloc(&ctx->heap, GN_T_MACHINE, sizeof *t + n * sizeof *frames);
  if (!t)
    return;
  t->m.trace = mark_trace;
  t->n = n;
  memcpy(t->frames, frames, n * sizeof *frames);
  in->slots[GN_F_TRACE] = gn_from_obj((gn_obj *)t);
}

void gn_exception_trace(gn_ctx *ctx, gn_value exception, gn_fiber *fiber) {
  gn_instance *in = (gn_instance *)gn_as_obj(exception);
  if (in->slots[GN_F_TRACE] != GN_NIL)
    return;
  if (fiber->ex != GN_NIL && fiber->ex != exception &&
      in->slots[GN_F_CAUSE] == GN_NIL)
    in->slots[GN_F_CAUSE] = fiber->ex; /* thrown while that was handled */
  trace_frame frames[TRACE_FRAMES];
  uint32_t n = 0;
  for (uint32_t i = fiber->nframes; i-- > 0 && n < TRACE_FRAMES;) {
    const gn_frame *fr = &fiber->frames[i];
    if (fr->flags & GN_F_NATIVE)
      continue;
    const gn_proto *p = fr->clo->proto;
    frames[n].proto = p;
    gn_module *m = fr->clo->module;
    frames[n].module = m->host ? m->host : m;
    frames[n].pc = (uint32_t)(fr->pc - p->code) - 1;
    n++;
  }
  keep_trace(ctx, in, frames, n);
  ctx->fuel -= n;
}

void gn_exception_at_end(gn_ctx *ctx, gn_value exception) {
  gn_instance *in = (gn_instance *)gn_as_obj(exception);
  const gn_proto *main = ctx->program->main;
  trace_frame frame = {main, ctx->module, main->ncode - 1};
  if (in->slots[GN_F_TRACE] == GN_NIL)
    keep_trace(ctx, in, &frame, 1);
}

static uint32_t trace_of(gn_value exception, const trace_frame **out) {
  gn_instance *in = (gn_instance *)gn_as_obj(exception);
  gn_value t = in->slots[GN_F_TRACE];
  if (!gn_is(t, GN_T_MACHINE))
    return 0;
  const trace *kept = (const trace *)(const void *)gn_as_obj(t);
  *out = kept->frames;
  return kept->n;
}

/* "f", "Class.m", "<fn>" or "<main>". */
static size_t function_name(const gn_proto *p, char *buf, size_t size) {
  int n;
  if (p->flags & GN_P_MAIN) {
    n = snprintf(buf, size, "<main>");
  } else if (p->name == GN_NIL) {
    n = snprintf(buf, size, "<fn>");
  } else {
    size_t len;
    const char *name = gn_text(p->name, &len);
    if (p->class_name != GN_NIL) {
      size_t cn;
      const char *cls = gn_text(p->class_name, &cn);
      n = snprintf(buf, size, "%.*s.%.*s", (int)cn, cls, (int)len, name);
    } else {
      n = snprintf(buf, size, "%.*s", (int)len, name);
    }
  }
  return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
}

static const char *module_name(const gn_module *m) {
  return m && m->name != GN_NIL ? gn_str_bytes(gn_str(m->name)) : "main";
}

static gn_value stack_strings(gn_ctx *ctx, gn_value exception) {
  const trace_frame *t;
  uint32_t n = trace_of(exception, &t);
  gn_array *a = gn_array_new(&ctx->heap, n ? n : 1);
  for (uint32_t i = 0; a && i < n; i++) {
    char name[256];
    uint32_t line, column;
    function_name(t[i].proto, name, sizeof name);
    gn_proto_place(t[i].proto, t[i].pc, &line, &column);
    gn_value s = gn_string_format(&ctx->heap, "%s (%s:%u:%u)", name,
                                  module_name(t[i].module), line, column);
    if (s == GN_NONE || !gn_array_push(&ctx->heap, a, s))
      return GN_NONE;
  }
  return a ? gn_from_obj(a) : GN_NONE;
}

gn_value gn_exception_field(gn_ctx *ctx, gn_value exception, gn_value name) {
  static const char *const names[] = {"line", "column", "file", "location",
                                      "stack"};
  size_t len;
  const char *text = gn_text(name, &len);
  int which = -1;
  for (int i = 0; i < 5; i++)
    if (strlen(names[i]) == len && memcmp(names[i], text, len) == 0)
      which = i;
  if (which < 0)
    return GN_NONE;
  const trace_frame *t = NULL;
  uint32_t n = trace_of(exception, &t), line = 0, column = 0;
  if (n == 0)
    return which == 4 ? stack_strings(ctx, exception) : GN_NIL;
  gn_proto_place(t->proto, t->pc, &line, &column);
  switch (which) {
  case 0: return gn_from_fix(line);
  case 1: return gn_from_fix(column);
  case 2: return gn_string_c(&ctx->heap, module_name(t->module));
  case 3:
    return gn_string_format(&ctx->heap, "%s:%u:%u", module_name(t->module),
                            line, column);
  default: return stack_strings(ctx, exception);
  }
}

/* ---- limits ---- */

int gn_throw_kill(gn_ctx *ctx, enum gn_kill_reason why) {
  if (ctx->kill == GN_ALIVE)
    ctx->kill = (uint8_t)why;
  ctx->thrown = GN_NONE;
  return GN_THROW;
}

/* ---- diagnostics ---- */

bool gn_ctx_wants_diagnostics(const gn_ctx *ctx) {
  return ctx->ndiagnostics < DIAGNOSTICS_MAX;
}

void gn_ctx_place(const gn_ctx *ctx, uint32_t *line, uint32_t *column) {
  const gn_fiber *f = ctx->current;
  *line = *column = 0;
  for (uint32_t i = f ? f->nframes : 0; i-- > 0;)
    if (!(f->frames[i].flags & GN_F_NATIVE) && f->frames[i].pc) {
      const gn_proto *p = f->frames[i].clo->proto;
      uint32_t pc = (uint32_t)(f->frames[i].pc - p->code);
      gn_proto_place(p, pc ? pc - 1 : 0, line, column);
      break;
    }
}

void gn_ctx_diagnostic(gn_ctx *ctx, const char *kind, const char *message) {
  if (!gn_ctx_wants_diagnostics(ctx))
    return;
  gn_heap *heap = &ctx->heap;
  if (!ctx->diagnostics)
    ctx->diagnostics = gn_array_new(heap, 4);
  uint32_t line, column;
  gn_ctx_place(ctx, &line, &column);
  gn_value row[4] = {gn_string_c(heap, kind), gn_string_c(heap, message),
                     gn_from_fix(line), gn_from_fix(column)};
  if (!ctx->diagnostics || row[0] == GN_NONE || row[1] == GN_NONE ||
      !gn_array_reserve(heap, ctx->diagnostics, ctx->diagnostics->len + 4))
    return;
  for (int i = 0; i < 4; i++)
    (void)gn_array_push(heap, ctx->diagnostics, row[i]);
  ctx->ndiagnostics++;
  if (ctx->host.on_change)
    ctx->host.on_change(ctx->host.data, ctx);
}

/* ---- the host's report ---- */

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
  const trace_frame *t;
  uint32_t n = trace_of(exception, &t);
  gene_frame_info_t *info = n ? report_alloc(ctx, n * sizeof *info) : NULL;
  if (!info)
    return;
  for (uint32_t i = 0; i < n; i++) {
    char name[256];
    size_t len = function_name(t[i].proto, name, sizeof name);
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
  const trace_frame *t;
  char text[256];
  if (trace_of(exception, &t) == 0)
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
  if (why_len > MESSAGE_MAX)
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
    function_name(p, ctx->kill_place.function, sizeof ctx->kill_place.function);
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
