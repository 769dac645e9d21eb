/*
 * print_step.c - the printer's steps: what comes next within the value on top
 * of its stack, and the text between that and what came before.
 */
#include "core/dict.h"
#include "syntax/print_kinds.h"
#include "syntax/print_leaf.h"
#include "syntax/print_serial.h"
#include "syntax/printer_impl.h"
#include "syntax/reader.h"

typedef gn_printer printer;
typedef gn_print_frame frame;

gn_value gn_print_message(const gn_instance *in) {
  for (const gn_shape *s = in->shape; s != NULL && s->n > 0; s = s->parent)
    if (gn_is_symbol(s->key) && gn_text_is(s->key, "message"))
      return in->slots[s->n - 1];
  return GN_NIL;
}

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
  if (!gn_is(before, GN_T_CSYMBOL) || !gn_is(v, GN_T_ARRAY) ||
      gn_print_sealed(v))
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

int gn_print_step(gn_ctx *ctx, printer *p, frame *f, gn_value *v) {
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
    one = gn_print_message((const gn_instance *)gn_as_obj(f->v));
    return step_items(p, f, &one, 1, true, ">", v);
  case F_MESSAGE:
    one = gn_print_message((const gn_instance *)gn_as_obj(f->v));
    return step_items(p, f, &one, 1, false, "", v);
  default: return step_kind(p, f, v);
  }
}
