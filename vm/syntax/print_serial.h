/*
 * print_serial.h - the written form of plain data, of which deserialize makes
 * the same values again (language reference 2, 16.5): the quoted form with
 * escapes, and some kinds as genes, since their printed form would be read as
 * something else:
 *   (HashSet v...)      a HashSet, as it is printed
 *   (range a b step)    a Range with a step; without one it is a..b
 *   (Float "nan")       nan, inf, -inf
 *   (Bytes)             empty Bytes: a literal needs a digit
 *   (Regex s r flags)   a Regex that no literal stands for; r: nil or String
 *   {{k v}}             a HashMap
 * A gene that looks like one of them is written with one more quote before its
 * type, and deserialize takes one away.
 */
#ifndef GN_SYNTAX_PRINT_SERIAL_H
#define GN_SYNTAX_PRINT_SERIAL_H

#include "run/native.h"

#define GN_SERIAL_SET   "HashSet"
#define GN_SERIAL_RANGE "range"
#define GN_SERIAL_FLOAT "Float"
#define GN_SERIAL_BYTES "Bytes"
#define GN_SERIAL_REGEX "Regex"

/* What a gene in the written form stands for. */
enum gn_serial_kind {
  GN_SERIAL_GENE,   /* itself */
  GN_SERIAL_QUOTED, /* itself, with one quote of its type taken away */
  GN_SERIAL_IS_SET,
  GN_SERIAL_IS_RANGE,
  GN_SERIAL_IS_FLOAT,
  GN_SERIAL_IS_BYTES, /* empty ones */
  GN_SERIAL_IS_REGEX,
};
enum gn_serial_kind gn_serial_kind_of(const gn_gene *g);

/* Whether a gene needs the quote before its type. */
static inline bool gn_reads_as_other(const gn_gene *g) {
  return gn_serial_kind_of(g) != GN_SERIAL_GENE;
}

/* Whether v, without what is within, is plain data. False: thrown. */
bool gn_is_serial(gn_ctx *ctx, gn_value v);

/* Whether v is no symbol that can't be written: without a name, or with NUL,
 * for which names have no escape. False: thrown. */
bool gn_has_written_name(gn_ctx *ctx, gn_value v);

/* Appends v when its written form is not GN_INSPECT's. False: it is. */
bool gn_put_serial(gn_builder *out, gn_value v);

#endif
