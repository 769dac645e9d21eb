/*
 * gen_class.c - classes, objects and what their bodies declare (language
 * reference 3, section 8).
 */
#include "compile/gen.h"

/* The class is in base: it gets its name, then its body is run. */
static void bind_class(gn_coder *g, const gn_class_form *form, uint32_t base) {
  if (form->var)
    gn_store_decl(g, form->var, base);
  if (!form->holder)
    return;
  uint32_t top = g->top, holder = gn_gen_any(g, form->holder);
  gn_emit(g, GN_OP_MEMBER, holder, base, gn_k16(g, form->name));
  g->top = top;
}

static void run_body(gn_coder *g, const gn_class_form *form, uint32_t base) {
  if (!form->body)
    return;
  uint32_t top = g->top, f = gn_gen_temp(g, form->body);
  gn_move(g, base, (int32_t)gn_regs(g, 1));
  gn_emit(g, GN_OP_CALL, f, 1, 0);
  g->top = top;
}

/* An object: the one instance of its class. */
static void make_instance(gn_coder *g, const gn_class_form *form,
                          uint32_t base) {
  gn_value name = gn_new_symbol(g->c, "new", 3);
  gn_value fn = name == GN_NONE ? GN_NONE : gn_core_global(g->c->core, name);
  uint32_t top = g->top, f = gn_regs(g, 2);
  gn_load(g, fn == GN_NONE ? GN_NIL : fn, f);
  gn_move(g, base, (int32_t)f + 1);
  gn_emit(g, GN_OP_CALL, f, 1, 0);
  gn_move(g, f, (int32_t)base);
  bind_class(g, form, base);
  g->top = top;
}

void gn_gen_class(gn_coder *g, gn_node *n, int32_t dest) {
  const gn_class_form *form = n->x;
  uint32_t top = g->top, base = gn_regs(g, 1);
  if (form->parent)
    gn_gen_to(g, form->parent, base);
  else
    gn_emit_d(g, GN_OP_LOADC, base, GN_UNSET);
  gn_at(g, n);
  gn_emit_d(g, GN_OP_CLASS, base, gn_k(g, form->name));
  if (!form->object)
    bind_class(g, form, base);
  run_body(g, form, base);
  gn_at(g, n);
  if (form->object)
    make_instance(g, form, base);
  gn_move(g, base, dest);
  g->top = top;
}

/* GN_N_MEMBER and GN_N_DEFMETHOD */
void gn_gen_member(gn_coder *g, gn_node *n, int32_t dest) {
  uint32_t top = g->top;
  uint32_t where = gn_gen_stable(g, n->a, n->b->assigns);
  uint32_t v = gn_gen_any(g, n->b);
  gn_at(g, n);
  gn_emit(g, n->kind == GN_N_DEFMETHOD ? GN_OP_METHOD : GN_OP_MEMBER, where, v,
          gn_k16(g, n->value));
  gn_move(g, v, dest);
  g->top = top;
}

void gn_gen_field(gn_coder *g, gn_node *n) {
  uint32_t top = g->top, where = gn_gen_any(g, n->a), v;
  char name[256];
  if (n->b) {
    v = gn_gen_temp(g, n->b);
  } else {
    v = gn_regs(g, 1);
    gn_emit_d(g, GN_OP_LOADC, v, GN_NIL);
  }
  int64_t check = -1;
  if (n->type != GN_NONE)
    check = gn_check_of(g, n->type, "property ",
                        gn_form_text(n->value, name, sizeof name));
  gn_at(g, n);
  gn_emit(g, GN_OP_FIELD, where, v, gn_k16(g, n->value));
  gn_emit_d(g, GN_OP_EXT, 0, check);
  g->top = top;
}
