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

/* ---- bodies with inserts ------------------------------------------------- */

static size_t copy_some(const char *from, size_t len, char *to, size_t room) {
  size_t some = len < room ? len : room;

  if (some > 0) /* an empty body has no place */
    memcpy(to, from, some);
  return some;
}

/* Some bytes of the insert that is due; 0 at its end, or for want of room. */
static size_t write_insert(const struct http_insert *insert,
                           struct http_place *place, char *to, size_t room) {
  size_t wrote;

  if (insert->write != NULL)
    return insert->write(insert->text, &place->used, to, room);
  wrote = copy_some(insert->text.ptr + place->used,
                    insert->text.len - place->used, to, room);
  place->used += wrote;
  return wrote;
}

size_t http_body_some(const struct http_reply *reply, struct http_place *place,
                      char *to, size_t room) {
  size_t wrote = 0, some = 1;

  while (some > 0) {
    const struct http_insert *insert =
        place->insert < reply->inserts ? &reply->insert[place->insert] : NULL;
    size_t until = insert != NULL ? insert->at : reply->body.len;
    bool due = insert != NULL && until == place->at;

    if (due && place->used == insert->text.len) {
      place->insert++;
      place->used = 0;
      continue;
    }
    if (due) {
      some = write_insert(insert, place, to + wrote, room - wrote);
    } else {
      some = copy_some(reply->body.ptr + place->at, until - place->at,
                       to + wrote, room - wrote);
      place->at += some;
    }
    wrote += some;
  }
  return wrote;
}
