/*
 * stress.h - switches for tests: collect, move the stack or switch fibers at
 * every instruction; fail an allocation. No service uses them.
 */
#ifndef GN_RUN_STRESS_H
#define GN_RUN_STRESS_H

#include "gene.h"

/* kinds: enum gn_stress of run/context.h, OR-ed. */
void gene_core_stress(gene_core_t *core, unsigned kinds);

/* The nth allocation of the heap of each context made from now fails; 0: none
 * does. */
void gene_core_fail_nth(gene_core_t *core, uint64_t nth);

#endif
