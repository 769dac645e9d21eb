/*
 * core.c - builds the frozen core once a process: builtin classes, functions
 * and namespaces from the tables of run/builtins.h, the page pool, the cache.
 * After gene_core_create nothing of it is written again but the cache, the
 * operation slots and the list of contexts.
 */
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "core/coroutine.h"
#include "lib/tables.h"
#include "run/internal_natives.h"
#include "run/interp_parts.h"
#include "run/stress.h"

#define POOL_BYTES_DEFAULT  ((size_t)64 << 20)
#define CACHE_BYTES_DEFAULT ((size_t)64 << 20)

static gn_value symbol(struct gene_core *core, const char *text, size_t len) {
  return gn_symbol_new(&core->heap, text, len);
}

static gn_value symbol_c(struct gene_core *core, const char *text) {
  return symbol(core, text, strlen(text));
}

static bool make_symbols(struct gene_core *core) {
  const struct {
    gn_value *to;
    const char *text;
  } rows[] = {
      {&core->sym_message, "message"},
      {&core->sym_cause, "cause"},
      {&core->sym_code, "code"},
      {&core->sym_trace, "\x01trace"}, /* no source text has this name */
      {&core->sym_missing, "on_method_missing"},
      {&core->sym_member_missing, "on_member_missing"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    *rows[i].to = symbol_c(core, rows[i].text);
    if (*rows[i].to == GN_NONE)
      return false;
  }
  return true;
}

/* ---- classes ---- */

static const char *const class_names[] = {
#define CLASS(id, name) name,
    GN_BUILTIN_CLASSES(CLASS)
#undef CLASS
};

static const struct {
  const char *name;
  int parent; /* enum gn_exc, -1: Object */
} exceptions[GN_X_COUNT] = {
    {"Exception", -1},
    {"RuntimeException", GN_X_EXCEPTION},
    {"TypeException", GN_X_EXCEPTION},
    {"ArgumentException", GN_X_EXCEPTION},
    {"NameException", GN_X_EXCEPTION},
    {"AssertionException", GN_X_EXCEPTION},
    {"IOError", GN_X_EXCEPTION},
    {"ParseException", GN_X_EXCEPTION},
    {"CompileException", GN_X_EXCEPTION},
    {"ImportException", GN_X_EXCEPTION},
    {"PermissionException", GN_X_EXCEPTION},
    {"ConcurrencyException", GN_X_EXCEPTION},
    {"TimeoutException", GN_X_CONCURRENCY},
    {"CancellationException", GN_X_CONCURRENCY},
    {"DeadlockException", GN_X_CONCURRENCY},
    {"AggregateException", GN_X_CONCURRENCY},
    {"ThreadException", GN_X_CONCURRENCY},
    {"NetworkException", GN_X_EXCEPTION},
    {"ProviderException", GN_X_EXCEPTION},
    {"LimitException", GN_X_EXCEPTION},
};

static gn_class *make_class(struct gene_core *core, uint32_t id,
                            const char *name, gn_class *parent) {
  gn_class *c = gn_alloc(&core->heap, GN_T_CLASS, sizeof *c);
  gn_dict *methods = gn_dict_new(&core->heap, GN_T_MAP, 8);
  gn_value text = gn_string_name(&core->heap, name, strlen(name));
  gn_value key = symbol_c(core, name);
  if (!c || !methods || text == GN_NONE || key == GN_NONE)
    return NULL;
  c->id = id;
  c->slots = 0;
  c->parent = parent;
  c->name = text;
  c->methods = methods;
  c->members = NULL;
  c->ctor = GN_UNSET;
  c->fields = GN_NIL;
  c->root = NULL;
  c->extra = GN_NIL;
  core->classes[id] = c;
  return gn_map_set(&core->heap, core->globals, key, gn_from_obj(c)) ? c : NULL;
}

static bool make_classes(struct gene_core *core) {
  gn_class *object = make_class(core, GN_C_OBJECT, "Object", NULL);
  if (!object)
    return false;
  for (uint32_t i = 1; i < GN_C_EXCEPTION; i++)
    if (!make_class(core, i, class_names[i], object))
      return false;
  for (uint32_t i = 0; i < GN_X_COUNT; i++) {
    gn_class *parent =
        exceptions[i].parent < 0
            ? object
            : core->classes[GN_C_EXCEPTION + exceptions[i].parent];
    if (!make_class(core, GN_C_EXCEPTION + i, exceptions[i].name, parent))
      return false;
  }
  return true;
}

/* Shape ids of the core: those of contexts begin above. */
static bool make_exception_shapes(struct gene_core *core) {
  const gn_value keys[] = {core->sym_message, core->sym_cause, core->sym_code,
                           core->sym_trace};
  uint32_t id = 1;
  for (uint32_t x = 0; x < GN_X_COUNT; x++) {
    gn_shape *parent = NULL;
    for (uint32_t n = 0; n <= 4; n++) {
      gn_shape *s = gn_alloc(&core->heap, GN_T_SHAPE, sizeof *s);
      if (!s)
        return false;
      s->id = id++;
      s->n = n;
      s->cls = core->classes[GN_C_EXCEPTION + x];
      s->parent = parent;
      s->key = n ? keys[n - 1] : GN_NIL;
      s->table = NULL;
      s->next = s->kids = NULL;
      parent = s;
    }
    core->exc_root[x] = parent;
  }
  core->first_shape_id = id;
  return true;
}

/* ---- functions and namespaces ---- */

static gn_value make_native(struct gene_core *core, const gn_native_def *def) {
  gn_native_fn *f = gn_alloc(&core->heap, GN_T_NATIVE, sizeof *f);
  if (!f)
    return GN_NONE;
  f->def = def;
  return gn_from_obj(f);
}

static gn_dict **members_of(gn_value v) {
  if (gn_is(v, GN_T_CLASS))
    return &((gn_class *)gn_as_obj(v))->members;
  return &((gn_namespace *)gn_as_obj(v))->members;
}

/* The namespace (or class) named by one part of a path, made if need be. */
static gn_value enter(struct gene_core *core, gn_dict **in, const char *name,
                      size_t len) {
  gn_heap *heap = &core->heap;
  if (!*in)
    *in = gn_dict_new(heap, GN_T_MAP, 8);
  if (!*in)
    return GN_NONE;
  gn_entry *e = gn_map_find_text(*in, core->seed, name, len);
  if (e)
    return e->value;
  gn_value key = symbol(core, name, len);
  gn_value v = GN_NONE;
  gn_entry *global = gn_map_find_text(core->globals, core->seed, name, len);
  if (global && gn_is(global->value, GN_T_CLASS)) {
    v = global->value; /* gene/Future is Future */
  } else {
    gn_namespace *ns = gn_alloc(heap, GN_T_NAMESPACE, sizeof *ns);
    if (!ns)
      return GN_NONE;
    ns->name = gn_string_name(heap, name, len);
    ns->members = NULL;
    ns->on_missing = GN_NIL;
    v = ns->name == GN_NONE ? GN_NONE : gn_from_obj(ns);
  }
  if (key == GN_NONE || v == GN_NONE || !gn_map_set(heap, *in, key, v))
    return GN_NONE;
  return v;
}

/* Defines "a" or "a/b/c". */
static bool define(struct gene_core *core, const char *path, gn_value v) {
  gn_dict **in = &core->globals;
  const char *slash;
  while ((slash = strchr(path, '/')) != NULL && slash != path && slash[1]) {
    gn_value ns = enter(core, in, path, (size_t)(slash - path));
    if (ns == GN_NONE)
      return false;
    in = members_of(ns);
    path = slash + 1;
  }
  if (!*in)
    *in = gn_dict_new(&core->heap, GN_T_MAP, 8);
  gn_value key = symbol_c(core, path);
  return *in && v != GN_NONE && key != GN_NONE &&
         gn_map_set(&core->heap, *in, key, v);
}

static bool fill_class(struct gene_core *core, gn_class *c,
                       const gn_native_def *rows) {
  for (; rows->name; rows++) {
    gn_value f = make_native(core, rows);
    gn_value key = symbol_c(core, rows->name);
    if (f == GN_NONE || key == GN_NONE)
      return false;
    if (strcmp(rows->name, "ctor") == 0)
      c->ctor = f;
    else if (!gn_map_set(&core->heap, c->methods, key, f))
      return false;
  }
  return true;
}

static bool fill_tables(struct gene_core *core) {
  for (const gn_builtin_table *t = gn_builtin_tables; t->rows; t++) {
    if (t->class_id >= 0) {
      if (!fill_class(core, core->classes[t->class_id], t->rows))
        return false;
      continue;
    }
    for (const gn_native_def *row = t->rows; row->name; row++)
      if (!define(core, row->name, make_native(core, row)))
        return false;
  }
  for (const gn_builtin_const *c = gn_builtin_consts; c->name; c++)
    if (!define(core, c->name,
                c->value != GN_NONE ? c->value
                                    : gn_float_new(&core->heap, c->number)))
      return false;
  return true;
}

/* Second names for what is there: io is gene/io and so on. */
static bool make_aliases(struct gene_core *core) {
  static const char *const namespaces[] = {"io", "math", "time"};
  gn_entry *gene = gn_map_find_text(core->globals, core->seed, "gene", 4);
  if (!gene)
    return false;
  gn_dict **in = members_of(gene->value);
  for (size_t i = 0; i < 3; i++) {
    const char *name = namespaces[i];
    gn_entry *inner = gn_map_find_text(*in, core->seed, name, strlen(name));
    gn_entry *outer =
        gn_map_find_text(core->globals, core->seed, name, strlen(name));
    gn_value key = symbol_c(core, name);
    if (key == GN_NONE)
      return false;
    if (inner && outer) { /* rows under both names: one namespace of all */
      gn_dict *from = *members_of(outer->value);
      gn_dict **to = members_of(inner->value);
      uint32_t at = 0;
      for (gn_entry *e; (e = gn_dict_next(from, &at));)
        if (!gn_map_set(&core->heap, *to, e->key, e->value))
          return false;
      outer->value = inner->value;
    } else if (inner &&
               !gn_map_set(&core->heap, core->globals, key, inner->value)) {
      return false;
    } else if (outer && !gn_map_set(&core->heap, *in, key, outer->value)) {
      return false;
    }
  }
  gn_entry *dir = gn_map_find_text(core->globals, core->seed, "Dir", 3);
  if (dir && !define(core, "gene/io/Dir", dir->value))
    return false;
  return define(core, "gene/io/File", gn_from_obj(core->classes[GN_C_FILE])) &&
         define(core, "Regexp", gn_from_obj(core->classes[GN_C_REGEX])) &&
         define(core, "gene/Future", gn_from_obj(core->classes[GN_C_FUTURE]));
}

static bool find_new(struct gene_core *core) {
  gn_entry *e = gn_map_find_text(core->globals, core->seed, "new", 3);
  core->new_fn = e ? e->value : GN_NONE;
  return e != NULL;
}

static bool build(struct gene_core *core) {
  core->globals = gn_dict_new(&core->heap, GN_T_MAP, 256);
  core->eval_fn = make_native(core, &gn_def_eval);
  return core->globals && core->eval_fn != GN_NONE && make_symbols(core) &&
         make_classes(core) && make_exception_shapes(core) &&
         fill_tables(core) && make_aliases(core) && find_new(core);
}

static uint64_t system_seed(void) {
  uint64_t seed = 0;
  if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed)
    seed =
        (uint64_t)time(NULL) * 0x9e3779b97f4a7c15u ^ (uint64_t)(uintptr_t)&seed;
  return seed | 1;
}

gene_core_t *gene_core_create(const gene_core_options_t *options) {
  static const gene_core_options_t none;
  if (!options)
    options = &none;
  struct gene_core *core = calloc(1, sizeof *core);
  if (!core)
    return NULL;
  core->seed = options->hash_seed ? options->hash_seed : system_seed();
  core->ops_free = GN_NO_OP;
  core->stress = options->stress;
  core->unused = options->unused;
  core->unused_data = options->unused_data;
  core->nesting =
      options->source_nesting && options->source_nesting < GENE_NESTING_MAX
          ? options->source_nesting
          : GENE_NESTING_MAX;
  core->pool = gn_pool_create(
      options->page_pool_bytes ? options->page_pool_bytes : POOL_BYTES_DEFAULT);
  if (!core->pool) {
    free(core);
    return NULL;
  }
  gn_heap_init(&core->heap, core->pool, SIZE_MAX, core->seed);
  core->heap.obj_flags = GN_STATIC;
  gn_cache_init(&core->cache,
                options->program_cache_bytes ? options->program_cache_bytes
                                             : CACHE_BYTES_DEFAULT,
                core->seed);
  if (!build(core)) {
    gene_core_destroy(core);
    return NULL;
  }
  return core;
}

void gene_core_destroy(gene_core_t *core) {
  assert(core->live_contexts == 0);
  core->unused = NULL;
  while (gene_core_tidy(core))
    continue;
  gn_cache_destroy(&core->cache);
  gn_heap_destroy(&core->heap);
  gn_pool_destroy(core->pool);
  gn_coroutine_free(core->coroutine);
  free(core->ops);
  free(core);
}

void gene_core_stats(const gene_core_t *core, gene_core_stats_t *out) {
  memset(out, 0, sizeof *out);
  out->live_contexts = core->live_contexts;
  out->context_bytes = core->context_bytes;
  out->pool_bytes = gn_pool_free_bytes(core->pool);
  out->cached_programs = core->cache.count;
  out->cached_program_bytes = core->cache.bytes;
  out->cache_hits = core->cache.hits;
  out->cache_misses = core->cache.misses;
  out->collections = core->collections;
}

bool gene_stress_parse(const char *text, unsigned *out) {
  static const char *const words[] = {"gc", "move", "slice", "trace"};
  *out = 0;
  while (text && *text) {
    size_t len = strcspn(text, ",");
    unsigned mode = 0;
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
      if (strlen(words[i]) == len && memcmp(words[i], text, len) == 0)
        mode = 1u << i;
    if (len > 0 && !mode) {
      *out = 0;
      return false;
    }
    *out |= mode;
    text += len + (text[len] == ',');
  }
  return true;
}

void gene_core_fail_nth(gene_core_t *core, uint64_t nth) {
  core->fail_nth = nth;
}

gn_value gn_core_global(const struct gene_core *core, gn_value name) {
  return gn_map_get(core->globals, name);
}

gn_value gn_core_path(const struct gene_core *core, gn_value path) {
  const gn_csymbol *c = (const gn_csymbol *)gn_as_obj(path);
  gn_dict *in = core->globals;
  gn_value v = GN_NONE;
  for (uint32_t i = 0; i < c->n; i++) {
    if (!in || !gn_is_symbol(c->part[i]))
      return GN_NONE;
    v = gn_map_get(in, c->part[i]);
    if (v == GN_NONE)
      return GN_NONE;
    in = gn_is(v, GN_T_NAMESPACE) || gn_is(v, GN_T_CLASS) ? *members_of(v)
                                                          : NULL;
  }
  return v;
}
