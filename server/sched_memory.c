/*
 * sched_memory.c - what happens when all contexts together have used up their
 * memory. Admission is closed then (sched_admit.c), but those that are in may
 * each grow up to a cap of their own, and the sum of these caps is far beyond
 * what there is.
 *
 * So whoever has more than its share is held until others have ended. One of
 * them, chosen, goes on, until it is done or has met its own cap: there is
 * always progress, and the sum stays about where the limit is. The small are
 * not touched. The held still have their wall time.
 */
#include "server/sched_internal.h"

uint64_t memory_bytes(const struct sched *sched) {
  gene_core_stats_t stats;

  gene_core_stats(sched->options.core, &stats);
  return stats.context_bytes;
}

/* Where holding begins: the chosen one may still grow to its cap then. */
static uint64_t hold_from(const struct sched *sched) {
  uint64_t limit = sched->options.max_context_bytes;
  uint64_t one = sched->options.max_memory;

  return limit - (one < limit / 2 ? one : limit / 2);
}

bool memory_holds(const struct eval *eval) {
  const struct sched *sched = eval->sched;
  uint64_t limit = hold_from(sched);

  if (eval->copying != NULL || eval == sched->chosen ||
      memory_bytes(sched) < limit)
    return false;
  return eval->bytes > (int64_t)(limit / (4 * (sched->live + 1)));
}

/* Some way below the limit, so that the held don't come and go with every
 * page. */
static bool has_eased(const struct sched *sched) {
  uint64_t limit = hold_from(sched);

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
