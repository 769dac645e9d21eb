/*
 * fuzz_print.c - the printer's round trip: whatever text can be read, its
 * inspect text reads back as an equal value. Anything else is a finding, apart
 * from the `n/` of n/[a b], which nothing reads alone.
 */
#include "script.h"

static struct script script;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc;
  (void)argv;
  return script_open(&script,
                     "(var v (gene/parse $env/TEXT))"
                     "(var text (v .inspect))"
                     "(var again (try [(gene/parse text)] catch e e/.message))"
                     "(if ((again == [v]) || (text .ends_with \"/\")) \"same\" "
                     "else #\"#{text} #{again}\")")
             ? 0
             : -1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  gene_result_t result;
  gene_context_t *context = script_run(&script, data, size, &result);
  if (context == NULL)
    return 0;
  if (result.status == GENE_SUCCESS && !script_says_same(&result))
    abort();
  gene_context_destroy(context);
  return 0;
}
