/*
 * read_steps.c - the ways in: all of a text, its first form, or the first form
 * in steps. It knows no syntax.
 */
#include "core/utf8.h"
#include "syntax/reader_impl.h"
#include "types/array.h"

static bool at_nul(gn_reader *r, const char *nul) {
  return rd_fail(r, nul, "NUL character in source");
}

static bool check_text(gn_reader *r, size_t len) {
  if (len >= UINT32_MAX)
    return rd_fail(r, r->p, "Source is too large");
  size_t valid = gn_utf8_valid_prefix(r->p, len);
  const char *nul = memchr(r->p, '\0', valid);
  if (nul != NULL)
    return at_nul(r, nul);
  if (valid < len)
    return rd_fail(r, r->p + valid, "Invalid UTF-8 in source");
  return true;
}

static void skip_byte_order_mark(gn_reader *r) {
  if (r->end - r->p < 3 || memcmp(r->p, "\xef\xbb\xbf", 3) != 0)
    return;
  r->p += 3;
  r->mark = r->p;
}

/* Everything but the machine's head and the text. */
static void start(gn_reader *r, gn_heap *heap, const char *text, size_t len,
                  uint32_t nesting) {
  assert(nesting > 0 && nesting <= GN_MAX_NESTING);
  gn_machine m = r->m;
  const char *p = len > 0 ? text : "";
  *r = (gn_reader){
      .m = m,
      .text = GN_NIL,
      .heap = heap,
      .p = p,
      .end = p + len,
      .stop = p + len,
      .mark = p,
      .checked = p,
      .line = 1,
      .column = 1,
      .nesting = nesting,
  };
}

/* The bottom of the stacks; the values are never without a buffer. */
static bool push_bottom(gn_reader *r) {
  if (!rd_grow_frames(r) || !rd_push_value(r, GN_NIL))
    return false;
  r->nvalues = 0;
  r->frames[r->nframes++] = (rd_frame){.kind = RD_TOP};
  return true;
}

/* Reads all, or the first form, onto the stack of values. */
static bool read_forms(gn_reader *r, bool first_only) {
  bool at_end = false;
  while (!at_end) {
    if (!rd_advance(r, &at_end))
      return false;
    if (first_only && r->nframes == 1 && r->nvalues == 1)
      return true;
  }
  return true;
}

/* ---- at one stroke ---- */

static bool read_whole(gn_reader *r, gn_heap *heap, const char *text,
                       size_t len, uint32_t nesting, bool first_only,
                       gn_syntax_error *err) {
  memset(err, 0, sizeof *err);
  memset(&r->m, 0, sizeof r->m);
  start(r, heap, text, len, nesting);
  r->err = err;
  if (!push_bottom(r) || !check_text(r, len))
    return false;
  skip_byte_order_mark(r);
  return read_forms(r, first_only);
}

gn_value gn_read_all(gn_heap *heap, const char *text, size_t len,
                     uint32_t nesting, gn_syntax_error *err) {
  gn_reader r;
  if (!read_whole(&r, heap, text, len, nesting, false, err))
    return GN_NONE;
  gn_array *a = gn_array_from(heap, r.values, r.nvalues);
  if (a == NULL)
    rd_oom(&r);
  return a != NULL ? gn_from_obj(a) : GN_NONE;
}

/* The form that was read, or an error. */
static gn_value first_form(gn_reader *r) {
  if (r->nvalues > 0)
    return r->values[0];
  rd_fail(r, r->p, "EOF while reading form");
  return GN_NONE;
}

gn_value gn_read_first(gn_heap *heap, const char *text, size_t len,
                       uint32_t nesting, gn_syntax_error *err) {
  gn_reader r;
  if (!read_whole(&r, heap, text, len, nesting, true, err))
    return GN_NONE;
  return first_form(&r);
}

/* ---- in steps ---- */

static void trace_reader(gn_heap *heap, gn_machine *m) {
  gn_reader *r = (gn_reader *)(void *)m;
  gn_mark(heap, r->text);
  gn_mark_raw(heap, r->frames_buf);
  gn_mark_raw(heap, r->text_buf);
  gn_mark_raw(heap, r->values_buf);
  for (size_t i = 0; i < r->nvalues; i++)
    gn_mark(heap, r->values[i]);
  /* what lies above is stale: no later collection may look at it */
  for (size_t i = r->nvalues; i < r->values_cap; i++)
    r->values[i] = GN_NIL;
  for (size_t i = 0; i < r->nframes; i++) {
    const rd_frame *f = &r->frames[i];
    gn_mark_obj(heap, f->dict);
    gn_mark_obj(heap, f->target);
    gn_mark(heap, f->key);
    gn_mark_obj(heap, f->items);
  }
}

gn_reader *gn_reader_new(gn_heap *heap, gn_value text, uint32_t from,
                         uint32_t nesting, unsigned flags) {
  gn_reader *r = gn_alloc(heap, GN_T_MACHINE, sizeof *r);
  if (r == NULL)
    return NULL;
  const gn_string *s = gn_str(text);
  assert(from <= s->len);
  start(r, heap, gn_str_bytes(s) + from, s->len - from, nesting);
  r->m.trace = trace_reader;
  r->text = text;
  r->data = (flags & GN_READER_MAPS) != 0;
  r->serial = (flags & GN_READER_SERIAL) != 0;
  r->only = (flags & GN_READER_ONLY) != 0;
  return r;
}

bool gn_reader_failed(const gn_reader *r) {
  return r->failed;
}

size_t gn_reader_took(const gn_reader *r) {
  return r->took;
}

/* Whether nothing more is to be read before the end of the text. */
static bool has_all(const gn_reader *r) {
  return r->nframes == 1 && r->nvalues > 0 && !r->only;
}

/* The String is UTF-8 already; but a NUL, wherever it is, makes it no source.
 * Looking for one, and counting lines up to it, is much faster than reading. */
#define CHECK_AHEAD 256u
#define COUNT_AHEAD 16u

/* To the NUL that was found. */
static bool count_some(gn_reader *r, size_t bytes, bool *more) {
  size_t left = (size_t)(r->checked - r->mark);
  r->took += left / COUNT_AHEAD < bytes ? left / COUNT_AHEAD : bytes;
  if (left / COUNT_AHEAD < bytes)
    return at_nul(r, r->checked);
  rd_place(r, r->mark + bytes * COUNT_AHEAD);
  *more = true;
  return true;
}

/* What comes before the first token: false, or *more when the step is over. */
static bool begin(gn_reader *r, size_t bytes, bool *more) {
  if (r->nframes == 0 && !push_bottom(r))
    return false;
  size_t left = (size_t)(r->end - r->checked);
  size_t n = left / CHECK_AHEAD < bytes ? left : bytes * CHECK_AHEAD;
  const char *nul = memchr(r->checked, '\0', n);
  if (nul != NULL) {
    r->checked = nul;
    return count_some(r, bytes, more);
  }
  r->checked += n;
  r->took += n / CHECK_AHEAD;
  *more = n < left;
  r->begun = !*more;
  if (r->begun)
    skip_byte_order_mark(r);
  return true;
}

/* Reads on to r->stop: false, or *more when there is more to read. */
static bool read_some(gn_reader *r, size_t bytes, bool *more) {
  bool at_end = false;
  *more = false;
  if (!r->begun && (!begin(r, bytes, more) || *more))
    return *more;
  while (!at_end && !has_all(r)) {
    if (rd_pauses(r)) {
      *more = true;
      rd_place(r, r->p);
      return true;
    }
    if (!rd_advance(r, &at_end))
      return false;
    if (r->nframes == 1 && r->nvalues > 1)
      return rd_fail(r, r->p, "Only one form is allowed");
  }
  return true;
}

enum gn_read_status gn_reader_step(gn_reader *r, size_t bytes, gn_value *form,
                                   gn_syntax_error *err) {
  bool more;
  const char *from = r->p;
  assert(bytes > 0);
  memset(err, 0, sizeof *err);
  r->err = err;
  r->took = 0;
  r->stop = bytes < (size_t)(r->end - r->p) ? r->p + bytes : r->end;
  if (r->failed) {
    err->out_of_memory = true;
    return GN_READ_OOM;
  }
  bool ok = read_some(r, bytes, &more);
  r->took += (size_t)(r->p - from);
  if (ok) {
    if (more)
      return GN_READ_MORE;
    *form = first_form(r);
    if (*form != GN_NONE)
      return GN_READ_DONE;
  }
  r->failed = true;
  return err->out_of_memory ? GN_READ_OOM : GN_READ_BAD;
}
