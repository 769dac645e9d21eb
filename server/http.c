/*
 * http.c - helpers over replies. Nothing here knows of sockets or routes.
 */
#include "server/http.h"

#include <stdlib.h>

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

/* Room for one more. */
static bool grow_inserts(struct http_reply *reply) {
  unsigned room = reply->insert_room == 0 ? 4 : reply->insert_room * 2;
  struct http_insert *insert =
      realloc(reply->insert, room * sizeof *reply->insert);

  if (insert == NULL)
    return false;
  reply->insert = insert;
  reply->insert_room = room;
  return true;
}

void http_insert(struct http_reply *reply, gene_text_t text, uint64_t size,
                 size_t (*write)(gene_text_t text, size_t *used, char *to,
                                 size_t room),
                 void *kept, void (*release)(void *kept)) {
  if (reply->inserts == reply->insert_room && !grow_inserts(reply)) {
    reply->body.failed = true;
    release(kept);
    return;
  }
  reply->insert[reply->inserts++] = (struct http_insert){.at = reply->body.len,
                                                         .text = text,
                                                         .size = size,
                                                         .write = write,
                                                         .kept = kept,
                                                         .release = release};
}

void http_drop_inserts(struct http_reply *reply) {
  for (unsigned i = 0; i < reply->inserts; i++)
    reply->insert[i].release(reply->insert[i].kept);
  free(reply->insert);
  reply->insert = NULL;
  reply->inserts = reply->insert_room = 0;
}
