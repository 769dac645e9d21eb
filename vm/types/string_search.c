/*
 * string_search.c - finding, splitting and replacing literal text. Every
 * search is linear and gives its slice back on long texts. Regular expressions
 * are only handed on to the methods of Regex.
 */
#include "lib/tables.h"
#include "run/pieces.h"
#include "types/needle.h"
#include "types/string_methods.h"

#define SEEK_WINDOW ((size_t)1 << 18)

enum {
  SEARCH_AT,
  SEARCH_OUT,
  SEARCH_DONE,
  SEARCH_PUT,
  SEARCH_RESULT,
  SEARCH_NEEDLE, /* of gn_str_seek */
  SEARCH_ASKED,  /* GN_TRUE: what a function gives is to be appended yet */
  SEARCH_LOCALS
};

/* ---- shared ---- */

uint32_t gn_char_of_byte(gn_ctx *ctx, gn_string *s, uint32_t at) {
  uint32_t passed = 0;
  uint32_t i = gn_str_chars_near(gn_ctx_heap(ctx), s, at, &passed);
  gn_charge(ctx, passed >> 6);
  return i;
}

uint32_t gn_byte_of_char(gn_ctx *ctx, gn_string *s, uint32_t i) {
  uint32_t passed = 0;
  uint32_t at = gn_str_offset_near(gn_ctx_heap(ctx), s, i, &passed);
  gn_charge(ctx, passed >> 6);
  return at;
}

#define SHORT_NEEDLE 32u
#define FALSE_STARTS 64u

/* memmem, which has a price for beginning: short needles are looked for by
 * their first byte until that has misled too often. */
static const char *find_bytes(const char *text, size_t len, const char *needle,
                              size_t n) {
  const char *end = text + len;
  if (n == 1)
    return memchr(text, needle[0], len);
  for (uint32_t tries = 0; n <= SHORT_NEEDLE && tries < FALSE_STARTS; tries++) {
    if ((size_t)(end - text) < n)
      return NULL;
    const char *hit = memchr(text, needle[0], (size_t)(end - text) - n + 1);
    if (!hit || memcmp(hit + 1, needle + 1, n - 1) == 0)
      return hit;
    text = hit + 1;
  }
  return memmem(text, (size_t)(end - text), needle, n);
}

int gn_str_seek_bytes(gn_ctx *ctx, const gn_string *s, const char *needle,
                      size_t n, uint32_t *at) {
  const char *text = gn_str_bytes(s);
  size_t window = SEEK_WINDOW;
  assert(n > 0 && n < GN_NEEDLE_LONG && *at <= s->len);
  gn_charge(ctx, n >> 4);
  while (s->len - *at >= n) {
    size_t some = s->len - *at;
    bool last = some <= window + n;
    if (!last)
      some = window + n;
    const char *hit = find_bytes(text + *at, some, needle, n);
    size_t passed = hit ? (size_t)(hit - text) - *at : some;
    gn_charge(ctx, (passed >> 6) + 1);
    if (hit) {
      *at += (uint32_t)passed;
      return 1;
    }
    if (last)
      return 0;
    *at += (uint32_t)(some - n + 1);
    if (gn_slice_over(ctx))
      return GN_SEEK_PAUSE;
  }
  return 0;
}

int gn_str_seek(gn_ctx *ctx, gn_value *state, const gn_string *s,
                const gn_string *needle, uint32_t *at) {
  const char *n = gn_str_bytes(needle);
  if (GN_LIKELY(needle->len < GN_NEEDLE_LONG))
    return gn_str_seek_bytes(ctx, s, n, needle->len, at);
  return gn_needle_seek(ctx, state, gn_str_bytes(s), s->len, n, needle->len,
                        false, at);
}

bool gn_arg_pattern(gn_ctx *ctx, gn_call *call, gn_string **out, int *status) {
  gn_value p = call->argv[1];
  if (gn_is_string(p)) {
    *out = gn_str(p);
    return true;
  }
  gn_value method = GN_NONE;
  if (gn_is(p, GN_T_REGEX))
    method = gn_find_method(ctx, p, call->def->name);
  if (method == GN_NONE) {
    *status = gn_throw_expects(ctx, call, "a String or Regex", p);
    return false;
  }
  assert(call->argc <= GN_CALL_ARGS);
  for (uint32_t i = 2; i < call->argc; i++)
    call->args[i] = call->argv[i];
  call->args[0] = p;
  call->args[1] = call->argv[0];
  call->callee = method;
  call->nargs = call->argc;
  call->arg_array = NULL;
  *status = GN_TAIL;
  return false;
}

/* Where the search stands: SEARCH_AT, or `start` at the first entry. */
static uint32_t at_of(const gn_call *call, uint32_t start) {
  return call->state ? (uint32_t)gn_fix(call->locals[SEARCH_AT]) : start;
}

static int pause_at(gn_call *call, uint32_t at) {
  call->locals[SEARCH_AT] = gn_from_fix(at);
  return gn_pause(call, 1);
}

/* Out of memory at byte `at`: the entry may be tried again from there. */
static int oom_at(gn_ctx *ctx, gn_call *call, uint32_t at) {
  call->locals[SEARCH_AT] = gn_from_fix(at);
  return gn_oom(ctx);
}

/* A search gave GN_SEEK_* and stands at byte `at`. */
static int stopped_at(gn_ctx *ctx, gn_call *call, int got, uint32_t at) {
  return got == GN_SEEK_OOM ? oom_at(ctx, call, at) : pause_at(call, at);
}

/* Looks for the pattern at or after byte *at of self. */
static int seek(gn_ctx *ctx, gn_call *call, const gn_string *pattern,
                uint32_t *at) {
  return gn_str_seek(ctx, &call->locals[SEARCH_NEEDLE], gn_self_str(call),
                     pattern, at);
}

/* ---- where ---- */

/* First place of pattern at or after byte `from`; *found -1: none. */
static int first_place(gn_ctx *ctx, gn_call *call, const gn_string *pattern,
                       uint32_t from, int64_t *found) {
  uint32_t at = at_of(call, from);
  int got = pattern->len ? seek(ctx, call, pattern, &at) : 1;
  if (got < 0)
    return stopped_at(ctx, call, got, at);
  *found = got ? (int64_t)at : -1;
  return GN_OK;
}

static int string_index(gn_ctx *ctx, gn_call *call) {
  gn_string *s = gn_self_str(call), *pattern;
  int64_t from = 0, found;
  int status;
  if (call->argc > 2 && !gn_arg_int(ctx, call, 2, &from))
    return GN_THROW;
  if (!gn_arg_pattern(ctx, call, &pattern, &status))
    return status;
  uint32_t chars = gn_str_chars(s);
  if (from > chars)
    return gn_return(call, gn_from_fix(-1));
  size_t start = gn_clamp(gn_from_end(from, chars), chars);
  status = first_place(ctx, call, pattern,
                       gn_byte_of_char(ctx, s, (uint32_t)start), &found);
  if (status != GN_OK)
    return status;
  if (found >= 0)
    found = gn_char_of_byte(ctx, s, (uint32_t)found);
  return gn_return(call, gn_from_fix(found));
}

static int string_contain(gn_ctx *ctx, gn_call *call) {
  gn_string *pattern;
  int64_t found;
  int status;
  if (!gn_arg_pattern(ctx, call, &pattern, &status))
    return status;
  status = first_place(ctx, call, pattern, 0, &found);
  return status == GN_OK ? gn_return_bool(call, found >= 0) : status;
}

static int string_contains(gn_ctx *ctx, gn_call *call) {
  gn_string *pattern;
  if (!gn_arg_string(ctx, call, 1, &pattern))
    return GN_THROW;
  return string_contain(ctx, call);
}

static int string_starts(gn_ctx *ctx, gn_call *call) {
  const gn_string *s = gn_self_str(call);
  gn_string *p;
  if (!gn_arg_string(ctx, call, 1, &p))
    return GN_THROW;
  gn_charge(ctx, p->len >> 4);
  return gn_return_bool(
      call, p->len <= s->len &&
                memcmp(gn_str_bytes(s), gn_str_bytes(p), p->len) == 0);
}

static int string_ends(gn_ctx *ctx, gn_call *call) {
  const gn_string *s = gn_self_str(call);
  gn_string *p;
  if (!gn_arg_string(ctx, call, 1, &p))
    return GN_THROW;
  gn_charge(ctx, p->len >> 4);
  return gn_return_bool(call, p->len <= s->len &&
                                  memcmp(gn_str_bytes(s) + (s->len - p->len),
                                         gn_str_bytes(p), p->len) == 0);
}

/* ---- from the end ---- */

static int last_place(gn_ctx *ctx, gn_call *call, const gn_string *pattern,
                      uint32_t upto, int64_t *found) {
  const gn_string *s = gn_self_str(call);
  *found = -1;
  if (pattern->len > s->len)
    return GN_OK;
  if (upto > s->len - pattern->len)
    upto = s->len - pattern->len;
  *found = upto;
  if (pattern->len == 0)
    return GN_OK;
  uint32_t at = at_of(call, upto);
  int got =
      gn_needle_seek(ctx, &call->locals[SEARCH_NEEDLE], gn_str_bytes(s), s->len,
                     gn_str_bytes(pattern), pattern->len, true, &at);
  if (got < 0)
    return stopped_at(ctx, call, got, at);
  *found = got ? (int64_t)at : -1;
  return GN_OK;
}

static int string_rindex(gn_ctx *ctx, gn_call *call) {
  gn_string *s = gn_self_str(call), *pattern;
  int64_t upto = INT64_MAX, found;
  int status;
  if (call->argc > 2 && !gn_arg_int(ctx, call, 2, &upto))
    return GN_THROW;
  if (!gn_arg_pattern(ctx, call, &pattern, &status))
    return status;
  uint32_t chars = gn_str_chars(s);
  upto = gn_from_end(upto, chars);
  if (upto < 0)
    return gn_return(call, gn_from_fix(-1));
  uint32_t limit = gn_byte_of_char(ctx, s, (uint32_t)gn_clamp(upto, chars));
  status = last_place(ctx, call, pattern, limit, &found);
  if (status != GN_OK)
    return status;
  if (found >= 0)
    found = gn_char_of_byte(ctx, s, (uint32_t)found);
  return gn_return(call, gn_from_fix(found));
}

/* ---- what ---- */

static bool not_empty(gn_ctx *ctx, const gn_call *call,
                      const gn_string *pattern) {
  const char *name = call->def->name;
  if (pattern->len == 0)
    gn_throw(ctx, GN_X_ARGUMENT, NULL, "String.%s pattern cannot be empty",
             strcmp(name, "scan") ? name : "find_all");
  return pattern->len > 0;
}

static bool some_pattern(gn_ctx *ctx, gn_call *call, gn_string **pattern,
                         int *status) {
  if (!gn_arg_pattern(ctx, call, pattern, status))
    return false;
  *status = GN_THROW;
  return not_empty(ctx, call, *pattern);
}

static int string_find(gn_ctx *ctx, gn_call *call) {
  gn_string *pattern;
  int64_t found;
  int status;
  if (!some_pattern(ctx, call, &pattern, &status))
    return status;
  status = first_place(ctx, call, pattern, 0, &found);
  if (status != GN_OK)
    return status;
  return gn_return(call, found >= 0 ? call->argv[1] : GN_NIL);
}

/* Appends argv[1] to OUT (an array), or counts in DONE, for each place. */
static int each_place(gn_ctx *ctx, gn_call *call, const gn_string *pattern,
                      gn_array *out) {
  uint32_t at = at_of(call, 0);
  int64_t *count = NULL, counted = 0;
  if (!out) {
    counted = call->state ? gn_fix(call->locals[SEARCH_DONE]) : 0;
    count = &counted;
  }
  for (;;) {
    int got = seek(ctx, call, pattern, &at);
    if (got == 0)
      return count ? gn_return(call, gn_from_fix(counted))
                   : gn_return_obj(ctx, call, out);
    if (got > 0) {
      if (count)
        counted++;
      else if (!gn_array_push(gn_ctx_heap(ctx), out, call->argv[1]))
        return oom_at(ctx, call, at);
      at += pattern->len;
    }
    if (got < 0 || gn_slice_over(ctx)) {
      call->locals[SEARCH_DONE] = gn_from_fix(counted);
      return stopped_at(ctx, call, got, at);
    }
  }
}

static int string_find_all(gn_ctx *ctx, gn_call *call) {
  gn_string *pattern;
  int status;
  if (!some_pattern(ctx, call, &pattern, &status))
    return status;
  if (call->state == 0) {
    gn_array *out = gn_array_new(gn_ctx_heap(ctx), 0);
    if (!out)
      return gn_oom(ctx);
    call->locals[SEARCH_OUT] = gn_from_obj(out);
  }
  return each_place(ctx, call, pattern, gn_arr(call->locals[SEARCH_OUT]));
}

static int string_count(gn_ctx *ctx, gn_call *call) {
  gn_string *pattern;
  if (!gn_arg_string(ctx, call, 1, &pattern) || !not_empty(ctx, call, pattern))
    return GN_THROW;
  return each_place(ctx, call, pattern, NULL);
}

/* A match of a Regex; a String pattern does for match? only. */
static int string_match(gn_ctx *ctx, gn_call *call) {
  gn_string *pattern;
  int status;
  if (!gn_is(call->argv[1], GN_T_REGEX))
    return gn_throw_expects(ctx, call, "a Regex", call->argv[1]);
  gn_arg_pattern(ctx, call, &pattern, &status);
  return status;
}

/* ---- replace ---- */

/* Appends what stands before a match, and what replaces it, to SEARCH_OUT.
 * GN_OK with SEARCH_DONE moved to the match; or a status to return, after which
 * the search is to go on from `at` again. */
static int put_replaced(gn_ctx *ctx, gn_call *call, uint32_t at,
                        const gn_string *with) {
  gn_value *local = call->locals;
  uint32_t from = (uint32_t)gn_fix(local[SEARCH_DONE]);
  int status = GN_OK;
  local[SEARCH_AT] = gn_from_fix(at);
  if (from < at)
    status = gn_put_run(ctx, call, &local[SEARCH_OUT], &local[SEARCH_PUT],
                        gn_str_bytes(gn_self_str(call)) + from, at - from);
  if (status != GN_OK)
    return status;
  local[SEARCH_DONE] = gn_from_fix(at);
  if (with)
    status = gn_put_run(ctx, call, &local[SEARCH_OUT], &local[SEARCH_PUT],
                        gn_str_bytes(with), with->len);
  return status;
}

/* States of a replacement by a function, beside 0 and 1: it was called; what it
 * gave is being appended. */
enum { REPLACE_CALLED = 2, REPLACE_PRINTING };

/* Appends what the function gave. */
static int put_result(gn_ctx *ctx, gn_call *call) {
  gn_value *local = call->locals;
  if (call->state == REPLACE_CALLED) {
    local[SEARCH_RESULT] = call->result;
    call->state = REPLACE_PRINTING;
  }
  int status = gn_put_value(ctx, call, &local[SEARCH_OUT], local[SEARCH_RESULT],
                            GN_STRING, true);
  if (status == GN_OK)
    local[SEARCH_ASKED] = GN_NIL;
  return status;
}

/* Replaces the match at byte `at`, or there is none: GN_OK, or a status. */
static int replace_at(gn_ctx *ctx, gn_call *call, uint32_t at,
                      uint32_t pattern_len) {
  gn_value with = call->argv[2];
  bool text = gn_is_string(with);
  int status = put_replaced(ctx, call, at, text ? gn_str(with) : NULL);
  if (status != GN_OK)
    return status;
  call->locals[SEARCH_DONE] = gn_from_fix(at + pattern_len);
  if (text)
    return GN_OK;
  call->locals[SEARCH_ASKED] = GN_TRUE;
  return gn_call_1(call, REPLACE_CALLED, with, call->argv[1]);
}

/* Replaces the first match, or all. */
static int replace(gn_ctx *ctx, gn_call *call, const gn_string *pattern,
                   bool all) {
  const gn_string *s = gn_self_str(call);
  gn_value *local = call->locals;
  bool begins = call->state == 0; /* where "" is found, and nowhere else */
  int status = GN_OK;
  if (begins) {
    local[SEARCH_OUT] = local[SEARCH_PUT] = local[SEARCH_ASKED] = GN_NIL;
    local[SEARCH_DONE] = gn_from_fix(0);
  } else if (local[SEARCH_ASKED] == GN_TRUE) {
    status = put_result(ctx, call);
  }
  for (uint32_t at = at_of(call, 0); status == GN_OK;) {
    int got = pattern->len ? seek(ctx, call, pattern, &at) : begins;
    if (got < 0)
      return stopped_at(ctx, call, got, at);
    if (got == 0 && local[SEARCH_OUT] == GN_NIL)
      return gn_return(call, call->argv[0]);
    if (got == 0) {
      status = put_replaced(ctx, call, s->len, NULL);
      return status == GN_OK
                 ? gn_return_made(ctx, call,
                                  gn_taken_text(ctx, &local[SEARCH_OUT]))
                 : status;
    }
    status = replace_at(ctx, call, at, pattern->len);
    at = all ? at + pattern->len : s->len;
    if (status == GN_CALL)
      local[SEARCH_AT] = gn_from_fix(at);
    else if (status == GN_OK && gn_slice_over(ctx))
      return pause_at(call, at);
  }
  return status;
}

/* What replaces a text: another one, or a function that gives it. */
static bool replacement_fits(gn_ctx *ctx, gn_call *call, int *status) {
  if (call->argc < 3)
    *status =
        gn_throw(ctx, GN_X_ARGUMENT, NULL, "Replacement string is required");
  else if (gn_is_string(call->argv[2]) || gn_is_callable(ctx, call->argv[2]))
    return true;
  else
    *status =
        gn_throw_expects(ctx, call, "a String or a function", call->argv[2]);
  return false;
}

static int string_replace(gn_ctx *ctx, gn_call *call) {
  gn_value *local = call->locals;
  gn_string *pattern;
  int status;
  if (!gn_arg_pattern(ctx, call, &pattern, &status) ||
      !replacement_fits(ctx, call, &status))
    return status;
  if (pattern->len == 0 && gn_is_string(call->argv[2]))
    return gn_concat_run(ctx, call, &local[SEARCH_OUT], &local[SEARCH_PUT],
                         call->argv[2], call->argv[0]);
  return replace(ctx, call, pattern, false);
}

static int string_replace_all(gn_ctx *ctx, gn_call *call) {
  gn_string *pattern;
  int status;
  if (!gn_arg_pattern(ctx, call, &pattern, &status) ||
      !replacement_fits(ctx, call, &status))
    return status;
  if (pattern->len == 0)
    return gn_return(call, call->argv[0]);
  return replace(ctx, call, pattern, true);
}

#define PATTERN_ROW(name, fn, min, max, sig, doc) \
  GN_METHOD(name, fn, min, max, SEARCH_LOCALS, sig, doc)

const gn_native_def gn_string_search_rows[] = {
    PATTERN_ROW("index", string_index, 1, 2, "(s .index p [from])",
                "First place of p at or after from, or -1."),
    PATTERN_ROW("rindex", string_rindex, 1, 2, "(s .rindex p [upto])",
                "Last place of p at or before upto, or -1."),
    GN_METHOD("starts_with", string_starts, 1, 1, 0, "(s .starts_with t)",
              "Whether s begins with t."),
    GN_METHOD("start_with?", string_starts, 1, 1, 0, "(s .start_with? t)",
              "Whether s begins with t."),
    GN_METHOD("ends_with", string_ends, 1, 1, 0, "(s .ends_with t)",
              "Whether s ends with t."),
    GN_METHOD("end_with?", string_ends, 1, 1, 0, "(s .end_with? t)",
              "Whether s ends with t."),
    PATTERN_ROW("contain", string_contain, 1, 1, "(s .contain p)",
                "Whether p is found in s."),
    PATTERN_ROW("include?", string_contain, 1, 1, "(s .include? p)",
                "Whether p is found in s."),
    PATTERN_ROW("contains", string_contains, 1, 1, "(s .contains t)",
                "Whether the text t is found in s."),
    PATTERN_ROW("match", string_match, 1, 1, "(s .match re)",
                "Match of a regex, or nil."),
    PATTERN_ROW("match?", string_contain, 1, 1, "(s .match? p)",
                "Whether p is found in s."),
    PATTERN_ROW("find", string_find, 1, 1, "(s .find p)",
                "First text that p matches, or nil."),
    PATTERN_ROW("find_all", string_find_all, 1, 1, "(s .find_all p)",
                "Array of the texts that p matches."),
    PATTERN_ROW("scan", string_find_all, 1, 1, "(s .scan p)",
                "Array of the texts that p matches."),
    PATTERN_ROW("count", string_count, 1, 1, "(s .count p)",
                "How often p is found, without overlaps."),
    PATTERN_ROW(
        "replace", string_replace, 1, 2, "(s .replace p [r])",
        "Copy with the first p replaced by r, a text or a function of it."),
    PATTERN_ROW(
        "sub", string_replace, 1, 2, "(s .sub p [r])",
        "Copy with the first p replaced by r, a text or a function of it."),
    PATTERN_ROW("replace_all", string_replace_all, 1, 2,
                "(s .replace_all p [r])",
                "Copy with every p replaced by r, a text or a function of it."),
    PATTERN_ROW("gsub", string_replace_all, 1, 2, "(s .gsub p [r])",
                "Copy with every p replaced by r, a text or a function of it."),
    GN_ROWS_END};
