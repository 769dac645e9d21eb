/*
 * tables.h - the rows of builtins, declared for the one list of them in
 * tables.c. Each is defined where its type or subject lives.
 */
#ifndef GN_LIB_TABLES_H
#define GN_LIB_TABLES_H

#include "run/builtins.h"

/* clang-format off */
#define GN_ROW_LISTS(ROWS) \
  ROWS(OBJECT, gn_object_rows) \
  ROWS(OBJECT, gn_json_object_rows) \
  ROWS(OBJECT, gn_kind_object_rows) \
  ROWS(OBJECT, gn_selector_object_rows) \
  ROWS(SELECTOR, gn_selector_rows) \
  ROWS(NIL, gn_nil_rows) \
  ROWS(VOID, gn_void_rows) \
  ROWS(ARRAY, gn_array_rows) \
  ROWS(ARRAY, gn_array_call_rows) \
  ROWS(ARRAY, gn_array_make_rows) \
  ROWS(ARRAY, gn_array_sort_rows) \
  ROWS(ARRAY, gn_array_random_rows) \
  ROWS(MAP, gn_map_rows) \
  ROWS(MAP, gn_map_call_rows) \
  ROWS(HASHMAP, gn_hashmap_rows) \
  ROWS(HASHMAP, gn_hashmap_call_rows) \
  ROWS(HASHSET, gn_hashset_rows) \
  ROWS(RANGE, gn_range_rows) \
  ROWS(GENE, gn_gene_rows) \
  ROWS(STRING, gn_string_rows) \
  ROWS(STRING, gn_string_search_rows) \
  ROWS(STRING, gn_string_split_rows) \
  ROWS(STRING, gn_string_case_rows) \
  ROWS(STRING, gn_string_parts_rows) \
  ROWS(STRING, gn_string_convert_rows) \
  ROWS(CHAR, gn_char_rows) \
  ROWS(SYMBOL, gn_symbol_rows) \
  ROWS(INT, gn_int_rows) \
  ROWS(FLOAT, gn_float_rows) \
  ROWS(BYTES, gn_bytes_rows) \
  ROWS(REGEX, gn_regex_rows) \
  ROWS(REGEX, gn_regex_replace_rows) \
  ROWS(DATE, gn_date_rows) \
  ROWS(TIME, gn_time_of_day_rows) \
  ROWS(DATETIME, gn_datetime_rows) \
  ROWS(FUNCTION, gn_function_rows) \
  ROWS(ARRAY_ITERATOR, gn_iterator_rows) \
  ROWS(MAP_ITERATOR, gn_iterator_rows) \
  ROWS(RANGE_ITERATOR, gn_iterator_rows) \
  ROWS(CLASS, gn_class_rows) \
  ROWS(EXCEPTION, gn_exception_rows) \
  ROWS(FILE, gn_file_rows) \
  ROWS(PROCESS, gn_process_rows) \
  ROWS(FUTURE, gn_future_ctor_rows) \
  ROWS(FUTURE, gn_future_rows) \
  ROWS(GENERATOR, gn_generator_rows)

/* Functions of no class; paths make namespaces or class members. */
#define GN_FUNCTION_LISTS(ROWS) \
  ROWS(gn_range_function_rows) \
  ROWS(gn_bytes_function_rows) \
  ROWS(gn_print_rows) \
  ROWS(gn_basic_rows) \
  ROWS(gn_parse_rows) \
  ROWS(gn_kind_rows) \
  ROWS(gn_functional_rows) \
  ROWS(gn_selector_function_rows) \
  ROWS(gn_freeze_rows) \
  ROWS(gn_math_rows) \
  ROWS(gn_bits_rows) \
  ROWS(gn_random_rows) \
  ROWS(gn_time_rows) \
  ROWS(gn_datetime_function_rows) \
  ROWS(gn_base64_rows) \
  ROWS(gn_codec_rows) \
  ROWS(gn_digest_rows) \
  ROWS(gn_operator_rows) \
  ROWS(gn_json_rows) \
  ROWS(gn_serdes_rows) \
  ROWS(gn_new_rows) \
  ROWS(gn_contract_rows) \
  ROWS(gn_await_all_rows) \
  ROWS(gn_sleep_rows) \
  ROWS(gn_io_rows) \
  ROWS(gn_environment_rows) \
  ROWS(gn_exit_rows) \
  ROWS(gn_folder_rows) \
  ROWS(gn_process_function_rows) \
  ROWS(gn_file_function_rows) \
  ROWS(gn_path_rows)
/* clang-format on */

#define ROWS(id, rows) extern const gn_native_def rows[];
GN_ROW_LISTS(ROWS)
#undef ROWS
#define ROWS(rows) extern const gn_native_def rows[];
GN_FUNCTION_LISTS(ROWS)
#undef ROWS

/* Global constants; name may be a path. Ends with a NULL name. */
typedef struct gn_builtin_const {
  const char *name;
  double number; /* used when value is GN_NONE */
  gn_value value;
  const char *doc;
} gn_builtin_const;
extern const gn_builtin_const gn_builtin_consts[];

#endif
