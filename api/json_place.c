/*
 * json_place.c - walks a JSON text once, keeping nothing but where it is.
 */
#include "api/json_place.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* What lies deeper has no path; texts that are read nest no deeper. */
#define LEVELS GENE_NESTING_MAX

struct level {
  bool is_array;
  uint64_t index;  /* of an array */
  gene_text_t key; /* of an object; ptr NULL: none yet */
};

struct walk {
  struct level level[LEVELS];
  size_t depth;
  bool wants_key;
};

/* The byte behind a string that begins at `at`, or the end. */
static size_t skip_string(gene_text_t text, size_t at, size_t end) {
  for (at++; at < end && text.ptr[at] != '"'; at++)
    if (text.ptr[at] == '\\')
      at++;
  return at < end ? at + 1 : end;
}

static void open_level(struct walk *walk, bool is_array) {
  if (walk->depth < LEVELS)
    walk->level[walk->depth] = (struct level){.is_array = is_array};
  walk->depth++;
  walk->wants_key = !is_array;
}

static void close_level(struct walk *walk) {
  if (walk->depth > 0)
    walk->depth--;
  walk->wants_key = false;
}

static void next_member(struct walk *walk) {
  struct level *level = &walk->level[walk->depth - 1];

  if (level->is_array)
    level->index++;
  else
    walk->wants_key = true;
}

static void take_byte(struct walk *walk, char c) {
  if (c == '{' || c == '[')
    open_level(walk, c == '[');
  else if (c == '}' || c == ']')
    close_level(walk);
  else if (c == ',' && walk->depth > 0 && walk->depth <= LEVELS)
    next_member(walk);
}

static void write_path(const struct walk *walk, char *out, size_t size) {
  size_t len = 0;

  *out = '\0';
  for (size_t i = 0; i < walk->depth && i < LEVELS && len < size; i++) {
    const struct level *level = &walk->level[i];
    size_t room = size - len;

    if (level->is_array)
      len += (size_t)snprintf(out + len, room, "[%llu]",
                              (unsigned long long)level->index);
    else if (level->key.ptr != NULL)
      len += (size_t)snprintf(
          out + len, room, "%s%.*s", len == 0 ? "" : ".",
          (int)(level->key.len < size ? level->key.len : size), level->key.ptr);
  }
}

void json_place(gene_text_t text, size_t offset, char *out, size_t size) {
  struct walk walk = {.depth = 0};
  size_t end = offset < text.len ? offset : text.len, at = 0;

  while (at < end) {
    size_t start = at;

    if (text.ptr[at] != '"') {
      take_byte(&walk, text.ptr[at++]);
      continue;
    }
    at = skip_string(text, at, end);
    if (walk.wants_key && walk.depth > 0 && walk.depth <= LEVELS &&
        at - start >= 2)
      walk.level[walk.depth - 1].key =
          (gene_text_t){text.ptr + start + 1, at - start - 2};
    walk.wants_key = false;
  }
  write_path(&walk, out, size);
}
