/*
 * test_idempotency.c - keys claimed, accepted, abandoned, and gone with their
 * futures.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/idempotency.h"
#include "server/registry.h"

static const gene_source_key_t place = {{1, 2}}, print = {{3, 4}},
                               other = {{3, 5}};
static const gene_text_t no_label;
static uv_loop_t loop;
static struct deadlines deadlines;
static struct registry *registry;
static struct idem_table *keys;

static int begin(void **state) {
  (void)state;
  if (uv_loop_init(&loop) != 0 || deadlines_init(&deadlines, &loop) != 0)
    return 1;
  registry = registry_create(&(struct registry_options){
      .deadlines = &deadlines, .keep_count = 10, .keep_bytes = 1000000});
  keys = registry == NULL ? NULL : registry_keys(registry);
  return keys == NULL;
}

static int end(void **state) {
  (void)state;
  registry_destroy(registry);
  deadlines_close(&deadlines);
  uv_run(&loop, UV_RUN_DEFAULT);
  return uv_loop_close(&loop);
}

static void a_life(void **state) {
  struct idem_entry *entry, *again;
  struct future *future = registry_new(registry, 0, no_label);

  (void)state;
  assert_non_null(future);
  assert_int_equal(idem_claim(keys, &place, &print, &entry), IDEM_NEW);
  assert_int_equal(idem_claim(keys, &place, &print, &again), IDEM_ACCEPTING);
  assert_int_equal(idem_claim(keys, &place, &other, &again), IDEM_OTHER);
  registry_key(registry, future, entry);
  assert_true(future->listed && future->id_given);
  assert_int_equal(idem_claim(keys, &place, &print, &again), IDEM_SAME);
  assert_ptr_equal(again->item[0].future, future);
  assert_int_equal(idem_claim(keys, &place, &other, &again), IDEM_OTHER);
  registry_forget(registry, future);
  assert_int_equal(idem_claim(keys, &place, &other, &entry), IDEM_NEW);
  idem_abandon(entry);
  assert_int_equal(idem_claim(keys, &place, &print, &entry), IDEM_NEW);
  idem_abandon(entry);
  idem_abandon(NULL);
}

static void places_are_apart(void **state) {
  struct idem_entry *all[100];

  (void)state;
  for (uint64_t i = 0; i < 100; i++) {
    const gene_source_key_t at = {{i % 3, i}};

    assert_int_equal(idem_claim(keys, &at, &print, &all[i]), IDEM_NEW);
  }
  for (size_t i = 0; i < 100; i++)
    idem_abandon(all[i * 37 % 100]);
}

static void it_counts_as_kept(void **state) {
  struct future *future = registry_new(registry, 0, no_label);
  struct registry_stats before, after;
  struct idem_entry *entry;

  (void)state;
  future->phase = PHASE_DONE;
  registry_finished(registry, future);
  registry_stats(registry, &before);
  assert_int_equal(idem_claim(keys, &place, &print, &entry), IDEM_NEW);
  registry_key(registry, future, entry);
  registry_stats(registry, &after);
  assert_int_equal(after.bytes, before.bytes + sizeof *entry);
  registry_forget(registry, future);
  registry_stats(registry, &after);
  assert_int_equal(after.bytes, 0);
}

static void several_items(void **state) {
  struct idem_item *items = calloc(3, sizeof *items);
  struct future *first = registry_new(registry, 0, no_label);
  struct future *third = registry_new(registry, 0, no_label);
  struct idem_entry *entry;

  (void)state;
  items[0].future = first;
  items[1].problem = strdup("{}");
  items[1].problem_len = 2;
  items[2].future = third;
  assert_int_equal(idem_claim(keys, &place, &print, &entry), IDEM_NEW);
  idem_accept_all(entry, items, 3);
  registry_forget(registry, first);
  assert_int_equal(idem_claim(keys, &place, &print, &entry), IDEM_SAME);
  assert_null(entry->item[0].future);
  assert_ptr_equal(entry->item[2].future, third);
  registry_forget(registry, third);
  assert_int_equal(idem_claim(keys, &place, &print, &entry), IDEM_NEW);
  items = calloc(1, sizeof *items);
  items[0].problem = strdup("{}");
  idem_accept_all(entry, items, 1);
  assert_int_equal(idem_claim(keys, &place, &print, &entry), IDEM_NEW);
  idem_abandon(entry);
}

#define WITH_KEYS(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_KEYS(a_life),
      WITH_KEYS(places_are_apart),
      WITH_KEYS(it_counts_as_kept),
      WITH_KEYS(several_items),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
