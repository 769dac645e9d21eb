/*
 * json_writer.c - values to JSON with an explicit stack. A step either is done
 * whole or, when memory runs out, leaves everything as it was, so that it can
 * be tried again after a collection.
 */
#include <stdio.h>

#include "lib/base64.h"
#include "lib/json_cycle.h"
#include "lib/json_writer_impl.h"
#include "run/context.h"
#include "run/native_args.h"
#include "run/shared.h"
#include "types/range.h"

#define TEXT_PIECE 49152u /* bytes; a multiple of three, for base64 */
#define SCAN_DEPTH 64u    /* up to here all levels are compared for cycles */

typedef jw_frame frame;
typedef jw_writer writer;

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
    gn_mark(heap, w->frames[i].from);
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

int jw_push(writer *w, enum frame_kind kind, gn_value v, gn_value held) {
  if (w->depth == w->cap && !grow(w))
    return STEP_NO_MEMORY;
  w->frames[w->depth++] =
      (frame){.v = v, .held = held, .from = GN_NIL, .kind = (uint8_t)kind};
  return GN_OK;
}

/* ---- cycles and depth ---- */

/* On the way down all levels are compared as far as SCAN_DEPTH (or the depth
 * that the answer has); below, one level out of each power of two. A cycle is
 * found at the latest in its third round then, without a search each time. */
static bool closes_cycle(gn_ctx *ctx, const writer *w, gn_value v) {
  uint32_t scan = jw_is_wire(w) ? GENE_NESTING_MAX : SCAN_DEPTH;
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
int jw_push_printed(writer *w, gn_value v, enum gn_print_mode mode,
                    const char *tail) {
  int status = jw_push(w, F_PRINTED, v, GN_NIL);
  if (status == GN_OK) {
    jw_top(w)->mode = (uint8_t)mode;
    jw_top(w)->tail = tail;
  }
  return status;
}

static int push_opaque(gn_ctx *ctx, writer *w, gn_value v) {
  size_t len;
  const char *name = gn_text(gn_type_name(ctx, v), &len);
  if (jw_put(w, "{\"$opaque\":") != GN_OK ||
      !gn_json_quote(&w->out, name, len) || jw_put(w, ",\"text\":") != GN_OK)
    return STEP_NO_MEMORY;
  return jw_push_printed(w, v, GN_DISPLAY, "}");
}

/* A future is told by its id, if it has one here. */
static int put_future(gn_ctx *ctx, writer *w, gn_value v) {
  size_t len;
  gn_value id = gn_share(ctx, gn_fut(v));
  if (id == GN_NIL)
    return push_opaque(ctx, w, v);
  const char *text = id == GN_NONE ? NULL : gn_text(id, &len);
  if (!text || jw_put(w, "{\"$future\":") != GN_OK ||
      !gn_json_quote(&w->out, text, len))
    return STEP_NO_MEMORY;
  return jw_put(w, "}");
}

static int put_function(writer *w, gn_value v) {
  gn_value name = GN_NIL;
  size_t len;
  if (jw_put(w, "{\"$function\":") != GN_OK)
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
      jw_put(w, "null");
  }
  return jw_put(w, "}");
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
  if (!fields || jw_put(w, "{\"$class\":") != GN_OK ||
      !gn_json_quote(&w->out, name, len))
    return STEP_NO_MEMORY;
  int status = jw_push(w, F_PAIRS, v, gn_from_obj(fields));
  if (status == GN_OK)
    jw_top(w)->some = true; /* a comma after the class */
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
  if (all_strings(dict)) {
    if (jw_put(w, "{") != GN_OK || jw_push(w, F_ENTRIES, v, v) != GN_OK)
      return STEP_NO_MEMORY;
    return jw_is_tagged(w) ? jw_sort(w, v) : GN_OK;
  }
  gn_dict *map = gn_dict_new(w->out.heap, GN_T_MAP, dict->live);
  return map ? jw_push(w, F_KEYS, v, gn_from_obj(map)) : STEP_NO_MEMORY;
}

/* Starts on a container. */
static int push_container(gn_ctx *ctx, writer *w, gn_value v) {
  if (jw_is_tagged(w)) {
    int status = jw_push_tagged(ctx, w, v);
    if (status != STEP_PLAIN)
      return status;
  }
  switch (gn_as_obj(v)->type) {
  case GN_T_MAP:
    return jw_put(w, "{") == GN_OK ? jw_push(w, F_ENTRIES, v, v)
                                   : STEP_NO_MEMORY;
  case GN_T_HASHMAP: return push_hashmap(w, v);
  case GN_T_GENE:
    if (jw_put(w, "{\"$gene\":{\"type\":") != GN_OK)
      return STEP_NO_MEMORY;
    return jw_push(w, F_GENE, v, GN_NIL);
  case GN_T_INSTANCE: return push_instance(ctx, w, v);
  default:
    return jw_put(w, "[") == GN_OK ? jw_push(w, F_ITEMS, v, v) : STEP_NO_MEMORY;
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
    jw_top(w)->unsearched = true;
  return status;
}

static int enter_container(gn_ctx *ctx, writer *w, gn_value v) {
  if (closes_cycle(ctx, w, v))
    return gn_throw(ctx, GN_X_ARGUMENT, NULL, "Cyclic value");
  if (!jw_is_wire(w) && w->depth >= ctx->limits.value_nesting)
    return gn_throw_too_deep(ctx);
  if (jw_is_wire(w) && w->depth >= ctx->limits.answer_nesting)
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
  case GN_T_TYPEEXPR: return jw_push_printed(w, v, GN_DISPLAY, "");
  case GN_T_BYTES:
    return jw_put(w, "\"") == GN_OK ? jw_push(w, F_BYTES, v, GN_NIL)
                                    : STEP_NO_MEMORY;
  case GN_T_CLOSURE:
  case GN_T_NATIVE:
  case GN_T_BOUND: return put_function(w, v);
  case GN_T_FUTURE: return put_future(ctx, w, v);
  default: return push_opaque(ctx, w, v);
  }
}

/* Writes v or pushes a frame for it. */
int jw_enter(gn_ctx *ctx, writer *w, gn_value v) {
  if (gn_json_scalar(&w->out, v, w->kind))
    return GN_OK;
  if (w->out.failed)
    return STEP_NO_MEMORY;
  if (jw_is_tagged(w)) {
    int status = jw_enter_tagged(ctx, w, v);
    if (status != STEP_PLAIN)
      return status;
  }
  if (gn_is_string(v) || gn_is_symbol(v)) {
    gn_value text = gn_string_of(w->out.heap, v);
    if (text == GN_NONE || jw_put(w, "\"") != GN_OK)
      return STEP_NO_MEMORY;
    return jw_push(w, F_TEXT, text, GN_NIL);
  }
  bool wire = jw_is_wire(w);
  if (gn_json_is_container(v)) {
    uint8_t type = gn_as_obj(v)->type;
    if (w->kind != GN_JSON_PLAIN ||
        (type != GN_T_GENE && type != GN_T_INSTANCE))
      return enter_container(ctx, w, v);
  }
  if (gn_is(v, GN_T_RANGE) && w->kind != GN_JSON_WIRE)
    return jw_put(w, "[") == GN_OK ? jw_push(w, F_ITEMS, v, v) : STEP_NO_MEMORY;
  if (wire)
    return enter_wire(ctx, w, v);
  return jw_push_printed(w, v, GN_STRING, "");
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
  if (jw_top(w)->some && jw_put(w, ",") != GN_OK)
    return STEP_NO_MEMORY;
  jw_top(w)->some = true;
  return new_line(w, w->depth);
}

static int end_container(writer *w, const char *close) {
  bool some = jw_top(w)->some && jw_top(w)->kind != F_PAIRS;
  w->depth--;
  if (some && new_line(w, w->depth) != GN_OK)
    return STEP_NO_MEMORY;
  return jw_put(w, close);
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
  } else if (o->type == GN_T_GENE) {
    if (f->at >= gn_gen(f->v)->n)
      return false;
    *item = gn_gen(f->v)->children[f->at];
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
  if (!next_item(w, jw_top(w), &item))
    return end_container(w, gn_is(jw_top(w)->v, GN_T_GENE) ? "]}" : "]");
  if (item == GN_NONE || begin_element(w) != GN_OK)
    return STEP_NO_MEMORY;
  return jw_enter(ctx, w, item);
}

/* `"key":` and the value of an entry. */
int jw_put_entry(gn_ctx *ctx, writer *w, gn_value key, gn_value value) {
  size_t len;
  const char *text = gn_text(key, &len);
  if (begin_element(w) != GN_OK || !gn_json_quote(&w->out, text, len) ||
      jw_put(w, w->indent ? ": " : ":") != GN_OK)
    return STEP_NO_MEMORY;
  gn_charge(ctx, len >> 4);
  return jw_enter(ctx, w, value);
}

static int step_entries(gn_ctx *ctx, writer *w) {
  frame *f = jw_top(w);
  const gn_entry *e = gn_dict_next((gn_dict *)gn_as_obj(f->held), &f->entry);
  if (!e)
    return end_container(w, "}");
  return jw_put_entry(ctx, w, e->key, e->value);
}

static int step_pairs(gn_ctx *ctx, writer *w) {
  frame *f = jw_top(w);
  const gn_array *pairs = gn_arr(f->held);
  if (f->at >= pairs->len)
    return end_container(w, "}");
  gn_value key = pairs->items[f->at], value = pairs->items[f->at + 1];
  f->at += 2;
  return jw_put_entry(ctx, w, key, value);
}

/* The printed form of v. It is made once, however often memory runs out
 * afterwards; drop_printed ends it. */
static int printed_text(gn_ctx *ctx, gn_call *call, writer *w, gn_value v,
                        enum gn_print_mode mode, gn_value *text) {
  int status = gn_print_text(ctx, call, &w->sub, v, mode);
  *text = w->sub;
  return status;
}

static void drop_printed(writer *w) {
  w->sub = GN_NIL;
}

/* Puts one entry of a hash map into the Map that has texts as keys; of equal
 * ones the last wins. */
static int step_keys(gn_ctx *ctx, gn_call *call, writer *w) {
  frame *f = jw_top(w);
  gn_dict *map = (gn_dict *)gn_as_obj(f->held);
  uint32_t at = f->entry;
  const gn_entry *e = gn_dict_next((gn_dict *)gn_as_obj(f->v), &at);
  if (!e) {
    f->kind = F_ENTRIES;
    f->entry = 0;
    if (jw_put(w, "{") != GN_OK)
      return STEP_NO_MEMORY;
    return jw_is_tagged(w) ? jw_sort(w, f->held) : GN_OK;
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
  frame *f = jw_top(w);
  const gn_gene *g = gn_gen(f->v);
  const gn_entry *e = NULL;
  if (f->at == 0) {
    f->at = 1;
    return jw_enter(ctx, w, g->type);
  }
  if (f->at == 1) {
    if (f->entry == 0 && jw_put(w, ",\"props\":{") != GN_OK)
      return STEP_NO_MEMORY;
    if (g->props)
      e = gn_dict_next(g->props, &f->entry);
    if (e)
      return jw_put_entry(ctx, w, e->key, e->value);
    f->at = 2;
    f->some = false;
    return jw_put(w, "},\"children\":[");
  }
  if (f->at - 2 >= g->n) {
    w->depth--;
    return jw_put(w, "]}}");
  }
  gn_value child = g->children[f->at++ - 2];
  return begin_element(w) == GN_OK ? jw_enter(ctx, w, child) : STEP_NO_MEMORY;
}

/* A piece of a long string or of bytes. */
static int step_text(gn_ctx *ctx, writer *w) {
  frame *f = jw_top(w);
  const gn_string *s = gn_str(f->v);
  size_t some = s->len - f->at < TEXT_PIECE ? s->len - f->at : TEXT_PIECE;
  const char *bytes = gn_str_bytes(s) + f->at;
  bool last = f->at + some == s->len;
  bool ok = f->kind == F_TEXT ? jw_put_escaped(&w->out, bytes, some)
                              : gn_base64_put(&w->out, bytes, some);
  gn_charge(ctx, some >> 2);
  f->at += some;
  if (!ok)
    return STEP_NO_MEMORY;
  if (!last)
    return GN_OK;
  w->depth--;
  return jw_put(w, "\"");
}

/* The printed form is made by the printer, then quoted like a string. */
static int step_printed(gn_ctx *ctx, gn_call *call, writer *w) {
  frame *f = jw_top(w);
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
    status = jw_put(w, f->tagged ? "\"" GN_JSON_TAG : "\"");
    if (status == GN_OK)
      status = jw_push(w, F_TEXT, text, GN_NIL);
    if (status == GN_OK)
      drop_printed(w);
    return status;
  }
  w->depth--;
  return jw_put(w, tail);
}

static int step(gn_ctx *ctx, gn_call *call, writer *w) {
  switch ((enum frame_kind)jw_top(w)->kind) {
  case F_ITEMS: return step_items(ctx, w);
  case F_ENTRIES: return step_entries(ctx, w);
  case F_KEYS: return step_keys(ctx, call, w);
  case F_PAIRS: return step_pairs(ctx, w);
  case F_GENE: return step_gene(ctx, w);
  case F_TEXT:
  case F_BYTES: return step_text(ctx, w);
  case F_PRINTED: return step_printed(ctx, call, w);
  case F_TYPE:
  case F_COLLECT:
  case F_HEAPIFY:
  case F_SORTED: return jw_step_tagged(ctx, w);
  }
  return GN_OK;
}

/* A step as a whole or not at all. */
static int safe_step(gn_ctx *ctx, gn_call *call, writer *w) {
  uint32_t depth = w->depth, used = w->out.buf ? w->out.buf->used : 0;
  frame saved = *jw_top(w);
  int status = step(ctx, call, w);
  if (status != STEP_NO_MEMORY &&
      (status != GN_THROW || ctx->thrown != GN_NONE))
    return status;
  w->depth = depth;
  *jw_top(w) = saved;
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

/* Spaces that a new line may begin with. */
static uint64_t margin(const writer *w) {
  return (uint64_t)w->depth * w->indent;
}

/* Whether a step of it is as long as many of others. */
static bool is_piece(writer *w) {
  const frame *f = jw_top(w);
  return f->kind == F_TEXT || f->kind == F_BYTES || margin(w) > 1024;
}

int gn_json_run(gn_ctx *ctx, gn_call *call, gn_value *machine, gn_value v,
                enum gn_json_kind kind, uint32_t indent) {
  if (*machine == GN_NIL && !gn_json_start(ctx, machine, kind, indent, 0))
    return gn_oom(ctx);
  writer *w = (writer *)(void *)gn_as_obj(*machine);
  int status = GN_OK;
  if (!w->begun) {
    status = jw_enter(ctx, w, v);
    if (status == STEP_NO_MEMORY) {
      *machine = GN_NIL;
      return gn_oom(ctx);
    }
    w->begun = true;
  }
  for (uint32_t n = 1; status == GN_OK && w->depth > 0; n++) {
    status = safe_step(ctx, call, w);
    gn_charge(ctx, 1 + (margin(w) >> 6));
    if (status == GN_OK)
      status = check_size(ctx, w);
    bool look = w->depth > 0 && (n % 32 == 0 || is_piece(w));
    if (status == GN_OK && look && gn_slice_over(ctx))
      status = gn_pause(call, call->state ? call->state : 1);
  }
  return status == GN_OK ? GN_OK : gn_suspended(call, status);
}
