/*
 * source.c - reads program files whole. It doesn't look at what they say.
 */
#include "cli/source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/utf8.h"

#define FIRST_CAP ((size_t)16 << 10)

bool source_is_utf8(const char *text, size_t len) {
  return gn_utf8_valid_prefix(text, len) == len;
}

static bool read_all(FILE *file, char **text, size_t *len) {
  char *buf = NULL;
  size_t n = 0, cap = 0;
  for (;;) {
    if (n == cap) {
      cap = cap == 0 ? FIRST_CAP : cap * 2;
      char *bigger = realloc(buf, cap);
      if (bigger == NULL) {
        free(buf);
        return false;
      }
      buf = bigger;
    }
    size_t got = fread(buf + n, 1, cap - n, file);
    n += got;
    if (got == 0)
      break;
  }
  if (ferror(file)) {
    int error = errno;
    free(buf);
    errno = error;
    return false;
  }
  *text = buf;
  *len = n;
  return true;
}

bool source_read(const char *path, char **text, size_t *len) {
  bool standard = strcmp(path, "-") == 0;
  FILE *file = standard ? stdin : fopen(path, "rb");
  bool ok = file != NULL && read_all(file, text, len);
  int error = errno;
  if (file != NULL && !standard)
    fclose(file);
  if (!ok)
    fprintf(stderr, "gene: cannot read '%s': %s\n", path, strerror(error));
  return ok;
}
