/*
 * machine.c - limits of memory and open files. It reads the files of the
 * kernel and changes nothing but the soft limit of open files.
 */
#include "server/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <uv.h>

/* The number in a file; UINT64_MAX when there is none ("max" included). */
static uint64_t number_in(const char *path) {
  FILE *file = fopen(path, "re");
  uint64_t found = UINT64_MAX;
  char text[32], *end;

  if (file == NULL)
    return UINT64_MAX;
  if (fgets(text, sizeof text, file) != NULL) {
    found = strtoull(text, &end, 10);
    if (end == text)
      found = UINT64_MAX;
  }
  fclose(file);
  return found;
}

static void lower(uint64_t *limit, uint64_t other) {
  if (other != 0 && other < *limit)
    *limit = other;
}

/* The limit of a control group of ours, as /proc/self/cgroup names it. Within
 * a container its path may not be there, but then the root is the container's
 * own. */
static void lower_by_group(uint64_t *limit, const char *line) {
  const char *path = strrchr(line, ':');
  char file[640];

  if (path == NULL)
    return;
  path++;
  if (strncmp(line, "0::", 3) == 0)
    snprintf(file, sizeof file, "/sys/fs/cgroup%s/memory.max", path);
  else if (strstr(line, ":memory:") != NULL)
    snprintf(file, sizeof file, "/sys/fs/cgroup/memory%s/memory.limit_in_bytes",
             path);
  else
    return;
  lower(limit, number_in(file));
}

uint64_t machine_memory(void) {
  FILE *groups = fopen("/proc/self/cgroup", "re");
  uint64_t limit = UINT64_MAX;
  struct sysinfo info;
  char line[512];

  if (sysinfo(&info) == 0)
    limit = (uint64_t)info.totalram * info.mem_unit;
  lower(&limit, number_in("/sys/fs/cgroup/memory.max"));
  lower(&limit, number_in("/sys/fs/cgroup/memory/memory.limit_in_bytes"));
  while (groups != NULL && fgets(line, sizeof line, groups) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    lower_by_group(&limit, line);
  }
  if (groups != NULL)
    fclose(groups);
  return limit;
}

uint64_t machine_open_files(void) {
  struct rlimit limit;

  if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return 1024;
  if (limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
  }
  return limit.rlim_cur;
}

const char *machine_loop_version(void) {
  return uv_version_string();
}
