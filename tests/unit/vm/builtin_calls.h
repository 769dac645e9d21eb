/*
 * builtin_calls.h - runs long lists of calls, each of which must end with a
 * value or a Gene error within its fuel, and knows what to call builtins with
 * and on. It judges no value that a call gives.
 */
#ifndef TESTS_UNIT_VM_BUILTIN_CALLS_H
#define TESTS_UNIT_VM_BUILTIN_CALLS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/tables.h"

/* Expressions of every kind of argument; ends with NULL. */
extern const char *const calls_values[];
extern const size_t calls_values_len;

/* Expressions of the receivers of a class's methods, those that say most about
 * it first; NULL when the class has none. Ends with NULL. */
const char *const *calls_receivers(int class_id);

void calls_open(void);
/* Checks that nothing is left of any call. */
void calls_close(void);

/* Budget of the scripts from now on; 0: the usual. */
void calls_budget(uint64_t fuel, size_t memory);

/* Starts a list. Before its calls, `setup` is run (NULL: nothing) and `f` is
 * bound to the function (NULL: none). */
void calls_begin(const char *setup, const char *function);
/* Adds text to the call being written; calls_next ends it. */
void calls_put(const char *text);
void calls_next(void);
/* Runs the list, in slices of sizes that change. A call that meets a limit,
 * waits or exits is run once more alone and the list goes on behind it. Fails
 * the test, naming `about`, for a list that does not compile, and for a call
 * that does not end. */
void calls_run(const char *about);

/* A call of a row: its head is put, arguments and `calls_next` follow. */
void calls_head(const gn_native_def *row, const char *receiver);

/* For each row of the tables that a script can call, second names left out,
 * with each of its receivers (NULL for a function); at most `most` of them. */
void calls_each_row(size_t most, void (*visit)(const gn_native_def *row,
                                               const char *receiver));

#endif
