/*
 * string_methods.c - sizes, parts and joining of strings; the methods of Char
 * and Symbol. Indexes are code points.
 */
#include "types/string_methods.h"

#include "core/utf8.h"
#include "lib/tables.h"
#include "run/pieces.h"
#include "types/bytes.h"
#include "types/iterable.h"

#define LONGEST (UINT32_MAX - 1024u)

/* Of texts made of parts. TEXT is what OUT gets next, JOINED and COPIED are
 * gn_concat_run's. */
enum {
  PARTS_MACHINE,
  PARTS_AT,
  PARTS_OUT,
  PARTS_TEXT,
  PARTS_JOINED,
  PARTS_COPIED,
  PARTS_LOCALS
};

/* Of texts whose length is known before they are written. */
enum { FILL_OUT, FILL_AT, FILL_LOCALS };

/* ---- sizes ---- */

struct counting {
  const char *bytes;
  size_t chars;
};

static void count_piece(void *data, size_t from, size_t to) {
  struct counting *counting = data;
  counting->chars += gn_utf8_count(counting->bytes + from, to - from);
}

static int string_size(gn_ctx *ctx, gn_call *call) {
  gn_string *s = gn_self_str(call);
  gn_value *sum = &call->locals[FILL_OUT];
  if (s->chars == GN_CHARS_UNKNOWN && s->len > GN_PIECE) {
    struct counting counting = {gn_str_bytes(s),
                                call->state ? (size_t)gn_fix(*sum) : 0};
    int status = gn_in_pieces(ctx, call, &call->locals[FILL_AT], s->len,
                              count_piece, &counting);
    *sum = gn_from_fix((int64_t)counting.chars);
    if (status != GN_OK)
      return status;
    if (!(s->h.flags & GN_STATIC))
      s->chars = (uint32_t)counting.chars;
    return gn_return(call, *sum);
  }
  return gn_return(call, gn_from_fix(gn_str_chars(s)));
}

static int string_bytesize(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  return gn_return(call, gn_from_fix(gn_self_str(call)->len));
}

static int string_empty(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  return gn_return_bool(call, gn_self_str(call)->len == 0);
}

static int string_not_empty(gn_ctx *ctx, gn_call *call) {
  (void)ctx;
  return gn_return_bool(call, gn_self_str(call)->len != 0);
}

/* ---- parts ---- */

static int give_part(gn_ctx *ctx, gn_call *call, size_t from, size_t to) {
  gn_string *s = gn_self_str(call);
  uint32_t passed = 0;
  gn_value part =
      gn_str_slice(gn_ctx_heap(ctx), s, (uint32_t)from, (uint32_t)to, &passed);
  gn_charge(ctx, (passed + to - from) >> 5);
  return gn_return_made(ctx, call, part);
}

/* Bounds with an inclusive end, as substr and byteslice have them. */
static bool inclusive(gn_ctx *ctx, const gn_call *call, size_t size,
                      size_t *from, size_t *to) {
  int64_t s, e = -1;
  if (!gn_arg_int(ctx, call, 1, &s))
    return false;
  if (call->argc > 2 && !gn_arg_int(ctx, call, 2, &e))
    return false;
  s = gn_from_end(s, size);
  e = gn_from_end(e, size);
  *from = gn_clamp(s, size);
  *to = e < 0 ? 0 : e < (int64_t)size ? (size_t)e + 1 : size;
  if (*from > *to)
    *to = *from;
  return true;
}

static int string_substr(gn_ctx *ctx, gn_call *call) {
  size_t from, to;
  if (!inclusive(ctx, call, gn_str_chars(gn_self_str(call)), &from, &to))
    return GN_THROW;
  return give_part(ctx, call, from, to);
}

static int string_slice(gn_ctx *ctx, gn_call *call) {
  size_t from, to;
  if (!gn_arg_slice(ctx, call, 1, gn_str_chars(gn_self_str(call)), &from, &to))
    return GN_THROW;
  return give_part(ctx, call, from, to);
}

static int string_char_at(gn_ctx *ctx, gn_call *call) {
  gn_string *s = gn_self_str(call);
  int64_t i;
  uint32_t size;
  if (!gn_arg_int(ctx, call, 1, &i))
    return GN_THROW;
  if (!gn_in_bounds(i, gn_str_chars(s)))
    return gn_throw(ctx, GN_X_ARGUMENT, NULL, "char_at index out of bounds");
  uint32_t at = gn_byte_of_char(ctx, s, (uint32_t)i);
  uint32_t c = gn_utf8_decode(gn_str_bytes(s) + at, s->len - at, &size);
  return gn_return(call, gn_from_char(c));
}

static int string_chars(gn_ctx *ctx, gn_call *call) {
  const gn_string *s = gn_self_str(call);
  uint32_t at = 0, size;
  if (call->state == 0) {
    gn_array *made = gn_array_new(gn_ctx_heap(ctx), 0);
    if (!made)
      return gn_oom(ctx);
    call->locals[PARTS_OUT] = gn_from_obj(made);
  } else {
    at = (uint32_t)gn_fix(call->locals[PARTS_AT]);
  }
  gn_array *out = gn_arr(call->locals[PARTS_OUT]);
  for (; at < s->len; at += size) {
    uint32_t c = gn_utf8_decode(gn_str_bytes(s) + at, s->len - at, &size);
    if (!gn_array_push(gn_ctx_heap(ctx), out, gn_from_char(c))) {
      call->locals[PARTS_AT] = gn_from_fix(at);
      return gn_oom(ctx);
    }
    if ((out->len & 1023) != 0)
      continue;
    gn_charge(ctx, 1024);
    call->locals[PARTS_AT] = gn_from_fix(at + size);
    if (gn_slice_over(ctx))
      return gn_pause(call, 1);
  }
  gn_charge(ctx, out->len & 1023);
  return gn_return_obj(ctx, call, out);
}

/* ---- bytes ---- */

static int string_bytes(gn_ctx *ctx, gn_call *call) {
  const gn_string *s = gn_self_str(call);
  return gn_give_bytes(ctx, call, gn_str_bytes(s), s->len);
}

static int string_byte_at(gn_ctx *ctx, gn_call *call) {
  const gn_string *s = gn_self_str(call);
  int64_t i;
  if (!gn_arg_int(ctx, call, 1, &i))
    return GN_THROW;
  i = gn_from_end(i, s->len);
  if (!gn_in_bounds(i, s->len))
    return gn_throw(ctx, GN_X_ARGUMENT, NULL, "byte_at index out of bounds");
  return gn_return(call, gn_from_fix((unsigned char)gn_str_bytes(s)[i]));
}

static int string_byteslice(gn_ctx *ctx, gn_call *call) {
  const gn_string *s = gn_self_str(call);
  size_t from, to;
  if (!inclusive(ctx, call, s->len, &from, &to))
    return GN_THROW;
  return gn_give_bytes(ctx, call, gn_str_bytes(s) + from, to - from);
}

/* ---- longer texts ---- */

/* Makes the string form of v PARTS_TEXT. */
static int take_text(gn_ctx *ctx, gn_call *call, gn_value v) {
  gn_value *machine = &call->locals[PARTS_MACHINE], text = GN_NONE;
  if (*machine == GN_NIL)
    text = gn_print_quick(ctx, v, GN_STRING);
  if (text == GN_NONE) {
    int status = gn_print_text(ctx, call, machine, v, GN_STRING);
    if (status != GN_OK)
      return status;
    text = *machine;
    *machine = GN_NIL;
  }
  call->locals[PARTS_TEXT] = text;
  return GN_OK;
}

/* Appends one argument's string form to PARTS_OUT. */
static int append_one(gn_ctx *ctx, gn_call *call, gn_value v) {
  gn_value *local = call->locals;
  int status = GN_OK;
  if (v == GN_NIL)
    return GN_OK;
  if (local[PARTS_TEXT] == GN_NIL)
    status = take_text(ctx, call, v);
  if (status == GN_OK)
    status =
        gn_concat_run(ctx, call, &local[PARTS_JOINED], &local[PARTS_COPIED],
                      local[PARTS_OUT], local[PARTS_TEXT]);
  if (status != GN_OK)
    return status;
  local[PARTS_OUT] = call->result;
  local[PARTS_TEXT] = GN_NIL;
  return GN_OK;
}

static int string_append(gn_ctx *ctx, gn_call *call) {
  gn_value *local = call->locals;
  uint32_t i = 1;
  if (call->state == 0) {
    local[PARTS_MACHINE] = local[PARTS_TEXT] = GN_NIL;
    local[PARTS_OUT] = call->argv[0];
  } else {
    i = (uint32_t)gn_fix(local[PARTS_AT]);
  }
  for (; i < call->argc; i++) {
    local[PARTS_AT] = gn_from_fix(i);
    int status = append_one(ctx, call, call->argv[i]);
    if (status != GN_OK)
      return status;
  }
  return gn_return(call, local[PARTS_OUT]);
}

static int string_ctor(gn_ctx *ctx, gn_call *call) {
  int status = gn_put_args(ctx, call, 1);
  if (status != GN_OK)
    return status;
  return gn_return_made(ctx, call, gn_taken_text(ctx, &call->locals[0]));
}

/* How many copies of len bytes fit a string; throws when n do not. */
static bool fits(gn_ctx *ctx, uint32_t len, int64_t n) {
  if (len == 0 || (uint64_t)n <= LONGEST / len)
    return true;
  gn_ctx_heap(ctx)->failed = true;
  gn_oom(ctx);
  return false;
}

/* A text over and over. What has been written is the source of the rest. */
struct over {
  char *to;
  const char *text;
  size_t len;
};

static void write_over(void *data, size_t from, size_t to) {
  const struct over *over = data;
  while (from < to) {
    size_t at = from % over->len, some = from - at;
    const char *source = over->to + at;
    if (from < over->len) {
      source = over->text + from;
      some = over->len - from;
    }
    if (some > to - from)
      some = to - from;
    memcpy(over->to + from, source, some);
    from += some;
  }
}

/* At the first entry: FILL_OUT of so many bytes, which the caller writes. */
static bool room(gn_ctx *ctx, gn_call *call, size_t total) {
  gn_string *text = gn_string_hollow(gn_ctx_heap(ctx), total);
  if (!text)
    return false;
  call->locals[FILL_OUT] = gn_from_obj(text);
  call->locals[FILL_AT] = GN_NIL;
  return true;
}

static char *room_of(const gn_call *call) {
  return gn_string_room(gn_str(call->locals[FILL_OUT]));
}

/* The text in FILL_OUT, which has so many characters. */
static int give_room(gn_call *call, uint64_t chars) {
  gn_str(call->locals[FILL_OUT])->chars = (uint32_t)chars;
  return gn_return(call, call->locals[FILL_OUT]);
}

static int string_repeat(gn_ctx *ctx, gn_call *call) {
  gn_string *s = gn_self_str(call);
  int64_t n;
  if (!gn_arg_int(ctx, call, 1, &n))
    return GN_THROW;
  if (n < 0)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL,
                    "repeat count must not be negative");
  if (n == 1 || s->len == 0)
    return gn_return(call, call->argv[0]);
  if (!fits(ctx, s->len, n))
    return GN_THROW;
  size_t total = (size_t)n * s->len;
  if (call->state == 0 && !room(ctx, call, total))
    return gn_oom(ctx);
  struct over over = {room_of(call), gn_str_bytes(s), s->len};
  int status =
      gn_in_pieces(ctx, call, &call->locals[FILL_AT], total, write_over, &over);
  if (status != GN_OK)
    return status;
  return give_room(call, (uint64_t)n * gn_str_chars(s));
}

/* Bytes of the padding that makes s n characters long: *total. */
static bool padding(gn_ctx *ctx, const gn_string *s, gn_string *with, int64_t n,
                    uint32_t chars, size_t *total) {
  uint64_t missing = (uint64_t)n - chars, whole = missing / gn_str_chars(with);
  if (!fits(ctx, with->len, (int64_t)(whole + 1)))
    return false;
  uint32_t rest = (uint32_t)(missing % gn_str_chars(with));
  *total = whole * with->len + gn_str_offset(with, rest);
  return fits(ctx, s->len + 1, 1 + (int64_t)(*total / (s->len + 1)));
}

enum { PAD_TEXT = 2 }; /* state: the padding is there */

/* The text of n characters, `total` bytes of them padding. */
static int fill_pad(gn_ctx *ctx, gn_call *call, const gn_string *with,
                    size_t total, bool left, int64_t n) {
  const gn_string *s = gn_self_str(call);
  gn_value *at = &call->locals[FILL_AT];
  char *bytes = room_of(call);
  int status = GN_OK;
  if (call->state != PAD_TEXT) {
    struct over over = {bytes + (left ? 0 : s->len), gn_str_bytes(with),
                        with->len};
    status = gn_in_pieces(ctx, call, at, total, write_over, &over);
  }
  if (status != GN_OK)
    return status;
  call->state = PAD_TEXT;
  status = gn_copy_run(ctx, call, at, bytes + (left ? total : 0),
                       gn_str_bytes(s), s->len);
  return status == GN_OK ? give_room(call, (uint64_t)n) : status;
}

static int pad(gn_ctx *ctx, gn_call *call, bool left) {
  gn_string *s = gn_self_str(call), *with;
  size_t total;
  int64_t n;
  if (!gn_arg_int(ctx, call, 1, &n) ||
      (call->argc > 2 && !gn_arg_string(ctx, call, 2, &with)))
    return GN_THROW;
  uint32_t chars = gn_str_chars(s);
  if (n <= chars)
    return gn_return(call, call->argv[0]);
  gn_value text = gn_arg_or(call, 2, GN_NONE);
  if (text == GN_NONE)
    text = gn_string_new(gn_ctx_heap(ctx), " ", 1);
  if (text == GN_NONE)
    return gn_oom(ctx);
  with = gn_str(text);
  if (with->len == 0)
    return gn_throw(ctx, GN_X_ARGUMENT, NULL, "%s text cannot be empty",
                    call->def->name);
  if (!padding(ctx, s, with, n, chars, &total))
    return GN_THROW;
  if (call->state == 0 && !room(ctx, call, total + s->len))
    return gn_oom(ctx);
  return fill_pad(ctx, call, with, total, left, n);
}

static int string_pad_left(gn_ctx *ctx, gn_call *call) {
  return pad(ctx, call, true);
}
static int string_pad_right(gn_ctx *ctx, gn_call *call) {
  return pad(ctx, call, false);
}

const gn_native_def gn_string_rows[] = {
    GN_METHOD("ctor", string_ctor, 0, -1, 2, "(new String v ...)",
              "String forms joined, nil as nothing."),
    GN_METHOD("size", string_size, 0, 0, FILL_LOCALS, "(s .size)",
              "Number of code points."),
    GN_METHOD("length", string_size, 0, 0, FILL_LOCALS, "(s .length)",
              "Number of code points."),
    GN_METHOD("bytesize", string_bytesize, 0, 0, 0, "(s .bytesize)",
              "Number of bytes in UTF-8."),
    GN_METHOD("empty", string_empty, 0, 0, 0, "(s .empty)",
              "Whether there is no character."),
    GN_METHOD("empty?", string_empty, 0, 0, 0, "(s .empty?)",
              "Whether there is no character."),
    GN_METHOD("not_empty?", string_not_empty, 0, 0, 0, "(s .not_empty?)",
              "Whether there is a character."),
    GN_METHOD("append", string_append, 1, -1, PARTS_LOCALS, "(s .append v...)",
              "s and the string forms of the rest, nil as nothing."),
    GN_METHOD("repeat", string_repeat, 1, 1, FILL_LOCALS, "(s .repeat n)",
              "n copies of s."),
    GN_METHOD("pad_left", string_pad_left, 1, 2, FILL_LOCALS,
              "(s .pad_left n [pad])",
              "Filled up to n characters at the start."),
    GN_METHOD("pad_right", string_pad_right, 1, 2, FILL_LOCALS,
              "(s .pad_right n [pad])",
              "Filled up to n characters at the end."),
    GN_ITER_ROW,
    GN_ROWS_END};

const gn_native_def gn_string_parts_rows[] = {
    GN_METHOD("substr", string_substr, 1, 2, 0, "(s .substr s [e])",
              "Characters s to e, both included; negative from the end."),
    GN_METHOD("slice", string_slice, 1, 2, 0, "(s .slice s [e])",
              "Characters s to e - 1; negative from the end."),
    GN_METHOD("char_at", string_char_at, 1, 1, 0, "(s .char_at i)",
              "Character i."),
    GN_METHOD("chars", string_chars, 0, 0, PARTS_LOCALS, "(s .chars)",
              "Array of Chars."),
    GN_METHOD("each_char", string_chars, 0, 0, PARTS_LOCALS, "(s .each_char)",
              "Array of Chars."),
    GN_METHOD("bytes", string_bytes, 0, 0, GN_BYTES_LOCALS, "(s .bytes)",
              "The UTF-8 Bytes."),
    GN_METHOD("to_bytes", string_bytes, 0, 0, GN_BYTES_LOCALS, "(s .to_bytes)",
              "The UTF-8 Bytes."),
    GN_METHOD("each_byte", gn_bytes_to_array, 0, 0, GN_BYTES_LOCALS,
              "(s .each_byte)", "Array of the bytes as Ints."),
    GN_METHOD("byte_at", string_byte_at, 1, 1, 0, "(s .byte_at i)",
              "Byte i as an Int; negative from the end."),
    GN_METHOD("byteslice", string_byteslice, 1, 2, GN_BYTES_LOCALS,
              "(s .byteslice s [e])",
              "Bytes s to e, both included; negative from the end."),
    GN_METHOD("byte_slice", string_byteslice, 1, 2, GN_BYTES_LOCALS,
              "(s .byte_slice s [e])",
              "Bytes s to e, both included; negative from the end."),
    GN_ROWS_END};
