/*
 * test_reading.c - what the reader in steps can be asked for beside the first
 * form, with a collection between any two steps and with each allocation
 * failing.
 */
#include "fixture.h"

#include "dump.h"
#include "syntax/reader.h"
#include "types/string.h"

#define STEP 3

static char source[1024], made[1024];

/* GN_READ_DONE, _BAD or _OOM; the form is kept as a root. */
static enum gn_read_status read_in_steps(fixture *f, unsigned flags,
                                         uint32_t from, gn_syntax_error *err) {
  f->roots[0] = gn_string_c(&f->heap, source);
  if (f->roots[0] == GN_NONE)
    return GN_READ_OOM;
  gn_reader *reader =
      gn_reader_new(&f->heap, f->roots[0], from, GN_MAX_NESTING, flags);
  if (reader == NULL)
    return GN_READ_OOM;
  f->roots[1] = gn_from_obj(reader);
  enum gn_read_status status;
  while ((status = gn_reader_step(reader, STEP, &f->roots[2], err)) ==
         GN_READ_MORE) {
    gn_heap_collect(&f->heap);
    gn_heap_validate(&f->heap);
  }
  return status;
}

static void each_allocation_fails(void **state) {
  (void)state;
  strcpy(source, "(f ^a [1 #\"x#{y}\" {^b a/<c>} {{1 2..3}}] `(z %q) 1.5e300)");
  for (uint64_t nth = 1;; nth++) {
    fixture f;
    gn_syntax_error err;
    fixture_open(&f, (size_t)64 << 20);
    gn_heap_fail_nth(&f.heap, nth);
    enum gn_read_status status =
        read_in_steps(&f, GN_READER_SERIAL | GN_READER_ONLY, 0, &err);
    gn_heap_validate(&f.heap);
    fixture_close(&f);
    if (status == GN_READ_DONE)
      break;
    assert_int_equal(status, GN_READ_OOM);
    assert_true(nth < 1000);
  }
}

static void check_from(uint32_t from, const char *text, unsigned flags,
                       const char *form, const char *message) {
  fixture f;
  gn_syntax_error err;
  strcpy(source, text);
  fixture_open(&f, (size_t)64 << 20);
  enum gn_read_status status = read_in_steps(&f, flags, from, &err);
  if (form != NULL) {
    dump_out o = {made, made + sizeof made};
    assert_int_equal(status, GN_READ_DONE);
    made[0] = '\0';
    dump_form(&o, f.roots[2]);
    assert_string_equal(made, form);
  } else {
    assert_int_equal(status, GN_READ_BAD);
    assert_string_equal(err.message, message);
  }
  fixture_close(&f);
}

static void check(const char *text, unsigned flags, const char *form,
                  const char *message) {
  check_from(0, text, flags, form, message);
}

static void first_or_one(void **state) {
  (void)state;
  check("a b", 0, "a", NULL);
  check("a )", 0, "a", NULL);
  check("a b", GN_READER_ONLY, NULL, "Only one form is allowed");
  check("a )", GN_READER_ONLY, NULL, "Unmatched delimiter: )");
  check(" # c\n a # c", GN_READER_ONLY, "a", NULL);
  check("", GN_READER_ONLY, NULL, "EOF while reading form");
  check("(a", 0, NULL, "EOF while reading list");
  check_from(2, "[ (b c) d", 0, "(b c)", NULL);
  check_from(2, "x b ]", GN_READER_ONLY, NULL, "Unmatched delimiter: ]");
  check_from(1, "x", 0, NULL, "EOF while reading form");
}

static void hash_maps(void **state) {
  (void)state;
  check("{{1}}", 0, "(#HashMap 1)", NULL);
  check("{{1}}", GN_READER_MAPS, NULL,
        "HashMap literals expect alternating key/value entries");
}

static void ranges_in_data(void **state) {
  fixture f;
  gn_syntax_error err;
  (void)state;
  check("1..4", 0, NULL, "Invalid number: 1..4");
  check("1..", GN_READER_SERIAL, NULL, "Invalid number: 1..");
  check("1..x", GN_READER_SERIAL, NULL, "Invalid number: 1..x");
  check("1..4x", GN_READER_SERIAL, NULL, "Invalid number: 1..4x");
  check("1..99999999999999999999", GN_READER_SERIAL, NULL,
        "Integer literal out of range");
  strcpy(source, "-9223372036854775808..-7");
  fixture_open(&f, (size_t)64 << 20);
  assert_int_equal(read_in_steps(&f, GN_READER_SERIAL, 0, &err), GN_READ_DONE);
  gn_value v = f.roots[2];
  assert_true(gn_is(v, GN_T_RANGE));
  const gn_range *r = (const gn_range *)gn_as_obj(v);
  assert_true(r->start == INT64_MIN && r->end == -7 && r->step == 1);
  assert_int_equal(r->h.aux & GN_RANGE_STEP, 0);
  fixture_close(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_allocation_fails),
      cmocka_unit_test(first_or_one),
      cmocka_unit_test(hash_maps),
      cmocka_unit_test(ranges_in_data),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
