/*
 * test_json_arena.c - documents in room that is used again: several at once,
 * larger ones than it, broken ones, and texts that outlive them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api/json_arena.h"

#define MANY 2000

static json_t *load(const char *text) {
  return json_arena_load((gene_text_t){text, strlen(text)}, 0, NULL);
}

static void several_at_once(void **state) {
  (void)state;
  for (int i = 0; i < MANY; i++) {
    json_t *one = load("{\"a\":[1,2,{\"b\":\"text\"}]}");
    json_t *broken = load("{\"a\":[1,2,{\"b\":\"te");
    json_t *other = load("[\"other\",1.5,null]");

    assert_null(broken);
    assert_string_equal(json_string_value(json_array_get(other, 0)), "other");
    json_arena_drop(i % 2 ? one : other);
    if (i % 2 == 0)
      assert_int_equal(json_array_size(json_object_get(one, "a")), 3);
    json_arena_drop(i % 2 ? other : one);
  }
  json_arena_drop(NULL);
}

static void larger_than_its_room(void **state) {
  char *text = malloc(MANY * 16 + 3);
  size_t len = 0;
  json_t *root;

  (void)state;
  assert_non_null(text);
  for (int i = 0; i < MANY; i++) {
    memcpy(text + len, i == 0 ? "[" : ",", 1);
    memcpy(text + len + 1, "\"0123456789ab\"", 14);
    len += 15;
  }
  memcpy(text + len, "]", 2);
  for (int round = 0; round < 3; round++) {
    root = load(text);
    assert_int_equal(json_array_size(root), MANY);
    for (size_t i = 0; i < MANY; i++)
      assert_string_equal(json_string_value(json_array_get(root, i)),
                          "0123456789ab");
    json_arena_drop(root);
  }
  free(text);
}

/* What is not read here is malloc's. */
static void texts_outlive_documents(void **state) {
  json_t *root = load("{\"a\":[true]}");
  char *text = json_dumps(root, JSON_COMPACT);

  (void)state;
  json_arena_drop(root);
  json_arena_drop(load("[1,2,3,4,5,6,7,8,9]"));
  assert_string_equal(text, "{\"a\":[true]}");
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(several_at_once),
      cmocka_unit_test(larger_than_its_room),
      cmocka_unit_test(texts_outlive_documents),
  };

  json_arena_init();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
