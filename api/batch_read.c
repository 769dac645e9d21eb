/*
 * batch_read.c - the items of a batch are read and compiled, in the thread
 * pool. Nothing is touched but the batch's own memory, the settings, and what
 * of the core never changes.
 */
#include "api/batch_internal.h"
#include "server/utf8.h"

void batch_put_problem(struct batch_item *item, const struct problem *problem) {
  static const gene_text_t instance = {"/eval/batch", 11};

  problem_json(&item->problem, problem, instance);
  item->settled = true;
}

static void read_item(struct batch *batch, struct batch_item *item,
                      gene_text_t text) {
  const struct api *api = batch->api;
  struct eval_request *request = &item->request;
  struct eval_words words;
  struct problem problem;

  item->batch = batch;
  *request = batch->blank;
  request->since_ns = batch->since_ns;
  if (!eval_request_read_large(request, api->config, text, &problem, &words))
    batch_put_problem(item, &problem);
  else
    gene_source_key(api->core, request->script.ptr, request->script.len,
                    &item->key);
}

static bool make_items(struct batch *batch, size_t len) {
  batch->item = calloc(len == 0 ? 1 : len, sizeof *batch->item);
  if (batch->item == NULL) {
    batch->wrong = problem_of_memory;
    return false;
  }
  batch->len = len;
  return true;
}

void batch_read(struct work *work) {
  struct batch *batch = (struct batch *)work;
  gene_text_t body = {batch->body.ptr, batch->body.len};
  gene_text_t items[BATCH_ITEMS_MAX];
  size_t len = 0, bad = utf8_bad_at(body.ptr, body.len);

  if (bad < body.len)
    eval_utf8_problem(bad, &batch->wrong, batch->words.detail,
                      sizeof batch->words.detail);
  else if (batch_split(body, items, &len, &batch->wrong, &batch->words) &&
           make_items(batch, len))
    for (size_t i = 0; i < len; i++)
      read_item(batch, &batch->item[i], items[i]);
  buf_free(&batch->body);
}

static void compile_item(struct batch *batch, struct batch_item *item) {
  gene_text_t script = item->request.script;
  gene_compile_error_t error;
  struct problem problem;
  char detail[640];

  item->is_new = true;
  item->program = gene_program_compile(batch->api->core, script.ptr, script.len,
                                       &item->key, &error);
  if (item->program != NULL)
    return;
  item->bad_script = true;
  eval_script_problem(&error, &problem, detail, sizeof detail);
  batch_put_problem(item, &problem);
}

void batch_compile(struct work *work) {
  struct batch *batch = (struct batch *)work;

  for (size_t i = 0; i < batch->len; i++)
    if (!batch->item[i].settled && batch->item[i].program == NULL)
      compile_item(batch, &batch->item[i]);
}
