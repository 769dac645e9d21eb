/*
 * input.c - reads the JSON of --input once, on a heap of its own, for the sake
 * of a good message: a context takes only what is known to be well.
 */
#include "cli/input.h"

#include <stdio.h>

#include "cli/source.h"
#include "lib/json_read.h"

#define SEED UINT64_C(0x9e3779b97f4a7c15)

static void complain(const gn_json_reader *reader) {
  uint32_t line, column;
  gn_json_place(reader, &line, &column);
  fprintf(stderr, "gene: --input is no JSON: %s at %u:%u\n", reader->problem,
          line, column);
}

static bool check(gn_heap *heap, const char *json) {
  size_t len = strlen(json);
  if (!source_is_utf8(json, len)) {
    fputs("gene: --input is not UTF-8\n", stderr);
    return false;
  }
  gn_value text = gn_string_new(heap, json, len);
  gn_json_reader *reader =
      text != GN_NONE ? gn_json_reader_new(heap, text, GENE_NESTING_MAX, false)
                      : NULL;
  enum gn_json_status status = GN_JSON_OOM;
  if (reader != NULL)
    status = gn_json_step(heap, reader, UINT32_MAX);
  if (status == GN_JSON_BAD)
    complain(reader);
  else if (status != GN_JSON_DONE)
    fputs("gene: out of memory\n", stderr);
  return status == GN_JSON_DONE;
}

bool input_check(const char *json) {
  gn_pool *pool = gn_pool_create(0);
  if (pool == NULL) {
    fputs("gene: out of memory\n", stderr);
    return false;
  }
  gn_heap heap;
  gn_heap_init(&heap, pool, SIZE_MAX / 2, SEED);
  bool ok = check(&heap, json);
  gn_heap_destroy(&heap);
  gn_pool_destroy(pool);
  return ok;
}
