/*
 * constants.c - constants of a program: values of the forms copied to the
 * program's own heap, each text and each compound once. Nothing of the heap
 * that the forms were read into is referred to afterwards.
 *
 * Constants of programs made by eval lie in the context's heap instead: they
 * may outlive the program, which the collector frees when no closure needs it.
 * Compounds of the context are referred to as they are.
 */
#include "compile/compiler.h"
#include "types/datetime.h"
#include "types/range.h"
#include "types/regex.h"
#include "types/regex_code.h"
#include "types/selector.h"

static gn_value copy(gn_comp *c, gn_value v);

/* ---- texts, each once ---- */

static uint32_t text_hash(gn_comp *c, gn_value v) {
  if (gn_is_symbol(v))
    return ~gn_sym(v)->hash;
  return gn_str_hash(c->into->seed, gn_str(v));
}

static bool same_text(gn_value a, gn_value b) {
  size_t na, nb;
  const char *ta = gn_text(a, &na), *tb = gn_text(b, &nb);
  return gn_is_symbol(a) == gn_is_symbol(b) && na == nb && !memcmp(ta, tb, na);
}

static bool grow_texts(gn_comp *c) {
  uint32_t size = c->texts ? (c->texts_mask + 1) * 2 : 64;
  gn_value *table = gn_scratch(c, size * sizeof *table);
  if (!table)
    return false;
  for (uint32_t i = 0; c->texts && i <= c->texts_mask; i++) {
    if (!c->texts[i])
      continue;
    uint32_t at = text_hash(c, c->texts[i]) & (size - 1);
    while (table[at])
      at = (at + 1) & (size - 1);
    table[at] = c->texts[i];
  }
  c->texts = table;
  c->texts_mask = size - 1;
  return true;
}

static gn_value new_text(gn_comp *c, gn_value v) {
  size_t len;
  const char *text = gn_text(v, &len);
  if (!gn_is_symbol(v))
    return gn_string_new(c->into, text, len);
  gn_name *name = gn_name_of(c, v);
  return name ? name->sym : GN_NONE;
}

static gn_value copy_text(gn_comp *c, gn_value v) {
  if ((!c->texts || c->texts_count * 2 > c->texts_mask) && !grow_texts(c))
    return GN_NONE;
  uint32_t at = text_hash(c, v) & c->texts_mask;
  for (; c->texts[at]; at = (at + 1) & c->texts_mask)
    if (same_text(c->texts[at], v))
      return c->texts[at];
  gn_value to = new_text(c, v);
  if (to == GN_NONE)
    return GN_NONE;
  if (gn_is_string(to)) { /* nothing is written to it later */
    gn_str_hash(c->into->seed, gn_str(to));
    gn_str_chars(gn_str(to));
  }
  c->texts[at] = to;
  c->texts_count++;
  return to;
}

/* ---- compounds that were copied before ---- */

static uint32_t copied_slot(const gn_comp *c, gn_value from) {
  uint32_t at = gn_hash_word(0, from) & c->copied_mask;
  while (c->copied[at].from && c->copied[at].from != from)
    at = (at + 1) & c->copied_mask;
  return at;
}

static bool grow_copied(gn_comp *c) {
  gn_copied *old = c->copied;
  uint32_t n = old ? c->copied_mask + 1 : 0, size = old ? n * 2 : 64;
  gn_copied *table = gn_scratch(c, size * sizeof *table);
  if (!table)
    return false;
  c->copied = table;
  c->copied_mask = size - 1;
  for (uint32_t i = 0; i < n; i++)
    if (old[i].from)
      table[copied_slot(c, old[i].from)] = old[i];
  return true;
}

/* Notes it; the forms themselves don't move or go while we compile. */
static gn_value remember(gn_comp *c, gn_value from, gn_value to) {
  if (to == GN_NONE)
    return GN_NONE;
  if ((!c->copied || c->copied_count * 2 > c->copied_mask) && !grow_copied(c))
    return GN_NONE;
  c->copied[copied_slot(c, from)] = (gn_copied){from, to};
  c->copied_count++;
  return to;
}

/* ---- kinds ---- */

static gn_value copy_array(gn_comp *c, const gn_array *from) {
  gn_array *a = gn_array_new(c->into, from->len);
  for (uint32_t i = 0; a && i < from->len; i++) {
    gn_value v = copy(c, from->items[i]);
    if (v == GN_NONE)
      return GN_NONE;
    a->items[a->len++] = v;
  }
  return a ? gn_from_obj(a) : GN_NONE;
}

static gn_dict *copy_dict(gn_comp *c, const gn_dict *from) {
  gn_dict *d = gn_dict_new(c->into, (enum gn_type)from->h.type, from->live);
  uint32_t i = 0;
  gn_entry *e;
  while (d && (e = gn_dict_next(from, &i))) {
    gn_value key = copy(c, e->key), value = copy(c, e->value);
    if (key == GN_NONE || value == GN_NONE ||
        !gn_map_set(c->into, d, key, value))
      return NULL;
  }
  return d;
}

static gn_value copy_gene(gn_comp *c, const gn_gene *from) {
  gn_value type = copy(c, from->type);
  gn_gene *g = type == GN_NONE ? NULL : gn_gene_new(c->into, type, from->n);
  if (!g)
    return GN_NONE;
  g->line = from->line;
  g->column = from->column;
  if (from->props && !(g->props = copy_dict(c, from->props)))
    return GN_NONE;
  for (uint32_t i = 0; i < from->n; i++) {
    gn_value v = copy(c, from->children[i]);
    if (v == GN_NONE || !gn_gene_add(c->into, g, v))
      return GN_NONE;
  }
  return gn_from_obj(g);
}

static gn_value copy_csymbol(gn_comp *c, const gn_csymbol *from) {
  gn_value v = gn_csymbol_new(c->into, from->part, from->n);
  if (v == GN_NONE)
    return GN_NONE;
  gn_csymbol *cs = (gn_csymbol *)gn_as_obj(v);
  cs->line = from->line;
  cs->column = from->column;
  for (uint32_t i = 0; i < cs->n; i++)
    if ((cs->part[i] = copy(c, from->part[i])) == GN_NONE)
      return GN_NONE;
  return v;
}

static gn_value copy_box(gn_comp *c, const gn_obj *o) {
  gn_value inner = copy(c, ((const gn_box *)o)->v);
  if (inner == GN_NONE)
    return GN_NONE;
  gn_value v = gn_box_new(c->into, (enum gn_type)o->type, inner);
  if (v != GN_NONE)
    gn_as_obj(v)->aux = o->aux;
  return v;
}

static gn_value copy_bytes(gn_comp *c, const gn_string *from) {
  gn_string *to = gn_alloc(c->into, GN_T_BYTES, GN_STRING_HEAD + from->len);
  if (!to)
    return GN_NONE;
  gn_obj head = to->h;
  memcpy(to, from, GN_STRING_HEAD);
  to->h = head;
  memcpy(to->as.bytes, gn_str_bytes(from), from->len);
  return gn_from_obj(to);
}

static gn_value copy_regex(gn_comp *c, const gn_regex *from) {
  gn_value source = copy(c, from->source);
  gn_value replacement = copy(c, from->replacement);
  if (source == GN_NONE || replacement == GN_NONE)
    return GN_NONE;
  gn_re_error err;
  gn_re_code *code = gn_re_compile(&c->program->patterns, c->into,
                                   gn_str_bytes(gn_str(source)),
                                   gn_str(source)->len, from->flags, &err);
  if (!code && err.reason[0])
    gn_comp_error(c, GN_RE_BAD, err.reason, err.offset);
  gn_value to =
      code ? gn_regex_new(c->into, source, replacement, from->flags) : GN_NONE;
  if (to != GN_NONE)
    gn_re(to)->code = code;
  return to;
}

static gn_value copy_selector(gn_comp *c, const gn_selector *from) {
  gn_selector *to = gn_selector_new(c->into, (uint32_t)from->n);
  if (!to)
    return GN_NONE;
  for (uint64_t i = 0; i < from->n; i++) {
    gn_value v = copy(c, from->seg[i].v);
    if (v == GN_NONE)
      return GN_NONE;
    to->seg[i] = (gn_segment){v, from->seg[i].kind};
  }
  if (from->m.h.aux == GN_SELECTOR_TEMPLATE)
    to->m.h.aux = GN_SELECTOR_TEMPLATE;
  return gn_from_obj(to);
}

/* GN_NONE without an error: no kind of constant. */
static gn_value copy_kind(gn_comp *c, gn_obj *o, bool *known) {
  gn_heap *heap = c->into;
  *known = true;
  switch ((enum gn_type)o->type) {
  case GN_T_FLOAT: return gn_float_boxed(heap, ((gn_boxed *)o)->as.d);
  case GN_T_INT: return gn_int_boxed(heap, ((gn_boxed *)o)->as.i);
  case GN_T_CSYMBOL: return copy_csymbol(c, (gn_csymbol *)o);
  case GN_T_ARRAY: return copy_array(c, (gn_array *)o);
  case GN_T_MAP: {
    gn_dict *d = copy_dict(c, (gn_dict *)o);
    return d ? gn_from_obj(d) : GN_NONE;
  }
  case GN_T_GENE: return copy_gene(c, (gn_gene *)o);
  case GN_T_QUOTE:
  case GN_T_UNQUOTE: return copy_box(c, o);
  case GN_T_BYTES: return copy_bytes(c, (gn_string *)o);
  case GN_T_REGEX: return copy_regex(c, (gn_regex *)o);
  case GN_T_RANGE: {
    const gn_range *r = (gn_range *)o;
    return gn_range_new(heap, r->start, r->end, r->step,
                        (r->h.aux & GN_RANGE_STEP) != 0);
  }
  case GN_T_DATE:
  case GN_T_TIME:
  case GN_T_DATETIME: return gn_datetime_new(heap, gn_when_of(gn_from_obj(o)));
  case GN_T_SELECTOR:
    *known = o->aux != GN_SELECTOR_VALUE;
    return *known ? copy_selector(c, (gn_selector *)(void *)o) : GN_NONE;
  default: *known = false; return GN_NONE;
  }
}

/* Forms nest no deeper than the reader allows, so recursion is bounded. */
static gn_value copy(gn_comp *c, gn_value v) {
  if (!gn_is_ptr(v) || (gn_as_obj(v)->flags & GN_STATIC))
    return v;
  gn_obj *o = gn_as_obj(v);
  if (gn_is_string(v) || gn_is_symbol(v))
    return copy_text(c, v);
  if (c->eval && o->type == GN_T_REGEX)
    return v; /* its code is the context's */
  if (gn_is_compound(v)) {
    if (c->eval)
      return v;
    if (c->copied) {
      uint32_t at = copied_slot(c, v);
      if (c->copied[at].from == v)
        return c->copied[at].to;
    }
  }
  bool known;
  gn_value to = copy_kind(c, o, &known);
  if (!known)
    return v; /* an object of the context that eval was given */
  if (to == GN_NONE || !gn_is_compound(v))
    return to;
  gn_as_obj(to)->flags |= o->flags & GN_SEALED;
  gn_as_obj(to)->aux |= o->aux;
  return remember(c, v, to);
}

bool gn_comp_keep(gn_comp *c, gn_value v) {
  if (!c->eval || !gn_is_ptr(v) || (gn_as_obj(v)->flags & GN_STATIC))
    return true;
  return gn_array_push(c->into, c->program->keep, v);
}

gn_value gn_constant(gn_comp *c, gn_value v) {
  gn_value to = copy(c, v);
  if (to == GN_NONE || !gn_comp_keep(c, to))
    return gn_comp_oom(c), GN_NONE;
  return to;
}
