/*
 * trace.h - the trace that a request belongs to (W3C Trace Context): what its
 * traceparent says, and the span that we add to it. Internal to api/.
 */
#ifndef API_TRACE_H
#define API_TRACE_H

#include "server/http.h"
#include "server/log.h"

/* Whether a traceparent is well-formed, of a version that is known, or a later
 * one that begins as this one does. Others are as good as none. */
bool trace_is_valid(gene_text_t traceparent);

/* Makes a span of ours for a request that belongs to a trace, and has the
 * answer say so. Nothing for any other. */
void trace_begin(struct http_exchange *x);

/* Adds what is known of the trace to a line of the log. */
void trace_log(struct log_line *line, const struct http_exchange *x);

#endif
