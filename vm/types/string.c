/*
 * string.c - the structure of strings and symbols: creation, joining, slicing,
 * indexing. It never changes a string: joining in a loop is linear because a
 * result may share its buffer with its first operand and own more of it.
 *
 * Short strings hold their bytes; longer ones that were made by joining or
 * slicing lie somewhere in a blob. Bytes of a blob below `used` belong to some
 * string and are never written again.
 */
#include "types/string.h"

#include <stdio.h>

#include "core/utf8.h"

#define INLINE_JOIN  64u  /* a joined string of fewer bytes is held in line */
#define SHARED_SLICE 256u /* a shorter slice is copied */
#define LONGEST      (UINT32_MAX - 1024u)

static gn_value too_long(gn_heap *heap) {
  heap->failed = true;
  return GN_NONE;
}

/* Static strings are shared and never written again, so all is computed. */
static void complete(const gn_heap *heap, gn_string *s) {
  s->hash = gn_hash_bytes(heap->seed, gn_str_bytes(s), s->len);
  s->chars = (uint32_t)gn_utf8_count(gn_str_bytes(s), s->len);
}

static inline gn_value finish(const gn_heap *heap, gn_string *s) {
  if (GN_UNLIKELY(s->h.flags & GN_STATIC))
    complete(heap, s);
  return gn_from_obj(s);
}

gn_string *gn_string_blank(gn_heap *heap, size_t len) {
  if (len > LONGEST) {
    heap->failed = true;
    return NULL;
  }
  size_t bytes = GN_STRING_HEAD + len;
  if (bytes < sizeof(gn_string))
    bytes = sizeof(gn_string);
  gn_string *s = gn_alloc(heap, GN_T_STRING, bytes);
  if (s == NULL)
    return NULL;
  s->hash = 0;
  s->len = (uint32_t)len;
  s->chars = GN_CHARS_UNKNOWN;
  s->at = 0;
  return s;
}

/* A string of the len bytes at `at` in buf. NULL: out of memory. */
static gn_string *new_shared(gn_heap *heap, gn_blob *buf, uint32_t at,
                             uint32_t len) {
  gn_string *s = gn_alloc(heap, GN_T_STRING, sizeof *s);
  if (s == NULL)
    return NULL;
  s->h.aux = GN_STR_SHARED;
  s->hash = 0;
  s->len = len;
  s->chars = GN_CHARS_UNKNOWN;
  s->at = at;
  s->as.buf = buf;
  return s;
}

gn_string *gn_string_hollow(gn_heap *heap, size_t len) {
  if (len < INLINE_JOIN || len > LONGEST)
    return gn_string_blank(heap, len);
  gn_blob *buf = gn_blob_new(heap, len);
  if (buf == NULL)
    return NULL;
  buf->used = (uint32_t)len;
  return new_shared(heap, buf, 0, (uint32_t)len);
}

gn_value gn_string_new(gn_heap *heap, const char *bytes, size_t len) {
  gn_string *s = gn_string_blank(heap, len);
  if (s == NULL)
    return GN_NONE;
  if (len != 0)
    memcpy(s->as.bytes, bytes, len);
  return finish(heap, s);
}

gn_value gn_string_name(gn_heap *heap, const char *bytes, size_t len) {
  gn_string *s = gn_string_blank(heap, len + 1);
  if (s == NULL)
    return GN_NONE;
  memcpy(s->as.bytes, bytes, len);
  s->as.bytes[len] = '\0';
  s->len = (uint32_t)len;
  return finish(heap, s);
}

gn_value gn_string_c(gn_heap *heap, const char *text) {
  return gn_string_new(heap, text, strlen(text));
}

gn_value gn_string_vformat(gn_heap *heap, const char *fmt, va_list args) {
  char text[256];
  va_list again;
  va_copy(again, args);
  /* The analyzer does not see that the caller has started args. */
  /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
  int len = vsnprintf(text, sizeof text, fmt, args);
  assert(len >= 0);
  gn_value v;
  if ((size_t)len < sizeof text) {
    v = gn_string_new(heap, text, (size_t)len);
  } else {
    gn_string *s = gn_string_blank(heap, (size_t)len + 1);
    if (s != NULL) {
      vsnprintf(s->as.bytes, (size_t)len + 1, fmt, again);
      s->len = (uint32_t)len;
    }
    v = s != NULL ? finish(heap, s) : GN_NONE;
  }
  va_end(again);
  return v;
}

gn_value gn_string_format(gn_heap *heap, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  gn_value v = gn_string_vformat(heap, fmt, args);
  va_end(args);
  return v;
}

/* ---- joining ---- */

/* True when n more bytes can be written right behind s; a large buffer is made
 * longer for that. */
static bool can_extend(gn_heap *heap, const gn_string *s, size_t n) {
  if (!(s->h.aux & GN_STR_SHARED))
    return false;
  gn_blob *buf = s->as.buf;
  if ((buf->h.flags & GN_STATIC) || s->at + s->len != buf->used)
    return false;
  if (n <= buf->cap - buf->used)
    return true;
  size_t need = (size_t)buf->used + n, want = (size_t)buf->used * 2;
  size_t cap = gn_growth(heap, need, want < need ? need : want, 1);
  return (buf->h.flags & GN_LARGE) && need <= LONGEST &&
         gn_blob_extend(heap, buf, cap < LONGEST ? cap : LONGEST);
}

/* s and len more bytes behind it in the buffer they share. */
static gn_string *extend(gn_heap *heap, const gn_string *s, size_t len) {
  gn_blob *buf = s->as.buf;
  gn_string *joined = new_shared(heap, buf, s->at, s->len + (uint32_t)len);
  if (joined != NULL)
    buf->used += (uint32_t)len;
  return joined;
}

/* A string of all in a new buffer with room to grow: more if s has grown
 * before. */
static gn_string *join_in_buffer(gn_heap *heap, const gn_string *s,
                                 size_t len) {
  size_t total = s->len + len;
  size_t spare = (s->h.aux & GN_STR_SHARED) ? total : total / 2;
  size_t cap = gn_growth(heap, total, total + spare, 1);
  gn_blob *buf = gn_blob_grow(heap, NULL, 0, cap < LONGEST ? cap : LONGEST);
  if (buf == NULL)
    return NULL;
  gn_string *joined = new_shared(heap, buf, 0, (uint32_t)total);
  if (joined != NULL)
    buf->used = (uint32_t)total;
  return joined;
}

gn_string *gn_string_join_room(gn_heap *heap, const gn_string *s, size_t len,
                               uint32_t *from) {
  if (len > LONGEST - s->len) {
    heap->failed = true;
    return NULL;
  }
  *from = s->len;
  if (can_extend(heap, s, len))
    return extend(heap, s, len);
  *from = 0;
  if (s->len + len < INLINE_JOIN || (heap->obj_flags & GN_STATIC))
    return gn_string_blank(heap, s->len + len);
  return join_in_buffer(heap, s, len);
}

gn_value gn_string_append_bytes(gn_heap *heap, gn_value a, const char *bytes,
                                size_t len) {
  const gn_string *s = gn_str(a);
  uint32_t from;
  if (len == 0)
    return a;
  gn_string *joined = gn_string_join_room(heap, s, len, &from);
  if (joined == NULL)
    return GN_NONE;
  char *to = gn_string_room(joined);
  if (from == 0 && s->len != 0)
    memcpy(to, gn_str_bytes(s), s->len);
  memmove(to + s->len, bytes, len);
  return finish(heap, joined);
}

gn_value gn_string_concat(gn_heap *heap, gn_value a, gn_value b) {
  gn_string *x = gn_str(a), *y = gn_str(b);
  if (x->len == 0)
    return b;
  gn_value v = gn_string_append_bytes(heap, a, gn_str_bytes(y), y->len);
  if (v == GN_NONE || v == a)
    return v;
  if (x->chars != GN_CHARS_UNKNOWN && y->chars != GN_CHARS_UNKNOWN)
    gn_str(v)->chars = x->chars + y->chars;
  return v;
}

/* ---- symbols ---- */

gn_value gn_symbol_new(gn_heap *heap, const char *bytes, size_t len) {
  if (len > LONGEST)
    return too_long(heap);
  gn_symbol *s = gn_alloc(heap, GN_T_SYMBOL, sizeof *s + len);
  if (s == NULL)
    return GN_NONE;
  s->hash = gn_hash_bytes(heap->seed, bytes, len);
  s->len = (uint32_t)len;
  s->line = s->column = 0;
  if (len != 0)
    memcpy(s->bytes, bytes, len);
  return gn_from_obj(s);
}

gn_value gn_symbol_of(gn_heap *heap, gn_value v) {
  size_t len;
  if (gn_is_symbol(v))
    return v;
  const char *text = gn_text(v, &len);
  return gn_symbol_new(heap, text, len);
}

gn_value gn_string_of(gn_heap *heap, gn_value v) {
  size_t len;
  if (gn_is_string(v))
    return v;
  const char *text = gn_text(v, &len);
  return gn_string_new(heap, text, len);
}

bool gn_text_is(gn_value v, const char *text) {
  size_t len;
  if (!gn_is_string(v) && !gn_is_symbol(v))
    return false;
  const char *own = gn_text(v, &len);
  return len == strlen(text) && memcmp(own, text, len) == 0;
}

/* ---- looking at strings ---- */

/* Static strings without these (bytes) are computed anew: they are shared. */
uint32_t gn_str_hash(uint64_t seed, gn_string *s) {
  if (s->hash != 0)
    return s->hash;
  uint32_t hash = gn_hash_bytes(seed, gn_str_bytes(s), s->len);
  if (!(s->h.flags & GN_STATIC))
    s->hash = hash;
  return hash;
}

uint32_t gn_str_chars(gn_string *s) {
  if (s->chars != GN_CHARS_UNKNOWN)
    return s->chars;
  uint32_t chars = (uint32_t)gn_utf8_count(gn_str_bytes(s), s->len);
  if (!(s->h.flags & GN_STATIC))
    s->chars = chars;
  return chars;
}

bool gn_str_equal(const gn_string *a, const gn_string *b) {
  if (a == b)
    return true;
  if (a->len != b->len || (a->hash != 0 && b->hash != 0 && a->hash != b->hash))
    return false;
  return memcmp(gn_str_bytes(a), gn_str_bytes(b), a->len) == 0;
}

/* Where the character that begins n characters after `at` begins. */
static uint32_t skip_forward(const char *bytes, uint32_t at, uint32_t n) {
  uint32_t size;
  for (; n >= 32; n -= 32) { /* at least 32 bytes follow */
    uint32_t chars = (uint32_t)gn_utf8_count(bytes + at, 32);
    at += 32;
    n += 32 - chars;
  }
  while (((unsigned char)bytes[at] & 0xc0) == 0x80)
    at++;
  for (; n > 0; n--) {
    gn_utf8_decode(bytes + at, 4, &size);
    at += size;
  }
  return at;
}

uint32_t gn_str_offset(gn_string *s, uint32_t i) {
  uint32_t chars = gn_str_chars(s);
  assert(i <= chars);
  if (chars == s->len)
    return i;
  if (i == chars)
    return s->len;
  return skip_forward(gn_str_bytes(s), 0, i);
}

/* Where the n-th character before `at` begins. */
static uint32_t skip_back(const char *bytes, uint32_t at, uint32_t n) {
  for (; n >= 32; n -= (uint32_t)gn_utf8_count(bytes + at, 32))
    at -= 32; /* at least 32 bytes stand before it */
  while (n > 0)
    if (((unsigned char)bytes[--at] & 0xc0) != 0x80)
      n--;
  return at;
}

#define LONG_TEXT 256u /* bytes; below it the place is not kept */

/* A place in a text, told both ways. */
typedef struct gn_text_place place;

static bool is_kept(const gn_heap *heap, const place *p, const gn_string *s) {
  return p->text == s && p->collections == heap->collections;
}

static void keep(gn_heap *heap, const gn_string *s, place at) {
  place *p = heap->places;
  while (p < heap->places + GN_TEXT_PLACES && !is_kept(heap, p, s))
    p++;
  if (p == heap->places + GN_TEXT_PLACES) {
    p = &heap->places[heap->next_place];
    heap->next_place = (heap->next_place + 1) % GN_TEXT_PLACES;
  }
  at.text = s;
  at.collections = heap->collections;
  *p = at;
}

static uint32_t apart(uint32_t a, uint32_t b) {
  return a < b ? b - a : a - b;
}

static uint32_t distance(const place *p, uint32_t want, bool is_byte) {
  return apart(is_byte ? p->bytes : p->chars, want);
}

/* Of the ends of s, which has `chars` characters, and the place kept for it the
 * one that is nearest to byte or character `want`. */
static place nearest(const gn_heap *heap, const gn_string *s, uint32_t chars,
                     uint32_t want, bool is_byte) {
  const place end = {.chars = chars, .bytes = s->len};
  const place *all = heap->places;
  place best = {.chars = 0};
  if (distance(&end, want, is_byte) < distance(&best, want, is_byte))
    best = end;
  for (const place *p = all; p < all + GN_TEXT_PLACES; p++)
    if (is_kept(heap, p, s) &&
        distance(p, want, is_byte) < distance(&best, want, is_byte))
      best = *p;
  return best;
}

uint32_t gn_str_offset_near(gn_heap *heap, gn_string *s, uint32_t i,
                            uint32_t *passed) {
  uint32_t chars = gn_str_chars(s), at;
  assert(i <= chars);
  if (chars == s->len || s->len < LONG_TEXT)
    return gn_str_offset(s, i);
  place from = nearest(heap, s, chars, i, false);
  if (i > from.chars)
    at = skip_forward(gn_str_bytes(s), from.bytes, i - from.chars);
  else
    at = skip_back(gn_str_bytes(s), from.bytes, from.chars - i);
  *passed += apart(at, from.bytes);
  keep(heap, s, (place){.chars = i, .bytes = at});
  return at;
}

uint32_t gn_str_chars_near(gn_heap *heap, gn_string *s, uint32_t at,
                           uint32_t *passed) {
  const char *bytes = gn_str_bytes(s);
  uint32_t chars = gn_str_chars(s);
  assert(at <= s->len);
  if (chars == s->len)
    return at;
  if (s->len < LONG_TEXT)
    return (uint32_t)gn_utf8_count(bytes, at);
  place from = nearest(heap, s, chars, at, true);
  uint32_t away = apart(at, from.bytes), i = from.chars;
  if (at > from.bytes)
    i += (uint32_t)gn_utf8_count(bytes + from.bytes, away);
  else
    i -= (uint32_t)gn_utf8_count(bytes + at, away);
  *passed += away;
  keep(heap, s, (place){.chars = i, .bytes = at});
  return i;
}

gn_value gn_str_slice(gn_heap *heap, gn_string *s, uint32_t from_char,
                      uint32_t to_char, uint32_t *passed) {
  assert(from_char <= to_char && to_char <= gn_str_chars(s));
  uint32_t from = gn_str_offset_near(heap, s, from_char, passed);
  uint32_t to = gn_str_offset_near(heap, s, to_char, passed);
  gn_value v = gn_str_cut(heap, s, from, to);
  if (v != GN_NONE)
    gn_str(v)->chars = to_char - from_char;
  return v;
}

gn_value gn_str_cut(gn_heap *heap, const gn_string *s, uint32_t from,
                    uint32_t to) {
  uint32_t len = to - from;
  assert(from <= to && to <= s->len);
  if (len == s->len)
    return gn_from_obj(s);
  gn_string *part;
  if (len >= SHARED_SLICE && (s->h.aux & GN_STR_SHARED) &&
      len >= s->as.buf->used / 16) {
    part = new_shared(heap, s->as.buf, s->at + from, len);
  } else {
    part = gn_string_blank(heap, len);
    if (part != NULL)
      memcpy(part->as.bytes, gn_str_bytes(s) + from, len);
  }
  if (part == NULL)
    return GN_NONE;
  if (s->chars == s->len) /* ASCII, and so are its parts */
    part->chars = len;
  return finish(heap, part);
}

/* ---- a text being built ---- */

#define BUILDER_FIRST ((size_t)112)

void gn_builder_init(gn_builder *b, gn_heap *heap) {
  *b = (gn_builder){.heap = heap};
}

/* Room for n more bytes; false, and failed from then on, without memory. */
static bool builder_reserve(gn_builder *b, size_t n) {
  size_t used = b->buf != NULL ? b->buf->used : 0;
  if (b->failed)
    return false;
  if (b->buf != NULL && n <= b->buf->cap - used)
    return true;
  gn_blob *buf = NULL;
  if (n <= LONGEST - used) {
    size_t want = used * 2 < BUILDER_FIRST ? BUILDER_FIRST : used * 2;
    size_t cap = gn_growth(b->heap, used + n, want, 1);
    buf = gn_blob_grow(b->heap, b->buf, used, cap < LONGEST ? cap : LONGEST);
  }
  if (buf == NULL) {
    b->heap->failed = b->failed = true;
    return false;
  }
  b->buf = buf;
  return true;
}

bool gn_put(gn_builder *b, const char *bytes, size_t len) {
  if (len == 0)
    return !b->failed;
  if (!builder_reserve(b, len))
    return false;
  memcpy(b->buf->bytes + b->buf->used, bytes, len);
  b->buf->used += (uint32_t)len;
  return true;
}

bool gn_put_c(gn_builder *b, const char *text) {
  return gn_put(b, text, strlen(text));
}

bool gn_put_char(gn_builder *b, uint32_t code_point) {
  char bytes[4];
  return gn_put(b, bytes, gn_utf8_encode(code_point, bytes));
}

gn_value gn_builder_string(gn_builder *b) {
  if (b->failed)
    return GN_NONE;
  uint32_t len = b->buf != NULL ? b->buf->used : 0;
  if (len < INLINE_JOIN || (b->heap->obj_flags & GN_STATIC))
    return gn_string_new(b->heap, len != 0 ? b->buf->bytes : "", len);
  gn_string *s = new_shared(b->heap, b->buf, 0, len);
  return s != NULL ? gn_from_obj(s) : GN_NONE;
}
