/*
 * string.h - strings and symbols: immutable UTF-8. Indexes count code points;
 * ASCII text is indexed in O(1). Builtins of String and Char are in string.c's
 * table. Case mapping is Unicode's (utf8proc), never the locale's.
 */
#ifndef GN_TYPES_STRING_H
#define GN_TYPES_STRING_H

#include <stdarg.h>

#include "core/heap.h"

static inline bool gn_is_string(gn_value v) {
  return gn_is(v, GN_T_STRING);
}
static inline bool gn_is_symbol(gn_value v) {
  return gn_is(v, GN_T_SYMBOL);
}
static inline gn_string *gn_str(gn_value v) {
  return (gn_string *)gn_as_obj(v);
}
static inline gn_symbol *gn_sym(gn_value v) {
  return (gn_symbol *)gn_as_obj(v);
}
static inline const char *gn_str_bytes(const gn_string *s) {
  return (s->h.aux & GN_STR_SHARED) ? s->as.buf->bytes + s->at : s->as.bytes;
}
/* Text of a string or symbol value. */
static inline const char *gn_text(gn_value v, size_t *len) {
  if (gn_is_string(v)) {
    *len = gn_str(v)->len;
    return gn_str_bytes(gn_str(v));
  }
  assert(gn_is_symbol(v));
  *len = gn_sym(v)->len;
  return gn_sym(v)->bytes;
}

/* A string of len bytes at as.bytes, which the caller fills with valid UTF-8
 * at once; neither hash nor chars are known. NULL: out of memory. */
gn_string *gn_string_blank(gn_heap *heap, size_t len);
/* The same at gn_string_room, which may be filled bit by bit as long as nobody
 * else sees the string. */
gn_string *gn_string_hollow(gn_heap *heap, size_t len);

/* All give GN_NONE when out of memory. Bytes must be valid UTF-8. */
gn_value gn_string_new(gn_heap *heap, const char *bytes, size_t len);
gn_value gn_string_c(gn_heap *heap, const char *text);
/* With a NUL behind the text, which does not count: names of classes, modules
 * and namespaces can be given to printf. */
gn_value gn_string_name(gn_heap *heap, const char *bytes, size_t len);
gn_value gn_string_format(gn_heap *heap, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
gn_value gn_string_vformat(gn_heap *heap, const char *fmt, va_list args);
/* a ++ b. Shares a's buffer when a ends where its buffer's contents end, so
 * appending in a loop is linear. */
gn_value gn_string_concat(gn_heap *heap, gn_value a, gn_value b);
/* Same, with bytes that may lie anywhere. */
gn_value gn_string_append_bytes(gn_heap *heap, gn_value a, const char *bytes,
                                size_t len);
/* The string that s and len more bytes make, its bytes from *from on yet to be
 * written by the caller: *from is 0, or s->len when s lies in it already.
 * NULL: out of memory. */
gn_string *gn_string_join_room(gn_heap *heap, const gn_string *s, size_t len,
                               uint32_t *from);
static inline char *gn_string_room(gn_string *s) {
  return (s->h.aux & GN_STR_SHARED) ? s->as.buf->bytes + s->at : s->as.bytes;
}
gn_value gn_symbol_new(gn_heap *heap, const char *bytes, size_t len);
gn_value gn_symbol_of(gn_heap *heap, gn_value string_or_symbol);
gn_value gn_string_of(gn_heap *heap, gn_value string_or_symbol);

/* True when v is the symbol or string of this text. */
bool gn_text_is(gn_value v, const char *text);

uint32_t gn_str_hash(uint64_t seed, gn_string *s);
uint32_t gn_str_chars(gn_string *s); /* code points; counted once, kept */
bool gn_str_equal(const gn_string *a, const gn_string *b);
/* Byte offset of code point i (0..chars). */
uint32_t gn_str_offset(gn_string *s, uint32_t i);
/* The same, from the place that was last looked up in this text when that is
 * nearer than both ends. Adds to *passed the bytes it had to walk over. */
uint32_t gn_str_offset_near(gn_heap *heap, gn_string *s, uint32_t i,
                            uint32_t *passed);
/* The way back: the code points before byte `at`, where one begins or s ends */
uint32_t gn_str_chars_near(gn_heap *heap, gn_string *s, uint32_t at,
                           uint32_t *passed);
/* The characters from..to; *passed as above. */
gn_value gn_str_slice(gn_heap *heap, gn_string *s, uint32_t from_char,
                      uint32_t to_char, uint32_t *passed);
/* The bytes from..to, both at character boundaries; a large part shares the
 * buffer of s. */
gn_value gn_str_cut(gn_heap *heap, const gn_string *s, uint32_t from,
                    uint32_t to);

/* ---- a text being built: linear in the result ---- */

typedef struct gn_builder {
  gn_heap *heap;
  gn_blob *buf; /* NULL: empty yet. Root it across safepoints. */
  bool failed;  /* out of memory: further puts do nothing */
} gn_builder;

void gn_builder_init(gn_builder *b, gn_heap *heap);
bool gn_put(gn_builder *b, const char *bytes, size_t len);
bool gn_put_c(gn_builder *b, const char *text);
bool gn_put_char(gn_builder *b, uint32_t code_point);
/* The string, sharing the buffer when large; GN_NONE if anything failed. */
gn_value gn_builder_string(gn_builder *b);

#endif
