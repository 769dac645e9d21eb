/*
 * natives.c - the file functions that scripts see: each asynchronous one gives
 * the future of an operation of files.c or folders.c, each other one waits for
 * it in the calling fiber. Nothing here blocks.
 */
#include "io/files.h"
#include "io/io_tables.h"
#include "io/waiting.h"
#include "run/native_args.h"

/* ---- operations by the call's arguments ---- */

static int start_read(gn_ctx *ctx, const gn_call *call, gn_future **out) {
  return gn_file_read(ctx, call, call->argv[0], GN_READ_TEXT, out);
}
static int start_read_bytes(gn_ctx *ctx, const gn_call *call, gn_future **out) {
  return gn_file_read(ctx, call, call->argv[0], GN_READ_BYTES, out);
}
static int start_write(gn_ctx *ctx, const gn_call *call, gn_future **out) {
  return gn_file_write(ctx, call, call->argv[0], call->argv[1], GN_WRITE_NEW,
                       out);
}
static int start_append(gn_ctx *ctx, const gn_call *call, gn_future **out) {
  return gn_file_write(ctx, call, call->argv[0], call->argv[1], GN_WRITE_APPEND,
                       out);
}
static int start_remove(gn_ctx *ctx, const gn_call *call, gn_future **out) {
  return gn_file_remove(ctx, call, call->argv[0], false, out);
}
static int start_stat(gn_ctx *ctx, const gn_call *call, gn_future **out) {
  return gn_file_stat(ctx, call, call->argv[0], out);
}
static int start_list(gn_ctx *ctx, const gn_call *call, gn_future **out) {
  return gn_folder_list(ctx, call, call->argv[0], out);
}
static int start_dir_exists(gn_ctx *ctx, const gn_call *call, gn_future **out) {
  return gn_probe(ctx, call, call->argv[0], GN_PROBE_FOLDER, out);
}
static int start_dir_create(gn_ctx *ctx, const gn_call *call, gn_future **out) {
  return gn_folder_make(ctx, call, call->argv[0], out);
}
static int start_dir_delete(gn_ctx *ctx, const gn_call *call, gn_future **out) {
  return gn_folder_remove(ctx, call, call->argv[0], out);
}

/* ---- natives that are one operation ---- */

static int read_async(gn_ctx *ctx, gn_call *call) {
  return gn_give_future(ctx, call, start_read);
}
static int read_bytes_async(gn_ctx *ctx, gn_call *call) {
  return gn_give_future(ctx, call, start_read_bytes);
}
static int write_async(gn_ctx *ctx, gn_call *call) {
  return gn_give_future(ctx, call, start_write);
}
static int append_async(gn_ctx *ctx, gn_call *call) {
  return gn_give_future(ctx, call, start_append);
}
static int remove_async(gn_ctx *ctx, gn_call *call) {
  return gn_give_future(ctx, call, start_remove);
}
static int stat_async(gn_ctx *ctx, gn_call *call) {
  return gn_give_future(ctx, call, start_stat);
}
static int list_async(gn_ctx *ctx, gn_call *call) {
  return gn_give_future(ctx, call, start_list);
}

static int read_file(gn_ctx *ctx, gn_call *call) {
  return gn_wait_for(ctx, call, start_read);
}
static int write_file(gn_ctx *ctx, gn_call *call) {
  return gn_wait_for_nil(ctx, call, start_write);
}
static int dir_exists(gn_ctx *ctx, gn_call *call) {
  return gn_wait_for(ctx, call, start_dir_exists);
}
static int dir_create(gn_ctx *ctx, gn_call *call) {
  return gn_wait_for(ctx, call, start_dir_create);
}
static int dir_delete(gn_ctx *ctx, gn_call *call) {
  return gn_wait_for(ctx, call, start_dir_delete);
}
static int dir_list(gn_ctx *ctx, gn_call *call) {
  return gn_wait_for(ctx, call, start_list);
}

/* ---- tables ---- */

const gn_native_def gn_io_rows[] = {
    GN_FUNCTION("gene/io/read_async", read_async, 1, 1, 0,
                "(gene/io/read_async path)", "A Future of a file's text."),
    GN_FUNCTION("gene/io/read_bytes_async", read_bytes_async, 1, 1, 0,
                "(gene/io/read_bytes_async path)",
                "A Future of a file's Bytes."),
    GN_FUNCTION("gene/io/write_async", write_async, 2, 2, 0,
                "(gene/io/write_async path text)",
                "Writes a new file: a Future of the bytes written."),
    GN_FUNCTION("gene/io/append_async", append_async, 2, 2, 0,
                "(gene/io/append_async path text)",
                "Adds to a file: a Future of the bytes written."),
    GN_FUNCTION("gene/io/remove_async", remove_async, 1, 1, 0,
                "(gene/io/remove_async path)",
                "Deletes a file: a Future of nil."),
    GN_FUNCTION("gene/io/stat_async", stat_async, 1, 1, 0,
                "(gene/io/stat_async path)",
                "A Future of {^size ^kind ^modified}."),
    GN_FUNCTION("gene/io/list_async", list_async, 1, 1, 0,
                "(gene/io/list_async dir)",
                "A Future of the sorted paths in a folder."),
    GN_FUNCTION("gene/io/read", read_file, 1, 1, 1, "(gene/io/read path)",
                "A file's text."),
    GN_FUNCTION("gene/io/write", write_file, 2, 2, 1,
                "(gene/io/write path text)", "Writes a new file; nil."),
    GN_FUNCTION("Dir/exists", dir_exists, 1, 1, 1, "(Dir/exists path)",
                "Whether there is a folder."),
    GN_FUNCTION("Dir/create", dir_create, 1, 1, 1, "(Dir/create path)",
                "Makes a folder and those above it; nil."),
    GN_FUNCTION("Dir/delete", dir_delete, 1, 1, 1, "(Dir/delete path)",
                "Deletes a folder with all that is in it; nil."),
    GN_FUNCTION("Dir/list", dir_list, 1, 1, 1, "(Dir/list path)",
                "The sorted paths in a folder."),
    GN_ROWS_END,
};
