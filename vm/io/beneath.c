/*
 * beneath.c - opening, stating and removing below a folder without a way out.
 * The kernel does it with openat2; where that is missing the path is walked
 * one part at a time and no link is followed.
 */
#include "io/beneath.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FOLDER (O_PATH | O_DIRECTORY | O_CLOEXEC)

static int openat2_beneath(int dir, const char *path, int flags, mode_t mode) {
  struct open_how how = {
      .flags = (uint64_t)(unsigned)flags,
      .mode = (flags & O_CREAT) != 0 ? mode : 0,
      .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
  };
  /* EAGAIN: something was renamed meanwhile. */
  for (int tries = 0; tries < 100; tries++) {
    long fd = syscall(SYS_openat2, dir, path, &how, sizeof how);
    if (fd >= 0)
      return (int)fd;
    if (errno != EAGAIN && errno != EINTR)
      break;
  }
  return -errno;
}

bool gn_beneath_supported(void) {
  int fd = openat2_beneath(AT_FDCWD, ".", FOLDER, 0);
  if (fd < 0)
    return false;
  close(fd);
  return true;
}

/* One part, no link followed: a link is a way out. */
static int open_part(int dir, const char *part, int flags, mode_t mode) {
  int fd;
  do
    fd = openat(dir, part, flags | O_NOFOLLOW, mode);
  while (fd < 0 && errno == EINTR);
  if (fd >= 0)
    return fd;
  struct stat st;
  if ((errno == ELOOP || errno == ENOTDIR) &&
      fstatat(dir, part, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode))
    return -EXDEV;
  return -errno;
}

static int walk(int dir, const char *path, int flags, mode_t mode) {
  char part[NAME_MAX + 1];
  int at = dir;
  for (;;) {
    size_t len = strcspn(path, "/");
    if (len > NAME_MAX)
      return at != dir ? (close(at), -ENAMETOOLONG) : -ENAMETOOLONG;
    memcpy(part, path, len);
    part[len] = '\0';
    assert(strcmp(part, "..") != 0);
    bool last = path[len] == '\0';
    int next = open_part(at, part, last ? flags : FOLDER, mode);
    if (at != dir)
      close(at);
    if (next < 0 || last)
      return next;
    at = next;
    path += len + 1;
  }
}

static int open_host(const char *path, int flags, mode_t mode) {
  int fd;
  do
    fd = open(path, flags, mode);
  while (fd < 0 && errno == EINTR);
  return fd >= 0 ? fd : -errno;
}

int gn_place_open(const gn_place *at, int flags, mode_t mode) {
  const char *path = at->path;
  flags |= O_CLOEXEC | O_NOCTTY;
  if (at->trusted)
    return open_host(path, flags, mode);
  assert(path[0] != '/');
  if (path[0] == '\0')
    path = ".";
  if (at->no_openat2)
    return walk(at->dir, path, flags, mode);
  if ((flags & O_PATH) != 0)
    flags &= ~O_NOCTTY; /* openat2 refuses flags that have no effect */
  return openat2_beneath(at->dir, path, flags, mode);
}

int gn_place_stat(const gn_place *at, struct stat *out) {
  if (at->trusted)
    return stat(at->path, out) == 0 ? 0 : -errno;
  int fd = gn_place_open(at, O_PATH, 0);
  if (fd < 0)
    return fd;
  int error = fstat(fd, out) == 0 ? 0 : -errno;
  close(fd);
  return error;
}

/* The folder that the last part lies in, opened, and that part. The folder of
 * the place itself has none: -EBUSY. */
static int open_parent(const gn_place *at, const char **name) {
  const char *slash = strrchr(at->path, '/');
  *name = slash != NULL ? slash + 1 : at->path;
  if ((*name)[0] == '\0')
    return -EBUSY;
  char folder[PATH_MAX];
  size_t len = slash != NULL ? (size_t)(slash - at->path) : 0;
  if (len >= sizeof folder)
    return -ENAMETOOLONG;
  memcpy(folder, at->path, len);
  folder[len] = '\0';
  gn_place parent = *at;
  parent.path = folder;
  return gn_place_open(&parent, O_PATH | O_DIRECTORY, 0);
}

static int at_parent(const gn_place *at, int (*call)(int dir, const char *)) {
  if (at->trusted)
    return call(AT_FDCWD, at->path) == 0 ? 0 : -errno;
  const char *name;
  int dir = open_parent(at, &name);
  if (dir < 0)
    return dir;
  int error = call(dir, name) == 0 ? 0 : -errno;
  close(dir);
  return error;
}

static int call_unlink(int dir, const char *name) {
  return unlinkat(dir, name, 0);
}
static int call_rmdir(int dir, const char *name) {
  return unlinkat(dir, name, AT_REMOVEDIR);
}
static int call_mkdir(int dir, const char *name) {
  return mkdirat(dir, name, 0777);
}

int gn_place_unlink(const gn_place *at) {
  return at_parent(at, call_unlink);
}
int gn_place_rmdir(const gn_place *at) {
  return at_parent(at, call_rmdir);
}
int gn_place_mkdir(const gn_place *at) {
  return at_parent(at, call_mkdir);
}

/* ---- emptying ---- */

static DIR *read_folder(int dir, const char *name) {
  int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return NULL;
  DIR *d = fdopendir(fd);
  if (d == NULL)
    close(fd);
  return d;
}

static bool is_dots(const char *name) {
  return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* The state of one gn_empty_folder. */
typedef struct emptying {
  int top;
  uint64_t fresh; /* names given to folders that were moved up */
  bool left;      /* another pass is needed */
  gn_removed *removed;
} emptying;

static int remove_entry(emptying *e, int dir, const char *name) {
  struct stat st;
  if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
    return -errno;
  if (unlinkat(dir, name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0) != 0)
    return -errno;
  e->removed->files++;
  if (S_ISREG(st.st_mode))
    e->removed->bytes += (uint64_t)st.st_size;
  return 0;
}

static bool is_full(int error) {
  return error == -ENOTEMPTY || error == -EEXIST;
}

/* Moves a folder up to the top under a name that is not taken there. */
static int move_up(emptying *e, int from, const char *name) {
  char moved[40];
  struct stat st;
  do
    snprintf(moved, sizeof moved, ".gone-%llu", (unsigned long long)++e->fresh);
  while (fstatat(e->top, moved, &st, AT_SYMLINK_NOFOLLOW) == 0);
  return renameat(from, name, e->top, moved) == 0 ? 0 : -errno;
}

static int empty_one(emptying *e, DIR *d,
                     int (*on_full)(emptying *, int, const char *)) {
  int error = 0;
  struct dirent *entry;
  while (error == 0 && (entry = readdir(d)) != NULL) {
    if (is_dots(entry->d_name))
      continue;
    error = remove_entry(e, dirfd(d), entry->d_name);
    if (is_full(error))
      error = on_full(e, dirfd(d), entry->d_name);
  }
  closedir(d);
  return error;
}

/* Removes what it can of a folder at the top and moves its full folders up;
 * then it is empty and goes too. */
static int dissolve(emptying *e, int top, const char *name) {
  DIR *d = read_folder(top, name);
  if (d == NULL)
    return -errno;
  e->left = true; /* what is moved up may have been passed already */
  int error = empty_one(e, d, move_up);
  if (error == 0)
    error = remove_entry(e, top, name);
  return is_full(error) ? 0 : error; /* the next pass finds what was missed */
}

int gn_empty_folder(int dir, gn_removed *removed) {
  emptying e = {.top = dir, .left = true, .removed = removed};
  int error = 0;
  while (e.left && error == 0) {
    e.left = false;
    DIR *d = read_folder(dir, ".");
    if (d == NULL)
      return -errno;
    error = empty_one(&e, d, dissolve);
  }
  return error;
}

/* ---- paths ---- */

/* Drops the last part of out[0..n). False: there is none. */
static bool drop_part(const char *out, size_t *n) {
  if (*n == 0)
    return false;
  while (*n > 0 && out[*n - 1] != '/')
    --*n;
  if (*n > 0)
    --*n; /* the slash */
  return true;
}

int gn_path_clean(const char *path, size_t len, char *out, size_t cap) {
  if (memchr(path, '\0', len) != NULL)
    return -EINVAL;
  size_t n = 0;
  for (size_t at = 0; at < len;) {
    const char *slash = memchr(path + at, '/', len - at);
    size_t part = slash != NULL ? (size_t)(slash - path) - at : len - at;
    const char *p = path + at;
    at += part + (slash != NULL);
    if (part == 0 || (part == 1 && p[0] == '.'))
      continue;
    if (part == 2 && p[0] == '.' && p[1] == '.') {
      if (!drop_part(out, &n))
        return -EXDEV;
      continue;
    }
    if (n + (n > 0) + part + 1 > cap)
      return -ENAMETOOLONG;
    if (n > 0)
      out[n++] = '/';
    memcpy(out + n, p, part);
    n += part;
  }
  out[n] = '\0';
  return (int)n;
}
