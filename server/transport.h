/*
 * transport.h - HTTP/1.1 on the loop. Nothing else of the project sees a
 * socket of a client or a type of libmicrohttpd.
 *
 * All calls come from the loop thread.
 */
#ifndef SERVER_TRANSPORT_H
#define SERVER_TRANSPORT_H

#include <uv.h>

#include "server/http.h"
#include "server/tls.h"

struct transport;

struct transport_options {
  uv_loop_t *loop;
  struct http_app app;
  int listener;                /* a listening socket; becomes its own */
  uint64_t max_connections;    /* one more is answered 503 */
  uint64_t connection_timeout; /* ms; see --help */
  size_t max_body;             /* bytes; more is answered 413 */
  uint64_t beat_ms;            /* of silence before a source's beat is sent */
  struct tls_cert *tls;        /* NULL: in plain; this reference is its own */
  size_t max_held;             /* bytes of all bodies and answers in hand */
};

/* Serves from now on. NULL: out of memory, or no epoll; the listener is then
 * closed. */
struct transport *transport_start(const struct transport_options *options);

/* Serves a connection that somebody else has accepted; fd becomes its own. */
void transport_adopt(struct transport *t, int fd);

/* Another certificate for connections from now on; the reference is its own.
 * Only where there has been one from the start. */
void transport_use_cert(struct transport *t, struct tls_cert *cert);

/* The certificate in use; NULL: none. */
const struct tls_cert *transport_cert(const struct transport *t);

/* Other bounds for what comes from now on; see transport_options. */
void transport_retune(struct transport *t, uint64_t connection_timeout,
                      size_t max_body);

/* Gives away the body of a request that is in its handler: *out is the
 * caller's to free, and goes on counting as held while the exchange lasts. */
void transport_take_body(struct http_exchange *x, struct buf *out);

/* Sends the reply of an exchange that was left pending. It leaves at the end
 * of the turn of the loop, together with all others. */
void transport_answer(struct http_exchange *x);

/* A source has something to send again. It is asked at the end of the turn of
 * the loop, or in a later one; harmless when it will be asked anyway. */
void transport_wake(struct http_source *source);

/* Answers that are being made of a source. */
size_t transport_streams(const struct transport *t);

/* No more connections; each answer from now on ends its connection, and those
 * that stay idle for a moment are closed. */
void transport_drain(struct transport *t);

/* Requests that have begun and are not answered yet. */
size_t transport_in_flight(const struct transport *t);

/* Connections, those with an answer from a source among them. */
size_t transport_connections(const struct transport *t);

/* Version of the HTTP library. */
const char *transport_library_version(void);

/* Requests that the HTTP library refused by itself since the start. */
uint64_t transport_malformed(const struct transport *t);

/* Ends all connections, answered or not, and closes every handle; the loop
 * has to run once more, then transport_free. Exchanges still pending are told
 * `gone`. */
void transport_stop(struct transport *t);
void transport_free(struct transport *t);

#endif
