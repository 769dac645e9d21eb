/*
 * idempotency.h - the Idempotency-Key of a request: whether it can be one, and
 * whether the request was posted before. Internal to api/.
 */
#ifndef API_IDEMPOTENCY_H
#define API_IDEMPOTENCY_H

#include "api/internal.h"
#include "server/idempotency.h"

/* Whether the header, if there is one, holds a key. False: refused. */
bool idempotency_check(struct http_exchange *x);

enum idempotency {
  IDEMPOTENCY_RUN,      /* to be run; *entry, unless it is NULL, is to be
                           accepted or abandoned */
  IDEMPOTENCY_JOIN,     /* it was: *entry says what came of it */
  IDEMPOTENCY_ANSWERED, /* refused */
};

/* Looks whether the request with this body is to be run. */
enum idempotency idempotency_claim(struct api *api, struct http_exchange *x,
                                   gene_text_t body, struct idem_entry **entry);

#endif
