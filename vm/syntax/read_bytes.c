/*
 * read_bytes.c - bytes literals: 0#hex, 0!binary, 0*base64.
 */
#include "core/digits.h"
#include "syntax/reader_impl.h"

static unsigned bits_of(char c) {
  return c == '#' ? 4 : c == '!' ? 1 : 6;
}

typedef struct bit_reader {
  unsigned bits; /* of a digit */
  unsigned have; /* bits in acc that are not written yet */
  uint32_t acc;
  size_t digits, pads;
} bit_reader;

static void skip_tilde(gn_reader *r) {
  r->p++;
  while (rd_is(rd_peek(r, 0), RD_SPACE))
    r->p++;
}

/* Takes the digits at r->p into the scratch. */
static bool take_digits(gn_reader *r, bit_reader *b) {
  for (;; r->p++) {
    while (rd_peek(r, 0) == '~')
      skip_tilde(r);
    char c = rd_peek(r, 0);
    unsigned d = b->bits == 6 ? gn_base64_digit(c) : gn_digit(c);
    if (b->bits == 6 && c == '=') {
      b->pads++;
      continue;
    }
    if (d >= 1u << b->bits || b->pads > 0)
      return true;
    b->digits++;
    b->acc = b->acc << b->bits | d;
    b->have += b->bits;
    if (b->have >= 8) {
      b->have -= 8;
      char byte = (char)(b->acc >> b->have & 0xff);
      if (!rd_put(r, &byte, 1))
        return false;
    }
  }
}

/* Whether what was taken makes whole bytes, and the literal ends there. */
static bool complete(gn_reader *r, const bit_reader *b) {
  bool ok = rd_token_ends(r, r->p);
  if (b->bits == 6) {
    ok = ok && b->digits % 4 != 1 && b->pads <= 2;
    ok = ok && (b->pads == 0 || (b->digits + b->pads) % 4 == 0);
  }
  return ok;
}

static gn_value make_bytes(gn_reader *r) {
  gn_string *s = gn_alloc(r->heap, GN_T_BYTES, GN_STRING_HEAD + r->buf_len);
  if (s == NULL)
    return GN_NONE;
  s->hash = 0;
  s->len = (uint32_t)r->buf_len;
  s->chars = GN_CHARS_UNKNOWN;
  s->at = 0;
  memcpy(s->as.bytes, r->buf, r->buf_len);
  return gn_from_obj(s);
}

bool rd_bytes(gn_reader *r) {
  const char *start = r->p;
  bit_reader b = {.bits = bits_of(r->p[1])};
  r->p += 2;
  r->buf_len = 0;
  if (!take_digits(r, &b))
    return false;
  if (b.digits == 0 || !complete(r, &b))
    return rd_fail(r, start, "Invalid bytes literal: %.*s",
                   rd_token_len(r, start), start);
  if (b.bits < 6 && b.have > 0) {
    /* The last, incomplete byte stands at the right of its own. */
    char byte = (char)(b.acc & ((1u << b.have) - 1));
    if (!rd_put(r, &byte, 1))
      return false;
  }
  return rd_emit(r, make_bytes(r), 0);
}
