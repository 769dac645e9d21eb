/*
 * jobs.h - file operations on libuv's thread pool: their life from the call to
 * the completed future. A job knows its context only by the handle of its op,
 * so that a late end touches nothing. What a kind of job does is a table of
 * functions; files.c and folders.c have them. Internal to vm/io.
 */
#ifndef GN_IO_JOBS_H
#define GN_IO_JOBS_H

#include "io/beneath.h"
#include "io/io.h"

/* Errors of a job: a negative errno, or the heap's cap (a kill). */
#define GN_JOB_NO_MEMORY 1

/* One turn in the pool moves at most this much, so that jobs take turns. */
#define GN_JOB_CHUNK ((size_t)256 << 10)

typedef struct gn_job_kind {
  const char *failed;  /* "Failed to read file": of the error's message */
  bool absent_is_fine; /* that nothing has that path is no error */
  /* On the loop, before each turn in the pool: allocates and copies what that
   * turn needs. False with job->error set. NULL: nothing to prepare. */
  bool (*prepare)(gn_job *job, gn_ctx *ctx);
  /* In the pool; sets job->more to get another turn, or job->error. Must not
   * leave job->fd open when it sets neither. */
  void (*work)(gn_job *job);
  /* On the loop, without an error: the future's value. GN_NONE: no memory; it
   * is called again after a collection. NULL: nil. */
  gn_value (*result)(gn_job *job, gn_ctx *ctx);
} gn_job_kind;

struct gn_job {
  uv_work_t work;
  const gn_job_kind *kind;
  gn_client *client;
  gn_job *prev, *next; /* waiting for its turn */
  bool waiting;        /* it is in that queue */
  uint32_t op, gen;    /* op GN_NO_OP: nobody wants the result */
  bool in_pool;
  bool more;
  bool append;  /* write: at the end */
  bool bytes;   /* read: gives Bytes */
  bool trusted; /* paths are the host's */
  int error;
  int fd;             /* open file, or -1 */
  size_t charged;     /* bytes charged to the context's heap */
  size_t limit;       /* most bytes that a result may have */
  char *buf;          /* malloc: head bytes left free, then cap bytes */
  size_t head;        /* read: what an object made of it needs; else 0 */
  size_t len, cap;    /* bytes in use, bytes there are */
  size_t cap_charged; /* of cap: bytes that are in charged */
  size_t done, total; /* write: bytes written, to be written; read: total is
                          the size that the file says it has */
  size_t count;       /* list: names in buf; read: characters */
  struct stat st;     /* stat */
  const char *shown;  /* the path as the script wrote it, in text */
  const char *path;   /* what is opened, in text */
  size_t shown_len;
  char text[];
};

/* A new job for the path in a String. NULL: thrown (TypeException,
 * PermissionException, memory). gn_job_start takes it. */
gn_job *gn_job_new(gn_ctx *ctx, const gn_call *call, const gn_job_kind *kind,
                   gn_value path);

/* Makes the future and starts the job, or lets it wait for its turn. Takes
 * the job. keep: what prepare reads from, or GN_NIL. GN_OK or GN_THROW; then
 * nothing was started. */
int gn_job_start(gn_ctx *ctx, gn_job *job, gn_value keep, gn_future **out);

/* Charges n more bytes of the context's heap to the job, collecting if need
 * be when no Gene code runs. False: over the cap. */
bool gn_job_charge(gn_job *job, gn_ctx *ctx, size_t n);

/* Gives the job's buffer cap bytes (and a few more behind them when it has a
 * head). Any thread. False: no memory. */
bool gn_job_resize(gn_job *job, size_t cap);

/* The same on the loop, charged. False with job->error set. */
bool gn_job_reserve(gn_job *job, gn_ctx *ctx, size_t cap);

/* The value that prepare may read, from gn_job_start. */
gn_value gn_job_kept(const gn_job *job);

/* Where the job works; the caller gives it back by gn_job_leave. Returns 0 or
 * a negative errno. In the pool, with the client's lock held unless trusted. */
int gn_job_enter(gn_job *job, gn_place *out);
void gn_job_leave(const gn_place *place);

void gn_job_lock(gn_job *job);
void gn_job_unlock(gn_job *job);

#endif
