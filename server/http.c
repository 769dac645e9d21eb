/*
 * http.c - helpers over replies. Nothing here knows of sockets or routes.
 */
#include "server/http.h"

void http_field_copy(struct http_exchange *x, const char *name,
                     const char *value, size_t len) {
  struct http_reply *reply = &x->reply;
  char *copy = reply->text + reply->text_len;

  if (len >= HTTP_FIELD_TEXT - reply->text_len)
    return;
  memcpy(copy, value, len);
  copy[len] = '\0';
  reply->text_len += len + 1;
  http_field(x, name, copy);
}
