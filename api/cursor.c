/*
 * cursor.c - sixteen bytes: a keyed hash of owner and place, and the place
 * under a pad that comes of that hash. The key is the core's, and so a new one
 * for each process, whose list a cursor belongs to.
 */
#include "api/cursor.h"

#include <string.h>

#include "server/random.h"

_Static_assert(CURSOR_LEN == ID_TEXT_LEN - 2, "written like the bits of an id");

struct cursor {
  uint64_t hash, hidden;
};

_Static_assert(sizeof(struct cursor) == ID_BYTES, "as many bytes as an id");

/* what: tells the two uses apart. */
static uint64_t keyed(const gene_core_t *core, uint64_t what, uint64_t a,
                      uint64_t b) {
  uint64_t words[3] = {what, a, b};
  gene_source_key_t key;

  gene_source_key(core, (const char *)words, sizeof words, &key);
  return key.half[0];
}

void cursor_write(char *out, const gene_core_t *core, uint64_t owner,
                  uint64_t seq) {
  struct cursor cursor = {.hash = keyed(core, 1, owner, seq)};
  char text[ID_TEXT_LEN];

  cursor.hidden = seq ^ keyed(core, 2, cursor.hash, 0);
  id_write(text, (const uint8_t *)&cursor);
  memcpy(out, text + 2, CURSOR_LEN);
}

bool cursor_read(gene_text_t text, const gene_core_t *core, uint64_t owner,
                 uint64_t *seq) {
  char id[ID_TEXT_LEN] = "f_";
  struct cursor cursor;

  if (text.len != CURSOR_LEN)
    return false;
  memcpy(id + 2, text.ptr, CURSOR_LEN);
  if (!id_read(id, sizeof id, (uint8_t *)&cursor))
    return false;
  *seq = cursor.hidden ^ keyed(core, 2, cursor.hash, 0);
  return keyed(core, 1, owner, *seq) == cursor.hash;
}
