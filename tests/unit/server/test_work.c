/*
 * test_work.c - the queue before the thread pool: order, how many at a time,
 * second turns, taking out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "server/work.h"

struct piece {
  struct work work;
  char name;
  int turns; /* still to come */
  bool ran;
};

static uv_loop_t loop;
static struct work_queue queue;
static struct piece pieces[8];
static char order[64]; /* names in the order of `done` */

static void run(struct work *self) {
  ((struct piece *)self)->ran = true;
}

static void done(struct work *self) {
  struct piece *piece = (struct piece *)self;
  size_t len = strlen(order);

  assert_true(piece->ran);
  assert_true(queue.running < queue.most);
  order[len] = piece->name;
  order[len + 1] = '\0';
  if (--piece->turns > 0)
    work_again(self);
}

static void add(int i, int turns) {
  pieces[i] = (struct piece){.work = {.run = run, .done = done},
                             .name = (char)('a' + i),
                             .turns = turns};
  work_add(&queue, &pieces[i].work);
}

static int set_up(void **state) {
  (void)state;
  uv_loop_init(&loop);
  work_init(&queue, &loop);
  queue.most = 1;
  order[0] = '\0';
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  assert_int_equal(queue.running, 0);
  assert_int_equal(queue.waiting, 0);
  assert_null(queue.head);
  assert_null(queue.tail);
  return uv_loop_close(&loop);
}

static void first_come_first_served(void **state) {
  (void)state;
  assert_false(work_is_busy(&queue));
  for (int i = 0; i < 5; i++)
    add(i, 1);
  assert_true(work_is_busy(&queue));
  assert_int_equal(queue.waiting, 4);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_string_equal(order, "abcde");
}

static void second_turns_come_first(void **state) {
  (void)state;
  add(0, 3);
  add(1, 1);
  add(2, 2);
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_string_equal(order, "aaabcc");
}

static void what_waits_can_be_taken_out(void **state) {
  (void)state;
  for (int i = 0; i < 5; i++)
    add(i, 1);
  assert_false(work_remove(&pieces[0].work));
  assert_true(work_remove(&pieces[4].work));
  assert_true(work_remove(&pieces[2].work));
  assert_true(work_remove(&pieces[1].work));
  assert_false(work_remove(&pieces[1].work));
  uv_run(&loop, UV_RUN_DEFAULT);
  assert_string_equal(order, "ad");
  assert_false(pieces[1].ran);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(first_come_first_served, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(second_turns_come_first, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(what_waits_can_be_taken_out, set_up,
                                      tear_down),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
