/*
 * io_tables.h - the rows of natives that this folder has, for lib/tables.c.
 */
#ifndef GN_IO_IO_TABLES_H
#define GN_IO_IO_TABLES_H

#include "run/native.h"

/* functions */
extern const gn_native_def gn_sleep_rows[];
extern const gn_native_def gn_io_rows[];     /* gene/io/..., Dir/... */
extern const gn_native_def gn_path_rows[];   /* io/path_... */
extern const gn_native_def gn_folder_rows[]; /* cwd, system/cd */
extern const gn_native_def gn_process_function_rows[];
extern const gn_native_def gn_file_function_rows[]; /* File/... */

/* methods of GN_C_FILE */
extern const gn_native_def gn_file_rows[];

/* methods of GN_C_PROCESS */
extern const gn_native_def gn_process_rows[];

#endif
