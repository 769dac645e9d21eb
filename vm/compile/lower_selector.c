/*
 * lower_selector.c - selectors and $set (language reference 2, section 10). A
 * selector whose segments are all known is a constant; of others the compiler
 * makes a template, and the builtin `@` fills its holes when it is run.
 */
#include "compile/compiler.h"
#include "types/selector.h"

#define SEGMENTS_MAX 16384u
#define SEGMENT_WORK 64u /* in bytes of scratch */

/* A selector being lowered, and what goes into its holes. */
typedef struct lowering {
  gn_selector *selector;
  gn_node **holes;
  uint32_t nholes;
} lowering;

static bool set_key(gn_comp *c, gn_segment *seg, gn_value v) {
  if (v == GN_NONE)
    return gn_comp_oom(c), false;
  *seg = (gn_segment){v, GN_SEG_KEY};
  return true;
}

/* @name: a selector within one, and no name. */
static bool is_shorthand(gn_value symbol) {
  return gn_sym_starts(symbol, '@') &&
         gn_segment_operator(symbol) == GN_SEG_HOLE;
}

/* A symbol stands for itself: an operator, an index or a name. */
static bool set_symbol(gn_comp *c, gn_segment *seg, gn_value symbol) {
  seg->kind = gn_segment_operator(symbol);
  int32_t index;
  if (seg->kind != GN_SEG_HOLE)
    return true;
  return set_key(c, seg,
                 gn_is_index(symbol, &index) ? gn_from_fix(index) : symbol);
}

static bool lower_segment(gn_comp *c, lowering *l, uint32_t i, gn_value form) {
  gn_segment *seg = &l->selector->seg[i];
  if (gn_is_symbol(form) && !is_shorthand(form))
    return set_symbol(c, seg, form);
  if (gn_is_string(form) || gn_is_int(form))
    return set_key(c, seg, form);
  if (gn_is(form, GN_T_UNQUOTE)) {
    if (gn_as_obj(form)->aux == GN_UNQUOTE_METHOD)
      return gn_comp_error(c, "A selector cannot call methods"), false;
    form = ((gn_box *)gn_as_obj(form))->v;
  }
  gn_node *hole = gn_lower(c, form);
  l->holes[l->nholes++] = hole;
  return hole != NULL;
}

static bool lower_segments(gn_comp *c, lowering *l, const gn_value *forms,
                           uint32_t n) {
  if (n > SEGMENTS_MAX)
    return gn_comp_error(c, "@: too many segments"), false;
  *l = (lowering){gn_selector_new(&c->heap, n), NULL, 1};
  l->holes = gn_scratch(c, (n + 1) * sizeof *l->holes);
  if (!l->selector || !l->holes)
    return gn_comp_oom(c), false;
  l->selector->m.h.aux = GN_SELECTOR_TEMPLATE;
  l->holes[0] = gn_node_const(c, gn_from_obj(l->selector));
  for (uint32_t i = 0; i < n; i++)
    if (!lower_segment(c, l, i, forms[i]))
      return false;
    else
      gn_comp_worked(c, SEGMENT_WORK);
  if (l->nholes == 1)
    l->selector->m.h.aux = GN_SELECTOR_CONST;
  return l->holes[0] != NULL;
}

static bool is_constant(const lowering *l) {
  return l->nholes == 1;
}

static gn_node *selector_node(gn_comp *c, const lowering *l) {
  if (is_constant(l))
    return l->holes[0];
  return gn_node_call(c, gn_lower_builtin(c, "@"),
                      gn_args_of(c, l->holes, l->nholes));
}

/* ---- applied at once ---- */

#define PLAIN_MAX 16u /* segments: each is a level of nodes */

static bool is_plain(const gn_selector *s) {
  bool plain = s->m.h.aux == GN_SELECTOR_CONST && s->n <= PLAIN_MAX;
  for (uint64_t i = 0; plain && i < s->n; i++)
    plain = s->seg[i].kind == GN_SEG_KEY;
  return plain;
}

/* Member `key` of target, as a path reads it. */
static gn_node *get_node(gn_comp *c, gn_node *target, gn_value key) {
  gn_node *get = target ? gn_node_new(c, GN_N_GET) : NULL;
  if (!get)
    return NULL;
  get->a = target;
  get->value = key;
  get->op = GN_AT_NAME;
  if (gn_is_symbol(key))
    return get;
  bool index = gn_is_fix(key) && gn_fix(key) == (int32_t)gn_fix(key);
  get->op = index ? GN_AT_INDEX : GN_AT_VALUE;
  if (index)
    get->i = (int32_t)gn_fix(key);
  else
    get->b = gn_node_const(c, key);
  return index || get->b ? get : NULL;
}

/* A selector of names and indexes alone finds what a path does. */
static gn_node *apply_selector(gn_comp *c, gn_node *selector, gn_node *target) {
  const gn_selector *s = gn_sel(selector->value);
  if (!target || !is_plain(s))
    return target ? gn_node_call(c, selector, gn_args_of(c, &target, 1)) : NULL;
  for (uint64_t i = 0; i < s->n; i++)
    target = get_node(c, target, s->seg[i].v);
  return target;
}

gn_node *gn_lower_select(gn_comp *c, gn_node *selector, gn_args *args) {
  bool simple = args && args->nkeys == 0 && !args->spreads && args->n == 1;
  if (!simple)
    return gn_node_call(c, selector, args);
  return apply_selector(c, selector, args->pos[0]);
}

/* ---- the shorthand ---- */

/* <k> as the first segment is read as a part of the name. */
static gn_value first_segment(gn_comp *c, const char *text, size_t len) {
  if (len < 3 || text[0] != '<' || text[len - 1] != '>')
    return gn_new_symbol(c, text, len);
  gn_value name = gn_new_symbol(c, text + 1, len - 2);
  if (name == GN_NONE)
    return GN_NONE;
  gn_value box = gn_box_new(&c->heap, GN_T_UNQUOTE, name);
  return box == GN_NONE ? (gn_comp_oom(c), GN_NONE) : box;
}

/* The segments that @a/b, .@a/b, @a stand for; NULL after an error. */
static gn_value *shorthand(gn_comp *c, gn_value v, uint32_t *n) {
  const gn_csymbol *cs =
      gn_is_symbol(v) ? NULL : (const gn_csymbol *)gn_as_obj(v);
  *n = cs ? cs->n : 1;
  gn_value *segs = gn_scratch(c, *n * sizeof *segs);
  if (!segs)
    return NULL;
  if (cs)
    memcpy(segs, cs->part, *n * sizeof *segs);
  else
    segs[0] = v;
  const gn_symbol *head = gn_sym(segs[0]);
  size_t skip = head->bytes[0] == '.' ? 2 : 1;
  if (head->len == skip)
    return gn_comp_error(c, "@: expected a segment, as in @name"), NULL;
  if (cs && head->bytes[skip] == '<' &&
      head->bytes[head->len - 1] != '>') /* @<a/b> is read as two names */
    return gn_comp_error(c, "@: write (@ form) for a computed segment in "
                            "front"),
           NULL;
  segs[0] = first_segment(c, head->bytes + skip, head->len - skip);
  return segs[0] == GN_NONE ? NULL : segs;
}

gn_node *gn_lower_selector(gn_comp *c, gn_value v) {
  uint32_t n;
  lowering l;
  gn_value *segs = shorthand(c, v, &n);
  return segs && lower_segments(c, &l, segs, n) ? selector_node(c, &l) : NULL;
}

gn_node *gn_lower_at(gn_comp *c, gn_gene *g) {
  lowering l;
  if (gn_has_props(g))
    return gn_comp_error(c, "@: takes no properties");
  return lower_segments(c, &l, g->children, g->n) ? selector_node(c, &l) : NULL;
}

gn_node *gn_lower_applied(gn_comp *c, gn_node *target, gn_value dotted,
                          const gn_value *segs, uint32_t n) {
  lowering l;
  if (!gn_is_sym(dotted, ".@")) {
    if (n > 0)
      return gn_comp_error(c, ".@name takes no arguments");
    segs = shorthand(c, dotted, &n);
  }
  if (!target || (!segs && n > 0) || !lower_segments(c, &l, segs, n))
    return NULL;
  if (is_constant(&l))
    return apply_selector(c, l.holes[0], target);
  gn_node *send = gn_node_new(c, GN_N_SEND);
  if (!send)
    return NULL;
  send->a = target;
  send->value = gn_new_symbol(c, "@", 1);
  send->x = gn_args_of(c, l.holes, l.nholes);
  return send->value != GN_NONE && send->x ? send : NULL;
}

/* ---- $set ---- */

/* The one segment of the selector @seg or (@ seg); GN_NONE: it is none, or an
 * error. */
static gn_value only_segment(gn_comp *c, gn_value selector) {
  if (gn_is_gene(selector)) {
    const gn_gene *g = gn_gen(selector);
    return gn_is_sym(g->type, "@") && g->n == 1 && !gn_has_props(g)
               ? g->children[0]
               : GN_NONE;
  }
  uint32_t n;
  gn_value *segs =
      gn_sym_starts(selector, '@') ? shorthand(c, selector, &n) : NULL;
  return segs ? segs[0] : GN_NONE;
}

/* Where the segment leads in target. A symbol or the box of <k> is read as in
 * a path, any other form is evaluated. */
static gn_node *set_place(gn_comp *c, gn_node *target, gn_value seg) {
  bool named = gn_is_symbol(seg) && !is_shorthand(seg);
  if (named || gn_is(seg, GN_T_UNQUOTE))
    return gn_lower_member(c, GN_N_PUT, target, seg);
  gn_node *put = gn_node_new(c, GN_N_PUT);
  if (!put)
    return NULL;
  put->a = target;
  put->op = GN_AT_VALUE;
  put->b = gn_lower(c, seg);
  return put->b ? put : NULL;
}

/* ($set target @seg value) */
gn_node *gn_lower_set(gn_comp *c, gn_gene *g) {
  gn_value seg =
      g->n == 3 && !gn_has_props(g) ? only_segment(c, g->children[1]) : GN_NONE;
  if (c->failed || c->oom)
    return NULL;
  if (seg == GN_NONE ||
      (gn_is_symbol(seg) && gn_segment_operator(seg) != GN_SEG_HOLE))
    return gn_comp_error(
        c, "$set expects a selector (@property) as second argument");
  gn_node *target = gn_lower(c, g->children[0]);
  gn_node *put = target ? set_place(c, target, seg) : NULL;
  if (!put)
    return NULL;
  put->c = gn_lower(c, g->children[2]);
  return put->c ? put : NULL;
}
