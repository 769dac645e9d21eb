/*
 * shared.c - the futures of the value that have ids. A fiber shows the
 * outcomes one after the other; whatever goes wrong with one is the outcome of
 * that one alone.
 */
#include "run/shared.h"

#include <stdio.h>

#include "lib/wire.h"
#include "run/internal_natives.h"

/* ctx->shared has these for each future. */
enum { S_FUTURE, S_ID, S_DONE, S_NEXT, S_TEXT, S_JSON, S_TYPE, S_ERROR, WIDTH };

enum { L_PRINT, L_JSON, L_COUNT };

static uint32_t count(const gn_ctx *ctx) {
  return ctx->shared ? ctx->shared->len / WIDTH : 0;
}

static gn_value *entry(const gn_ctx *ctx, uint32_t at) {
  assert(at < count(ctx));
  return ctx->shared->items + (size_t)at * WIDTH;
}

static gn_future *future_of(const gn_ctx *ctx, uint32_t at) {
  return gn_fut(entry(ctx, at)[S_FUTURE]);
}

/* ---- sharing ---- */

static void tell_too_many(gn_ctx *ctx) {
  char text[96];
  if (ctx->shared_told)
    return;
  ctx->shared_told = true;
  snprintf(text, sizeof text,
           "Futures of the value beyond the first %d are given as $opaque",
           GENE_FUTURES_MAX);
  gn_ctx_diagnostic(ctx, "warning", text);
}

static bool make_room(gn_ctx *ctx) {
  if (!ctx->shared)
    ctx->shared = gn_array_new(&ctx->heap, WIDTH);
  return ctx->shared &&
         gn_array_reserve(&ctx->heap, ctx->shared, ctx->shared->len + WIDTH);
}

static void add(gn_ctx *ctx, gn_future *f, gn_value id) {
  const gn_value row[WIDTH] = {
      [S_FUTURE] = gn_from_obj(f), [S_ID] = id,       [S_DONE] = GN_FALSE,
      [S_NEXT] = GN_NIL,           [S_TEXT] = GN_NIL, [S_JSON] = GN_NIL,
      [S_TYPE] = GN_NIL,           [S_ERROR] = GN_NIL};
  for (uint32_t i = 0; i < WIDTH; i++)
    (void)gn_array_push(&ctx->heap, ctx->shared, row[i]);
  f->shared = count(ctx);
  f->handled = true;
  if (f->state != GENE_PENDING)
    gn_shared_settled(ctx, f);
}

gn_value gn_share(gn_ctx *ctx, gn_future *f) {
  char id[GENE_FUTURE_ID_LEN] = "";
  if (f->shared)
    return entry(ctx, f->shared - 1)[S_ID];
  if (!ctx->sharing || !ctx->host.on_future)
    return GN_NIL;
  if (count(ctx) >= GENE_FUTURES_MAX) {
    tell_too_many(ctx);
    return GN_NIL;
  }
  /* The host is asked when nothing can fail any more. */
  gn_value text = gn_string_new(&ctx->heap, id, sizeof id);
  if (text == GN_NONE || !make_room(ctx))
    return GN_NONE;
  if (!ctx->host.on_future(ctx->host.data, ctx, count(ctx), id))
    return GN_NIL;
  memcpy((char *)(uintptr_t)gn_str_bytes(gn_str(text)), id, sizeof id);
  add(ctx, f, text);
  return text;
}

/* ---- outcomes ---- */

static void tell_done(gn_ctx *ctx, uint32_t at) {
  entry(ctx, at)[S_DONE] = GN_TRUE;
  if (ctx->host.on_future_done)
    ctx->host.on_future_done(ctx->host.data, ctx, at);
}

static void fail(gn_ctx *ctx, uint32_t at, gn_value exception) {
  entry(ctx, at)[S_ERROR] = exception;
  tell_done(ctx, at);
}

static void append(gn_ctx *ctx, uint32_t at) {
  if (ctx->shared_first == GN_NO_SHARED)
    ctx->shared_first = at;
  else
    entry(ctx, ctx->shared_last)[S_NEXT] = gn_from_fix(at);
  ctx->shared_last = at;
}

/* Takes the first of those that are to be shown out. */
static void take_first(gn_ctx *ctx) {
  gn_value next = entry(ctx, ctx->shared_first)[S_NEXT];
  ctx->shared_first = next == GN_NIL ? GN_NO_SHARED : (uint32_t)gn_fix(next);
}

void gn_shared_settled(gn_ctx *ctx, gn_future *f) {
  uint32_t at = f->shared - 1;
  if (f->state == GENE_SUCCESS)
    append(ctx, at);
  else
    fail(ctx, at, f->value);
  gn_ctx_wake(ctx);
}

static void shown(gn_ctx *ctx, uint32_t at) {
  gn_value *e = entry(ctx, at);
  e[S_TYPE] = gn_type_name(ctx, future_of(ctx, at)->value);
  tell_done(ctx, at);
}

/* Scalars and strings need no fiber. */
static bool show_quickly(gn_ctx *ctx, uint32_t at) {
  gn_value v = future_of(ctx, at)->value;
  gn_value text = gn_print_quick(ctx, v, GN_DISPLAY);
  gn_value json = gn_wire_quick(ctx, v, ctx->tagged);
  if (text == GN_NONE || json == GN_NONE)
    return false;
  entry(ctx, at)[S_TEXT] = text;
  entry(ctx, at)[S_JSON] = json;
  shown(ctx, at);
  return true;
}

/* ---- in a fiber ---- */

static int print_text(gn_ctx *ctx, gn_call *call, uint32_t at) {
  gn_value v = future_of(ctx, at)->value;
  gn_value *machine = &call->locals[L_PRINT];
  if (!gn_is_string(v)) {
    int st = gn_print_text(ctx, call, machine, v, GN_DISPLAY);
    if (st != GN_OK)
      return st;
  }
  entry(ctx, at)[S_TEXT] = gn_is_string(v) ? v : *machine;
  return GN_OK;
}

static int write_json(gn_ctx *ctx, gn_call *call, uint32_t at) {
  gn_value v = future_of(ctx, at)->value;
  gn_value *machine = &call->locals[L_JSON];
  ctx->sharing = true;
  int st = gn_wire_run(ctx, call, machine, v, ctx->tagged);
  ctx->sharing = false;
  if (st != GN_OK)
    return st;
  gn_builder *b = gn_wire_builder(ctx, machine);
  gn_value json = b ? gn_builder_string(b) : GN_NONE;
  if (json == GN_NONE)
    return gn_oom(ctx);
  entry(ctx, at)[S_JSON] = json;
  return GN_OK;
}

static void begin_next(gn_ctx *ctx, gn_call *call) {
  take_first(ctx);
  call->locals[L_PRINT] = call->locals[L_JSON] = GN_NIL;
}

/* What is wrong with the value of a future is the outcome of that future. */
static void fail_first(gn_ctx *ctx, gn_call *call, gn_value exception) {
  uint32_t at = ctx->shared_first;
  begin_next(ctx, call);
  fail(ctx, at, exception);
}

/* Shows the first one. GN_OK: it is done, one way or the other. */
static int show_first(gn_ctx *ctx, gn_call *call) {
  uint32_t at = ctx->shared_first;
  bool printed = entry(ctx, at)[S_TEXT] != GN_NIL;
  int st = printed ? GN_OK : print_text(ctx, call, at);
  if (st == GN_OK)
    st = write_json(ctx, call, at);
  if (st == GN_THROW && ctx->thrown != GN_NONE) {
    gn_value exception = ctx->thrown;
    ctx->thrown = GN_NONE;
    gn_exception_at_end(ctx, exception);
    fail_first(ctx, call, exception);
    return GN_OK;
  }
  if (st != GN_OK)
    return st;
  begin_next(ctx, call);
  shown(ctx, at);
  return GN_OK;
}

static int show_shared(gn_ctx *ctx, gn_call *call) {
  if (call->thrown != GN_NONE) { /* by a to_s */
    gn_value exception = call->thrown;
    call->thrown = GN_NONE;
    fail_first(ctx, call, exception);
  }
  while (ctx->shared_first != GN_NO_SHARED) {
    int st = show_first(ctx, call);
    if (st != GN_OK)
      return st;
  }
  ctx->showing_shared = false;
  call->result = GN_NIL;
  return GN_OK;
}
const gn_native_def gn_def_shared = {.name = "shared",
                                     .fn = show_shared,
                                     .locals = L_COUNT,
                                     .flags = GN_N_CATCHES};

/* Without room for one more fiber it is tried again when others have ended. */
void gn_shared_show(gn_ctx *ctx) {
  static const gn_native_fn fn = {
      .h = {.type = GN_T_NATIVE, .flags = GN_STATIC, .size = 1},
      .def = &gn_def_shared};
  while (ctx->shared_first != GN_NO_SHARED) {
    uint32_t at = ctx->shared_first;
    if (!show_quickly(ctx, at))
      break;
    take_first(ctx);
  }
  if (ctx->shared_first == GN_NO_SHARED)
    return;
  gn_fiber *f = gn_fiber_new(ctx, GN_ROLE_CALLBACK, gn_from_obj(&fn), NULL, 0);
  if (f) {
    ctx->showing_shared = true;
    gn_fiber_ready(ctx, f);
  } else if (ctx->thrown == GN_NONE) {
    gn_throw_kill(ctx, GN_KILL_MEMORY);
  }
  ctx->thrown = GN_NONE;
}

void gn_shared_give_up(gn_ctx *ctx) {
  for (uint32_t i = 0; i < count(ctx); i++) {
    if (entry(ctx, i)[S_DONE] == GN_TRUE)
      continue;
    gn_value exception = gn_deadlock(ctx);
    if (exception == GN_NONE) {
      gn_throw_kill(ctx, GN_KILL_MEMORY);
      return;
    }
    fail(ctx, i, exception);
  }
}

/* ---- for the host ---- */

static gene_text_t text_of(gn_value v) {
  gene_text_t t = {NULL, 0};
  if (gn_is_string(v))
    t = (gene_text_t){gn_str_bytes(gn_str(v)), gn_str(v)->len};
  return t;
}

/* The evaluation has ended before it. */
static enum gene_status status_without(const gn_ctx *ctx) {
  if (!ctx->done)
    return GENE_PENDING;
  return ctx->kill == GN_ALIVE || ctx->kill == GN_KILL_CANCELLED
             ? GENE_CANCELLED
             : GENE_FAILURE;
}

static enum gene_status status_of(const gn_ctx *ctx, const gn_value *e) {
  if (e[S_DONE] != GN_TRUE)
    return status_without(ctx);
  if (e[S_ERROR] == GN_NIL)
    return GENE_SUCCESS;
  return ctx->cancelled || gn_fut(e[S_FUTURE])->state == GENE_CANCELLED
             ? GENE_CANCELLED
             : GENE_FAILURE;
}

void gene_context_future(gene_context_t *ctx, uint32_t handle,
                         gene_result_t *out) {
  memset(out, 0, sizeof *out);
  if (handle >= count(ctx))
    return;
  const gn_value *e = entry(ctx, handle);
  out->status = status_of(ctx, e);
  if (out->status == GENE_SUCCESS) {
    out->value_fixed = true;
    out->value_json = text_of(e[S_JSON]);
    out->type = text_of(e[S_TYPE]);
    out->text = text_of(e[S_TEXT]);
  } else if (out->status != GENE_PENDING) {
    gn_report_one(ctx, e[S_ERROR], out);
  }
}

void gene_context_future_cancel(gene_context_t *ctx, uint32_t handle,
                                const char *reason) {
  if (ctx->done || handle >= count(ctx) ||
      future_of(ctx, handle)->state != GENE_PENDING)
    return;
  gn_value text = gn_string_c(&ctx->heap, reason ? reason : "Future cancelled");
  gn_value e = text == GN_NONE ? GN_NONE
                               : gn_exception_new(ctx, GN_X_CANCELLATION, NULL,
                                                  text, GN_NIL);
  if (e != GN_NONE)
    gn_future_cancel(ctx, future_of(ctx, handle), e);
}
