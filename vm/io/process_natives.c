/*
 * process_natives.c - running commands: system/exec, system/shell and Process.
 * Each call starts an operation of process.c and waits for it in its fiber.
 */
#include <signal.h>
#include <stdlib.h>

#include "io/current_folder.h"
#include "io/errors.h"
#include "io/io_tables.h"
#include "io/process.h"
#include "io/waiting.h"
#include "run/native_args.h"

#define ARGS_MAX 4096u /* of a command */

#define PROCESS(name, fn, min, max, locals, sig, doc) \
  { name, fn, min, max, 0, locals, sig, doc, GENE_CAP_PROCESS }
#define PROCESS_METHOD(name, fn, min, max, locals, sig, doc) \
  { name, fn, min, max, GN_N_METHOD, locals, sig, doc, GENE_CAP_PROCESS }

/* ---- a command ---- */

/* A NULL-terminated list of texts in one block. */
typedef struct texts {
  char **list;
  uint32_t n;
} texts;

/* The text of an argument: a String, or the display form of a Symbol or number.
 * GN_NONE: thrown. */
static gn_value word(gn_ctx *ctx, const gn_call *call, gn_value v) {
  if (!gn_is_string(v) && !gn_is_symbol(v) && !gn_is_number(v)) {
    gn_throw_expects(ctx, call, "Strings, Symbols and numbers", v);
    return GN_NONE;
  }
  gn_value text = gn_is_string(v) ? v : gn_print_quick(ctx, v, GN_DISPLAY);
  if (text == GN_NONE) {
    gn_oom(ctx);
    return GN_NONE;
  }
  if (memchr(gn_str_bytes(gn_str(text)), '\0', gn_str(text)->len) == NULL)
    return text;
  gn_throw(ctx, GN_X_ARGUMENT, NULL,
           "an argument of a command cannot contain a NUL character");
  return GN_NONE;
}

static bool add_word(texts *t, const char *bytes, size_t len) {
  t->list[t->n] = strndup(bytes, len);
  return t->list[t->n] != NULL && (t->n++, true);
}

static void free_texts(texts *t) {
  for (uint32_t i = 0; t->list != NULL && i < t->n; i++)
    free(t->list[i]);
  free(t->list);
}

static int take_words(gn_ctx *ctx, const gn_call *call, texts *out) {
  if (call->argc > ARGS_MAX)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL,
                    "a command has %u arguments at most", ARGS_MAX);
  if (gn_is_string(call->argv[0]) && gn_str(call->argv[0])->len == 0)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL, "the command is empty");
  out->list = calloc(call->argc + 1, sizeof *out->list);
  if (out->list == NULL)
    return gn_oom(ctx);
  for (uint32_t i = 0; i < call->argc; i++) {
    gn_value text = word(ctx, call, call->argv[i]);
    if (text == GN_NONE)
      return GN_THROW;
    if (!add_word(out, gn_str_bytes(gn_str(text)), gn_str(text)->len))
      return gn_oom(ctx);
  }
  return GN_OK;
}

/* The run's variables as NAME=VALUE. A request's names may be any text: those
 * that no environment could hold are left out. */
static bool take_environment(gn_ctx *ctx, texts *out) {
  gn_dict *all =
      gn_is(ctx->env_map, GN_T_MAP) ? (gn_dict *)gn_as_obj(ctx->env_map) : NULL;
  out->list = calloc((all != NULL ? all->live : 0) + 1, sizeof *out->list);
  if (out->list == NULL)
    return false;
  uint32_t at = 0;
  const gn_entry *e;
  while (all != NULL && (e = gn_dict_next(all, &at)) != NULL) {
    size_t n;
    const char *name = gn_text(e->key, &n);
    const gn_string *value = gn_str(e->value);
    size_t size = n + 1 + value->len;
    if (n == 0 || memchr(name, '=', n) != NULL)
      continue;
    char *text = malloc(size + 1);
    if (text == NULL)
      return false;
    memcpy(text, name, n);
    text[n] = '=';
    memcpy(text + n + 1, gn_str_bytes(value), value->len);
    text[size] = '\0';
    if (strlen(text) == size)
      out->list[out->n++] = text;
    else
      free(text);
  }
  return true;
}

/* Only a tool that works in the host's own folders runs commands. */
static int check_host(gn_ctx *ctx) {
  if (ctx->root_folder == NULL || gn_io_of(ctx->core) == NULL)
    return gn_throw(ctx, GN_X_PERMISSION, NULL, "Permission denied: process");
  return GN_OK;
}

static int throw_failed(gn_ctx *ctx, const char *name, int error) {
  gn_value e = gn_io_error(ctx, "Failed to run", name, strlen(name), error);
  return e != GN_NONE ? gn_throw_value(ctx, e) : gn_oom(ctx);
}

/* Where the answer is to go is made first: a command that has been started
 * must not be started again for want of memory. want GN_WANT_NOTHING: the
 * script will write to it and ask by itself. */
static int prepare(gn_ctx *ctx, const char *name, enum gn_process_want want,
                   gn_process **p, gn_future **out) {
  *p = gn_process_new(ctx, name);
  if (*p == NULL)
    return gn_oom(ctx);
  if (want == GN_WANT_NOTHING)
    return GN_OK;
  int status = gn_process_ask(ctx, *p, want, out);
  if (status != GN_OK)
    gn_process_drop(*p);
  return status;
}

static int launch(gn_ctx *ctx, const texts *words, enum gn_process_want want,
                  gn_process **p, gn_future **out) {
  texts env = {NULL, 0};
  char folder[PATH_MAX];
  int status = take_environment(ctx, &env) ? GN_OK : gn_oom(ctx);
  if (status == GN_OK)
    status = prepare(ctx, words->list[0], want, p, out);
  if (status == GN_OK) {
    int error = gn_process_spawn(*p, words->list, env.list,
                                 gn_current_folder(ctx, folder),
                                 want == GN_WANT_NOTHING);
    if (error != 0) {
      gn_process_drop(*p);
      status = throw_failed(ctx, words->list[0], error);
    }
  }
  free_texts(&env);
  return status;
}

/* Starts the command that the arguments are. */
static int start(gn_ctx *ctx, const gn_call *call, enum gn_process_want want,
                 gn_process **p, gn_future **out) {
  texts words = {NULL, 0};
  int status = check_host(ctx);
  if (status == GN_OK)
    status = take_words(ctx, call, &words);
  if (status == GN_OK)
    status = launch(ctx, &words, want, p, out);
  free_texts(&words);
  return status;
}

/* ---- commands that are waited for ---- */

static int start_exec(gn_ctx *ctx, const gn_call *call, gn_future **out) {
  gn_process *p;
  return start(ctx, call, GN_WANT_TEXT, &p, out);
}

static int start_shell(gn_ctx *ctx, const gn_call *call, gn_future **out) {
  gn_string *line;
  if (check_host(ctx) != GN_OK || !gn_arg_string(ctx, call, 0, &line))
    return GN_THROW;
  if (word(ctx, call, call->argv[0]) == GN_NONE)
    return GN_THROW;
  char *text = strndup(gn_str_bytes(line), line->len);
  if (text == NULL)
    return gn_oom(ctx);
  char shell[] = "/bin/sh", option[] = "-c";
  char *list[] = {shell, option, text, NULL};
  gn_process *p;
  int status = launch(ctx, &(texts){list, 3}, GN_WANT_OUTCOME, &p, out);
  free(text);
  return status;
}

static int system_exec(gn_ctx *ctx, gn_call *call) {
  return gn_wait_for(ctx, call, start_exec);
}
static int system_shell(gn_ctx *ctx, gn_call *call) {
  return gn_wait_for(ctx, call, start_shell);
}

/* ---- Process ---- */

/* A Process whose fields `pid` and `id` are there, so that filling them cannot
 * fail once a command has been started. GN_NONE: out of memory. */
static gn_value new_process(gn_ctx *ctx, gn_value *pid, gn_value *id) {
  gn_value self = gn_instance_new(ctx, gn_builtin(ctx, GN_C_PROCESS));
  *pid = gn_symbol_new(&ctx->heap, "pid", 3);
  *id = gn_symbol_new(&ctx->heap, "id", 2);
  if (self == GN_NONE || *pid == GN_NONE || *id == GN_NONE)
    return GN_NONE;
  gn_instance *in = (gn_instance *)gn_as_obj(self);
  bool set = gn_instance_set(ctx, in, *pid, GN_NIL) == GN_OK &&
             gn_instance_set(ctx, in, *id, GN_NIL) == GN_OK;
  return set ? self : GN_NONE;
}

static int process_start(gn_ctx *ctx, gn_call *call) {
  gn_value pid, id, self = new_process(ctx, &pid, &id);
  if (self == GN_NONE)
    return gn_oom(ctx);
  gn_process *p;
  int status = start(ctx, call, GN_WANT_NOTHING, &p, NULL);
  if (status != GN_OK)
    return status;
  gn_instance *in = (gn_instance *)gn_as_obj(self);
  gn_instance_set(ctx, in, pid, gn_from_fix(gn_process_pid(p)));
  gn_instance_set(ctx, in, id, gn_from_fix(gn_process_id(p)));
  return gn_return(call, self);
}

/* The process that self stands for. NULL: thrown. */
static gn_process *process_of(gn_ctx *ctx, const gn_call *call) {
  gn_value key = gn_symbol_new(&ctx->heap, "id", 2);
  if (key == GN_NONE) {
    gn_oom(ctx);
    return NULL;
  }
  gn_value id = gn_instance_get((gn_instance *)gn_as_obj(call->argv[0]), key);
  gn_process *p = NULL;
  if (id != GN_NONE && gn_is_fix(id) && gn_fix(id) > 0 &&
      gn_fix(id) <= UINT32_MAX)
    p = gn_process_find(ctx, (uint32_t)gn_fix(id));
  if (p == NULL)
    gn_throw(ctx, GN_X_RUNTIME, NULL,
             "This Process was not started by system/Process/start");
  return p;
}

static int ask(gn_ctx *ctx, const gn_call *call, enum gn_process_want want,
               gn_future **out) {
  gn_process *p = process_of(ctx, call);
  return p != NULL ? gn_process_ask(ctx, p, want, out) : GN_THROW;
}
static int start_line(gn_ctx *ctx, const gn_call *call, gn_future **out) {
  return ask(ctx, call, GN_WANT_LINE, out);
}
static int start_rest(gn_ctx *ctx, const gn_call *call, gn_future **out) {
  return ask(ctx, call, GN_WANT_REST, out);
}
static int start_wait(gn_ctx *ctx, const gn_call *call, gn_future **out) {
  gn_process *p = process_of(ctx, call);
  return p != NULL ? gn_process_wait(ctx, p, out) : GN_THROW;
}

static int process_read(gn_ctx *ctx, gn_call *call) {
  return gn_wait_for(ctx, call, start_rest);
}
static int process_read_line(gn_ctx *ctx, gn_call *call) {
  return gn_wait_for(ctx, call, start_line);
}
static int process_wait(gn_ctx *ctx, gn_call *call) {
  return gn_wait_for(ctx, call, start_wait);
}

static int process_pid(gn_ctx *ctx, gn_call *call) {
  gn_process *p = process_of(ctx, call);
  return p != NULL ? gn_return_int(ctx, call, gn_process_pid(p)) : GN_THROW;
}

static int process_alive(gn_ctx *ctx, gn_call *call) {
  gn_process *p = process_of(ctx, call);
  return p != NULL ? gn_return_bool(call, !gn_process_ended(p)) : GN_THROW;
}

static int process_close(gn_ctx *ctx, gn_call *call) {
  gn_process *p = process_of(ctx, call);
  if (p == NULL)
    return GN_THROW;
  gn_process_close_input(p);
  return gn_return(call, GN_NIL);
}

static int process_kill(gn_ctx *ctx, gn_call *call) {
  int64_t number = SIGTERM;
  if (call->argc > 1 && !gn_arg_int(ctx, call, 1, &number))
    return GN_THROW;
  if (number < 1 || number > 64)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL,
                    "kill expects a signal from 1 to 64");
  gn_process *p = process_of(ctx, call);
  if (p == NULL)
    return GN_THROW;
  gn_process_signal(p, (int)number); /* one that has ended needs none */
  return gn_return(call, GN_NIL);
}

/* ---- writing to it ---- */

enum { WAITING = 2 };
/* L_VALUE: GN_TRUE once the value is in L_MACHINE, which becomes the text. */
enum { L_FUTURE, L_MACHINE, L_VALUE, L_COUNT };

/* Makes L_MACHINE the text to write. */
static int text_to_write(gn_ctx *ctx, gn_call *call, bool newline) {
  gn_value *machine = &call->locals[L_MACHINE];
  if (!newline)
    return gn_print_text(ctx, call, machine, call->argv[1], GN_DISPLAY);
  if (gn_is_string(*machine))
    return GN_OK;
  if (call->locals[L_VALUE] == GN_NIL) {
    int status =
        gn_put_value(ctx, call, machine, call->argv[1], GN_DISPLAY, false);
    if (status != GN_OK)
      return status;
    call->locals[L_VALUE] = GN_TRUE;
  }
  if (call->locals[L_VALUE] == GN_TRUE && !gn_put_text(ctx, machine, "\n", 1))
    return gn_oom(ctx);
  call->locals[L_VALUE] = GN_FALSE;
  gn_value text = gn_taken_text(ctx, machine);
  if (text != GN_NONE)
    *machine = text;
  return text == GN_NONE ? gn_oom(ctx) : GN_OK;
}

static int write_value(gn_ctx *ctx, gn_call *call, bool newline) {
  if (call->state == WAITING)
    return gn_wait_end(ctx, call);
  int status = text_to_write(ctx, call, newline);
  if (status != GN_OK)
    return status;
  const gn_string *text = gn_str(call->locals[L_MACHINE]);
  gn_process *p = process_of(ctx, call);
  gn_future *future;
  if (p == NULL ||
      gn_process_write(ctx, p, gn_str_bytes(text), text->len, &future) != GN_OK)
    return GN_THROW;
  return gn_wait_begin(ctx, call, future, WAITING);
}

static int process_write(gn_ctx *ctx, gn_call *call) {
  return write_value(ctx, call, false);
}
static int process_write_line(gn_ctx *ctx, gn_call *call) {
  return write_value(ctx, call, true);
}

/* ---- tables ---- */

const gn_native_def gn_process_function_rows[] = {
    PROCESS("system/exec", system_exec, 1, -1, 1, "(system/exec cmd arg...)",
            "Runs a command; what it wrote to its standard output."),
    PROCESS("gene/os/exec", system_exec, 1, -1, 1, "(gene/os/exec cmd arg...)",
            "The same as system/exec."),
    PROCESS("system/shell", system_shell, 1, 1, 1, "(system/shell line)",
            "Runs a line of /bin/sh: {^output ^exit_code}."),
    PROCESS("system/Process/start", process_start, 1, -1, 0,
            "(system/Process/start cmd arg...)",
            "Starts a command and gives its Process."),
    GN_ROWS_END,
};

const gn_native_def gn_process_rows[] = {
    PROCESS_METHOD("pid", process_pid, 0, 0, 0, "(p .pid)",
                   "Its number in the system."),
    PROCESS_METHOD("alive?", process_alive, 0, 0, 0, "(p .alive?)",
                   "Whether it has not ended."),
    PROCESS_METHOD("read", process_read, 0, 0, 1, "(p .read)",
                   "What it writes until it closes its output."),
    PROCESS_METHOD("read_line", process_read_line, 0, 0, 1, "(p .read_line)",
                   "The next line that it writes; nil at the end."),
    PROCESS_METHOD("write", process_write, 1, 1, L_COUNT, "(p .write v)",
                   "Writes a value's display form to its input; nil."),
    PROCESS_METHOD("write_line", process_write_line, 1, 1, L_COUNT,
                   "(p .write_line v)", "The same with the end of a line."),
    PROCESS_METHOD("close_stdin", process_close, 0, 0, 0, "(p .close_stdin)",
                   "Ends its input; nil."),
    PROCESS_METHOD("wait", process_wait, 0, 0, 1, "(p .wait)",
                   "Its exit code once it has ended; 128 + a signal's number."),
    PROCESS_METHOD("kill", process_kill, 0, 1, 0, "(p .kill [signal])",
                   "Sends it a signal, usually 15; nil."),
    GN_ROWS_END,
};
