/*
 * wire.h - a value as the JSON of the HTTP answer (http reference, "value").
 */
#ifndef GN_LIB_WIRE_H
#define GN_LIB_WIRE_H

#include "run/native.h"

/* Resumable, like gn_print_run: the text stays in the machine's builder.
 * tagged: in the lossless #GENE# form where v or a part of it has one. */
int gn_wire_run(gn_ctx *ctx, gn_call *call, gn_value *machine, gn_value v,
                bool tagged);
gn_builder *gn_wire_builder(gn_ctx *ctx, gn_value *machine);

/* The JSON of a scalar as a String; GN_NONE: no scalar, or out of memory. */
gn_value gn_wire_quick(gn_ctx *ctx, gn_value v, bool tagged);

#endif
