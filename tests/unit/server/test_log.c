/*
 * test_log.c - lines are JSON whatever is logged, and a reader that stands
 * still costs lines, not time.
 */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>
#include <cmocka.h>

#include "server/log.h"

/* Reads what is there: up to the end when the writer is closed, else until
 * nothing has come for a while. */
static char *read_all(int fd) {
  size_t len = 0, size = 1 << 20;
  char *text = malloc(size);
  struct pollfd readable = {fd, POLLIN, 0};
  ssize_t got;

  assert_non_null(text);
  while (poll(&readable, 1, 500) > 0 &&
         (got = read(fd, text + len, size - len - 1)) > 0)
    len += (size_t)got;
  text[len] = '\0';
  return text;
}

static unsigned check_lines(char *text) {
  unsigned lines = 0;

  for (char *line = strtok(text, "\n"); line != NULL;
       line = strtok(NULL, "\n")) {
    json_t *json = json_loads(line, JSON_ALLOW_NUL, NULL);

    assert_non_null(json);
    assert_non_null(json_object_get(json, "event"));
    json_decref(json);
    lines++;
  }
  return lines;
}

static void lines_are_json(void **state) {
  struct log_line line;
  char large[5000], *text;
  int fds[2];

  (void)state;
  memset(large, '\x01', sizeof large);
  assert_int_equal(pipe(fds), 0);
  assert_true(log_open(fds[1], LOG_INFO));
  assert_false(log_begin(&line, LOG_DEBUG, "unseen"));
  log_message(LOG_INFO, "plain", "a \"quoted\" \\ text\n");
  assert_true(log_begin(&line, LOG_WARN, "odd"));
  log_text(&line, "bytes", "\xff\x00\x7f\xc3\xa9", 5);
  log_text(&line, "utf8", "\xc3\xa9", 2);
  log_int(&line, "number", INT64_MIN);
  log_end(&line);
  for (int i = 0; i < 3; i++) {
    assert_true(log_begin(&line, LOG_ERROR, "large"));
    for (int field = 0; field < 10; field++)
      log_text(&line, "bytes", large + 400 * i, 1900);
    log_int(&line, "number", 1);
    log_end(&line);
  }
  log_close();
  close(fds[1]);
  text = read_all(fds[0]);
  assert_non_null(strstr(text, "\"utf8\":\"\xc3\xa9\""));
  assert_non_null(strstr(text, "\"bytes\":\"\\u00ff\\u0000\\u007f"));
  assert_int_equal(check_lines(text), 5);
  free(text);
  close(fds[0]);
}

static void a_stuck_reader_costs_lines(void **state) {
  uint64_t before = log_dropped();
  char *text;
  int fds[2];

  (void)state;
  assert_int_equal(pipe(fds), 0);
  assert_true(log_open(fds[1], LOG_INFO));
  for (int i = 0; i < 10000; i++)
    log_message(LOG_INFO, "flood",
                "a line that nobody reads until much later, or never");
  assert_true(log_dropped() > before);
  log_close(); /* waits a second for the writer, which is stuck */
  text = read_all(fds[0]);
  assert_true(check_lines(text) > 100);
  free(text);
  /* Nobody can tell when the writer, left alone, has done its last write: the
   * pipe stays open to the end of the process. */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lines_are_json),
      cmocka_unit_test(a_stuck_reader_costs_lines),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
