/*
 * loop.c - binds a core to a libuv loop and lets go of it again. What is
 * still on the thread pool by then ends into nothing: the binding outlives the
 * core until its last job and its timer handle are closed.
 */
#include <stdlib.h>

#include "io/io.h"

void gn_io_retain(gn_io *io) {
  io->refs++;
}

void gn_io_release(gn_io *io) {
  assert(io->refs > 0);
  if (--io->refs > 0)
    return;
  assert(io->core == NULL && io->in_flight == 0 && io->ntimers == 0);
  gn_scratch_close(io);
  free(io->timers);
  free(io);
}

static void bind_core(gn_io *io, gene_core_t *core) {
  io->core = core;
  core->io = (gn_io_ops){.data = io,
                         .timer_start = gn_timer_start,
                         .timer_stop = gn_timer_stop,
                         .op_abandon = gn_job_abandon,
                         .context_gone = gn_client_gone};
}

int gene_io_attach(gene_core_t *core, uv_loop_t *loop,
                   const gene_io_options_t *options) {
  assert(core->io.data == NULL && "attached already");
  static const gene_io_options_t defaults;
  gn_io *io = calloc(1, sizeof *io);
  if (io == NULL)
    return UV_ENOMEM;
  io->loop = loop;
  io->refs = 1;
  int error = gn_scratch_open(io, options != NULL ? options : &defaults);
  if (error != 0) {
    free(io);
    return error;
  }
  error = gn_timers_open(io);
  if (error != 0) {
    gn_io_release(io);
    return error;
  }
  bind_core(io, core);
  return 0;
}

void gene_io_detach(gene_core_t *core) {
  gn_io *io = gn_io_of(core);
  if (io == NULL)
    return;
  assert(core->contexts == NULL && "contexts are left");
  core->io = (gn_io_ops){.data = NULL};
  io->core = NULL;
  gn_timers_close(io);
  gn_io_release(io);
}

size_t gene_io_in_flight(const gene_core_t *core) {
  const gn_io *io = gn_io_of(core);
  return io != NULL ? io->in_flight : 0;
}
