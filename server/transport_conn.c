/*
 * transport_conn.c - the life of one connection: in which order they wait, who
 * takes too long, and who has gone away. It reads and writes no byte of HTTP.
 *
 * That a client closes its side is seen here and not left to the library: its
 * epoll is edge-triggered, and it takes a FIN that comes together with the
 * last bytes for those bytes alone.
 */
#include <assert.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "server/transport_internal.h"

/* How long a refused connection stays open for its client to read why. */
#define REFUSED_MS 2000

/* A chunked body that does not grow for this long may be what the library
 * spins on. */
#define STUCK_MS 1000

static void unlist(struct conn *conn) {
  struct conn_list *list = conn->list;

  if (list == NULL)
    return;
  if (conn->prev != NULL)
    conn->prev->next = conn->next;
  else
    list->head = conn->next;
  if (conn->next != NULL)
    conn->next->prev = conn->prev;
  else
    list->tail = conn->prev;
  conn->list = NULL;
}

static void append(struct conn_list *list, struct conn *conn) {
  conn->list = list;
  conn->prev = list->tail;
  conn->next = NULL;
  if (list->tail != NULL)
    list->tail->next = conn;
  else
    list->head = conn;
  list->tail = conn;
}

static struct conn_list *list_of(struct conn *conn) {
  struct transport *t = conn->transport;

  if (conn->state == CONN_WAITING)
    return &t->waiting;
  return conn->leaving ? &t->leaving : &t->active;
}

void conn_enter(struct conn *conn, enum conn_state state) {
  unlist(conn);
  conn->state = state;
  conn->since = uv_now(conn->transport->options.loop);
  append(list_of(conn), conn);
}

void conn_opened(struct transport *t, struct conn *conn) {
  struct epoll_event event = {.events = EPOLLRDHUP | EPOLLONESHOT,
                              .data.ptr = conn};

  conn->transport = t;
  t->connections++;
  conn->over = transport_connections(t) > t->options.max_connections;
  epoll_ctl(t->departures_fd, EPOLL_CTL_ADD, conn->fd, &event);
  frame_opened(conn);
  conn_enter(conn, CONN_IDLE);
}

void conn_closed(struct conn *conn) {
  struct transport *t = conn->transport;

  /* A duplicate that lingers would keep it in there. */
  epoll_ctl(t->departures_fd, EPOLL_CTL_DEL, conn->fd, NULL);
  if (conn->x != NULL)
    request_over(conn->x);
  unlist(conn);
  frame_closed(conn);
  shake_forget(conn);
  tls_release(conn->cert);
  t->connections--;
  free(conn);
}

/* ---- clients that go away ------------------------------------------------ */

void conn_leave(struct conn *conn) {
  conn->leaving = true;
  if (conn->list != NULL) {
    unlist(conn);
    append(list_of(conn), conn);
  }
}

void conn_await(struct conn *conn) {
  struct epoll_event event = {.events = EPOLLRDHUP | EPOLLONESHOT,
                              .data.ptr = conn};

  conn_enter(conn, CONN_WAITING);
  if (conn->leaving) /* to be told once more, now that it matters */
    epoll_ctl(conn->transport->departures_fd, EPOLL_CTL_MOD, conn->fd, &event);
}

void conn_departures(uv_poll_t *poll, int status, int events) {
  struct transport *t = poll->data;
  struct epoll_event event[64];
  int len;

  (void)events;
  if (status != 0)
    return;
  len = epoll_wait(t->departures_fd, event, 64, 0);
  for (int i = 0; i < len; i++) {
    struct conn *conn = event[i].data.ptr;

    if (conn->shaking) {
      shake_due(conn);
      continue;
    }
    conn_leave(conn);
    if (conn->state == CONN_WAITING && conn->x != NULL)
      request_depart(conn->x);
  }
}

void conn_depart_all(struct transport *t) {
  for (struct conn *conn = t->waiting.head; conn != NULL; conn = conn->next)
    request_depart(conn->x);
}

/* ---- cutting off --------------------------------------------------------- */

/* Ends a connection: with a word when a request was on its way, silently when
 * there was none or its answer is not taken. */
static void cut(struct conn *conn, enum http_fault fault, const char *why) {
  if (frame_within(conn) &&
      (conn->state == CONN_READING || conn->state == CONN_IDLE))
    request_cut_off(conn, fault, why);
  shutdown(conn->fd, SHUT_RDWR);
  shake_due(conn);
  unlist(conn);
}

/* Whether nothing more can come of a connection whose client sends no more:
 * all that it sent is read. */
static bool is_over(const struct conn *conn, uint64_t now) {
  int unread = 0;

  if (conn->refused)
    return now - conn->since >= REFUSED_MS;
  return conn->state != CONN_WRITING &&
         ioctl(conn->fd, FIONREAD, &unread) == 0 && unread == 0;
}

void conn_expire(struct transport *t) {
  uint64_t now = uv_now(t->options.loop);
  uint64_t timeout = t->options.connection_timeout;
  struct conn *next;

  while (t->active.head != NULL && now - t->active.head->since >= timeout)
    cut(t->active.head, HTTP_FAULT_TIMEOUT, NULL);
  for (struct conn *conn = t->leaving.head; conn != NULL; conn = next) {
    next = conn->next;
    if (is_over(conn, now) || now - conn->since >= timeout)
      cut(conn, HTTP_FAULT_MALFORMED, FRAME_CUT_SHORT);
  }
}

/* Whether chunks are expected on it and nothing came of them since the last
 * look, though there was time. */
static bool is_stuck(struct conn *conn, uint64_t now) {
  struct xchg *x = conn->x;
  bool still = conn->taken == conn->known;

  conn->known = conn->taken;
  return still && conn->state == CONN_READING && x != NULL &&
         (x->stage == STAGE_BODY || x->stage == STAGE_DISCARD) &&
         x->pub.request.header[HTTP_TRANSFER_ENCODING].ptr != NULL &&
         now - conn->since >= STUCK_MS;
}

static void unjam(struct conn_list *list, uint64_t now) {
  struct conn *next;

  for (struct conn *conn = list->head; conn != NULL; conn = next) {
    next = conn->next;
    if (is_stuck(conn, now))
      cut(conn, HTTP_FAULT_MALFORMED,
          "The head of a chunk is too long, or did not arrive in time.");
  }
}

void conn_unjam(struct transport *t) {
  uint64_t now = uv_now(t->options.loop);

  unjam(&t->active, now);
  unjam(&t->leaving, now);
}

void conn_expire_idle(struct transport *t, uint64_t before) {
  struct conn *next;

  for (struct conn *conn = t->active.head; conn != NULL; conn = next) {
    next = conn->next;
    if (conn->state == CONN_IDLE && conn->since <= before)
      cut(conn, HTTP_FAULT_TIMEOUT, NULL);
  }
}
