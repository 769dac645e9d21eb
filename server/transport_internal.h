/*
 * transport_internal.h - what the files of the transport share. Nobody else
 * includes it.
 */
#ifndef SERVER_TRANSPORT_INTERNAL_H
#define SERVER_TRANSPORT_INTERNAL_H

#include <microhttpd.h>

#include "server/chunks.h"
#include "server/transport.h"

enum frame_state {
  FRAME_BETWEEN, /* requests: line ends only so far */
  FRAME_HEAD,
  FRAME_BODY, /* of a known length */
  FRAME_CHUNKS,
  FRAME_LOST, /* what comes is no request */
};

/* Where on a connection the bytes that were received last belong. */
struct frame {
  enum frame_state state;
  uint64_t left;  /* of the body, in bytes */
  uint64_t ahead; /* from the beginning of the head in hand on, in bytes */
  uint64_t nul;   /* where the first NUL is among those */
  bool nul_seen;
  struct chunks chunks;
};

enum conn_state {
  CONN_IDLE,    /* between requests, or within a request line */
  CONN_READING, /* a request has begun to arrive */
  CONN_WAITING, /* the request is whole, the answer is not there */
  CONN_WRITING, /* the answer is on its way */
};

struct conn_list {
  struct conn *head, *tail;
};

/* One connection. Those that wait for their answer are in one list, those
 * whose client has closed its side in another, all others in a third, in the
 * order in which their present state began: the overdue are at its head. */
struct conn {
  struct conn *prev, *next;
  struct conn_list *list;
  uint64_t since; /* ms of the loop */
  struct transport *transport;
  struct MHD_Connection *mhd;
  struct xchg *x;        /* the request in hand, or NULL */
  struct tls_cert *cert; /* of its session, which is the library's */
  void *session;
  struct tls_gate gate;
  struct frame frame;
  struct conn *next_due; /* among those whose handshake may go on */
  bool shaking;          /* its handshake is not over */
  bool suspended;        /* for it: its socket is watched */
  bool granted;          /* one step of it */
  int fd;
  enum conn_state state;
  uint64_t taken; /* bytes of bodies so far */
  uint64_t known; /* of them when it was last looked at */
  bool over;      /* one connection more than there may be */
  bool leaving;   /* the client sends no more */
  bool refused;   /* and has been told */
};

enum stage {
  STAGE_HEAD,    /* the head is being read */
  STAGE_BODY,    /* the body is being read */
  STAGE_DISCARD, /* refused: the rest is read and thrown away */
  STAGE_PENDING, /* suspended until the handler answers */
  STAGE_ANSWERED,
  STAGE_GONE, /* the client went away, or was cut off */
};

/* An exchange with the transport's own part. They are used again and again,
 * the last used first, so that a busy server stays within warm memory. */
struct xchg {
  struct http_exchange pub;
  struct conn *conn;
  struct xchg *next; /* in the list of the free, or of the answered */
  struct buf body;
  char *joined[3]; /* values of repeated headers */
  char *query;
  /* The request target, in the library's buffer, and its end. */
  const char *target, *target_end;
  gene_text_t authority; /* of a target in absolute form; ptr NULL: of none */
  struct kept_response *kept; /* whose object the answer uses, or NULL */
  size_t held;                /* bytes counted against max_held */
  enum stage stage;
  bool queued; /* in the list of the answered */
};

struct lingering;

struct stream_list {
  struct http_stream *head, *tail;
};

/* Answers made of a source: those that have sent all they have, and those
 * whose client does not take it; each in the order in which it last took
 * something. */
struct streams {
  struct stream_list quiet, stuck;
  struct http_stream *ready, **ready_end; /* to be written */
  struct buf piece;                       /* being sent */
  size_t len;
  int epoll;
  uv_poll_t poll;
  uv_idle_t again; /* active: some are ready still */
};

struct transport {
  struct transport_options options;
  struct MHD_Daemon *daemon;
  uv_poll_t poll;       /* libmicrohttpd's epoll descriptor */
  uv_prepare_t prepare; /* answers leave before the loop sleeps */
  uv_idle_t again;      /* active: do not sleep */
  uv_timer_t tick;      /* looks for the overdue */
  uv_poll_t departures; /* clients that close their side */
  int departures_fd;
  int epoll_fd; /* the library's own */
  struct streams streams;
  struct conn_list active, waiting, leaving;
  struct conn **by_fd; /* NULL where none is */
  size_t by_fd_len;
  struct kept_response *kept;
  struct xchg *free;
  size_t free_len;
  struct xchg *ready, **ready_end; /* answers that have not left */
  struct lingering *lingering;
  size_t lingering_len;
  size_t connections, in_flight, held;
  uint64_t malformed;
  uint64_t drain_began;
  uint64_t id_state; /* of the generator of request ids */
  unsigned restless; /* pumps in a row that left something to do at once */
  struct conn *due, **due_end; /* handshakes that may go on */
  uint64_t shake_began; /* clock_ns of the turn's first step; 0: none yet */
  bool draining, stopping;
};

/* Once, before the first request. */
void guard_init(void);

/* Reads the head of a request into it: known headers, id. Returns NULL, or
 * what is wrong with it; *fault says how to answer then. */
const char *guard_head(struct xchg *x, const char *method, const char *version,
                       enum http_fault *fault);

/* Whether a request target leaves room for the rest of the head. */
bool guard_target_fits(const char *uri, size_t len);

/* Gives the request its id: the client's, if sane, else a new one. */
void guard_id(struct xchg *x);

/* Whether a request with this head has a body to come, and how long it is;
 * UINT64_MAX: not known. */
uint64_t guard_body_length(const struct http_request *request);

/* ---- transport_frame.c ---- */

/* MHD_run, seeing what it receives. */
void frame_run(struct transport *t);

/* A connection (data) received bytes, or its end when there are none. False:
 * that is answered, and the library must not have them. */
bool frame_received(void *data, const char *bytes, size_t len);

void frame_opened(struct conn *conn);
void frame_closed(struct conn *conn);

/* Whether a part of a request has come that is not answered. */
bool frame_within(const struct conn *conn);
#define FRAME_CUT_SHORT "The client closed before its request was whole."

/* A head is whole: it lies at `head`, with all that came behind it, and a body
 * of `length` bytes follows; UINT64_MAX: a chunked one. False: what came of
 * that is wrong, *fault and *detail say how to answer. */
bool frame_begin(struct conn *conn, const char *head, uint64_t length,
                 enum http_fault *fault, const char **detail);

/* Keeps the connection readable after the library has closed its own
 * descriptor, and throws away what the client still sends, for a bounded
 * time: closing with unread bytes would reset the connection, and the client
 * would lose the answer. */
void linger_start(struct transport *t, int fd);
void linger_stop_all(struct transport *t);

/* ---- transport_response.c ---- */

#define KEPT_RESPONSES 64

/* The library's object of a reply; NULL: out of memory. It is to be queued
 * once, then response_queued, and response_over when the library is through
 * with the request. The reply must stay as it is until then. */
struct MHD_Response *response_take(struct xchg *x);
void response_queued(struct xchg *x, struct MHD_Response *response);
void response_over(struct xchg *x);

bool response_init(struct transport *t); /* false: out of memory */
void response_free_all(struct transport *t);

/* ---- transport_stream.c ---- */

/* Takes the connection away from the library, sends the head of the reply and
 * then what its source gives. The library is to close the connection. False:
 * no memory or descriptor, and nothing is sent. */
bool stream_begin(struct xchg *x);

/* Writes those that have something to send, for a bounded time. */
void stream_flush(struct transport *t);

/* Has beats sent, and cuts off those whose client takes nothing. */
void stream_tick(struct transport *t);

bool stream_init(struct transport *t); /* false: no descriptor */
void stream_start(struct transport *t);
void stream_stop(struct transport *t); /* closes all */
void stream_free(struct transport *t);

/* ---- transport_conn.c ---- */

void conn_opened(struct transport *t, struct conn *conn);
void conn_closed(struct conn *conn); /* frees it */

void conn_enter(struct conn *conn, enum conn_state state);
void conn_await(struct conn *conn); /* enters CONN_WAITING */
void conn_leave(struct conn *conn); /* its client sends no more */

/* Clients closed their side. */
void conn_departures(uv_poll_t *poll, int status, int events);

/* Ends all pending requests without an answer. */
void conn_depart_all(struct transport *t);

/* Cuts off those on which the library spins: it does not notice that the head
 * of a chunk will never fit in its buffer. */
void conn_unjam(struct transport *t);

/* Cuts off what is overdue; the idle since `before` (ms of the loop). */
void conn_expire(struct transport *t);
void conn_expire_idle(struct transport *t, uint64_t before);

/* ---- transport_shake.c ---- */

/* A new connection speaks TLS. */
void shake_begin(struct conn *conn, struct tls_cert *cert);

/* The socket of a connection is ready, and it may be waiting for that. */
void shake_due(struct conn *conn);

/* A turn of the loop begins. */
void shake_turn(struct transport *t);

/* Whether there is a handshake to go on with in this turn, and doing so; the
 * library has to run then. */
bool shake_may_go(const struct transport *t);
void shake_one(struct transport *t);

/* The connection is closed. */
void shake_forget(struct conn *conn);

/* No handshake waits any more: the library is about to be stopped. */
void shake_end_all(struct transport *t);

/* ---- transport_refusal.c ---- */

/* Once, before the library is started. False: it can't be found. */
bool refusal_init(void);

/* MHD_queue_response of the library itself. */
enum MHD_Result refusal_queue(struct MHD_Connection *mhd, unsigned status,
                              struct MHD_Response *response);

/* ---- transport_request.c ---- */

/* The library refuses what the connection sent: answers past it, unless an
 * answer is on its way. The connection is to be closed then. */
void request_refused(struct conn *conn, enum http_fault fault,
                     const char *detail);

/* The same, where it is not what was sent that is wrong. */
void request_cut_off(struct conn *conn, enum http_fault fault,
                     const char *detail);

/* Calls of the library; their contracts are its own. */
void *request_began(void *data, const char *uri, struct MHD_Connection *mhd);
enum MHD_Result request_access(void *data, struct MHD_Connection *mhd,
                               const char *url, const char *method,
                               const char *version, const char *bytes,
                               size_t *len, void **slot);
void request_completed(void *data, struct MHD_Connection *mhd, void **slot,
                       enum MHD_RequestTerminationCode how);

/* Hands over the answers that are ready. True: the library has to run. */
bool request_flush(struct transport *t);

/* Ends a pending exchange without an answer, unless that is on its way. The
 * library closes the connection when its next call of the handler fails. */
void request_depart(struct xchg *x);

/* Answers an exchange past the library, which takes no answer just now, unless
 * one is on its way already; the connection is to be closed then. */
void request_cut(struct xchg *x, enum http_fault fault, const char *detail);

/* The moment as the Date header has it, REQUEST_DATE bytes and a NUL; empty
 * when there is no calendar. Good until the next call. */
#define REQUEST_DATE 29
const char *request_date(void);

/* Frees the exchange of a connection. */
void request_over(struct xchg *x);

void request_free_all(struct transport *t); /* the free exchanges */

#endif
