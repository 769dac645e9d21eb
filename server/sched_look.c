/*
 * sched_look.c - what the scheduler says of evaluations that are not done, and
 * of itself. It changes nothing.
 */
#include <assert.h>

#include "server/clock.h"
#include "server/sched_internal.h"

struct outcome *sched_look(struct sched *sched, struct future *future) {
  struct eval *eval = future->eval;
  gene_result_t result = {.status = GENE_PENDING};
  struct outcome *outcome;

  assert(eval != NULL);
  /* One that is told of is done in the context already, but not for others. */
  if (future->is_nested)
    return NULL;
  if (eval->context != NULL)
    gene_context_result(eval->context, &result);
  sched_take_usage(eval, &result, clock_ns());
  outcome = sched->options.make_outcome(&result);
  (void)sched_fill(sched, outcome, &result, SIZE_MAX);
  return outcome;
}

bool sched_value_pending(struct sched *sched, const struct future *future) {
  gene_result_t result;

  (void)sched;
  if (future->eval == NULL || future->is_nested ||
      future->eval->context == NULL)
    return false;
  gene_context_result(future->eval->context, &result);
  return result.value_pending;
}

void sched_stats(struct sched *sched, struct sched_stats *out) {
  out->live = sched->live;
  out->queued = sched->admission.len;
  out->ready = sched->fresh.len + sched->busy.len;
  gene_core_stats(sched->options.core, &out->core);
}
