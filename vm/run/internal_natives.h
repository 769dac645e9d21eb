/*
 * internal_natives.h - natives that stand behind instructions whose slow half
 * may call Gene code, wait or take long. Scripts never see them by name.
 */
#ifndef GN_RUN_INTERNAL_NATIVES_H
#define GN_RUN_INTERNAL_NATIVES_H

#include "run/native.h"

extern const gn_native_def gn_def_entry;   /* fn args...: calls fn */
extern const gn_native_def gn_def_throw;   /* value */
extern const gn_native_def gn_def_equal;   /* a b */
extern const gn_native_def gn_def_str;     /* values...: string forms joined */
extern const gn_native_def gn_def_long;    /* op a b: of long texts */
extern const gn_native_def gn_def_hashmap; /* k v k v ... */
extern const gn_native_def gn_def_await;   /* futures... timeout */
extern const gn_native_def gn_def_await_all; /* nothing, or a list */
extern const gn_native_def gn_def_next;      /* iterator, variables */
extern const gn_native_def gn_def_spread;    /* into from */
extern const gn_native_def gn_def_splice;    /* into from */
extern const gn_native_def gn_def_iter;      /* object with .iter */
extern const gn_native_def gn_def_member;    /* receiver key */
extern const gn_native_def gn_def_put;       /* hash map, key, value */
extern const gn_native_def gn_def_eval;      /* forms... env */
extern const gn_native_def gn_def_render;    /* template env */
extern const gn_native_def gn_def_quote;     /* quoted data: its copy */
extern const gn_native_def gn_def_parse;     /* text */
extern const gn_native_def gn_def_causes;    /* texts of causes: cause.h */
extern const gn_native_def gn_def_shared;    /* outcomes of futures: shared.h */
extern const gn_native_def gn_def_show;   /* value: the evaluation's result */
extern const gn_native_def gn_def_notify; /* runs callbacks of futures */

#endif
