/*
 * reader.c - the reader's loop: white space and comments, delimiters, the
 * stack of open forms and what becomes of a form when it closes. Tokens are
 * read in read_*.c. Nothing here recurses, and no byte is looked at more than
 * a fixed number of times.
 */
#include "syntax/reader_impl.h"

#include "core/dict.h"
#include "types/array.h"
#include "types/equal.h"
#include "types/gene.h"
#include "types/hash.h"

/* From so many children on those of an open form are put where they stay. */
#define SPILL_FROM ((size_t)1024)

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

/* Neither do the braces of a substitution. */
static bool makes_no_level(enum rd_kind kind) {
  return kind == RD_PATH || kind == RD_PLAIN || kind == RD_BYTES;
}

bool rd_push(gn_reader *r, enum rd_kind kind, unsigned flags, const char *at) {
  const rd_frame *outer = rd_top(r);
  /* What makes no level by itself is seen by rd_emit. */
  unsigned level = outer->level;
  if (!makes_no_level(kind) && !(flags & RD_SUBST))
    level++;
  if (level > r->nesting)
    return rd_too_deep(r, at);
  flags |= inherited(outer, kind, flags);
  if (!rd_grow_frames(r))
    return false;
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
  if (v != GN_NONE && !r->data) {
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

/* Moves what f has on the stack of values to its items. */
static bool spill(gn_reader *r, rd_frame *f) {
  size_t from = f->base + (f->kind != RD_ARRAY), n = r->nvalues - from;
  if (f->items == NULL)
    f->items = gn_array_new(r->heap, n);
  gn_array *a = f->items;
  if (a == NULL || !gn_array_reserve(r->heap, a, a->len + n))
    return rd_oom(r);
  memcpy(a->items + a->len, r->values + from, n * sizeof(gn_value));
  a->len += (uint32_t)n;
  r->nvalues = from;
  return true;
}

static bool may_spill(const rd_frame *f) {
  return f->kind == RD_LIST || f->kind == RD_ARRAY || f->kind == RD_HASH;
}

/* A key and its value, on top of the stack, go into the HashMap. */
static bool add_pair(gn_reader *r, rd_frame *f) {
  gn_value k = r->values[f->base], v = r->values[f->base + 1];
  uint32_t hash;
  uint64_t probe = 0;
  gn_entry *e = NULL;
  r->nvalues = f->base;
  if (!gn_hash_quick(r->heap->seed, k, &hash))
    return rd_fail_open(r, f, "HashMap key is not a constant");
  if (f->dict == NULL)
    f->dict = gn_dict_new(r->heap, GN_T_HASHMAP, 0);
  if (f->dict == NULL)
    return rd_oom(r);
  while ((e = gn_dict_probe(f->dict, hash, &probe)) != NULL &&
         gn_equal_quick(e->key, k) != 1)
    ;
  if (e != NULL)
    e->value = v;
  return e != NULL || gn_dict_append(r->heap, f->dict, k, v, hash) || rd_oom(r);
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
  if (!rd_push_value(r, v))
    return false;
  size_t n = r->nvalues - f->base;
  if (f->kind == RD_HASH && r->data)
    return n < 2 || add_pair(r, f);
  return GN_LIKELY(n < SPILL_FROM) || !may_spill(f) || spill(r, f);
}

static void place_gene(const gn_reader *r, gn_gene *g, const rd_frame *f) {
  g->line = r->data ? 0 : f->line;
  g->column = r->data ? 0 : f->column;
}

/* Takes over the items of a large form, all of them. */
static gn_value make_large_gene(gn_reader *r, rd_frame *f) {
  gn_gene *g = gn_gene_new(r->heap, r->values[f->base], 0);
  if (g == NULL || !spill(r, f))
    return GN_NONE;
  gn_array *a = f->items;
  g->buf = a->buf;
  g->children = a->items;
  g->n = a->len;
  g->cap = a->cap;
  a->buf = NULL;
  a->items = NULL;
  a->len = a->cap = 0;
  f->items = NULL;
  g->props = f->dict;
  place_gene(r, g, f);
  return gn_from_obj(g);
}

static gn_value make_gene(gn_reader *r, rd_frame *f) {
  if (GN_UNLIKELY(f->items != NULL))
    return make_large_gene(r, f);
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
  place_gene(r, g, f);
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
    if (f->level + f->extra + height > r->nesting)
      return rd_too_deep(r, r->p);
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
  if ((f->flags & RD_SUBST) && n < 2 && f->dict == NULL && f->items == NULL) {
    if (n == 1)
      return pop_emit(r, r->values[f->base], f->height);
    r->nframes--;
    rd_top(r)->flags |= RD_SEEN;
    return true;
  }
  return pop_emit(r, seal(make_gene(r, f), f), f->height + 1);
}

static bool close_array(gn_reader *r, rd_frame *f) {
  if (f->items != NULL && !spill(r, f))
    return false;
  gn_array *a = f->items != NULL ? f->items
                                 : gn_array_from(r->heap, r->values + f->base,
                                                 r->nvalues - f->base);
  r->p++;
  return pop_emit(r, a ? seal(gn_from_obj(a), f) : GN_NONE, f->height + 1);
}

static bool close_map(gn_reader *r, rd_frame *f) {
  gn_dict *d = f->dict ? f->dict : gn_dict_new(r->heap, GN_T_MAP, 0);
  r->p++;
  return pop_emit(r, d ? seal(gn_from_obj(d), f) : GN_NONE, f->height + 1);
}

/* Its pairs are in the map already. */
static bool close_hash_data(gn_reader *r, rd_frame *f) {
  if (r->nvalues != f->base)
    return rd_fail_open(
        r, f, "HashMap literals expect alternating key/value entries");
  gn_dict *d = f->dict ? f->dict : gn_dict_new(r->heap, GN_T_HASHMAP, 0);
  r->p += 2;
  return pop_emit(r, d ? seal(gn_from_obj(d), f) : GN_NONE, f->height + 1);
}

static bool close_hash(gn_reader *r, rd_frame *f) {
  if (r->data)
    return close_hash_data(r, f);
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
  if (f->level + f->height > r->nesting)
    return rd_too_deep(r, r->p);
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

static bool eof_in_comment(gn_reader *r) {
  rd_fail(r, r->p, "EOF while reading comment");
  r->err->line = r->comment_line;
  r->err->column = r->comment_column;
  return false;
}

bool rd_block_comment(gn_reader *r) {
  if (r->comment_depth == 0) {
    rd_place(r, r->p);
    r->comment_line = r->line;
    r->comment_column = r->column;
  }
  do {
    if (r->p >= r->end)
      return eof_in_comment(r);
    if (*r->p == '#' && rd_peek(r, 1) == '<') {
      r->comment_depth++;
      r->p += 2;
    } else if (*r->p == '>' && rd_peek(r, 1) == '#') {
      r->comment_depth--;
      r->p += 2;
    } else {
      r->p++;
    }
  } while (r->comment_depth > 0 && !rd_pauses(r));
  return true;
}

/* To the next line, or the end of the step. */
static void skip_line(gn_reader *r) {
  const char *nl = memchr(r->p, '\n', (size_t)(r->stop - r->p));
  r->p = nl != NULL ? nl + 1 : r->stop;
  r->in_line = nl == NULL;
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

/* To the next token, or the end of the text or the step. */
static bool skip_space(gn_reader *r) {
  if (r->comment_depth > 0 && !rd_block_comment(r))
    return false;
  if (r->in_line)
    skip_line(r);
  while (r->p < r->stop) {
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

static bool open_hash(gn_reader *r, unsigned flags, size_t bytes) {
  return open_form(r, RD_HASH, flags, bytes) &&
         (r->data ||
          rd_push_value(r, gn_symbol_new(r->heap, GN_FORM_HASHMAP,
                                         sizeof GN_FORM_HASHMAP - 1)));
}

static bool hash_sign(gn_reader *r) {
  switch (rd_peek(r, 1)) {
  case '(': return open_form(r, RD_LIST, RD_SEALED, 2);
  case '[': return open_form(r, RD_ARRAY, RD_SEALED, 2);
  case '{':
    if (rd_peek(r, 2) != '{')
      return open_form(r, RD_MAP, RD_SEALED, 2);
    return open_hash(r, RD_SEALED, 3);
  case '"': return rd_string(r, true, false);
  case 'r': return rd_string(r, false, true);
  case '/': return rd_regex(r);
  default: return open_form(r, RD_DECORATOR, 0, 2);
  }
}

static bool open_brace(gn_reader *r) {
  if (rd_peek(r, 1) != '{')
    return open_form(r, RD_MAP, 0, 1);
  return open_hash(r, 0, 2);
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

/* Whether f is a #{ that nothing was read of yet. */
static bool is_fresh_hole(const gn_reader *r, const rd_frame *f) {
  return f->kind == RD_LIST && (f->flags & RD_SUBST) && f->dict == NULL &&
         f->items == NULL && r->nvalues == f->base;
}

/* #{^k v}: the hole f is a map, which makes a level. */
static bool become_map(gn_reader *r, rd_frame *f) {
  f->kind = RD_MAP;
  f->flags = 0;
  if (++f->level <= r->nesting)
    return true;
  rd_too_deep(r, r->p);
  r->err->line = f->open_line;
  r->err->column = f->open_column;
  return false;
}

/* `^` starts a key directly inside ( ) and { }, else it is of a symbol. */
static bool caret(gn_reader *r) {
  rd_frame *f = rd_top(r);
  if (is_fresh_hole(r, f))
    return become_map(r, f) && rd_key(r);
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

static bool go_on(gn_reader *r, const rd_frame *f) {
  switch (f->kind) {
  case RD_STRING: return rd_string_step(r);
  case RD_PLAIN: return rd_plain_step(r);
  case RD_BYTES: return rd_bytes_step(r);
  default: return rd_path_step(r);
  }
}

bool rd_advance(gn_reader *r, bool *at_end) {
  rd_frame *f = rd_top(r);
  if (f->kind >= RD_STRING)
    return go_on(r, f);
  if (!skip_space(r))
    return false;
  if (rd_pauses(r))
    return true;
  if (r->p == r->end) {
    *at_end = true;
    return f->kind == RD_TOP || eof_inside(r);
  }
  if (f->kind == RD_SEGMENT && r->nvalues > f->base)
    return rd_segment_close(r);
  return step(r);
}
