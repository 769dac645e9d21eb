/*
 * equal.c - == of the language. Structures are compared with an explicit
 * stack: a small one on the C stack at first, one in a resumable machine when
 * that is not enough or a user's == has to be called. Nothing is marked, so a
 * cycle ends at the limit of depth.
 */
#include "types/equal.h"

#include "types/datetime.h"
#include "types/regex.h"

#define QUICK_DEPTH 8u
#define QUICK_STEPS 64u
#define LONG_TEXT   65536u /* bytes compared at once */

/* ---- types with rows ---- */

static bool same_regex(gn_value a, gn_value b) {
  return gn_regex_equal(gn_re(a), gn_re(b));
}

static bool same_when(gn_value a, gn_value b) {
  return gn_when_equal(gn_when_of(a), gn_when_of(b));
}

const gn_equal_kind gn_equal_kinds[GN_T_COUNT] = {
    [GN_T_REGEX] = {same_regex, NULL},
    [GN_T_DATE] = {same_when, NULL},
    [GN_T_TIME] = {same_when, NULL},
    [GN_T_DATETIME] = {same_when, NULL},
};

/* ---- the stack ---- */

/* Where a walk over hash map or set entries stands: a key may equal any of
 * several candidates, so an unequal one isn't the end. */
enum phase { NEXT_ENTRY, IN_KEY, KEY_FOUND };

typedef struct frame {
  gn_value a, b;
  uint32_t at;        /* parts taken; place in a for gn_dict_next */
  uint32_t phase;     /* enum phase */
  uint32_t mine;      /* entry of a whose key is looked for in b */
  uint32_t candidate; /* entry of b */
  uint64_t probe;
} frame;

/* What comparing two values has come to. */
enum verdict {
  UNEQUAL = 0,
  EQUAL = 1,
  STEP = 2, /* the frame on top says what is compared next */
  ASK = 3,  /* a user's ==: gn_call is filled */
  STOP = 4, /* thrown, or with the quick stack: not at once */
  AGAIN,    /* of a step: the same frame has more */
};

typedef struct walk {
  frame *frames;
  uint32_t depth, cap;
  gn_ctx *ctx; /* NULL: the quick one, which may neither grow nor call */
  gn_call *call;
  struct comparer *machine;
} walk;

typedef struct comparer {
  gn_machine m;
  uint32_t depth, cap;
  frame *frames; /* in frames_buf */
  gn_blob *frames_buf;
  uint32_t verdict;
  bool asked;
} comparer;

static void trace(gn_heap *heap, gn_machine *m) {
  comparer *c = (comparer *)(void *)m;
  gn_mark_raw(heap, c->frames_buf);
  for (uint32_t i = 0; i < c->depth; i++) {
    gn_mark(heap, c->frames[i].a);
    gn_mark(heap, c->frames[i].b);
  }
}

/* Twice the frames. False: not possible; thrown if there is a context. */
static bool grow(walk *w) {
  if (w->ctx == NULL)
    return false;
  uint32_t most = gn_value_nesting(w->ctx);
  if (w->depth == most) {
    gn_throw_too_deep(w->ctx);
    return false;
  }
  uint32_t cap = w->cap == 0 ? 16 : w->cap * 2;
  if (cap > most)
    cap = most;
  gn_blob *buf = gn_blob_new(gn_ctx_heap(w->ctx), cap * sizeof(frame));
  if (buf == NULL) {
    gn_oom(w->ctx);
    return false;
  }
  if (w->depth > 0)
    memcpy(buf->bytes, w->frames, w->depth * sizeof(frame));
  w->frames = (frame *)(void *)buf->bytes;
  w->cap = cap;
  w->machine->frames_buf = buf;
  return true;
}

static enum verdict push(walk *w, gn_value a, gn_value b) {
  if (w->depth == w->cap && !grow(w))
    return STOP;
  w->frames[w->depth++] = (frame){.a = a, .b = b};
  return STEP;
}

/* ---- two values ---- */

static enum verdict verdict_of(bool equal) {
  return equal ? EQUAL : UNEQUAL;
}

static bool same_range(const gn_range *a, const gn_range *b) {
  return a->start == b->start && a->end == b->end && a->step == b->step;
}

static uint32_t live(gn_value dict) {
  return ((const gn_dict *)gn_as_obj(dict))->live;
}

static enum verdict compare_kind(walk *w, gn_value a, gn_value b) {
  const gn_equal_kind *kind = &gn_equal_kinds[gn_as_obj(a)->type];
  size_t na, nb;
  if (kind->same == NULL)
    return verdict_of(a == b);
  if (!kind->same(a, b))
    return UNEQUAL;
  if (kind->items == NULL)
    return EQUAL;
  kind->items(a, &na);
  kind->items(b, &nb);
  return na != nb ? UNEQUAL : na == 0 ? EQUAL : push(w, a, b);
}

/* Long ones of one length are compared in pieces. */
static enum verdict compare_texts(walk *w, gn_value a, gn_value b) {
  const gn_string *x = gn_str(a), *y = gn_str(b);
  uint32_t at_once = w->ctx != NULL ? LONG_TEXT : LONG_TEXT * 16;
  if (x == y || x->len != y->len || x->len <= at_once)
    return verdict_of(gn_str_equal(x, y));
  return w->ctx != NULL ? push(w, a, b) : STOP;
}

/* Two objects of one type. */
static enum verdict compare_objects(walk *w, gn_value a, gn_value b) {
  const gn_obj *x = gn_as_obj(a), *y = gn_as_obj(b);
  switch (x->type) {
  case GN_T_STRING:
  case GN_T_BYTES: return compare_texts(w, a, b);
  case GN_T_SYMBOL: return verdict_of(gn_key_equal(a, b));
  case GN_T_RANGE:
    return verdict_of(same_range((const gn_range *)x, (const gn_range *)y));
  case GN_T_ARRAY:
    return gn_arr(a)->len == gn_arr(b)->len ? push(w, a, b) : UNEQUAL;
  case GN_T_GENE: return gn_gen(a)->n == gn_gen(b)->n ? push(w, a, b) : UNEQUAL;
  case GN_T_MAP:
  case GN_T_HASHMAP:
  case GN_T_HASHSET: return live(a) == live(b) ? push(w, a, b) : UNEQUAL;
  case GN_T_UNQUOTE:
  case GN_T_QUOTE: return x->aux == y->aux ? push(w, a, b) : UNEQUAL;
  case GN_T_CSYMBOL:
    return ((const gn_csymbol *)x)->n == ((const gn_csymbol *)y)->n
               ? push(w, a, b)
               : UNEQUAL;
  default: return compare_kind(w, a, b);
  }
}

/* The == that a script has defined for a, or GN_NONE. */
static gn_value user_equal(gn_ctx *ctx, gn_value a) {
  gn_value method = gn_find_method(ctx, a, "==");
  return method == GN_NONE || gn_is(method, GN_T_NATIVE) ? GN_NONE : method;
}

/* a is an instance: its own == decides, whatever b is. */
static enum verdict compare_instance(walk *w, gn_value a, gn_value b) {
  if (w->ctx == NULL)
    return STOP;
  gn_value method = user_equal(w->ctx, a);
  if (method == GN_NONE)
    return verdict_of(a == b);
  gn_call *call = w->call;
  call->callee = method;
  call->nargs = 2;
  call->args[0] = a;
  call->args[1] = b;
  call->arg_array = NULL;
  return ASK;
}

static void charge_for(walk *w, gn_value a) {
  if (w->ctx != NULL)
    gn_charge(w->ctx, 1 + (gn_is_string(a) && gn_str(a)->len <= LONG_TEXT
                               ? gn_str(a)->len / 16
                               : 0));
}

static enum verdict compare(walk *w, gn_value a, gn_value b) {
  charge_for(w, a);
  if (gn_is_number(a))
    return verdict_of(gn_is_number(b) && gn_compare_numbers(a, b) == 0);
  if (!gn_is_ptr(a))
    return verdict_of(a == b);
  if (gn_is(a, GN_T_INSTANCE))
    return compare_instance(w, a, b);
  if (!gn_is_ptr(b) || gn_as_obj(a)->type != gn_as_obj(b)->type)
    return UNEQUAL;
  return compare_objects(w, a, b);
}

/* ---- the parts of two structures ---- */

/* The next pair within the frame is compared by the caller: STEP with *a and
 * *b; else EQUAL or UNEQUAL is the frame's own verdict. */

static enum verdict pair(gn_value x, gn_value y, gn_value *a, gn_value *b) {
  *a = x;
  *b = y;
  return STEP;
}

static enum verdict step_array(frame *f, gn_value *a, gn_value *b) {
  const gn_array *x = gn_arr(f->a), *y = gn_arr(f->b);
  uint32_t i = f->at++;
  if (i >= x->len || i >= y->len)
    return verdict_of(x->len == y->len);
  return pair(x->items[i], y->items[i], a, b);
}

static enum verdict step_map(frame *f, gn_value *a, gn_value *b) {
  const gn_entry *e = gn_dict_next((const gn_dict *)gn_as_obj(f->a), &f->at);
  if (e == NULL)
    return EQUAL;
  gn_value other = gn_map_get((const gn_dict *)gn_as_obj(f->b), e->key);
  return other == GN_NONE ? UNEQUAL : pair(e->value, other, a, b);
}

static enum verdict step_gene(frame *f, gn_value *a, gn_value *b) {
  const gn_gene *x = gn_gen(f->a), *y = gn_gen(f->b);
  uint32_t i = f->at++;
  if (i == 0)
    return pair(x->type, y->type, a, b);
  if (i == 1) {
    uint32_t nx = x->props == NULL ? 0 : x->props->live;
    uint32_t ny = y->props == NULL ? 0 : y->props->live;
    if (nx != ny)
      return UNEQUAL;
    if (nx > 0)
      return pair(gn_from_obj(x->props), gn_from_obj(y->props), a, b);
    i = f->at++;
  }
  if (i - 2 >= x->n || i - 2 >= y->n)
    return verdict_of(x->n == y->n);
  return pair(x->children[i - 2], y->children[i - 2], a, b);
}

/* Entry i of a dict, or NULL when a user's == has taken it out. */
static const gn_entry *entry_at(const gn_dict *d, uint32_t i) {
  bool there = i < d->used && d->entries[i].key != GN_UNSET;
  return there ? &d->entries[i] : NULL;
}

/* The key of mine against the next candidate of b. */
static enum verdict next_candidate(frame *f, gn_value *a, gn_value *b) {
  const gn_dict *y = (const gn_dict *)gn_as_obj(f->b);
  const gn_entry *e = entry_at((const gn_dict *)gn_as_obj(f->a), f->mine);
  if (e == NULL)
    return UNEQUAL;
  const gn_entry *c = gn_dict_probe(y, (uint32_t)e->hash, &f->probe);
  if (c == NULL)
    return UNEQUAL;
  f->phase = IN_KEY;
  f->candidate = (uint32_t)(c - y->entries);
  return pair(e->key, c->key, a, b);
}

static enum verdict step_hash(frame *f, gn_value *a, gn_value *b) {
  const gn_dict *x = (const gn_dict *)gn_as_obj(f->a);
  if (f->phase == IN_KEY)
    return next_candidate(f, a, b);
  if (f->phase == KEY_FOUND && x->h.type == GN_T_HASHMAP) {
    const gn_dict *y = (const gn_dict *)gn_as_obj(f->b);
    const gn_entry *e = entry_at(x, f->mine);
    const gn_entry *c = entry_at(y, f->candidate);
    f->phase = NEXT_ENTRY;
    if (e == NULL || c == NULL)
      return UNEQUAL;
    return pair(e->value, c->value, a, b);
  }
  f->phase = NEXT_ENTRY;
  const gn_entry *e = gn_dict_next(x, &f->at);
  if (e == NULL)
    return EQUAL;
  f->mine = (uint32_t)(e - x->entries);
  f->probe = 0;
  return next_candidate(f, a, b);
}

static enum verdict step_items(frame *f, const gn_value *x, size_t nx,
                               const gn_value *y, size_t ny, gn_value *a,
                               gn_value *b) {
  uint32_t i = f->at++;
  if (i >= nx || i >= ny)
    return EQUAL;
  return pair(x[i], y[i], a, b);
}

static enum verdict step_csymbol(frame *f, gn_value *a, gn_value *b) {
  const gn_csymbol *x = (const gn_csymbol *)gn_as_obj(f->a);
  const gn_csymbol *y = (const gn_csymbol *)gn_as_obj(f->b);
  return step_items(f, x->part, x->n, y->part, y->n, a, b);
}

static enum verdict step_kind(frame *f, gn_value *a, gn_value *b) {
  const gn_equal_kind *kind = &gn_equal_kinds[gn_as_obj(f->a)->type];
  size_t nx, ny;
  const gn_value *x = kind->items(f->a, &nx);
  const gn_value *y = kind->items(f->b, &ny);
  return step_items(f, x, nx, y, ny, a, b);
}

static enum verdict step_text(walk *w, frame *f) {
  const gn_string *x = gn_str(f->a), *y = gn_str(f->b);
  uint32_t from = f->at, n = x->len - from;
  if (n > LONG_TEXT)
    n = LONG_TEXT;
  if (memcmp(gn_str_bytes(x) + from, gn_str_bytes(y) + from, n) != 0)
    return UNEQUAL;
  f->at = from + n;
  gn_charge(w->ctx, n >> 4);
  return f->at == x->len ? EQUAL : AGAIN;
}

static enum verdict step(walk *w, frame *f, gn_value *a, gn_value *b) {
  switch (gn_as_obj(f->a)->type) {
  case GN_T_STRING:
  case GN_T_BYTES: return step_text(w, f);
  case GN_T_ARRAY: return step_array(f, a, b);
  case GN_T_MAP: return step_map(f, a, b);
  case GN_T_GENE: return step_gene(f, a, b);
  case GN_T_HASHMAP:
  case GN_T_HASHSET: return step_hash(f, a, b);
  case GN_T_CSYMBOL: return step_csymbol(f, a, b);
  case GN_T_UNQUOTE:
  case GN_T_QUOTE:
    return step_items(f, &((gn_box *)gn_as_obj(f->a))->v, 1,
                      &((gn_box *)gn_as_obj(f->b))->v, 1, a, b);
  default: return step_kind(f, a, b);
  }
}

/* ---- the walk ---- */

/* Hands the verdict on a pair to the frame it came from. STEP: that one goes
 * on; else its own verdict, and it is popped. */
static enum verdict settle(walk *w, enum verdict verdict) {
  frame *f = &w->frames[w->depth - 1];
  if (verdict == EQUAL && f->phase == IN_KEY)
    f->phase = KEY_FOUND;
  else if (verdict == UNEQUAL && f->phase != IN_KEY) {
    w->depth--;
    return UNEQUAL;
  }
  return STEP;
}

/* One step: a pair compared, or a frame ended. */
static enum verdict advance(walk *w, enum verdict verdict) {
  gn_value a, b;
  if (verdict != STEP)
    verdict = settle(w, verdict);
  if (verdict != STEP)
    return verdict;
  verdict = step(w, &w->frames[w->depth - 1], &a, &b);
  if (verdict == STEP)
    return compare(w, a, b);
  if (verdict == AGAIN)
    return STEP;
  w->depth--;
  return verdict;
}

int gn_equal_quick(gn_value a, gn_value b) {
  frame frames[QUICK_DEPTH];
  walk w = {.frames = frames, .cap = QUICK_DEPTH};
  enum verdict verdict = compare(&w, a, b);
  for (unsigned n = 0; n < QUICK_STEPS; n++) {
    if (verdict == STOP)
      return -1;
    if (w.depth == 0 && verdict != STEP)
      return verdict == EQUAL;
    verdict = advance(&w, verdict);
  }
  return -1;
}

static comparer *machine_of(gn_ctx *ctx, gn_value *machine) {
  if (*machine != GN_NIL)
    return (comparer *)(void *)gn_as_obj(*machine);
  comparer *c = gn_alloc(gn_ctx_heap(ctx), GN_T_MACHINE, sizeof *c);
  if (c == NULL)
    return NULL;
  gn_machine m = {c->m.h, trace};
  *c = (comparer){.m = m, .verdict = STEP};
  *machine = gn_from_obj(c);
  return c;
}

/* Until the end (EQUAL, UNEQUAL), ASK, STOP, or the slice is over: STEP. */
static enum verdict run(walk *w, enum verdict verdict) {
  while (verdict < ASK) {
    if (w->depth == 0 && verdict != STEP)
      break;
    if (gn_slice_over(w->ctx)) {
      w->machine->verdict = verdict;
      return STEP;
    }
    verdict = advance(w, verdict);
  }
  return verdict;
}

static int finish(gn_call *call, gn_value *machine, bool equal) {
  *machine = GN_NIL;
  call->result = gn_bool(equal);
  return GN_OK;
}

/* To be returned, and entered again. */
static int suspend(gn_call *call, int status) {
  if (call->state == 0)
    call->state = 1; /* a user's == must not be called again */
  return status;
}

/* gn_equal_quick, which can't see that a class has no == of its own. */
static int at_once(gn_ctx *ctx, gn_value a, gn_value b) {
  if (gn_is(a, GN_T_INSTANCE))
    return user_equal(ctx, a) == GN_NONE ? a == b : -1;
  return gn_equal_quick(a, b);
}

int gn_equal_run(gn_ctx *ctx, gn_call *call, gn_value *machine, gn_value a,
                 gn_value b) {
  bool fresh = *machine == GN_NIL;
  int quick = fresh ? at_once(ctx, a, b) : -1;
  if (quick >= 0) {
    gn_charge(ctx, 1);
    return finish(call, machine, quick == 1);
  }
  comparer *c = machine_of(ctx, machine);
  if (c == NULL)
    return gn_oom(ctx);
  walk w = {c->frames, c->depth, c->cap, ctx, call, c};
  enum verdict verdict = (enum verdict)c->verdict;
  if (fresh)
    verdict = compare(&w, a, b);
  else if (c->asked)
    verdict = verdict_of(gn_truthy(call->result));
  verdict = run(&w, verdict);
  c->frames = w.frames;
  c->depth = w.depth;
  c->cap = w.cap;
  c->asked = verdict == ASK;
  switch (verdict) {
  case EQUAL: return finish(call, machine, true);
  case UNEQUAL: return finish(call, machine, false);
  case ASK: return suspend(call, GN_CALL);
  case STEP: return suspend(call, GN_YIELD);
  default: *machine = GN_NIL; return GN_THROW;
  }
}
