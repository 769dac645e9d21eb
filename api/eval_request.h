/*
 * eval_request.h - the body of POST /eval, read strictly: what it asks for, or
 * what is wrong with it.
 */
#ifndef API_EVAL_REQUEST_H
#define API_EVAL_REQUEST_H

#include <jansson.h>

#include "api/internal.h"
#include "server/config.h"
#include "server/idempotency.h"

#define EVAL_LABEL_MAX 256 /* bytes */

struct eval_request {
  gene_text_t script;
  gene_context_options_t context; /* its limits are the caps, or lower */
  uint64_t wall_ms;
  bool has_wait;
  uint64_t wait_ms;
  gene_text_t label; /* ptr NULL: none */
  uint64_t since_ns; /* clock_ns when the request was whole; 0: now */

  struct idem_entry *entry; /* of its key, while it is being accepted */
  json_t *root;             /* owns the texts above */
  gene_name_text_t *pairs;  /* modules, then env */
  char *input;              /* JSON text of input */
  char *start;              /* JSON text of what the context is to begin with */
  char *texts;              /* script and label, once they are detached */
};

/* Where a problem's texts may lie that are made for it. */
struct eval_words {
  char field[128];
  char detail[320];
};

/* Sets what holds without a word from the client. account: who asks; NULL:
 * somebody whose key says nothing of limits. */
void eval_request_init(struct eval_request *request,
                       const struct config *config,
                       const struct account *account);

/* Reads a JSON body. False: *problem says what is wrong; its texts lie in
 * *words or are literals. Call eval_request_free either way. */
bool eval_request_read(struct eval_request *request,
                       const struct config *config, gene_text_t body,
                       struct problem *problem, struct eval_words *words);

/* The same for a large body, from any thread: input, env and modules become
 * one JSON text, for the context to read in its own time, and what jansson made
 * is freed at once. Body may go afterwards. */
bool eval_request_read_large(struct eval_request *request,
                             const struct config *config, gene_text_t body,
                             struct problem *problem, struct eval_words *words);

void eval_request_free(struct eval_request *request);

#endif
