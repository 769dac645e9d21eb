/*
 * sched_nested.c - futures within the value of an evaluation: each is a future
 * of the registry too, with an id of its own, and ends before the evaluation
 * does. What they come to is copied as the outcome of an evaluation is, a
 * piece at a time, while the context stands still.
 */
#include <assert.h>
#include <stdlib.h>

#include "server/clock.h"
#include "server/sched_internal.h"

struct nested {
  struct future **future; /* by handle; NULL: it has ended */
  uint32_t len, cap;
  struct future *told, *told_last; /* done, and not copied yet */
  gene_result_t *copying;          /* the first of these is being copied */
};

/* ---- beginning ---------------------------------------------------------- */

/* Room for one more. */
static bool grow(struct nested *nested) {
  uint32_t cap = nested->cap == 0 ? 8 : nested->cap * 2;
  struct future **future;

  if (nested->len < nested->cap)
    return true;
  future = realloc(nested->future, cap * sizeof(struct future *));
  if (future == NULL)
    return false;
  nested->future = future;
  nested->cap = cap;
  return true;
}

static struct future *begin(struct eval *eval, uint32_t handle) {
  const struct future *outer = eval->future;
  const gene_text_t no_label = {NULL, 0};
  struct registry *registry = eval->sched->options.registry;
  struct future *future = registry_new(registry, outer->owner, no_label);

  if (future == NULL)
    return NULL;
  future->eval = eval;
  future->is_nested = true;
  future->handle = handle;
  future->tagged = outer->tagged;
  future->phase = PHASE_RUNNING;
  future->created_us = future->started_us = clock_wall_us(clock_ns());
  registry_list(registry, future);
  registry_give(future);
  return future;
}

bool nested_begin(void *data, gene_context_t *context, uint32_t handle,
                  char *id) {
  struct eval *eval = data;
  struct future *future;

  (void)context;
  if (eval->nested == NULL)
    eval->nested = calloc(1, sizeof *eval->nested);
  if (eval->nested == NULL || !grow(eval->nested))
    return false;
  assert(handle == eval->nested->len);
  future = begin(eval, handle);
  if (future == NULL)
    return false;
  eval->nested->future[eval->nested->len++] = future;
  _Static_assert(GENE_FUTURE_ID_LEN == ID_TEXT_LEN, "an id is as long");
  id_write(id, future->id);
  return true;
}

/* ---- ending ------------------------------------------------------------- */

static void tell(struct nested *nested, struct future *future) {
  future->told = true;
  future->next_told = NULL;
  if (nested->told == NULL)
    nested->told = future;
  else
    nested->told_last->next_told = future;
  nested->told_last = future;
}

void nested_done(void *data, gene_context_t *context, uint32_t handle) {
  struct eval *eval = data;

  (void)context;
  assert(handle < eval->nested->len && eval->nested->future[handle] != NULL);
  tell(eval->nested, eval->nested->future[handle]);
}

/* Ends the first of those told, whose outcome is there. */
static void conclude(struct eval *eval, enum gene_status status) {
  struct nested *nested = eval->nested;
  struct future *future = nested->told;

  nested->told = future->next_told;
  nested->future[future->handle] = NULL;
  free(nested->copying);
  nested->copying = NULL;
  future->status = (uint8_t)(future->outcome == NULL ? GENE_FAILURE : status);
  future->finished_us = clock_wall_us(clock_ns());
  future->wall_us = (uint64_t)(future->finished_us - future->started_us);
  future->phase = PHASE_DONE;
  future->eval = NULL;
  if (eval->future->forget)
    registry_drop_when_done(future);
  registry_finished(eval->sched->options.registry, future);
}

/* Copies some of the first of those told, and ends it when all is there. */
static bool copy_first(struct eval *eval, size_t bytes) {
  struct nested *nested = eval->nested;
  struct future *future = nested->told;
  gene_result_t now, *result = nested->copying;

  if (result == NULL) {
    gene_context_future(eval->context, future->handle, &now);
    future->outcome = eval->sched->options.make_outcome(&now);
    result = &now;
  }
  if (!sched_fill(eval->sched, future->outcome, result, bytes)) {
    if (nested->copying != NULL)
      return false;
    nested->copying = malloc(sizeof now);
    if (nested->copying != NULL) {
      *nested->copying = now;
      return false;
    }
    (void)sched_fill(eval->sched, future->outcome, result, SIZE_MAX);
  }
  conclude(eval, result->status);
  return true;
}

bool nested_copy(struct eval *eval, size_t bytes) {
  uint64_t until = clock_ns() + NESTED_NS;

  if (eval->nested == NULL)
    return true;
  while (eval->nested->told != NULL)
    if (!copy_first(eval, bytes) || (bytes != SIZE_MAX && clock_ns() > until))
      break;
  return eval->nested->told == NULL;
}

/* What a context that is over has not told of ends as it did. */
void nested_end(struct eval *eval) {
  struct nested *nested = eval->nested;

  for (uint32_t i = 0; nested != NULL && i < nested->len; i++)
    if (nested->future[i] != NULL && !nested->future[i]->told)
      tell(nested, nested->future[i]);
}

bool nested_is_copying(const struct eval *eval) {
  return eval->nested != NULL && eval->nested->told != NULL;
}

void nested_free(struct eval *eval) {
  if (eval->nested == NULL)
    return;
  assert(eval->nested->told == NULL && eval->nested->copying == NULL);
  free(eval->nested->future);
  free(eval->nested);
  eval->nested = NULL;
}
