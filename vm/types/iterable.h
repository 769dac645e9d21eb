/*
 * iterable.h - builtin methods and searches that several types share.
 */
#ifndef GN_TYPES_ITERABLE_H
#define GN_TYPES_ITERABLE_H

#include "run/native.h"
#include "types/dict_copy.h"

/* The iterator over what gn_iterable knows, in slices: GN_OK with it as the
 * result, or a status. The locals are for the copy of a dict. */
int gn_iter_run(gn_ctx *ctx, gn_call *call, gn_dict_copying copying,
                gn_value over);
/* .iter of everything gn_iterable knows. */
int gn_iter_method(gn_ctx *ctx, gn_call *call);
#define GN_ITER_ROW                                                         \
  GN_METHOD("iter", gn_iter_method, 0, 0, GN_DICT_COPY_LOCALS, "(v .iter)", \
            "Iterator over the elements.")

/* .immutable? of collections. */
int gn_immutable_method(gn_ctx *ctx, gn_call *call);
#define GN_IMMUTABLE_ROW                                                   \
  GN_METHOD("immutable?", gn_immutable_method, 0, 0, 0, "(v .immutable?)", \
            "Whether it is sealed or frozen.")

/* .contains of Array and Gene. */
int gn_contains_method(gn_ctx *ctx, gn_call *call);
#define GN_FIND_LOCALS 4

/* First index of argv[1] among the items of the Array or the children of the
 * Gene argv[0], or -1; those not yet reached may change meanwhile. GN_OK or a
 * status to return. Needs GN_FIND_LOCALS locals. */
int gn_find_item(gn_ctx *ctx, gn_call *call, int64_t *at);

/* Number of items equal to argv[1]; likewise. */
int gn_count_items(gn_ctx *ctx, gn_call *call, int64_t *count);

#endif
