/*
 * selector.h - selectors: values that hold the segments of a path, to be
 * applied to a target later (language reference 2, section 10). They never
 * change once they are made. Their printed form is here too, as it shows the
 * segments and nothing else.
 */
#ifndef GN_TYPES_SELECTOR_H
#define GN_TYPES_SELECTOR_H

#include "run/native.h"

enum gn_segment_kind {
  GN_SEG_HOLE, /* to be filled in: in what the compiler makes */
  GN_SEG_KEY,  /* v: String or Symbol (a name) or Int (an index) */
  GN_SEG_CALL, /* v: what is called */
  GN_SEG_ITEMS,
  GN_SEG_ENTRIES,
  GN_SEG_COLLECT,
  GN_SEG_TO_MAP,
  GN_SEG_STRICT,
};

typedef struct gn_segment {
  gn_value v;
  uint64_t kind; /* enum gn_segment_kind */
} gn_segment;

/* h.aux: what a selector is for. */
enum gn_selector_use {
  GN_SELECTOR_VALUE,    /* a script's value */
  GN_SELECTOR_CONST,    /* on its way to the constants of a program */
  GN_SELECTOR_TEMPLATE, /* the same, with holes: no script ever sees it */
};

typedef struct gn_selector {
  gn_machine m;
  uint64_t n;
  gn_segment seg[];
} gn_selector;

static inline bool gn_is_selector(gn_value v) {
  return gn_is(v, GN_T_SELECTOR);
}
static inline gn_selector *gn_sel(gn_value v) {
  return (gn_selector *)(void *)gn_as_obj(v);
}

/* n segments, all holes. NULL: out of memory. */
gn_selector *gn_selector_new(gn_heap *heap, uint32_t n);

/* The operator that a symbol of this text is (`*`, `@@`...), or GN_SEG_HOLE. */
enum gn_segment_kind gn_segment_operator(gn_value symbol);

/* Appends the printed form, "@(a/0/<fn>)". */
void gn_selector_put(const gn_selector *selector, gn_builder *out);

/* (sel .call target [default]): run/select.c. */
int gn_selector_apply(gn_ctx *ctx, gn_call *call);
#define GN_SELECTOR_LOCALS 12

#endif
