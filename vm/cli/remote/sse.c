/*
 * sse.c - lines, then fields, then events. A line and the data of an event are
 * bounded like the body of an answer.
 */
#include "cli/remote/sse.h"

#include <stdlib.h>
#include <string.h>

#include "cli/remote/http.h"

#define FIRST_CAP ((size_t)256)

static bool append(sse *s, sse_text *text, const char *bytes, size_t len) {
  if (len > HTTP_BODY_MAX - text->len) {
    s->failed = true;
    return false;
  }
  size_t cap = text->cap == 0 ? FIRST_CAP : text->cap;
  while (cap < text->len + len + 1)
    cap *= 2;
  if (cap > text->cap) {
    char *bigger = realloc(text->ptr, cap);
    if (bigger == NULL) {
      s->failed = true;
      return false;
    }
    text->ptr = bigger;
    text->cap = cap;
  }
  if (len > 0)
    memcpy(text->ptr + text->len, bytes, len);
  text->len += len;
  text->ptr[text->len] = '\0';
  return true;
}

/* What may stand in a header again: visible ASCII that is not too long. */
static void take_id(sse *s, const char *value, size_t len) {
  for (size_t i = 0; i < len; i++)
    if (value[i] <= ' ' || value[i] > '~')
      return;
  if (len >= sizeof s->next_id)
    return;
  memcpy(s->next_id, value, len);
  s->next_id[len] = '\0';
}

static void take_name(sse *s, const char *value, size_t len) {
  if (len >= sizeof s->name)
    len = sizeof s->name - 1;
  memcpy(s->name, value, len);
  s->name[len] = '\0';
}

static void take_retry(sse *s, const char *value, size_t len) {
  if (len > 0 && len < 10 && strspn(value, "0123456789") == len)
    s->retry_ms = strtoull(value, NULL, 10);
}

static bool is(const char *name, size_t len, const char *word) {
  return len == strlen(word) && memcmp(name, word, len) == 0;
}

static bool take_field(sse *s, const char *line, size_t len) {
  const char *colon = memchr(line, ':', len);
  size_t name = colon != NULL ? (size_t)(colon - line) : len;
  const char *value = line + (colon != NULL ? name + 1 : len);
  if (*value == ' ')
    value++;
  size_t rest = (size_t)(line + len - value);
  if (is(line, name, "data"))
    return append(s, &s->data, value, rest) && append(s, &s->data, "\n", 1);
  if (is(line, name, "event"))
    take_name(s, value, rest);
  else if (is(line, name, "id"))
    take_id(s, value, rest);
  else if (is(line, name, "retry"))
    take_retry(s, value, rest);
  return true;
}

/* An empty line ends an event; one without data is none, but for its id. */
static bool end_event(sse *s, sse_event *event, void *context) {
  bool more = true;
  memcpy(s->id, s->next_id, sizeof s->id);
  if (s->data.len > 0) {
    s->data.ptr[--s->data.len] = '\0';
    more = event(context, s->name, s->data.ptr, s->data.len);
  }
  s->data.len = 0;
  s->name[0] = '\0';
  return more;
}

static bool end_line(sse *s, sse_event *event, void *context) {
  static const char mark[] = "\xef\xbb\xbf";
  const char *line = s->line.len > 0 ? s->line.ptr : "";
  size_t len = s->line.len;
  if (!s->begun && len >= 3 && memcmp(line, mark, 3) == 0) {
    line += 3;
    len -= 3;
  }
  s->begun = true;
  s->line.len = 0;
  if (len == 0)
    return end_event(s, event, context);
  return take_field(s, line, len);
}

bool sse_feed(sse *s, const char *bytes, size_t len, sse_event *event,
              void *context) {
  for (size_t at = 0; at < len;) {
    if (s->cr && bytes[at] == '\n') { /* the other half of an end of line */
      s->cr = false;
      at++;
      continue;
    }
    size_t end = at;
    while (end < len && bytes[end] != '\n' && bytes[end] != '\r')
      end++;
    s->cr = end < len ? bytes[end] == '\r' : s->cr && end == at;
    if (!append(s, &s->line, bytes + at, end - at))
      return false;
    if (end < len && !end_line(s, event, context))
      return false;
    at = end + 1;
  }
  return true;
}

void sse_again(sse *s) {
  s->line.len = s->data.len = 0;
  s->name[0] = '\0';
  memcpy(s->next_id, s->id, sizeof s->id);
  s->cr = s->begun = false;
}

void sse_free(sse *s) {
  free(s->line.ptr);
  free(s->data.ptr);
  *s = (sse){.retry_ms = 0};
}
