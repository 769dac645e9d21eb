/*
 * fuzz_json.c - gene/json/parse against jansson: both take a text or both
 * refuse it, apart from numbers out of jansson's range and deep nesting; and
 * what was taken is equal after stringify and parse.
 */
#include <jansson.h>

#include "script.h"

static struct script script;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc;
  (void)argv;
  return script_open(&script,
                     "(var v (gene/json/parse $env/TEXT))"
                     "(var text (gene/json/stringify v))"
                     "(var again (try [(gene/json/parse text)] "
                     "catch e e/.message))"
                     "(if (again == [v]) \"same\" else #\"#{text} #{again}\")")
             ? 0
             : -1;
}

static bool names(gene_text_t text, const char *word) {
  return text.ptr != NULL && memmem(text.ptr, text.len, word, strlen(word));
}

/* What jansson says of the text. Its own are the limits of numbers and nesting,
 * and that it has no keys with NUL and no halves of surrogate pairs, which are
 * read as U+FFFD here. */
enum opinion { TAKEN, REFUSED, LIMITED };

static enum opinion ask_jansson(const uint8_t *data, size_t size) {
  json_error_t error;
  json_t *json = json_loadb(size ? (const char *)data : "", size,
                            JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
  if (json != NULL) {
    json_decref(json);
    return TAKEN;
  }
  switch (json_error_code(&error)) {
  case json_error_numeric_overflow:
  case json_error_stack_overflow:
  case json_error_null_byte_in_key: return LIMITED;
  default: break;
  }
  return strstr(error.text, "invalid Unicode") != NULL ? LIMITED : REFUSED;
}

static void disagree(const gene_result_t *result, const char *what) {
  gene_text_t message = {"", 0};
  if (result->error != NULL)
    message = result->error->message;
  fprintf(stderr, "%s, but: %.*s\n", what, (int)message.len, message.ptr);
  abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  gene_result_t result;
  gene_context_t *context = script_run(&script, data, size, &result);
  if (context == NULL)
    return 0;
  if (memchr(data, '\0', size) != NULL) { /* jansson may pass over a NUL */
    gene_context_destroy(context);
    return 0;
  }
  enum opinion opinion = ask_jansson(data, size);
  /* A number beyond a Float is an infinity, which prints as null. */
  if (result.status == GENE_SUCCESS && opinion != LIMITED &&
      !script_says_same(&result))
    abort();
  if (result.status == GENE_SUCCESS && opinion == REFUSED)
    disagree(&result, "jansson refuses this");
  if (result.status == GENE_FAILURE && opinion == TAKEN &&
      names(result.error->class_name, "ParseException") &&
      !names(result.error->message, "nest"))
    disagree(&result, "jansson takes this");
  gene_context_destroy(context);
  return 0;
}
