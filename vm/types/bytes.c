/*
 * bytes.c - Bytes and their methods. The bitwise operators of the language are
 * the interpreter's; the methods here are the same by name.
 */
#include "types/bytes.h"

#include "core/utf8.h"
#include "lib/tables.h"
#include "run/native_args.h"
#include "types/iterable.h"

#define LONGEST (UINT32_MAX - 1024u)

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
  gn_array *out = gn_array_new(gn_ctx_heap(ctx), s->len);
  if (!out)
    return gn_oom(ctx);
  gn_charge(ctx, s->len >> 1);
  for (uint32_t i = 0; i < s->len; i++)
    out->items[i] = gn_from_fix((unsigned char)gn_str_bytes(s)[i]);
  out->len = s->len;
  return gn_return_obj(ctx, call, out);
}

static int bytes_slice(gn_ctx *ctx, gn_call *call) {
  const gn_string *s = self_of(call);
  size_t from, to;
  if (!gn_arg_slice(ctx, call, 1, s->len, &from, &to))
    return GN_THROW;
  gn_charge(ctx, (to - from) >> 4);
  return gn_return_made(
      ctx, call,
      gn_bytes_new(gn_ctx_heap(ctx), gn_str_bytes(s) + from, to - from));
}

static int bytes_concat(gn_ctx *ctx, gn_call *call) {
  size_t n = 0;
  for (uint32_t i = 0; i < call->argc; i++) {
    if (!gn_is_bytes(call->argv[i]))
      return gn_throw_expects(ctx, call, "Bytes", call->argv[i]);
    n += gn_str(call->argv[i])->len;
  }
  gn_value out = gn_bytes_new(gn_ctx_heap(ctx), NULL, n);
  if (out == GN_NONE)
    return gn_oom(ctx);
  gn_charge(ctx, n >> 4);
  char *to = gn_bytes_fill(out);
  for (uint32_t i = 0; i < call->argc; i++) {
    const gn_string *part = gn_str(call->argv[i]);
    memcpy(to, gn_str_bytes(part), part->len);
    to += part->len;
  }
  return gn_return(call, out);
}

static int bytes_to_string(gn_ctx *ctx, gn_call *call) {
  const gn_string *s = self_of(call);
  const char *bytes = gn_str_bytes(s);
  gn_charge(ctx, s->len >> 3);
  if (gn_utf8_valid_prefix(bytes, s->len) != s->len)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL, "Invalid UTF-8 in Bytes");
  return gn_return_text(ctx, call, bytes, s->len);
}

static int bytes_bit_not(gn_ctx *ctx, gn_call *call) {
  const gn_string *s = self_of(call);
  gn_value out = gn_bytes_new(gn_ctx_heap(ctx), gn_str_bytes(s), s->len);
  if (out == GN_NONE)
    return gn_oom(ctx);
  gn_charge(ctx, s->len >> 3);
  char *to = gn_bytes_fill(out);
  for (uint32_t i = 0; i < s->len; i++)
    to[i] = (char)~to[i];
  return gn_return(call, out);
}

static void combine(char *to, const char *with, uint32_t n, char op) {
  for (uint32_t i = 0; i < n; i++)
    to[i] = (char)(op == '&'   ? to[i] & with[i]
                   : op == '|' ? to[i] | with[i]
                               : to[i] ^ with[i]);
}

static int bitwise(gn_ctx *ctx, gn_call *call, char op) {
  const gn_string *s = self_of(call);
  if (!gn_is_bytes(call->argv[1]))
    return gn_throw_expects(ctx, call, "Bytes", call->argv[1]);
  const gn_string *other = gn_str(call->argv[1]);
  if (s->len != other->len)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL, "Bytes sizes differ");
  gn_value out = gn_bytes_new(gn_ctx_heap(ctx), gn_str_bytes(s), s->len);
  if (out == GN_NONE)
    return gn_oom(ctx);
  gn_charge(ctx, s->len >> 3);
  combine(gn_bytes_fill(out), gn_str_bytes(other), s->len, op);
  return gn_return(call, out);
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

static int bytes_from_array(gn_ctx *ctx, gn_call *call) {
  gn_array *a;
  if (!gn_arg_array(ctx, call, 0, &a))
    return GN_THROW;
  gn_value out = gn_bytes_new(gn_ctx_heap(ctx), NULL, a->len);
  if (out == GN_NONE)
    return gn_oom(ctx);
  gn_charge(ctx, a->len >> 1);
  for (uint32_t i = 0; i < a->len; i++) {
    gn_value v = a->items[i];
    if (!gn_is_int(v))
      return gn_throw_expects(ctx, call, "an Array of Ints", v);
    if (gn_int(v) < 0 || gn_int(v) > 255)
      return gn_throw(ctx, GN_X_ARGUMENT, NULL,
                      "from_array expects Ints from 0 to 255, got %lld",
                      (long long)gn_int(v));
    gn_bytes_fill(out)[i] = (char)gn_int(v);
  }
  return gn_return(call, out);
}

const gn_native_def gn_bytes_rows[] = {
    GN_METHOD("size", bytes_size, 0, 0, 0, "(b .size)", "Number of bytes."),
    GN_METHOD("empty", bytes_empty, 0, 0, 0, "(b .empty)",
              "Whether there is no byte."),
    GN_METHOD("empty?", bytes_empty, 0, 0, 0, "(b .empty?)",
              "Whether there is no byte."),
    GN_METHOD("get", bytes_get, 1, 1, 0, "(b .get i)",
              "Byte i as an Int; negative from the end."),
    GN_METHOD("to_array", gn_bytes_to_array, 0, 0, 0, "(b .to_array)",
              "Array of Ints."),
    GN_METHOD("slice", bytes_slice, 1, 2, 0, "(b .slice s [e])",
              "Bytes s to e - 1; negative from the end."),
    GN_METHOD("concat", bytes_concat, 0, -1, 0, "(b .concat c...)",
              "All bytes one after another."),
    GN_METHOD("to_string", bytes_to_string, 0, 0, 0, "(b .to_string)",
              "The bytes as UTF-8 text."),
    GN_METHOD("bit_and", bytes_bit_and, 1, 1, 0, "(b .bit_and c)",
              "Bitwise and of equal sizes."),
    GN_METHOD("bit_or", bytes_bit_or, 1, 1, 0, "(b .bit_or c)",
              "Bitwise or of equal sizes."),
    GN_METHOD("bit_xor", bytes_bit_xor, 1, 1, 0, "(b .bit_xor c)",
              "Bitwise exclusive or of equal sizes."),
    GN_METHOD("bit_not", bytes_bit_not, 0, 0, 0, "(b .bit_not)",
              "Bitwise complement."),
    GN_ITER_ROW,
    GN_ROWS_END};

const gn_native_def gn_bytes_function_rows[] = {
    GN_FUNCTION("Bytes/from_array", bytes_from_array, 1, 1, 0,
                "(Bytes/from_array ints)", "Bytes of Ints from 0 to 255."),
    GN_ROWS_END};
