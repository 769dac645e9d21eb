/*
 * process.h - child processes on the loop: started with pipes, their output
 * collected for whoever asks, their end noted. A process knows its context
 * only as long as that lives; then it is killed, and goes when it has ended.
 * Internal to vm/io; process_natives.c has what scripts see.
 */
#ifndef GN_IO_PROCESS_H
#define GN_IO_PROCESS_H

#include "io/io.h"

/* What an operation on the output waits for, and gives. */
enum gn_process_want {
  GN_WANT_NOTHING,
  GN_WANT_LINE,    /* String without its end; nil at the end */
  GN_WANT_REST,    /* String: all up to the end */
  GN_WANT_TEXT,    /* the same once the process has ended, too */
  GN_WANT_OUTCOME, /* then {^output ^exit_code} */
};

/* A process that is yet to be spawned; name is for messages. It belongs to the
 * context, until its outcome has been given or it is dropped. NULL: out of
 * memory. */
gn_process *gn_process_new(gn_ctx *ctx, const char *name);

/* Starts it in the folder. argv and envp end with NULL. input: the script may
 * write to it, else it reads /dev/null. 0 or a negative errno. */
int gn_process_spawn(gn_process *p, char **argv, char **envp,
                     const char *folder, bool input);

uint32_t gn_process_id(const gn_process *p); /* within its context */
int gn_process_pid(const gn_process *p);
bool gn_process_ended(const gn_process *p);
/* The process with this id. NULL: none. */
gn_process *gn_process_find(gn_ctx *ctx, uint32_t id);

/* A future of what is wanted of its output; one at a time. GN_OK or
 * GN_THROW. */
int gn_process_ask(gn_ctx *ctx, gn_process *p, enum gn_process_want want,
                   gn_future **out);
/* A future of its exit code. */
int gn_process_wait(gn_ctx *ctx, gn_process *p, gn_future **out);
/* A future of nil: the text, of which a copy is made, has been taken. */
int gn_process_write(gn_ctx *ctx, gn_process *p, const char *text, size_t len,
                     gn_future **out);
void gn_process_close_input(gn_process *p);
/* Sends a signal. 0 or a negative errno. */
int gn_process_signal(gn_process *p, int signal);

/* Kills it and forgets it. */
void gn_process_drop(gn_process *p);

/* For jobs.c: an operation is given up; the context is gone. */
void gn_process_abandon(gn_op *op, uint32_t index);
void gn_processes_gone(gn_client *client);

#endif
