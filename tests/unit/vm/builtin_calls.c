/*
 * builtin_calls.c - lists of calls, written as scripts and run on a loop.
 */
#include "vm/builtin_calls.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gene.h"
#include "gene_io.h"

#define FUEL      150000u
#define MEMORY    ((size_t)4 << 20)
#define CALLS_MAX 4096u
#define SCRIPT_MAX \
  100u /* calls of one script: it is compiled anew after a cut */
#define TEXT_MAX    ((size_t)1 << 19)
#define MARK        '\1'
#define LONGEST_FEW 40u /* waits of one script for a file operation */

static struct {
  uv_loop_t loop;
  gene_core_t *core;
  uint64_t fuel;
  size_t memory;
  const char *setup, *function;
  char text[TEXT_MAX]; /* the calls, each NUL-terminated */
  size_t text_len;
  size_t call[CALLS_MAX + 1]; /* where each begins */
  size_t calls;
  char source[2 * TEXT_MAX];
  size_t source_len;
  size_t begun; /* calls of the running script */
  unsigned runs;
  bool with_process; /* `proc` is a process that has ended or soon will */
} all;

static const char prelude[] =
    "(var cyclic [1]) (cyclic .add cyclic)\n"
    "(var deep [])(for i in (1 .. 700) (deep = [deep]))\n"
    "(var tangle {}) (tangle .set \"me\" tangle)\n"
    "(var knot {{}}) (knot .set 1 knot)\n"
    "(var long (\"a\\u00e9\" .repeat 3000))\n"
    "(var frozen (freeze {^a [1]})) (var stiff (freeze [3 1 [2]]))\n"
    "(var give (fn [v...] v))\n"
    "(var boom (fn [v...] (throw \"no\")))\n"
    "(var endless (range -9223372036854775808 9223372036854775807))\n"
    "(class Plain (ctor [] nil))\n"
    "(class Odd (ctor [] nil) (method hash [] \"x\") (method to_s [] 7)"
    " (method \"==\" [o] (throw \"no\")))\n"
    "(var plain (new Plain)) (var odd (new Odd))\n"
    "(fn items* [] (yield 1) (yield plain))\n"
    "(var future (new gene/Future)) (var err (new Exception \"e\"))\n";

/* clang-format off */
const char *const calls_values[] = {
    "nil", "void", "true", "-1", "0", "3", "9223372036854775807",
    "-9223372036854775808", "1.5", "1e308", "math/NAN", "math/INF", "\"\"",
    "\"\\u00e9\"", "\"a\\u{0}b\"", "long", "`sym", "`a/b", "'c'", "[]",
    "[1 \"a\" nil]", "cyclic", "deep", "#[1 2]", "stiff", "{}", "{^a 1}",
    "tangle", "knot", "frozen", "{{1 2}}", "(new HashSet 1)", "`(f ^a 1 2)",
    "(1 .. 3)", "endless", "0#00ff", "give", "boom", "println", "Int", "plain",
    "odd", "not_found", "future", "err", "(items*)", "(@ a)", "math",
    "2031-01-01", "#/(a+)+$/", NULL};
/* clang-format on */
const size_t calls_values_len = sizeof calls_values / sizeof *calls_values - 1;

static const struct {
  int id;
  const char *receivers[7];
} receivers[] = {
    {GN_C_OBJECT, {"deep", "odd", "1", "cyclic", "endless", "frozen"}},
    {GN_C_NIL, {"nil"}},
    {GN_C_VOID, {"void"}},
    {GN_C_INT, {"5", "-9223372036854775808", "9223372036854775807"}},
    {GN_C_FLOAT, {"2.5", "math/NAN", "1e300", "-0.0"}},
    {GN_C_STRING, {"\"b\\u00e9b\"", "long", "\"\""}},
    {GN_C_CHAR, {"'c'"}},
    {GN_C_SYMBOL, {"`sym"}},
    {GN_C_CSYMBOL, {"`a/b"}},
    {GN_C_ARRAY,
     {"[3 1 2]", "[odd plain nil]", "[]", "cyclic", "stiff", "deep"}},
    {GN_C_MAP, {"{^a 1 ^b 2}", "tangle", "{}", "frozen", "#{^a 1}"}},
    {GN_C_HASHMAP, {"{{1 2 \"a\" [1]}}", "knot", "{{}}", "#{{1 2}}"}},
    {GN_C_HASHSET, {"(new HashSet 1 \"a\" [2])", "(new HashSet)"}},
    {GN_C_GENE, {"`(f ^a 1 2 3)", "`()", "#(`f 1)", "(freeze `(f [1]))"}},
    {GN_C_RANGE, {"(1 .. 3)", "endless", "(3 .. 1)"}},
    {GN_C_BYTES, {"0#00ff"}},
    {GN_C_FUNCTION, {"give", "println", "(partial give 1)", "(compose give)"}},
    {GN_C_CLASS, {"Int", "Plain"}},
    {GN_C_NAMESPACE, {"math"}},
    {GN_C_FUTURE, {"future", "(async 1)"}},
    {GN_C_GENERATOR, {"(items*)"}},
    {GN_C_SELECTOR, {"(@ a 0)"}},
    {GN_C_EXCEPTION, {"err"}},
    {GN_C_REGEX, {"#/(a|b)+/", "#/(?<n>e)?/i", "#/((a|e)*)*$/"}},
    {GN_C_MATCH, {"(\"abc\" .match #/(b)(x)?/)"}},
    {GN_C_DATE, {"2031-04-09", "9999-12-31", "1000-01-01"}},
    {GN_C_DATETIME, {"2031-04-09T08:30", "9999-12-31T23:59:59.5-23:59[A/B]"}},
    {GN_C_TIME, {"10:11:12"}},
    {GN_C_FILE, {"(new File \"none\")"}},
    {GN_C_ARRAY_ITERATOR, {"([1] .iter)"}},
    {GN_C_MAP_ITERATOR, {"({^a 1} .iter)"}},
    {GN_C_RANGE_ITERATOR, {"(endless .iter)"}},
    {GN_C_PROCESS, {"proc"}},
};

const char *const *calls_receivers(int class_id) {
  for (size_t i = 0; i < sizeof receivers / sizeof *receivers; i++)
    if (receivers[i].id == class_id)
      return receivers[i].receivers;
  return NULL;
}

/* ---- the core ---- */

void calls_open(void) {
  signal(SIGPIPE, SIG_IGN); /* as every host does: a process may have ended */
  assert_int_equal(uv_loop_init(&all.loop), 0);
  all.core = gene_core_create(NULL);
  assert_non_null(all.core);
  assert_int_equal(gene_io_attach(all.core, &all.loop, NULL), 0);
  calls_budget(0, 0);
}

void calls_close(void) {
  while (gene_io_in_flight(all.core) > 0)
    uv_run(&all.loop, UV_RUN_ONCE);
  while (gene_core_tidy(all.core))
    continue;
  gene_core_stats_t stats;
  gene_core_stats(all.core, &stats);
  assert_int_equal(stats.live_contexts, 0);
  assert_int_equal(stats.context_bytes, 0);
  gene_io_detach(all.core);
  gene_core_destroy(all.core);
  uv_run(&all.loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&all.loop), 0);
}

void calls_budget(uint64_t fuel, size_t memory) {
  all.fuel = fuel ? fuel : FUEL;
  all.memory = memory ? memory : MEMORY;
}

/* ---- lists ---- */

void calls_begin(const char *setup, const char *function) {
  all.setup = setup;
  all.function = function;
  all.calls = all.text_len = 0;
  all.call[0] = 0;
}

void calls_put(const char *text) {
  size_t n = strlen(text);
  assert_true(all.text_len + n < TEXT_MAX);
  memcpy(all.text + all.text_len, text, n + 1);
  all.text_len += n;
}

void calls_next(void) {
  assert_true(all.calls < CALLS_MAX && all.text_len + 1 < TEXT_MAX);
  all.call[++all.calls] = ++all.text_len;
}

static void write_text(const char *text) {
  size_t n = strlen(text);
  assert_true(all.source_len + n < sizeof all.source);
  memcpy(all.source + all.source_len, text, n + 1);
  all.source_len += n;
}

static void write_script(size_t from, size_t to) {
  all.source_len = 0;
  write_text(prelude);
  if (all.with_process)
    write_text("(var proc (system/Process/start \"true\"))\n");
  if (all.setup != NULL)
    write_text(all.setup);
  if (all.function != NULL) {
    write_text("(var f ");
    write_text(all.function);
    write_text(")\n");
  }
  for (size_t i = from; i < to; i++) {
    write_text("(print \"\1\") (try ");
    write_text(all.text + all.call[i]);
    write_text(" catch * nil)\n");
  }
}

/* ---- running ---- */

static void note_output(void *data, gene_context_t *context, gene_text_t text,
                        bool to_stderr) {
  (void)data, (void)context, (void)to_stderr;
  if (text.len == 1 && text.ptr[0] == MARK)
    all.begun++;
}

static gene_context_t *start(const char *about) {
  gene_program_t *program;
  gene_compile_error_t err;
  if (gene_program_load(all.core, all.source, all.source_len, &program, &err))
    fail_msg("%s: the calls do not compile: %s at %s", about, err.message,
             err.source_line);
  gene_context_options_t options = {
      .limits = {.fuel = all.fuel, .memory_bytes = all.memory},
      .host = {.on_output = note_output},
      .root_folder = all.with_process ? "/" : NULL,
      .capabilities = all.with_process ? GENE_CAP_PROCESS : 0,
      .seed = 1,
      .has_seed = true};
  gene_context_t *context = gene_context_create(all.core, program, &options);
  assert_non_null(context);
  gene_program_release(program);
  return context;
}

/* Runs until it is done, or waits for what will not come soon. */
static enum gene_run_status run_slices(gene_context_t *context) {
  static const uint64_t sizes[] = {20000, 313, 4099, 7, 65537, 20011, 997};
  uint64_t slice = sizes[all.runs++ % (sizeof sizes / sizeof *sizes)];
  if (slice < all.fuel / FUEL)
    slice *= all.fuel / FUEL;
  uint64_t left = 2 * (all.fuel / slice) + 50;
  unsigned waits = 0;
  enum gene_run_status status = GENE_RUN_MORE;
  while (status != GENE_RUN_DONE && left-- > 0) {
    status = gene_context_run(context, slice);
    if (status != GENE_RUN_WAITING)
      continue;
    if (gene_io_in_flight(all.core) == 0 || waits++ > LONGEST_FEW)
      break;
    uv_run(&all.loop, UV_RUN_ONCE);
  }
  return status;
}

/* True: all calls were made. */
static bool run_script(const char *about) {
  all.begun = 0;
  gene_context_t *context = start(about);
  enum gene_run_status status = run_slices(context);
  if (status == GENE_RUN_MORE)
    fail_msg("%s: goes on beyond its fuel", about);
  gene_result_t result;
  gene_context_result(context, &result);
  if (result.status == GENE_FAILURE)
    assert_non_null(result.error);
  bool ended = status == GENE_RUN_DONE && result.status == GENE_SUCCESS &&
               !result.exited;
  gene_context_destroy(context);
  uv_run(&all.loop, UV_RUN_NOWAIT);
  return ended;
}

void calls_run(const char *about) {
  for (size_t from = 0; from < all.calls;) {
    size_t to = from + SCRIPT_MAX < all.calls ? from + SCRIPT_MAX : all.calls;
    write_script(from, to);
    bool ended = run_script(about);
    if (ended)
      assert_int_equal(all.begun, to - from);
    /* The one that was cut gets a budget of its own unless it had one. */
    if (ended)
      from = to;
    else
      from += all.begun > 1 ? all.begun - 1 : 1;
  }
}

/* ---- rows ---- */

void calls_head(const gn_native_def *row, const char *receiver) {
  calls_put("(");
  calls_put(receiver != NULL ? receiver : row->name);
  if (receiver != NULL) {
    calls_put(" .");
    calls_put(row->name);
  }
}

/* A second name of a function that was seen already. */
static bool is_alias(const gn_native_def *rows, const gn_native_def *row) {
  for (; rows < row; rows++)
    if (rows->fn == row->fn && rows->max == row->max)
      return true;
  return false;
}

static void each_receiver(int class_id, const gn_native_def *row, size_t most,
                          void (*visit)(const gn_native_def *row,
                                        const char *receiver)) {
  if (strcmp(row->name, "ctor") == 0)
    return;
  const char *const *list = calls_receivers(class_id);
  if (list == NULL)
    fail_msg("no receivers for .%s of class %d", row->name, class_id);
  all.with_process = class_id == GN_C_PROCESS;
  for (size_t i = 0; list[i] != NULL && i < most; i++)
    visit(row, list[i]);
  all.with_process = false;
}

void calls_each_row(size_t most, void (*visit)(const gn_native_def *row,
                                               const char *receiver)) {
  for (const gn_builtin_table *t = gn_builtin_tables; t->rows; t++)
    for (const gn_native_def *row = t->rows; row->name; row++) {
      if (is_alias(t->rows, row))
        continue;
      if (t->class_id >= 0)
        each_receiver(t->class_id, row, most, visit);
      else
        visit(row, NULL);
    }
}
