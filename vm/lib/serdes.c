/*
 * serdes.c - gene/serdes: plain data as the text of one form and back. The
 * text is the printer's and read by the reader; here the forms that stand for
 * values of other kinds become those, from the inside out, with a stack.
 */
#include <math.h>

#include "lib/read_run.h"
#include "lib/tables.h"
#include "run/native_args.h"
#include "syntax/print_leaf.h"
#include "syntax/print_serial.h"
#include "syntax/reader.h"
#include "types/bytes.h"
#include "types/hash.h"
#include "types/range.h"
#include "types/regex_search.h"

#define WRAPPER "(gene/serialization "

/* ---- serialize ---- */

/* PUT_STAGE, one of the constants below, outlives a want of memory: nothing is
 * printed twice. */
enum { PUT_MACHINE, PUT_STAGE, PUT_LOCALS };

#define PRINTING GN_NIL
#define PRINTED  GN_FALSE
#define CLOSED   GN_TRUE

static int serialize(gn_ctx *ctx, gn_call *call) {
  gn_value *machine = &call->locals[PUT_MACHINE];
  gn_value *stage = &call->locals[PUT_STAGE];
  if (call->state == 0) {
    *machine = GN_NIL;
    *stage = PRINTING;
    if (!gn_put_text(ctx, machine, WRAPPER, sizeof WRAPPER - 1))
      return gn_oom(ctx);
  }
  if (*stage == PRINTING) {
    int status = gn_print_run(ctx, call, machine, call->argv[0], GN_SERIAL);
    if (status != GN_OK)
      return status;
    *stage = PRINTED;
  }
  if (*stage == PRINTED && !gn_put_text(ctx, machine, ")", 1))
    return gn_oom(ctx);
  *stage = CLOSED;
  gn_value text = gn_taken_text(ctx, machine);
  /* strings have an escape for it, keys have none */
  if (text != GN_NONE &&
      memchr(gn_str_bytes(gn_str(text)), '\0', gn_str(text)->len) != NULL)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL,
                    "A key with a NUL character has no written form");
  return gn_return_made(ctx, call, text);
}

/* ---- forms to values ---- */

/* The reader allows so many levels; properties are one more. */
#define STACK_DEPTH (2 * GN_MAX_NESTING + 2)

typedef struct frame {
  gn_value v;
  uint32_t at;    /* parts taken */
  uint32_t entry; /* place in a dict */
  gn_dict *made;  /* the hash map or set that v becomes, once begun */
} frame;

typedef struct reviver {
  gn_machine m;
  gn_value last;    /* what the value taken last has become */
  gn_value hashing; /* of gn_hash_store */
  uint32_t depth;
  frame frames[STACK_DEPTH];
} reviver;

static void trace(gn_heap *heap, gn_machine *machine) {
  reviver *r = (reviver *)(void *)machine;
  gn_mark(heap, r->last);
  gn_mark(heap, r->hashing);
  for (uint32_t i = 0; i < r->depth; i++) {
    gn_mark(heap, r->frames[i].v);
    gn_mark_obj(heap, r->frames[i].made);
  }
}

static reviver *reviver_new(gn_heap *heap) {
  reviver *r = gn_alloc(heap, GN_T_MACHINE, sizeof *r);
  if (r == NULL)
    return NULL;
  r->m.trace = trace;
  r->last = r->hashing = GN_NIL;
  r->depth = 0;
  return r;
}

static gn_value *entry_slot(frame *f) {
  gn_entry *e = gn_dict_next((gn_dict *)gn_as_obj(f->v), &f->entry);
  return e != NULL ? &e->value : NULL;
}

/* A part of a gene: the type, then the properties (a Map, which stays itself),
 * then the children. */
static gn_value *gene_slot(frame *f, gn_value *props) {
  gn_gene *g = gn_gen(f->v);
  uint32_t i = f->at++;
  if (i == 0)
    return &g->type;
  if (i == 1) {
    *props = g->props != NULL ? gn_from_obj(g->props) : GN_NIL;
    return props;
  }
  return i - 2 < g->n ? &g->children[i - 2] : NULL;
}

/* Where the next part of the frame's value lies; NULL: there is none. */
static gn_value *next_slot(frame *f, gn_value *props) {
  switch (gn_as_obj(f->v)->type) {
  case GN_T_ARRAY: {
    gn_array *a = gn_arr(f->v);
    return f->at < a->len ? &a->items[f->at++] : NULL;
  }
  case GN_T_MAP: return entry_slot(f);
  case GN_T_GENE: return gene_slot(f, props);
  default: return f->at++ == 0 ? &((gn_box *)gn_as_obj(f->v))->v : NULL;
  }
}

/* The part that next_slot gave last is `v` from now on. */
static void replace(frame *f, gn_value v) {
  switch (gn_as_obj(f->v)->type) {
  case GN_T_ARRAY: gn_arr(f->v)->items[f->at - 1] = v; break;
  case GN_T_MAP:
    ((gn_dict *)gn_as_obj(f->v))->entries[f->entry - 1].value = v;
    break;
  case GN_T_GENE:
    if (f->at == 1)
      gn_gen(f->v)->type = v;
    else if (f->at > 2)
      gn_gen(f->v)->children[f->at - 3] = v;
    break;
  default: ((gn_box *)gn_as_obj(f->v))->v = v;
  }
}

static int push(gn_ctx *ctx, reviver *r, gn_value v) {
  if (r->depth == STACK_DEPTH)
    return gn_throw(ctx, GN_X_PARSE, NULL, "Nesting too deep");
  r->frames[r->depth++] = (frame){.v = v};
  return GN_OK;
}

/* Puts the children of a gene into a new hash map (two at a time) or set. */
static int fill(gn_ctx *ctx, gn_call *call, reviver *r, bool map) {
  frame *f = &r->frames[r->depth - 1];
  const gn_gene *g = gn_gen(f->v);
  gn_heap *heap = gn_ctx_heap(ctx);
  uint32_t step = map ? 2 : 1;
  if (f->made == NULL) {
    f->made = gn_dict_new(heap, map ? GN_T_HASHMAP : GN_T_HASHSET, g->n / step);
    if (f->made == NULL)
      return gn_oom(ctx);
    f->made->h.flags |= g->h.flags & GN_SEALED;
    f->at = 0;
  }
  while (f->at < g->n) {
    gn_value value = map ? g->children[f->at + 1] : GN_TRUE;
    int status = gn_hash_store(ctx, call, &r->hashing, f->made,
                               g->children[f->at], value);
    if (status != GN_OK)
      return status;
    f->at += step;
    if (gn_slice_over(ctx))
      return gn_pause(call, call->state ? call->state : 1);
  }
  r->last = gn_from_obj(f->made);
  return GN_OK;
}

static int bad(gn_ctx *ctx, const char *why) {
  return gn_throw(ctx, GN_X_PARSE, NULL, "Invalid serialization: %s", why);
}

static int make_range(gn_ctx *ctx, reviver *r, const gn_gene *g) {
  int64_t step = gn_int(g->children[2]);
  if (step == 0)
    return bad(ctx, "the step of a range is 0");
  r->last = gn_range_new(gn_ctx_heap(ctx), gn_int(g->children[0]),
                         gn_int(g->children[1]), step, true);
  return r->last == GN_NONE ? gn_oom(ctx) : GN_OK;
}

static int make_float(gn_ctx *ctx, reviver *r, gn_value name) {
  double d = gn_text_is(name, "nan")   ? (double)NAN
             : gn_text_is(name, "inf") ? (double)INFINITY
                                       : -(double)INFINITY;
  r->last = gn_float_new(gn_ctx_heap(ctx), d);
  return r->last == GN_NONE ? gn_oom(ctx) : GN_OK;
}

static int make_bytes(gn_ctx *ctx, reviver *r) {
  r->last = gn_bytes_new(gn_ctx_heap(ctx), "", 0);
  return r->last == GN_NONE ? gn_oom(ctx) : GN_OK;
}

static uint32_t flag_in(gn_value text, char letter, uint32_t flag) {
  const gn_string *s = gn_str(text);
  return memchr(gn_str_bytes(s), letter, s->len) != NULL ? flag : 0;
}

static int make_regex(gn_ctx *ctx, reviver *r, const gn_gene *g) {
  gn_heap *heap = gn_ctx_heap(ctx);
  const gn_string *source = gn_str(g->children[0]);
  uint32_t flags = flag_in(g->children[2], 'i', GN_RE_IGNORE_CASE) |
                   flag_in(g->children[2], 'm', GN_RE_DOT_ALL);
  gn_re_error err;
  gn_charge(ctx, source->len * 16 + 256);
  if (!gn_re_check(heap, gn_str_bytes(source), source->len, flags, &err))
    return gn_regex_bad(ctx, &err);
  r->last = gn_regex_new(heap, g->children[0], g->children[1], flags);
  return r->last == GN_NONE ? gn_oom(ctx) : GN_OK;
}

/* All parts of the gene on top are done. */
static int finish_gene(gn_ctx *ctx, gn_call *call, reviver *r, gn_value v) {
  gn_gene *g = gn_gen(v);
  if (gn_is_form(v, GN_FORM_HASHMAP)) {
    if (g->n % 2 != 0)
      return bad(ctx, "a hash map needs an even number of items");
    return fill(ctx, call, r, true);
  }
  switch (gn_serial_kind_of(g)) {
  case GN_SERIAL_IS_SET: return fill(ctx, call, r, false);
  case GN_SERIAL_IS_RANGE: return make_range(ctx, r, g);
  case GN_SERIAL_IS_FLOAT: return make_float(ctx, r, g->children[0]);
  case GN_SERIAL_IS_BYTES: return make_bytes(ctx, r);
  case GN_SERIAL_IS_REGEX: return make_regex(ctx, r, g);
  case GN_SERIAL_QUOTED: g->type = ((gn_box *)gn_as_obj(g->type))->v; break;
  case GN_SERIAL_GENE: break;
  }
  r->last = v;
  return GN_OK;
}

/* Ends the frame on top: r->last goes to where its value came from. */
static int finish(gn_ctx *ctx, gn_call *call, reviver *r) {
  frame *f = &r->frames[r->depth - 1];
  int status = GN_OK;
  if (gn_is(f->v, GN_T_GENE))
    status = finish_gene(ctx, call, r, f->v);
  else
    r->last = f->v;
  if (status != GN_OK)
    return status;
  if (--r->depth > 0)
    replace(&r->frames[r->depth - 1], r->last);
  return GN_OK;
}

static int step(gn_ctx *ctx, gn_call *call, reviver *r) {
  frame *f = &r->frames[r->depth - 1];
  gn_value props, *slot = f->made != NULL ? NULL : next_slot(f, &props);
  if (slot == NULL)
    return finish(ctx, call, r);
  return gn_is_compound(*slot) ? push(ctx, r, *slot) : GN_OK;
}

static int revive(gn_ctx *ctx, gn_call *call, reviver *r) {
  while (r->depth > 0) {
    int status = step(ctx, call, r);
    if (status != GN_OK)
      return status;
    gn_charge(ctx, 1);
    if (gn_slice_over(ctx))
      return gn_pause(call, call->state ? call->state : 1);
  }
  return gn_return(call, r->last);
}

/* ---- deserialize ---- */

enum { GET_REVIVER = GN_READ_LOCALS, GET_LOCALS };

static bool is_wrapper_name(gn_value v) {
  const gn_csymbol *s = (const gn_csymbol *)(uintptr_t)v;
  return gn_is(v, GN_T_CSYMBOL) && s->n == 2 && gn_is_symbol(s->part[0]) &&
         gn_is_symbol(s->part[1]) && gn_text_is(s->part[0], "gene") &&
         gn_text_is(s->part[1], "serialization");
}

/* Takes the data out of the form that was read. */
static int begin_revive(gn_ctx *ctx, gn_call *call, gn_value form) {
  const gn_gene *g = gn_is_gene(form) ? gn_gen(form) : NULL;
  if (g == NULL || g->n != 1 || !is_wrapper_name(g->type) || g->props != NULL ||
      gn_immutable(g))
    return bad(ctx, "(gene/serialization DATA) is expected");
  reviver *r = reviver_new(gn_ctx_heap(ctx));
  if (r == NULL)
    return gn_oom(ctx);
  r->last = g->children[0];
  call->locals[GET_REVIVER] = gn_from_obj(r);
  return gn_is_compound(r->last) ? push(ctx, r, r->last) : GN_OK;
}

/* Keys of hash maps may stand for other values: they are made here. */
static int read(gn_ctx *ctx, gn_call *call) {
  gn_syntax_error err;
  gn_value form;
  int status = gn_read_run(ctx, call, call->locals, call->argv[0],
                           GN_READER_SERIAL | GN_READER_ONLY, &form, &err);
  if (status == GN_REFUSED)
    return gn_throw(ctx, GN_X_PARSE, NULL,
                    "Invalid serialization: %s (line %u, column %u)",
                    err.message, err.line, err.column);
  return status == GN_OK ? begin_revive(ctx, call, form) : status;
}

static int deserialize(gn_ctx *ctx, gn_call *call) {
  gn_string *text;
  if (!gn_arg_string(ctx, call, 0, &text))
    return GN_THROW;
  if (call->state == 0)
    for (int i = 0; i < GET_LOCALS; i++)
      call->locals[i] = GN_NIL;
  int status = call->locals[GET_REVIVER] == GN_NIL ? read(ctx, call) : GN_OK;
  if (status != GN_OK)
    return status;
  return revive(ctx, call,
                (reviver *)(void *)gn_as_obj(call->locals[GET_REVIVER]));
}

const gn_native_def gn_serdes_rows[] = {
    GN_FUNCTION("gene/serdes/serialize", serialize, 1, 1, PUT_LOCALS,
                "(gene/serdes/serialize v)",
                "Text from which deserialize makes v again."),
    GN_FUNCTION("gene/serdes/deserialize", deserialize, 1, 1, GET_LOCALS,
                "(gene/serdes/deserialize s)",
                "The value that serialize made the text of."),
    GN_ROWS_END};
