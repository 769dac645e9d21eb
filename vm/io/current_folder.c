/*
 * current_folder.c - the folder in which a run's relative paths lie: what it is
 * and how a script changes it. It belongs to the run; the process's own never
 * changes.
 */
#include "io/current_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "io/io_tables.h"
#include "io/jobs.h"
#include "io/text.h"
#include "io/waiting.h"
#include "run/native_args.h"

/* ---- what it is ---- */

const char *gn_current_folder(const gn_ctx *ctx, char buf[PATH_MAX]) {
  const char *root = ctx->root_folder;
  if (root != NULL)
    return root[0] == '/' || realpath(root, buf) == NULL ? root : buf;
  if (ctx->folder == NULL || ctx->folder[0] == '\0')
    return "/scratch";
  snprintf(buf, PATH_MAX, "/scratch/%s", ctx->folder);
  return buf;
}

static int cwd(gn_ctx *ctx, gn_call *call) {
  char buf[PATH_MAX], text[3 * PATH_MAX];
  const char *path = gn_current_folder(ctx, buf);
  size_t len = gn_utf8_mend(path, strnlen(path, PATH_MAX), text);
  return gn_return_text(ctx, call, text, len);
}

/* ---- changing it ---- */

static int enter_folder(gn_job *job, const gn_place *place) {
  int fd = gn_place_open(place, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
  if (fd < 0)
    return fd;
  close(fd);
  if (!gn_job_resize(job, PATH_MAX))
    return -ENOMEM;
  if (!job->trusted)
    memcpy(job->buf, job->path, strlen(job->path) + 1);
  else if (realpath(job->path, job->buf) == NULL)
    return -errno;
  return 0;
}

/* Leaves the folder's whole path in the job's buffer. */
static void enter_turn(gn_job *job) {
  gn_place place;
  gn_job_lock(job);
  job->error = gn_job_enter(job, &place);
  if (job->error == 0) {
    job->error = enter_folder(job, &place);
    gn_job_leave(&place);
  }
  gn_job_unlock(job);
}

static gn_value take_folder(gn_job *job, gn_ctx *ctx) {
  char *path = strdup(job->buf);
  if (path == NULL)
    return GN_NONE;
  char **at = job->trusted ? &ctx->root_folder : &ctx->folder;
  free(*at);
  *at = path;
  return GN_NIL;
}

static const gn_job_kind enter_kind = {.failed = "Failed to enter directory",
                                       .work = enter_turn,
                                       .result = take_folder};

static int start_cd(gn_ctx *ctx, const gn_call *call, gn_future **out) {
  gn_job *job = gn_job_new(ctx, call, &enter_kind, call->argv[0]);
  return job != NULL ? gn_job_start(ctx, job, GN_NIL, out) : GN_THROW;
}

static int cd(gn_ctx *ctx, gn_call *call) {
  return gn_wait_for(ctx, call, start_cd);
}

const gn_native_def gn_folder_rows[] = {
    GN_FUNCTION("cwd", cwd, 0, 0, 0, "(cwd)",
                "The folder in which relative paths lie."),
    GN_FUNCTION("system/cwd", cwd, 0, 0, 0, "(system/cwd)",
                "The folder in which relative paths lie."),
    GN_FUNCTION("system/cd", cd, 1, 1, 1, "(system/cd path)",
                "Makes a folder the one in which relative paths lie; nil."),
    GN_ROWS_END,
};
