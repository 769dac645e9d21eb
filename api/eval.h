/*
 * eval.h - the steps of POST /eval that requests of all sizes share. Internal
 * to api/: eval.c and eval_large.c.
 */
#ifndef API_EVAL_H
#define API_EVAL_H

#include "api/eval_request.h"
#include "api/internal.h"

/* How a client wants its answer. */
struct wish {
  enum form form;
  struct prefer prefer; /* a wait only when it is the one that counts */
  bool named_wait;      /* it said how long it waits */
  bool tagged;          /* values in the lossless form */
  uint64_t wait_ms;
};

/* The query goes before the body, the body before Prefer. False: refused. */
bool eval_read_wish(struct api *api, struct http_exchange *x,
                    const struct eval_request *request, struct wish *wish);

/* Refusals; always HTTP_ANSWER. at: the offset of the byte. */
enum http_next eval_refuse_utf8(struct http_exchange *x, size_t at);
enum http_next eval_refuse_script(struct api *api, struct http_exchange *x,
                                  const gene_compile_error_t *error);
enum http_next eval_refuse_full(struct api *api, struct http_exchange *x);
enum http_next eval_refuse_draining(struct api *api, struct http_exchange *x);

/* Begins the evaluation. The reference to the program is used up, and
 * request->start becomes the scheduler's; so does request->entry, unless it is
 * refused. */
enum http_next eval_submit(struct api *api, struct http_exchange *x,
                           struct eval_request *request,
                           const struct wish *wish, gene_program_t *program);

/* ---- eval_large.c ---- */

/* Whether a body of so many bytes is for the thread pool. */
bool large_is(const struct api *api, size_t bytes);

/* Takes a request with such a body. entry: of its key; NULL: it has none. */
enum http_next large_post(struct api *api, struct http_exchange *x,
                          struct idem_entry *entry);

#endif
