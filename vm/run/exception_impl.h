/*
 * exception_impl.h - stack traces, as exceptions hold and reports show them.
 * Only exception.c and report.c include it.
 */
#ifndef VM_RUN_EXCEPTION_IMPL_H
#define VM_RUN_EXCEPTION_IMPL_H

#include "run/context.h"

#define GN_MESSAGE_MAX 4096 /* bytes of a message that is made here */

typedef struct gn_trace_frame {
  const gn_proto *proto;
  gn_module *module;
  uint32_t pc;
} gn_trace_frame;

/* The frames of an exception's trace, innermost first; 0: it has none. They
 * are the exception's. */
uint32_t gn_trace_of(gn_value exception, const gn_trace_frame **out);

/* Writes "f", "Class.m", "<fn>" or "<main>", cut to size; returns its length.
 */
size_t gn_trace_function(const gn_proto *p, char *buf, size_t size);

#endif
