/*
 * runner.h - runs one program on a loop of its own, its output going to the
 * standard streams as it comes.
 */
#ifndef GN_CLI_RUNNER_H
#define GN_CLI_RUNNER_H

#include "cli/options.h"
#include "cli/report.h"

/* Compiles and runs the source and prints what is to be said about its end.
 * Returns the tool's exit code. */
int runner_run(const cli_options *options, const report_source *source);

/* Prints the listing of the source. Returns the tool's exit code. */
int runner_disassemble(const report_source *source);

#endif
