/*
 * test_held_loop.c - what a script does with a text of megabytes, or with very
 * many futures, never holds the loop: it pauses, is cut, or is refused. Slices
 * are counted, not time.
 */
#include <stdlib.h>

#include "session.h"

#define SLICE ((uint64_t)5000)
#define MOST  ((uint64_t)60000) /* fuel of one slice */

static session s;

static int open_it(void **state) {
  (void)state;
  session_open(&s, NULL);
  return 0;
}

static int close_it(void **state) {
  (void)state;
  session_close(&s);
  return 0;
}

static uint64_t collections(void) {
  gene_core_stats_t stats;
  gene_core_stats(s.core, &stats);
  return stats.collections;
}

/* Runs it in slices of SLICE; *slices: how many. The most that one used; not
 * counting those with collections, whose work is paid too, if `still`. */
static uint64_t most_of_slices(const char *source, uint64_t *slices,
                               bool still) {
  uint64_t most = 0, before = 0, collected = collections();
  session_start(&s, source, NULL);
  *slices = 0;
  enum gene_run_status status = GENE_RUN_MORE;
  while (status == GENE_RUN_MORE) {
    status = gene_context_run(s.context, SLICE);
    uint64_t used = gene_context_fuel(s.context) - before;
    before += used;
    if (!still || collected == collections())
      most = used > most ? used : most;
    collected = collections();
    ++*slices;
  }
  session_finish(&s);
  if (s.result.status != GENE_SUCCESS)
    fail_msg("%s: %.*s", source, (int)s.result.error->message.len,
             s.result.error->message.ptr);
  return most;
}

static uint64_t most_of(const char *source, uint64_t *slices) {
  return most_of_slices(source, slices, false);
}

/* No slice may pay for more than MOST, and there must be many. */
static void expect_pauses(const char *source) {
  uint64_t slices, most = most_of(source, &slices);
  if (most > MOST || slices < 20)
    fail_msg("%s: %llu slices, one used %llu", source,
             (unsigned long long)slices, (unsigned long long)most);
}

/* ---- texts and arrays ---- */

static void texts_pause(void **state) {
  (void)state;
  static const char *const sources[] = {
      "(var s (\"x\" .repeat 4000000)) (s .inspect) 1",
      "(var s (\"x\" .repeat 4000000)) ([s] .to_s) 1",
      "(var b ((\"x\" .repeat 2000000) .to_bytes)) (b .inspect) 1",
      "(gene/json/parse ((\" \" .repeat 4000000) .append \"1\"))",
      "(gene/json/parse ($ \"\\\"\" (\"x\" .repeat 4000000) \"\\\"\")) 1",
      "(gene/json/parse ($ \"\\\"\" (\"\\\\u0041\" .repeat 400000) \"\\\"\"))",
      "(gene/json/parse ($ \"{\\\"\" (\"k\" .repeat 4000000) \"\\\":1}\")) 1",
      "(\"x\" .repeat 4000000)",
  };
  for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
    expect_pauses(sources[i]);
}

static void decoded_texts_pause(void **state) {
  (void)state;
  static const char *const sources[] = {
      "(gene/url_decode (\"\\u00e9\" .repeat 1000000)) 1",
      "(gene/hex_decode (\"41\" .repeat 2000000)) 1",
      "(base64_decode (\"QUJD\" .repeat 1000000)) 1",
      "(base64_decode (\"1111\" .repeat 1000000)) 1",
  };
  for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
    expect_pauses(sources[i]);
}

/* Whatever one token of source is made of. */
static void source_pauses(void **state) {
  (void)state;
  static const char *const texts[] = {
      "(\"0*\" .append (\"QUJD\" .repeat 500000))",
      "(\"0#\" .append (\"41\" .repeat 1000000))",
      "(\"0!\" .append (\"10\" .repeat 1000000))",
      "(\"0#1~\" .append (\" \" .repeat 1000000))",
      "($ \"# \" (\"x\" .repeat 2000000) \"\\n1\")",
      "($ \"; \" (\"x\" .repeat 2000000) \"\\n1\")",
      "($ \"#<\" (\"\\u00e9\" .repeat 1000000) \">#1\")",
      "($ \"#r\\\"\" (\"x\" .repeat 2000000) \"\\\"\")",
      "($ \"\\\"\\\"\\\"\" (\" \" .repeat 2000000) \"\\\"\\\"\\\"\")",
      "($ \"#\\\"#{\" (\" \" .repeat 2000000) \"^a 1}\\\"\")",
      "($ \"[\" (\"a/b/c/d/e/f/g/h/i/j/k/l \" .repeat 8000) \"]\")",
      "(\"a\" .append (\"/a\" .repeat 60000))",
  };
  char source[256];
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    snprintf(source, sizeof source, "(var s %s) ($parse s) 1", texts[i]);
    expect_pauses(source);
  }
}

/* Neither does an error that is far from the start, or a token that no one
 * can mean. */
static void bad_source_pauses(void **state) {
  (void)state;
  static const struct {
    const char *text, *message;
  } sources[] = {
      {"($ (\" \\n\" .repeat 400000) \")\")",
       "Unmatched delimiter: ) (line 400001, column 1)"},
      {"($ \"[\" (\"1 \" .repeat 400000) \"\\u0000]\")",
       "NUL character in source (line 1, column 800002)"},
      {"($ \"\\n #<\" (\"\\n\" .repeat 400000))",
       "EOF while reading comment (line 2, column 2)"},
      {"($ \"\\n #r\\\"\" (\"\\n\" .repeat 400000))",
       "EOF while reading string (line 2, column 2)"},
      {"($ \"\\n 0#\" (\"0\" .repeat 400000) \"x\")",
       "Invalid bytes literal: "
       "0#0000000000000000000000000000000000000000000000000000000000"
       " (line 2, column 2)"},
      {"($ (\"x\" .repeat 400000))", "Symbol too long (line 1, column 1)"},
      {"($ \"{^\" (\"x\" .repeat 400000) \" 1}\")",
       "Symbol too long (line 1, column 3)"},
      {"($ \" a\" (\"/a\" .repeat 400000))",
       "Path too long (line 1, column 2)"},
      {"($ \"#/\" (\"x\" .repeat 400000) \"/\")",
       "Invalid regex: pattern is longer than 262144 bytes at offset 0"
       " (line 1, column 1)"},
      {"($ \"#/a/\" (\"x\" .repeat 400000) \"/\")",
       "Invalid regex: replacement is longer than 262144 bytes"
       " (line 1, column 1)"},
  };
  for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
    char source[512];
    uint64_t slices;
    snprintf(source, sizeof source,
             "(var s %s) (try ($parse s) catch * $ex/message)",
             sources[i].text);
    most_of(source, &slices);
    const char *message = sources[i].message ? sources[i].message : "\u00e9";
    if (!session_text_is(s.result.text, message))
      fail_msg("%s: %.*s", source, (int)s.result.text.len, s.result.text.ptr);
    if (s.result.fuel < 50000)
      fail_msg("%s: %llu fuel", source, (unsigned long long)s.result.fuel);
  }
}

/* ---- code of the run time ---- */

/* (eval FORM), where the form has so many PARTs of i within. */
static void eval_of(char *source, size_t room, const char *head, unsigned n,
                    const char *part, const char *tail) {
  snprintf(source, room,
           "(var am [])"
           "(eval ($parse ($ \"%s\" ((0 .. %u) .map (fn [i] #\"%s\"))..."
           " \"%s\"))) 1",
           head, n, part, tail);
}

static const struct {
  const char *head, *part, *tail;
  unsigned n;
} evals[] = {
    {"(do ", "(var v#{i} #{i}) ", ")", 4000},
    {"(do ", "(fn f#{i} [a b] (a + b)) ", ")", 1500},
    {"(do ", "(if false u#{i}) ", ")", 4000},
    {"(class A ", "(method m#{i} [] #{i}) ", ")", 2000},
    {"(fn f [", "a#{i} ", "] 1)", 4000},
    {"(1 ", "+ #{i} ", ")", 8000},
    {"[", "#{i} (not #{i}) ", "]", 4000},
    {"(if false 1 ", "elif false #{i} ", "else 2)", 4000},
    {"(case 1 ", "when -#{i} 3 ", "else 2)", 4000},
    {"(@ ", "a#{i} ", ")", 1000},
};

static void evals_pause(void **state) {
  (void)state;
  char source[256];
  for (size_t i = 0; i < sizeof evals / sizeof *evals; i++) {
    eval_of(source, sizeof source, evals[i].head, evals[i].n, evals[i].part,
            evals[i].tail);
    uint64_t slices, most = most_of(source, &slices);
    if (most > MOST)
      fail_msg("%s: one used %llu", source, (unsigned long long)most);
  }
}

/* However it is sliced, it costs the same. */
static void evals_cost_the_same(void **state) {
  (void)state;
  char source[256];
  for (size_t i = 0; i < sizeof evals / sizeof *evals; i++) {
    uint64_t slices;
    eval_of(source, sizeof source, evals[i].head, 200, evals[i].part,
            evals[i].tail);
    (void)most_of(source, &slices);
    uint64_t fuel = s.result.fuel;
    session_run(&s, source, NULL);
    assert_int_equal(s.result.status, GENE_SUCCESS);
    assert_int_equal(s.result.fuel, fuel);
  }
}

/* What the compiler takes counts as the script's memory while it has it. */
static void evals_pay_for_memory(void **state) {
  (void)state;
  char source[256];
  eval_of(source, sizeof source, "(do ", 20000, "(var v#{i} #{i}) ", ")");
  gene_context_options_t o = {.limits.memory_bytes = (size_t)64 << 20};
  session_run(&s, source, &o);
  assert_int_equal(s.result.status, GENE_SUCCESS);
  assert_true(s.result.peak_memory_bytes > (size_t)12 << 20);
  o.limits.memory_bytes = (size_t)12 << 20;
  session_run(&s, source, &o);
  assert_int_equal(s.result.status, GENE_FAILURE);
  assert_true(session_text_is(s.result.error->code, "GENE.LIMIT.MEMORY"));
}

/* A context may end in the middle of it. */
static void evals_can_be_dropped(void **state) {
  (void)state;
  char source[256];
  eval_of(source, sizeof source, "(do ", 4000, "(fn f#{i} [a] (a + 1)) ", ")");
  for (int slices = 20; slices < 200; slices += 30) {
    session_start(&s, source, NULL);
    for (int i = 0; i < slices; i++)
      if (gene_context_run(s.context, SLICE) != GENE_RUN_MORE)
        break;
    gene_context_kill(s.context, GENE_KILL_WALL, 1);
    session_finish(&s);
  }
}

/* No other fiber can change what is being compiled. */
static void evals_are_alone(void **state) {
  (void)state;
  static const char source[] =
      "(var form ($parse ($ \"[\" ((0 .. 3000) .map"
      "  (fn [i] #\"(not #{i}) \"))... \"]\")))"
      "(var size (form .size)) (var ticks 0) (var go (new gene/Future))"
      "(var fiber (async (await go) (repeat 2000 (ticks += 1))"
      "  (form .clear)))"
      "(go .complete 1) (var made (eval form)) (await fiber)"
      "[(== size (made .size)) (form .size) (ticks == 2000)]";
  for (uint64_t slice = 500; slice < 20000; slice *= 3) {
    session_start(&s, source, NULL);
    while (gene_context_run(s.context, slice) == GENE_RUN_MORE)
      ;
    session_finish(&s);
    assert_int_equal(s.result.status, GENE_SUCCESS);
    if (!session_text_is(s.result.text, "[true 0 true]"))
      fail_msg("%.*s", (int)s.result.text.len, s.result.text.ptr);
  }
}

/* What becomes a character of its own may lie across two pieces. */
static void decoded_in_pieces(void **state) {
  (void)state;
  session_expect(&s,
                 "(var t (\"\\u{1f600}a\\u00e9\" .repeat 50000))"
                 "(println ((base64_decode (base64 t)) == t)"
                 "  ((gene/url_decode (gene/url_encode t)) == t)"
                 "  ((gene/hex_decode (gene/hex_encode t)) == t))"
                 "(var m (base64_decode (base64 ((t .to_bytes) .concat 0#ff))))"
                 "(println (m == (t .append \"\\ufffd\"))"
                 "  ((base64_decode (\"/+kA\" .repeat 40000)) =="
                 "   (\"\\ufffd\\ufffd\\u0000\" .repeat 40000)))",
                 NULL, "true true true\ntrue true\n");
}

static void arrays_pause(void **state) {
  (void)state;
  static const char *const calls[] = {
      "(a .dup)",     "(a .slice 1 -1)", "(a .take 299999)", "(a .skip 1)",
      "(a .reverse)", "(a .concat a)",   "(a .sort)",        "(a .shuffle)"};
  char source[256];
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
    snprintf(source, sizeof source, "(var a ((0 .. 300000) .to_array)) %s 1",
             calls[i]);
    expect_pauses(source);
  }
}

/* Places in a text that is not ASCII are paid for by how far they are from
 * one that is known, and found from there. */
static void places_are_paid_for(void **state) {
  (void)state;
  static const char *const searches[] = {
      "(t .index \"z\" (i * 100000))", "(t .rindex \"\\u00e9\" (i * 100000))",
      "(t .index #/z/ (i * 100000))", "(t .rindex #/a/ (i * 100000))"};
  char source[256];
  for (size_t i = 0; i < sizeof searches / sizeof *searches; i++) {
    uint64_t slices;
    snprintf(source, sizeof source,
             "(var t (\"a\\u00e9\" .repeat 1000000))"
             "(for k in (1 .. 100) (for i in [5 14] %s)) 1",
             searches[i]);
    most_of(source, &slices);
    assert_true(s.result.fuel > 200 * 8000);
  }
  session_expect(
      &s,
      "(var t (($ (\"a\\u00e9\" .repeat 1000)) .append \"z\"))"
      "(println (t .index \"z\") (t .index \"a\" 1001) (t .rindex \"a\" 501)"
      "  (t .index \"\\u00e9\" 1500) (t .rindex \"\\u00e9\")"
      "  (t .index #/a/ 701) (t .rindex #/a/ 1101) (t .index #/z/)"
      "  (t .index \"z\" 2001) (t .char_at 1001) (t .index \"a\"))",
      NULL, "2000 1002 500 1501 1999 702 1100 2000 -1 \u00e9 0\n");
}

/* A long pattern is looked at in slices, from either end, and wherever in it
 * the text differs. */
static void long_patterns(void **state) {
  (void)state;
  static const char *const searches[] = {"(t .contains b)",
                                         "(t .index c)",
                                         "(t .find b)",
                                         "(t .split b)",
                                         "(t .count c)",
                                         "(t .find_all b)",
                                         "(t .replace b \"\")",
                                         "(t .rindex b)",
                                         "(t .rindex c)",
                                         "(t .replace_all c \"\")",
                                         "(t .contains (t .slice 5))",
                                         "(t .rindex (t .slice 5))",
                                         "(t .count (t .slice 5))"};
  static const char *const texts = "(var t (\"a\" .repeat 3000000))"
                                   "(var b ($ \"b\" (t .slice 0 2000000)))"
                                   "(var c ($ (t .slice 0 2000000) \"b\")) 1";
  uint64_t slices, most;
  most_of(texts, &slices);
  uint64_t without = s.result.fuel;
  for (size_t i = 0; i < sizeof searches / sizeof *searches; i++) {
    char source[256];
    snprintf(source, sizeof source, "%s %s 1", texts, searches[i]);
    most = most_of(source, &slices);
    if (most > 200000 || s.result.fuel - without < 300000)
      fail_msg("%s: one slice used %llu of %llu", searches[i],
               (unsigned long long)most,
               (unsigned long long)(s.result.fuel - without));
  }
  session_expect(
      &s,
      "(var p (\"ab\\u00e9\" .repeat 3000)) (var t ($ \"-\" p p \"+\" p))"
      "(println (t .index p) (t .rindex p) (t .count p) ((t .split p) .size)"
      "  (t .split p) (t .replace_all p \"x\") ((t .replace p \"y\") "
      "  .slice 0 3) ((t .find_all p) .size) (t .rindex p 18001)"
      "  (t .rindex p 18000) (t .rindex ($ p \"*\")) (t .index ($ p \"+\")))",
      NULL, "1 18002 3 4 [-  + ] -xx+x -ya 3 9001 9001 -1 9001\n");
}

static void arrays_in_pieces(void **state) {
  (void)state;
  session_expect(
      &s,
      "(var a ((0 .. 50000) .to_array)) (var b ((range 50000 0 -1) .to_array))"
      "(println ((a .dup) == a) ((a .reverse) == b) ((b .sort) == a)"
      "  ((a .sort_by (fn [x] (- x))) == b) (((a .shuffle) .sort) == a))"
      "(println ((a .concat b a) == (a ++ b ++ a))"
      "  ((a .slice 20000 -10000) == ((20000 .. 40000) .to_array))"
      "  ((a .sort (fn [x y] (x > y))) == b))"
      "(var c (a .sort)) (c .push 1) (c .set 0 \"x\") (a .sort)"
      "(println (a .size) (a .get 0) (c .size)"
      "  ([] .sort) ([] .sort_by (fn [x] x)) ([] .reverse) ([] .concat))",
      NULL,
      "true true true true true\ntrue true true\n"
      "50001 0 50002 [] [] [] []\n");
}

/* ---- maps and sets ---- */

#define LONG_DICTS                                                        \
  "(var m {}) (var h {{}}) (var t (new HashSet))"                         \
  "(for i in (0 .. 70000) (m .set #\"k#{i}\" i) (h .set i i) (t .add i))" \
  "(var g (_ ^... m)) (fn f [^o...] (o .size))"

static void dicts_pause(void **state) {
  (void)state;
  static const char *const calls[] = {
      "(m .dup)",         "(h .dup)",
      "(t .dup)",         "(g .dup)",
      "(g .props)",       "(f ^... m)",
      "{^a 1 ^... m}",    "(_ ^... m)",
      "(m ++ m)",         "(h .merge h)",
      "(t .union t)",     "(t .intersect t)",
      "(t .subset? t)",   "(m .keys)",
      "(h .pairs)",       "(t .to_array)",
      "(m .iter)",        "(for k v in h (break))",
      "(for k v in m 1)", "(m .any? (fn [k v] true))"};
  uint64_t slices;
  most_of(LONG_DICTS " 1", &slices);
  uint64_t without = s.result.fuel;
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
    char source[512];
    snprintf(source, sizeof source, LONG_DICTS " %s 1", calls[i]);
    uint64_t most = most_of_slices(source, &slices, true);
    if (most > 10000 || s.result.fuel - without < 65000)
      fail_msg("%s: one slice used %llu of %llu", calls[i],
               (unsigned long long)most,
               (unsigned long long)(s.result.fuel - without));
  }
}

static void dicts_in_pieces(void **state) {
  (void)state;
  session_expect(
      &s,
      LONG_DICTS
      "(println ((m .dup) == m) ((h .dup) == h) ((t .dup) == t)"
      "  ((g .dup) == g) ((g .props) == m) (f ^x 1 ^... m ^y 2)"
      "  ({^x 1 ^... m} .size) ((m ++ {^k3 0} ++ m) == m)"
      "  (({^k1 7} ++ m) .get \"k1\") ((m ++ {^k1 7}) .get \"k1\")"
      "  ((t .union (new HashSet 1 -1)) .size) ((m .keys) .size)"
      "  ((h .pairs) .get 69999) ((m .dup) .del \"k5\"))"
      "(var n 0) (for k v in h (n += v)) (println n ((h .iter) .next))"
      "(class A (method iter [] m)) (for k v in (new A) (n -= v))"
      "(println n ((fn [^k1 ^o...] [k1 (o .size) (o .get \"k1\")]) ^... m))",
      NULL,
      "true true true true true 70003 70002 true 1 7 70002 70001 "
      "[69999 69999] 5\n2450035000 0\n0 [1 70000 nil]\n");
}

/* Another fiber takes entries out and puts some in meanwhile: copies have no
 * entry twice. */
static void dicts_that_change_meanwhile(void **state) {
  (void)state;
  uint64_t slices;
  most_of(LONG_DICTS
          "(var d 0)"
          "(async (while (d < 30000) (m .del #\"k#{70000 - d}\") (d += 1)"
          "  (m .set #\"n#{d}\" 0)"
          "  (m .del \"k5\") (m .set \"k5\" d)))"
          "(for i in (0 .. 3) (var c (m .dup)) (var n 0)"
          "  (for k v in c (if ((c .get k) != v) (throw k)) (n += 1))"
          "  (if (n != (c .size)) (throw n)))"
          "(d > 0)",
          &slices);
  assert_true(session_text_is(s.result.text, "true"));
}

/* ---- separators ---- */

static uint64_t fuel_of_joining(unsigned items, const char *separator) {
  char source[200];
  uint64_t slices;
  snprintf(source, sizeof source,
           "(var xs ((\"x\" .repeat %u) .split \"\"))"
           "(var long (\"x\" .repeat 1600000)) (var short (long .slice 0 160))"
           "(xs .join %s) 1",
           items, separator);
  assert_true(most_of(source, &slices) <= MOST);
  return s.result.fuel;
}

/* Separators are touched as often as they are put. */
static void separators_are_paid_for(void **state) {
  (void)state;
  uint64_t none = fuel_of_joining(6, "\"\"");
  uint64_t some = fuel_of_joining(6, "long");
  assert_true(some - none >= (uint64_t)5 * 1600000 / 16);
  none = fuel_of_joining(6000, "\",\"");
  some = fuel_of_joining(6000, "short");
  assert_true(some - none >= (uint64_t)5999 * 160 / 16);
}

/* What a search through a long text that is not ASCII walks over to count its
 * characters is charged; all steps together walk about once. */
static void searches_walk_once(void **state) {
  (void)state;
  static const char *const sources[] = {
      "(while ((at = (s .index \",\" at)) >= 0) (n += 1) (at += 1)) n",
      "(while ((at = (#/,/ .index s at)) >= 0) (n += 1) (at += 1)) n",
      ("(at = (s .size)) (while ((at > 0) && ((at = (s .rindex \",\" (at - 1)))"
       " >= 0)) (n += 1)) n"),
  };
  for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
    char source[400];
    uint64_t slices;
    snprintf(source, sizeof source,
             "(var s (\"\u00e9,\u65e5\u672c \" .repeat 4000))"
             "(var at 0) (var n 0) %s",
             sources[i]);
    (void)most_of(source, &slices);
    if (!session_text_is(s.result.value_json, "4000"))
      fail_msg("%s: found %.*s", sources[i], (int)s.result.value_json.len,
               s.result.value_json.ptr);
    if (s.result.fuel > 1000000)
      fail_msg("%s: %llu fuel", sources[i], (unsigned long long)s.result.fuel);
  }
}

static void pieces_join(void **state) {
  (void)state;
  session_expect(
      &s,
      "(var part \"a\\u00e9\\\"\\\\\\n\\t#{'x'}\")"
      "(var text ((part .repeat 20000) .append \"\\u0001 end\"))"
      "(println (== (gene/json/parse (text .to_json)) text))"
      "(println (== (parse (text .inspect)) text))"
      "(println (== (gene/json/parse ($ \"[\\\"\" (\"\\\\ud83d\\\\ude00\""
      "  .repeat 9001) \"\\\"]\")) [(\"\\u{1f600}\" .repeat 9001)]))"
      "(var key (gene/json/parse ($ \"{\\\"\" (\"k\" .repeat 40000) "
      "\"\\\" : 5}\")))"
      "(println (== key {{(\"k\" .repeat 40000) 5}}) (key .size))",
      NULL, "true\ntrue\ntrue\nfalse 1\n");
}

static void places_in_json(void **state) {
  (void)state;
  session_expect(
      &s,
      "(fn bad [t] (try (gene/json/parse t) catch * (println $ex/message)))"
      "(bad (\"\\n\" .repeat 100000))"
      "(bad ($ \"\\n [\\\"\" (\"y\" .repeat 50000)))"
      "(bad ($ \"\\n [\\\"\" (\"\\u00e9\" .repeat 50000) \"\\\\q\\\"]\"))"
      "(bad (\"7\" .repeat 70000)) (bad (\"-\" .repeat 70000))"
      "(println (gene/json/parse (\"0.\" .append (\"5\" .repeat 60000))))",
      NULL,
      "Invalid JSON: unexpected end of the text (line 100001, column 1)\n"
      "Invalid JSON: unterminated string (line 2, column 3)\n"
      "Invalid JSON: unknown escape (line 2, column 50004)\n"
      "Invalid JSON: number too long (line 1, column 1)\n"
      "Invalid JSON: number too long (line 1, column 1)\n"
      "0.5555555555555556\n");
}

static void paths_and_urls_have_an_end(void **state) {
  (void)state;
  session_expect(
      &s,
      "(var s (\"x\" .repeat 1000000))"
      "(fn no [f] (try (f) catch ArgumentException (println $ex/message)))"
      "(no (fn [] (io/path_ext s))) (no (fn [] (io/path_join \"a\" s)))"
      "(no (fn [] (gene/url_parse s)))"
      "(var p (\"y\" .repeat 60000)) (no (fn [] (io/path_join p p p)))",
      NULL,
      "a path has 65536 bytes at most\na path has 65536 bytes at most\n"
      "A URL has 131072 bytes at most\na path has 65536 bytes at most\n");
}

/* Waking is one step: no slice pays for all that wait. */
static void waking_pauses(void **state) {
  (void)state;
  uint64_t slices;
  uint64_t most = most_of("(var f (new gene/Future)) (var n 0)"
                          "(repeat 20000 (async (await f) (n += 1)))"
                          "(f .complete 1) ($await_all) n",
                          &slices);
  assert_true(session_text_is(s.result.text, "20000"));
  assert_true(slices > 40);
  assert_true(most < 200000); /* collections among them */
}

/* So is looking for failures that nobody has looked at. */
static void failures_are_reported_in_slices(void **state) {
  (void)state;
  uint64_t slices;
  (void)most_of("(repeat 20000 (async 1)) 1", &slices);
  uint64_t plain = s.result.fuel;
  (void)most_of("(var e (new Exception \"x\"))"
                "(repeat 20000 (async (throw e))) 1",
                &slices);
  assert_true(s.result.fuel > plain + 100000);
  (void)most_of("(for i in (0 .. 20000) (async (throw #\"#{i}\"))) 1", &slices);
  assert_int_equal(s.result.unhandled_len, 100);
  for (size_t i = 0; i < 100; i++)
    assert_int_equal(atoi(s.result.unhandled[i]->message.ptr), (int)i);
}

/* A deadlock is paid for by each that it ends. */
static void deadlocks_are_paid_for(void **state) {
  (void)state;
  uint64_t slices;
  (void)most_of("(var f (new gene/Future)) (repeat 20000 (async (await f)))"
                "(f .complete 1) ($await_all) 1",
                &slices);
  uint64_t completed = s.result.fuel;
  (void)most_of("(var f (new gene/Future)) (repeat 20000 (async (await f))) 1",
                &slices);
  assert_true(s.result.fuel > completed + (uint64_t)20000 * 20);
}

/* The text of a key is hashed once, and that is paid for. */
static void long_keys_are_paid_for(void **state) {
  (void)state;
  static const char *const uses[] = {"(m .get k)",   "(m .set k 1)",
                                     "(m .has k)",   "(h .get k)",
                                     "(h .set k 1)", "(m .del k)"};
  for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
    char source[300];
    uint64_t slices;
    snprintf(source, sizeof source,
             "(var m {}) (for i in (0 .. 20) (m .set #\"#{i}\" i))"
             "(var h {{}}) (var k (\"x\" .repeat 1000000)) %s 1",
             "1");
    (void)most_of(source, &slices);
    uint64_t without = s.result.fuel;
    snprintf(source, sizeof source,
             "(var m {}) (for i in (0 .. 20) (m .set #\"#{i}\" i))"
             "(var h {{}}) (var k (\"x\" .repeat 1000000)) %s 1",
             uses[i]);
    (void)most_of(source, &slices);
    if (s.result.fuel - without < 1000000 / 16)
      fail_msg("%s: %llu fuel", uses[i],
               (unsigned long long)(s.result.fuel - without));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(texts_pause),
      cmocka_unit_test(decoded_texts_pause),
      cmocka_unit_test(decoded_in_pieces),
      cmocka_unit_test(source_pauses),
      cmocka_unit_test(bad_source_pauses),
      cmocka_unit_test(evals_pause),
      cmocka_unit_test(evals_cost_the_same),
      cmocka_unit_test(evals_pay_for_memory),
      cmocka_unit_test(evals_can_be_dropped),
      cmocka_unit_test(evals_are_alone),
      cmocka_unit_test(arrays_pause),
      cmocka_unit_test(places_are_paid_for),
      cmocka_unit_test(long_patterns),
      cmocka_unit_test(arrays_in_pieces),
      cmocka_unit_test(dicts_pause),
      cmocka_unit_test(dicts_in_pieces),
      cmocka_unit_test(dicts_that_change_meanwhile),
      cmocka_unit_test(separators_are_paid_for),
      cmocka_unit_test(searches_walk_once),
      cmocka_unit_test(pieces_join),
      cmocka_unit_test(places_in_json),
      cmocka_unit_test(paths_and_urls_have_an_end),
      cmocka_unit_test(waking_pauses),
      cmocka_unit_test(failures_are_reported_in_slices),
      cmocka_unit_test(deadlocks_are_paid_for),
      cmocka_unit_test(long_keys_are_paid_for),
  };
  return cmocka_run_group_tests_name("held_loop", tests, open_it, close_it);
}
