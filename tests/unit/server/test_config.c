/*
 * test_config.c - settings: units, precedence, messages, derived values.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "server/config.h"
#include "server/config_value.h"
#include "server/log.h"

static const char *env_name, *env_value;

static char *lookup(const char *name) {
  if (env_name != NULL && strcmp(name, env_name) == 0)
    return (char *)env_value;
  return NULL;
}

static struct config_faults faults;
static struct config config;

/* Reads a command line of up to three words. */
static enum config_action read_config(const char *a, const char *b,
                                      const char *c) {
  const char *argv[] = {"gened", a, b, c, NULL};
  int argc = a == NULL ? 1 : b == NULL ? 2 : c == NULL ? 3 : 4;

  config_free(&config);
  return config_read(&config, argc, (char **)argv, lookup, &faults);
}

static bool is_good(const char *a, const char *b, const char *c) {
  return read_config(a, b, c) == CONFIG_RUN && faults.len == 0;
}

static bool says(const char *word) {
  return strstr(faults.text, word) != NULL;
}

static char path[] = "/tmp/test_config_XXXXXX";

/* Makes this the file of settings. */
static void write_file(const char *text) {
  FILE *file = fopen(path, "w");

  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

static void numbers(void **state) {
  const struct {
    const char *text;
    enum config_unit unit;
    uint64_t value;
  } good[] = {
      {"0", UNIT_NONE, 0},
      {"1e9", UNIT_NONE, 1000000000},
      {"1_000", UNIT_NONE, 1000},
      {"64MiB", UNIT_BYTES, 64 << 20},
      {"512k", UNIT_BYTES, 524288},
      {"2 GiB", UNIT_BYTES, 2147483648u},
      {"17", UNIT_BYTES, 17},
      {"30s", UNIT_MS, 30000},
      {"24h", UNIT_MS, 86400000},
      {"250", UNIT_MS, 250},
      {"1ms", UNIT_US, 1000},
      {"200us", UNIT_US, 200},
      {"18446744073709551615", UNIT_NONE, UINT64_MAX},
  };
  const char *bad[] = {"",
                       "x",
                       "-1",
                       "1.5",
                       "1e99",
                       "1x",
                       "1 2",
                       "64Mi",
                       " 1",
                       "_1",
                       "18446744073709551616"};
  uint64_t value;

  (void)state;
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    assert_true(config_read_number(good[i].text, good[i].unit, &value));
    assert_int_equal(value, good[i].value);
  }
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)

    assert_false(config_read_number(bad[i], UNIT_NONE, &value));
  assert_false(config_read_number("99999999999999999G", UNIT_BYTES, &value));
  assert_false(config_read_number("1MiB", UNIT_MS, &value));
}

static void numbers_written(void **state) {
  char text[32];

  (void)state;
  config_write_number(64 << 20, UNIT_BYTES, text, sizeof text);
  assert_string_equal(text, "64MiB");
  config_write_number(1000, UNIT_BYTES, text, sizeof text);
  assert_string_equal(text, "1000");
  config_write_number(86400000, UNIT_MS, text, sizeof text);
  assert_string_equal(text, "24h");
  config_write_number(0, UNIT_MS, text, sizeof text);
  assert_string_equal(text, "0ms");
  config_write_number(200, UNIT_US, text, sizeof text);
  assert_string_equal(text, "200us");
}

static void defaults(void **state) {
  (void)state;
  assert_true(is_good(NULL, NULL, NULL));
  assert_string_equal(config.listen, "127.0.0.1:8080");
  assert_int_equal(config.max_body, 1 << 20);
  assert_int_equal(config.max_wall, 30000);
  assert_int_equal(config.max_fuel, 1000000000);
  assert_int_equal(config.max_memory, 64 << 20);
  assert_int_equal(config.max_regex_steps, 65536);
  assert_int_equal(config.queue_length, 10000);
  assert_int_equal(config.keep_time, 86400000);
  assert_int_equal(config.log_level, LOG_INFO);
  assert_false(config.access_log);
  assert_null(config.scratch_root);
}

static void flag_before_variable_before_default(void **state) {
  (void)state;
  env_name = "GENED_MAX_FUEL";
  env_value = "500";
  assert_true(is_good(NULL, NULL, NULL));
  assert_int_equal(config.max_fuel, 500);
  read_config("--max-fuel", "600", NULL);
  assert_int_equal(config.max_fuel, 600);
  read_config("--max-fuel=700", "--access-log", NULL);
  assert_int_equal(config.max_fuel, 700);
  assert_true(config.access_log);
  env_value = "much";
  assert_false(is_good(NULL, NULL, NULL));
  assert_true(says("max-fuel (GENED_MAX_FUEL): 'much' is not a number"));
  env_name = NULL;
}

static void complaints_name_the_setting(void **state) {
  const struct {
    const char *a, *b, *word;
  } cases[] = {
      {"--max-body", "0", "between 1 and 1GiB"},
      {"--max-regex-steps", "0", "between 1 and 1000000"},
      {"--max-wall", "forever", "a time such as"},
      {"--max-wall", NULL, "missing"},
      {"--no-such", "1", "--no-such"},
      {"loose", NULL, "loose"},
      {"--log-level", "loud", "debug, info, warn, error"},
      {"--allow-anonymous=maybe", NULL, "neither on nor off"},
      {"--listen", "nowhere", "HOST:PORT"},
      {"--listen", "10.0.0.1:80", "allow-anonymous"},
      {"--listen", "[::]:80", "allow-anonymous"},
      {"--listen=", NULL, "empty"},
      {"--cors-origin", "https://a.example/", "'https://a.example/' is not an"},
      {"--cors-origin", "https://a.example, b.example", "'b.example' is not"},
      {"--cors-origin", "HTTPS://a.example", "is not an origin"},
      {"--cors-origin", "https://", "is not an origin"},
      {"--cors-origin", "null", "is not an origin"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_false(is_good(cases[i].a, cases[i].b, NULL));
    assert_true(says(cases[i].word));
  }
  assert_true(is_good("--listen=0.0.0.0:80", "--allow-anonymous", NULL));
  assert_true(
      is_good("--cors-origin", "https://a.example:8443,http://[::1]", NULL));
  assert_true(is_good("--cors-origin=*", NULL, NULL));
  assert_false(is_good("--max-body=0", "--max-wall=x", "--max-fule=1"));
  assert_true(says("max-body: ") && says("\nmax-wall: ") &&
              says("\n'--max-fule=1': no such flag; did you mean --max-fuel?"));
}

static void actions(void **state) {
  (void)state;
  assert_int_equal(read_config("--help", NULL, NULL), CONFIG_HELP);
  assert_int_equal(read_config("--version", NULL, NULL), CONFIG_VERSION);
  assert_int_equal(read_config("--check-health", "--listen", "0.0.0.0:9"),
                   CONFIG_CHECK_HEALTH);
  assert_string_equal(config.listen, "0.0.0.0:9");
}

static void addresses(void **state) {
  char host[CONFIG_HOST_SIZE], listen[CONFIG_HOST_SIZE + 16];
  uint16_t port;

  (void)state;
  assert_true(config_address("[::1]:8080", host, &port));
  assert_string_equal(host, "::1");
  assert_int_equal(port, 8080);
  assert_true(config_address("localhost:0", host, &port));
  assert_false(config_address("::1:8080", host, &port));
  assert_false(config_address(":8080", host, &port));
  assert_false(config_address("a:65536", host, &port));
  assert_false(config_address("a:", host, &port));
  memset(listen, 'a', CONFIG_HOST_SIZE);
  strcpy(listen + CONFIG_HOST_SIZE, ":80");
  assert_false(config_address(listen, host, &port));
  assert_true(config_is_loopback("127.0.0.1"));
  assert_true(config_is_loopback("127.255.0.9"));
  assert_false(config_is_loopback("127.0.0.1.example.org"));
  assert_false(config_is_loopback("128.0.0.1"));
}

static void fitted_to_the_machine(void **state) {
  (void)state;
  read_config(NULL, NULL, NULL);
  config_fit(&config, 256u << 20);
  assert_int_equal(config.memory_limit, 256 << 20);
  assert_int_equal(config.max_context_bytes, 192 << 20);
  assert_int_equal(config.keep_bytes, 32 << 20);
  read_config("--memory-limit", "16GiB", NULL);
  config_fit(&config, 256u << 20);
  assert_int_equal(config.memory_limit, 16ull << 30);
  assert_int_equal(config.keep_bytes, 1 << 30);
}

static void help_is_narrow(void **state) {
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);

  (void)state;
  assert_non_null(out);
  config_help(out);
  fclose(out);
  assert_non_null(strstr(text, "--max-body"));
  assert_non_null(strstr(text, "--check-health"));
  assert_non_null(strstr(text, "a number alone is bytes"));
  assert_non_null(strstr(text, "a number alone is milliseconds"));
  for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
    assert_true(strlen(line) <= 80);
  free(text);
}

static void file_before_default(void **state) {
  (void)state;
  write_file("# settings\n\n max-fuel = 500 # few\r\nmax-wall=2s\n"
             "access-log = on\nscratch-root = /a b#c\nlog-level = warn");
  assert_true(is_good("--config", path, NULL));
  assert_string_equal(config.file, path);
  assert_int_equal(config.max_fuel, 500);
  assert_int_equal(config.max_wall, 2000);
  assert_true(config.access_log);
  assert_string_equal(config.scratch_root, "/a b#c");
  assert_int_equal(config.log_level, LOG_WARN);
  assert_int_equal(config.max_body, 1 << 20);
  env_name = "GENED_MAX_FUEL";
  env_value = "600";
  assert_true(is_good("--config", path, "--max-wall=3s"));
  assert_int_equal(config.max_fuel, 600);
  assert_int_equal(config.max_wall, 3000);
  assert_true(is_good("--max-fuel=700", "--config", path));
  assert_int_equal(config.max_fuel, 700);
  env_name = "GENED_CONFIG";
  env_value = path;
  assert_true(is_good(NULL, NULL, NULL));
  assert_int_equal(config.max_fuel, 500);
  env_name = NULL;
}

static void faults_of_a_file(void **state) {
  char wanted[1024];

  (void)state;
  write_file("max-fule = 1\nmax-body = many\nmax-wall\nmax-wall = 1s\n"
             "max-wall = 2s\nconfig = x\nscratch-root =\nzzz = 1\n"
             "allow-anonymous = maybe\n");
  assert_false(is_good("--config", path, NULL));
  snprintf(wanted, sizeof wanted,
           "%1$s:1: 'max-fule': no such setting; did you mean max-fuel?\n"
           "%1$s:2: max-body: 'many' is not a size such as 512KiB or 64MiB\n"
           "%1$s:3: 'max-wall' is not NAME = VALUE\n"
           "%1$s:5: max-wall: it is set in line 4 already\n"
           "%1$s:6: config: a file can't name another one\n"
           "%1$s:7: scratch-root: the value is empty\n"
           "%1$s:8: 'zzz': no such setting; see --help\n"
           "%1$s:9: allow-anonymous: 'maybe' is neither on nor off",
           path);
  assert_string_equal(faults.text, wanted);
  assert_false(is_good("--config", "/nowhere/at all", NULL));
  assert_true(says("config: '/nowhere/at all' can't be read: No such file"));
  assert_false(is_good("--config", "/dev/zero", NULL));
  assert_true(says("not a regular file"));
}

/* More than there is room for is cut between lines. */
static void many_faults(void **state) {
  FILE *file = fopen(path, "w");

  (void)state;
  assert_non_null(file);
  for (int i = 0; i < 1000; i++)
    fprintf(file, "wrong%d = 1\n", i);
  fclose(file);
  assert_false(is_good("--config", path, NULL));
  assert_int_equal(faults.len, strlen(faults.text));
  assert_true(faults.len > sizeof faults.text / 2);
  assert_true(says("see --help"));
  assert_int_equal(faults.text[faults.len - 1], 'p');
}

static void misspelt_variables(void **state) {
  char *environment[] = {"PATH=/bin",           "GENED_MAX_FUEL=1",
                         "GENED_MAX_FULE=1",    "GENED_SERVICE_HOST=10.0.0.1",
                         "GENED_LOGLEVEL=info", NULL};

  (void)state;
  faults = (struct config_faults){0};
  config_misspelt(environment, &faults);
  assert_string_equal(
      faults.text,
      "GENED_MAX_FULE: no such setting; did you mean GENED_MAX_FUEL?\n"
      "GENED_LOGLEVEL: no such setting; did you mean GENED_LOG_LEVEL?");
}

static void note_difference(void *data, const char *name, bool changed) {
  char *text = data;

  strcat(strcat(text, changed ? "+" : "-"), name);
}

static void fresh_ones_are_applied(void **state) {
  struct config fresh;
  char told[256] = "";
  const char *argv[] = {"gened",      "--max-fuel=5",        "--listen",
                        "[::1]:9000", "--scratch-root=/new", NULL};

  (void)state;
  assert_true(is_good("--max-fuel=4", "--scratch-root=/old", NULL));
  config_read(&fresh, 5, (char **)argv, lookup, &faults);
  config_apply(&config, &fresh, note_difference, told);
  config_free(&fresh);
  assert_string_equal(told, "-listen+max-fuel-scratch-root");
  assert_int_equal(config.max_fuel, 5);
  assert_string_equal(config.listen, "127.0.0.1:8080");
  assert_string_equal(config.scratch_root, "/old");
}

/* What is shown can be read again, and tells where each came from. */
static void shown_as_a_file(void **state) {
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  char wanted[128];

  (void)state;
  assert_non_null(out);
  write_file("\nmax-fuel = 500\n");
  env_name = "GENED_MAX_WALL";
  env_value = "90s";
  assert_true(is_good("--config", path, "--access-log"));
  env_name = NULL;
  config_fit(&config, 1u << 30);
  config_show(&config, out);
  fclose(out);
  snprintf(wanted, sizeof wanted, "\nmax-fuel = 500  # %s:2\n", path);
  assert_non_null(strstr(text, wanted));
  assert_non_null(strstr(text, "\nmax-wall = 90s  # GENED_MAX_WALL\n"));
  assert_non_null(strstr(text, "\naccess-log = on  # --access-log\n"));
  assert_non_null(strstr(text, "\nmax-body = 1MiB  # default\n"));
  assert_int_equal(strncmp(text, "# config = ", 11), 0);
  write_file(text);
  free(text);
  assert_true(is_good("--config", path, NULL));
  assert_int_equal(config.max_wall, 90000);
}

static int make_path(void **state) {
  int fd = mkstemp(path);

  (void)state;
  return fd < 0 ? -1 : close(fd);
}

static int remove_path(void **state) {
  (void)state;
  config_free(&config);
  return unlink(path);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(numbers),
      cmocka_unit_test(numbers_written),
      cmocka_unit_test(defaults),
      cmocka_unit_test(flag_before_variable_before_default),
      cmocka_unit_test(complaints_name_the_setting),
      cmocka_unit_test(actions),
      cmocka_unit_test(addresses),
      cmocka_unit_test(fitted_to_the_machine),
      cmocka_unit_test(help_is_narrow),
      cmocka_unit_test(file_before_default),
      cmocka_unit_test(faults_of_a_file),
      cmocka_unit_test(many_faults),
      cmocka_unit_test(misspelt_variables),
      cmocka_unit_test(fresh_ones_are_applied),
      cmocka_unit_test(shown_as_a_file),
  };

  return cmocka_run_group_tests(tests, make_path, remove_path);
}
