/*
 * paths.c - from a script's path to the host's. A trusted tool sees the host's
 * own paths; any other evaluation sees its private folder as /scratch, and
 * nothing beside it.
 */
#include "io/paths.h"

#include <errno.h>

#include "core/utf8.h"
#include "io/beneath.h"
#include "io/errors.h"

#define SCRATCH     "/scratch"
#define SCRATCH_LEN (sizeof SCRATCH - 1)

/* True when the absolute path lies in the scratch folder; *rest is what
 * follows its name. */
static bool in_scratch(const char *path, size_t len, size_t *rest) {
  if (len < SCRATCH_LEN || memcmp(path, SCRATCH, SCRATCH_LEN) != 0)
    return false;
  *rest = SCRATCH_LEN;
  return len == SCRATCH_LEN || path[SCRATCH_LEN] == '/';
}

static int no_fs(gn_ctx *ctx) {
  return (ctx->capabilities & GENE_CAP_FS) != 0 ? GN_OK : gn_throw_no_fs(ctx);
}

/* Joins a folder of the host and a relative path. */
static void resolve_host(const char *root, const char *path, size_t len,
                         gn_path *out) {
  size_t root_len = path[0] == '/' ? 0 : strlen(root);
  if (root_len + 1 + len >= sizeof out->path) {
    out->error = -ENAMETOOLONG;
    return;
  }
  memcpy(out->path, root, root_len);
  size_t n = root_len;
  if (root_len > 0)
    out->path[n++] = '/';
  memcpy(out->path + n, path, len);
  out->len = n + len;
}

/* A relative path in the current folder, which is clean itself. Returns its
 * length, or what gn_path_clean says. */
static int clean_in_folder(const char *folder, const char *path, size_t len,
                           gn_path *out) {
  char joined[2 * PATH_MAX + 2];
  size_t n = strlen(folder);
  if (len > PATH_MAX || n > PATH_MAX)
    return -ENAMETOOLONG;
  memcpy(joined, folder, n);
  joined[n++] = '/';
  memcpy(joined + n, path, len);
  return gn_path_clean(joined, n + len, out->path, sizeof out->path);
}

static int resolve_private(gn_ctx *ctx, const char *path, size_t len,
                           gn_path *out) {
  size_t at = 0;
  if (path[0] == '/' && !in_scratch(path, len, &at)) {
    out->error = -ENOENT; /* no folder of that name is mounted */
    return no_fs(ctx);
  }
  int n = at == 0 && ctx->folder != NULL
              ? clean_in_folder(ctx->folder, path, len, out)
              : gn_path_clean(path + at, len - at, out->path, sizeof out->path);
  if (n == -EXDEV)
    return gn_throw_no_fs(ctx);
  if (n < 0)
    out->error = n;
  else
    out->len = (size_t)n;
  return GN_OK;
}

int gn_path_resolve(gn_ctx *ctx, const gn_call *call, gn_value path,
                    gn_path *out) {
  if (!gn_is_string(path))
    return gn_throw_expects(ctx, call, "a String as path", path);
  const char *text = gn_str_bytes(gn_str(path));
  size_t len = gn_str(path)->len;
  const char *root = ctx->root_folder;
  *out = (gn_path){.shown = text, .shown_len = len, .trusted = root != NULL};
  if (memchr(text, '\0', len) != NULL)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL,
                    "a path cannot contain a NUL character");
  if (len > PATH_MAX)
    out->shown_len = gn_utf8_valid_prefix(text, PATH_MAX);
  if (len == 0)
    out->error = -ENOENT;
  else if (root == NULL)
    return resolve_private(ctx, text, len, out);
  else if (text[0] == '/' && no_fs(ctx) != GN_OK)
    return GN_THROW;
  else
    resolve_host(root, text, len, out);
  return GN_OK;
}
