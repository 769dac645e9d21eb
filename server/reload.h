/*
 * reload.h - settings that are read again while the service runs, and who has
 * to be told of the new ones. It serves nothing itself.
 */
#ifndef SERVER_RELOAD_H
#define SERVER_RELOAD_H

#include "server/config.h"
#include "server/keys.h"
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
  struct keys *keys;
};

/* Reads all again, files included. When anything is wrong all stays as it was;
 * either way the log and the metrics tell. For the loop thread. */
void reload_now(const struct reload *reload);

/* What the settings name besides: the files that are read with them. */
struct reload_files {
  struct key_file *keys;
  struct tls_cert *cert;
};

/* Reads them as far as they are named. False, and nothing is kept, when there
 * was a fault before or is one now. */
bool reload_read_files(const struct config *config, struct reload_files *files,
                       struct config_faults *faults,
                       struct config_faults *warnings);
void reload_drop_files(struct reload_files *files);

/* What the settings mean for scheduler and registry. */
void tune_sched(const struct config *config, struct sched_options *out);
void tune_registry(const struct config *config, struct registry_options *out);

#endif
