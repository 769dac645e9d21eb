/*
 * sse.h - takes a stream of Server-Sent Events apart (WHATWG HTML, 9.2). It
 * knows nothing of what the events say.
 */
#ifndef GN_CLI_REMOTE_SSE_H
#define GN_CLI_REMOTE_SSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SSE_NAME_MAX 64

typedef struct sse_text {
  char *ptr;
  size_t len, cap;
} sse_text;

typedef struct sse {
  sse_text line, data;
  char name[SSE_NAME_MAX]; /* of the event that is being read */
  char id[SSE_NAME_MAX];   /* of the last whole one, whatever breaks */
  char next_id[SSE_NAME_MAX];
  uint64_t retry_ms; /* 0: not said */
  bool cr;           /* the last byte was one */
  bool begun;        /* there was a first line */
  bool failed;       /* over the bound, or out of memory */
} sse;

/* Takes an event with data. False: no more. */
typedef bool sse_event(void *context, const char *name, const char *data,
                       size_t len);

/* Gives each event that the bytes complete. False: no more is wanted, or it
 * failed. */
bool sse_feed(sse *s, const char *bytes, size_t len, sse_event *event,
              void *context);

/* Another connection: forgets what is not complete, keeps the id. */
void sse_again(sse *s);
void sse_free(sse *s);

#endif
