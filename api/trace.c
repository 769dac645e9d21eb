/*
 * trace.c - "00-" trace id "-" parent id "-" flags, in hex. The answer has the
 * trace and its flags as they came, with our span for the parent.
 */
#include "api/trace.h"

#include "server/random.h"

#define TRACE_AT   3
#define TRACE_LEN  32
#define PARENT_AT  36
#define PARENT_LEN 16
#define FLAGS_AT   53
#define WHOLE_LEN  55

static bool is_hex(const char *text, size_t len) {
  for (size_t i = 0; i < len; i++)
    if ((text[i] < '0' || text[i] > '9') && (text[i] < 'a' || text[i] > 'f'))
      return false;
  return true;
}

static bool is_zero(const char *text, size_t len) {
  for (size_t i = 0; i < len; i++)
    if (text[i] != '0')
      return false;
  return true;
}

bool trace_is_valid(gene_text_t text) {
  const char *at = text.ptr;
  bool first = text.len == WHOLE_LEN;

  if (text.len < WHOLE_LEN || memcmp(at, "ff", 2) == 0)
    return false;
  if (!first && (memcmp(at, "00", 2) == 0 || at[WHOLE_LEN] != '-'))
    return false;
  return is_hex(at, 2) && at[2] == '-' && is_hex(at + TRACE_AT, TRACE_LEN) &&
         at[PARENT_AT - 1] == '-' && is_hex(at + PARENT_AT, PARENT_LEN) &&
         at[FLAGS_AT - 1] == '-' && is_hex(at + FLAGS_AT, 2) &&
         !is_zero(at + TRACE_AT, TRACE_LEN) &&
         !is_zero(at + PARENT_AT, PARENT_LEN);
}

static void make_span(char *out) {
  uint8_t bytes[PARENT_LEN / 2];

  do {
    random_bytes(bytes, sizeof bytes);
    for (size_t i = 0; i < PARENT_LEN; i++)
      out[i] = "0123456789abcdef"[bytes[i / 2] >> (i % 2 * 4) & 15];
  } while (is_zero(out, PARENT_LEN));
}

void trace_begin(struct http_exchange *x) {
  gene_text_t sent = x->request.header[HTTP_TRACEPARENT];
  char text[WHOLE_LEN];

  if (sent.ptr == NULL || !trace_is_valid(sent))
    return;
  make_span(x->span);
  x->traced = true;
  memcpy(text, sent.ptr, WHOLE_LEN);
  memcpy(text, "00", 2);
  memcpy(text + PARENT_AT, x->span, PARENT_LEN);
  http_field_copy(x, "traceparent", text, sizeof text);
}

void trace_log(struct log_line *line, const struct http_exchange *x) {
  gene_text_t sent = x->request.header[HTTP_TRACEPARENT];

  if (!x->traced)
    return;
  log_text(line, "trace_id", sent.ptr + TRACE_AT, TRACE_LEN);
  log_text(line, "parent_span_id", sent.ptr + PARENT_AT, PARENT_LEN);
  log_text(line, "span_id", x->span, sizeof x->span);
}
