/*
 * sched_internal.h - what the files of the scheduler share.
 */
#ifndef SERVER_SCHED_INTERNAL_H
#define SERVER_SCHED_INTERNAL_H

#include "server/sched.h"

struct eval_list {
  struct eval *head, *tail;
  size_t len;
};

/* One live evaluation. */
struct eval {
  struct sched *sched;
  struct future *future;
  struct account *account; /* whose quotas it counts in; may be NULL */
  gene_context_t *context; /* NULL while queued */
  struct parked *parked;   /* while queued: what it will be made of */
  struct eval_list *list;  /* one of the scheduler's; NULL: waiting */
  struct eval *prev, *next;
  struct eval *live_prev, *live_next;
  struct deadline deadline;    /* the nearer of the two below */
  uint64_t wall_due, kill_due; /* ms of the loop; 0: none */
  uint64_t wall_ms;
  uint64_t created_ns, started_ns, cpu_ns;
  uint64_t slice_fuel;
  uint64_t fuel;          /* used, as far as it is counted in the metrics */
  gene_result_t *copying; /* it is done, and its outcome is being copied */
  struct nested *nested;  /* futures of its value; NULL: none */
  bool over;              /* its context is, and nested ones are left */
  bool cancelled;
  bool traced;   /* once it begins */
  bool changed;  /* since its version was last raised */
  int64_t bytes; /* of its heap, as its slices changed it */
};

struct sched {
  struct sched_options options;
  uv_idle_t idle;   /* active while anything is ready */
  uv_check_t check; /* a turn of the loop begins */
  struct eval_list admission;
  struct eval_list fresh; /* new, or woken: they go first */
  struct eval_list busy;  /* used up their last slice */
  struct eval_list held;  /* would grow while memory is short */
  struct eval *chosen;    /* the one that may grow all the same */
  struct eval *live_head;
  size_t live;
  struct eval *free;
  size_t free_len;
  struct deadline admit_again;
  uint64_t turn_ns;    /* spent on first slices in this turn */
  uint64_t slice_fuel; /* for evaluations not measured yet */
  bool draining;
};

void eval_list_append(struct eval_list *list, struct eval *eval);
void eval_list_remove(struct eval *eval);

/* Fills in what is known of the use of resources. */
void sched_take_usage(const struct eval *eval, const gene_result_t *result,
                      uint64_t now);

/* Copies more of a long outcome; true when all of it is there. */
bool sched_fill(struct sched *sched, struct outcome *outcome,
                const gene_result_t *result, size_t bytes);

/* ---- sched_nested.c ---- */

/* Time of one turn that is spent on ending futures of values. */
#define NESTED_NS 300000u

/* What the context calls: on_future, on_future_done. */
bool nested_begin(void *data, gene_context_t *context, uint32_t handle,
                  char *id);
void nested_done(void *data, gene_context_t *context, uint32_t handle);

/* Has all end that are left: the context is over. */
void nested_end(struct eval *eval);

/* Copies some of what the ended ones came to, a piece of `bytes` at a time;
 * SIZE_MAX: all. True: no more is left. Until then the context must not run. */
bool nested_copy(struct eval *eval, size_t bytes);
bool nested_is_copying(const struct eval *eval);
void nested_free(struct eval *eval);
/* ---- sched_follow.c ---- */

/* What a context tells of its futures goes to the events of its own; nothing
 * more is asked for when they take no more. */
void sched_on_trace(void *data, gene_context_t *context,
                    const gene_trace_t *trace);

/* ---- sched_admit.c ---- */

/* Whether one more context may be made. */
bool admit_has_room(struct sched *sched);

/* Keeps what the evaluation is made of until there is room. NULL: no memory,
 * and the reference to the program and the block are still the caller's. */
struct parked *admit_park(const struct eval_spec *spec);

/* Frees it; the reference to the program and the block are the caller's
 * again. */
void admit_unpark(struct parked *parked);
const struct eval_spec *admit_spec(const struct parked *parked);

/* ---- sched_memory.c ---- */

/* Bytes of all contexts now. */
uint64_t memory_bytes(const struct sched *sched);

/* Whether an evaluation has to be held for now, for want of memory. */
bool memory_holds(const struct eval *eval);

/* Takes the held that may go on out of their queue, one a call; NULL: none. */
struct eval *memory_release(struct sched *sched);

#endif
