/*
 * json.c - gene/json for scripts. The text is made by json_writer.c and read
 * by json_read.c, both in steps.
 */
#include "lib/json_read.h"
#include "lib/json_writer.h"
#include "lib/tables.h"
#include "run/native_args.h"

#define INDENT_MAX 16
/* Bytes between two looks at the slice; forms take longer. */
#define READ_STEP   16384u
#define TAGGED_STEP 2048u

enum { JSON_MACHINE, JSON_LOCALS };

/* ^indent n. False: another keyword or value, thrown. */
static bool indent_of(gn_ctx *ctx, const gn_call *call, uint32_t *indent) {
  uint32_t at = 0;
  const gn_entry *e;
  *indent = 0;
  while (call->kw && (e = gn_dict_next(call->kw, &at)) != NULL) {
    size_t len;
    const char *name = gn_text(e->key, &len);
    if (!gn_text_is(e->key, "indent")) {
      gn_throw(ctx, GN_X_ARGUMENT, NULL, "Unexpected keyword argument: %.*s",
               (int)len, name);
      return false;
    }
    if (!gn_is_int(e->value)) {
      gn_throw_expects(ctx, call, "an Int as ^indent", e->value);
      return false;
    }
    int64_t n = gn_int(e->value);
    if (n < 0 || n > INDENT_MAX) {
      gn_throw(ctx, GN_X_ARGUMENT, NULL,
               "stringify expects ^indent from 0 to %d, got %lld", INDENT_MAX,
               (long long)n);
      return false;
    }
    *indent = (uint32_t)n;
  }
  return true;
}

/* JSON of argv[0] as the result. */
static int write(gn_ctx *ctx, gn_call *call, enum gn_json_kind kind,
                 uint32_t indent) {
  gn_value *machine = &call->locals[JSON_MACHINE];
  if (call->state == 0)
    *machine = GN_NIL;
  int status = gn_json_run(ctx, call, machine, call->argv[0], kind, indent);
  if (status != GN_OK)
    return status;
  return gn_return_made(ctx, call,
                        gn_builder_string(gn_json_builder(*machine)));
}

static int stringify(gn_ctx *ctx, gn_call *call) {
  uint32_t indent;
  if (!indent_of(ctx, call, &indent))
    return GN_THROW;
  return write(ctx, call, GN_JSON_PLAIN, indent);
}

static int serialize(gn_ctx *ctx, gn_call *call) {
  return write(ctx, call, GN_JSON_TAGGED, 0);
}

static int bad_json(gn_ctx *ctx, const gn_json_reader *reader) {
  uint32_t line, column;
  gn_json_place(reader, &line, &column);
  return gn_throw(ctx, GN_X_PARSE, NULL,
                  "Invalid JSON: %s (line %u, column %u)", reader->problem,
                  line, column);
}

static int read(gn_ctx *ctx, gn_call *call, bool tagged) {
  gn_heap *heap = gn_ctx_heap(ctx);
  gn_string *text;
  if (!gn_arg_string(ctx, call, 0, &text))
    return GN_THROW;
  if (call->state == 0) {
    gn_json_reader *made =
        gn_json_reader_new(heap, call->argv[0], gn_source_nesting(ctx), tagged);
    if (!made)
      return gn_oom(ctx);
    call->locals[JSON_MACHINE] = gn_from_obj(made);
  }
  gn_json_reader *reader =
      (gn_json_reader *)(void *)gn_as_obj(call->locals[JSON_MACHINE]);
  for (;;) {
    gn_charge(ctx, (text->len < READ_STEP ? text->len : READ_STEP) / 4 + 1);
    switch (gn_json_step(heap, reader, tagged ? TAGGED_STEP : READ_STEP)) {
    case GN_JSON_DONE: return gn_return(call, reader->value);
    case GN_JSON_BAD: return bad_json(ctx, reader);
    case GN_JSON_OOM: return gn_oom(ctx);
    case GN_JSON_MORE: break;
    }
    if (gn_slice_over(ctx))
      return gn_pause(call, 1);
  }
}

static int parse(gn_ctx *ctx, gn_call *call) {
  return read(ctx, call, false);
}

static int deserialize(gn_ctx *ctx, gn_call *call) {
  return read(ctx, call, true);
}

const gn_native_def gn_json_rows[] = {
    GN_FUNCTION("gene/json/parse", parse, 1, 1, JSON_LOCALS,
                "(gene/json/parse s)", "The value that JSON text stands for."),
    {"gene/json/stringify", stringify, 1, 1, GN_N_KEYWORDS, JSON_LOCALS,
     "(gene/json/stringify v [^indent n])", "JSON text of v.", 0},
    GN_FUNCTION("gene/json/serialize", serialize, 1, 1, JSON_LOCALS,
                "(gene/json/serialize v)",
                "JSON text from which deserialize makes v again."),
    GN_FUNCTION("gene/json/deserialize", deserialize, 1, 1, JSON_LOCALS,
                "(gene/json/deserialize s)",
                "The value that serialize made the text of."),
    GN_ROWS_END};

const gn_native_def gn_json_object_rows[] = {
    GN_METHOD("to_json", stringify, 0, 0, JSON_LOCALS, "(v .to_json)",
              "JSON text of v."),
    GN_ROWS_END};
