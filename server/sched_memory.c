/*
 * sched_memory.c - what happens when all contexts together have used up their
 * memory. Admission is closed then (sched_admit.c), but those that are in may
 * each grow up to a cap of their own, and the sum of these caps is far beyond
 * what there is.
 *
 * So whoever grew in its last slice is held until others have ended. One of
 * them, chosen, goes on, until it is done or has met its own cap: the sum
 * exceeds the limit by no more than one context, and there is always progress.
 * What does not grow is not touched. The held still have their wall time.
 */
#include "server/sched_internal.h"

uint64_t memory_bytes(const struct sched *sched) {
  gene_core_stats_t stats;

  gene_core_stats(sched->options.core, &stats);
  return stats.context_bytes;
}

struct eval_list *memory_list(const struct eval *eval, struct eval_list *list) {
  struct sched *sched = eval->sched;

  if (!eval->grew || eval == sched->chosen ||
      memory_bytes(sched) < sched->options.max_context_bytes)
    return list;
  return &sched->held;
}

/* Some way below the limit, so that the held don't come and go with every
 * page. */
static bool has_eased(const struct sched *sched) {
  uint64_t limit = sched->options.max_context_bytes;

  return memory_bytes(sched) < limit - limit / 16;
}

struct eval *memory_release(struct sched *sched) {
  struct eval *eval = sched->held.head;

  if (eval == NULL || (sched->chosen != NULL && !has_eased(sched)))
    return NULL;
  if (sched->chosen == NULL)
    sched->chosen = eval;
  eval_list_remove(eval);
  return eval;
}
