/*
 * order.c - natural order. Nested arrays are compared with an explicit stack
 * of limited depth.
 */
#include "types/order.h"

#include "core/number.h"
#include "types/array.h"
#include "types/datetime.h"
#include "types/string.h"

#define ORDER_DEPTH 512

enum { ORDER_UNLIKE = 2, ORDER_NESTED = 3 };

typedef struct order_frame {
  const gn_array *a, *b;
  uint32_t at;
} order_frame;

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

/* Any two values but arrays with elements: -1, 0, 1, or ORDER_UNLIKE. */
static int order_scalars(gn_value a, gn_value b) {
  if (gn_is_number(a) && gn_is_number(b))
    return order_numbers(a, b);
  if ((gn_is_string(a) && gn_is_string(b)) ||
      (gn_is_symbol(a) && gn_is_symbol(b))) {
    size_t na, nb;
    const char *ta = gn_text(a, &na), *tb = gn_text(b, &nb);
    return gn_order_texts(ta, na, tb, nb);
  }
  if (gn_is_char(a) && gn_is_char(b))
    return (gn_char(a) > gn_char(b)) - (gn_char(a) < gn_char(b));
  if (is_bool(a) && is_bool(b))
    return (a == GN_TRUE) - (b == GN_TRUE);
  if (gn_is(a, GN_T_BYTES) && gn_is(b, GN_T_BYTES)) {
    const gn_string *sa = gn_str(a), *sb = gn_str(b);
    return gn_order_texts(gn_str_bytes(sa), sa->len, gn_str_bytes(sb), sb->len);
  }
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

static int order_arrays(gn_ctx *ctx, gn_value a, gn_value b, int *order) {
  order_frame stack[ORDER_DEPTH], *top = stack;
  *top = (order_frame){gn_arr(a), gn_arr(b), 0};
  for (;;) {
    uint32_t at = top->at++;
    gn_charge(ctx, 1);
    if (at >= top->a->len || at >= top->b->len) {
      *order = (top->a->len > top->b->len) - (top->a->len < top->b->len);
      if (*order != 0 || top == stack)
        return GN_OK;
      top--;
      continue;
    }
    a = top->a->items[at];
    b = top->b->items[at];
    *order = order_scalars(a, b);
    if (*order == ORDER_UNLIKE)
      return fail_unlike(ctx, a, b);
    if (*order == ORDER_NESTED) {
      if (++top == stack + ORDER_DEPTH)
        return gn_throw(ctx, GN_X_RUNTIME, NULL, "Nesting too deep");
      *top = (order_frame){gn_arr(a), gn_arr(b), 0};
    } else if (*order != 0) {
      return GN_OK;
    }
  }
}

int gn_order(gn_ctx *ctx, gn_value a, gn_value b, int *order) {
  *order = order_scalars(a, b);
  if (*order == ORDER_NESTED)
    return order_arrays(ctx, a, b, order);
  return *order == ORDER_UNLIKE ? fail_unlike(ctx, a, b) : GN_OK;
}
