/*
 * json_writer.c - values to JSON with an explicit stack. A step either is done
 * whole or, when memory runs out, leaves everything as it was, so that it can
 * be tried again after a collection.
 */
#include "lib/json_writer.h"

#include <math.h>
#include <stdio.h>

#include "core/utf8.h"
#include "lib/base64.h"
#include "lib/json_cycle.h"
#include "run/context.h"
#include "run/native_args.h"
#include "types/range.h"

#define SHORT_TEXT 4096u  /* longer ones are written in pieces */
#define TEXT_PIECE 49152u /* bytes; a multiple of three, for base64 */
#define SCAN_DEPTH 64u    /* up to here all levels are compared for cycles */

enum frame_kind {
  F_ITEMS,   /* Array, HashSet, Range: [...] */
  F_ENTRIES, /* Map: {...} */
  F_KEYS,    /* HashMap whose keys are being made texts, in held */
  F_PAIRS,   /* held: an Array of name, value in turn: {...} */
  F_GENE,
  F_TEXT,    /* a long string, between its quotes */
  F_BYTES,   /* base64, likewise */
  F_PRINTED, /* a value whose printed form is made in `sub` */
};

typedef struct frame {
  gn_value v;
  gn_value held;
  uint64_t at;    /* elements begun, bytes written */
  uint32_t entry; /* place in a dict */
  uint8_t kind;
  bool some;        /* an element was written: a comma is due */
  uint8_t mode;     /* enum gn_print_mode of F_PRINTED */
  bool unsearched;  /* cycles are to be looked for before it is printed */
  const char *tail; /* what follows a printed text */
} frame;

typedef struct writer {
  gn_machine m;
  gn_builder out;
  gn_value sub;    /* printing under way, GN_NIL: none */
  gn_value search; /* for cycles below the levels written; GN_NIL: none */
  frame *frames;   /* in buf */
  gn_blob *buf;
  uint32_t depth, cap, indent;
  uint32_t most; /* bytes that `out` may have; 0: as many as there are */
  uint8_t kind;  /* enum gn_json_kind */
  bool begun, told;
  bool printed; /* the text in `sub` is whole */
} writer;

/* What steps give beside statuses. */
enum { STEP_DONE = GN_OK, STEP_NO_MEMORY = 70 };

/* ---- the machine ---- */

static void trace_writer(gn_heap *heap, gn_machine *machine) {
  writer *w = (writer *)(void *)machine;
  gn_mark_raw(heap, w->buf);
  gn_mark_raw(heap, w->out.buf);
  gn_mark(heap, w->sub);
  gn_mark(heap, w->search);
  for (uint32_t i = 0; i < w->depth; i++) {
    gn_mark(heap, w->frames[i].v);
    gn_mark(heap, w->frames[i].held);
  }
}

static writer *writer_new(gn_heap *heap, enum gn_json_kind kind,
                          uint32_t indent) {
  writer *w = gn_alloc(heap, GN_T_MACHINE, sizeof *w);
  if (!w)
    return NULL;
  gn_machine m = {w->m.h, trace_writer};
  *w = (writer){.m = m,
                .sub = GN_NIL,
                .search = GN_NIL,
                .kind = (uint8_t)kind,
                .indent = indent};
  gn_builder_init(&w->out, heap);
  return w;
}

gn_builder *gn_json_builder(gn_value machine) {
  return &((writer *)(void *)gn_as_obj(machine))->out;
}

static frame *top(writer *w) {
  return &w->frames[w->depth - 1];
}

static bool grow(writer *w) {
  uint32_t cap = w->cap ? w->cap * 2 : 16;
  gn_blob *buf = gn_blob_new(w->out.heap, cap * sizeof(frame));
  if (!buf)
    return false;
  if (w->depth)
    memcpy(buf->bytes, w->frames, w->depth * sizeof(frame));
  w->buf = buf;
  w->frames = (frame *)(void *)buf->bytes;
  w->cap = cap;
  return true;
}

static int push(writer *w, enum frame_kind kind, gn_value v, gn_value held) {
  if (w->depth == w->cap && !grow(w))
    return STEP_NO_MEMORY;
  w->frames[w->depth++] = (frame){.v = v, .held = held, .kind = (uint8_t)kind};
  return GN_OK;
}

static int put(writer *w, const char *text) {
  return gn_put_c(&w->out, text) ? GN_OK : STEP_NO_MEMORY;
}

/* ---- texts ---- */

static const char *escape_of(unsigned char c, char buf[8]) {
  switch (c) {
  case '"': return "\\\"";
  case '\\': return "\\\\";
  case '\n': return "\\n";
  case '\r': return "\\r";
  case '\t': return "\\t";
  case '\b': return "\\b";
  case '\f': return "\\f";
  default:
    memcpy(buf, "\\u00", 4);
    buf[4] = "0123456789abcdef"[c >> 4];
    buf[5] = "0123456789abcdef"[c & 15];
    buf[6] = 0;
    return buf;
  }
}

/* The text without quotes, escaped. */
static bool put_escaped(gn_builder *out, const char *text, size_t len) {
  size_t from = 0;
  char buf[8];
  for (size_t i = 0; i < len; i++) {
    unsigned char c = (unsigned char)text[i];
    if (GN_LIKELY(c >= 0x20 && c != '"' && c != '\\'))
      continue;
    gn_put(out, text + from, i - from);
    gn_put_c(out, escape_of(c, buf));
    from = i + 1;
  }
  return gn_put(out, text + from, len - from) && !out->failed;
}

bool gn_json_quote(gn_builder *out, const char *text, size_t len) {
  gn_put(out, "\"", 1);
  put_escaped(out, text, len);
  return gn_put(out, "\"", 1) && !out->failed;
}

static bool put_number(gn_builder *out, gn_value v) {
  char text[32];
  if (gn_is_int(v))
    return gn_put(out, text, gn_format_int(gn_int(v), text));
  double d = gn_float(v);
  if (!isfinite(d))
    return gn_put_c(out, "null");
  return gn_put(out, text, gn_format_double(d, text));
}

bool gn_json_scalar(gn_builder *out, gn_value v, enum gn_json_kind kind) {
  size_t len;
  (void)kind;
  if (gn_is_number(v))
    return put_number(out, v);
  if (v == GN_TRUE || v == GN_FALSE)
    return gn_put_c(out, v == GN_TRUE ? "true" : "false");
  if (v == GN_NIL || v == GN_VOID)
    return gn_put_c(out, "null");
  if (gn_is_char(v)) {
    char c[4];
    return gn_json_quote(out, c, gn_utf8_encode(gn_char(v), c));
  }
  if (!gn_is_string(v) && !gn_is_symbol(v))
    return false;
  const char *text = gn_text(v, &len);
  return len <= SHORT_TEXT && gn_json_quote(out, text, len);
}

/* ---- cycles and depth ---- */

/* On the way down all levels are compared as far as SCAN_DEPTH (or the depth
 * that the answer has); below, one level out of each power of two. A cycle is
 * found at the latest in its third round then, without a search each time. */
static bool closes_cycle(gn_ctx *ctx, const writer *w, gn_value v) {
  uint32_t scan = w->kind == GN_JSON_WIRE ? GENE_NESTING_MAX : SCAN_DEPTH;
  gn_charge(ctx, (w->depth < scan ? w->depth : scan) / 16);
  for (uint32_t i = 0; i < w->depth && i < scan; i++)
    if (w->frames[i].v == v)
      return true;
  if (w->depth <= scan)
    return false;
  uint32_t level = 1u << (31 - __builtin_clz(w->depth));
  return w->frames[level - 1].v == v;
}

/* ---- values that are more than one step ---- */

/* A printed form, quoted, between what is put before and `tail`. */
static int push_printed(writer *w, gn_value v, enum gn_print_mode mode,
                        const char *tail) {
  int status = push(w, F_PRINTED, v, GN_NIL);
  if (status == GN_OK) {
    top(w)->mode = (uint8_t)mode;
    top(w)->tail = tail;
  }
  return status;
}

static int push_opaque(gn_ctx *ctx, writer *w, gn_value v) {
  size_t len;
  const char *name = gn_text(gn_type_name(ctx, v), &len);
  if (put(w, "{\"$opaque\":") != GN_OK || !gn_json_quote(&w->out, name, len) ||
      put(w, ",\"text\":") != GN_OK)
    return STEP_NO_MEMORY;
  return push_printed(w, v, GN_DISPLAY, "}");
}

static int put_function(writer *w, gn_value v) {
  gn_value name = GN_NIL;
  size_t len;
  if (put(w, "{\"$function\":") != GN_OK)
    return STEP_NO_MEMORY;
  if (gn_is(v, GN_T_NATIVE)) {
    const char *text = ((gn_native_fn *)gn_as_obj(v))->def->name;
    gn_json_quote(&w->out, text, strlen(text));
  } else {
    if (gn_is(v, GN_T_CLOSURE))
      name = ((gn_closure *)gn_as_obj(v))->proto->name;
    const char *text = name == GN_NIL ? NULL : gn_text(name, &len);
    if (text)
      gn_json_quote(&w->out, text, len);
    else
      put(w, "null");
  }
  return put(w, "}");
}

/* Names and values of an instance's fields in turn; hidden ones (no source
 * text has their name) left out. NULL: out of memory. */
static gn_array *fields_of(gn_heap *heap, const gn_instance *in) {
  gn_array *out = gn_array_new(heap, (size_t)in->shape->n * 2);
  if (!out)
    return NULL;
  const gn_shape *s = in->shape;
  out->len = s->n * 2;
  for (uint32_t i = s->n; i-- > 0; s = s->parent) {
    out->items[2 * i] = s->key;
    out->items[2 * i + 1] = in->slots[i];
  }
  uint32_t kept = 0;
  for (uint32_t i = 0; i < out->len; i += 2) {
    size_t len;
    const char *name = gn_text(out->items[i], &len);
    if (len && (unsigned char)name[0] < 0x20)
      continue;
    out->items[kept++] = out->items[i];
    out->items[kept++] = out->items[i + 1];
  }
  out->len = kept;
  return out;
}

static int push_instance(gn_ctx *ctx, writer *w, gn_value v) {
  size_t len;
  const gn_instance *in = (gn_instance *)(void *)gn_as_obj(v);
  gn_array *fields = fields_of(w->out.heap, in);
  const char *name = gn_text(gn_type_name(ctx, v), &len);
  if (!fields || put(w, "{\"$class\":") != GN_OK ||
      !gn_json_quote(&w->out, name, len))
    return STEP_NO_MEMORY;
  int status = push(w, F_PAIRS, v, gn_from_obj(fields));
  if (status == GN_OK)
    top(w)->some = true; /* a comma after the class */
  return status;
}

static bool all_strings(const gn_dict *dict) {
  uint32_t at = 0;
  const gn_entry *e;
  while ((e = gn_dict_next(dict, &at)) != NULL)
    if (!gn_is_string(e->key))
      return false;
  return true;
}

static int push_hashmap(writer *w, gn_value v) {
  const gn_dict *dict = (gn_dict *)gn_as_obj(v);
  if (all_strings(dict))
    return put(w, "{") == GN_OK ? push(w, F_ENTRIES, v, v) : STEP_NO_MEMORY;
  gn_dict *map = gn_dict_new(w->out.heap, GN_T_MAP, dict->live);
  return map ? push(w, F_KEYS, v, gn_from_obj(map)) : STEP_NO_MEMORY;
}

/* Starts on a container. */
static int push_container(gn_ctx *ctx, writer *w, gn_value v) {
  switch (gn_as_obj(v)->type) {
  case GN_T_MAP:
    return put(w, "{") == GN_OK ? push(w, F_ENTRIES, v, v) : STEP_NO_MEMORY;
  case GN_T_HASHMAP: return push_hashmap(w, v);
  case GN_T_GENE:
    if (put(w, "{\"$gene\":{\"type\":") != GN_OK)
      return STEP_NO_MEMORY;
    return push(w, F_GENE, v, GN_NIL);
  case GN_T_INSTANCE: return push_instance(ctx, w, v);
  default:
    return put(w, "[") == GN_OK ? push(w, F_ITEMS, v, v) : STEP_NO_MEMORY;
  }
}

/* What lies too deep for the answer is a text there. */
static int push_deep(gn_ctx *ctx, writer *w, gn_value v) {
  char text[96];
  if (!w->told) {
    snprintf(text, sizeof text,
             "Parts of the value nested over %u levels deep are given as "
             "$opaque",
             ctx->limits.answer_nesting);
    gn_ctx_diagnostic(ctx, "warning", text);
  }
  w->told = true;
  int status = push_opaque(ctx, w, v);
  if (status == GN_OK)
    top(w)->unsearched = true;
  return status;
}

static int enter_container(gn_ctx *ctx, writer *w, gn_value v) {
  if (closes_cycle(ctx, w, v))
    return gn_throw(ctx, GN_X_ARGUMENT, NULL, "Cyclic value");
  if (w->kind == GN_JSON_PLAIN && w->depth >= ctx->limits.value_nesting)
    return gn_throw_too_deep(ctx);
  if (w->kind == GN_JSON_WIRE && w->depth >= ctx->limits.answer_nesting)
    return push_deep(ctx, w, v);
  return push_container(ctx, w, v);
}

static int enter_wire(gn_ctx *ctx, writer *w, gn_value v) {
  switch (gn_is_ptr(v) ? gn_as_obj(v)->type : GN_T_FREE) {
  case GN_T_CSYMBOL:
  case GN_T_DATE:
  case GN_T_TIME:
  case GN_T_DATETIME:
  case GN_T_RANGE:
  case GN_T_REGEX:
  case GN_T_SELECTOR:
  case GN_T_TYPEEXPR: return push_printed(w, v, GN_DISPLAY, "");
  case GN_T_BYTES:
    return put(w, "\"") == GN_OK ? push(w, F_BYTES, v, GN_NIL) : STEP_NO_MEMORY;
  case GN_T_CLOSURE:
  case GN_T_NATIVE:
  case GN_T_BOUND: return put_function(w, v);
  default: return push_opaque(ctx, w, v);
  }
}

/* Writes v or pushes a frame for it. */
static int enter(gn_ctx *ctx, writer *w, gn_value v) {
  if (gn_json_scalar(&w->out, v, w->kind))
    return GN_OK;
  if (w->out.failed)
    return STEP_NO_MEMORY;
  if (gn_is_string(v) || gn_is_symbol(v)) {
    gn_value text = gn_string_of(w->out.heap, v);
    if (text == GN_NONE || put(w, "\"") != GN_OK)
      return STEP_NO_MEMORY;
    return push(w, F_TEXT, text, GN_NIL);
  }
  bool wire = w->kind == GN_JSON_WIRE;
  if (gn_json_is_container(v)) {
    uint8_t type = gn_as_obj(v)->type;
    if (wire || (type != GN_T_GENE && type != GN_T_INSTANCE))
      return enter_container(ctx, w, v);
  }
  if (wire)
    return enter_wire(ctx, w, v);
  if (gn_is(v, GN_T_RANGE))
    return put(w, "[") == GN_OK ? push(w, F_ITEMS, v, v) : STEP_NO_MEMORY;
  return push_printed(w, v, GN_STRING, "");
}

/* ---- steps ---- */

static int new_line(writer *w, uint32_t level) {
  static const char spaces[] = "                ";
  uint64_t n = (uint64_t)level * w->indent;
  if (w->indent == 0)
    return GN_OK;
  gn_put_c(&w->out, "\n");
  for (; n > 0 && !w->out.failed; n -= n < 16 ? n : 16)
    gn_put(&w->out, spaces, n < 16 ? n : 16);
  return w->out.failed ? STEP_NO_MEMORY : GN_OK;
}

/* What stands before an element of the top frame. */
static int begin_element(writer *w) {
  if (top(w)->some && put(w, ",") != GN_OK)
    return STEP_NO_MEMORY;
  top(w)->some = true;
  return new_line(w, w->depth);
}

static int end_container(writer *w, const char *close) {
  bool some = top(w)->some && top(w)->kind != F_PAIRS;
  w->depth--;
  if (some && new_line(w, w->depth) != GN_OK)
    return STEP_NO_MEMORY;
  return put(w, close);
}

/* The next item of a frame's collection; false at the end. *item GN_NONE: out
 * of memory. */
static bool next_item(writer *w, frame *f, gn_value *item) {
  gn_obj *o = gn_as_obj(f->v);
  int64_t i;
  if (o->type == GN_T_ARRAY) {
    if (f->at >= gn_arr(f->v)->len)
      return false;
    *item = gn_arr(f->v)->items[f->at];
  } else if (o->type == GN_T_RANGE) {
    if (!gn_range_at((gn_range *)(void *)o, f->at, &i))
      return false;
    *item = gn_int_new(w->out.heap, i);
  } else {
    const gn_entry *e = gn_dict_next((gn_dict *)(void *)o, &f->entry);
    if (!e)
      return false;
    *item = e->key;
  }
  f->at++;
  return true;
}

static int step_items(gn_ctx *ctx, writer *w) {
  gn_value item;
  if (!next_item(w, top(w), &item))
    return end_container(w, "]");
  if (item == GN_NONE || begin_element(w) != GN_OK)
    return STEP_NO_MEMORY;
  return enter(ctx, w, item);
}

/* `"key":` and the value of an entry. */
static int put_entry(gn_ctx *ctx, writer *w, gn_value key, gn_value value) {
  size_t len;
  const char *text = gn_text(key, &len);
  if (begin_element(w) != GN_OK || !gn_json_quote(&w->out, text, len) ||
      put(w, w->indent ? ": " : ":") != GN_OK)
    return STEP_NO_MEMORY;
  gn_charge(ctx, len >> 4);
  return enter(ctx, w, value);
}

static int step_entries(gn_ctx *ctx, writer *w) {
  frame *f = top(w);
  const gn_entry *e = gn_dict_next((gn_dict *)gn_as_obj(f->held), &f->entry);
  if (!e)
    return end_container(w, "}");
  return put_entry(ctx, w, e->key, e->value);
}

static int step_pairs(gn_ctx *ctx, writer *w) {
  frame *f = top(w);
  const gn_array *pairs = gn_arr(f->held);
  if (f->at >= pairs->len)
    return end_container(w, "}");
  gn_value key = pairs->items[f->at], value = pairs->items[f->at + 1];
  f->at += 2;
  return put_entry(ctx, w, key, value);
}

/* The printed form of v. The printer is asked once, however often memory runs
 * out afterwards; drop_printed ends it. */
static int printed_text(gn_ctx *ctx, gn_call *call, writer *w, gn_value v,
                        enum gn_print_mode mode, gn_value *text) {
  if (!w->printed) {
    int status = gn_print_run(ctx, call, &w->sub, v, mode);
    if (status != GN_OK)
      return status;
    w->printed = true;
  }
  gn_builder *b = gn_print_builder(ctx, &w->sub);
  *text = b ? gn_builder_string(b) : GN_NONE;
  return *text == GN_NONE ? STEP_NO_MEMORY : GN_OK;
}

static void drop_printed(writer *w) {
  w->sub = GN_NIL;
  w->printed = false;
}

/* Puts one entry of a hash map into the Map that has texts as keys; of equal
 * ones the last wins. */
static int step_keys(gn_ctx *ctx, gn_call *call, writer *w) {
  frame *f = top(w);
  gn_dict *map = (gn_dict *)gn_as_obj(f->held);
  uint32_t at = f->entry;
  const gn_entry *e = gn_dict_next((gn_dict *)gn_as_obj(f->v), &at);
  if (!e) {
    f->kind = F_ENTRIES;
    f->entry = 0;
    return put(w, "{");
  }
  gn_value key = e->key;
  if (!gn_is_string(key) && !gn_is_symbol(key)) {
    int status = printed_text(ctx, call, w, key, GN_STRING, &key);
    if (status != GN_OK)
      return status;
  }
  if (!gn_map_set(w->out.heap, map, key, e->value))
    return STEP_NO_MEMORY;
  drop_printed(w);
  f->entry = at;
  return GN_OK;
}

/* at: 0 the type, 1 the properties, 2 the start of the children, then those. */
static int step_gene(gn_ctx *ctx, writer *w) {
  frame *f = top(w);
  const gn_gene *g = gn_gen(f->v);
  const gn_entry *e = NULL;
  if (f->at == 0) {
    f->at = 1;
    return enter(ctx, w, g->type);
  }
  if (f->at == 1) {
    if (f->entry == 0 && put(w, ",\"props\":{") != GN_OK)
      return STEP_NO_MEMORY;
    if (g->props)
      e = gn_dict_next(g->props, &f->entry);
    if (e)
      return put_entry(ctx, w, e->key, e->value);
    f->at = 2;
    f->some = false;
    return put(w, "},\"children\":[");
  }
  if (f->at - 2 >= g->n) {
    w->depth--;
    return put(w, "]}}");
  }
  gn_value child = g->children[f->at++ - 2];
  return begin_element(w) == GN_OK ? enter(ctx, w, child) : STEP_NO_MEMORY;
}

/* A piece of a long string or of bytes. */
static int step_text(gn_ctx *ctx, writer *w) {
  frame *f = top(w);
  const gn_string *s = gn_str(f->v);
  size_t some = s->len - f->at < TEXT_PIECE ? s->len - f->at : TEXT_PIECE;
  const char *bytes = gn_str_bytes(s) + f->at;
  bool last = f->at + some == s->len;
  bool ok = f->kind == F_TEXT ? put_escaped(&w->out, bytes, some)
                              : gn_base64_put(&w->out, bytes, some);
  gn_charge(ctx, some >> 2);
  f->at += some;
  if (!ok)
    return STEP_NO_MEMORY;
  if (!last)
    return GN_OK;
  w->depth--;
  return put(w, "\"");
}

/* The printed form is made by the printer, then quoted like a string. */
static int step_printed(gn_ctx *ctx, gn_call *call, writer *w) {
  frame *f = top(w);
  const char *tail = f->tail;
  if (f->unsearched) {
    int status = gn_json_cycle_run(ctx, call, &w->search, f->v);
    if (status == GN_OK)
      f->unsearched = false;
    return status;
  }
  if (f->held == GN_NIL) {
    gn_value text;
    int status = printed_text(ctx, call, w, f->v, f->mode, &text);
    if (status != GN_OK)
      return status;
    f->held = text;
    status = enter(ctx, w, text);
    if (status == GN_OK)
      drop_printed(w);
    return status;
  }
  w->depth--;
  return put(w, tail);
}

static int step(gn_ctx *ctx, gn_call *call, writer *w) {
  switch ((enum frame_kind)top(w)->kind) {
  case F_ITEMS: return step_items(ctx, w);
  case F_ENTRIES: return step_entries(ctx, w);
  case F_KEYS: return step_keys(ctx, call, w);
  case F_PAIRS: return step_pairs(ctx, w);
  case F_GENE: return step_gene(ctx, w);
  case F_TEXT:
  case F_BYTES: return step_text(ctx, w);
  case F_PRINTED: return step_printed(ctx, call, w);
  }
  return GN_OK;
}

/* A step as a whole or not at all. */
static int safe_step(gn_ctx *ctx, gn_call *call, writer *w) {
  uint32_t depth = w->depth, used = w->out.buf ? w->out.buf->used : 0;
  frame saved = *top(w);
  int status = step(ctx, call, w);
  if (status != STEP_NO_MEMORY)
    return status;
  w->depth = depth;
  *top(w) = saved;
  if (w->out.buf)
    w->out.buf->used = used;
  w->out.failed = false;
  return gn_oom(ctx);
}

bool gn_json_start(gn_ctx *ctx, gn_value *machine, enum gn_json_kind kind,
                   uint32_t indent, uint32_t most) {
  writer *made = writer_new(gn_ctx_heap(ctx), kind, indent);
  if (!made)
    return false;
  made->most = most;
  *machine = gn_from_obj(made);
  return true;
}

static int check_size(gn_ctx *ctx, const writer *w) {
  if (w->most == 0 || !w->out.buf || w->out.buf->used <= w->most)
    return GN_OK;
  return gn_throw(ctx, GN_X_LIMIT, NULL, "More than %u bytes of JSON", w->most);
}

/* Whether a step of it is as long as many of others. */
static bool is_piece(const frame *f) {
  return f->kind == F_TEXT || f->kind == F_BYTES;
}

int gn_json_run(gn_ctx *ctx, gn_call *call, gn_value *machine, gn_value v,
                enum gn_json_kind kind, uint32_t indent) {
  if (*machine == GN_NIL && !gn_json_start(ctx, machine, kind, indent, 0))
    return gn_oom(ctx);
  writer *w = (writer *)(void *)gn_as_obj(*machine);
  int status = GN_OK;
  if (!w->begun) {
    status = enter(ctx, w, v);
    if (status == STEP_NO_MEMORY) {
      *machine = GN_NIL;
      return gn_oom(ctx);
    }
    w->begun = true;
  }
  for (uint32_t n = 1; status == GN_OK && w->depth > 0; n++) {
    status = safe_step(ctx, call, w);
    gn_charge(ctx, 1);
    if (status == GN_OK)
      status = check_size(ctx, w);
    bool look = w->depth > 0 && (n % 32 == 0 || is_piece(top(w)));
    if (status == GN_OK && look && gn_slice_over(ctx))
      status = gn_pause(call, call->state ? call->state : 1);
  }
  return status == GN_OK ? GN_OK : gn_suspended(call, status);
}
