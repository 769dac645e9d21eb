/*
 * members.c - m/value of matches, b/0 of bytes, and h/<k> of hash maps as far
 * as it can be done at once: a key whose hash or == is Gene code, or that takes
 * long, is left to gn_def_member and gn_def_put.
 */
#include "types/members.h"

#include "types/bytes.h"
#include "types/hash.h"
#include "types/regex_match.h"

/* GN_OK, GN_THROW, or GN_CALL: not at once. */
static int look(gn_ctx *ctx, gn_value map, gn_value key, uint32_t *hash,
                gn_entry **e) {
  gn_call call = {.state = 1};
  gn_value machine = GN_NIL;
  int status = gn_lookup_run(ctx, &call, &machine, (gn_dict *)gn_as_obj(map),
                             key, hash, e);
  return status == GN_YIELD ? GN_CALL : status;
}

static void get_byte(gn_value recv, gn_value key, gn_value *out) {
  const gn_string *s = gn_str(recv);
  if (!gn_is_int(key))
    return;
  int64_t i = gn_int(key);
  i += i < 0 ? (int64_t)s->len : 0;
  if (i >= 0 && i < (int64_t)s->len)
    *out = gn_from_fix((unsigned char)gn_str_bytes(s)[i]);
}

static int get_of_match(gn_ctx *ctx, gn_value recv, gn_value key,
                        gn_value *out) {
  const gn_match *match = (const gn_match *)(void *)gn_as_obj(recv);
  if (!gn_is_string(key) && !gn_is_symbol(key))
    return GN_OK;
  gn_value v = gn_match_member(gn_ctx_heap(ctx), match, key);
  if (v == GN_NONE)
    return gn_oom(ctx);
  *out = v;
  return GN_OK;
}

int gn_member_of_library(gn_ctx *ctx, gn_value recv, gn_value key,
                         gn_value *out) {
  uint32_t hash;
  gn_entry *e;
  *out = GN_VOID;
  if (gn_is_bytes(recv))
    get_byte(recv, key, out);
  if (gn_is(recv, GN_T_MATCH))
    return get_of_match(ctx, recv, key, out);
  if (!gn_is(recv, GN_T_HASHMAP))
    return GN_OK;
  int status = look(ctx, recv, key, &hash, &e);
  if (status == GN_OK && e)
    *out = e->value;
  return status;
}

int gn_member_set_of_library(gn_ctx *ctx, gn_value recv, gn_value key,
                             gn_value v) {
  gn_dict *map = (gn_dict *)gn_as_obj(recv);
  uint32_t hash;
  gn_entry *e;
  if (gn_check_mutable(ctx, recv, "set item on") != GN_OK)
    return GN_THROW;
  int status = look(ctx, recv, key, &hash, &e);
  if (status != GN_OK)
    return status;
  if (e)
    e->value = v;
  else if (!gn_dict_append(gn_ctx_heap(ctx), map, key, v, hash))
    return gn_oom(ctx);
  return GN_OK;
}
