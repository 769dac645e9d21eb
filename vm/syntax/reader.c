/*
 * reader.c - the reader's loop: white space and comments, delimiters, the
 * stack of open forms and what becomes of a form when it closes. Tokens are
 * read in read_*.c. Nothing here recurses, and no byte is looked at more than
 * a fixed number of times.
 */
#include "syntax/reader_impl.h"

#include <stdlib.h>

#include "core/dict.h"
#include "core/utf8.h"
#include "types/array.h"
#include "types/gene.h"

/* ---- opening ---- */

/* What `;` and `>` mean inside a form that opens within f. */
static unsigned inherited(const rd_frame *f, enum rd_kind kind,
                          unsigned flags) {
  switch (kind) {
  case RD_LIST: return (flags & RD_SUBST) ? 0 : RD_CHAIN;
  case RD_SEGMENT: return RD_NARROW;
  case RD_QUOTE:
  case RD_UNQUOTE:
  case RD_DECORATOR:
  case RD_PATH: return f->flags & (RD_CHAIN | RD_NARROW);
  default: return 0;
  }
}

bool rd_push(gn_reader *r, enum rd_kind kind, unsigned flags, const char *at) {
  const rd_frame *outer = rd_top(r);
  /* A path and the braces of a substitution make no level by themselves;
     * what they become is seen by rd_emit. */
  unsigned level = outer->level;
  if (kind != RD_PATH && !(flags & RD_SUBST))
    level++;
  if (level > GN_MAX_NESTING)
    return rd_fail(r, at, "Nesting too deep");
  flags |= inherited(outer, kind, flags);
  void *mem = r->frames;
  if (!rd_grow(r, &mem, &r->frames_cap, sizeof *r->frames, r->nframes + 1))
    return false;
  r->frames = mem;
  rd_place(r, at);
  r->frames[r->nframes++] = (rd_frame){
      .kind = (uint8_t)kind,
      .flags = (uint8_t)flags,
      .level = (uint16_t)level,
      .line = r->line,
      .column = r->column,
      .open_line = r->line,
      .open_column = r->column,
      .base = r->nvalues,
  };
  return true;
}

/* Opens a form whose opening takes so many bytes. */
static bool open_form(gn_reader *r, enum rd_kind kind, unsigned flags,
                      size_t bytes) {
  if (!rd_push(r, kind, flags, r->p))
    return false;
  r->p += bytes;
  return true;
}

/* ---- finished forms ---- */

gn_value rd_symbol_at(gn_reader *r, const char *text, size_t len,
                      const char *at) {
  gn_value v = gn_symbol_new(r->heap, text, len);
  if (v != GN_NONE) {
    rd_place(r, at);
    gn_sym(v)->line = r->line;
    gn_sym(v)->column = r->column;
  }
  return v;
}

static void grow_height(rd_frame *f, uint32_t height) {
  if (height > f->height)
    f->height = height;
}

/* A child, or the value of the key that waits. */
static bool add(gn_reader *r, rd_frame *f, gn_value v, uint32_t height) {
  grow_height(f, height + f->extra);
  if (f->target != NULL) {
    if (v == GN_NONE || !gn_map_set(r->heap, f->target, f->key, v))
      return rd_oom(r);
    f->target = NULL;
    f->extra = 0;
    return true;
  }
  if (f->props == RD_IN_PROPS)
    f->props = RD_PAST_PROPS;
  return rd_push_value(r, v);
}

static gn_value make_gene(gn_reader *r, const rd_frame *f) {
  size_t n = r->nvalues - f->base;
  const gn_value *v = r->values + f->base;
  gn_gene *g = gn_gene_new(r->heap, n > 0 ? v[0] : GN_NIL, n > 0 ? n - 1 : 0);
  if (g == NULL)
    return GN_NONE;
  if (n > 1) {
    memcpy(g->children, v + 1, (n - 1) * sizeof *v);
    g->n = (uint32_t)(n - 1);
  }
  g->props = f->dict;
  g->line = f->line;
  g->column = f->column;
  return gn_from_obj(g);
}

static gn_value seal(gn_value v, const rd_frame *f) {
  if (v != GN_NONE && (f->flags & RD_SEALED))
    gn_as_obj(v)->flags |= GN_SEALED;
  return v;
}

/* Takes the top off the stack and gives what it has become to the next. */
static bool pop_emit(gn_reader *r, gn_value v, uint32_t height) {
  r->nvalues = rd_top(r)->base;
  r->nframes--;
  return rd_emit(r, v, height);
}

/* The box of a prefix; v is what it stood before. */
static gn_value make_box(gn_reader *r, const rd_frame *f, gn_value v) {
  gn_value box =
      gn_box_new(r->heap, f->kind == RD_QUOTE ? GN_T_QUOTE : GN_T_UNQUOTE, v);
  if (box != GN_NONE && (f->flags & RD_DROP))
    gn_as_obj(box)->aux = GN_UNQUOTE_DROP;
  return box;
}

bool rd_emit(gn_reader *r, gn_value v, uint32_t height) {
  for (;;) {
    rd_frame *f = rd_top(r);
    if (v == GN_NONE)
      return rd_oom(r);
    if (f->level + f->extra + height > GN_MAX_NESTING)
      return rd_fail(r, r->p, "Nesting too deep");
    switch (f->kind) {
    case RD_QUOTE:
    case RD_UNQUOTE: v = make_box(r, f, v); break;
    case RD_DECORATOR:
      grow_height(f, height);
      if (!rd_push_value(r, v))
        return false;
      if (r->nvalues - f->base < 2)
        return true;
      v = make_gene(r, f);
      height = f->height;
      r->nvalues = f->base;
      break;
    case RD_STRING: f->flags |= RD_SEEN; return add(r, f, v, height);
    default: return add(r, f, v, height);
    }
    r->nframes--;
    height++;
  }
}

/* ---- closing ---- */

static bool close_list(gn_reader *r, rd_frame *f) {
  size_t n = r->nvalues - f->base;
  r->p++;
  if ((f->flags & RD_SUBST) && n < 2 && f->dict == NULL) {
    if (n == 1)
      return pop_emit(r, r->values[f->base], f->height);
    r->nframes--;
    rd_top(r)->flags |= RD_SEEN;
    return true;
  }
  return pop_emit(r, seal(make_gene(r, f), f), f->height + 1);
}

static bool close_array(gn_reader *r, rd_frame *f) {
  gn_array *a =
      gn_array_from(r->heap, r->values + f->base, r->nvalues - f->base);
  r->p++;
  return pop_emit(r, a ? seal(gn_from_obj(a), f) : GN_NONE, f->height + 1);
}

static bool close_map(gn_reader *r, rd_frame *f) {
  gn_dict *d = f->dict ? f->dict : gn_dict_new(r->heap, GN_T_MAP, 0);
  r->p++;
  return pop_emit(r, d ? seal(gn_from_obj(d), f) : GN_NONE, f->height + 1);
}

static bool close_hash(gn_reader *r, rd_frame *f) {
  r->p += 2;
  return pop_emit(r, seal(make_gene(r, f), f), f->height + 1);
}

/* At ) ] or }. */
static bool close_form(gn_reader *r) {
  rd_frame *f = rd_top(r);
  char c = *r->p;
  bool fits = false;
  if (f->kind == RD_LIST)
    fits = c == ((f->flags & RD_SUBST) ? '}' : ')');
  else if (f->kind == RD_ARRAY)
    fits = c == ']';
  else if (f->kind == RD_MAP)
    fits = c == '}';
  else if (f->kind == RD_HASH)
    fits = c == '}' && rd_peek(r, 1) == '}';
  if (!fits)
    return rd_fail(r, r->p, "Unmatched delimiter: %c", c);
  if (f->target != NULL)
    return rd_fail(r, r->p, "Expect value for %.*s", (int)f->key_len,
                   f->key_text);
  switch (f->kind) {
  case RD_LIST: return close_list(r, f);
  case RD_ARRAY: return close_array(r, f);
  case RD_MAP: return close_map(r, f);
  default: return close_hash(r, f);
  }
}

/* At the `;` of a list: what it holds so far becomes the next one's type. */
static bool chain(gn_reader *r) {
  rd_frame *f = rd_top(r);
  if (f->kind != RD_LIST)
    return rd_fail(r, r->p, "Unexpected ;");
  if (f->target != NULL)
    return rd_fail(r, r->p, "Expect value for %.*s", (int)f->key_len,
                   f->key_text);
  gn_value g = make_gene(r, f);
  r->nvalues = f->base;
  f->dict = NULL;
  f->props = RD_NO_PROPS;
  f->splices = 0;
  f->line = 0; /* set when the segment's first token is met */
  f->height++;
  if (f->level + f->height > GN_MAX_NESTING)
    return rd_fail(r, r->p, "Nesting too deep");
  r->p++;
  return rd_push_value(r, g);
}

static const char *what(const rd_frame *f) {
  switch (f->kind) {
  case RD_LIST: return (f->flags & RD_SUBST) ? "interpolation" : "list";
  case RD_ARRAY: return "list";
  case RD_MAP: return "map";
  case RD_HASH: return "hash map";
  case RD_QUOTE: return "quoted form";
  case RD_UNQUOTE: return "unquoted form";
  case RD_DECORATOR: return "decorator";
  case RD_SEGMENT: return "path";
  default: return "string";
  }
}

static bool eof_inside(gn_reader *r) {
  const rd_frame *f = rd_top(r);
  return rd_fail_open(r, f, "EOF while reading %s", what(f));
}

/* ---- white space and comments ---- */

bool rd_block_comment(gn_reader *r) {
  const char *start = r->p;
  size_t depth = 0;
  do {
    if (r->p >= r->end)
      return rd_fail(r, start, "EOF while reading comment");
    if (*r->p == '#' && rd_peek(r, 1) == '<') {
      depth++;
      r->p += 2;
    } else if (*r->p == '>' && rd_peek(r, 1) == '#') {
      depth--;
      r->p += 2;
    } else {
      r->p++;
    }
  } while (depth > 0);
  return true;
}

static void skip_line(gn_reader *r) {
  const char *nl = memchr(r->p, '\n', (size_t)(r->end - r->p));
  r->p = nl != NULL ? nl + 1 : r->end;
}

/* Whether the `#` at r->p starts a line comment. */
static bool is_line_comment(const gn_reader *r) {
  switch (rd_peek(r, 1)) {
  case '"':
  case '(':
  case '[':
  case '{':
  case '/':
  case '<':
  case '@': return false;
  case 'r': return rd_peek(r, 2) != '"';
  default: return true;
  }
}

/* To the next token, or the end. */
static bool skip_space(gn_reader *r) {
  while (r->p < r->end) {
    char c = *r->p;
    if (rd_is(c, RD_SPACE))
      r->p++;
    else if (c == ';' && !(rd_top(r)->flags & RD_CHAIN))
      skip_line(r);
    else if (c != '#')
      return true;
    else if (rd_peek(r, 1) == '<') {
      if (!rd_block_comment(r))
        return false;
    } else if (is_line_comment(r))
      skip_line(r);
    else
      return true;
  }
  return true;
}

/* ---- tokens ---- */

static bool hash_sign(gn_reader *r) {
  switch (rd_peek(r, 1)) {
  case '(': return open_form(r, RD_LIST, RD_SEALED, 2);
  case '[': return open_form(r, RD_ARRAY, RD_SEALED, 2);
  case '{':
    if (rd_peek(r, 2) != '{')
      return open_form(r, RD_MAP, RD_SEALED, 2);
    return open_form(r, RD_HASH, RD_SEALED, 3) &&
           rd_push_value(r, gn_symbol_new(r->heap, GN_FORM_HASHMAP,
                                          sizeof GN_FORM_HASHMAP - 1));
  case '"': return rd_string(r, true, false);
  case 'r': return rd_string(r, false, true);
  case '/': return rd_regex(r);
  default: return open_form(r, RD_DECORATOR, 0, 2);
  }
}

static bool open_brace(gn_reader *r) {
  if (rd_peek(r, 1) != '{')
    return open_form(r, RD_MAP, 0, 1);
  return open_form(r, RD_HASH, 0, 2) &&
         rd_push_value(r, gn_symbol_new(r->heap, GN_FORM_HASHMAP,
                                        sizeof GN_FORM_HASHMAP - 1));
}

/* Modulo, its assignment, or an unquote. */
static bool percent(gn_reader *r) {
  size_t len = rd_peek(r, 1) == '=' ? 2 : 1;
  const char *after = r->p + len;
  bool plain = after >= r->end || rd_is(*after, RD_SPACE | RD_CLOSE) ||
               *after == ';' || (len == 2 && rd_token_ends(r, after));
  if (plain) {
    gn_value v = rd_symbol_at(r, r->p, len, r->p);
    r->p = after;
    return rd_emit(r, v, 0);
  }
  if (rd_peek(r, 1) != '_')
    return open_form(r, RD_UNQUOTE, 0, 1);
  const char *form = r->p + 2;
  bool bare = form >= r->end || rd_is(*form, RD_SPACE | RD_CLOSE) ||
              *form == ';' || (*form == '>' && rd_token_ends(r, form));
  return open_form(r, RD_UNQUOTE, bare ? 0 : RD_DROP, bare ? 1 : 2);
}

/* Where a key must stand, something else does. */
static bool not_a_key(gn_reader *r) {
  if (rd_is(*r->p, RD_CLOSE))
    return rd_fail(r, r->p, "Unmatched delimiter: %c", *r->p);
  return rd_fail(r, r->p, "Expect key but found %.*s", rd_token_len(r, r->p),
                 r->p);
}

/* `^` starts a key directly inside ( ) and { }, else it is of a symbol. */
static bool caret(gn_reader *r) {
  rd_frame *f = rd_top(r);
  return f->kind == RD_LIST || f->kind == RD_MAP ? rd_key(r) : rd_symbol(r);
}

/* Reads one token; r->p is at its first character. */
static bool step(gn_reader *r) {
  char c = *r->p;
  rd_frame *f = rd_top(r);
  if (f->kind == RD_MAP && f->target == NULL && c != '^' && c != '}')
    return not_a_key(r);
  if (f->line == 0 && f->kind == RD_LIST) {
    rd_place(r, r->p);
    f->line = r->line;
    f->column = r->column;
  }
  switch (c) {
  case '(': return open_form(r, RD_LIST, 0, 1);
  case '[': return open_form(r, RD_ARRAY, 0, 1);
  case '{': return open_brace(r);
  case ')':
  case ']':
  case '}': return close_form(r);
  case '"': return rd_string(r, false, false);
  case '`': return open_form(r, RD_QUOTE, 0, 1);
  case '%': return percent(r);
  case '#': return hash_sign(r);
  case '\'': return rd_char(r);
  case ';': return chain(r);
  case '^': return caret(r);
  case '+':
  case '-': return rd_is(rd_peek(r, 1), RD_DIGIT) ? rd_number(r) : rd_symbol(r);
  default: return rd_is(c, RD_DIGIT) ? rd_number(r) : rd_symbol(r);
  }
}

/* ---- the loop ---- */

/* Does the next piece of work; *at_end when there is none left. */
static bool advance(gn_reader *r, bool *at_end) {
  rd_frame *f = rd_top(r);
  if (f->kind == RD_STRING)
    return rd_string_step(r);
  if (f->kind == RD_PATH)
    return rd_path_step(r);
  if (!skip_space(r))
    return false;
  if (r->p == r->end) {
    *at_end = true;
    return f->kind == RD_TOP || eof_inside(r);
  }
  if (f->kind == RD_SEGMENT && r->nvalues > f->base)
    return rd_segment_close(r);
  return step(r);
}

/* Reads all, or the first form, onto the stack of values. */
static bool read_forms(gn_reader *r, bool first_only) {
  bool at_end = false;
  while (!at_end) {
    if (!advance(r, &at_end))
      return false;
    if (first_only && r->nframes == 1 && r->nvalues == 1)
      return true;
  }
  return true;
}

static bool check_text(gn_reader *r, size_t len) {
  if (len >= UINT32_MAX)
    return rd_fail(r, r->p, "Source is too large");
  size_t valid = gn_utf8_valid_prefix(r->p, len);
  const char *nul = memchr(r->p, '\0', valid);
  if (nul != NULL)
    return rd_fail(r, nul, "NUL character in source");
  if (valid < len)
    return rd_fail(r, r->p + valid, "Invalid UTF-8 in source");
  if (len >= 3 && memcmp(r->p, "\xef\xbb\xbf", 3) == 0) {
    r->p += 3;
    r->mark = r->p;
  }
  return true;
}

/* Sets up the stacks; the one of values is never without a buffer. */
static bool push_bottom(gn_reader *r) {
  void *mem = NULL;
  if (!rd_grow(r, &mem, &r->frames_cap, sizeof *r->frames, 1))
    return false;
  r->frames = mem;
  r->frames[r->nframes++] = (rd_frame){.kind = RD_TOP};
  mem = NULL;
  if (!rd_grow(r, &mem, &r->values_cap, sizeof *r->values, 1))
    return false;
  r->values = mem;
  return true;
}

static void finish(gn_reader *r) {
  gn_heap_uncharge(r->heap, r->charged);
  free(r->frames);
  free(r->values);
  free(r->buf);
}

static gn_reader start(gn_heap *heap, const char *text, size_t len,
                       gn_syntax_error *err) {
  memset(err, 0, sizeof *err);
  const char *p = len > 0 ? text : "";
  return (gn_reader){
      .heap = heap,
      .p = p,
      .end = p + len,
      .mark = p,
      .err = err,
      .line = 1,
      .column = 1,
  };
}

gn_value gn_read_all(gn_heap *heap, const char *text, size_t len,
                     gn_syntax_error *err) {
  gn_reader r = start(heap, text, len, err);
  gn_value result = GN_NONE;
  if (push_bottom(&r) && check_text(&r, len) && read_forms(&r, false)) {
    gn_array *a = gn_array_from(heap, r.values, r.nvalues);
    if (a != NULL)
      result = gn_from_obj(a);
    else
      rd_oom(&r);
  }
  finish(&r);
  return result;
}

gn_value gn_read_first(gn_heap *heap, const char *text, size_t len,
                       gn_syntax_error *err) {
  gn_reader r = start(heap, text, len, err);
  gn_value result = GN_NONE;
  if (push_bottom(&r) && check_text(&r, len) && read_forms(&r, true)) {
    if (r.nvalues > 0)
      result = r.values[0];
    else
      rd_fail(&r, r.p, "EOF while reading form");
  }
  finish(&r);
  return result;
}
