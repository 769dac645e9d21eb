/*
 * service.c - reads the URL and the key. A key is never taken from an argument,
 * where every user of the machine could read it, nor from a URL.
 */
#include "cli/remote/service.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/plain.h"

#define URL_MAX 1024

/* ---- the URL ------------------------------------------------------------ */

static bool wrong_url(const char *url, const char *why) {
  fputs("gene: no service can be at '", stderr);
  plain_put(stderr, plain_text(url), false);
  fprintf(stderr, "': %s\n", why);
  return false;
}

static bool has_part(CURLU *url, CURLUPart part) {
  char *text;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK)
    return false;
  curl_free(text);
  return true;
}

static bool is_nearby(CURLU *url) {
  char *host;
  if (curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK)
    return false;
  bool near = strcasecmp(host, "localhost") == 0 ||
              strncmp(host, "127.", 4) == 0 || strcmp(host, "[::1]") == 0;
  curl_free(host);
  return near;
}

static const char *check_url(CURLU *url, const char *text) {
  if (strncasecmp(text, "http://", 7) != 0 &&
      strncasecmp(text, "https://", 8) != 0)
    return "it has to begin with http:// or https://";
  if (strlen(text) > URL_MAX)
    return "it is too long";
  CURLUcode code = curl_url_set(url, CURLUPART_URL, text, 0);
  if (code != CURLUE_OK)
    return curl_url_strerror(code);
  if (has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_PASSWORD))
    return "no user or password belongs there (see GENE_KEY)";
  if (has_part(url, CURLUPART_QUERY) || has_part(url, CURLUPART_FRAGMENT))
    return "no query or fragment belongs there";
  return NULL;
}

static bool take_url(service *out, CURLU *url, const char *text) {
  const char *why = check_url(url, text);
  if (why != NULL)
    return wrong_url(text, why);
  char *whole;
  if (curl_url_get(url, CURLUPART_URL, &whole, 0) != CURLUE_OK)
    return wrong_url(text, "out of memory");
  out->nearby = is_nearby(url);
  out->base = strdup(whole);
  curl_free(whole);
  if (out->base == NULL)
    return wrong_url(text, "out of memory");
  size_t len = strlen(out->base);
  while (len > 0 && out->base[len - 1] == '/')
    out->base[--len] = '\0';
  return true;
}

static bool read_url(service *out, const char *text) {
  CURLU *url = curl_url();
  bool ok = url != NULL && take_url(out, url, text);
  if (url == NULL)
    fputs("gene: out of memory\n", stderr);
  curl_url_cleanup(url);
  return ok;
}

/* ---- the key ------------------------------------------------------------ */

/* White space around it is no part of it. */
static bool take_key(service *out, const char *text, size_t len,
                     const char *where) {
  while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
    len--;
  bool ok = len > 0 && len <= SERVICE_KEY_MAX;
  for (size_t i = 0; ok && i < len; i++)
    ok = text[i] > ' ' && text[i] < 0x7f;
  if (!ok) {
    fprintf(stderr, "gene: there is no API key in %s: it is one word\n", where);
    return false;
  }
  snprintf(out->authorization, sizeof out->authorization,
           "Authorization: Bearer %.*s", (int)len, text);
  return true;
}

static bool read_key_file(service *out, const char *path) {
  char text[SERVICE_KEY_MAX + 16];
  FILE *file = fopen(path, "rb");
  size_t len = file != NULL ? fread(text, 1, sizeof text, file) : 0;
  bool failed = file == NULL || ferror(file);
  if (failed)
    fprintf(stderr, "gene: cannot read '%s': %s\n", path, strerror(errno));
  if (file != NULL)
    fclose(file);
  return !failed && take_key(out, text, len, path);
}

static bool read_key(service *out, const cli_remote *options) {
  if (options->key_file != NULL)
    return read_key_file(out, options->key_file);
  const char *key = getenv("GENE_KEY");
  return key == NULL || key[0] == '\0' ||
         take_key(out, key, strlen(key), "GENE_KEY");
}

bool service_read(service *out, const cli_remote *options) {
  *out = (service){.base = NULL};
  if (read_url(out, options->server) && read_key(out, options))
    return true;
  service_free(out);
  return false;
}

void service_free(service *s) {
  free(s->base);
  explicit_bzero(s, sizeof *s);
}
