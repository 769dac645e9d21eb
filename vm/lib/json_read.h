/*
 * json_read.h - JSON text (RFC 8259, strict) to values, in steps, so that a
 * long document never holds the loop. It knows nothing of HTTP.
 */
#ifndef GN_LIB_JSON_READ_H
#define GN_LIB_JSON_READ_H

#include "gene.h"
#include "run/native.h"
#include "syntax/reader.h"

typedef struct gn_json_reader {
  gn_machine m;
  gn_value text;       /* String */
  uint32_t at;         /* byte offset */
  uint32_t tokens;     /* read so far */
  uint8_t expect;      /* what may come next */
  gn_array *stack;     /* containers that are open, each with its key or nil */
  gn_value value;      /* the last whole value; in the end the document */
  const char *problem; /* what is wrong; NULL: nothing */
  uint32_t line;       /* line ends before `at`, and 1 */
  uint32_t line_at;    /* where that line begins */
  uint32_t text_at;    /* where the string begins that is being read */
  bool in_text;        /* one is; `out` has it so far */
  bool unplaced;       /* `value` is still to go into its container */
  gn_builder out;
  uint32_t nesting;  /* levels that containers may have */
  char too_deep[48]; /* `problem` when they have more */
  bool tagged;       /* #GENE# and genes are understood */
  bool form_again;   /* `form` is read once more, after a collection */
  gn_value tag;      /* the string behind whose #GENE# `form` is */
  gn_reader *form;   /* NULL: none is being read */
  gn_syntax_error form_error;
} gn_json_reader;

enum gn_json_status { GN_JSON_DONE, GN_JSON_MORE, GN_JSON_BAD, GN_JSON_OOM };

/* For a text of at most so many levels, 1 to GENE_NESTING_MAX. tagged: it is
 * in the form of gene/json/serialize. NULL: out of memory. */
gn_json_reader *gn_json_reader_new(gn_heap *heap, gn_value text,
                                   uint32_t nesting, bool tagged);

/* Reads about `bytes` bytes on. GN_JSON_DONE: reader->value is the document.
 * GN_JSON_BAD: reader->problem and ->at tell what and where. */
enum gn_json_status gn_json_step(gn_heap *heap, gn_json_reader *reader,
                                 uint32_t bytes);

/* Line and column (from 1, in code points) of reader->at. */
void gn_json_place(const gn_json_reader *reader, uint32_t *line,
                   uint32_t *column);

#endif
