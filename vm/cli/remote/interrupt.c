/*
 * interrupt.c - one handler for both signals. It does nothing that is not safe
 * in a handler: it notes, writes to a descriptor, ends.
 */
#include "cli/remote/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static volatile sig_atomic_t first, drawn;
static int wake_fd = -1;

static void on_signal(int number) {
  static const char wipe[] = "\r\033[K";
  const uint64_t one = 1;
  int before = errno;
  if (first != 0) {
    if (drawn && write(STDERR_FILENO, wipe, sizeof wipe - 1) < 0)
      drawn = 0;
    _exit(128 + number);
  }
  first = number;
  if (write(wake_fd, &one, sizeof one) < 0)
    drawn = drawn ? 1 : 0; /* whoever waits looks within a tenth of a second */
  errno = before;
}

bool interrupt_listen(void) {
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  sigaddset(&action.sa_mask, SIGINT);
  sigaddset(&action.sa_mask, SIGTERM);
  signal(SIGPIPE, SIG_IGN);
  wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (wake_fd >= 0 && sigaction(SIGINT, &action, NULL) == 0 &&
      sigaction(SIGTERM, &action, NULL) == 0)
    return true;
  fprintf(stderr, "gene: cannot listen to signals: %s\n", strerror(errno));
  return false;
}

int interrupt_signal(void) {
  return first;
}

int interrupt_fd(void) {
  return wake_fd;
}

void interrupt_drain(void) {
  uint64_t count;
  while (read(wake_fd, &count, sizeof count) > 0)
    continue;
}

void interrupt_wipes(bool line) {
  drawn = line;
}
