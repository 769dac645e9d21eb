/*
 * test_builtin_args.c - every row of the builtin tables is called with too
 * few, too many and unfit arguments: a result or a Gene error each time, never
 * a crash and never an endless call. Each row has what a reference page needs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "gene.h"
#include "lib/tables.h"

#define FUEL   60000u
#define MEMORY ((size_t)4 << 20)
#define SLICE  20000u
#define SLICES 50u /* far more than FUEL has */

static gene_core_t *core;
static char source[1 << 20];
static size_t source_len;

static const char prelude[] =
    "(var cyclic [1]) (cyclic .add cyclic)\n"
    "(var deep [])(for i in (1 .. 700) (deep = [deep]))\n"
    "(var tangle {}) (tangle .set \"me\" tangle)\n"
    "(var long (\"a\\u00e9\" .repeat 3000))\n"
    "(var frozen (freeze {^a [1]}))\n"
    "(var give (fn [v...] v))\n"
    "(var boom (fn [v...] (throw \"no\")))\n"
    "(var endless (range -9223372036854775808 9223372036854775807))\n"
    "(class Plain (ctor [] nil))\n"
    "(class Odd (ctor [] nil) (method hash [] \"x\") (method to_s [] 7)"
    " (method \"==\" [o] (throw \"no\")))\n"
    "(var plain (new Plain)) (var odd (new Odd))\n"
    "(var future (new gene/Future))\n";

/* clang-format off */
static const char *const values[] = {
    "nil", "void", "true", "-1", "0", "3", "9223372036854775807",
    "-9223372036854775808", "1.5", "math/NAN", "math/INF", "\"\"",
    "\"\\u00e9\"", "long", "`sym", "`a/b", "'c'", "[]", "[1 \"a\" nil]",
    "cyclic", "deep", "#[1 2]", "{}", "{^a 1}", "tangle", "frozen", "{{1 2}}",
    "(new HashSet 1)", "`(f ^a 1 2)", "(1 .. 3)", "endless", "0#00ff", "give",
    "boom", "Int", "plain", "odd", "not_found", "future", "2031-01-01"};
/* clang-format on */
#define VALUES (sizeof values / sizeof *values)

/* What a method of a class is called on. */
static const struct {
  int id;
  const char *receivers[6];
} receivers[] = {
    {GN_C_OBJECT, {"1", "deep", "cyclic", "odd", "endless", "frozen"}},
    {GN_C_NIL, {"nil"}},
    {GN_C_VOID, {"void"}},
    {GN_C_INT, {"5", "-9223372036854775808"}},
    {GN_C_FLOAT, {"2.5", "math/NAN", "1e300"}},
    {GN_C_STRING, {"\"\"", "\"b\\u00e9b\"", "long"}},
    {GN_C_CHAR, {"'c'"}},
    {GN_C_SYMBOL, {"`sym"}},
    {GN_C_ARRAY,
     {"[]", "[3 1 2]", "cyclic", "[odd plain nil]", "#[1]", "deep"}},
    {GN_C_MAP, {"{}", "{^a 1 ^b 2}", "tangle", "frozen"}},
    {GN_C_HASHMAP, {"{{}}", "{{1 2 \"a\" [1]}}", "#{{1 2}}"}},
    {GN_C_HASHSET, {"(new HashSet)", "(new HashSet 1 \"a\" [2])"}},
    {GN_C_GENE, {"`()", "`(f ^a 1 2 3)", "#(`f 1)"}},
    {GN_C_RANGE, {"(1 .. 3)", "(3 .. 1)", "endless"}},
    {GN_C_BYTES, {"0#00ff"}},
    {GN_C_DATE, {"2031-04-09", "9999-12-31", "1000-01-01"}},
    {GN_C_TIME, {"08:30", "23:59:59.999999-23:59[A/B]"}},
    {GN_C_DATETIME, {"2031-04-09T08:30", "9999-12-31T23:59:59.5-23:59[A/B]"}},
    {GN_C_FUNCTION, {"give", "println", "(partial give 1)", "(compose give)"}},
    {GN_C_CLASS, {"Int", "Plain"}},
    {GN_C_FUTURE, {"future"}},
    {GN_C_ARRAY_ITERATOR, {"([1] .iter)"}},
    {GN_C_MAP_ITERATOR, {"({^a 1} .iter)"}},
    {GN_C_RANGE_ITERATOR, {"(endless .iter)"}},
};

static void add(const char *text) {
  size_t n = strlen(text);
  assert_true(source_len + n < sizeof source);
  memcpy(source + source_len, text, n + 1);
  source_len += n;
}

/* ---- one script ---- */

enum outcome { ENDED, LIMITED, REJECTED };

/* Runs `source` to its end or to a limit. Each call writes a dot before it is
 * made; *begun gets their number. */
static enum outcome run(size_t *begun) {
  gene_program_t *program;
  gene_compile_error_t err;
  if (gene_program_load(core, source, source_len, &program, &err) != 0)
    return REJECTED;
  gene_context_options_t options = {
      .limits = {.fuel = FUEL, .memory_bytes = MEMORY},
      .seed = 1,
      .has_seed = true};
  gene_context_t *context = gene_context_create(core, program, &options);
  assert_non_null(context);
  enum gene_run_status status = GENE_RUN_MORE;
  for (unsigned i = 0; i < SLICES && status == GENE_RUN_MORE; i++)
    status = gene_context_run(context, SLICE);
  assert_int_not_equal(status, GENE_RUN_MORE);
  gene_result_t result;
  gene_context_result(context, &result);
  if (result.status == GENE_FAILURE)
    assert_non_null(result.error);
  *begun = (size_t)result.output_bytes;
  bool limited = status != GENE_RUN_DONE || result.status != GENE_SUCCESS;
  gene_context_destroy(context);
  gene_program_release(program);
  return limited ? LIMITED : ENDED;
}

/* ---- calls ---- */

typedef struct callee {
  const char *receiver; /* NULL: a function */
  const char *name;
} callee;

/* One call with n arguments: v each, but for argument `odd_one`, which is
 * `other`. */
static void add_call(const callee *c, unsigned n, const char *v,
                     unsigned odd_one, const char *other) {
  add("(print \".\") (try ");
  if (c->receiver) {
    add("(");
    add(c->receiver);
    add(" .");
    add(c->name);
    for (unsigned i = 0; i < n; i++) {
      add(" ");
      add(i == odd_one ? other : v);
    }
    add(")");
  } else {
    add("(apply f [");
    for (unsigned i = 0; i < n; i++) {
      add(i == odd_one ? other : v);
      add(" ");
    }
    add("])");
  }
  add(" catch * nil)\n");
}

static void begin(const callee *c) {
  source_len = 0;
  add(prelude);
  if (c->receiver)
    return;
  add("(var f ");
  add(c->name);
  add(")\n");
}

/* All calls of one shape in one script; when a limit ends it, the rest in
 * further ones. */
static enum outcome call_all(const callee *c, unsigned n, unsigned odd_one,
                             const char *other) {
  size_t from = 0, begun = 0;
  enum outcome all = ENDED;
  while (from < VALUES && all != REJECTED) {
    begin(c);
    for (size_t i = from; i < VALUES; i++)
      add_call(c, n, values[i], odd_one, other);
    all = run(&begun);
    /* The one that was cut gets a budget of its own unless it had one. */
    from = all == LIMITED ? from + (begun > 1 ? begun - 1 : 1) : VALUES;
  }
  return all;
}

static void call_row(const gn_native_def *row, const char *receiver) {
  callee c = {receiver, row->name};
  unsigned least = (unsigned)row->min;
  unsigned most = row->max < 0 ? least + 1 : (unsigned)row->max;
  for (unsigned n = least ? least - 1 : 0; n <= most + 1; n++) {
    if (call_all(&c, n, n, NULL) == REJECTED)
      fail_msg("%s: the calls do not compile", row->name);
    if (n < 2 || n < least || n > most)
      continue;
    call_all(&c, n, n - 1, "give");
    call_all(&c, n, 0, receiver ? "1" : "give");
  }
}

/* A second name of a function that was called already. */
static bool is_alias(const gn_native_def *rows, const gn_native_def *row) {
  for (; rows < row; rows++)
    if (rows->fn == row->fn && rows->max == row->max)
      return true;
  return false;
}

/* Those that wait for the world outside, and names that a plain script cannot
 * take as a value. */
static bool left_out(const char *name) {
  static const char *const starts[] = {"gene/io/", "gene/sleep", "sleep",
                                       "File/",    "Dir/",       "$",
                                       "new",      "read",       "write"};
  for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
    if (strncmp(name, starts[i], strlen(starts[i])) == 0)
      return true;
  return false;
}

static void call_table(const gn_builtin_table *table) {
  for (const gn_native_def *row = table->rows; row->name; row++) {
    if (left_out(row->name) || strcmp(row->name, "ctor") == 0 ||
        is_alias(table->rows, row))
      continue;
    if (table->class_id < 0)
      call_row(row, NULL);
    for (size_t i = 0; i < sizeof receivers / sizeof *receivers; i++)
      for (size_t k = 0; receivers[i].id == table->class_id && k < 6; k++)
        if (receivers[i].receivers[k])
          call_row(row, receivers[i].receivers[k]);
  }
}

static void test_any_arguments(void **state) {
  (void)state;
  core = gene_core_create(NULL);
  assert_non_null(core);
  for (const gn_builtin_table *t = gn_builtin_tables; t->rows; t++)
    call_table(t);
  gene_core_destroy(core);
}

/* ---- what the reference is made from ---- */

static void test_rows_are_documented(void **state) {
  (void)state;
  for (const gn_builtin_table *t = gn_builtin_tables; t->rows; t++)
    for (const gn_native_def *row = t->rows; row->name; row++) {
      assert_non_null(row->fn);
      assert_true(row->max < 0 || row->max >= row->min);
      bool ctor = strcmp(row->name, "ctor") == 0;
      if (!row->signature ||
          !strstr(row->signature, ctor ? "(new " : row->name))
        fail_msg("%s: its signature should show a call", row->name);
      size_t n = row->doc ? strlen(row->doc) : 0;
      if (n < 4 || row->doc[n - 1] != '.' || n > 100)
        fail_msg("%s: its line should be a short sentence", row->name);
      bool method = t->class_id >= 0;
      assert_int_equal((row->flags & GN_N_METHOD) != 0, method);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_rows_are_documented),
      cmocka_unit_test(test_any_arguments),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
