/*
 * test_needle.c - the search for a needle finds what looking at every place
 * finds, from either end, in one entry or in many.
 */
#include "session.h"

#include "types/needle.h"

static session s;

static int open_it(void **state) {
  (void)state;
  session_open(&s, NULL);
  session_start(&s, "1", NULL);
  return 0;
}

static int close_it(void **state) {
  (void)state;
  session_finish(&s);
  session_close(&s);
  return 0;
}

static uint32_t random_below(uint32_t n) {
  static uint32_t x = 1;
  x = x * 1664525u + 1013904223u;
  return (uint32_t)((uint64_t)(x >> 8) * n >> 24);
}

/* Place of the needle, looked for everywhere; -1: none. */
static int64_t slow(const char *text, size_t len, const char *needle, size_t n,
                    bool back, uint32_t at) {
  if (n > len)
    return -1;
  int64_t last = (int64_t)(len - n), i = at;
  if (back && i > last)
    i = last;
  for (; i >= 0 && i <= last; i += back ? -1 : 1)
    if (memcmp(text + i, needle, n) == 0)
      return i;
  return -1;
}

static int64_t quick(const char *text, size_t len, const char *needle, size_t n,
                     bool back, uint32_t at) {
  gn_value local = GN_NIL;
  int got;
  do {
    got = gn_needle_seek(s.context, &local, text, len, needle, n, back, &at);
    assert_int_not_equal(got, GN_SEEK_OOM);
  } while (got == GN_SEEK_PAUSE);
  return got ? (int64_t)at : -1;
}

static void check(const char *text, size_t len, const char *needle, size_t n,
                  uint32_t at) {
  for (int back = 0; back < 2; back++) {
    int64_t want = slow(text, len, needle, n, back, at);
    int64_t got = quick(text, len, needle, n, back, at);
    if (want != got)
      fail_msg("%.*s in %.*s at %u, back %d: %lld, not %lld",
               (int)(n < 99 ? n : 99), needle, (int)(len < 200 ? len : 200),
               text, at, back, (long long)got, (long long)want);
  }
}

/* Texts of few letters, or which repeat: where needles are hard to tell. */
static void make_text(char *text, uint32_t len) {
  uint32_t letters = 1 + random_below(3), period = 1 + random_below(9);
  bool repeats = random_below(2) == 0;
  for (uint32_t i = 0; i < len; i++)
    text[i] = repeats && i >= period ? text[i - period]
                                     : (char)('a' + random_below(letters));
  for (uint32_t n = random_below(3); n > 0 && len > 0; n--)
    text[random_below(len)] = 'a';
}

static void short_ones(void **state) {
  (void)state;
  char text[64], needle[24];
  for (int round = 0; round < 100000; round++) {
    uint32_t len = random_below(sizeof text);
    uint32_t n = 1 + random_below(sizeof needle);
    make_text(text, len);
    make_text(needle, n);
    if (random_below(2) && n <= len)
      memcpy(needle, text + random_below(len - n + 1), n);
    check(text, len, needle, n, random_below(len + 1));
  }
}

static void long_ones(void **state) {
  (void)state;
  static char text[60000], needle[30000];
  for (int round = 0; round < 100; round++) {
    uint32_t len = random_below(sizeof text);
    uint32_t n = 4000 + random_below(sizeof needle - 4000);
    make_text(text, len);
    make_text(needle, n);
    if (random_below(4) && n <= len)
      memcpy(needle, text + random_below(len - n + 1), n);
    if (random_below(4) == 0)
      needle[random_below(n)] ^= 1;
    check(text, len, needle, n, random_below(len + 1));
  }
}

/* One state serves for all places of a needle. */
static void all_places(void **state) {
  (void)state;
  static char text[50000];
  memset(text, 'a', sizeof text);
  gn_value local = GN_NIL;
  uint32_t at = 0, found = 0;
  for (int got; (got = gn_needle_seek(s.context, &local, text, sizeof text,
                                      text, 5000, false, &at)) != 0;)
    if (got > 0) {
      found++;
      at += 5000;
    }
  assert_int_equal(found, 10);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(short_ones),
      cmocka_unit_test(long_ones),
      cmocka_unit_test(all_places),
  };
  return cmocka_run_group_tests_name("needle", tests, open_it, close_it);
}
