/*
 * auth.c - who asks: the key of a request, RFC 6750's Bearer token. What a key
 * allows is judged where it matters, not here.
 */
#include <strings.h>

#include "api/internal.h"

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
