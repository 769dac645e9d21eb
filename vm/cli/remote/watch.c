/*
 * watch.c - follows an evaluation that somebody began. Leaving it changes
 * nothing for the evaluation.
 */
#include <stdio.h>

#include "cli/plain.h"
#include "cli/remote/call.h"
#include "cli/remote/follow.h"
#include "cli/remote/interrupt.h"
#include "cli/remote/outcome.h"

#define LAST_LINES 10 /* of the output so far, on a terminal */

/* Where the last lines of a text begin. */
static size_t last_lines(gene_text_t text) {
  size_t at = text.len, lines = 0;
  if (at > 0 && text.ptr[at - 1] == '\n')
    at--;
  for (; at > 0; at--)
    if (text.ptr[at - 1] == '\n' && ++lines == LAST_LINES)
      break;
  return at;
}

/* A terminal gets the end of what was printed before; a file gets it all. */
static void skip_output(follower *f, const json_t *future) {
  gene_text_t output = field_text(future, "output");
  if (!f->remote->screen.out_tty || output.ptr == NULL)
    return;
  f->printed = last_lines(output);
  if (f->printed > 0)
    screen_note(&f->remote->screen, "%llu bytes of output are not shown",
                (unsigned long long)f->printed);
}

static int leave(follower *f, enum follow_end end) {
  if (end == FOLLOW_LOST)
    return f->code;
  if (f->remote->screen.output_error == 0)
    screen_note(&f->remote->screen,
                "%s goes on: gene watch %s, or gene cancel %s", f->id, f->id,
                f->id);
  return remote_stopped(f->remote);
}

static int watch(follower *f) {
  remote *r = f->remote;
  report_source source = {.name = "<script>", .text = {NULL, 0}};
  int code;
  uint64_t after;
  json_t *future = follow_get(r, f->id, "", false, &code, &after);
  if (future == NULL)
    return code;
  screen_began(&r->screen,
               field_u64(json_object_get(future, "usage"), "wall_us") / 1000);
  skip_output(f, future);
  follow_take(f, future);
  json_decref(future);
  enum follow_end end = follow(f);
  return end == FOLLOW_DONE ? outcome_tell(r, f->future, &source, true)
                            : leave(f, end);
}

int remote_watch(remote *r) {
  gene_text_t id = plain_text(r->options->subject);
  if (!field_is_id(id)) {
    fputs("gene: no id: '", stderr);
    plain_put(stderr, id, false);
    fputs("'\n", stderr);
    return REMOTE_REFUSED;
  }
  if (!interrupt_listen())
    return REMOTE_FAILURE;
  follower f;
  follow_open(&f, r, id);
  int code = watch(&f);
  follow_close(&f);
  return code;
}
