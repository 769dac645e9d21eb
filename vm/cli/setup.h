/*
 * setup.h - from the command line and the environment to a core and the
 * options of a context.
 */
#ifndef GN_CLI_SETUP_H
#define GN_CLI_SETUP_H

#include <limits.h>

#include "cli/options.h"
#include "gene.h"

/* What the service allows by default; --sandbox is held to it. */
#define SETUP_SANDBOX_FUEL    ((uint64_t)1000000000)
#define SETUP_SANDBOX_WALL_MS 30000u

/* A core, in the stress modes that GENE_STRESS names (gc, move, slice, trace;
 * commas between). NULL: said on stderr why not. */
gene_core_t *setup_core(void);

typedef struct setup {
  gene_context_options_t options;
  gene_name_text_t *env;
  gene_text_t *args;
  char folder[PATH_MAX]; /* the tool's own */
} setup;

/* Fills the options of a context, the host left out. False: said on stderr
 * why not, nothing to free. */
bool setup_make(setup *out, const cli_options *options);
void setup_free(setup *s);

#endif
