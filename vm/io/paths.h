/*
 * paths.h - what a path that a script wrote stands for. Never touches the
 * file system. Internal to vm/io.
 */
#ifndef GN_IO_PATHS_H
#define GN_IO_PATHS_H

#include <limits.h>

#include "io/io.h"

typedef struct gn_path {
  const char *shown; /* as written, at most PATH_MAX bytes of it */
  size_t shown_len;
  bool trusted; /* a path of the host; else relative to the scratch
                          folder and clean */
  int error;    /* 0, or the errno that the operation shall fail with */
  size_t len;
  char path[PATH_MAX]; /* NUL-terminated */
} gn_path;

/* Resolves a path argument for this context. GN_OK, or throws: TypeException
 * for what is no String, ArgumentException for a NUL, PermissionException for
 * what the context may not touch. */
int gn_path_resolve(gn_ctx *ctx, const gn_call *call, gn_value path,
                    gn_path *out);

#endif
