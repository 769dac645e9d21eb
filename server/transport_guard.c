/*
 * transport_guard.c - reads the head of a request strictly.
 *
 * libmicrohttpd is lenient: it takes Content-Length beside Transfer-Encoding,
 * the first of several lengths, a space before the colon, lines that end in a
 * bare LF, folded lines. Behind a proxy that reads one of these in another
 * way, each is a way to smuggle a request past it, so each is refused here.
 *
 * What the library refuses by itself never comes here, see
 * transport_refusal.c. A first line without any space is no HTTP at all, and
 * the connection is closed.
 *
 * Line ends are judged by what the library leaves in its buffer: it parses in
 * place and overwrites CR and LF (or the LF alone) with NUL. Where a text does
 * not lie in that buffer nothing is concluded from what follows it.
 */
#include <assert.h>
#include <stdlib.h>
#include <strings.h>

#include "server/token.h"
#include "server/transport_internal.h"

/* The library builds the head of its answer in the same 8 KiB as that of the
 * request, with a record for each header; this much must be left. */
#define HEAD_ROOM   (8192 - 1400)
#define HEADER_COST 64

struct known {
  const char *name;
  size_t len;
  bool list; /* may be repeated */
};

#define KNOWN(name, list) \
  { name, sizeof name - 1, list }
static const struct known known[HTTP_HEADERS] = {
    [HTTP_ACCEPT] = KNOWN("Accept", true),
    [HTTP_ACCEPT_ENCODING] = KNOWN("Accept-Encoding", true),
    [HTTP_ACCESS_CONTROL_REQUEST_METHOD] =
        KNOWN("Access-Control-Request-Method", false),
    [HTTP_AUTHORIZATION] = KNOWN("Authorization", false),
    [HTTP_CONTENT_ENCODING] = KNOWN("Content-Encoding", false),
    [HTTP_CONTENT_LENGTH] = KNOWN("Content-Length", false),
    [HTTP_CONTENT_TYPE] = KNOWN("Content-Type", false),
    [HTTP_EXPECT] = KNOWN("Expect", false),
    [HTTP_HOST] = KNOWN("Host", false),
    [HTTP_IDEMPOTENCY_KEY] = KNOWN("Idempotency-Key", false),
    [HTTP_IF_NONE_MATCH] = KNOWN("If-None-Match", true),
    [HTTP_LAST_EVENT_ID] = KNOWN("Last-Event-ID", false),
    [HTTP_ORIGIN] = KNOWN("Origin", false),
    [HTTP_PREFER] = KNOWN("Prefer", true),
    [HTTP_TRACEPARENT] = KNOWN("traceparent", false),
    [HTTP_TRANSFER_ENCODING] = KNOWN("Transfer-Encoding", false),
    [HTTP_X_REQUEST_ID] = KNOWN("X-Request-Id", false),
};

struct reading {
  struct xchg *x;
  const char *start, *end; /* of the head in the library's buffer */
  const char *wrong;
  const char *last; /* where the last value ends */
  const char *next; /* where the next name has to begin */
  size_t cost;
};

static bool is_token(const char *text, size_t len) {
  unsigned all = TOKEN_CHAR;

  for (size_t i = 0; i < len; i++)
    all &= token_class[(unsigned char)text[i]];
  return len > 0 && all == TOKEN_CHAR;
}

/* The same byte eight times. */
#define EIGHT(byte) (0x0101010101010101u * (byte))

/* Whether one of eight bytes may be a control character; certain when it says
 * no. */
static bool may_control(const char *text) {
  uint64_t bytes, deleted;

  memcpy(&bytes, text, sizeof bytes);
  deleted = bytes ^ EIGHT(0x7f);
  return (((bytes - EIGHT(0x20)) & ~bytes) |
          ((deleted - EIGHT(0x01)) & ~deleted)) &
         EIGHT(0x80);
}

/* No control character, apart from the tab. */
static bool is_plain(const char *text, size_t len) {
  unsigned any = 0;
  size_t i = 0;

  while (len - i >= 8 && !may_control(text + i))
    i += 8;
  for (; i < len; i++)
    any |= token_class[(unsigned char)text[i]];
  return (any & TOKEN_CONTROL) == 0;
}

/* Known headers by length and first letter, in which no two are alike: a
 * place holds the index of a header, plus one. */
#define KNOWN_PLACES 64
static uint8_t known_at[KNOWN_PLACES];

static size_t known_place(const char *name, size_t len) {
  return (len * 18 + ((unsigned char)*name | 0x20u)) % KNOWN_PLACES;
}

void guard_init(void) {
  memset(known_at, 0, sizeof known_at);
  for (unsigned i = 0; i < HTTP_HEADERS; i++) {
    size_t place = known_place(known[i].name, known[i].len);

    assert(known_at[place] == 0);
    known_at[place] = (uint8_t)(i + 1);
  }
}

/* name is not empty. -1: nobody reads such a header. */
static int find_known(const char *name, size_t len) {
  int i = known_at[known_place(name, len)] - 1;

  if (i >= 0 && known[i].len == len &&
      (memcmp(known[i].name, name, len) == 0 ||
       strncasecmp(known[i].name, name, len) == 0))
    return i;
  return -1;
}

static gene_text_t trim(const char *text, size_t len) {
  while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
    len--;
  return (gene_text_t){text, len};
}

/* Puts two values of a list header together. */
static bool join(struct xchg *x, gene_text_t *have, gene_text_t more) {
  size_t slot = 0;
  char *text = malloc(have->len + more.len + 2);

  if (text == NULL)
    return false;
  memcpy(text, have->ptr, have->len);
  text[have->len] = ',';
  text[have->len + 1] = ' ';
  memcpy(text + have->len + 2, more.ptr, more.len);
  while (slot < 2 && x->joined[slot] != NULL && x->joined[slot] != have->ptr)
    slot++;
  free(x->joined[slot]);
  x->joined[slot] = text;
  *have = (gene_text_t){text, have->len + more.len + 2};
  return true;
}

static bool keep(struct reading *reading, int which, gene_text_t value) {
  gene_text_t *have = &reading->x->pub.request.header[which];

  if (have->ptr == NULL) {
    *have = value;
    return true;
  }
  if (!known[which].list)
    reading->wrong = "A header that may stand once stands twice.";
  else if (!join(reading->x, have, value))
    reading->wrong = "There is no memory for the headers.";
  return reading->wrong == NULL;
}

static bool is_within(const struct reading *reading, const char *at) {
  return at > reading->start && at < reading->end;
}

/* What follows a value in the buffer: two NULs for CRLF, and no space, which
 * would fold the line. */
static bool ends_well(const struct reading *reading, const char *end) {
  if (end < reading->start || end + 2 >= reading->end)
    return true;
  return end[1] == '\0' && end[2] != ' ' && end[2] != '\t';
}

static enum MHD_Result on_header(void *data, enum MHD_ValueKind kind,
                                 const char *name, size_t name_len,
                                 const char *value, size_t value_len) {
  struct reading *reading = data;
  int which;

  (void)kind;
  if (value == NULL)
    value = "";
  reading->cost += HEADER_COST;
  if (reading->next != NULL && name != reading->next)
    reading->wrong = "A header holds a control character, or is folded.";
  reading->last = value + value_len;
  reading->next = is_within(reading, reading->last) ? reading->last + 2 : NULL;
  if (reading->wrong != NULL)
    return MHD_NO;
  which = name_len == 0 ? -1 : find_known(name, name_len);
  if (which < 0 && !is_token(name, name_len))
    reading->wrong = "The name of a header is not a token.";
  else if (!is_plain(value, value_len))
    reading->wrong = "A header holds a control character.";
  else if (!ends_well(reading, value + value_len))
    reading->wrong = "A line of the head does not end in CRLF.";
  if (reading->wrong != NULL)
    return MHD_NO;
  if (which >= 0 && !keep(reading, which, trim(value, value_len)))
    return MHD_NO;
  return MHD_YES;
}

static const char *check_lengths(const struct http_request *request,
                                 const char *version) {
  gene_text_t length = request->header[HTTP_CONTENT_LENGTH];
  gene_text_t encoding = request->header[HTTP_TRANSFER_ENCODING];

  if (encoding.ptr != NULL) {
    if (length.ptr != NULL)
      return "Content-Length and Transfer-Encoding exclude each other.";
    /* With white space after it, the library would not see it. */
    if (encoding.len != 7 || strncasecmp(encoding.ptr, "chunked", 8) != 0)
      return "The only Transfer-Encoding served is chunked.";
    if (strcmp(version, "HTTP/1.0") == 0)
      return "HTTP/1.0 has no Transfer-Encoding.";
  }
  if (length.ptr == NULL)
    return NULL;
  for (size_t i = 0; i < length.len; i++)
    if (length.ptr[i] < '0' || length.ptr[i] > '9')
      return "Content-Length is not a number.";
  return length.len == 0 ? "Content-Length is empty." : NULL;
}

static const char *check_target(const struct http_request *request) {
  gene_text_t path = request->path;

  assert(path.ptr != NULL);
  assert(request->query.len == 0 || request->query.ptr != NULL);
  if (!is_token(request->method_name.ptr, request->method_name.len))
    return "The method is not a token.";
  if (path.len == 0 || (path.ptr[0] != '/' && !http_text_is(path, "*")))
    return "The request target is not a path.";
  for (size_t i = 0; i < path.len; i++)
    if ((unsigned char)path.ptr[i] <= 0x20 || path.ptr[i] == 0x7f)
      return "The request target holds a space or control character.";
  for (size_t i = 0; i < request->query.len; i++)
    if ((unsigned char)request->query.ptr[i] <= 0x20)
      return "The request target holds a space or control character.";
  return NULL;
}

/* A name or address and a port (RFC 3986, 3.2.2 and 3.2.3), loosely. */
static bool is_host(gene_text_t host) {
  for (size_t i = 0; i < host.len; i++)
    if (!token_has(host.ptr[i]) && strchr(":[]()=,;", host.ptr[i]) == NULL)
      return false;
  return true;
}

bool guard_target_fits(const char *uri, size_t len) {
  const char *query = memchr(uri, '?', len);
  size_t cost = len;

  for (; query != NULL; query = strchr(query + 1, '&'))
    cost += HEADER_COST; /* the library keeps a record of each argument */
  return cost <= HEAD_ROOM;
}

static enum http_method method_of(gene_text_t name) {
  static const char names[][8] = {
      [HTTP_GET] = "GET", [HTTP_HEAD] = "HEAD",     [HTTP_POST] = "POST",
      [HTTP_PUT] = "PUT", [HTTP_DELETE] = "DELETE", [HTTP_OPTIONS] = "OPTIONS",
  };
  char padded[8] = "";

  if (name.len >= sizeof padded)
    return HTTP_OTHER;
  memcpy(padded, name.ptr, name.len);

  for (int i = 0; i < HTTP_OTHER; i++)
    if (memcmp(padded, names[i], sizeof padded) == 0)
      return (enum http_method)i;
  return HTTP_OTHER;
}

static bool is_sane_id(gene_text_t id) {
  if (id.ptr == NULL || id.len == 0 || id.len > 128)
    return false;
  for (size_t i = 0; i < id.len; i++)
    if (!token_has(id.ptr[i]) && strchr(":/=@,", id.ptr[i]) == NULL)
      return false;
  return true;
}

/* Writes half a word as eight hex digits: a digit is spread into each byte,
 * then made a letter where it is above nine. */
static void put_hex(char *out, uint32_t bits) {
  uint64_t digits = bits;

  digits = (digits | digits << 16) & 0x0000ffff0000ffffu;
  digits = (digits | digits << 8) & 0x00ff00ff00ff00ffu;
  digits = (digits | digits << 4) & EIGHT(0x0f);
  digits +=
      EIGHT('0') + ((digits + EIGHT(6)) >> 4 & EIGHT(1)) * ('a' - '0' - 10);
  memcpy(out, &digits, sizeof digits);
}

/* A request id needs to be different from others, not secret: sixteen hex
 * digits of a small generator with a random start (splitmix64). */
static void make_id(struct xchg *x) {
  struct transport *t = x->conn->transport;
  struct http_request *request = &x->pub.request;
  uint64_t bits = t->id_state += 0x9e3779b97f4a7c15u;

  bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9u;
  bits = (bits ^ bits >> 27) * 0x94d049bb133111ebu;
  bits ^= bits >> 31;
  put_hex(request->id_made, (uint32_t)bits);
  put_hex(request->id_made + 8, (uint32_t)(bits >> 32));
  request->id = (gene_text_t){request->id_made, sizeof request->id_made};
}

static void take_id(struct xchg *x, gene_text_t sent) {
  if (is_sane_id(sent))
    x->pub.request.id = sent;
  else
    make_id(x);
}

void guard_id(struct xchg *x) {
  gene_text_t sent = {NULL, 0};

  MHD_lookup_connection_value_n(
      x->conn->mhd, MHD_HEADER_KIND, known[HTTP_X_REQUEST_ID].name,
      known[HTTP_X_REQUEST_ID].len, &sent.ptr, &sent.len);
  take_id(x, sent);
}

const char *guard_head(struct xchg *x, const char *method, const char *version,
                       enum http_fault *fault) {
  struct http_request *request = &x->pub.request;
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(
      x->conn->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  size_t size = info != NULL ? info->header_size : 0;
  struct reading reading = {.x = x,
                            .start = method,
                            .end = method + size,
                            .next = version + strlen("HTTP/1.1") + 2};

  *fault = HTTP_FAULT_MALFORMED;
  request->method_name = (gene_text_t){method, strlen(method)};
  request->method = method_of(request->method_name);
  MHD_get_connection_values_n(x->conn->mhd, MHD_HEADER_KIND, on_header,
                              &reading);
  reading.cost += HEADER_COST * (size_t)MHD_get_connection_values(
                                    x->conn->mhd, MHD_COOKIE_KIND, NULL, NULL);
  if (reading.wrong != NULL) {
    guard_id(x); /* the header may stand behind what is wrong */
    return reading.wrong;
  }
  take_id(x, request->header[HTTP_X_REQUEST_ID]);
  if (version[8] != '\0' || version[9] != '\0' ||
      (is_within(&reading, reading.last) && reading.end - reading.last != 4))
    return "A line of the head does not end in CRLF.";
  /* Behind a NUL the library finds the version later than it should be. */
  if (version != x->target_end + 1)
    return "The request target holds a space or control character.";
  if (x->target != method + strlen(method) + 1)
    return "There is more than one space between method and target.";
  if (x->authority.ptr != NULL &&
      (x->authority.len == 0 || !is_host(x->authority)))
    return "The authority of the request target is no name or address.";
  if (request->header[HTTP_HOST].ptr == NULL &&
      strcmp(version, "HTTP/1.0") != 0)
    return "The Host header is missing.";
  if (!is_host(request->header[HTTP_HOST]))
    return "The Host header is no name or address.";
  if (size + reading.cost > HEAD_ROOM) {
    *fault = HTTP_FAULT_HEAD;
    return "The head of the request is larger than 6 KiB.";
  }
  reading.wrong = check_target(request);
  return reading.wrong != NULL ? reading.wrong
                               : check_lengths(request, version);
}

uint64_t guard_body_length(const struct http_request *request) {
  gene_text_t length = request->header[HTTP_CONTENT_LENGTH];
  uint64_t total = 0;

  if (request->header[HTTP_TRANSFER_ENCODING].ptr != NULL)
    return UINT64_MAX;
  for (size_t i = 0; i < length.len; i++)
    if (__builtin_mul_overflow(total, 10u, &total) ||
        __builtin_add_overflow(total, (uint64_t)(length.ptr[i] - '0'), &total))
      return UINT64_MAX - 1;
  return total == UINT64_MAX ? UINT64_MAX - 1 : total;
}
