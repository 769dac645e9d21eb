/*
 * remote_internal.h - what the commands share: the exit codes, the service and
 * the screen.
 */
#ifndef GN_CLI_REMOTE_INTERNAL_H
#define GN_CLI_REMOTE_INTERNAL_H

#include "cli/options.h"
#include "cli/remote/http.h"
#include "cli/remote/screen.h"
#include "cli/report.h"

enum {
  REMOTE_GOOD = 0,
  REMOTE_FAILURE = 1,     /* of the script, or of this tool */
  REMOTE_REFUSED = 2,     /* the request is wrong */
  REMOTE_UNAVAILABLE = 3, /* the service is, or has no room */
  REMOTE_PENDING = 4,     /* the wait is over */
  REMOTE_SIGNALLED = 128, /* and the number of the signal */
};

typedef struct remote {
  const cli_options *options;
  http *http;
  screen screen;
} remote;

/* The exit code after a signal, or when stdout takes nothing any more, which is
 * said; REMOTE_GOOD when there was neither. */
int remote_stopped(remote *r);

/* One for each command. They return the exit code. */
int remote_run(remote *r);
int remote_list(remote *r);
int remote_cancel(remote *r);
int remote_watch(remote *r);

#endif
