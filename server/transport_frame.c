/*
 * transport_frame.c - where requests end, judged before the library does.
 *
 * The library reads the framing of chunked bodies as leniently as heads: lines
 * that end in a bare LF, control characters in extensions, anything for a
 * trailer. It shows nothing of that, only the bytes of the body; so what it
 * receives is looked at on the way. It calls recv() as an exported symbol, and
 * the one defined here is found first (System V ABI, symbol interposition); so
 * with TLS, see tls.c. All that is not a connection of the library within its
 * turn is passed through.
 *
 * A head is only counted here, since transport_guard.c reads it, and looked
 * through for NUL, which that takes for the trace of a line end: when it is
 * whole, the bytes of its body that have come already lie behind it. Between
 * two requests nothing but line ends is allowed. It never changes a byte.
 */
#include <assert.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>

#include "server/token.h"
#include "server/transport_internal.h"

/* Not by its own name: headers may have that as an inline function. */
ssize_t frame_recv(int fd, void *bytes, size_t room, int flags) __asm__("recv");

static ssize_t (*own_recv)(int, void *, size_t, int);

/* Whose turn it is in this thread. */
static _Thread_local struct transport *running;

/* Any thread may be the first to receive. */
__attribute__((constructor)) static void find_own(void) {
  void *found = dlsym(RTLD_NEXT, "recv");

  static_assert(sizeof found == sizeof own_recv, "POSIX says so");
  if (found == NULL)
    abort(); /* a C library without it */
  memcpy(&own_recv, &found, sizeof found);
}

void frame_run(struct transport *t) {
  running = t;
  MHD_run(t->daemon);
  running = NULL;
}

/* ---- connections by their socket ----------------------------------------- */

void frame_opened(struct conn *conn) {
  struct transport *t = conn->transport;
  size_t fd = (size_t)conn->fd, len = t->by_fd_len;
  struct conn **grown;

  if (fd >= len) {
    len = fd + 64 > len * 2 ? fd + 64 : len * 2;
    grown = reallocarray(t->by_fd, len, sizeof(void *));
    if (grown == NULL)
      return; /* unseen, so that its first request is refused */
    memset(grown + t->by_fd_len, 0, (len - t->by_fd_len) * sizeof(void *));
    t->by_fd = grown;
    t->by_fd_len = len;
  }
  t->by_fd[fd] = conn;
}

void frame_closed(struct conn *conn) {
  struct transport *t = conn->transport;

  if ((size_t)conn->fd < t->by_fd_len && t->by_fd[conn->fd] == conn)
    t->by_fd[conn->fd] = NULL;
}

/* ---- what is received ---------------------------------------------------- */

static bool is_wrong(enum chunks_end end, enum http_fault *fault,
                     const char **detail) {
  if (end == CHUNKS_TOO_LARGE) {
    *fault = HTTP_FAULT_BODY;
    *detail = NULL; /* the size that it may have is told */
    return true;
  }
  *fault = HTTP_FAULT_MALFORMED;
  *detail = "The framing of the chunked body is malformed.";
  return end == CHUNKS_WRONG;
}

/* The body, or what there is of it; gives how much that is. */
static size_t pass_body(struct frame *frame, const char *bytes, size_t len,
                        uint64_t max, enum chunks_end *end) {
  size_t used = frame->left < len ? (size_t)frame->left : len;

  *end = CHUNKS_GO_ON;
  if (frame->state == FRAME_CHUNKS) {
    *end = chunks_read(&frame->chunks, bytes, len, max, &used);
    if (*end == CHUNKS_OVER)
      frame->state = FRAME_BETWEEN;
    return used;
  }
  frame->left -= used;
  if (frame->left == 0)
    frame->state = FRAME_BETWEEN;
  return used;
}

/* What follows a body: line ends, then a head. */
static void pass_head(struct frame *frame, const char *bytes, size_t len) {
  size_t blank = 0;
  const char *nul;

  if (frame->state == FRAME_BETWEEN) {
    while (blank < len && (bytes[blank] == '\r' || bytes[blank] == '\n'))
      blank++;
    if (blank == len)
      return;
    frame->state = token_has(bytes[blank]) ? FRAME_HEAD : FRAME_LOST;
  }
  nul = memchr(bytes + blank, '\0', len - blank);
  if (nul != NULL && !frame->nul_seen) {
    frame->nul_seen = true;
    frame->nul = frame->ahead + (uint64_t)(nul - bytes) - blank;
  }
  frame->ahead += len - blank;
}

static enum chunks_end pass(struct frame *frame, const char *bytes, size_t len,
                            uint64_t max) {
  enum chunks_end end = CHUNKS_GO_ON;
  size_t used = 0;

  if (frame->state == FRAME_BODY || frame->state == FRAME_CHUNKS)
    used = pass_body(frame, bytes, len, max, &end);
  if (end == CHUNKS_GO_ON || end == CHUNKS_OVER)
    pass_head(frame, bytes + used, len - used);
  return end;
}

/* Whether the library may have what came; if not, that is answered. */
static bool received(struct conn *conn, const char *bytes, size_t len) {
  struct frame *frame = &conn->frame;
  enum http_fault fault;
  const char *detail;
  enum chunks_end end =
      pass(frame, bytes, len, conn->transport->options.max_body);

  if (is_wrong(end, &fault, &detail)) {
    request_refused(conn, fault, detail);
    return false;
  }
  /* Behind a request that is not answered yet it waits for its turn. */
  if (frame->state != FRAME_LOST || conn->x != NULL)
    return true;
  request_refused(conn, HTTP_FAULT_MALFORMED,
                  "A request begins with its method.");
  return false;
}

bool frame_within(const struct conn *conn) {
  return conn->frame.state != FRAME_BETWEEN;
}

/* The client sends no more; the library would say nothing to that. */
static void ended(struct conn *conn) {
  if (frame_within(conn))
    request_cut_off(conn, HTTP_FAULT_MALFORMED, FRAME_CUT_SHORT);
}

static struct conn *conn_of(int fd) {
  return running != NULL && (size_t)fd < running->by_fd_len ? running->by_fd[fd]
                                                            : NULL;
}

bool frame_received(void *data, const char *bytes, size_t len) {
  struct conn *conn = data;

  if (len > 0)
    return received(conn, bytes, len);
  ended(conn);
  return true;
}

ssize_t frame_recv(int fd, void *bytes, size_t room, int flags) {
  ssize_t got = own_recv(fd, bytes, room, flags);
  struct conn *conn = got >= 0 && room > 0 ? conn_of(fd) : NULL;

  if (conn == NULL || conn->session != NULL ||
      frame_received(conn, bytes, (size_t)got))
    return got;
  errno = ECONNRESET;
  return -1;
}

/* ---- heads --------------------------------------------------------------- */

bool frame_begin(struct conn *conn, const char *head, uint64_t length,
                 enum http_fault *fault, const char **detail) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(
      conn->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  struct frame *frame = &conn->frame;
  size_t size = info == NULL ? 0 : info->header_size;
  uint64_t rest = frame->ahead - size;
  enum chunks_end end;

  assert(info != NULL);
  if (frame->state != FRAME_HEAD || frame->ahead < size) {
    *fault = HTTP_FAULT_MALFORMED;
    *detail = "Something else stands between this request and the last.";
    return false;
  }
  if (frame->nul_seen && frame->nul < size) {
    *fault = HTTP_FAULT_MALFORMED;
    *detail = "The head holds a NUL.";
    return false;
  }
  *frame =
      (struct frame){.state = length == UINT64_MAX ? FRAME_CHUNKS : FRAME_BODY,
                     .left = length};
  end = pass(frame, head + size, rest, conn->transport->options.max_body);
  return !is_wrong(end, fault, detail);
}
