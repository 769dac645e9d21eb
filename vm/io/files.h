/*
 * files.h - reading and writing whole files, and what else is done to one, as
 * jobs. Each function checks its arguments, starts the operation and gives
 * its future. Internal to vm/io.
 */
#ifndef GN_IO_FILES_H
#define GN_IO_FILES_H

#include "io/jobs.h"

enum gn_read_as { GN_READ_TEXT, GN_READ_BYTES };
enum gn_write_how { GN_WRITE_NEW, GN_WRITE_APPEND };

/* All return GN_OK with *out pending (it may never be complete at once), or
 * GN_THROW with nothing started. call names the native in messages. */

/* Future of a String (ill-formed UTF-8 mended) or of Bytes. */
int gn_file_read(gn_ctx *ctx, const gn_call *call, gn_value path,
                 enum gn_read_as as, gn_future **out);
/* Future of the number of bytes written. text: String. */
int gn_file_write(gn_ctx *ctx, const gn_call *call, gn_value path,
                  gn_value text, enum gn_write_how how, gn_future **out);
/* Future of nil. Takes away a file; with if_there, one that is missing is no
 * error. */
int gn_file_remove(gn_ctx *ctx, const gn_call *call, gn_value path,
                   bool if_there, gn_future **out);

/* ---- folders.c ---- */

/* What gn_probe asks for. */
enum gn_probe { GN_PROBE_FILE, GN_PROBE_FOLDER };
/* Future of a Bool: there is a regular file, or a folder. */
int gn_probe(gn_ctx *ctx, const gn_call *call, gn_value path,
             enum gn_probe what, gn_future **out);
/* Future of {^size ^kind ^modified}. */
int gn_file_stat(gn_ctx *ctx, const gn_call *call, gn_value path,
                 gn_future **out);
/* Future of an Array of `path/name`, sorted by the names' bytes. */
int gn_folder_list(gn_ctx *ctx, const gn_call *call, gn_value path,
                   gn_future **out);
/* Future of nil. Makes a folder and those above it; an existing one is well. */
int gn_folder_make(gn_ctx *ctx, const gn_call *call, gn_value path,
                   gn_future **out);
/* Future of nil. Removes a folder with all that is in it. */
int gn_folder_remove(gn_ctx *ctx, const gn_call *call, gn_value path,
                     gn_future **out);

#endif
