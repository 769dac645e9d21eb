/*
 * scratch.c - private folders of evaluations. This process has one folder
 * below the scratch root, locked as long as it lives; each context that
 * touches a file has one of its own in there. What a process that ended badly
 * left behind is known by its lock being free, and removed. Nothing here
 * looks at what scripts write; quotas are kept by files.c.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/beneath.h"
#include "io/io.h"

#define PREFIX        "gene-scratch-"
#define DEFAULT_BYTES ((uint64_t)64 << 20)
#define DEFAULT_FILES 1000u
#define FOLDER_FLAGS  (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static const char *root_of(const gn_scratch *s) {
  const char *root = s->root != NULL ? s->root : getenv("TMPDIR");
  return root != NULL && root[0] != '\0' ? root : "/tmp";
}

static int empty(int fd) {
  gn_removed removed = {0};
  return gn_empty_folder(fd, &removed);
}

/* ---- leftovers ---- */

/* Removes one folder that looks like a process's own, unless that lives. */
static void sweep_one(int root, const char *name) {
  int fd = openat(root, name, FOLDER_FLAGS);
  if (fd < 0)
    return;
  struct stat st;
  if (fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
      flock(fd, LOCK_EX | LOCK_NB) == 0 && empty(fd) == 0)
    unlinkat(root, name, AT_REMOVEDIR);
  close(fd);
}

static void sweep(const gn_scratch *s) {
  DIR *d = opendir(root_of(s));
  if (d == NULL)
    return;
  struct dirent *e;
  while ((e = readdir(d)) != NULL)
    if (strncmp(e->d_name, PREFIX, strlen(PREFIX)) == 0)
      sweep_one(dirfd(d), e->d_name);
  closedir(d);
}

typedef struct gn_sweep {
  uv_work_t work;
  gn_io *io;
} gn_sweep;

static void sweep_work(uv_work_t *work) {
  gn_sweep *job = work->data;
  sweep(&job->io->scratch);
}

static void after_sweep(uv_work_t *work, int status) {
  (void)status;
  gn_sweep *job = work->data;
  job->io->in_flight--;
  gn_io_release(job->io);
  free(job);
}

static int start_sweep(gn_io *io) {
  gn_sweep *job = malloc(sizeof *job);
  if (job == NULL)
    return UV_ENOMEM;
  job->io = io;
  job->work.data = job;
  int error = uv_queue_work(io->loop, &job->work, sweep_work, after_sweep);
  if (error != 0) {
    free(job);
    return error;
  }
  io->in_flight++;
  gn_io_retain(io);
  return 0;
}

/* ---- this process's folder ---- */

/* Locks a folder just made. Another process that starts now may take it for a
 * leftover: then it is locked or gone, and we need another one. */
static int lock_folder(const char *path) {
  int fd = open(path, FOLDER_FLAGS);
  if (fd < 0)
    return -errno;
  struct stat mine, named;
  if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &mine) == 0 &&
      lstat(path, &named) == 0 && mine.st_ino == named.st_ino &&
      mine.st_dev == named.st_dev)
    return fd;
  close(fd);
  return -EAGAIN;
}

/* Lock held. */
static int make_folder(gn_scratch *s) {
  size_t len = strlen(root_of(s)) + sizeof "/" PREFIX "XXXXXX";
  char *path = malloc(len);
  if (path == NULL)
    return -ENOMEM;
  int fd = -EAGAIN;
  for (int tries = 0; tries < 10 && (fd == -EAGAIN || fd == -ENOENT); tries++) {
    snprintf(path, len, "%s/" PREFIX "XXXXXX", root_of(s));
    fd = mkdtemp(path) != NULL ? lock_folder(path) : -errno;
  }
  if (fd < 0) {
    free(path);
    return fd;
  }
  s->path = path;
  s->fd = fd;
  return 0;
}

/* Below a root of the operator's choice leftovers are removed at the start;
 * below the common one only when we come there, which may be never. */
static int ensure_folder(gn_scratch *s) {
  uv_mutex_lock(&s->lock);
  int error = 0;
  if (s->fd < 0) {
    error = make_folder(s);
    if (error == 0 && s->root == NULL)
      sweep(s);
  }
  uv_mutex_unlock(&s->lock);
  return error;
}

static int set_up(gn_scratch *s, const gene_io_options_t *options) {
  s->fd = -1;
  s->max_bytes =
      options->scratch_bytes != 0 ? options->scratch_bytes : DEFAULT_BYTES;
  s->max_files =
      options->scratch_files != 0 ? options->scratch_files : DEFAULT_FILES;
  s->no_openat2 = !gn_beneath_supported();
  if (options->scratch_root != NULL) {
    s->root = strdup(options->scratch_root);
    if (s->root == NULL)
      return UV_ENOMEM;
  }
  int error = uv_mutex_init(&s->lock);
  if (error != 0)
    free(s->root);
  return error;
}

int gn_scratch_open(gn_io *io, const gene_io_options_t *options) {
  int error = set_up(&io->scratch, options);
  if (error != 0 || options->scratch_root == NULL)
    return error;
  error = ensure_folder(&io->scratch);
  if (error == 0)
    error = start_sweep(io);
  if (error != 0)
    gn_scratch_close(io);
  return error;
}

void gn_scratch_close(gn_io *io) {
  gn_scratch *s = &io->scratch;
  if (s->fd >= 0) {
    empty(s->fd);
    rmdir(s->path);
    close(s->fd);
  }
  free(s->path);
  free(s->root);
  uv_mutex_destroy(&s->lock);
}

/* ---- a context's folder ---- */

static void name_of(const gn_client *client, char name[16]) {
  snprintf(name, 16, "%u", (unsigned)client->id);
}

int gn_scratch_enter(gn_client *client) {
  gn_scratch *s = &client->io->scratch;
  char name[16];
  name_of(client, name);
  if (!client->made) {
    int error = ensure_folder(s);
    if (error != 0)
      return error;
    if (mkdirat(s->fd, name, 0700) != 0)
      return -errno;
    client->made = true;
  }
  int fd = openat(s->fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  return fd >= 0 ? fd : -errno;
}

void gn_scratch_remove(gn_client *client) {
  assert(client->made);
  int root = client->io->scratch.fd;
  char name[16];
  name_of(client, name);
  int fd = openat(root, name, FOLDER_FLAGS);
  if (fd < 0)
    return;
  empty(fd);
  close(fd);
  unlinkat(root, name, AT_REMOVEDIR);
}
