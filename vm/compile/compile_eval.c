/*
 * compile_eval.c - the compilation of forms that eval got, at a script's run
 * time: in steps, on a stack of its own, and charged to the script's heap. In
 * between nothing is held by that stack alone: all of it can be dropped.
 */
#include <stdlib.h>

#include "compile/compiler.h"
#include "compile/program_impl.h"
#include "core/coroutine.h"
#include "run/context.h"

/* A form of a few bytes can stand for a huge value, so eval gets less. */
#define EVAL_SCRATCH_MAX ((size_t)32 << 20)

/* Work of a step: a tenth of a millisecond or less. */
#define STEP_WORK ((size_t)16 << 10)

#define STEP_CLEARED ((size_t)512 << 10)

struct gn_evaluation {
  gn_comp comp;
  gene_compile_error_t err;
  gn_eval_site site;
  gn_heap *heap; /* the context's */
  gn_value forms;
  gn_coroutine *on;
  const gn_proto *main;
  size_t forms_bytes; /* of comp.heap, as charged */
  size_t told;        /* work that was told of */
  bool compiled;      /* or in vain */
};

static gn_var *declare_foreign(gn_comp *c, const gn_env_var *from) {
  bool caller = from->name == GN_NIL;
  gn_var *v = caller ? gn_declare_hidden(c) : gn_declare_param(c, from->name);
  if (!v)
    return NULL;
  v->foreign = true;
  v->cell = from->cell;
  v->let = !from->assignable;
  v->type = from->type;
  v->is_self = !caller && gn_is_sym(v->name->sym, "self");
  return v;
}

/* The variables around the eval: as if a function around main had them. Its
 * captures are theirs, one by one. */
static bool declare_env(gn_comp *c, const gn_env_desc *env, gn_fn *outer,
                        gn_fn *main) {
  main->caps = gn_scratch(c, env->n * sizeof *main->caps);
  gn_upref *refs = gn_scratch(c, env->n * sizeof *refs);
  if (!main->caps || !refs)
    return false;
  for (uint32_t i = env->n; i-- > 0;) {
    gn_var *v = declare_foreign(c, &env->vars[i]);
    if (!v)
      return false;
    if (v->hidden)
      outer->env = v;
    refs[i] = (gn_upref){.fn = main, .index = (uint16_t)i};
    v->uprefs = &refs[i];
    main->caps[i].var = v;
  }
  main->ncaps = main->caps_cap = env->n;
  return true;
}

static const gn_proto *compile_in_env(gn_comp *c, const gn_eval_site *site,
                                      gn_value forms) {
  gn_fn *outer = gn_comp_main(c, 0);
  gn_fn *fn = gn_comp_main(c, c->at_module ? GN_P_MAIN : GN_P_BLOCK);
  if (!outer || !fn || !gn_fn_open(c, outer))
    return NULL;
  fn->line = site->line;
  fn->column = site->column;
  const gn_proto *main =
      declare_env(c, site->env, outer, fn) ? gn_comp_forms(c, fn, forms) : NULL;
  gn_fn_close(c, outer);
  return main;
}

/* ---- in steps ---- */

static size_t work_of(const gn_comp *c) {
  return (c->scratch ? gn_arena_used(c->scratch) : 0) + c->extra;
}

/* What lowering makes of forms counts too. */
static bool charge_forms(gn_evaluation *e) {
  size_t bytes = e->comp.heap.bytes;
  if (bytes > e->forms_bytes) {
    if (!gn_heap_charge(e->heap, bytes - e->forms_bytes))
      return false;
    e->forms_bytes = bytes;
  }
  return true;
}

void gn_comp_rest_now(gn_comp *c) {
  gn_evaluation *e = c->evaluation;
  size_t work = work_of(c);
  if (work - e->told < STEP_WORK)
    return;
  gn_coroutine_pause(e->on);
  if (!charge_forms(e))
    c->oom = true;
}

static void run(void *data) {
  gn_evaluation *e = data;
  e->main = compile_in_env(&e->comp, &e->site, e->forms);
  if (!charge_forms(e))
    e->comp.oom = true;
}

static gn_coroutine *take_coroutine(struct gene_core *core) {
  gn_coroutine *co = core->coroutine;
  core->coroutine = NULL;
  return co ? co : gn_coroutine_new();
}

/* One is kept for the next time. */
static void give_coroutine(struct gene_core *core, gn_coroutine *co) {
  if (core->coroutine)
    gn_coroutine_free(co);
  else
    core->coroutine = co;
}

gn_evaluation *gn_evaluation_new(struct gene_core *core, gn_heap *heap,
                                 gn_value forms, const gn_eval_site *site) {
  assert(gn_is_array(forms));
  gn_evaluation *e = malloc(sizeof *e);
  if (!e)
    return NULL;
  *e = (gn_evaluation){.site = *site, .heap = heap, .forms = forms};
  gn_comp *c = &e->comp;
  bool ok = gn_comp_start(c, core, EVAL_SCRATCH_MAX, false, heap, &e->err);
  c->eval = c->dynamic = true;
  c->into = heap;
  c->at_module = site->at_module;
  c->host = site->host;
  c->evaluation = e;
  e->on = take_coroutine(core);
  if (ok && e->on && (c->program->keep = gn_array_new(heap, 16))) {
    gn_coroutine_begin(e->on, run, e);
    return e;
  }
  gn_evaluation_drop(e);
  return NULL;
}

/* Memory is given back in steps, too. */
static bool clear_some(gn_evaluation *e, size_t *work) {
  *work = STEP_WORK;
  if (!gn_arena_shrink(e->comp.scratch, STEP_CLEARED))
    return true;
  bool useless = !e->main || e->comp.failed || e->comp.oom;
  return useless && !gn_arena_shrink(e->comp.program->arena, STEP_CLEARED);
}

bool gn_evaluation_step(gn_evaluation *e, size_t *work) {
  if (e->compiled)
    return clear_some(e, work);
  e->compiled = !gn_coroutine_resume(e->on);
  size_t now = work_of(&e->comp);
  *work = now - e->told;
  e->told = now;
  return !e->compiled || gn_arena_bytes(e->comp.scratch) > STEP_CLEARED;
}

void gn_evaluation_mark(gn_heap *heap, const gn_evaluation *e) {
  gn_mark(heap, e->forms);
  gn_mark_obj(heap, e->comp.program->keep);
}

/* Gives back all but the program. */
static gn_program *leave(gn_evaluation *e, const gn_proto *main) {
  struct gene_core *core = e->comp.core;
  if (e->on)
    give_coroutine(core, e->on);
  gn_heap_uncharge(e->heap, e->forms_bytes);
  return gn_comp_end(&e->comp, main);
}

gn_program *gn_evaluation_end(gn_evaluation *e, gene_compile_error_t *err) {
  if (e->main)
    gn_program_finish(e->comp.program, e->main);
  gn_program *p = leave(e, e->main);
  *err = e->err;
  free(e);
  return p;
}

void gn_evaluation_drop(gn_evaluation *e) {
  if (!e)
    return;
  leave(e, NULL);
  free(e);
}
