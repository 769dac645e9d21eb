/*
 * sched_follow.c - what those who follow an evaluation see of it while it
 * goes on. It runs and ends nothing.
 */
#include "server/clock.h"
#include "server/sched_internal.h"

void sched_on_trace(void *data, gene_context_t *context,
                    const gene_trace_t *trace) {
  struct eval *eval = data;
  struct events *events = eval->future->events;
  uint64_t ns = eval->started_ns == 0 ? 0 : clock_ns() - eval->started_ns;

  if (events == NULL || !events_traced(events, trace, ns / 1000))
    gene_context_trace(context, false);
}

void sched_peek(struct sched *sched, struct future *future,
                gene_result_t *out) {
  struct eval *eval = future->eval;

  (void)sched;
  *out = (gene_result_t){.status = GENE_PENDING};
  if (eval == NULL || future->is_nested || eval->context == NULL)
    return;
  gene_context_result(eval->context, out);
  sched_take_usage(eval, out, clock_ns());
}

void sched_trace(struct sched *sched, struct future *future) {
  struct eval *eval = future->eval;

  if (eval == NULL || future->is_nested || sched->options.events == NULL ||
      !events_trace(sched->options.events, future))
    return;
  eval->traced = true;
  if (eval->context != NULL)
    gene_context_trace(eval->context, true);
}
