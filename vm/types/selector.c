/*
 * selector.c - making selectors and printing them, and their table of
 * builtins. How one is applied stands in run/select.c.
 */
#include "types/selector.h"

#include "lib/tables.h"
#include "run/native_args.h"
#include "types/function.h"

static const struct {
  const char *text;
  enum gn_segment_kind kind;
} operators[] = {
    {"*", GN_SEG_ITEMS},   {"**", GN_SEG_ENTRIES}, {"@", GN_SEG_COLLECT},
    {"@@", GN_SEG_TO_MAP}, {"!", GN_SEG_STRICT},
};
#define OPERATORS (sizeof operators / sizeof *operators)

static void trace_selector(gn_heap *heap, gn_machine *machine) {
  const gn_selector *s = (const gn_selector *)(void *)machine;
  for (uint64_t i = 0; i < s->n; i++)
    gn_mark(heap, s->seg[i].v);
}

gn_selector *gn_selector_new(gn_heap *heap, uint32_t n) {
  gn_selector *s =
      gn_alloc(heap, GN_T_SELECTOR, sizeof *s + (size_t)n * sizeof(gn_segment));
  if (!s)
    return NULL;
  s->m.trace = trace_selector;
  s->n = n;
  for (uint32_t i = 0; i < n; i++)
    s->seg[i] = (gn_segment){GN_NIL, GN_SEG_HOLE};
  return s;
}

enum gn_segment_kind gn_segment_operator(gn_value symbol) {
  for (size_t i = 0; i < OPERATORS; i++)
    if (gn_text_is(symbol, operators[i].text))
      return operators[i].kind;
  return GN_SEG_HOLE;
}

/* ---- printing ---- */

static void put_key(gn_value key, gn_builder *out) {
  char digits[32];
  size_t len;
  const char *text = digits;
  if (gn_is_int(key))
    len = gn_format_int(gn_int(key), digits);
  else
    text = gn_text(key, &len);
  gn_put(out, text, len);
}

static void put_segment(const gn_segment *seg, gn_builder *out) {
  if (seg->kind == GN_SEG_KEY)
    put_key(seg->v, out);
  else if (seg->kind == GN_SEG_CALL)
    gn_put_c(out, "<fn>");
  for (size_t i = 0; i < OPERATORS; i++)
    if (seg->kind == operators[i].kind)
      gn_put_c(out, operators[i].text);
}

void gn_selector_put(const gn_selector *selector, gn_builder *out) {
  gn_put_c(out, "@(");
  for (uint64_t i = 0; i < selector->n; i++) {
    if (i > 0)
      gn_put_c(out, "/");
    put_segment(&selector->seg[i], out);
  }
  gn_put_c(out, ")");
}

/* ---- making one at run time ---- */

/* A segment of a value. GN_OK or GN_THROW. */
static int segment_of(gn_ctx *ctx, gn_value v, gn_segment *seg) {
  seg->v = v;
  if (gn_is_int(v) || gn_is_string(v) || gn_is_symbol(v))
    seg->kind = GN_SEG_KEY;
  else if (gn_is_callable(ctx, v))
    seg->kind = GN_SEG_CALL;
  else
    return gn_throw(ctx, GN_X_TYPE, NULL, "Invalid selector segment: %s",
                    gn_type_cstr(ctx, v));
  return GN_OK;
}

static bool is_template(gn_value v) {
  return gn_is_selector(v) && gn_as_obj(v)->aux == GN_SELECTOR_TEMPLATE;
}

/* The selector of argv[at..]: segments, or a template and the values of its
 * holes. GN_OK or GN_THROW. */
static int make_selector(gn_ctx *ctx, const gn_call *call, uint32_t at,
                         gn_value *out) {
  const gn_selector *from = NULL;
  if (at < call->argc && is_template(call->argv[at]))
    from = gn_sel(call->argv[at++]);
  uint32_t n = from ? (uint32_t)from->n : call->argc - at;
  gn_selector *s = gn_selector_new(gn_ctx_heap(ctx), n);
  if (!s)
    return gn_oom(ctx);
  gn_charge(ctx, n);
  for (uint32_t i = 0; i < n; i++) {
    if (from && from->seg[i].kind != GN_SEG_HOLE)
      s->seg[i] = from->seg[i];
    else if (segment_of(ctx, gn_arg_or(call, at++, GN_NIL), &s->seg[i]) !=
             GN_OK)
      return GN_THROW;
  }
  *out = gn_from_obj(s);
  return GN_OK;
}

/* ---- builtins ---- */

static int selector(gn_ctx *ctx, gn_call *call) {
  return make_selector(ctx, call, 0, &call->result);
}

static int at_method(gn_ctx *ctx, gn_call *call) {
  gn_value s, target = call->argv[0];
  if (make_selector(ctx, call, 1, &s) != GN_OK)
    return GN_THROW;
  return gn_tail_call(ctx, call, s, &target, 1);
}

const gn_native_def gn_selector_function_rows[] = {
    GN_FUNCTION("@", selector, 0, -1, 0, "(@ seg...)",
                "Selector of names, indexes, callables and * ** @ @@ !."),
    GN_ROWS_END};

const gn_native_def gn_selector_object_rows[] = {
    GN_METHOD("@", at_method, 0, -1, 0, "(v .@ seg...)",
              "What the selector of these segments finds in v."),
    GN_ROWS_END};

const gn_native_def gn_selector_rows[] = {
    GN_METHOD("call", gn_selector_apply, 1, 2, GN_SELECTOR_LOCALS,
              "(sel .call target [default])",
              "What it finds in target; default when that is void or empty."),
    GN_ROWS_END};
