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
  bool timeline;        /* its events have the futures of the evaluation */
  uint64_t wait_ms;
};

/* The query goes before the body, the body before Prefer. False: refused. */
bool eval_read_wish(struct api *api, struct http_exchange *x,
                    const struct eval_request *request, struct wish *wish);

extern const struct problem eval_overloaded, eval_draining;

/* What is wrong with a script; detail is where words for it are put. */
void eval_script_problem(const gene_compile_error_t *error,
                         struct problem *problem, char *detail, size_t size);

/* What is wrong with a body; detail as above. */
void eval_utf8_problem(size_t at, struct problem *problem, char *detail,
                       size_t size);

/* Whether the body of a request is encoded in some way; refused then. */
bool eval_refuse_encoding(struct http_exchange *x);

/* Adds Preference-Applied to an answer, where it belongs. */
void eval_put_applied(struct http_exchange *x, const struct prefer *prefer,
                      int status);

/* A line of the log for an evaluation that was accepted. */
void eval_log(const struct http_exchange *x, const struct future *future,
              gene_text_t label);

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

/* ---- batch.c ---- */

/* Refuses all items that are not in the scheduler: the service stops. */
void batch_refuse_all(struct api *api);

/* ---- eval_large.c ---- */

/* Whether a body of so many bytes is for the thread pool. */
bool large_is(const struct api *api, size_t bytes);

/* Whether the pool, or the queue before it, takes one more. */
bool large_has_room(struct api *api);

/* Takes a request with such a body. entry: of its key; NULL: it has none. */
enum http_next large_post(struct api *api, struct http_exchange *x,
                          struct idem_entry *entry);

#endif
