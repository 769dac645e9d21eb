/*
 * transport_stream.c - answers without an end, made of a source.
 *
 * The library walks all suspended connections whenever one of them goes on,
 * and keeps a pool of 8 KiB for each: thousands of open streams would cost a
 * millisecond in every turn of the loop. So once the head of a request has
 * been judged and its handler gives a source, the socket is taken away from
 * the library, which gets another descriptor under the same number to close,
 * and from then on is written from here. What belongs to a stream that has
 * nothing to say is some hundred bytes, and no turn of the loop looks at it.
 *
 * A client that does not read has one piece of the answer in our memory: the
 * source is asked for more only when that has been taken. Nothing here knows
 * what the bytes say.
 */
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/clock.h"
#include "server/transport_internal.h"

/* Time of one turn of the loop, before it serves others. */
#define TURN_NS 1000000u

/* Pieces that one stream may send before others have their turn. */
#define PIECES 8

#define EVENTS 128

struct http_stream {
  struct http_stream *prev, *next;
  struct stream_list *list;
  struct http_stream *next_ready;
  struct transport *transport;
  struct http_source *source; /* NULL: there is nothing behind the head */
  char *rest;                 /* what the socket did not take */
  size_t rest_at, rest_len;
  uint64_t since;        /* ms of the loop: the last byte was taken */
  void *session;         /* of TLS, or NULL */
  struct tls_cert *cert; /* that it uses */
  int fd; /* -1: closed, and only in the list of the ready still */
  bool ready;
  bool waiting; /* the source has nothing */
  bool beat;    /* its beat is due */
  bool ended;   /* the source has given all */
};

/* ---- lists -------------------------------------------------------------- */

static void unlist(struct http_stream *s) {
  struct stream_list *list = s->list;

  if (list == NULL)
    return;
  if (s->prev != NULL)
    s->prev->next = s->next;
  else
    list->head = s->next;
  if (s->next != NULL)
    s->next->prev = s->prev;
  else
    list->tail = s->prev;
  s->list = NULL;
}

/* Puts it where it belongs: bytes have just been taken, or begin to wait. */
static void enlist(struct http_stream *s) {
  struct streams *all = &s->transport->streams;
  struct stream_list *list = s->rest_len > 0 ? &all->stuck : &all->quiet;

  unlist(s);
  s->since = uv_now(s->transport->options.loop);
  s->list = list;
  s->prev = list->tail;
  s->next = NULL;
  if (list->tail != NULL)
    list->tail->next = s;
  else
    list->head = s;
  list->tail = s;
}

static void make_ready(struct http_stream *s) {
  struct streams *all = &s->transport->streams;

  if (s->ready)
    return;
  s->ready = true;
  s->next_ready = NULL;
  *all->ready_end = s;
  all->ready_end = &s->next_ready;
}

static struct http_stream *take_ready(struct streams *all) {
  struct http_stream *s = all->ready;

  if (s == NULL)
    return NULL;
  all->ready = s->next_ready;
  if (all->ready == NULL)
    all->ready_end = &all->ready;
  s->ready = false;
  return s;
}

/* ---- the end ------------------------------------------------------------ */

static void drop_rest(struct http_stream *s) {
  s->transport->held -= s->rest_len;
  free(s->rest);
  s->rest = NULL;
  s->rest_at = s->rest_len = 0;
}

static void tell_closed(struct http_stream *s) {
  struct http_source *source = s->source;

  s->source = NULL;
  if (source != NULL)
    source->closed(source);
}

/* Closes it; what it was made of is gone when this returns. */
static void close_stream(struct http_stream *s) {
  struct transport *t = s->transport;

  assert(s->fd >= 0);
  epoll_ctl(t->streams.epoll, EPOLL_CTL_DEL, s->fd, NULL);
  if (s->session != NULL)
    tls_free(s->session);
  tls_release(s->cert);
  close(s->fd);
  s->fd = -1;
  unlist(s);
  drop_rest(s);
  t->streams.len--;
  tell_closed(s);
  if (!s->ready)
    free(s);
}

/* All is sent. Unread bytes would make the closing a reset, and the client
 * lose the end of its answer. */
static void end_stream(struct http_stream *s) {
  int unread = 0;

  if (s->session != NULL)
    tls_say_closing(s->session);
  shutdown(s->fd, SHUT_WR);
  if (ioctl(s->fd, FIONREAD, &unread) == 0 && unread > 0)
    linger_start(s->transport, s->fd);
  close_stream(s);
}

/* ---- sending ------------------------------------------------------------ */

/* Sends some; 0 when the socket is full, -1 when it is dead. */
static ssize_t send_some(struct http_stream *s, const char *bytes, size_t len) {
  ssize_t sent;

  if (s->session != NULL)
    return tls_send(s->session, bytes, len);
  sent = send(s->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent >= 0)
    return sent;
  return errno == EAGAIN || errno == EINTR || errno == ENOBUFS ? 0 : -1;
}

/* Keeps what was not taken. */
static bool keep_rest(struct http_stream *s, const char *bytes, size_t len) {
  struct transport *t = s->transport;

  assert(s->rest == NULL && len > 0);
  if (t->held + len > t->options.max_held)
    return false;
  s->rest = malloc(len);
  if (s->rest == NULL)
    return false;
  memcpy(s->rest, bytes, len);
  s->rest_len = len;
  t->held += len;
  return true;
}

/* What is there of earlier pieces. False: it is not through, or closed. */
static bool send_rest(struct http_stream *s) {
  size_t left = s->rest_len - s->rest_at;
  ssize_t sent = send_some(s, s->rest + s->rest_at, left);

  if (sent < 0) {
    close_stream(s);
    return false;
  }
  s->rest_at += (size_t)sent;
  if ((size_t)sent == left)
    drop_rest(s);
  if (sent > 0)
    enlist(s);
  return (size_t)sent == left;
}

/* A new piece. False: it is not through, or the stream is closed. */
static bool send_piece(struct http_stream *s, const struct buf *piece) {
  ssize_t sent = piece->failed ? -1 : send_some(s, piece->ptr, piece->len);
  size_t left = sent < 0 ? 0 : piece->len - (size_t)sent;

  if (sent < 0 ||
      (left > 0 && !keep_rest(s, piece->ptr + piece->len - left, left))) {
    close_stream(s);
    return false;
  }
  enlist(s);
  return left == 0;
}

/* Has the source, or the clock, fill the piece. False: there is none. */
static bool fill_piece(struct http_stream *s, struct buf *piece) {
  buf_clear(piece);
  if (s->waiting && s->beat)
    buf_str(piece, s->source->beat);
  s->beat = false;
  if (s->waiting)
    return piece->len > 0;
  switch (s->source->next(s->source, piece)) {
  case HTTP_FLOW_MORE: break;
  case HTTP_FLOW_WAIT: s->waiting = true; break;
  case HTTP_FLOW_END: s->ended = true; break;
  }
  return piece->len > 0 || piece->failed || s->ended;
}

static void write_stream(struct http_stream *s) {
  struct buf *piece = &s->transport->streams.piece;

  for (int i = 0; i < PIECES; i++) {
    if (s->rest_len > 0 && !send_rest(s))
      return;
    if (s->ended) {
      end_stream(s);
      return;
    }
    if (!fill_piece(s, piece))
      return;
    if (piece->len > 0 && !send_piece(s, piece))
      return;
  }
  make_ready(s);
}

void transport_wake(struct http_source *source) {
  struct http_stream *s = source->stream;

  if (s == NULL)
    return;
  s->waiting = false;
  if (s->rest_len == 0)
    make_ready(s);
}

static void on_again(uv_idle_t *idle) {
  (void)idle; /* the prepare callback does the work */
}

void stream_flush(struct transport *t) {
  struct streams *all = &t->streams;
  uint64_t until = all->ready == NULL ? 0 : clock_ns() + TURN_NS;
  unsigned done = 0;
  struct http_stream *s;

  while ((s = take_ready(all)) != NULL) {
    if (s->fd < 0)
      free(s);
    else
      write_stream(s);
    if (++done % 8 == 0 && clock_ns() >= until)
      break;
  }
  if (all->ready == NULL)
    uv_idle_stop(&all->again);
  else if (!uv_is_active((uv_handle_t *)&all->again))
    uv_idle_start(&all->again, on_again);
}

/* ---- clients ------------------------------------------------------------ */

static void on_event(struct http_stream *s, uint32_t events) {
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
    close_stream(s);
  else if (s->rest_len > 0)
    make_ready(s);
}

static void on_poll(uv_poll_t *poll, int status, int events) {
  struct transport *t = poll->data;
  struct epoll_event event[EVENTS];
  int len;

  (void)events;
  if (status != 0)
    return;
  /* Closing one frees no other: each stands in here once. */
  len = epoll_wait(t->streams.epoll, event, EVENTS, 0);
  for (int i = 0; i < len; i++)
    on_event(event[i].data.ptr, event[i].events);
}

void stream_tick(struct transport *t) {
  uint64_t now = uv_now(t->options.loop);
  struct streams *all = &t->streams;

  while (all->quiet.head != NULL &&
         now - all->quiet.head->since >= t->options.beat_ms) {
    struct http_stream *s = all->quiet.head;

    s->beat = true;
    enlist(s);
    make_ready(s);
  }
  while (all->stuck.head != NULL &&
         now - all->stuck.head->since >= t->options.connection_timeout)
    close_stream(all->stuck.head);
}

/* ---- the beginning ------------------------------------------------------ */

static void put_head(struct buf *out, const struct http_exchange *x) {
  const struct http_reply *reply = &x->reply;

  assert(reply->status == 200);
  buf_str(out, "HTTP/1.1 200 OK\r\nDate: ");
  buf_str(out, request_date());
  buf_str(out, "\r\nContent-Type: ");
  buf_str(out, reply->content_type);
  buf_str(out, "\r\nX-Request-Id: ");
  buf_add(out, x->request.id.ptr, x->request.id.len);
  for (unsigned i = 0; i < reply->fields; i++) {
    buf_str(out, "\r\n");
    buf_str(out, reply->field[i].name);
    buf_str(out, ": ");
    buf_str(out, reply->field[i].value);
  }
  buf_str(out, "\r\nConnection: close\r\n\r\n");
}

/* Puts another descriptor in the place of the connection's socket, so that
 * the library closes that one. It also takes the number out of its epoll set,
 * and aborts when it is not in there. Returns the socket, or -1. */
static int take_socket(struct conn *conn) {
  struct transport *t = conn->transport;
  struct epoll_event none = {.events = 0, .data.ptr = conn->mhd};
  int fd = fcntl(conn->fd, F_DUPFD_CLOEXEC, 0);
  int other = fd < 0 ? -1 : eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  bool listed;

  if (other < 0) {
    if (fd >= 0)
      close(fd);
    return -1;
  }
  epoll_ctl(t->departures_fd, EPOLL_CTL_DEL, conn->fd, NULL);
  listed = epoll_ctl(t->epoll_fd, EPOLL_CTL_DEL, conn->fd, NULL) == 0;
  dup3(other, conn->fd, O_CLOEXEC);
  close(other);
  if (listed)
    epoll_ctl(t->epoll_fd, EPOLL_CTL_ADD, conn->fd, &none);
  return fd;
}

/* What the system keeps for a client that does not read; it would be some
 * megabytes by itself. */
#define SEND_BUFFER 65536

/* Has the system find out that a client is gone without a word, and what is
 * small leave at once. */
static void tune(int fd, uint64_t timeout) {
  int on = 1, size = SEND_BUFFER;
  unsigned ms = (unsigned)timeout;

  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof ms);
}

bool stream_begin(struct xchg *x) {
  struct transport *t = x->conn->transport;
  struct http_source *source = x->pub.reply.source;
  struct http_stream *s = calloc(1, sizeof *s);
  struct epoll_event event = {.events = EPOLLRDHUP | EPOLLOUT | EPOLLET,
                              .data.ptr = s};
  struct buf *piece = &t->streams.piece;
  int fd = s == NULL ? -1 : take_socket(x->conn);

  if (fd < 0) {
    free(s);
    return false;
  }
  *s = (struct http_stream){
      .transport = t, .source = source, .fd = fd, .ended = source == NULL};
  if (x->conn->session != NULL) {
    s->session = x->conn->session;
    s->cert = tls_hold(x->conn->cert);
    tls_take(s->session, fd);
  }
  x->pub.reply.source = NULL;
  t->streams.len++;
  tune(fd, t->options.connection_timeout);
  if (source != NULL)
    source->stream = s;
  buf_clear(piece);
  put_head(piece, &x->pub);
  make_ready(s);
  if (epoll_ctl(t->streams.epoll, EPOLL_CTL_ADD, fd, &event) != 0)
    close_stream(s);
  else
    send_piece(s, piece);
  return true;
}

/* ---- all of them -------------------------------------------------------- */

size_t transport_streams(const struct transport *t) {
  return t->streams.len;
}

bool stream_init(struct transport *t) {
  struct streams *all = &t->streams;

  all->ready_end = &all->ready;
  all->epoll = epoll_create1(EPOLL_CLOEXEC);
  return all->epoll >= 0;
}

void stream_start(struct transport *t) {
  struct streams *all = &t->streams;

  uv_poll_init(t->options.loop, &all->poll, all->epoll);
  uv_idle_init(t->options.loop, &all->again);
  all->poll.data = t;
  uv_poll_start(&all->poll, UV_READABLE, on_poll);
}

void stream_stop(struct transport *t) {
  struct streams *all = &t->streams;

  while (all->quiet.head != NULL)
    close_stream(all->quiet.head);
  while (all->stuck.head != NULL)
    close_stream(all->stuck.head);
  stream_flush(t);
  assert(all->len == 0 && all->ready == NULL);
  uv_close((uv_handle_t *)&all->poll, NULL);
  uv_close((uv_handle_t *)&all->again, NULL);
}

void stream_free(struct transport *t) {
  buf_free(&t->streams.piece);
  if (t->streams.epoll >= 0)
    close(t->streams.epoll);
}
