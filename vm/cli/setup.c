/*
 * setup.c - what a program run by the tool may do and see. By itself it has
 * all that its user has; as a sandbox only what the service would give it.
 */
#include "cli/setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/input.h"
#include "cli/source.h"

/* ---- the core ---- */

gene_core_t *setup_core(void) {
  const char *stress = getenv("GENE_STRESS");
  gene_core_options_t options = {.stress = 0};
  if (!gene_stress_parse(stress, &options.stress)) {
    fprintf(stderr,
            "gene: GENE_STRESS knows gc, move, slice and trace, not "
            "'%s'\n",
            stress);
    return NULL;
  }
  gene_core_t *core = gene_core_create(&options);
  if (core == NULL)
    fputs("gene: out of memory\n", stderr);
  return core;
}

/* ---- a context ---- */

/* A variable that is not UTF-8 is one that a program cannot have. */
static size_t take_env(gene_name_text_t *out) {
  size_t n = 0;
  for (char **at = environ; *at != NULL; at++) {
    const char *eq = strchr(*at, '=');
    size_t len = strlen(*at);
    if (eq == NULL || !source_is_utf8(*at, len))
      continue;
    size_t name = (size_t)(eq - *at);
    out[n++] = (gene_name_text_t){{*at, name}, {eq + 1, len - name - 1}};
  }
  return n;
}

static size_t count_env(void) {
  size_t n = 0;
  while (environ[n] != NULL)
    n++;
  return n;
}

static bool text_of(const char *s, const char *what, gene_text_t *out) {
  *out = (gene_text_t){s, strlen(s)};
  if (source_is_utf8(s, out->len))
    return true;
  fprintf(stderr, "gene: %s is not UTF-8\n", what);
  return false;
}

static bool take_texts(setup *out, const cli_options *options) {
  for (size_t i = 0; i < options->args_len; i++)
    if (!text_of(options->args[i], "an argument", &out->args[i]))
      return false;
  const char *name = options->command == CLI_RUN ? options->subject : "eval";
  if (!text_of(name, "the program's name", &out->options.program_name))
    return false;
  if (options->input == NULL)
    return true;
  out->options.input_json =
      (gene_text_t){options->input, strlen(options->input)};
  return input_check(options->input);
}

/* Half of the machine's memory: a runaway program shall not take it down. */
static size_t generous_memory(void) {
  long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
  if (pages <= 0 || size <= 0)
    return (size_t)1 << 30;
  return (size_t)pages / 2 * (size_t)size;
}

static void allow(setup *out, const cli_options *options) {
  gene_context_options_t *o = &out->options;
  if (options->sandbox) {
    o->limits.fuel = SETUP_SANDBOX_FUEL;
    return;
  }
  o->capabilities =
      GENE_CAP_FS | GENE_CAP_NET | GENE_CAP_ENV | GENE_CAP_PROCESS;
  o->root_folder =
      getcwd(out->folder, sizeof out->folder) != NULL ? out->folder : ".";
  o->limits.memory_bytes = generous_memory();
  o->limits.output_bytes = 1; /* it goes out at once: nothing to keep */
  o->env = out->env;
  o->env_len = take_env(out->env);
}

bool setup_make(setup *out, const cli_options *options) {
  *out = (setup){.env = calloc(count_env() + 1, sizeof *out->env),
                 .args = calloc(options->args_len + 1, sizeof *out->args)};
  if (out->env == NULL || out->args == NULL || !take_texts(out, options)) {
    setup_free(out);
    return false;
  }
  gene_context_options_t *o = &out->options;
  o->args = out->args;
  o->args_len = options->args_len;
  o->strict_nil = options->strict_nil;
  o->no_type_check = options->no_type_check;
  o->no_contracts = options->no_contracts;
  o->no_value_json = true;
  allow(out, options);
  return true;
}

void setup_free(setup *s) {
  free(s->env);
  free(s->args);
}
