/*
 * errors.h - exceptions for what the system refused. Internal to vm/io.
 */
#ifndef GN_IO_ERRORS_H
#define GN_IO_ERRORS_H

#include "io/jobs.h"

/* The exception of a job that ended with an errno: an IOError with `path` and
 * `code`, or a PermissionException when the path leads outside. GN_NONE: out
 * of memory. */
gn_value gn_file_error(gn_ctx *ctx, const gn_job *job);

/* An IOError "FAILED 'SHOWN': reason" with `path` (what is shown) and `code`
 * for a negative errno. GN_NONE: out of memory. */
gn_value gn_io_error(gn_ctx *ctx, const char *failed, const char *shown,
                     size_t len, int error);

/* Throws "Permission denied: fs"; returns GN_THROW. */
int gn_throw_no_fs(gn_ctx *ctx);

#endif
