/*
 * late.c - functions beside each other in a function: the earlier one may call
 * the later one, which is there by the time it runs. Such a use is noted while
 * nothing has its name, and bound when all of the program is known: a name of
 * the module or a builtin goes before.
 */
#include "compile/compiler.h"

typedef struct gn_late {
  gn_node *use;
  gn_fn *fn; /* where it stands */
  gn_var *means;
  uint32_t number;
  struct gn_late *next;
} gn_late;

bool gn_late_use(gn_comp *c, gn_node *use) {
  gn_var *v = use->var;
  if (v->fn || v->declared || !c->fn->up || c->eval ||
      gn_core_global(c->core, v->name->sym) != GN_NONE)
    return true;
  gn_late *l = gn_scratch(c, sizeof *l);
  if (!l)
    return false;
  *l = (gn_late){.use = use, .fn = c->fn, .next = v->name->late};
  l->number = c->nlate++;
  v->name->late = l;
  return true;
}

/* What was noted since the scope was opened stands in its function or in one
 * inside it. */
void gn_late_meet(gn_var *function, gn_comp *c) {
  gn_late **at = &function->name->late;
  while (*at && (*at)->number >= function->scope->late_at) {
    gn_late *l = *at;
    if (l->fn == function->fn) {
      at = &l->next;
      continue;
    }
    *at = l->next;
    l->means = function;
    l->next = c->met;
    c->met = l;
  }
}

static bool bind_late(gn_comp *c, const gn_late *l) {
  gn_var *v = l->means;
  int32_t index = gn_capture_in(c, l->fn, v);
  if (index < 0)
    return false;
  v->captured = v->early = v->checked = true;
  l->use->var = v;
  l->use->i = index;
  l->use->flag = true;
  return true;
}

bool gn_late_bind(gn_comp *c) {
  for (const gn_late *l = c->met; l; l = l->next)
    if (!l->use->var->declared && !bind_late(c, l))
      return false;
  return true;
}
