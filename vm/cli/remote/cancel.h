/*
 * cancel.h - cancels a future that is pending. One that is done is left alone:
 * to the service the same request would mean to forget it.
 */
#ifndef GN_CLI_REMOTE_CANCEL_H
#define GN_CLI_REMOTE_CANCEL_H

#include "cli/remote/remote_internal.h"

enum cancel_end {
  CANCEL_ENDED,  /* it is cancelled */
  CANCEL_ENDING, /* it will be */
  CANCEL_LATE,   /* it was done before */
  CANCEL_FAILED, /* said why; *code is set */
};

/* deaf: to signals. */
enum cancel_end cancel_future(remote *r, const char *id, bool deaf, int *code);

#endif
