/*
 * options.h - the command line of the gene tool, read into one structure.
 */
#ifndef GN_CLI_OPTIONS_H
#define GN_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cli_command {
  CLI_HELP,
  CLI_VERSION,
  CLI_RUN,
  CLI_EVAL,
  CLI_DISASM,
  CLI_DOC,     /* subject is a name, or "--all" */
  CLI_FUTURES, /* these are of a service only */
  CLI_CANCEL,  /* args are the ids */
  CLI_WATCH,   /* subject is the id */
  CLI_WRONG,   /* a message was printed: exit code 2 */
};

/* How to speak with a service, and what to ask of it. A number is 0, a text
 * NULL where it was not given, unless a has_... says so. */
typedef struct cli_remote {
  const char *server; /* NULL: the program runs here */
  const char *key_file, *ca;
  const char *label, *status;
  uint64_t wall_ms, fuel, memory_bytes, output_bytes, stack_depth;
  int64_t seed;
  uint64_t wait_ms;
  uint64_t retries;
  uint64_t limit; /* futures listed at most */
  bool has_seed, has_wait, async, json;
} cli_remote;

typedef struct cli_options {
  enum cli_command command;
  const char *subject; /* the file ("-": standard input), code, name or id */
  char **args;         /* of the script */
  size_t args_len;
  const char *input; /* JSON text; for a service also @FILE; or NULL */
  bool sandbox;
  bool strict_nil, no_type_check, no_contracts;
  bool stats;
  bool local; /* whatever GENE_SERVER says */
  cli_remote remote;
} cli_options;

/* Reads argv, and GENE_SERVER; what is wrong is said on stderr. */
void cli_parse(int argc, char **argv, cli_options *out);

extern const char cli_help[];

#endif
