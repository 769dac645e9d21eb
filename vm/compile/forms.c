/*
 * forms.c - the special forms: one row each, its name and what lowers it. A
 * form whose row says `later` is known to the language, not yet to us.
 */
#include "compile/compiler.h"

static gn_node *later(gn_comp *c, gn_gene *g) {
  char text[64];
  return gn_comp_error(c, "%s is not supported yet",
                       gn_form_text(g->type, text, sizeof text));
}

static gn_node *no_match(gn_comp *c, gn_gene *g) {
  (void)g;
  return gn_comp_error(c, "match has been removed; use (var pattern value) "
                          "for binding or (case ...) for branching");
}

static gn_node *no_macro_method(gn_comp *c, gn_gene *g) {
  char text[64];
  return gn_comp_error(c, "%s is not supported: methods cannot be macros",
                       gn_form_text(g->type, text, sizeof text));
}

/* Sorted by name (bytes). */
static const gn_form FORMS[] = {
    {"!", gn_lower_not},
    {"$await_all", gn_lower_await_all},
    {"$caller_eval", gn_lower_caller_eval},
    {"$parse", gn_lower_parse},
    {"$render", gn_lower_render},
    {"$set", gn_lower_set},
    {"$tap", gn_lower_tap},
    {"$with", gn_lower_with},
    {"->", gn_lower_arrow},
    {"@", gn_lower_at},
    {"async", gn_lower_async},
    {"await", gn_lower_await},
    {"break", gn_lower_break},
    {"case", gn_lower_case},
    {"class", gn_lower_class},
    {"comptime", later},
    {"continue", gn_lower_continue},
    {"do", gn_lower_do},
    {"enum", later},
    {"eval", gn_lower_eval},
    {"export", later},
    {"fn", gn_lower_fn_form},
    {"fn-interceptor", later},
    {"fnx", gn_lower_fnx},
    {"fnxx", gn_lower_fnxx},
    {"for", gn_lower_for},
    {"if", gn_lower_if},
    {"if_not", gn_lower_if_not},
    {"ifel", gn_lower_ifel},
    {"implement", later},
    {"import", later},
    {"interceptor", later},
    {"interface", later},
    {"let", gn_lower_let},
    {"loop", gn_lower_loop},
    {"match", no_match},
    {"new", gn_lower_new},
    {"not", gn_lower_not},
    {"ns", later},
    {"object", gn_lower_object},
    {"repeat", gn_lower_repeat},
    {"return", gn_lower_return},
    {"super", gn_lower_super},
    {"throw", gn_lower_throw},
    {"try", gn_lower_try},
    {"type", later},
    {"unless", gn_lower_unless},
    {"until", gn_lower_until},
    {"var", gn_lower_var},
    {"when", gn_lower_when},
    {"while", gn_lower_while},
    {"yield", gn_lower_yield},
    {"yield*", later},
};

/* Directly in a class body. */
static const gn_form CLASS_FORMS[] = {
    {".ctor", gn_lower_ctor},
    {".fn", gn_lower_method},
    {".method", gn_lower_method},
    {"ctor", gn_lower_ctor},
    {"ctor!", no_macro_method},
    {"field", gn_lower_field},
    {"implement", later},
    {"method", gn_lower_method},
    {"method!", no_macro_method},
    {"new!", no_macro_method},
    {"on_member_missing", gn_lower_on_missing},
    {"on_method_missing", gn_lower_on_missing},
    {"static", gn_lower_static},
};

/* Under gene/. */
static const gn_form PATH_FORMS[] = {
    {"defer", gn_lower_body_after_one},
    {"retry", gn_lower_body_only},
    {"timeout", gn_lower_body_after_one},
    {"wait_until", gn_lower_body_only},
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static int compare(const char *text, size_t len, const char *name) {
  size_t n = strlen(name);
  int d = memcmp(text, name, len < n ? len : n);
  return d ? d : (len > n) - (len < n);
}

static const gn_form *find(const gn_form *table, size_t n, gn_value symbol) {
  size_t len, low = 0;
  const char *text = gn_text(symbol, &len);
  while (low < n) {
    size_t mid = (low + n) / 2;
    int d = compare(text, len, table[mid].name);
    if (d == 0)
      return &table[mid];
    if (d < 0)
      n = mid;
    else
      low = mid + 1;
  }
  return NULL;
}

const gn_form *gn_form_find(gn_value symbol) {
  return find(FORMS, COUNT(FORMS), symbol);
}

gn_lower_fn *gn_class_body_form(gn_comp *c, gn_value head) {
  if (!c->fn->class_body)
    return NULL;
  const gn_form *f = find(CLASS_FORMS, COUNT(CLASS_FORMS), head);
  return f ? f->lower : NULL;
}

const gn_form *gn_path_form_find(gn_comp *c, gn_value csymbol) {
  const gn_csymbol *cs = (const gn_csymbol *)gn_as_obj(csymbol);
  if (cs->n != 2 || !gn_is_sym(cs->part[0], "gene") ||
      !gn_is_symbol(cs->part[1]))
    return NULL;
  gn_name *gene = gn_name_of(c, cs->part[0]);
  if (!gene || gn_is_variable(c, gene))
    return NULL;
  return find(PATH_FORMS, COUNT(PATH_FORMS), cs->part[1]);
}
