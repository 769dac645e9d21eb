/*
 * options.h - the command line of the gene tool, read into one structure.
 */
#ifndef GN_CLI_OPTIONS_H
#define GN_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum cli_command {
  CLI_HELP,
  CLI_VERSION,
  CLI_RUN,
  CLI_EVAL,
  CLI_DISASM,
  CLI_DOC,   /* subject is a name, or "--all" */
  CLI_WRONG, /* a message was printed: exit code 2 */
};

typedef struct cli_options {
  enum cli_command command;
  const char *subject; /* the file ("-": standard input) or the code */
  char **args;         /* of the script */
  size_t args_len;
  const char *input; /* JSON text, or NULL */
  bool sandbox;
  bool strict_nil, no_type_check, no_contracts;
  bool stats;
} cli_options;

/* Reads argv; what is wrong with it is said on stderr. */
void cli_parse(int argc, char **argv, cli_options *out);

extern const char cli_help[];

#endif
