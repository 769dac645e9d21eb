/*
 * main.c - the gene tool: picks the command and its source.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build_info.h"
#include "cli/delegate.h"
#include "cli/options.h"
#include "cli/runner.h"
#include "cli/source.h"
#include "lib/reference.h"

static int with_file(const cli_options *options) {
  char *text;
  size_t len;
  if (!source_read(options->subject, &text, &len))
    return 1;
  bool standard = strcmp(options->subject, "-") == 0;
  report_source source = {.name = standard ? "<stdin>" : options->subject,
                          .text = {text, len}};
  int code = options->command == CLI_DISASM ? runner_disassemble(&source)
                                            : runner_run(options, &source);
  free(text);
  return code;
}

static int with_code(const cli_options *options) {
  report_source source = {.name = "<eval>",
                          .text = {options->subject, strlen(options->subject)}};
  return runner_run(options, &source);
}

/* 1 when it could not be written. */
static int say(const char *text) {
  return fputs(text, stdout) >= 0 && fflush(stdout) == 0 ? 0 : 1;
}

static int with_name(const char *name) {
  int found = 1;
  if (strcmp(name, "--all") == 0)
    found = gn_reference_page(stdout) ? 1 : -1;
  else
    found = gn_reference_find(stdout, name);
  if (found < 0)
    fputs("gene: out of memory\n", stderr);
  if (found > 0)
    return fflush(stdout) == 0 ? 0 : 1;
  if (found == 0) {
    fprintf(stderr, "gene: nothing is known of '%s'; names like it:\n", name);
    if (gn_reference_near(stderr, name) == 0)
      fputs("  (none: see gene doc --all)\n", stderr);
  }
  return 1;
}

int main(int argc, char **argv) {
  cli_options options;
  cli_parse(argc, argv, &options);
  if (options.command != CLI_WRONG && options.remote.server != NULL)
    return delegate(argv);
  switch (options.command) {
  case CLI_HELP: return say(cli_help);
  case CLI_VERSION:
    return say("gene " GENED_VERSION " (" GENED_COMMIT ", " GENED_BUILD_TYPE
               ", " GENED_COMPILER ")\n");
  case CLI_RUN:
  case CLI_DISASM: return with_file(&options);
  case CLI_DOC: return with_name(options.subject);
  case CLI_EVAL: return with_code(&options);
  case CLI_FUTURES:
  case CLI_CANCEL:
  case CLI_WATCH:
  case CLI_WRONG: break;
  }
  return 2;
}
