/*
 * test_keys.c - the file of keys: what it grants, what is wrong with it; whose
 * a token is, also when the file is read again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "server/keys.h"

/* sha256 of "one" and of "two". */
#define ONE "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"
#define TWO "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3"

static char path[] = "/tmp/test_keys_XXXXXX";
static struct config_faults faults, warnings;
static struct keys *keys;

static struct key_file *read_text(const char *text) {
  FILE *file = fopen(path, "w");

  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  fclose(file);
  faults = warnings = (struct config_faults){0};
  return keys_read(path, &faults, &warnings);
}

/* Makes these the keys. */
static void use(const char *text) {
  struct key_file *file = read_text(text);

  assert_string_equal(faults.text, "");
  assert_non_null(file);
  assert_true(keys_use(keys, file));
}

static struct account *whose(const char *token) {
  return keys_find(keys, (gene_text_t){token, strlen(token)});
}

static void tokens_are_found(void **state) {
  (void)state;
  assert_false(keys_are_asked_for(keys));
  assert_null(whose("one"));
  use("# keys\n\nfirst sha256=" ONE " # comment\n\tsecond  sha256=" TWO "\n");
  assert_true(keys_are_asked_for(keys));
  assert_int_equal(keys_count(keys), 2);
  assert_string_equal(whose("one")->name, "first");
  assert_string_equal(whose("two")->name, "second");
  assert_int_not_equal(whose("one")->id, whose("two")->id);
  assert_null(whose("three"));
  assert_null(whose("on"));
  assert_null(whose("one "));
  assert_null(whose(""));
  assert_null(whose(ONE));
  assert_int_equal(keys_anonymous(keys)->id, 0);
}

static void grants_are_read(void **state) {
  const struct grants *grants;

  (void)state;
  use("a sha256=" ONE " grants=fs,net,env,db:main,db:log max-wall=5s "
      "max-fuel=1e6 max-memory=1MiB max-output=2KiB\nb sha256=" TWO "\n");
  grants = &whose("one")->grants;
  assert_int_equal(grants->capabilities,
                   GENE_CAP_FS | GENE_CAP_NET | GENE_CAP_ENV);
  assert_string_equal(grants->databases, "main,log");
  assert_int_equal(grants->max_wall, 5000);
  assert_int_equal(grants->max_fuel, 1000000);
  assert_int_equal(grants->max_memory, 1 << 20);
  assert_int_equal(grants->max_output, 2048);
  grants = &whose("two")->grants;
  assert_int_equal(grants->capabilities, 0);
  assert_null(grants->databases);
  assert_int_equal(grants->max_wall, 0);
  assert_int_equal(account_cap(10, 0), 10);
  assert_int_equal(account_cap(10, 9), 9);
  assert_int_equal(account_cap(10, 11), 10);
}

static void faults_name_the_line(void **state) {
  const struct {
    const char *line, *fault;
  } cases[] = {
      {"a", "sha256: the hash of the token is missing"},
      {"a sha256=12", "sha256: '12' is not 64 hexadecimal digits"},
      {"a sha256=" ONE "0", "is not 64 hexadecimal digits"},
      {"a sha256", "'sha256' is not NAME=VALUE"},
      {"a/b sha256=" ONE, "'a/b' is no name of a key"},
      {"a sha256=" ONE " grants=process", "grants: process is never granted"},
      {"a sha256=" ONE " grants=fs,disk",
       "grants: 'disk' is not one of fs, net, env, db:NAME"},
      {"a sha256=" ONE " grants=db:", "'db:' does not name a database"},
      {"a sha256=" ONE " max-wall=soon",
       "max-wall: 'soon' is not a time such as 500ms, 30s or 2m"},
      {"a sha256=" ONE " max-memory=1",
       "max-memory: '1' is not between 256KiB and 2GiB"},
      {"a sha256=" ONE " max-wal=1s",
       "'max-wal': a key has no such setting; did you mean max-wall?"},
      {"a sha256=" ONE " zzz=1", "'zzz': a key has no such setting"},
      {"ok sha256=" ONE, "ok: line 1 has a key of that name already"},
      {"b sha256=" TWO, "b: line 1 has the same token"},
  };
  char text[512], before[64];

  (void)state;
  snprintf(before, sizeof before, "%s:3: ", path);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    snprintf(text, sizeof text, "ok sha256=" TWO "\n\n%s\n", cases[i].line);
    assert_null(read_text(text));
    assert_int_equal(strncmp(faults.text, before, strlen(before)), 0);
    assert_non_null(strstr(faults.text, cases[i].fault));
  }
  assert_null(read_text("a\nb sha256=1 grants=process\n"));
  assert_non_null(strstr(faults.text, ":1: "));
  assert_non_null(strstr(faults.text, ":2: sha256"));
  assert_non_null(strstr(faults.text, ":2: grants"));
  assert_null(keys_read("/nowhere", &faults, &warnings));
  assert_non_null(strstr(faults.text, "keys: '/nowhere' can't be read"));
}

static void odd_files_are_told(void **state) {
  (void)state;
  assert_int_equal(chmod(path, 0644), 0);
  keys_drop(read_text("a sha256=" ONE "\n"));
  assert_non_null(strstr(warnings.text, "is open to others (mode 0644)"));
  assert_int_equal(chmod(path, 0600), 0);
  keys_drop(read_text("a sha256=" ONE "\n"));
  assert_string_equal(warnings.text, "");
  keys_drop(read_text("# none\n"));
  assert_non_null(strstr(warnings.text, "holds no key"));
}

/* A key may change its token, its grants, go and come back: it is the same. */
static void accounts_stay(void **state) {
  struct account *first;

  (void)state;
  use("a sha256=" ONE " grants=fs,db:x\n");
  first = whose("one");
  use("b sha256=" ONE "\na sha256=" TWO " grants=net\n");
  assert_ptr_equal(whose("two"), first);
  assert_int_equal(first->grants.capabilities, GENE_CAP_NET);
  assert_null(first->grants.databases);
  assert_string_equal(whose("one")->name, "b");
  use("b sha256=" ONE "\n");
  assert_null(whose("two"));
  assert_string_equal(first->name, "a");
  use("a sha256=" TWO "\n");
  assert_ptr_equal(whose("two"), first);
  assert_true(keys_use(keys, NULL));
  assert_false(keys_are_asked_for(keys));
}

static void made_keys_work(void **state) {
  char *token = NULL, *line = NULL;
  size_t token_len = 0, line_len = 0;
  FILE *to_token = open_memstream(&token, &token_len);
  FILE *to_line = open_memstream(&line, &line_len);

  (void)state;
  assert_true(to_token != NULL && to_line != NULL);
  assert_true(keys_make("ci-1", to_token, to_line));
  assert_false(keys_make("", to_token, to_line));
  assert_false(keys_make("a b", to_token, to_line));
  fclose(to_token);
  fclose(to_line);
  assert_int_equal(token_len, 6 + 64 + 1);
  assert_memory_equal(token, "gened_", 6);
  token[token_len - 1] = '\0';
  assert_null(strstr(line, token + 6));
  use(line);
  assert_string_equal(whose(token)->name, "ci-1");
  token[20] ^= 1;
  assert_null(whose(token));
  free(token);
  free(line);
}

static void many_keys(void **state) {
  enum { MANY = 10000 };
  char *text = malloc(MANY * 96), *at = text;

  (void)state;
  assert_non_null(text);
  for (int i = 0; i < MANY; i++)
    at += sprintf(at, "key%d sha256=%064x\n", i, i);
  sprintf(text, "key0 sha256=" ONE);
  text[strlen(text)] = '\n';
  use(text);
  assert_int_equal(keys_count(keys), MANY);
  assert_string_equal(whose("one")->name, "key0");
  sprintf(at, "more sha256=" TWO "\n");
  assert_null(read_text(text));
  assert_non_null(strstr(faults.text, "more than 10000 keys"));
  free(text);
}

static int begin(void **state) {
  (void)state;
  keys = keys_create();
  return keys == NULL ? -1 : 0;
}

static int end(void **state) {
  (void)state;
  keys_destroy(keys);
  return 0;
}

static int make_path(void **state) {
  int fd = mkstemp(path);

  (void)state;
  return fd < 0 ? -1 : close(fd);
}

static int remove_path(void **state) {
  (void)state;
  return unlink(path);
}

#define WITH_KEYS(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_KEYS(tokens_are_found),
      WITH_KEYS(grants_are_read),
      WITH_KEYS(faults_name_the_line),
      WITH_KEYS(odd_files_are_told),
      WITH_KEYS(accounts_stay),
      WITH_KEYS(made_keys_work),
      WITH_KEYS(many_keys),
  };

  return cmocka_run_group_tests(tests, make_path, remove_path);
}
