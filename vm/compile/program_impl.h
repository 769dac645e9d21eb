/*
 * program_impl.h - making programs. Internal to compile/.
 */
#ifndef GN_COMPILE_PROGRAM_IMPL_H
#define GN_COMPILE_PROGRAM_IMPL_H

#include "compile/program.h"

/* What a pool keeps that goes as a whole anyway. */
#define GN_POOL_ALL SIZE_MAX

/* An empty program with one reference; `apart`: with a pool of its own. `payer`
 * the heap that pays for its tables until the arena is settled, or NULL. NULL:
 * out of memory. */
gn_program *gn_program_new(struct gene_core *core, bool apart, gn_heap *payer);

/* The program is complete: sums up what it holds. */
void gn_program_finish(gn_program *program, const gn_proto *main);

#endif
