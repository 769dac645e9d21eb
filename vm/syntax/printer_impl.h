/*
 * printer_impl.h - what the files of the printer share: its stack, and how the
 * values on it are taken apart. Internal to them.
 */
#ifndef GN_SYNTAX_PRINTER_IMPL_H
#define GN_SYNTAX_PRINTER_IMPL_H

#include "run/native.h"
#include "syntax/print_path.h"

/* How a value on the stack is taken apart. */
enum gn_print_frame_kind {
  F_ARRAY,
  F_MAP,
  F_HASHMAP,
  F_HASHSET,
  F_GENE,
  F_BOX, /* unquote, quote */
  F_CSYMBOL,
  F_STR,       /* gene (#Str ...) */
  F_HASH_FORM, /* gene (#HashMap ...) */
  F_INSTANCE,
  F_EXCEPTION, /* <NAME "message"> */
  F_MESSAGE,   /* an exception's message, which is no string */
  F_LONG,      /* a long text, in pieces */
  F_ITEMS,     /* of a type with a row in gn_print_kinds */
};

typedef struct gn_print_frame {
  gn_value v;
  uint32_t at;    /* items that were begun */
  uint32_t entry; /* place in a dict, for gn_dict_next */
  gn_value held;  /* value of the entry whose key is being printed */
  uint8_t kind;
  uint8_t mode; /* enum gn_print_mode of what is within */
  bool holds;
} gn_print_frame;

enum gn_print_stage { IDLE, WALKING, ASKED };

typedef struct gn_printer {
  gn_machine m;
  uint8_t stage;
  bool quick;    /* it gives up rather than throws */
  bool whole;    /* for gn_print_text: the text is there */
  uint32_t most; /* bytes after which the text is cut; 0: never */
  uint32_t depth, cap;
  gn_print_frame *frames; /* in frames_buf */
  gn_blob *frames_buf;
  gn_print_path path; /* the objects of the stack once it is deep */
  gn_builder out;
} gn_printer;

/* What entering and stepping give, beside statuses (< 0 and GN_CALL). */
enum { DONE = 100, ENTERED };

/* What a step found: *v is to be printed in mode; or the frame is done. */
enum { NEXT = 200, LAST };

/* The next value within frame f, the top one: NEXT, LAST, or DONE when only
 * text was put. Out of memory: out.failed. */
int gn_print_step(gn_ctx *ctx, gn_printer *p, gn_print_frame *f, gn_value *v);

/* Field `message` of an exception; nil when it has none. */
gn_value gn_print_message(const gn_instance *in);

static inline bool gn_print_sealed(gn_value v) {
  return (gn_as_obj(v)->flags & GN_SEALED) != 0;
}

#endif
