/*
 * program_check.c - see program_check.h.
 */
#include "vm/program_check.h"

#include "types/string.h"

static const char *const formats[] = {
#define OP(name, format, doc) format,
    GN_OPCODES(OP)
#undef OP
};

/* Operands of one instruction, in the order of its format. */
static const char *check_operand(const gn_proto *p, uint32_t pc, char kind,
                                 int64_t v, int64_t wide) {
  switch (kind) {
  case 'r': return v < p->nregs ? NULL : "register out of range";
  case 'k':
    if (p->code[pc].op == GN_OP_CALLM && v == UINT16_MAX)
      return NULL;
    return v < p->nconsts ? NULL : "constant out of range";
  case 'u': return v < p->ncaptures ? NULL : "capture out of range";
  case 'p': return v < p->nprotos ? NULL : "function out of range";
  case 's': return v < p->nsites ? NULL : "site out of range";
  case 'e': return v < p->nenvs ? NULL : "env out of range";
  case 't': return v < p->npatterns ? NULL : "pattern out of range";
  case 'y': return v < p->nchecks ? NULL : "type check out of range";
  case 'g': return v >= 0 ? NULL : "negative slot";
  case 'j': {
    int64_t to = (int64_t)pc + 1 + wide;
    if (to < 0 || to >= p->ncode)
      return "jump out of range";
    return p->code[to].op != GN_OP_EXT ? NULL : "jump to an operand";
  }
  default: return NULL;
  }
}

/* First register of a window and how many it has in all. */
static bool window_of(const gn_ins *i, uint32_t *first, uint32_t *n) {
  *first = i->a;
  switch (i->op) {
  case GN_OP_CALL:
  case GN_OP_TCALL: *n = 1u + i->b; return true;
  case GN_OP_SEND:
  case GN_OP_TSEND:
  case GN_OP_SENDD:
  case GN_OP_SUPER: *n = 2u + i->b; return true;
  case GN_OP_CALLX:
  case GN_OP_TCALLX: *n = 3; return true;
  case GN_OP_SENDX:
  case GN_OP_SENDDX:
  case GN_OP_SUPERX: *n = 4; return true;
  case GN_OP_ITER: *n = 3u + i->c; return true;
  case GN_OP_ARRAY:
  case GN_OP_HASHMAP:
  case GN_OP_STR:
  case GN_OP_AWAIT:
    *first = i->b;
    *n = i->c;
    return true;
  case GN_OP_AWAITT:
  case GN_OP_EVAL:
    *first = i->b;
    *n = i->c + 1u;
    return true;
  default: return false;
  }
}

static bool takes_ext(uint16_t op) {
  return op == GN_OP_SENDK || op == GN_OP_TSENDK || op == GN_OP_RENDER ||
         op == GN_OP_GETPV || op == GN_OP_SETPV || op == GN_OP_FIELD;
}

static const char *check_instruction(const gn_proto *p, uint32_t pc) {
  const gn_ins *i = &p->code[pc];
  if (i->op >= GN_OP_COUNT)
    return "unknown instruction";
  const char *f = formats[i->op];
  size_t len = strlen(f);
  bool wide = len == 3 && (f[1] == ' ' || (f[0] == '-' && f[1] == '-'));
  const char *wrong = len ? check_operand(p, pc, f[0], i->a, 0) : NULL;
  if (!wrong && wide)
    wrong = check_operand(p, pc, f[2], i->d, i->d);
  if (!wrong && !wide && len > 1)
    wrong = check_operand(p, pc, f[1], i->b, (int16_t)i->b);
  if (!wrong && !wide && len > 2)
    wrong = check_operand(p, pc, f[2], i->c, (int16_t)i->c);
  uint32_t first, n;
  if (!wrong && window_of(i, &first, &n) && n && first + n > p->nregs)
    wrong = "window out of range";
  bool before_ext = pc + 1 < p->ncode && p->code[pc + 1].op == GN_OP_EXT;
  if (!wrong && before_ext != takes_ext(i->op))
    wrong = "operand without its instruction, or the other way round";
  return wrong;
}

static const char *check_tables(const gn_proto *p) {
  for (uint32_t i = 0; i < p->nhandlers; i++) {
    const gn_handler *h = &p->handlers[i];
    if (h->start >= h->end || h->end > p->ncode || h->target >= p->ncode ||
        h->reg >= p->nregs)
      return "bad handler";
  }
  for (uint32_t i = 0; i < p->nlocs; i++)
    if (p->locs[i].pc >= p->ncode || (i && p->locs[i - 1].pc >= p->locs[i].pc))
      return "places out of order";
  for (uint32_t i = 0; i < p->nsites; i++)
    if (!gn_is_symbol(p->sites[i].name))
      return "site without a name";
  for (uint32_t i = 0; i < p->nprotos; i++) {
    const gn_proto *in = p->protos[i];
    for (uint32_t k = 0; k < in->ncaptures; k++)
      if (in->captures[k].index >=
          (in->captures[k].from_up ? p->ncaptures : p->nregs))
        return "capture of nothing";
  }
  if (p->nparams + ((p->flags & GN_P_METHOD) != 0) > p->nregs)
    return "more parameters than registers";
  return p->site_base + p->nsites <= p->program->nsites ? NULL
                                                        : "sites overlap";
}

static const char *check_proto(const gn_proto *p) {
  if (p->ncode == 0)
    return "no code";
  for (uint32_t pc = 0; pc < p->ncode; pc++) {
    const char *wrong = check_instruction(p, pc);
    if (wrong)
      return wrong;
  }
  uint16_t last = p->code[p->ncode - 1].op;
  if (last != GN_OP_RET && last != GN_OP_RETC && last != GN_OP_THROW &&
      last != GN_OP_RETHROW && last != GN_OP_FAIL && last != GN_OP_LOOP &&
      last != GN_OP_JMP)
    return "code runs off its end";
  const char *wrong = check_tables(p);
  for (uint32_t i = 0; !wrong && i < p->nprotos; i++)
    wrong = check_proto(p->protos[i]);
  return wrong;
}

const char *program_check(const gn_program *program) {
  return check_proto(program->main);
}
