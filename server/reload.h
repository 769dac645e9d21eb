/*
 * reload.h - settings that are read again while the service runs, and who has
 * to be told of the new ones. It serves nothing itself.
 */
#ifndef SERVER_RELOAD_H
#define SERVER_RELOAD_H

#include "server/config.h"
#include "server/metrics.h"
#include "server/registry.h"
#include "server/sched.h"
#include "server/transport.h"

struct reload {
  struct config *config; /* in force; changed in place */
  int argc;
  char **argv;
  void (*fit)(struct config *config); /* to the machine */
  struct sched *sched;
  struct registry *registry;
  struct transport *transport;
  struct metrics *metrics;
};

/* Reads all again, files included. When anything is wrong all stays as it was;
 * either way the log and the metrics tell. For the loop thread. */
void reload_now(const struct reload *reload);

/* What the settings mean for scheduler and registry. */
void tune_sched(const struct config *config, struct sched_options *out);
void tune_registry(const struct config *config, struct registry_options *out);

#endif
