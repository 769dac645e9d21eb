/*
 * token.h - what a byte is in a line of HTTP (RFC 9110, 5.6.2).
 */
#ifndef SERVER_TOKEN_H
#define SERVER_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TOKEN_CHAR = 1, TOKEN_CONTROL = 2 };

extern const uint8_t token_class[256];

/* Whether a token may have it. */
static inline bool token_has(char c) {
  return token_class[(unsigned char)c] == TOKEN_CHAR;
}

/* Whether it is a control character other than the tab. */
static inline bool token_is_control(char c) {
  return token_class[(unsigned char)c] == TOKEN_CONTROL;
}

#endif
