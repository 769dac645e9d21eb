/*
 * members.c - h/<k> of hash maps and b/0 of bytes. A path is no call, so a key
 * whose hash or == is Gene code cannot be looked up here; .get can.
 */
#include "types/members.h"

#include "types/bytes.h"
#include "types/hash.h"

/* A lookup to its end. GN_OK, or GN_THROW. */
static int look(gn_ctx *ctx, gn_value map, gn_value key, uint32_t *hash,
                gn_entry **e) {
  gn_call call = {.state = 1};
  gn_value machine = GN_NIL;
  int status;
  do
    status = gn_lookup_run(ctx, &call, &machine, (gn_dict *)gn_as_obj(map), key,
                           hash, e);
  while (status == GN_YIELD);
  if (status != GN_CALL)
    return status;
  return gn_throw(ctx, GN_X_TYPE, NULL,
                  "A path cannot call methods of its key (%s): use .get or "
                  ".set",
                  gn_type_cstr(ctx, key));
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

int gn_member_of_library(gn_ctx *ctx, gn_value recv, gn_value key,
                         gn_value *out) {
  uint32_t hash;
  gn_entry *e;
  *out = GN_VOID;
  if (gn_is_bytes(recv))
    get_byte(recv, key, out);
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
