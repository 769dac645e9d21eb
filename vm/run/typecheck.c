/*
 * typecheck.c - run-time checks at typed boundaries (language reference 3,
 * sections 1 to 3): what a type form accepts and what it converts. Types are
 * looked up when they are first needed; a name that means nothing accepts
 * nothing.
 */
#include <math.h>
#include <stdio.h>

#include "run/interp_parts.h"

enum match { NO, LOSSY, LOSSLESS, EXACT };

/* What a match depends on besides the value. */
typedef struct scope {
  gn_ctx *ctx;
  gn_module *module;
  gn_class *self; /* for Self; NULL outside classes */
} scope;

static bool named(gn_value form, const char *name) {
  return gn_is_symbol(form) && gn_text_is(form, name);
}

static bool is_collection(gn_value v) {
  return gn_is_array(v) || gn_is(v, GN_T_MAP) || gn_is(v, GN_T_HASHMAP) ||
         gn_is(v, GN_T_HASHSET);
}

/* The class behind a name, or NULL. */
static gn_class *class_named(const scope *s, gn_value name) {
  static const char *const aliases[][2] = {
      {"int", "Int"},     {"int64", "Int"},     {"i64", "Int"},
      {"float", "Float"}, {"float64", "Float"}, {"f64", "Float"},
  };
  gn_value v;
  if (s->module && gn_name_get(s->ctx, s->module, name, &v) == GN_OK)
    return gn_is(v, GN_T_CLASS) ? (gn_class *)gn_as_obj(v) : NULL;
  s->ctx->thrown = GN_NONE;
  for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
    if (gn_text_is(name, aliases[i][0]))
      for (int c = 0; c < GN_C_COUNT; c++)
        if (gn_text_is(s->ctx->core->classes[c]->name, aliases[i][1]))
          return s->ctx->core->classes[c];
  return NULL;
}

/* How a value of class `is` gets to class `want`. */
static enum match match_class(const scope *s, const gn_class *want,
                              gn_value v) {
  gn_ctx *ctx = s->ctx;
  if (gn_class_is(gn_class_of(ctx, v), want))
    return EXACT;
  if (want == gn_builtin(ctx, GN_C_FUNCTION))
    return gn_is_callable(ctx, v) && !gn_is(v, GN_T_CLASS) ? EXACT : NO;
  if (want == gn_builtin(ctx, GN_C_FLOAT) && gn_is_int(v))
    return LOSSLESS;
  if (want == gn_builtin(ctx, GN_C_INT) && gn_is_float(v)) {
    double d = gn_float(v);
    if (!(d >= -9223372036854775808.0 && d < 9223372036854775808.0))
      return NO;
    return trunc(d) == d ? LOSSLESS : LOSSY;
  }
  return NO;
}

static enum match match_name(const scope *s, gn_value form, gn_value v) {
  if (named(form, "Any") || named(form, "Object"))
    return EXACT;
  if (named(form, "Numeric"))
    return gn_is_number(v) ? EXACT : NO;
  if (named(form, "Collection"))
    return is_collection(v) ? EXACT : NO;
  const gn_class *want = named(form, "Self") ? s->self : class_named(s, form);
  return want ? match_class(s, want, v) : NO;
}

static bool is_union(const gn_gene *g) {
  return g->n >= 2 && named(g->children[0], "|");
}

/* Unions nest no deeper than source; *member gets the form that fits best. */
static enum match match_form(const scope *s, gn_value form, gn_value v,
                             gn_value *member) {
  *member = form;
  if (!gn_is_gene(form))
    return gn_is_symbol(form) ? match_name(s, form, v) : NO;
  const gn_gene *g = gn_gen(form);
  if (named(g->type, "Fn"))
    return gn_is_callable(s->ctx, v) ? EXACT : NO;
  if (!is_union(g))
    return match_form(s, g->type, v, member) == EXACT ? EXACT : NO;
  gn_value best_member;
  enum match best = match_form(s, g->type, v, &best_member);
  for (uint32_t i = 1; i < g->n; i += 2) {
    gn_value m;
    enum match r = match_form(s, g->children[i], v, &m);
    if (r > best) {
      best = r;
      best_member = m;
    }
  }
  *member = best_member;
  return best;
}

/* What strict nil lets nil through to. */
static bool admits_nil(gn_value form) {
  if (!gn_is_gene(form))
    return named(form, "Any") || named(form, "Nil");
  const gn_gene *g = gn_gen(form);
  if (!is_union(g))
    return named(g->type, "Option");
  if (admits_nil(g->type))
    return true;
  for (uint32_t i = 1; i < g->n; i += 2)
    if (admits_nil(g->children[i]))
      return true;
  return false;
}

static int mismatch(gn_ctx *ctx, const gn_type_check *check, gn_value v) {
  gn_value type = gn_print_quick(ctx, check->type, GN_DISPLAY);
  size_t n;
  const char *where = gn_text(check->where, &n);
  const char *nil = v != GN_NIL && v != GN_VOID
                        ? ""
                        : "; strict nil mode admits nil only for Any, Nil, "
                          "Option[T], or unions containing Nil";
  return gn_throw(ctx, GN_X_TYPE, "GENE_TYPE_MISMATCH",
                  "Type error [GENE_TYPE_MISMATCH]: expected %.*s, got %s in "
                  "%.*s%s",
                  type == GN_NONE ? 7 : (int)gn_str(type)->len,
                  type == GN_NONE ? "another" : gn_str_bytes(gn_str(type)),
                  gn_type_cstr(ctx, v), (int)n, where, nil);
}

static int convert(gn_ctx *ctx, const gn_type_check *check, gn_value *v) {
  if (gn_is_int(*v)) {
    *v = gn_float_new(&ctx->heap, (double)gn_int(*v));
    return *v == GN_NONE ? gn_oom(ctx) : GN_OK;
  }
  double d = gn_float(*v);
  if (trunc(d) != d) {
    char from[32], to[32], text[256];
    size_t n;
    const char *where = gn_text(check->where, &n);
    from[gn_format_double(d, from)] = '\0';
    to[gn_format_int((int64_t)d, to)] = '\0';
    snprintf(text, sizeof text,
             "Lossy conversion Float -> Int for %.*s: %s -> %s",
             (int)(n < 100 ? n : 100), where, from, to);
    gn_ctx_diagnostic(ctx, "warning", text);
  }
  *v = gn_int_new(&ctx->heap, (int64_t)d);
  return *v == GN_NONE ? gn_oom(ctx) : GN_OK;
}

static int check_one(const scope *s, const gn_type_check *check, gn_value *v,
                     bool converts) {
  if (*v == GN_NIL || *v == GN_VOID)
    return !s->ctx->strict_nil || admits_nil(check->type)
               ? GN_OK
               : mismatch(s->ctx, check, *v);
  s->ctx->fuel--;
  gn_value member;
  enum match m = match_form(s, check->type, *v, &member);
  if (m == EXACT)
    return GN_OK;
  if (m == NO || !converts)
    return mismatch(s->ctx, check, *v);
  return convert(s->ctx, check, v);
}

/* (... T): every element of a rest argument. */
static int check_rest(const scope *s, const gn_type_check *check,
                      gn_array *list) {
  gn_type_check each = {gn_gen(check->type)->children[0], check->where};
  for (uint32_t i = 0; i < list->len; i++) {
    int st = check_one(s, &each, &list->items[i], true);
    if (st != GN_OK)
      return st;
  }
  return GN_OK;
}

int gn_type_check_value(gn_ctx *ctx, const gn_closure *clo,
                        const gn_type_check *check, gn_value *v,
                        bool converts) {
  if (ctx->no_type_check)
    return GN_OK;
  scope s = {ctx, clo->module, clo->owner};
  if (gn_is_gene(check->type) && named(gn_gen(check->type)->type, "..."))
    return check_rest(&s, check, gn_arr(*v));
  return check_one(&s, check, v, converts);
}

int gn_is_type(gn_ctx *ctx, gn_value v, gn_value type, bool *out) {
  if (gn_is(type, GN_T_INSTANCE))
    type = gn_from_obj(gn_class_of(ctx, type));
  if (!gn_is(type, GN_T_CLASS))
    return gn_throw(ctx, GN_X_TYPE, NULL,
                    "is requires a type value on the right side");
  scope s = {ctx, NULL, NULL};
  *out = match_class(&s, (gn_class *)gn_as_obj(type), v) == EXACT;
  return GN_OK;
}

int gn_catches(gn_ctx *ctx, gn_value exception, gn_value cls, bool *out) {
  if (!gn_is(cls, GN_T_CLASS))
    return gn_throw(ctx, GN_X_TYPE, NULL, "catch needs a class, got %s",
                    gn_type_cstr(ctx, cls));
  *out = gn_class_is(gn_class_of(ctx, exception), (gn_class *)gn_as_obj(cls));
  return GN_OK;
}

/* Rows of cls->fields are [name default check closure]. */
int gn_check_field(gn_ctx *ctx, gn_class *cls, gn_value name, gn_value *v) {
  for (; cls; cls = cls->parent) {
    uint32_t n = gn_is_array(cls->fields) ? gn_arr(cls->fields)->len : 0;
    for (uint32_t i = 0; i < n; i++) {
      const gn_value *row = gn_arr(gn_arr(cls->fields)->items[i])->items;
      int64_t check = gn_fix(row[2]);
      if (!gn_key_equal(row[0], name))
        continue;
      if (check < 0)
        return GN_OK;
      const gn_closure *clo = (gn_closure *)gn_as_obj(row[3]);
      return gn_type_check_value(ctx, clo, &clo->proto->checks[check], v, true);
    }
  }
  return GN_OK;
}
