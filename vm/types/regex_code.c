/*
 * regex_code.c - compiling patterns with PCRE2 and keeping what comes of it.
 * All of PCRE2's memory is charged to the heap that the set belongs to; the
 * limits of a match are PCRE2's last resort, regex_search.c stops it earlier.
 */
#include "types/regex_code.h"
#include "types/needle.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/utf8.h"
#include "types/regex.h"
#include "types/regex_behind.h"
#include "types/regex_pattern.h"

#define MATCH_HEAP_KIB 8192u /* what backtracking may take */
#define MATCH_LIMIT    1000000u
#define ROOM_KEPT      262144u /* bytes that a collection leaves to a set */
#define ROOM_PAIRS     16u
#define CLOCK_EVERY    256u
#define CLOCK_ITEMS    16384u /* bytes of pattern between two looks */

struct gn_re_codes {
  gn_heap *heap;
  gn_re_code **buckets;
  uint32_t mask, count;
  uint32_t freed; /* buckets that are, when the set goes in pieces */
  pcre2_general_context *memory;
  pcre2_compile_context *compile;
  pcre2_match_context *match;
  pcre2_match_data *room;
  uint32_t room_pairs;
  size_t held;       /* bytes of PCRE2 and ours that are charged now */
  size_t room_bytes; /* of them taken by the room and what it holds */
  bool matching;     /* what is taken now is the room's */
};

/* ---- memory ---- */

/* In front of each block of PCRE2's. */
typedef union block {
  size_t bytes;
  max_align_t align;
} block;

static void *take(size_t bytes, void *data) {
  gn_re_codes *codes = data;
  if (bytes > SIZE_MAX / 2 ||
      !gn_heap_charge(codes->heap, bytes + sizeof(block)))
    return NULL;
  block *b = malloc(bytes + sizeof(block));
  if (!b) {
    gn_heap_uncharge(codes->heap, bytes + sizeof(block));
    return NULL;
  }
  b->bytes = bytes + sizeof(block);
  codes->held += b->bytes;
  if (codes->matching)
    codes->room_bytes += b->bytes;
  return b + 1;
}

static void give(void *p, void *data) {
  gn_re_codes *codes = data;
  if (!p)
    return;
  block *b = (block *)p - 1;
  assert(codes->held >= b->bytes);
  codes->held -= b->bytes;
  gn_heap_uncharge(codes->heap, b->bytes);
  free(b);
}

static gn_re_memory memory_of(gn_re_codes *codes) {
  return (gn_re_memory){take, give, codes};
}

/* ---- sets ---- */

static bool make_contexts(gn_re_codes *codes) {
  codes->memory = pcre2_general_context_create(take, give, codes);
  if (!codes->memory)
    return false;
  codes->compile = pcre2_compile_context_create(codes->memory);
  codes->match = pcre2_match_context_create(codes->memory);
  if (!codes->compile || !codes->match)
    return false;
  pcre2_set_newline(codes->compile, PCRE2_NEWLINE_LF);
  pcre2_set_max_pattern_length(codes->compile, 4 * GN_RE_SOURCE_MAX);
  pcre2_set_match_limit(codes->match, MATCH_LIMIT);
  pcre2_set_heap_limit(codes->match, MATCH_HEAP_KIB);
  return true;
}

static gn_re_codes *codes_of(gn_re_codes **codes, gn_heap *heap) {
  if (*codes)
    return *codes;
  gn_re_codes *made = calloc(1, sizeof *made);
  if (!made)
    return NULL;
  made->heap = heap;
  if (!make_contexts(made)) {
    gn_re_codes_free(made);
    return NULL;
  }
  return *codes = made;
}

static void free_code(gn_re_codes *codes, gn_re_code *code) {
  pcre2_code_free(code->code);
  give(code->names, codes);
  give(code, codes);
}

/* What freeing a code takes, in bytes of plain memory given back: each of its
 * blocks is an allocation of its own. */
#define CODE_COST ((size_t)4096)

bool gn_re_codes_free_some(gn_re_codes *codes, size_t *budget) {
  if (!codes)
    return true;
  for (; codes->buckets && codes->freed <= codes->mask; codes->freed++)
    for (gn_re_code **at = &codes->buckets[codes->freed]; *at;) {
      gn_re_code *code = *at;
      if (*budget == 0)
        return false;
      *at = code->next;
      free_code(codes, code);
      *budget -= *budget < CODE_COST ? *budget : CODE_COST;
    }
  give(codes->buckets, codes);
  pcre2_match_data_free(codes->room);
  pcre2_match_context_free(codes->match);
  pcre2_compile_context_free(codes->compile);
  pcre2_general_context_free(codes->memory);
  assert(codes->held == 0);
  free(codes);
  return true;
}

void gn_re_codes_free(gn_re_codes *codes) {
  size_t all = SIZE_MAX;
  bool gone = gn_re_codes_free_some(codes, &all);
  assert(gone);
  (void)gone;
}

static void drop_room(gn_re_codes *codes) {
  pcre2_match_data_free(codes->room);
  codes->room = NULL;
  codes->room_pairs = 0;
  codes->room_bytes = 0;
}

void gn_re_sweep(gn_re_codes *codes) {
  if (!codes)
    return;
  if (codes->room_bytes > ROOM_KEPT)
    drop_room(codes);
  for (uint32_t i = 0; codes->buckets && i <= codes->mask; i++)
    for (gn_re_code **at = &codes->buckets[i]; *at;) {
      gn_re_code *code = *at;
      if (code->live) {
        code->live = false;
        at = &code->next;
        continue;
      }
      *at = code->next;
      codes->count--;
      free_code(codes, code);
    }
}

static bool grow(gn_re_codes *codes) {
  uint32_t size = codes->buckets ? (codes->mask + 1) * 2 : 16;
  gn_re_code **buckets = take(size * sizeof *buckets, codes);
  if (!buckets)
    return false;
  memset(buckets, 0, size * sizeof *buckets);
  for (uint32_t i = 0; codes->buckets && i <= codes->mask; i++)
    for (gn_re_code *code = codes->buckets[i]; code;) {
      gn_re_code *next = code->next;
      code->next = buckets[code->hash & (size - 1)];
      buckets[code->hash & (size - 1)] = code;
      code = next;
    }
  give(codes->buckets, codes);
  codes->buckets = buckets;
  codes->mask = size - 1;
  return true;
}

/* ---- compiling ---- */

static pcre2_code *compile(gn_re_codes *codes, const gn_re_pattern *p,
                           uint32_t flags, uint32_t options, int *error,
                           size_t *offset) {
  options |= PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_NEVER_UCP |
             PCRE2_NEVER_BACKSLASH_C | PCRE2_USE_OFFSET_LIMIT;
  if (flags & GN_RE_IGNORE_CASE)
    options |= PCRE2_CASELESS;
  if (flags & GN_RE_DOT_ALL)
    options |= PCRE2_DOTALL;
  return pcre2_compile((PCRE2_SPTR)p->text, p->len, options, error, offset,
                       codes->compile);
}

static void set_error(gn_re_error *err, const char *source, size_t at,
                      const char *reason) {
  snprintf(err->reason, sizeof err->reason, "%s", reason);
  err->offset = gn_utf8_count(source, at);
}

/* PCRE2 wants lookbehinds of fixed width; for those of bounded width there is
 * another pattern, which takes the place of *pattern. */
static pcre2_code *compile_bounded(gn_re_codes *codes, gn_re_pattern *pattern,
                                   uint32_t flags) {
  gn_re_memory memory = memory_of(codes);
  gn_re_pattern spread;
  int error;
  size_t at;
  if (!gn_re_spread_behind(pattern, &memory, &spread))
    return NULL;
  pcre2_code *code = compile(codes, &spread, flags, 0, &error, &at);
  give(code ? pattern->text : spread.text, codes);
  if (code)
    *pattern = spread;
  return code;
}

/* The pattern as PCRE2 gets it, checked. NULL with *err filled. */
static pcre2_code *checked(gn_re_codes *codes, const char *source, size_t len,
                           uint32_t flags, gn_re_pattern *pattern,
                           gn_re_error *err) {
  char reason[sizeof err->reason];
  size_t at = 0;
  int error;
  const char *refused = "pattern is longer than 262144 bytes";
  if (len <= GN_RE_SOURCE_MAX)
    refused = gn_re_refused(source, len, &at);
  if (refused) {
    set_error(err, source, at, refused);
    return NULL;
  }
  gn_re_memory memory = memory_of(codes);
  if (!gn_re_translate(source, len, &memory, pattern))
    return NULL;
  pcre2_code *code = compile(codes, pattern, flags, 0, &error, &at);
  if (!code && error == PCRE2_ERROR_LOOKBEHIND_NOT_FIXED_LENGTH)
    code = compile_bounded(codes, pattern, flags);
  if (code || error == PCRE2_ERROR_HEAP_FAILED)
    return code;
  pcre2_get_error_message(error, (PCRE2_UCHAR *)reason, sizeof reason);
  at = gn_re_source_offset(source, len, at);
  set_error(err, source, at < len ? at : len, reason);
  return NULL;
}

bool gn_re_check(gn_heap *heap, const char *source, size_t len, uint32_t flags,
                 gn_re_error *err) {
  gn_re_codes *codes = NULL;
  gn_re_pattern pattern = {.text = NULL};
  *err = (gn_re_error){.offset = 0};
  if (!codes_of(&codes, heap))
    return false;
  pcre2_code *code = checked(codes, source, len, flags, &pattern, err);
  pcre2_code_free(code);
  give(pattern.text, codes);
  gn_re_codes_free(codes);
  return code != NULL;
}

/* The checked pattern once more, with callouts. */
static pcre2_code *counted(gn_re_codes *codes, const gn_re_pattern *pattern,
                           uint32_t flags, gn_re_error *err) {
  gn_re_pattern with = {.text = NULL};
  gn_re_memory memory = memory_of(codes);
  pcre2_code *code = NULL;
  int error;
  size_t at;
  if (!pattern->extended && gn_re_instrument(pattern, &memory, &with))
    code = compile(codes, &with, flags, 0, &error, &at);
  give(with.text, codes);
  if (!code)
    code = compile(codes, pattern, flags, PCRE2_AUTO_CALLOUT, &error, &at);
  if (!code && error != PCRE2_ERROR_HEAP_FAILED)
    set_error(err, "", 0, "regular expression is too large");
  return code;
}

static int by_number(const void *a, const void *b) {
  const gn_re_name *x = a, *y = b;
  return (x->group > y->group) - (x->group < y->group);
}

static bool read_names(gn_re_codes *codes, gn_re_code *code) {
  PCRE2_SPTR table;
  uint32_t size;
  pcre2_pattern_info(code->code, PCRE2_INFO_NAMECOUNT, &code->nnames);
  if (code->nnames == 0)
    return true;
  pcre2_pattern_info(code->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
  pcre2_pattern_info(code->code, PCRE2_INFO_NAMETABLE, &table);
  code->names = take(code->nnames * sizeof *code->names, codes);
  for (uint32_t i = 0; code->names && i < code->nnames; i++) {
    PCRE2_SPTR entry = table + (size_t)i * size;
    code->names[i] = (gn_re_name){(uint32_t)entry[0] << 8 | entry[1],
                                  (const char *)entry + 2};
  }
  if (code->names)
    qsort(code->names, code->nnames, sizeof *code->names, by_number);
  return code->names != NULL;
}

/* Long ones are left to the matcher, whose work is counted. */
static bool is_literal(const gn_re_code *code) {
  if (code->len >= GN_NEEDLE_LONG)
    return false;
  for (uint32_t i = 0; i < code->len; i++)
    if (code->source[i] == '\0' || strchr("\\^$.[]|()?*+{}", code->source[i]))
      return false;
  return code->len > 0 && !(code->flags & GN_RE_IGNORE_CASE);
}

static bool describe(gn_re_codes *codes, gn_re_code *code,
                     const gn_re_pattern *pattern) {
  uint32_t options, backrefs;
  pcre2_pattern_info(code->code, PCRE2_INFO_CAPTURECOUNT, &code->groups);
  pcre2_pattern_info(code->code, PCRE2_INFO_ALLOPTIONS, &options);
  pcre2_pattern_info(code->code, PCRE2_INFO_BACKREFMAX, &backrefs);
  code->anchored = (options & PCRE2_ANCHORED) != 0;
  code->literal = is_literal(code);
  code->dot_all = (code->flags & GN_RE_DOT_ALL) || pattern->inline_dot;
  uint32_t every = CLOCK_ITEMS / (uint32_t)(pattern->len + 1);
  if (backrefs > 0 || pattern->far_repeat)
    every = 8;
  code->clock_every = every < 1 ? 1 : every < CLOCK_EVERY ? every : CLOCK_EVERY;
  return read_names(codes, code);
}

static gn_re_code *make_code(gn_re_codes *codes, const char *source, size_t len,
                             uint32_t flags, gn_re_error *err) {
  gn_re_pattern pattern = {.text = NULL};
  gn_re_code *made = NULL;
  pcre2_code *plain = checked(codes, source, len, flags, &pattern, err);
  if (plain)
    made = take(sizeof *made + len, codes);
  pcre2_code_free(plain);
  if (made) {
    *made = (gn_re_code){.flags = flags, .len = (uint32_t)len};
    memcpy(made->source, source, len);
    made->code = counted(codes, &pattern, flags, err);
    if (!made->code || !describe(codes, made, &pattern)) {
      free_code(codes, made);
      made = NULL;
    }
  }
  give(pattern.text, codes);
  return made;
}

gn_re_code *gn_re_compile(gn_re_codes **where, gn_heap *heap,
                          const char *source, size_t len, uint32_t flags,
                          gn_re_error *err) {
  gn_re_codes *codes = codes_of(where, heap);
  *err = (gn_re_error){.offset = 0};
  if (!codes)
    return NULL;
  uint32_t hash = gn_hash_bytes(heap->seed + flags, source, len);
  gn_re_code *code = codes->buckets ? codes->buckets[hash & codes->mask] : NULL;
  for (; code; code = code->next)
    if (code->hash == hash && code->flags == flags && code->len == len &&
        memcmp(code->source, source, len) == 0)
      break;
  if (code) {
    code->live = true;
    return code;
  }
  if ((!codes->buckets || codes->count > codes->mask) && !grow(codes))
    return NULL;
  code = make_code(codes, source, len, flags, err);
  if (!code)
    return NULL;
  code->hash = hash;
  code->live = true;
  code->next = codes->buckets[hash & codes->mask];
  codes->buckets[hash & codes->mask] = code;
  codes->count++;
  return code;
}

/* ---- matching ---- */

pcre2_match_data *gn_re_match_room(gn_re_codes **where, gn_heap *heap,
                                   const gn_re_code *code,
                                   pcre2_match_context **context) {
  gn_re_codes *codes = codes_of(where, heap);
  uint32_t pairs =
      code->groups + 1 < ROOM_PAIRS ? ROOM_PAIRS : code->groups + 1;
  if (!codes)
    return NULL;
  *context = codes->match;
  codes->matching = true;
  if (pairs <= codes->room_pairs)
    return codes->room;
  drop_room(codes);
  codes->room = pcre2_match_data_create(pairs, codes->memory);
  codes->room_pairs = codes->room ? pairs : 0;
  return codes->room;
}

size_t gn_re_room_bytes(const gn_re_codes *codes) {
  return codes ? codes->room_bytes : 0;
}

void gn_re_match_done(gn_re_codes *codes) {
  codes->matching = false;
}
