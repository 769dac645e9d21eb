/*
 * dict_copy.h - copies of maps, hash maps and sets in pieces, with a look at
 * the slice after each: one of some 100,000 entries takes many milliseconds.
 */
#ifndef GN_TYPES_DICT_COPY_H
#define GN_TYPES_DICT_COPY_H

#include "run/native.h"

/* Entries that are copied, or spliced, at once. */
#define GN_DICT_PIECE 1024u

/* Three locals of the native, GN_NIL at first; *copy is the copy in the end. */
typedef struct gn_dict_copying {
  gn_value *copy, *place, *source;
} gn_dict_copying;

/* Copies dict as it is at the first entry; without `searched` entries only,
 * which are to be walked. GN_OK with the copy, now and whenever it is asked
 * again; GN_YIELD or GN_THROW, to be returned, with call->state 1 at least. The
 * slice is looked at only when there is more than a piece. */
int gn_copy_dict(gn_ctx *ctx, gn_call *call, gn_dict_copying local,
                 gn_dict *dict, bool searched);

/* The three locals from `first` on. */
static inline gn_dict_copying gn_copying_in(gn_call *call, uint32_t first) {
  gn_value *at = &call->locals[first];
  return (gn_dict_copying){at, at + 1, at + 2};
}
#define GN_DICT_COPY_LOCALS 3

/* Whether a walk over it has to be a native's, in slices. */
static inline bool gn_is_long_map(gn_value v) {
  return gn_is(v, GN_T_MAP) &&
         ((const gn_dict *)gn_as_obj(v))->live > GN_DICT_PIECE;
}
static inline bool gn_is_long_dict(gn_value v) {
  return gn_is_long_map(v) ||
         ((gn_is(v, GN_T_HASHMAP) || gn_is(v, GN_T_HASHSET)) &&
          ((const gn_dict *)gn_as_obj(v))->live > GN_DICT_PIECE);
}

#endif
