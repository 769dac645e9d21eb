/*
 * http.c - libcurl under a loop of its own. Bounded: the time of a connection,
 * of an answer and of silence, the bytes of a body and of headers.
 */
#include "cli/remote/http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "build_info.h"
#include "cli/remote/interrupt.h"
#include "cli/remote/service.h"

#define CONNECT_MS  10000L
#define SILENCE_S   60L /* a stream says something every 15 s */
#define TICK_MS     100
#define HEADERS_MAX ((size_t)256 << 10)
#define FIRST_CAP   ((size_t)4 << 10)

struct http {
  CURLM *multi;
  service service;
  const char *ca;
  http_tick *tick;
  void *tick_data;
};

/* A request under way. */
typedef struct exchange {
  http *http;
  CURL *easy;
  const http_request *request;
  http_reply *reply;
  struct curl_slist *headers;
  size_t cap, header_bytes;
  bool stopped;
  char error[CURL_ERROR_SIZE];
} exchange;

uint64_t http_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* ---- opening ------------------------------------------------------------ */

static bool start(http *h, const cli_remote *options) {
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    fputs("gene: libcurl does not start\n", stderr);
    return false;
  }
  if (service_read(&h->service, options)) {
    h->multi = curl_multi_init();
    if (h->multi != NULL)
      return true;
    fputs("gene: out of memory\n", stderr);
    service_free(&h->service);
  }
  curl_global_cleanup();
  return false;
}

http *http_open(const cli_remote *options) {
  if (options->ca != NULL && access(options->ca, R_OK) != 0) {
    fprintf(stderr, "gene: cannot read '%s'\n", options->ca);
    return NULL;
  }
  http *h = calloc(1, sizeof *h);
  if (h == NULL) {
    fputs("gene: out of memory\n", stderr);
    return NULL;
  }
  h->ca = options->ca;
  if (start(h, options))
    return h;
  free(h);
  return NULL;
}

void http_close(http *h) {
  if (h == NULL)
    return;
  curl_multi_cleanup(h->multi);
  curl_global_cleanup();
  service_free(&h->service);
  free(h);
}

void http_on_tick(http *h, http_tick *tick, void *data) {
  h->tick = tick;
  h->tick_data = data;
}

const char *http_base(const http *h) {
  return h->service.base;
}

/* ---- what comes --------------------------------------------------------- */

static bool has_type(CURL *easy, const char *type) {
  const char *text = NULL;
  curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &text);
  size_t len = strlen(type);
  return text != NULL && strncasecmp(text, type, len) == 0 &&
         (text[len] == '\0' || text[len] == ';' || text[len] == ' ');
}

static bool make_room(exchange *x, size_t more) {
  http_reply *reply = x->reply;
  size_t need = reply->len + more + 1;
  if (need <= x->cap)
    return true;
  size_t cap = x->cap == 0 ? FIRST_CAP : x->cap;
  while (cap < need)
    cap *= 2;
  char *bigger = realloc(reply->body, cap);
  if (bigger == NULL)
    return false;
  reply->body = bigger;
  x->cap = cap;
  return true;
}

static bool gather(exchange *x, const char *bytes, size_t len) {
  http_reply *reply = x->reply;
  if (len > HTTP_BODY_MAX - reply->len) {
    reply->end = HTTP_TOO_LONG;
    return false;
  }
  if (!make_room(x, len)) {
    reply->end = HTTP_FAILED;
    return false;
  }
  memcpy(reply->body + reply->len, bytes, len);
  reply->len += len;
  reply->body[reply->len] = '\0';
  return true;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *data) {
  exchange *x = data;
  size_t len = size * count;
  const http_request *request = x->request;
  long status = 0;
  curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
  if (request->sink == NULL || status != 200 ||
      !has_type(x->easy, "text/event-stream"))
    return gather(x, bytes, len) ? len : 0;
  x->reply->is_stream = true;
  if (request->sink(request->data, bytes, len))
    return len;
  x->stopped = true;
  return 0;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *data) {
  exchange *x = data;
  (void)bytes;
  x->header_bytes += size * count;
  return x->header_bytes <= HEADERS_MAX ? size * count : 0;
}

/* ---- a request ---------------------------------------------------------- */

static void add_header(exchange *x, const char *line) {
  struct curl_slist *longer = curl_slist_append(x->headers, line);
  if (longer == NULL)
    x->reply->end = HTTP_FAILED;
  else
    x->headers = longer;
}

static void set_headers(exchange *x) {
  const http_request *request = x->request;
  add_header(x, request->sink != NULL
                    ? "Accept: text/event-stream, application/problem+json"
                    : "Accept: application/json, application/problem+json");
  if (request->body != NULL)
    add_header(x, "Content-Type: application/json");
  if (x->http->service.authorization[0] != '\0')
    add_header(x, x->http->service.authorization);
  for (size_t i = 0; i < HTTP_HEADERS_MAX && request->headers[i] != NULL; i++)
    add_header(x, request->headers[i]);
  curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, x->headers);
}

/* Where to, and whom to trust. */
static void set_target(exchange *x) {
  char url[HTTP_URL_MAX];
  const http *h = x->http;
  int len =
      snprintf(url, sizeof url, "%s%s", h->service.base, x->request->path);
  if (len < 0 || (size_t)len >= sizeof url ||
      curl_easy_setopt(x->easy, CURLOPT_URL, url) != CURLE_OK)
    x->reply->end = HTTP_FAILED;
  curl_easy_setopt(x->easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(x->easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(x->easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
  if (h->service.nearby)
    curl_easy_setopt(x->easy, CURLOPT_PROXY, "");
  if (h->ca == NULL)
    return;
  curl_easy_setopt(x->easy, CURLOPT_CAINFO, h->ca);
  curl_easy_setopt(x->easy, CURLOPT_CAPATH, NULL);
}

static void set_body(exchange *x) {
  const http_request *request = x->request;
  if (request->body != NULL) {
    curl_easy_setopt(x->easy, CURLOPT_POSTFIELDS, request->body);
    curl_easy_setopt(x->easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     (curl_off_t)request->body_len);
  }
  if (request->method != NULL)
    curl_easy_setopt(x->easy, CURLOPT_CUSTOMREQUEST, request->method);
}

static void set_bounds(exchange *x) {
  curl_easy_setopt(x->easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(x->easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
  curl_easy_setopt(x->easy, CURLOPT_TIMEOUT_MS, (long)x->request->timeout_ms);
  if (x->request->sink == NULL)
    return;
  curl_easy_setopt(x->easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(x->easy, CURLOPT_LOW_SPEED_TIME, SILENCE_S);
}

static void prepare(exchange *x) {
  curl_easy_setopt(x->easy, CURLOPT_USERAGENT, "gene/" GENED_VERSION);
  curl_easy_setopt(x->easy, CURLOPT_ERRORBUFFER, x->error);
  curl_easy_setopt(x->easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(x->easy, CURLOPT_WRITEDATA, x);
  curl_easy_setopt(x->easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(x->easy, CURLOPT_HEADERDATA, x);
  set_target(x);
  set_headers(x);
  set_body(x);
  set_bounds(x);
}

/* ---- waiting ------------------------------------------------------------ */

/* One step of at most ms. False: the tick wants no more. */
static bool step(http *h, uint64_t ms) {
  struct curl_waitfd wake = {.fd = interrupt_fd(), .events = CURL_WAIT_POLLIN};
  curl_multi_poll(h->multi, &wake, 1, ms < TICK_MS ? (int)ms : TICK_MS, NULL);
  interrupt_drain();
  return h->tick == NULL || !h->tick(h->tick_data);
}

static bool to_be_left(const http_request *request, uint64_t *until) {
  if (request->deaf || interrupt_signal() == 0)
    return false;
  uint64_t now = http_now();
  if (*until == 0)
    *until = now + request->grace_ms;
  return now >= *until;
}

/* Goes on until the request is over. False: it is to be left. */
static bool drive(exchange *x) {
  uint64_t until = 0;
  int running = 0;
  for (;;) {
    if (curl_multi_perform(x->http->multi, &running) != CURLM_OK)
      return true;
    if (running == 0)
      return true;
    if (!step(x->http, TICK_MS) || to_be_left(x->request, &until))
      return false;
  }
}

bool http_pause(http *h, uint64_t ms, bool deaf) {
  uint64_t until = http_now() + ms;
  for (uint64_t now = until - ms; now < until; now = http_now()) {
    if (!deaf && interrupt_signal() != 0)
      return false;
    if (!step(h, until - now))
      return false;
  }
  return true;
}

/* ---- how it ended ------------------------------------------------------- */

static enum http_end end_of(const exchange *x, CURLcode code) {
  if (x->reply->end != HTTP_ANSWERED)
    return x->reply->end;
  if (x->stopped)
    return HTTP_STOPPED;
  switch (code) {
  case CURLE_OK: return HTTP_ANSWERED;
  case CURLE_COULDNT_CONNECT:
  case CURLE_COULDNT_RESOLVE_HOST:
  case CURLE_COULDNT_RESOLVE_PROXY: return HTTP_UNREACHED;
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CACERT_BADFILE: return HTTP_UNTRUSTED;
  case CURLE_OUT_OF_MEMORY: return HTTP_FAILED;
  default: return HTTP_BROKEN;
  }
}

static CURLcode result_of(const exchange *x) {
  int left;
  for (CURLMsg *m; (m = curl_multi_info_read(x->http->multi, &left)) != NULL;)
    if (m->msg == CURLMSG_DONE && m->easy_handle == x->easy)
      return m->data.result;
  return CURLE_RECV_ERROR;
}

static void take_headers(exchange *x) {
  http_reply *reply = x->reply;
  struct curl_header *id = NULL;
  curl_off_t after = 0;
  curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &reply->status);
  curl_easy_getinfo(x->easy, CURLINFO_RETRY_AFTER, &after);
  reply->retry_after_s = after > 0 ? (uint64_t)after : 0;
  reply->is_problem = has_type(x->easy, "application/problem+json");
  if (curl_easy_header(x->easy, "X-Request-Id", 0, CURLH_HEADER, -1, &id) ==
      CURLHE_OK)
    snprintf(reply->request_id, sizeof reply->request_id, "%s", id->value);
}

static void finish(exchange *x, bool over) {
  http_reply *reply = x->reply;
  CURLcode code = over ? result_of(x) : CURLE_OK;
  reply->end = over ? end_of(x, code) : HTTP_INTERRUPTED;
  take_headers(x);
  snprintf(reply->why, sizeof reply->why, "%s",
           reply->end == HTTP_FAILED ? "out of memory"
           : x->error[0] != '\0'     ? x->error
                                     : curl_easy_strerror(code));
}

static void perform(exchange *x) {
  prepare(x);
  bool over = true;
  if (x->reply->end == HTTP_ANSWERED &&
      curl_multi_add_handle(x->http->multi, x->easy) == CURLM_OK) {
    over = drive(x);
    finish(x, over);
    curl_multi_remove_handle(x->http->multi, x->easy);
  } else {
    finish(x, over);
  }
  curl_slist_free_all(x->headers);
}

void http_send(http *h, const http_request *request, http_reply *reply) {
  *reply = (http_reply){.end = HTTP_ANSWERED};
  exchange x = {.http = h, .request = request, .reply = reply};
  x.easy = curl_easy_init();
  if (x.easy == NULL) {
    reply->end = HTTP_FAILED;
    snprintf(reply->why, sizeof reply->why, "out of memory");
    return;
  }
  perform(&x);
  curl_easy_cleanup(x.easy);
}

void http_reply_free(http_reply *reply) {
  free(reply->body);
  *reply = (http_reply){.end = HTTP_FAILED};
}
