/*
 * fuzz_request.c - any bytes as the body of POST /eval: a request within its
 * limits whose input reaches the script as it is, or a problem that is JSON.
 * The script itself is not run; fuzz_eval does that. The same bytes as those of
 * a batch: the items that a parser of JSON finds, or a problem.
 */
#include <stdio.h>
#include <stdlib.h>

#include "api/batch_split.h"
#include "api/eval_request.h"

static const struct config config = {
    .max_wall = 1000,
    .max_fuel = 2000000,
    .max_memory = 4 << 20,
    .max_stack_depth = 400,
    .max_output = 5000,
    .max_pending = 60,
    .max_nesting = 64,
};

static gene_core_t *core;
static gene_program_t *program;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  gene_core_options_t options = {.hash_seed = 7};
  gene_compile_error_t error;
  (void)argc;
  (void)argv;
  core = gene_core_create(&options);
  return core != NULL &&
                 gene_program_load(core, "$input", 6, &program, &error) == 0
             ? 0
             : -1;
}

static void must(bool condition, const char *what) {
  if (condition)
    return;
  fprintf(stderr, "not so: %s\n", what);
  abort();
}

static void check_problem(const struct problem *problem) {
  struct http_exchange x = {0};
  must(problem->status >= 400 && problem->status < 600, "a status of errors");
  must(problem->slug != NULL && problem->title != NULL, "slug and title");
  must(problem->detail != NULL, "a detail");
  problem_reply(&x, problem);
  json_t *json = json_loadb(x.reply.body.ptr, x.reply.body.len,
                            JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
  must(json_is_object(json), "a problem is a JSON object");
  json_decref(json);
  buf_free(&x.reply.body);
}

/* Runs `$input`, whose value has to be the JSON that came in. */
static void check_input(const struct eval_request *request) {
  gene_context_t *context =
      gene_context_create(core, program, &request->context);
  gene_result_t result;
  if (context == NULL)
    return;
  while (gene_context_run(context, 1000) == GENE_RUN_MORE)
    ;
  gene_context_result(context, &result);
  if (result.status == GENE_SUCCESS && result.value_json.ptr != NULL &&
      request->input != NULL) {
    const int flags = JSON_DECODE_ANY | JSON_ALLOW_NUL;
    json_t *out =
        json_loadb(result.value_json.ptr, result.value_json.len, flags, NULL);
    must(json_equal(out, json_object_get(request->root, "input")),
         "$input is what was sent");
    json_decref(out);
  }
  gene_context_destroy(context);
}

/* Where the whole is JSON, the items are those of its array. */
static void check_items(gene_text_t body, const gene_text_t *items,
                        size_t len) {
  const int flags = JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES;
  json_t *whole = json_loadb(body.ptr, body.len, flags, NULL);
  for (size_t i = 0; i < len; i++) {
    must(items[i].len > 0 && items[i].ptr >= body.ptr &&
             items[i].ptr + items[i].len <= body.ptr + body.len,
         "an item within the body");
    if (whole == NULL)
      continue;
    json_t *item = json_loadb(items[i].ptr, items[i].len, flags, NULL);
    must(json_equal(item, json_array_get(json_object_get(whole, "items"), i)),
         "an item as it stands in the array");
    json_decref(item);
  }
  must(whole == NULL || json_array_size(json_object_get(whole, "items")) == len,
       "all items");
  json_decref(whole);
}

static void check_batch(gene_text_t body) {
  static gene_text_t items[BATCH_ITEMS_MAX];
  struct batch_words words;
  struct problem problem = {0};
  size_t len = 0;
  if (batch_split(body, items, &len, &problem, &words))
    check_items(body, items, len);
  else
    check_problem(&problem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const gene_text_t body = {(const char *)data, size};
  struct eval_request request;
  struct eval_words words;
  struct problem problem = {0};
  eval_request_init(&request, &config, NULL);
  if (eval_request_read(&request, &config, body, &problem, &words)) {
    const gene_limits_t *limits = &request.context.limits;
    must(request.script.ptr != NULL, "there is a script");
    must(limits->fuel - 1 < config.max_fuel, "fuel within its cap");
    must(limits->memory_bytes - 1 < config.max_memory, "memory within its cap");
    must(request.wall_ms - 1 < config.max_wall, "time within its cap");
    check_input(&request);
  } else {
    check_problem(&problem);
  }
  eval_request_free(&request);
  check_batch(body);
  return 0;
}
