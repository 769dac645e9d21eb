/*
 * regex.c - regular expressions as values: making, comparing, printing.
 */
#include "types/regex.h"

#include "types/regex_code.h"

static void trace(gn_heap *heap, gn_machine *m) {
  gn_regex *re = (gn_regex *)(void *)m;
  gn_mark(heap, re->source);
  gn_mark(heap, re->replacement);
  if (re->code)
    re->code->live = true;
}

gn_value gn_regex_new(gn_heap *heap, gn_value source, gn_value replacement,
                      uint32_t flags) {
  assert(gn_is_string(source));
  gn_regex *re = gn_alloc(heap, GN_T_REGEX, sizeof *re);
  if (re == NULL)
    return GN_NONE;
  re->m.trace = trace;
  re->flags = flags;
  re->spare = 0;
  re->source = source;
  re->replacement = replacement;
  re->code = NULL;
  return gn_from_obj(re);
}

bool gn_regex_equal(const gn_regex *a, const gn_regex *b) {
  if (a->flags != b->flags ||
      !gn_str_equal(gn_str(a->source), gn_str(b->source)))
    return false;
  if (a->replacement == GN_NIL || b->replacement == GN_NIL)
    return a->replacement == b->replacement;
  return gn_str_equal(gn_str(a->replacement), gn_str(b->replacement));
}

/* The text with every bare slash escaped. A backslash takes the character
 * after it along, so that the reader finds the same pairs. */
static void put_slashed(gn_builder *out, const gn_string *s) {
  const char *p = gn_str_bytes(s), *end = p + s->len, *run = p;
  while (p < end) {
    if (*p == '\\' && end - p > 1) {
      p += 2;
      continue;
    }
    if (*p == '/') {
      gn_put(out, run, (size_t)(p - run));
      gn_put(out, "\\", 1);
      run = p;
    }
    p++;
  }
  gn_put(out, run, (size_t)(p - run));
}

void gn_regex_put(gn_builder *out, const gn_regex *re) {
  gn_put_c(out, "#/");
  put_slashed(out, gn_str(re->source));
  gn_put_c(out, "/");
  if (re->replacement != GN_NIL) {
    put_slashed(out, gn_str(re->replacement));
    gn_put_c(out, "/");
  }
  if (re->flags & GN_RE_IGNORE_CASE)
    gn_put_c(out, "i");
  if (re->flags & GN_RE_DOT_ALL)
    gn_put_c(out, "m");
}
