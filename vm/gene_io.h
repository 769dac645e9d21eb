/*
 * gene_io.h - joins a core to a libuv loop: timers and file operations of all
 * contexts. The one public header of vm/ that shows a libuv type. It never
 * runs Gene code: a finished operation completes its future and wakes the
 * context by gene_host_t.on_wake.
 */
#ifndef GENE_IO_H
#define GENE_IO_H

#include <uv.h>

#include "gene.h"

typedef struct gene_io_options {
  const char *scratch_root; /* folder for private scratch folders;
                                   NULL: a fresh one under $TMPDIR or /tmp */
  uint64_t scratch_bytes;   /* quota of one evaluation; 0: 64 MiB */
  uint32_t scratch_files;   /* 0: 1,000 */
} gene_io_options_t;

/* Must be called once, before the first context is created. Returns 0 or a
 * negative errno. The loop must outlive gene_io_detach. */
int gene_io_attach(gene_core_t *core, uv_loop_t *loop,
                   const gene_io_options_t *options);

/* Closes its handles; run the loop once more afterwards so that they end.
 * All contexts must be gone. Removes what is left of the scratch folders. */
void gene_io_detach(gene_core_t *core);

/* Operations started and not yet ended (timers not counted): 0 means that no
 * thread of the pool works for us. */
size_t gene_io_in_flight(const gene_core_t *core);

#endif
