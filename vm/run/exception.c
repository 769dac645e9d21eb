/*
 * exception.c - exceptions: making and throwing them, and their stack traces.
 * An exception is an instance whose first four fields are message, cause, code
 * and a hidden trace; line, column and stack are derived from the trace when
 * somebody asks. What the host sees of them is report.c's.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/utf8.h"
#include "run/cause.h"
#include "run/exception_impl.h"
#include "run/internal_natives.h"
#include "run/interp_parts.h"

#define TRACE_FRAMES    100u
#define DIAGNOSTICS_MAX 100u

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
  char text[GN_MESSAGE_MAX];
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
  gn_trace_frame frames[];
} trace;

static void mark_trace(gn_heap *heap, gn_machine *machine) {
  const trace *t = (const trace *)(const void *)machine;
  for (uint32_t i = 0; i < t->n; i++)
    gn_mark_program(heap, t->frames[i].proto->program);
}

/* Without memory the exception is thrown all the same, without a place. */
static void keep_trace(gn_ctx *ctx, gn_instance *in,
                       const gn_trace_frame *frames, uint32_t n) {
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
  gn_trace_frame frames[TRACE_FRAMES];
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
  gn_trace_frame frame = {main, ctx->module, main->ncode - 1};
  if (in->slots[GN_F_TRACE] == GN_NIL)
    keep_trace(ctx, in, &frame, 1);
}

uint32_t gn_trace_of(gn_value exception, const gn_trace_frame **out) {
  gn_instance *in = (gn_instance *)gn_as_obj(exception);
  gn_value t = in->slots[GN_F_TRACE];
  if (!gn_is(t, GN_T_MACHINE))
    return 0;
  const trace *kept = (const trace *)(const void *)gn_as_obj(t);
  *out = kept->frames;
  return kept->n;
}

size_t gn_trace_function(const gn_proto *p, char *buf, size_t size) {
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
  const gn_trace_frame *t;
  uint32_t n = gn_trace_of(exception, &t);
  gn_array *a = gn_array_new(&ctx->heap, n ? n : 1);
  for (uint32_t i = 0; a && i < n; i++) {
    char name[256];
    uint32_t line, column;
    gn_trace_function(t[i].proto, name, sizeof name);
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
  const gn_trace_frame *t = NULL;
  uint32_t n = gn_trace_of(exception, &t), line = 0, column = 0;
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
