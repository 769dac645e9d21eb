/*
 * files.c - reading, writing and removing a file, in turns of bounded size on
 * the thread pool. In a scratch folder only regular files are touched, and
 * every byte and file is counted against the quota under the client's lock.
 */
#include "io/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/utf8.h"
#include "io/text.h"
#include "types/bytes.h"

#define FIRST_BUFFER ((size_t)512)
/* A text or bytes this long become an object without being copied. */
#define ADOPT_MIN   ((size_t)64 << 10)
#define OBJECT_HEAD (GN_ADOPT_HEAD + GN_STRING_HEAD)

/* ---- opening ---- */

static void fail(gn_job *job, int error) {
  job->error = error;
  if (job->fd >= 0)
    close(job->fd);
  job->fd = -1;
}

/* What is open must be a file: pipes and devices wait, folders can't be read.
 * A trusted tool may know better. */
static int check_kind(const gn_job *job) {
  if (job->trusted || S_ISREG(job->st.st_mode))
    return 0;
  return S_ISDIR(job->st.st_mode) ? -EISDIR : -EACCES;
}

/* O_NONBLOCK: opening a pipe must not wait for its other end. */
static int mode_of(const gn_job *job, int flags) {
  return job->trusted ? flags : flags | O_NONBLOCK;
}

/* Stores an opened descriptor with its stat. */
static int take_file(gn_job *job, int fd) {
  if (fd < 0)
    return fd;
  job->fd = fd;
  if (fstat(fd, &job->st) != 0)
    return -errno;
  return check_kind(job);
}

/* ---- reading ---- */

static int open_to_read(gn_job *job) {
  gn_place place;
  gn_job_lock(job);
  int error = gn_job_enter(job, &place);
  gn_job_unlock(job);
  if (error != 0)
    return error;
  error = take_file(job, gn_place_open(&place, mode_of(job, O_RDONLY), 0));
  gn_job_leave(&place);
  return error;
}

static char *data_of(const gn_job *job) {
  return job->buf + job->head;
}

/* Room for all of a small file, or for the first part of a large one. */
static int first_buffer(gn_job *job) {
  job->total = S_ISREG(job->st.st_mode) ? (size_t)job->st.st_size : 0;
  if (job->total > job->limit)
    return GN_JOB_NO_MEMORY;
  size_t cap = job->total + 1;
  if (cap < FIRST_BUFFER)
    cap = FIRST_BUFFER;
  if (cap > GN_JOB_CHUNK)
    cap = GN_JOB_CHUNK;
  return gn_job_resize(job, cap) ? 0 : -ENOMEM;
}

/* One turn's worth. Returns 0, or 1 at the end of the file, or an errno. */
static int read_some(gn_job *job) {
  size_t moved = 0;
  while (moved < GN_JOB_CHUNK && job->len < job->cap) {
    size_t room = job->cap - job->len;
    if (room > GN_JOB_CHUNK - moved)
      room = GN_JOB_CHUNK - moved;
    ssize_t n = read(job->fd, data_of(job) + job->len, room);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return n == 0 ? 1 : -errno;
    job->len += (size_t)n;
    moved += (size_t)n;
    if (!S_ISREG(job->st.st_mode))
      break; /* a pipe may wait now: see first whether anybody still cares */
  }
  return 0;
}

static int mend_text(gn_job *job) {
  const char *raw = data_of(job);
  if (job->bytes || gn_utf8_valid_prefix(raw, job->len) == job->len)
    return 0;
  size_t raw_len = job->len;
  size_t len = gn_utf8_mend(raw, raw_len, NULL);
  if (len > job->limit)
    return GN_JOB_NO_MEMORY;
  char *old = job->buf;
  job->buf = NULL;
  if (!gn_job_resize(job, len)) {
    job->buf = old;
    return -ENOMEM;
  }
  job->len = gn_utf8_mend(raw, raw_len, data_of(job));
  free(old);
  return 0;
}

/* All is read: what takes time by its length is done here, off the loop. */
static int end_read(gn_job *job) {
  close(job->fd);
  job->fd = -1;
  int error = mend_text(job);
  if (error != 0 || job->len < ADOPT_MIN)
    return error;
  gn_job_resize(job, job->len); /* if not: it stays too large */
  job->count = job->bytes ? 0 : gn_utf8_count(data_of(job), job->len);
  return 0;
}

static void read_turn(gn_job *job) {
  int got = 0;
  if (job->fd < 0 &&
      ((got = open_to_read(job)) != 0 || (got = first_buffer(job)) != 0)) {
    fail(job, got);
    return;
  }
  got = read_some(job);
  if (got < 0)
    fail(job, got);
  else if (got == 0)
    job->more = true;
  else
    job->error = end_read(job);
}

/* The first turn finds out how much there is; from then on the buffer is
 * charged, and grows to the size that the file says or by doubling. */
static bool prepare_read(gn_job *job, gn_ctx *ctx) {
  if (job->buf == NULL || (job->len < job->cap && job->cap_charged > 0))
    return true;
  size_t cap = job->cap;
  if (job->len == cap)
    cap = job->total >= cap ? job->total + 1 : cap * 2;
  return gn_job_reserve(job, ctx, cap);
}

/* Makes the object of the buffer itself. */
static gn_value adopt(gn_job *job, gn_heap *heap, enum gn_type type) {
  gn_string *s = gn_heap_adopt(heap, type, job->buf, GN_STRING_HEAD + job->len);
  if (s == NULL)
    return GN_NONE;
  job->buf = NULL;
  s->hash = 0;
  s->len = (uint32_t)job->len;
  s->chars = job->bytes ? GN_CHARS_UNKNOWN : (uint32_t)job->count;
  s->at = 0;
  return gn_from_obj(s);
}

static gn_value read_result(gn_job *job, gn_ctx *ctx) {
  if (job->len > UINT32_MAX - 1024)
    return GN_NONE;
  if (job->len >= ADOPT_MIN)
    return adopt(job, &ctx->heap, job->bytes ? GN_T_BYTES : GN_T_STRING);
  return job->bytes ? gn_bytes_new(&ctx->heap, data_of(job), job->len)
                    : gn_string_new(&ctx->heap, data_of(job), job->len);
}

static const gn_job_kind read_kind = {.failed = "Failed to read file",
                                      .prepare = prepare_read,
                                      .work = read_turn,
                                      .result = read_result};

int gn_file_read(gn_ctx *ctx, const gn_call *call, gn_value path,
                 enum gn_read_as as, gn_future **out) {
  gn_job *job = gn_job_new(ctx, call, &read_kind, path);
  if (job == NULL)
    return GN_THROW;
  job->bytes = as == GN_READ_BYTES;
  job->head = OBJECT_HEAD;
  return gn_job_start(ctx, job, GN_NIL, out);
}

/* ---- writing ---- */

/* Opens an existing file or makes a new one, which the quota must have room
 * for. Lock held. */
static int open_private(gn_job *job, const gn_place *place) {
  gn_client *client = job->client;
  int flags = mode_of(job, O_WRONLY);
  int fd = gn_place_open(place, flags, 0);
  if (fd == -ENOENT) {
    if (client->files >= client->io->scratch.max_files)
      return -EDQUOT;
    fd = gn_place_open(place, flags | O_CREAT | O_EXCL, 0600);
    if (fd >= 0)
      client->files++;
  }
  int error = take_file(job, fd);
  if (error != 0 || job->append)
    return error;
  if (ftruncate(job->fd, 0) != 0)
    return -errno;
  client->bytes -= (uint64_t)job->st.st_size;
  return 0;
}

static int open_to_write(gn_job *job) {
  gn_place place;
  int error = gn_job_enter(job, &place);
  if (error != 0)
    return error;
  if (job->trusted) {
    int flags = O_WRONLY | O_CREAT | (job->append ? O_APPEND : O_TRUNC);
    error = take_file(job, gn_place_open(&place, flags, 0666));
  } else {
    error = open_private(job, &place);
  }
  gn_job_leave(&place);
  return error;
}

/* Writes job->buf[0..len) at `at`, or where the file stands when it is -1.
 * Returns the bytes written; fewer than len: with *error. */
static size_t write_all(const gn_job *job, off_t at, int *error) {
  size_t done = 0;
  while (done < job->len) {
    ssize_t n = at < 0 ? write(job->fd, job->buf + done, job->len - done)
                       : pwrite(job->fd, job->buf + done, job->len - done,
                                at + (off_t)done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0) {
      *error = -errno;
      break;
    }
    done += (size_t)n;
  }
  return done;
}

/* The same within the quota. Only growth counts: two writers of one file at
 * once must not count its bytes twice. Lock held. */
static int write_private(gn_job *job) {
  struct stat st;
  if (fstat(job->fd, &st) != 0)
    return -errno;
  if (st.st_nlink == 0)
    return -ENOENT; /* removed meanwhile: its bytes count no more */
  off_t at = job->append ? st.st_size : (off_t)job->done;
  gn_client *client = job->client;
  uint64_t size = (uint64_t)st.st_size, end = (uint64_t)at + job->len;
  if (end > size &&
      client->bytes + (end - size) > client->io->scratch.max_bytes)
    return -EDQUOT;
  int error = 0;
  end = (uint64_t)at + write_all(job, at, &error);
  if (end > size)
    client->bytes += end - size;
  return error;
}

static int write_part(gn_job *job) {
  int error = 0;
  if (job->fd < 0)
    error = open_to_write(job);
  if (error == 0 && job->len > 0) {
    if (job->trusted)
      write_all(job, -1, &error);
    else
      error = write_private(job);
  }
  return error;
}

static void write_turn(gn_job *job) {
  if (!job->trusted)
    gn_job_lock(job);
  int error = write_part(job);
  if (!job->trusted)
    gn_job_unlock(job);
  if (error != 0) {
    fail(job, error);
    return;
  }
  job->done += job->len;
  job->more = job->done < job->total;
  if (job->more)
    return;
  if (close(job->fd) != 0)
    job->error = -errno;
  job->fd = -1;
}

static bool prepare_write(gn_job *job, gn_ctx *ctx) {
  gn_value text = gn_job_kept(job);
  size_t n = job->total - job->done;
  if (n > GN_JOB_CHUNK)
    n = GN_JOB_CHUNK;
  if (n > job->cap && !gn_job_reserve(job, ctx, n))
    return false;
  if (n > 0)
    memcpy(job->buf, gn_str_bytes(gn_str(text)) + job->done, n);
  job->len = n;
  return true;
}

static gn_value write_result(gn_job *job, gn_ctx *ctx) {
  return gn_int_new(&ctx->heap, (int64_t)job->total);
}

static const gn_job_kind write_kind = {.failed = "Failed to write file",
                                       .prepare = prepare_write,
                                       .work = write_turn,
                                       .result = write_result};
static const gn_job_kind append_kind = {.failed = "Failed to append to file",
                                        .prepare = prepare_write,
                                        .work = write_turn,
                                        .result = write_result};

int gn_file_write(gn_ctx *ctx, const gn_call *call, gn_value path,
                  gn_value text, enum gn_write_how how, gn_future **out) {
  if (!gn_is_string(text))
    return gn_throw_expects(ctx, call, "a String", text);
  bool append = how == GN_WRITE_APPEND;
  gn_job *job =
      gn_job_new(ctx, call, append ? &append_kind : &write_kind, path);
  if (job == NULL)
    return GN_THROW;
  job->append = append;
  job->total = gn_str(text)->len;
  return gn_job_start(ctx, job, text, out);
}

/* ---- removing ---- */

/* Lock held: the size is that of the file that goes. */
static int remove_private(gn_job *job, const gn_place *place) {
  int error = gn_place_stat(place, &job->st);
  if (error == 0)
    error = gn_place_unlink(place);
  if (error != 0)
    return error;
  job->client->files--;
  if (S_ISREG(job->st.st_mode))
    job->client->bytes -= (uint64_t)job->st.st_size;
  return 0;
}

static void remove_turn(gn_job *job) {
  gn_place place;
  gn_job_lock(job);
  job->error = gn_job_enter(job, &place);
  if (job->error == 0) {
    job->error =
        job->trusted ? gn_place_unlink(&place) : remove_private(job, &place);
    gn_job_leave(&place);
  }
  gn_job_unlock(job);
}

static const gn_job_kind remove_kind = {.failed = "Failed to delete file",
                                        .work = remove_turn};
static const gn_job_kind remove_if_there_kind = {.failed =
                                                     "Failed to delete file",
                                                 .absent_is_fine = true,
                                                 .work = remove_turn};

int gn_file_remove(gn_ctx *ctx, const gn_call *call, gn_value path,
                   bool if_there, gn_future **out) {
  gn_job *job = gn_job_new(
      ctx, call, if_there ? &remove_if_there_kind : &remove_kind, path);
  return job != NULL ? gn_job_start(ctx, job, GN_NIL, out) : GN_THROW;
}
