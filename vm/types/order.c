/*
 * order.c - natural order. Arrays and long texts are compared with an explicit
 * stack: a small one on the C stack at first, and when that is not enough one
 * in a machine object, which gives the slice back and goes on later.
 */
#include "types/order.h"

#include "core/number.h"
#include "run/native_args.h"
#include "types/array.h"
#include "types/datetime.h"
#include "types/string.h"

#define FEW_LEVELS  8u
#define FEW_STEPS   64u
#define CHECK_STEPS 32u           /* steps between two looks at the slice */
#define TEXT_STEP   (16u * 1024u) /* bytes of two texts compared in a step */

/* What a comparison can come to beside -1, 0 and 1. */
enum {
  ORDER_UNLIKE = 2, /* there is no order between these */
  ORDER_NESTED,     /* they have to be gone into */
  ORDER_ENDED,      /* the frame on top has no more parts */
  ORDER_FULL,       /* no room for another frame */
  ORDER_DEEP,       /* more levels than a value may have */
  ORDER_PAUSE,      /* all steps were made */
};

/* Two arrays, or two texts of one kind. */
typedef struct order_frame {
  gn_value a, b;
  uint32_t at; /* elements or bytes that were compared */
} order_frame;

typedef struct order_walk {
  order_frame *frames;
  uint32_t depth, cap;
  gn_value x, y; /* the pair that was compared last */
} order_walk;

/* No comparison is under way while the depth is 0. */
typedef struct orderer {
  gn_machine m;
  order_walk walk; /* frames lie in buf */
  gn_blob *buf;
} orderer;

static void trace_orderer(gn_heap *heap, gn_machine *machine) {
  orderer *o = (orderer *)(void *)machine;
  gn_mark_raw(heap, o->buf);
  for (uint32_t i = 0; i < o->walk.depth; i++) {
    gn_mark(heap, o->walk.frames[i].a);
    gn_mark(heap, o->walk.frames[i].b);
  }
}

/* ---- scalars ---- */

int gn_order_texts(const char *a, size_t na, const char *b, size_t nb) {
  int c = memcmp(a, b, na < nb ? na : nb);
  if (c != 0)
    return c < 0 ? -1 : 1;
  return (na > nb) - (na < nb);
}

static int order_numbers(gn_value a, gn_value b) {
  int c = gn_compare_numbers(a, b);
  if (c != 2)
    return c;
  bool a_nan = gn_is_float(a) && gn_float(a) != gn_float(a);
  bool b_nan = gn_is_float(b) && gn_float(b) != gn_float(b);
  return a_nan - b_nan; /* nan comes last */
}

static bool is_when(gn_value v) {
  return gn_is(v, GN_T_DATE) || gn_is(v, GN_T_TIME) || gn_is(v, GN_T_DATETIME);
}

static bool is_bool(gn_value v) {
  return v == GN_TRUE || v == GN_FALSE;
}

static const char *bytes_of(gn_value v, size_t *n) {
  if (!gn_is(v, GN_T_BYTES))
    return gn_text(v, n);
  *n = gn_str(v)->len;
  return gn_str_bytes(gn_str(v));
}

/* Texts of one kind. Long ones have to be gone into. */
static int order_texts(gn_ctx *ctx, gn_value a, gn_value b) {
  size_t na, nb;
  const char *ta = bytes_of(a, &na), *tb = bytes_of(b, &nb);
  size_t both = na < nb ? na : nb;
  if (both > TEXT_STEP)
    return ta == tb ? (na > nb) - (na < nb) : ORDER_NESTED;
  if (both >= 64)
    gn_charge(ctx, both >> 6);
  return gn_order_texts(ta, na, tb, nb);
}

static bool both_texts(gn_value a, gn_value b) {
  return (gn_is_string(a) && gn_is_string(b)) ||
         (gn_is_symbol(a) && gn_is_symbol(b)) ||
         (gn_is(a, GN_T_BYTES) && gn_is(b, GN_T_BYTES));
}

/* Any two values: -1, 0, 1, ORDER_UNLIKE or ORDER_NESTED. */
static int order_values(gn_ctx *ctx, gn_value a, gn_value b) {
  if (gn_is_number(a) && gn_is_number(b))
    return order_numbers(a, b);
  if (both_texts(a, b))
    return order_texts(ctx, a, b);
  if (gn_is_char(a) && gn_is_char(b))
    return (gn_char(a) > gn_char(b)) - (gn_char(a) < gn_char(b));
  if (is_bool(a) && is_bool(b))
    return (a == GN_TRUE) - (b == GN_TRUE);
  if (is_when(a) && is_when(b) && gn_as_obj(a)->type == gn_as_obj(b)->type)
    return gn_when_compare(gn_when_of(a), gn_when_of(b));
  if (gn_is_array(a) && gn_is_array(b))
    return ORDER_NESTED;
  return ORDER_UNLIKE;
}

static int fail_unlike(gn_ctx *ctx, gn_value a, gn_value b) {
  return gn_throw(ctx, GN_X_TYPE, NULL, "Cannot compare %s < %s",
                  gn_type_cstr(ctx, a), gn_type_cstr(ctx, b));
}

bool gn_order_is_quick(gn_value v) {
  size_t n = 0;
  if (gn_is_string(v) || gn_is_symbol(v) || gn_is(v, GN_T_BYTES))
    bytes_of(v, &n);
  return n <= GN_ORDER_SHORT && !gn_is_array(v);
}

int gn_order_now(gn_ctx *ctx, gn_value a, gn_value b, int *order) {
  *order = order_values(ctx, a, b);
  assert(*order != ORDER_NESTED);
  return *order == ORDER_UNLIKE ? fail_unlike(ctx, a, b) : GN_OK;
}

/* ---- arrays and long texts ---- */

static int by_length(size_t na, size_t nb) {
  return na == nb ? ORDER_ENDED : na < nb ? -1 : 1;
}

/* The next two elements. */
static int step_arrays(gn_ctx *ctx, order_walk *w, order_frame *f) {
  const gn_array *a = gn_arr(f->a), *b = gn_arr(f->b);
  if (f->at >= a->len || f->at >= b->len)
    return by_length(a->len, b->len);
  w->x = a->items[f->at];
  w->y = b->items[f->at++];
  return order_values(ctx, w->x, w->y);
}

/* The next bytes. */
static int step_texts(gn_ctx *ctx, order_frame *f) {
  size_t na, nb;
  const char *a = bytes_of(f->a, &na), *b = bytes_of(f->b, &nb);
  size_t both = na < nb ? na : nb;
  size_t n = both - f->at < TEXT_STEP ? both - f->at : TEXT_STEP;
  gn_charge(ctx, n >> 6);
  int c = memcmp(a + f->at, b + f->at, n);
  f->at += (uint32_t)n;
  if (c != 0)
    return c < 0 ? -1 : 1;
  return f->at < both ? 0 : by_length(na, nb);
}

static int step(gn_ctx *ctx, order_walk *w) {
  order_frame *f = &w->frames[w->depth - 1];
  return gn_is_array(f->a) ? step_arrays(ctx, w, f) : step_texts(ctx, f);
}

/* A frame for x and y. When there is none, the step can be made again. */
static int enter(gn_ctx *ctx, order_walk *w) {
  bool deep = w->depth >= gn_value_nesting(ctx) && gn_is_array(w->x);
  if (deep || w->depth == w->cap) {
    w->frames[w->depth - 1].at--;
    return deep ? ORDER_DEEP : ORDER_FULL;
  }
  w->frames[w->depth++] = (order_frame){w->x, w->y, 0};
  return 0;
}

/* Goes on from the top of the stack: what it has come to, 0 at the end. */
static int walk_on(gn_ctx *ctx, order_walk *w, unsigned steps) {
  for (; steps > 0; steps--) {
    gn_charge(ctx, 1);
    int c = step(ctx, w);
    if (c == ORDER_NESTED)
      c = enter(ctx, w);
    else if (c == ORDER_ENDED && --w->depth == 0)
      return 0;
    if (c != 0 && c != ORDER_ENDED)
      return c;
  }
  return ORDER_PAUSE;
}

/* ---- the machine ---- */

/* Room for at least twice as many frames as it has. */
static bool grow(gn_heap *heap, orderer *o) {
  uint32_t cap = o->walk.cap * 2;
  gn_blob *buf = gn_blob_new(heap, cap * sizeof(order_frame));
  if (!buf)
    return false;
  if (o->walk.depth) /* else there may be no old frames */
    memcpy(buf->bytes, o->walk.frames, o->walk.depth * sizeof(order_frame));
  o->buf = buf;
  o->walk.frames = (order_frame *)(void *)buf->bytes;
  o->walk.cap = cap;
  return true;
}

static orderer *machine_of(gn_ctx *ctx, gn_value *machine) {
  gn_heap *heap = gn_ctx_heap(ctx);
  if (*machine != GN_NIL)
    return (orderer *)(void *)gn_as_obj(*machine);
  orderer *o = gn_alloc(heap, GN_T_MACHINE, sizeof *o);
  if (!o)
    return NULL;
  gn_machine m = {o->m.h, trace_orderer};
  *o = (orderer){.m = m, .walk = {.cap = FEW_LEVELS}};
  if (!grow(heap, o))
    return NULL;
  *machine = gn_from_obj(o);
  return o;
}

/* What ends a comparison. */
static int settle(gn_ctx *ctx, const order_walk *w, int c, int *order) {
  *order = c;
  if (c == ORDER_UNLIKE)
    return fail_unlike(ctx, w->x, w->y);
  return c == ORDER_DEEP ? gn_throw_too_deep(ctx) : GN_OK;
}

static int run(gn_ctx *ctx, gn_call *call, orderer *o, int *order) {
  for (;;) {
    int c = walk_on(ctx, &o->walk, CHECK_STEPS);
    if (c == ORDER_FULL) {
      if (!grow(gn_ctx_heap(ctx), o))
        return gn_oom(ctx);
    } else if (c != ORDER_PAUSE) {
      o->walk.depth = 0;
      return settle(ctx, &o->walk, c, order);
    }
    if (gn_slice_over(ctx))
      return gn_pause(call, call->state ? call->state : 1);
  }
}

/* Short arrays of scalars, without the ado of a walk: ORDER_ENDED if they are
 * the same; 0: the walk has to go on from here. */
static int first_elements(gn_ctx *ctx, order_walk *w) {
  order_frame *f = &w->frames[0];
  const gn_array *a = gn_arr(f->a), *b = gn_arr(f->b);
  uint32_t at = 0, n = a->len < b->len ? a->len : b->len;
  int c = 0;
  for (uint32_t few = n < FEW_STEPS ? n : FEW_STEPS; at < few && c == 0; at++)
    c = order_values(ctx, a->items[at], b->items[at]);
  gn_charge(ctx, at + 1);
  f->at = at;
  if (c == ORDER_UNLIKE) {
    w->x = a->items[at - 1];
    w->y = b->items[at - 1];
  }
  if (c == 0 && at == n)
    c = by_length(a->len, b->len);
  if (c == ORDER_NESTED) {
    f->at--;
    c = 0;
  }
  return c;
}

/* Arrays or long texts: most are told apart before a machine is needed. */
static int begin(gn_ctx *ctx, gn_call *call, gn_value *machine, gn_value a,
                 gn_value b, int *order) {
  order_frame few[FEW_LEVELS];
  few[0] = (order_frame){a, b, 0};
  order_walk w = {.frames = few, .depth = 1, .cap = FEW_LEVELS};
  int c = gn_is_array(a) ? first_elements(ctx, &w) : 0;
  if (c == 0)
    c = walk_on(ctx, &w, FEW_STEPS);
  else if (c == ORDER_ENDED)
    c = 0;
  if (c != ORDER_PAUSE && c != ORDER_FULL)
    return settle(ctx, &w, c, order);
  orderer *o = machine_of(ctx, machine);
  if (!o)
    return gn_oom(ctx);
  memcpy(o->walk.frames, few, w.depth * sizeof *few);
  o->walk.depth = w.depth;
  return run(ctx, call, o, order);
}

int gn_order_run(gn_ctx *ctx, gn_call *call, gn_value *machine, gn_value a,
                 gn_value b, int *order) {
  if (*machine != GN_NIL) {
    orderer *o = (orderer *)(void *)gn_as_obj(*machine);
    if (o->walk.depth > 0)
      return run(ctx, call, o, order);
  }
  *order =
      gn_is_array(a) && gn_is_array(b) ? ORDER_NESTED : order_values(ctx, a, b);
  if (*order == ORDER_NESTED)
    return begin(ctx, call, machine, a, b, order);
  return *order == ORDER_UNLIKE ? fail_unlike(ctx, a, b) : GN_OK;
}
