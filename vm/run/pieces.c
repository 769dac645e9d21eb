/*
 * pieces.c - long work over bytes in pieces. It allocates nothing but a
 * builder's room.
 */
#include "run/pieces.h"

#include "core/utf8.h"

static size_t begin(const gn_value *at) {
  return *at == GN_NIL ? 0 : (size_t)gn_fix(*at);
}

static size_t end_of(size_t from, size_t total) {
  return total - from > GN_PIECE ? from + GN_PIECE : total;
}

/* Bytes up to `done` are finished, there are more: GN_OK to go on at once. */
static int look(gn_ctx *ctx, gn_call *call, gn_value *at, size_t done) {
  *at = gn_from_fix((int64_t)done);
  if (!gn_slice_over(ctx))
    return GN_OK;
  if (call->state == 0)
    call->state = 1;
  return GN_YIELD;
}

int gn_in_pieces(gn_ctx *ctx, gn_call *call, gn_value *at, size_t total,
                 gn_piece_fn *piece, void *data) {
  for (size_t from = begin(at); from < total;) {
    size_t to = end_of(from, total);
    piece(data, from, to);
    gn_charge(ctx, (to - from) >> 4);
    from = to;
    if (from < total && look(ctx, call, at, from) != GN_OK)
      return GN_YIELD;
  }
  *at = GN_NIL;
  return GN_OK;
}

struct copy {
  char *to;
  const char *from;
};

static void copy_piece(void *data, size_t from, size_t to) {
  const struct copy *copy = data;
  memcpy(copy->to + from, copy->from + from, to - from);
}

int gn_copy_run(gn_ctx *ctx, gn_call *call, gn_value *at, char *to,
                const char *from, size_t len) {
  struct copy copy = {to, from};
  return gn_in_pieces(ctx, call, at, len, copy_piece, &copy);
}

int gn_valid_run(gn_ctx *ctx, gn_call *call, gn_value *at, const char *bytes,
                 size_t len, bool *valid) {
  size_t from = begin(at);
  while (from < len) {
    size_t to = end_of(from, len);
    size_t n = gn_utf8_valid_prefix(bytes + from, to - from);
    gn_charge(ctx, (to - from) >> 5);
    /* A character may go on in the next piece. */
    bool cut = to < len && to - (from + n) < 4;
    if (from + n < to && !cut)
      break;
    from += n;
    if (from < len && look(ctx, call, at, from) != GN_OK)
      return GN_YIELD;
  }
  *valid = from == len;
  *at = GN_NIL;
  return GN_OK;
}

int gn_put_run(gn_ctx *ctx, gn_call *call, gn_value *machine, gn_value *at,
               const char *bytes, size_t len) {
  gn_builder *b = gn_print_builder(ctx, machine);
  if (!b)
    return gn_oom(ctx);
  b->failed = false; /* of a put that is being tried again */
  for (size_t from = begin(at); from < len;) {
    size_t to = end_of(from, len);
    *at = gn_from_fix((int64_t)from);
    if (!gn_put(b, bytes + from, to - from))
      return gn_oom(ctx);
    gn_charge(ctx, (to - from) >> 4);
    from = to;
    if (from < len && look(ctx, call, at, from) != GN_OK)
      return GN_YIELD;
  }
  *at = GN_NIL;
  return GN_OK;
}

struct join {
  char *to;
  const char *a, *b;
  size_t a_len;
};

static void join_piece(void *data, size_t from, size_t to) {
  const struct join *join = data;
  if (from < join->a_len) {
    size_t end = to < join->a_len ? to : join->a_len;
    memcpy(join->to + from, join->a + from, end - from);
    from = end;
  }
  if (from < to)
    memcpy(join->to + from, join->b + (from - join->a_len), to - from);
}

int gn_concat_run(gn_ctx *ctx, gn_call *call, gn_value *joined, gn_value *at,
                  gn_value a, gn_value b) {
  gn_string *x = gn_str(a), *y = gn_str(b);
  uint32_t from;
  if (*joined == GN_NIL && (size_t)x->len + y->len <= GN_PIECE) {
    gn_charge(ctx, y->len >> 4);
    call->result = gn_string_concat(gn_ctx_heap(ctx), a, b);
    return call->result != GN_NONE ? GN_OK : gn_oom(ctx);
  }
  if (x->len == 0 || y->len == 0) {
    call->result = x->len == 0 ? b : a;
    return GN_OK;
  }
  if (*joined == GN_NIL) {
    gn_string *made = gn_string_join_room(gn_ctx_heap(ctx), x, y->len, &from);
    if (!made)
      return gn_oom(ctx);
    *joined = gn_from_obj(made);
    *at = gn_from_fix(from);
  }
  gn_string *out = gn_str(*joined);
  struct join join = {gn_string_room(out), gn_str_bytes(x), gn_str_bytes(y),
                      x->len};
  if (gn_in_pieces(ctx, call, at, out->len, join_piece, &join) != GN_OK)
    return GN_YIELD;
  if (x->chars != GN_CHARS_UNKNOWN && y->chars != GN_CHARS_UNKNOWN)
    out->chars = x->chars + y->chars;
  call->result = *joined;
  *joined = GN_NIL;
  return GN_OK;
}
