/*
 * test_config.c - settings: units, precedence, messages, derived values.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

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

static char message[512];

/* Reads a command line of up to three words. */
static enum config_action read_config(struct config *config, const char *a,
                                      const char *b, const char *c) {
  const char *argv[] = {"gened", a, b, c, NULL};
  int argc = a == NULL ? 1 : b == NULL ? 2 : c == NULL ? 3 : 4;

  message[0] = '\0';
  return config_read(config, argc, (char **)argv, lookup, message,
                     sizeof message);
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
  struct config config;

  (void)state;
  assert_int_equal(read_config(&config, NULL, NULL, NULL), CONFIG_RUN);
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
  struct config config;

  (void)state;
  env_name = "GENED_MAX_FUEL";
  env_value = "500";
  assert_int_equal(read_config(&config, NULL, NULL, NULL), CONFIG_RUN);
  assert_int_equal(config.max_fuel, 500);
  read_config(&config, "--max-fuel", "600", NULL);
  assert_int_equal(config.max_fuel, 600);
  read_config(&config, "--max-fuel=700", "--access-log", NULL);
  assert_int_equal(config.max_fuel, 700);
  assert_true(config.access_log);
  env_value = "much";
  assert_int_equal(read_config(&config, NULL, NULL, NULL), CONFIG_BAD);
  assert_non_null(strstr(message, "max-fuel"));
  assert_non_null(strstr(message, "much"));
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
  };
  struct config config;

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_int_equal(read_config(&config, cases[i].a, cases[i].b, NULL),
                     CONFIG_BAD);
    assert_non_null(strstr(message, cases[i].word));
  }
  assert_int_equal(
      read_config(&config, "--listen=0.0.0.0:80", "--allow-anonymous", NULL),
      CONFIG_RUN);
}

static void actions(void **state) {
  struct config config;

  (void)state;
  assert_int_equal(read_config(&config, "--help", NULL, NULL), CONFIG_HELP);
  assert_int_equal(read_config(&config, "--version", NULL, NULL),
                   CONFIG_VERSION);
  assert_int_equal(
      read_config(&config, "--check-health", "--listen", "0.0.0.0:9"),
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
  struct config config;

  (void)state;
  read_config(&config, NULL, NULL, NULL);
  config_fit(&config, 256u << 20);
  assert_int_equal(config.memory_limit, 256 << 20);
  assert_int_equal(config.max_context_bytes, 192 << 20);
  assert_int_equal(config.keep_bytes, 32 << 20);
  read_config(&config, "--memory-limit", "16GiB", NULL);
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
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
