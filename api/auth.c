/*
 * auth.c - who asks, by RFC 6750's Bearer token, and whether that is one too
 * many. What else a key allows is judged where it matters, not here.
 */
#include <strings.h>

#include "api/internal.h"
#include "server/clock.h"

/* ---- who ---------------------------------------------------------------- */

static enum http_next refuse(struct http_exchange *x, const char *challenge,
                             const char *detail) {
  problem_reply(x, &(struct problem){.status = 401,
                                     .slug = "unauthorized",
                                     .title = "An API key is needed",
                                     .detail = detail});
  http_field(x, "WWW-Authenticate", challenge);
  return HTTP_ANSWER;
}

/* The token of an Authorization header; ptr NULL: it is of another scheme. */
static gene_text_t bearer(gene_text_t header) {
  static const char scheme[] = "Bearer ";
  const size_t len = sizeof scheme - 1;

  if (header.len <= len || strncasecmp(header.ptr, scheme, len) != 0)
    return (gene_text_t){NULL, 0};
  header.ptr += len;
  header.len -= len;
  while (header.len > 0 && *header.ptr == ' ') {
    header.ptr++;
    header.len--;
  }
  return header;
}

void auth_anonymous(struct api *api, struct http_exchange *x) {
  x->account = api->keys == NULL ? NULL : keys_anonymous(api->keys);
}

bool auth_head(struct api *api, struct http_exchange *x) {
  gene_text_t header = x->request.header[HTTP_AUTHORIZATION];
  struct account *account;
  gene_text_t token;

  auth_anonymous(api, x);
  if (api->keys == NULL || !keys_are_asked_for(api->keys))
    return false;
  if (header.ptr == NULL) {
    refuse(x, "Bearer realm=\"gened\"",
           "Send Authorization: Bearer TOKEN with the token of an API key.");
    return true;
  }
  token = bearer(header);
  if (token.ptr == NULL) {
    refuse(x, "Bearer realm=\"gened\", error=\"invalid_request\"",
           "The Authorization header is not Bearer TOKEN.");
    return true;
  }
  account = keys_find(api->keys, token);
  if (account != NULL) {
    x->account = account;
    x->owner = account->id;
    return false;
  }
  refuse(x, "Bearer realm=\"gened\", error=\"invalid_token\"",
         "This is the token of no API key.");
  return true;
}

/* ---- how much ----------------------------------------------------------- */

/* What is left, in each answer to those who have limits. */
static void put_state(struct http_exchange *x, uint64_t now) {
  const struct account *account = x->account;
  char text[QUOTA_TEXT];
  size_t len;

  len = quota_write_policy(&account->grants.quota, text, sizeof text);
  http_field_copy(x, "RateLimit-Policy", text, len);
  len = quota_write_state(&account->grants.quota, &account->quota, now, text,
                          sizeof text);
  http_field_copy(x, "RateLimit", text, len);
}

static struct problem quota_problem(struct api *api, enum quota_policy policy,
                                    uint64_t wait_ns) {
  static const char *const details[] = {
      [QUOTA_REQUESTS] = "There were too many requests of late.",
      [QUOTA_CONCURRENCY] = "There are too many evaluations that are not done.",
      [QUOTA_FUEL] = "The evaluations of late used too much fuel.",
  };
  uint64_t seconds = (wait_ns + 999999999u) / 1000000000u;

  _Static_assert((int)QUOTA_REQUESTS == METRICS_QUOTA_REQUESTS &&
                     (int)QUOTA_CONCURRENCY == METRICS_QUOTA_CONCURRENCY &&
                     (int)QUOTA_FUEL == METRICS_QUOTA_FUEL,
                 "counted by policy");
  api->metrics->quotas[policy]++;
  return (struct problem){.status = 429,
                          .slug = "quota-exceeded",
                          .title = "A quota is used up",
                          .detail = details[policy],
                          .policy = quota_names[policy],
                          .retry_after = seconds > 0 ? seconds : 1};
}

bool auth_count(struct api *api, struct http_exchange *x) {
  const struct quota_limits *limits;
  struct problem problem;
  uint64_t now, wait_ns;
  bool good;

  if (x->account == NULL || !quota_is_limited(&x->account->grants.quota))
    return false;
  limits = &x->account->grants.quota;
  now = clock_ns();
  good = quota_request(limits, &x->account->quota, now, &wait_ns);
  put_state(x, now);
  if (good)
    return false;
  problem = quota_problem(api, QUOTA_REQUESTS, wait_ns);
  problem_reply(x, &problem);
  return true;
}

bool auth_may_evaluate(struct api *api, const struct account *account,
                       struct problem *problem) {
  enum quota_policy policy;
  uint64_t wait_ns;

  if (account == NULL ||
      quota_evaluation(&account->grants.quota, &account->quota, clock_ns(),
                       &policy, &wait_ns))
    return true;
  *problem = quota_problem(api, policy, wait_ns);
  return false;
}
