/*
 * batch.c - POST /eval/batch: many requests at once, each answered for itself.
 *
 * The body is read and compiled in the thread pool; the items go to the
 * scheduler a few at a time, between turns of the loop; the answer leaves when
 * all are done, or when the client has waited long enough. What each item came
 * to is pinned until then, however little the service keeps.
 */
#include <stdlib.h>

#include "api/batch_internal.h"
#include "server/clock.h"

/* Time that a batch takes of one turn of the loop. */
#define STEP_NS 500000u

static void on_step(struct deadline *self);
static void answer(struct batch *batch);

/* ---- its life ----------------------------------------------------------- */

static struct batch *batch_of(struct deadline *self) {
  return (struct batch *)((char *)self - offsetof(struct batch, deadline));
}

static struct batch *make(struct api *api, struct http_exchange *x) {
  struct batch *batch = calloc(1, sizeof *batch);

  if (batch == NULL)
    return NULL;
  batch->api = api;
  batch->x = x;
  batch->since_ns = clock_ns();
  batch->next = api->batches;
  if (batch->next != NULL)
    batch->next->prev = batch;
  api->batches = batch;
  *pending_of(x) = (struct pending){.batch = batch};
  return batch;
}

static void drop_item(struct batch_item *item) {
  registry_unwait(&item->waiter);
  if (item->future != NULL)
    registry_unpin(item->future);
  if (item->program != NULL)
    gene_program_release(item->program);
  eval_request_free(&item->request);
  buf_free(&item->problem);
}

static void discard(struct batch *batch) {
  struct api *api = batch->api;

  assert(!batch->in_pool);
  deadline_clear(api->deadlines, &batch->deadline);
  *(batch->prev != NULL ? &batch->prev->next : &api->batches) = batch->next;
  if (batch->next != NULL)
    batch->next->prev = batch->prev;
  for (size_t i = 0; i < batch->len; i++)
    drop_item(&batch->item[i]);
  idem_abandon(batch->entry);
  free(batch->item);
  buf_free(&batch->body);
  free(batch);
}

/* Its reply is made; the exchange may be pending, or still in its handler. */
static void leave(struct batch *batch) {
  struct http_exchange *x = batch->x;

  discard(batch);
  transport_answer(x);
}

/* Has its next step come in the next turn of the loop. Without memory for
 * that, it comes now. */
static void step_soon(struct batch *batch) {
  batch->deadline.fire = on_step;
  if (!deadline_set(batch->api->deadlines, &batch->deadline,
                    clock_ns() / 1000000))
    on_step(&batch->deadline);
}

/* ---- the answer --------------------------------------------------------- */

static void put_item(struct batch *batch, struct batch_item *item) {
  struct http_reply *reply = &batch->x->reply;

  if (item->future != NULL) {
    registry_give(item->future);
    future_add(batch->api, reply, item->future);
  } else if (item->problem.len > 0 && !item->problem.failed) {
    buf_add(&reply->body, item->problem.ptr, item->problem.len);
  } else {
    problem_json(&reply->body, &problem_of_memory, batch->x->request.path);
  }
}

static bool all_done(const struct batch *batch) {
  for (size_t i = 0; i < batch->len; i++)
    if (batch->item[i].future != NULL &&
        batch->item[i].future->phase != PHASE_DONE)
      return false;
  return true;
}

/* Makes the reply of what there is. Those still pending can be asked for. */
static void make_reply(struct batch *batch) {
  struct http_exchange *x = batch->x;
  bool later = !all_done(batch) ||
               (batch->wish.prefer.respond_async && !batch->wish.named_wait);

  json_lit(&x->reply.body, "{\"items\":[");
  for (size_t i = 0; i < batch->len; i++) {
    struct future *future = batch->item[i].future;

    if (i > 0)
      buf_byte(&x->reply.body, ',');
    if (future != NULL && !future->gone)
      registry_list(batch->api->registry, future);
    put_item(batch, &batch->item[i]);
  }
  json_lit(&x->reply.body, "]}\n");
  x->reply.status = later ? 202 : 200;
  x->reply.content_type =
      batch->wish.form == FORM_TAGGED ? TYPE_TAGGED : TYPE_JSON;
  if (later)
    http_field(x, "Retry-After", "1");
  eval_put_applied(x, &batch->wish.prefer, x->reply.status);
}

static void answer(struct batch *batch) {
  make_reply(batch);
  leave(batch);
}

/* ---- waiting ------------------------------------------------------------ */

static void on_wait_over(struct deadline *self) {
  answer(batch_of(self));
}

/* Whether an item has to be waited for; as POST /eval has it. */
static bool is_settled(struct batch *batch, struct batch_item *item) {
  struct future *future = item->future;

  return item->settled || future == NULL || future->phase == PHASE_DONE ||
         (!batch->wish.named_wait &&
          sched_value_pending(batch->api->sched, future));
}

/* Its time in the queue was over: as if it had never been accepted. */
static void refuse_late(struct batch_item *item) {
  registry_drop_when_done(item->future);
  registry_unpin(item->future);
  item->future = NULL;
  batch_put_problem(item, &eval_overloaded);
}

static void wait_on(struct batch *batch, struct batch_item *item);

static void on_wake(struct waiter *waiter) {
  struct batch_item *item = (struct batch_item *)waiter;
  struct batch *batch = item->batch;

  if (!is_settled(batch, item)) {
    wait_on(batch, item);
    return;
  }
  if (item->future->phase == PHASE_DONE && item->future->refused &&
      !batch->keyed)
    refuse_late(item);
  item->settled = true;
  /* Not from here: whoever woke us is not through with the future. */
  if (--batch->pending == 0)
    step_soon(batch);
}

static void wait_on(struct batch *batch, struct batch_item *item) {
  item->waiter.wake = on_wake;
  item->waiter.until_done = batch->wish.named_wait;
  item->waiter.since = item->future->version;
  (void)registry_wait(batch->api->registry, &item->waiter, item->future, 0,
                      REGISTRY_FOREVER);
}

/* All items are with the scheduler. */
static void wait_for_all(struct batch *batch) {
  uint64_t due = batch->since_ns / 1000000 + batch->wish.wait_ms;

  for (size_t i = 0; i < batch->len; i++) {
    struct batch_item *item = &batch->item[i];

    item->settled = is_settled(batch, item);
    if (item->settled || batch->wish.wait_ms == 0)
      continue;
    batch->pending++;
    wait_on(batch, item);
  }
  batch->deadline.fire = on_wait_over;
  if (batch->pending == 0 ||
      !deadline_set(batch->api->deadlines, &batch->deadline, due))
    answer(batch);
}

/* ---- keys --------------------------------------------------------------- */

/* What came of it is kept under its key. False: no memory. */
static bool keep_under_key(struct batch *batch) {
  struct idem_item *items = calloc(batch->len, sizeof *items);

  if (items == NULL)
    return false;
  for (size_t i = 0; i < batch->len; i++) {
    const struct buf *problem = &batch->item[i].problem;

    items[i].future = batch->item[i].future;
    if (items[i].future != NULL && items[i].future->gone)
      items[i].future = NULL;
    if (problem->len == 0)
      continue;
    items[i].problem = malloc(problem->len);
    if (items[i].problem != NULL) {
      memcpy(items[i].problem, problem->ptr, problem->len);
      items[i].problem_len = problem->len;
    }
  }
  registry_key_all(batch->api->registry, items, batch->len, batch->entry);
  return true;
}

static void accept_key(struct batch *batch) {
  if (batch->entry == NULL)
    return;
  if (batch->len == 0 || !keep_under_key(batch))
    idem_abandon(batch->entry);
  batch->entry = NULL;
}

/* An item of a batch that was posted before. */
static void join_item(struct batch_item *item, const struct idem_item *was) {
  static const struct problem expired = {
      .status = 410,
      .slug = "expired",
      .title = "The future has expired",
      .detail = "It was done, and has been dropped since."};

  item->future = was->future;
  if (was->future != NULL)
    registry_pin(was->future);
  else if (was->problem == NULL)
    batch_put_problem(item, &expired);
  else
    buf_add(&item->problem, was->problem, was->problem_len);
  item->settled = item->future == NULL;
}

/* The same batch once more: the same futures, for as long as it waits. */
static enum http_next join(struct api *api, struct http_exchange *x,
                           const struct idem_entry *entry) {
  const struct eval_request request = {.has_wait = entry->has_wait,
                                       .wait_ms = entry->wait_ms};
  struct batch *batch = make(api, x);

  if (batch == NULL)
    return problem_no_memory(x);
  batch->item = calloc(entry->len, sizeof *batch->item);
  if (batch->item == NULL) {
    discard(batch);
    return problem_no_memory(x);
  }
  batch->keyed = true;
  batch->len = batch->begun = entry->len;
  for (size_t i = 0; i < entry->len; i++) {
    batch->item[i].batch = batch;
    join_item(&batch->item[i], &entry->item[i]);
  }
  if (!eval_read_wish(api, x, &request, &batch->wish)) {
    discard(batch);
    return HTTP_ANSWER;
  }
  batch->deadline.fire = on_step;
  if (deadline_set(api->deadlines, &batch->deadline, clock_ns() / 1000000))
    return HTTP_LATER;
  discard(batch);
  return problem_no_memory(x);
}

/* ---- beginning ---------------------------------------------------------- */

static const struct problem *submit(struct batch *batch,
                                    struct batch_item *item) {
  static struct problem over;
  struct eval_request *request = &item->request;
  struct metrics *metrics = batch->api->metrics;
  struct eval_spec spec = {.program = item->program,
                           .context = request->context,
                           .start = request->start,
                           .account = batch->account,
                           .since_ns = request->since_ns,
                           .wall_ms = request->wall_ms,
                           .owner = batch->owner,
                           .label = request->label};

  item->program = NULL;
  request->start = NULL;
  spec.context.tagged_value = batch->wish.tagged;
  if (!auth_may_evaluate(batch->api, batch->account, &over)) {
    gene_program_release(spec.program);
    free(spec.start);
    return &over;
  }
  switch (sched_submit(batch->api->sched, &spec, batch->wish.wait_ms > 0,
                       &item->future)) {
  case SCHED_ACCEPTED: return NULL;
  case SCHED_FULL: metrics->refusals[METRICS_QUEUE_FULL]++; break;
  case SCHED_DRAINING:
    metrics->refusals[METRICS_DRAINING]++;
    return &eval_draining;
  case SCHED_NO_MEMORY:
    metrics->refusals[METRICS_NO_MEMORY]++;
    return &problem_of_memory;
  }
  return &eval_overloaded;
}

static void begin_item(struct batch *batch, struct batch_item *item) {
  const struct problem *problem = &eval_draining;

  if (item->bad_script)
    batch->api->metrics->refusals[METRICS_SYNTAX]++;
  if (item->settled)
    return;
  if (!batch->refused)
    problem = submit(batch, item);
  if (problem != NULL) {
    batch_put_problem(item, problem);
    return;
  }
  registry_pin(item->future);
  if (batch->x != NULL)
    eval_log(batch->x, item->future, item->request.label);
}

/* The client is gone: nobody will ask for what it was not told of. */
static void undo_item(struct batch *batch, struct batch_item *item) {
  struct future *future = item->future;

  if (future == NULL || future->gone || future->id_given)
    return;
  if (future->phase == PHASE_DONE) {
    registry_forget(batch->api->registry, future);
    return;
  }
  registry_drop_when_done(future);
  sched_cancel(batch->api->sched, future, "The client went away");
}

/* Does some of what is to be done with each item. True: all is done. */
static bool do_some(struct batch *batch, size_t *at, size_t len,
                    void (*act)(struct batch *, struct batch_item *)) {
  uint64_t until = clock_ns() + STEP_NS;

  while (*at < len) {
    act(batch, &batch->item[(*at)++]);
    if (clock_ns() > until)
      break;
  }
  return *at == len;
}

static void on_step(struct deadline *self) {
  struct batch *batch = batch_of(self);

  if (batch->x == NULL && !batch->keyed) {
    if (do_some(batch, &batch->undone, batch->begun, undo_item))
      discard(batch);
    else
      step_soon(batch);
    return;
  }
  if (batch->waited) {
    answer(batch);
    return;
  }
  if (!do_some(batch, &batch->begun, batch->len, begin_item)) {
    step_soon(batch);
    return;
  }
  accept_key(batch);
  batch->waited = true;
  if (batch->x == NULL)
    discard(batch);
  else
    wait_for_all(batch);
}

/* ---- the way through the pool ------------------------------------------- */

/* The longest wait that an item names is that of all. */
static void take_waits(const struct batch *batch, struct eval_request *all) {
  for (size_t i = 0; i < batch->len; i++) {
    const struct eval_request *request = &batch->item[i].request;

    all->has_wait |= request->has_wait;
    if (request->wait_ms > all->wait_ms)
      all->wait_ms = request->wait_ms;
  }
}

/* What is wrong with the whole becomes the reply. True: something is. */
static bool refuse_whole(struct batch *batch) {
  struct eval_request all = {.has_wait = false};

  if (batch->wrong.status != 0) {
    problem_reply(batch->x, &batch->wrong);
    return true;
  }
  take_waits(batch, &all);
  if (batch->entry != NULL) {
    batch->entry->has_wait = all.has_wait;
    batch->entry->wait_ms = all.wait_ms;
  }
  return !eval_read_wish(batch->api, batch->x, &all, &batch->wish);
}

/* Whether all scripts are known already. */
static bool find_programs(struct batch *batch) {
  bool all = true;

  for (size_t i = 0; i < batch->len; i++) {
    struct batch_item *item = &batch->item[i];
    gene_text_t script = item->request.script;

    if (item->settled)
      continue;
    item->program =
        gene_program_find(batch->api->core, script.ptr, script.len, &item->key);
    all &= item->program != NULL;
  }
  return all;
}

static void on_compiled(struct work *work) {
  struct batch *batch = (struct batch *)work;

  batch->in_pool = false;
  if (batch->x == NULL) {
    discard(batch);
    return;
  }
  for (size_t i = 0; i < batch->len; i++)
    if (batch->item[i].is_new && batch->item[i].program != NULL)
      gene_program_keep(batch->api->core, batch->item[i].program);
  step_soon(batch);
}

static void on_read(struct work *work) {
  struct batch *batch = (struct batch *)work;

  batch->in_pool = false;
  deadline_clear(batch->api->deadlines, &batch->deadline);
  if (batch->x == NULL) {
    discard(batch);
  } else if (refuse_whole(batch)) {
    leave(batch);
  } else if (find_programs(batch)) {
    step_soon(batch);
  } else {
    batch->in_pool = true;
    batch->work.run = batch_compile;
    batch->work.done = on_compiled;
    work_again(&batch->work);
  }
}

/* ---- the request -------------------------------------------------------- */

bool batch_head(struct http_exchange *x) {
  enum form form = negotiate_form(&x->request);

  if (negotiate_content(&x->request) != CONTENT_JSON) {
    problem_reply(x, &(struct problem){.status = 415,
                                       .slug = "unsupported-media-type",
                                       .title = "Unsupported media type",
                                       .detail = "A batch is application/json "
                                                 "in UTF-8, not encoded."});
    http_field(x, "Accept-Post", TYPE_JSON);
    return true;
  }
  if (eval_refuse_encoding(x))
    return true;
  if (form == FORM_NONE || form == FORM_TEXT) {
    problem_not_acceptable(x, "A batch is had as application/json or "
                              "application/vnd.gene+json.");
    return true;
  }
  return !idempotency_check(x);
}

static void on_queue_over(struct deadline *self) {
  struct batch *batch = batch_of(self);

  if (!batch->work.waiting)
    return;
  work_remove(&batch->work);
  batch->in_pool = false;
  eval_refuse_full(batch->api, batch->x);
  leave(batch);
}

enum http_next batch_post(struct api *api, struct http_exchange *x) {
  uint64_t due = clock_ns() / 1000000 + 1 + api->config->queue_time;
  struct idem_entry *entry;
  struct batch *batch;

  switch (idempotency_claim(api, x, x->request.body, &entry)) {
  case IDEMPOTENCY_RUN: break;
  case IDEMPOTENCY_JOIN: return join(api, x, entry);
  case IDEMPOTENCY_ANSWERED: return HTTP_ANSWER;
  }
  batch = large_has_room(api) ? make(api, x) : NULL;
  if (batch == NULL) {
    idem_abandon(entry);
    return eval_refuse_full(api, x);
  }
  batch->entry = entry;
  batch->keyed = entry != NULL;
  batch->owner = x->owner;
  batch->account = x->account;
  eval_request_init(&batch->blank, api->config, x->account);
  batch->deadline.fire = on_queue_over;
  if (!deadline_set(api->deadlines, &batch->deadline, due)) {
    discard(batch);
    return problem_no_memory(x);
  }
  transport_take_body(x, &batch->body);
  batch->in_pool = true;
  batch->work.run = batch_read;
  batch->work.done = on_read;
  work_add(api->work, &batch->work);
  return HTTP_LATER;
}

/* Takes back what the client was not told of, and ends, in this very turn. */
static void undo_all(struct batch *batch) {
  while (!do_some(batch, &batch->undone, batch->begun, undo_item))
    ;
  discard(batch);
}

void batch_gone(struct batch *batch) {
  batch->x = NULL;
  if (batch->in_pool) {
    /* Nothing of it has begun. */
    idem_abandon(batch->entry);
    batch->entry = NULL;
    if (!work_remove(&batch->work))
      return;
    batch->in_pool = false;
    discard(batch);
    return;
  }
  if (batch->keyed && batch->waited) {
    discard(batch);
    return;
  }
  for (size_t i = 0; i < batch->begun; i++)
    registry_unwait(&batch->item[i].waiter);
  if (batch->api->draining)
    undo_all(batch);
  else if (!batch->keyed)
    step_soon(batch);
}

/* One that is in the pool, or on its way there. */
static void refuse_unread(struct batch *batch) {
  struct http_exchange *x = batch->x;

  if (x == NULL)
    return;
  eval_refuse_draining(batch->api, x);
  batch_gone(batch);
  transport_answer(x);
}

void batch_refuse_all(struct api *api) {
  struct batch *next;

  for (struct batch *batch = api->batches; batch != NULL; batch = next) {
    next = batch->next;
    batch->refused = true;
    if (batch->in_pool)
      refuse_unread(batch);
    else if (batch->x == NULL)
      undo_all(batch);
  }
}
