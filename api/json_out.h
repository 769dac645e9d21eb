/*
 * json_out.h - writes JSON into a buffer, in order, nothing kept. It is as fast
 * as copying; that what is written is well-formed is the caller's business.
 */
#ifndef API_JSON_OUT_H
#define API_JSON_OUT_H

#include "gene.h"
#include "server/buf.h"

#define json_lit(out, literal) buf_add((out), (literal), sizeof(literal) - 1)

/* A string with its quotes; text is UTF-8. */
void json_text(struct buf *out, const char *text, size_t len);

/* The same without its quotes. */
void json_inside(struct buf *out, const char *text, size_t len);

/* Bytes of the inside of a string of this text. */
uint64_t json_inside_size(const char *text, size_t len);

/* Writes the inside of a string of text from byte *used on, as far as there is
 * room; moves *used, returns the bytes written. */
size_t json_inside_some(gene_text_t text, size_t *used, char *to, size_t room);

/* The same for bytes that may be anything: what is not UTF-8 becomes U+FFFD,
 * one for each byte. */
void json_bytes(struct buf *out, const char *bytes, size_t len);

/* A string, or null when ptr is NULL. */
void json_text_or_null(struct buf *out, gene_text_t text);

/* A number, or null when it is 0. */
void json_number_or_null(struct buf *out, uint64_t number);

/* The shortest decimal that reads back as the same number; null when it is
 * not finite. */
void json_double(struct buf *out, double number);

/* "name":123 with a comma before it. name is a literal in need of no escape. */
void json_field(struct buf *out, const char *name, uint64_t number);

static inline void json_bool(struct buf *out, bool value) {
  if (value)
    json_lit(out, "true");
  else
    json_lit(out, "false");
}

#endif
