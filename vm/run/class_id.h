/*
 * class_id.h - which builtin class a value belongs to, as a number and without
 * a call: the inline caches of sends compare it. It never looks at a method.
 */
#ifndef GN_RUN_CLASS_ID_H
#define GN_RUN_CLASS_ID_H

#include "run/builtins.h"

/* enum gn_class_id by enum gn_type; then that of each kind of constant, by the
 * bits 3 to 5 of the value. */
extern const uint8_t gn_class_ids[GN_T_COUNT + 8];

/* The id of v's class: what gn_class_of(ctx, v)->id is. */
static inline uint32_t gn_class_id(gn_value v) {
  if (GN_LIKELY(gn_is_ptr(v))) {
    const gn_obj *o = gn_as_obj(v);
    if (o->type == GN_T_INSTANCE)
      return ((const gn_instance *)(const void *)o)->shape->cls->id;
    uint32_t kind = o->type == GN_T_ITERATOR ? o->aux : 0;
    return gn_class_ids[o->type] + kind;
  }
  if (gn_is_fix(v))
    return GN_C_INT;
  if (gn_is_flo(v))
    return GN_C_FLOAT;
  return gn_class_ids[GN_T_COUNT + (v >> 3 & 7)];
}

#endif
