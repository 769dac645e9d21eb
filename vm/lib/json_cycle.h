/*
 * json_cycle.h - whether a value that JSON would go through leads back into
 * itself. It writes nothing and calls no Gene code.
 */
#ifndef GN_LIB_JSON_CYCLE_H
#define GN_LIB_JSON_CYCLE_H

#include "run/native.h"

/* Whether v is of a kind that JSON goes into: its parts may be such again. */
bool gn_json_is_container(gn_value v);

/* Looks at all containers below v that this machine has not seen yet, each of
 * them once. *machine is GN_NIL at first and is kept between values of one
 * document. GN_OK, an ArgumentException for a cycle, GN_THROW out of memory,
 * or GN_YIELD, to be returned; then it is called again with the same v. */
int gn_json_cycle_run(gn_ctx *ctx, gn_call *call, gn_value *machine,
                      gn_value v);

#endif
