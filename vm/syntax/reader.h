/*
 * reader.h - text to forms (language reference 1, sections 1 to 4). Forms are
 * ordinary values: what `$parse` gives a script is what the compiler gets. It
 * never evaluates anything, and has a nesting limit instead of recursion.
 *
 * How source appears as forms, beyond plain data:
 *   `x        GN_T_QUOTE box of x
 *   %x        GN_T_UNQUOTE box of x (inside quotes or not; the compiler minds).
 *             %_x has GN_UNQUOTE_DROP in aux; `%_` before a delimiter is an
 *             unquote of the symbol _. %xs... is an unquote of the symbol
 *             `xs...`, %(f)... an unquote followed by the symbol `...`
 *   #"a#{b}c" gene (#Str "a" b "c") without properties; any number of parts,
 *             adjacent strings too. Without any substitution: a String.
 *             #{a op b}: the part is the gene (a op b); #{^k v}: a Map
 *   #[..] #{..} #(..)  array, map, gene with GN_SEALED. Of a sealed chain
 *             #(a; b) only the outermost gene is sealed
 *   {{k v}}   gene (#HashMap k v ...) without properties, the items in order,
 *             of any number, odd ones too; #{{k v}}: the same with GN_SEALED
 *   {^k v}    Map of symbol -> form, in source order. ^^k true, ^!k nil,
 *             ^a^^b true, ^a^!b false; ^a^b v: `a` holds a Map that has
 *             GN_MAP_PATH in aux (it was made by the shortcut)
 *   {^... m}  entry with the key symbol `...`, further ones `...1`, `...2`,
 *             in place; no other key is `...` and digits
 *   (t ^k v c)  gene; its properties as a Map's, NULL when there are none.
 *             () has the type nil and no children
 *   [a ^k ^j... = 1]  in an array (and in {{ }}) `^k` is the symbol `^k`
 *   [..x...]  the symbol `x...` stays; standalone `...` is the symbol `...`
 *   (a; b c)  nested genes, already rewritten: ((a) b c). The inner one has
 *             the place of the `(`, an outer one that of its segment's first
 *             token
 *   /x a/b    GN_T_CSYMBOL with parts, all symbols (an index too: "0", "-1");
 *             only the first part can be empty (/x), and the last one before
 *             an array: n/[a b] is P(n, "") and then [a b], as import has it.
 *             A `<form>` segment is
 *             the GN_T_UNQUOTE box of the form; `.<form>` has
 *             GN_UNQUOTE_METHOD in aux. `/`, `/=` and `./` are plain symbols
 *   @a/b      complex symbol whose first part is `@a`; @a: symbol `@a`; so
 *             with `.@a/b`
 *   #@d form  gene (d form)
 *   _         the symbol _ (evaluation makes the placeholder of it)
 *   nil void true false  the constants, in type position and in arrays too;
 *             not as keys or parts of a complex symbol; \nil is a symbol
 *   1 1.0 'c' "s" 0#ff 2031-01-01 #/re/  values of their type
 * Every symbol, complex symbol and gene carries line and column (from 1, in
 * code points): a chain's see above, #Str, #HashMap and #(..) that of the `#`
 * or `{`; (a op b) of #{a op b} that of the `#`.
 */
#ifndef GN_SYNTAX_READER_H
#define GN_SYNTAX_READER_H

#include "core/heap.h"

#define GN_MAX_NESTING 512 /* the most that may be asked for */

/* aux of an unquote box and of a Map */
#define GN_UNQUOTE_DROP   1u /* %_x: evaluated, contributes nothing */
#define GN_UNQUOTE_METHOD 2u /* .<form> segment: the method so named */
#define GN_MAP_PATH       1u /* made by ^a^b */

#define GN_FORM_STR     "#Str"     /* type of an interpolation's gene */
#define GN_FORM_HASHMAP "#HashMap" /* type of a hash map literal's gene */

typedef struct gn_syntax_error {
  char message[512]; /* cut at a character boundary */
  uint32_t line, column;
  bool out_of_memory; /* the cap was hit; the text may be fine */
} gn_syntax_error;

/* Reads all forms of the text into an Array on `heap`; they may nest so many
 * levels, 1 to GN_MAX_NESTING. Returns GN_NONE with err filled on failure. The
 * text is checked for UTF-8 and NUL first; a byte order mark at its start is
 * skipped. */
gn_value gn_read_all(gn_heap *heap, const char *text, size_t len,
                     uint32_t nesting, gn_syntax_error *err);

/* Reads the first form only; empty text is an error. */
gn_value gn_read_first(gn_heap *heap, const char *text, size_t len,
                       uint32_t nesting, gn_syntax_error *err);

/* ---- in steps, as data ---- */

/* Reads the first form of a String for a script. Everything it holds lies on
 * the heap: a reader may be left alone between two steps, and a collection may
 * come there. */
typedef struct gn_reader gn_reader;

enum gn_reader_flag {
  GN_READER_MAPS = 1,   /* a literal {{k v}} becomes the HashMap, and no form
                           says where it stood: it is in no program's source */
  GN_READER_SERIAL = 2, /* what GN_SERIAL prints: `1..4` is a Range, and ^...
                           and ^ alone name keys */
  GN_READER_ONLY = 4,   /* nothing may follow the form */
};

/* Reads from the byte `from` on; places count from there. NULL: out of
 * memory. */
gn_reader *gn_reader_new(gn_heap *heap, gn_value text, uint32_t from,
                         uint32_t nesting, unsigned flags);

enum gn_read_status {
  GN_READ_DONE, /* *form is it */
  GN_READ_MORE,
  GN_READ_BAD, /* err says why */
  GN_READ_OOM, /* from now on always */
};

/* It ran out of memory: another one may read the text anew. */
bool gn_reader_failed(const gn_reader *reader);

/* Reads about so many bytes on: a symbol, number or pattern is read whole, and
 * none of them can be longer than 256 KiB. */
enum gn_read_status gn_reader_step(gn_reader *reader, size_t bytes,
                                   gn_value *form, gn_syntax_error *err);

/* What the last step did: bytes read, and other work in terms of these. */
size_t gn_reader_took(const gn_reader *reader);

#endif
