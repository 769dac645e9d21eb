/*
 * test_registry.c - futures by id: found, waited for, expired, forgotten; the
 * table while it grows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/clock.h"
#include "server/registry.h"

static uv_loop_t loop;
static struct deadlines deadlines;
static struct registry *registry;
static unsigned woken;

#define OWNER 7
static const gene_text_t no_label;

static void create(uint64_t count, uint64_t bytes, uint64_t ms) {
  const struct registry_options options = {.deadlines = &deadlines,
                                           .keep_count = count,
                                           .keep_bytes = bytes,
                                           .keep_ms = ms};

  registry = registry_create(&options);
  assert_non_null(registry);
}

static int begin(void **state) {
  (void)state;
  woken = 0;
  return uv_loop_init(&loop) != 0 || deadlines_init(&deadlines, &loop) != 0;
}

static int end(void **state) {
  (void)state;
  registry_destroy(registry);
  deadlines_close(&deadlines);
  uv_run(&loop, UV_RUN_DEFAULT);
  return uv_loop_close(&loop);
}

static struct future *pending(void) {
  struct future *future = registry_new(registry, OWNER, no_label);

  assert_non_null(future);
  registry_list(registry, future);
  return future;
}

static void finish(struct future *future) {
  future->phase = PHASE_DONE;
  future->status = GENE_SUCCESS;
  future->finished_us = clock_wall_us(clock_ns());
  registry_finished(registry, future);
}

static enum registry_answer ask(const uint8_t *id) {
  struct future *found;
  enum registry_answer answer = registry_find(registry, OWNER, id, &found);

  if (answer == REGISTRY_FOUND)
    assert_memory_equal(found->id, id, ID_BYTES);
  return answer;
}

static void many_are_found(void **state) {
  enum { MANY = 20000 };
  struct future **all = calloc(MANY, sizeof *all);
  uint8_t unknown[ID_BYTES] = {0};

  (void)state;
  create(MANY, UINT64_MAX, 1000000);
  for (int i = 0; i < MANY; i++) {
    all[i] = pending();
    assert_int_equal(ask(all[i / 2]->id), REGISTRY_FOUND);
  }
  for (int i = 0; i < MANY; i++)
    assert_int_equal(ask(all[i]->id), REGISTRY_FOUND);
  assert_int_equal(ask(unknown), REGISTRY_UNKNOWN);
  for (int i = 0; i < MANY; i++)
    finish(all[i]);
  for (int i = 0; i < MANY; i += 2) {
    uint8_t id[ID_BYTES];

    memcpy(id, all[i]->id, sizeof id);
    registry_forget(registry, all[i]);
    assert_int_equal(ask(id), REGISTRY_UNKNOWN);
  }
  for (int i = 1; i < MANY; i += 2)
    assert_int_equal(ask(all[i]->id), REGISTRY_FOUND);
  free(all);
}

static void the_oldest_expire(void **state) {
  uint8_t first[ID_BYTES], last[ID_BYTES];

  (void)state;
  create(2, UINT64_MAX, 1000000);
  for (int i = 0; i < 5; i++) {
    struct future *future = pending();

    memcpy(i == 0 ? first : last, future->id, ID_BYTES);
    finish(future);
    assert_int_equal(ask(future->id), REGISTRY_FOUND);
  }
  assert_int_equal(ask(first), REGISTRY_EXPIRED);
  assert_int_equal(ask(last), REGISTRY_FOUND);
}

static void large_ones_expire(void **state) {
  struct registry_stats stats;

  (void)state;
  create(1000, 10000, 1000000);
  for (int i = 0; i < 100; i++) {
    struct future *future = pending();

    future->outcome = calloc(1, sizeof *future->outcome + 3000);
    assert_non_null(future->outcome);
    future->outcome->end[OUT_PARTS - 1] = 3000;
    finish(future);
    registry_stats(registry, &stats);
    assert_true(stats.bytes < 10000 + 4000);
  }
  assert_int_equal(stats.crowded, 100 - stats.finished);
}

/* A large one takes the place of thousands, a few at a time. */
static void dropping_holds_nobody_up(void **state) {
  struct registry_stats stats;
  struct future *large;

  (void)state;
  create(1000000, 10000000, 1000000);
  for (int i = 0; i < 5000; i++)
    finish(pending());
  large = pending();
  large->outcome = calloc(1, sizeof *large->outcome + 9900000);
  assert_non_null(large->outcome);
  large->outcome->end[OUT_PARTS - 1] = 9900000;
  finish(large);
  finish(pending());
  registry_stats(registry, &stats);
  assert_in_range(stats.finished, 4000, 5000);
  while (stats.bytes > 10000000) {
    uv_run(&loop, UV_RUN_ONCE);
    registry_stats(registry, &stats);
  }
  assert_in_range(stats.finished, 2, 1000);
}

/* To the moment, whenever the last look for what is too old was. */
static void expired_in_time(void **state) {
  struct future *future;
  uint8_t id[ID_BYTES];

  (void)state;
  create(1000, UINT64_MAX, 1000);
  future = pending();
  memcpy(id, future->id, ID_BYTES);
  finish(future);
  assert_true(registry_shows(registry, future, future->finished_us + 1000000));
  assert_false(registry_shows(registry, future, future->finished_us + 1000001));
  future->finished_us -= 1000001;
  assert_int_equal(ask(id), REGISTRY_EXPIRED);
}

static void they_expire_by_themselves(void **state) {
  struct future *future;
  uint8_t id[ID_BYTES];

  (void)state;
  create(1000, UINT64_MAX, 1);
  future = pending();
  memcpy(id, future->id, ID_BYTES);
  finish(future);
  while (ask(id) == REGISTRY_FOUND)
    uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(ask(id), REGISTRY_EXPIRED);
}

static void others_see_nothing(void **state) {
  struct future *future, *found;
  uint8_t id[ID_BYTES];

  (void)state;
  create(1, UINT64_MAX, 1000000);
  future = pending();
  memcpy(id, future->id, sizeof id);
  assert_int_equal(registry_find(registry, OWNER + 1, id, &found),
                   REGISTRY_UNKNOWN);
  assert_null(found);
  finish(future);
  for (int i = 0; i < 3; i++)
    finish(pending());
  assert_int_equal(ask(id), REGISTRY_EXPIRED);
  assert_int_equal(registry_find(registry, OWNER + 1, id, &found),
                   REGISTRY_UNKNOWN);
}

static void labels_are_copied(void **state) {
  char label[] = "nightly";
  struct future *future;

  (void)state;
  create(10, UINT64_MAX, 1000000);
  future = registry_new(registry, OWNER, (gene_text_t){label, 7});
  assert_non_null(future);
  memset(label, 'x', 7);
  assert_int_equal(future->label.len, 7);
  assert_memory_equal(future->label.ptr, "nightly", 7);
  registry_forget(registry, future);
  future = registry_new(registry, OWNER, (gene_text_t){"", 0});
  assert_non_null(future->label.ptr);
  registry_forget(registry, future);
  future = registry_new(registry, OWNER, no_label);
  assert_null(future->label.ptr);
  registry_forget(registry, future);
}

/* What is pinned stays in memory, though nobody finds it any more. */
static void the_pinned_stay(void **state) {
  struct future *future;
  uint8_t id[ID_BYTES];

  (void)state;
  create(1, UINT64_MAX, 1000000);
  future = pending();
  memcpy(id, future->id, sizeof id);
  registry_pin(future);
  registry_pin(future);
  finish(future);
  for (int i = 0; i < 3; i++)
    finish(pending());
  assert_int_equal(ask(id), REGISTRY_EXPIRED);
  assert_true(future->gone);
  registry_unpin(future);
  assert_memory_equal(future->id, id, sizeof id);
  registry_unpin(future);
  future = pending();
  registry_pin(future);
  registry_unpin(future);
  finish(future);
}

/* Walks all of an owner's and compares with what is known of them. */
static void check_order(struct future **all, int len, uint64_t owner) {
  struct future *at = registry_newest(registry, owner, UINT64_MAX);

  for (int i = len; i-- > 0;) {
    if (all[i] == NULL || all[i]->owner != owner)
      continue;
    assert_ptr_equal(at, all[i]);
    assert_ptr_equal(registry_newest(registry, owner, at->seq + 1), at);
    at = registry_older(at);
    assert_ptr_equal(registry_newest(registry, owner, all[i]->seq), at);
  }
  assert_null(at);
}

/* Three owners' futures come and go; each has a list of its own, in order. */
static void they_are_in_order(void **state) {
  enum { MANY = 3000 };
  static struct future *all[MANY];

  (void)state;
  create(MANY, UINT64_MAX, 1000000);
  for (int i = 0; i < MANY; i++) {
    all[i] = registry_new(registry, (uint64_t)i % 7 / 3, no_label);
    assert_non_null(all[i]);
  }
  for (uint64_t owner = 0; owner < 4; owner++)
    check_order(all, MANY, owner);
  for (int i = 0; i < MANY; i++) {
    if (i % 5 == 0 || i < 500 || (i > 1000 && i < 1500) || i % 7 == 6) {
      registry_forget(registry, all[i]);
      all[i] = NULL;
    }
  }
  for (uint64_t owner = 0; owner < 4; owner++)
    check_order(all, MANY, owner);
  for (int i = 0; i < MANY; i++)
    if (all[i] != NULL)
      registry_forget(registry, all[i]);
  assert_null(registry_newest(registry, 0, UINT64_MAX));
}

static void on_wake(struct waiter *waiter) {
  assert_null(waiter->future);
  woken++;
}

static void wait_on(struct waiter *waiter, struct future *future,
                    bool until_done, uint64_t ms) {
  *waiter = (struct waiter){
      .wake = on_wake, .until_done = until_done, .since = future->version};
  assert_true(registry_wait(registry, waiter, future, uv_now(&loop), ms));
}

static void waiters_are_woken(void **state) {
  struct waiter done[2], change, gone;
  struct future *future;

  (void)state;
  create(10, UINT64_MAX, 1000000);
  future = pending();
  wait_on(&done[0], future, true, 100000);
  wait_on(&change, future, false, 100000);
  wait_on(&done[1], future, true, 100000);
  wait_on(&gone, future, true, 100000);
  registry_changed(registry, future);
  assert_int_equal(woken, 1);
  registry_unwait(&gone);
  registry_unwait(&gone);
  finish(future);
  assert_int_equal(woken, 3);
}

static void waiting_ends_in_time(void **state) {
  struct waiter waiter;
  struct future *future;

  (void)state;
  create(10, UINT64_MAX, 1000000);
  future = pending();
  wait_on(&waiter, future, true, 5);
  while (woken == 0)
    uv_run(&loop, UV_RUN_ONCE);
  assert_null(future->waiters);
  finish(future);
  assert_int_equal(woken, 1);
}

static void the_unwanted_are_dropped(void **state) {
  struct future *future;
  struct registry_stats stats;

  (void)state;
  create(10, UINT64_MAX, 1000000);
  future = pending();
  registry_drop_when_done(future);
  finish(future);
  registry_stats(registry, &stats);
  assert_int_equal(stats.finished, 0);
  assert_int_equal(stats.live, 0);
  future = registry_new(registry, OWNER, no_label);
  registry_forget(registry, future);
  registry_stats(registry, &stats);
  assert_int_equal(stats.live, 0);
}

#define WITH_LOOP(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_LOOP(many_are_found),           WITH_LOOP(the_oldest_expire),
      WITH_LOOP(large_ones_expire),        WITH_LOOP(they_expire_by_themselves),
      WITH_LOOP(waiters_are_woken),        WITH_LOOP(waiting_ends_in_time),
      WITH_LOOP(the_unwanted_are_dropped), WITH_LOOP(others_see_nothing),
      WITH_LOOP(dropping_holds_nobody_up), WITH_LOOP(expired_in_time),
      WITH_LOOP(the_pinned_stay),          WITH_LOOP(labels_are_copied),
      WITH_LOOP(they_are_in_order),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
