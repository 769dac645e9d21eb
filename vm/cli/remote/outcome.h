/*
 * outcome.h - tells what an evaluation came to, in the words that the tool has
 * for one that ran here.
 */
#ifndef GN_CLI_REMOTE_OUTCOME_H
#define GN_CLI_REMOTE_OUTCOME_H

#include <jansson.h>

#include "cli/remote/remote_internal.h"

/* Prints the value (when wanted), notes and errors of a future that is done.
 * Its output has been printed. Returns the exit code. */
int outcome_tell(remote *r, const json_t *future, const report_source *source,
                 bool value);

#endif
