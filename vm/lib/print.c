/*
 * print.c - print, println, flush, debug, and texts made of several values.
 * Everything goes to the evaluation's captured output; nothing is written
 * before all arguments are text, so a line comes out in one piece.
 */
#include "core/utf8.h"
#include "lib/tables.h"
#include "run/context.h"
#include "run/native_args.h"

#define LINE_MAX_BYTES 1024u
#define DEBUG_MAX      4096u /* bytes of one diagnostic */

enum { PRINT_MACHINE, PRINT_AT, PRINT_LOCALS };

/* ---- keywords ---- */

/* ^stderr. False: another keyword, thrown. */
static bool to_stderr(gn_ctx *ctx, const gn_call *call, bool *err) {
  uint32_t at = 0;
  const gn_entry *e;
  *err = false;
  while (call->kw && (e = gn_dict_next(call->kw, &at)) != NULL) {
    size_t len;
    const char *name = gn_text(e->key, &len);
    if (!gn_text_is(e->key, "stderr")) {
      gn_throw(ctx, GN_X_ARGUMENT, NULL, "Unexpected keyword argument: %.*s",
               (int)len, name);
      return false;
    }
    *err = gn_truthy(e->value);
  }
  return true;
}

/* ---- short lines, without a machine ---- */

typedef struct line {
  size_t len;
  char bytes[LINE_MAX_BYTES];
} line;

static bool add(line *l, const char *bytes, size_t len) {
  if (len >= LINE_MAX_BYTES - l->len)
    return false;
  memcpy(l->bytes + l->len, bytes, len);
  l->len += len;
  return true;
}

static bool add_value(gn_ctx *ctx, line *l, gn_value v) {
  size_t len;
  gn_value text = gn_is_string(v) ? v : gn_print_quick(ctx, v, GN_DISPLAY);
  if (text == GN_NONE)
    return false;
  const char *bytes = gn_text(text, &len);
  return add(l, bytes, len);
}

/* All at once when it is short and needs no Gene code. */
static bool print_short(gn_ctx *ctx, const gn_call *call, bool newline,
                        bool err) {
  line l = {.len = 0};
  for (uint32_t i = 0; i < call->argc; i++)
    if ((i > 0 && !add(&l, " ", 1)) || !add_value(ctx, &l, call->argv[i]))
      return false;
  if (newline)
    l.bytes[l.len++] = '\n'; /* add leaves room for it */
  gn_charge(ctx, (l.len >> 4) + 1);
  gn_ctx_output(ctx, l.bytes, l.len, err);
  return true;
}

/* ---- any lines ---- */

/* Appends the values, each with what follows it. PRINT_AT counts both, so
 * that each is put once even if memory runs out and it is tried again. */
static int put_values(gn_ctx *ctx, gn_call *call, bool newline) {
  gn_value *machine = &call->locals[PRINT_MACHINE];
  uint32_t n = call->argc * 2;
  for (uint32_t i = (uint32_t)gn_fix(call->locals[PRINT_AT]); i < n; i++) {
    int status = GN_OK;
    bool last = i + 1 == n;
    if (i % 2 == 0)
      status = gn_put_value(ctx, call, machine, call->argv[i / 2], GN_DISPLAY,
                            false);
    else if (!last || newline)
      status =
          gn_put_text(ctx, machine, last ? "\n" : " ", 1) ? GN_OK : gn_oom(ctx);
    if (status != GN_OK)
      return status;
    call->locals[PRINT_AT] = gn_from_fix((int64_t)i + 1);
  }
  return GN_OK;
}

static int print_values(gn_ctx *ctx, gn_call *call, bool newline) {
  bool err;
  if (!to_stderr(ctx, call, &err))
    return GN_THROW;
  if (call->state == 0) {
    call->result = GN_NIL;
    if (print_short(ctx, call, newline, err))
      return GN_OK;
    call->locals[PRINT_MACHINE] = GN_NIL;
    call->locals[PRINT_AT] = gn_from_fix(0);
  }
  int status = put_values(ctx, call, newline);
  if (status != GN_OK)
    return status;
  gn_builder *b = gn_print_builder(ctx, &call->locals[PRINT_MACHINE]);
  if (!b)
    return gn_oom(ctx);
  if (b->buf)
    gn_ctx_output(ctx, b->buf->bytes, b->buf->used, err);
  return gn_return(call, GN_NIL);
}

static int print(gn_ctx *ctx, gn_call *call) {
  return print_values(ctx, call, false);
}

static int println(gn_ctx *ctx, gn_call *call) {
  return print_values(ctx, call, true);
}

static int flush(gn_ctx *ctx, gn_call *call) {
  (void)ctx; /* output is handed on as it is made */
  return gn_return(call, GN_NIL);
}

/* ---- texts ---- */

static int text_of(gn_ctx *ctx, gn_call *call) {
  int status = gn_put_args(ctx, call, 0);
  if (status != GN_OK)
    return status;
  return gn_return_made(ctx, call, gn_taken_text(ctx, &call->locals[0]));
}

/* A diagnostic is for reading: the text of a large value is cut. */
static void cut_debug(gn_builder *b) {
  if (b->buf == NULL || b->buf->used <= DEBUG_MAX)
    return;
  b->buf->used = (uint32_t)gn_utf8_valid_prefix(b->buf->bytes, DEBUG_MAX);
  gn_put_c(b, "... (cut)");
}

static int debug(gn_ctx *ctx, gn_call *call) {
  gn_value *machine = &call->locals[PRINT_MACHINE];
  if (!gn_ctx_wants_diagnostics(ctx))
    return gn_return(call, call->argv[0]);
  if (call->state == 0) {
    if (!gn_print_start(ctx, machine, DEBUG_MAX + 1))
      return gn_oom(ctx);
    call->locals[PRINT_AT] = gn_from_fix(0);
  }
  if (call->locals[PRINT_AT] == gn_from_fix(0)) {
    int status =
        gn_put_value(ctx, call, machine, call->argv[0], GN_QUOTED, false);
    if (status != GN_OK)
      return status;
    cut_debug(gn_print_builder(ctx, machine));
    call->locals[PRINT_AT] = gn_from_fix(1);
  }
  if (!gn_put_text(ctx, machine, "", 1)) /* ends the message for C */
    return gn_oom(ctx);
  gn_ctx_diagnostic(ctx, "debug", gn_print_builder(ctx, machine)->buf->bytes);
  return gn_return(call, call->argv[0]);
}

#define PRINT_ROW(name, fn, sig, doc) \
  { name, fn, 0, -1, GN_N_KEYWORDS, PRINT_LOCALS, sig, doc, 0 }

const gn_native_def gn_print_rows[] = {
    PRINT_ROW("print", print, "(print v ... [^stderr true])",
              "Writes the values with spaces between them."),
    PRINT_ROW("println", println, "(println v ... [^stderr true])",
              "Writes the values and ends the line."),
    GN_FUNCTION("flush", flush, 0, 0, 0, "(flush)",
                "Hands on what was written so far."),
    GN_FUNCTION("$", text_of, 0, -1, PRINT_LOCALS, "($ v ...)",
                "String forms joined, nil as nothing."),
    GN_FUNCTION("debug", debug, 1, 1, PRINT_LOCALS, "(debug v)",
                "Adds v to the diagnostics; gives v."),
    GN_ROWS_END};
