/*
 * read_run.h - text to a form inside a builtin: the reader in slices, charged.
 */
#ifndef GN_LIB_READ_RUN_H
#define GN_LIB_READ_RUN_H

#include "run/native.h"
#include "syntax/reader.h"

/* The text is none: err tells why. */
#define GN_REFUSED 80

/* What a native keeps of a reading, among its locals: GN_NIL at first. */
enum { GN_READ_MACHINE, GN_READ_AGAIN, GN_READ_LOCALS };

/* Reads the first form of a String; flags: enum gn_reader_flag. locals: those
 * GN_READ_LOCALS. GN_OK: *form is it; GN_REFUSED; or a status to return, after
 * which it is called again. */
int gn_read_run(gn_ctx *ctx, gn_call *call, gn_value *locals, gn_value text,
                unsigned flags, gn_value *form, gn_syntax_error *err);

#endif
