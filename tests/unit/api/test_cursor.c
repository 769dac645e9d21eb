/*
 * test_cursor.c - cursors lead back to where they were made, and nowhere else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "api/cursor.h"

static gene_core_t *core;

static int begin(void **state) {
  (void)state;
  core = gene_core_create(NULL);
  return core == NULL;
}

static int end(void **state) {
  (void)state;
  gene_core_destroy(core);
  return 0;
}

static void there_and_back(void **state) {
  const uint64_t places[] = {0, 1, 255, 1u << 31, UINT64_MAX};
  char text[CURSOR_LEN];
  uint64_t seq;

  (void)state;
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    cursor_write(text, core, 3, places[i]);
    assert_true(cursor_read((gene_text_t){text, CURSOR_LEN}, core, 3, &seq));
    assert_true(seq == places[i]);
    assert_false(cursor_read((gene_text_t){text, CURSOR_LEN}, core, 4, &seq));
    assert_false(
        cursor_read((gene_text_t){text, CURSOR_LEN - 1}, core, 3, &seq));
  }
}

static void forged_ones(void **state) {
  char text[CURSOR_LEN];
  uint64_t seq;

  (void)state;
  for (size_t i = 0; i < CURSOR_LEN; i++) {
    cursor_write(text, core, 3, 1000);
    text[i] = text[i] == 'Q' ? 'g' : 'Q';
    assert_false(cursor_read((gene_text_t){text, CURSOR_LEN}, core, 3, &seq));
  }
  assert_false(cursor_read((gene_text_t){"", 0}, core, 3, &seq));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(there_and_back, begin, end),
      cmocka_unit_test_setup_teardown(forged_ones, begin, end),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
