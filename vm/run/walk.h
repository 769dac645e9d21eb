/*
 * walk.h - the one loop under all methods that call a function for each
 * element: over arrays (live), ranges, and snapshots of maps and sets. A
 * method says what to do with each answer; the walk keeps the place, so the
 * function may wait, throw or be preempted.
 */
#ifndef GN_RUN_WALK_H
#define GN_RUN_WALK_H

#include "run/native_args.h"

/* The locals of a method that walks; its own may follow. */
enum gn_walk_local {
  GN_WALK_OUT, /* what is being made */
  GN_WALK_AT,  /* place in the source */
  GN_WALK_KEY, /* of the element the function was called with */
  GN_WALK_ITEM,
  GN_WALK_SOURCE, /* array, range, or copy of a map, hash map or set */
  GN_WALK_LOCALS
};

enum gn_walk_pass {
  GN_PASS_ELEMENT, /* item; of maps key and value */
  GN_PASS_VALUE,   /* item; of maps the value only */
  GN_PASS_INDEX,   /* item and index, of arrays */
  GN_PASS_ACC,     /* OUT, then as GN_PASS_ELEMENT */
};

/* What `take` gives to end the walk: call->result is the value. */
#define GN_WALK_STOP 100

typedef struct gn_walk {
  uint8_t callback; /* index of the function in argv */
  uint8_t pass;     /* enum gn_walk_pass */
  /* Makes OUT, at the first entry; NULL: nil. GN_OK or a status. */
  int (*begin)(gn_ctx *ctx, gn_call *call);
  /* Uses an answer: GN_OK to go on, GN_WALK_STOP, or a status. When it fails
   * for memory it has changed nothing. NULL: the answer is dropped. */
  int (*take)(gn_ctx *ctx, gn_call *call, gn_value answer);
  /* After the last element; NULL: the result is OUT. May be entered several
   * times when it gives GN_CALL or GN_YIELD. */
  int (*end)(gn_ctx *ctx, gn_call *call);
} gn_walk;

/* The whole of such a method. */
int gn_walk_run(gn_ctx *ctx, gn_call *call, const gn_walk *walk);

/* Ways to begin, take and end that many methods share. */
int gn_begin_array(gn_ctx *ctx, gn_call *call);
int gn_begin_second_arg(gn_ctx *ctx, gn_call *call); /* init of reduce */
int gn_take_push(gn_ctx *ctx, gn_call *call, gn_value answer);
int gn_take_item_if(gn_ctx *ctx, gn_call *call, gn_value answer);
int gn_take_acc(gn_ctx *ctx, gn_call *call, gn_value answer);
int gn_take_any(gn_ctx *ctx, gn_call *call, gn_value answer);
int gn_take_all(gn_ctx *ctx, gn_call *call, gn_value answer);
int gn_take_none(gn_ctx *ctx, gn_call *call, gn_value answer);
int gn_take_count(gn_ctx *ctx, gn_call *call, gn_value answer);
int gn_begin_false(gn_ctx *ctx, gn_call *call);
int gn_begin_true(gn_ctx *ctx, gn_call *call);
int gn_begin_zero(gn_ctx *ctx, gn_call *call);
int gn_end_self(gn_ctx *ctx, gn_call *call); /* result: argv[0] */

/* Whole methods that are the same for several classes. */
int gn_walk_each(gn_ctx *ctx, gn_call *call);
int gn_walk_map_array(gn_ctx *ctx, gn_call *call);
int gn_walk_filter_array(gn_ctx *ctx, gn_call *call);
int gn_walk_reduce(gn_ctx *ctx, gn_call *call);
int gn_walk_any(gn_ctx *ctx, gn_call *call);
int gn_walk_all(gn_ctx *ctx, gn_call *call);
int gn_walk_none(gn_ctx *ctx, gn_call *call);
int gn_walk_count(gn_ctx *ctx, gn_call *call);

#endif
