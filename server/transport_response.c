/*
 * transport_response.c - makes the library's object of a reply.
 *
 * Making one, with two headers, and freeing it again costs a dozen allocations,
 * more than a trivial evaluation does. Answers of one length and type differ in
 * the bytes of their body, the request id and the date only, so some objects
 * are kept, one for each length, and filled anew. Their date is ours, which is
 * written once a second; the library would do so for every answer. It decides
 * nothing about what is in an answer, and knows no connection.
 */
#include <assert.h>
#include <stdlib.h>

#include "server/transport_internal.h"

/* Larger bodies cost more than the objects around them. */
#define KEPT_BODY_MAX 4096

/* A kept object. The library reads the body where it lies, and gives out the
 * place of a header's value, which is ours to write as long as no connection
 * has the object. */
struct kept_response {
  struct MHD_Response *response;
  const char *content_type;
  char *body;
  size_t len;
  char *id, *date;
  bool busy;
};

static void add_id(struct MHD_Response *response, gene_text_t id) {
  char text[132];

  if (id.len == 0 || id.len >= sizeof text)
    return;
  memcpy(text, id.ptr, id.len);
  text[id.len] = '\0';
  MHD_add_response_header(response, "X-Request-Id", text);
}

/* ---- bodies with long texts in them ------------------------------------- */

#define BLOCK_BYTES 65536

/* How far the body of a reply has been written. */
struct writing {
  const struct http_reply *reply;
  struct http_place place;
};

static ssize_t write_block(void *data, uint64_t at, char *to, size_t room) {
  struct writing *writing = data;
  size_t wrote = http_body_some(writing->reply, &writing->place, to, room);

  (void)at; /* the library asks for one block after the other */
  return wrote > 0 ? (ssize_t)wrote : MHD_CONTENT_READER_END_WITH_ERROR;
}

static struct MHD_Response *make_stream(const struct http_reply *reply) {
  struct writing *writing = calloc(1, sizeof *writing);
  struct MHD_Response *response = NULL;

  if (writing == NULL)
    return NULL;
  writing->reply = reply;
  response = MHD_create_response_from_callback(
      http_body_size(reply), BLOCK_BYTES, write_block, writing, free);
  if (response == NULL)
    free(writing);
  return response;
}

static struct MHD_Response *make_body(const struct http_reply *reply,
                                      char *body) {
  if (reply->inserts > 0)
    return make_stream(reply);
  return MHD_create_response_from_buffer(
      reply->content_type == NULL ? 0 : reply->body.len, body,
      MHD_RESPMEM_PERSISTENT);
}

static struct MHD_Response *make(const struct http_exchange *pub, char *body) {
  const struct http_reply *reply = &pub->reply;
  struct MHD_Response *response = make_body(reply, body);

  if (response == NULL)
    return NULL;
  if (reply->content_type != NULL)
    MHD_add_response_header(response, "Content-Type", reply->content_type);
  add_id(response, pub->request.id);
  for (unsigned i = 0; i < reply->fields; i++)
    MHD_add_response_header(response, reply->field[i].name,
                            reply->field[i].value);
  if (reply->close)
    MHD_add_response_header(response, "Connection", "close");
  return response;
}

/* ---- kept objects ------------------------------------------------------- */

static void drop(struct kept_response *kept) {
  if (kept->response != NULL)
    MHD_destroy_response(kept->response);
  free(kept->body);
  *kept = (struct kept_response){0};
}

/* Whether only body and id set it apart from others of its length. */
static bool is_common(const struct http_exchange *pub) {
  const struct http_reply *reply = &pub->reply;

  return reply->content_type != NULL && reply->fields == 0 && !reply->close &&
         reply->inserts == 0 && reply->body.len > 0 &&
         reply->body.len <= KEPT_BODY_MAX &&
         pub->request.id.ptr == pub->request.id_made;
}

/* Puts an object for replies such as this one into a free place. */
static bool renew(struct kept_response *kept, const struct http_exchange *pub) {
  size_t len = pub->reply.body.len;

  drop(kept);
  kept->body = malloc(len);
  kept->response = kept->body == NULL ? NULL : make(pub, kept->body);
  if (kept->response != NULL) {
    MHD_add_response_header(kept->response, "Date", request_date());
    kept->date = (char *)MHD_get_response_header(kept->response, "Date");
    kept->id = (char *)MHD_get_response_header(kept->response, "X-Request-Id");
  }
  if (kept->id == NULL || kept->date == NULL) {
    drop(kept);
    return false;
  }
  kept->content_type = pub->reply.content_type;
  kept->len = len;
  return true;
}

static bool fits(const struct kept_response *kept,
                 const struct http_reply *reply) {
  return kept->response != NULL && kept->len == reply->body.len &&
         kept->content_type == reply->content_type;
}

struct MHD_Response *response_take(struct xchg *x) {
  struct http_exchange *pub = &x->pub;
  struct transport *t = x->conn->transport;
  struct kept_response *kept;

  assert(x->kept == NULL);
  if (!is_common(pub))
    return make(pub, pub->reply.body.ptr);
  kept = &t->kept[pub->reply.body.len % KEPT_RESPONSES];
  if (kept->busy || (!fits(kept, &pub->reply) && !renew(kept, pub)))
    return make(pub, pub->reply.body.ptr);
  memcpy(kept->body, pub->reply.body.ptr, kept->len);
  memcpy(kept->id, pub->request.id_made, sizeof pub->request.id_made);
  memcpy(kept->date, request_date(), REQUEST_DATE);
  kept->busy = true;
  x->kept = kept;
  return kept->response;
}

void response_queued(struct xchg *x, struct MHD_Response *response) {
  if (x->kept == NULL)
    MHD_destroy_response(response);
}

void response_over(struct xchg *x) {
  if (x->kept != NULL)
    x->kept->busy = false;
  x->kept = NULL;
}

bool response_init(struct transport *t) {
  t->kept = calloc(KEPT_RESPONSES, sizeof *t->kept);
  return t->kept != NULL;
}

void response_free_all(struct transport *t) {
  for (size_t i = 0; t->kept != NULL && i < KEPT_RESPONSES; i++) {
    assert(!t->kept[i].busy);
    drop(&t->kept[i]);
  }
  free(t->kept);
}
