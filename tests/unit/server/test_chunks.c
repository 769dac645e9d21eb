/*
 * test_chunks.c - the framing of chunked bodies, whole and in pieces.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "server/chunks.h"

#define MAX 100

/* Reads a text in pieces of `piece` bytes; *end is where its body ends. */
static enum chunks_end read_in(const char *text, size_t len, size_t piece,
                               size_t *end) {
  struct chunks chunks = {0};
  enum chunks_end result = CHUNKS_GO_ON;

  for (*end = 0; *end < len && result == CHUNKS_GO_ON;) {
    size_t some = len - *end < piece ? len - *end : piece, used = 0;

    result = chunks_read(&chunks, text + *end, some, MAX, &used);
    *end += used;
  }
  return result;
}

static void expect(const char *text, size_t len, enum chunks_end want,
                   size_t want_end) {
  for (size_t piece = 1; piece <= len; piece++) {
    size_t end;
    enum chunks_end have = read_in(text, len, piece, &end);

    if (have != want || (want == CHUNKS_OVER && end != want_end))
      fail_msg("%s in pieces of %zu: %d, ends at %zu", text, piece, (int)have,
               end);
  }
}

#define EXPECT(text, want) expect(text, sizeof text - 1, want, sizeof text - 1)

static void whole(void **state) {
  (void)state;
  EXPECT("0\r\n\r\n", CHUNKS_OVER);
  EXPECT("3\r\nabc\r\n0\r\n\r\n", CHUNKS_OVER);
  EXPECT("3;a=\"b\"\r\n\r\n\0\r\n000;\t\r\nX: \xff\r\nY:\r\n\r\n", CHUNKS_OVER);
  EXPECT("3\r\nabc\r\n0\r\n\r", CHUNKS_GO_ON);
  expect("0\r\n\r\nGET / ", 11, CHUNKS_OVER, 5);
}

static void malformed(void **state) {
  (void)state;
  EXPECT("\r\n", CHUNKS_WRONG);
  EXPECT("3\nabc", CHUNKS_WRONG);
  EXPECT("3\r\nabc\n0", CHUNKS_WRONG);
  EXPECT("3\r\nabc0", CHUNKS_WRONG);
  EXPECT("3;a\rb", CHUNKS_WRONG);
  EXPECT("3;\0", CHUNKS_WRONG);
  EXPECT("-1", CHUNKS_WRONG);
  EXPECT("0x3", CHUNKS_WRONG);
  EXPECT("3 \r\n", CHUNKS_WRONG);
  EXPECT("0\r\nX y", CHUNKS_WRONG);
  EXPECT("0\r\n X", CHUNKS_WRONG);
  EXPECT("0\r\nX: y\n", CHUNKS_WRONG);
  EXPECT("0\r\n\n", CHUNKS_WRONG);
}

static void large(void **state) {
  char zeros[2000];

  (void)state;
  EXPECT("65\r\n", CHUNKS_TOO_LARGE);
  EXPECT("3\r\nabc\r\n62\r\n", CHUNKS_TOO_LARGE);
  EXPECT("ffffffffffffffff\r\n", CHUNKS_TOO_LARGE);
  EXPECT("1\r\na\r\nffffffffffffffff\r\n", CHUNKS_TOO_LARGE);
  EXPECT("10000000000000001\r\n", CHUNKS_TOO_LARGE);
  EXPECT("64\r\n", CHUNKS_GO_ON);
  memset(zeros, '0', sizeof zeros);
  expect(zeros, 1000, CHUNKS_GO_ON, 0);
  expect(zeros, sizeof zeros, CHUNKS_WRONG, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(whole),
      cmocka_unit_test(malformed),
      cmocka_unit_test(large),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
