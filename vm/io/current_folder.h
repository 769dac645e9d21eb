/*
 * current_folder.h - the folder in which relative paths lie. Internal to vm/io.
 */
#ifndef GN_IO_CURRENT_FOLDER_H
#define GN_IO_CURRENT_FOLDER_H

#include <limits.h>

#include "io/io.h"

/* Its path as scripts see it, in buf (PATH_MAX bytes) or elsewhere; valid until
 * the next change. */
const char *gn_current_folder(const gn_ctx *ctx, char buf[PATH_MAX]);

#endif
