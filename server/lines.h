/*
 * lines.h - a text file that people write, line by line: comments and the
 * white space around are taken off, empty lines left out. It knows nothing of
 * what the lines mean.
 */
#ifndef SERVER_LINES_H
#define SERVER_LINES_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the largest file that is read. */
#define LINES_MAX (4u << 20)

struct lines {
  char *text;
  size_t len, at;
  unsigned number; /* of the line that was given last, from 1 */
};

/* Reads a regular file whole. False, with the reason, without the path, in
 * *why (a text that stays, until the next call): nothing is to be freed. */
bool lines_load(struct lines *lines, const char *path, const char **why);

/* The next line that says something, ended by NUL, to be written into as one
 * likes; NULL: there is none. A # begins a comment at the start of a line and
 * after white space. */
char *lines_next(struct lines *lines);

void lines_free(struct lines *lines);

#endif
