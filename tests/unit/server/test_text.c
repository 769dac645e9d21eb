/*
 * test_text.c - buffers, UTF-8, clocks, ids: the small things that everything
 * else is written with.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "server/buf.h"
#include "server/clock.h"
#include "server/random.h"
#include "server/utf8.h"

static void buffers_grow(void **state) {
  struct buf b = {0};

  (void)state;
  for (int i = 0; i < 10000; i++)
    buf_str(&b, "abc");
  buf_u64(&b, 0);
  buf_u64(&b, UINT64_MAX);
  assert_false(b.failed);
  assert_int_equal(b.len, 30000 + 1 + 20);
  assert_memory_equal(b.ptr + 30000, "018446744073709551615", 21);
  buf_clear(&b);
  assert_int_equal(b.len, 0);
  buf_free(&b);
  assert_null(b.ptr);
}

static void buffers_remember_failure(void **state) {
  struct buf b = {0};

  (void)state;
  assert_false(buf_reserve(&b, SIZE_MAX / 2));
  assert_true(b.failed);
  buf_str(&b, "lost");
  assert_int_equal(b.len, 0);
  buf_clear(&b);
  buf_str(&b, "kept");
  assert_int_equal(b.len, 4);
  buf_free(&b);
}

static void utf8_good(void **state) {
  const char *texts[] = {"",
                         "plain ascii, longer than a word",
                         "\xc3\xa9",
                         "12345678\xe2\x82\xac",
                         "\xf0\x9f\x8c\x8d",
                         "\xed\x9f\xbf\xee\x80\x80",
                         "\xf4\x8f\xbf\xbf"};

  (void)state;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    assert_int_equal(utf8_bad_at(texts[i], strlen(texts[i])), strlen(texts[i]));
  assert_int_equal(utf8_bad_at("a\0b", 3), 3);
}

static void utf8_bad(void **state) {
  const struct {
    const char *text;
    size_t at;
  } cases[] = {
      {"\xff", 0},
      {"12345678\x80", 8},
      {"ab\xc3", 2},
      {"\xc0\x80", 0},         /* over-long */
      {"\xe0\x80\x80", 0},     /* over-long */
      {"\xed\xa0\x80", 0},     /* surrogate */
      {"\xf4\x90\x80\x80", 0}, /* beyond Unicode */
      {"x\xf0\x9f\x8c", 1},    /* cut */
      {"\xc3\x28", 0},
  };

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_int_equal(utf8_bad_at(cases[i].text, strlen(cases[i].text)),
                     cases[i].at);
}

static void moments(void **state) {
  const struct {
    int64_t us;
    const char *text;
  } cases[] = {
      {0, "1970-01-01T00:00:00.000Z"},
      {951782399999999, "2000-02-28T23:59:59.999Z"},
      {951782400000000, "2000-02-29T00:00:00.000Z"},
      {1795369440123456, "2026-11-22T17:44:00.123Z"},
      {4107542399000000, "2100-02-28T23:59:59.000Z"},
      {4107542400000000, "2100-03-01T00:00:00.000Z"},
  };
  char text[CLOCK_ISO_LEN];

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    clock_iso(text, cases[i].us);
    assert_memory_equal(text, cases[i].text, CLOCK_ISO_LEN);
  }
  assert_true(clock_wall_us(clock_ns()) > 1600000000000000);
}

static void ids_read_back(void **state) {
  uint8_t id[ID_BYTES], back[ID_BYTES], other[ID_BYTES];
  char text[ID_TEXT_LEN];

  (void)state;
  for (int i = 0; i < 1000; i++) {
    random_bytes(id, sizeof id);
    random_bytes(other, sizeof other);
    assert_memory_not_equal(id, other, sizeof id);
    id_write(text, id);
    assert_true(id_read(text, sizeof text, back));
    assert_memory_equal(id, back, sizeof id);
  }
}

static void ids_are_read_strictly(void **state) {
  uint8_t id[ID_BYTES];

  (void)state;
  assert_true(id_read("f_AAAAAAAAAAAAAAAAAAAAAA", 24, id));
  assert_false(id_read("f_AAAAAAAAAAAAAAAAAAAAAB", 24, id)); /* loose bits */
  assert_false(id_read("f_AAAAAAAAAAAAAAAAAAAAA", 23, id));
  assert_false(id_read("f_AAAAAAAAAAAAAAAAAAAAAAA", 25, id));
  assert_false(id_read("g_AAAAAAAAAAAAAAAAAAAAAA", 24, id));
  assert_false(id_read("f_AAAAAAAAAAA%AAAAAAAAAA", 24, id));
  assert_false(id_read("", 0, id));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(buffers_grow),
      cmocka_unit_test(buffers_remember_failure),
      cmocka_unit_test(utf8_good),
      cmocka_unit_test(utf8_bad),
      cmocka_unit_test(moments),
      cmocka_unit_test(ids_read_back),
      cmocka_unit_test(ids_are_read_strictly),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
