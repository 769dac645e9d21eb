/*
 * errors.c - errnos as exceptions: their symbolic names are the codes, and the
 * words of their reasons do not depend on the locale.
 */
#include "io/errors.h"

#include <errno.h>

#define DENIED "Permission denied: fs"

/* libuv has no name for a quota that is full. */
static const char *code_of(int error) {
  return error == -EDQUOT ? "EDQUOT" : uv_err_name(error);
}
static const char *reason_of(int error) {
  return error == -EDQUOT ? "disk quota exceeded" : uv_strerror(error);
}

static gn_value denied(gn_ctx *ctx) {
  gn_value text = gn_string_c(&ctx->heap, DENIED);
  return text != GN_NONE
             ? gn_exception_new(ctx, GN_X_PERMISSION, NULL, text, GN_NIL)
             : GN_NONE;
}

gn_value gn_io_error(gn_ctx *ctx, const char *failed, const char *shown,
                     size_t len, int error) {
  gn_value path = gn_string_new(&ctx->heap, shown, len);
  gn_value text = gn_string_format(&ctx->heap, "%s '%.*s': %s", failed,
                                   (int)len, shown, reason_of(error));
  gn_value name = gn_symbol_new(&ctx->heap, "path", 4);
  if (path == GN_NONE || text == GN_NONE || name == GN_NONE)
    return GN_NONE;
  gn_value e = gn_exception_new(ctx, GN_X_IO, code_of(error), text, GN_NIL);
  if (e == GN_NONE)
    return GN_NONE;
  assert(gn_is(e, GN_T_INSTANCE));
  gn_instance *in = (gn_instance *)gn_as_obj(e);
  return gn_instance_set(ctx, in, name, path) == GN_OK ? e : GN_NONE;
}

gn_value gn_file_error(gn_ctx *ctx, const gn_job *job) {
  assert(job->error < 0);
  if (!job->trusted && (job->error == -EXDEV || job->error == -ELOOP))
    return denied(ctx);
  return gn_io_error(ctx, job->kind->failed, job->shown, job->shown_len,
                     job->error);
}

int gn_throw_no_fs(gn_ctx *ctx) {
  return gn_throw(ctx, GN_X_PERMISSION, NULL, DENIED);
}
