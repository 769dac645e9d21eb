/*
 * folders.c - asking about files, and listing, making and removing folders, as
 * jobs of one turn each. Changes in a scratch folder are counted under the
 * client's lock, like those of files.c.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "core/number.h"
#include "io/files.h"
#include "io/text.h"
#include "types/datetime.h"

/* A turn that holds the client's lock while call works. */
static void locked_turn(gn_job *job, int (*call)(gn_job *, gn_place *)) {
  gn_place place;
  gn_job_lock(job);
  job->error = gn_job_enter(job, &place);
  if (job->error == 0) {
    job->error = call(job, &place);
    gn_job_leave(&place);
  }
  gn_job_unlock(job);
}

static int start(gn_ctx *ctx, const gn_call *call, const gn_job_kind *kind,
                 gn_value path, gn_future **out) {
  gn_job *job = gn_job_new(ctx, call, kind, path);
  return job != NULL ? gn_job_start(ctx, job, GN_NIL, out) : GN_THROW;
}

/* ---- asking ---- */

static int call_stat(gn_job *job, gn_place *place) {
  return gn_place_stat(place, &job->st);
}

static void stat_turn(gn_job *job) {
  locked_turn(job, call_stat);
}

static gn_value is_file(gn_job *job, gn_ctx *ctx) {
  (void)ctx;
  return gn_bool(S_ISREG(job->st.st_mode));
}
static gn_value is_folder(gn_job *job, gn_ctx *ctx) {
  (void)ctx;
  return gn_bool(S_ISDIR(job->st.st_mode));
}

/* Where there is nothing, st.st_mode stays 0. */
static const gn_job_kind probe_file_kind = {.failed = "Failed to look at",
                                            .absent_is_fine = true,
                                            .work = stat_turn,
                                            .result = is_file};
static const gn_job_kind probe_folder_kind = {.failed = "Failed to look at",
                                              .absent_is_fine = true,
                                              .work = stat_turn,
                                              .result = is_folder};

int gn_probe(gn_ctx *ctx, const gn_call *call, gn_value path,
             enum gn_probe what, gn_future **out) {
  return start(ctx, call,
               what == GN_PROBE_FILE ? &probe_file_kind : &probe_folder_kind,
               path, out);
}

/* Years that a DateTime cannot hold are cut to those it can. */
static gn_value time_value(gn_heap *heap, const struct timespec *at) {
  struct tm tm;
  if (gmtime_r(&at->tv_sec, &tm) == NULL)
    return GN_NIL;
  int year = tm.tm_year + 1900;
  gn_when when = {
      .type = GN_T_DATETIME,
      .year = (uint16_t)(year < 1000   ? 1000
                         : year > 9999 ? 9999
                                       : year),
      .month = (uint8_t)(tm.tm_mon + 1),
      .day = (uint8_t)tm.tm_mday,
      .hour = (uint8_t)tm.tm_hour,
      .minute = (uint8_t)tm.tm_min,
      .second = (uint8_t)(tm.tm_sec < 60 ? tm.tm_sec : 59),
      .micro = (uint32_t)(at->tv_nsec / 1000),
      .has_offset = true,
  };
  return gn_datetime_new(heap, &when);
}

static const char *kind_name(mode_t mode) {
  return S_ISREG(mode) ? "file" : S_ISDIR(mode) ? "dir" : "other";
}

static bool set(gn_heap *heap, gn_dict *map, const char *name, gn_value v) {
  gn_value key = gn_string_c(heap, name);
  return v != GN_NONE && key != GN_NONE && gn_map_set(heap, map, key, v);
}

static gn_value stat_result(gn_job *job, gn_ctx *ctx) {
  gn_heap *heap = &ctx->heap;
  const struct stat *st = &job->st;
  const char *kind = kind_name(st->st_mode);
  gn_dict *map = gn_dict_new(heap, GN_T_MAP, 3);
  if (map == NULL || !set(heap, map, "size", gn_int_new(heap, st->st_size)) ||
      !set(heap, map, "kind", gn_symbol_new(heap, kind, strlen(kind))) ||
      !set(heap, map, "modified", time_value(heap, &st->st_mtim)))
    return GN_NONE;
  return gn_from_obj(map);
}

static const gn_job_kind stat_kind = {
    .failed = "Failed to look at", .work = stat_turn, .result = stat_result};

int gn_file_stat(gn_ctx *ctx, const gn_call *call, gn_value path,
                 gn_future **out) {
  return start(ctx, call, &stat_kind, path, out);
}

/* ---- listing ---- */

/* Appends a name, mended and NUL-terminated, to the job's buffer. */
static int add_name(gn_job *job, const char *name) {
  size_t raw = strlen(name), len = gn_utf8_mend(name, raw, NULL);
  if (job->len + len + 1 > job->cap) {
    size_t cap = job->cap * 2 + len + 1 + 1024;
    if (cap > job->limit)
      return GN_JOB_NO_MEMORY;
    char *buf = realloc(job->buf, cap);
    if (buf == NULL)
      return -ENOMEM;
    job->buf = buf;
    job->cap = cap;
  }
  gn_utf8_mend(name, raw, job->buf + job->len);
  job->buf[job->len + len] = '\0';
  job->len += len + 1;
  job->count++;
  return 0;
}

static int collect_names(gn_job *job, DIR *d) {
  struct dirent *e;
  int error = 0;
  while (error == 0 && (errno = 0, e = readdir(d)) != NULL)
    if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
      error = add_name(job, e->d_name);
  return error != 0 ? error : -errno;
}

static int by_text(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Puts the names in the buffer into order. */
static int sort_names(gn_job *job) {
  if (job->count < 2)
    return 0;
  const char **names = malloc(job->count * sizeof *names);
  char *sorted = malloc(job->len);
  if (names == NULL || sorted == NULL) {
    free(names);
    free(sorted);
    return -ENOMEM;
  }
  const char *at = job->buf;
  for (size_t i = 0; i < job->count; i++, at += strlen(at) + 1)
    names[i] = at;
  qsort(names, job->count, sizeof *names, by_text);
  size_t n = 0;
  for (size_t i = 0; i < job->count; i++) {
    size_t size = strlen(names[i]) + 1;
    memcpy(sorted + n, names[i], size);
    n += size;
  }
  free(names);
  free(job->buf);
  job->buf = sorted;
  job->cap = job->len;
  return 0;
}

static int call_list(gn_job *job, gn_place *place) {
  int fd = gn_place_open(place, O_RDONLY | O_DIRECTORY, 0);
  if (fd < 0)
    return fd;
  DIR *d = fdopendir(fd);
  if (d == NULL) {
    int error = -errno;
    close(fd);
    return error;
  }
  int error = collect_names(job, d);
  closedir(d);
  return error != 0 ? error : sort_names(job);
}

static void list_turn(gn_job *job) {
  locked_turn(job, call_list);
}

static gn_value list_result(gn_job *job, gn_ctx *ctx) {
  gn_array *list = gn_array_new(&ctx->heap, job->count);
  if (list == NULL)
    return GN_NONE;
  size_t folder = job->shown_len;
  while (folder > 1 && job->shown[folder - 1] == '/')
    folder--;
  const char *slash = job->shown[folder - 1] == '/' ? "" : "/";
  const char *name = job->buf;
  for (size_t i = 0; i < job->count; i++, name += strlen(name) + 1) {
    gn_value v = gn_string_format(&ctx->heap, "%.*s%s%s", (int)folder,
                                  job->shown, slash, name);
    if (v == GN_NONE || !gn_array_push(&ctx->heap, list, v))
      return GN_NONE;
  }
  return gn_from_obj(list);
}

static const gn_job_kind list_kind = {.failed = "Failed to list directory",
                                      .work = list_turn,
                                      .result = list_result};

int gn_folder_list(gn_ctx *ctx, const gn_call *call, gn_value path,
                   gn_future **out) {
  return start(ctx, call, &list_kind, path, out);
}

/* ---- making ---- */

static int make_one(gn_job *job, const gn_place *place) {
  struct stat st;
  int error = gn_place_stat(place, &st);
  if (error == 0)
    return S_ISDIR(st.st_mode) ? 0 : -EEXIST;
  if (error != -ENOENT)
    return error;
  gn_client *client = job->client;
  if (!job->trusted && client->files >= client->io->scratch.max_files)
    return -EDQUOT;
  error = gn_place_mkdir(place);
  if (error == 0 && !job->trusted)
    client->files++;
  return error == -EEXIST ? 0 : error;
}

/* Every folder on the way, from the top. */
static int call_make(gn_job *job, gn_place *place) {
  char part[PATH_MAX];
  size_t len = strlen(job->path);
  assert(len < sizeof part);
  gn_place at = *place;
  at.path = part;
  for (size_t i = 1; i <= len; i++) {
    if (i < len && job->path[i] != '/')
      continue;
    memcpy(part, job->path, i);
    part[i] = '\0';
    int error = make_one(job, &at);
    if (error != 0)
      return error;
  }
  return 0;
}

static void make_turn(gn_job *job) {
  locked_turn(job, call_make);
}

static const gn_job_kind make_kind = {.failed = "Failed to create directory",
                                      .work = make_turn};

int gn_folder_make(gn_ctx *ctx, const gn_call *call, gn_value path,
                   gn_future **out) {
  return start(ctx, call, &make_kind, path, out);
}

/* ---- removing ---- */

/* Counts what has gone even when something stays. */
static int remove_private(gn_job *job, gn_place *place) {
  int fd = gn_place_open(place, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
  if (fd < 0)
    return fd;
  gn_removed removed = {0};
  int error = gn_empty_folder(fd, &removed);
  close(fd);
  if (error == 0 && place->path[0] != '\0') { /* the scratch folder stays */
    error = gn_place_rmdir(place);
    removed.files += error == 0;
  }
  job->client->files -= removed.files;
  job->client->bytes -= removed.bytes;
  return error;
}

static int remove_visited(const char *path, const struct stat *st, int type,
                          struct FTW *at) {
  (void)st;
  (void)type;
  (void)at;
  return remove(path) == 0 ? 0 : errno;
}

static int remove_trusted(const gn_place *place) {
  struct stat st;
  if (lstat(place->path, &st) != 0)
    return -errno;
  if (!S_ISDIR(st.st_mode))
    return -ENOTDIR;
  int error = nftw(place->path, remove_visited, 32, FTW_DEPTH | FTW_PHYS);
  return error < 0 ? -errno : -error;
}

static int call_remove(gn_job *job, gn_place *place) {
  return job->trusted ? remove_trusted(place) : remove_private(job, place);
}

static void remove_turn(gn_job *job) {
  locked_turn(job, call_remove);
}

static const gn_job_kind remove_kind = {.failed = "Failed to delete directory",
                                        .work = remove_turn};

int gn_folder_remove(gn_ctx *ctx, const gn_call *call, gn_value path,
                     gn_future **out) {
  return start(ctx, call, &remove_kind, path, out);
}
