/*
 * io.h - what the files of vm/io share: the binding of a core to a loop, a
 * context's share of it, and the timer heap. Internal to this folder; nothing
 * here runs Gene code.
 *
 * Threads: everything belongs to the loop's thread, except what a job's work
 * function does on the thread pool. That one sees its job, the client's lock
 * and counters, and the scratch root, never a context or a core.
 */
#ifndef GN_IO_IO_H
#define GN_IO_IO_H

#include <uv.h>

#include "gene_io.h"
#include "run/context.h"

typedef struct gn_io gn_io;
typedef struct gn_client gn_client;
typedef struct gn_job gn_job;
typedef struct gn_process gn_process;

/* A started timer. The heap orders them by due time, then by seq. */
typedef struct gn_timer {
  uint64_t due_us; /* monotonic */
  uint64_t seq;    /* order of creation */
  uint32_t op;
} gn_timer;

/* The folder of this process below which each context has one of its own. */
typedef struct gn_scratch {
  uv_mutex_t lock;    /* of name and fd: made by the first who needs it */
  char *root;         /* where it is made; NULL: $TMPDIR or /tmp */
  char *path;         /* of the folder, NULL: not made yet */
  int fd;             /* of it, locked by flock; -1 */
  uint64_t max_bytes; /* quota of one context */
  uint32_t max_files;
  uint32_t made;   /* numbers the contexts' folders; loop thread */
  bool no_openat2; /* the kernel or a filter refuses it */
} gn_scratch;

struct gn_io {
  gene_core_t *core; /* NULL once detached */
  uv_loop_t *loop;
  uint32_t refs;    /* attached, open handle, clients */
  size_t in_flight; /* jobs in the pool */
  uv_timer_t timer; /* runs while the heap is not empty */
  gn_timer *timers; /* binary min-heap */
  uint32_t ntimers, timers_cap;
  uint64_t timer_seq;
  gn_scratch scratch;
};

/* A context's share: its jobs and its scratch folder. Made at its first file
 * operation, freed when the context is gone and its last job has ended. */
struct gn_client {
  gn_io *io;
  bool gone;             /* the context was destroyed */
  uint32_t id;           /* names its folder */
  uint32_t jobs;         /* not yet freed */
  uint32_t running;      /* of them in the pool */
  gn_job *first, *last;  /* of them waiting for their turn */
  gn_process *processes; /* started by it; loop thread */
  uint32_t processes_made;
  uv_mutex_t lock; /* of the three below, and of changes to the folder */
  bool made;       /* the folder exists */
  uint64_t bytes;  /* in its regular files */
  uint32_t files;  /* files and folders in it */
};

/* ---- loop.c ---- */

static inline gn_io *gn_io_of(const gene_core_t *core) {
  return core->io.data;
}
void gn_io_retain(gn_io *io);
void gn_io_release(gn_io *io);

/* ---- timers.c: members of gn_io_ops ---- */

int gn_timers_open(gn_io *io); /* 0 or a negative errno */
void gn_timers_close(gn_io *io);
bool gn_timer_start(void *io, uint32_t op, uint64_t due_us);
void gn_timer_stop(void *io, uint32_t op);

/* ---- scratch.c ---- */

/* Makes the folder of this process now when options name a root, and starts
 * to remove what ended processes left there. 0 or a negative errno. */
int gn_scratch_open(gn_io *io, const gene_io_options_t *options);
/* Removes the folder of this process. */
void gn_scratch_close(gn_io *io);
/* The descriptor of the client's folder, made if need be; the caller closes
 * it. Or a negative errno. On the pool, with the client's lock held. */
int gn_scratch_enter(gn_client *client);
/* Removes the client's folder. On the pool, when no job of it is left. */
void gn_scratch_remove(gn_client *client);

/* ---- jobs.c ---- */

/* The client of a context, made if need be. NULL: out of memory. */
gn_client *gn_client_of(gn_ctx *ctx);
/* Member of gn_io_ops: the context is being destroyed. */
void gn_client_gone(void *io, gn_ctx *ctx);
/* Member of gn_io_ops: nobody wants the result of op any more. */
void gn_job_abandon(void *io, uint32_t op);

#endif
