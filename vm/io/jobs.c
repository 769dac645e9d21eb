/*
 * jobs.c - the life of a file operation. Each context has at most a few jobs
 * in the pool; its others wait in its own queue, so that no script can keep
 * the pool from the rest. A job's memory is charged to its context's heap.
 */
#include "io/jobs.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "io/errors.h"
#include "io/paths.h"
#include "io/process.h"

#define POOL_SHARE 4u /* jobs of one context in the pool at a time */

/* ---- clients ---- */

gn_client *gn_client_of(gn_ctx *ctx) {
  if (ctx->io != NULL)
    return ctx->io;
  gn_client *client = calloc(1, sizeof *client);
  if (client == NULL)
    return NULL;
  if (uv_mutex_init(&client->lock) != 0) {
    free(client);
    return NULL;
  }
  client->io = gn_io_of(ctx->core);
  client->id = client->io->scratch.made++;
  gn_io_retain(client->io);
  ctx->io = client;
  return client;
}

static void free_client(gn_client *client) {
  gn_io *io = client->io;
  uv_mutex_destroy(&client->lock);
  free(client);
  gn_io_release(io);
}

typedef struct gn_removal {
  uv_work_t work;
  gn_client *client;
} gn_removal;

static void remove_work(uv_work_t *work) {
  gn_removal *removal = work->data;
  gn_scratch_remove(removal->client);
}

static void after_remove(uv_work_t *work, int status) {
  (void)status;
  gn_removal *removal = work->data;
  removal->client->io->in_flight--;
  free_client(removal->client);
  free(removal);
}

/* The last of a context: its folder goes, in the pool when that works. */
static void end_client(gn_client *client) {
  if (!client->made) {
    free_client(client);
    return;
  }
  gn_removal *removal = malloc(sizeof *removal);
  if (removal != NULL) {
    *removal = (gn_removal){.client = client};
    removal->work.data = removal;
    if (uv_queue_work(client->io->loop, &removal->work, remove_work,
                      after_remove) == 0) {
      client->io->in_flight++;
      return;
    }
    free(removal);
  }
  gn_scratch_remove(client);
  free_client(client);
}

/* To be called after whatever may have freed a job; client is gone then. */
static void maybe_end(gn_client *client) {
  if (client->gone && client->jobs == 0)
    end_client(client);
}

void gn_client_gone(void *data, gn_ctx *ctx) {
  (void)data;
  gn_client *client = ctx->io;
  if (client == NULL)
    return;
  gn_processes_gone(client);
  ctx->io = NULL;
  client->gone = true;
  maybe_end(client);
}

/* ---- making and freeing ---- */

gn_job *gn_job_new(gn_ctx *ctx, const gn_call *call, const gn_job_kind *kind,
                   gn_value path) {
  gn_path where;
  if (gn_path_resolve(ctx, call, path, &where) != GN_OK)
    return NULL;
  if (gn_io_of(ctx->core) == NULL) {
    gn_throw(ctx, GN_X_RUNTIME, NULL, "No event loop: files are not there");
    return NULL;
  }
  size_t size = sizeof(gn_job) + where.shown_len + 1 + where.len + 1;
  gn_client *client = gn_client_of(ctx);
  bool charged = client != NULL && gn_heap_charge(&ctx->heap, size);
  gn_job *job = charged ? calloc(1, size) : NULL;
  if (job == NULL) {
    if (charged)
      gn_heap_uncharge(&ctx->heap, size);
    gn_oom(ctx);
    return NULL;
  }
  memcpy(job->text, where.shown, where.shown_len);
  memcpy(job->text + where.shown_len + 1, where.path, where.len);
  job->shown = job->text;
  job->shown_len = where.shown_len;
  job->path = job->text + where.shown_len + 1;
  job->trusted = where.trusted;
  job->error = where.error; /* found too late to be thrown at the call */
  job->kind = kind;
  job->client = client;
  job->op = GN_NO_OP;
  job->fd = -1;
  job->charged = size;
  job->limit = ctx->heap.cap;
  client->jobs++;
  return job;
}

static void free_job(gn_job *job) {
  assert(job->fd < 0 && !job->in_pool && !job->waiting);
  job->client->jobs--;
  free(job->buf);
  free(job);
}

static void discard(gn_ctx *ctx, gn_job *job) {
  gn_heap_uncharge(&ctx->heap, job->charged);
  free_job(job);
}

bool gn_job_charge(gn_job *job, gn_ctx *ctx, size_t n) {
  if (!gn_ctx_charge(ctx, n))
    return false;
  job->charged += n;
  return true;
}

bool gn_job_resize(gn_job *job, size_t cap) {
  size_t tail = job->head > 0 ? 16 : 0;
  if (cap > SIZE_MAX - job->head - tail)
    return false;
  char *buf = realloc(job->buf, job->head + cap + tail);
  if (buf == NULL)
    return false;
  job->buf = buf;
  job->cap = cap;
  return true;
}

bool gn_job_reserve(gn_job *job, gn_ctx *ctx, size_t cap) {
  assert(cap >= job->cap);
  job->error = GN_JOB_NO_MEMORY;
  if (!gn_job_charge(job, ctx, cap - job->cap_charged))
    return false;
  job->cap_charged = cap;
  if (!gn_job_resize(job, cap))
    return false;
  job->error = 0;
  return true;
}

static gn_op *op_of(const gn_job *job) {
  gene_core_t *core = job->client->io->core;
  if (core == NULL || job->op == GN_NO_OP)
    return NULL;
  return gn_op_get(core, job->op, job->gen);
}

gn_value gn_job_kept(const gn_job *job) {
  const gn_op *op = op_of(job);
  assert(op != NULL);
  return op->keep;
}

/* ---- its end ---- */

static gn_value make_result(gn_job *job, gn_ctx *ctx) {
  const gn_job_kind *kind = job->kind;
  if (kind->result == NULL)
    return GN_NIL;
  gn_value v = kind->result(job, ctx);
  if (v == GN_NONE && gn_ctx_collect(ctx))
    v = kind->result(job, ctx);
  return v;
}

static gn_value make_error(gn_job *job, gn_ctx *ctx) {
  gn_value v = gn_file_error(ctx, job);
  if (v == GN_NONE && gn_ctx_collect(ctx))
    v = gn_file_error(ctx, job);
  return v;
}

static bool is_absent(int error) {
  return error == -ENOENT || error == -ENOTDIR;
}

/* Completes the future and frees the job. The op keeps the future alive while
 * the outcome is made, which may collect. */
static void complete(gn_job *job, gn_op *op) {
  gn_ctx *ctx = op->ctx;
  uint32_t index = job->op;
  if (job->kind->absent_is_fine && is_absent(job->error))
    job->error = 0;
  bool failed = job->error != 0;
  gn_heap_uncharge(&ctx->heap, job->charged);
  gn_value v = GN_NONE;
  if (job->error != GN_JOB_NO_MEMORY)
    v = failed ? make_error(job, ctx) : make_result(job, ctx);
  gn_op_end(ctx, index, v, failed);
  free_job(job);
}

/* ---- in the pool ---- */

static void work(uv_work_t *req) {
  gn_job *job = req->data;
  if (job->error == 0)
    job->kind->work(job);
  assert(job->more || job->error != 0 || job->fd < 0);
}

/* The last turn of a job that ended with its file open. */
static void close_file(uv_work_t *req) {
  gn_job *job = req->data;
  close(job->fd);
  job->fd = -1;
}

static void after(uv_work_t *req, int status);

static bool submit(gn_job *job, uv_work_cb call) {
  gn_io *io = job->client->io;
  job->more = false;
  job->work.data = job;
  if (uv_queue_work(io->loop, &job->work, call, after) != 0)
    return false;
  job->in_pool = true;
  job->client->running++;
  io->in_flight++;
  return true;
}

static void finish(gn_job *job) {
  if (job->fd >= 0) {
    if (submit(job, close_file))
      return;
    close(job->fd);
    job->fd = -1;
  }
  gn_op *op = op_of(job);
  if (op != NULL)
    complete(job, op);
  else
    free_job(job);
}

/* Another turn in the pool, or the end. */
static void advance(gn_job *job) {
  const gn_op *op = op_of(job);
  if (op == NULL || (job->kind->prepare != NULL && job->error == 0 &&
                     !job->kind->prepare(job, op->ctx))) {
    finish(job);
  } else if (!submit(job, work)) {
    job->error = -EAGAIN;
    finish(job);
  }
}

/* ---- turns ---- */

static void enqueue(gn_job *job) {
  gn_client *client = job->client;
  job->waiting = true;
  job->prev = client->last;
  job->next = NULL;
  if (client->last != NULL)
    client->last->next = job;
  else
    client->first = job;
  client->last = job;
}

static void dequeue(gn_job *job) {
  gn_client *client = job->client;
  assert(job->waiting);
  *(job->prev != NULL ? &job->prev->next : &client->first) = job->next;
  *(job->next != NULL ? &job->next->prev : &client->last) = job->prev;
  job->waiting = false;
}

static void run_waiting(gn_client *client) {
  while (client->running < POOL_SHARE && client->first != NULL) {
    gn_job *job = client->first;
    dequeue(job);
    assert(client->first != job);
    advance(job);
  }
}

static void after(uv_work_t *req, int status) {
  gn_job *job = req->data;
  gn_client *client = job->client;
  client->io->in_flight--;
  client->running--;
  job->in_pool = false;
  if (status == 0 && job->more)
    advance(job);
  else
    finish(job);
  run_waiting(client);
  maybe_end(client);
}

/* ---- from the outside ---- */

static bool launch(gn_ctx *ctx, gn_job *job) {
  if (job->client->running >= POOL_SHARE) {
    enqueue(job);
    return true;
  }
  if (job->kind->prepare != NULL && job->error == 0 &&
      !job->kind->prepare(job, ctx))
    return false;
  return submit(job, work);
}

int gn_job_start(gn_ctx *ctx, gn_job *job, gn_value keep, gn_future **out) {
  gn_future *future = gn_future_new(ctx);
  uint32_t index = future != NULL ? gn_op_new(ctx, future, GN_OP_IO) : GN_NO_OP;
  if (index == GN_NO_OP) {
    discard(ctx, job);
    return GN_THROW;
  }
  gn_op *op = &ctx->core->ops[index];
  op->io = job;
  op->keep = keep;
  job->op = index;
  job->gen = op->gen;
  if (!launch(ctx, job)) {
    gn_op_free(ctx->core, index);
    discard(ctx, job);
    return gn_oom(ctx);
  }
  *out = future;
  return GN_OK;
}

void gn_job_abandon(void *data, uint32_t index) {
  gn_io *io = data;
  gn_op *op = &io->core->ops[index];
  if (op->kind == GN_OP_PROCESS) {
    gn_process_abandon(op, index);
    return;
  }
  gn_job *job = op->io;
  if (job == NULL)
    return;
  op->io = NULL;
  gn_heap_uncharge(&op->ctx->heap, job->charged);
  job->charged = 0;
  job->op = GN_NO_OP;
  if (job->waiting) {
    gn_client *client = job->client;
    dequeue(job);
    free_job(job);
    maybe_end(client);
  } else {
    assert(job->in_pool);
    uv_cancel((uv_req_t *)&job->work); /* too late is fine too */
  }
}

/* ---- for work functions ---- */

void gn_job_lock(gn_job *job) {
  uv_mutex_lock(&job->client->lock);
}

void gn_job_unlock(gn_job *job) {
  uv_mutex_unlock(&job->client->lock);
}

int gn_job_enter(gn_job *job, gn_place *out) {
  const gn_scratch *s = &job->client->io->scratch;
  *out = (gn_place){.dir = -1,
                    .trusted = job->trusted,
                    .no_openat2 = s->no_openat2,
                    .path = job->path};
  if (job->trusted)
    return 0;
  int dir = gn_scratch_enter(job->client);
  if (dir < 0)
    return dir;
  out->dir = dir;
  return 0;
}

void gn_job_leave(const gn_place *place) {
  if (place->dir >= 0)
    close(place->dir);
}
