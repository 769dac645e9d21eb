/*
 * disasm.c - the listing of a program: each function with its instructions,
 * constants and places. Driven by the opcode table.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "compile/compiler.h"

typedef struct text {
  char *at;
  size_t len, cap;
  bool failed;
} text;

static void put(text *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void put(text *t, const char *fmt, ...) {
  char buf[512];
  va_list args;
  va_start(args, fmt);
  int n = vsnprintf(buf, sizeof buf, fmt, args);
  va_end(args);
  size_t len = n < 0 ? 0 : (size_t)n;
  if (len >= sizeof buf)
    len = sizeof buf - 1;
  if (t->len + len + 1 > t->cap) {
    size_t cap = t->cap * 2 + len + 256;
    char *bigger = t->failed ? NULL : realloc(t->at, cap);
    if (!bigger) {
      t->failed = true;
      return;
    }
    t->at = bigger;
    t->cap = cap;
  }
  memcpy(t->at + t->len, buf, len);
  t->len += len;
  t->at[t->len] = 0;
}

static const char *const names[] = {
#define OP(name, format, doc) #name,
    GN_OPCODES(OP)
#undef OP
};

static const char *const formats[] = {
#define OP(name, format, doc) format,
    GN_OPCODES(OP)
#undef OP
};

/* ---- operands ---- */

static void put_constant(text *t, gn_value v) {
  char buf[80];
  if (gn_is(v, GN_T_NATIVE))
    put(t, " <%s>", ((gn_native_fn *)gn_as_obj(v))->def->name);
  else if (gn_is_float(v))
    put(t, " %g", gn_float(v));
  else if (gn_is(v, GN_T_CLASS))
    put(t, " <class>");
  else
    put(t, " %s", gn_form_text(v, buf, sizeof buf));
}

static void put_bits(text *t, int32_t d) {
  switch ((gn_value)(uint32_t)d) {
  case GN_FALSE: put(t, " false"); break;
  case GN_NIL: put(t, " nil"); break;
  case GN_VOID: put(t, " void"); break;
  case GN_TRUE: put(t, " true"); break;
  case GN_UNSET: put(t, " unset"); break;
  case GN_PLACEHOLDER: put(t, " _"); break;
  default: put(t, " %d", d);
  }
}

static void put_name(text *t, gn_value symbol) {
  char buf[80];
  put(t, " .%s", gn_form_text(symbol, buf, sizeof buf));
}

static void put_slot(text *t, const gn_proto *p, int32_t slot) {
  char buf[80];
  put(t, " G%d", slot);
  if (slot >= 0 && (uint32_t)slot < p->program->nslots)
    put(t, " (%s)",
        gn_form_text(p->program->slot_names[slot], buf, sizeof buf));
}

static void put_operand(text *t, const gn_proto *p, uint32_t pc, char kind,
                        int32_t v, bool is_d) {
  uint32_t u = is_d ? (uint32_t)v : (uint16_t)v;
  switch (kind) {
  case 'r': put(t, " R%u", u); break;
  case 'k':
    if (u < p->nconsts)
      put_constant(t, p->consts[u]);
    break;
  case 'i': put(t, " %d", is_d ? v : (int16_t)v); break;
  case 'u': put(t, " U%u", u); break;
  case 'g': put_slot(t, p, v); break;
  case 's':
    if (u < p->nsites)
      put_name(t, p->sites[u].name);
    break;
  case 'p': put(t, " P%u", u); break;
  case 'n': put(t, " %u", u); break;
  case 'j': {
    int64_t by = is_d ? v : (int16_t)v;
    put(t, " ->%lld", (long long)pc + 1 + by);
    break;
  }
  case 'e': put(t, " E%u", u); break;
  case 't': put(t, " T%u", u); break;
  case 'y': put(t, " Y%u", u); break;
  default: break;
  }
}

static void put_instruction(text *t, const gn_proto *p, uint32_t pc) {
  const gn_ins *i = &p->code[pc];
  const char *f = formats[i->op];
  size_t n = strlen(f);
  bool wide = n == 3 && (f[1] == ' ' || (f[0] == '-' && f[1] == '-'));
  put(t, "%5u  %-9s", pc, names[i->op]);
  if (n > 0)
    put_operand(t, p, pc, f[0], i->a, false);
  if (wide && (i->op == GN_OP_LOADC || i->op == GN_OP_RETC))
    put_bits(t, i->d);
  else if (wide)
    put_operand(t, p, pc, f[2], i->d, true);
  else {
    if (n > 1)
      put_operand(t, p, pc, f[1], i->b, false);
    if (n > 2)
      put_operand(t, p, pc, f[2], i->c, false);
  }
  put(t, "\n");
}

/* ---- functions ---- */

static void put_title(text *t, const gn_proto *p) {
  char name[80], cls[80];
  const char *n = "<fn>";
  if (p->flags & GN_P_MAIN)
    n = "<main>";
  else if (p->flags & GN_P_BLOCK)
    n = "<block>";
  if (gn_is_symbol(p->name))
    n = gn_form_text(p->name, name, sizeof name);
  put(t, "%s%s%s",
      gn_is_symbol(p->class_name) ? gn_form_text(p->class_name, cls, sizeof cls)
                                  : "",
      gn_is_symbol(p->class_name) ? "." : "", n);
  put(t, "  (line %u, %u parameters, %u registers, %u captures)\n", p->line,
      p->nparams, p->nregs, p->ncaptures);
}

static void put_captures(text *t, const gn_proto *p) {
  for (uint32_t i = 0; i < p->ncaptures; i++)
    put(t, "       U%u = %c%u outside\n", i, p->captures[i].from_up ? 'U' : 'R',
        p->captures[i].index);
  for (uint32_t i = 0; i < p->nhandlers; i++) {
    const gn_handler *h = &p->handlers[i];
    put(t, "       try %u..%u: R%u, ->%u\n", h->start, h->end, h->reg,
        h->target);
  }
}

/* Functions nest no deeper than forms do. */
static void put_function(text *t, const gn_proto *p) {
  put_title(t, p);
  put_captures(t, p);
  uint32_t next = 0;
  for (uint32_t pc = 0; pc < p->ncode; pc++) {
    if (next < p->nlocs && p->locs[next].pc == pc) {
      put(t, "       ; %u:%u\n", p->locs[next].line, p->locs[next].column);
      next++;
    }
    put_instruction(t, p, pc);
  }
  for (uint32_t i = 0; i < p->nprotos; i++) {
    put(t, "\nP%u of the above: ", i);
    put_function(t, p->protos[i]);
  }
}

char *gene_program_disassemble(const gene_program_t *program) {
  const gn_program *p = (const gn_program *)program;
  text t = {0};
  put_function(&t, p->main);
  if (!t.failed)
    return t.at;
  free(t.at);
  return NULL;
}
