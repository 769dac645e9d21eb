/*
 * parse.c - $parse, parse and gene/parse: text to data, in slices. The reader
 * is in syntax/.
 */
#include "lib/tables.h"
#include "run/internal_natives.h"
#include "run/native_args.h"
#include "syntax/reader.h"

#define READ_STEP 4096u /* bytes between two looks at the slice */
#define BYTE_FUEL 4u    /* what reading a byte costs */

enum { PARSE_READER, PARSE_LOCALS };

/* Reading again is for a heap that was full of garbage when the reader had to
 * give up: once, then memory is really short. */
enum { PARSE_FIRST, PARSE_READING, PARSE_AGAIN };

static gn_reader *reader_of(gn_ctx *ctx, gn_call *call) {
  gn_reader *made =
      gn_reader_new(gn_ctx_heap(ctx), call->argv[0], gn_source_nesting(ctx));
  call->locals[PARSE_READER] = made ? gn_from_obj(made) : GN_NIL;
  return made;
}

static int bad_text(gn_ctx *ctx, const gn_syntax_error *err) {
  return gn_throw(ctx, GN_X_PARSE, NULL, "%s (line %u, column %u)",
                  err->message, err->line, err->column);
}

static int parse(gn_ctx *ctx, gn_call *call) {
  gn_syntax_error err;
  gn_string *text;
  gn_value form = GN_NONE;
  if (!gn_arg_string(ctx, call, 0, &text))
    return GN_THROW;
  gn_reader *reader =
      call->state == PARSE_FIRST
          ? reader_of(ctx, call)
          : (gn_reader *)(void *)gn_as_obj(call->locals[PARSE_READER]);
  uint32_t next = call->state == PARSE_FIRST ? PARSE_READING : call->state;
  if (call->state == PARSE_READING && gn_reader_failed(reader)) {
    reader = reader_of(ctx, call);
    next = PARSE_AGAIN;
  }
  while (reader) {
    gn_charge(ctx, BYTE_FUEL * (text->len < READ_STEP ? text->len : READ_STEP));
    switch (gn_reader_step(reader, READ_STEP, &form, &err)) {
    case GN_READ_DONE: return gn_return(call, form);
    case GN_READ_BAD: return bad_text(ctx, &err);
    case GN_READ_OOM: return gn_oom(ctx);
    case GN_READ_MORE: break;
    }
    if (gn_slice_over(ctx))
      return gn_pause(call, next);
  }
  return gn_oom(ctx);
}

const gn_native_def gn_def_parse = {
    .name = "$parse", .fn = parse, .min = 1, .max = 1, .locals = PARSE_LOCALS};

const gn_native_def gn_parse_rows[] = {
    GN_FUNCTION("parse", parse, 1, 1, PARSE_LOCALS, "(parse s)",
                "The first form of source text, as data."),
    GN_FUNCTION("gene/parse", parse, 1, 1, PARSE_LOCALS, "(gene/parse s)",
                "The first form of source text, as data."),
    GN_ROWS_END};
