/*
 * members.h - members of library types in paths: h/<k>, m/value, b/0. Each is
 * defined with its type.
 */
#ifndef GN_TYPES_MEMBERS_H
#define GN_TYPES_MEMBERS_H

#include "run/native.h"

/* Of a HashMap, RegexMatch or Bytes; *out GN_VOID when missing. */
int gn_member_of_library(gn_ctx *ctx, gn_value recv, gn_value key,
                         gn_value *out);
/* Of a HashMap. */
int gn_member_set_of_library(gn_ctx *ctx, gn_value recv, gn_value key,
                             gn_value v);

#endif
