/*
 * coroutine.c - coroutines by ucontext. The stack is mapped, with a page below
 * it that nobody may touch. AddressSanitizer is told of each switch.
 */
#include "core/coroutine.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#define STACK_BYTES ((size_t)8 << 20)

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#endif

struct gn_coroutine {
  ucontext_t own, caller;
  char *stack; /* the page below it included */
  size_t bytes;
  void (*run)(void *data);
  void *data;
  bool running, ended;
#ifdef WITH_ASAN
  void *own_fake, *caller_fake;
  const void *caller_stack;
  size_t caller_bytes;
#endif
};

/* ---- switching ---- */

#ifdef WITH_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>

static void leave_caller(gn_coroutine *co) {
  __sanitizer_start_switch_fiber(&co->caller_fake, co->stack, co->bytes);
}
static void enter_caller(gn_coroutine *co) {
  __sanitizer_finish_switch_fiber(co->caller_fake, NULL, NULL);
}
static void leave_own(gn_coroutine *co) {
  __sanitizer_start_switch_fiber(co->ended ? NULL : &co->own_fake,
                                 co->caller_stack, co->caller_bytes);
}
static void enter_own(gn_coroutine *co) {
  __sanitizer_finish_switch_fiber(co->own_fake, &co->caller_stack,
                                  &co->caller_bytes);
}
/* The frames that were there never returned. */
static void forget(gn_coroutine *co) {
  co->own_fake = NULL;
  __asan_unpoison_memory_region(co->stack, co->bytes);
}
#else
static void leave_caller(gn_coroutine *co) {
  (void)co;
}
static void enter_caller(gn_coroutine *co) {
  (void)co;
}
static void leave_own(gn_coroutine *co) {
  (void)co;
}
static void enter_own(gn_coroutine *co) {
  (void)co;
}
static void forget(gn_coroutine *co) {
  (void)co;
}
#endif

static void back(gn_coroutine *co) {
  leave_own(co);
  swapcontext(&co->own, &co->caller);
  enter_own(co);
}

/* makecontext passes only ints: the two halves of a pointer. */
static void entry(unsigned high, unsigned low) {
  gn_coroutine *co =
      (gn_coroutine *)(((uintptr_t)high << 16 << 16) | (uintptr_t)low);
  enter_own(co);
  co->run(co->data);
  co->ended = true;
  back(co);
  abort(); /* it is never resumed again */
}

/* ---- its life ---- */

gn_coroutine *gn_coroutine_new(void) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes = STACK_BYTES + page;
  gn_coroutine *co = calloc(1, sizeof *co);
  if (co == NULL)
    return NULL;
  void *stack =
      mmap(NULL, bytes, PROT_READ | PROT_WRITE,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) {
    free(co);
    return NULL;
  }
  co->stack = stack;
  co->bytes = bytes;
  co->ended = true;
  if (mprotect(stack, page, PROT_NONE) == 0)
    return co;
  gn_coroutine_free(co);
  return NULL;
}

void gn_coroutine_begin(gn_coroutine *co, void (*run)(void *data), void *data) {
  assert(!co->running);
  forget(co);
  co->run = run;
  co->data = data;
  co->ended = false;
  getcontext(&co->own);
  co->own.uc_stack.ss_sp = co->stack;
  co->own.uc_stack.ss_size = co->bytes;
  co->own.uc_link = NULL;
  uintptr_t p = (uintptr_t)co;
  makecontext(&co->own, (void (*)(void))entry, 2, (unsigned)(p >> 16 >> 16),
              (unsigned)p);
}

bool gn_coroutine_resume(gn_coroutine *co) {
  assert(!co->running && !co->ended);
  co->running = true;
  leave_caller(co);
  swapcontext(&co->caller, &co->own);
  enter_caller(co);
  co->running = false;
  return !co->ended;
}

void gn_coroutine_pause(gn_coroutine *co) {
  assert(co->running && !co->ended);
  back(co);
}

void gn_coroutine_free(gn_coroutine *co) {
  if (co == NULL)
    return;
  assert(!co->running);
  forget(co);
  munmap(co->stack, co->bytes);
  free(co);
}
