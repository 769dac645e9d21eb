/*
 * near.c - what a misspelt name was probably meant to be, as far as only the
 * compiler knows: variables that no running code can see by name. It is kept
 * with the program and read when an error is reported; the work is bounded,
 * and a name of a builtin or of a variable takes none.
 */
#include <stdio.h>

#include "compile/compiler.h"
#include "core/nearest.h"
#include "run/context.h"

#define HINTS_MAX  32u   /* names of a program that get a hint */
#define LOCALS_MAX 4000u /* comparisons with local variables, in all */

static void try_name(gn_nearest *n, const gn_var *v) {
  size_t len;
  if (!v->name || v->hidden)
    return;
  const char *text = gn_text(v->name->sym, &len);
  gn_nearest_try(n, text, len);
}

static bool may_be_misspelt(gn_comp *c, const gn_var *v) {
  const gn_symbol *s = gn_sym(v->name->sym);
  return s->len > 1 && s->bytes[0] != '$' &&
         gn_core_global(c->core, v->name->sym) == GN_NONE;
}

void gn_near_local(gn_comp *c, gn_var *v) {
  if (v->declared || v->near_tried || !may_be_misspelt(c, v))
    return;
  v->near_tried = true;
  gn_nearest n;
  gn_nearest_start(&n, gn_sym(v->name->sym)->bytes, gn_sym(v->name->sym)->len);
  for (const gn_fn *fn = c->fn; fn; fn = fn->up)
    for (const gn_scope *s = fn->scope; s; s = s->up)
      for (const gn_var *o = s->module ? NULL : s->vars; o; o = o->next) {
        if (c->near_locals++ > LOCALS_MAX)
          return;
        try_name(&n, o);
        if (n.text && n.text == gn_sym(o->name->sym)->bytes)
          v->near = o->name;
      }
}

/* ---- paths ---- */

static const gn_namespace *namespace_in(const gn_dict *members, gn_value name) {
  gn_value v = gn_is_symbol(name) ? gn_map_get(members, name) : GN_NONE;
  return v != GN_NONE && gn_is(v, GN_T_NAMESPACE) ? (gn_namespace *)gn_as_obj(v)
                                                  : NULL;
}

static gn_value nearest_member(gn_comp *c, const gn_namespace *ns,
                               const gn_csymbol *path, uint32_t at) {
  gn_nearest n;
  gn_entry *e;
  uint32_t i = 0;
  size_t len;
  const char *text = gn_text(path->part[at], &len);
  gn_nearest_start(&n, text, len);
  while (ns->members && (e = gn_dict_next(ns->members, &i))) {
    text = gn_text(e->key, &len);
    gn_nearest_try(&n, text, len);
  }
  if (!n.text)
    return GN_NONE;
  char whole[160];
  int used = 0;
  for (uint32_t k = 0; k < at; k++) {
    text = gn_text(path->part[k], &len);
    used += snprintf(whole + used, sizeof whole - (size_t)used, "%.*s/",
                     (int)len, text);
    if ((size_t)used >= sizeof whole)
      return GN_NONE;
  }
  snprintf(whole + used, sizeof whole - (size_t)used, "%.*s", (int)n.len,
           n.text);
  return gn_string_new(c->into, whole, strlen(whole));
}

static void add_hint(gn_comp *c, gn_near hint) {
  gn_program *p = c->program;
  if (!p->near)
    p->near = gn_program_mem(c, HINTS_MAX * sizeof *p->near);
  if (p->near && p->nnear < HINTS_MAX)
    p->near[p->nnear++] = hint;
}

void gn_near_path(gn_comp *c, gn_value csymbol) {
  const gn_csymbol *path = (const gn_csymbol *)gn_as_obj(csymbol);
  const gn_dict *in = c->core->globals;
  gn_name *head =
      gn_is_symbol(path->part[0]) ? gn_name_of(c, path->part[0]) : NULL;
  if (!head || gn_is_variable(c, head) || c->program->nnear >= HINTS_MAX)
    return;
  for (uint32_t i = 0; i + 1 < path->n; i++) {
    const gn_namespace *ns = namespace_in(in, path->part[i]);
    if (!ns || !gn_is_symbol(path->part[i + 1]))
      return;
    in = ns->members;
    if (in && gn_map_get(in, path->part[i + 1]) != GN_NONE)
      continue;
    gn_value near = nearest_member(c, ns, path, i + 1);
    if (near != GN_NONE && gn_comp_keep(c, near))
      add_hint(c, (gn_near){GN_NONE, near, c->line, c->column});
    return;
  }
}

/* ---- the end ---- */

static void note_undefined(gn_comp *c, const gn_var *v) {
  gn_nearest n;
  gn_nearest_start(&n, gn_sym(v->name->sym)->bytes, gn_sym(v->name->sym)->len);
  if (v->near)
    gn_nearest_try(&n, gn_sym(v->near->sym)->bytes, gn_sym(v->near->sym)->len);
  for (const gn_var *o = c->module_vars; o && n.left; o = o->next)
    if (o->declared)
      try_name(&n, o);
  gn_core_near(c->core, &n);
  if (!n.text)
    return;
  gn_value near = gn_symbol_new(c->into, n.text, n.len);
  if (near != GN_NONE)
    add_hint(c, (gn_near){v->name->sym, near, 0, 0});
}

void gn_near_finish(gn_comp *c) {
  uint32_t tried = 0;
  for (const gn_var *v = c->module_vars; v && tried < HINTS_MAX; v = v->next)
    if (!v->declared && v->slot < 0 && v->near_tried) {
      note_undefined(c, v);
      tried++;
    }
}
