/*
 * remote.h - the commands that a running service answers.
 */
#ifndef GN_CLI_REMOTE_REMOTE_H
#define GN_CLI_REMOTE_REMOTE_H

#include "cli/options.h"

/* Does what the command line says. Returns the tool's exit code. */
int remote_main(const cli_options *options);

#endif
