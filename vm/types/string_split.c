/*
 * string_split.c - strings cut at literal text: split, lines, and what Regex's
 * split shares with them. It reads each byte once, makes no copy of what is
 * not a part, and gives its slice back on long texts.
 */
#include "core/utf8.h"
#include "lib/tables.h"
#include "types/needle.h"
#include "types/string_methods.h"

/* Where the next part begins, where to look for its end, the parts so far. */
enum { SPLIT_DONE, SPLIT_AT, SPLIT_OUT, SPLIT_NEEDLE, SPLIT_LOCALS };

/* ---- shared with Regex ---- */

bool gn_arg_limit(gn_ctx *ctx, const gn_call *call, uint32_t *limit) {
  int64_t most = UINT32_MAX;
  if (call->argc > 2 && !gn_arg_int(ctx, call, 2, &most))
    return false;
  if (most < 1) {
    gn_throw(ctx, GN_X_ARGUMENT, NULL, "split limit must be at least 1");
    return false;
  }
  *limit = most < UINT32_MAX ? (uint32_t)most : UINT32_MAX;
  return true;
}

bool gn_push_part(gn_ctx *ctx, gn_array *out, const gn_string *s, uint32_t from,
                  uint32_t to) {
  gn_heap *heap = gn_ctx_heap(ctx);
  gn_charge(ctx, (to - from) >> 4);
  gn_value part = gn_str_cut(heap, s, from, to);
  return part != GN_NONE && gn_array_push(heap, out, part);
}

/* ---- one entry ---- */

static bool begin(gn_ctx *ctx, gn_call *call) {
  if (call->state != 0)
    return true;
  gn_array *out = gn_array_new(gn_ctx_heap(ctx), 0);
  if (!out)
    return false;
  call->locals[SPLIT_OUT] = gn_from_obj(out);
  call->locals[SPLIT_DONE] = call->locals[SPLIT_AT] = gn_from_fix(0);
  return true;
}

static uint32_t local_at(const gn_call *call, uint32_t local) {
  return (uint32_t)gn_fix(call->locals[local]);
}

static void keep_place(gn_call *call, uint32_t done, uint32_t at) {
  call->locals[SPLIT_DONE] = gn_from_fix(done);
  call->locals[SPLIT_AT] = gn_from_fix(at);
}

/* Whether it is time to look at the slice: after some short parts, or a part
 * whose copying took a while. */
#define LONG_PART 4096u
static bool rest_due(const gn_array *out, uint32_t last_part) {
  return (out->len & 63) == 0 || last_part >= LONG_PART;
}

/* ---- split ---- */

/* The characters as strings, the rest in one at the limit. */
static int split_chars(gn_ctx *ctx, gn_call *call, uint32_t limit) {
  const gn_string *s = gn_self_str(call);
  gn_array *out = gn_arr(call->locals[SPLIT_OUT]);
  uint32_t at = local_at(call, SPLIT_AT), size;
  while (at < s->len) {
    gn_utf8_decode(gn_str_bytes(s) + at, s->len - at, &size);
    uint32_t to = out->len + 1 == limit ? s->len : at + size;
    keep_place(call, at, at);
    if (!gn_push_part(ctx, out, s, at, to))
      return gn_oom(ctx);
    at = to;
    gn_charge(ctx, 2);
    if (rest_due(out, 0) && gn_slice_over(ctx)) {
      keep_place(call, at, at);
      return gn_pause(call, 1);
    }
  }
  return gn_return(call, call->locals[SPLIT_OUT]);
}

#define NEAR ((size_t)256)

/* The next place of sep, which is often near: what gn_str_seek does, without
 * its care for what is not. */
static inline int seek(gn_ctx *ctx, gn_call *call, const gn_string *s,
                       const gn_string *sep, uint32_t *at) {
  const char *text = gn_str_bytes(s) + *at, *want = gn_str_bytes(sep);
  size_t rest = s->len - *at, n = sep->len;
  const char *hit = memchr(text, want[0], rest < NEAR ? rest : NEAR);
  size_t passed = (size_t)(hit - text);
  if (!hit || n > NEAR ||
      (n > 1 && (rest - passed < n || memcmp(hit, want, n) != 0)))
    return gn_str_seek(ctx, &call->locals[SPLIT_NEEDLE], s, sep, at);
  gn_charge(ctx, (passed >> 6) + 1);
  *at += (uint32_t)passed;
  return 1;
}

static int split_at(gn_ctx *ctx, gn_call *call, const gn_string *sep,
                    uint32_t limit) {
  const gn_string *s = gn_self_str(call);
  gn_array *out = gn_arr(call->locals[SPLIT_OUT]);
  uint32_t done = local_at(call, SPLIT_DONE), at = local_at(call, SPLIT_AT);
  for (;;) {
    int got = out->len + 1 < limit ? seek(ctx, call, s, sep, &at) : 0;
    uint32_t to = got ? at : s->len;
    if (got < 0 || !gn_push_part(ctx, out, s, done, to)) {
      keep_place(call, done, at);
      return got == GN_SEEK_PAUSE ? gn_pause(call, 1) : gn_oom(ctx);
    }
    if (got == 0)
      return gn_return(call, call->locals[SPLIT_OUT]);
    uint32_t len = to - done;
    done = at = to + sep->len;
    gn_charge(ctx, 2);
    if (rest_due(out, len) && gn_slice_over(ctx)) {
      keep_place(call, done, at);
      return gn_pause(call, 1);
    }
  }
}

static int string_split(gn_ctx *ctx, gn_call *call) {
  gn_string *sep;
  uint32_t limit;
  int status;
  if (!gn_arg_limit(ctx, call, &limit))
    return GN_THROW;
  if (!gn_arg_pattern(ctx, call, &sep, &status))
    return status;
  if (!begin(ctx, call))
    return gn_oom(ctx);
  return sep->len ? split_at(ctx, call, sep, limit)
                  : split_chars(ctx, call, limit);
}

/* ---- lines ---- */

/* Ends of lines: \n or \r\n; what follows the last one counts if not empty. */
static int string_lines(gn_ctx *ctx, gn_call *call) {
  const gn_string *s = gn_self_str(call);
  const char *text = gn_str_bytes(s);
  if (!begin(ctx, call))
    return gn_oom(ctx);
  gn_array *out = gn_arr(call->locals[SPLIT_OUT]);
  uint32_t from = local_at(call, SPLIT_DONE), at = local_at(call, SPLIT_AT);
  while (from < s->len) {
    int got = gn_str_seek_bytes(ctx, s, "\n", 1, &at);
    uint32_t end = got ? at : s->len;
    uint32_t to = got && end > from && text[end - 1] == '\r' ? end - 1 : end;
    if (got < 0 || !gn_push_part(ctx, out, s, from, to)) {
      keep_place(call, from, at);
      return got < 0 ? gn_pause(call, 1) : gn_oom(ctx);
    }
    uint32_t len = end - from;
    from = at = end + 1;
    gn_charge(ctx, 2);
    if (got && rest_due(out, len) && gn_slice_over(ctx)) {
      keep_place(call, from, at);
      return gn_pause(call, 1);
    }
  }
  return gn_return(call, call->locals[SPLIT_OUT]);
}

const gn_native_def gn_string_split_rows[] = {
    GN_METHOD("split", string_split, 1, 2, SPLIT_LOCALS,
              "(s .split sep [limit])",
              "Array of the pieces between sep, at most limit."),
    GN_METHOD("lines", string_lines, 0, 0, SPLIT_LOCALS, "(s .lines)",
              "Array of the lines without their ends."),
    GN_ROWS_END};
