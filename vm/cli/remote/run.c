/*
 * run.c - eval and run by a service. The request has a key that makes it safe
 * to send again: however often the way breaks, the script runs once.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "cli/input.h"
#include "cli/plain.h"
#include "cli/remote/call.h"
#include "cli/remote/cancel.h"
#include "cli/remote/follow.h"
#include "cli/remote/interrupt.h"
#include "cli/remote/outcome.h"
#include "cli/source.h"

#define FIRST_WAIT_MS 250 /* what is done by then needs no second request */
#define ANSWER_MS     60000u
#define GRACE_MS      2000u /* of a signal, to learn the id */
#define LAST_MS       10000 /* of a cancelled evaluation, to end */

/* ---- the request -------------------------------------------------------- */

static int add(json_t *object, const char *name, uint64_t n) {
  return n == 0
             ? 0
             : json_object_set_new(object, name, json_integer((json_int_t)n));
}

static json_t *limits_of(const cli_remote *o) {
  json_t *limits = json_object();
  int bad = add(limits, "wall_ms", o->wall_ms);
  bad |= add(limits, "fuel", o->fuel);
  bad |= add(limits, "memory_bytes", o->memory_bytes);
  bad |= add(limits, "output_bytes", o->output_bytes);
  bad |= add(limits, "stack_depth", o->stack_depth);
  if (bad == 0)
    return limits;
  json_decref(limits);
  return NULL;
}

static json_t *options_of(const cli_options *o) {
  json_t *options = json_object();
  int bad = 0;
  if (o->strict_nil)
    bad |= json_object_set_new(options, "strict_nil", json_true());
  if (o->no_type_check)
    bad |= json_object_set_new(options, "type_check", json_false());
  if (o->no_contracts)
    bad |= json_object_set_new(options, "contracts", json_string("off"));
  if (bad == 0)
    return options;
  json_decref(options);
  return NULL;
}

static json_int_t first_wait(const cli_remote *o) {
  return o->has_wait && o->wait_ms < FIRST_WAIT_MS ? (json_int_t)o->wait_ms
                                                   : FIRST_WAIT_MS;
}

static json_t *fields_of(const cli_options *o, const report_source *source) {
  const cli_remote *s = &o->remote;
  json_t *fields = json_object();
  int bad = json_object_set_new(
      fields, "script", json_stringn(source->text.ptr, source->text.len));
  bad |= json_object_set_new(fields, "limits", limits_of(s));
  bad |= json_object_set_new(fields, "options", options_of(o));
  if (s->label != NULL)
    bad |= json_object_set_new(fields, "label", json_string(s->label));
  if (s->has_seed)
    bad |= json_object_set_new(fields, "seed", json_integer(s->seed));
  if (!s->async)
    bad |= json_object_set_new(fields, "wait_ms", json_integer(first_wait(s)));
  if (bad == 0)
    return fields;
  json_decref(fields);
  return NULL;
}

/* Puts the input in as it was written: another writer might change numbers. */
static char *with_input(char *body, const char *input) {
  char *whole = NULL;
  if (body == NULL || input == NULL)
    return body;
  if (asprintf(&whole, "{\"input\":%s,%s", input, body + 1) < 0)
    whole = NULL;
  free(body);
  return whole;
}

/* The text of --input, to be freed. False: said why not. */
static bool read_input(const char *input, char **out) {
  size_t len;
  if (input == NULL || input[0] != '@') {
    *out = input != NULL ? strdup(input) : NULL;
    if (input == NULL || *out != NULL)
      return input == NULL || input_check(input);
    fputs("gene: out of memory\n", stderr);
    return false;
  }
  char *text;
  if (!source_read(input + 1, &text, &len))
    return false;
  *out = len > 0 ? strndup(text, len) : strdup("");
  free(text);
  if (*out != NULL && strlen(*out) == len)
    return input_check(*out);
  fputs(*out == NULL ? "gene: out of memory\n" : "gene: --input has a NUL\n",
        stderr);
  return false;
}

/* The body, to be freed; NULL: said why not. */
static char *make_body(const cli_options *o, const report_source *source) {
  char *input = NULL, *body = NULL;
  if (!source_is_utf8(source->text.ptr, source->text.len) ||
      (o->remote.label != NULL &&
       !source_is_utf8(o->remote.label, strlen(o->remote.label)))) {
    fputs("gene: the script, or the label, is not UTF-8\n", stderr);
    return NULL;
  }
  if (read_input(o->input, &input)) {
    json_t *fields = fields_of(o, source);
    body = fields != NULL ? json_dumps(fields, JSON_COMPACT) : NULL;
    body = with_input(body, input);
    json_decref(fields);
    if (body == NULL)
      fputs("gene: out of memory\n", stderr);
  }
  free(input);
  return body;
}

/* ---- sending it --------------------------------------------------------- */

static bool make_key(char *out, size_t size) {
  unsigned char bytes[16];
  if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) {
    fprintf(stderr, "gene: no random numbers: %s\n", strerror(errno));
    return false;
  }
  int len = snprintf(out, size, "Idempotency-Key: gene-");
  for (size_t i = 0; i < sizeof bytes; i++)
    len += snprintf(out + len, size - (size_t)len, "%02x", bytes[i]);
  return true;
}

/* The Future that the service makes of the request. NULL: said why not, *code
 * is set. */
static json_t *submit(remote *r, const report_source *source, int *code) {
  char key[80];
  char *body = make_body(r->options, source);
  *code = REMOTE_REFUSED;
  if (body == NULL || !interrupt_listen() || !make_key(key, sizeof key)) {
    free(body);
    return NULL;
  }
  http_request request = {.method = "POST",
                          .path = "/eval",
                          .body = body,
                          .body_len = strlen(body),
                          .headers = {key, r->options->remote.async
                                               ? "Prefer: respond-async"
                                               : NULL},
                          .timeout_ms = ANSWER_MS,
                          .grace_ms = GRACE_MS};
  http_reply reply;
  call(r, &request, &reply);
  json_t *future = NULL;
  if (reply.end == HTTP_ANSWERED &&
      (reply.status == 200 || reply.status == 202))
    future = field_object(reply.body, reply.len);
  if (!field_is_future(future)) {
    *code = call_complain(r, request.path, &reply, source);
    json_decref(future);
    future = NULL;
  }
  http_reply_free(&reply);
  free(body);
  return future;
}

/* ---- to its end --------------------------------------------------------- */

/* Whoever started it wants it no more: it is cancelled, and what it still has
 * to say is heard. */
static enum follow_end give_up(follower *f) {
  remote *r = f->remote;
  int code;
  if (r->screen.output_error != 0)
    http_on_tick(r->http, NULL, NULL); /* which would stop at once */
  else                                 /* a reader that has gone knows why */
    screen_note(&r->screen, "cancelling %s", f->id);
  if (cancel_future(r, f->id, true, &code) == CANCEL_FAILED)
    return FOLLOW_LOST;
  f->deaf = true;
  f->until_ms = http_now() + LAST_MS;
  enum follow_end end =
      r->screen.output_error == 0 ? follow(f) : FOLLOW_STOPPED;
  if (end == FOLLOW_DONE && field_status_is(f->future, "cancelled"))
    screen_note(&r->screen, "%s is cancelled", f->id);
  return end;
}

static int left_early(follower *f) {
  screen_note(&f->remote->screen,
              "%s is not done yet: gene watch %s, or gene cancel %s", f->id,
              f->id, f->id);
  return REMOTE_PENDING;
}

static int finish(follower *f, enum follow_end end,
                  const report_source *source) {
  remote *r = f->remote;
  bool stopped = interrupt_signal() != 0 || r->screen.output_error != 0;
  if (end == FOLLOW_DONE)
    return outcome_tell(r, f->future, source, r->options->command == CLI_EVAL);
  if (stopped)
    return remote_stopped(r);
  return end == FOLLOW_LATE ? left_early(f) : f->code;
}

static int run_it(follower *f, json_t *future, const report_source *source) {
  const cli_remote *o = &f->remote->options->remote;
  if (o->async) {
    screen_output(&f->remote->screen, plain_text(f->id));
    screen_output(&f->remote->screen, plain_text("\n"));
    return remote_stopped(f->remote);
  }
  if (o->has_wait)
    f->until_ms = http_now() + o->wait_ms;
  follow_take(f, future);
  enum follow_end end = follow(f);
  if (end == FOLLOW_STOPPED)
    end = give_up(f);
  return finish(f, end, source);
}

static int with_source(remote *r, const report_source *source) {
  int code;
  json_t *future = submit(r, source, &code);
  if (future == NULL)
    return code;
  follower f;
  follow_open(&f, r, field_text(future, "id"));
  code = run_it(&f, future, source);
  follow_close(&f);
  json_decref(future);
  return code;
}

int remote_run(remote *r) {
  const char *subject = r->options->subject;
  if (r->options->command == CLI_EVAL)
    return with_source(r, &(report_source){.name = "<eval>",
                                           .text = {subject, strlen(subject)}});
  char *text;
  size_t len;
  if (!source_read(subject, &text, &len))
    return REMOTE_FAILURE;
  bool standard = strcmp(subject, "-") == 0;
  report_source source = {.name = standard ? "<stdin>" : subject,
                          .text = {text, len}};
  int code = with_source(r, &source);
  free(text);
  return code;
}
