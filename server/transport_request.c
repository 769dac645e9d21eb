/*
 * transport_request.c - the life of one request: its head is checked, its body
 * gathered, the application asked, the answer handed to the library. It parses
 * nothing itself and knows no route.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>

#include "server/clock.h"
#include "server/transport_internal.h"

/* What a free exchange may keep for its next request. */
#define KEEP_BYTES 65536
#define KEEP_FREE  256

/* A refused body of up to this size is read to its end, so that the
 * connection can be used on; a larger one ends it. */
#define DISCARD_MAX 65536

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

/* Gives up what a reply would have been made of. */
static void drop_source(struct http_reply *reply) {
  if (reply->source != NULL)
    reply->source->closed(reply->source);
  reply->source = NULL;
  reply->unsized = false;
}

static void give_back(struct transport *t, struct xchg *x) {
  t->held -= x->held;
  http_drop_inserts(&x->pub.reply);
  drop_source(&x->pub.reply);
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
  assert(reply->insert == NULL);
  reply->source = NULL;
  reply->unsized = false;
  buf_clear(&reply->body);
  buf_clear(&x->body);
  x->pub.route = 0;
  x->pub.owner = 0;
  x->pub.traced = false;
  x->pub.account = NULL;
  x->conn = conn;
  x->next = NULL;
  x->joined[0] = x->joined[1] = x->joined[2] = NULL;
  x->authority = (gene_text_t){NULL, 0};
  x->query = NULL;
  x->held = 0;
  x->stage = STAGE_HEAD;
  x->queued = false;
}

/* Of a target in absolute form; 0: it is in another. */
static size_t scheme_length(const char *uri) {
  if (strncasecmp(uri, "http://", 7) == 0)
    return 7;
  return strncasecmp(uri, "https://", 8) == 0 ? 8 : 0;
}

/* Splits a request target. The library will write into these bytes where the
 * query begins, hence the copy of the query. */
static bool take_target(struct xchg *x, const char *uri) {
  struct http_request *request = &x->pub.request;
  const char *path = uri;
  const char *mark;

  if (*path != '/') {
    path += scheme_length(path);
    if (path != uri) {
      x->authority = (gene_text_t){path, strcspn(path, "/?")};
      path += x->authority.len;
    }
  }
  mark = memchr(path, '?', (size_t)(x->target_end - path));
  request->path.ptr = path;
  request->path.len = (size_t)((mark != NULL ? mark : x->target_end) - path);
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
  conn_enter(conn, CONN_READING);
  if (uri == NULL)
    uri = "";
  x->target = uri;
  x->target_end = uri + strlen(uri);
  if (!take_target(x, uri))
    request_cut(x, HTTP_FAULT_MEMORY, NULL);
  else if (!guard_target_fits(uri, (size_t)(x->target_end - uri)))
    request_cut(x, HTTP_FAULT_TARGET, NULL);
  if (x->stage == STAGE_GONE) {
    /* Nobody can be told here, and the library may wait for its client. */
    conn->refused = true;
    conn_leave(conn);
  }
  return x;
}

void request_over(struct xchg *x) {
  struct conn *conn = x->conn;
  struct transport *t = conn->transport;

  assert(x->stage != STAGE_PENDING);
  if (x->stage != STAGE_ANSWERED)
    t->in_flight--;
  response_over(x);
  conn->x = NULL;
  give_back(t, x);
}

void request_completed(void *data, struct MHD_Connection *mhd, void **slot,
                       enum MHD_RequestTerminationCode how) {
  struct xchg *x = *slot;

  (void)data;
  (void)mhd;
  (void)how;
  if (x == NULL)
    return;
  *slot = NULL;
  conn_enter(x->conn, CONN_IDLE);
  request_over(x);
}

/* ---- answers ------------------------------------------------------------ */

/* Replaces the reply by a refusal. */
static void refuse(struct xchg *x, enum http_fault fault, const char *detail) {
  const struct http_app *app = &x->conn->transport->options.app;

  x->pub.reply.fields = 0;
  x->pub.reply.text_len = 0;
  buf_clear(&x->pub.reply.body);
  http_drop_inserts(&x->pub.reply);
  drop_source(&x->pub.reply);
  app->fault(app->data, &x->pub, fault, detail);
}

/* A reply that could not be written, or not be held, becomes a 503. */
static void check_reply(struct xchg *x) {
  struct buf *body = &x->pub.reply.body;
  size_t size = x->body.cap + body->cap;

  for (unsigned i = 0; i < x->pub.reply.inserts; i++)
    size += x->pub.reply.insert[i].text.len;
  if (!body->failed && hold(x, size))
    return;
  buf_free(body);
  refuse(x, HTTP_FAULT_MEMORY, "There is no memory for the answer.");
}

/* The reply is on its way. */
static void answered(struct xchg *x) {
  struct transport *t = x->conn->transport;

  if (t->options.app.answered != NULL)
    t->options.app.answered(t->options.app.data, &x->pub);
  x->stage = STAGE_ANSWERED;
  t->in_flight--;
}

/* Hands the reply to the library. */
static enum MHD_Result send_reply(struct xchg *x) {
  struct transport *t = x->conn->transport;
  struct MHD_Response *response;
  enum MHD_Result result;

  if (x->pub.reply.source != NULL || x->pub.reply.unsized) {
    if (stream_begin(x)) {
      answered(x);
      return MHD_NO;
    }
    refuse(x, HTTP_FAULT_MEMORY, "There is no room for one more stream.");
  }
  check_reply(x);
  if (t->draining)
    x->pub.reply.close = true;
  response = response_take(x);
  if (response == NULL)
    return MHD_NO;
  answered(x);
  conn_enter(x->conn, CONN_WRITING);
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

const char *request_date(void) {
  static char text[REQUEST_DATE + 1];
  static time_t of;
  time_t now = time(NULL);
  struct tm utc;

  if (now != of && strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT",
                            gmtime_r(&now, &utc)) == 0)
    *text = '\0';
  of = now;
  return text;
}

/* Writes the head of a reply; the length, which is `size` or more when it does
 * not fit. */
static size_t put_head(char *head, size_t size, const struct http_exchange *x) {
  return (size_t)snprintf(head, size,
                          "HTTP/1.1 %d %s\r\nDate: %s\r\nContent-Type: %s\r\n"
                          "Content-Length: %zu\r\nX-Request-Id: %.*s\r\n"
                          "Connection: close\r\n\r\n",
                          x->reply.status, reason(x->reply.status),
                          request_date(), x->reply.content_type,
                          x->reply.body.len, (int)x->request.id.len,
                          x->request.id.ptr);
}

/* Sends the reply past the library, where that takes none, and ends the
 * sending side. */
static void send_raw(struct xchg *x) {
  struct http_exchange *pub = &x->pub;
  const struct http_app *app = &x->conn->transport->options.app;
  struct buf *body = &pub->reply.body;
  char head[512];
  size_t len = put_head(head, sizeof head, pub);
  struct iovec parts[] = {{head, len}, {body->ptr, body->len}};
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

  if (app->answered != NULL)
    app->answered(app->data, pub);
  if (len < sizeof head && !body->failed && x->conn->session != NULL)
    tls_send_last(x->conn->session, head, len, body->ptr, body->len);
  else if (len < sizeof head && !body->failed)
    (void)!sendmsg(x->conn->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  shutdown(x->conn->fd, SHUT_WR);
  x->stage = STAGE_GONE;
}

void request_cut(struct xchg *x, enum http_fault fault, const char *detail) {
  if (x->stage >= STAGE_PENDING)
    return;
  if (x->pub.request.id.ptr == NULL)
    guard_id(x);
  refuse(x, fault, detail);
  linger_start(x->conn->transport, x->conn->fd);
  send_raw(x);
}

static enum MHD_Result cut_off(struct xchg *x, enum http_fault fault,
                               const char *detail) {
  request_cut(x, fault, detail);
  return MHD_NO;
}

static enum MHD_Result await_reply(struct xchg *x) {
  x->stage = STAGE_PENDING;
  if (x->body.cap > 4096) {
    buf_free(&x->body);
    x->pub.request.body = (gene_text_t){NULL, 0};
  }
  conn_await(x->conn);
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

void transport_take_body(struct http_exchange *pub, struct buf *out) {
  struct xchg *x = (struct xchg *)pub;

  *out = x->body;
  x->body = (struct buf){0};
  pub->request.body = (gene_text_t){NULL, 0};
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
    if (x->stage == STAGE_PENDING && send_reply(x) != MHD_YES)
      x->stage = STAGE_GONE;
    MHD_resume_connection(conn->mhd);
  }
  return any;
}

void request_depart(struct xchg *x) {
  const struct http_app *app = &x->conn->transport->options.app;

  if (x->stage != STAGE_PENDING || x->queued)
    return;
  x->stage = STAGE_GONE;
  make_ready(x);
  app->gone(app->data, &x->pub);
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

  /* Such a head may leave the library no room for the head of an answer. */
  if (wrong != NULL)
    return cut_off(x, fault, wrong);
  if (x->conn->over) {
    refuse(x, HTTP_FAULT_CONNECTIONS, NULL);
    return refuse_now(x);
  }
  length = guard_body_length(&x->pub.request);
  if (!frame_begin(x->conn, method, length, &fault, &wrong))
    return cut_off(x, fault, wrong);
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

static enum MHD_Result on_body(struct xchg *x, const char *bytes, size_t *len) {
  struct transport *t = x->conn->transport;
  size_t total = x->body.len + *len;

  if (x->stage == STAGE_GONE)
    return MHD_NO;
  x->conn->taken += *len;
  if (x->stage == STAGE_BODY) {
    if (total > t->options.max_body)
      return cut_off(x, HTTP_FAULT_BODY, NULL);
    if (!hold(x, total > x->body.cap ? total * 2 : x->body.cap))
      return cut_off(x, HTTP_FAULT_MEMORY, NULL);
    buf_add(&x->body, bytes, *len);
    if (x->body.failed)
      return cut_off(x, HTTP_FAULT_MEMORY, NULL);
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

void request_cut_off(struct conn *conn, enum http_fault fault,
                     const char *detail) {
  if (conn->x != NULL) {
    request_cut(conn->x, fault, detail);
    return;
  }
  /* Not even a request line came, so the library knows no exchange. */
  if (request_began(conn->transport, "", conn->mhd) == NULL)
    return;
  request_cut(conn->x, fault, detail);
  request_over(conn->x);
}

void request_refused(struct conn *conn, enum http_fault fault,
                     const char *detail) {
  conn->transport->malformed++;
  request_cut_off(conn, fault, detail);
}
