/*
 * print_serial.c - what the printer does otherwise for GN_SERIAL. It never
 * calls Gene code.
 */
#include "syntax/print_serial.h"

#include <math.h>

#include "types/bytes.h"
#include "types/range.h"

/* ---- genes that stand for other values ---- */

static bool is_float_name(gn_value v) {
  return gn_is_string(v) && (gn_text_is(v, "nan") || gn_text_is(v, "inf") ||
                             gn_text_is(v, "-inf"));
}

static bool three_ints(const gn_gene *g) {
  return g->n == 3 && gn_is_int(g->children[0]) && gn_is_int(g->children[1]) &&
         gn_is_int(g->children[2]);
}

enum gn_serial_kind gn_serial_kind_of(const gn_gene *g) {
  gn_value type = g->type;
  bool quoted = gn_is(type, GN_T_QUOTE);
  while (gn_is(type, GN_T_QUOTE))
    type = ((const gn_box *)gn_as_obj(type))->v;
  if (!gn_is_symbol(type) || (g->props != NULL && g->props->live > 0))
    return GN_SERIAL_GENE;
  enum gn_serial_kind kind = GN_SERIAL_GENE;
  if (gn_text_is(type, GN_SERIAL_SET))
    kind = GN_SERIAL_IS_SET;
  else if (gn_text_is(type, GN_SERIAL_RANGE) && three_ints(g))
    kind = GN_SERIAL_IS_RANGE;
  else if (gn_text_is(type, GN_SERIAL_FLOAT) && g->n == 1 &&
           is_float_name(g->children[0]))
    kind = GN_SERIAL_IS_FLOAT;
  else if (gn_text_is(type, GN_SERIAL_BYTES) && g->n == 0)
    kind = GN_SERIAL_IS_BYTES;
  return quoted && kind != GN_SERIAL_GENE ? GN_SERIAL_QUOTED : kind;
}

/* ---- values ---- */

static bool has_written_form(gn_value v) {
  if (!gn_is_ptr(v))
    return v != GN_VOID && v != GN_PLACEHOLDER && v != GN_NOT_FOUND;
  switch (gn_as_obj(v)->type) {
  case GN_T_FLOAT:
  case GN_T_INT:
  case GN_T_STRING:
  case GN_T_SYMBOL:
  case GN_T_CSYMBOL:
  case GN_T_ARRAY:
  case GN_T_MAP:
  case GN_T_HASHMAP:
  case GN_T_HASHSET:
  case GN_T_GENE:
  case GN_T_UNQUOTE:
  case GN_T_QUOTE:
  case GN_T_RANGE:
  case GN_T_BYTES:
  case GN_T_REGEX:
  case GN_T_DATE:
  case GN_T_TIME:
  case GN_T_DATETIME: return true;
  default: return false;
  }
}

static const gn_dict *named_parts(gn_value v) {
  if (gn_is(v, GN_T_MAP))
    return (const gn_dict *)gn_as_obj(v);
  return gn_is(v, GN_T_GENE) ? ((const gn_gene *)gn_as_obj(v))->props : NULL;
}

/* A name without a letter can't be written. */
static bool nameless(gn_ctx *ctx, gn_value v) {
  const gn_dict *dict = named_parts(v);
  size_t len = 1;
  if (gn_is_symbol(v))
    gn_text(v, &len);
  else if (dict != NULL &&
           gn_map_find_text(dict, gn_ctx_heap(ctx)->seed, "", 0) != NULL)
    len = 0;
  return len == 0;
}

bool gn_is_serial(gn_ctx *ctx, gn_value v) {
  if (!has_written_form(v)) {
    gn_throw(ctx, GN_X_TYPE, NULL, "Value of kind %s is not serializable",
             gn_type_cstr(ctx, v));
    return false;
  }
  if (nameless(ctx, v)) {
    gn_throw(ctx, GN_X_ARGUMENT, NULL,
             "An empty name can't be serialized: it has no written form");
    return false;
  }
  return true;
}

static bool put_float(gn_builder *out, double d) {
  if (isfinite(d))
    return false;
  gn_put_c(out, isnan(d) ? "(Float \"nan\")"
                : d < 0  ? "(Float \"-inf\")"
                         : "(Float \"inf\")");
  return true;
}

static bool put_range(gn_builder *out, const gn_range *r) {
  if (!(r->h.aux & GN_RANGE_STEP))
    return false;
  const int64_t parts[] = {r->start, r->end, r->step};
  gn_put_c(out, "(" GN_SERIAL_RANGE);
  for (int i = 0; i < 3; i++) {
    char text[32];
    gn_put_c(out, " ");
    gn_put(out, text, gn_format_int(parts[i], text));
  }
  gn_put_c(out, ")");
  return true;
}

static bool put_bytes(gn_builder *out, const gn_string *bytes) {
  if (bytes->len > 0)
    return false;
  gn_put_c(out, "(" GN_SERIAL_BYTES ")");
  return true;
}

bool gn_put_serial(gn_builder *out, gn_value v) {
  if (gn_is_float(v))
    return put_float(out, gn_float(v));
  if (gn_is_bytes(v))
    return put_bytes(out, gn_str(v));
  return gn_is(v, GN_T_RANGE) && put_range(out, (gn_range *)gn_as_obj(v));
}
