/*
 * waiting.h - the two forms of every operation: one native gives its future,
 * another waits for it. Internal to vm/io.
 */
#ifndef GN_IO_WAITING_H
#define GN_IO_WAITING_H

#include "run/native.h"

/* Starts an operation with the call's arguments. GN_OK with its future, or
 * GN_THROW with nothing started. */
typedef int gn_starter(gn_ctx *ctx, const gn_call *call, gn_future **out);

/* Bodies of natives: the result is the future. */
int gn_give_future(gn_ctx *ctx, gn_call *call, gn_starter *start);
/* ... is the future's value, once it is there; its exception is thrown.
 * Needs one local. */
int gn_wait_for(gn_ctx *ctx, gn_call *call, gn_starter *start);
/* ... is nil then, whatever the value. */
int gn_wait_for_nil(gn_ctx *ctx, gn_call *call, gn_starter *start);

/* The same in steps, for natives that do more: GN_WAIT after `state` is set,
 * and at the re-entry, or at once when it is done already, GN_OK with
 * call->result, or GN_THROW. The future lies in locals[0]. */
int gn_wait_begin(gn_ctx *ctx, gn_call *call, gn_future *future,
                  uint32_t state);
int gn_wait_end(gn_ctx *ctx, gn_call *call);

#endif
