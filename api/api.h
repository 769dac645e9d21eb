/*
 * api.h - what a client sees, as one object that the transport serves. Only
 * main.c makes one.
 */
#ifndef API_API_H
#define API_API_H

#include "gene.h"
#include "server/config.h"
#include "server/http.h"
#include "server/metrics.h"
#include "server/registry.h"
#include "server/sched.h"
#include "server/transport.h"
#include "server/watchdog.h"

/* All of it is filled in by main.c, and outlives the transport. */
struct api {
  const struct config *config;
  gene_core_t *core;
  struct sched *sched;
  struct registry *registry;
  struct metrics *metrics;
  struct watchdog *watchdog;   /* may be NULL */
  struct transport *transport; /* may be NULL */
  uint64_t started_ns;
  bool draining;
};

/* What the transport is to call. */
struct http_app api_app(struct api *api);

/* Copies a result for the registry, its JSON parts written. NULL: no
 * memory. For the scheduler. */
struct outcome *api_make_outcome(const gene_result_t *result);

#endif
