/*
 * test_printer.c - the printed forms of values in the four modes; cycles,
 * depth, slices, collections in between, a to_s answered by the test.
 */
#include "context_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "run/native_args.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static context_fixture *fix;
static gn_value answer; /* what each to_s gives */
static unsigned asked, yields;

/* Prints to the end; the text, or NULL when it threw. */
static const char *print(gn_value v, enum gn_print_mode mode, size_t *len) {
  fix->machine = GN_NIL;
  fix->call = (gn_call){.state = 0};
  fix->keep[0] = v;
  asked = yields = 0;
  context_fixture_slice(fix);
  for (;;) {
    int status = gn_print_run(fix->ctx, &fix->call, &fix->machine, v, mode);
    if (status == GN_OK)
      break;
    assert_true(status == GN_THROW || fix->call.state != 0);
    if (status == GN_THROW)
      return NULL;
    if (status == GN_CALL) {
      asked++;
      assert_int_equal(fix->call.nargs, 1);
      fix->call.result = answer == GN_NONE ? fix->call.args[0] : answer;
      continue;
    }
    assert_int_equal(status, GN_YIELD);
    yields++;
    context_fixture_pause(fix);
  }
  gn_builder *b = gn_print_builder(fix->ctx, &fix->machine);
  gn_value s = gn_builder_string(b);
  assert_true(s != GN_NONE);
  fix->keep[1] = s;
  return gn_text(s, len);
}

static void expect_text(gn_value v, enum gn_print_mode mode,
                        const char *wanted) {
  size_t len;
  const char *text = print(v, mode, &len);
  assert_non_null(text);
  if (len != strlen(wanted) || memcmp(text, wanted, len) != 0)
    fail_msg("gives %.*s, wanted %s", (int)len, text, wanted);
}

typedef struct row {
  const char *source, *display, *string, *quoted, *inspect;
} row;

static void expect_row(const row *r) {
  const char *const wanted[] = {r->display, r->string, r->quoted, r->inspect};
  for (int mode = GN_DISPLAY; mode <= GN_INSPECT; mode++)
    expect_text(context_fixture_read(fix, r->source), (enum gn_print_mode)mode,
                wanted[mode]);
}

#define SAME(source, text) \
  { source, text, text, text, text }

static const row rows[] = {
    SAME("nil", "nil"),
    SAME("void", "void"),
    SAME("true", "true"),
    SAME("-12", "-12"),
    SAME("9223372036854775807", "9223372036854775807"),
    SAME("1.0", "1.0"),
    SAME("1e300", "1e+300"),
    {"1e999", "inf", "inf", "inf", "1e999"},
    {"-1e999", "-inf", "-inf", "-inf", "-1e999"},
    {"\"a\\n\\\"\"", "a\n\"", "a\n\"", "\"a\n\"\"", "\"a\\n\\\"\""},
    {"'c'", "c", "c", "'c'", "'c'"},
    {"'\\''", "'", "'", "'''", "'\\''"},
    SAME("sym", "sym"),
    {"a\\ b", "a b", "a b", "a b", "a\\ b"},
    {"\\nil", "nil", "nil", "nil", "\\nil"},
    {"(f \\^a 1)", "(f ^a 1)", "(f ^a 1)", "(f ^a 1)", "(f \\^a 1)"},
    {"\\#x", "#x", "#x", "#x", "\\#x"},
    {"\\-1", "-1", "-1", "-1", "\\-1"},
    SAME("/=", "/="),
    SAME("%=", "%="),
    SAME("a/0/b", "a/0/b"),
    SAME("/x", "/x"),
    {"a/b\\/c", "a/b/c", "a/b/c", "a/b/c", "a/b\\/c"},
    SAME("a/<b/<\"k\">>/.<(m 1)>/x", "a/<b/<\"k\">>/.<(m 1)>/x"),
    {"[1 \"u\" 'c' [x]]", "[1 u c [x]]", "[1 \"u\" 'c' [x]]",
     "[1 \"u\" 'c' [x]]", "[1 \"u\" 'c' [x]]"},
    SAME("[]", "[]"),
    SAME("{}", "{}"),
    SAME("{{}}", "{{}}"),
    {"{^a \"s\" ^b {^c 'd'}}", "{^a s ^b {^c d}}", "{^a \"s\" ^b {^c 'd'}}",
     "{^a \"s\" ^b {^c 'd'}}", "{^a \"s\" ^b {^c 'd'}}"},
    {"{{1 \"s\" \"k\" [2]}}", "{{1 s k [2]}}", "{{1 \"s\" \"k\" [2]}}",
     "{{1 \"s\" \"k\" [2]}}", "{{1 \"s\" \"k\" [2]}}"},
    {"#[1 \"s\"]", "#[1 s]", "#[1 \"s\"]", "#[1 \"s\"]", "#[1 \"s\"]"},
    SAME("#{^a 1}", "#{^a 1}"),
    SAME("#(f ^a \"s\" 'c')", "#(f ^a \"s\" 'c')"),
    SAME("()", "(nil)"),
    SAME("(call 1 2.0 \"s\" 'c' nil true sym a/b)",
         "(call 1 2.0 \"s\" 'c' nil true sym a/b)"),
    SAME("(f x ^k \"v\" ^n [1 \"t\"] (g ^p \"q\"))",
         "(f ^k \"v\" ^n [1 \"t\"] x (g ^p \"q\"))"),
    SAME("(a b; c ^k 1)", "((a b) ^k 1 c)"),
    SAME("(f {{1 x}} ^h #{{}})", "(f ^h #{{}} {{1 x}})"),
    {"[(row \"v\" ^k [\"w\"]) \"x\"]", "[(row ^k [\"w\"] \"v\") x]",
     "[(row ^k [\"w\"] \"v\") \"x\"]", "[(row ^k [\"w\"] \"v\") \"x\"]",
     "[(row ^k [\"w\"] \"v\") \"x\"]"},
    {"`twice", "twice", "twice", "twice", "`twice"},
    {"(a `b %c %_d %\"s\")", "(a b %c %_d %\"s\")", "(a b %c %_d %\"s\")",
     "(a b %c %_d %\"s\")", "(a `b %c %_d %\"s\")"},
    {"#\"a#{b + 1}\\n\\#{c}\"", "#\"a#{(b + 1)}\n#{c}\"",
     "#\"a#{(b + 1)}\n#{c}\"", "#\"a#{(b + 1)}\n#{c}\"",
     "#\"a#{(b + 1)}\\n\\#{c}\""},
    {"(#\"#{}a#{}b\" #\"#{}\")", "(#\"ab\" #\"\")", "(#\"ab\" #\"\")",
     "(#\"ab\" #\"\")", "(#\"a#{}b\" #\"#{}\")"},
    SAME("(f n/[a b] [m/[c] [d]] n/x [e])", "(f n/[a b] [m/[c] [d]] n/x [e])"),
    SAME("{^... a ^b 1 ^... c}", "{^... a ^b 1 ^... c}"),
    {"{^a\\ b 1 ^\\!c 2}", "{^a b 1 ^!c 2}", "{^a b 1 ^!c 2}", "{^a b 1 ^!c 2}",
     "{^a\\ b 1 ^\\!c 2}"},
    SAME("#/a\\/b\\d/x\\/y/im", "#/a\\/b\\d/x\\/y/im"),
    SAME("2024-02-29", "2024-02-29"),
    SAME("08:30", "08:30"),
    SAME("2031-01-01T08:30Z", "2031-01-01T08:30:00Z"),
    SAME("0#0aFF", "0#0aff"),
    {"\"\\u0001\\u007f\\t\\\\\"", "\x01\x7f\t\\", "\x01\x7f\t\\",
     "\"\x01\x7f\t\\\"", "\"\\u0001\\u007f\\t\\\\\""},
};

static void forms(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++)
    expect_row(&rows[i]);
}

/* What inspect gives reads back as the same form. */
static void reads_back(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    char again[512];
    size_t len;
    const char *text =
        print(context_fixture_read(fix, rows[i].source), GN_INSPECT, &len);
    assert_non_null(text);
    assert_in_range(len, 1, sizeof again - 1);
    memcpy(again, text, len);
    again[len] = '\0';
    expect_text(context_fixture_read(fix, again), GN_INSPECT, again);
  }
}

static void one_unit_slices(void **state) {
  (void)state;
  fix->slice = 1;
  fix->collect = true;
  for (size_t i = 0; i < COUNT(rows); i++)
    expect_row(&rows[i]);
  fix->slice = 1000000;
  fix->collect = false;
}

static void constants(void **state) {
  (void)state;
  expect_text(GN_PLACEHOLDER, GN_DISPLAY, "_");
  expect_text(GN_NOT_FOUND, GN_DISPLAY, "not_found");
  gn_range *r = gn_alloc(&fix->ctx->heap, GN_T_RANGE, sizeof *r);
  assert_non_null(r);
  r->start = 1;
  r->end = 9;
  r->step = 2;
  expect_text(gn_from_obj(r), GN_DISPLAY, "1..9");
  r->h.aux = GN_RANGE_STEP;
  expect_text(gn_from_obj(r), GN_DISPLAY, "1..9 step 2");
  gn_dict *set = gn_dict_new(&fix->ctx->heap, GN_T_HASHSET, 0);
  assert_non_null(set);
  expect_text(gn_from_obj(set), GN_DISPLAY, "(HashSet)");
  assert_true(gn_dict_append(&fix->ctx->heap, set, gn_from_fix(1), GN_NIL, 3));
  assert_true(gn_dict_append(&fix->ctx->heap, set,
                             gn_string_c(&fix->ctx->heap, "a"), GN_NIL, 4));
  expect_text(gn_from_obj(set), GN_DISPLAY, "(HashSet 1 a)");
  expect_text(gn_from_obj(set), GN_STRING, "(HashSet 1 \"a\")");
}

/* ---- cycles and depth ---- */

static void cycles(void **state) {
  (void)state;
  gn_heap *heap = &fix->ctx->heap;
  gn_value a = context_fixture_read(fix, "[1 {^k (g)}]");
  gn_value map = gn_arr(a)->items[1];
  gn_value gene =
      gn_map_get((gn_dict *)gn_as_obj(map), gn_symbol_new(heap, "k", 1));
  assert_true(gn_gene_add(heap, gn_gen(gene), a));
  assert_true(gn_gene_add(heap, gn_gen(gene), gene));
  expect_text(a, GN_DISPLAY, "[1 {^k (g ... ...)}]");
  expect_text(gene, GN_DISPLAY, "(g [1 {^k ...}] ...)");
  gn_array *twice = gn_array_from(heap, (gn_value[]){map, map}, 2);
  assert_non_null(twice);
  expect_text(gn_from_obj(twice), GN_DISPLAY,
              "[{^k (g [1 ...] ...)} {^k (g [1 ...] ...)}]");
}

/* depth arrays in one another; the innermost holds v if it isn't GN_NONE. */
static gn_value nested(size_t depth, gn_value v, gn_array **innermost) {
  gn_heap *heap = &fix->ctx->heap;
  for (size_t i = 0; i < depth; i++) {
    gn_array *a = gn_array_new(heap, 0);
    assert_non_null(a);
    if (i == 0 && innermost != NULL)
      *innermost = a;
    if (v != GN_NONE)
      assert_true(gn_array_push(heap, a, v));
    v = gn_from_obj(a);
  }
  return v;
}

static void deep(void **state) {
  (void)state;
  size_t len;
  gn_array *bottom;
  gn_value v = nested(100000, GN_NONE, NULL);
  const char *text = print(v, GN_DISPLAY, &len);
  assert_non_null(text);
  assert_int_equal(len, 200000);
  v = nested(100001, GN_NONE, NULL);
  assert_null(print(v, GN_DISPLAY, &len));
  gn_value message = gn_print_quick(fix->ctx, fix->ctx->thrown, GN_DISPLAY);
  assert_true(gn_text_is(message, "Nesting too deep"));
  /* A long cycle is found too. */
  v = nested(50000, GN_NONE, &bottom);
  assert_true(gn_array_push(&fix->ctx->heap, bottom, v));
  text = print(v, GN_DISPLAY, &len);
  assert_non_null(text);
  assert_int_equal(len, 100000 + 3);
  assert_true(gn_print_quick(fix->ctx, v, GN_DISPLAY) == GN_NONE);
}

static void long_array(void **state) {
  (void)state;
  gn_array *a = gn_array_new(&fix->ctx->heap, 0);
  assert_non_null(a);
  for (int i = 0; i < 100000; i++)
    assert_true(gn_array_push(&fix->ctx->heap, a, gn_from_fix(7)));
  size_t len;
  fix->slice = 1000;
  fix->collect = true;
  assert_non_null(print(gn_from_obj(a), GN_DISPLAY, &len));
  assert_int_equal(len, 200001);
  assert_in_range(yields, 50, 1000);
  fix->slice = 1000000;
  fix->collect = false;
}

/* ---- instances ---- */

static void instances(void **state) {
  (void)state;
  gn_heap *heap = &fix->ctx->heap;
  gn_value fields[] = {gn_from_fix(1), gn_string_c(heap, "s")};
  gn_value v = context_fixture_instance(fix, "Spot", "", GN_NONE, fields, 2);
  expect_text(v, GN_DISPLAY, "<Spot ^a 1 ^b \"s\">");
  expect_text(v, GN_INSPECT, "<Spot ^a 1 ^b \"s\">");
  gn_value key = gn_symbol_new(heap, "b", 1);
  assert_int_equal(
      gn_instance_set(fix->ctx, (gn_instance *)gn_as_obj(v), key, v), GN_OK);
  expect_text(v, GN_DISPLAY, "<Spot ^a 1 ^b <Spot ...>>");
  gn_value many[20];
  for (size_t i = 0; i < COUNT(many); i++)
    many[i] = gn_from_fix((int64_t)i % 10);
  v = context_fixture_instance(fix, "Many", "", GN_NONE, many, COUNT(many));
  expect_text(v, GN_DISPLAY,
              "<Many ^a 0 ^b 1 ^c 2 ^d 3 ^e 4 ^f 5 ^g 6 ^h 7 ^i 8 ^j 9 "
              "^k 0 ^l 1 ^m 2 ^n 3 ^o 4 ^p 5 ^q 6 ^r 7 ^s 8 ^t 9>");
  v = context_fixture_instance(fix, "None", "", GN_NONE, NULL, 0);
  expect_text(v, GN_DISPLAY, "<None>");
}

/* Things that can't be written down. */
static void opaque(void **state) {
  (void)state;
  gn_heap *heap = &fix->ctx->heap;
  static const gn_native_def def = {.name = "len"};
  gn_native_fn *native = gn_alloc(heap, GN_T_NATIVE, sizeof *native);
  gn_closure *closure = gn_alloc(heap, GN_T_CLOSURE, sizeof *closure);
  gn_proto named = {.name = gn_symbol_new(heap, "area", 4)};
  gn_proto anonymous = {.name = GN_NIL};
  gn_class *cls = gn_class_new(fix->ctx, gn_string_c(heap, "Box"), NULL);
  assert_true(native != NULL && closure != NULL && cls != NULL);
  native->def = &def;
  gn_obj header = closure->h;
  *closure = (gn_closure){.h = header, .proto = &named};
  expect_text(gn_from_obj(native), GN_DISPLAY, "<native len>");
  expect_text(gn_from_obj(closure), GN_INSPECT, "<fn area>");
  closure->proto = &anonymous;
  expect_text(gn_from_obj(closure), GN_DISPLAY, "<fn>");
  expect_text(gn_from_obj(cls), GN_QUOTED, "Box");
}

static void user_to_s(void **state) {
  (void)state;
  gn_heap *heap = &fix->ctx->heap;
  gn_value method = gn_from_obj(gn_array_new(heap, 0));
  gn_value one = gn_from_fix(1);
  gn_value v = context_fixture_instance(fix, "Tag", "to_s", method, &one, 1);
  fix->keep[2] = answer = gn_string_c(heap, "tag:7");
  fix->keep[3] = v;
  expect_text(v, GN_DISPLAY, "tag:7");
  gn_array *a = gn_array_from(heap, (gn_value[]){v, v}, 2);
  assert_non_null(a);
  expect_text(gn_from_obj(a), GN_DISPLAY, "[tag:7 tag:7]");
  expect_text(gn_from_obj(a), GN_INSPECT, "[tag:7 tag:7]");
  assert_int_equal(asked, 2);
  gn_value gene = context_fixture_read(fix, "(g)");
  assert_true(gn_gene_add(heap, gn_gen(gene), v));
  expect_text(gene, GN_DISPLAY, "(g tag:7)");
  assert_true(gn_print_quick(fix->ctx, gene, GN_DISPLAY) == GN_NONE);
  answer = GN_NONE; /* to_s gives self */
  expect_text(v, GN_DISPLAY, "<Tag ^a 1>");
  answer = gn_from_fix(5);
  expect_text(v, GN_DISPLAY, "5");
  answer = context_fixture_read(fix, "[\"x\"]");
  expect_text(v, GN_DISPLAY, "[\"x\"]");
  answer = GN_NIL;
}

static void appends(void **state) {
  (void)state;
  fix->machine = GN_NIL;
  fix->call = (gn_call){.state = 0};
  context_fixture_slice(fix);
  gn_value v = context_fixture_read(fix, "[1 a]");
  for (int i = 0; i < 2; i++) {
    assert_int_equal(
        gn_print_run(fix->ctx, &fix->call, &fix->machine, v, GN_DISPLAY),
        GN_OK);
    assert_true(gn_put(gn_print_builder(fix->ctx, &fix->machine), " ", 1));
  }
  gn_value s = gn_builder_string(gn_print_builder(fix->ctx, &fix->machine));
  assert_true(gn_text_is(s, "[1 a] [1 a] "));
}

static void out_of_memory(void **state) {
  (void)state;
  gn_value v = context_fixture_read(fix, "[[[(a ^b \"text\")]] {^k v}]");
  bool done = false;
  for (uint64_t n = 1; !done; n++) {
    fix->call = (gn_call){.state = 0};
    fix->machine = GN_NIL;
    context_fixture_slice(fix);
    assert_true(gn_put_text(fix->ctx, &fix->machine, "so far ", 7));
    gn_heap_fail_nth(&fix->ctx->heap, n);
    int status =
        gn_print_run(fix->ctx, &fix->call, &fix->machine, v, GN_DISPLAY);
    done = status == GN_OK;
    assert_true(done || status == GN_THROW);
    assert_true(n < 100);
    gn_heap_fail_nth(&fix->ctx->heap, 0);
    if (!done) /* what stood before is still there, and it is printed once */
      assert_int_equal(
          gn_print_run(fix->ctx, &fix->call, &fix->machine, v, GN_DISPLAY),
          GN_OK);
    gn_value s = gn_builder_string(gn_print_builder(fix->ctx, &fix->machine));
    assert_true(gn_text_is(s, "so far [[[(a ^b \"text\")]] {^k v}]"));
  }
}

static void quick(void **state) {
  (void)state;
  gn_ctx *ctx = fix->ctx;
  gn_value v = context_fixture_read(fix, "[1 \"b\"]");
  assert_true(gn_text_is(gn_print_quick(ctx, v, GN_STRING), "[1 \"b\"]"));
  assert_true(gn_text_is(gn_print_quick(ctx, GN_NIL, GN_STRING), "nil"));
  v = gn_string_c(&ctx->heap, "s");
  assert_true(gn_print_quick(ctx, v, GN_DISPLAY) == v);
  assert_true(gn_text_is(gn_print_quick(ctx, v, GN_QUOTED), "\"s\""));
}

static int open(void **state) {
  (void)state;
  static context_fixture f;
  fix = &f;
  context_fixture_open(fix);
  answer = GN_NIL;
  return 0;
}

static int close(void **state) {
  (void)state;
  gn_heap_validate(&fix->ctx->heap);
  context_fixture_close(fix);
  return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open, close)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(forms),      TEST(reads_back), TEST(one_unit_slices),
      TEST(constants),  TEST(cycles),     TEST(deep),
      TEST(long_array), TEST(instances),  TEST(opaque),
      TEST(user_to_s),  TEST(appends),    TEST(out_of_memory),
      TEST(quick),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
