/*
 * waiting.c - giving a future or waiting for it, the same for all operations.
 */
#include "io/waiting.h"

#include "run/trace.h"

int gn_wait_begin(gn_ctx *ctx, gn_call *call, gn_future *future,
                  uint32_t state) {
  gn_trace_native(ctx, future, call->def);
  call->locals[0] = gn_from_obj(future);
  call->state = state;
  return gn_wait_end(ctx, call);
}

int gn_wait_end(gn_ctx *ctx, gn_call *call) {
  gn_future *future = gn_fut(call->locals[0]);
  if (future->state == GENE_PENDING) {
    gn_park_on_future(ctx, future);
    return GN_WAIT;
  }
  future->handled = true;
  if (future->state != GENE_SUCCESS)
    return gn_throw_value(ctx, future->value);
  call->result = future->value;
  return GN_OK;
}

int gn_give_future(gn_ctx *ctx, gn_call *call, gn_starter *start) {
  gn_future *future;
  int status = start(ctx, call, &future);
  if (status == GN_OK) {
    gn_trace_native(ctx, future, call->def);
    call->result = gn_from_obj(future);
  }
  return status;
}

int gn_wait_for(gn_ctx *ctx, gn_call *call, gn_starter *start) {
  if (call->state != 0)
    return gn_wait_end(ctx, call);
  gn_future *future;
  int status = start(ctx, call, &future);
  return status == GN_OK ? gn_wait_begin(ctx, call, future, 1) : status;
}

int gn_wait_for_nil(gn_ctx *ctx, gn_call *call, gn_starter *start) {
  int status = gn_wait_for(ctx, call, start);
  if (status == GN_OK)
    call->result = GN_NIL;
  return status;
}
