/*
 * transport_shake.c - when TLS handshakes get their turn.
 *
 * The library does not notice that a handshake waits for its client: it would
 * try again without end, and one silent client would keep the loop busy. So
 * such a connection is suspended, its socket watched here, and resumed when
 * there is something for it. Each step costs up to a signature, a millisecond
 * or two with RSA; those that are due stand in a queue, and the ones that find
 * the turn of the loop used up wait for the next.
 */
#include <assert.h>
#include <sys/epoll.h>

#include "server/clock.h"
#include "server/transport_internal.h"

/* Of one turn of the loop. */
#define TURN_NS 1000000u

/* Has it suspended until the socket is ready; it is within the library. */
static void wait_for(struct conn *conn, uint32_t events) {
  struct epoll_event event = {.events = events | EPOLLRDHUP | EPOLLONESHOT,
                              .data.ptr = conn};

  conn->granted = false;
  if (conn->transport->stopping)
    return;
  conn->suspended = true;
  MHD_suspend_connection(conn->mhd);
  epoll_ctl(conn->transport->departures_fd, EPOLL_CTL_MOD, conn->fd, &event);
}

static bool on_enter(void *data) {
  struct conn *conn = data;

  if (!conn->granted && !conn->transport->stopping)
    wait_for(conn, EPOLLIN);
  return conn->granted;
}

static void on_blocked(void *data, bool writing) {
  wait_for(data, writing ? EPOLLOUT : EPOLLIN);
}

static void on_over(void *data) {
  struct conn *conn = data;
  struct epoll_event event = {.events = EPOLLRDHUP | EPOLLONESHOT,
                              .data.ptr = conn};

  conn->shaking = false;
  epoll_ctl(conn->transport->departures_fd, EPOLL_CTL_MOD, conn->fd, &event);
}

void shake_begin(struct conn *conn, struct tls_cert *cert) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(conn->mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);

  if (info == NULL)
    return;
  conn->session = info->tls_session;
  conn->cert = tls_hold(cert);
  conn->shaking = true;
  conn->gate = (struct tls_gate){.data = conn,
                                 .enter = on_enter,
                                 .blocked = on_blocked,
                                 .over = on_over,
                                 .received = frame_received};
  tls_begin(cert, conn->session, &conn->gate);
}

void shake_due(struct conn *conn) {
  struct transport *t = conn->transport;

  if (!conn->suspended)
    return;
  conn->suspended = false;
  conn->next_due = NULL;
  *t->due_end = conn;
  t->due_end = &conn->next_due;
}

/* Takes the first out of the queue. */
static void grant_first(struct transport *t) {
  struct conn *conn = t->due;

  t->due = conn->next_due;
  if (t->due == NULL)
    t->due_end = &t->due;
  conn->granted = true;
  MHD_resume_connection(conn->mhd);
}

void shake_turn(struct transport *t) {
  t->shake_began = 0;
}

bool shake_may_go(const struct transport *t) {
  return t->due != NULL &&
         (t->shake_began == 0 || clock_ns() - t->shake_began < TURN_NS);
}

void shake_one(struct transport *t) {
  if (!shake_may_go(t))
    return;
  if (t->shake_began == 0)
    t->shake_began = clock_ns();
  grant_first(t);
}

/* The library must have no connection suspended when it is stopped. */
void shake_end_all(struct transport *t) {
  const struct conn_list *lists[] = {&t->active, &t->leaving};

  t->stopping = true;
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
    for (struct conn *conn = lists[i]->head; conn != NULL; conn = conn->next)
      shake_due(conn);
  while (t->due != NULL)
    grant_first(t);
}

void shake_forget(struct conn *conn) {
  struct transport *t = conn->transport;

  for (struct conn **at = &t->due; *at != NULL; at = &(*at)->next_due) {
    if (*at != conn)
      continue;
    *at = conn->next_due;
    if (*at == NULL)
      t->due_end = at;
    return;
  }
}
