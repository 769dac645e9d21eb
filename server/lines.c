/*
 * lines.c - see lines.h. Pipes and devices are refused: reading them may never
 * end, and a file is read on the loop thread when settings are loaded anew.
 */
#include "server/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const blank = " \t\r";

/* Fills text with len bytes. False: an error, or the file got shorter. */
static bool read_all(int fd, char *text, size_t len) {
  size_t have = 0;

  while (have < len) {
    ssize_t got = read(fd, text + have, len - have);

    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0) {
      errno = got == 0 ? EIO : errno;
      return false;
    }
    have += (size_t)got;
  }
  return true;
}

/* Why this can't be read; NULL: it can. */
static const char *judge(int fd, struct stat *stat) {
  if (fstat(fd, stat) != 0)
    return strerror(errno);
  if (!S_ISREG(stat->st_mode))
    return "it is not a regular file";
  return stat->st_size > (off_t)LINES_MAX ? "it is larger than 4 MiB" : NULL;
}

bool lines_load(struct lines *lines, const char *path, const char **why) {
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat stat;

  *lines = (struct lines){0};
  *why = fd < 0 ? strerror(errno) : judge(fd, &stat);
  if (*why == NULL) {
    lines->len = (size_t)stat.st_size;
    lines->text = malloc(lines->len + 1);
    if (lines->text == NULL || !read_all(fd, lines->text, lines->len))
      *why = strerror(lines->text == NULL ? ENOMEM : errno);
    else if (memchr(lines->text, '\0', lines->len) != NULL)
      *why = "it holds a NUL byte, so it is no text";
  }
  if (fd >= 0)
    close(fd);
  if (*why != NULL) {
    lines_free(lines);
    return false;
  }
  lines->text[lines->len] = '\0';
  return true;
}

/* Cuts off a comment and white space at both ends. */
static char *trim(char *line) {
  char *end;

  for (char *at = line; *at != '\0'; at++) {
    if (*at == '#' && (at == line || strchr(blank, at[-1]) != NULL)) {
      *at = '\0';
      break;
    }
  }
  line += strspn(line, blank);
  end = line + strlen(line);
  while (end > line && strchr(blank, end[-1]) != NULL)
    end--;
  *end = '\0';
  return line;
}

char *lines_next(struct lines *lines) {
  while (lines->at < lines->len) {
    char *line = lines->text + lines->at;
    size_t len = strcspn(line, "\n");

    line[len] = '\0';
    lines->at += len + 1;
    lines->number++;
    line = trim(line);
    if (*line != '\0')
      return line;
  }
  return NULL;
}

void lines_free(struct lines *lines) {
  free(lines->text);
  *lines = (struct lines){0};
}
