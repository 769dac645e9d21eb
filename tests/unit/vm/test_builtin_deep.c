/*
 * test_builtin_deep.c - every row of the builtin tables meets values that are
 * nested a hundred thousand deep, as receiver and as argument: a result or a
 * Gene error each time, in slices, never a crash.
 */
#include "vm/builtin_calls.h"

#include <string.h>

#define FUEL   UINT64_C(40000000)
#define MEMORY ((size_t)256 << 20)

static const char setup[] =
    "(var pit []) (for i in (1 .. 100000) (pit = [pit]))\n"
    "(var well {}) (for i in (1 .. 100000) (well = {^a well}))\n"
    "(var mine `x) (for i in (1 .. 100000) (mine = `(m %mine)))\n";
static const char *const depths[] = {"pit", "well", "mine"};

/* A deep value as each of the arguments, the others harmless. */
static void add_deep_arguments(const gn_native_def *row, const char *receiver) {
  int most = row->max < 0 ? row->min + 1 : row->max;
  for (int n = row->min; n <= most; n++)
    for (int deep = 0; deep < n; deep++)
      for (size_t i = 0; i < sizeof depths / sizeof *depths; i++) {
        calls_head(row, receiver);
        for (int k = 0; k < n; k++) {
          calls_put(" ");
          calls_put(k == deep ? depths[i] : "give");
        }
        calls_put(")");
        calls_next();
      }
}

static void add_row(const gn_native_def *row, const char *receiver) {
  add_deep_arguments(row, receiver);
  if (receiver == NULL)
    return;
  for (size_t i = 0; i < sizeof depths / sizeof *depths; i++) {
    calls_head(row, depths[i]);
    for (int k = 0; k < row->min; k++)
      calls_put(k % 2 ? " give" : " pit");
    calls_put(")");
    calls_next();
  }
}

static void test_deep(void **state) {
  (void)state;
  calls_open();
  calls_budget(FUEL, MEMORY);
  calls_begin(setup, NULL);
  calls_each_row(1, add_row);
  calls_run("deep values");
  calls_close();
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_deep)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
