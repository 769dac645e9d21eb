/*
 * script.h - for targets that give their input to a fixed script: a core made
 * once, and a context for each input with the input as $env/TEXT.
 */
#ifndef TESTS_FUZZ_SCRIPT_H
#define TESTS_FUZZ_SCRIPT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/utf8.h"
#include "gene.h"

struct script {
  gene_core_t *core;
  gene_program_t *program;
};

/* False with a word on stderr when the source is wrong. */
static inline bool script_open(struct script *s, const char *source) {
  const gene_core_options_t options = {.hash_seed = 7};
  gene_compile_error_t error = {.message = "no memory"};
  s->core = gene_core_create(&options);
  if (s->core != NULL && gene_program_load(s->core, source, strlen(source),
                                           &s->program, &error) == 0)
    return true;
  fprintf(stderr, "%s\n", error.message);
  return false;
}

/* A context that has run to its end, and its result; the caller destroys it.
 * NULL when the text is no UTF-8, which no string of a script may be. */
static inline gene_context_t *script_run(const struct script *s,
                                         const uint8_t *data, size_t size,
                                         gene_result_t *result) {
  const char *text = (const char *)data;
  if (gn_utf8_valid_prefix(text, size) != size)
    return NULL;
  const gene_name_text_t env = {{"TEXT", 4}, {size ? text : "", size}};
  const gene_context_options_t options = {
      .limits = {.fuel = 2000000, .memory_bytes = 4 << 20},
      .env = &env,
      .env_len = 1};
  gene_context_t *context = gene_context_create(s->core, s->program, &options);
  if (context == NULL)
    return NULL;
  while (gene_context_run(context, 1000) == GENE_RUN_MORE)
    ;
  gene_context_result(context, result);
  return context;
}

/* Whether the script ended with "same"; says what it ended with if not. */
static inline bool script_says_same(const gene_result_t *result) {
  if (result->text.len == 4 && memcmp(result->text.ptr, "same", 4) == 0)
    return true;
  fprintf(stderr, "not the same: %.*s\n", (int)result->text.len,
          result->text.ptr);
  return false;
}

#endif
