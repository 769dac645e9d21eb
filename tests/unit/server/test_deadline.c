/*
 * test_deadline.c - many moments behind one timer: order, moving, clearing,
 * and setting from within a call.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "server/deadline.h"

#define MANY 500

static struct deadlines all;
static uv_loop_t loop;
static struct deadline many[MANY];
static uint64_t last_due;
static unsigned fired;

static void in_order(struct deadline *self) {
  assert_true(self->due >= last_due);
  assert_true(uv_now(&loop) >= self->due);
  assert_false(deadline_is_set(self));
  last_due = self->due;
  fired++;
}

static void set_again(struct deadline *self) {
  if (++fired < 3)
    assert_true(deadline_set(&all, self, self->due + 1));
}

static void clear_others(struct deadline *self) {
  (void)self;
  fired++;
  for (unsigned i = 1; i < MANY; i++)
    deadline_clear(&all, &many[i]);
}

static int begin(void **state) {
  (void)state;
  fired = 0;
  last_due = 0;
  for (unsigned i = 0; i < MANY; i++)
    many[i] = (struct deadline){.fire = in_order};
  return uv_loop_init(&loop) != 0 || deadlines_init(&all, &loop) != 0;
}

static int end(void **state) {
  (void)state;
  deadlines_close(&all);
  uv_run(&loop, UV_RUN_DEFAULT);
  return uv_loop_close(&loop);
}

static void fire_in_order(void **state) {
  uint64_t now = uv_now(&loop);

  (void)state;
  for (unsigned i = 0; i < MANY; i++)
    assert_true(deadline_set(&all, &many[i], now + i * 7919 % 40));
  for (unsigned i = 0; i < MANY; i += 3)
    assert_true(deadline_set(&all, &many[i], now + i * 31 % 40));
  for (unsigned i = 1; i < MANY; i += 5)
    deadline_clear(&all, &many[i]);
  deadline_clear(&all, &many[1]);
  while (all.len > 0)
    uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(fired, MANY - MANY / 5);
}

static void set_from_within(void **state) {
  (void)state;
  many[0].fire = set_again;
  deadline_set(&all, &many[0], uv_now(&loop));
  while (all.len > 0)
    uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(fired, 3);
}

static void clear_from_within(void **state) {
  (void)state;
  many[0].fire = clear_others;
  for (unsigned i = 0; i < MANY; i++)
    deadline_set(&all, &many[i], uv_now(&loop) + (i > 0));
  while (all.len > 0)
    uv_run(&loop, UV_RUN_ONCE);
  assert_int_equal(fired, 1);
}

static void closed_while_set(void **state) {
  (void)state;
  deadline_set(&all, &many[0], uv_now(&loop) + 100000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(fire_in_order, begin, end),
      cmocka_unit_test_setup_teardown(set_from_within, begin, end),
      cmocka_unit_test_setup_teardown(clear_from_within, begin, end),
      cmocka_unit_test_setup_teardown(closed_while_set, begin, end),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
