/*
 * read_symbol.c - symbols, complex symbols with their <...> segments, and the
 * keys of maps and properties. Which names mean what is not its business.
 */
#include "syntax/reader_impl.h"

#include <stdio.h>

#include "core/dict.h"
#include "core/utf8.h"
#include "types/gene.h"

/* Names are read and hashed at one stroke; nobody means a longer one. */
#define NAME_MAX_BYTES (256 << 10)

/* The most parts of a complex symbol. */
#define PARTS_MAX 65536u

/* ---- names ---- */

typedef struct name {
  const char *text; /* in the source, or in the scratch text */
  size_t len;
  bool escaped;
} name;

/* Copies one escaped character, r->p being at the backslash. */
static bool put_escaped(gn_reader *r) {
  uint32_t size;
  if (r->end - r->p < 2)
    return rd_fail(r, r->p, "EOF while reading symbol");
  gn_utf8_decode(r->p + 1, (size_t)(r->end - r->p - 1), &size);
  if (!rd_put(r, r->p + 1, size))
    return false;
  r->p += 1 + size;
  return true;
}

static bool too_long(gn_reader *r, const char *start) {
  return rd_fail(r, start, "Symbol too long");
}

/* Reads to the end of the token or an unescaped `stop`. */
static bool read_name(gn_reader *r, char stop, name *out) {
  const char *start = r->p, *run = r->p;
  bool escaped = false;
  r->buf_len = 0;
  while (!rd_token_ends(r, r->p) && *r->p != stop) {
    if (r->p - start >= NAME_MAX_BYTES)
      return too_long(r, start);
    if (*r->p != '\\') {
      r->p++;
      continue;
    }
    escaped = true;
    if (!rd_put(r, run, (size_t)(r->p - run)) || !put_escaped(r))
      return false;
    run = r->p;
  }
  if (!escaped) {
    *out = (name){run, (size_t)(r->p - run), false};
    return true;
  }
  if (!rd_put(r, run, (size_t)(r->p - run)))
    return false;
  *out = (name){r->buf, r->buf_len, true};
  return true;
}

/* ---- symbols ---- */

/* A constant's value, or GN_NONE. */
static gn_value constant(const char *s, size_t len) {
  if (len < 3 || len > 5)
    return GN_NONE;
  if (len == 3)
    return memcmp(s, "nil", 3) == 0 ? GN_NIL : GN_NONE;
  if (len == 5)
    return memcmp(s, "false", 5) == 0 ? GN_FALSE : GN_NONE;
  if (memcmp(s, "true", 4) == 0)
    return GN_TRUE;
  return memcmp(s, "void", 4) == 0 ? GN_VOID : GN_NONE;
}

/* Length of a symbol at r->p whose slash is no separator, or 0. */
static size_t slash_symbol(gn_reader *r) {
  if (*r->p == '/') {
    if (rd_token_ends(r, r->p + 1))
      return 1;
    if (rd_peek(r, 1) == '=' && rd_token_ends(r, r->p + 2))
      return 2;
  }
  if (*r->p == '.' && rd_peek(r, 1) == '/' && rd_token_ends(r, r->p + 2))
    return 2;
  return 0;
}

bool rd_symbol(gn_reader *r) {
  const char *s = r->p, *q = s, *limit = r->end;
  bool narrow = (rd_top(r)->flags & RD_NARROW) != 0;
  if (limit - s > NAME_MAX_BYTES)
    limit = s + NAME_MAX_BYTES + 1;
  while (q < limit && !rd_is(*q, RD_END | RD_SPECIAL))
    q++;
  const char *close = narrow ? memchr(s, '>', (size_t)(q - s)) : NULL;
  if (close != NULL)
    q = close;
  if (q - s > NAME_MAX_BYTES)
    return too_long(r, s);
  size_t len = (size_t)(q - s);
  gn_value v = GN_NONE;
  if (rd_token_ends(r, q)) {
    if (len == 0)
      return rd_fail(r, s, "Expected a form before >");
    v = constant(s, len);
  } else {
    len = slash_symbol(r);
    if (len == 0)
      return rd_push(r, RD_PATH, 0, s);
  }
  if (v == GN_NONE)
    v = rd_symbol_at(r, s, len, s);
  r->p = s + len;
  return rd_emit(r, v, 0);
}

/* ---- paths ---- */

/* Whether r->p is at a <form> or .<form> segment rather than at a name that
 * begins with `<`, such as the operators. */
static bool at_segment(const gn_reader *r) {
  size_t i = rd_peek(r, 0) == '.';
  if (rd_peek(r, i) != '<')
    return false;
  char c = rd_peek(r, i + 1);
  return c != '\0' && c != ';' && c != '=' && c != '<' && c != '>' &&
         c != '/' && !rd_is(c, RD_SPACE | RD_CLOSE);
}

static bool open_segment(gn_reader *r) {
  bool method = *r->p == '.';
  if (!rd_push(r, RD_SEGMENT, method ? RD_METHOD : 0, r->p))
    return false;
  r->p += method ? 2 : 1;
  return true;
}

bool rd_segment_close(gn_reader *r) {
  rd_frame *f = rd_top(r);
  if (*r->p != '>')
    return rd_fail(r, r->p, "Expected > in path");
  r->p++;
  gn_value box = gn_box_new(r->heap, GN_T_UNQUOTE, r->values[f->base]);
  if (box != GN_NONE && (f->flags & RD_METHOD))
    gn_as_obj(box)->aux = GN_UNQUOTE_METHOD;
  uint32_t height = f->height + 1;
  r->nvalues = f->base;
  r->nframes--;
  if (!rd_emit(r, box, height))
    return false;
  rd_top(r)->flags |= RD_SEEN;
  return true;
}

static bool invalid_symbol(gn_reader *r, const rd_frame *f) {
  return rd_fail_open(r, f, "Invalid symbol: empty part after /");
}

static bool read_part(gn_reader *r, rd_frame *f) {
  const char *at = r->p;
  name n;
  if (!read_name(r, '/', &n))
    return false;
  bool first = r->nvalues == f->base;
  /* The first may be empty (/x), and the last before `[` (n/[a b]). */
  if (n.len == 0 && rd_peek(r, 0) != (first ? '/' : '['))
    return invalid_symbol(r, f);
  return rd_push_value(r, rd_symbol_at(r, n.text, n.len, at));
}

/* The path on top is complete. */
static bool finish_path(gn_reader *r, const rd_frame *f) {
  uint32_t height = f->height, line = f->line, column = f->column;
  size_t base = f->base, n = r->nvalues - base;
  gn_value v = r->values[base];
  if (n > 1) {
    v = gn_csymbol_new(r->heap, r->values + base, (uint32_t)n);
    if (v == GN_NONE)
      return rd_oom(r);
    ((gn_csymbol *)gn_as_obj(v))->line = r->data ? 0 : line;
    ((gn_csymbol *)gn_as_obj(v))->column = r->data ? 0 : column;
    height += height > 0;
  }
  r->nvalues = base;
  r->nframes--;
  return rd_emit(r, v, height);
}

bool rd_path_step(gn_reader *r) {
  rd_frame *f = rd_top(r);
  while (!rd_pauses(r)) {
    if (!(f->flags & RD_SEEN)) {
      if (r->nvalues - f->base == PARTS_MAX)
        return rd_fail_open(r, f, "Path too long");
      if (r->nvalues > f->base && at_segment(r))
        return open_segment(r);
      if (!read_part(r, f))
        return false;
    }
    f->flags &= (uint8_t)~RD_SEEN;
    if (rd_token_ends(r, r->p))
      return finish_path(r, f);
    if (*r->p != '/')
      return rd_fail(r, r->p, "Expected / after > in path");
    r->p++;
  }
  return true;
}

/* ---- keys ---- */

typedef struct key_path {
  gn_dict *dict;  /* where the last name goes */
  unsigned extra; /* maps between the frame's own and that one */
  char form;      /* '^' true, '!' nil or false, 0: a value follows */
  name last;
} key_path;

/* `...` and digits: what splices are stored under. */
static bool like_splice(const name *n) {
  if (n->len < 3 || memcmp(n->text, "...", 3) != 0)
    return false;
  for (size_t i = 3; i < n->len; i++)
    if (!rd_is(n->text[i], RD_DIGIT))
      return false;
  return true;
}

static bool bad_key(gn_reader *r, const char *start) {
  return rd_fail(r, start, "Expect key but found %.*s", rd_token_len(r, start),
                 start);
}

/* The key is named without what makes it a shortcut: `^^a` and `^!a` are a. */
static bool duplicate(gn_reader *r, const char *start) {
  const char *key = start + 1;
  if (key < r->end && (*key == '^' || *key == '!'))
    key++;
  return rd_fail(r, start, "Duplicate key %.*s", rd_token_len(r, key), key);
}

/* Into the map that `^a^` names, made if it isn't there. */
static bool descend(gn_reader *r, key_path *k, const char *start) {
  gn_value key = rd_symbol_at(r, k->last.text, k->last.len, start);
  if (key == GN_NONE)
    return rd_oom(r);
  gn_value v = gn_map_get(k->dict, key);
  if (v == GN_NONE) {
    gn_dict *d = gn_dict_new(r->heap, GN_T_MAP, 0);
    if (d == NULL)
      return rd_oom(r);
    d->h.aux = GN_MAP_PATH;
    v = gn_from_obj(d);
    if (!gn_map_set(r->heap, k->dict, key, v))
      return rd_oom(r);
  } else if (!gn_is(v, GN_T_MAP) || gn_as_obj(v)->aux != GN_MAP_PATH) {
    return duplicate(r, start);
  }
  k->dict = (gn_dict *)gn_as_obj(v);
  k->extra++;
  if (rd_top(r)->level + k->extra > r->nesting)
    return rd_too_deep(r, r->p);
  return true;
}

/* Reads ^k ^^k ^!k ^a^b ..., r->p being at the first `^`. */
static bool read_key_path(gn_reader *r, const char *start, key_path *k) {
  for (;;) {
    r->p++;
    char c = rd_peek(r, 0);
    k->form = (c == '^' || c == '!') ? c : '\0';
    if (k->form != '\0')
      r->p++;
    if (!read_name(r, '^', &k->last))
      return false;
    bool more = rd_peek(r, 0) == '^';
    bool empty_key = r->serial && k->form == '\0' && !more && k->extra == 0;
    bool named = k->last.len > 0 || empty_key;
    if (!named || (more && k->form != '\0'))
      return bad_key(r, start);
    if (!more)
      return true;
    if (!descend(r, k, start))
      return false;
  }
}

/* The symbol an entry is stored under. */
static bool key_symbol(gn_reader *r, rd_frame *f, const key_path *k,
                       const char *start, gn_value *out) {
  if (r->serial || !like_splice(&k->last)) {
    *out = rd_symbol_at(r, k->last.text, k->last.len, start);
    return *out != GN_NONE || rd_oom(r);
  }
  bool plain =
      k->last.len == 3 && !k->last.escaped && k->extra == 0 && k->form == '\0';
  if (!plain)
    return bad_key(r, start);
  char text[16];
  int len = f->splices == 0 ? snprintf(text, sizeof text, "...")
                            : snprintf(text, sizeof text, "...%u", f->splices);
  f->splices++;
  *out = rd_symbol_at(r, text, (size_t)len, start);
  return *out != GN_NONE || rd_oom(r);
}

/* Whether a key may stand here. */
static bool key_allowed(gn_reader *r, rd_frame *f) {
  if (f->target != NULL)
    return rd_fail(r, r->p, "Expect value for %.*s", (int)f->key_len,
                   f->key_text);
  if (f->kind == RD_LIST) {
    if (f->props == RD_PAST_PROPS || r->nvalues == f->base)
      return rd_fail(r, r->p, "properties found in wrong place");
    f->props = RD_IN_PROPS;
  }
  if (f->dict == NULL)
    f->dict = gn_dict_new(r->heap, GN_T_MAP, 0);
  return f->dict != NULL || rd_oom(r);
}

bool rd_key(gn_reader *r) {
  rd_frame *f = rd_top(r);
  const char *start = r->p;
  if (!key_allowed(r, f))
    return false;
  key_path k = {.dict = f->dict};
  gn_value key = GN_NONE;
  if (!read_key_path(r, start, &k) || !key_symbol(r, f, &k, start, &key))
    return false;
  if (gn_map_get(k.dict, key) != GN_NONE)
    return duplicate(r, start);
  if (k.form == '\0') {
    f->target = k.dict;
    f->key = key;
    f->extra = (uint16_t)k.extra;
    f->key_text = start + 1;
    f->key_len = (uint32_t)rd_token_len(r, start + 1);
    return true;
  }
  gn_value v = k.form == '^' ? GN_TRUE : k.extra > 0 ? GN_FALSE : GN_NIL;
  if (k.extra > f->height)
    f->height = k.extra;
  return gn_map_set(r->heap, k.dict, key, v) || rd_oom(r);
}
