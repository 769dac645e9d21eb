/*
 * json_writer_impl.h - what the files of the JSON writer share: the machine,
 * its stack, and the steps on it. Nobody else includes it. The functions that
 * give an int give GN_OK, STEP_NO_MEMORY (what was done is undone then by the
 * caller), or a status.
 */
#ifndef GN_LIB_JSON_WRITER_IMPL_H
#define GN_LIB_JSON_WRITER_IMPL_H

#include "lib/json_writer.h"

enum frame_kind {
  F_ITEMS,   /* Array, HashSet, Range: [...] */
  F_ENTRIES, /* Map: {...} */
  F_KEYS,    /* HashMap whose keys are being made texts, in held */
  F_PAIRS,   /* held: an Array of name, value in turn: {...} */
  F_GENE,
  F_TEXT,    /* a long string, between its quotes */
  F_BYTES,   /* base64, likewise */
  F_PRINTED, /* a value whose printed form is made in `sub` */
  F_TYPE,    /* a gene in the tagged form, before its type */
  F_COLLECT, /* entries of `from` go into held, an Array */
  F_HEAPIFY, /* held becomes a heap */
  F_SORTED,  /* held: the entries that are left; {...} by key */
};

typedef struct jw_frame {
  gn_value v;
  gn_value held;
  gn_value from;  /* the dict whose entries are sorted */
  uint64_t at;    /* elements begun, bytes written */
  uint32_t entry; /* place in a dict */
  uint8_t kind;
  bool some;        /* an element was written: a comma is due */
  bool tagged;      /* F_PRINTED: behind #GENE# */
  bool taken;       /* F_SORTED: the first one was written */
  uint8_t mode;     /* enum gn_print_mode of F_PRINTED */
  bool unsearched;  /* cycles are to be looked for before it is printed */
  const char *tail; /* what follows a printed text */
} jw_frame;

typedef struct jw_writer {
  gn_machine m;
  gn_builder out;
  gn_value sub;     /* printing under way, GN_NIL: none */
  gn_value search;  /* for cycles below the levels written; GN_NIL: none */
  jw_frame *frames; /* in buf */
  gn_blob *buf;
  uint32_t depth, cap, indent;
  uint32_t most; /* bytes that `out` may have; 0: as many as there are */
  uint8_t kind;  /* enum gn_json_kind */
  bool begun, told;
} jw_writer;

/* What steps give beside statuses. */
enum { STEP_NO_MEMORY = 70, STEP_PLAIN };

static inline jw_frame *jw_top(jw_writer *w) {
  return &w->frames[w->depth - 1];
}
static inline int jw_put(jw_writer *w, const char *text) {
  return gn_put_c(&w->out, text) ? GN_OK : STEP_NO_MEMORY;
}
static inline bool jw_is_wire(const jw_writer *w) {
  return w->kind == GN_JSON_WIRE || w->kind == GN_JSON_TAGGED_WIRE;
}
static inline bool jw_is_tagged(const jw_writer *w) {
  return w->kind == GN_JSON_TAGGED || w->kind == GN_JSON_TAGGED_WIRE;
}

/* json_writer.c */
int jw_push(jw_writer *w, enum frame_kind kind, gn_value v, gn_value held);
int jw_push_printed(jw_writer *w, gn_value v, enum gn_print_mode mode,
                    const char *tail);
int jw_enter(gn_ctx *ctx, jw_writer *w, gn_value v);
int jw_put_entry(gn_ctx *ctx, jw_writer *w, gn_value key, gn_value value);

/* json_text.c: the text without quotes, escaped. */
bool jw_put_escaped(gn_builder *out, const char *text, size_t len);

/* json_tagged.c */

/* Whether a String must be told from what #GENE# begins. */
bool jw_needs_tag(gn_value v);
/* Starts on what the tagged form has another way of writing; v is no scalar.
 * STEP_PLAIN: it is written as in the form without tags. */
int jw_enter_tagged(gn_ctx *ctx, jw_writer *w, gn_value v);
/* Same for a container that closes no cycle. */
int jw_push_tagged(gn_ctx *ctx, jw_writer *w, gn_value v);
/* Makes the frame on top one that sorts the entries of a dict. */
int jw_sort(jw_writer *w, gn_value dict);
/* Steps of its kinds of frames. */
int jw_step_tagged(gn_ctx *ctx, jw_writer *w);

#endif
