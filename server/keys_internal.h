/*
 * keys_internal.h - what the files of the keys share.
 */
#ifndef SERVER_KEYS_INTERNAL_H
#define SERVER_KEYS_INTERNAL_H

#include "server/keys.h"

#define KEY_HASH_BYTES 32
#define KEY_NAME_MAX   64
#define KEYS_MAX       10000

struct key {
  uint8_t hash[KEY_HASH_BYTES];
  unsigned line;
  char *name;
  struct grants grants;
  struct account *account; /* once it is in use */
};

/* Keys by their hashes: slots hold an index + 1, or 0, and are probed one
 * after the other. */
struct key_file {
  struct key *key;
  size_t len, cap;
  uint32_t *slot;
  size_t slots; /* a power of two, or 0 */
};

/* ---- keys_token.c ---- */

/* The hash of a token. */
void key_hash(const char *token, size_t len, uint8_t *hash);

/* In constant time. */
bool key_hash_is(const uint8_t *a, const uint8_t *b);

/* Reads 64 hex digits. */
bool key_hash_read(const char *hex, uint8_t *hash);

/* Whether a name has 1 to KEY_NAME_MAX letters, digits, and . _ - */
bool key_name_is_good(const char *name);

/* ---- keys.c ---- */

/* Where the search for a hash begins. */
size_t key_slot(const struct key_file *file, const uint8_t *hash);

/* The key with this hash; NULL: there is none. */
struct key *key_find(const struct key_file *file, const uint8_t *hash);

#endif
