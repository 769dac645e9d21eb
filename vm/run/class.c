/*
 * class.c - classes, shapes and instances: method lookup, fields by hidden
 * shapes, and what `class` forms do at run time. Builtin classes are frozen:
 * nothing here ever writes to one.
 */
#include "run/class_id.h"
#include "run/internal_natives.h"
#include "run/interp_parts.h"

gn_class *gn_class_new(gn_ctx *ctx, gn_value name, gn_class *parent) {
  gn_heap *heap = &ctx->heap;
  gn_dict *methods = gn_dict_new(heap, GN_T_MAP, 4);
  gn_class *cls = gn_alloc(heap, GN_T_CLASS, sizeof *cls);
  if (!methods || !cls)
    return NULL;
  cls->id = ctx->next_class_id++;
  cls->slots = parent && parent->id >= GN_CLASS_BUILTIN ? parent->slots : 0;
  cls->parent = parent;
  cls->name = name;
  cls->methods = methods;
  cls->members = NULL;
  cls->ctor = GN_UNSET;
  cls->fields = GN_NIL;
  cls->root = NULL;
  cls->extra = GN_NIL;
  return cls;
}

bool gn_class_is(const gn_class *cls, const gn_class *ancestor) {
  for (; cls; cls = cls->parent)
    if (cls == ancestor)
      return true;
  return false;
}

bool gn_class_typed(const gn_class *cls) {
  for (; cls; cls = cls->parent)
    if (cls->fields != GN_NIL)
      return true;
  return false;
}

gn_value gn_class_method(gn_ctx *ctx, gn_class *cls, gn_value name) {
  for (; cls; cls = cls->parent) {
    ctx->fuel--;
    gn_value m = gn_map_get(cls->methods, name);
    if (m != GN_NONE)
      return m;
  }
  return GN_NONE;
}

gn_value gn_class_ctor(gn_class *cls) {
  for (; cls; cls = cls->parent)
    if (cls->ctor != GN_UNSET)
      return cls->ctor;
  return GN_NONE;
}

gn_value gn_find_method(gn_ctx *ctx, gn_value v, const char *name) {
  gn_class *cls = gn_class_of(ctx, v);
  size_t len = strlen(name);
  for (; cls; cls = cls->parent) {
    gn_entry *e = gn_map_find_text(cls->methods, ctx->heap.seed, name, len);
    if (e)
      return e->value;
  }
  return GN_NONE;
}

int gn_call_method(gn_ctx *ctx, gn_call *call, gn_value recv, const char *name,
                   const gn_value *args, uint32_t n) {
  assert(n < GN_CALL_ARGS);
  call->callee = gn_find_method(ctx, recv, name);
  assert(call->callee != GN_NONE);
  call->args[0] = recv;
  for (uint32_t i = 0; i < n; i++)
    call->args[i + 1] = args[i];
  call->nargs = n + 1;
  return GN_CALL;
}

/* ---- shapes ---- */

static gn_shape *shape_new(gn_ctx *ctx, gn_class *cls, gn_shape *parent,
                           gn_value key) {
  gn_shape *s = gn_alloc(&ctx->heap, GN_T_SHAPE, sizeof *s);
  if (!s)
    return NULL;
  s->id = ctx->next_shape_id++;
  s->n = parent ? parent->n + 1 : 0;
  s->cls = cls;
  s->parent = parent;
  s->key = key;
  s->table = NULL;
  s->next = s->kids = NULL;
  return s;
}

/* Instances with many fields find them by a table of the shape. */
#define SHAPE_LINEAR 8u

static bool shape_fill_table(gn_ctx *ctx, gn_shape *s) {
  gn_dict *table = gn_dict_new(&ctx->heap, GN_T_MAP, s->n);
  if (!table)
    return false;
  for (const gn_shape *p = s; p->parent; p = p->parent)
    if (!gn_map_set(&ctx->heap, table, p->key, gn_from_fix(p->n - 1)))
      return false;
  s->table = table;
  return true;
}

/* The shape with one more field. NULL: out of memory. */
static gn_shape *shape_extend(gn_ctx *ctx, gn_shape *s, gn_value key) {
  for (gn_shape *kid = s->kids; kid; kid = kid->next)
    if (gn_key_equal(kid->key, key))
      return kid;
  gn_shape *kid = shape_new(ctx, s->cls, s, key);
  if (!kid)
    return NULL;
  if (kid->n > SHAPE_LINEAR && kid->n % SHAPE_LINEAR == 1 &&
      !shape_fill_table(ctx, kid))
    return NULL;
  if (s->h.flags & GN_STATIC) /* shared: it must not know a context's shapes */
    return kid;
  kid->next = s->kids;
  s->kids = kid;
  return kid;
}

int32_t gn_shape_find(const gn_shape *shape, gn_value name) {
  for (const gn_shape *s = shape; s->parent; s = s->parent) {
    if (s->table) {
      gn_value slot = gn_map_get(s->table, name);
      return slot == GN_NONE ? -1 : (int32_t)gn_fix(slot);
    }
    if (s->key == name || gn_key_equal(s->key, name))
      return (int32_t)s->n - 1;
  }
  return -1;
}

/* The shape of a fresh instance; exceptions start with their four fields. */
static gn_shape *root_shape(gn_ctx *ctx, gn_class *cls) {
  struct gene_core *core = ctx->core;
  if (cls->id >= GN_C_EXCEPTION && cls->id < GN_C_COUNT)
    return core->exc_root[cls->id - GN_C_EXCEPTION];
  if (cls->root)
    return cls->root;
  gn_shape *s = shape_new(ctx, cls, NULL, GN_NIL);
  if (s && gn_class_is(cls, core->classes[GN_C_EXCEPTION])) {
    const gn_value keys[] = {core->sym_message, core->sym_cause, core->sym_code,
                             core->sym_trace};
    for (int i = 0; s && i < 4; i++)
      s = shape_extend(ctx, s, keys[i]);
  }
  if (s && cls->id >= GN_CLASS_BUILTIN)
    cls->root = s;
  return s;
}

/* ---- instances ---- */

gn_value gn_instance_new(gn_ctx *ctx, gn_class *cls) {
  gn_shape *shape = root_shape(ctx, cls);
  if (!shape)
    return GN_NONE;
  uint32_t cap = cls->slots > shape->n ? cls->slots : shape->n;
  gn_instance *in =
      gn_alloc(&ctx->heap, GN_T_INSTANCE, sizeof *in + cap * sizeof(gn_value));
  if (!in)
    return GN_NONE;
  in->shape = shape;
  in->slots = in->inline_slots;
  in->buf = NULL;
  in->cap = cap;
  in->spare = 0;
  for (uint32_t i = 0; i < cap; i++)
    in->inline_slots[i] = GN_NIL;
  return gn_from_obj(in);
}

gn_value gn_instance_get(const gn_instance *in, gn_value name) {
  int32_t slot = gn_shape_find(in->shape, name);
  return slot < 0 ? GN_NONE : in->slots[slot];
}

static int add_field(gn_ctx *ctx, gn_instance *in, gn_value name, gn_value v) {
  gn_shape *to = shape_extend(ctx, in->shape, name);
  if (!to)
    return gn_oom(ctx);
  if (to->n > in->cap) {
    uint32_t cap = in->cap < 4 ? 4 : in->cap * 2;
    gn_values *buf = gn_values_new(&ctx->heap, cap);
    if (!buf)
      return gn_oom(ctx);
    memcpy(buf->v, in->slots, in->cap * sizeof(gn_value));
    in->buf = buf;
    in->slots = buf->v;
    in->cap = cap;
  }
  in->slots[to->n - 1] = v;
  in->shape = to;
  gn_class *cls = to->cls;
  if (cls->slots < to->n && to->n <= 32 && cls->id >= GN_CLASS_BUILTIN)
    cls->slots = to->n;
  return GN_OK;
}

int gn_instance_set(gn_ctx *ctx, gn_instance *in, gn_value name, gn_value v) {
  int32_t slot = gn_shape_find(in->shape, name);
  if (slot < 0)
    return add_field(ctx, in, name, v);
  in->slots[slot] = v;
  return GN_OK;
}

/* ---- class forms ---- */

/* Only Object, exceptions and script classes can be parents. */
static bool can_be_parent(const gn_ctx *ctx, const gn_class *cls) {
  return cls->id >= GN_CLASS_BUILTIN ||
         cls == ctx->core->classes[GN_C_OBJECT] ||
         gn_class_is(cls, ctx->core->classes[GN_C_EXCEPTION]);
}

static gn_value text_of(gn_ctx *ctx, gn_value name) {
  size_t len;
  const char *text = gn_text(name, &len);
  return gn_string_name(&ctx->heap, text, len);
}

int gn_do_class(gn_ctx *ctx, gn_value name, gn_value *reg) {
  gn_class *parent = gn_builtin(ctx, GN_C_OBJECT);
  if (*reg != GN_UNSET) {
    if (!gn_is(*reg, GN_T_CLASS) ||
        !can_be_parent(ctx, (gn_class *)gn_as_obj(*reg)))
      return gn_throw(ctx, GN_X_TYPE, NULL, "Invalid superclass");
    parent = (gn_class *)gn_as_obj(*reg);
  }
  gn_value text = text_of(ctx, name);
  gn_class *cls = text == GN_NONE ? NULL : gn_class_new(ctx, text, parent);
  if (!cls)
    return gn_oom(ctx);
  *reg = gn_from_obj(cls);
  return GN_OK;
}

int gn_do_method(gn_ctx *ctx, gn_value where, gn_value name, gn_value fn) {
  if (!gn_is(where, GN_T_CLASS))
    return gn_throw(ctx, GN_X_TYPE, NULL, "method needs a class, got %s",
                    gn_type_cstr(ctx, where));
  gn_class *cls = (gn_class *)gn_as_obj(where);
  if (cls->h.flags & GN_STATIC)
    return gn_throw(ctx, GN_X_RUNTIME, NULL, "Cannot set member on built-in %s",
                    gn_str_bytes(gn_str(cls->name)));
  if (gn_is(fn, GN_T_CLOSURE))
    ((gn_closure *)gn_as_obj(fn))->owner = cls;
  ctx->epoch++;
  if (gn_text_is(name, "ctor")) {
    cls->ctor = fn;
    return GN_OK;
  }
  return gn_map_set(&ctx->heap, cls->methods, name, fn) ? GN_OK : gn_oom(ctx);
}

int gn_do_member(gn_ctx *ctx, gn_value where, gn_value name, gn_value v) {
  return gn_member_set(ctx, where, name, v);
}

/* A declared field is remembered as [name default check closure]. */
int gn_do_field(gn_ctx *ctx, gn_value where, gn_value name, gn_value dflt,
                const gn_closure *clo, int32_t check) {
  gn_class *cls = (gn_class *)gn_as_obj(where);
  gn_value row[4] = {name, dflt, gn_from_fix(check), gn_from_obj(clo)};
  gn_array *a = gn_array_from(&ctx->heap, row, 4);
  if (!a)
    return gn_oom(ctx);
  if (cls->fields == GN_NIL) {
    gn_array *list = gn_array_new(&ctx->heap, 4);
    if (!list)
      return gn_oom(ctx);
    cls->fields = gn_from_obj(list);
  }
  return gn_array_push(&ctx->heap, gn_arr(cls->fields), gn_from_obj(a))
             ? GN_OK
             : gn_oom(ctx);
}

int gn_do_namespace(gn_ctx *ctx, gn_value name, gn_value *reg) {
  if (gn_is(*reg, GN_T_NAMESPACE))
    return GN_OK;
  gn_value text = text_of(ctx, name);
  gn_dict *members = gn_dict_new(&ctx->heap, GN_T_MAP, 4);
  gn_namespace *ns = gn_alloc(&ctx->heap, GN_T_NAMESPACE, sizeof *ns);
  if (text == GN_NONE || !members || !ns)
    return gn_oom(ctx);
  ns->name = text;
  ns->members = members;
  ns->on_missing = GN_NIL;
  *reg = gn_from_obj(ns);
  return GN_OK;
}

/* ---- sending ---- */

/* What a send finds when the class has no such method. */
static int send_missing(gn_ctx *ctx, gn_value recv, gn_class *cls,
                        gn_value name, uint32_t argc, gn_value *out,
                        gn_value *result) {
  *out = GN_NONE;
  if (gn_is(recv, GN_T_INSTANCE)) {
    gn_value field = GN_VOID;
    if (argc == 0 && gn_member_get(ctx, recv, name, &field) == GN_OK &&
        field != GN_VOID) {
      *result = field;
      return GN_OK;
    }
    gn_value handler = gn_class_method(ctx, cls, ctx->core->sym_missing);
    if (handler != GN_NONE) {
      *out = handler;
      return GN_CALL;
    }
  }
  if (recv == GN_NIL) {
    *result = GN_NIL;
    return GN_OK;
  }
  size_t len;
  const char *text = gn_text(name, &len);
  gn_throw(ctx, GN_X_NAME, "GENE.OOP.METHOD_NOT_FOUND",
           "Method %.*s not found on %s", (int)len, text,
           gn_type_cstr(ctx, recv));
  return gn_missed(ctx, name, gn_from_obj(cls), NULL);
}

/* A member of a class (static methods) or namespace that can be called. */
static gn_value member_as_method(gn_value recv, gn_value name) {
  if (gn_is(recv, GN_T_CLASS)) {
    const gn_class *c = (gn_class *)gn_as_obj(recv);
    for (; c; c = c->parent) {
      gn_value v = gn_map_get(c->members, name);
      if (v != GN_NONE)
        return v;
    }
  }
  if (gn_is(recv, GN_T_NAMESPACE))
    return gn_map_get(((gn_namespace *)gn_as_obj(recv))->members, name);
  return GN_NONE;
}

int gn_send_lookup(gn_ctx *ctx, gn_value recv, gn_value name, uint32_t argc,
                   gn_cache_slot *cache, gn_value *out, gn_value *result) {
  gn_class *cls = gn_class_of(ctx, recv);
  if (cache && cls->id == cache->id && cache->slot == ctx->epoch) {
    *out = cache->method;
    return GN_OK;
  }
  gn_value m = gn_class_method(ctx, cls, name);
  if (m == GN_NONE)
    m = member_as_method(recv, name);
  else if (cache) {
    cache->id = cls->id;
    cache->slot = ctx->epoch;
    cache->method = m;
  }
  if (m == GN_NONE)
    return send_missing(ctx, recv, cls, name, argc, out, result);
  *out = m;
  return GN_OK;
}

int gn_super_lookup(gn_ctx *ctx, const gn_closure *clo, gn_value name,
                    gn_value *out) {
  gn_class *above = clo->owner ? clo->owner->parent : NULL;
  bool ctor = gn_text_is(name, "ctor");
  gn_value m = ctor ? gn_class_ctor(above) : gn_class_method(ctx, above, name);
  if (m != GN_NONE || ctor) {
    *out = m;
    return GN_OK;
  }
  size_t len;
  const char *text = gn_text(name, &len);
  return gn_throw(ctx, GN_X_NAME, NULL,
                  "Method '%.*s' not found in super class hierarchy", (int)len,
                  text);
}

/* ---- kinds ---- */

const uint8_t gn_class_ids[GN_T_COUNT + 8] = {
    [GN_T_FLOAT] = GN_C_FLOAT,
    [GN_T_INT] = GN_C_INT,
    [GN_T_STRING] = GN_C_STRING,
    [GN_T_SYMBOL] = GN_C_SYMBOL,
    [GN_T_CSYMBOL] = GN_C_CSYMBOL,
    [GN_T_ARRAY] = GN_C_ARRAY,
    [GN_T_MAP] = GN_C_MAP,
    [GN_T_HASHMAP] = GN_C_HASHMAP,
    [GN_T_HASHSET] = GN_C_HASHSET,
    [GN_T_GENE] = GN_C_GENE,
    [GN_T_UNQUOTE] = GN_C_UNQUOTE,
    [GN_T_QUOTE] = GN_C_UNQUOTE,
    [GN_T_RANGE] = GN_C_RANGE,
    [GN_T_BYTES] = GN_C_BYTES,
    [GN_T_REGEX] = GN_C_REGEX,
    [GN_T_MATCH] = GN_C_MATCH,
    [GN_T_DATE] = GN_C_DATE,
    [GN_T_TIME] = GN_C_TIME,
    [GN_T_DATETIME] = GN_C_DATETIME,
    [GN_T_SELECTOR] = GN_C_SELECTOR,
    [GN_T_CLOSURE] = GN_C_FUNCTION,
    [GN_T_NATIVE] = GN_C_FUNCTION,
    [GN_T_BOUND] = GN_C_FUNCTION,
    [GN_T_CLASS] = GN_C_CLASS,
    [GN_T_NAMESPACE] = GN_C_NAMESPACE,
    [GN_T_MODULE] = GN_C_NAMESPACE,
    [GN_T_FUTURE] = GN_C_FUTURE,
    [GN_T_GENERATOR] = GN_C_GENERATOR,
    [GN_T_ITERATOR] = GN_C_ARRAY_ITERATOR, /* + its aux */
    [GN_T_ENUM] = GN_C_ENUM,
    [GN_T_INTERFACE] = GN_C_INTERFACE,
    [GN_T_ADAPTER] = GN_C_ADAPTER,
    [GN_T_INTERCEPTOR] = GN_C_INTERCEPTOR,
    [GN_T_INTERCEPTION] = GN_C_INTERCEPTION,
    [GN_T_TYPEEXPR] = GN_C_TYPE,
    [GN_T_ACTOR] = GN_C_ACTOR,
    [GN_T_COUNT + (GN_NIL >> 3)] = GN_C_NIL,
    [GN_T_COUNT + (GN_VOID >> 3)] = GN_C_VOID,
    [GN_T_COUNT + (GN_TRUE >> 3)] = GN_C_BOOL,
    [GN_T_COUNT + (GN_FALSE >> 3)] = GN_C_BOOL,
    [GN_T_COUNT + (GN_PLACEHOLDER >> 3)] = GN_C_PLACEHOLDER,
    [GN_T_COUNT + (GN_NOT_FOUND >> 3)] = GN_C_NOT_FOUND,
    [GN_T_COUNT + (GN_CHAR_TAG >> 3)] = GN_C_CHAR,
};
_Static_assert(GN_C_OBJECT == 0, "what has no row above is an Object");
_Static_assert(GN_C_COUNT <= GN_CLASS_BUILTIN, "ids fit in a byte");

gn_class *gn_class_of(gn_ctx *ctx, gn_value v) {
  if (gn_is(v, GN_T_INSTANCE))
    return ((const gn_instance *)gn_as_obj(v))->shape->cls;
  return ctx->core->classes[gn_class_id(v)];
}

gn_value gn_type_name(gn_ctx *ctx, gn_value v) {
  return gn_class_of(ctx, v)->name;
}

const char *gn_type_cstr(gn_ctx *ctx, gn_value v) {
  return gn_str_bytes(gn_str(gn_type_name(ctx, v)));
}

gn_value gn_call_of(gn_ctx *ctx, gn_value v) {
  if (!gn_is_ptr(v))
    return GN_NONE;
  gn_value method = gn_find_method(ctx, v, "call");
  if (method != GN_NONE || !gn_is(v, GN_T_CLASS))
    return method;
  const gn_class *cls = (const gn_class *)gn_as_obj(v);
  bool dates =
      cls->id == GN_C_DATE || cls->id == GN_C_TIME || cls->id == GN_C_DATETIME;
  return dates ? cls->ctor : GN_NONE;
}

bool gn_is_callable(gn_ctx *ctx, gn_value v) {
  return gn_is(v, GN_T_CLOSURE) || gn_is(v, GN_T_NATIVE) ||
         gn_call_of(ctx, v) != GN_NONE;
}

bool gn_is_exception(gn_ctx *ctx, gn_value v) {
  return gn_is(v, GN_T_INSTANCE) &&
         gn_class_is(gn_class_of(ctx, v), gn_builtin(ctx, GN_C_EXCEPTION));
}
