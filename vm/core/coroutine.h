/*
 * coroutine.h - a function on a stack of its own that may pause in the middle:
 * for work that is written with recursion and must not be done at one stroke.
 * One thread makes, resumes and frees it. It knows nothing of what is done.
 */
#ifndef GN_CORE_COROUTINE_H
#define GN_CORE_COROUTINE_H

#include <stdbool.h>

typedef struct gn_coroutine gn_coroutine;

/* One that runs nothing yet. Its stack is as long as a thread's usually is;
 * memory is only taken by what is used of it. NULL: out of memory. */
gn_coroutine *gn_coroutine_new(void);

/* The next gn_coroutine_resume begins run(data). What was paused is forgotten
 * where it stood: it must hold nothing that is not found elsewhere. */
void gn_coroutine_begin(gn_coroutine *co, void (*run)(void *data), void *data);

/* Runs it until it pauses (true), or its function has returned (false). */
bool gn_coroutine_resume(gn_coroutine *co);

/* Called on the coroutine's own stack: gn_coroutine_resume returns. */
void gn_coroutine_pause(gn_coroutine *co);

void gn_coroutine_free(gn_coroutine *co_or_null);

#endif
