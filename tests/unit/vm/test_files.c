/*
 * test_files.c - file operations of scripts: what they give, how they fail,
 * what they are not allowed, and that nothing of them outlives its context.
 */
#include "vm/ground.h"

#include <dirent.h>

#include "io/io.h"

static int open_ground(void **state) {
  return ground_open(state, (gene_io_options_t){.scratch_bytes = 1 << 20,
                                                .scratch_files = 10});
}

static int count_entries(const char *path) {
  int n = 0;
  DIR *d = opendir(path);
  assert_non_null(d);
  while (readdir(d) != NULL)
    n++;
  closedir(d);
  return n - 2;
}

static void remove_all(const char *path) {
  char command[128];
  snprintf(command, sizeof command, "rm -rf '%s'", path);
  assert_int_equal(system(command), 0);
}

static int close_ground(void **state) {
  ground *g = *state;
  session_close(&g->s);
  assert_int_equal(count_entries(g->root), 1); /* host */
  remove_all(g->host);
  return ground_close(g);
}

static gene_context_options_t trusted(ground *g) {
  return (gene_context_options_t){.root_folder = g->host,
                                  .capabilities = GENE_CAP_FS};
}

static void put_host(ground *g, const char *name, const char *bytes,
                     size_t len) {
  char path[160];
  snprintf(path, sizeof path, "%s/%s", g->host, name);
  FILE *f = fopen(path, "wb");
  assert_non_null(f);
  assert_int_equal(fwrite(bytes, 1, len, f), len);
  fclose(f);
}

/* ---- what operations give ---- */

static void test_round_trip(void **state) {
  ground *g = *state;
  session_expect(&g->s,
                 "(var f (gene/io/write_async \"a.txt\" \"h\xc3\xa9llo\"))"
                 "(println f/.state (await f))"
                 "(println (await (gene/io/read_async \"a.txt\")))"
                 "(println (gene/io/write \"a.txt\" \"new\"))"
                 "(println (gene/io/read \"/scratch/./x/../a.txt\"))"
                 "(println (await (gene/io/append_async \"a.txt\" \"er\")))"
                 "(println (gene/io/read \"a.txt\"))"
                 "(gene/io/write \"empty\" \"\")"
                 "(println ((gene/io/read \"empty\") .size))",
                 NULL, "pending 6\nh\xc3\xa9llo\nnil\nnew\n2\nnewer\n0\n");
}

static void test_files_and_folders(void **state) {
  ground *g = *state;
  session_expect(
      &g->s,
      "(Dir/create \"d/e\") (Dir/create \"d\")"
      "(File/write \"d/b\" 7.5) (File/write \"d/a\" [1 \"x\"])"
      "(File/append \"d/b\" nil)"
      "(println (Dir/list \"d\") (Dir/list \"d/\"))"
      "(println (File/read \"d/a\") (File/read \"d/b\"))"
      "(println (File/exists \"d/a\") (File/exists \"d\") (File/exists \"n\")"
      "  (Dir/exists \"d\") (Dir/exists \"d/a\") (Dir/exists \"d/a/x\"))"
      "(var st (await (gene/io/stat_async \"d/b\")))"
      "(println st/size st/kind (typeof st/modified))"
      "(Dir/delete \"d\") (println (Dir/exists \"d\"))"
      "(println (Dir/list \"/scratch\"))",
      NULL,
      "[d/a d/b d/e] [d/a d/b d/e]\n[1 x] 7.5nil\n"
      "true false false true false false\n6 file DateTime\nfalse\n[]\n");
}

static void test_lines(void **state) {
  ground *g = *state;
  session_expect(&g->s,
                 "(File/write \"l\" \"one\\r\\n\\ntwo\\n\")"
                 "(println (File/read_lines \"l\"))"
                 "(println (File/each_line \"l\" (fn [s] (gene/sleep 1)"
                 "  (println (s .size)))))"
                 "(File/write \"l\" \"no end\")"
                 "(println (File/read_lines \"l\"))",
                 NULL, "[one  two]\n3\n0\n3\nnil\n[no end]\n");
}

/* More than one turn in the pool each way, and ill-formed text. */
static void test_large_and_ill_formed(void **state) {
  ground *g = *state;
  size_t len = 3u << 20;
  char *bytes = malloc(len);
  assert_non_null(bytes);
  memset(bytes, 'x', len);
  put_host(g, "big", bytes, len);
  put_host(g, "bad", "a\xff\xe2\x82z", 5);
  free(bytes);
  gene_context_options_t options = trusted(g);
  session_expect(&g->s,
                 "(var t (gene/io/read \"big\"))"
                 "(println (t .size))"
                 "(println (await (gene/io/write_async \"copy\" t)))"
                 "(println ((gene/io/read \"copy\") == t))"
                 "(println (gene/io/read \"bad\"))"
                 "(println ((await (gene/io/read_bytes_async \"bad\")) .size))",
                 &options,
                 "3145728\n3145728\ntrue\na\xef\xbf\xbd\xef\xbf\xbdz\n5\n");
}

static void test_special_files_of_the_host(void **state) {
  ground *g = *state;
  gene_context_options_t options = trusted(g);
  options.limits.memory_bytes = 1 << 20;
  session_expect(&g->s,
                 "(println ((gene/io/read \"/proc/self/stat\") .empty?))",
                 &options, "false\n");
  session_run(&g->s, "(try (gene/io/read \"/dev/zero\") catch e 1)", &options);
  assert_int_equal(g->s.result.status, GENE_FAILURE);
  assert_true(session_text_is(g->s.result.error->code, "GENE.LIMIT.MEMORY"));
}

/* ---- failures ---- */

static void test_failures(void **state) {
  ground *g = *state;
  session_expect(
      &g->s,
      "(fn say [f] (try (println (f)) catch e"
      "  (println (typeof e) e/message e/path e/code)))"
      "(say (-> (gene/io/read \"none\")))"
      "(var f (gene/io/read_async \"none\"))"
      "(f .on_failure (e -> (println \"seen\" e/code)))"
      "(say (-> (await f)))"
      "(Dir/create \"d\")"
      "(say (-> (gene/io/read \"d\")))"
      "(say (-> (gene/io/write \"d\" \"x\")))"
      "(say (-> (gene/io/write \"n/x\" \"x\")))"
      "(say (-> (File/append \"n/x\" \"x\")))"
      "(say (-> (await (gene/io/remove_async \"none\"))))"
      "(say (-> (Dir/list \"none\")))"
      "(say (-> (Dir/delete \"none\")))"
      "(say (-> (gene/io/read \"\")))",
      NULL,
      "IOError Failed to read file 'none': no such file or directory none "
      "ENOENT\n"
      "seen ENOENT\n"
      "IOError Failed to read file 'none': no such file or directory none "
      "ENOENT\n"
      "IOError Failed to read file 'd': illegal operation on a directory d "
      "EISDIR\n"
      "IOError Failed to write file 'd': illegal operation on a directory d "
      "EISDIR\n"
      "IOError Failed to write file 'n/x': no such file or directory n/x "
      "ENOENT\n"
      "IOError Failed to append to file 'n/x': no such file or directory n/x "
      "ENOENT\n"
      "IOError Failed to delete file 'none': no such file or directory none "
      "ENOENT\n"
      "IOError Failed to list directory 'none': no such file or directory "
      "none ENOENT\n"
      "IOError Failed to delete directory 'none': no such file or directory "
      "none ENOENT\n"
      "IOError Failed to read file '': no such file or directory  ENOENT\n");
}

static void test_wrong_arguments(void **state) {
  ground *g = *state;
  session_expect(&g->s,
                 "(fn kind [f] (try (f) \"none\" catch e (typeof e)))"
                 "(println (kind (-> (gene/io/read_async 5)))"
                 "  (kind (-> (gene/io/write_async \"a\" 5)))"
                 "  (kind (-> (gene/io/read_async)))"
                 "  (kind (-> (gene/io/read_async \"a\\u0000b\")))"
                 "  (kind (-> (File/each_line \"a\" 5))))",
                 NULL,
                 "TypeException TypeException ArgumentException "
                 "ArgumentException TypeException\n");
}

static void test_nothing_outside_is_reached(void **state) {
  ground *g = *state;
  const char *source =
      "(fn say [p] (try (gene/io/read_async p) (println \"no\") catch e"
      "  (println (typeof e) e/message)))"
      "(say \"/etc/passwd\") (say \"../x\") (say \"/scratch/../x\")"
      "(say \"/scratchy\") (say \"a/../../x\")";
  session_expect(&g->s, source, NULL,
                 "PermissionException Permission denied: fs\n"
                 "PermissionException Permission denied: fs\n"
                 "PermissionException Permission denied: fs\n"
                 "PermissionException Permission denied: fs\n"
                 "PermissionException Permission denied: fs\n");
  gene_context_options_t fs = {.capabilities = GENE_CAP_FS};
  session_expect(&g->s,
                 "(try (gene/io/read \"/etc/passwd\") catch e"
                 "  (println (typeof e) e/code))",
                 &fs, "IOError ENOENT\n");
}

/* A link in a scratch folder, which no script can make, leads nowhere. */
static void check_link(ground *g) {
  session_start(&g->s,
                "(gene/io/write \"a\" \"x\") (gene/sleep 1)"
                "(try (gene/io/read \"link\") catch e (println (typeof e)))"
                "(try (gene/io/write \"link\" \"y\") catch e"
                "  (println (typeof e)))",
                NULL);
  gn_io *io = gn_io_of(g->s.core);
  char path[160];
  const gn_client *client;
  do {
    assert_true(session_step(&g->s));
    uv_run(&g->s.loop, UV_RUN_ONCE);
    client = ((gn_ctx *)g->s.context)->io;
  } while (client == NULL || client->files == 0);
  snprintf(path, sizeof path, "%s/%u/link", io->scratch.path, client->id);
  assert_int_equal(symlink("/etc/passwd", path), 0);
  session_finish(&g->s);
  assert_string_equal(g->s.output,
                      "PermissionException\nPermissionException\n");
}

static void test_links_are_refused(void **state) {
  ground *g = *state;
  gn_io *io = gn_io_of(g->s.core);
  check_link(g);
  io->scratch.no_openat2 = true;
  check_link(g);
}

/* ---- quotas ---- */

static void test_quota_of_bytes(void **state) {
  ground *g = *state;
  session_expect(
      &g->s,
      "(var k (\"0123456789abcdef\" .repeat 64))"
      "(var big (k .repeat 600))"
      "(fn say [f] (try (f) (println \"ok\") catch e"
      "  (println (typeof e) e/code)))"
      "(say (-> (gene/io/write \"a\" big)))"
      "(say (-> (gene/io/write \"b\" big)))"
      "(say (-> (gene/io/write \"a\" big)))"
      "(say (-> (File/delete \"b\")))"
      "(say (-> (gene/io/write \"c\" (k .repeat 400))))"
      "(say (-> (File/append \"c\" (k .repeat 30))))"
      "(File/delete \"a\") (File/delete \"c\")"
      "(say (-> (gene/io/write \"c\" (k .repeat 1024))))"
      "(say (-> (File/append \"c\" \"x\")))",
      NULL,
      "ok\nIOError EDQUOT\nok\nok\nok\nIOError EDQUOT\nok\nIOError EDQUOT\n");
}

static void test_quota_of_files(void **state) {
  ground *g = *state;
  session_expect(&g->s,
                 "(fn say [f] (try (f) (println \"ok\") catch e"
                 "  (println (typeof e) e/code)))"
                 "(Dir/create \"d/e\")"
                 "(for i in (range 0 7) (gene/io/write #\"d/#{i}\" \"\"))"
                 "(say (-> (gene/io/write \"x\" \"\")))"
                 "(say (-> (Dir/create \"y\")))"
                 "(Dir/delete \"d\")"
                 "(say (-> (Dir/create \"d/e/f/g/h/i/j/k/l/m\")))"
                 "(say (-> (gene/io/write \"x\" \"\")))",
                 NULL, "IOError EDQUOT\nIOError EDQUOT\nok\nIOError EDQUOT\n");
}

/* ---- ends ---- */

static void wait_for_pool(session *s) {
  while (gene_io_in_flight(s->core) > 0)
    uv_run(&s->loop, UV_RUN_ONCE);
}

static void test_the_folder_goes_with_its_context(void **state) {
  ground *g = *state;
  gn_io *io = gn_io_of(g->s.core);
  session_expect(&g->s,
                 "(Dir/create \"a/b\") (gene/io/write \"a/b/c\" \"x\")"
                 "(println 1)",
                 NULL, "1\n");
  assert_int_equal(count_entries(io->scratch.path), 1);
  session_expect(&g->s, "(println (File/exists \"a/b/c\"))", NULL, "false\n");
  session_end_script(&g->s);
  wait_for_pool(&g->s);
  assert_int_equal(count_entries(io->scratch.path), 0);
}

static void test_destroyed_while_working(void **state) {
  ground *g = *state;
  gene_context_options_t options = trusted(g);
  for (int steps = 0; steps < 6; steps++) {
    session_start(&g->s,
                  "(var t (\"0123456789abcdef\" .repeat 100000))"
                  "(for i in (range 0 20) (gene/io/write_async \"w\" t)"
                  "  (gene/io/read_async \"w\"))"
                  "($await_all)",
                  steps % 2 == 0 ? &options : NULL);
    for (int i = 0; i <= steps && session_step(&g->s); i++)
      uv_run(&g->s.loop, UV_RUN_ONCE);
    session_end_script(&g->s);
  }
}

static void test_cancelled_operations(void **state) {
  ground *g = *state;
  gene_context_options_t options = trusted(g);
  session_expect(&g->s,
                 "(var fs [])"
                 "(repeat 50 (fs .push (gene/io/write_async \"w\" \"x\")))"
                 "(for f in fs (f .cancel))"
                 "(println fs/0/.state fs/49/.state)"
                 "(println (await (gene/io/write_async \"v\" \"yes\")))"
                 "(println (gene/io/read \"v\"))",
                 &options, "cancelled cancelled\n3\nyes\n");
}

static void test_many_at_once(void **state) {
  ground *g = *state;
  session_expect(&g->s,
                 "(gene/io/write \"a\" \"12345\")"
                 "(var fs []) (var n 0)"
                 "(repeat 2000 (fs .push (gene/io/read_async \"a\")))"
                 "(for f in fs (n += ((await f) .size)))"
                 "(println n)",
                 NULL, "10000\n");
}

/* Whatever allocation fails: the script goes on after a collection, or ends
 * with the memory limit. */
static void test_every_allocation_fails_once(void **state) {
  ground *g = *state;
  bool done = false;
  for (uint64_t n = 1; !done && n < 1000; n++) {
    session_start(&g->s,
                  "(gene/io/write \"a\" \"one\\ntwo\\nthree\\nfour\\nfive\")"
                  "(Dir/create \"d\") (File/append \"d/b\" [1 2])"
                  "(await (gene/io/stat_async \"a\"))"
                  "(try (gene/io/read \"none\") catch * $ex/path)"
                  "(println (File/read_lines \"a\") (Dir/list \"/scratch\"))"
                  "(gene/sleep 0)",
                  NULL);
    gn_ctx *ctx = g->s.context;
    gn_heap_fail_nth(&ctx->heap, n);
    session_finish(&g->s);
    if (g->s.result.status == GENE_SUCCESS)
      assert_string_equal(
          g->s.output, "[one two three four five] [/scratch/a /scratch/d]\n");
    else
      assert_true(
          session_text_is(g->s.result.error->code, "GENE.LIMIT.MEMORY"));
    done = ctx->heap.fail_in != 0; /* there were fewer than n */
  }
  assert_true(done);
}

/* What a process that is gone left is removed; what one that lives has is
 * not. */
static void test_leftovers_are_swept(void **state) {
  ground *g = *state;
  char left[128], inner[160];
  wait_for_pool(&g->s); /* it sweeps, too */
  snprintf(left, sizeof left, "%s/gene-scratch-gone", g->root);
  snprintf(inner, sizeof inner, "%s/0", left);
  assert_int_equal(mkdir(left, 0700), 0);
  assert_int_equal(mkdir(inner, 0700), 0);
  gn_io *io = gn_io_of(g->s.core);
  session other;
  gene_io_options_t options = {.scratch_root = g->root};
  session_open(&other, &options);
  wait_for_pool(&other);
  assert_int_not_equal(access(left, F_OK), 0);
  assert_int_equal(access(io->scratch.path, F_OK), 0);
  session_close(&other);
}

static void test_a_root_that_is_not_there(void **state) {
  (void)state;
  uv_loop_t loop;
  assert_int_equal(uv_loop_init(&loop), 0);
  gene_core_t *core = gene_core_create(NULL);
  assert_non_null(core);
  gene_io_options_t options = {.scratch_root = "/nonexistent/folder"};
  assert_int_equal(gene_io_attach(core, &loop, &options), UV_ENOENT);
  gene_core_destroy(core);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_ground, close_ground)
  const struct CMUnitTest tests[] = {
      TEST(test_round_trip),
      TEST(test_files_and_folders),
      TEST(test_lines),
      TEST(test_large_and_ill_formed),
      TEST(test_special_files_of_the_host),
      TEST(test_failures),
      TEST(test_wrong_arguments),
      TEST(test_nothing_outside_is_reached),
      TEST(test_links_are_refused),
      TEST(test_quota_of_bytes),
      TEST(test_quota_of_files),
      TEST(test_the_folder_goes_with_its_context),
      TEST(test_destroyed_while_working),
      TEST(test_cancelled_operations),
      TEST(test_many_at_once),
      TEST(test_every_allocation_fails_once),
      TEST(test_leftovers_are_swept),
      cmocka_unit_test(test_a_root_that_is_not_there),
  };
#undef TEST
  return cmocka_run_group_tests(tests, NULL, NULL);
}
