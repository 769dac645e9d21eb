/*
 * map_methods.h - what maps, hash maps, sets and a gene's properties share of
 * their methods.
 */
#ifndef GN_TYPES_MAP_METHODS_H
#define GN_TYPES_MAP_METHODS_H

#include "run/native_args.h"
#include "types/dict_copy.h"

/* Throws `OWNER.METHOD key must be a string or symbol` unless argument i is
 * one. */
bool gn_map_key_arg(gn_ctx *ctx, const gn_call *call, uint32_t i,
                    const char *owner);

/* .del k...: checks all keys first, then takes them out of map (NULL: empty).
 * The result is the value of the last one that was there, else nil. */
int gn_map_delete_args(gn_ctx *ctx, gn_call *call, gn_dict *map,
                       const char *owner, const char *op);

int gn_dict_size_method(gn_ctx *ctx, gn_call *call);
int gn_dict_empty_method(gn_ctx *ctx, gn_call *call);
int gn_dict_not_empty_method(gn_ctx *ctx, gn_call *call);
int gn_dict_clear_method(gn_ctx *ctx, gn_call *call);
int gn_dict_dup_method(gn_ctx *ctx, gn_call *call);
#define GN_LIST_LOCALS 5
int gn_dict_keys_method(gn_ctx *ctx, gn_call *call);
int gn_dict_values_method(gn_ctx *ctx, gn_call *call);
int gn_dict_pairs_method(gn_ctx *ctx, gn_call *call);

/* Rows of Map and HashMap; `m` is the receiver in their signatures. */
#define GN_DICT_SIZE_ROWS(m)                                                \
  GN_METHOD("size", gn_dict_size_method, 0, 0, 0, "(" m " .size)",          \
            "Number of entries."),                                          \
      GN_METHOD("length", gn_dict_size_method, 0, 0, 0, "(" m " .length)",  \
                "Number of entries."),                                      \
      GN_METHOD("empty", gn_dict_empty_method, 0, 0, 0, "(" m " .empty)",   \
                "Whether there is no entry."),                              \
      GN_METHOD("empty?", gn_dict_empty_method, 0, 0, 0, "(" m " .empty?)", \
                "Whether there is no entry."),                              \
      GN_METHOD("not_empty?", gn_dict_not_empty_method, 0, 0, 0,            \
                "(" m " .not_empty?)", "Whether there is an entry."),       \
      GN_METHOD("clear", gn_dict_clear_method, 0, 0, 0, "(" m " .clear)",   \
                "Takes all entries out; gives it itself."),                 \
      GN_METHOD("dup", gn_dict_dup_method, 0, 0, GN_DICT_COPY_LOCALS,       \
                "(" m " .dup)", "A shallow, mutable copy.")
#define GN_DICT_ROWS(m)                                                \
  GN_DICT_SIZE_ROWS(m),                                                \
      GN_METHOD("keys", gn_dict_keys_method, 0, 0, GN_LIST_LOCALS,     \
                "(" m " .keys)", "Array of the keys."),                \
      GN_METHOD("values", gn_dict_values_method, 0, 0, GN_LIST_LOCALS, \
                "(" m " .values)", "Array of the values."),            \
      GN_METHOD("pairs", gn_dict_pairs_method, 0, 0, GN_LIST_LOCALS,   \
                "(" m " .pairs)", "Array of [key value].")

#endif
