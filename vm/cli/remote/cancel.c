/*
 * cancel.c - looks first, then cancels. When the way breaks in between it looks
 * again, since the first request may have been heard.
 */
#include "cli/remote/cancel.h"

#include <stdio.h>

#include "cli/plain.h"
#include "cli/remote/call.h"
#include "cli/remote/follow.h"
#include "cli/remote/interrupt.h"

#define ANSWER_MS 30000u
#define LOOKS     3

/* False: the way is broken, nobody knows what became of it. */
static bool delete_it(remote *r, const char *id, bool deaf,
                      enum cancel_end *end, int *code) {
  char path[FIELD_ID_MAX + 16];
  http_reply reply;
  snprintf(path, sizeof path, "/futures/%s", id);
  http_request request = {
      .method = "DELETE", .path = path, .timeout_ms = ANSWER_MS, .deaf = deaf};
  call_once(r, &request, &reply);
  bool known = reply.end != HTTP_BROKEN;
  bool answered = reply.end == HTTP_ANSWERED;
  *end = CANCEL_FAILED;
  if (answered && reply.status == 200)
    *end = CANCEL_ENDED;
  else if (answered && reply.status == 202)
    *end = CANCEL_ENDING;
  else if (answered && reply.status == 204)
    *end = CANCEL_LATE;
  else if (known)
    *code = call_complain(r, path, &reply, NULL);
  http_reply_free(&reply);
  return known;
}

enum cancel_end cancel_future(remote *r, const char *id, bool deaf, int *code) {
  enum cancel_end end = CANCEL_FAILED;
  for (int look = 0; look < LOOKS; look++) {
    uint64_t after;
    json_t *future = follow_get(r, id, "", deaf, code, &after);
    if (future == NULL)
      return CANCEL_FAILED;
    bool pending = field_status_is(future, "pending");
    end = field_status_is(future, "cancelled") ? CANCEL_ENDED : CANCEL_LATE;
    json_decref(future);
    if (!pending || delete_it(r, id, deaf, &end, code))
      return end;
  }
  screen_note(&r->screen, "%s: the connection breaks again and again", id);
  *code = REMOTE_UNAVAILABLE;
  return CANCEL_FAILED;
}

static int tell(remote *r, const char *id, const char *what) {
  screen_output(&r->screen, plain_text(id));
  screen_output(&r->screen, plain_text(what));
  return remote_stopped(r);
}

static int cancel_one(remote *r, const char *id) {
  int code = REMOTE_GOOD;
  if (!field_is_id(plain_text(id))) {
    fputs("gene: no id: '", stderr);
    plain_put(stderr, plain_text(id), false);
    fputs("'\n", stderr);
    return REMOTE_REFUSED;
  }
  enum cancel_end end = cancel_future(r, id, false, &code);
  screen_clear(&r->screen);
  switch (end) {
  case CANCEL_ENDED: return tell(r, id, " cancelled\n");
  case CANCEL_ENDING: return tell(r, id, " cancelling\n");
  case CANCEL_LATE:
    screen_note(&r->screen, "%s was done before", id);
    return REMOTE_FAILURE;
  case CANCEL_FAILED: break;
  }
  return code;
}

int remote_cancel(remote *r) {
  int worst = REMOTE_GOOD;
  if (!interrupt_listen())
    return REMOTE_FAILURE;
  for (size_t i = 0; i < r->options->args_len && interrupt_signal() == 0; i++) {
    int code = cancel_one(r, r->options->args[i]);
    if (code > worst)
      worst = code;
  }
  return interrupt_signal() != 0 ? remote_stopped(r) : worst;
}
