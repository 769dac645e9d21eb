/*
 * read_run.c - the reader in slices. What becomes of the form is the caller's.
 */
#include "lib/read_run.h"

#include "run/native_args.h"

#define READ_STEP 4096u /* bytes between two looks at the slice */
#define BYTE_FUEL 4u    /* what reading a byte costs */

/* The reader that goes on, or a new one. NULL: out of memory. Reading again is
 * for a heap that was full of garbage when the reader had to give up: once,
 * then memory is really short. */
static gn_reader *reader_of(gn_ctx *ctx, gn_value *locals, gn_value text,
                            unsigned flags) {
  gn_value *machine = &locals[GN_READ_MACHINE];
  if (*machine != GN_NIL) {
    gn_reader *reader = (gn_reader *)(void *)gn_as_obj(*machine);
    if (!gn_reader_failed(reader) || locals[GN_READ_AGAIN] != GN_NIL)
      return reader;
    locals[GN_READ_AGAIN] = GN_TRUE;
  }
  gn_reader *made =
      gn_reader_new(gn_ctx_heap(ctx), text, 0, gn_source_nesting(ctx), flags);
  if (made != NULL)
    *machine = gn_from_obj(made);
  return made;
}

int gn_read_run(gn_ctx *ctx, gn_call *call, gn_value *locals, gn_value text,
                unsigned flags, gn_value *form, gn_syntax_error *err) {
  gn_reader *reader = reader_of(ctx, locals, text, flags);
  while (reader != NULL) {
    enum gn_read_status status = gn_reader_step(reader, READ_STEP, form, err);
    gn_charge(ctx, BYTE_FUEL * gn_reader_took(reader));
    switch (status) {
    case GN_READ_DONE: return GN_OK;
    case GN_READ_BAD: return GN_REFUSED;
    case GN_READ_OOM: return gn_oom(ctx);
    case GN_READ_MORE: break;
    }
    if (gn_slice_over(ctx))
      return gn_pause(call, call->state ? call->state : 1);
  }
  return gn_oom(ctx);
}
