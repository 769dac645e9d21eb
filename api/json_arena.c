/*
 * json_arena.c - see json_arena.h. It parses nothing.
 *
 * Blocks are cut off the room one after the other and freed all together, when
 * the last document in it is dropped. What does not fit is malloc's, and so is
 * all that jansson asks for when no document is being read.
 */
#include "api/json_arena.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "server/sanitized.h"

#define ROOM 16384

static _Thread_local struct {
  _Alignas(max_align_t) char room[ROOM];
  size_t used;
  unsigned documents;
  bool reading;
} arena;

static void *take(size_t size) {
  size_t need;
  void *block;

  if (SANITIZED || !arena.reading || size > ROOM)
    return malloc(size);
  need = (size + 15) & ~(size_t)15;
  if (need > ROOM - arena.used)
    return malloc(size);
  block = arena.room + arena.used;
  arena.used += need;
  return block;
}

static void give(void *block) {
  if ((uintptr_t)block - (uintptr_t)arena.room >= ROOM)
    free(block);
}

void json_arena_init(void) {
  json_set_alloc_funcs(take, give);
}

json_t *json_arena_load(gene_text_t text, size_t flags, json_error_t *error) {
  json_t *root;

  assert(!arena.reading);
  if (arena.documents == 0)
    arena.used = 0;
  arena.reading = true;
  root = json_loadb(text.len == 0 ? "" : text.ptr, text.len, flags, error);
  arena.reading = false;
  if (root != NULL)
    arena.documents++;
  return root;
}

void json_arena_drop(json_t *root) {
  if (root == NULL)
    return;
  assert(arena.documents > 0 && root->refcount == 1);
  json_decref(root);
  arena.documents--;
}
