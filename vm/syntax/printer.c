/*
 * printer.c - values to text, in slices: an explicit stack of what is being
 * printed, so that depth, size, cycles and a user's to_s (which may wait) are
 * all ordinary. The text grows in the machine's builder; nothing is written
 * anywhere else, and no object is marked or changed.
 */
#include "core/dict.h"
#include "run/context.h"
#include "syntax/print_kinds.h"
#include "syntax/print_leaf.h"
#include "syntax/print_serial.h"
#include "syntax/printer_impl.h"
#include "syntax/reader.h"

#define SCAN_DEPTH  16u /* up to this depth cycles are looked for in a row */
#define QUICK_STEPS 1000u

typedef gn_printer printer;
typedef gn_print_frame frame;

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

static int push(gn_ctx *ctx, printer *p, enum gn_print_frame_kind kind,
                gn_value v, enum gn_print_mode mode) {
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

static int enter_collection(gn_ctx *ctx, printer *p,
                            enum gn_print_frame_kind kind, const char *open,
                            gn_value v, enum gn_print_mode mode) {
  if (gn_print_sealed(v))
    gn_put_c(&p->out, "#");
  gn_put_c(&p->out, open);
  return push(ctx, p, kind, v, within_collection(mode));
}

static int enter_gene(gn_ctx *ctx, printer *p, gn_value v,
                      enum gn_print_mode mode) {
  enum gn_print_frame_kind kind = F_GENE;
  const char *open = gn_print_sealed(v) ? "#(" : "(";
  if (gn_is_form(v, GN_FORM_STR)) {
    kind = F_STR;
    open = "#\"";
  } else if (gn_is_form(v, GN_FORM_HASHMAP)) {
    kind = F_HASH_FORM;
    open = gn_print_sealed(v) ? "#{{" : "{{";
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

static int enter_exception(gn_ctx *ctx, printer *p, gn_value v,
                           enum gn_print_mode mode) {
  const gn_instance *in = (const gn_instance *)gn_as_obj(v);
  if (p->depth == 0 && (mode == GN_DISPLAY || mode == GN_STRING)) {
    gn_value message = gn_print_message(in);
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

/* ---- running ---- */

static uint32_t text_size(const printer *p) {
  return p->out.buf == NULL ? 0 : p->out.buf->used;
}

/* A text that is long enough is at its end. */
static void cut(printer *p) {
  while (p->most != 0 && text_size(p) >= p->most && p->depth > 0)
    pop(p);
}

/* What a step may change. */
typedef struct place {
  uint32_t depth, used;
  uint8_t stage;
  frame top;
} place;

static place place_of(const printer *p) {
  place at = {.depth = p->depth, .used = text_size(p), .stage = p->stage};
  if (p->depth > 0)
    at.top = p->frames[p->depth - 1];
  return at;
}

/* The step lacked memory: it is as if it had not begun, so that after a
 * collection it is tried again, and nothing before it: a text that there is no
 * room for would be made time and again otherwise. */
static int undo_step(gn_ctx *ctx, printer *p, const place *at) {
  while (p->depth > at->depth)
    pop(p);
  if (p->depth > 0)
    p->frames[p->depth - 1] = at->top;
  if (p->out.buf != NULL)
    p->out.buf->used = at->used;
  p->out.failed = false;
  p->stage = at->stage;
  return gn_oom(ctx);
}

/* Charges for a step and its text. Gives the status of the step as a whole. */
static int end_step(gn_ctx *ctx, printer *p, const place *at, int status) {
  gn_charge(ctx, 1 + (text_size(p) - at->used) / 16);
  if (p->out.failed || (status == GN_THROW && ctx->thrown == GN_NONE))
    return undo_step(ctx, p, at);
  if (status == LAST)
    pop(p);
  return status;
}

static int step(gn_ctx *ctx, gn_call *call, printer *p) {
  place at = place_of(p);
  gn_value v;
  int status = gn_print_step(ctx, p, &p->frames[p->depth - 1], &v);
  if (status == NEXT)
    status = enter(ctx, call, p, v, (enum gn_print_mode)at.top.mode);
  return end_step(ctx, p, &at, status);
}

/* Goes on until the stack is empty: DONE, or a status. limit: so many steps,
 * then GN_YIELD; 0: until the slice is over. */
static int walk(gn_ctx *ctx, gn_call *call, printer *p, uint32_t limit) {
  uint32_t steps = 0;
  while (p->depth > 0) {
    if (limit == 0 ? gn_slice_over(ctx) : ++steps > limit)
      return GN_YIELD;
    int status = step(ctx, call, p);
    if (status < 0 || status == GN_CALL)
      return status;
    cut(p);
  }
  return DONE;
}

/* What a to_s gave. An instance is not asked again. */
static int take_answer(gn_ctx *ctx, printer *p, gn_value answer) {
  int leaf = put_leaf(ctx, p, answer, GN_STRING);
  if (leaf != 0)
    return leaf;
  if (is_on_stack(p, answer))
    return put_cycle(p, answer);
  if (gn_is(answer, GN_T_INSTANCE))
    return enter_fields(ctx, p, answer, GN_QUOTED);
  return enter_object(ctx, NULL, p, answer, GN_STRING);
}

/* The value itself, or what its to_s gave. */
static int begin(gn_ctx *ctx, gn_call *call, printer *p, gn_value v,
                 enum gn_print_mode mode) {
  place at = place_of(p);
  bool asked = p->stage == ASKED;
  p->stage = WALKING;
  int status =
      asked ? take_answer(ctx, p, call->result) : enter(ctx, call, p, v, mode);
  return end_step(ctx, p, &at, status);
}

int gn_print_run(gn_ctx *ctx, gn_call *call, gn_value *machine, gn_value v,
                 enum gn_print_mode mode) {
  printer *p = machine_of(ctx, machine);
  if (p == NULL)
    return gn_oom(ctx);
  int status = p->stage == WALKING ? DONE : begin(ctx, call, p, v, mode);
  if (status == DONE || status == ENTERED)
    status = walk(ctx, call, p, 0);
  if (status == DONE) {
    p->stage = IDLE;
    return GN_OK;
  }
  if (status == GN_THROW && ctx->thrown != GN_NONE)
    *machine = GN_NIL;
  else if (status != GN_THROW && call->state == 0)
    call->state = 1; /* the text so far must not be made again */
  return status;
}

int gn_print_text(gn_ctx *ctx, gn_call *call, gn_value *machine, gn_value v,
                  enum gn_print_mode mode) {
  if (*machine == GN_NIL && gn_is_string(v) && mode <= GN_STRING)
    *machine = v;
  if (gn_is_string(*machine))
    return GN_OK;
  printer *p = machine_of(ctx, machine);
  int status = p == NULL ? gn_oom(ctx) : GN_OK;
  if (status == GN_OK && !p->whole)
    status = gn_print_run(ctx, call, machine, v, mode);
  if (status != GN_OK)
    return status;
  p->whole = true;
  gn_value text = gn_builder_string(&p->out);
  if (text == GN_NONE)
    return gn_oom(ctx);
  *machine = text;
  return GN_OK;
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
  int status = begin(ctx, NULL, p, v, mode);
  if (status == DONE || status == ENTERED)
    status = walk(ctx, NULL, p, QUICK_STEPS);
  return status == DONE ? gn_builder_string(&p->out) : GN_NONE;
}
