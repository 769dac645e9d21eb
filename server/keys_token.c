/*
 * keys_token.c - tokens and their hashes. The hashing is GnuTLS's; a token is
 * kept nowhere.
 */
#include <gnutls/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "server/keys_internal.h"
#include "server/random.h"

/* So that people, and scanners for secrets, know one when they see it. */
#define TOKEN_PREFIX "gened_"
#define TOKEN_BYTES  32

void key_hash(const char *token, size_t len, uint8_t *hash) {
  /* It fails for want of memory only; then the token is nobody's. */
  if (gnutls_hash_fast(GNUTLS_DIG_SHA256, token, len, hash) != 0)
    random_bytes(hash, KEY_HASH_BYTES);
}

bool key_hash_is(const uint8_t *a, const uint8_t *b) {
  return gnutls_memcmp(a, b, KEY_HASH_BYTES) == 0;
}

static int digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool key_hash_read(const char *hex, uint8_t *hash) {
  if (strlen(hex) != 2 * KEY_HASH_BYTES)
    return false;
  for (size_t i = 0; i < KEY_HASH_BYTES; i++) {
    int high = digit(hex[2 * i]), low = digit(hex[2 * i + 1]);

    if (high < 0 || low < 0)
      return false;
    hash[i] = (uint8_t)(high << 4 | low);
  }
  return true;
}

bool key_name_is_good(const char *name) {
  size_t len = strlen(name);

  return len >= 1 && len <= KEY_NAME_MAX &&
         strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                      "0123456789._-") == len;
}

static void write_hex(char *out, const uint8_t *bytes, size_t len) {
  for (size_t i = 0; i < len; i++)
    snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

bool keys_make(const char *name, FILE *token, FILE *line) {
  char text[sizeof TOKEN_PREFIX + 2 * TOKEN_BYTES] = TOKEN_PREFIX;
  char hex[2 * KEY_HASH_BYTES + 1];
  uint8_t bytes[TOKEN_BYTES], hash[KEY_HASH_BYTES];

  if (!key_name_is_good(name))
    return false;
  random_bytes(bytes, sizeof bytes);
  write_hex(text + strlen(text), bytes, sizeof bytes);
  key_hash(text, strlen(text), hash);
  write_hex(hex, hash, sizeof hash);
  fprintf(token, "%s\n", text);
  fprintf(line, "%s sha256=%s\n", name, hex);
  return true;
}
