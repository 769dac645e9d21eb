/*
 * keys.c - the keys in use, and whose they are.
 */
#include "server/keys.h"

#include <stdlib.h>
#include <string.h>

#include "server/keys_internal.h"

#define BUCKETS 1024

struct keys {
  struct key_file *file; /* NULL: nobody is asked for a key */
  struct account anonymous;
  uint32_t last_id;
  struct account *bucket[BUCKETS]; /* all accounts ever, by their names */
};

/* The bits of a hash are as good as random, and nobody can choose them: where
 * a search begins tells nothing of the tokens that there are. */
size_t key_slot(const struct key_file *file, const uint8_t *hash) {
  uint32_t bits;

  memcpy(&bits, hash, sizeof bits);
  return bits & (file->slots - 1);
}

struct key *key_find(const struct key_file *file, const uint8_t *hash) {
  size_t at = key_slot(file, hash);

  for (; file->slot[at] != 0; at = (at + 1) & (file->slots - 1)) {
    struct key *key = &file->key[file->slot[at] - 1];

    if (key_hash_is(key->hash, hash))
      return key;
  }
  return NULL;
}

/* ---- accounts ----------------------------------------------------------- */

/* The names are the operator's own: any hash does (FNV-1a). */
static size_t bucket_of(const char *name) {
  uint32_t hash = 2166136261u;

  for (; *name != '\0'; name++)
    hash = (hash ^ (unsigned char)*name) * 16777619u;
  return hash % BUCKETS;
}

static struct account *find_account(const struct keys *keys, const char *name) {
  struct account *account = keys->bucket[bucket_of(name)];

  while (account != NULL && strcmp(account->name, name) != 0)
    account = account->next;
  return account;
}

static struct account *add_account(struct keys *keys, const char *name) {
  struct account **bucket = &keys->bucket[bucket_of(name)];
  struct account *account = calloc(1, sizeof *account);

  if (account == NULL)
    return NULL;
  account->name = strdup(name);
  if (account->name == NULL) {
    free(account);
    return NULL;
  }
  account->id = ++keys->last_id;
  account->next = *bucket;
  *bucket = account;
  return account;
}

/* Finds the account of each key. One that was made in vain does no harm. */
static bool find_accounts(struct keys *keys, struct key_file *file) {
  for (size_t i = 0; i < file->len; i++) {
    struct key *key = &file->key[i];

    key->account = find_account(keys, key->name);
    if (key->account == NULL)
      key->account = add_account(keys, key->name);
    if (key->account == NULL)
      return false;
  }
  return true;
}

bool keys_use(struct keys *keys, struct key_file *file) {
  if (file != NULL && !find_accounts(keys, file)) {
    keys_drop(file);
    return false;
  }
  for (size_t i = 0; file != NULL && i < file->len; i++) {
    struct key *key = &file->key[i];

    free(key->account->grants.databases);
    key->account->grants = key->grants;
    key->grants.databases = NULL;
  }
  keys_drop(keys->file);
  keys->file = file;
  return true;
}

/* ---- requests ----------------------------------------------------------- */

bool keys_are_asked_for(const struct keys *keys) {
  return keys->file != NULL;
}

struct account *keys_find(struct keys *keys, gene_text_t token) {
  uint8_t hash[KEY_HASH_BYTES];
  struct key *key;

  if (keys->file == NULL || token.len == 0)
    return NULL;
  key_hash(token.ptr, token.len, hash);
  key = key_find(keys->file, hash);
  return key == NULL ? NULL : key->account;
}

struct account *keys_anonymous(struct keys *keys) {
  return &keys->anonymous;
}

void keys_limit_anonymous(struct keys *keys,
                          const struct quota_limits *limits) {
  keys->anonymous.grants.quota = *limits;
}

size_t keys_count(const struct keys *keys) {
  return keys->file == NULL ? 0 : keys->file->len;
}

/* ---- the whole ---------------------------------------------------------- */

struct keys *keys_create(void) {
  return calloc(1, sizeof(struct keys));
}

static void free_accounts(struct account *account) {
  while (account != NULL) {
    struct account *next = account->next;

    free(account->name);
    free(account->grants.databases);
    free(account);
    account = next;
  }
}

void keys_destroy(struct keys *keys) {
  if (keys == NULL)
    return;
  keys_drop(keys->file);
  for (size_t i = 0; i < BUCKETS; i++)
    free_accounts(keys->bucket[i]);
  free(keys);
}
