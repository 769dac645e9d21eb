/*
 * lower_path.c - paths a/b/0/<x>/.m/! read and assigned (language reference 2,
 * section 9).
 */
#include "compile/compiler.h"

#define BUILTIN_PARTS_MAX 6u

/* ---- segments ---- */

/* Decimal digits with an optional minus: an index that fits 32 bits. */
bool gn_is_index(gn_value v, int32_t *out) {
  const gn_symbol *s = gn_sym(v);
  size_t i = s->len && s->bytes[0] == '-';
  if (i == s->len || s->len > 10)
    return false;
  int64_t n = 0;
  for (; i < s->len; i++) {
    if (s->bytes[i] < '0' || s->bytes[i] > '9')
      return false;
    n = n * 10 + (s->bytes[i] - '0');
  }
  if (n > INT32_MAX)
    return false;
  *out = (int32_t)(s->bytes[0] == '-' ? -n : n);
  return true;
}

static bool is_unquote(gn_value v, unsigned aux) {
  return gn_is(v, GN_T_UNQUOTE) && gn_as_obj(v)->aux == aux;
}

gn_node *gn_lower_member(gn_comp *c, enum gn_node_kind kind, gn_node *target,
                         gn_value seg) {
  gn_node *n = gn_node_new(c, kind);
  if (!n)
    return NULL;
  n->a = target;
  if (gn_is(seg, GN_T_UNQUOTE)) {
    n->op = GN_AT_VALUE;
    n->b = gn_lower(c, ((gn_box *)gn_as_obj(seg))->v);
    return n->b ? n : NULL;
  }
  if (gn_is_index(seg, &n->i)) {
    n->op = GN_AT_INDEX;
    return n;
  }
  gn_name *name = gn_name_of(c, seg);
  if (!name)
    return NULL;
  n->op = GN_AT_NAME;
  n->value = seg;
  if (gn_is_sym(seg, "self"))
    return n;
  /* Whether the module has such a variable is known once all is read. */
  gn_var *var = gn_lookup(c, name);
  n->op = GN_AT_VAR;
  n->flag = gn_is_variable(c, name);
  n->b = var ? gn_node_var(c, var) : NULL;
  return n->b ? n : NULL;
}

static gn_node *send_segment(gn_comp *c, gn_node *target, gn_value seg) {
  bool dynamic = is_unquote(seg, GN_UNQUOTE_METHOD);
  gn_node *n = gn_node_new(c, dynamic ? GN_N_SENDD : GN_N_SEND);
  if (!n || !(n->x = gn_args_of(c, NULL, 0)))
    return NULL;
  n->a = target;
  if (dynamic) {
    n->b = gn_lower(c, ((gn_box *)gn_as_obj(seg))->v);
    return n->b ? n : NULL;
  }
  n->value = gn_new_symbol(c, gn_sym(seg)->bytes + 1, gn_sym(seg)->len - 1);
  return n->value == GN_NONE ? NULL : n;
}

static gn_node *read_segment(gn_comp *c, gn_node *target, gn_value seg) {
  if (gn_is_sym(seg, "!")) {
    gn_node *n = gn_node_new(c, GN_N_NEEDSEL);
    if (n)
      n->a = target;
    return n;
  }
  if (is_unquote(seg, GN_UNQUOTE_METHOD) || gn_sym_starts(seg, '.'))
    return send_segment(c, target, seg);
  return gn_lower_member(c, GN_N_GET, target, seg);
}

/* ---- heads ---- */

static gn_node *lower_head(gn_comp *c, gn_value head) {
  if (gn_is_symbol(head) && gn_sym(head)->len == 0)
    return gn_node_self(c);
  return gn_lower(c, head);
}

/* How many leading parts of the path name a builtin (gene/sleep/.name), which
 * is then in *path; 0: none. Only when the head is no local variable. */
static uint32_t builtin_prefix(gn_comp *c, const gn_csymbol *cs, uint32_t n,
                               gn_value *path) {
  gn_value head = cs->part[0];
  if (!gn_is_symbol(head) || gn_sym(head)->len == 0)
    return 0;
  gn_name *name = gn_name_of(c, head);
  if (!name || name->local)
    return 0;
  uint32_t most = 1;
  while (most < n && most < BUILTIN_PARTS_MAX && gn_is_symbol(cs->part[most]))
    most++;
  for (; most > 1; most--) {
    *path = gn_csymbol_new(&c->heap, cs->part, most);
    if (*path == GN_NONE) {
      gn_comp_oom(c);
      return 0;
    }
    if (gn_core_path(c->core, *path) != GN_NONE)
      return most;
  }
  return 0;
}

static gn_node *read_segments(gn_comp *c, gn_node *node, const gn_csymbol *cs,
                              uint32_t from, uint32_t to) {
  for (uint32_t i = from; i < to && node; i++)
    node = read_segment(c, node, cs->part[i]);
  return node;
}

/* A builtin's path. The script may define a variable of the head's name
 * further down: then it is an ordinary path after all. */
static gn_node *builtin_path(gn_comp *c, const gn_csymbol *cs, uint32_t n,
                             gn_value path) {
  gn_node *node = gn_node_new(c, GN_N_BPATH);
  gn_name *head = node ? gn_name_of(c, cs->part[0]) : NULL;
  if (!head || !(node->var = gn_module_var(c, head)))
    return NULL;
  node->value = path;
  node->b = read_segments(c, gn_node_var(c, node->var), cs, 1, n);
  return node->b ? node : NULL;
}

/* The value of the first n parts. Each part is a node in the next one, so it
 * counts as a level of nesting. */
gn_node *gn_lower_path_head(gn_comp *c, const gn_csymbol *cs, uint32_t n) {
  if (cs->n > GN_MAX_NESTING || c->depth + cs->n > GN_DEPTH_MAX)
    return gn_comp_error(c, "Nesting too deep");
  gn_value path;
  uint32_t at = builtin_prefix(c, cs, n, &path);
  if (c->oom)
    return NULL;
  c->depth += cs->n;
  gn_node *node =
      at ? builtin_path(c, cs, at, path) : lower_head(c, cs->part[0]);
  node = read_segments(c, node, cs, at ? at : 1, n);
  c->depth -= cs->n;
  return node;
}

static bool is_selector(const gn_csymbol *cs) {
  const gn_value head = cs->part[0];
  if (!gn_is_symbol(head))
    return false;
  const gn_symbol *s = gn_sym(head);
  return (s->len && s->bytes[0] == '@') ||
         (s->len > 1 && s->bytes[0] == '.' && s->bytes[1] == '@');
}

gn_node *gn_lower_path(gn_comp *c, gn_value csymbol) {
  const gn_csymbol *cs = (const gn_csymbol *)gn_as_obj(csymbol);
  if (is_selector(cs))
    return gn_lower_selector(c, csymbol);
  return gn_lower_path_head(c, cs, cs->n);
}

/* ---- assignment ---- */

gn_node *gn_lower_put(gn_comp *c, gn_value csymbol, int op, gn_value value) {
  const gn_csymbol *cs = (const gn_csymbol *)gn_as_obj(csymbol);
  gn_value last = cs->part[cs->n - 1];
  if (is_selector(cs) || gn_is_sym(last, "!") || gn_sym_starts(last, '.') ||
      is_unquote(last, GN_UNQUOTE_METHOD))
    return gn_comp_error(c, "Invalid assignment target");
  gn_node *target = gn_lower_path_head(c, cs, cs->n - 1);
  bool plain = op == GN_OP_MOVE;
  gn_node *n =
      target ? gn_lower_member(c, plain ? GN_N_PUT : GN_N_UPDATE, target, last)
             : NULL;
  if (!n)
    return NULL;
  n->i2 = op;
  bool logic = op == GN_OP_AND || op == GN_OP_OR;
  if (logic && !gn_block_open(c))
    return NULL;
  n->c = gn_lower(c, value);
  if (logic)
    gn_block_close(c);
  return n->c ? n : NULL;
}
