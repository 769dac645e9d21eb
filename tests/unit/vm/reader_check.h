/*
 * reader_check.h - what the tests of the reader share: a text and the forms,
 * or the error and its place, that it must give.
 */
#ifndef TESTS_UNIT_VM_READER_CHECK_H
#define TESTS_UNIT_VM_READER_CHECK_H

#include "fixture.h"

#include <stdlib.h>

#include "dump.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static char text[1 << 16];

static inline gn_value read_in(fixture *f, const char *source, size_t len,
                               gn_syntax_error *err) {
  fixture_open(f, (size_t)64 << 20);
  gn_value v = gn_read_all(&f->heap, source, len, GN_MAX_NESTING, err);
  if (v == GN_NONE)
    assert_true(err->out_of_memory || err->line > 0);
  gn_heap_validate(&f->heap);
  return v;
}

/* All forms of the source, dumped with blanks between. */
static inline void expect(const char *source, const char *wanted) {
  fixture f;
  gn_syntax_error err;
  gn_value v = read_in(&f, source, strlen(source), &err);
  if (v == GN_NONE)
    fail_msg("%s: %s (%u:%u)", source, err.message, err.line, err.column);
  dump_out o = {text, text + sizeof text};
  text[0] = '\0';
  dump_list(&o, " ", gn_arr(v)->items, gn_arr(v)->len);
  if (strcmp(text, wanted) != 0)
    fail_msg("%s\n  gives  %s\n  wanted %s", source, text, wanted);
  fixture_close(&f);
}

static inline void expect_error(const char *source, size_t len,
                                const char *message, uint32_t line,
                                uint32_t column) {
  fixture f;
  gn_syntax_error err;
  gn_value v = read_in(&f, source, len, &err);
  if (v != GN_NONE)
    fail_msg("%.40s: read without an error", source);
  if (strcmp(err.message, message) != 0 || err.line != line ||
      err.column != column)
    fail_msg("%.60s\n  gives  %s (%u:%u)\n  wanted %s (%u:%u)", source,
             err.message, err.line, err.column, message, line, column);
  assert_false(err.out_of_memory);
  fixture_close(&f);
}

typedef struct pair {
  const char *source, *forms;
} pair;
typedef struct failure {
  const char *source, *message;
  uint32_t line, column;
} failure;

static inline void expect_all(const pair *pairs, size_t n) {
  for (size_t i = 0; i < n; i++)
    expect(pairs[i].source, pairs[i].forms);
}

static inline void expect_errors(const failure *f, size_t n) {
  for (size_t i = 0; i < n; i++)
    expect_error(f[i].source, strlen(f[i].source), f[i].message, f[i].line,
                 f[i].column);
}

#endif
