/*
 * sched.h - who runs when: admits evaluations, runs them in short slices on
 * the loop, ends those that are over their time. It knows neither HTTP nor
 * JSON. For the loop thread only.
 *
 * An evaluation is admitted when there is room, else queued, else refused. Its
 * first slice runs at once, within sched_submit, unless this turn of the loop
 * has been busy with first slices for too long already; so what is short is
 * done when sched_submit returns.
 */
#ifndef SERVER_SCHED_H
#define SERVER_SCHED_H

#include <uv.h>

#include "gene.h"
#include "server/account.h"
#include "server/deadline.h"
#include "server/events.h"
#include "server/metrics.h"
#include "server/registry.h"

struct sched;

struct sched_options {
  uv_loop_t *loop;
  gene_core_t *core;
  struct deadlines *deadlines;
  struct registry *registry;
  struct metrics *metrics;
  /* Copies a result; NULL when out of memory. */
  struct outcome *(*make_outcome)(const gene_result_t *result);
  /* Copies at most so many bytes more of what is long in the same result;
   * false while some is left. NULL: outcomes are always whole. */
  bool (*fill_outcome)(struct outcome *outcome, const gene_result_t *result,
                       size_t bytes);
  struct events_hub *events; /* NULL: nobody follows futures */
  uint64_t max_contexts;
  uint64_t max_context_bytes; /* of all together */
  uint64_t max_memory;        /* of one */
  uint64_t queue_length;
  uint64_t queue_ms;
  uint64_t grace_ms;
  uint64_t slice_us;
};

/* One evaluation to be run. The texts of context are copied as needed. */
struct eval_spec {
  gene_program_t *program;        /* this reference becomes the scheduler's */
  gene_context_options_t context; /* its host is the scheduler's to set */
  char *start;                    /* malloc'ed block of context.start_json,
                                     which becomes the scheduler's too; NULL */
  struct account *account;        /* whose quotas it counts in, or NULL */
  uint64_t since_ns; /* clock_ns when its time in the queue began; 0: now */
  uint64_t wall_ms;
  uint64_t owner;    /* who sees the future */
  gene_text_t label; /* copied; ptr NULL: none */
};

enum sched_answer {
  SCHED_ACCEPTED,
  SCHED_FULL,     /* the queue is full */
  SCHED_DRAINING, /* only accepted when somebody waits for the answer */
  SCHED_NO_MEMORY,
};

/* NULL: out of memory. */
struct sched *sched_create(const struct sched_options *options);

/* Closes its handles; the loop has to run once more, then sched_free. No
 * evaluation may be live. */
void sched_close(struct sched *sched);
void sched_free(struct sched *sched);

/* Takes an evaluation, and what is given away with it, refused or not. Once
 * accepted, *out is its future, which may be done already. attended: somebody
 * waits for the answer itself. */
enum sched_answer sched_submit(struct sched *sched,
                               const struct eval_spec *spec, bool attended,
                               struct future **out);

/* Cancels a pending evaluation, which may be done when this returns. Harmless
 * when it is being cancelled already. Must not be called from a slice. */
void sched_cancel(struct sched *sched, struct future *future,
                  const char *reason);

/* Takes all numbers of the options over; what is there already stays. */
void sched_retune(struct sched *sched, const struct sched_options *options);

/* From now on only what is attended is accepted. */
void sched_drain(struct sched *sched);

void sched_cancel_all(struct sched *sched, const char *reason);

/* Ends all at once, without grace. */
void sched_kill_all(struct sched *sched);

/* What is known of a pending future now: fills its usage and gives a copy of
 * what else there is, to be freed. NULL: nothing yet, or no memory. */
struct outcome *sched_look(struct sched *sched, struct future *future);

/* Whether the main fiber of a pending evaluation has ended with a future that
 * is pending still. */
bool sched_value_pending(struct sched *sched, const struct future *future);

/* The same without a copy; all zero while it is queued. Its texts are valid
 * until the evaluation goes on. */
void sched_peek(struct sched *sched, struct future *future, gene_result_t *out);

/* From now on what happens within a pending evaluation is kept with its
 * events, if there is memory. Evaluations with context.trace do so from their
 * beginning. */
void sched_trace(struct sched *sched, struct future *future);

struct sched_stats {
  size_t live;   /* contexts */
  size_t queued; /* without one */
  size_t ready;  /* contexts that have something to run */
  gene_core_stats_t core;
};
void sched_stats(struct sched *sched, struct sched_stats *out);

#endif
