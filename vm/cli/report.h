/*
 * report.h - errors as a person reads them on a terminal: class and message,
 * place, the source line with a caret, stack trace, causes. Writes to stderr.
 */
#ifndef GN_CLI_REPORT_H
#define GN_CLI_REPORT_H

#include "gene.h"

/* What was run: its name for places, its text for source lines (ptr NULL: it
 * is not at hand, and no line is shown). */
typedef struct report_source {
  const char *name;
  gene_text_t text;
} report_source;

void report_compile_error(const report_source *source,
                          const gene_compile_error_t *error);

/* label is put before the class name ("" for none). */
void report_error(const report_source *source, const char *label,
                  const gene_error_t *error);

void report_diagnostic(const report_source *source,
                       const gene_diagnostic_t *diagnostic);

#endif
