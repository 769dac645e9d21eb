/*
 * http.h - a request and its answer as handlers see them. No type of the HTTP
 * library and no socket appears here; the transport fills the request, the
 * handlers fill the reply.
 */
#ifndef SERVER_HTTP_H
#define SERVER_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gene.h"
#include "server/buf.h"

struct account;

enum http_method {
  HTTP_GET,
  HTTP_HEAD,
  HTTP_POST,
  HTTP_PUT,
  HTTP_DELETE,
  HTTP_OPTIONS,
  HTTP_OTHER,
};

/* The headers that anybody here reads. */
enum http_header {
  HTTP_ACCEPT,
  HTTP_ACCEPT_ENCODING,
  HTTP_ACCESS_CONTROL_REQUEST_METHOD,
  HTTP_AUTHORIZATION,
  HTTP_CONTENT_ENCODING,
  HTTP_CONTENT_LENGTH,
  HTTP_CONTENT_TYPE,
  HTTP_EXPECT,
  HTTP_HOST,
  HTTP_IDEMPOTENCY_KEY,
  HTTP_IF_NONE_MATCH,
  HTTP_LAST_EVENT_ID,
  HTTP_ORIGIN,
  HTTP_PREFER,
  HTTP_TRACEPARENT,
  HTTP_TRANSFER_ENCODING,
  HTTP_X_REQUEST_ID,
  HTTP_HEADERS,
};

/* All texts are valid until the exchange is answered. */
struct http_request {
  enum http_method method;
  gene_text_t method_name;
  gene_text_t path;                 /* as sent, without the query */
  gene_text_t query;                /* as sent, without the ? */
  gene_text_t header[HTTP_HEADERS]; /* ptr NULL: not sent; repeated list
                                         headers are joined by commas */
  gene_text_t body;
  gene_text_t id; /* of the request: the caller's if sane, else made */
  char id_made[16];
};

#define HTTP_FIELDS     16
#define HTTP_FIELD_TEXT 1024

/* A long text within the body, which is not copied but written as the client
 * takes it. */
struct http_insert {
  size_t at; /* it stands before this byte of `body` */
  gene_text_t text;
  uint64_t size; /* bytes that it is written as */
  /* Writes the text from byte *used on into room for `room` bytes; moves *used
   * and returns what it wrote. NULL: as it is. */
  size_t (*write)(gene_text_t text, size_t *used, char *to, size_t room);
  void *kept; /* what the text lies in; given up with the reply */
  void (*release)(void *kept);
};

/* Copies what is next of a body with inserts to `to`; 0 at its end, or when
 * `room` is less than 8. Begin with a zeroed place; the body must stay. */
struct http_reply;
struct http_place {
  unsigned insert; /* the next one, or the one that is being written */
  size_t at;       /* in the body proper */
  size_t used;     /* of the insert's text */
};
size_t http_body_some(const struct http_reply *reply, struct http_place *place,
                      char *to, size_t room);

enum http_flow {
  HTTP_FLOW_MORE, /* ask again once this is sent */
  HTTP_FLOW_WAIT, /* that is all for now: transport_wake will tell */
  HTTP_FLOW_END,  /* the answer is whole */
};

/* Asked for about so many bytes at a time: what a client that does not read
 * has in our memory. */
#define HTTP_SOURCE_PIECE 8192u

/* What an answer without a length is made of, as the client takes it: whoever
 * answers embeds one in something of its own, and sets all but `stream`. */
struct http_source {
  /* Appends what is next to `out`, which is empty: nothing with
   * HTTP_FLOW_WAIT only. */
  enum http_flow (*next)(struct http_source *self, struct buf *out);
  /* The client or the service ended it, or all is sent; the last call. */
  void (*closed)(struct http_source *self);
  const char *beat;           /* sent when nothing else has been for a while */
  struct http_stream *stream; /* the transport's; NULL until it has begun */
};

/* An answer in the making. */
struct http_reply {
  int status;
  const char *content_type; /* a literal; NULL: no body */
  struct buf body;
  struct http_insert *insert; /* in the order of their places */
  unsigned inserts, insert_room;
  struct http_source *source; /* instead of a body; the transport's from the
                                 moment the handler returns */
  bool unsized; /* no body and no length of one: the answer to HEAD where GET
                   has a source */
  unsigned fields;
  struct {
    const char *name;
    const char *value;
  } field[HTTP_FIELDS];
  size_t text_len;
  char text[HTTP_FIELD_TEXT]; /* where http_field_copy puts values */
  bool close;                 /* end the connection afterwards */
};

struct http_exchange {
  struct http_request request;
  struct http_reply reply;
  struct account *account; /* of whoever asks; NULL: not known */
  uint64_t owner; /* who asks: futures are told apart by it; 0: anonymous */
  unsigned route; /* what the router found; the index of its metrics */
  bool traced;    /* it belongs to a trace, in which it is this span */
  char span[16];
  uint64_t began_ns; /* clock_ns when the request line was there */
  union {
    void *align;
    char bytes[160];
  } state; /* a handler's own while it is pending */
};

enum http_next {
  HTTP_ANSWER, /* the reply is filled */
  HTTP_LATER,  /* transport_answer will be called, unless `gone` is */
};

/* What the transport itself finds wrong with a request. */
enum http_fault {
  HTTP_FAULT_MALFORMED,   /* 400 */
  HTTP_FAULT_TIMEOUT,     /* 408 */
  HTTP_FAULT_BODY,        /* 413 */
  HTTP_FAULT_TARGET,      /* 414 */
  HTTP_FAULT_EXPECT,      /* 417 */
  HTTP_FAULT_HEAD,        /* 431 */
  HTTP_FAULT_CONNECTIONS, /* 503 */
  HTTP_FAULT_MEMORY,      /* 503 */
  HTTP_FAULT_VERSION,     /* 505 */
};

/* Whom the transport serves. */
struct http_app {
  void *data;
  /* The head is there, the body is not. True: refused, the reply is
     * filled, and the body will not be kept. */
  bool (*head)(void *data, struct http_exchange *x);
  /* The request is whole. */
  enum http_next (*handle)(void *data, struct http_exchange *x);
  /* The client of a pending exchange went away: x must not be touched any
     * more after this call. */
  void (*gone)(void *data, struct http_exchange *x);
  /* Fills the reply to a request that the transport refuses. */
  void (*fault)(void *data, struct http_exchange *x, enum http_fault fault,
                const char *detail);
  /* An answer is on its way: for metrics and the log. */
  void (*answered)(void *data, const struct http_exchange *x);
};

/* Adds a header; name and value must live as long as the exchange. A field
 * too many is left out, which tests would notice. */
static inline void http_field(struct http_exchange *x, const char *name,
                              const char *value) {
  struct http_reply *reply = &x->reply;

  if (reply->fields < HTTP_FIELDS) {
    reply->field[reply->fields].name = name;
    reply->field[reply->fields++].value = value;
  }
}

/* Bytes of the whole body. */
static inline uint64_t http_body_size(const struct http_reply *reply) {
  uint64_t size = reply->body.len;

  for (unsigned i = 0; i < reply->inserts; i++)
    size += reply->insert[i].size;
  return size;
}

/* Adds a long text at the end of the body so far; what it lies in becomes the
 * reply's. Without memory the whole body is marked as failed. */
void http_insert(struct http_reply *reply, gene_text_t text, uint64_t size,
                 size_t (*write)(gene_text_t text, size_t *used, char *to,
                                 size_t room),
                 void *kept, void (*release)(void *kept));

/* Gives up the long texts of a reply. */
void http_drop_inserts(struct http_reply *reply);

/* Adds a header whose value is copied; one that does not fit is left out. */
void http_field_copy(struct http_exchange *x, const char *name,
                     const char *value, size_t len);

static inline bool http_text_is(gene_text_t text, const char *literal) {
  return text.len == strlen(literal) &&
         memcmp(text.ptr, literal, text.len) == 0;
}

#endif
