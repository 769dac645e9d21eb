/*
 * json_writer.h - values to JSON in slices: one machine for the HTTP answer
 * and for gene/json/stringify, which differ in what they make of values that
 * JSON has no kind for.
 */
#ifndef GN_LIB_JSON_WRITER_H
#define GN_LIB_JSON_WRITER_H

#include "run/native.h"

enum gn_json_kind {
  GN_JSON_PLAIN,  /* gene/json/stringify: other values are their .to_s */
  GN_JSON_WIRE,   /* http reference: {"$class": ...} and so on; levels deeper
                     than the context's limit are opaque */
  GN_JSON_TAGGED, /* gene/json/serialize: reads back; a kind that can't raises
                      TypeException */
  GN_JSON_TAGGED_WIRE, /* tagged where there is such a form, else as WIRE */
};
#define GN_JSON_TAG "#GENE#"

/* Resumable like gn_print_run: *machine is GN_NIL at first; with GN_OK the text
 * lies in gn_json_builder. indent: spaces per level, 0: all on one line.
 * Cyclic values raise ArgumentException. */
int gn_json_run(gn_ctx *ctx, gn_call *call, gn_value *machine, gn_value v,
                enum gn_json_kind kind, uint32_t indent);
gn_builder *gn_json_builder(gn_value machine);

/* Makes the machine of a text that is given up, by a LimitException, as soon
 * as it has more than `most` bytes. False: out of memory. */
bool gn_json_start(gn_ctx *ctx, gn_value *machine, enum gn_json_kind kind,
                   uint32_t indent, uint32_t most);

/* Appends a text with quotes and escapes. False: out of memory. */
bool gn_json_quote(gn_builder *out, const char *text, size_t len);

/* Appends the JSON of a scalar or short string. False: it is another value
 * (nothing was put), or out of memory (out->failed). */
bool gn_json_scalar(gn_builder *out, gn_value v, enum gn_json_kind kind);

#endif
