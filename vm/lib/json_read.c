/*
 * json_read.c - the JSON reader: a loop over tokens with its open containers
 * on a stack of its own. It never recurses and never calls Gene code.
 */
#include "lib/json_read.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/digits.h"
#include "core/utf8.h"
#include "lib/json_writer.h"

#define NUMBER_MAX 65536u /* bytes; nobody means what has more */

/* What may come next. */
enum { VALUE, VALUE_OR_END, KEY, KEY_OR_END, COLON, COMMA_OR_END, NOTHING };

static void trace_reader(gn_heap *heap, gn_machine *m) {
  gn_json_reader *r = (gn_json_reader *)(void *)m;
  gn_mark(heap, r->text);
  gn_mark_obj(heap, r->stack);
  gn_mark(heap, r->value);
  gn_mark_raw(heap, r->out.buf);
  gn_mark(heap, r->tag);
  gn_mark_obj(heap, r->form);
}

gn_json_reader *gn_json_reader_new(gn_heap *heap, gn_value text,
                                   uint32_t nesting, bool tagged) {
  gn_array *stack = gn_array_new(heap, 8);
  gn_json_reader *r = gn_alloc(heap, GN_T_MACHINE, sizeof *r);
  if (!stack || !r)
    return NULL;
  r->m.trace = trace_reader;
  r->text = text;
  r->at = 0;
  r->tokens = 0;
  r->expect = VALUE;
  r->stack = stack;
  r->value = GN_NIL;
  r->problem = NULL;
  r->line = 1;
  r->line_at = 0;
  r->in_text = false;
  r->text_at = 0;
  gn_builder_init(&r->out, heap);
  r->nesting = nesting;
  r->unplaced = r->form_again = false;
  r->tagged = tagged;
  r->tag = GN_NIL;
  r->form = NULL;
  return r;
}

void gn_json_place(const gn_json_reader *r, uint32_t *line, uint32_t *column) {
  const char *s = gn_str_bytes(gn_str(r->text));
  *line = r->line;
  *column = (uint32_t)gn_utf8_count(s + r->line_at, r->at - r->line_at) + 1;
}

static enum gn_json_status bad(gn_json_reader *r, const char *problem) {
  r->problem = problem;
  return GN_JSON_BAD;
}

/* ---- scalars ---- */

static uint32_t digits(const char *s, uint32_t at, uint32_t end) {
  uint32_t n = 0;
  while (at + n < end && s[at + n] >= '0' && s[at + n] <= '9')
    n++;
  return n;
}

/* Length of the number at `at`, or 0; *whole: without fraction, exponent. */
static uint32_t number_length(const char *s, uint32_t at, uint32_t end,
                              bool *whole) {
  uint32_t i = at;
  *whole = true;
  if (i < end && s[i] == '-')
    i++;
  uint32_t n = digits(s, i, end);
  if (n == 0 || (n > 1 && s[i] == '0'))
    return 0;
  i += n;
  if (i < end && s[i] == '.') {
    n = digits(s, i + 1, end);
    if (n == 0)
      return 0;
    i += n + 1;
    *whole = false;
  }
  if (i < end && (s[i] == 'e' || s[i] == 'E')) {
    i++;
    if (i < end && (s[i] == '+' || s[i] == '-'))
      i++;
    n = digits(s, i, end);
    if (n == 0)
      return 0;
    i += n;
    *whole = false;
  }
  return i - at;
}

/* Characters of numbers at s, of n that are there. */
static uint32_t number_chars(const char *s, uint32_t n) {
  uint32_t i = 0;
  while (i < n && ((s[i] >= '0' && s[i] <= '9') || s[i] == '-' || s[i] == '+' ||
                   s[i] == '.' || s[i] == 'e' || s[i] == 'E'))
    i++;
  return i;
}

static bool whole_number(const char *s, uint32_t n, int64_t *out) {
  bool negative = *s == '-';
  int64_t v = 0;
  for (uint32_t i = negative; i < n; i++)
    if (__builtin_mul_overflow(v, 10, &v) ||
        __builtin_sub_overflow(v, s[i] - '0', &v))
      return false;
  if (!negative && v == INT64_MIN)
    return false;
  *out = negative ? v : -v;
  return true;
}

static enum gn_json_status read_number(gn_heap *heap, gn_json_reader *r,
                                       const char *s, uint32_t end) {
  bool whole;
  int64_t i;
  if (end - r->at > NUMBER_MAX &&
      number_chars(s + r->at, NUMBER_MAX + 1) > NUMBER_MAX)
    return bad(r, "number too long");
  uint32_t n = number_length(s, r->at, end, &whole);
  if (n == 0)
    return bad(r, "malformed number");
  if (whole && whole_number(s + r->at, n, &i)) {
    r->value = gn_int_new(heap, i);
  } else {
    char buf[64];
    char *text = n < sizeof buf ? buf : malloc((size_t)n + 1);
    if (!text)
      return GN_JSON_OOM;
    memcpy(text, s + r->at, n);
    text[n] = '\0';
    double d = strtod(text, NULL);
    if (text != buf)
      free(text);
    r->value = gn_float_new(heap, d);
  }
  if (r->value == GN_NONE)
    return GN_JSON_OOM;
  r->at += n;
  return GN_JSON_DONE;
}

static int hex4(const char *s, uint32_t at, uint32_t end) {
  int v = 0;
  if (end - at < 4)
    return -1;
  for (uint32_t i = at; i < at + 4; i++) {
    unsigned d = gn_digit(s[i]);
    if (d >= 16)
      return -1;
    v = v * 16 + (int)d;
  }
  return v;
}

/* \uXXXX at `at` (behind the u), a pair joined, a lone surrogate U+FFFD. */
static const char *put_escape_u(gn_builder *b, const char *s, uint32_t *at,
                                uint32_t end) {
  int c = hex4(s, *at, end);
  if (c < 0)
    return "malformed \\u escape";
  *at += 4;
  uint32_t code = (uint32_t)c;
  if (c >= 0xd800 && c < 0xdc00 && end - *at >= 6 && s[*at] == '\\' &&
      s[*at + 1] == 'u') {
    int low = hex4(s, *at + 2, end);
    if (low >= 0xdc00 && low < 0xe000) {
      *at += 6;
      code =
          0x10000 + (((uint32_t)c - 0xd800) << 10) + ((uint32_t)low - 0xdc00);
    }
  }
  if (code >= 0xd800 && code < 0xe000)
    code = 0xfffd;
  gn_put_char(b, code);
  return NULL;
}

static const char *put_escape(gn_builder *b, const char *s, uint32_t *at,
                              uint32_t end) {
  static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
  char c = *at < end ? s[(*at)++] : '\0';
  if (c == 'u')
    return put_escape_u(b, s, at, end);
  const char *found = c ? strchr(from, c) : NULL;
  if (!found)
    return "unknown escape";
  gn_put(b, &to[found - from], 1);
  return NULL;
}

static void begin_text(gn_heap *heap, gn_json_reader *r) {
  gn_builder_init(&r->out, heap);
  r->text_at = r->at++;
  r->in_text = true;
}

/* Puts what stands from r->at on, as far as `stop` or the closing quote, which
 * r->at is behind then (DONE). */
static enum gn_json_status read_piece(gn_json_reader *r, const char *s,
                                      uint32_t end, uint32_t stop) {
  uint32_t at = r->at, run = at;
  for (;;) {
    if (at >= end) {
      r->at = r->text_at;
      return bad(r, "unterminated string");
    }
    unsigned char c = (unsigned char)s[at];
    if (c < 0x20) {
      r->at = at;
      return bad(r, "control character in string");
    }
    if (c == '"' || c == '\\' || at >= stop) {
      gn_put(&r->out, s + run, at - run);
      r->at = run = at;
      if (at >= stop)
        return GN_JSON_MORE;
      at++;
      if (c == '"')
        break;
      const char *problem = put_escape(&r->out, s, &at, end);
      if (problem)
        return bad(r, problem);
      run = at;
      continue;
    }
    at++;
  }
  r->at = at;
  return GN_JSON_DONE;
}

/* A piece of a string as a whole or not at all; DONE: it is in r->value. */
static enum gn_json_status read_text(gn_json_reader *r, const char *s,
                                     uint32_t end, uint32_t stop) {
  uint32_t from = r->at, used = r->out.buf ? r->out.buf->used : 0;
  enum gn_json_status st = read_piece(r, s, end, stop);
  if (st == GN_JSON_DONE)
    r->value = gn_builder_string(&r->out);
  if (st != GN_JSON_BAD &&
      (r->out.failed || (st == GN_JSON_DONE && r->value == GN_NONE))) {
    r->at = from;
    if (r->out.buf)
      r->out.buf->used = used;
    r->out.failed = false;
    r->value = GN_NIL;
    return GN_JSON_OOM;
  }
  if (st == GN_JSON_DONE) {
    r->in_text = false;
    gn_builder_init(&r->out, r->out.heap);
  }
  return st;
}

static enum gn_json_status read_word(gn_json_reader *r, const char *s,
                                     uint32_t end) {
  static const struct {
    const char *text;
    gn_value value;
  } words[] = {{"true", GN_TRUE}, {"false", GN_FALSE}, {"null", GN_NIL}};
  for (int i = 0; i < 3; i++) {
    uint32_t n = (uint32_t)strlen(words[i].text);
    if (end - r->at >= n && memcmp(s + r->at, words[i].text, n) == 0) {
      r->at += n;
      r->value = words[i].value;
      return GN_JSON_DONE;
    }
  }
  return bad(r, "a value is expected here");
}

/* ---- containers ---- */

static enum gn_json_status too_deep(gn_json_reader *r) {
  if (r->nesting == GENE_NESTING_MAX)
    return bad(r, "Nesting too deep");
  snprintf(r->too_deep, sizeof r->too_deep,
           "Nesting too deep (the limit is %u levels)", r->nesting);
  return bad(r, r->too_deep);
}

static enum gn_json_status open_container(gn_heap *heap, gn_json_reader *r,
                                          bool map) {
  if (r->stack->len >= 2 * r->nesting)
    return too_deep(r);
  void *o = map ? (void *)gn_dict_new(heap, GN_T_MAP, 4)
                : (void *)gn_array_new(heap, 4);
  if (!o || !gn_array_push(heap, r->stack, gn_from_obj(o)) ||
      !gn_array_push(heap, r->stack, GN_NIL))
    return GN_JSON_OOM;
  r->at++;
  r->expect = map ? KEY_OR_END : VALUE_OR_END;
  return GN_JSON_MORE;
}

/* A value is whole: it goes into the innermost container. */
static enum gn_json_status add_value(gn_heap *heap, gn_json_reader *r) {
  gn_array *st = r->stack;
  if (st->len == 0) {
    r->expect = NOTHING;
    return GN_JSON_MORE;
  }
  gn_value in = st->items[st->len - 2], key = st->items[st->len - 1];
  bool ok = gn_is_array(in)
                ? gn_array_push(heap, gn_arr(in), r->value)
                : gn_map_set(heap, (gn_dict *)gn_as_obj(in), key, r->value);
  r->unplaced = !ok;
  r->expect = COMMA_OR_END;
  return ok ? GN_JSON_MORE : GN_JSON_OOM;
}

/* ---- tagged ---- */

#define TAG_BYTES (sizeof GN_JSON_TAG - 1)

static bool is_tagged_text(gn_value v) {
  size_t len;
  const char *text = gn_text(v, &len);
  return len >= TAG_BYTES && memcmp(text, GN_JSON_TAG, TAG_BYTES) == 0;
}

/* The string that was read stands for the one form behind its #GENE#. */
static enum gn_json_status begin_form(gn_heap *heap, gn_json_reader *r) {
  r->form = gn_reader_new(heap, r->tag, TAG_BYTES, r->nesting,
                          GN_READER_MAPS | GN_READER_ONLY);
  return r->form ? GN_JSON_MORE : GN_JSON_OOM;
}

/* The form is whole or none. */
static void end_form(gn_json_reader *r) {
  r->tag = GN_NIL;
  r->form = NULL;
  r->form_again = false;
}

/* About `bytes` bytes on. A reader that was out of memory can't go on: after a
 * collection another one starts, once. */
static enum gn_json_status step_form(gn_heap *heap, gn_json_reader *r,
                                     uint32_t bytes) {
  bool again = r->form && gn_reader_failed(r->form) && !r->form_again;
  if (!r->form || again) {
    if (begin_form(heap, r) != GN_JSON_MORE)
      return GN_JSON_OOM;
    r->form_again = again;
  }
  switch (gn_reader_step(r->form, bytes, &r->value, &r->form_error)) {
  case GN_READ_MORE: return GN_JSON_MORE;
  case GN_READ_OOM: return GN_JSON_OOM;
  case GN_READ_BAD: r->at = r->text_at; return bad(r, r->form_error.message);
  case GN_READ_DONE: break;
  }
  end_form(r);
  return add_value(heap, r);
}

/* An object with a genetype becomes the gene that it stands for. */
static enum gn_json_status make_gene(gn_heap *heap, gn_json_reader *r,
                                     gn_dict *map) {
  gn_entry *type = gn_map_find_text(map, heap->seed, "genetype", 8);
  gn_entry *children = gn_map_find_text(map, heap->seed, "children", 8);
  if (!type)
    return GN_JSON_DONE;
  if (children && !gn_is_array(children->value))
    return bad(r, "children of a gene must be an array");
  gn_gene *g = gn_gene_new(heap, type->value, 0);
  if (!g)
    return GN_JSON_OOM;
  if (children) { /* nobody else has the array: its buffer is taken over */
    gn_array *a = gn_arr(children->value);
    g->children = a->items;
    g->buf = a->buf;
    g->n = a->len;
    g->cap = a->cap;
    gn_dict_remove(map, children);
  }
  gn_dict_remove(map, gn_map_find_text(map, heap->seed, "genetype", 8));
  g->props = map->live ? map : NULL;
  r->value = gn_from_obj(g);
  return GN_JSON_DONE;
}

static enum gn_json_status close_container(gn_heap *heap, gn_json_reader *r,
                                           char c) {
  gn_array *st = r->stack;
  if (st->len == 0)
    return bad(r, "nothing is open here");
  gn_value in = st->items[st->len - 2];
  if (gn_is_array(in) != (c == ']'))
    return bad(r, "closing bracket does not match");
  r->value = in;
  if (r->tagged && c == '}') {
    enum gn_json_status made = make_gene(heap, r, (gn_dict *)gn_as_obj(in));
    if (made != GN_JSON_DONE)
      return made;
  }
  st->len -= 2;
  r->at++;
  return add_value(heap, r);
}

static enum gn_json_status after_value(gn_json_reader *r, char c) {
  if (c != ',')
    return bad(r, "a comma or closing bracket is expected here");
  r->at++;
  r->expect = gn_is_array(r->stack->items[r->stack->len - 2]) ? VALUE : KEY;
  return GN_JSON_MORE;
}

static enum gn_json_status read_key(gn_heap *heap, gn_json_reader *r, char c) {
  if (c != '"')
    return bad(r, "a key in double quotes is expected here");
  begin_text(heap, r);
  return GN_JSON_MORE;
}

/* Goes on with the string that was begun. */
static enum gn_json_status go_on(gn_heap *heap, gn_json_reader *r,
                                 const char *s, uint32_t end, uint32_t stop) {
  enum gn_json_status st = read_text(r, s, end, stop);
  if (st != GN_JSON_DONE)
    return st;
  if (r->expect != KEY && r->expect != KEY_OR_END) {
    if (!r->tagged || !is_tagged_text(r->value))
      return add_value(heap, r);
    r->tag = r->value;
    return GN_JSON_MORE;
  }
  r->stack->items[r->stack->len - 1] = r->value;
  r->expect = COLON;
  return GN_JSON_MORE;
}

static enum gn_json_status read_value(gn_heap *heap, gn_json_reader *r,
                                      const char *s, uint32_t end) {
  char c = s[r->at];
  enum gn_json_status st;
  if (c == '{' || c == '[')
    return open_container(heap, r, c == '{');
  if (c == '"') {
    begin_text(heap, r);
    return GN_JSON_MORE;
  }
  if (c == '-' || (c >= '0' && c <= '9'))
    st = read_number(heap, r, s, end);
  else
    st = read_word(r, s, end);
  return st == GN_JSON_DONE ? add_value(heap, r) : st;
}

static enum gn_json_status one_token(gn_heap *heap, gn_json_reader *r,
                                     const char *s, uint32_t end) {
  char c = s[r->at];
  bool closing = c == ']' || c == '}';
  switch (r->expect) {
  case VALUE: return read_value(heap, r, s, end);
  case VALUE_OR_END:
    return closing ? close_container(heap, r, c) : read_value(heap, r, s, end);
  case KEY: return read_key(heap, r, c);
  case KEY_OR_END:
    return closing ? close_container(heap, r, c) : read_key(heap, r, c);
  case COLON:
    if (c != ':')
      return bad(r, "a colon is expected here");
    r->at++;
    r->expect = VALUE;
    return GN_JSON_MORE;
  case COMMA_OR_END:
    return closing ? close_container(heap, r, c) : after_value(r, c);
  default: return bad(r, "only one value is allowed");
  }
}

/* The value or form that the last step was not done with. */
static enum gn_json_status resume(gn_heap *heap, gn_json_reader *r,
                                  uint32_t bytes) {
  return r->unplaced ? add_value(heap, r) : step_form(heap, r, bytes);
}

/* White space as far as `stop`. Line ends stand nowhere else. */
static void skip_space(gn_json_reader *r, const char *s, uint32_t stop) {
  for (; r->at < stop; r->at++) {
    char c = s[r->at];
    if (c == '\n') {
      r->line++;
      r->line_at = r->at + 1;
    } else if (c != ' ' && c != '\t' && c != '\r') {
      return;
    }
  }
}

enum gn_json_status gn_json_step(gn_heap *heap, gn_json_reader *r,
                                 uint32_t bytes) {
  const char *s = gn_str_bytes(gn_str(r->text));
  uint32_t end = gn_str(r->text)->len;
  uint32_t stop = end - r->at > bytes ? r->at + bytes : end;
  for (;;) {
    enum gn_json_status st;
    if (r->unplaced || r->tag != GN_NIL) {
      st = resume(heap, r, bytes);
      if (st != GN_JSON_MORE || r->tag != GN_NIL)
        return st;
      continue;
    }
    if (!r->in_text) {
      skip_space(r, s, stop);
      if (r->at >= end)
        break;
    }
    if (r->at >= stop && stop < end)
      return GN_JSON_MORE;
    r->tokens++;
    st = r->in_text ? go_on(heap, r, s, end, stop) : one_token(heap, r, s, end);
    if (st != GN_JSON_MORE)
      return st;
  }
  return r->expect == NOTHING ? GN_JSON_DONE
                              : bad(r, "unexpected end of the text");
}
