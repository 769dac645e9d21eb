/*
 * cause.h - the cause at the end of an exception's chain, when it is no
 * exception itself, as the text that the host's report has of it: JSON, or the
 * printed form for a host that takes no JSON.
 */
#ifndef GN_RUN_CAUSE_H
#define GN_RUN_CAUSE_H

#include "run/context.h"

/* Exceptions of a chain that are looked at. */
#define GN_CAUSES_MAX 100

/* The first fields of an exception. */
enum { GN_F_MESSAGE, GN_F_CAUSE, GN_F_CODE, GN_F_TRACE };

/* That cause; GN_NIL: there is none. */
gn_value gn_cause_of(gn_ctx *ctx, gn_value exception);

/* Its text when it is made at once; GN_NONE: it takes longer, or memory. */
gn_value gn_cause_quick(gn_ctx *ctx, gn_value cause);

/* Makes a fiber that makes the texts of all causes of the report to be. False:
 * there is nothing to do (any more), or no memory for it. */
bool gn_causes_start(gn_ctx *ctx);

/* What that fiber made of the cause of exception `at` of the report, 0 being
 * the evaluation's own, then the unhandled ones: a String, else GN_NIL. */
gn_value gn_cause_text(const gn_ctx *ctx, uint32_t at);
/* Why there is no text: a String; GN_NIL: the fiber did not come to it. */
gn_value gn_cause_reason(const gn_ctx *ctx, uint32_t at);

#endif
