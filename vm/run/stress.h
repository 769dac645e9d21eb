/*
 * stress.h - a switch for tests: fail an allocation. No service uses it.
 */
#ifndef GN_RUN_STRESS_H
#define GN_RUN_STRESS_H

#include "gene.h"

/* The nth allocation of the heap of each context made from now fails; 0: none
 * does. */
void gene_core_fail_nth(gene_core_t *core, uint64_t nth);

#endif
