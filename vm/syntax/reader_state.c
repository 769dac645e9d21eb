/*
 * reader_state.c - what all parts of the reader stand on: classes of
 * characters, places and errors, the growing buffers. It reads nothing.
 */
#include "syntax/reader_impl.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/utf8.h"
#include "types/bytes.h"

#define SP (RD_SPACE | RD_END)
#define DG (RD_DIGIT | RD_HEX)
const uint8_t rd_classes[256] = {
    ['\t'] = SP,
    ['\n'] = SP,
    ['\r'] = SP,
    [' '] = SP,
    [','] = SP,
    [';'] = RD_END,
    ['('] = RD_END,
    ['['] = RD_END,
    ['{'] = RD_END,
    [')'] = RD_END | RD_CLOSE,
    [']'] = RD_END | RD_CLOSE,
    ['}'] = RD_END | RD_CLOSE,
    ['`'] = RD_END,
    ['%'] = RD_END,
    ['"'] = RD_END | RD_TEXT,
    ['\\'] = RD_SPECIAL | RD_TEXT,
    ['/'] = RD_SPECIAL,
    ['#'] = RD_TEXT,
    ['0'] = DG,
    ['1'] = DG,
    ['2'] = DG,
    ['3'] = DG,
    ['4'] = DG,
    ['5'] = DG,
    ['6'] = DG,
    ['7'] = DG,
    ['8'] = DG,
    ['9'] = DG,
    ['a'] = RD_HEX,
    ['b'] = RD_HEX,
    ['c'] = RD_HEX,
    ['d'] = RD_HEX,
    ['e'] = RD_HEX,
    ['f'] = RD_HEX,
    ['A'] = RD_HEX,
    ['B'] = RD_HEX,
    ['C'] = RD_HEX,
    ['D'] = RD_HEX,
    ['E'] = RD_HEX,
    ['F'] = RD_HEX,
};

/* ---- errors ---- */

/* The same for a long stretch, much faster. */
__attribute__((noinline)) static void place_far(gn_reader *r, const char *at) {
  const char *line = r->mark;
  uint32_t lines = 0;
  for (const char *p = r->mark; p < at; p++)
    lines += *p == '\n';
  if (lines > 0) {
    for (line = at; line[-1] != '\n'; line--)
      ;
    r->column = 1;
  }
  r->line += lines;
  r->column += (uint32_t)gn_utf8_count(line, (size_t)(at - line));
  r->mark = at;
}

void rd_place(gn_reader *r, const char *at) {
  assert(at >= r->mark && at <= r->end);
  if (GN_UNLIKELY(at - r->mark > 64)) {
    place_far(r, at);
    return;
  }
  uint32_t column = r->column;
  for (const char *p = r->mark; p < at; p++) {
    column += (signed char)*p > (signed char)0xbf;
    if (GN_UNLIKELY(*p == '\n')) {
      r->line++;
      column = 1;
    }
  }
  r->mark = at;
  r->column = column;
}

/* Cuts the message at a character boundary if vsnprintf cut it anywhere. */
static void set_message(gn_syntax_error *err, const char *fmt, va_list args) {
  int n = vsnprintf(err->message, sizeof err->message, fmt, args);
  if (n >= (int)sizeof err->message) {
    size_t len = sizeof err->message - 1;
    err->message[gn_utf8_valid_prefix(err->message, len)] = '\0';
  }
}

bool rd_fail(gn_reader *r, const char *at, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  set_message(r->err, fmt, args);
  va_end(args);
  rd_place(r, at);
  r->err->line = r->line;
  r->err->column = r->column;
  return false;
}

bool rd_fail_open(gn_reader *r, const rd_frame *f, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  set_message(r->err, fmt, args);
  va_end(args);
  r->err->line = f->open_line;
  r->err->column = f->open_column;
  return false;
}

bool rd_too_deep(gn_reader *r, const char *at) {
  if (r->nesting == GN_MAX_NESTING)
    return rd_fail(r, at, "Nesting too deep");
  return rd_fail(r, at, "Nesting too deep (the limit is %u levels)",
                 r->nesting);
}

bool rd_oom(gn_reader *r) {
  rd_fail(r, r->p >= r->mark ? r->p : r->mark, "Out of memory");
  r->err->out_of_memory = true;
  return false;
}

int rd_token_len(gn_reader *r, const char *p) {
  const char *q = p;
  while (q < r->end && q - p < 60 && !rd_is(*q, RD_END))
    q++;
  if (q == p)
    q += p < r->end;
  return (int)gn_utf8_valid_prefix(p, (size_t)(q - p));
}

/* ---- the three growing buffers ---- */

/* They lie on the heap, where nothing is lost when a step is the last. */

static size_t grown(size_t cap, size_t first, size_t need) {
  size_t n = cap == 0 ? first : cap * 2;
  return n < need ? need : n;
}

bool rd_grow_frames(gn_reader *r) {
  if (r->nframes < r->frames_cap)
    return true;
  size_t cap = grown(r->frames_cap, 8, r->nframes + 1);
  gn_blob *buf =
      gn_blob_grow(r->heap, r->frames_buf, r->nframes * sizeof(rd_frame),
                   cap * sizeof(rd_frame));
  if (buf == NULL)
    return rd_oom(r);
  r->frames_buf = buf;
  r->frames = (rd_frame *)(void *)buf->bytes;
  r->frames_cap = cap;
  return true;
}

static bool grow_values(gn_reader *r) {
  size_t cap = grown(r->values_cap, 32, r->nvalues + 1);
  if (cap > UINT32_MAX)
    return rd_oom(r);
  gn_values *buf = gn_values_grow(r->heap, r->values_buf, r->nvalues, cap);
  if (buf == NULL)
    return rd_oom(r);
  r->values_buf = buf;
  r->values = buf->v;
  r->values_cap = (size_t)buf->cap;
  return true;
}

static bool grow_text(gn_reader *r, size_t need) {
  size_t cap = grown(r->buf_cap, 64, need);
  if (cap > UINT32_MAX - 64)
    return rd_oom(r);
  gn_blob *buf = gn_blob_grow(r->heap, r->text_buf, r->buf_len, cap);
  if (buf == NULL)
    return rd_oom(r);
  r->text_buf = buf;
  r->buf = buf->bytes;
  r->buf_cap = buf->cap;
  return true;
}

bool rd_push_value(gn_reader *r, gn_value v) {
  if (v == GN_NONE)
    return rd_oom(r);
  if (GN_UNLIKELY(r->nvalues == r->values_cap) && !grow_values(r))
    return false;
  r->values[r->nvalues++] = v;
  return true;
}

bool rd_put(gn_reader *r, const char *bytes, size_t len) {
  if (r->buf_len + len > r->buf_cap && !grow_text(r, r->buf_len + len))
    return false;
  if (len > 0)
    memcpy(r->buf + r->buf_len, bytes, len);
  r->buf_len += len;
  return true;
}

/* From so many bytes on a text is not copied out of the scratch. */
#define SCRATCH_GIVEN ((size_t)4096)

static gn_value give_scratch(gn_reader *r) {
  gn_builder b = {.heap = r->heap, .buf = r->text_buf};
  b.buf->used = (uint32_t)r->buf_len;
  r->text_buf = NULL;
  r->buf = NULL;
  r->buf_len = r->buf_cap = 0;
  return gn_builder_string(&b);
}

gn_value rd_scratch_string(gn_reader *r) {
  if (r->buf_len >= SCRATCH_GIVEN)
    return give_scratch(r);
  return gn_string_new(r->heap, r->buf_len > 0 ? r->buf : "", r->buf_len);
}

gn_value rd_scratch_bytes(gn_reader *r) {
  bool kept = (r->heap->obj_flags & GN_STATIC) != 0;
  if (kept || r->buf_len < SCRATCH_GIVEN)
    return gn_bytes_new(r->heap, r->buf, r->buf_len);
  gn_value v = give_scratch(r);
  if (v != GN_NONE)
    gn_as_obj(v)->type = GN_T_BYTES;
  return v;
}

bool rd_put_code(gn_reader *r, uint32_t code_point) {
  char bytes[4];
  return rd_put(r, bytes, gn_utf8_encode(code_point, bytes));
}
