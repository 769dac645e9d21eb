/*
 * comp.c - what every part of the compiler needs: errors with their place,
 * short texts of forms for messages, memory. It never looks into a form
 * deeper than its first level.
 */
#include <stdarg.h>
#include <stdio.h>

#include "compile/compiler.h"
#include "core/utf8.h"

void *gn_comp_oom(gn_comp *c) {
  if (!c->failed && gn_arena_capped(c->scratch)) {
    gn_comp_error(c, "Program too large");
    return NULL;
  }
  c->oom = true;
  return NULL;
}

static void report(gn_comp *c, uint32_t line, uint32_t column, const char *fmt,
                   va_list args) {
  if (c->failed || c->oom)
    return;
  c->failed = true;
  gene_compile_error_t *err = c->err;
  vsnprintf(err->message, sizeof err->message, fmt, args);
  size_t len = strlen(err->message);
  err->message[gn_utf8_valid_prefix(err->message, len)] = 0;
  err->class_name = c->error_class;
  err->line = line;
  err->column = column;
}

void *gn_comp_error(gn_comp *c, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  report(c, c->line, c->column, fmt, args);
  va_end(args);
  return NULL;
}

void *gn_comp_error_at(gn_comp *c, uint32_t line, uint32_t column,
                       const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  report(c, line, column, fmt, args);
  va_end(args);
  return NULL;
}

static const char *csymbol_text(const gn_csymbol *cs, char *buf, size_t cap) {
  size_t at = 0;
  for (uint32_t i = 0; i < cs->n; i++) {
    const char *text = "<>";
    size_t len = 2;
    if (gn_is_symbol(cs->part[i]))
      text = gn_text(cs->part[i], &len);
    int n =
        snprintf(buf + at, cap - at, "%s%.*s", i ? "/" : "", (int)len, text);
    if (n < 0 || (size_t)n >= cap - at)
      break;
    at += (size_t)n;
  }
  return buf;
}

const char *gn_form_text(gn_value form, char *buf, size_t cap) {
  size_t len;
  if (gn_is_fix(form))
    snprintf(buf, cap, "%lld", (long long)gn_fix(form));
  else if (form == GN_NIL)
    snprintf(buf, cap, "nil");
  else if (form == GN_TRUE || form == GN_FALSE)
    snprintf(buf, cap, "%s", form == GN_TRUE ? "true" : "false");
  else if (!gn_is_ptr(form))
    snprintf(buf, cap, "%s", form == GN_VOID ? "void" : "a literal");
  else if (gn_is_symbol(form)) {
    const char *s = gn_text(form, &len);
    snprintf(buf, cap, "%.*s", (int)len, s);
  } else if (gn_is_string(form)) {
    const char *s = gn_text(form, &len);
    snprintf(buf, cap, "\"%.*s\"", (int)len, s);
  } else if (gn_is(form, GN_T_CSYMBOL))
    return csymbol_text((const gn_csymbol *)gn_as_obj(form), buf, cap);
  else if (gn_is_array(form))
    snprintf(buf, cap, "[...]");
  else if (gn_is(form, GN_T_MAP))
    snprintf(buf, cap, "{...}");
  else
    snprintf(buf, cap, gn_is_gene(form) ? "(...)" : "a literal");
  return buf;
}

void *gn_scratch(gn_comp *c, size_t bytes) {
  void *p = gn_arena_alloc(c->scratch, bytes);
  return p ? p : gn_comp_oom(c);
}

void *gn_program_mem(gn_comp *c, size_t bytes) {
  void *p = gn_arena_alloc(c->program->arena, bytes);
  if (!p && !c->failed && gn_arena_capped(c->program->arena))
    return gn_comp_error(c, "Program too large");
  return p ? p : gn_comp_oom(c);
}
