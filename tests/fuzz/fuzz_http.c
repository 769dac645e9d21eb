/*
 * fuzz_http.c - any bytes as the head of a request: the guard, the router and
 * everything that reads headers and queries, without a socket. The functions
 * of libmicrohttpd that the guard asks are replaced by ones over a head that
 * is taken apart here as leniently as the library does it.
 */
#include <jansson.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "api/internal.h"
#include "server/transport_internal.h"

#define HEAD_MAX    8192
#define HEADERS_MAX 200

struct field {
  char *name, *value;
  size_t name_len, value_len;
};

static struct {
  char bytes[HEAD_MAX + 16];
  char *method, *target, *version;
  struct field field[HEADERS_MAX];
  size_t fields, size;
} head;

static void must(bool condition, const char *what) {
  if (condition)
    return;
  fprintf(stderr, "not so: %s\n", what);
  abort();
}

/* ---- in the place of the library ---------------------------------------- */

int MHD_get_connection_values_n(struct MHD_Connection *connection,
                                enum MHD_ValueKind kind,
                                MHD_KeyValueIteratorN iterator, void *data) {
  (void)connection;
  for (size_t i = 0; i < head.fields; i++) {
    const struct field *f = &head.field[i];
    if (iterator(data, kind, f->name, f->name_len, f->value, f->value_len) !=
        MHD_YES)
      break;
  }
  return (int)head.fields;
}

enum MHD_Result MHD_lookup_connection_value_n(struct MHD_Connection *connection,
                                              enum MHD_ValueKind kind,
                                              const char *key, size_t key_len,
                                              const char **value,
                                              size_t *value_len) {
  (void)connection;
  (void)kind;
  for (size_t i = 0; i < head.fields; i++) {
    const struct field *f = &head.field[i];
    if (f->name_len != key_len || strncasecmp(f->name, key, key_len) != 0)
      continue;
    *value = f->value;
    *value_len = f->value_len;
    return MHD_YES;
  }
  return MHD_NO;
}

const union MHD_ConnectionInfo *
MHD_get_connection_info(struct MHD_Connection *connection,
                        enum MHD_ConnectionInfoType type, ...) {
  static union MHD_ConnectionInfo info;
  (void)connection;
  (void)type;
  info.header_size = head.size;
  return &info;
}

/* ---- taking the head apart ---------------------------------------------- */

/* Ends the line that begins at *at with NULs; its length, or -1: no end. */
static ptrdiff_t take_line(size_t *at, size_t size, char **line) {
  *line = head.bytes + *at;
  char *end = memchr(*line, '\n', size - *at);
  if (end == NULL)
    return -1;
  *at = (size_t)(end - head.bytes) + 1;
  *end = '\0';
  if (end > *line && end[-1] == '\r')
    *--end = '\0';
  return end - *line;
}

static bool take_request_line(char *line) {
  head.method = line;
  head.target = strchr(line, ' ');
  head.version = strrchr(line, ' ');
  if (head.target == NULL || head.target == head.version)
    return false;
  *head.target++ = '\0';
  *head.version++ = '\0';
  return strlen(head.version) == 8 && memcmp(head.version, "HTTP/1.", 7) == 0;
}

static bool take_field(char *line, size_t len) {
  char *colon = memchr(line, ':', len);
  if (colon == NULL || head.fields == HEADERS_MAX)
    return false;
  struct field *f = &head.field[head.fields++];
  *colon = '\0';
  f->name = line;
  f->name_len = (size_t)(colon - line);
  f->value = colon + 1;
  while (*f->value == ' ' || *f->value == '\t')
    f->value++;
  f->value_len = (size_t)(line + len - f->value);
  return true;
}

/* False: what the library refuses by itself. */
static bool take_head(const uint8_t *data, size_t size) {
  char *line;
  size_t at = 0;
  if (size > HEAD_MAX)
    return false;
  memset(&head, 0, sizeof head);
  memcpy(head.bytes, data, size);
  if (take_line(&at, size, &line) <= 0 || !take_request_line(line))
    return false;
  for (;;) {
    ptrdiff_t len = take_line(&at, size, &line);
    head.size = at;
    if (len <= 0)
      return len == 0;
    if (!take_field(line, (size_t)len))
      return false;
  }
}

/* ---- what is checked ---------------------------------------------------- */

static const struct config config = {.max_body = 1000};
static struct metrics metrics;
static struct api api = {.config = &config, .metrics = &metrics};

static void check_reply(struct http_exchange *x) {
  must(x->reply.status >= 200 && x->reply.status < 600, "a status");
  if (x->reply.content_type == NULL || x->reply.body.len == 0)
    return;
  json_t *json = json_loadb(x->reply.body.ptr, x->reply.body.len,
                            JSON_REJECT_DUPLICATES, NULL);
  must(json_is_object(json), "a refusal is a JSON object");
  json_decref(json);
}

static void check_texts(const struct http_request *request) {
  must(request->id.len > 0 && request->id.len <= 128, "a request id");
  must(request->path.ptr[0] == '/' || request->path.ptr[0] == '*', "a path");
  for (int i = 0; i < HTTP_HEADERS; i++) {
    gene_text_t text = request->header[i];
    for (size_t k = 0; k < text.len; k++)
      must((unsigned char)text.ptr[k] >= ' ' || text.ptr[k] == '\t',
           "no control character in a header");
  }
}

static void read_everything(struct http_request *request) {
  uint64_t ms = 0;
  uint32_t version = 0;
  bool tagged;
  struct query query;
  enum form form = negotiate_form(request);
  must(form <= FORM_NONE, "a form");
  must(negotiate_content(request) <= CONTENT_UNKNOWN, "a content");
  negotiate_prefer(request);
  if (query_decode(request->query, QUERY_ALL, &query) == QUERY_FINE) {
    must(query_wait(&query, &ms) <= QUERY_BAD, "a wait");
    must(query_since(&query, &version) <= QUERY_BAD, "a version");
    must(query_value(&query, &tagged) <= QUERY_BAD, "a value");
  }
  must(query.used <= request->query.len, "nothing longer when decoded");
  negotiate_matches(request->header[HTTP_IF_NONE_MATCH], 7);
  negotiate_accepts(request, "text/event-stream");
  negotiate_event_id(request->header[HTTP_LAST_EVENT_ID], &ms);
  guard_body_length(request);
}

static void serve(struct xchg *x) {
  struct http_app app = api_app(&api);
  enum http_fault fault;
  const char *wrong = guard_head(x, head.method, head.version, &fault);
  if (wrong != NULL) {
    app.fault(app.data, &x->pub, fault, wrong);
    check_reply(&x->pub);
    must(x->pub.reply.status >= 400, "a refusal is an error");
    return;
  }
  check_texts(&x->pub.request);
  read_everything(&x->pub.request);
  if (app.head(app.data, &x->pub))
    check_reply(&x->pub);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct transport transport = {0};
  struct conn conn = {.transport = &transport};
  struct xchg x = {.conn = &conn};
  guard_init();
  if (!take_head(data, size))
    return 0;
  char *query = strchr(head.target, '?');
  x.pub.request.path = (gene_text_t){head.target, strcspn(head.target, "?")};
  if (query != NULL)
    x.pub.request.query = (gene_text_t){query + 1, strlen(query + 1)};
  serve(&x);
  for (size_t i = 0; i < sizeof x.joined / sizeof *x.joined; i++)
    free(x.joined[i]);
  buf_free(&x.pub.reply.body);
  return 0;
}
