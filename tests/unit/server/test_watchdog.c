/*
 * test_watchdog.c - a loop that stands still is noticed, and /healthz answered
 * in its place. The loop here is simply not run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "server/listener.h"
#include "server/watchdog.h"

static uv_loop_t loop;
static int listener;
static char address[LISTENER_TEXT];

static int begin(void **state) {
  char message[256];

  (void)state;
  listener = listener_open("127.0.0.1:0", address, message, sizeof message);
  return listener < 0 || uv_loop_init(&loop) != 0 ||
         uv_loop_configure(&loop, UV_METRICS_IDLE_TIME) != 0;
}

static int end(void **state) {
  (void)state;
  close(listener);
  return uv_loop_close(&loop);
}

static int adopted[8], adoptions;

static void adopt(void *data, int fd) {
  (void)data;
  assert_true(adoptions < 8);
  adopted[adoptions++] = fd;
}

static struct watchdog *start(uint64_t dead_ms) {
  const struct watchdog_options options = {.loop = &loop,
                                           .listener = listener,
                                           .step_in_ms = 1,
                                           .stall_ms = 1,
                                           .dead_ms = dead_ms,
                                           .adopt = adopt};
  struct watchdog *watchdog = watchdog_start(&options);

  assert_non_null(watchdog);
  return watchdog;
}

static void stop(struct watchdog *watchdog) {
  watchdog_stop(watchdog);
  uv_run(&loop, UV_RUN_DEFAULT);
  watchdog_free(watchdog);
}

static int reach(void) {
  struct sockaddr_in to = {.sin_family = AF_INET};
  int port = 0, fd = socket(AF_INET, SOCK_STREAM, 0);

  assert_int_equal(sscanf(address, "127.0.0.1:%d", &port), 1);
  to.sin_port = htons((uint16_t)port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
  return fd;
}

/* Sends a request to the listener; the answer, NUL-terminated. */
static void ask(const char *path, char *answer, size_t size) {
  char request[128];
  int fd = reach();
  size_t len = 0;
  ssize_t got;

  snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: t\r\n\r\n", path);
  assert_true(write(fd, request, strlen(request)) > 0);
  while (len + 1 < size && (got = read(fd, answer + len, size - len - 1)) > 0)
    len += (size_t)got;
  answer[len] = '\0';
  close(fd);
}

static void stands_in(void **state) {
  struct watchdog *watchdog = start(1000000);
  char answer[1024];

  (void)state;
  assert_int_equal(listener_check(address, false), 0);
  ask("/healthz", answer, sizeof answer);
  assert_non_null(strstr(answer, "HTTP/1.1 200 OK\r\n"));
  assert_non_null(strstr(answer, "{\"status\":\"alive\"}\n"));
  assert_true(watchdog_stalls(watchdog) >= 1);
  stop(watchdog);
}

/* Whether one of those adopted still has all that was sent to it. */
static bool is_adopted(const char *said) {
  char there[64];

  for (int i = 0; i < adoptions; i++) {
    ssize_t len =
        recv(adopted[i], there, sizeof there, MSG_DONTWAIT | MSG_PEEK);

    if ((size_t)(len > 0 ? len : 0) == strlen(said) &&
        memcmp(there, said, strlen(said)) == 0)
      return true;
  }
  return false;
}

/* Whoever asks for anything else, or for nothing yet, is the loop's. */
static void keeps_the_others(void **state) {
  static const char *const said[] = {"GET /eval HTTP/1.1\r\n", "GET /he", "",
                                     "GET /healthzz HTTP/1.1\r\n"};
  struct watchdog *watchdog = start(1000000);
  char answer[1024];
  int fd[4];

  (void)state;
  adoptions = 0;
  for (int i = 0; i < 4; i++) {
    fd[i] = reach();
    assert_int_equal(write(fd[i], said[i], strlen(said[i])), strlen(said[i]));
  }
  ask("/healthz", answer, sizeof answer); /* accepted after them */
  assert_non_null(strstr(answer, "HTTP/1.1 200 OK\r\n"));
  watchdog_detach(watchdog);
  assert_int_equal(adoptions, 4);
  for (int i = 0; i < 4; i++)
    assert_true(is_adopted(said[i]));
  for (int i = 0; i < 4; i++) {
    close(fd[i]);
    close(adopted[i]);
  }
  stop(watchdog);
}

static void gives_up_on_the_dead(void **state) {
  struct watchdog *watchdog = start(2);
  char answer[1024];

  (void)state;
  ask("/healthz", answer, sizeof answer);
  assert_non_null(strstr(answer, "HTTP/1.1 503 "));
  assert_int_equal(listener_check(address, false), -1);
  stop(watchdog);
}

static void measures_turns(void **state) {
  struct metrics metrics = {0};
  const struct watchdog_options options = {.loop = &loop,
                                           .listener = listener,
                                           .step_in_ms = 1000000,
                                           .stall_ms = 1000000,
                                           .dead_ms = 1000000,
                                           .metrics = &metrics};
  struct watchdog *watchdog = watchdog_start(&options);

  (void)state;
  assert_non_null(watchdog);
  while (metrics.turn.count < 3)
    uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(watchdog_stalls(watchdog), 0);
  watchdog_detach(watchdog);
  stop(watchdog);
}

static void listening_fails_with_words(void **state) {
  char other[LISTENER_TEXT], message[256] = "";

  (void)state;
  assert_int_equal(listener_open(address, other, message, sizeof message), -1);
  assert_non_null(strstr(message, address));
  assert_int_equal(
      listener_open("no-such-host.invalid:1", other, message, sizeof message),
      -1);
  assert_non_null(strstr(message, "no-such-host.invalid"));
}

#define WITH_LOOP(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_LOOP(stands_in),
      WITH_LOOP(keeps_the_others),
      WITH_LOOP(gives_up_on_the_dead),
      WITH_LOOP(measures_turns),
      WITH_LOOP(listening_fails_with_words),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
