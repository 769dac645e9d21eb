/*
 * test_beneath.c - paths that must not lead out of a folder, emptying deep
 * trees, and mending text that is not UTF-8. Works in a folder of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/beneath.h"
#include "io/text.h"

typedef struct ground {
  char outer[64]; /* holds "secret" and the folder "in" */
  int dir;        /* of "in" */
} ground;

static void put(int dir, const char *name, const char *text) {
  int fd = openat(dir, name, O_CREAT | O_WRONLY, 0600);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, text, strlen(text)), strlen(text));
  close(fd);
}

static int set_up(void **state) {
  ground *g = calloc(1, sizeof *g);
  assert_non_null(g);
  strcpy(g->outer, "/tmp/gene-beneath-XXXXXX");
  assert_non_null(mkdtemp(g->outer));
  int outer = open(g->outer, O_RDONLY | O_DIRECTORY);
  assert_true(outer >= 0);
  put(outer, "secret", "s");
  assert_int_equal(mkdirat(outer, "in", 0700), 0);
  g->dir = openat(outer, "in", O_RDONLY | O_DIRECTORY);
  assert_true(g->dir >= 0);
  close(outer);
  *state = g;
  return 0;
}

static int tear_down(void **state) {
  ground *g = *state;
  gn_removed removed = {0};
  assert_int_equal(gn_empty_folder(g->dir, &removed), 0);
  close(g->dir);
  int outer = open(g->outer, O_RDONLY | O_DIRECTORY);
  assert_int_equal(gn_empty_folder(outer, &removed), 0);
  close(outer);
  assert_int_equal(rmdir(g->outer), 0);
  free(g);
  return 0;
}

static void test_clean_paths(void **state) {
  (void)state;
  static const struct {
    const char *path, *clean;
  } rows[] = {
      {"", ""},
      {"a", "a"},
      {"a/b", "a/b"},
      {"./a", "a"},
      {"a//b/", "a/b"},
      {"a/../b", "b"},
      {"a/..", ""},
      {"a/b/../../c", "c"},
      {"///", ""},
      {"...", "..."},
      {"..a/b..", "..a/b.."},
      {"/a", "a"},
      {"a/./././b", "a/b"},
  };
  char out[16];
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    int n = gn_path_clean(rows[i].path, strlen(rows[i].path), out, sizeof out);
    assert_int_equal(n, strlen(rows[i].clean));
    assert_string_equal(out, rows[i].clean);
  }
}

static void test_paths_that_are_refused(void **state) {
  (void)state;
  char out[16];
  static const char *const leaving[] = {
      "..", "../a", "a/../..", "a/../../b", "./../a", "/..", "a/b/../../../c"};
  for (size_t i = 0; i < sizeof leaving / sizeof *leaving; i++)
    assert_int_equal(
        gn_path_clean(leaving[i], strlen(leaving[i]), out, sizeof out), -EXDEV);
  assert_int_equal(gn_path_clean("a\0b", 3, out, sizeof out), -EINVAL);
  assert_int_equal(gn_path_clean("0123456789abcdef", 16, out, sizeof out),
                   -ENAMETOOLONG);
  assert_int_equal(gn_path_clean("0123456789abcde", 15, out, sizeof out), 15);
}

static int open_both(ground *g, bool walk, const char *path, int flags) {
  gn_place at = {.dir = g->dir, .no_openat2 = walk, .path = path};
  return gn_place_open(&at, flags, 0600);
}

static void check_links(ground *g, bool walk) {
  static const char *const out[] = {"up",    "abs",          "sub/up", "abs/x",
                                    "chain", "updir/secret", "passwd"};
  for (size_t i = 0; i < sizeof out / sizeof *out; i++)
    assert_int_equal(open_both(g, walk, out[i], O_RDONLY), -EXDEV);
  int fd = open_both(g, walk, "sub/file", O_RDONLY);
  assert_true(fd >= 0);
  close(fd);
  assert_int_equal(open_both(g, walk, "sub/none", O_RDONLY), -ENOENT);
  assert_int_equal(open_both(g, walk, "sub/file/x", O_RDONLY), -ENOTDIR);
  fd = open_both(g, walk, "", O_RDONLY | O_DIRECTORY);
  assert_true(fd >= 0);
  close(fd);
}

/* Neither a link to the outside nor one through a folder is followed. */
static void test_links_lead_nowhere(void **state) {
  ground *g = *state;
  assert_int_equal(mkdirat(g->dir, "sub", 0700), 0);
  put(g->dir, "sub/file", "x");
  assert_int_equal(symlinkat("../secret", g->dir, "up"), 0);
  assert_int_equal(symlinkat("../../secret", g->dir, "sub/up"), 0);
  assert_int_equal(symlinkat("/etc", g->dir, "abs"), 0);
  assert_int_equal(symlinkat("/etc/passwd", g->dir, "passwd"), 0);
  assert_int_equal(symlinkat("up", g->dir, "chain"), 0);
  assert_int_equal(symlinkat("..", g->dir, "updir"), 0);
  check_links(g, true);
  if (gn_beneath_supported())
    check_links(g, false);
}

static void check_changes(ground *g, bool walk) {
  gn_place at = {.dir = g->dir, .no_openat2 = walk, .path = "d"};
  struct stat st;
  assert_int_equal(gn_place_mkdir(&at), 0);
  assert_int_equal(gn_place_mkdir(&at), -EEXIST);
  assert_int_equal(gn_place_stat(&at, &st), 0);
  assert_true(S_ISDIR(st.st_mode));
  at.path = "d/f";
  int fd = gn_place_open(&at, O_CREAT | O_EXCL | O_WRONLY, 0600);
  assert_true(fd >= 0);
  close(fd);
  assert_int_equal(gn_place_rmdir(&(gn_place){g->dir, false, walk, "d"}),
                   -ENOTEMPTY);
  assert_int_equal(gn_place_unlink(&at), 0);
  assert_int_equal(gn_place_unlink(&at), -ENOENT);
  at.path = "";
  assert_int_equal(gn_place_rmdir(&at), -EBUSY);
  at.path = "d";
  assert_int_equal(gn_place_rmdir(&at), 0);
}

static void test_making_and_removing(void **state) {
  ground *g = *state;
  check_changes(g, true);
  if (gn_beneath_supported())
    check_changes(g, false);
}

/* A tree of 700 levels, with files and names that emptying uses itself. */
static void test_deep_trees_are_emptied(void **state) {
  ground *g = *state;
  put(g->dir, ".gone-1", "taken");
  assert_int_equal(mkdirat(g->dir, ".gone-2", 0700), 0);
  put(g->dir, ".gone-2/x", "12345");
  int at = dup(g->dir);
  for (int i = 0; i < 700; i++) {
    assert_int_equal(mkdirat(at, "d", 0700), 0);
    put(at, "f", "123");
    int next = openat(at, "d", O_RDONLY | O_DIRECTORY);
    assert_true(next >= 0);
    close(at);
    at = next;
  }
  close(at);
  gn_removed removed = {0};
  assert_int_equal(gn_empty_folder(g->dir, &removed), 0);
  assert_int_equal(removed.files, 1403);
  assert_int_equal(removed.bytes, 700 * 3 + 5 + 5);
  assert_int_equal(gn_empty_folder(g->dir, &removed), 0);
  assert_int_equal(removed.files, 1403);
}

static void test_text_is_mended(void **state) {
  (void)state;
#define R "\xef\xbf\xbd"
  static const struct {
    const char *bytes, *text;
  } rows[] = {
      {"", ""},
      {"plain \xc3\xa9", "plain \xc3\xa9"},
      {"\xff", R},
      {"a\x80z", "a" R "z"},
      {"\xc3(", R "("},
      {"\xe2\x82", R},
      {"\xe2\x82\xe2\x82\xac", R "\xe2\x82\xac"},
      {"\xf0\x9f\x98x", R "x"},
      {"\xed\xa0\x80", R R R},
      {"\xc0\xaf", R R},
      {"\xf0\x80\x80\xaf", R R R R},
      {"\xf4\x90\x80\x80", R R R R},
      {"\xe1\x80\xe2\xf0\x91\x92\xf1\xbf", R R R R},
  };
#undef R
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char out[64];
    size_t raw = strlen(rows[i].bytes), len = strlen(rows[i].text);
    assert_int_equal(gn_utf8_mend(rows[i].bytes, raw, NULL), len);
    assert_int_equal(gn_utf8_mend(rows[i].bytes, raw, out), len);
    assert_memory_equal(out, rows[i].text, len);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_clean_paths),
      cmocka_unit_test(test_paths_that_are_refused),
      cmocka_unit_test_setup_teardown(test_links_lead_nowhere, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(test_making_and_removing, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(test_deep_trees_are_emptied, set_up,
                                      tear_down),
      cmocka_unit_test(test_text_is_mended),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
