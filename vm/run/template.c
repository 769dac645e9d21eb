/*
 * template.c - copies of data that may be large, shared in many places or
 * cyclic: quoted data, and templates with the values of their unquotes put in
 * ($render). One walk with an explicit stack does both; it gives the slice
 * back and goes on later. It evaluates nothing by itself.
 *
 * A step that lacks memory has changed nothing and is made again.
 */
#include "run/internal_natives.h"
#include "run/interp_parts.h"
#include "run/native_args.h"
#include "syntax/print_leaf.h"
#include "syntax/reader.h"
#include "types/hash.h"
#include "types/range.h"

#define FEW_LEVELS  8u
#define FEW_STEPS   64u
#define CHECK_STEPS 64u /* steps between two looks at the slice */
#define LEAVES      64u /* leaves that one step takes at most */

enum copy_mode {
  COPY_QUOTED,  /* all as it is */
  COPY_COLLECT, /* nothing is made: the forms of unquotes are noted, in order */
  COPY_RENDER   /* values instead of the unquotes */
};

#define ROOM 4096u /* elements for which there is room from the beginning */

/* What a step gives beside statuses. */
enum { COPY_DONE = 60, COPY_FULL };

/* In genes part 0 is the type, 1 the properties, and children follow. */
#define PART_CHILDREN 2u

typedef struct copy_frame {
  gn_value from; /* a container, or an Array or Range that is spread */
  gn_value into; /* its copy, or what it is spread into; GN_NIL: none */
  gn_value key;  /* of the entry whose value is under way */
  uint64_t at;   /* parts taken, or a place of gn_dict_next */
  bool spread;
} copy_frame;

typedef struct copier {
  gn_machine m;
  copy_frame *frames; /* in buf */
  gn_blob *buf;
  uint32_t depth, cap;
  uint32_t mode;  /* enum copy_mode */
  uint32_t next;  /* of values */
  gn_value todo;  /* what has to be copied, or GN_UNSET */
  gn_value made;  /* a copy that the frame on top gets, or GN_UNSET */
  gn_value store; /* machine of gn_hash_store */
  gn_array *forms, *values;
} copier;

static void trace_copier(gn_heap *heap, gn_machine *machine) {
  copier *c = (copier *)(void *)machine;
  gn_mark_raw(heap, c->buf);
  for (uint32_t i = 0; i < c->depth; i++) {
    gn_mark(heap, c->frames[i].from);
    gn_mark(heap, c->frames[i].into);
    gn_mark(heap, c->frames[i].key);
  }
  gn_mark(heap, c->todo);
  gn_mark(heap, c->made);
  gn_mark(heap, c->store);
  gn_mark_obj(heap, c->forms);
  gn_mark_obj(heap, c->values);
}

static bool is_leaf(const copier *c, gn_value v) {
  if (!gn_is_ptr(v))
    return true;
  switch ((enum gn_type)gn_as_obj(v)->type) {
  case GN_T_ARRAY:
  case GN_T_MAP:
  case GN_T_GENE:
  case GN_T_QUOTE:
  case GN_T_UNQUOTE: return false;
  case GN_T_HASHMAP: return c->mode == COPY_QUOTED;
  default: return true;
  }
}

/* ---- the stack ---- */

static int push(gn_ctx *ctx, copier *c, copy_frame f) {
  if (!f.spread && c->depth >= gn_value_nesting(ctx))
    return gn_throw_too_deep(ctx);
  if (c->depth == c->cap)
    return COPY_FULL;
  c->frames[c->depth++] = f;
  return GN_OK;
}

/* Twice the frames. */
static bool grow(gn_heap *heap, copier *c) {
  uint32_t cap = c->cap * 2;
  gn_blob *buf = gn_blob_new(heap, cap * sizeof(copy_frame));
  if (!buf)
    return false;
  if (c->depth > 0)
    memcpy(buf->bytes, c->frames, c->depth * sizeof(copy_frame));
  c->buf = buf;
  c->frames = (copy_frame *)(void *)buf->bytes;
  c->cap = cap;
  return true;
}

static copier *copier_new(gn_ctx *ctx, enum copy_mode mode, gn_value v) {
  gn_heap *heap = gn_ctx_heap(ctx);
  copier *c = gn_alloc(heap, GN_T_MACHINE, sizeof *c);
  if (!c)
    return NULL;
  gn_machine m = {c->m.h, trace_copier};
  *c = (copier){.m = m,
                .cap = FEW_LEVELS,
                .mode = mode,
                .todo = v,
                .made = GN_UNSET,
                .store = GN_NIL};
  return grow(heap, c) ? c : NULL;
}

/* ---- containers ---- */

/* {{k v ...}} is read as the gene (#HashMap k v ...); quoted it is the map. */
static bool is_hashmap_form(const copier *c, gn_value v) {
  return c->mode == COPY_QUOTED && gn_is_gene(v) && gn_is_form(v, "#HashMap");
}

static gn_value new_gene(gn_heap *heap, const gn_gene *from) {
  gn_gene *g = gn_gene_new(heap, GN_NIL, from->n < ROOM ? from->n : ROOM);
  if (!g)
    return GN_NONE;
  g->line = from->line;
  g->column = from->column;
  return gn_from_obj(g);
}

/* An empty container of this one's kind. GN_NONE: out of memory. */
static gn_value new_like(gn_heap *heap, gn_value v) {
  gn_obj *o = gn_as_obj(v), *made;
  uint32_t n = gn_is_array(v) ? gn_arr(v)->len : 0;
  switch ((enum gn_type)o->type) {
  case GN_T_ARRAY:
    made = (gn_obj *)gn_array_new(heap, n < ROOM ? n : ROOM);
    break;
  case GN_T_GENE: return new_gene(heap, gn_gen(v));
  case GN_T_MAP:
  case GN_T_HASHMAP:
    made = (gn_obj *)gn_dict_new(heap, (enum gn_type)o->type,
                                 ((const gn_dict *)o)->live);
    break;
  default: return gn_box_new(heap, (enum gn_type)o->type, GN_NIL);
  }
  return made ? gn_from_obj(made) : GN_NONE;
}

static int enter(gn_ctx *ctx, gn_call *call, copier *c, gn_value v) {
  gn_heap *heap = gn_ctx_heap(ctx);
  copy_frame f = {.from = v, .into = GN_NIL, .key = GN_NIL};
  if (c->mode != COPY_COLLECT) {
    bool hashmap = is_hashmap_form(c, v);
    if (hashmap && !call)
      return COPY_FULL; /* its keys may need more than a moment */
    if (hashmap) {
      gn_dict *d = gn_dict_new(heap, GN_T_HASHMAP, gn_gen(v)->n / 2);
      f.into = d ? gn_from_obj(d) : GN_NONE;
      f.at = PART_CHILDREN;
    } else {
      f.into = new_like(heap, v);
    }
    if (f.into == GN_NONE)
      return gn_oom(ctx);
  }
  return push(ctx, c, f);
}

/* All parts are there. */
static void leave(copier *c) {
  copy_frame *f = &c->frames[--c->depth];
  if (f->spread || c->mode == COPY_COLLECT)
    return;
  const gn_obj *from = gn_as_obj(f->from);
  gn_obj *into = gn_as_obj(f->into);
  into->flags |= from->flags & GN_SEALED;
  if (from->type == GN_T_UNQUOTE) /* %_x is told by it */
    into->aux = from->aux;
  c->made = f->into;
}

/* ---- unquotes ---- */

/* The symbol that ends the name: itself, or the last part of a path. */
static gn_value last_symbol(gn_value form) {
  if (gn_is(form, GN_T_CSYMBOL)) {
    const gn_csymbol *cs = (const gn_csymbol *)gn_as_obj(form);
    form = cs->part[cs->n - 1];
  }
  return gn_is_symbol(form) ? form : GN_NIL;
}

/* %xs... : an unquoted name that ends in `...` is spliced. */
static bool is_splice(gn_value form) {
  gn_value last = last_symbol(form);
  if (last == GN_NIL)
    return false;
  const gn_symbol *s = gn_sym(last);
  return s->len > 3 && memcmp(s->bytes + s->len - 3, "...", 3) == 0;
}

/* The name of a splice without its dots. GN_NONE: out of memory. */
static gn_value without_dots(gn_heap *heap, gn_value form) {
  const gn_symbol *s = gn_sym(last_symbol(form));
  gn_value name = gn_symbol_new(heap, s->bytes, s->len - 3);
  if (name == GN_NONE || gn_is_symbol(form))
    return name;
  const gn_csymbol *cs = (const gn_csymbol *)gn_as_obj(form);
  gn_value path = gn_csymbol_new(heap, cs->part, cs->n);
  if (path != GN_NONE)
    ((gn_csymbol *)gn_as_obj(path))->part[cs->n - 1] = name;
  return path;
}

static int collect(gn_ctx *ctx, copier *c, gn_value form) {
  gn_heap *heap = gn_ctx_heap(ctx);
  if (is_splice(form))
    form = without_dots(heap, form);
  if (form == GN_NONE || !gn_array_push(heap, c->forms, form))
    return gn_oom(ctx);
  return GN_OK;
}

static bool is_dots(gn_value v) {
  return gn_is_symbol(v) && gn_text_is(v, "...");
}

/* The part that is being copied is an element or a child. */
static bool in_list(const copy_frame *f) {
  return gn_is_array(f->from) || (gn_is_gene(f->from) && f->at > PART_CHILDREN);
}

/* It is one, and dots stand behind it. */
static bool dots_follow(const copy_frame *f) {
  if (gn_is_array(f->from))
    return f->at < gn_arr(f->from)->len &&
           is_dots(gn_arr(f->from)->items[f->at]);
  return f->at - PART_CHILDREN < gn_gen(f->from)->n &&
         is_dots(gn_gen(f->from)->children[f->at - PART_CHILDREN]);
}

static int spread(gn_ctx *ctx, copier *c, gn_value into, gn_value v) {
  if (!gn_is_array(v) && !gn_is_range(v))
    return gn_throw(ctx, GN_X_TYPE, NULL, "Cannot spread %s",
                    gn_type_cstr(ctx, v));
  copy_frame f = {.from = v, .into = into, .key = GN_NIL, .spread = true};
  return push(ctx, c, f);
}

static int throw_changed(gn_ctx *ctx) {
  return gn_throw(ctx, GN_X_RUNTIME, NULL,
                  "The template was changed while it was rendered");
}

/* What is dropped in another place than these leaves nil there. */
static bool may_lack(const copy_frame *f) {
  return in_list(f) || gn_is(f->from, GN_T_MAP) || gn_is(f->from, GN_T_HASHMAP);
}

/* The value of the next unquote, in place of it and of dots behind it. */
static int put_value(gn_ctx *ctx, copier *c, gn_value unquote) {
  const gn_box *box = (const gn_box *)gn_as_obj(unquote);
  copy_frame *f = c->depth > 0 ? &c->frames[c->depth - 1] : NULL;
  if (c->next >= c->values->len)
    return throw_changed(ctx);
  gn_value v = c->values->items[c->next];
  bool list = f && in_list(f), dots = list && dots_follow(f);
  if (box->h.aux == GN_UNQUOTE_DROP) { /* %_form */
    if (!f || !may_lack(f))
      c->made = GN_NIL;
  } else if (dots || (list && is_splice(box->v))) {
    int status = spread(ctx, c, f->into, v);
    if (status != GN_OK)
      return status;
  } else {
    c->made = v;
  }
  if (dots)
    f->at++;
  c->next++;
  return GN_OK;
}

/* ---- parts ---- */

static bool next_of_dict(copy_frame *f, gn_value *part) {
  uint32_t at = (uint32_t)f->at;
  const gn_entry *e = gn_dict_next((const gn_dict *)gn_as_obj(f->from), &at);
  f->at = at;
  if (!e)
    return false;
  f->key = e->key;
  *part = e->value;
  return true;
}

static bool next_of_gene(copy_frame *f, gn_value *part) {
  const gn_gene *g = gn_gen(f->from);
  if (f->at == 1 && !g->props)
    f->at++;
  uint64_t at = f->at;
  if (at >= PART_CHILDREN && at - PART_CHILDREN >= g->n)
    return false;
  f->at++;
  *part = at == 0   ? g->type
          : at == 1 ? gn_from_obj(g->props)
                    : g->children[at - PART_CHILDREN];
  return true;
}

static bool next_of_range(gn_heap *heap, copy_frame *f, gn_value *part) {
  int64_t i;
  if (!gn_range_at((const gn_range *)gn_as_obj(f->from), f->at, &i))
    return false;
  *part = gn_int_new(heap, i);
  f->at += *part != GN_NONE;
  return true;
}

/* The next part of a container; false at its end. GN_NONE: out of memory. */
static bool next_part(gn_heap *heap, copy_frame *f, gn_value *part) {
  gn_obj *o = gn_as_obj(f->from);
  switch ((enum gn_type)o->type) {
  case GN_T_ARRAY:
    if (f->at >= gn_arr(f->from)->len)
      return false;
    *part = gn_arr(f->from)->items[f->at++];
    return true;
  case GN_T_GENE: return next_of_gene(f, part);
  case GN_T_RANGE: return next_of_range(heap, f, part);
  case GN_T_QUOTE:
  case GN_T_UNQUOTE: *part = ((gn_box *)o)->v; return f->at++ == 0;
  default: return next_of_dict(f, part);
  }
}

static bool add(gn_heap *heap, gn_value into, gn_value v) {
  return gn_is_array(into) ? gn_array_push(heap, gn_arr(into), v)
                           : gn_gene_add(heap, gn_gen(into), v);
}

/* Elements or children up to the next container, some at a time. */
static int take_leaves(gn_ctx *ctx, copier *c, copy_frame *f) {
  bool array = gn_is_array(f->from);
  uint32_t skip = array ? 0 : PART_CHILDREN;
  if (!array &&
      (f->at < skip || !gn_is_gene(f->from) || gn_is(f->into, GN_T_HASHMAP)))
    return GN_OK;
  const gn_value *v =
      array ? gn_arr(f->from)->items : gn_gen(f->from)->children;
  uint32_t n = array ? gn_arr(f->from)->len : gn_gen(f->from)->n;
  for (uint32_t most = LEAVES; most > 0; most--) {
    uint64_t at = f->at - skip;
    if (at >= n || !(f->spread || is_leaf(c, v[at])))
      break;
    if (c->mode != COPY_COLLECT && !add(gn_ctx_heap(ctx), f->into, v[at]))
      return gn_oom(ctx);
    f->at++;
    gn_charge(ctx, 1);
  }
  return GN_OK;
}

/* ---- steps ---- */

/* The part that was copied goes where it belongs. */
static int deliver(gn_ctx *ctx, gn_call *call, copier *c) {
  gn_heap *heap = gn_ctx_heap(ctx);
  copy_frame *f = &c->frames[c->depth - 1];
  gn_value v = c->made;
  gn_obj *into = gn_as_obj(f->into);
  bool ok = true;
  switch ((enum gn_type)into->type) {
  case GN_T_MAP: ok = gn_map_set(heap, (gn_dict *)into, f->key, v); break;
  case GN_T_HASHMAP:
    if (gn_is_gene(f->from) && (f->at & 1) != 0) {
      f->key = v;
      break;
    }
    return gn_hash_store(ctx, call, &c->store, (gn_dict *)into, f->key, v);
  case GN_T_GENE:
    if (f->spread || f->at > PART_CHILDREN)
      ok = gn_gene_add(heap, gn_gen(f->into), v);
    else if (f->at == 1)
      gn_gen(f->into)->type = v;
    else
      gn_gen(f->into)->props = (gn_dict *)gn_as_obj(v);
    break;
  case GN_T_ARRAY: ok = gn_array_push(heap, gn_arr(f->into), v); break;
  default: ((gn_box *)into)->v = v; break;
  }
  return ok ? GN_OK : gn_oom(ctx);
}

/* Copies todo, or begins to. */
static int begin(gn_ctx *ctx, gn_call *call, copier *c) {
  gn_value v = c->todo;
  if (is_leaf(c, v)) {
    if (c->mode != COPY_COLLECT)
      c->made = v;
    return GN_OK;
  }
  if (!gn_is(v, GN_T_UNQUOTE) || c->mode == COPY_QUOTED)
    return enter(ctx, call, c, v);
  return c->mode == COPY_COLLECT
             ? collect(ctx, c, ((const gn_box *)gn_as_obj(v))->v)
             : put_value(ctx, c, v);
}

/* The next part of the frame on top becomes todo; or the frame ends. */
static int go_on(gn_ctx *ctx, copier *c) {
  copy_frame *f = &c->frames[c->depth - 1];
  int status = take_leaves(ctx, c, f);
  if (status != GN_OK)
    return status;
  gn_value part;
  if (!next_part(gn_ctx_heap(ctx), f, &part))
    leave(c);
  else if (part == GN_NONE)
    return gn_oom(ctx);
  else if (f->spread)
    c->made = part;
  else
    c->todo = part;
  return GN_OK;
}

static int step(gn_ctx *ctx, gn_call *call, copier *c) {
  int status;
  gn_charge(ctx, 1);
  if (c->made != GN_UNSET) {
    if (c->depth == 0)
      return COPY_DONE;
    status = deliver(ctx, call, c);
    if (status == GN_OK)
      c->made = GN_UNSET;
  } else if (c->todo != GN_UNSET) {
    status = begin(ctx, call, c);
    if (status == GN_OK)
      c->todo = GN_UNSET;
  } else {
    status = c->depth == 0 ? COPY_DONE : go_on(ctx, c);
  }
  return status;
}

/* GN_OK when c->made is the whole copy (or all is collected), else a status to
 * be returned. */
static int run(gn_ctx *ctx, gn_call *call, copier *c) {
  for (uint32_t n = 1;; n++) {
    int status = step(ctx, call, c);
    if (status == COPY_DONE)
      return GN_OK;
    if (status == COPY_FULL)
      status = grow(gn_ctx_heap(ctx), c) ? GN_OK : gn_oom(ctx);
    if (status != GN_OK)
      return gn_suspended(call, status);
    if (n % CHECK_STEPS == 0 && gn_slice_over(ctx))
      return gn_pause(call, call->state ? call->state : 1);
  }
}

/* ---- quoted data ---- */

gn_value gn_copy_quoted(gn_ctx *ctx, gn_value form) {
  copy_frame few[FEW_LEVELS];
  copier c = {.frames = few,
              .cap = FEW_LEVELS,
              .mode = COPY_QUOTED,
              .todo = form,
              .made = GN_UNSET};
  for (unsigned n = 0; n < FEW_STEPS; n++) {
    int status = step(ctx, NULL, &c);
    if (status == COPY_DONE)
      return c.made;
    if (status == COPY_FULL)
      return GN_UNSET;
    if (status != GN_OK && ctx->thrown == GN_NONE)
      return GN_NONE;
    if (status != GN_OK)
      break; /* it is thrown again */
  }
  ctx->thrown = GN_NONE;
  return GN_UNSET;
}

static copier *copier_of(const gn_call *call) {
  return (copier *)(void *)gn_as_obj(call->locals[0]);
}

/* form */
static int quote(gn_ctx *ctx, gn_call *call) {
  if (call->state == 0) {
    copier *made = copier_new(ctx, COPY_QUOTED, call->argv[0]);
    if (!made)
      return gn_oom(ctx);
    call->locals[0] = gn_from_obj(made);
  }
  copier *c = copier_of(call);
  int status = run(ctx, call, c);
  return status == GN_OK ? gn_return(call, c->made) : status;
}
const gn_native_def gn_def_quote = {
    .name = "quote", .fn = quote, .min = 1, .max = 1, .locals = 1};

/* ---- $render ---- */

/* The values of a template's unquotes are computed first, in order, by one
 * eval of them all; then the copy is made. */
static int ask_values(gn_ctx *ctx, gn_call *call, copier *c) {
  gn_value list = gn_from_obj(c->forms);
  /* one array form whose elements are the unquoted forms */
  gn_array *forms = gn_array_from(gn_ctx_heap(ctx), &list, 1);
  if (!forms)
    return gn_oom(ctx);
  c->mode = COPY_RENDER;
  c->todo = call->argv[0];
  call->state = 1;
  call->callee = ctx->core->eval_fn;
  call->args[0] = gn_from_obj(forms);
  call->args[1] = call->argv[1];
  call->args[2] = GN_FALSE;
  call->nargs = 3;
  return GN_CALL;
}

static int take_values(gn_ctx *ctx, gn_call *call, copier *c) {
  c->values = gn_arr(call->result);
  if (c->values->len != c->forms->len) /* %... spread another */
    return gn_throw(ctx, GN_X_COMPILE, NULL, "Invalid ... in a template");
  return GN_OK;
}

static int begin_render(gn_ctx *ctx, gn_call *call) {
  copier *c = copier_new(ctx, COPY_COLLECT, call->argv[0]);
  gn_array *forms = gn_array_new(gn_ctx_heap(ctx), 4);
  if (!c || !forms)
    return gn_oom(ctx);
  c->forms = forms;
  call->locals[0] = gn_from_obj(c);
  return GN_OK;
}

/* template, env */
static int render(gn_ctx *ctx, gn_call *call) {
  int status = call->state == 0 ? begin_render(ctx, call) : GN_OK;
  if (status != GN_OK)
    return status;
  copier *c = copier_of(call);
  if (c->mode == COPY_RENDER && !c->values)
    status = take_values(ctx, call, c);
  if (status == GN_OK)
    status = run(ctx, call, c);
  if (status != GN_OK)
    return status;
  if (c->mode == COPY_COLLECT)
    return ask_values(ctx, call, c);
  return c->next == c->values->len ? gn_return(call, c->made)
                                   : throw_changed(ctx);
}
const gn_native_def gn_def_render = {
    .name = "$render", .fn = render, .min = 2, .max = 2, .locals = 1};
