/*
 * exit.h - the end of a run that called exit. Internal to run/.
 */
#ifndef GN_RUN_EXIT_H
#define GN_RUN_EXIT_H

#include "run/context.h"

/* Whether a run that called exit has had its time for what was left. */
bool gn_exit_is_late(gn_ctx *ctx);

/* Gives up what is in flight: of a run that called exit, when nothing of it
 * runs any more or it is late. */
void gn_exit_drop(gn_ctx *ctx);

#endif
