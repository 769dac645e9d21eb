/*
 * file_natives.c - File: its functions, which wait for the operation, and its
 * instances: a name to read and write, or a reader of lines.
 */
#include "core/number.h"
#include "io/files.h"
#include "io/io_tables.h"
#include "io/waiting.h"
#include "run/native_args.h"

/* ---- one operation ---- */

static int start_read(gn_ctx *ctx, const gn_call *call, gn_future **out) {
  return gn_file_read(ctx, call, call->argv[0], GN_READ_TEXT, out);
}
static int start_remove(gn_ctx *ctx, const gn_call *call, gn_future **out) {
  return gn_file_remove(ctx, call, call->argv[0], true, out);
}
static int start_exists(gn_ctx *ctx, const gn_call *call, gn_future **out) {
  return gn_probe(ctx, call, call->argv[0], GN_PROBE_FILE, out);
}

static int file_read(gn_ctx *ctx, gn_call *call) {
  return gn_wait_for(ctx, call, start_read);
}
static int file_delete(gn_ctx *ctx, gn_call *call) {
  return gn_wait_for(ctx, call, start_remove);
}
static int file_exists(gn_ctx *ctx, gn_call *call) {
  return gn_wait_for(ctx, call, start_exists);
}

/* ---- writing the display form of any value ---- */

enum { PRINTING = 1, WAITING };

/* locals: the future, the printing machine. */
static int put_value(gn_ctx *ctx, gn_call *call, gn_value path,
                     enum gn_write_how how) {
  if (call->state == WAITING)
    return gn_wait_end(ctx, call);
  gn_value *text = &call->locals[1];
  int status = gn_print_text(ctx, call, text, call->argv[1], GN_DISPLAY);
  if (status != GN_OK)
    return status;
  gn_future *future;
  if (gn_file_write(ctx, call, path, *text, how, &future) != GN_OK)
    return GN_THROW;
  return gn_wait_begin(ctx, call, future, WAITING);
}

static int put_nil(gn_ctx *ctx, gn_call *call, gn_value path,
                   enum gn_write_how how) {
  int status = put_value(ctx, call, path, how);
  if (status == GN_OK)
    call->result = GN_NIL;
  return status;
}

static int file_write(gn_ctx *ctx, gn_call *call) {
  return put_nil(ctx, call, call->argv[0], GN_WRITE_NEW);
}
static int file_append(gn_ctx *ctx, gn_call *call) {
  return put_nil(ctx, call, call->argv[0], GN_WRITE_APPEND);
}

/* ---- lines ---- */

enum { SPLITTING = 2 };
enum { L_FUTURE, L_TEXT, L_AT, L_LINES, L_COUNT };

/* The line that begins at byte *at, without its end; *at moves past it. GN_NIL:
 * there is none; GN_NONE: out of memory, *at as it was. */
static gn_value take_line(gn_ctx *ctx, const gn_string *s, size_t *at) {
  if (*at == s->len)
    return GN_NIL;
  const char *line = gn_str_bytes(s) + *at;
  const char *end = memchr(line, '\n', s->len - *at);
  size_t len = end != NULL ? (size_t)(end - line) : s->len - *at;
  size_t next = *at + len + (end != NULL);
  if (end != NULL && len > 0 && line[len - 1] == '\r')
    len--;
  gn_charge(ctx, 1 + len / 16);
  gn_value v = gn_string_new(gn_ctx_heap(ctx), line, len);
  if (v != GN_NONE)
    *at = next;
  return v;
}

/* Reads the file into locals[L_TEXT], once. */
static int read_text(gn_ctx *ctx, gn_call *call) {
  if (call->locals[L_TEXT] != GN_NIL)
    return GN_OK;
  int status = gn_wait_for(ctx, call, start_read);
  if (status == GN_OK) {
    call->locals[L_TEXT] = call->result;
    call->locals[L_AT] = gn_from_fix(0);
  }
  return status;
}

static int read_lines(gn_ctx *ctx, gn_call *call) {
  int status = read_text(ctx, call);
  if (status != GN_OK)
    return status;
  gn_heap *heap = gn_ctx_heap(ctx);
  if (call->locals[L_LINES] == GN_NIL) {
    gn_array *lines = gn_array_new(heap, 0);
    if (lines == NULL)
      return gn_oom(ctx);
    call->locals[L_LINES] = gn_from_obj(lines);
  }
  size_t at = (size_t)gn_fix(call->locals[L_AT]);
  gn_value line;
  while ((line = take_line(ctx, gn_str(call->locals[L_TEXT]), &at)) != GN_NIL) {
    if (line == GN_NONE ||
        !gn_array_push(heap, gn_arr(call->locals[L_LINES]), line))
      return gn_oom(ctx);
    call->locals[L_AT] = gn_from_fix((int64_t)at);
    if (gn_slice_over(ctx))
      return gn_pause(call, SPLITTING);
  }
  return gn_return(call, call->locals[L_LINES]);
}

static int each_line(gn_ctx *ctx, gn_call *call) {
  if (call->state == 0 && !gn_arg_callable(ctx, call, 1))
    return GN_THROW;
  int status = read_text(ctx, call);
  if (status != GN_OK)
    return status;
  size_t at = (size_t)gn_fix(call->locals[L_AT]);
  gn_value line = take_line(ctx, gn_str(call->locals[L_TEXT]), &at);
  if (line == GN_NONE)
    return gn_oom(ctx);
  call->locals[L_AT] = gn_from_fix((int64_t)at);
  if (line == GN_NIL)
    return gn_return(call, GN_NIL);
  return gn_call_1(call, SPLITTING, call->argv[1], line);
}

/* ---- instances ---- */

static bool set_field(gn_ctx *ctx, gn_value self, const char *name,
                      gn_value v) {
  gn_value key = gn_symbol_new(&ctx->heap, name, strlen(name));
  return key != GN_NONE &&
         gn_instance_set(ctx, (gn_instance *)gn_as_obj(self), key, v) == GN_OK;
}

/* nil when there is no such field. GN_NONE: out of memory. */
static gn_value field(gn_ctx *ctx, gn_value self, const char *name) {
  gn_value key = gn_symbol_new(&ctx->heap, name, strlen(name));
  if (key == GN_NONE)
    return GN_NONE;
  gn_value v = gn_instance_get((gn_instance *)gn_as_obj(self), key);
  return v != GN_NONE ? v : GN_NIL;
}

/* A new File with its path. GN_NONE: out of memory. */
static gn_value new_file(gn_ctx *ctx, gn_value path) {
  gn_value self = gn_instance_new(ctx, gn_builtin(ctx, GN_C_FILE));
  return self != GN_NONE && set_field(ctx, self, "path", path) ? self : GN_NONE;
}

static int file_ctor(gn_ctx *ctx, gn_call *call) {
  gn_string *path;
  if (!gn_arg_string(ctx, call, 1, &path))
    return GN_THROW;
  return gn_return_made(ctx, call, new_file(ctx, call->argv[1]));
}

static int start_own_read(gn_ctx *ctx, const gn_call *call, gn_future **out) {
  gn_value path = field(ctx, call->argv[0], "path");
  if (path == GN_NONE)
    return gn_oom(ctx);
  return gn_file_read(ctx, call, path, GN_READ_TEXT, out);
}

static int own_read(gn_ctx *ctx, gn_call *call) {
  return gn_wait_for(ctx, call, start_own_read);
}

static int own_write(gn_ctx *ctx, gn_call *call) {
  gn_value path = field(ctx, call->argv[0], "path");
  return path != GN_NONE ? put_nil(ctx, call, path, GN_WRITE_NEW) : gn_oom(ctx);
}

/* A reader holds the text that is left to read. */
static int file_reader(gn_ctx *ctx, gn_call *call) {
  int status = gn_wait_for(ctx, call, start_read);
  if (status != GN_OK)
    return status;
  gn_value text = call->result;
  gn_value self = new_file(ctx, call->argv[0]);
  if (self == GN_NONE || !set_field(ctx, self, "text", text) ||
      !set_field(ctx, self, "at", gn_from_fix(0)))
    return gn_oom(ctx);
  return gn_return(call, self);
}

/* A script may have put anything there: a line must begin where a character
 * does. */
static bool is_start(const gn_string *s, int64_t at) {
  if (at < 0 || at >= s->len)
    return at == s->len;
  return ((unsigned char)gn_str_bytes(s)[at] & 0xc0) != 0x80;
}

static int read_line(gn_ctx *ctx, gn_call *call) {
  gn_value self = call->argv[0];
  gn_value text = field(ctx, self, "text"), at = field(ctx, self, "at");
  if (text == GN_NONE || at == GN_NONE)
    return gn_oom(ctx);
  if (!gn_is_string(text) || !gn_is_fix(at) ||
      !is_start(gn_str(text), gn_fix(at)))
    return gn_return(call, GN_NIL); /* closed, or no reader at all */
  size_t next = (size_t)gn_fix(at);
  gn_value line = take_line(ctx, gn_str(text), &next);
  if (line == GN_NONE ||
      !set_field(ctx, self, "at", gn_from_fix((int64_t)next)))
    return gn_oom(ctx);
  return gn_return(call, line);
}

static int close_reader(gn_ctx *ctx, gn_call *call) {
  if (!set_field(ctx, call->argv[0], "text", GN_NIL))
    return gn_oom(ctx);
  return gn_return(call, GN_NIL);
}

/* ---- tables ---- */

const gn_native_def gn_file_function_rows[] = {
    GN_FUNCTION("File/read", file_read, 1, 1, 1, "(File/read path)",
                "A file's text."),
    GN_FUNCTION("File/write", file_write, 2, 2, 2, "(File/write path v)",
                "Writes a value's display form into a new file; nil."),
    GN_FUNCTION("File/append", file_append, 2, 2, 2, "(File/append path v)",
                "Adds a value's display form to a file; nil."),
    GN_FUNCTION("File/delete", file_delete, 1, 1, 1, "(File/delete path)",
                "Deletes a file, if there is one; nil."),
    GN_FUNCTION("File/exists", file_exists, 1, 1, 1, "(File/exists path)",
                "Whether there is a regular file."),
    GN_FUNCTION("File/read_lines", read_lines, 1, 1, L_COUNT,
                "(File/read_lines path)", "The lines of a file, as an array."),
    GN_FUNCTION("File/each_line", each_line, 2, 2, L_COUNT,
                "(File/each_line path f)", "Calls f with each line; nil."),
    GN_FUNCTION("File/reader", file_reader, 1, 1, 1, "(File/reader path)",
                "A File whose .read_line gives one line after the other."),
    GN_ROWS_END,
};

const gn_native_def gn_file_rows[] = {
    GN_METHOD("ctor", file_ctor, 1, 1, 0, "(new File path)",
              "A name for a file, which need not exist."),
    GN_METHOD("read", own_read, 0, 0, 1, "(f .read)", "The file's text."),
    GN_METHOD("write", own_write, 1, 1, 2, "(f .write v)",
              "Writes a value's display form into a new file; nil."),
    GN_METHOD("read_line", read_line, 0, 0, 0, "(r .read_line)",
              "The next line of a reader; nil at the end."),
    GN_METHOD("close", close_reader, 0, 0, 0, "(r .close)",
              "Ends a reader; nil."),
    GN_ROWS_END,
};
