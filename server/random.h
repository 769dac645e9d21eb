/*
 * random.h - random bytes from the system, and the ids made of them. For the
 * loop thread only.
 */
#ifndef SERVER_RANDOM_H
#define SERVER_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Fills out with bytes fit for secrets; read from the system in large pieces.
 * Ends the process when the system has none, which Linux does not do. */
void random_bytes(void *out, size_t len);

/* An id is 128 random bits; written "f_" and 22 characters of base64url. */
#define ID_BYTES    16
#define ID_TEXT_LEN 24

/* Writes ID_TEXT_LEN bytes, no NUL. */
void id_write(char *out, const uint8_t *id);

/* Reads the text of an id. False when it is not exactly what id_write gives
 * for some id. */
bool id_read(const char *text, size_t len, uint8_t *id);

#endif
