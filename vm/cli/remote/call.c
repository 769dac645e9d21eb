/*
 * call.c - retries and complaints. A pause grows, with some chance in it so
 * that clients turned away together don't come back together, and is never
 * shorter than the service asks for.
 */
#include "cli/remote/call.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "cli/plain.h"
#include "cli/remote/field.h"

#define FIRST_PAUSE_MS 200
#define MAX_PAUSE_MS   10000
#define MAX_ASKED_S    60 /* a longer Retry-After is not waited for */

/* ---- again -------------------------------------------------------------- */

static uint64_t pause_of(unsigned try) {
  uint64_t ms = FIRST_PAUSE_MS;
  uint8_t chance = 0;
  while (try-- > 0 && ms < MAX_PAUSE_MS)
    ms *= 2;
  if (getrandom(&chance, sizeof chance, 0) != sizeof chance)
    chance = 128;
  return ms / 2 + ms * chance / 256;
}

static bool is_later(const http_reply *reply) {
  switch (reply->status) {
  case 409: return reply->retry_after_s > 0;
  case 429:
  case 502:
  case 503:
  case 504: return true;
  default: return false;
  }
}

bool call_again(const http_reply *reply, unsigned try, uint64_t *pause_ms) {
  bool later = reply->end == HTTP_ANSWERED && is_later(reply);
  if (!later && reply->end != HTTP_UNREACHED && reply->end != HTTP_BROKEN)
    return false;
  *pause_ms = pause_of(try);
  if (!later)
    return true;
  if (reply->retry_after_s > MAX_ASKED_S)
    return false;
  if (*pause_ms < reply->retry_after_s * 1000)
    *pause_ms = reply->retry_after_s * 1000;
  return true;
}

static void repeat(remote *r, const http_request *request, http_reply *reply,
                   bool once) {
  uint64_t pause;
  for (unsigned try = 0;; try++) {
    http_send(r->http, request, reply);
    if (try >= r->options->remote.retries || !call_again(reply, try, &pause))
      return;
    if (once && reply->end == HTTP_BROKEN)
      return;
    if (!http_pause(r->http, pause, request->deaf)) {
      reply->end = HTTP_INTERRUPTED;
      return;
    }
    http_reply_free(reply);
  }
}

void call(remote *r, const http_request *request, http_reply *reply) {
  repeat(r, request, reply, false);
}

void call_once(remote *r, const http_request *request, http_reply *reply) {
  repeat(r, request, reply, true);
}

/* ---- problems (RFC 9457) ------------------------------------------------ */

/* A part of a message, with what stands before it. */
static void put_part(const char *before, gene_text_t text) {
  if (text.ptr == NULL)
    return;
  fputs(before, stderr);
  plain_put(stderr, text, false);
}

static void put_place(remote *r, const char *path) {
  screen_clear(&r->screen);
  fputs("gene: ", stderr);
  plain_put(stderr, plain_text(http_base(r->http)), false);
  plain_put(stderr, plain_text(path), false);
  fputs(": ", stderr);
}

static void put_id(const http_reply *reply) {
  if (reply->request_id[0] != '\0')
    put_part("\n  request id: ", plain_text(reply->request_id));
}

static void put_reasons(const json_t *problem) {
  const json_t *reason;
  size_t i;
  json_array_foreach(json_object_get(problem, "reasons"), i, reason) {
    if (json_is_string(reason))
      put_part("\n  ", plain_text(json_string_value(reason)));
  }
}

static void put_problem(const http_reply *reply, const json_t *problem) {
  const json_t *limit = json_object_get(problem, "limit");
  fprintf(stderr, "%ld", reply->status);
  put_part(" ", field_text(problem, "title"));
  put_part("\n  ", field_text(problem, "detail"));
  put_part("\n  field: ", field_text(problem, "field"));
  if (json_is_integer(limit))
    fprintf(stderr, "\n  limit: %lld", (long long)json_integer_value(limit));
  put_reasons(problem);
  if (reply->retry_after_s > 0)
    fprintf(stderr, "\n  try again after %llu s",
            (unsigned long long)reply->retry_after_s);
  put_id(reply);
  fputc('\n', stderr);
}

/* A script that does not compile is told like one that was compiled here:
 * detail is "ParseException: what". */
static bool put_compile_error(const json_t *problem,
                              const report_source *source) {
  gene_text_t type = field_text(problem, "type");
  gene_text_t detail = field_text(problem, "detail");
  gene_compile_error_t e = {.line = field_u32(problem, "line"),
                            .column = field_u32(problem, "column"),
                            .caret = field_u32(problem, "caret")};
  const char *colon = detail.ptr != NULL ? strstr(detail.ptr, ": ") : NULL;
  char name[64];
  if (source == NULL || type.ptr == NULL || colon == NULL || e.line == 0 ||
      strcmp(type.ptr, "/problems/invalid-script") != 0)
    return false;
  size_t len = (size_t)(colon - detail.ptr);
  plain_copy(name, sizeof name, (gene_text_t){detail.ptr, len});
  e.class_name = name;
  plain_copy(e.message, sizeof e.message,
             (gene_text_t){colon + 2, detail.len - len - 2});
  plain_copy(e.source_line, sizeof e.source_line,
             field_text(problem, "source_line"));
  report_compile_error(source, &e);
  put_part("  hint: ", field_text(problem, "hint"));
  if (field_text(problem, "hint").ptr != NULL)
    fputc('\n', stderr);
  return true;
}

/* ---- complaints --------------------------------------------------------- */

static int refused(const http_reply *reply) {
  return is_later(reply) || reply->status >= 500 ? REMOTE_UNAVAILABLE
                                                 : REMOTE_REFUSED;
}

static int complain_of_answer(remote *r, const char *path,
                              const http_reply *reply,
                              const report_source *source) {
  json_t *problem =
      reply->is_problem && reply->len > 0
          ? json_loadb(reply->body, reply->len, JSON_ALLOW_NUL, NULL)
          : NULL;
  int code = refused(reply);
  screen_clear(&r->screen);
  if (json_is_object(problem) && put_compile_error(problem, source)) {
    code = REMOTE_FAILURE;
  } else if (json_is_object(problem)) {
    put_place(r, path);
    put_problem(reply, problem);
  } else {
    put_place(r, path);
    fprintf(stderr, "%ld, and not what gened would say", reply->status);
    put_id(reply);
    fputc('\n', stderr);
    code = REMOTE_UNAVAILABLE;
  }
  json_decref(problem);
  return code;
}

static int complain_of_none(remote *r, const char *path,
                            const http_reply *reply) {
  static const char *const what[] = {
      [HTTP_STOPPED] = "stopped",
      [HTTP_UNREACHED] = "can't be reached",
      [HTTP_BROKEN] = "no whole answer",
      [HTTP_UNTRUSTED] = "not trusted",
      [HTTP_TOO_LONG] = "the answer is over 64 MiB",
      [HTTP_FAILED] = "not asked",
  };
  put_place(r, path);
  fputs(what[reply->end], stderr);
  if (reply->end != HTTP_TOO_LONG)
    put_part(": ", plain_text(reply->why));
  if (reply->end == HTTP_UNTRUSTED && r->options->remote.ca == NULL)
    fputs("\n  --ca FILE names certificates to trust", stderr);
  fputc('\n', stderr);
  return reply->end == HTTP_TOO_LONG || reply->end == HTTP_FAILED
             ? REMOTE_FAILURE
             : REMOTE_UNAVAILABLE;
}

int call_complain(remote *r, const char *path, const http_reply *reply,
                  const report_source *source) {
  if (reply->end == HTTP_ANSWERED)
    return complain_of_answer(r, path, reply, source);
  if (reply->end == HTTP_INTERRUPTED) {
    screen_note(&r->screen, "interrupted; there was no answer yet");
    return remote_stopped(r);
  }
  return complain_of_none(r, path, reply);
}
