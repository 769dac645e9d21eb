/*
 * remote.c - opens what the commands share, and picks one of them.
 */
#include "cli/remote/remote.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "cli/remote/interrupt.h"
#include "cli/remote/remote_internal.h"

int remote_stopped(remote *r) {
  int error = r->screen.output_error;
  if (error == EPIPE)
    return REMOTE_SIGNALLED + SIGPIPE;
  if (error != 0)
    screen_note(&r->screen, "cannot write the output: %s", strerror(error));
  if (interrupt_signal() != 0)
    return REMOTE_SIGNALLED + interrupt_signal();
  return error != 0 ? REMOTE_FAILURE : REMOTE_GOOD;
}

static int dispatch(remote *r) {
  switch (r->options->command) {
  case CLI_FUTURES: return remote_list(r);
  case CLI_CANCEL: return remote_cancel(r);
  case CLI_WATCH: return remote_watch(r);
  default: return remote_run(r);
  }
}

int remote_main(const cli_options *options) {
  remote r = {.options = options};
  r.http = http_open(&options->remote);
  if (r.http == NULL)
    return REMOTE_REFUSED;
  screen_open(&r.screen, options->command == CLI_WATCH);
  http_on_tick(r.http, screen_tick, &r.screen);
  int code = dispatch(&r);
  screen_clear(&r.screen);
  http_close(r.http);
  return code;
}
