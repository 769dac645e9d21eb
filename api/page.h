/*
 * page.h - the page and the contract as the build has embedded them.
 */
#ifndef API_PAGE_H
#define API_PAGE_H

#include <stddef.h>

struct page_form {
  const unsigned char *bytes;
  size_t len;
  const char *tag; /* strong entity tag, with its quotes */
};

struct page_file {
  const char *path;
  const char *type;
  struct page_form plain, gzip;
};

/* Ended by a path of NULL. Written by api/page/embed.py. */
extern const struct page_file page_files[];

#endif
