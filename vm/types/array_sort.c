/*
 * array_sort.c - sort and sort_by: a stable merge sort whose whole state lies
 * in a machine object, so that a comparator may wait, throw or be preempted,
 * and a long sort gives its slice back. It works on a copy: what a comparator
 * does to the array does not matter.
 */
#include "lib/tables.h"
#include "run/walk.h"
#include "types/array_copy.h"
#include "types/order.h"

#define SORT_RUN   8u     /* runs made by insertion, of what is soon compared */
#define SORT_CHECK 1024u  /* steps between two looks at the slice */
#define SORT_LONG  64u    /* the same where a step may be a long comparison */
#define SORT_TINY  64u    /* bytes from which on texts are charged for */
#define SORT_MOVE  32768u /* elements moved or looked at between them */

/* How elements are compared: by a function, as small ints, as short texts, in
 * natural order at once, or in a natural order that may take long. */
enum sort_kind { SORT_ASK, SORT_FIX, SORT_TEXT, SORT_QUICK, SORT_ORDER };
enum sort_stage {
  SORT_LOOK, /* which kind it is */
  SORT_RUNS,
  SORT_NEXT_PAIR,
  SORT_JOINED,
  SORT_MERGE,
  SORT_REST
};

/* Elements are `stride` values wide and compared by the first of them. */
typedef struct sorter {
  gn_machine m;
  gn_values *from, *to;
  uint32_t n, stride;
  uint8_t kind, stage;
  bool all_fix, all_text; /* of the keys looked at so far */
  bool answered;          /* the comparator's answer is in call->result */
  bool moved;             /* an answer was used since this entry */
  uint32_t width;         /* length of the sorted runs in `from` */
  uint32_t lo, mid, hi;   /* the two runs being merged */
  uint32_t i, j, k;       /* next of the left, of the right, of the result */
  gn_value order;         /* machine of gn_order_run */
  gn_array *out;          /* of the elements alone, as far as they are there */
} sorter;

static void trace_sorter(gn_heap *heap, gn_machine *machine) {
  sorter *s = (sorter *)(void *)machine;
  gn_mark_obj(heap, s->from);
  gn_mark_obj(heap, s->to);
  gn_mark(heap, s->order);
  gn_mark_obj(heap, s->out);
}

static const gn_value *item(const sorter *s, uint32_t i) {
  return s->from->v + (size_t)i * s->stride;
}

/* Looks at some keys more, for how they can be compared. */
static void look(gn_ctx *ctx, sorter *s) {
  uint32_t i = s->lo, end = s->n - i < SORT_MOVE ? s->n : i + SORT_MOVE;
  bool fix = s->all_fix, text = s->all_text, quick = true;
  gn_charge(ctx, (end - i) >> 3);
  for (; i < end && quick; i++) {
    gn_value key = *item(s, i);
    if (gn_is_fix(key)) {
      text = false;
    } else {
      fix = false;
      text = text && gn_is_string(key) && gn_str(key)->len < SORT_TINY;
      quick = gn_order_is_quick(key);
    }
  }
  s->all_fix = fix;
  s->all_text = text;
  s->lo = i;
  if (quick && i < s->n)
    return;
  s->kind = !quick ? SORT_ORDER
            : fix  ? SORT_FIX
            : text ? SORT_TEXT
                   : SORT_QUICK;
  s->width = quick ? SORT_RUN : 1;
  s->stage = quick ? SORT_RUNS : SORT_NEXT_PAIR;
  s->lo = 0;
}

/* ---- comparing: *swap when b, the later one, goes before a ---- */

static bool text_before(gn_value b, gn_value a) {
  const gn_string *sa = gn_str(a), *sb = gn_str(b);
  return gn_order_texts(gn_str_bytes(sb), sb->len, gn_str_bytes(sa), sa->len) <
         0;
}

static inline int known_before(gn_ctx *ctx, uint8_t kind, gn_value b,
                               gn_value a, bool *swap) {
  int order;
  if (kind == SORT_FIX) {
    *swap = (int64_t)b < (int64_t)a;
    return GN_OK;
  }
  if (kind == SORT_TEXT) {
    *swap = text_before(b, a);
    return GN_OK;
  }
  int status = gn_order_now(ctx, b, a, &order);
  *swap = order < 0;
  return status;
}

static bool answer_swaps(gn_value answer) {
  if (gn_is_number(answer))
    return gn_to_double(answer) < 0;
  return gn_truthy(answer);
}

/* Natural order that may take long. GN_YIELD: to be asked again. */
static int long_before(gn_ctx *ctx, gn_call *call, sorter *s, gn_value b,
                       gn_value a, bool *swap) {
  int order = 0;
  int status = gn_order_run(ctx, call, &s->order, b, a, &order);
  *swap = order < 0;
  return status;
}

/* Element b against element a. GN_CALL the first time with a comparator, GN_OK
 * once it has answered. */
static int before(gn_ctx *ctx, gn_call *call, sorter *s, uint32_t b, uint32_t a,
                  bool *swap) {
  gn_value vb = *item(s, b), va = *item(s, a);
  if (s->kind == SORT_ORDER)
    return long_before(ctx, call, s, vb, va, swap);
  if (s->kind != SORT_ASK)
    return known_before(ctx, s->kind, vb, va, swap);
  if (s->answered) {
    s->answered = false;
    s->moved = true;
    *swap = answer_swaps(call->result);
    return GN_OK;
  }
  if (s->moved && gn_slice_over(ctx))
    return gn_pause(call, call->state);
  s->answered = true;
  return gn_call_2(call, call->state ? call->state : 1, call->argv[1], vb, va);
}

/* ---- runs by insertion ---- */

static int insert_run(gn_ctx *ctx, sorter *s, uint32_t lo, uint32_t hi) {
  gn_value *v = s->from->v, held[2];
  size_t w = s->stride;
  for (uint32_t i = lo + 1; i < hi; i++) {
    bool swap;
    uint32_t at = i;
    memcpy(held, v + i * w, w * sizeof(gn_value));
    for (; at > lo; at--) {
      if (known_before(ctx, s->kind, held[0], v[(at - 1) * w], &swap) !=
          GN_OK) {
        /* Short of memory this is tried again: all elements must be there. */
        memcpy(v + at * w, held, w * sizeof(gn_value));
        return GN_THROW;
      }
      if (!swap)
        break;
      memcpy(v + at * w, v + (at - 1) * w, w * sizeof(gn_value));
    }
    memcpy(v + at * w, held, w * sizeof(gn_value));
  }
  return GN_OK;
}

/* Runs of SORT_RUN, from s->lo on, at most SORT_CHECK elements. */
static int make_runs(gn_ctx *ctx, sorter *s) {
  uint32_t end = s->n - s->lo < SORT_CHECK ? s->n : s->lo + SORT_CHECK;
  while (s->lo < end) {
    uint32_t hi = end - s->lo < SORT_RUN ? end : s->lo + SORT_RUN;
    if (insert_run(ctx, s, s->lo, hi) != GN_OK)
      return GN_THROW;
    s->lo = hi;
  }
  gn_charge(ctx, SORT_CHECK);
  if (s->lo == s->n)
    s->stage = SORT_NEXT_PAIR;
  return GN_OK;
}

/* ---- merging ---- */

static void move_items(sorter *s, uint32_t from, uint32_t n) {
  size_t w = s->stride * sizeof(gn_value);
  memcpy(s->to->v + (size_t)s->k * s->stride, item(s, from), n * w);
  s->k += n;
}

/* The next two runs, or the next pass. False when all is sorted. */
static bool next_pair(sorter *s) {
  if (s->hi >= s->n && s->k >= s->n) {
    gn_values *from = s->from;
    s->from = s->to;
    s->to = from;
    s->width *= 2;
    s->hi = s->k = 0;
  }
  if (s->width >= s->n)
    return false;
  s->lo = s->i = s->hi;
  s->mid = s->n - s->lo > s->width ? s->lo + s->width : s->n;
  s->hi = s->n - s->mid > s->width ? s->mid + s->width : s->n;
  s->j = s->mid;
  s->stage = SORT_JOINED;
  return true;
}

/* Two runs in order as they stand need one comparison only. */
static int check_joined(gn_ctx *ctx, gn_call *call, sorter *s) {
  bool swap = false;
  if (s->mid < s->hi) {
    int status = before(ctx, call, s, s->mid, s->mid - 1, &swap);
    if (status != GN_OK)
      return status;
  }
  s->stage = swap ? SORT_MERGE : SORT_REST;
  return GN_OK;
}

/* What is left of two runs goes on as it stands: first the left one. */
static void move_rest(gn_ctx *ctx, sorter *s) {
  uint32_t *from = s->i < s->mid ? &s->i : &s->j;
  uint32_t n = (s->i < s->mid ? s->mid : s->hi) - *from;
  if (n > SORT_MOVE)
    n = SORT_MOVE;
  move_items(s, *from, n);
  *from += n;
  gn_charge(ctx, n >> 2);
  if (s->i == s->mid && s->j == s->hi)
    s->stage = SORT_NEXT_PAIR;
}

/* The commonest case in a tight loop: at most SORT_CHECK small ints. */
static void merge_fix(sorter *s) {
  const gn_value *v = s->from->v;
  gn_value *to = s->to->v;
  uint32_t i = s->i, j = s->j, k = s->k, mid = s->mid, hi = s->hi;
  for (uint32_t n = 0; n < SORT_CHECK && i < mid && j < hi; n++) {
    bool right = (int64_t)v[j] < (int64_t)v[i];
    to[k++] = right ? v[j] : v[i];
    j += right;
    i += !right;
  }
  s->i = i;
  s->j = j;
  s->k = k;
}

/* What needs no calls and is soon compared. */
static int merge_known(gn_ctx *ctx, sorter *s) {
  for (uint32_t n = 0; n < SORT_CHECK && s->i < s->mid && s->j < s->hi; n++) {
    bool right;
    int status =
        known_before(ctx, s->kind, *item(s, s->j), *item(s, s->i), &right);
    if (status != GN_OK)
      return status;
    move_items(s, right ? s->j++ : s->i++, 1);
    gn_charge(ctx, 1);
  }
  return GN_OK;
}

/* What may have to be entered again in the midst of a comparison. */
static int merge_asking(gn_ctx *ctx, gn_call *call, sorter *s) {
  for (uint32_t n = 0; n < SORT_LONG && s->i < s->mid && s->j < s->hi; n++) {
    bool right;
    int status = before(ctx, call, s, s->j, s->i, &right);
    if (status != GN_OK)
      return status;
    move_items(s, right ? s->j++ : s->i++, 1);
    gn_charge(ctx, 1);
  }
  return GN_OK;
}

static int merge(gn_ctx *ctx, gn_call *call, sorter *s) {
  int status = GN_OK;
  if (s->kind == SORT_FIX && s->stride == 1) {
    merge_fix(s);
    gn_charge(ctx, SORT_CHECK / 2);
  } else {
    status = s->kind == SORT_ASK || s->kind == SORT_ORDER
                 ? merge_asking(ctx, call, s)
                 : merge_known(ctx, s);
  }
  if (status == GN_OK && (s->i >= s->mid || s->j >= s->hi))
    s->stage = SORT_REST;
  return status;
}

/* ---- the machine ---- */

/* Takes over the items of `taken`, which nobody else has: elements of `stride`
 * values. NULL: out of memory. */
static sorter *sorter_new(gn_heap *heap, const gn_array *taken, uint32_t stride,
                          bool ask) {
  gn_values *to = gn_values_grow(heap, NULL, 0, taken->len);
  sorter *s = gn_alloc(heap, GN_T_MACHINE, sizeof *s);
  if (!to || !s)
    return NULL;
  gn_machine m = {s->m.h, trace_sorter};
  *s = (sorter){.m = m,
                .from = taken->buf,
                .to = to,
                .n = taken->len / stride,
                .stride = stride,
                .width = 1,
                .kind = SORT_ASK,
                .stage = ask ? SORT_NEXT_PAIR : SORT_LOOK,
                .all_fix = true,
                .all_text = true,
                .order = GN_NIL};
  return s;
}

static int sort_step(gn_ctx *ctx, gn_call *call, sorter *s) {
  switch ((enum sort_stage)s->stage) {
  case SORT_LOOK: look(ctx, s); return GN_OK;
  case SORT_RUNS: return make_runs(ctx, s);
  case SORT_NEXT_PAIR: return next_pair(s) ? GN_OK : GN_WALK_STOP;
  case SORT_JOINED: return check_joined(ctx, call, s);
  case SORT_MERGE: return merge(ctx, call, s);
  case SORT_REST: move_rest(ctx, s); return GN_OK;
  }
  return GN_OK;
}

/* GN_OK when s->from is sorted, else a status to return. */
static int sort_run(gn_ctx *ctx, gn_call *call, sorter *s) {
  s->moved = false;
  for (;;) {
    int status = sort_step(ctx, call, s);
    if (status != GN_OK)
      return status == GN_WALK_STOP ? GN_OK : status;
    if (gn_slice_over(ctx))
      return gn_pause(call, call->state ? call->state : 1);
  }
}

/* The sorted elements, the last value of each. */
static int give_sorted(gn_ctx *ctx, gn_call *call, sorter *s) {
  gn_heap *heap = gn_ctx_heap(ctx);
  if (s->stride == 1)
    return gn_return_obj(ctx, call, gn_array_of(heap, s->from, s->n));
  if (!s->out) {
    gn_array *made = gn_array_new(heap, 0);
    if (!made || !gn_array_reserve(heap, made, s->n))
      return gn_oom(ctx);
    s->out = made;
  }
  gn_array *out = s->out;
  while (out->len < s->n) {
    out->items[out->len] = item(s, out->len)[s->stride - 1];
    out->len++;
    if (out->len % GN_COPY_PIECE != 0)
      continue;
    gn_charge(ctx, GN_COPY_PIECE >> 2);
    if (gn_slice_over(ctx))
      return gn_pause(call, call->state ? call->state : 1);
  }
  return gn_return_obj(ctx, call, out);
}

/* *machine is a local, GN_NIL until there is a sorter. */
static int sort_taken(gn_ctx *ctx, gn_call *call, gn_value *machine,
                      const gn_array *taken, uint32_t stride, bool ask) {
  if (*machine == GN_NIL) {
    sorter *made = sorter_new(gn_ctx_heap(ctx), taken, stride, ask);
    if (!made)
      return gn_oom(ctx);
    *machine = gn_from_obj(made);
  }
  sorter *s = (sorter *)(void *)gn_as_obj(*machine);
  int status = sort_run(ctx, call, s);
  return status == GN_OK ? give_sorted(ctx, call, s) : status;
}

static int array_sort(gn_ctx *ctx, gn_call *call) {
  gn_value *local = call->locals, *machine = &local[GN_COPY_LOCALS];
  bool ask = call->argc > 1;
  if (ask && !gn_arg_callable(ctx, call, 1))
    return GN_THROW;
  if (*machine == GN_NIL) {
    const gn_array *a = gn_arr(call->argv[0]);
    int status = gn_copy_items(ctx, call, local, a, 0, a->len);
    if (status != GN_OK)
      return status;
  }
  const gn_array *taken = gn_arr(local[GN_COPY_OUT]);
  if (taken->len == 0)
    return gn_return(call, local[GN_COPY_OUT]);
  return sort_taken(ctx, call, machine, taken, 1, ask);
}

/* ---- sort_by: pairs of key and element ---- */

static int take_keyed(gn_ctx *ctx, gn_call *call, gn_value answer) {
  gn_array *out = gn_arr(call->locals[GN_WALK_OUT]);
  if (!gn_array_reserve(gn_ctx_heap(ctx), out, (size_t)out->len + 2))
    return gn_oom(ctx);
  out->items[out->len++] = answer;
  out->items[out->len++] = call->locals[GN_WALK_ITEM];
  return GN_OK;
}

static int end_sort_by(gn_ctx *ctx, gn_call *call) {
  const gn_array *keyed = gn_arr(call->locals[GN_WALK_OUT]);
  if (keyed->len == 0)
    return gn_return(call, call->locals[GN_WALK_OUT]);
  return sort_taken(ctx, call, &call->locals[GN_WALK_LOCALS], keyed, 2, false);
}

static int array_sort_by(gn_ctx *ctx, gn_call *call) {
  static const gn_walk walk = {1, GN_PASS_ELEMENT, gn_begin_array, take_keyed,
                               end_sort_by};
  return gn_walk_run(ctx, call, &walk);
}

const gn_native_def gn_array_sort_rows[] = {
    GN_METHOD("sort", array_sort, 0, 1, GN_COPY_LOCALS + 1, "(xs .sort [cmp])",
              "New array in natural order or by cmp; stable."),
    GN_METHOD("sort_by", array_sort_by, 1, 1, GN_WALK_LOCALS + 1,
              "(xs .sort_by f)", "New array in natural order of f(element)."),
    GN_ROWS_END};
