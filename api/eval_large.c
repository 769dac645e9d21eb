/*
 * eval_large.c - POST /eval with a body that would hold the loop: it is read
 * and compiled in the thread pool while the exchange is pending, and goes to
 * the scheduler like any other then. In the pool nothing is touched but the
 * request's own memory, the settings, and what of the core never changes.
 *
 * A script is looked for among the compiled ones first: that takes half a
 * millisecond for a MiB, and the pool is not asked for what is known already.
 */
#include <stdlib.h>

#include "api/eval.h"
#include "server/clock.h"
#include "server/deadline.h"
#include "server/utf8.h"

/* The worst bodies of this size take a millisecond to read or to compile. */
#define LARGE_BYTES 8192

struct large {
  struct work work;
  struct deadline deadline; /* of its waiting */
  struct api *api;
  struct http_exchange *x;   /* NULL: the client went away */
  struct large *prev, *next; /* in api->large */
  struct buf body;
  struct eval_request request;
  struct wish wish;
  bool bad;               /* the body is */
  size_t bad_at;          /* its first byte that is not UTF-8; its length */
  struct problem problem; /* what else is wrong with it */
  struct eval_words words;
  gene_source_key_t key; /* of the script */
  gene_program_t *program;
  gene_compile_error_t error; /* why there is none */
};

bool large_is(const struct api *api, size_t bytes) {
  return bytes > LARGE_BYTES && api->work != NULL;
}

/* ---- its life ----------------------------------------------------------- */

/* One that takes over the body. NULL: no memory. */
static struct large *make(struct api *api, struct http_exchange *x) {
  struct large *large = calloc(1, sizeof *large);

  if (large == NULL)
    return NULL;
  large->api = api;
  large->x = x;
  large->next = api->large;
  if (large->next != NULL)
    large->next->prev = large;
  api->large = large;
  eval_request_init(&large->request, api->config, x->account);
  large->request.since_ns = clock_ns();
  transport_take_body(x, &large->body);
  return large;
}

static void discard(struct large *large) {
  struct api *api = large->api;

  deadline_clear(api->deadlines, &large->deadline);
  *(large->prev != NULL ? &large->prev->next : &api->large) = large->next;
  if (large->next != NULL)
    large->next->prev = large->prev;
  if (large->program != NULL)
    gene_program_release(large->program);
  eval_request_free(&large->request);
  buf_free(&large->body);
  free(large);
}

void large_gone(struct large *large) {
  large->x = NULL;
  idem_abandon(large->request.entry);
  large->request.entry = NULL;
  deadline_clear(large->api->deadlines, &large->deadline);
  if (work_remove(&large->work))
    discard(large);
}

/* Its exchange is through with it. */
static void settle(struct large *large, enum http_next next) {
  struct http_exchange *x = large->x;

  discard(large);
  if (next == HTTP_ANSWER)
    transport_answer(x);
}

/* Ends one that is not in the scheduler yet; its exchange has its reply. */
static void give_up(struct large *large) {
  struct http_exchange *x = large->x;

  large_gone(large);
  transport_answer(x);
}

/* It has waited for too long. */
static void on_deadline(struct deadline *self) {
  struct large *large =
      (struct large *)((char *)self - offsetof(struct large, deadline));

  if (!large->work.waiting)
    return;
  eval_refuse_full(large->api, large->x);
  give_up(large);
}

void api_refuse_large(struct api *api) {
  struct large *next;

  for (struct large *large = api->large; large != NULL; large = next) {
    next = large->next;
    if (large->x == NULL)
      continue;
    eval_refuse_draining(api, large->x);
    give_up(large);
  }
  batch_refuse_all(api);
}

/* ---- programs that nobody uses ------------------------------------------ */

struct disposal {
  uv_work_t work;
  gene_program_t *program;
};

static void dispose(uv_work_t *work) {
  gene_program_free(((struct disposal *)work)->program);
}

static void disposed(uv_work_t *work, int status) {
  (void)status;
  free(work);
}

/* Takes no turn in the queue: it is short, and gives memory back. */
void api_unused(void *data, gene_program_t *program) {
  struct api *api = data;
  struct disposal *disposal = malloc(sizeof *disposal);

  if (disposal == NULL) {
    gene_program_free(program);
    return;
  }
  disposal->program = program;
  uv_queue_work(api->work->loop, &disposal->work, dispose, disposed);
}

/* ---- compiling ---------------------------------------------------------- */

static void compile(struct work *work) {
  struct large *large = (struct large *)work;
  gene_text_t script = large->request.script;

  large->program = gene_program_compile(large->api->core, script.ptr,
                                        script.len, &large->key, &large->error);
}

/* Hands over to the scheduler. */
static enum http_next submit(struct large *large) {
  gene_program_t *program = large->program;

  large->program = NULL;
  return eval_submit(large->api, large->x, &large->request, &large->wish,
                     program);
}

static void compiled(struct work *work) {
  struct large *large = (struct large *)work;
  struct api *api = large->api;

  if (large->x == NULL) {
    discard(large);
  } else if (large->program == NULL) {
    settle(large, eval_refuse_script(api, large->x, &large->error));
  } else {
    gene_program_keep(api->core, large->program);
    settle(large, submit(large));
  }
}

/* Whether all that is left is to answer: it was refused, or it needs no
 * compiling and is in the scheduler's hands. */
static bool is_through(struct large *large, enum http_next *next) {
  gene_text_t script = large->request.script;
  struct api *api = large->api;

  *next = HTTP_ANSWER;
  if (!eval_read_wish(api, large->x, &large->request, &large->wish))
    return true;
  large->program =
      gene_program_find(api->core, script.ptr, script.len, &large->key);
  if (large->program == NULL)
    return false;
  *next = submit(large);
  return true;
}

/* ---- reading ------------------------------------------------------------ */

static void find_key(struct large *large) {
  gene_text_t script = large->request.script;

  gene_source_key(large->api->core, script.ptr, script.len, &large->key);
}

static void read_json(struct work *work) {
  struct large *large = (struct large *)work;
  gene_text_t body = {large->body.ptr, large->body.len};

  large->bad_at = utf8_bad_at(body.ptr, body.len);
  large->bad = large->bad_at < body.len ||
               !eval_request_read_large(&large->request, large->api->config,
                                        body, &large->problem, &large->words);
  if (!large->bad)
    find_key(large);
  buf_free(&large->body);
}

static enum http_next refuse_body(struct large *large) {
  if (large->problem.status == 0)
    return eval_refuse_utf8(large->x, large->bad_at);
  return problem_reply(large->x, &large->problem);
}

static void json_read(struct work *work) {
  struct large *large = (struct large *)work;
  enum http_next next;

  if (large->x == NULL) {
    discard(large);
  } else if (large->bad) {
    settle(large, refuse_body(large));
  } else if (is_through(large, &next)) {
    settle(large, next);
  } else {
    large->work.run = compile;
    large->work.done = compiled;
    work_again(&large->work);
  }
}

/* ---- the request -------------------------------------------------------- */

/* Sends it into the pool, or the queue before that. */
static enum http_next enqueue(struct large *large, void (*run)(struct work *),
                              void (*done)(struct work *)) {
  struct api *api = large->api;
  uint64_t due = clock_ns() / 1000000 + 1 + api->config->queue_time;

  large->deadline.fire = on_deadline;
  if (!deadline_set(api->deadlines, &large->deadline, due)) {
    problem_no_memory(large->x);
    discard(large);
    return HTTP_ANSWER;
  }
  *pending_of(large->x) = (struct pending){.large = large};
  large->work.run = run;
  large->work.done = done;
  work_add(api->work, &large->work);
  return HTTP_LATER;
}

/* A script as it is. */
static enum http_next post_text(struct large *large) {
  struct buf *body = &large->body;
  enum http_next next;

  large->bad_at = utf8_bad_at(body->ptr, body->len);
  if (large->bad_at < body->len) {
    next = eval_refuse_utf8(large->x, large->bad_at);
    discard(large);
    return next;
  }
  large->request.script = (gene_text_t){body->ptr, body->len};
  find_key(large);
  if (!is_through(large, &next))
    return enqueue(large, compile, compiled);
  discard(large);
  return next;
}

bool large_has_room(struct api *api) {
  struct sched_stats stats;

  if (!work_is_busy(api->work))
    return true;
  sched_stats(api->sched, &stats);
  return stats.queued + api->work->waiting < api->config->queue_length;
}

enum http_next large_post(struct api *api, struct http_exchange *x,
                          struct idem_entry *entry) {
  bool room = large_has_room(api);
  struct large *large = room ? make(api, x) : NULL;

  if (large == NULL) {
    idem_abandon(entry);
    return room ? problem_no_memory(x) : eval_refuse_full(api, x);
  }
  large->request.entry = entry;
  if (negotiate_content(&x->request) == CONTENT_TEXT)
    return post_text(large);
  return enqueue(large, read_json, json_read);
}
