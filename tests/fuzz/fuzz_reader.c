/*
 * fuzz_reader.c - any bytes as source: forms or an error with a place inside
 * the text, and a sound heap either way. The first byte chooses the heap's
 * cap and which allocation fails.
 */
#include <stdlib.h>

#include "syntax/reader.h"

static void must(int condition) {
  if (!condition)
    abort();
}

static uint32_t lines_of(const char *text, size_t len) {
  uint32_t n = 1;
  for (size_t i = 0; i < len; i++)
    n += text[i] == '\n';
  return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  const char *text = (const char *)data + 1;
  size_t len = size - 1;
  gn_pool *pool = gn_pool_create((size_t)1 << 20);
  must(pool != NULL);
  gn_heap heap;
  gn_heap_init(&heap, pool, (size_t)16 << 20, 1);
  if (data[0] >= 128)
    gn_heap_fail_nth(&heap, data[0] - 127u);
  gn_syntax_error err;
  gn_value v = (data[0] & 1)
                   ? gn_read_first(&heap, text, len, GN_MAX_NESTING, &err)
                   : gn_read_all(&heap, text, len, GN_MAX_NESTING, &err);
  gn_heap_fail_nth(&heap, 0);
  if (v == GN_NONE) {
    must(err.message[0] != '\0' && err.column > 0);
    must(err.line > 0 && err.line <= lines_of(text, len));
  }
  gn_heap_validate(&heap);
  gn_heap_destroy(&heap);
  gn_pool_destroy(pool);
  return 0;
}
