/*
 * cors.c - what pages of other origins may do, by the setting cors-origin.
 * Without it nothing here adds a header, and browsers keep other pages out.
 * Nothing is ever refused here: that is for browsers to do.
 */
#include "api/internal.h"

/* What scripts may read beside the headers that they always may. */
#define EXPOSED                                                              \
  "Location, Retry-After, X-Request-Id, RateLimit, RateLimit-Policy, ETag, " \
  "Preference-Applied"

/* What requests here may carry. Authorization is never meant by a star. */
#define ALLOWED                                                    \
  "Authorization, Content-Type, Accept, Prefer, Idempotency-Key, " \
  "If-None-Match, Last-Event-ID, X-Request-Id, traceparent, tracestate"

/* Seconds; a change of the setting is seen after that. */
#define MAX_AGE "600"

#define SPACES ", \t"

/* Whether a list of origins holds this one. */
static bool holds(const char *list, gene_text_t origin) {
  while (*list != '\0') {
    size_t len;

    list += strspn(list, SPACES);
    len = strcspn(list, SPACES);
    if (len > 0 && len == origin.len && memcmp(list, origin.ptr, len) == 0)
      return true;
    list += len;
  }
  return false;
}

bool cors_head(const struct api *api, struct http_exchange *x) {
  const char *list = api->config->cors_origin;
  gene_text_t origin = x->request.header[HTTP_ORIGIN];
  bool any;

  if (list == NULL)
    return false;
  any = holds(list, (gene_text_t){"*", 1});
  if (!any)
    http_field(x, "Vary", "Origin");
  if (origin.ptr == NULL || (!any && !holds(list, origin)))
    return false;
  if (any)
    http_field(x, "Access-Control-Allow-Origin", "*");
  else
    http_field_copy(x, "Access-Control-Allow-Origin", origin.ptr, origin.len);
  http_field(x, "Access-Control-Expose-Headers", EXPOSED);
  return true;
}

void cors_preflight(struct http_exchange *x, const char *methods) {
  if (x->request.header[HTTP_ACCESS_CONTROL_REQUEST_METHOD].ptr == NULL)
    return;
  http_field(x, "Access-Control-Allow-Methods", methods);
  http_field(x, "Access-Control-Allow-Headers", ALLOWED);
  http_field(x, "Access-Control-Max-Age", MAX_AGE);
}
