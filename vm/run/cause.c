/*
 * cause.c - causes that are no exceptions, as texts for the host's report.
 * They are made once the evaluation has nothing else to do, in a fiber of
 * their own, since a large one takes many slices. Whatever comes in between (a
 * limit, a cycle, a to_s that throws) costs the text alone: what ended the
 * evaluation is told all the same.
 */
#include "run/cause.h"

#include "core/utf8.h"
#include "lib/json_writer.h"
#include "lib/wire.h"
#include "run/internal_natives.h"

/* Bytes of one text; what has more is not shown, as printed form cut. */
#define TEXT_MAX 65536u

/* ctx->causes has two entries for each exception: text and, when there is
 * none, the reason as far as it is known. */
enum { C_TEXT, C_REASON, C_WIDTH };

enum { L_MACHINE, L_AT, L_COUNT };

gn_value gn_cause_of(gn_ctx *ctx, gn_value exception) {
  for (int depth = 0; depth < GN_CAUSES_MAX; depth++) {
    gn_value cause = ((gn_instance *)gn_as_obj(exception))->slots[GN_F_CAUSE];
    if (cause == GN_NIL || !gn_is_exception(ctx, cause))
      return cause;
    exception = cause;
  }
  return GN_NIL;
}

gn_value gn_cause_quick(gn_ctx *ctx, gn_value cause) {
  return ctx->no_json ? gn_print_quick(ctx, cause, GN_INSPECT)
                      : gn_wire_quick(ctx, cause, false);
}

/* Exceptions that the report has: the evaluation's own, then the unhandled. */
static uint32_t count(const gn_ctx *ctx) {
  return 1 + (ctx->unhandled ? ctx->unhandled->len : 0);
}

/* The cause of exception `at` of those; GN_NIL: none. */
static gn_value cause_at(gn_ctx *ctx, uint32_t at) {
  gn_value e = at == 0 ? ctx->error : ctx->unhandled->items[at - 1];
  return e == GN_NONE ? GN_NIL : gn_cause_of(ctx, e);
}

/* ---- in a fiber ---- */

static int write_text(gn_ctx *ctx, gn_call *call, gn_value cause) {
  gn_value *machine = &call->locals[L_MACHINE];
  bool there = *machine != GN_NIL;
  if (ctx->no_json) {
    if (!there && !gn_print_start(ctx, machine, TEXT_MAX + 1))
      return gn_oom(ctx);
    return gn_print_text(ctx, call, machine, cause, GN_INSPECT);
  }
  if (!there && !gn_json_start(ctx, machine, GN_JSON_WIRE, 0, TEXT_MAX))
    return gn_oom(ctx);
  return gn_json_run(ctx, call, machine, cause, GN_JSON_WIRE, 0);
}

/* What write_text has made; it is there still if memory runs out (GN_NONE). */
static gn_value take_text(gn_ctx *ctx, const gn_call *call) {
  gn_value made = call->locals[L_MACHINE];
  if (!ctx->no_json)
    return gn_builder_string(gn_json_builder(made));
  size_t len;
  const char *text = gn_text(made, &len);
  if (len <= TEXT_MAX)
    return made;
  gn_value cut =
      gn_string_new(&ctx->heap, text, gn_utf8_valid_prefix(text, TEXT_MAX));
  return cut != GN_NONE ? gn_string_append_bytes(&ctx->heap, cut, "...", 3)
                        : GN_NONE;
}

static void keep(gn_ctx *ctx, gn_call *call, uint32_t at, int what,
                 gn_value text) {
  ctx->causes->items[at * C_WIDTH + (uint32_t)what] = text;
  call->locals[L_MACHINE] = GN_NIL;
}

/* The text of one cause. GN_OK: it is kept, or the reason why there is none. */
static int show(gn_ctx *ctx, gn_call *call, uint32_t at, gn_value cause) {
  int st = write_text(ctx, call, cause);
  if (st == GN_THROW && ctx->thrown != GN_NONE) {
    const gn_instance *e = (gn_instance *)gn_as_obj(ctx->thrown);
    keep(ctx, call, at, C_REASON, e->slots[GN_F_MESSAGE]);
    ctx->thrown = GN_NONE;
    return GN_OK;
  }
  if (st != GN_OK)
    return st;
  gn_value text = take_text(ctx, call);
  if (text == GN_NONE)
    return gn_oom(ctx);
  keep(ctx, call, at, C_TEXT, text);
  return GN_OK;
}

static int show_causes(gn_ctx *ctx, gn_call *call) {
  uint32_t n = ctx->causes->len / C_WIDTH;
  uint32_t at =
      call->locals[L_AT] == GN_NIL ? 0 : (uint32_t)gn_fix(call->locals[L_AT]);
  if (call->thrown != GN_NONE) { /* by a to_s */
    const gn_instance *e = (gn_instance *)gn_as_obj(call->thrown);
    keep(ctx, call, at++, C_REASON, e->slots[GN_F_MESSAGE]);
    call->thrown = GN_NONE;
  }
  for (; at < n; at++) {
    gn_value cause = cause_at(ctx, at);
    call->locals[L_AT] = gn_from_fix(at);
    int st = cause == GN_NIL ? GN_OK : show(ctx, call, at, cause);
    if (st != GN_OK)
      return st;
  }
  call->result = GN_NIL;
  return GN_OK;
}
const gn_native_def gn_def_causes = {.name = "causes",
                                     .fn = show_causes,
                                     .locals = L_COUNT,
                                     .flags = GN_N_CATCHES};

static bool make_room(gn_ctx *ctx, uint32_t n) {
  gn_array *texts = gn_array_new(&ctx->heap, (size_t)n * C_WIDTH);
  if (!texts)
    return false;
  for (uint32_t i = 0; i < n * C_WIDTH; i++)
    texts->items[i] = GN_NIL;
  texts->len = n * C_WIDTH;
  ctx->causes = texts;
  return true;
}

bool gn_causes_start(gn_ctx *ctx) {
  static const gn_native_fn fn = {
      .h = {.type = GN_T_NATIVE, .flags = GN_STATIC, .size = 1},
      .def = &gn_def_causes};
  uint32_t n = count(ctx);
  bool any = false;
  for (uint32_t i = 0; i < n && !any; i++) {
    gn_value cause = ctx->causes ? GN_NIL : cause_at(ctx, i);
    any = cause != GN_NIL && gn_cause_quick(ctx, cause) == GN_NONE;
  }
  if (!any)
    return false;
  if (!make_room(ctx, n) && !(gn_ctx_collect(ctx) && make_room(ctx, n)))
    return false;
  gn_fiber *f = gn_fiber_new(ctx, GN_ROLE_RENDER, gn_from_obj(&fn), NULL, 0);
  ctx->thrown = GN_NONE;
  if (f)
    gn_fiber_ready(ctx, f);
  return f != NULL;
}

/* ---- for the report ---- */

static gn_value entry(const gn_ctx *ctx, uint32_t at, uint32_t what) {
  uint32_t i = at * C_WIDTH + what;
  return ctx->causes && i < ctx->causes->len ? ctx->causes->items[i] : GN_NIL;
}

gn_value gn_cause_text(const gn_ctx *ctx, uint32_t at) {
  return entry(ctx, at, C_TEXT);
}

gn_value gn_cause_reason(const gn_ctx *ctx, uint32_t at) {
  gn_value reason = entry(ctx, at, C_REASON);
  return gn_is_string(reason) ? reason : GN_NIL;
}
