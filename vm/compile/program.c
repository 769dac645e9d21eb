/*
 * program.c - the life of a compiled program and the places in it.
 */
#include <stdlib.h>

#include "compile/arena.h"
#include "compile/compiler.h"
#include "compile/program_impl.h"
#include "run/context.h"
#include "types/regex_code.h"

/* What takes about a tenth of a millisecond to free. */
#define LARGE_BYTES ((size_t)1 << 20)

gn_program *gn_program_new(struct gene_core *core, bool apart, gn_heap *payer) {
  gn_program *p = calloc(1, sizeof *p);
  if (!p)
    return NULL;
  p->refs = 1;
  p->core = core;
  p->pool = apart ? gn_pool_create(GN_POOL_ALL) : NULL;
  gn_heap_init(&p->heap, apart ? p->pool : core->pool, GN_PROGRAM_MAX,
               core->seed);
  p->heap.obj_flags = GN_STATIC;
  p->arena = gn_arena_new(GN_PROGRAM_MAX, payer);
  if (p->arena && (p->pool || !apart))
    return p;
  gn_program_release(p);
  return NULL;
}

void gn_program_finish(gn_program *p, const gn_proto *main) {
  p->main = main;
  p->bytes =
      sizeof *p + p->heap.bytes + gn_arena_bytes(p->arena) + p->source_len;
}

void gn_program_retain(gn_program *p) {
  assert(p->refs > 0 && p->refs < UINT32_MAX);
  p->refs++;
}

void gn_program_release(gn_program *p) {
  assert(p->refs > 0);
  if (--p->refs > 0)
    return;
  const struct gene_core *core = p->core;
  if (core->unused && p->pool && p->bytes >= LARGE_BYTES)
    core->unused(core->unused_data, p);
  else
    gene_program_free(p);
}

void gene_program_free(gene_program_t *p) {
  assert(p->refs == 0);
  gn_re_codes_free(p->patterns);
  gn_heap_destroy(&p->heap);
  gn_pool_destroy(p->pool);
  gn_arena_free(p->arena);
  free(p->source);
  free(p);
}

int32_t gn_program_slot(const gn_program *p, gn_value name) {
  assert(gn_is_symbol(name));
  if (p->nslots == 0)
    return -1;
  uint32_t at = gn_sym(name)->hash & p->slot_mask, slot;
  for (; (slot = p->slot_index[at]) != 0; at = (at + 1) & p->slot_mask)
    if (gn_key_equal(p->slot_names[slot - 1], name))
      return (int32_t)(slot - 1);
  return -1;
}

void gn_proto_place(const gn_proto *proto, uint32_t pc, uint32_t *line,
                    uint32_t *column) {
  uint32_t low = 0, high = proto->nlocs;
  while (low < high) { /* the last entry at or before pc */
    uint32_t mid = low + (high - low) / 2;
    if (proto->locs[mid].pc <= pc)
      low = mid + 1;
    else
      high = mid;
  }
  *line = low ? proto->locs[low - 1].line : 0;
  *column = low ? proto->locs[low - 1].column : 0;
}
