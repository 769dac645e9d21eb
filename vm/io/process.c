/*
 * process.c - the life of a child process, from uv_spawn to its last closed
 * handle. What it writes is kept for the script, up to a bound where it has to
 * wait; its memory is charged to the context. Nothing here blocks.
 */
#include "io/process.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "io/errors.h"
#include "io/jobs.h"
#include "io/text.h"

/* Kept output that nobody asks for: more has to wait in the pipe. */
#define KEEP_MAX ((size_t)256 << 10)
#define READ_MIN ((size_t)16 << 10)

typedef struct slot { /* an operation, or none */
  uint32_t op, gen;
} slot;

struct gn_process {
  gn_io *io;
  gn_ctx *ctx; /* NULL: gone */
  gn_process *prev, *next;
  uint32_t id;
  uv_process_t child;
  uv_pipe_t in, out;
  uint32_t handles; /* not closed yet */
  bool reading, at_end, ended, in_closed;
  int exit_code;
  enum gn_process_want want;
  slot asked, awaited;
  char *buf; /* what it wrote and nobody has taken: [at, len) */
  size_t at, len, cap, charged;
  size_t scanned; /* up to here there is no end of a line */
  char name[];    /* the command, for messages */
};

/* ---- memory ---- */

static bool charge(gn_process *p, size_t n) {
  if (!gn_ctx_charge(p->ctx, n))
    return false;
  p->charged += n;
  return true;
}

static void free_process(gn_process *p) {
  gn_io *io = p->io;
  free(p->buf);
  free(p);
  io->in_flight--;
  gn_io_release(io);
}

static void on_closed(uv_handle_t *handle) {
  gn_process *p = handle->data;
  if (--p->handles == 0 && p->ctx == NULL)
    free_process(p);
}

static void close_handle(uv_handle_t *handle) {
  if (!uv_is_closing(handle))
    uv_close(handle, on_closed);
}

/* ---- outcomes ---- */

static gn_op *op_of(gn_process *p, slot s) {
  if (p->ctx == NULL || s.op == GN_NO_OP)
    return NULL;
  return gn_op_get(p->ctx->core, s.op, s.gen);
}

static gn_value text_value(gn_heap *heap, const char *bytes, size_t len) {
  size_t good = gn_utf8_mend(bytes, len, NULL);
  if (good == len)
    return gn_string_new(heap, bytes, len);
  char *mended = malloc(good);
  if (mended == NULL)
    return GN_NONE;
  gn_utf8_mend(bytes, len, mended);
  gn_value v = gn_string_new(heap, mended, good);
  free(mended);
  return v;
}

/* Where the line that begins at p->at ends; p->len: it has no end yet. */
static size_t end_of_line(gn_process *p) {
  size_t from = p->scanned > p->at ? p->scanned : p->at;
  const char *nl =
      from < p->len ? memchr(p->buf + from, '\n', p->len - from) : NULL;
  p->scanned = nl != NULL ? (size_t)(nl - p->buf) : p->len;
  return p->scanned;
}

static bool is_satisfied(gn_process *p) {
  switch (p->want) {
  case GN_WANT_LINE: return p->at_end || end_of_line(p) < p->len;
  case GN_WANT_REST: return p->at_end;
  case GN_WANT_TEXT:
  case GN_WANT_OUTCOME: return p->at_end && p->ended;
  default: return false;
  }
}

static gn_value make_line(gn_process *p, size_t *next) {
  if (p->at == p->len)
    return GN_NIL;
  size_t end = end_of_line(p), len = end - p->at;
  *next = end + (end < p->len);
  if (end < p->len && len > 0 && p->buf[end - 1] == '\r')
    len--;
  return text_value(&p->ctx->heap, p->buf + p->at, len);
}

static gn_value make_outcome(gn_process *p, gn_value text) {
  gn_heap *heap = &p->ctx->heap;
  gn_dict *map = gn_dict_new(heap, GN_T_MAP, 2);
  gn_value output = gn_string_c(heap, "output");
  gn_value code = gn_string_c(heap, "exit_code");
  if (map == NULL || output == GN_NONE || code == GN_NONE ||
      !gn_map_set(heap, map, output, text) ||
      !gn_map_set(heap, map, code, gn_from_fix(p->exit_code)))
    return GN_NONE;
  return gn_from_obj(map);
}

static gn_value make_value(gn_process *p, size_t *next) {
  *next = p->len;
  if (p->want == GN_WANT_LINE)
    return make_line(p, next);
  gn_value text = text_value(
      &p->ctx->heap, p->at < p->len ? p->buf + p->at : "", p->len - p->at);
  return p->want == GN_WANT_OUTCOME && text != GN_NONE ? make_outcome(p, text)
                                                       : text;
}

/* What has been taken goes from the buffer; an empty one costs nothing. */
static void take(gn_process *p, size_t next) {
  p->at = next;
  if (p->at < p->len)
    return;
  gn_heap_uncharge(&p->ctx->heap, p->charged);
  free(p->buf);
  p->buf = NULL;
  p->at = p->len = p->cap = p->scanned = p->charged = 0;
}

static void unlink_process(gn_process *p) {
  gn_client *client = p->ctx->io;
  *(p->prev != NULL ? &p->prev->next : &client->processes) = p->next;
  if (p->next != NULL)
    p->next->prev = p->prev;
}

/* Nobody will ask for it again: it goes when its handles are closed. */
static void let_go(gn_process *p) {
  unlink_process(p);
  gn_heap_uncharge(&p->ctx->heap, p->charged);
  p->charged = 0;
  p->ctx = NULL;
  if (!p->ended)
    uv_process_kill(&p->child, SIGKILL);
  close_handle((uv_handle_t *)&p->in);
  close_handle((uv_handle_t *)&p->out);
  if (p->handles == 0)
    free_process(p);
}

/* Ends the asking operation with this value of what stands before `next`. */
static void give(gn_process *p, gn_value v, size_t next) {
  gn_ctx *ctx = p->ctx;
  slot s = p->asked;
  bool only = p->want >= GN_WANT_TEXT;
  p->asked.op = GN_NO_OP;
  p->want = GN_WANT_NOTHING;
  if (only)
    let_go(p);
  else
    take(p, next);
  gn_op_end(ctx, s.op, v, false);
}

/* Gives what was asked for once it is there. From the loop only: it may
 * collect. */
static void answer(gn_process *p) {
  if (op_of(p, p->asked) == NULL || !is_satisfied(p))
    return;
  size_t next;
  gn_value v = make_value(p, &next);
  if (v == GN_NONE && gn_ctx_collect(p->ctx))
    v = make_value(p, &next);
  give(p, v, next);
}

/* ---- its output ---- */

static void on_room(uv_handle_t *handle, size_t hint, uv_buf_t *out) {
  (void)hint;
  gn_process *p = handle->data;
  *out = uv_buf_init(NULL, 0);
  if (p->ctx == NULL)
    return;
  if (p->at > 0 && p->at >= p->cap / 2) { /* moves each byte once at most */
    memmove(p->buf, p->buf + p->at, p->len - p->at);
    p->len -= p->at;
    p->scanned = p->scanned > p->at ? p->scanned - p->at : 0;
    p->at = 0;
  }
  if (p->cap - p->len < READ_MIN) {
    size_t more = p->cap > READ_MIN ? p->cap : READ_MIN;
    char *buf = charge(p, more) ? realloc(p->buf, p->cap + more) : NULL;
    if (buf == NULL)
      return;
    p->buf = buf;
    p->cap += more;
  }
  size_t room = p->cap - p->len;
  *out = uv_buf_init(p->buf + p->len,
                     (unsigned)(room < GN_JOB_CHUNK ? room : GN_JOB_CHUNK));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf) {
  (void)buf;
  gn_process *p = stream->data;
  if (p->ctx == NULL)
    return;
  if (n == UV_ENOBUFS) {
    gn_throw_kill(p->ctx, GN_KILL_MEMORY);
    gn_ctx_wake(p->ctx);
  }
  if (n < 0) {
    p->at_end = true;
    p->reading = false;
    close_handle((uv_handle_t *)&p->out);
  } else {
    p->len += (size_t)n;
  }
  answer(p);
  if (p->ctx != NULL && p->reading && p->want == GN_WANT_NOTHING &&
      p->len - p->at >= KEEP_MAX) {
    uv_read_stop(stream);
    p->reading = false;
  }
}

static void read_on(gn_process *p) {
  if (p->reading || p->at_end)
    return;
  p->reading = uv_read_start((uv_stream_t *)&p->out, on_room, on_read) == 0;
}

/* ---- its end ---- */

static void on_ended(uv_process_t *child, int64_t status, int signal) {
  gn_process *p = child->data;
  p->ended = true;
  p->exit_code = signal != 0 ? 128 + signal : (int)status;
  close_handle((uv_handle_t *)child);
  if (p->ctx == NULL)
    return;
  close_handle((uv_handle_t *)&p->in);
  p->in_closed = true;
  if (op_of(p, p->awaited) != NULL) {
    slot s = p->awaited;
    p->awaited.op = GN_NO_OP;
    gn_op_end(p->ctx, s.op, gn_from_fix(p->exit_code), false);
  }
  answer(p);
}

/* ---- its beginning ---- */

gn_process *gn_process_new(gn_ctx *ctx, const char *name) {
  gn_client *client = gn_client_of(ctx);
  size_t len = strlen(name);
  gn_process *p = client != NULL ? calloc(1, sizeof *p + len + 1) : NULL;
  if (p == NULL)
    return NULL;
  memcpy(p->name, name, len);
  p->io = client->io;
  p->ctx = ctx;
  p->id = ++client->processes_made;
  p->asked.op = p->awaited.op = GN_NO_OP;
  p->ended = p->in_closed = true;
  p->next = client->processes;
  if (p->next != NULL)
    p->next->prev = p;
  client->processes = p;
  gn_io_retain(p->io);
  p->io->in_flight++;
  uv_pipe_init(p->io->loop, &p->in, 0);
  uv_pipe_init(p->io->loop, &p->out, 0);
  p->handles = 2;
  p->in.data = p->out.data = p->child.data = p;
  return p;
}

int gn_process_spawn(gn_process *p, char **argv, char **envp,
                     const char *folder, bool input) {
  uv_stdio_container_t stdio[3] = {
      {.flags = input ? UV_CREATE_PIPE | UV_READABLE_PIPE : UV_IGNORE,
       .data.stream = (uv_stream_t *)&p->in},
      {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE,
       .data.stream = (uv_stream_t *)&p->out},
      {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO}};
  uv_process_options_t options = {.exit_cb = on_ended,
                                  .file = argv[0],
                                  .args = argv,
                                  .env = envp,
                                  .cwd = folder,
                                  .stdio_count = 3,
                                  .stdio = stdio};
  p->handles++; /* the child's is open even when it fails */
  int error = uv_spawn(p->io->loop, &p->child, &options);
  if (error != 0) {
    close_handle((uv_handle_t *)&p->child);
    return error;
  }
  p->ended = false;
  p->in_closed = !input;
  if (!input)
    close_handle((uv_handle_t *)&p->in);
  read_on(p);
  return 0;
}

/* ---- asking ---- */

uint32_t gn_process_id(const gn_process *p) {
  return p->id;
}
int gn_process_pid(const gn_process *p) {
  return p->child.pid;
}
bool gn_process_ended(const gn_process *p) {
  return p->ended;
}

gn_process *gn_process_find(gn_ctx *ctx, uint32_t id) {
  gn_client *client = ctx->io;
  gn_process *p = client != NULL ? client->processes : NULL;
  while (p != NULL && p->id != id)
    p = p->next;
  return p;
}

/* A future of its own for p. */
static int new_op(gn_ctx *ctx, gn_process *p, slot *s, gn_future **out) {
  gn_future *future = gn_future_new(ctx);
  uint32_t op =
      future != NULL ? gn_op_new(ctx, future, GN_OP_PROCESS) : GN_NO_OP;
  if (op == GN_NO_OP)
    return GN_THROW;
  ctx->core->ops[op].io = p;
  *s = (slot){op, ctx->core->ops[op].gen};
  *out = future;
  return GN_OK;
}

int gn_process_ask(gn_ctx *ctx, gn_process *p, enum gn_process_want want,
                   gn_future **out) {
  if (op_of(p, p->asked) != NULL)
    return gn_throw(ctx, GN_X_CONCURRENCY, NULL,
                    "The process's output is being read already");
  p->want = want;
  size_t next = 0;
  bool there = is_satisfied(p);
  gn_value v = there ? make_value(p, &next) : GN_NIL;
  if (v == GN_NONE || new_op(ctx, p, &p->asked, out) != GN_OK) {
    p->want = GN_WANT_NOTHING;
    return v == GN_NONE ? gn_oom(ctx) : GN_THROW;
  }
  if (there)
    give(p, v, next);
  else
    read_on(p);
  return GN_OK;
}

int gn_process_wait(gn_ctx *ctx, gn_process *p, gn_future **out) {
  const gn_op *op = op_of(p, p->awaited);
  if (op != NULL) {
    *out = op->future;
    return GN_OK;
  }
  slot s;
  if (new_op(ctx, p, &s, out) != GN_OK)
    return GN_THROW;
  if (p->ended)
    gn_op_end(ctx, s.op, gn_from_fix(p->exit_code), false);
  else
    p->awaited = s;
  return GN_OK;
}

/* ---- writing ---- */

typedef struct writing {
  uv_write_t req;
  slot s;
  size_t size; /* charged */
  char text[];
} writing;

/* The process may be gone by now, but not its handle: its data is there. */
static void on_written(uv_write_t *req, int status) {
  writing *w = req->data;
  gn_process *p = req->handle->data;
  gn_ctx *ctx = p->ctx;
  if (ctx != NULL)
    gn_heap_uncharge(&ctx->heap, w->size);
  if (op_of(p, w->s) != NULL) {
    gn_value v = GN_NIL;
    if (status != 0)
      v = gn_io_error(ctx, "Failed to write to process", p->name,
                      strlen(p->name), status);
    gn_op_end(ctx, w->s.op, v, status != 0);
  }
  free(w);
}

static int throw_write_error(gn_ctx *ctx, const gn_process *p, int error) {
  gn_value e = gn_io_error(ctx, "Failed to write to process", p->name,
                           strlen(p->name), error);
  return e != GN_NONE ? gn_throw_value(ctx, e) : gn_oom(ctx);
}

/* NULL: out of memory. */
static writing *make_writing(gn_ctx *ctx, const char *text, size_t len) {
  size_t size = sizeof(writing) + len;
  if (!gn_heap_charge(&ctx->heap, size))
    return NULL;
  writing *w = malloc(size);
  if (w == NULL) {
    gn_heap_uncharge(&ctx->heap, size);
    return NULL;
  }
  w->size = size;
  w->req.data = w;
  memcpy(w->text, text, len);
  return w;
}

int gn_process_write(gn_ctx *ctx, gn_process *p, const char *text, size_t len,
                     gn_future **out) {
  if (p->in_closed)
    return throw_write_error(ctx, p, -EPIPE);
  writing *w = make_writing(ctx, text, len);
  if (w == NULL)
    return gn_oom(ctx);
  int status = new_op(ctx, p, &w->s, out);
  if (status == GN_OK) {
    uv_buf_t buf = uv_buf_init(w->text, (unsigned)len);
    int error = uv_write(&w->req, (uv_stream_t *)&p->in, &buf, 1, on_written);
    if (error == 0)
      return GN_OK;
    gn_op_free(ctx->core, w->s.op);
    status = throw_write_error(ctx, p, error);
  }
  gn_heap_uncharge(&ctx->heap, w->size);
  free(w);
  return status;
}

void gn_process_close_input(gn_process *p) {
  if (!p->in_closed)
    close_handle((uv_handle_t *)&p->in);
  p->in_closed = true;
}

int gn_process_signal(gn_process *p, int number) {
  return p->ended ? -ESRCH : uv_process_kill(&p->child, number);
}

/* ---- giving up ---- */

void gn_process_drop(gn_process *p) {
  if (op_of(p, p->asked) != NULL)
    gn_op_free(p->ctx->core, p->asked.op);
  let_go(p);
}

/* A process that was started for this outcome alone is of no use any more. */
void gn_process_abandon(gn_op *op, uint32_t index) {
  gn_process *p = op->io;
  if (p == NULL)
    return;
  if (p->awaited.op == index) {
    p->awaited.op = GN_NO_OP;
  } else if (p->asked.op == index) {
    bool only = p->want >= GN_WANT_TEXT;
    p->asked.op = GN_NO_OP;
    p->want = GN_WANT_NOTHING;
    if (only)
      let_go(p);
  }
}

void gn_processes_gone(gn_client *client) {
  while (client->processes != NULL)
    let_go(client->processes);
}
