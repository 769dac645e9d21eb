/*
 * idempotency.c - Idempotency-Key as the draft of the IETF has it: the key may
 * be a quoted string, as it should, or the bare characters, as it mostly is.
 */
#include "api/idempotency.h"

#define KEY_MAX 255

/* The key without its quotes. False: it is none. */
static bool read_key(gene_text_t header, gene_text_t *key) {
  *key = header;
  if (header.len > 0 && header.ptr[0] == '"') {
    if (header.len < 2 || header.ptr[header.len - 1] != '"')
      return false;
    *key = (gene_text_t){header.ptr + 1, header.len - 2};
  }
  for (size_t i = 0; i < key->len; i++)
    if (key->ptr[i] < ' ' || key->ptr[i] > '~')
      return false;
  return key->len > 0 && key->len <= KEY_MAX;
}

bool idempotency_check(struct http_exchange *x) {
  static const struct problem bad = {
      .status = 400,
      .slug = "bad-idempotency-key",
      .title = "Bad Idempotency-Key",
      .detail = "A key has 1 to 255 printable ASCII characters.",
      .field = "Idempotency-Key",
      .has_limit = true,
      .limit = KEY_MAX};
  gene_text_t header = x->request.header[HTTP_IDEMPOTENCY_KEY], key;

  if (header.ptr == NULL || read_key(header, &key))
    return true;
  problem_reply(x, &bad);
  return false;
}

/* The place of a key is its owner's own. */
static void find_place(const struct api *api, const struct http_exchange *x,
                       gene_text_t key, gene_source_key_t *out) {
  char text[sizeof x->owner + KEY_MAX];

  memcpy(text, &x->owner, sizeof x->owner);
  memcpy(text + sizeof x->owner, key.ptr, key.len);
  gene_source_key(api->core, text, sizeof x->owner + key.len, out);
}

/* What has to be the same: body, path, and what the body is taken for. */
static void find_print(const struct api *api, const struct http_exchange *x,
                       gene_text_t body, gene_source_key_t *out) {
  uint64_t words[4] = {x->route, negotiate_content(&x->request)};

  gene_source_key(api->core, body.ptr, body.len, out);
  memcpy(words + 2, out->half, sizeof out->half);
  gene_source_key(api->core, (const char *)words, sizeof words, out);
}

static enum idempotency refuse(struct http_exchange *x, bool other) {
  static const struct problem reused = {
      .status = 422,
      .slug = "idempotency-key-reused",
      .title = "The Idempotency-Key stands for another request",
      .detail = "It was sent with another body, or to another path. A new "
                "request needs a new key.",
      .field = "Idempotency-Key"};
  static const struct problem busy = {
      .status = 409,
      .slug = "idempotent-request-in-progress",
      .title = "The request is still being accepted",
      .detail = "The same request came before, and is not through yet.",
      .field = "Idempotency-Key",
      .retry_after = 1};

  problem_reply(x, other ? &reused : &busy);
  return IDEMPOTENCY_ANSWERED;
}

enum idempotency idempotency_claim(struct api *api, struct http_exchange *x,
                                   gene_text_t body,
                                   struct idem_entry **entry) {
  gene_text_t header = x->request.header[HTTP_IDEMPOTENCY_KEY], key;
  gene_source_key_t place, print;

  *entry = NULL;
  if (header.ptr == NULL || !read_key(header, &key))
    return IDEMPOTENCY_RUN;
  find_place(api, x, key, &place);
  find_print(api, x, body, &print);
  switch (idem_claim(registry_keys(api->registry), &place, &print, entry)) {
  case IDEM_NEW: return IDEMPOTENCY_RUN;
  case IDEM_SAME: return IDEMPOTENCY_JOIN;
  case IDEM_ACCEPTING: return refuse(x, false);
  case IDEM_OTHER: return refuse(x, true);
  case IDEM_NO_MEMORY: break;
  }
  problem_no_memory(x);
  return IDEMPOTENCY_ANSWERED;
}
