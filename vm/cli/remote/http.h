/*
 * http.h - one request to the service and its answer, waited for in short
 * steps so that signals are heard and progress is drawn. It knows neither
 * futures nor JSON, and repeats nothing by itself (see call.h).
 */
#ifndef GN_CLI_REMOTE_HTTP_H
#define GN_CLI_REMOTE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/options.h"

#define HTTP_BODY_MAX    ((size_t)64 << 20) /* of an answer, bytes */
#define HTTP_HEADERS_MAX 4
#define HTTP_URL_MAX     2048

typedef struct http http;

enum http_end {
  HTTP_ANSWERED,    /* there is a status, and all of the body */
  HTTP_STOPPED,     /* the sink wanted no more */
  HTTP_UNREACHED,   /* no connection */
  HTTP_BROKEN,      /* a connection, but no whole answer */
  HTTP_UNTRUSTED,   /* no certificate that is trusted */
  HTTP_TOO_LONG,    /* the answer is over HTTP_BODY_MAX */
  HTTP_INTERRUPTED, /* a signal came */
  HTTP_FAILED,      /* it could not be tried: memory, a wrong file */
};

typedef struct http_request {
  const char *method; /* NULL: GET */
  const char *path;   /* from the base on, with the query */
  const char *body;   /* JSON; NULL: none */
  size_t body_len;
  const char *headers[HTTP_HEADERS_MAX]; /* besides the usual, as lines */
  uint32_t timeout_ms; /* for all of it; 0: as long as something comes */
  uint32_t grace_ms;   /* that a signal leaves to it */
  bool deaf;           /* to signals */
  /* Takes the pieces of a stream of events. False: no more of it. */
  bool (*sink)(void *data, const char *bytes, size_t len);
  void *data;
} http_request;

typedef struct http_reply {
  enum http_end end;
  long status;
  uint64_t retry_after_s; /* 0: not said */
  bool is_problem;        /* by its media type */
  bool is_stream;
  char request_id[80];
  char *body; /* NUL behind it; NULL: none */
  size_t len;
  char why[320]; /* what the library says when there is no answer */
} http_reply;

/* Called about ten times a second while there is something to wait for. True:
 * stop waiting, as for a signal. */
typedef bool http_tick(void *data);

/* From the options and the environment. NULL: said on stderr why not. */
http *http_open(const cli_remote *options);
void http_close(http *h);

/* NULL: none. */
void http_on_tick(http *h, http_tick *tick, void *data);

/* The base of all URLs, without a slash at its end. */
const char *http_base(const http *h);

/* Sends and waits. reply is to be freed with http_reply_free in any case. */
void http_send(http *h, const http_request *request, http_reply *reply);
void http_reply_free(http_reply *reply);

/* Lets time pass. False: a signal came, or the tick wanted no more. */
bool http_pause(http *h, uint64_t ms, bool deaf);

/* Milliseconds of a clock that only goes on. */
uint64_t http_now(void);

#endif
