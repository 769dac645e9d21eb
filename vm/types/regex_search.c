/*
 * regex_search.c - matching that neither holds the loop nor goes on for ever.
 *
 * A long text is looked at through a window: PCRE2 may begin a match at some
 * bytes only, and sees not much more of the text. A match that would want to
 * see what is behind (a "hard partial match") is tried again with more.
 *
 * Inside PCRE2 the pattern's callouts count steps: one each, and one for eight
 * bytes passed in between. When there were too many, the search is left. If it
 * got on, it is continued from there in the next slice; else that one match
 * gets all the steps of the limit, and then it has failed. The clock is only
 * for what hides from the count, such as long repeats that fail at their end.
 */
#include "types/regex_search.h"

#include <time.h>

#include "run/context.h"
#include "types/string_methods.h"

#define WINDOW      32768u /* starts in one go */
#define LOOK_MIN    8192u  /* bytes seen behind them */
#define LOOK_SHIFT  2u     /* how fast that grows */
#define LOOK_MOST   9u     /* the whole of any text */
#define STEPS_SLICE 16384u
#define STEPS_FUEL  8u
#define MOVE_SHIFT  3u
#define SCAN_SHIFT  3u      /* bytes passed without a step, for the fuel */
#define MOVE_FAR    65536u  /* bytes after which the clock is asked */
#define MATCH_NS    4000000 /* of processor time, for what is not counted */
#define LEAP_NS     500000

#define STEPS_LIMIT 65536u

typedef struct meter {
  const gn_re_code *code;
  uint32_t steps, most;
  uint32_t clock_in; /* steps until the clock is looked at */
  size_t last;       /* position at the last callout */
  size_t start;      /* where the running match began */
  int64_t since;     /* ns; 0: not looked yet */
  bool too_long;
  bool grew; /* PCRE2 has taken memory, which takes time once */
} meter;

/* ---- counting ---- */

static int64_t cpu_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static bool time_is_up(meter *m) {
  int64_t now = cpu_ns();
  m->clock_in = m->code->clock_every;
  if (m->since == 0)
    m->since = now;
  return now - m->since > MATCH_NS;
}

static int on_callout(pcre2_callout_block *block, void *data) {
  meter *m = data;
  size_t at = block->current_position;
  size_t moved = at > m->last ? at - m->last : m->last - at;
  if (block->start_match != m->start)
    moved = 0;
  m->last = at;
  m->start = block->start_match;
  /* A .* that may pass newlines goes to the end of the text in one leap. */
  bool leap = block->callout_number == GN_RE_CALLOUT_ANY && m->code->dot_all &&
              at == block->subject_length;
  m->steps += 1 + (leap ? 0 : (uint32_t)(moved >> MOVE_SHIFT));
  if (--m->clock_in == 0 || moved >= MOVE_FAR)
    m->too_long = time_is_up(m);
  return m->too_long || m->steps > m->most ? PCRE2_ERROR_CALLOUT : 0;
}

static uint32_t step_limit(const gn_ctx *ctx) {
  return ctx->limits.regex_steps ? ctx->limits.regex_steps : STEPS_LIMIT;
}

static enum gn_re_found exceeded(gn_ctx *ctx) {
  gn_throw(ctx, GN_X_RUNTIME, NULL, "Regex step limit exceeded");
  return GN_RE_THROWN;
}

/* ---- places ---- */

gn_value gn_re_place_save(gn_re_place place) {
  return gn_from_fix((int64_t)place.at | (int64_t)place.look << 33 |
                     (int64_t)place.patient << 40);
}

gn_re_place gn_re_place_load(gn_value saved) {
  int64_t v = gn_fix(saved);
  return (gn_re_place){(uint32_t)v, (uint8_t)(v >> 33 & 15), (v >> 40) != 0};
}

static bool inside_char(const gn_string *s, uint32_t at) {
  return at < s->len && ((unsigned char)gn_str_bytes(s)[at] & 0xc0) == 0x80;
}

uint32_t gn_re_next_char(const gn_string *s, uint32_t at) {
  do
    at++;
  while (inside_char(s, at));
  return at;
}

gn_re_place gn_re_after(const gn_string *s, const size_t *pairs) {
  uint32_t end = (uint32_t)pairs[1];
  return (gn_re_place){.at = pairs[0] == pairs[1] ? gn_re_next_char(s, end)
                                                  : end};
}

/* ---- searching ---- */

int gn_regex_bad(gn_ctx *ctx, const gn_re_error *err) {
  if (err->reason[0] == '\0')
    return gn_oom(ctx);
  return gn_throw(ctx, GN_X_PARSE, NULL, GN_RE_BAD, err->reason, err->offset);
}

const gn_re_code *gn_re_code_of(gn_ctx *ctx, gn_regex *re) {
  gn_re_error err;
  if (re->code)
    return re->code;
  const gn_string *source = gn_str(re->source);
  gn_charge(ctx, source->len * 16 + 256);
  re->code = gn_re_compile(&ctx->patterns, gn_ctx_heap(ctx),
                           gn_str_bytes(source), source->len, re->flags, &err);
  if (!re->code)
    gn_regex_bad(ctx, &err);
  return re->code;
}

typedef struct window {
  uint32_t starts; /* the last byte where a match may begin */
  uint32_t end;    /* what PCRE2 sees of the text */
} window;

/* The longest look that the limit of steps allows: a repeat that passes more
 * has failed by it. */
static size_t longest_look(const gn_ctx *ctx) {
  return (size_t)step_limit(ctx) << MOVE_SHIFT;
}

static window window_at(const gn_ctx *ctx, const gn_re_code *code,
                        const gn_string *s, uint32_t last, gn_re_place place) {
  size_t look = (size_t)LOOK_MIN << LOOK_SHIFT * place.look;
  uint32_t starts = code->anchored ? place.at : last;
  if (starts - place.at >= WINDOW)
    starts = place.at + WINDOW - 1;
  if (look > longest_look(ctx) && !code->dot_all)
    look = longest_look(ctx);
  uint32_t end = s->len - starts > look ? starts + (uint32_t)look : s->len;
  while (inside_char(s, end))
    end--;
  return (window){starts, end};
}

/* Whether a match that has seen all of its window may see more. One that has
 * leapt there with .* took no time. */
static bool may_look_on(const gn_ctx *ctx, const meter *m, gn_re_place place) {
  size_t look = (size_t)LOOK_MIN << LOOK_SHIFT * place.look;
  if (look < longest_look(ctx))
    return true;
  return m->code->dot_all && cpu_ns() - m->since < LEAP_NS;
}

/* One go of PCRE2: what it returns. */
static int match(gn_ctx *ctx, meter *m, const gn_string *s, gn_re_place place,
                 window w, pcre2_match_data **room) {
  pcre2_match_context *context;
  *room = gn_re_match_room(&ctx->patterns, gn_ctx_heap(ctx), m->code, &context);
  if (!*room)
    return PCRE2_ERROR_NOMEMORY;
  uint32_t options = PCRE2_NO_UTF_CHECK;
  if (w.end < s->len)
    options |= PCRE2_PARTIAL_HARD;
  pcre2_set_callout(context, on_callout, m);
  pcre2_set_offset_limit(context, w.starts);
  size_t before = gn_re_room_bytes(ctx->patterns);
  int got = pcre2_match(m->code->code, (PCRE2_SPTR)gn_str_bytes(s), w.end,
                        place.at, options, *room, context);
  gn_re_match_done(ctx->patterns);
  m->grew = gn_re_room_bytes(ctx->patterns) != before;
  return got;
}

/* The steps were used up: moves on to the match that was tried, or lets it
 * have more. False: it has had them all. */
static bool go_on(const gn_ctx *ctx, const meter *m, gn_re_place *place) {
  bool moved = m->start > place->at;
  bool all = m->too_long ? !m->grew : m->most == step_limit(ctx);
  if (!moved && all)
    return false;
  *place = (gn_re_place){
      .at = (uint32_t)m->start, .look = place->look, .patient = !moved};
  return true;
}

/* What a match that was not found means: GN_RE_FOUND to go on from *place. */
static enum gn_re_found no_match(gn_ctx *ctx, const meter *m,
                                 const gn_string *s, int got, window w,
                                 uint32_t last, const size_t *pairs,
                                 gn_re_place *place) {
  switch (got) {
  case PCRE2_ERROR_NOMATCH:
    if (m->code->anchored || w.starts >= last)
      return GN_RE_NONE;
    *place = (gn_re_place){.at = gn_re_next_char(s, w.starts)};
    return place->at > last ? GN_RE_NONE : GN_RE_FOUND;
  case PCRE2_ERROR_PARTIAL:
    if (!may_look_on(ctx, m, *place))
      return exceeded(ctx);
    if (place->at != pairs[0])
      place->patient = false;
    place->at = (uint32_t)pairs[0];
    place->look = (uint8_t)(place->look + (place->look < LOOK_MOST));
    return GN_RE_FOUND;
  case PCRE2_ERROR_CALLOUT:
    return go_on(ctx, m, place) ? GN_RE_FOUND : exceeded(ctx);
  case PCRE2_ERROR_MATCHLIMIT:
  case PCRE2_ERROR_DEPTHLIMIT:
  case PCRE2_ERROR_HEAPLIMIT: return exceeded(ctx);
  case PCRE2_ERROR_NOMEMORY: gn_oom(ctx); return GN_RE_THROWN;
  default:
    gn_throw(ctx, GN_X_RUNTIME, NULL, "Regex cannot be matched (error %d)",
             got);
    return GN_RE_THROWN;
  }
}

/* A pattern that is nothing but text, up to the end of s. */
static enum gn_re_found seek_literal(gn_ctx *ctx, const gn_re_code *code,
                                     const gn_string *s, gn_re_place *place,
                                     const size_t **pairs) {
  pcre2_match_context *context;
  if (place->at > s->len)
    return GN_RE_NONE;
  pcre2_match_data *room =
      gn_re_match_room(&ctx->patterns, gn_ctx_heap(ctx), code, &context);
  if (!room) {
    gn_oom(ctx);
    return GN_RE_THROWN;
  }
  gn_re_match_done(ctx->patterns);
  int got = gn_str_seek_bytes(ctx, s, code->source, code->len, &place->at);
  size_t *pair = pcre2_get_ovector_pointer(room);
  pair[0] = place->at;
  pair[1] = place->at + code->len;
  *pairs = pair;
  if (got > 0)
    return GN_RE_FOUND;
  return got < 0 ? GN_RE_PAUSED : GN_RE_NONE;
}

enum gn_re_found gn_re_seek(gn_ctx *ctx, const gn_re_code *code,
                            const gn_string *s, uint32_t last,
                            gn_re_place *place, const size_t **pairs) {
  uint32_t limit = step_limit(ctx);
  assert(last <= s->len);
  if (code->literal && last == s->len)
    return seek_literal(ctx, code, s, place, pairs);
  while (place->at <= last) {
    window w = window_at(ctx, code, s, last, *place);
    meter m = {.code = code,
               .most =
                   place->patient || limit < STEPS_SLICE ? limit : STEPS_SLICE,
               .clock_in = code->clock_every,
               .last = place->at,
               .start = place->at,
               .since = place->look > 0 ? cpu_ns() : 0};

    pcre2_match_data *room;
    int got = match(ctx, &m, s, *place, w, &room);
    gn_charge(ctx, (uint64_t)m.steps * STEPS_FUEL + 32);
    *pairs = room ? pcre2_get_ovector_pointer(room) : NULL;
    if (got >= 0) {
      size_t start = pcre2_get_startchar(room);
      gn_charge(ctx, (start - place->at) >> SCAN_SHIFT);
      place->at = (uint32_t)start;
      return GN_RE_FOUND;
    }
    gn_charge(ctx, (w.starts - place->at) >> SCAN_SHIFT);
    enum gn_re_found next = no_match(ctx, &m, s, got, w, last, *pairs, place);
    if (next != GN_RE_FOUND)
      return next;
    if (gn_slice_over(ctx))
      return GN_RE_PAUSED;
  }
  return GN_RE_NONE;
}
