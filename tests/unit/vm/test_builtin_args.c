/*
 * test_builtin_args.c - every row of the builtin tables is called with too
 * few, too many and unfit arguments, on and with every kind of value, with
 * keywords and in combinations: a result or a Gene error each time, never a
 * crash and never an endless call.
 */
#include "vm/builtin_calls.h"

#include <stdio.h>
#include <string.h>

#define MIXES 120u /* of two arguments, and of three */

/* ---- numbers of arguments ---- */

/* n arguments: v each, but for argument `odd_one`, which is `other`. */
static void add_call(const gn_native_def *row, const char *receiver, unsigned n,
                     const char *v, unsigned odd_one, const char *other) {
  calls_head(row, receiver);
  for (unsigned i = 0; i < n; i++) {
    calls_put(" ");
    calls_put(i == odd_one ? other : v);
  }
  calls_put(")");
  calls_next();
}

/* The same by apply: called directly, operators are checked as they compile. */
static void add_apply(unsigned n, const char *v, unsigned odd_one,
                      const char *other) {
  calls_put("(apply f [");
  for (unsigned i = 0; i < n; i++) {
    calls_put(i == odd_one ? other : v);
    calls_put(" ");
  }
  calls_put("])");
  calls_next();
}

/* A special form has its name: a call of it is checked as it compiles. */
static bool is_form(const gn_native_def *row) {
  static const char *const names[] = {"new", "@", "$"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(row->name, names[i]) == 0)
      return true;
  return false;
}

static void add_shape(const gn_native_def *row, const char *receiver,
                      unsigned n, unsigned odd_one, const char *other) {
  bool direct = receiver != NULL || is_form(row);
  for (size_t i = 0; i < calls_values_len; i++)
    if (direct)
      add_call(row, receiver, n, calls_values[i], odd_one, other);
    else
      add_apply(n, calls_values[i], odd_one, other);
}

static void call_numbers(const gn_native_def *row, const char *receiver) {
  bool form = receiver == NULL && is_form(row);
  unsigned least = (unsigned)row->min;
  unsigned most = row->max < 0 ? least + 1 : (unsigned)row->max;
  calls_begin(NULL, receiver || form ? NULL : row->name);
  for (unsigned n = least && !form ? least - 1 : least; n <= most + 1; n++) {
    add_shape(row, receiver, n, n, NULL);
    if (n < 2 || n < least || n > most)
      continue;
    add_shape(row, receiver, n, n - 1, "give");
    add_shape(row, receiver, n, 0, receiver ? "1" : "give");
  }
  calls_run(row->signature);
}

static void test_numbers_of_arguments(void **state) {
  (void)state;
  calls_each_row(3, call_numbers);
}

/* ---- combinations ---- */

static bool takes(const gn_native_def *row, int n) {
  return row->min <= n && (row->max < 0 || row->max >= n);
}

/* Always the same ones: a failure can be looked for again. */
static const char *any_value(uint32_t *seed) {
  *seed = *seed * 1664525u + 1013904223u;
  return calls_values[(*seed >> 8) % calls_values_len];
}

static void add_mixed(const gn_native_def *row, const char *receiver, int n) {
  uint32_t seed = (uint32_t)n;
  for (unsigned i = 0; i < MIXES && takes(row, n); i++) {
    calls_head(row, receiver);
    for (int k = 0; k < n; k++) {
      calls_put(" ");
      calls_put(any_value(&seed));
    }
    calls_put(")");
    calls_next();
  }
}

static void call_mixed(const gn_native_def *row, const char *receiver) {
  calls_begin(NULL, NULL);
  add_mixed(row, receiver, 2);
  add_mixed(row, receiver, 3);
  calls_run(row->signature);
}

static void test_combinations(void **state) {
  (void)state;
  calls_each_row(1, call_mixed);
}

/* ---- keywords ---- */

/* The keyword at or after `at` in a signature, or NULL; *len is its length. */
static const char *keyword_in(const char *at, size_t *len) {
  at = strchr(at, '^');
  if (at != NULL)
    *len = 1 + strcspn(at + 1, " )]");
  return at;
}

static void add_keyword(const gn_native_def *row, const char *receiver,
                        const char *keyword, const char *value) {
  calls_head(row, receiver);
  for (int i = 0; i < row->min; i++)
    calls_put(" [1]");
  calls_put(" ");
  calls_put(keyword);
  calls_put(" ");
  calls_put(value);
  calls_put(")");
  calls_next();
}

static void call_with_keywords(const gn_native_def *row, const char *receiver) {
  if (receiver == NULL && strchr("@+-*/%=!<>&|", row->name[0]))
    return; /* it takes none, which is checked as it compiles */
  calls_begin(NULL, NULL);
  add_keyword(row, receiver, "^no_such", "cyclic");
  size_t len;
  for (const char *at = row->signature; (at = keyword_in(at, &len));
       at += len) {
    char keyword[32];
    snprintf(keyword, sizeof keyword, "%.*s", (int)len, at);
    for (size_t i = 0; i < calls_values_len; i++)
      add_keyword(row, receiver, keyword, calls_values[i]);
  }
  calls_run(row->signature);
}

static void test_keywords(void **state) {
  (void)state;
  calls_each_row(2, call_with_keywords);
}

/* ---- as values, and on any value ---- */

static void call_as_value(const gn_native_def *row, const char *receiver) {
  static const char *const calls[] = {"(apply f [])",
                                      "(apply f [1])",
                                      "([3 cyclic] .map f)",
                                      "([2 1 odd] .sort f)",
                                      "([1 deep] .reduce nil f)",
                                      "(f .call tangle)",
                                      "(f .name)",
                                      "((partial f odd))",
                                      "(== f f)"};
  if (receiver != NULL || is_form(row))
    return;
  calls_begin(NULL, row->name);
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
    calls_put(calls[i]);
    calls_next();
  }
  calls_run(row->signature);
}

static void test_functions_as_values(void **state) {
  (void)state;
  calls_each_row(1, call_as_value);
}

static void call_on_anything(const gn_native_def *row, const char *receiver) {
  if (receiver == NULL)
    return;
  calls_begin(NULL, NULL);
  for (size_t i = 0; i < calls_values_len; i++) {
    add_call(row, calls_values[i], (unsigned)row->min, "3", 0, "give");
    add_call(row, calls_values[i], (unsigned)row->min, "endless", 9, NULL);
  }
  calls_run(row->signature);
}

static void test_methods_on_any_value(void **state) {
  (void)state;
  calls_each_row(1, call_on_anything);
}

/* Forms that take values. */
static void test_forms(void **state) {
  (void)state;
  static const char *const forms[][2] = {{"($parse ", ")"},
                                         {"($render ", ")"},
                                         {"(eval ", ")"},
                                         {"(throw ", ")"},
                                         {"(await ", ")"},
                                         {"(for x in ", " x)"},
                                         {"(repeat ", " nil)"},
                                         {"(case ", " when 1 2 else 3)"},
                                         {"(not ", ")"},
                                         {"(new ", ")"},
                                         {"(new Plain ", ")"},
                                         {"(new Exception ", ")"},
                                         {"(new File ", ")"},
                                         {"(new HashMap ", " 1)"},
                                         {"(new gene/Future ", ")"},
                                         {"[... ", "]"},
                                         {"($ \"a\" ", ")"},
                                         {"(var [a b] ", ")"},
                                         {"(gene/timeout ", " 1)"},
                                         {"(do ", "/a/0/-1/b)"},
                                         {"(@ ", ")"},
                                         {"(+ 1 ", ")"},
                                         {"(1 .. ", ")"},
                                         {"(tangle .get ", ")"},
                                         {"($with ", " 1)"},
                                         {"($tap ", " 1)"}};
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
    calls_begin(NULL, NULL);
    for (size_t k = 0; k < calls_values_len; k++) {
      calls_put("(do (var it ");
      calls_put(calls_values[k]);
      calls_put(") ");
      calls_put(forms[i][0]);
      calls_put("it");
      calls_put(forms[i][1]);
      calls_put(")");
      calls_next();
    }
    calls_run(forms[i][0]);
  }
}

static int open_all(void **state) {
  (void)state;
  calls_open();
  return 0;
}

static int close_all(void **state) {
  (void)state;
  calls_close();
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_numbers_of_arguments),
      cmocka_unit_test(test_combinations),
      cmocka_unit_test(test_keywords),
      cmocka_unit_test(test_functions_as_values),
      cmocka_unit_test(test_methods_on_any_value),
      cmocka_unit_test(test_forms),
  };
  return cmocka_run_group_tests(tests, open_all, close_all);
}
