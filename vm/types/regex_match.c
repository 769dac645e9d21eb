/*
 * regex_match.c - the members of a RegexMatch, cut out when they are asked for.
 */
#include "types/regex_match.h"

#include "core/dict.h"
#include "core/number.h"
#include "core/utf8.h"
#include "types/array.h"

static gn_match *match_of(gn_machine *m) {
  return (gn_match *)(void *)m;
}

static void trace(gn_heap *heap, gn_machine *m) {
  gn_mark(heap, match_of(m)->subject);
  gn_mark(heap, match_of(m)->regex);
}

gn_value gn_match_new(gn_heap *heap, gn_value regex, const gn_re_code *code,
                      gn_value subject, const size_t *pairs, uint32_t known,
                      uint32_t chars) {
  uint32_t n = code->groups + 1;
  const char *text = gn_str_bytes(gn_str(subject));
  gn_match *match =
      gn_alloc(heap, GN_T_MATCH, sizeof *match + 2 * n * sizeof match->at[0]);
  if (!match)
    return GN_NONE;
  assert(known <= pairs[0] && pairs[0] <= pairs[1]);
  match->m.trace = trace;
  match->subject = subject;
  match->regex = regex;
  match->pairs = n;
  for (uint32_t i = 0; i < 2 * n; i++)
    match->at[i] = pairs[i] == PCRE2_UNSET ? GN_MATCH_NONE : (uint32_t)pairs[i];
  match->start =
      chars + (uint32_t)gn_utf8_count(text + known, pairs[0] - known);
  match->end = match->start +
               (uint32_t)gn_utf8_count(text + pairs[0], pairs[1] - pairs[0]);
  return gn_from_obj(match);
}

/* Group i as text, "" when it took no part. */
static gn_value group(gn_heap *heap, const gn_match *match, uint32_t i) {
  uint32_t from = match->at[2 * i], to = match->at[2 * i + 1];
  if (from == GN_MATCH_NONE)
    from = to = 0;
  return gn_str_cut(heap, gn_str(match->subject), from, to);
}

static gn_value captures(gn_heap *heap, const gn_match *match) {
  gn_array *all = gn_array_new(heap, match->pairs - 1);
  for (uint32_t i = 1; all && i < match->pairs; i++) {
    gn_value text = group(heap, match, i);
    if (text == GN_NONE || !gn_array_push(heap, all, text))
      return GN_NONE;
  }
  return all ? gn_from_obj(all) : GN_NONE;
}

static bool took_part(const gn_match *match, uint32_t i) {
  return match->at[2 * i] != GN_MATCH_NONE;
}

static gn_value named_captures(gn_heap *heap, const gn_match *match) {
  const gn_re_code *code = gn_re(match->regex)->code;
  gn_dict *all = gn_dict_new(heap, GN_T_MAP, code->nnames);
  for (uint32_t i = 0; all && i < code->nnames; i++) {
    const gn_re_name *name = &code->names[i];
    gn_value key = gn_symbol_new(heap, name->text, strlen(name->text));
    if (key == GN_NONE)
      return GN_NONE;
    /* With (?J) groups may share a name. */
    if (!took_part(match, name->group) && gn_map_get(all, key) != GN_NONE)
      continue;
    gn_value text = group(heap, match, name->group);
    if (text == GN_NONE || !gn_map_set(heap, all, key, text))
      return GN_NONE;
  }
  return all ? gn_from_obj(all) : GN_NONE;
}

int64_t gn_re_group(const gn_re_code *code, const size_t *pairs,
                    const char *name, size_t len) {
  char text[64];
  PCRE2_SPTR first, last;
  if (len >= sizeof text || code->nnames == 0)
    return -1;
  memcpy(text, name, len);
  text[len] = '\0';
  int size = pcre2_substring_nametable_scan(code->code, (PCRE2_SPTR)text,
                                            &first, &last);
  if (size < 0 || strlen(text) != len)
    return -1;
  int64_t found = -1;
  for (PCRE2_SPTR entry = first; entry <= last; entry += size) {
    found = entry[0] << 8 | entry[1];
    if (pairs && pairs[2 * found] != PCRE2_UNSET)
      break;
  }
  return found;
}

/* The group that the name stands for in this match. */
static gn_value named(gn_heap *heap, const gn_match *match, const char *name,
                      size_t len) {
  const gn_re_code *code = gn_re(match->regex)->code;
  int64_t found = -1;
  for (uint32_t i = 0; i < code->nnames; i++) {
    const gn_re_name *n = &code->names[i];
    if (strlen(n->text) != len || memcmp(n->text, name, len) != 0)
      continue;
    found = n->group;
    if (took_part(match, n->group))
      break;
  }
  return found < 0 ? GN_VOID : group(heap, match, (uint32_t)found);
}

gn_value gn_match_member(gn_heap *heap, const gn_match *match, gn_value name) {
  const gn_string *s = gn_str(match->subject);
  size_t len;
  const char *text = gn_text(name, &len);
  if (gn_text_is(name, "value"))
    return group(heap, match, 0);
  if (gn_text_is(name, "captures"))
    return captures(heap, match);
  if (gn_text_is(name, "named_captures"))
    return named_captures(heap, match);
  if (gn_text_is(name, "start"))
    return gn_from_fix(match->start);
  if (gn_text_is(name, "end"))
    return gn_from_fix(match->end);
  if (gn_text_is(name, "pre_match"))
    return gn_str_cut(heap, s, 0, match->at[0]);
  if (gn_text_is(name, "post_match"))
    return gn_str_cut(heap, s, match->at[1], s->len);
  return named(heap, match, text, len);
}
