/*
 * compile.c - a compilation from its start to its end, and the way in for the
 * source of a module. Reads, lowers, generates; what is left over goes at once.
 */
#include <stdlib.h>

#include "compile/compiler.h"
#include "compile/program_impl.h"
#include "core/utf8.h"
#include "run/context.h"

/* ---- errors ---- */

static size_t line_start(const char *source, size_t len, uint32_t line) {
  size_t at = 0;
  for (uint32_t n = 1; n < line; n++) {
    const char *nl = memchr(source + at, '\n', len - at);
    if (!nl)
      return len;
    at = (size_t)(nl - source) + 1;
  }
  return at;
}

/* Fills source_line and caret from err's line and column. A long line is cut
 * so that the place is in sight. */
static void show_line(gene_compile_error_t *err, const char *source,
                      size_t len) {
  err->source_line[0] = 0;
  err->caret = 0;
  if (err->line == 0)
    return;
  size_t start = line_start(source, len, err->line), end = start;
  while (end < len && source[end] != '\n' && source[end] != '\r')
    end++;
  size_t place = start, from = start;
  for (uint32_t c = 1; c < err->column && place < end; c++)
    do
      place++;
    while (place < end && ((unsigned char)source[place] & 0xc0) == 0x80);
  if (place - from > 160)
    from = place - 120;
  while (from < place && ((unsigned char)source[from] & 0xc0) == 0x80)
    from++;
  size_t n = end - from < sizeof err->source_line - 1
                 ? end - from
                 : sizeof err->source_line - 1;
  memcpy(err->source_line, source + from, n);
  n = gn_utf8_valid_prefix(err->source_line, n);
  err->source_line[n] = 0;
  size_t before = place - from < n ? place - from : n;
  err->caret = (uint32_t)gn_utf8_count(
      err->source_line, gn_utf8_valid_prefix(err->source_line, before));
}

static void fail_memory(gene_compile_error_t *err) {
  *err = (gene_compile_error_t){.class_name = "LimitException",
                                .message = "Out of memory"};
}

static void fail_syntax(gene_compile_error_t *err, const gn_syntax_error *e) {
  *err = (gene_compile_error_t){
      .class_name = "ParseException", .line = e->line, .column = e->column};
  memcpy(err->message, e->message, sizeof err->message);
  err->message[sizeof err->message - 1] = 0;
}

/* ---- the compilation ---- */

bool gn_comp_start(gn_comp *c, struct gene_core *core, size_t scratch,
                   bool apart, gn_heap *payer, gene_compile_error_t *err) {
  *c = (gn_comp){.core = core, .err = err, .error_class = "CompileException"};
  *err = (gene_compile_error_t){.class_name = "CompileException"};
  c->scratch = gn_arena_new(scratch, payer);
  c->program = gn_program_new(core, apart, payer);
  c->pool = apart ? gn_pool_create(GN_POOL_ALL) : NULL;
  gn_heap_init(&c->heap, apart ? c->pool : core->pool, scratch, core->seed);
  c->into = c->program ? &c->program->heap : NULL;
  return c->scratch && c->program && (c->pool || !apart);
}

gn_program *gn_comp_end(gn_comp *c, const gn_proto *main) {
  gn_program *p = c->program;
  bool ok = main && !c->failed && !c->oom;
  if (!ok && !c->failed)
    fail_memory(c->err);
  if (!ok && p)
    gn_program_release(p);
  else if (ok)
    gn_arena_settle(p->arena);
  gn_heap_destroy(&c->heap);
  gn_pool_destroy(c->pool);
  gn_arena_free(c->scratch);
  return ok ? p : NULL;
}

/* At most half of the index is in use. */
static bool index_slots(gn_comp *c, const gn_value *names) {
  gn_program *p = c->program;
  uint32_t size = 2;
  while (size < 2 * p->nslots)
    size *= 2;
  uint32_t *index = gn_program_mem(c, size * sizeof *index);
  if (!index)
    return false;
  p->slot_index = index;
  p->slot_mask = size - 1;
  for (uint32_t i = 0; i < p->nslots; i++) {
    uint32_t at = gn_sym(names[i])->hash & p->slot_mask;
    while (index[at] != 0)
      at = (at + 1) & p->slot_mask;
    index[at] = i + 1;
  }
  return true;
}

static bool finish_slots(gn_comp *c) {
  gn_program *p = c->program;
  gn_value *names = gn_program_mem(c, p->nslots * sizeof *names);
  uint8_t *exported = gn_program_mem(c, p->nslots);
  uint8_t *let = gn_program_mem(c, p->nslots);
  gn_value *types = gn_program_mem(c, p->nslots * sizeof *types);
  if (!names || !exported || !let || !types)
    return false;
  for (gn_var *v = c->module_vars; v && !c->eval; v = v->next)
    if (v->slot >= 0) {
      names[v->slot] = v->name->sym;
      exported[v->slot] = v->exported;
      let[v->slot] = v->let;
      types[v->slot] = v->type == GN_NONE ? GN_NONE : gn_constant(c, v->type);
    }
  if (p->nslots > 0 && !index_slots(c, names))
    return false;
  p->slot_names = names;
  p->slot_exported = exported;
  p->slot_let = let;
  p->slot_types = types;
  if (!c->eval)
    gn_near_finish(c);
  p->nsites = c->nsites;
  return true;
}

/* Lowers the forms as the body of fn, which is open. */
static bool lower_main(gn_comp *c, gn_fn *fn, const gn_array *forms) {
  gn_node *seq = gn_node_list(c, GN_N_SEQ, forms->len ? forms->len : 1);
  if (!seq)
    return false;
  if (forms->len == 0 && !(seq->list[0] = gn_node_const(c, GN_NIL)))
    return false;
  for (uint32_t i = 0; i < forms->len; i++) {
    c->direct = true;
    c->line = fn->line;
    c->column = fn->column;
    if (!(seq->list[i] = gn_lower(c, forms->items[i])))
      return false;
  }
  fn->body = seq;
  return true;
}

const gn_proto *gn_comp_forms(gn_comp *c, gn_fn *fn, gn_value forms) {
  if (!gn_fn_open(c, fn))
    return NULL;
  fn->top->module = c->at_module;
  bool ok = lower_main(c, fn, gn_arr(forms));
  if (ok && c->dynamic)
    for (gn_var *v = c->module_vars; v; v = v->next)
      v->in_slot = true;
  ok = ok && gn_late_bind(c);
  gn_fn_close(c, fn);
  const gn_proto *main = ok ? gn_generate(c, fn) : NULL;
  return main && finish_slots(c) ? main : NULL;
}

gn_fn *gn_comp_main(gn_comp *c, uint16_t flags) {
  gn_fn *fn = gn_scratch(c, sizeof *fn);
  if (!fn)
    return NULL;
  fn->name = fn->class_name = fn->intent = GN_NIL;
  fn->flags = flags;
  fn->is_main = true;
  fn->line = fn->column = 1;
  return fn;
}

static bool keep_source(gn_program *p, const char *source, size_t len) {
  p->source = malloc(len + 1);
  if (!p->source)
    return false;
  memcpy(p->source, source, len);
  p->source[len] = 0;
  p->source_len = len;
  return true;
}

gn_program *gn_compile_source(struct gene_core *core, const char *source,
                              size_t len, bool apart,
                              gene_compile_error_t *err) {
  gn_comp c;
  const gn_proto *main = NULL;
  gn_syntax_error syntax = {.line = 0};
  gn_value forms = GN_NONE;
  bool started = gn_comp_start(&c, core, GN_SCRATCH_MAX, apart, NULL, err);
  if (started)
    forms = gn_read_all(&c.heap, source, len, core->nesting, &syntax);
  if (forms != GN_NONE) {
    c.at_module = true;
    gn_fn *fn = gn_comp_main(&c, GN_P_MAIN);
    main = fn ? gn_comp_forms(&c, fn, forms) : NULL;
    if (main && !keep_source(c.program, source, len))
      c.oom = true;
  } else if (started && !syntax.out_of_memory) {
    fail_syntax(err, &syntax);
    c.failed = true;
  }
  if (main)
    gn_program_finish(c.program, main);
  gn_program *p = gn_comp_end(&c, main);
  if (!p)
    show_line(err, source, len);
  return p;
}
