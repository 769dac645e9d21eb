/*
 * test_reference.c - each builtin has what a reference needs, vm/REFERENCE.md
 * is what the rows make, and `gene doc` finds what it is asked for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compile/compiler.h"
#include "lib/reference.h"
#include "lib/tables.h"

static void check_line(const char *name, const char *doc) {
  size_t n = doc ? strlen(doc) : 0;
  if (n < 4 || doc[n - 1] != '.' || n > 80 || strchr(doc, '\n'))
    fail_msg("%s: its line should be a short sentence", name);
}

static void test_rows(void **state) {
  (void)state;
  for (const gn_builtin_table *t = gn_builtin_tables; t->rows; t++)
    for (const gn_native_def *row = t->rows; row->name; row++) {
      assert_non_null(row->fn);
      assert_true(row->max < 0 || row->max >= row->min);
      bool ctor = strcmp(row->name, "ctor") == 0;
      if (!row->signature ||
          !strstr(row->signature, ctor ? "(new " : row->name))
        fail_msg("%s: its signature should show a call", row->name);
      check_line(row->name, row->doc);
      assert_int_equal((row->flags & GN_N_METHOD) != 0, t->class_id >= 0);
    }
}

static void test_forms(void **state) {
  (void)state;
  for (const gn_form_table *t = gn_form_tables; t->prefix; t++)
    for (size_t i = 0; i < t->len; i++) {
      const gn_form *form = &t->rows[i];
      assert_non_null(strstr(form->signature, form->name));
      check_line(form->name, form->doc);
    }
}

/* What `write` puts, to be freed. */
static char *written(bool (*write)(FILE *out)) {
  char *text = NULL;
  size_t len = 0;
  FILE *out = open_memstream(&text, &len);
  assert_non_null(out);
  assert_true(write(out));
  assert_int_equal(fclose(out), 0);
  return text;
}

static bool put_file(FILE *out) {
  FILE *in = fopen("vm/REFERENCE.md", "r");
  assert_non_null(in);
  for (int c; (c = getc(in)) != EOF;)
    putc(c, out);
  fclose(in);
  return true;
}

static void test_page(void **state) {
  (void)state;
  char *made = written(gn_reference_page), *kept = written(put_file);
  if (strcmp(made, kept) != 0)
    fail_msg("run: gene doc --all > vm/REFERENCE.md");
  free(made);
  free(kept);
}

static void expect(const char *name, int least, const char *part) {
  char *text = NULL;
  size_t len = 0;
  FILE *out = open_memstream(&text, &len);
  assert_non_null(out);
  int found = gn_reference_find(out, name);
  fclose(out);
  if (found < least || !strstr(text, part))
    fail_msg("%s: %d entries\n%s", name, found, text);
  free(text);
}

static void test_finding(void **state) {
  (void)state;
  expect("gene/json/parse", 1, "(gene/json/parse s)");
  expect("String.split", 1, "(s .split sep");
  expect(".map", 4, "Range.map");
  expect("map", 4, "Range.map");
  expect("Array", 30, "Array.sort_by");
  expect("gene/json", 2, "gene/json/stringify");
  expect("-", 1, "(- v ...)");
  expect("if", 1, "(if c");
  expect("gene/timeout", 1, "TimeoutException");
  expect("math/PI", 1, "circle");
  expect("io/read", 1, "gene/io/read");
  expect("gene/math/sqrt", 1, "math/sqrt");
  expect("Regexp", 5, "Regex.match");
  expect("nothing_like_this", 0, "");
}

static void expect_near(const char *name, const char *near) {
  char *text = NULL;
  size_t len = 0;
  FILE *out = open_memstream(&text, &len);
  assert_non_null(out);
  gn_reference_near(out, name);
  fclose(out);
  assert_non_null(strstr(text, near));
  free(text);
}

static void test_near(void **state) {
  (void)state;
  expect_near(".spilt", "split");
  expect_near("pritnln", "println");
  expect_near("STRING", "String");
  expect_near("gene/json/prse", "gene/json/parse");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_rows), cmocka_unit_test(test_forms),
      cmocka_unit_test(test_page), cmocka_unit_test(test_finding),
      cmocka_unit_test(test_near),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
