/*
 * transport_request.c - the life of one request: its head is checked, its body
 * gathered, the application asked, the answer handed to the library. It parses
 * nothing itself and knows no route.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "server/clock.h"
#include "server/transport_internal.h"

/* What a free exchange may keep for its next request. */
#define KEEP_BYTES 65536
#define KEEP_FREE  256

/* A refused body of up to this size is read to its end, so that the
 * connection can be used on; a larger one ends it. */
#define DISCARD_MAX 65536

/* ---- connections in order of waiting ------------------------------------ */

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

static void enter(struct conn *conn, enum conn_state state) {
  struct transport *t = conn->transport;

  unlist(conn);
  conn->state = state;
  conn->since = uv_now(t->options.loop);
  append(state == CONN_WAITING ? &t->waiting : &t->active, conn);
}

void request_conn_opened(struct transport *t, struct conn *conn) {
  conn->transport = t;
  t->connections++;
  conn->over = t->connections > t->options.max_connections;
  enter(conn, CONN_IDLE);
}

void request_conn_closed(struct conn *conn) {
  unlist(conn);
  conn->transport->connections--;
  free(conn);
}

/* ---- exchanges ---------------------------------------------------------- */

static struct xchg *take_exchange(struct transport *t) {
  struct xchg *x = t->free;

  if (x == NULL)
    return calloc(1, sizeof *x);
  t->free = x->next;
  t->free_len--;
  return x;
}

/* Counts bytes in hand. False when there are too many in all. */
static bool hold(struct xchg *x, size_t bytes) {
  struct transport *t = x->conn->transport;

  if (bytes <= x->held)
    return true;
  if (bytes > KEEP_BYTES && t->held + (bytes - x->held) > t->options.max_held)
    return false;
  t->held += bytes - x->held;
  x->held = bytes;
  return true;
}

static void clear_buf(struct buf *b) {
  if (b->cap > KEEP_BYTES)
    buf_free(b);
  else
    buf_clear(b);
}

static void give_back(struct transport *t, struct xchg *x) {
  t->held -= x->held;
  for (size_t i = 0; i < 3; i++)
    free(x->joined[i]);
  free(x->query);
  if (t->free_len >= KEEP_FREE) {
    buf_free(&x->body);
    buf_free(&x->pub.reply.body);
    free(x);
    return;
  }
  clear_buf(&x->body);
  clear_buf(&x->pub.reply.body);
  x->next = t->free;
  t->free = x;
  t->free_len++;
}

void request_free_all(struct transport *t) {
  while (t->free != NULL) {
    struct xchg *x = t->free;

    t->free = x->next;
    buf_free(&x->body);
    buf_free(&x->pub.reply.body);
    free(x);
  }
}

/* Makes a used exchange like new, its buffers apart. */
static void reset(struct xchg *x, struct conn *conn) {
  struct http_request *request = &x->pub.request;
  struct http_reply *reply = &x->pub.reply;

  memset(request, 0, sizeof *request);
  reply->status = 0;
  reply->content_type = NULL;
  reply->fields = 0;
  reply->text_len = 0;
  reply->close = false;
  buf_clear(&reply->body);
  buf_clear(&x->body);
  x->pub.route = 0;
  x->conn = conn;
  x->next = NULL;
  x->joined[0] = x->joined[1] = x->joined[2] = NULL;
  x->query = NULL;
  x->held = 0;
  x->stage = STAGE_HEAD;
  x->queued = false;
}

/* Splits a request target. The library will write into these bytes where the
 * query begins, hence the copy of the query. */
static bool take_target(struct xchg *x, const char *uri) {
  struct http_request *request = &x->pub.request;
  const char *path = uri;
  const char *mark;

  if (*path != '/' && strncmp(path, "http://", 7) == 0) {
    path += 7;
    path += strcspn(path, "/?");
  }
  mark = strchr(path, '?');
  request->path.ptr = path;
  request->path.len = mark != NULL ? (size_t)(mark - path) : strlen(path);
  if (mark == NULL)
    return true;
  x->query = strdup(mark + 1);
  request->query =
      (gene_text_t){x->query, x->query == NULL ? 0 : strlen(x->query)};
  return x->query != NULL;
}

void *request_began(void *data, const char *uri, struct MHD_Connection *mhd) {
  struct transport *t = data;
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  struct conn *conn = info != NULL ? info->socket_context : NULL;
  struct xchg *x;

  if (conn == NULL)
    return NULL;
  x = take_exchange(t);
  if (x == NULL)
    return NULL;
  reset(x, conn);
  x->pub.began_ns = clock_ns();
  conn->x = x;
  conn->mhd = mhd;
  t->in_flight++;
  enter(conn, CONN_READING);
  if (!take_target(x, uri == NULL ? "" : uri))
    x->stage = STAGE_GONE;
  return x;
}

void request_completed(void *data, struct MHD_Connection *mhd, void **slot,
                       enum MHD_RequestTerminationCode how) {
  struct transport *t = data;
  struct xchg *x = *slot;

  (void)mhd;
  (void)how;
  if (x == NULL)
    return;
  *slot = NULL;
  assert(x->stage != STAGE_PENDING);
  if (x->stage != STAGE_ANSWERED)
    t->in_flight--;
  response_over(x);
  x->conn->x = NULL;
  enter(x->conn, CONN_IDLE);
  give_back(t, x);
}

/* ---- answers ------------------------------------------------------------ */

/* Replaces the reply by a refusal. */
static void refuse(struct xchg *x, enum http_fault fault, const char *detail) {
  const struct http_app *app = &x->conn->transport->options.app;

  x->pub.reply.fields = 0;
  x->pub.reply.text_len = 0;
  buf_clear(&x->pub.reply.body);
  app->fault(app->data, &x->pub, fault, detail);
}

/* A reply that could not be written, or not be held, becomes a 503. */
static void check_reply(struct xchg *x) {
  struct buf *body = &x->pub.reply.body;

  if (!body->failed && hold(x, x->body.cap + body->cap))
    return;
  buf_free(body);
  refuse(x, HTTP_FAULT_MEMORY, "There is no memory for the answer.");
}

/* Hands the reply to the library. */
static enum MHD_Result send_reply(struct xchg *x) {
  struct transport *t = x->conn->transport;
  struct MHD_Response *response;
  enum MHD_Result result;

  check_reply(x);
  if (t->draining)
    x->pub.reply.close = true;
  response = response_take(x);
  if (response == NULL)
    return MHD_NO;
  if (t->options.app.answered != NULL)
    t->options.app.answered(t->options.app.data, &x->pub);
  x->stage = STAGE_ANSWERED;
  t->in_flight--;
  enter(x->conn, CONN_WRITING);
  result = refusal_queue(x->conn->mhd, (unsigned)x->pub.reply.status, response);
  response_queued(x, response);
  return result;
}

static const char *reason(int status) {
  switch (status) {
  case 400: return "Bad Request";
  case 408: return "Request Timeout";
  case 413: return "Content Too Large";
  case 414: return "URI Too Long";
  case 431: return "Request Header Fields Too Large";
  case 505: return "HTTP Version Not Supported";
  default: return "Service Unavailable";
  }
}

/* Sends the reply past the library, where that takes none, and ends the
 * sending side. */
static void send_raw(struct xchg *x) {
  struct http_exchange *pub = &x->pub;
  const struct http_app *app = &x->conn->transport->options.app;
  struct buf *body = &pub->reply.body;
  char head[512];
  int len = snprintf(
      head, sizeof head,
      "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
      "X-Request-Id: %.*s\r\nConnection: close\r\n\r\n",
      pub->reply.status, reason(pub->reply.status), pub->reply.content_type,
      body->len, (int)pub->request.id.len, pub->request.id.ptr);
  struct iovec parts[] = {{head, (size_t)len}, {body->ptr, body->len}};
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

  if (app->answered != NULL)
    app->answered(app->data, pub);
  if (len > 0 && (size_t)len < sizeof head && !body->failed)
    (void)!sendmsg(x->conn->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  shutdown(x->conn->fd, SHUT_WR);
  x->stage = STAGE_GONE;
}

static void watch_departure(struct conn *conn) {
  struct epoll_event event = {.events = EPOLLRDHUP | EPOLLONESHOT,
                              .data.ptr = conn};

  epoll_ctl(conn->transport->departures_fd, EPOLL_CTL_ADD, conn->fd, &event);
}

static void unwatch_departure(struct conn *conn) {
  epoll_ctl(conn->transport->departures_fd, EPOLL_CTL_DEL, conn->fd, NULL);
}

static enum MHD_Result await_reply(struct xchg *x) {
  x->stage = STAGE_PENDING;
  if (x->body.cap > 4096) {
    buf_free(&x->body);
    x->pub.request.body = (gene_text_t){NULL, 0};
  }
  enter(x->conn, CONN_WAITING);
  watch_departure(x->conn);
  MHD_suspend_connection(x->conn->mhd);
  return MHD_YES;
}

/* Puts an exchange into the list of those to be resumed. */
static void make_ready(struct xchg *x) {
  struct transport *t = x->conn->transport;

  assert(!x->queued && x->next == NULL);
  x->queued = true;
  *t->ready_end = x;
  t->ready_end = &x->next;
}

void transport_answer(struct http_exchange *pub) {
  struct xchg *x = (struct xchg *)pub;

  assert(x->stage == STAGE_PENDING);
  make_ready(x);
}

bool request_flush(struct transport *t) {
  bool any = t->ready != NULL;

  while (t->ready != NULL) {
    struct xchg *x = t->ready;
    struct conn *conn = x->conn;

    t->ready = x->next;
    if (t->ready == NULL)
      t->ready_end = &t->ready;
    x->next = NULL;
    x->queued = false;
    unwatch_departure(conn);
    if (x->stage == STAGE_PENDING && send_reply(x) != MHD_YES)
      x->stage = STAGE_GONE;
    MHD_resume_connection(conn->mhd);
  }
  return any;
}

/* Ends a pending exchange without an answer, unless that is on its way. The
 * library closes the connection when its next call of the handler fails. */
static void depart(struct xchg *x) {
  const struct http_app *app = &x->conn->transport->options.app;

  if (x->stage != STAGE_PENDING || x->queued)
    return;
  x->stage = STAGE_GONE;
  make_ready(x);
  app->gone(app->data, &x->pub);
}

void request_departures(uv_poll_t *poll, int status, int events) {
  struct transport *t = poll->data;
  struct epoll_event event[64];
  int len;

  (void)events;
  if (status != 0)
    return;
  len = epoll_wait(t->departures_fd, event, 64, 0);
  for (int i = 0; i < len; i++) {
    struct conn *conn = event[i].data.ptr;

    if (conn->x != NULL)
      depart(conn->x);
  }
}

void request_depart_all(struct transport *t) {
  for (struct conn *conn = t->waiting.head; conn != NULL; conn = conn->next)
    depart(conn->x);
}

/* ---- the library's calls ------------------------------------------------ */

/* Answers now, before the body; the library then ends the connection. */
static enum MHD_Result refuse_now(struct xchg *x) {
  x->pub.reply.close = true;
  linger_start(x->conn->transport, x->conn->fd);
  return send_reply(x);
}

/* A request that is refused while its body is outstanding: a short body is
 * read to its end first, so that the connection can go on. */
static enum MHD_Result refuse_body(struct xchg *x, uint64_t length) {
  if (length > DISCARD_MAX || x->pub.reply.close ||
      x->pub.request.header[HTTP_EXPECT].ptr != NULL)
    return refuse_now(x);
  x->stage = STAGE_DISCARD;
  return MHD_YES;
}

static enum MHD_Result on_head(struct xchg *x, const char *method,
                               const char *version) {
  struct transport *t = x->conn->transport;
  const struct http_app *app = &t->options.app;
  enum http_fault fault;
  const char *wrong = guard_head(x, method, version, &fault);
  gene_text_t expect;
  uint64_t length;

  if (wrong != NULL || x->conn->over) {
    refuse(x, wrong != NULL ? fault : HTTP_FAULT_CONNECTIONS, wrong);
    return refuse_now(x);
  }
  length = guard_body_length(&x->pub.request);
  expect = x->pub.request.header[HTTP_EXPECT];
  if (length > t->options.max_body && length != UINT64_MAX) {
    refuse(x, HTTP_FAULT_BODY, NULL);
    return refuse_now(x);
  }
  if (expect.ptr != NULL &&
      (expect.len != 12 || strncasecmp(expect.ptr, "100-continue", 12) != 0)) {
    refuse(x, HTTP_FAULT_EXPECT, NULL);
    return refuse_body(x, length);
  }
  if (app->head(app->data, &x->pub))
    return refuse_body(x, length);
  x->stage = STAGE_BODY;
  return MHD_YES;
}

/* A body turned out too long in its middle: the library can take no answer
 * here, so one is written past it. */
static enum MHD_Result cut_off(struct xchg *x, enum http_fault fault) {
  refuse(x, fault, NULL);
  linger_start(x->conn->transport, x->conn->fd);
  send_raw(x);
  return MHD_NO;
}

static enum MHD_Result on_body(struct xchg *x, const char *bytes, size_t *len) {
  struct transport *t = x->conn->transport;
  size_t total = x->body.len + *len;

  if (x->stage == STAGE_GONE)
    return MHD_NO;
  if (x->stage == STAGE_BODY) {
    if (total > t->options.max_body)
      return cut_off(x, HTTP_FAULT_BODY);
    if (!hold(x, total > x->body.cap ? total * 2 : x->body.cap))
      return cut_off(x, HTTP_FAULT_MEMORY);
    buf_add(&x->body, bytes, *len);
    if (x->body.failed)
      return cut_off(x, HTTP_FAULT_MEMORY);
  }
  *len = 0;
  return MHD_YES;
}

static enum MHD_Result on_whole(struct xchg *x) {
  const struct http_app *app = &x->conn->transport->options.app;

  switch (x->stage) {
  case STAGE_DISCARD: return send_reply(x);
  case STAGE_BODY: break;
  default: return MHD_NO; /* gone */
  }
  x->pub.request.body = (gene_text_t){x->body.ptr, x->body.len};
  if (app->handle(app->data, &x->pub) == HTTP_ANSWER)
    return send_reply(x);
  return await_reply(x);
}

enum MHD_Result request_access(void *data, struct MHD_Connection *mhd,
                               const char *url, const char *method,
                               const char *version, const char *bytes,
                               size_t *len, void **slot) {
  struct xchg *x = *slot;

  (void)data;
  (void)mhd;
  (void)url;
  if (x == NULL || x->stage == STAGE_GONE)
    return MHD_NO;
  if (x->stage == STAGE_HEAD)
    return on_head(x, method, version);
  if (*len != 0)
    return on_body(x, bytes, len);
  return on_whole(x);
}

static void send_refusal(struct xchg *x, enum http_fault fault,
                         const char *detail) {
  guard_id(x);
  refuse(x, fault, detail);
  linger_start(x->conn->transport, x->conn->fd);
  send_raw(x);
}

void request_refused(struct conn *conn, enum http_fault fault,
                     const char *detail) {
  struct transport *t = conn->transport;
  struct xchg *x = conn->x;

  t->malformed++;
  if (x != NULL) {
    if (x->stage < STAGE_PENDING)
      send_refusal(x, fault, detail);
    return;
  }
  /* Not even a request line came, so the library knows no exchange. */
  x = request_began(t, "", conn->mhd);
  if (x == NULL)
    return;
  send_refusal(x, fault, detail);
  request_completed(t, conn->mhd, &(void *){x},
                    MHD_REQUEST_TERMINATED_WITH_ERROR);
}

/* ---- cutting off -------------------------------------------------------- */

/* Ends a connection that took too long: with a word when a request was on its
 * way, silently when there was none or its answer is not taken. */
static void expire(struct conn *conn) {
  struct xchg *x = conn->x;

  if (conn->state == CONN_READING && x != NULL && x->stage != STAGE_GONE) {
    if (x->pub.request.id.ptr == NULL)
      x->pub.request.id = (gene_text_t){"-", 1};
    refuse(x, HTTP_FAULT_TIMEOUT, NULL);
    send_raw(x);
  }
  shutdown(conn->fd, SHUT_RDWR);
  unlist(conn);
}

void request_expire(struct transport *t) {
  uint64_t now = uv_now(t->options.loop);

  while (t->active.head != NULL &&
         now - t->active.head->since >= t->options.connection_timeout)
    expire(t->active.head);
}

void request_expire_idle(struct transport *t, uint64_t before) {
  struct conn *next;

  for (struct conn *conn = t->active.head; conn != NULL; conn = next) {
    next = conn->next;
    if (conn->state == CONN_IDLE && conn->since <= before)
      expire(conn);
  }
}
