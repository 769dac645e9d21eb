/*
 * json_out.c - the parts of the JSON writer that are not mere copying.
 */
#include "api/json_out.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/utf8.h"

/* 0: as it is; u: \u00XX; else the letter behind the backslash. */
static const char escapes[256] = {
    [0] = 'u',    [1] = 'u',  [2] = 'u',    [3] = 'u',     [4] = 'u',
    [5] = 'u',    [6] = 'u',  [7] = 'u',    ['\b'] = 'b',  ['\t'] = 't',
    ['\n'] = 'n', [11] = 'u', ['\f'] = 'f', ['\r'] = 'r',  [14] = 'u',
    [15] = 'u',   [16] = 'u', [17] = 'u',   [18] = 'u',    [19] = 'u',
    [20] = 'u',   [21] = 'u', [22] = 'u',   [23] = 'u',    [24] = 'u',
    [25] = 'u',   [26] = 'u', [27] = 'u',   [28] = 'u',    [29] = 'u',
    [30] = 'u',   [31] = 'u', ['"'] = '"',  ['\\'] = '\\',
};

/* Writes an escape; returns its length. */
static size_t put_escape(char to[6], unsigned char byte) {
  static const char hex[] = "0123456789abcdef";
  char text[6] = {'\\', escapes[byte],  '0',
                  '0',  hex[byte >> 4], hex[byte & 15]};

  memcpy(to, text, sizeof text);
  return text[1] == 'u' ? 6 : 2;
}

static void escape(struct buf *out, unsigned char byte) {
  char text[6];

  buf_add(out, text, put_escape(text, byte));
}

uint64_t json_inside_size(const char *text, size_t len) {
  uint64_t size = len;

  for (size_t i = 0; i < len; i++) {
    char kind = escapes[(unsigned char)text[i]];

    size += kind == 0 ? 0 : kind == 'u' ? 5 : 1;
  }
  return size;
}

size_t json_inside_some(gene_text_t text, size_t *used, char *to, size_t room) {
  size_t wrote = 0, i = *used;
  char escaped[6];

  for (; i < text.len && wrote < room; i++) {
    unsigned char byte = (unsigned char)text.ptr[i];
    size_t len;

    if (escapes[byte] == 0) {
      to[wrote++] = (char)byte;
      continue;
    }
    len = put_escape(escaped, byte);
    if (len > room - wrote)
      break;
    memcpy(to + wrote, escaped, len);
    wrote += len;
  }
  *used = i;
  return wrote;
}

void json_inside(struct buf *out, const char *text, size_t len) {
  size_t start = 0;

  for (size_t i = 0; i < len; i++) {
    if (escapes[(unsigned char)text[i]] == 0)
      continue;
    buf_add(out, text + start, i - start);
    escape(out, (unsigned char)text[i]);
    start = i + 1;
  }
  buf_add(out, text + start, len - start);
}

void json_text(struct buf *out, const char *text, size_t len) {
  buf_byte(out, '"');
  json_inside(out, text, len);
  buf_byte(out, '"');
}

void json_bytes(struct buf *out, const char *bytes, size_t len) {
  buf_byte(out, '"');
  while (len > 0) {
    size_t good = utf8_bad_at(bytes, len);

    json_inside(out, bytes, good);
    bytes += good;
    len -= good;
    if (len > 0) {
      json_lit(out, "\xef\xbf\xbd");
      bytes++;
      len--;
    }
  }
  buf_byte(out, '"');
}

void json_text_or_null(struct buf *out, gene_text_t text) {
  if (text.ptr == NULL)
    json_lit(out, "null");
  else
    json_text(out, text.ptr, text.len);
}

void json_number_or_null(struct buf *out, uint64_t number) {
  if (number == 0)
    json_lit(out, "null");
  else
    buf_u64(out, number);
}

void json_double(struct buf *out, double number) {
  char text[32];

  if (!isfinite(number)) {
    json_lit(out, "null");
    return;
  }
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(text, sizeof text, "%.*g", digits, number);
    if (strtod(text, NULL) == number)
      break;
  }
  buf_str(out, text);
}

void json_field(struct buf *out, const char *name, uint64_t number) {
  json_lit(out, ",\"");
  buf_str(out, name);
  json_lit(out, "\":");
  buf_u64(out, number);
}
