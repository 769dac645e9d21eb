/*
 * page.c - GET /, what the page there consists of (/page/NAME), and GET
 * /openapi.json. All of it lies in the program, as it is and gzipped, and is
 * sent from where it lies. It makes nothing of its own and runs no script.
 */
#include "api/page.h"

#include "api/internal.h"

/* Nothing is had from elsewhere, nothing runs that is not a file of ours, and
 * nobody else can frame the page or send a form from it. */
#define POLICY                                                  \
  "default-src 'none'; script-src 'self'; style-src 'self'; "   \
  "connect-src 'self'; img-src 'self' data:; base-uri 'none'; " \
  "form-action 'none'; frame-ancestors 'none'"

#define PERMISSIONS \
  "camera=(), geolocation=(), microphone=(), payment=(), usb=()"

static const struct page_file *find(gene_text_t path) {
  for (const struct page_file *file = page_files; file->path != NULL; file++)
    if (http_text_is(path, file->path))
      return file;
  return NULL;
}

static enum http_next refuse(struct http_exchange *x) {
  return problem_reply(x, &(struct problem){.status = 404,
                                            .slug = "not-found",
                                            .title = "Not found",
                                            .detail = "The page has no such "
                                                      "file."});
}

static void add_fields(struct http_exchange *x, const char *tag) {
  http_field(x, "ETag", tag);
  http_field(x, "Vary", "Accept-Encoding");
  http_field(x, "Cache-Control", "no-cache");
  http_field(x, "X-Content-Type-Options", "nosniff");
  http_field(x, "Cross-Origin-Resource-Policy", "same-origin");
}

/* What a browser needs to know before it shows it. */
static void add_guards(struct http_exchange *x) {
  http_field(x, "Content-Security-Policy", POLICY);
  http_field(x, "Referrer-Policy", "no-referrer");
  http_field(x, "Cross-Origin-Opener-Policy", "same-origin");
  http_field(x, "Cross-Origin-Embedder-Policy", "require-corp");
  http_field(x, "Permissions-Policy", PERMISSIONS);
}

/* It is part of the program. */
static void release(void *kept) {
  (void)kept;
}

/* Large files go out piece by piece, as the client takes them. */
static void add_body(struct http_reply *reply, const struct page_form *form) {
  gene_text_t text = {(const char *)form->bytes, form->len};

  http_insert(reply, text, text.len, NULL, NULL, release);
}

static enum http_next answer(struct http_exchange *x,
                             const struct page_file *file) {
  bool gzip = negotiate_gzip(&x->request);
  const struct page_form *form = gzip ? &file->gzip : &file->plain;

  add_fields(x, form->tag);
  if (negotiate_has_tag(x->request.header[HTTP_IF_NONE_MATCH], form->tag)) {
    x->reply.status = 304;
    x->reply.content_type = NULL;
    return HTTP_ANSWER;
  }
  x->reply.status = 200;
  x->reply.content_type = file->type;
  if (gzip)
    http_field(x, "Content-Encoding", "gzip");
  add_body(&x->reply, form);
  return HTTP_ANSWER;
}

enum http_next page_get(struct api *api, struct http_exchange *x) {
  const struct page_file *file = find(x->request.path);

  (void)api;
  if (file == NULL)
    return refuse(x);
  add_guards(x);
  return answer(x, file);
}

enum http_next page_contract(struct api *api, struct http_exchange *x) {
  const struct page_file *file = find(x->request.path);

  (void)api;
  return answer(x, file);
}
