/*
 * builtins.h - the tables of builtins, one per type or subject, from which the
 * core is built (run/core.c), `gene doc` prints and tests are generated. It
 * declares the tables only; each lives with its type or subject.
 */
#ifndef GN_RUN_BUILTINS_H
#define GN_RUN_BUILTINS_H

#include "run/native.h"

/* Builtin classes: one per kind of value, then the exceptions in the order of
 * enum gn_exc. CLASS(identifier, name, parent identifier). */
/* clang-format off */
#define GN_BUILTIN_CLASSES(CLASS) \
  CLASS(OBJECT, "Object") CLASS(NIL, "Nil") CLASS(VOID, "Void") \
  CLASS(BOOL, "Bool") CLASS(INT, "Int") CLASS(FLOAT, "Float") \
  CLASS(STRING, "String") CLASS(CHAR, "Char") CLASS(SYMBOL, "Symbol") \
  CLASS(CSYMBOL, "ComplexSymbol") CLASS(ARRAY, "Array") CLASS(MAP, "Map") \
  CLASS(HASHMAP, "HashMap") CLASS(HASHSET, "HashSet") CLASS(GENE, "Gene") \
  CLASS(FUNCTION, "Function") CLASS(CLASS, "Class") CLASS(ENUM, "Enum") \
  CLASS(INTERFACE, "Interface") CLASS(ADAPTER, "Adapter") \
  CLASS(NAMESPACE, "Namespace") CLASS(TYPE, "Type") CLASS(RANGE, "Range") \
  CLASS(REGEX, "Regex") CLASS(MATCH, "RegexMatch") CLASS(DATE, "Date") \
  CLASS(DATETIME, "DateTime") CLASS(TIME, "Time") CLASS(BYTES, "Bytes") \
  CLASS(FUTURE, "Future") CLASS(GENERATOR, "Generator") CLASS(ACTOR, "Actor") \
  CLASS(ARRAY_ITERATOR, "ArrayIterator") CLASS(MAP_ITERATOR, "MapIterator") \
  CLASS(RANGE_ITERATOR, "RangeIterator") CLASS(NOT_FOUND, "NotFound") \
  CLASS(INTERCEPTOR, "Interceptor") CLASS(INTERCEPTION, "Interception") \
  CLASS(SELECTOR, "Selector") CLASS(PACKAGE, "Package") \
  CLASS(APPLICATION, "Application") CLASS(PLACEHOLDER, "Placeholder") \
  CLASS(UNQUOTE, "Unquote") CLASS(FILE, "File") CLASS(RESPONSE, "Response") \
  CLASS(PROCESS, "Process")
/* clang-format on */

enum gn_class_id {
#define CLASS(id, name) GN_C_##id,
  GN_BUILTIN_CLASSES(CLASS)
#undef CLASS
      GN_C_EXCEPTION, /* + enum gn_exc */
  GN_C_COUNT = GN_C_EXCEPTION + GN_X_COUNT
};

/* Methods of a class, or global functions (paths like "gene/sleep" make the
 * namespaces on the way). Ends with a row whose name is NULL. */
typedef struct gn_builtin_table {
  int class_id; /* enum gn_class_id; -1: global functions */
  const gn_native_def *rows;
} gn_builtin_table;

/* All tables; ends with rows == NULL. In lib/tables.c. */
extern const gn_builtin_table gn_builtin_tables[];

#endif
