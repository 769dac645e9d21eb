/*
 * print_leaf.h - the text of values that hold no others, and the escapes of
 * the inspect form. Never calls Gene code.
 */
#ifndef GN_SYNTAX_PRINT_LEAF_H
#define GN_SYNTAX_PRINT_LEAF_H

#include "run/native.h"

/* Appends a value that holds no others; false, with nothing appended, when it
 * may hold some (or its type has no syntax). */
bool gn_put_leaf(gn_builder *out, gn_value v, enum gn_print_mode mode);

/* Whether v is a text or Bytes of so many bytes that it is put in pieces. */
bool gn_is_long_leaf(gn_value v);

/* Appends the next piece of a long leaf, some KiB, from byte *at (0 at first),
 * which moves on. True: that was the last one. */
bool gn_put_leaf_piece(gn_builder *out, gn_value v, enum gn_print_mode mode,
                       uint32_t *at);

/* Appends `^key ` of an entry. */
void gn_put_key(gn_builder *out, gn_value key, enum gn_print_mode mode);

/* Appends what stands between the quotes of a string; in an interpolated one
 * (holes) what would open a substitution is escaped too. */
void gn_put_escaped(gn_builder *out, const char *s, size_t len, char quote,
                    bool holes);

/* Appends a symbol's text (part: of a complex symbol) or a key's, so that it
 * reads back as such. */
enum gn_name_use { GN_NAME_SYMBOL, GN_NAME_PART, GN_NAME_KEY };
void gn_put_name(gn_builder *out, const char *s, size_t len,
                 enum gn_name_use use);

/* Whether v is a gene of the reader's for special syntax: its type is this
 * symbol and it has no properties. */
bool gn_is_form(gn_value v, const char *type);

#endif
