/*
 * follow.h - follows an evaluation to its end: by its stream of events where
 * there is one, else by asking again and again. What is new goes to the screen,
 * each byte of output once, however often the connection breaks.
 */
#ifndef GN_CLI_REMOTE_FOLLOW_H
#define GN_CLI_REMOTE_FOLLOW_H

#include <jansson.h>

#include "cli/remote/field.h"
#include "cli/remote/remote_internal.h"
#include "cli/remote/sse.h"

enum follow_end {
  FOLLOW_DONE,    /* future is what it came to */
  FOLLOW_STOPPED, /* a signal came, or stdout takes nothing any more */
  FOLLOW_LATE,    /* the time is over */
  FOLLOW_LOST,    /* said why; code is set */
};

typedef struct follower {
  remote *remote;
  char id[FIELD_ID_MAX];
  uint64_t until_ms; /* of http_now; 0: for ever */
  bool deaf;         /* to signals */
  json_t *future;    /* once it is done */
  int code;          /* to exit with when it is lost */
  uint64_t printed;  /* bytes of output */
  /* ---- its own ---- */
  sse sse;
  uint64_t stream_at; /* the next byte of output in the stream */
  uint64_t version;
  bool late;
  bool heard; /* an event came by this connection */
  bool odd;   /* the stream makes no sense */
} follower;

/* id: checked. */
void follow_open(follower *f, remote *r, gene_text_t id);
void follow_close(follower *f);

/* Takes in what the service says of the future: a JSON object. */
void follow_take(follower *f, json_t *future);

enum follow_end follow(follower *f);

/* Asks for the future as it is. NULL: said why, unless a signal came; *code is
 * set. retry_after_s: what the service says, 0 for nothing. */
json_t *follow_get(remote *r, const char *id, const char *query, bool deaf,
                   int *code, uint64_t *retry_after_s);

#endif
