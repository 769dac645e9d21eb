/*
 * wire.c - the value of an evaluation as the JSON of the HTTP answer. The
 * writing itself is json_writer.c's.
 */
#include "lib/wire.h"

#include "lib/json_writer.h"

static enum gn_json_kind kind_of(bool tagged) {
  return tagged ? GN_JSON_TAGGED_WIRE : GN_JSON_WIRE;
}

int gn_wire_run(gn_ctx *ctx, gn_call *call, gn_value *machine, gn_value v,
                bool tagged) {
  return gn_json_run(ctx, call, machine, v, kind_of(tagged), 0);
}

gn_builder *gn_wire_builder(gn_ctx *ctx, gn_value *machine) {
  (void)ctx;
  return *machine == GN_NIL ? NULL : gn_json_builder(*machine);
}

gn_value gn_wire_quick(gn_ctx *ctx, gn_value v, bool tagged) {
  gn_builder b;
  gn_builder_init(&b, gn_ctx_heap(ctx));
  return gn_json_scalar(&b, v, kind_of(tagged)) ? gn_builder_string(&b)
                                                : GN_NONE;
}
