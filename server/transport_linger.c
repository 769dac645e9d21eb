/*
 * transport_linger.c - lets a client read its refusal. A socket that is closed
 * while bytes lie unread in it is reset, and the answer on its way is lost; so
 * a duplicate stays open and what still arrives is thrown away, for two
 * seconds at most and for a bounded number of connections at a time.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/transport_internal.h"

#define LINGER_MS    2000
#define LINGER_MAX   256
#define READS_A_TURN 8
#define READ_SIZE    65536

struct lingering {
  struct lingering *prev, *next;
  struct transport *transport;
  uv_poll_t poll;
  uv_timer_t timer;
  int fd;
  int closing; /* handles still to be closed */
};

static void on_closed(uv_handle_t *handle) {
  struct lingering *l = handle->data;

  if (--l->closing == 0) {
    close(l->fd);
    free(l);
  }
}

static void end(struct lingering *l) {
  struct transport *t = l->transport;

  if (l->prev != NULL)
    l->prev->next = l->next;
  else
    t->lingering = l->next;
  if (l->next != NULL)
    l->next->prev = l->prev;
  t->lingering_len--;
  l->closing = 2;
  uv_close((uv_handle_t *)&l->poll, on_closed);
  uv_close((uv_handle_t *)&l->timer, on_closed);
}

static void on_readable(uv_poll_t *poll, int status, int events) {
  static char trash[READ_SIZE];
  struct lingering *l = poll->data;

  (void)events;
  for (int i = 0; status == 0 && i < READS_A_TURN; i++) {
    ssize_t got = recv(l->fd, trash, sizeof trash, MSG_DONTWAIT);

    if (got > 0)
      continue;
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
      return;
    status = -1;
  }
  if (status != 0)
    end(l);
}

static void on_timeout(uv_timer_t *timer) {
  end(timer->data);
}

void linger_start(struct transport *t, int fd) {
  struct lingering *l;

  if (t->lingering_len >= LINGER_MAX)
    return;
  l = calloc(1, sizeof *l);
  if (l == NULL)
    return;
  l->fd = dup(fd);
  if (l->fd < 0) {
    free(l);
    return;
  }
  l->transport = t;
  l->poll.data = l->timer.data = l;
  if (uv_poll_init_socket(t->options.loop, &l->poll, l->fd) != 0) {
    close(l->fd);
    free(l);
    return;
  }
  uv_timer_init(t->options.loop, &l->timer);
  l->next = t->lingering;
  if (l->next != NULL)
    l->next->prev = l;
  t->lingering = l;
  t->lingering_len++;
  uv_poll_start(&l->poll, UV_READABLE, on_readable);
  uv_timer_start(&l->timer, on_timeout, LINGER_MS, 0);
}

void linger_stop_all(struct transport *t) {
  while (t->lingering != NULL)
    end(t->lingering);
}
