/*
 * context_fixture.h - a context whose program does nothing, so that resumable
 * natives can be driven by hand: with slices of any length, collections in
 * between, and calls answered by the test.
 */
#ifndef TESTS_UNIT_VM_CONTEXT_FIXTURE_H
#define TESTS_UNIT_VM_CONTEXT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "run/context.h"
#include "syntax/reader.h"
#include "types/hash.h"

#define KEEP 32

typedef struct context_fixture {
  gene_core_t *core;
  gene_program_t *program;
  gn_ctx *ctx;
  void (*roots)(gn_heap *heap, void *owner); /* the context's own */
  void *owner;
  gn_value keep[KEEP]; /* what the test holds */
  gn_call call;
  gn_value machine;
  int64_t slice; /* fuel of a slice */
  bool collect;  /* between slices */
} context_fixture;

static inline void context_fixture_mark(gn_heap *heap, void *owner) {
  context_fixture *f = owner;
  if (f->roots != NULL)
    f->roots(heap, f->owner);
  gn_mark(heap, f->machine);
  for (size_t i = 0; i < KEEP; i++)
    gn_mark(heap, f->keep[i]);
}

static inline void context_fixture_open(context_fixture *f) {
  gene_compile_error_t err;
  memset(f, 0, sizeof *f);
  f->core = gene_core_create(NULL);
  assert_non_null(f->core);
  assert_int_equal(gene_program_load(f->core, "nil", 3, &f->program, &err), 0);
  gene_context_options_t options = {.limits.memory_bytes = (size_t)64 << 20};
  f->ctx = (gn_ctx *)gene_context_create(f->core, f->program, &options);
  assert_non_null(f->ctx);
  f->roots = f->ctx->heap.roots;
  f->owner = f->ctx->heap.owner;
  f->ctx->heap.roots = context_fixture_mark;
  f->ctx->heap.owner = f;
  f->ctx->heap.code = NULL; /* it takes the owner for a context */
  f->machine = GN_NIL;
  f->slice = 1000000;
  for (size_t i = 0; i < KEEP; i++)
    f->keep[i] = GN_NIL;
}

static inline void context_fixture_close(context_fixture *f) {
  f->ctx->heap.roots = f->roots;
  f->ctx->heap.owner = f->owner;
  gene_context_destroy((gene_context_t *)f->ctx);
  gene_program_release(f->program);
  gene_core_destroy(f->core);
}

/* Starts a call, or a new slice of it. */
static inline void context_fixture_slice(context_fixture *f) {
  f->ctx->fuel = f->slice;
  f->ctx->slice = f->slice;
}
static inline void context_fixture_pause(context_fixture *f) {
  if (f->collect)
    gn_heap_collect(&f->ctx->heap);
  context_fixture_slice(f);
}

/* The first form of a text, unevaluated; `{{..}}` becomes a hash map. */
static inline gn_value context_fixture_read(context_fixture *f,
                                            const char *source) {
  gn_syntax_error err;
  gn_heap *heap = &f->ctx->heap;
  gn_value v =
      gn_read_first(heap, source, strlen(source), GN_MAX_NESTING, &err);
  if (v == GN_NONE)
    fail_msg("%s: %s", source, err.message);
  if (!gn_is_gene(v) || !gn_is_symbol(gn_gen(v)->type) ||
      !gn_text_is(gn_gen(v)->type, GN_FORM_HASHMAP))
    return v;
  gn_dict *d = gn_dict_new(heap, GN_T_HASHMAP, 0);
  assert_non_null(d);
  for (uint32_t i = 0; i + 1 < gn_gen(v)->n; i += 2) {
    uint32_t hash;
    if (!gn_hash_quick(heap->seed, gn_gen(v)->children[i], &hash))
      hash = 7;
    assert_true(gn_dict_append(heap, d, gn_gen(v)->children[i],
                               gn_gen(v)->children[i + 1], hash));
  }
  return gn_from_obj(d);
}

/* An instance of a new class with the fields a, b, c ... set to the values;
 * method (or GN_NONE) is what `name` finds. */
static inline gn_value
context_fixture_instance(context_fixture *f, const char *cls_name,
                         const char *name, gn_value method,
                         const gn_value *fields, size_t n) {
  gn_ctx *ctx = f->ctx;
  gn_class *cls = gn_class_new(ctx, gn_string_c(&ctx->heap, cls_name), NULL);
  assert_non_null(cls);
  if (method != GN_NONE)
    assert_true(gn_map_set(&ctx->heap, cls->methods,
                           gn_symbol_new(&ctx->heap, name, strlen(name)),
                           method));
  gn_value v = gn_instance_new(ctx, cls);
  assert_true(v != GN_NONE);
  for (size_t i = 0; i < n; i++) {
    char key = (char)('a' + (int)i);
    assert_int_equal(gn_instance_set(ctx, (gn_instance *)gn_as_obj(v),
                                     gn_symbol_new(&ctx->heap, &key, 1),
                                     fields[i]),
                     GN_OK);
  }
  return v;
}

#endif
