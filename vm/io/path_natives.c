/*
 * path_natives.c - functions on paths as text. They never touch the file
 * system and need no capability.
 */
#include "io/beneath.h"
#include "io/current_folder.h"
#include "io/io_tables.h"
#include "io/paths.h"
#include "run/native_args.h"

#define TEXT_MAX 65536u /* bytes of a path; no system takes as many */

typedef struct text {
  const char *at;
  size_t len;
} text;

static int throw_too_long(gn_ctx *ctx) {
  return gn_throw(ctx, GN_X_ARGUMENT, NULL, "a path has %u bytes at most",
                  TEXT_MAX);
}

static bool text_arg(gn_ctx *ctx, const gn_call *call, uint32_t i, text *out) {
  gn_string *s;
  if (!gn_arg_string(ctx, call, i, &s))
    return false;
  *out = (text){gn_str_bytes(s), s->len};
  gn_charge(ctx, 1 + s->len / 16);
  if (s->len <= TEXT_MAX)
    return true;
  throw_too_long(ctx);
  return false;
}

/* Without the slashes at its end; a root stays one slash. */
static text trimmed(text t) {
  while (t.len > 1 && t.at[t.len - 1] == '/')
    t.len--;
  return t;
}

/* Where the last part begins. */
static size_t last_part(text t) {
  size_t n = t.len;
  while (n > 0 && t.at[n - 1] != '/')
    n--;
  return n;
}

static text basename_of(text t) {
  t = trimmed(t);
  size_t n = last_part(t);
  return n == t.len ? t : (text){t.at + n, t.len - n};
}

static int path_basename(gn_ctx *ctx, gn_call *call) {
  text t;
  if (!text_arg(ctx, call, 0, &t))
    return GN_THROW;
  t = basename_of(t);
  return gn_return_text(ctx, call, t.at, t.len);
}

static int path_dirname(gn_ctx *ctx, gn_call *call) {
  text t;
  if (!text_arg(ctx, call, 0, &t))
    return GN_THROW;
  t = trimmed(t);
  t.len = last_part(t);
  if (t.len == 0)
    return gn_return_text(ctx, call, ".", 1);
  t = trimmed(t);
  return gn_return_text(ctx, call, t.at, t.len);
}

/* A dot that begins or ends the name begins no extension. */
static int path_ext(gn_ctx *ctx, gn_call *call) {
  text t;
  if (!text_arg(ctx, call, 0, &t))
    return GN_THROW;
  t = basename_of(t);
  size_t dot = t.len;
  while (dot > 0 && t.at[dot - 1] != '.')
    dot--;
  if (dot <= 1 || dot == t.len)
    return gn_return_text(ctx, call, "", 0);
  return gn_return_text(ctx, call, t.at + dot - 1, t.len - dot + 1);
}

static bool put_part(gn_builder *b, bool *slash, text t) {
  size_t from = 0;
  if (b->buf != NULL)
    while (from < t.len && t.at[from] == '/')
      from++;
  if (from == t.len)
    return true;
  if (b->buf != NULL && !*slash)
    gn_put(b, "/", 1);
  *slash = t.at[t.len - 1] == '/';
  return gn_put(b, t.at + from, t.len - from);
}

static int path_join(gn_ctx *ctx, gn_call *call) {
  gn_builder b;
  gn_builder_init(&b, gn_ctx_heap(ctx));
  bool slash = false;
  for (uint32_t i = 0; i < call->argc; i++) {
    text t;
    if (!text_arg(ctx, call, i, &t))
      return GN_THROW;
    if (b.buf != NULL && b.buf->used > TEXT_MAX)
      return throw_too_long(ctx);
    if (!put_part(&b, &slash, t))
      return gn_oom(ctx);
  }
  return gn_return_made(ctx, call, gn_builder_string(&b));
}

static int path_abs(gn_ctx *ctx, gn_call *call) {
  text t;
  if (!text_arg(ctx, call, 0, &t))
    return GN_THROW;
  char folder[PATH_MAX] = "", clean[2 * PATH_MAX] = "/";
  gn_builder b;
  gn_builder_init(&b, gn_ctx_heap(ctx));
  if (t.len == 0 || t.at[0] != '/')
    gn_put_c(&b, gn_current_folder(ctx, folder));
  gn_put(&b, "/", 1);
  if (!gn_put(&b, t.at, t.len))
    return gn_oom(ctx);
  int len =
      gn_path_clean(b.buf->bytes, b.buf->used, clean + 1, sizeof clean - 1);
  if (len < 0)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL,
                    "the path is too long, leads above the root or contains "
                    "a NUL character");
  return gn_return_text(ctx, call, clean, (size_t)len + 1);
}

const gn_native_def gn_path_rows[] = {
    GN_FUNCTION("io/path_join", path_join, 1, -1, 0, "(io/path_join a b...)",
                "The parts joined by slashes."),
    GN_FUNCTION("io/path_basename", path_basename, 1, 1, 0,
                "(io/path_basename p)", "The last part of a path."),
    GN_FUNCTION("io/path_dirname", path_dirname, 1, 1, 0, "(io/path_dirname p)",
                "A path without its last part."),
    GN_FUNCTION("io/path_ext", path_ext, 1, 1, 0, "(io/path_ext p)",
                "The extension with its dot, or an empty string."),
    GN_FUNCTION("io/path_abs", path_abs, 1, 1, 0, "(io/path_abs p)",
                "The path from the root."),
    GN_ROWS_END,
};
