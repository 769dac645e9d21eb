/*
 * printer.c - values to text, in slices: an explicit stack of what is being
 * printed, so that depth, size, cycles and a user's to_s (which may wait) are
 * all ordinary. The text grows in the machine's builder; nothing is written
 * anywhere else, and no object is marked or changed.
 */
#include "core/dict.h"
#include "run/native.h"
#include "syntax/print_kinds.h"
#include "syntax/print_leaf.h"
#include "syntax/print_path.h"
#include "syntax/print_serial.h"
#include "syntax/reader.h"

#define SCAN_DEPTH  16u /* up to this depth cycles are looked for in a row */
#define QUICK_STEPS 1000u

/* How a value on the stack is taken apart. */
enum frame_kind {
  F_ARRAY,
  F_MAP,
  F_HASHMAP,
  F_HASHSET,
  F_GENE,
  F_BOX, /* unquote, quote */
  F_CSYMBOL,
  F_STR,       /* gene (#Str ...) */
  F_HASH_FORM, /* gene (#HashMap ...) */
  F_INSTANCE,
  F_EXCEPTION, /* <NAME "message"> */
  F_MESSAGE,   /* an exception's message, which is no string */
  F_LONG,      /* a long text, in pieces */
  F_ITEMS,     /* of a type with a row in gn_print_kinds */
};

typedef struct frame {
  gn_value v;
  uint32_t at;    /* items that were begun */
  uint32_t entry; /* place in a dict, for gn_dict_next */
  gn_value held;  /* value of the entry whose key is being printed */
  uint8_t kind;
  uint8_t mode; /* enum gn_print_mode of what is within */
  bool holds;
} frame;

enum stage { IDLE, WALKING, ASKED };

typedef struct printer {
  gn_machine m;
  uint8_t stage;
  bool quick;    /* it gives up rather than throws */
  uint32_t most; /* bytes after which the text is cut; 0: never */
  uint32_t depth, cap;
  frame *frames; /* in frames_buf */
  gn_blob *frames_buf;
  uint32_t before;    /* text that was there when the value was begun */
  gn_print_path path; /* the objects of the stack once it is deep */
  gn_builder out;
} printer;

/* What entering and stepping give, beside statuses (< 0 and GN_CALL). */
enum { DONE = 100, ENTERED };

/* ---- the machine ---- */

static void trace(gn_heap *heap, gn_machine *m) {
  printer *p = (printer *)(void *)m;
  gn_mark_raw(heap, p->frames_buf);
  gn_mark_raw(heap, p->path.buf);
  gn_mark_raw(heap, p->out.buf);
  for (uint32_t i = 0; i < p->depth; i++) {
    gn_mark(heap, p->frames[i].v);
    gn_mark(heap, p->frames[i].held);
  }
}

static printer *machine_of(gn_ctx *ctx, gn_value *machine) {
  if (*machine != GN_NIL)
    return (printer *)(void *)gn_as_obj(*machine);
  gn_heap *heap = gn_ctx_heap(ctx);
  printer *p = gn_alloc(heap, GN_T_MACHINE, sizeof *p);
  if (p == NULL)
    return NULL;
  gn_machine m = {p->m.h, trace};
  *p = (printer){.m = m, .stage = IDLE};
  gn_builder_init(&p->out, heap);
  *machine = gn_from_obj(p);
  return p;
}

/* ---- the objects on the stack ---- */

/* Makes room for twice the frames of the stack. False: out of memory. */
static bool path_grow(gn_heap *heap, printer *p) {
  if (!gn_print_path_grow(heap, &p->path, SCAN_DEPTH * 8))
    return false;
  for (uint32_t i = 0; i < p->depth; i++)
    gn_print_path_add(&p->path, p->frames[i].v);
  return true;
}

static bool is_on_stack(const printer *p, gn_value v) {
  if (p->path.slots != NULL)
    return gn_print_path_has(&p->path, v);
  for (uint32_t i = 0; i < p->depth; i++)
    if (p->frames[i].v == v)
      return true;
  return false;
}

/* ---- the stack ---- */

static bool frames_grow(gn_heap *heap, printer *p) {
  uint32_t cap = p->cap == 0 ? 8 : p->cap * 2;
  gn_blob *buf = gn_blob_new(heap, cap * sizeof *p->frames);
  if (buf == NULL)
    return false;
  frame *frames = (frame *)(void *)buf->bytes;
  if (p->depth > 0)
    memcpy(frames, p->frames, p->depth * sizeof *frames);
  p->frames_buf = buf;
  p->frames = frames;
  p->cap = cap;
  return true;
}

static int no_memory(gn_ctx *ctx, printer *p) {
  p->out.failed = true;
  return gn_oom(ctx);
}

static int push(gn_ctx *ctx, printer *p, enum frame_kind kind, gn_value v,
                enum gn_print_mode mode) {
  gn_heap *heap = gn_ctx_heap(ctx);
  if (p->depth >= gn_value_nesting(ctx) && kind != F_LONG)
    return p->quick ? GN_THROW : gn_throw_too_deep(ctx);
  if (p->depth == p->cap && !frames_grow(heap, p))
    return no_memory(ctx, p);
  bool tight = p->path.slots == NULL ? p->depth == SCAN_DEPTH
                                     : p->depth * 2 > p->path.mask;
  if (tight && !path_grow(heap, p))
    return no_memory(ctx, p);
  if (p->path.slots != NULL)
    gn_print_path_add(&p->path, v);
  p->frames[p->depth++] = (frame){
      .v = v,
      .held = GN_NIL,
      .kind = (uint8_t)kind,
      .mode = (uint8_t)mode,
  };
  return ENTERED;
}

static void pop(printer *p) {
  p->depth--;
  if (p->path.slots != NULL)
    gn_print_path_remove(&p->path, p->frames[p->depth].v);
}

/* ---- entering a value ---- */

static enum gn_print_mode within_gene(enum gn_print_mode mode) {
  return mode >= GN_INSPECT ? mode : GN_QUOTED;
}

static enum gn_print_mode within_collection(enum gn_print_mode mode) {
  return mode == GN_STRING ? GN_QUOTED : mode;
}

static bool is_sealed(gn_value v) {
  return (gn_as_obj(v)->flags & GN_SEALED) != 0;
}

static void put_name_of(gn_builder *out, const gn_instance *in) {
  size_t len;
  const char *name = gn_text(in->shape->cls->name, &len);
  gn_put(out, name, len);
}

/* What stands where a value is met again within itself. */
static int put_cycle(printer *p, gn_value v) {
  if (gn_is(v, GN_T_INSTANCE)) {
    gn_put_c(&p->out, "<");
    put_name_of(&p->out, (const gn_instance *)gn_as_obj(v));
    gn_put_c(&p->out, " ...>");
  } else {
    gn_put_c(&p->out, "...");
  }
  return DONE;
}

static int enter_collection(gn_ctx *ctx, printer *p, enum frame_kind kind,
                            const char *open, gn_value v,
                            enum gn_print_mode mode) {
  if (is_sealed(v))
    gn_put_c(&p->out, "#");
  gn_put_c(&p->out, open);
  return push(ctx, p, kind, v, within_collection(mode));
}

static int enter_gene(gn_ctx *ctx, printer *p, gn_value v,
                      enum gn_print_mode mode) {
  enum frame_kind kind = F_GENE;
  const char *open = is_sealed(v) ? "#(" : "(";
  if (gn_is_form(v, GN_FORM_STR)) {
    kind = F_STR;
    open = "#\"";
  } else if (gn_is_form(v, GN_FORM_HASHMAP)) {
    kind = F_HASH_FORM;
    open = is_sealed(v) ? "#{{" : "{{";
  }
  gn_put_c(&p->out, open);
  return push(ctx, p, kind, v, within_gene(mode));
}

static int enter_box(gn_ctx *ctx, printer *p, gn_value v,
                     enum gn_print_mode mode) {
  const gn_obj *box = gn_as_obj(v);
  if (box->type == GN_T_QUOTE) {
    /* Only the form that reads back shows quotes. */
    if (mode >= GN_INSPECT)
      gn_put_c(&p->out, "`");
    return push(ctx, p, F_BOX, v, mode);
  }
  gn_put_c(&p->out, box->aux == GN_UNQUOTE_DROP ? "%_" : "%");
  return push(ctx, p, F_BOX, v, within_gene(mode));
}

/* Field `message` of an exception; nil when it has none. */
static gn_value message_of(const gn_instance *in) {
  for (const gn_shape *s = in->shape; s != NULL && s->n > 0; s = s->parent)
    if (gn_is_symbol(s->key) && gn_text_is(s->key, "message"))
      return in->slots[s->n - 1];
  return GN_NIL;
}

static int enter_exception(gn_ctx *ctx, printer *p, gn_value v,
                           enum gn_print_mode mode) {
  const gn_instance *in = (const gn_instance *)gn_as_obj(v);
  if (p->depth == 0 && (mode == GN_DISPLAY || mode == GN_STRING)) {
    gn_value message = message_of(in);
    return gn_put_leaf(&p->out, message, mode)
               ? DONE
               : push(ctx, p, F_MESSAGE, v, GN_STRING);
  }
  gn_put_c(&p->out, "<");
  put_name_of(&p->out, in);
  return push(ctx, p, F_EXCEPTION, v, within_gene(mode));
}

/* The to_s that a script has defined for v, or GN_NONE. */
static gn_value user_to_s(gn_ctx *ctx, gn_value v) {
  gn_value method = gn_find_method(ctx, v, "to_s");
  return method == GN_NONE || gn_is(method, GN_T_NATIVE) ? GN_NONE : method;
}

/* Without its to_s. */
static int enter_fields(gn_ctx *ctx, printer *p, gn_value v,
                        enum gn_print_mode mode) {
  if (gn_is_exception(ctx, v))
    return enter_exception(ctx, p, v, mode);
  gn_put_c(&p->out, "<");
  put_name_of(&p->out, (const gn_instance *)gn_as_obj(v));
  return push(ctx, p, F_INSTANCE, v, within_gene(mode));
}

static int enter_instance(gn_ctx *ctx, gn_call *call, printer *p, gn_value v,
                          enum gn_print_mode mode) {
  gn_value method = user_to_s(ctx, v);
  if (method == GN_NONE)
    return enter_fields(ctx, p, v, mode);
  p->stage = ASKED;
  if (call != NULL) {
    call->callee = method;
    call->nargs = 1;
    call->args[0] = v;
    call->arg_array = NULL;
  }
  return GN_CALL;
}

static int enter_other(gn_ctx *ctx, printer *p, gn_value v,
                       enum gn_print_mode mode) {
  const gn_print_kind *kind = &gn_print_kinds[gn_as_obj(v)->type];
  size_t n = 0;
  if (kind->head == NULL) {
    gn_put_c(&p->out, "<");
    gn_put_c(&p->out, gn_type_cstr(ctx, v));
    gn_put_c(&p->out, ">");
    return DONE;
  }
  kind->head(ctx, v, &p->out);
  if (kind->items != NULL)
    kind->items(v, &n);
  return n == 0 ? DONE : push(ctx, p, F_ITEMS, v, within_gene(mode));
}

static int enter_object(gn_ctx *ctx, gn_call *call, printer *p, gn_value v,
                        enum gn_print_mode mode) {
  switch (gn_as_obj(v)->type) {
  case GN_T_ARRAY: return enter_collection(ctx, p, F_ARRAY, "[", v, mode);
  case GN_T_MAP: return enter_collection(ctx, p, F_MAP, "{", v, mode);
  case GN_T_HASHMAP: return enter_collection(ctx, p, F_HASHMAP, "{{", v, mode);
  case GN_T_HASHSET:
    return enter_collection(ctx, p, F_HASHSET, "(HashSet", v, mode);
  case GN_T_GENE: return enter_gene(ctx, p, v, mode);
  case GN_T_UNQUOTE:
  case GN_T_QUOTE: return enter_box(ctx, p, v, mode);
  case GN_T_CSYMBOL: return push(ctx, p, F_CSYMBOL, v, within_gene(mode));
  case GN_T_INSTANCE: return enter_instance(ctx, call, p, v, mode);
  default: return enter_other(ctx, p, v, mode);
  }
}

/* Appends a value that holds no others, or begins a long one; 0: it is none. */
static int put_leaf(gn_ctx *ctx, printer *p, gn_value v,
                    enum gn_print_mode mode) {
  if (gn_is_ptr(v) && gn_is_long_leaf(v))
    return p->quick ? GN_THROW : push(ctx, p, F_LONG, v, mode);
  return gn_put_leaf(&p->out, v, mode) ? DONE : 0;
}

/* Appends v if that is done at once (DONE), pushes a frame (ENTERED), or asks
 * for a call. Throws. */
static int enter(gn_ctx *ctx, gn_call *call, printer *p, gn_value v,
                 enum gn_print_mode mode) {
  if (mode == GN_SERIAL) {
    if (!gn_is_serial(ctx, v))
      return GN_THROW;
    if (gn_put_serial(&p->out, v))
      return DONE;
  }
  int leaf = put_leaf(ctx, p, v, mode);
  if (leaf != 0)
    return leaf;
  if (!is_on_stack(p, v))
    return enter_object(ctx, call, p, v, mode);
  if (mode == GN_SERIAL)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL, "Cyclic value");
  return put_cycle(p, v);
}

/* ---- stepping: the next value within the top frame ---- */

/* What a step found: *v is to be printed in mode; or the frame is done. */
enum { NEXT = 200, LAST };

static int finish(printer *p, const char *tail) {
  gn_put_c(&p->out, tail);
  return LAST;
}

static void space(printer *p, bool first) {
  if (!first)
    gn_put_c(&p->out, " ");
}

/* `n/` and `[a b]` of n/[a b]: with a space between them they would not be
 * read again. */
static bool is_selection(gn_value before, gn_value v) {
  while (gn_is(before, GN_T_QUOTE) || gn_is(before, GN_T_UNQUOTE))
    before = ((const gn_box *)gn_as_obj(before))->v;
  if (!gn_is(before, GN_T_CSYMBOL) || !gn_is(v, GN_T_ARRAY) || is_sealed(v))
    return false;
  const gn_csymbol *s = (const gn_csymbol *)gn_as_obj(before);
  return gn_is_symbol(s->part[s->n - 1]) && gn_sym(s->part[s->n - 1])->len == 0;
}

static int step_items(printer *p, frame *f, const gn_value *items, size_t n,
                      bool lead, const char *tail, gn_value *v) {
  if (f->at >= n)
    return finish(p, tail);
  bool tight = f->at > 0 && is_selection(items[f->at - 1], items[f->at]);
  space(p, tight || (f->at == 0 && !lead));
  *v = items[f->at++];
  return NEXT;
}

/* An entry of a map or of properties. False: no more. */
static bool step_entry(printer *p, frame *f, const gn_dict *d, gn_value *v) {
  const gn_entry *e = d == NULL ? NULL : gn_dict_next(d, &f->entry);
  if (e == NULL)
    return false;
  space(p, f->at++ == 0);
  gn_put_key(&p->out, e->key, (enum gn_print_mode)f->mode);
  *v = e->value;
  return true;
}

/* Keys and values in turn. */
static int step_hashmap(printer *p, frame *f, gn_value *v) {
  const gn_dict *d = (const gn_dict *)gn_as_obj(f->v);
  if (f->holds) {
    gn_put_c(&p->out, " ");
    f->holds = false;
    *v = f->held;
    return NEXT;
  }
  const gn_entry *e = gn_dict_next(d, &f->entry);
  if (e == NULL)
    return finish(p, "}}");
  space(p, f->at++ == 0);
  f->holds = true;
  f->held = e->value;
  *v = e->key;
  return NEXT;
}

static int step_hashset(printer *p, frame *f, gn_value *v) {
  const gn_dict *d = (const gn_dict *)gn_as_obj(f->v);
  const gn_entry *e = gn_dict_next(d, &f->entry);
  if (e == NULL)
    return finish(p, ")");
  gn_put_c(&p->out, " ");
  *v = e->key;
  return NEXT;
}

/* Type, then properties, then children. f->at is 0 before the type, f->holds
 * says that the properties are done; then f->entry counts the children. */
static int step_gene(printer *p, frame *f, gn_value *v) {
  const gn_gene *g = gn_gen(f->v);
  if (f->at == 0) {
    f->at = 1;
    if (f->mode == GN_SERIAL && gn_reads_as_other(g))
      gn_put_c(&p->out, "`");
    *v = g->type;
    return NEXT;
  }
  if (!f->holds) {
    if (step_entry(p, f, g->props, v))
      return NEXT;
    f->holds = true;
    f->entry = 0;
  }
  if (f->entry >= g->n)
    return finish(p, ")");
  gn_value before = f->entry > 0 ? g->children[f->entry - 1] : g->type;
  *v = g->children[f->entry++];
  space(p, is_selection(before, *v));
  return NEXT;
}

static int step_map(printer *p, frame *f, gn_value *v) {
  const gn_dict *d = (const gn_dict *)gn_as_obj(f->v);
  return step_entry(p, f, d, v) ? NEXT : finish(p, "}");
}

/* Parts of a path; one that is a form stands in < >. */
static int step_csymbol(printer *p, frame *f, gn_value *v) {
  const gn_csymbol *s = (const gn_csymbol *)gn_as_obj(f->v);
  if (f->holds)
    gn_put_c(&p->out, ">");
  f->holds = false;
  if (f->at >= s->n)
    return LAST;
  if (f->at > 0)
    gn_put_c(&p->out, "/");
  *v = s->part[f->at++];
  if (gn_is(*v, GN_T_UNQUOTE)) {
    const gn_box *box = (const gn_box *)gn_as_obj(*v);
    gn_put_c(&p->out, box->h.aux == GN_UNQUOTE_METHOD ? ".<" : "<");
    f->holds = true;
    *v = box->v;
  }
  return NEXT;
}

/* The empty hole that keeps texts apart, and a text without any other hole
 * from being read as a plain string. */
static void put_empty_hole(printer *p, frame *f, bool needed) {
  if (f->mode < GN_INSPECT || !needed)
    return;
  gn_put_c(&p->out, "#{}");
  f->entry = 1;
}

/* Parts of an interpolation; texts are written on the way. f->entry says that
 * there was a hole. */
static int step_str(printer *p, frame *f, gn_value *v) {
  const gn_gene *g = gn_gen(f->v);
  if (f->holds)
    gn_put_c(&p->out, "}");
  f->holds = false;
  if (f->at >= g->n) {
    put_empty_hole(p, f, f->entry == 0);
    return finish(p, "\"");
  }
  *v = g->children[f->at++];
  if (!gn_is_string(*v)) {
    gn_put_c(&p->out, "#{");
    f->holds = true;
    f->entry = 1;
    return NEXT;
  }
  put_empty_hole(p, f, f->at > 1 && gn_is_string(g->children[f->at - 2]));
  size_t len;
  const char *text = gn_text(*v, &len);
  if (f->mode >= GN_INSPECT)
    gn_put_escaped(&p->out, text, len, '"', true);
  else
    gn_put(&p->out, text, len);
  return DONE;
}

/* Key of slot i: in the shape that added it. */
static gn_value field_name(const gn_shape *shape, uint32_t i) {
  while (shape->n != i + 1)
    shape = shape->parent;
  return shape->key;
}

static int step_instance(gn_ctx *ctx, printer *p, frame *f, gn_value *v) {
  const gn_instance *in = (const gn_instance *)gn_as_obj(f->v);
  while (f->at < in->shape->n && in->slots[f->at] == GN_UNSET)
    f->at++;
  if (f->at >= in->shape->n)
    return finish(p, ">");
  gn_charge(ctx, (in->shape->n - f->at) / 8);
  gn_put_c(&p->out, " ");
  gn_put_key(&p->out, field_name(in->shape, f->at),
             (enum gn_print_mode)f->mode);
  *v = in->slots[f->at++];
  return NEXT;
}

static int step_kind(printer *p, frame *f, gn_value *v) {
  const gn_print_kind *kind = &gn_print_kinds[gn_as_obj(f->v)->type];
  size_t n;
  const gn_value *items = kind->items(f->v, &n);
  return step_items(p, f, items, n, true, kind->tail, v);
}

/* Units that a piece costs beyond its length. */
static uint32_t mode_cost(uint8_t mode) {
  return mode >= GN_INSPECT ? 2048 : 256;
}

static int step(gn_ctx *ctx, printer *p, frame *f, gn_value *v) {
  gn_value one;
  switch (f->kind) {
  case F_ARRAY:
    return step_items(p, f, gn_arr(f->v)->items, gn_arr(f->v)->len, false, "]",
                      v);
  case F_HASH_FORM:
    return step_items(p, f, gn_gen(f->v)->children, gn_gen(f->v)->n, false,
                      "}}", v);
  case F_MAP: return step_map(p, f, v);
  case F_HASHMAP: return step_hashmap(p, f, v);
  case F_HASHSET: return step_hashset(p, f, v);
  case F_GENE: return step_gene(p, f, v);
  case F_BOX:
    one = ((const gn_box *)gn_as_obj(f->v))->v;
    return step_items(p, f, &one, 1, false, "", v);
  case F_CSYMBOL: return step_csymbol(p, f, v);
  case F_STR: return step_str(p, f, v);
  case F_LONG:
    gn_charge(ctx, mode_cost(f->mode));
    return gn_put_leaf_piece(&p->out, f->v, (enum gn_print_mode)f->mode, &f->at)
               ? LAST
               : DONE;
  case F_INSTANCE: return step_instance(ctx, p, f, v);
  case F_EXCEPTION:
    one = message_of((const gn_instance *)gn_as_obj(f->v));
    return step_items(p, f, &one, 1, true, ">", v);
  case F_MESSAGE:
    one = message_of((const gn_instance *)gn_as_obj(f->v));
    return step_items(p, f, &one, 1, false, "", v);
  default: return step_kind(p, f, v);
  }
}

/* ---- running ---- */

static uint32_t text_size(const printer *p) {
  return p->out.buf == NULL ? 0 : p->out.buf->used;
}

/* Charges for a step, and for the text since there were `before` bytes. */
static void charge_text(gn_ctx *ctx, const printer *p, uint32_t before) {
  gn_charge(ctx, 1 + (text_size(p) - before) / 16);
}

/* A text that is long enough is at its end. */
static void cut(printer *p) {
  while (p->most != 0 && text_size(p) >= p->most && p->depth > 0)
    pop(p);
}

/* Goes on until the stack is empty: DONE, or a status. limit: so many steps,
 * then GN_YIELD; 0: until the slice is over. */
static int walk(gn_ctx *ctx, gn_call *call, printer *p, uint32_t limit) {
  uint32_t steps = 0;
  while (p->depth > 0) {
    if (limit == 0 ? gn_slice_over(ctx) : ++steps > limit)
      return GN_YIELD;
    uint32_t before = text_size(p);
    frame *f = &p->frames[p->depth - 1];
    enum gn_print_mode mode = (enum gn_print_mode)f->mode;
    gn_value v;
    int status = step(ctx, p, f, &v);
    if (status == LAST)
      pop(p);
    else if (status == NEXT)
      status = enter(ctx, call, p, v, mode);
    charge_text(ctx, p, before);
    if (status < 0 || status == GN_CALL)
      return status;
    if (p->out.failed)
      return gn_oom(ctx);
    cut(p);
  }
  return p->out.failed ? gn_oom(ctx) : DONE;
}

/* What a to_s gave. An instance is not asked again. */
static int take_answer(gn_ctx *ctx, printer *p, gn_value answer) {
  p->stage = WALKING;
  int leaf = put_leaf(ctx, p, answer, GN_STRING);
  if (leaf != 0)
    return leaf;
  if (is_on_stack(p, answer))
    return put_cycle(p, answer);
  if (gn_is(answer, GN_T_INSTANCE))
    return enter_fields(ctx, p, answer, GN_QUOTED);
  return enter_object(ctx, NULL, p, answer, GN_STRING);
}

/* Without memory all of the value is printed anew later; what stood before it
 * stays. */
static void take_back(printer *p) {
  while (p->depth > 0)
    pop(p);
  if (p->out.buf != NULL)
    p->out.buf->used = p->before;
  p->out.failed = false;
  p->stage = IDLE;
}

int gn_print_run(gn_ctx *ctx, gn_call *call, gn_value *machine, gn_value v,
                 enum gn_print_mode mode) {
  printer *p = machine_of(ctx, machine);
  if (p == NULL)
    return gn_oom(ctx);
  int status = DONE;
  uint32_t before = text_size(p);
  if (p->stage == IDLE) {
    p->stage = WALKING;
    p->before = before;
    status = enter(ctx, call, p, v, mode);
    charge_text(ctx, p, before);
  } else if (p->stage == ASKED) {
    status = take_answer(ctx, p, call->result);
    charge_text(ctx, p, before);
  }
  if (status == DONE || status == ENTERED)
    status = walk(ctx, call, p, 0);
  if (status == DONE) {
    p->stage = IDLE;
    return GN_OK;
  }
  if (status < 0 && p->out.failed)
    take_back(p);
  else if (status < 0)
    *machine = GN_NIL;
  else if (call->state == 0)
    call->state = 1; /* the text so far must not be made again */
  return status;
}

bool gn_print_start(gn_ctx *ctx, gn_value *machine, uint32_t most) {
  *machine = GN_NIL;
  printer *p = machine_of(ctx, machine);
  if (p != NULL)
    p->most = most;
  return p != NULL;
}

gn_builder *gn_print_builder(gn_ctx *ctx, gn_value *machine) {
  printer *p = machine_of(ctx, machine);
  return p == NULL ? NULL : &p->out;
}

gn_value gn_print_quick(gn_ctx *ctx, gn_value v, enum gn_print_mode mode) {
  gn_value machine = GN_NIL;
  if (gn_is_string(v) && (mode == GN_DISPLAY || mode == GN_STRING))
    return v;
  printer *p = machine_of(ctx, &machine);
  if (p == NULL)
    return GN_NONE;
  p->quick = true;
  int status = enter(ctx, NULL, p, v, mode);
  if (status == DONE || status == ENTERED)
    status = walk(ctx, NULL, p, QUICK_STEPS);
  return status == DONE ? gn_builder_string(&p->out) : GN_NONE;
}
