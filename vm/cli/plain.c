/*
 * plain.c - writes text code point by code point, controls as \u{1b}. It never
 * passes on a byte that is no UTF-8.
 */
#include "cli/plain.h"

#include <string.h>
#include <utf8proc.h>

int32_t plain_next(gene_text_t t, size_t *at) {
  int32_t c;
  utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)t.ptr + *at,
                                        (utf8proc_ssize_t)(t.len - *at), &c);
  *at += n > 0 ? (size_t)n : 1;
  return n > 0 ? c : 0xfffd;
}

bool plain_is_control(int32_t c) {
  return (c < 0x20 && c != '\t') || (c >= 0x7f && c < 0xa0);
}

int plain_width(int32_t c) {
  return c == 0xfffd ? 1 : utf8proc_charwidth(c);
}

void plain_put_char(FILE *file, int32_t c) {
  utf8proc_uint8_t bytes[4];
  utf8proc_ssize_t n = utf8proc_encode_char(c, bytes);
  fwrite(bytes, 1, (size_t)n, file);
}

void plain_put(FILE *file, gene_text_t t, bool lines) {
  for (size_t at = 0; at < t.len;) {
    int32_t c = plain_next(t, &at);
    if (plain_is_control(c) && !(lines && c == '\n'))
      fprintf(file, "\\u{%x}", (unsigned)c);
    else
      plain_put_char(file, c);
  }
}

size_t plain_cut(gene_text_t t, size_t size) {
  size_t len = 0;
  for (size_t at = 0; at < t.len; len = at) {
    plain_next(t, &at);
    if (at >= size)
      break;
  }
  return len;
}

void plain_copy(char *out, size_t size, gene_text_t t) {
  size_t len = plain_cut(t, size);
  if (len > 0)
    memcpy(out, t.ptr, len);
  out[len] = '\0';
}

gene_text_t plain_text(const char *s) {
  return (gene_text_t){s, strlen(s)};
}
