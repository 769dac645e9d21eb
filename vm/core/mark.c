/*
 * mark.c - how every layout of object.h is traced, and the marking half of a
 * collection. It never recurses: what is reached waits on a gray stack, and
 * when that may not grow any further, on the objects themselves.
 */
#include "core/heap_internal.h"

/* Objects that refer to nothing. */
static bool is_leaf(uint8_t type) {
  switch (type) {
  case GN_T_BLOB:
  case GN_T_FLOAT:
  case GN_T_INT:
  case GN_T_SYMBOL:
  case GN_T_RANGE:
  case GN_T_NATIVE: return true;
  default: return false;
  }
}

static void push_gray(gn_heap *heap, gn_obj *o) {
  gn_gray *gray = gn_pool_gray(heap->pool);
  if (gray->n == gray->cap && !gn_gray_grow(gray)) {
    o->flags |= GN_GRAY;
    gray->overflow = true;
    return;
  }
  gray->items[gray->n++] = o;
}

/* Marks; true when o was not marked before. */
static inline bool reach(gn_heap *heap, gn_obj *o) {
  if (GN_UNLIKELY(heap->check != NULL)) {
    gn_check_pointer(heap, o);
    return false;
  }
  if (o->flags & (GN_MARK | GN_STATIC))
    return false;
  assert(o->type != GN_T_FREE && o->type < GN_T_COUNT && o->size != 0);
  o->flags |= GN_MARK;
  heap->live += gn_obj_bytes(o);
  return true;
}

static inline void trace_string(gn_heap *heap, const gn_string *s) {
  if (s->h.aux & GN_STR_SHARED)
    reach(heap, &s->as.buf->h);
}

/* Strings, of which there may be many, have at most a buffer and need not wait
 * for their turn. */
void gn_mark_obj(gn_heap *heap, void *obj_or_null) {
  gn_obj *o = obj_or_null;
  if (o == NULL || !reach(heap, o))
    return;
  if (o->type == GN_T_STRING)
    trace_string(heap, obj_or_null);
  else if (!is_leaf(o->type))
    push_gray(heap, o);
}

void gn_mark(gn_heap *heap, gn_value v) {
  if (gn_is_ptr(v) && v != GN_NONE)
    gn_mark_obj(heap, (gn_obj *)(uintptr_t)v);
}

void gn_mark_raw(gn_heap *heap, void *obj_or_null) {
  if (obj_or_null != NULL)
    reach(heap, obj_or_null);
}

static void mark_values(gn_heap *heap, const gn_value *v, size_t n) {
  for (size_t i = 0; i < n; i++)
    gn_mark(heap, v[i]);
}

/* ---- one function for each layout that is more than a few values ---- */

static void trace_array(gn_heap *heap, const gn_array *a) {
  assert(a->len <= a->cap);
  gn_mark_raw(heap, a->buf);
  mark_values(heap, a->items, a->len);
}

static void trace_dict(gn_heap *heap, const gn_dict *d) {
  assert(d->used <= d->cap);
  gn_mark_raw(heap, d->entries_buf);
  gn_mark_raw(heap, d->index_buf);
  gn_mark_raw(heap, d->old_buf);
  for (uint32_t i = 0; i < d->used; i++) {
    if (d->entries[i].key == GN_UNSET)
      continue;
    gn_mark(heap, d->entries[i].key);
    gn_mark(heap, d->entries[i].value);
  }
}

static void trace_gene(gn_heap *heap, const gn_gene *g) {
  assert(g->n <= g->cap);
  gn_mark(heap, g->type);
  gn_mark_obj(heap, g->props);
  gn_mark_raw(heap, g->buf);
  mark_values(heap, g->children, g->n);
}

static void trace_closure(gn_heap *heap, const gn_closure *c) {
  if (heap->code != NULL && c->proto != NULL)
    heap->code(heap, c->proto);
  gn_mark_obj(heap, c->module);
  gn_mark_obj(heap, c->owner);
  mark_values(heap, c->up, gn_closure_ups(c));
}

static void trace_env(gn_heap *heap, const gn_env *e) {
  gn_mark_obj(heap, e->module);
  gn_mark_obj(heap, e->owner);
  gn_mark(heap, e->self);
  mark_values(heap, e->up, e->h.aux);
}

static void trace_shape(gn_heap *heap, const gn_shape *s) {
  gn_mark_obj(heap, s->cls);
  gn_mark_obj(heap, s->parent);
  gn_mark(heap, s->key);
  gn_mark_obj(heap, s->table);
  gn_mark_obj(heap, s->next);
  gn_mark_obj(heap, s->kids);
}

static void trace_class(gn_heap *heap, const gn_class *c) {
  gn_mark_obj(heap, c->parent);
  gn_mark(heap, c->name);
  gn_mark_obj(heap, c->methods);
  gn_mark_obj(heap, c->members);
  gn_mark(heap, c->ctor);
  gn_mark(heap, c->fields);
  gn_mark_obj(heap, c->root);
  gn_mark(heap, c->extra);
}

static void trace_instance(gn_heap *heap, const gn_instance *x) {
  assert(x->shape->n <= x->cap);
  gn_mark_obj(heap, x->shape);
  gn_mark_raw(heap, x->buf);
  mark_values(heap, x->slots, x->shape->n);
}

static void trace_namespace(gn_heap *heap, const gn_namespace *ns) {
  gn_mark(heap, ns->name);
  gn_mark_obj(heap, ns->members);
  gn_mark(heap, ns->on_missing);
}

static void trace_machine(gn_heap *heap, gn_machine *m) {
  if (m->trace != NULL)
    m->trace(heap, m);
}

void gn_trace(gn_heap *heap, gn_obj *o) {
  void *p = o;
  assert(o->type != GN_T_FREE && o->type < GN_T_COUNT);
  switch (o->type) {
  case GN_T_STRING:
  case GN_T_BYTES: trace_string(heap, p); break;
  case GN_T_VALUES: {
    gn_values *values = p;
    mark_values(heap, values->v, values->cap);
    break;
  }
  case GN_T_CSYMBOL: {
    gn_csymbol *symbol = p;
    mark_values(heap, symbol->part, symbol->n);
    break;
  }
  case GN_T_UNQUOTE:
  case GN_T_QUOTE:
  case GN_T_CELL: gn_mark(heap, ((gn_box *)p)->v); break;
  case GN_T_ARRAY: trace_array(heap, p); break;
  case GN_T_MAP:
  case GN_T_HASHMAP:
  case GN_T_HASHSET: trace_dict(heap, p); break;
  case GN_T_GENE: trace_gene(heap, p); break;
  case GN_T_CLOSURE: trace_closure(heap, p); break;
  case GN_T_ENV: trace_env(heap, p); break;
  case GN_T_SHAPE: trace_shape(heap, p); break;
  case GN_T_CLASS: trace_class(heap, p); break;
  case GN_T_INSTANCE: trace_instance(heap, p); break;
  case GN_T_NAMESPACE: trace_namespace(heap, p); break;
  default:
    if (!is_leaf(o->type))
      trace_machine(heap, p);
    break;
  }
}

/* ---- marking from the roots ---- */

static void drain(gn_heap *heap, gn_gray *gray) {
  while (gray->n > 0)
    gn_trace(heap, gray->items[--gray->n]);
}

static void trace_if_gray(gn_heap *heap, gn_gray *gray, gn_obj *o) {
  if (!(o->flags & GN_GRAY))
    return;
  o->flags &= (uint8_t)~GN_GRAY;
  gn_trace(heap, o);
  drain(heap, gray);
}

/* Traces the objects that the stack had no place for. Others may have to be
 * left behind again; each time so many were traced, though, that the number of
 * walks is small. */
static void trace_left_behind(gn_heap *heap, gn_gray *gray) {
  gray->overflow = false;
  for (gn_chunk *page = heap->sweep; page != NULL; page = page->next) {
    char *end = gn_page_end(page);
    for (char *at = gn_page_start(page); at < end;) {
      gn_obj *o = (gn_obj *)(void *)at;
      at += gn_obj_bytes(o);
      trace_if_gray(heap, gray, o);
    }
  }
  for (gn_chunk *large = heap->large; large != NULL; large = large->next)
    trace_if_gray(heap, gray, gn_large_obj(large));
}

void gn_mark_all(gn_heap *heap) {
  gn_gray *gray = gn_pool_gray(heap->pool);
  assert(gray->n == 0 && heap->check == NULL);
  gray->overflow = false;
  heap->live = 0;
  if (heap->roots != NULL)
    heap->roots(heap, heap->owner);
  drain(heap, gray);
  while (gray->overflow)
    trace_left_behind(heap, gray);
  gn_gray_trim(gray);
}
