/*
 * dump.h - forms as text for tests of the reader: each kind of value is
 * written in its own way, so that a test sees what the printer would hide.
 *   "s"  'c'  sym  1  1.5  nil  <date>  Q:form  U:form  UD:form (drop)
 *   UM:form (method)  P[a|b]  [..]  {k v}  (t {props} child)  sealed: # first
 */
#ifndef TESTS_UNIT_VM_DUMP_H
#define TESTS_UNIT_VM_DUMP_H

#include <stdio.h>

#include "core/dict.h"
#include "core/number.h"
#include "core/utf8.h"
#include "syntax/reader.h"
#include "types/array.h"
#include "types/datetime.h"
#include "types/gene.h"
#include "types/regex.h"
#include "types/string.h"

typedef struct dump_out {
  char *p, *end;
} dump_out;

static inline void dump_put(dump_out *o, const char *s, size_t n) {
  for (size_t i = 0; i < n && o->p + 1 < o->end; i++)
    *o->p++ = s[i];
  *o->p = '\0';
}
static inline void dump_c(dump_out *o, const char *s) {
  dump_put(o, s, strlen(s));
}
static inline void dump_form(dump_out *o, gn_value v);

static inline void dump_list(dump_out *o, const char *sep, const gn_value *v,
                             size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (i > 0)
      dump_c(o, sep);
    dump_form(o, v[i]);
  }
}

static inline void dump_dict(dump_out *o, const gn_dict *d) {
  uint32_t i = 0;
  const char *sep = "";
  const gn_entry *e;
  dump_c(o, "{");
  while ((e = gn_dict_next(d, &i)) != NULL) {
    dump_c(o, sep);
    dump_form(o, e->key);
    dump_c(o, " ");
    dump_form(o, e->value);
    sep = " ";
  }
  dump_c(o, "}");
}

static inline void dump_gene(dump_out *o, const gn_gene *g) {
  dump_c(o, "(");
  dump_form(o, g->type);
  if (g->props != NULL) {
    dump_c(o, " ");
    dump_dict(o, g->props);
  }
  if (g->n > 0)
    dump_c(o, " ");
  dump_list(o, " ", g->children, g->n);
  dump_c(o, ")");
}

static inline void dump_text(dump_out *o, const char *quote, const char *s,
                             size_t n) {
  dump_c(o, quote);
  dump_put(o, s, n);
  dump_c(o, quote);
}

static inline void dump_bytes(dump_out *o, const gn_string *s) {
  char hex[4];
  dump_c(o, "b:");
  for (uint32_t i = 0; i < s->len; i++) {
    snprintf(hex, sizeof hex, "%02x", (unsigned char)gn_str_bytes(s)[i]);
    dump_c(o, hex);
  }
}

static inline void dump_regex(dump_out *o, const gn_regex *re) {
  char flags[16];
  snprintf(flags, sizeof flags, "re%u:", re->flags);
  dump_c(o, flags);
  dump_form(o, re->source);
  dump_form(o, re->replacement);
}

static inline void dump_object(dump_out *o, gn_value v) {
  void *p = gn_as_obj(v);
  char buf[GN_DATETIME_MAX];
  switch (gn_as_obj(v)->type) {
  case GN_T_STRING:
    dump_text(o, "\"", gn_str_bytes(p), ((gn_string *)p)->len);
    break;
  case GN_T_SYMBOL: dump_put(o, gn_sym(v)->bytes, gn_sym(v)->len); break;
  case GN_T_CSYMBOL:
    dump_c(o, "P[");
    dump_list(o, "|", ((gn_csymbol *)p)->part, ((gn_csymbol *)p)->n);
    dump_c(o, "]");
    break;
  case GN_T_ARRAY:
    dump_c(o, "[");
    dump_list(o, " ", gn_arr(v)->items, gn_arr(v)->len);
    dump_c(o, "]");
    break;
  case GN_T_MAP: dump_dict(o, p); break;
  case GN_T_GENE: dump_gene(o, p); break;
  case GN_T_QUOTE:
    dump_c(o, "Q:");
    dump_form(o, ((gn_box *)p)->v);
    break;
  case GN_T_UNQUOTE:
    dump_c(o, gn_as_obj(v)->aux == GN_UNQUOTE_DROP     ? "UD:"
              : gn_as_obj(v)->aux == GN_UNQUOTE_METHOD ? "UM:"
                                                       : "U:");
    dump_form(o, ((gn_box *)p)->v);
    break;
  case GN_T_BYTES: dump_bytes(o, p); break;
  case GN_T_REGEX: dump_regex(o, p); break;
  case GN_T_DATE:
  case GN_T_TIME:
  case GN_T_DATETIME:
    dump_text(o, "|", buf, gn_when_format(gn_when_of(v), buf));
    break;
  default: dump_c(o, "?"); break;
  }
}

static inline void dump_form(dump_out *o, gn_value v) {
  char buf[40];
  if (gn_is_int(v)) {
    dump_put(o, buf, gn_format_int(gn_int(v), buf));
  } else if (gn_is_float(v)) {
    dump_put(o, buf, gn_format_double(gn_float(v), buf));
  } else if (gn_is_char(v)) {
    dump_text(o, "'", buf, gn_utf8_encode(gn_char(v), buf));
  } else if (!gn_is_ptr(v)) {
    dump_c(o, v == GN_NIL     ? "nil"
              : v == GN_VOID  ? "void"
              : v == GN_TRUE  ? "true"
              : v == GN_FALSE ? "false"
                              : "?");
  } else {
    if (gn_as_obj(v)->flags & GN_SEALED)
      dump_c(o, "#");
    dump_object(o, v);
  }
}

#endif
