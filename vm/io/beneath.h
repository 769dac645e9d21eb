/*
 * beneath.h - file system calls that cannot leave a folder: neither by `..`,
 * nor by a link, nor by a race. Plain POSIX and openat2; knows no context.
 * All return 0 or a descriptor, or a negative errno; -EXDEV means that the
 * path leads outside. Any thread.
 */
#ifndef GN_IO_BENEATH_H
#define GN_IO_BENEATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Whether the kernel has openat2 and lets us use it. */
bool gn_beneath_supported(void);

/* Where a job works. A trusted one uses the host's paths as they are; any
 * other is held below the folder dir, and its path is relative and clean (see
 * gn_path_clean); "" is the folder itself. */
typedef struct gn_place {
  int dir; /* unused when trusted */
  bool trusted;
  bool no_openat2; /* walk the path step by step instead */
  const char *path;
} gn_place;

int gn_place_open(const gn_place *at, int flags, mode_t mode);
int gn_place_stat(const gn_place *at, struct stat *out);
/* Removes a file that is no folder. */
int gn_place_unlink(const gn_place *at);
/* Makes one folder. */
int gn_place_mkdir(const gn_place *at);
int gn_place_rmdir(const gn_place *at);

/* What gn_empty_folder took away. */
typedef struct gn_removed {
  uint64_t bytes; /* of regular files */
  uint32_t files; /* files and folders */
} gn_removed;

/* Empties a folder that is ours alone. Deep trees cost neither stack nor
 * descriptors: what lies deeper is moved up before it is removed. */
int gn_empty_folder(int dir, gn_removed *removed);

/* Writes the clean form of a path to out (cap bytes, NUL included): no `.`,
 * `..`, empty or trailing parts; "" for the folder itself. Returns its length,
 * -EXDEV when `..` leaves the folder, -ENAMETOOLONG, or -EINVAL for a NUL. */
int gn_path_clean(const char *path, size_t len, char *out, size_t cap);

#endif
