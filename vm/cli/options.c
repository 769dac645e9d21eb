/*
 * options.c - reading the command line. Options stand before the file or code;
 * what follows belongs to the script.
 */
#include "cli/options.h"

#include <stdio.h>
#include <string.h>

const char cli_help[] =
    "gene runs programs written in Gene.\n"
    "\n"
    "  gene run [OPTIONS] FILE [ARGS]    run a program (-: standard input)\n"
    "  gene eval [OPTIONS] CODE [ARGS]   run code and print its value\n"
    "  gene disasm FILE                  show what a program compiles to\n"
    "  gene doc NAME                     what a function, a form, a class or\n"
    "                                    a method (.split) is (--all: all)\n"
    "  gene --version, -V\n"
    "  gene --help, -h\n"
    "\n"
    "Options of run and eval, before or behind the command (gene --sandbox "
    "run):\n"
    "  --sandbox         run as the service would: no capabilities, a private\n"
    "                    scratch folder, limits on time, fuel and memory\n"
    "  --input JSON      what $input is bound to\n"
    "  --strict-nil      admit nil only where a type says so\n"
    "  --no-type-check   don't check types at run time\n"
    "  --contracts=off   don't check ^pre and ^post (--contracts=on: do)\n"
    "  --stats, --time   say on stderr what the run has cost\n"
    "  --                ends the options\n"
    "\n"
    "Without --sandbox a program may do all that you may. The exit code is 0,\n"
    "1 after an error, 2 for a wrong command line, or that of (exit n).\n";

static void wrong(cli_options *out, const char *what, const char *which) {
  fprintf(stderr, "gene: %s%s%s%s\nTry: gene --help\n", what,
          which != NULL ? " '" : "", which != NULL ? which : "",
          which != NULL ? "'" : "");
  out->command = CLI_WRONG;
}

static enum cli_command command_of(const char *word) {
  static const struct {
    const char *word;
    enum cli_command command;
  } words[] = {
      {"run", CLI_RUN},     {"eval", CLI_EVAL},         {"disasm", CLI_DISASM},
      {"doc", CLI_DOC},     {"--version", CLI_VERSION}, {"-V", CLI_VERSION},
      {"--help", CLI_HELP}, {"-h", CLI_HELP},           {"help", CLI_HELP},
  };
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strcmp(word, words[i].word) == 0)
      return words[i].command;
  return CLI_WRONG;
}

/* An option that is on or off. False: word is none of them. */
static bool take_switch(const char *word, cli_options *out) {
  const struct {
    const char *word;
    bool *flag;
  } switches[] = {
      {"--sandbox", &out->sandbox},
      {"--strict-nil", &out->strict_nil},
      {"--no-type-check", &out->no_type_check},
      {"--contracts=off", &out->no_contracts},
      {"--stats", &out->stats},
      {"--time", &out->stats},
  };
  for (size_t i = 0; i < sizeof switches / sizeof *switches; i++) {
    if (strcmp(word, switches[i].word) != 0)
      continue;
    *switches[i].flag = true;
    return true;
  }
  return strcmp(word, "--contracts=on") == 0;
}

/* Takes the options from argv[at] on. Returns where they end; -1: wrong. */
static int take_options(int argc, char **argv, int at, cli_options *out) {
  for (; at < argc; at++) {
    const char *word = argv[at];
    if (strcmp(word, "--") == 0)
      return at + 1;
    if (word[0] != '-' || word[1] == '\0')
      return at;
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
      out->command = CLI_HELP;
      return -1;
    }
    if (strncmp(word, "--input=", 8) == 0) {
      out->input = word + 8;
    } else if (strcmp(word, "--input") == 0 && at + 1 < argc) {
      out->input = argv[++at];
    } else if (!take_switch(word, out)) {
      wrong(out, "no such option, or its value is missing:", word);
      return -1;
    }
  }
  return at;
}

/* A name may look like an option: - and -> are names. */
static void take_doc(int argc, char **argv, int at, cli_options *out) {
  if (at == argc)
    wrong(out, "the name is missing", NULL);
  else if (at + 1 < argc)
    wrong(out, "doc takes one name, not also", argv[at + 1]);
  else
    out->subject = argv[at];
}

void cli_parse(int argc, char **argv, cli_options *out) {
  *out = (cli_options){.command = CLI_WRONG};
  if (argc < 2) {
    wrong(out, "a command is missing", NULL);
    return;
  }
  int at = 1;
  if (command_of(argv[1]) == CLI_WRONG && argv[1][0] == '-') {
    at = take_options(argc, argv, 1, out); /* gene --sandbox run FILE */
    if (at < 0)
      return;
    if (at == argc) {
      wrong(out, "a command is missing", NULL);
      return;
    }
  }
  out->command = command_of(argv[at]);
  if (out->command == CLI_WRONG)
    wrong(out, "no such command:", argv[at]);
  if (out->command == CLI_DOC) {
    take_doc(argc, argv, at + 1, out);
    return;
  }
  if (out->command != CLI_RUN && out->command != CLI_EVAL &&
      out->command != CLI_DISASM)
    return;
  at = take_options(argc, argv, at + 1, out);
  if (at < 0)
    return;
  if (at == argc) {
    wrong(out,
          out->command == CLI_EVAL ? "the code is missing"
                                   : "the file is missing",
          NULL);
    return;
  }
  out->subject = argv[at];
  out->args = argv + at + 1;
  out->args_len = (size_t)(argc - at - 1);
  if (out->command == CLI_DISASM && out->args_len > 0)
    wrong(out, "disasm takes one file, not also", out->args[0]);
}
