/*
 * test_system.c - what a run may know and do of its surroundings: variables,
 * the current folder, child processes, its own end. With and without grants.
 */
#include "vm/ground.h"

#include "core/heap.h"
#include "run/context.h"

#define TEXT(s) \
  { s, sizeof s - 1 }

static int open_ground(void **state) {
  return ground_open(state, (gene_io_options_t){.scratch_bytes = 0});
}

static int close_ground(void **state) {
  ground *g = *state;
  session_close(&g->s);
  assert_int_equal(rmdir(g->host), 0); /* nothing is left in it */
  return ground_close(g);
}

static gene_context_options_t tool(ground *g) {
  static const gene_name_text_t env[] = {{TEXT("PATH"), TEXT("/bin:/usr/bin")},
                                         {TEXT("EMPTY"), TEXT("")}};
  return (gene_context_options_t){.root_folder = g->host,
                                  .env = env,
                                  .env_len = 2,
                                  .capabilities = GENE_CAP_FS | GENE_CAP_ENV |
                                                  GENE_CAP_PROCESS};
}

/* ---- variables ---- */

static void test_own_variables_need_no_grant(void **state) {
  ground *g = *state;
  const gene_name_text_t env[] = {{TEXT("A"), TEXT("one")},
                                  {TEXT("EMPTY"), TEXT("")}};
  gene_context_options_t options = {.env = env, .env_len = 2};
  session_expect(&g->s,
                 "(println (get_env \"A\") (has_env \"A\") $env/A)"
                 "(println (get_env \"EMPTY\") (get_env \"EMPTY\" 1))"
                 "(println (has_env \"EMPTY\") $env/B)"
                 "(var seen $env)"
                 "(println (set_env \"B\" nil) (set_env \"A\" 2.5))"
                 "(println (get_env \"A\") seen/A (has_env \"B\"))"
                 "(fn say [f] (try (println (f)) catch e"
                 "  (println (typeof e) e/message e/code)))"
                 "(say (-> (get_env \"C\")))"
                 "(say (-> (get_env \"C\" \"d\")))"
                 "(say (-> (has_env \"C\")))"
                 "(say (-> (set_env \"\" 1)))",
                 &options,
                 "one true one\nnil 1\ntrue void\nnil nil\n2.5 2.5 true\n"
                 "PermissionException Permission denied: env GENE.PERMISSION\n"
                 "PermissionException Permission denied: env GENE.PERMISSION\n"
                 "PermissionException Permission denied: env GENE.PERMISSION\n"
                 "ArgumentException set_env expects a name that is not empty "
                 "and has no '=' or NUL character GENE.RUNTIME.ERROR\n");
  session_expect(&g->s, "(println $env (set_env \"X\" 1) $env)", NULL,
                 "{^X 1} nil {^X 1}\n");
}

/* ---- the current folder ---- */

static void test_current_folder_of_a_private_run(void **state) {
  ground *g = *state;
  session_expect(
      &g->s,
      "(println $cwd (cwd) ($cwd) ($cwd .size))"
      "(Dir/create \"a/b\") (system/cd \"/scratch/a/b\")"
      "(println (system/cwd) (io/path_abs \"../x\"))"
      "(File/write \"../f\" 1) (println (File/read \"/scratch/a/f\"))"
      "(fn say [f] (try (println (f)) catch e"
      "  (println (typeof e) e/message)))"
      "(say (-> (system/cd \"../../..\")))"
      "(say (-> (system/cd \"/etc\")))"
      "(say (-> (File/read \"../../../f\")))"
      "(say (-> (system/cd \"../f\")))"
      "(say (-> (system/cd 5)))"
      "(system/cd \"../..\") (println $cwd)",
      NULL,
      "/scratch /scratch /scratch 8\n/scratch/a/b /scratch/a/x\n1\n"
      "PermissionException Permission denied: fs\n"
      "PermissionException Permission denied: fs\n"
      "PermissionException Permission denied: fs\n"
      "IOError Failed to enter directory '../f': not a directory\n"
      "TypeException system/cd expects a String as path, got Int\n"
      "/scratch\n");
}

static void test_permission_is_checked_at_the_call(void **state) {
  ground *g = *state;
  session_expect(&g->s,
                 "(fn say [f] (try (f) (println \"no\") catch e"
                 "  (println e/message)))"
                 "(say (-> (gene/io/read_async \"/x\")))"
                 "(say (-> (gene/io/stat_async \"../x\")))"
                 "(say (-> (new File \"/x\")))"
                 "(say (-> ((new File \"/x\") .read)))"
                 "(say (-> (system/exec \"ls\")))"
                 "(say (-> (system/shell \"ls\")))"
                 "(say (-> (gene/os/exec \"ls\")))"
                 "(say (-> (system/Process/start \"ls\")))",
                 NULL,
                 "Permission denied: fs\nPermission denied: fs\nno\n"
                 "Permission denied: fs\nPermission denied: process\n"
                 "Permission denied: process\nPermission denied: process\n"
                 "Permission denied: process\n");
}

static void test_current_folder_of_the_host(void **state) {
  ground *g = *state;
  char expected[400];
  gene_context_options_t options = tool(g);
  snprintf(expected, sizeof expected, "%s\n%s\n%s\n1 false\n", g->host, g->root,
           g->root);
  session_expect(&g->s,
                 "(println $cwd) (File/write \"f\" 1) (system/cd \"..\")"
                 "(println $cwd) (print (system/exec \"pwd\"))"
                 "(println (File/read \"host/f\") (File/exists \"f\"))"
                 "(File/delete \"host/f\")",
                 &options, expected);
}

/* ---- its end ---- */

static void expect_exit(ground *g, const char *source, const char *output,
                        const char *value, int code) {
  session_expect(&g->s, source, NULL, output);
  assert_true(g->s.result.exited);
  assert_int_equal(g->s.result.exit_code, code);
  assert_true(g->s.result.value_fixed);
  assert_true(session_text_is(g->s.result.value_json, value));
  assert_true(session_text_is(g->s.result.type, "Int"));
}

static void test_exit_is_the_value(void **state) {
  ground *g = *state;
  expect_exit(g, "(exit)", "", "0", 0);
  expect_exit(g, "(exit 3) (println 1)", "", "3", 3);
  expect_exit(g, "(exit -1)", "", "-1", -1);
  expect_exit(g, "(exit 4000000000)", "", "4000000000", 255);
  expect_exit(g, "(async (gene/sleep 1) (exit 6)) \"value\"", "", "6", 6);
  expect_exit(g, "(class P (method to_s [] (exit 7))) (new P)", "", "7", 7);
  expect_exit(g, "(try (exit 1) catch * 5 finally (exit 2))", "", "1", 1);
  expect_exit(g,
              "(var f (async (exit 1)))"
              "(f .on_failure (fn [e] (println \"told\")))"
              "(try (await f) catch * (println \"no\"))",
              "told\n", "1", 1);
  session_run(&g->s, "(try (exit \"a\") catch e e/message)", NULL);
  assert_false(g->s.result.exited);
  assert_true(
      session_text_is(g->s.result.text, "exit expects an Int, got String"));
}

static void test_exit_ends_all(void **state) {
  ground *g = *state;
  expect_exit(g,
              "(async (try (gene/sleep 100000)"
              "  catch CancellationException (println \"cancelled\")))"
              "(async (gene/sleep 100000))"
              "(gene/sleep_async 100000)"
              "(try (try (exit 5) catch * (println \"no\"))"
              "finally (gene/sleep 2) (println \"end\"))",
              "cancelled\nend\n", "5", 5);
  assert_int_equal(g->s.result.unhandled_len, 0);
}

/* Neither a busy fiber nor one that catches everything is waited for. */
static void test_exit_cannot_be_refused(void **state) {
  ground *g = *state;
  expect_exit(g,
              "(async (while true (try (gene/sleep 1) catch * 1)))"
              "(async (try (gene/sleep 1) catch * 1) (while true 1))"
              "(exit 5)",
              "", "5", 5);
}

static void test_an_error_of_finally_is_told(void **state) {
  ground *g = *state;
  expect_exit(g, "(try (exit 5) finally (throw \"x\"))", "", "5", 5);
  assert_int_equal(g->s.result.unhandled_len, 1);
}

/* ---- processes ---- */

static void wait_for_children(session *s) {
  while (gene_io_in_flight(s->core) > 0)
    uv_run(&s->loop, UV_RUN_ONCE);
}

static void test_commands(void **state) {
  ground *g = *state;
  gene_context_options_t options = tool(g);
  char expected[400];
  snprintf(expected, sizeof expected, "a b 1.5 s\n%s\nseen 4\n137\n300000\n",
           g->host);
  session_expect(&g->s,
                 "(print (system/exec \"echo\" \"a b\" 1.5 `s))"
                 "(print (system/exec \"pwd\"))"
                 "(set_env \"X\" \"seen\")"
                 "(var r (system/shell \"printf %s $X; exit 4\"))"
                 "(println r/output r/exit_code)"
                 "(r = (system/shell \"kill -9 $$\"))"
                 "(println r/exit_code)"
                 "(println ((system/exec \"head\" \"-c\" \"300000\""
                 "  \"/dev/zero\") .size))",
                 &options, expected);
}

static void test_commands_that_fail(void **state) {
  ground *g = *state;
  gene_context_options_t options = tool(g);
  session_expect(&g->s,
                 "(fn say [f] (try (f) (println \"no\") catch e"
                 "  (println (typeof e) e/message e/path e/code)))"
                 "(say (-> (system/exec \"no-such-command\")))"
                 "(say (-> (system/exec \"\")))"
                 "(say (-> (system/exec [1])))"
                 "(say (-> (system/exec \"a\\u0000\")))"
                 "(say (-> (system/shell 1)))",
                 &options,
                 "IOError Failed to run 'no-such-command': no such file or "
                 "directory no-such-command ENOENT\n"
                 "ArgumentException the command is empty void "
                 "GENE.RUNTIME.ERROR\n"
                 "TypeException system/exec expects Strings, Symbols and "
                 "numbers, got Array void GENE.RUNTIME.ERROR\n"
                 "ArgumentException an argument of a command cannot contain a "
                 "NUL character void GENE.RUNTIME.ERROR\n"
                 "TypeException system/shell expects a String, got Int void "
                 "GENE.RUNTIME.ERROR\n");
  options.root_folder = NULL; /* no tool: no command, whatever is granted */
  session_expect(&g->s,
                 "(try (system/exec \"ls\") catch e (println e/message))",
                 &options, "Permission denied: process\n");
}

static void test_talking_to_a_process(void **state) {
  ground *g = *state;
  gene_context_options_t options = tool(g);
  session_expect(&g->s,
                 "(var p (system/Process/start \"cat\"))"
                 "(async (for i in (range 0 500) (p .write_line i))"
                 "  (p .write \"end\") (p .close_stdin))"
                 "(var n 0) (var last nil) (var l nil)"
                 "(while (l = (p .read_line)) (n += 1) (last = l))"
                 "(println n last (p .wait) (p .read) (p .alive?))"
                 "(try (p .write 1) catch e (println (typeof e) e/code))"
                 "(var q (system/Process/start \"sleep\" \"100\"))"
                 "(var a (async (q .wait))) (var b (async (q .wait)))"
                 "(var c (async (q .read)))"
                 "(gene/sleep 1)"
                 "(try (q .read_line) catch e (println (typeof e)))"
                 "(q .kill 9) (println (await a) (await b) (await c))",
                 &options,
                 "502 end 0  false\nIOError EPIPE\nConcurrencyException\n"
                 "137 137 \n");
}

/* Output that nobody takes stays in the pipe, what is taken is charged. */
static void test_output_is_bounded(void **state) {
  ground *g = *state;
  gene_context_options_t options = tool(g);
  options.limits.memory_bytes = 4 << 20;
  session_expect(&g->s,
                 "(var p (system/Process/start \"yes\"))"
                 "(gene/sleep 50) (println (p .read_line) (p .alive?))",
                 &options, "y true\n");
  session_run(&g->s, "(system/exec \"yes\")", &options);
  assert_int_equal(g->s.result.status, GENE_FAILURE);
  assert_true(session_text_is(g->s.result.error->code, "GENE.LIMIT.MEMORY"));
  session_end_script(&g->s);
  wait_for_children(&g->s);
}

static void test_processes_end_with_their_run(void **state) {
  ground *g = *state;
  gene_context_options_t options = tool(g);
  for (int steps = 0; steps < 4; steps++) {
    session_start(&g->s,
                  "(system/Process/start \"sleep\" \"100\")"
                  "(async (system/exec \"sleep\" \"100\"))"
                  "(var p (system/Process/start \"cat\"))"
                  "(async (p .write (\"0123456789abcdef\" .repeat 50000)))"
                  "(async (p .wait)) (p .read)",
                  &options);
    for (int i = 0; i <= steps && session_step(&g->s); i++)
      uv_run(&g->s.loop, UV_RUN_NOWAIT);
    session_end_script(&g->s);
    wait_for_children(&g->s);
  }
}

static void test_cancelled_commands(void **state) {
  ground *g = *state;
  gene_context_options_t options = tool(g);
  session_expect(&g->s,
                 "(var f (async (system/exec \"sleep\" \"100\")))"
                 "(gene/sleep 5) (f .cancel)"
                 "(try (await f) catch e (println (typeof e)))",
                 &options, "CancellationException\n");
  wait_for_children(&g->s);
}

/* Whatever allocation fails: the script goes on after a collection, or ends
 * with the memory limit; no command is run twice. */
static void test_every_allocation_fails_once(void **state) {
  ground *g = *state;
  gene_context_options_t options = tool(g);
  bool done = false;
  for (uint64_t n = 1; !done && n < 1000; n++) {
    session_start(&g->s,
                  "(set_env \"X\" [1])"
                  "(var r (system/shell \"echo $X\")) (print r/output)"
                  "(var p (system/Process/start \"cat\"))"
                  "(p .write_line 5) (println (p .read_line))"
                  "(p .close_stdin) (println (p .read) (p .wait))"
                  "(try (system/exec \"/none\") catch * $ex/path)"
                  "(println (get_env \"X\") ($cwd .empty?))"
                  "(try (exit 0) finally 1)",
                  &options);
    gn_ctx *ctx = g->s.context;
    gn_heap_fail_nth(&ctx->heap, n);
    session_finish(&g->s);
    if (g->s.result.status == GENE_SUCCESS)
      assert_string_equal(g->s.output, "[1]\n5\n 0\n[1] false\n");
    else if (!session_text_is(g->s.result.error->code, "GENE.LIMIT.MEMORY"))
      fail_msg("%d: %s", (int)n, g->s.result.error->message.ptr);
    done = ctx->heap.fail_in != 0;
  }
  assert_true(done);
  session_end_script(&g->s);
  wait_for_children(&g->s);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_ground, close_ground)
  const struct CMUnitTest tests[] = {
      TEST(test_own_variables_need_no_grant),
      TEST(test_current_folder_of_a_private_run),
      TEST(test_permission_is_checked_at_the_call),
      TEST(test_current_folder_of_the_host),
      TEST(test_exit_is_the_value),
      TEST(test_exit_ends_all),
      TEST(test_exit_cannot_be_refused),
      TEST(test_an_error_of_finally_is_told),
      TEST(test_commands),
      TEST(test_commands_that_fail),
      TEST(test_talking_to_a_process),
      TEST(test_output_is_bounded),
      TEST(test_processes_end_with_their_run),
      TEST(test_cancelled_commands),
      TEST(test_every_allocation_fails_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
