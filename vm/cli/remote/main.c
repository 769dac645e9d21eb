/*
 * main.c - gene-remote, which gene becomes for what a service is to do.
 */
#include "cli/options.h"
#include "cli/remote/remote.h"

int main(int argc, char **argv) {
  cli_options options;
  cli_parse(argc, argv, &options);
  return options.command == CLI_WRONG || options.remote.server == NULL
             ? 2
             : remote_main(&options);
}
