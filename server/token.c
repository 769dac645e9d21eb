/*
 * token.c - the table of token.h; nothing else.
 */
#include "server/token.h"

const uint8_t token_class[256] = {
    [0 ... '\t' - 1] = TOKEN_CONTROL,
    ['\t' + 1 ... 0x1f] = TOKEN_CONTROL,
    [0x7f] = TOKEN_CONTROL,
    ['a' ... 'z'] = TOKEN_CHAR,
    ['A' ... 'Z'] = TOKEN_CHAR,
    ['0' ... '9'] = TOKEN_CHAR,
    ['!'] = TOKEN_CHAR,
    ['#' ... '\''] = TOKEN_CHAR,
    ['*'] = TOKEN_CHAR,
    ['+'] = TOKEN_CHAR,
    ['-'] = TOKEN_CHAR,
    ['.'] = TOKEN_CHAR,
    ['^' ... '`'] = TOKEN_CHAR,
    ['|'] = TOKEN_CHAR,
    ['~'] = TOKEN_CHAR,
};
