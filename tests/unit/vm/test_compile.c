/*
 * test_compile.c - the compiler: the code of a few functions, every compile
 * error with its place, the program cache, and sources that try its limits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "compile/cache.h"
#include "run/context.h"
#include "vm/program_check.h"

static gene_core_t *core;

static int open_core(void **state) {
  (void)state;
  core = gene_core_create(NULL);
  return core ? 0 : -1;
}

static int close_core(void **state) {
  (void)state;
  gene_core_destroy(core);
  return 0;
}

/* ---- code ---- */

static gn_program *compiled(const char *source) {
  gene_compile_error_t err;
  gn_program *p = gn_compile_source(core, source, strlen(source), false, &err);
  if (!p)
    fail_msg("%s: %s at %u:%u", err.class_name, err.message, err.line,
             err.column);
  const char *wrong = program_check(p);
  if (wrong)
    fail_msg("%s in %s", wrong, source);
  return p;
}

/* The instructions of the function whose title starts with `name`, one a
 * line, single spaces, no places and no numbers in front. */
static void code_of(const char *source, const char *name, char *out,
                    size_t cap) {
  gn_program *p = compiled(source);
  char *text = gene_program_disassemble((gene_program_t *)p);
  assert_non_null(text);
  size_t at = 0;
  bool inside = false;
  for (char *save, *line = strtok_r(text, "\n", &save); line;
       line = strtok_r(NULL, "\n", &save)) {
    if (line[0] != ' ') {
      const char *title = strstr(line, "above: ");
      title = title ? title + 7 : line;
      inside = strncmp(title, name, strlen(name)) == 0;
    } else if (inside && line[0] == ' ' && !strchr(line, ';') &&
               !strstr(line, " try ") && !strstr(line, " outside")) {
      line += 7;
      for (; *line && at + 2 < cap; line++)
        if (*line != ' ' || line[1] != ' ')
          out[at++] = *line;
      out[at++] = '\n';
    }
  }
  out[at] = 0;
  free(text);
  gn_program_release(p);
}

static void expect_code(const char *source, const char *name,
                        const char *want) {
  char got[4096];
  code_of(source, name, got, sizeof got);
  assert_string_equal(got, want);
}

static void test_fib(void **state) {
  (void)state;
  expect_code("(fn fib [n] (if (n < 2) n else "
              "((fib (n - 1)) + (fib (n - 2)))))",
              "fib",
              "JNLTI R0 2 ->2\n"
              "RET R0\n"
              "GETG R1 G0 (fib)\n"
              "SUBI R2 R0 1\n"
              "CALL R1 1\n"
              "GETG R2 G0 (fib)\n"
              "SUBI R3 R0 2\n"
              "CALL R2 1\n"
              "ADD R1 R1 R2\n"
              "RET R1\n");
}

static void test_loop_in_registers(void **state) {
  (void)state;
  expect_code("(var i 0) (var s 0.5) (while (i < 10) (s = (s * 2)) (i += 1))",
              "<main>",
              "LOADI R0 0\n"
              "LOADK R1 0.5\n"
              "JNLTI R0 10 ->6\n"
              "MULI R1 R1 2\n"
              "ADDI R0 R0 1\n"
              "LOOP ->2\n"
              "LOADC R2 nil\n"
              "RET R2\n");
}

static void test_module_variables(void **state) {
  (void)state;
  /* read by a function; redefined builtin; used before its definition */
  expect_code("(var a 1) (fn f [] a) a", "f", "GETG R0 G0 (a)\nRET R0\n");
  expect_code("(var len 1) (fn f [] len)", "f", "GETG R0 G0 (len)\nRET R0\n");
  expect_code("(fn f [] nowhere)", "f", "GETN R0 nowhere\nRET R0\n");
  expect_code("(if c (var x 1)) (var c 2) c", "<main>",
              "GETG R0 G0 (c)\nJF R0 ->3\nLOADI R0 1\n"
              "LOADI R0 2\nDEFG R0 G0 (c)\nGETG R0 G0 (c)\nRET R0\n");
}

static void test_tail_calls(void **state) {
  (void)state;
  expect_code("(fn f [n] (if (n == 0) \"end\" else (f (n - 1))))", "f",
              "JNEI R0 0 ->3\n"
              "LOADK R1 \"end\"\n"
              "RET R1\n"
              "GETG R1 G0 (f)\n"
              "SUBI R2 R0 1\n"
              "TCALL R1 1\n"
              "RET R1\n");
  expect_code("(fn f [n] ((n == 0) || (f (n - 1))))", "f",
              "JEQI R0 0 ->5\n"
              "GETG R1 G0 (f)\n"
              "SUBI R2 R0 1\n"
              "TCALL R1 1\n"
              "RET R1\n"
              "RETC true\n");
  /* not tail calls: a return type, but for a call of itself; try */
  expect_code("(fn f [] -> Int (g))", "f",
              "GETN R0 g\nCALL R0 0\nCHECK R0 Y0\nRET R0\n");
  expect_code("(fn f [] -> Int (f))", "f",
              "GETG R0 G0 (f)\nTCALL R0 0\nRET R0\n");
  expect_code("(fn f [] (try (f) finally nil))", "f",
              "GETEX R1\nGETG R5 G0 (f)\nCALL R5 0\nMOVE R0 R5\n"
              "LOADI R3 0\nJMP ->8\nSETEX R1\nLOADI R3 1\nJEQI R3 0 ->10\n"
              "RETHROW R4\nRET R0\n");
}

static void test_closures(void **state) {
  (void)state;
  /* by value; in a cell, since it is assigned */
  expect_code("(fn f [a] (fn [] a))", "<fn>", "GETU R0 U0\nRET R0\n");
  expect_code("(fn f [a] (fn [] (a += 1)))", "<fn>",
              "GETUC R0 U0\nADDI R0 R0 1\nSETUC R0 U0\nRET R0\n");
  expect_code("(fn f [a] (fn [] (a += 1)))", "f",
              "CELL R0\nCLOSURE R1 P0\nRET R1\n");
}

static void test_methods(void **state) {
  (void)state;
  expect_code("(class P (ctor [/x]) (method m [k] (/x += k)))", "P.m",
              "GETP R2 R0 .x\nADD R2 R2 R1\nSETP R0 R2 .x\nRET R2\n");
}

static void test_calls(void **state) {
  (void)state;
  expect_code("(fn f [g x] (g x ^k 1 2))", "f",
              "MOVE R2 R0\nLOADI R5 1\nMOVE R3 R1\nLOADI R4 2\n"
              "TCALLK R2 2 [...]\nRET R2\n");
  expect_code("(fn f [g x] (g x... 1) nil)", "f",
              "MOVE R2 R0\nLOADC R4 nil\nARRAY R3 R3 0\nASPREAD R3 R1\n"
              "LOADI R5 1\nAPUSH R3 R5\nCALLX R2\nRETC nil\n");
}

static void test_logic(void **state) {
  (void)state;
  /* bitwise on two Ints, so the right side is combined with the left one */
  expect_code("(fn f [a b] (a && b))", "f",
              "MOVE R2 R0\nJF R2 ->3\nAND R2 R2 R1\nRET R2\n");
  expect_code("(fn f [a b] (a || b))", "f",
              "MOVE R2 R0\nJOR R2 ->3\nOR R2 R2 R1\nRET R2\n");
  /* only truth counts */
  expect_code("(fn f [a b] (if (a < 1 && b != 3) 1 else nil))", "f",
              "JNLTI R0 1 ->4\nJEQI R1 3 ->4\nLOADI R2 1\nRET R2\n"
              "RETC nil\n");
  expect_code("(fn f [a b c] (a < b < c))", "f",
              "JNLT R0 R1 ->4\nJNLT R1 R2 ->4\nLOADC R3 true\nJMP ->5\n"
              "LOADC R3 false\nRET R3\n");
}

static void test_parameters(void **state) {
  (void)state;
  expect_code("(fn f [x: Int y = 3] y)", "f",
              "CHECK R0 Y0\nJSET R1 ->3\nLOADI R1 3\nRET R1\n");
  expect_code("(fn f [[a b] c] a)", "f",
              "DESTR R4 R0 T0\nMOVE R2 R4\nMOVE R3 R5\nRET R2\n");
}

/* ---- compile errors ---- */

typedef struct bad {
  const char *source, *message;
  uint32_t line, column;
} bad;

static const bad BAD[] = {
    {"(1 +)", "Incomplete infix expression", 1, 1},
    {"(1 + 2 3)", "Invalid infix expression", 1, 1},
    {"(1 + 2 ^k 3)", "Invalid infix expression", 1, 1},
    {"\n  (x =)", "Invalid assignment", 2, 3},
    {"((f) = 1)", "Invalid assignment target", 1, 1},
    {"(-)", "'-' needs an argument", 1, 1},
    {"(< 1)", "'<' needs two arguments", 1, 1},
    {"(not 1 2)", "'not' needs exactly one argument", 1, 1},
    {"(if)", "if: missing condition", 1, 1},
    {"(if true)", "if: missing body after condition", 1, 1},
    {"(if a 1 elif)", "elif: missing condition", 1, 1},
    {"(if a 1 elif b)", "elif: missing body after condition", 1, 1},
    {"(if_not a 1 else 2)", "if_not: 'elif' and 'else' are not allowed", 1, 1},
    {"(ifel 1)", "ifel: expected a condition and one or two branches", 1, 1},
    {"(case)", "case: missing target expression", 1, 1},
    {"(case 1 2)", "case: expected 'when' or 'else', got: 2", 1, 1},
    {"(case 1 when)", "case: missing pattern after 'when'", 1, 1},
    {"(for x [1] x)", "for: expected one or two variables and 'in'", 1, 1},
    {"(loop (break ^from q))", "No loop named 'q' found", 1, 7},
    {"(loop ^name a (fn [] (continue ^from a)))", "No loop named 'a' found", 1,
     22},
    {"(let a 1)\n(a = 2)", "Cannot reassign 'let' binding 'a'", 2, 1},
    {"(fn f [] (let a 1) (fn [] (a += 2)))",
     "Cannot reassign 'let' binding 'a'", 1, 27},
    {"(var $ex 1)", "Cannot assign to '$ex'", 1, 1},
    {"($args = 1)", "Cannot assign to '$args'", 1, 1},
    {"(fn f)", "fn: missing parameter list", 1, 1},
    {"(fn f [a... b...] 1)",
     "Only one named positional rest parameter is allowed", 1, 1},
    {"(var [a... b...] 1)",
     "Only one named positional rest parameter is allowed", 1, 1},
    {"(var [... b] 1)", "Positional rest must follow a named parameter", 1, 1},
    {"(fn f [a =] 1)", "Missing default of parameter a", 1, 1},
    {"(fn f [x: Self] x)",
     "Invalid contextual type: Self is only available inside class scope", 1,
     1},
    {"(yield 1)", "yield used outside of a generator", 1, 1},
    {"(fn g* [] (fn [] (yield 1)))", "yield used outside of a generator", 1,
     18},
    {"(super .m)", "super used outside of a method", 1, 1},
    {"($set m @a/b 1)",
     "$set expects a selector (@property) as second argument", 1, 1},
    {"(match 1 2)",
     "match has been removed; use (var pattern value) for binding or "
     "(case ...) for branching",
     1, 1},
    {"(class A (method m! [] 1))", "method: a name cannot end in '!': m!", 1,
     10},
    {"(class)", "class: missing name", 1, 1},
    {"(try 1 catch)", "catch: missing clause", 1, 1},
    {"(throw 1 2)", "throw: expected at most one value", 1, 1},
    {"(await ^bogus 1 x)", "await: unexpected keyword argument: bogus", 1, 1},
};

static void test_errors(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
    const bad *b = &BAD[i];
    gene_compile_error_t err;
    gn_program *p =
        gn_compile_source(core, b->source, strlen(b->source), false, &err);
    if (p)
      fail_msg("accepted: %s", b->source);
    assert_string_equal(err.message, b->message);
    assert_string_equal(err.class_name, "CompileException");
    if (err.line != b->line || err.column != b->column)
      fail_msg("%s: at %u:%u", b->source, err.line, err.column);
  }
}

static void test_error_line(void **state) {
  (void)state;
  const char *source = "(var a 1)\n  (println \"\u00e9\" (1 +))\n";
  gene_compile_error_t err;
  gene_program_t *p;
  assert_int_equal(gene_program_load(core, source, strlen(source), &p, &err),
                   -1);
  assert_string_equal(err.source_line, "  (println \"\u00e9\" (1 +))");
  assert_int_equal(err.column, 16);
  assert_int_equal(err.caret, 15);
  source = "(1 + 2";
  assert_int_equal(gene_program_load(core, source, strlen(source), &p, &err),
                   -1);
  assert_string_equal(err.class_name, "ParseException");
  assert_string_equal(err.source_line, "(1 + 2");
}

/* A long line is shown around the place. */
static void test_error_long_line(void **state) {
  (void)state;
  char source[3001];
  memset(source, 'x', sizeof source);
  for (size_t i = 3; i < 2000; i += 4)
    source[i] = ' ';
  memcpy(source + 2000, " (1 +) ", 7);
  source[3000] = 0;
  gene_compile_error_t err;
  assert_null(gn_compile_source(core, source, 3000, false, &err));
  assert_int_equal(err.column, 2002);
  assert_memory_equal(err.source_line + err.caret, "(1 +)", 5);
}

/* ---- limits ---- */

/* before, `piece` n times, after. The caller frees it. */
static char *repeated(const char *before, const char *piece, size_t n,
                      const char *after) {
  size_t len = strlen(piece);
  char *s = malloc(strlen(before) + len * n + strlen(after) + 1);
  assert_non_null(s);
  char *at = stpcpy(s, before);
  for (size_t i = 0; i < n; i++)
    at = stpcpy(at, piece);
  strcpy(at, after);
  return s;
}

static void expect_big(const char *before, const char *piece, size_t n,
                       const char *after, const char *message) {
  char *s = repeated(before, piece, n, after);
  gene_compile_error_t err;
  gn_program *p = gn_compile_source(core, s, strlen(s), false, &err);
  if (message) {
    assert_null(p);
    assert_string_equal(err.message, message);
  } else {
    assert_non_null(p);
    assert_null(program_check(p));
    gn_program_release(p);
  }
  free(s);
}

static void test_large(void **state) {
  (void)state;
  expect_big("(fn f [x] (", "x + ", 50000, "1))", NULL);
  expect_big("(fn f [x] [", "x ", 50000, "])", NULL);
  expect_big("(fn f [x] (x ", "x ", 50000, "))", NULL);
  expect_big("(fn f [x] #\"", "#{x}", 50000, "\")", NULL);
  expect_big("(fn f [x] (if ", "(x) 1 elif ", 10000, "x 2))", NULL);
  expect_big("(fn f [x] (if (x < 1) ", "(println x)", 20000, " else 2))", NULL);
  expect_big("(fn f [x] (while (x < 1) ", "(println x)", 20000, "))", NULL);
  expect_big("(", "2 ** ", 100000, "1)", "Function too large");
  expect_big("(a", "/b", 1000, ")", "Nesting too deep");
  expect_big("", "(m! (var a 1))", 1500, "", NULL);
}

static void test_nested(void **state) {
  (void)state;
  char *open = repeated("", "(fn [x] ", 300, "x");
  expect_big(open, ")", 300, "", NULL);
  free(open);
  open = repeated("", "(m! ", 300, "x");
  expect_big(open, ")", 300, "", NULL);
  free(open);
  open = repeated("(fn f [a] ", "(a || ", 300, "(f)");
  expect_big(open, ")", 301, "", NULL);
  free(open);
}

/* ---- cache ---- */

static gn_program *named_program(char name) {
  char source[] = "(var x \"?\") x";
  source[8] = name;
  return compiled(source);
}

static gn_program *find(gn_cache *cache, const char *source, size_t len) {
  uint64_t key[2];
  gn_cache_key(cache, source, len, key);
  return gn_cache_find(cache, key, source, len);
}

static void insert(gn_cache *cache, gn_program *p) {
  gn_cache_key(cache, p->source, p->source_len, p->key);
  gn_cache_insert(cache, p);
}

static void test_cache(void **state) {
  (void)state;
  gn_cache cache;
  gn_program *a = named_program('a'), *b = named_program('b'),
             *c = named_program('c');
  gn_cache_init(&cache, a->bytes + b->bytes, 42);
  assert_null(find(&cache, a->source, a->source_len));
  insert(&cache, a);
  insert(&cache, b);
  gn_program *found = find(&cache, a->source, a->source_len);
  assert_ptr_equal(found, a);
  gn_program_release(found);
  insert(&cache, c); /* b is the least recently used */
  assert_null(find(&cache, b->source, b->source_len));
  assert_int_equal(cache.count, 2);
  assert_int_equal(cache.hits, 1);
  assert_int_equal(cache.misses, 2);
  assert_true(cache.bytes <= cache.max_bytes);
  gn_program_release(a);
  gn_program_release(b);
  gn_program_release(c);
  gn_cache_destroy(&cache);
}

static void test_cache_many(void **state) {
  (void)state;
  gn_cache cache;
  gn_cache_init(&cache, (size_t)1 << 30, 1);
  char source[32];
  for (int round = 0; round < 2; round++)
    for (int i = 0; i < 300; i++) {
      int n = snprintf(source, sizeof source, "(+ 1 %d)", i);
      gn_program *p = find(&cache, source, (size_t)n);
      assert_true((p != NULL) == (round == 1));
      if (!p) {
        p = compiled(source);
        insert(&cache, p);
      }
      gn_program_release(p);
    }
  assert_int_equal(cache.count, 300);
  gn_cache_destroy(&cache);
}

/* ---- places ---- */

static void test_places(void **state) {
  (void)state;
  gn_program *p = compiled("(var a 1)\n(fn f [x]\n  (x .go\n    (a .b)))");
  const gn_proto *f = p->main->protos[0];
  uint32_t line, column, sends = 0;
  for (uint32_t pc = 0; pc < f->ncode; pc++) {
    if (f->code[pc].op != GN_OP_SEND && f->code[pc].op != GN_OP_TSEND)
      continue;
    gn_proto_place(f, pc, &line, &column);
    assert_int_equal(line, sends == 0 ? 4 : 3);
    assert_int_equal(column, sends == 0 ? 5 : 3);
    sends++;
  }
  assert_int_equal(sends, 2);
  gn_program_release(p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_fib),
      cmocka_unit_test(test_loop_in_registers),
      cmocka_unit_test(test_module_variables),
      cmocka_unit_test(test_tail_calls),
      cmocka_unit_test(test_closures),
      cmocka_unit_test(test_methods),
      cmocka_unit_test(test_calls),
      cmocka_unit_test(test_logic),
      cmocka_unit_test(test_parameters),
      cmocka_unit_test(test_errors),
      cmocka_unit_test(test_error_line),
      cmocka_unit_test(test_error_long_line),
      cmocka_unit_test(test_large),
      cmocka_unit_test(test_nested),
      cmocka_unit_test(test_cache),
      cmocka_unit_test(test_cache_many),
      cmocka_unit_test(test_places),
  };
  return cmocka_run_group_tests(tests, open_core, close_core);
}
