/*
 * service.h - which service is meant, and what it is told about the caller:
 * the URL and the API key, checked before anything is sent.
 */
#ifndef GN_CLI_REMOTE_SERVICE_H
#define GN_CLI_REMOTE_SERVICE_H

#include <stdbool.h>

#include "cli/options.h"

#define SERVICE_KEY_MAX 1024

typedef struct service {
  char *base;  /* the URL without a slash at its end */
  bool nearby; /* on this machine: no proxy is asked */
  char authorization[SERVICE_KEY_MAX + 32]; /* header line; "": no key */
} service;

/* False: said on stderr why not, nothing to free. */
bool service_read(service *out, const cli_remote *options);
void service_free(service *s);

#endif
