/*
 * parse.c - $parse, parse and gene/parse: text to data, in slices. The reader
 * is in syntax/.
 */
#include "lib/read_run.h"
#include "lib/tables.h"
#include "run/internal_natives.h"
#include "run/native_args.h"

static int parse(gn_ctx *ctx, gn_call *call) {
  gn_syntax_error err;
  gn_string *text;
  gn_value form;
  if (!gn_arg_string(ctx, call, 0, &text))
    return GN_THROW;
  if (call->state == 0)
    call->locals[GN_READ_MACHINE] = call->locals[GN_READ_AGAIN] = GN_NIL;
  int status = gn_read_run(ctx, call, call->locals, call->argv[0],
                           GN_READER_MAPS, &form, &err);
  if (status == GN_REFUSED)
    return gn_throw(ctx, GN_X_PARSE, NULL, "%s (line %u, column %u)",
                    err.message, err.line, err.column);
  return status == GN_OK ? gn_return(call, form) : status;
}

const gn_native_def gn_def_parse = {.name = "$parse",
                                    .fn = parse,
                                    .min = 1,
                                    .max = 1,
                                    .locals = GN_READ_LOCALS};

const gn_native_def gn_parse_rows[] = {
    GN_FUNCTION("parse", parse, 1, 1, GN_READ_LOCALS, "(parse s)",
                "The first form of source text, as data."),
    GN_FUNCTION("gene/parse", parse, 1, 1, GN_READ_LOCALS, "(gene/parse s)",
                "The first form of source text, as data."),
    GN_ROWS_END};
