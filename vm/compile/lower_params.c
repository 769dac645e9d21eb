/*
 * lower_params.c - parameter lists and destructuring patterns, which share
 * their spelling (language reference 1, 10.2; 3, section 7).
 */
#include "compile/compiler.h"

/* ---- one item ---- */

static gn_value cut(gn_comp *c, gn_value sym, size_t front, size_t back) {
  const gn_symbol *s = gn_sym(sym);
  if (front == 0 && back == 0)
    return sym;
  gn_value v = gn_new_symbol(c, s->bytes + front, s->len - front - back);
  if (v != GN_NONE) {
    gn_sym(v)->line = s->line;
    gn_sym(v)->column = s->column;
  }
  return v;
}

/* Takes `^`, `:` and `...` off the symbol. */
static bool split_name(gn_comp *c, gn_value sym, gn_item *out, bool *typed,
                       bool *rest) {
  const gn_symbol *s = gn_sym(sym);
  size_t front = s->len > 1 && s->bytes[0] == '^', back = 0;
  *typed = s->len > front + 1 && s->bytes[s->len - 1] == ':';
  back += *typed;
  *rest = s->len >= front + back + 4 &&
          !memcmp(s->bytes + s->len - back - 3, "...", 3);
  back += *rest ? 3 : 0;
  out->kind = front ? GN_P_KEY : GN_P_REQUIRED;
  out->name = cut(c, sym, front, back);
  return out->name != GN_NONE;
}

/* `/x`: the name of the field, else GN_NONE. */
static gn_value field_name(gn_value form) {
  if (!gn_is(form, GN_T_CSYMBOL))
    return GN_NONE;
  const gn_csymbol *cs = (const gn_csymbol *)gn_as_obj(form);
  if (cs->n != 2 || !gn_is_symbol(cs->part[0]) || gn_sym(cs->part[0])->len ||
      !gn_is_symbol(cs->part[1]))
    return GN_NONE;
  return cs->part[1];
}

static bool following(const gn_value *forms, uint32_t n, uint32_t i,
                      const char *text) {
  return i < n && gn_is_sym(forms[i], text);
}

/* What may follow a name: type, dots, default. */
static bool item_tail(gn_comp *c, const gn_value *forms, uint32_t n,
                      uint32_t *i, bool typed, bool rest, gn_item *out) {
  char text[128];
  const char *name = gn_form_text(out->name, text, sizeof text);
  if (typed) {
    if (*i >= n)
      return gn_comp_error(c, "Missing type of parameter %s", name) != NULL;
    out->type = forms[(*i)++];
  }
  if (!rest && following(forms, n, *i, "...")) {
    rest = true;
    ++*i;
  }
  bool key = out->kind == GN_P_KEY;
  if (rest)
    out->kind = key ? GN_P_KEY_REST : GN_P_REST;
  if (!following(forms, n, *i, "="))
    return true;
  if (rest || *i + 1 >= n)
    return gn_comp_error(c,
                         rest ? "Rest parameter %s cannot have a default"
                              : "Missing default of parameter %s",
                         name) != NULL;
  out->dflt = forms[*i + 1];
  out->kind = key ? GN_P_KEY_OPTIONAL : GN_P_OPTIONAL;
  *i += 2;
  return true;
}

bool gn_next_item(gn_comp *c, const gn_value *forms, uint32_t n, uint32_t *i,
                  bool params, gn_item *out) {
  *out = (gn_item){.kind = GN_P_REQUIRED};
  gn_value form = forms[(*i)++];
  if (gn_is_array(form) || gn_is(form, GN_T_MAP)) {
    out->sub = form;
    return true;
  }
  gn_value field = params ? field_name(form) : GN_NONE;
  out->field = field != GN_NONE;
  if (out->field)
    form = field;
  char text[128];
  if (!gn_is_symbol(form))
    return gn_comp_error(c, "Invalid parameter: %s",
                         gn_form_text(form, text, sizeof text)) != NULL;
  if (gn_is_sym(form, "..."))
    return gn_comp_error(c, "Positional rest must follow a named parameter") !=
           NULL;
  bool typed, rest;
  return split_name(c, form, out, &typed, &rest) &&
         item_tail(c, forms, n, i, typed, rest, out);
}

static bool is_unnamed(const gn_item *item) {
  return item->name == GN_NONE || gn_is_sym(item->name, "_");
}

/* A default is evaluated only when it is needed. */
static gn_node *lower_default(gn_comp *c, gn_value form) {
  if (!gn_block_open(c))
    return NULL;
  gn_node *n = gn_lower(c, form);
  gn_block_close(c);
  return n;
}

static bool second_rest(gn_comp *c, uint8_t kind, bool *seen) {
  if (kind != GN_P_REST)
    return true;
  if (*seen)
    return gn_comp_error(c, "Only one named positional rest parameter is "
                            "allowed") != NULL;
  *seen = true;
  return true;
}

/* ---- patterns ---- */

/* Declares what a pattern binds, after its defaults are lowered in turn. */
static bool lower_item(gn_comp *c, const gn_item *from, gn_pat_item *to) {
  to->kind = from->kind;
  to->name = from->name;
  if (from->sub != GN_NONE) {
    if (c->depth >= GN_DEPTH_MAX)
      return gn_comp_error(c, "Nesting too deep") != NULL;
    c->depth++;
    to->sub = gn_lower_pattern(c, from->sub, false);
    c->depth--;
    return to->sub != NULL;
  }
  if (from->dflt != GN_NONE && !(to->dflt = lower_default(c, from->dflt)))
    return false;
  if (is_unnamed(from))
    return true;
  to->var = gn_declare(c, from->name, false);
  if (to->var)
    to->var->ready = true;
  return to->var != NULL;
}

static gn_pat *lower_list(gn_comp *c, const gn_array *a, gn_pat *pat) {
  pat->items = gn_scratch(c, a->len * sizeof *pat->items);
  if (!pat->items)
    return NULL;
  bool rest = false;
  for (uint32_t i = 0; i < a->len;) {
    gn_item item;
    if (!gn_next_item(c, a->items, a->len, &i, false, &item) ||
        !second_rest(c, item.kind, &rest) ||
        !lower_item(c, &item, &pat->items[pat->n]))
      return NULL;
    pat->n++;
    gn_comp_worked(c, ITEM_WORK);
  }
  return pat;
}

/* {^key name ...}: a name, or a pattern for the value. */
static gn_pat *lower_map(gn_comp *c, const gn_dict *d, gn_pat *pat) {
  pat->kind = GN_PAT_MAP;
  pat->items = gn_scratch(c, d->live * sizeof *pat->items);
  if (!pat->items)
    return NULL;
  uint32_t i = 0;
  gn_entry *e;
  while ((e = gn_dict_next(d, &i))) {
    gn_item item = {.kind = GN_P_KEY, .name = e->value};
    if (gn_is_array(e->value) || gn_is(e->value, GN_T_MAP))
      item = (gn_item){.kind = GN_P_KEY, .sub = e->value};
    else if (!gn_is_symbol(e->value))
      return gn_comp_error(c, "Invalid pattern");
    if (!lower_item(c, &item, &pat->items[pat->n]))
      return NULL;
    pat->items[pat->n++].name = e->key;
  }
  return pat;
}

gn_pat *gn_lower_pattern(gn_comp *c, gn_value form, bool for_params) {
  gn_pat *pat = gn_scratch(c, sizeof *pat);
  if (!pat)
    return NULL;
  pat->for_params = for_params;
  if (gn_is_array(form))
    return lower_list(c, gn_arr(form), pat);
  return lower_map(c, (const gn_dict *)gn_as_obj(form), pat);
}

/* ---- parameters ---- */

static bool lower_param(gn_comp *c, gn_fn *fn, const gn_item *item) {
  gn_par *p = &fn->params[fn->nparams];
  p->kind = item->kind;
  p->field = item->field;
  p->type = item->type;
  if (item->dflt != GN_NONE && !(p->dflt = lower_default(c, item->dflt)))
    return false;
  bool unnamed = is_unnamed(item);
  p->name = unnamed ? gn_new_symbol(c, "_", 1) : item->name;
  if (p->name == GN_NONE)
    return false;
  if (item->sub != GN_NONE) {
    p->pat = gn_lower_pattern(c, item->sub, true);
    if (!p->pat)
      return false;
  } else if (!unnamed) {
    p->var = gn_declare_param(c, item->name);
    if (!p->var)
      return false;
    p->var->reg = (uint16_t)(fn->nparams + (fn->self ? 1 : 0));
  }
  fn->nparams++;
  return true;
}

bool gn_lower_params(gn_comp *c, gn_fn *fn, gn_value list) {
  if (gn_is_symbol(list) && gn_is_sym(list, "_"))
    return true;
  const gn_value *forms = gn_is_array(list) ? gn_arr(list)->items : &list;
  uint32_t n = gn_is_array(list) ? gn_arr(list)->len : 1;
  if (n > 30000)
    return gn_comp_error(c, "Too many parameters") != NULL;
  fn->params = gn_scratch(c, n * sizeof *fn->params);
  if (!fn->params)
    return false;
  bool rest = false;
  for (uint32_t i = 0; i < n;) {
    gn_item item;
    if (!gn_next_item(c, forms, n, &i, true, &item) ||
        !second_rest(c, item.kind, &rest) || !lower_param(c, fn, &item))
      return false;
    gn_comp_rest(c);
  }
  return true;
}
