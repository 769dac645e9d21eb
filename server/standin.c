/*
 * standin.c - one connection after the other, by their first bytes. Only a
 * request for /healthz is taken from its socket; all else is left there for
 * whoever serves the connection later. It never waits for a client.
 */
#include "server/standin.h"

#include <assert.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* As many bytes tell what is asked for. */
#define TELLING 13

static void wake_at(int fd, int bytes) {
  (void)setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes);
}

void standin_take(struct standin *s, int fd) {
  assert(!standin_full(s));
  wake_at(fd, TELLING);
  s->fd[s->len++] = s->fd[s->looking];
  s->fd[s->looking++] = fd;
}

int standin_give(struct standin *s, bool all) {
  if (s->len == 0 || (!all && s->len == s->looking))
    return -1;
  s->len--;
  if (s->looking > s->len)
    s->looking = s->len;
  wake_at(s->fd[s->len], 1);
  return s->fd[s->len];
}

static bool asks_for_health(const char *start) {
  return memcmp(start, "GET /healthz", 12) == 0 &&
         (start[12] == ' ' || start[12] == '?');
}

static void answer(int fd, bool dead, uint64_t silent_ms) {
  static unsigned answers;
  char body[160], text[512];
  int len;

  if (dead)
    snprintf(body, sizeof body,
             "{\"type\":\"/problems/stalled\",\"title\":\"The loop stands "
             "still\",\"status\":503,\"detail\":\"It has been silent for %llu "
             "ms.\"}\n",
             (unsigned long long)silent_ms);
  else
    strcpy(body, "{\"status\":\"alive\"}\n");
  len = snprintf(text, sizeof text,
                 "HTTP/1.1 %s\r\nContent-Type: application/%sjson\r\n"
                 "Cache-Control: no-store\r\nContent-Length: %zu\r\n"
                 "X-Request-Id: stand-in-%u\r\n"
                 "Connection: close\r\n%s\r\n%s",
                 dead ? "503 Service Unavailable" : "200 OK",
                 dead ? "problem+" : "", strlen(body), ++answers,
                 dead ? "Retry-After: 1\r\n" : "", body);
  (void)!send(fd, text, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL);
  /* Unread bytes would reset the connection and lose the answer. */
  shutdown(fd, SHUT_WR);
  for (char trash[4096]; recv(fd, trash, sizeof trash, MSG_DONTWAIT) > 0;)
    continue;
  close(fd);
}

/* Takes number `at` out of those that are looked at. */
static int stop_looking(struct standin *s, size_t at) {
  int fd = s->fd[at];

  s->looking--;
  s->fd[at] = s->fd[s->looking];
  s->fd[s->looking] = fd;
  return fd;
}

/* Takes the one just stopped looking at out of all. */
static void forget(struct standin *s) {
  s->len--;
  s->fd[s->looking] = s->fd[s->len];
}

static void look(struct standin *s, size_t at, bool dead, uint64_t silent_ms) {
  char start[TELLING];
  int fd = stop_looking(s, at);
  ssize_t got = recv(fd, start, sizeof start, MSG_PEEK | MSG_DONTWAIT);

  if (got <= 0) {
    forget(s);
    close(fd);
  } else if (got == TELLING && asks_for_health(start)) {
    forget(s);
    answer(fd, dead, silent_ms);
  }
}

bool standin_serve(struct standin *s, int listener, int wait_ms, bool dead,
                   uint64_t silent_ms) {
  struct pollfd ready[STANDIN_HELD + 1];
  size_t len = s->looking;

  for (size_t i = 0; i < len; i++)
    ready[i] = (struct pollfd){s->fd[i], POLLIN, 0};
  ready[len] = (struct pollfd){listener, POLLIN, 0};
  if (poll(ready, len + 1, wait_ms) <= 0)
    return false;
  /* From the end, so that taking one out moves none that is still to come. */
  for (size_t i = len; i-- > 0;)
    if (ready[i].revents != 0)
      look(s, i, dead, silent_ms);
  return ready[len].revents != 0;
}
