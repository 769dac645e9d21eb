/*
 * regex_methods.c - the methods of a Regex that look for it: match, find,
 * split and the like. A String's method with a regex as its argument becomes
 * one of these with the roles swapped (gn_arg_pattern).
 */
#include "types/regex_methods.h"
#include "core/utf8.h"
#include "lib/tables.h"
#include "types/regex_match.h"
#include "types/string_methods.h"

/* ---- shared ---- */

bool gn_regex_begin(gn_ctx *ctx, gn_call *call, gn_re_run *run) {
  gn_string *s;
  if (!gn_arg_string(ctx, call, 1, &s))
    return false;
  run->code = gn_re_code_of(ctx, gn_re(call->argv[0]));
  if (!run->code)
    return false;
  run->s = s;
  run->place = call->state ? gn_re_place_load(call->locals[GN_RE_AT])
                           : (gn_re_place){.at = 0};
  return true;
}

int gn_regex_next(gn_ctx *ctx, gn_call *call, gn_re_run *run, uint32_t last,
                  bool *found) {
  enum gn_re_found got =
      gn_re_seek(ctx, run->code, run->s, last, &run->place, &run->pairs);
  *found = got == GN_RE_FOUND;
  if (got == GN_RE_NONE)
    run->place.at = last + 1; /* not to be searched again */
  call->locals[GN_RE_AT] = gn_re_place_save(run->place);
  if (got == GN_RE_THROWN)
    return GN_THROW;
  return got == GN_RE_PAUSED ? gn_pause(call, 1) : GN_OK;
}

/* The first match at or after byte `from`. */
static int first(gn_ctx *ctx, gn_call *call, gn_re_run *run, uint32_t from,
                 bool *found) {
  if (!call->state)
    run->place.at = from;
  return gn_regex_next(ctx, call, run, run->s->len, found);
}

static gn_value matched(gn_ctx *ctx, const gn_re_run *run) {
  return gn_str_cut(gn_ctx_heap(ctx), run->s, (uint32_t)run->pairs[0],
                    (uint32_t)run->pairs[1]);
}

static int return_place(gn_ctx *ctx, gn_call *call, gn_string *s, size_t at) {
  return gn_return(call, gn_from_fix(gn_char_of_byte(ctx, s, (uint32_t)at)));
}

/* ---- making ---- */

/* The flags that the keywords ask for. */
static bool read_flags(gn_ctx *ctx, const gn_call *call, uint32_t *flags) {
  uint32_t i = 0;
  gn_entry *e;
  *flags = 0;
  while (call->kw && (e = gn_dict_next(call->kw, &i))) {
    size_t len;
    const char *name = gn_text(e->key, &len);
    uint32_t flag = gn_text_is(e->key, "i")   ? GN_RE_IGNORE_CASE
                    : gn_text_is(e->key, "m") ? GN_RE_DOT_ALL
                                              : 0;
    if (!flag) {
      gn_throw(ctx, GN_X_ARGUMENT, NULL, "Regexp.ctor unknown flag: %.*s",
               len < 200 ? (int)len : 200, name);
      return false;
    }
    if (gn_truthy(e->value))
      *flags |= flag;
  }
  return true;
}

static int regex_ctor(gn_ctx *ctx, gn_call *call) {
  gn_heap *heap = gn_ctx_heap(ctx);
  gn_string *source, *replacement;
  gn_re_error err;
  uint32_t flags;
  if (!gn_arg_string(ctx, call, 1, &source) ||
      (call->argc > 2 && !gn_arg_string(ctx, call, 2, &replacement)) ||
      !read_flags(ctx, call, &flags))
    return GN_THROW;
  gn_charge(ctx, source->len * 16 + 256);
  gn_re_code *code = gn_re_compile(&ctx->patterns, heap, gn_str_bytes(source),
                                   source->len, flags, &err);
  if (!code)
    return gn_regex_bad(ctx, &err);
  gn_value v =
      gn_regex_new(heap, call->argv[1], gn_arg_or(call, 2, GN_NIL), flags);
  if (v != GN_NONE)
    gn_re(v)->code = code;
  return gn_return_made(ctx, call, v);
}

/* ---- the first one ---- */

static int regex_match(gn_ctx *ctx, gn_call *call) {
  gn_re_run run;
  bool found;
  if (!gn_regex_begin(ctx, call, &run))
    return GN_THROW;
  int status = first(ctx, call, &run, 0, &found);
  if (status != GN_OK || !found)
    return status == GN_OK ? gn_return(call, GN_NIL) : status;
  uint32_t start = (uint32_t)run.pairs[0];
  gn_charge(ctx, (run.pairs[1] >> 5) + run.code->groups);
  return gn_return_made(ctx, call,
                        gn_match_new(gn_ctx_heap(ctx), call->argv[0], run.code,
                                     call->argv[1], run.pairs, start,
                                     gn_char_of_byte(ctx, run.s, start)));
}

static int regex_is_match(gn_ctx *ctx, gn_call *call) {
  gn_re_run run;
  bool found;
  if (!gn_regex_begin(ctx, call, &run))
    return GN_THROW;
  int status = first(ctx, call, &run, 0, &found);
  return status == GN_OK ? gn_return_bool(call, found) : status;
}

static int regex_find(gn_ctx *ctx, gn_call *call) {
  gn_re_run run;
  bool found;
  if (!gn_regex_begin(ctx, call, &run))
    return GN_THROW;
  int status = first(ctx, call, &run, 0, &found);
  if (status != GN_OK || !found)
    return status == GN_OK ? gn_return(call, GN_NIL) : status;
  gn_charge(ctx, (run.pairs[1] - run.pairs[0]) >> 4);
  return gn_return_made(ctx, call, matched(ctx, &run));
}

static int regex_index(gn_ctx *ctx, gn_call *call) {
  gn_re_run run;
  int64_t from = 0;
  bool found;
  if (!gn_regex_begin(ctx, call, &run) ||
      (call->argc > 2 && !gn_arg_int(ctx, call, 2, &from)))
    return GN_THROW;
  uint32_t chars = gn_str_chars(run.s);
  if (from > chars)
    return gn_return(call, gn_from_fix(-1));
  size_t start = gn_clamp(gn_from_end(from, chars), chars);
  int status = first(ctx, call, &run,
                     gn_byte_of_char(ctx, run.s, (uint32_t)start), &found);
  if (status != GN_OK || !found)
    return status == GN_OK ? gn_return(call, gn_from_fix(-1)) : status;
  return return_place(ctx, call, run.s, run.pairs[0]);
}

/* ---- the last one: stretches from the end, each from its beginning ---- */

#define STRETCH 4096u

enum { LAST_HIGH = GN_RE_LOCALS, LAST_FOUND, LAST_LOCALS };

/* Begins the stretch whose last byte is `high`. A pattern that is tried at one
 * place only has stretches of one character. */
static void begin_stretch(gn_call *call, gn_re_run *run, uint32_t high) {
  uint32_t low = run->code->anchored ? high
                 : high > STRETCH    ? high - STRETCH
                                     : 0;
  while (low > 0 && low < run->s->len &&
         ((unsigned char)gn_str_bytes(run->s)[low] & 0xc0) == 0x80)
    low--;
  run->place = (gn_re_place){.at = low};
  call->locals[GN_RE_DONE] = gn_from_fix(low);
  call->locals[LAST_HIGH] = gn_from_fix(high);
  call->locals[LAST_FOUND] = gn_from_fix(-1);
}

/* Looks through the stretch: LAST_FOUND is the last match that begins there. */
static int search_stretch(gn_ctx *ctx, gn_call *call, gn_re_run *run) {
  uint32_t high = (uint32_t)gn_fix(call->locals[LAST_HIGH]);
  bool found;
  for (;;) {
    int status = gn_regex_next(ctx, call, run, high, &found);
    if (status != GN_OK || !found)
      return status;
    call->locals[LAST_FOUND] = gn_from_fix((int64_t)run->pairs[0]);
    run->place = (gn_re_place){.at = gn_re_next_char(run->s, run->place.at)};
    call->locals[GN_RE_AT] = gn_re_place_save(run->place);
    if (gn_slice_over(ctx))
      return gn_pause(call, 1);
  }
}

static int regex_rindex(gn_ctx *ctx, gn_call *call) {
  gn_re_run run;
  int64_t upto = INT64_MAX;
  if (!gn_regex_begin(ctx, call, &run) ||
      (call->argc > 2 && !gn_arg_int(ctx, call, 2, &upto)))
    return GN_THROW;
  uint32_t chars = gn_str_chars(run.s);
  upto = gn_from_end(upto, chars);
  if (upto < 0)
    return gn_return(call, gn_from_fix(-1));
  if (!call->state)
    begin_stretch(call, &run,
                  gn_byte_of_char(ctx, run.s, (uint32_t)gn_clamp(upto, chars)));
  for (;;) {
    int status = search_stretch(ctx, call, &run);
    if (status != GN_OK)
      return status;
    int64_t at = gn_fix(call->locals[LAST_FOUND]);
    int64_t low = gn_fix(call->locals[GN_RE_DONE]);
    if (at >= 0)
      return return_place(ctx, call, run.s, (size_t)at);
    if (low == 0)
      return gn_return(call, gn_from_fix(-1));
    begin_stretch(call, &run, (uint32_t)low - 1);
    call->locals[GN_RE_AT] = gn_re_place_save(run.place);
    if (gn_slice_over(ctx))
      return gn_pause(call, 1);
  }
}

/* ---- all of them ---- */

static bool begin_list(gn_ctx *ctx, gn_call *call) {
  if (call->state)
    return true;
  gn_array *out = gn_array_new(gn_ctx_heap(ctx), 0);
  if (!out)
    return false;
  call->locals[GN_RE_OUT] = gn_from_obj(out);
  call->locals[GN_RE_DONE] = gn_from_fix(0);
  return true;
}

static bool push_part(gn_ctx *ctx, gn_call *call, const gn_re_run *run,
                      size_t from, size_t to) {
  gn_charge(ctx, 8);
  return gn_push_part(ctx, gn_arr(call->locals[GN_RE_OUT]), run->s,
                      (uint32_t)from, (uint32_t)to);
}

static void move_on(gn_call *call, gn_re_run *run) {
  call->locals[GN_RE_DONE] = gn_from_fix((int64_t)run->pairs[1]);
  run->place = gn_re_after(run->s, run->pairs);
  call->locals[GN_RE_AT] = gn_re_place_save(run->place);
}

static int regex_find_all(gn_ctx *ctx, gn_call *call) {
  gn_re_run run;
  bool found;
  if (!gn_regex_begin(ctx, call, &run))
    return GN_THROW;
  if (!begin_list(ctx, call))
    return gn_oom(ctx);
  for (;;) {
    int status = gn_regex_next(ctx, call, &run, run.s->len, &found);
    if (status != GN_OK || !found)
      return status == GN_OK ? gn_return(call, call->locals[GN_RE_OUT])
                             : status;
    if (!push_part(ctx, call, &run, run.pairs[0], run.pairs[1]))
      return gn_oom(ctx);
    move_on(call, &run);
    if (gn_slice_over(ctx))
      return gn_pause(call, 1);
  }
}

static int regex_split(gn_ctx *ctx, gn_call *call) {
  gn_re_run run;
  uint32_t limit;
  if (!gn_regex_begin(ctx, call, &run) || !gn_arg_limit(ctx, call, &limit))
    return GN_THROW;
  if (!begin_list(ctx, call))
    return gn_oom(ctx);
  const gn_array *out = gn_arr(call->locals[GN_RE_OUT]);
  for (;;) {
    size_t done = (size_t)gn_fix(call->locals[GN_RE_DONE]);
    bool found = false;
    int status = GN_OK;
    if (out->len + 1 < limit)
      status = gn_regex_next(ctx, call, &run, run.s->len, &found);
    if (status != GN_OK)
      return status;
    if (!push_part(ctx, call, &run, done, found ? run.pairs[0] : run.s->len))
      return gn_oom(ctx);
    if (!found)
      return gn_return(call, call->locals[GN_RE_OUT]);
    move_on(call, &run);
    if (gn_slice_over(ctx))
      return gn_pause(call, 1);
  }
}

#define ROW(name, fn, min, max, locals, sig, doc) \
  GN_METHOD(name, fn, min, max, locals, sig, doc)
#define FIRST_ROW(name, fn, sig, doc) \
  ROW(name, fn, 1, 1, GN_RE_LOCALS, sig, doc)

const gn_native_def gn_regex_rows[] = {
    {"ctor", regex_ctor, 1, 2, GN_N_METHOD | GN_N_KEYWORDS, 0,
     "(new Regexp pattern [replacement] ^^i ^^m)",
     "A regex; i ignores case, m lets . match newlines.", 0},
    FIRST_ROW("match", regex_match, "(re .match s)",
              "The first match in s, or nil."),
    FIRST_ROW("process", regex_match, "(re .process s)",
              "The first match in s, or nil."),
    FIRST_ROW("match?", regex_is_match, "(re .match? s)",
              "Whether it is found in s."),
    FIRST_ROW("contain", regex_is_match, "(re .contain s)",
              "Whether it is found in s."),
    FIRST_ROW("include?", regex_is_match, "(re .include? s)",
              "Whether it is found in s."),
    FIRST_ROW("find", regex_find, "(re .find s)",
              "The first text in s that matches, or nil."),
    FIRST_ROW("find_all", regex_find_all, "(re .find_all s)",
              "Array of the texts in s that match."),
    FIRST_ROW("scan", regex_find_all, "(re .scan s)",
              "Array of the texts in s that match."),
    ROW("index", regex_index, 1, 2, GN_RE_LOCALS, "(re .index s [from])",
        "First place in s at or after from where it matches, or -1."),
    ROW("rindex", regex_rindex, 1, 2, LAST_LOCALS, "(re .rindex s [upto])",
        "Last place in s at or before upto where it matches, or -1."),
    ROW("split", regex_split, 1, 2, GN_RE_LOCALS, "(re .split s [limit])",
        "Array of the pieces of s between matches, at most limit."),
    GN_ROWS_END};
