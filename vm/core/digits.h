/*
 * digits.h - what digits stand for, in the bases up to 36 and in base64.
 */
#ifndef GN_CORE_DIGITS_H
#define GN_CORE_DIGITS_H

#define GN_NO_DIGIT 99u /* more than any base */

/* 0 to 35; letters of either case are digits from 10 on. GN_NO_DIGIT: none. */
static inline unsigned gn_digit(char c) {
  if (c >= '0' && c <= '9')
    return (unsigned)(c - '0');
  char low = (char)(c | 0x20);
  return low >= 'a' && low <= 'z' ? (unsigned)(low - 'a') + 10 : GN_NO_DIGIT;
}

/* 0 to 63 in the alphabet of base64 (RFC 4648, section 4), or GN_NO_DIGIT. */
static inline unsigned gn_base64_digit(char c) {
  if (c >= 'A' && c <= 'Z')
    return (unsigned)(c - 'A');
  if (c >= 'a' && c <= 'z')
    return (unsigned)(c - 'a') + 26;
  if (c >= '0' && c <= '9')
    return (unsigned)(c - '0') + 52;
  return c == '+' ? 62 : c == '/' ? 63 : GN_NO_DIGIT;
}

#endif
