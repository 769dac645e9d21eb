/*
 * regex_replace.c - replacing what a regex matches: by a template with \1 and
 * \k<name> in it, or by what a function gives for each match.
 */
#include "core/utf8.h"
#include "lib/tables.h"
#include "run/pieces.h"
#include "types/regex_match.h"
#include "types/regex_methods.h"

/* Locals after those of every search: where an append stands; the place in the
 * template, or the printer of a function's result; and how many characters,
 * REPLACE_CHARS, come before byte REPLACE_KNOWN. */
enum {
  REPLACE_PUT = GN_RE_LOCALS,
  REPLACE_PART,
  REPLACE_ASKED, /* GN_TRUE: what a function gives is to be appended yet */
  REPLACE_KNOWN,
  REPLACE_CHARS,
  REPLACE_LOCALS
};

/* States beside 0: searching, and waiting for a function's result. */
enum { SEARCHING = 1, CALLED = 2, PRINTING = 3 };

/* ---- templates ---- */

typedef struct piece {
  const char *text;
  size_t len;
  size_t next; /* where the template goes on */
} piece;

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static piece group_piece(const gn_re_run *run, int64_t group, size_t next) {
  if (group < 0 || group > run->code->groups ||
      run->pairs[2 * group] == PCRE2_UNSET)
    return (piece){"", 0, next};
  size_t from = run->pairs[2 * group], to = run->pairs[2 * group + 1];
  return (piece){gn_str_bytes(run->s) + from, to - from, next};
}

/* \1 and more digits, at the first of them. */
static piece numbered(const gn_re_run *run, const char *t, size_t len,
                      size_t at) {
  int64_t n = 0;
  for (; at < len && is_digit(t[at]); at++)
    n = n > UINT16_MAX ? n : n * 10 + (t[at] - '0');
  return group_piece(run, n, at);
}

/* The piece at a backslash at `at`. */
static piece escaped(const gn_re_run *run, const char *t, size_t len,
                     size_t at) {
  char c = at + 1 < len ? t[at + 1] : '\0';
  char open = at + 2 < len ? t[at + 2] : '\0';
  if (is_digit(c))
    return numbered(run, t, len, at + 1);
  if (c == '\\')
    return (piece){t + at, 1, at + 2};
  if ((c == 'k' && (open == '<' || open == '\'')) ||
      (c == 'g' && open == '<')) {
    const char *name = t + at + 3;
    const char *end = memchr(name, open == '<' ? '>' : '\'', len - (at + 3));
    if (end)
      return group_piece(
          run, gn_re_group(run->code, run->pairs, name, (size_t)(end - name)),
          (size_t)(end - t) + 1);
  }
  return (piece){t + at, 1, at + 1};
}

static piece next_piece(const gn_re_run *run, const gn_string *template,
                        size_t at) {
  const char *t = gn_str_bytes(template);
  if (t[at] == '\\')
    return escaped(run, t, template->len, at);
  const char *end = memchr(t + at, '\\', template->len - at);
  size_t to = end ? (size_t)(end - t) : template->len;
  return (piece){t + at, to - at, to};
}

static int put(gn_ctx *ctx, gn_call *call, const char *text, size_t len) {
  return gn_put_run(ctx, call, &call->locals[GN_RE_OUT],
                    &call->locals[REPLACE_PUT], text, len);
}

/* Appends the template's text for this match, from where it stopped before. */
static int put_template(gn_ctx *ctx, gn_call *call, const gn_re_run *run,
                        const gn_string *template) {
  gn_value *part = &call->locals[REPLACE_PART];
  for (size_t at = *part == GN_NIL ? 0 : (size_t)gn_fix(*part);
       at < template->len;) {
    piece p = next_piece(run, template, at);
    int status = p.len ? put(ctx, call, p.text, p.len) : GN_OK;
    if (status != GN_OK)
      return status;
    at = p.next;
    *part = gn_from_fix((int64_t)at);
    gn_charge(ctx, 4);
  }
  *part = GN_NIL;
  return GN_OK;
}

/* ---- functions ---- */

/* Asks for a call with the match. The search has moved on already. */
static int call_function(gn_ctx *ctx, gn_call *call, const gn_re_run *run,
                         gn_value fn) {
  gn_value *local = call->locals;
  uint32_t known = (uint32_t)gn_fix(local[REPLACE_KNOWN]);
  uint32_t chars = (uint32_t)gn_fix(local[REPLACE_CHARS]);
  gn_value match = gn_match_new(gn_ctx_heap(ctx), call->argv[0], run->code,
                                call->argv[1], run->pairs, known, chars);
  if (match == GN_NONE)
    return gn_oom(ctx);
  const gn_match *m = (const gn_match *)(void *)gn_as_obj(match);
  gn_charge(ctx, ((run->pairs[1] - known) >> 5) + run->code->groups + 8);
  local[REPLACE_KNOWN] = gn_from_fix((int64_t)run->pairs[1]);
  local[REPLACE_CHARS] = gn_from_fix(m->end);
  local[REPLACE_ASKED] = GN_TRUE;
  return gn_call_1(call, CALLED, fn, match);
}

/* Appends what the function gave. */
static int put_result(gn_ctx *ctx, gn_call *call) {
  gn_value *local = call->locals;
  if (call->state == CALLED) {
    local[REPLACE_PART] = call->result;
    call->state = PRINTING;
  }
  int status = gn_put_value(ctx, call, &local[GN_RE_OUT], local[REPLACE_PART],
                            GN_STRING, true);
  if (status != GN_OK)
    return status;
  local[REPLACE_PART] = local[REPLACE_ASKED] = GN_NIL;
  return GN_OK;
}

/* ---- replacing ---- */

static void begin(gn_call *call) {
  gn_value *local = call->locals;
  if (call->state)
    return;
  local[GN_RE_OUT] = local[REPLACE_PUT] = GN_NIL;
  local[REPLACE_PART] = local[REPLACE_ASKED] = GN_NIL;
  local[GN_RE_DONE] = gn_from_fix(0);
  local[REPLACE_KNOWN] = local[REPLACE_CHARS] = gn_from_fix(0);
}

/* Appends the text before byte `to` that has not been taken yet. */
static int put_before(gn_ctx *ctx, gn_call *call, const gn_re_run *run,
                      size_t to) {
  gn_value *done = &call->locals[GN_RE_DONE];
  size_t from = (size_t)gn_fix(*done);
  if (from == to)
    return GN_OK;
  int status = put(ctx, call, gn_str_bytes(run->s) + from, to - from);
  if (status == GN_OK)
    *done = gn_from_fix((int64_t)to);
  return status;
}

/* The text is at its end, or all is replaced that shall be. */
static int finish(gn_ctx *ctx, gn_call *call, const gn_re_run *run) {
  if (call->locals[GN_RE_OUT] == GN_NIL && !gn_fix(call->locals[GN_RE_DONE]))
    return gn_return(call, call->argv[1]);
  int status = put_before(ctx, call, run, run->s->len);
  if (status != GN_OK)
    return status;
  return gn_return_made(ctx, call,
                        gn_taken_text(ctx, &call->locals[GN_RE_OUT]));
}

/* Replaces one match: GN_OK with the search moved on, or a status. */
static int replace_one(gn_ctx *ctx, gn_call *call, gn_re_run *run,
                       gn_value with, bool all) {
  gn_value *local = call->locals;
  bool text = gn_is_string(with);
  int status = put_before(ctx, call, run, run->pairs[0]);
  if (status == GN_OK)
    status = text ? put_template(ctx, call, run, gn_str(with))
                  : call_function(ctx, call, run, with);
  if (status != GN_OK && status != GN_CALL)
    return status;
  local[GN_RE_DONE] = gn_from_fix((int64_t)run->pairs[1]);
  run->place = gn_re_after(run->s, run->pairs);
  if (!all)
    run->place.at = run->s->len + 1;
  local[GN_RE_AT] = gn_re_place_save(run->place);
  return status;
}

/* What to put in place of a match: a String or a function. */
static int replacement_of(gn_ctx *ctx, gn_call *call, gn_value *with) {
  *with = gn_arg_or(call, 2, gn_re(call->argv[0])->replacement);
  if (gn_is_string(*with) || gn_is_callable(ctx, *with))
    return GN_OK;
  if (call->argc < 3)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL, "Replacement string is required");
  return gn_throw_expects(ctx, call, "a String or a function", *with);
}

static int replace(gn_ctx *ctx, gn_call *call, bool all) {
  gn_value *local = call->locals;
  gn_re_run run;
  gn_value with;
  if (!gn_regex_begin(ctx, call, &run) ||
      replacement_of(ctx, call, &with) != GN_OK)
    return GN_THROW;
  begin(call);
  for (;;) {
    bool found;
    int status = GN_OK;
    if (local[REPLACE_ASKED] == GN_TRUE)
      status = put_result(ctx, call);
    if (status == GN_OK)
      status = gn_regex_next(ctx, call, &run, run.s->len, &found);
    if (status != GN_OK)
      return status;
    if (!found)
      return finish(ctx, call, &run);
    status = replace_one(ctx, call, &run, with, all);
    if (status != GN_OK)
      return status;
    if (gn_slice_over(ctx))
      return gn_pause(call, SEARCHING);
  }
}

static int regex_replace(gn_ctx *ctx, gn_call *call) {
  return replace(ctx, call, false);
}
static int regex_replace_all(gn_ctx *ctx, gn_call *call) {
  return replace(ctx, call, true);
}

#define ROW(name, fn, sig, doc) \
  GN_METHOD(name, fn, 1, 2, REPLACE_LOCALS, sig, doc)

const gn_native_def gn_regex_replace_rows[] = {
    ROW("replace", regex_replace, "(re .replace s [r])",
        "Copy of s with the first match replaced by text or a function's."),
    ROW("sub", regex_replace, "(re .sub s [r])",
        "Copy of s with the first match replaced by text or a function's."),
    ROW("replace_all", regex_replace_all, "(re .replace_all s [r])",
        "Copy of s with every match replaced by text or a function's."),
    ROW("gsub", regex_replace_all, "(re .gsub s [r])",
        "Copy of s with every match replaced by text or a function's."),
    GN_ROWS_END};
