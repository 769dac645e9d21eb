/*
 * fuzz_eval.c - any text as a script: reader, compiler, interpreter and
 * builtins under small limits, with no event loop. A crash, a leak or a
 * sanitizer's complaint is a finding; whatever the script does is none.
 */
#include <stdint.h>
#include <stdlib.h>

#include "gene.h"

static gene_core_t *core;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc;
  (void)argv;
  gene_core_options_t options = {.hash_seed = 7, .program_cache_bytes = 65536};
  core = gene_core_create(&options);
  return core ? 0 : -1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  gene_program_t *program;
  gene_compile_error_t error;
  if (gene_program_load(core, (const char *)data, size, &program, &error) != 0)
    return 0;
  gene_context_options_t options = {.limits = {.fuel = 200000,
                                               .memory_bytes = 1 << 20,
                                               .output_bytes = 4096,
                                               .stack_depth = 300,
                                               .pending = 50},
                                    .has_seed = true,
                                    .seed = 1};
  gene_context_t *context = gene_context_create(core, program, &options);
  gene_program_release(program);
  if (!context)
    return 0;
  while (gene_context_run(context, 1000) == GENE_RUN_MORE)
    ;
  gene_result_t result;
  gene_context_result(context, &result);
  gene_context_destroy(context);
  return 0;
}
