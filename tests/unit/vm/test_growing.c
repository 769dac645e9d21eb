/*
 * test_growing.c - nothing that grows holds the loop: large buffers grow where
 * they lie, a large dict's index moves in steps, text is read in slices, and
 * chains of futures cost the same for each link.
 */
#include <time.h>

#include "vm/fixture.h"

#include "vm/dump.h"
#include "vm/session.h"

#include "core/dict.h"
#include "syntax/reader.h"
#include "types/array.h"
#include "types/string.h"

enum { MANY = 200000 };

/* ---- buffers ---- */

static void an_array_grows_in_place(void **state) {
  (void)state;
  fixture f;
  fixture_open(&f, (size_t)64 << 20);
  gn_array *a = gn_array_new(&f.heap, 0);
  f.roots[0] = gn_from_obj(a);
  const gn_values *last = NULL; /* of the array once it is large */
  int moves = 0;
  for (int i = 0; i < 20 * MANY; i++) {
    assert_true(gn_array_push(&f.heap, a, gn_from_fix(i)));
    if (a->len > GN_ROOMY_MIN / sizeof(gn_value) && a->buf != last) {
      last = a->buf;
      moves++;
    }
  }
  assert_int_equal(moves, 1); /* the one that was first seen there */
  assert_true(f.heap.bytes < 2 * 20 * MANY * sizeof(gn_value) + GN_ROOMY_MIN);
  for (int i = 0; i < 20 * MANY; i++)
    assert_true(a->items[i] == gn_from_fix(i));
  gn_heap_collect(&f.heap);
  gn_heap_validate(&f.heap);
  f.roots[0] = GN_NONE;
  gn_heap_collect(&f.heap);
  gn_heap_validate(&f.heap);
  assert_true(f.heap.bytes < (size_t)4 << 20);
  fixture_close(&f);
}

static void a_buffer_stops_at_the_cap(void **state) {
  (void)state;
  fixture f;
  fixture_open(&f, (size_t)4 << 20);
  gn_blob *blob = gn_blob_grow(&f.heap, NULL, 0, (size_t)2 << 20);
  assert_non_null(blob);
  assert_true(gn_blob_extend(&f.heap, blob, (size_t)3 << 20));
  assert_true(blob->cap >= (uint32_t)3 << 20);
  assert_int_equal(blob->bytes[blob->cap - 1], 0);
  size_t held = f.heap.bytes;
  assert_false(gn_blob_extend(&f.heap, blob, (size_t)8 << 20));
  assert_int_equal(f.heap.bytes, held);
  gn_blob *small = gn_blob_new(&f.heap, 100);
  assert_false(gn_blob_extend(&f.heap, small, (size_t)1 << 19));
  gn_heap_validate(&f.heap);
  fixture_close(&f);
}

/* ---- a dict while its index moves ---- */

static uint32_t hash_of(const fixture *f, int key) {
  return gn_hash_word(f->heap.seed, (uint64_t)key);
}

static gn_entry *find(const fixture *f, const gn_dict *d, int key) {
  uint64_t probe = 0;
  gn_entry *e, *found = NULL;
  while ((e = gn_dict_probe(d, hash_of(f, key), &probe)) != NULL)
    if (e->key == gn_from_fix(key)) {
      assert_null(found); /* once, wherever it is */
      found = e;
    }
  return found;
}

static void add(fixture *f, gn_dict *d, bool *there, int key) {
  assert_null(find(f, d, key));
  assert_true(gn_dict_append(&f->heap, d, gn_from_fix(key), gn_from_fix(-key),
                             hash_of(f, key)));
  there[key] = true;
}

/* Looks for some keys, takes some out and puts some of these in again. */
static void disturb(fixture *f, gn_dict *d, bool *there, int n) {
  for (int i = 0; i < 4; i++) {
    int key = (int)fixture_random(f, (uint32_t)n);
    gn_entry *e = find(f, d, key);
    assert_int_equal(e != NULL, there[key]);
    if (e != NULL && i == 0) {
      gn_dict_remove(d, e);
      there[key] = false;
      assert_null(find(f, d, key));
    } else if (e == NULL && i == 1) {
      add(f, d, there, key);
    }
  }
}

static void an_index_moves_in_steps(void **state) {
  (void)state;
  static bool there[MANY];
  fixture f;
  fixture_open(&f, (size_t)256 << 20);
  gn_dict *d = gn_dict_new(&f.heap, GN_T_HASHMAP, 0);
  f.roots[0] = gn_from_obj(d);
  int moving = 0;
  for (int i = 0; i < MANY; i++) {
    add(&f, d, there, i);
    moving += d->old_buf != NULL;
    disturb(&f, d, there, i + 1);
    if (d->old_buf != NULL && i % 5000 == 0) {
      gn_entry *last = &d->entries[d->used - 1]; /* the end shrinks too */
      there[-gn_fix(last->value)] = false;
      gn_dict_remove(d, last);
      gn_heap_collect(&f.heap);
      gn_heap_validate(&f.heap);
    }
  }
  assert_true(moving > MANY / 20);
  uint32_t live = 0;
  for (int i = 0; i < MANY; i++) {
    assert_int_equal(find(&f, d, i) != NULL, there[i]);
    live += there[i];
  }
  assert_int_equal(d->live, live);
  fixture_close(&f);
}

/* ---- reading in steps ---- */

static const char *const texts[] = {
    "(a ^k [1 2.5 'c'] b/c/<(d e)>/f #[1] #{^x 1} `q %u %_v (x; y z))",
    "\"plain with \\\"escapes\\\" and \\u00e9\"",
    "[\"\"\"\n  three\n  lines \"\" \"\"\" #\"a#{b}c#(d e)#<no #< t >#>#f\"]",
    "#< a #< nested >#  comment ># # line\n ; semicolon\n , {^a^b 1 ^^c ^!d}",
    "(#@deco f #/re\\/x/i #r\"raw\" 0#ff 2031-01-01 {{1 2 \"k\" [3]}} {{}})",
    "\xef\xbb\xbf[\xc3\xa9 \"\xe2\x82\xac\"]",
    "[0*QUJD~ \n QQ~== 0#a~~ 0~  ~f 0!1010~ ,1 0#~1] ",
    "[#r\"a # \\ b\" #r\"\" #\"a#{ , ^k 1}b#{\n^^k}\" # line \xc3\xa9\n z]",
    "[\"\"\" \n  \n \n  \"\"\" \"\"\"\n\n\"\"\" \"\"\"   \"\"\" "
    "\"\"\"a \n b\n \n\"\"\" #\"\"\" \n #{a} \n \"\"\" "
    "#\"\"\"\n\n#<c>#  x #<d># \n\"\"\"]",
};
static const char *const broken[] = {
    "(a [b",
    "\"open",
    "#< open",
    "#\"a#<b",
    "[1)",
    "{^k}",
    "",
    "  ",
    "{{1}}",
    "\n #r\"o\npen",
    "x/y/ z",
    "\n\n[ 0#ff~\n g]",
    "\n 0*QUJ=QQ",
    "\n #< a #< b ># \n",
    "0#",
    "\n b/<(\n",
};

/* Reads with steps of so many bytes and a collection after each. */
static enum gn_read_status read_steps(fixture *f, const char *text, size_t step,
                                      gn_value *form, gn_syntax_error *err) {
  f->roots[0] = gn_string_new(&f->heap, text, strlen(text));
  gn_reader *r =
      gn_reader_new(&f->heap, f->roots[0], 0, GN_MAX_NESTING, GN_READER_MAPS);
  assert_non_null(r);
  f->roots[1] = gn_from_obj(r);
  enum gn_read_status status;
  while ((status = gn_reader_step(r, step, form, err)) == GN_READ_MORE) {
    gn_heap_collect(&f->heap);
    gn_heap_validate(&f->heap);
  }
  return status;
}

static const char *dumped(gn_value v, char *to, size_t room) {
  dump_out o = {to, to + room};
  *to = '\0';
  dump_form(&o, v);
  return to;
}

static void steps_read_what_one_stroke_reads(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    for (size_t step = 1; step < 20; step++) {
      fixture f;
      gn_syntax_error err;
      fixture_open(&f, (size_t)8 << 20);
      assert_int_equal(read_steps(&f, texts[i], 1 << 20, &f.roots[2], &err),
                       GN_READ_DONE);
      assert_int_equal(read_steps(&f, texts[i], step, &f.roots[3], &err),
                       GN_READ_DONE);
      char whole[1024], steps[1024];
      assert_string_equal(dumped(f.roots[3], steps, sizeof steps),
                          dumped(f.roots[2], whole, sizeof whole));
      fixture_close(&f);
    }
}

static void steps_fail_where_one_stroke_fails(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
    for (size_t step = 1; step < 12; step++) {
      fixture f;
      gn_syntax_error whole, err;
      gn_value v;
      fixture_open(&f, (size_t)8 << 20);
      assert_int_equal(read_steps(&f, broken[i], 1 << 20, &v, &whole),
                       GN_READ_BAD);
      assert_int_equal(read_steps(&f, broken[i], step, &v, &err), GN_READ_BAD);
      assert_string_equal(err.message, whole.message);
      assert_int_equal(err.line, whole.line);
      assert_int_equal(err.column, whole.column);
      fixture_close(&f);
    }
}

/* ---- scripts ---- */

/* Slices of `fuel` that a script takes; the longest must not take more than
 * three times as much. */
static int slices(session *s, const char *source, uint64_t fuel) {
  int n = 0;
  uint64_t before = 0;
  gene_context_options_t o = {.limits.memory_bytes = (size_t)512 << 20};
  session_start(s, source, &o);
  while (gene_context_run(s->context, fuel) == GENE_RUN_MORE) {
    gene_result_t r;
    gene_context_result(s->context, &r);
    assert_true(r.fuel - before < 3 * fuel);
    before = r.fuel;
    n++;
  }
  session_finish(s);
  assert_int_equal(s->result.status, GENE_SUCCESS);
  return n;
}

static void parse_gives_the_loop_back(void **state) {
  (void)state;
  static const char source[] =
      "(var s (\"(\" .append (\"[1 foo {^k 7}] \" .repeat 20000) \")\"))"
      "(var v (gene/parse s)) (println v/.size (typeof ($parse \"{{1 2}}\"))"
      " (typeof (parse \"{{1 2}}\")))";
  session s;
  session_open(&s, NULL);
  assert_true(slices(&s, source, 50000) > 10);
  assert_string_equal(s.output, "19999 HashMap HashMap\n");
  session_close(&s);
}

/* A compilation cannot be interrupted: it is paid for, failed or not. */
static void eval_pays_for_compiling(void **state) {
  (void)state;
  static const char source[] =
      "(var s (\"(do \" .append (\"(println 12 [3]) \" .repeat %d) \")\"))"
      "(var big (parse s)) (try (eval big) catch * (println $ex/message))";
  char text[512];
  session s;
  session_open(&s, NULL);
  gene_context_options_t o = {.limits.memory_bytes = (size_t)512 << 20};
  snprintf(text, sizeof text, source, 100000);
  session_run(&s, text, &o);
  assert_string_equal(s.output, "Program too large\n");
  uint64_t read_and_failed = s.result.fuel;
  char *eval = strstr(text, "(try");
  *eval = '\0';
  session_run(&s, text, &o);
  assert_true(read_and_failed - s.result.fuel > 1000000);
  session_close(&s);
}

/* Each name is looked up in the module around, whatever the size of that. */
static void eval_does_not_search_the_module(void **state) {
  (void)state;
  enum { NAMES = 20000 };
  static char text[NAMES * 20 + 512];
  size_t n = 0;
  for (int i = 0; i < NAMES; i++)
    n += (size_t)snprintf(text + n, sizeof text - n, "(var v%d %d)", i, i);
  snprintf(text + n, sizeof text - n,
           "(var t \"(do \") (repeat %d ^index i"
           "  (t = (t .append #\"(if false w#{i}) \")))"
           "(eval ($parse (t .append \"v7)\")))",
           NAMES);
  session s;
  session_open(&s, NULL);
  clock_t start = clock();
  session_run(&s, text, NULL);
  assert_int_equal(s.result.status, GENE_SUCCESS);
  assert_true(clock() - start < 4 * CLOCKS_PER_SEC); /* a search: a minute */
  session_close(&s);
}

static uint64_t chain_fuel(session *s, const char *from, const char *step,
                           int n) {
  char source[512];
  snprintf(source, sizeof source,
           "(var n %d) (var fs []) (var i 0)"
           "(while (<= i n) (fs .push (new gene/Future)) (i += 1))"
           "(i = %s)"
           "(while (&& (>= i 0) (< i n))"
           "  ((fs .get i) .complete (fs .get (+ i 1))) (i += %s))"
           "(var end (fs .get n)) (end .complete (fs .get 0))"
           "(try (await (fs .get 0)) catch * (println $ex/message))",
           n, from, step);
  session_run(s, source, NULL);
  assert_int_equal(s->result.status, GENE_SUCCESS);
  assert_string_equal(s->output, "a future cannot follow itself\n");
  return s->result.fuel;
}

static void a_chain_costs_the_same_for_each_link(void **state) {
  (void)state;
  static const char *const ways[][2] = {{"0", "1"}, {"(- n 1)", "-1"}};
  session s;
  session_open(&s, NULL);
  for (size_t i = 0; i < 2; i++) {
    uint64_t small = chain_fuel(&s, ways[i][0], ways[i][1], 1000);
    uint64_t large = chain_fuel(&s, ways[i][0], ways[i][1], 90000);
    assert_true(large < 300 * small);
  }
  session_close(&s);
}

/* The first completion is the one, even when it waits for another future. */
static void a_body_does_not_undo_a_completion(void **state) {
  (void)state;
  session s;
  session_open(&s, NULL);
  session_expect(&s,
                 "(var p (new gene/Future)) (var f (async (gene/sleep 1) 5))"
                 "(f .complete p) (gene/sleep 20) (println f/.state)"
                 "(p .complete 7) (println (await f))",
                 NULL, "pending\n7\n");
  session_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_array_grows_in_place),
      cmocka_unit_test(a_buffer_stops_at_the_cap),
      cmocka_unit_test(an_index_moves_in_steps),
      cmocka_unit_test(steps_read_what_one_stroke_reads),
      cmocka_unit_test(steps_fail_where_one_stroke_fails),
      cmocka_unit_test(parse_gives_the_loop_back),
      cmocka_unit_test(eval_pays_for_compiling),
      cmocka_unit_test(eval_does_not_search_the_module),
      cmocka_unit_test(a_chain_costs_the_same_for_each_link),
      cmocka_unit_test(a_body_does_not_undo_a_completion),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
