/*
 * read_bytes.c - bytes literals: 0#hex, 0!binary, 0*base64.
 */
#include "core/digits.h"
#include "syntax/reader_impl.h"

static unsigned bits_of(char c) {
  return c == '#' ? 4 : c == '!' ? 1 : 6;
}

static bool put_byte(gn_reader *r, uint32_t byte) {
  char c = (char)(byte & 0xff);
  return rd_put(r, &c, 1);
}

/* Takes the character c, which goes on with the literal. */
static bool take(gn_reader *r, rd_bits *b, char c) {
  unsigned d = b->bits == 6 ? gn_base64_digit(c) : gn_digit(c);
  b->gap = c == '~' || (b->gap && rd_is(c, RD_SPACE));
  if (b->gap)
    return true;
  if (c == '=') {
    b->pads++;
    return true;
  }
  b->digits++;
  b->acc = b->acc << b->bits | d;
  b->have += b->bits;
  if (b->have < 8)
    return true;
  b->have -= 8;
  return put_byte(r, b->acc >> b->have);
}

static bool goes_on(const rd_bits *b, char c) {
  if (c == '~' || (b->gap && rd_is(c, RD_SPACE)))
    return true;
  if (b->bits == 6 && c == '=')
    return true;
  unsigned d = b->bits == 6 ? gn_base64_digit(c) : gn_digit(c);
  return d < 1u << b->bits && b->pads == 0;
}

/* Whether what was taken makes whole bytes, and the literal ends there. */
static bool complete(gn_reader *r, const rd_bits *b) {
  bool ok = b->digits > 0 && rd_token_ends(r, r->p);
  if (b->bits == 6) {
    ok = ok && b->digits % 4 != 1 && b->pads <= 2;
    ok = ok && (b->pads == 0 || (b->digits + b->pads) % 4 == 0);
  }
  return ok;
}

static bool finish(gn_reader *r, const rd_frame *f, const rd_bits *b) {
  if (!complete(r, b))
    return rd_fail_open(r, f, "Invalid bytes literal: %.*s",
                        rd_token_len(r, f->key_text), f->key_text);
  /* The last, incomplete byte stands at the right of its own. */
  if (b->bits < 6 && b->have > 0 &&
      !put_byte(r, b->acc & ((1u << b->have) - 1)))
    return false;
  r->nframes--;
  return rd_emit(r, rd_scratch_bytes(r), 0);
}

bool rd_bytes_step(gn_reader *r) {
  rd_bits *b = &r->bytes;
  for (; !rd_pauses(r); r->p++) {
    if (r->p == r->end || !goes_on(b, *r->p))
      return finish(r, rd_top(r), b);
    if (!take(r, b, *r->p))
      return false;
  }
  return true;
}

bool rd_bytes(gn_reader *r) {
  if (!rd_push(r, RD_BYTES, 0, r->p))
    return false;
  rd_top(r)->key_text = r->p;
  r->bytes = (rd_bits){.bits = bits_of(r->p[1])};
  r->p += 2;
  r->buf_len = 0;
  return true;
}
