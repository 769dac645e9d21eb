/*
 * bytes.c - Bytes and their methods. The bitwise operators of the language are
 * the interpreter's; the methods here are the same by name.
 */
#include "types/bytes.h"

#include "core/utf8.h"
#include "lib/tables.h"
#include "run/native_args.h"
#include "run/pieces.h"
#include "types/iterable.h"

#define LONGEST     (UINT32_MAX - 1024u)
#define ARRAY_CHECK 4096u /* elements between two looks at the slice */

gn_value gn_bytes_new(gn_heap *heap, const char *bytes, size_t len) {
  if (len > LONGEST) {
    heap->failed = true;
    return GN_NONE;
  }
  size_t size = GN_STRING_HEAD + len;
  if (size < sizeof(gn_string))
    size = sizeof(gn_string);
  gn_string *s = gn_alloc(heap, GN_T_BYTES, size);
  if (!s)
    return GN_NONE;
  s->hash = 0;
  s->len = (uint32_t)len;
  s->chars = GN_CHARS_UNKNOWN;
  s->at = 0;
  if (bytes && len)
    memcpy(s->as.bytes, bytes, len);
  return gn_from_obj(s);
}

/* ---- builtins ---- */

static const gn_string *self_of(const gn_call *call) {
  return gn_str(call->argv[0]);
}

static int bytes_size(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  return gn_return(call, gn_from_fix(self_of(call)->len));
}

static int bytes_empty(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  return gn_return_bool(call, self_of(call)->len == 0);
}

static int bytes_get(gn_ctx *ctx, gn_call *call) {
  const gn_string *s = self_of(call);
  int64_t i;
  if (!gn_arg_int(ctx, call, 1, &i))
    return GN_THROW;
  int64_t at = gn_from_end(i, s->len);
  if (!gn_in_bounds(at, s->len))
    return gn_throw(ctx, GN_X_ARGUMENT, NULL,
                    "Bytes index out of bounds: %lld (size: %u)", (long long)i,
                    s->len);
  return gn_return(call, gn_from_fix((unsigned char)gn_str_bytes(s)[at]));
}

int gn_bytes_to_array(gn_ctx *ctx, gn_call *call) {
  const gn_string *s = self_of(call);
  gn_value *local = call->locals;
  if (call->state == 0) {
    gn_array *made = gn_array_new(gn_ctx_heap(ctx), 0);
    if (!made)
      return gn_oom(ctx);
    local[GN_BYTES_OUT] = gn_from_obj(made);
  }
  gn_array *out = gn_arr(local[GN_BYTES_OUT]);
  while (out->len < s->len) {
    gn_value byte = gn_from_fix((unsigned char)gn_str_bytes(s)[out->len]);
    if (!gn_array_push(gn_ctx_heap(ctx), out, byte))
      return gn_oom(ctx);
    if (out->len % ARRAY_CHECK != 0)
      continue;
    gn_charge(ctx, ARRAY_CHECK);
    if (gn_slice_over(ctx))
      return gn_pause(call, 1);
  }
  gn_charge(ctx, out->len % ARRAY_CHECK);
  return gn_return_obj(ctx, call, out);
}

/* Bytes of this size as GN_BYTES_OUT, at the first entry. */
static bool bytes_room(gn_ctx *ctx, gn_call *call, size_t len) {
  if (call->state != 0)
    return true;
  call->locals[GN_BYTES_OUT] = gn_bytes_new(gn_ctx_heap(ctx), NULL, len);
  call->locals[GN_BYTES_AT] = GN_NIL;
  return call->locals[GN_BYTES_OUT] != GN_NONE;
}

static char *room_of(const gn_call *call) {
  return gn_bytes_fill(call->locals[GN_BYTES_OUT]);
}

/* Fills the room in pieces and makes it the result. */
static int fill(gn_ctx *ctx, gn_call *call, size_t len, gn_piece_fn *piece,
                void *data) {
  int status =
      gn_in_pieces(ctx, call, &call->locals[GN_BYTES_AT], len, piece, data);
  return status == GN_OK ? gn_return(call, call->locals[GN_BYTES_OUT]) : status;
}

int gn_give_bytes(gn_ctx *ctx, gn_call *call, const char *bytes, size_t len) {
  if (!bytes_room(ctx, call, len))
    return gn_oom(ctx);
  int status = gn_copy_run(ctx, call, &call->locals[GN_BYTES_AT], room_of(call),
                           bytes, len);
  return status == GN_OK ? gn_return(call, call->locals[GN_BYTES_OUT]) : status;
}

static int bytes_slice(gn_ctx *ctx, gn_call *call) {
  const gn_string *s = self_of(call);
  size_t from, to;
  if (!gn_arg_slice(ctx, call, 1, s->len, &from, &to))
    return GN_THROW;
  return gn_give_bytes(ctx, call, gn_str_bytes(s) + from, to - from);
}

/* Bytes from..to of all arguments one after another. */
struct chain {
  const gn_call *call;
  char *to;
};

static void chain_piece(void *data, size_t from, size_t to) {
  const struct chain *chain = data;
  size_t start = 0;
  for (uint32_t i = 0; i < chain->call->argc && from < to; i++) {
    const gn_string *part = gn_str(chain->call->argv[i]);
    size_t end = start + part->len;
    if (from < end) {
      size_t upto = to < end ? to : end;
      memcpy(chain->to + from, gn_str_bytes(part) + (from - start),
             upto - from);
      from = upto;
    }
    start = end;
  }
}

int gn_bytes_join(gn_ctx *ctx, gn_call *call, uint32_t argc) {
  size_t n = 0;
  for (uint32_t i = 0; i < argc; i++) {
    if (!gn_is_bytes(call->argv[i]))
      return gn_throw_expects(ctx, call, "Bytes", call->argv[i]);
    n += gn_str(call->argv[i])->len;
  }
  if (!bytes_room(ctx, call, n))
    return gn_oom(ctx);
  struct chain chain = {call, room_of(call)};
  return fill(ctx, call, n, chain_piece, &chain);
}

static int bytes_concat(gn_ctx *ctx, gn_call *call) {
  return gn_bytes_join(ctx, call, call->argc);
}

enum { TEXT_COPY = 2 }; /* state: it is known to be UTF-8 */

static int bytes_to_string(gn_ctx *ctx, gn_call *call) {
  const gn_string *s = self_of(call);
  gn_value *at = &call->locals[GN_BYTES_AT];
  bool valid = true;
  int status = GN_OK;
  if (call->state == 0 && s->len > GN_PIECE) { /* then nothing can fail */
    gn_string *text = gn_string_hollow(gn_ctx_heap(ctx), s->len);
    if (!text)
      return gn_oom(ctx);
    call->locals[GN_BYTES_OUT] = gn_from_obj(text);
  }
  if (call->state != TEXT_COPY)
    status = gn_valid_run(ctx, call, at, gn_str_bytes(s), s->len, &valid);
  if (status != GN_OK)
    return status;
  if (!valid)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL, "Invalid UTF-8 in Bytes");
  if (s->len <= GN_PIECE)
    return gn_return_text(ctx, call, gn_str_bytes(s), s->len);
  call->state = TEXT_COPY;
  gn_value text = call->locals[GN_BYTES_OUT];
  status = gn_copy_run(ctx, call, at, gn_string_room(gn_str(text)),
                       gn_str_bytes(s), s->len);
  return status == GN_OK ? gn_return(call, text) : status;
}

/* ---- bitwise ---- */

struct bits {
  char *to;
  const char *a, *b;
  size_t len;
  int64_t shift; /* bits to the left, or to the right if negative */
  char op;       /* of & | ^ ~ and < for a shift */
};

static void not_piece(void *data, size_t from, size_t to) {
  const struct bits *bits = data;
  for (size_t i = from; i < to; i++)
    bits->to[i] = (char)~bits->a[i];
}

static void combine_piece(void *data, size_t from, size_t to) {
  const struct bits *bits = data;
  const char *a = bits->a, *b = bits->b;
  for (size_t i = from; i < to; i++)
    bits->to[i] = (char)(bits->op == '&'   ? a[i] & b[i]
                         : bits->op == '|' ? a[i] | b[i]
                                           : a[i] ^ b[i]);
}

/* The byte at i, 0 beyond the ends. */
static unsigned byte_at(const struct bits *bits, int64_t i) {
  return i >= 0 && i < (int64_t)bits->len ? (unsigned char)bits->a[i] : 0;
}

/* The bits of the whole, most significant first; zeros come in. */
static void shift_piece(void *data, size_t from, size_t to) {
  const struct bits *bits = data;
  int64_t whole = bits->shift >> 3; /* rounded down, so the rest is >= 0 */
  unsigned rest = (unsigned)(bits->shift & 7);
  for (size_t i = from; i < to; i++) {
    unsigned two = byte_at(bits, (int64_t)i + whole) << 8 |
                   byte_at(bits, (int64_t)i + whole + 1);
    bits->to[i] = (char)(two >> (8 - rest) & 0xff);
  }
}

static int bits_run(gn_ctx *ctx, gn_call *call, struct bits *bits,
                    gn_piece_fn *piece) {
  const gn_string *a = gn_str(call->argv[0]);
  if (!bytes_room(ctx, call, a->len))
    return gn_oom(ctx);
  bits->to = room_of(call);
  bits->a = gn_str_bytes(a);
  bits->len = a->len;
  return fill(ctx, call, a->len, piece, bits);
}

int gn_bytes_not(gn_ctx *ctx, gn_call *call) {
  struct bits bits = {.op = '~'};
  return bits_run(ctx, call, &bits, not_piece);
}

int gn_bytes_combine(gn_ctx *ctx, gn_call *call, char op) {
  const gn_string *a = gn_str(call->argv[0]);
  const gn_string *b = gn_str(call->argv[1]);
  struct bits bits = {.b = gn_str_bytes(b), .op = op};
  if (a->len != b->len)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL, "Bytes sizes differ");
  return bits_run(ctx, call, &bits, combine_piece);
}

int gn_bytes_shift(gn_ctx *ctx, gn_call *call, int64_t count, bool left) {
  /* A shift by more than there is gives zeros, however far it is. */
  int64_t most = ((int64_t)UINT32_MAX + 1) * 8;
  if (count < 0)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL, "Invalid shift amount");
  int64_t n = count < most ? count : most;
  struct bits bits = {.shift = left ? n : -n, .op = '<'};
  return bits_run(ctx, call, &bits, shift_piece);
}

static int bitwise(gn_ctx *ctx, gn_call *call, char op) {
  if (!gn_is_bytes(call->argv[1]))
    return gn_throw_expects(ctx, call, "Bytes", call->argv[1]);
  return gn_bytes_combine(ctx, call, op);
}

static int bytes_bit_and(gn_ctx *ctx, gn_call *call) {
  return bitwise(ctx, call, '&');
}
static int bytes_bit_or(gn_ctx *ctx, gn_call *call) {
  return bitwise(ctx, call, '|');
}
static int bytes_bit_xor(gn_ctx *ctx, gn_call *call) {
  return bitwise(ctx, call, '^');
}

/* Byte i of from_array's result. GN_OK, or thrown. */
static int take_byte(gn_ctx *ctx, const gn_call *call, uint32_t i, gn_value v) {
  if (!gn_is_int(v))
    return gn_throw_expects(ctx, call, "an Array of Ints", v);
  if (gn_int(v) < 0 || gn_int(v) > 255)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL,
                    "from_array expects Ints from 0 to 255, got %lld",
                    (long long)gn_int(v));
  room_of(call)[i] = (char)gn_int(v);
  return GN_OK;
}

static int bytes_from_array(gn_ctx *ctx, gn_call *call) {
  gn_value *at = &call->locals[GN_BYTES_AT];
  gn_array *a;
  if (!gn_arg_array(ctx, call, 0, &a))
    return GN_THROW;
  if (!bytes_room(ctx, call, a->len))
    return gn_oom(ctx);
  const gn_string *out = gn_str(call->locals[GN_BYTES_OUT]);
  for (uint32_t i = *at == GN_NIL ? 0 : (uint32_t)gn_fix(*at); i < out->len;) {
    gn_value v = i < a->len ? a->items[i] : GN_NIL; /* it may have shrunk */
    if (take_byte(ctx, call, i, v) != GN_OK)
      return GN_THROW;
    if (++i % ARRAY_CHECK != 0)
      continue;
    gn_charge(ctx, ARRAY_CHECK / 2);
    *at = gn_from_fix(i);
    if (gn_slice_over(ctx))
      return gn_pause(call, 1);
  }
  gn_charge(ctx, out->len % ARRAY_CHECK / 2);
  return gn_return(call, call->locals[GN_BYTES_OUT]);
}

const gn_native_def gn_bytes_rows[] = {
    GN_METHOD("size", bytes_size, 0, 0, 0, "(b .size)", "Number of bytes."),
    GN_METHOD("empty", bytes_empty, 0, 0, 0, "(b .empty)",
              "Whether there is no byte."),
    GN_METHOD("empty?", bytes_empty, 0, 0, 0, "(b .empty?)",
              "Whether there is no byte."),
    GN_METHOD("get", bytes_get, 1, 1, 0, "(b .get i)",
              "Byte i as an Int; negative from the end."),
    GN_METHOD("to_array", gn_bytes_to_array, 0, 0, GN_BYTES_LOCALS,
              "(b .to_array)", "Array of Ints."),
    GN_METHOD("slice", bytes_slice, 1, 2, GN_BYTES_LOCALS, "(b .slice s [e])",
              "Bytes s to e - 1; negative from the end."),
    GN_METHOD("concat", bytes_concat, 0, -1, GN_BYTES_LOCALS,
              "(b .concat c...)", "All bytes one after another."),
    GN_METHOD("to_string", bytes_to_string, 0, 0, GN_BYTES_LOCALS,
              "(b .to_string)", "The bytes as UTF-8 text."),
    GN_METHOD("bit_and", bytes_bit_and, 1, 1, GN_BYTES_LOCALS, "(b .bit_and c)",
              "Bitwise and of equal sizes."),
    GN_METHOD("bit_or", bytes_bit_or, 1, 1, GN_BYTES_LOCALS, "(b .bit_or c)",
              "Bitwise or of equal sizes."),
    GN_METHOD("bit_xor", bytes_bit_xor, 1, 1, GN_BYTES_LOCALS, "(b .bit_xor c)",
              "Bitwise exclusive or of equal sizes."),
    GN_METHOD("bit_not", gn_bytes_not, 0, 0, GN_BYTES_LOCALS, "(b .bit_not)",
              "Bitwise complement."),
    GN_ITER_ROW,
    GN_ROWS_END};

const gn_native_def gn_bytes_function_rows[] = {
    GN_FUNCTION("Bytes/from_array", bytes_from_array, 1, 1, GN_BYTES_LOCALS,
                "(Bytes/from_array ints)", "Bytes of Ints from 0 to 255."),
    GN_ROWS_END};
