/*
 * api.h - what a client sees, as one object that the transport serves. Only
 * main.c makes one.
 */
#ifndef API_API_H
#define API_API_H

#include "gene.h"
#include "server/config.h"
#include "server/events.h"
#include "server/http.h"
#include "server/keys.h"
#include "server/metrics.h"
#include "server/registry.h"
#include "server/sched.h"
#include "server/transport.h"
#include "server/watchdog.h"
#include "server/work.h"

/* All of it is filled in by main.c, and outlives the transport. */
struct api {
  const struct config *config;
  gene_core_t *core;
  struct sched *sched;
  struct registry *registry;
  struct events_hub *events;
  struct metrics *metrics;
  struct deadlines *deadlines;
  struct work_queue *work;     /* NULL: all is done on the loop thread */
  struct batch *batches;       /* that are not answered */
  struct keys *keys;           /* NULL: nobody is asked for one */
  struct large *large;         /* requests that are there, or on the way */
  struct watchdog *watchdog;   /* may be NULL */
  struct transport *transport; /* may be NULL */
  uint64_t started_ns;
  bool draining;
};

/* What the transport is to call. */
struct http_app api_app(struct api *api);

/* What those who follow a future see of it now: for the hub of events. */
void api_look(void *api, struct future *future, gene_result_t *out);

/* For the core: has programs that nobody uses any more freed in the pool. */
void api_unused(void *api, gene_program_t *program);

/* Refuses what has not come as far as the scheduler, items of batches too: the
 * service stops. */
void api_refuse_large(struct api *api);

/* Copies a result for the registry, its JSON parts written. NULL: no
 * memory. For the scheduler. */
struct outcome *api_make_outcome(const gene_result_t *result);

/* What is long in a result comes later, unless it is short in all: copies at
 * most so many bytes of it; false while some is left. */
bool api_fill_outcome(struct outcome *outcome, const gene_result_t *result,
                      size_t bytes);

#endif
