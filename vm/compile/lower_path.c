/*
 * lower_path.c - paths a/b/0/<x>/.m/! read and assigned, selectors, $set
 * (language reference 2, sections 9 and 10).
 */
#include "compile/compiler.h"

#define BUILTIN_PARTS_MAX 6u

/* ---- segments ---- */

/* Decimal digits with an optional minus: an index that fits 32 bits. */
static bool is_index(gn_value v, int32_t *out) {
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

/* A node about member `seg` of `target`: GN_N_GET or GN_N_PUT. */
static gn_node *member_node(gn_comp *c, enum gn_node_kind kind, gn_node *target,
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
  if (is_index(seg, &n->i)) {
    n->op = GN_AT_INDEX;
    return n;
  }
  gn_name *name = gn_name_of(c, seg);
  if (!name)
    return NULL;
  n->op = GN_AT_NAME;
  n->value = seg;
  if (gn_is_variable(c, name) && !gn_is_sym(seg, "self")) {
    n->op = GN_AT_VAR;
    n->b = gn_node_var(c, gn_lookup(c, name));
    return n->b ? n : NULL;
  }
  return n;
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
  return member_node(c, GN_N_GET, target, seg);
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
      target ? member_node(c, plain ? GN_N_PUT : GN_N_UPDATE, target, last)
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

/* ---- selectors ---- */

/* A segment as the value that the builtin `@` takes: names as Strings, the
 * operators as Symbols. */
static gn_node *segment_const(gn_comp *c, gn_value seg) {
  static const char *const ops[] = {"*", "**", "@", "@@", "!"};
  for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
    if (gn_is_sym(seg, ops[i]))
      return gn_node_const(c, seg);
  int32_t index;
  if (gn_is_symbol(seg) && is_index(seg, &index))
    return gn_node_const(c, gn_from_fix(index));
  if (!gn_is_symbol(seg) && !gn_is_string(seg))
    return gn_lower(c, gn_is(seg, GN_T_UNQUOTE) ? ((gn_box *)gn_as_obj(seg))->v
                                                : seg);
  gn_value text = gn_string_of(&c->heap, seg);
  return text == GN_NONE ? gn_comp_oom(c) : gn_node_const(c, text);
}

gn_args *gn_lower_segments(gn_comp *c, const gn_value *segs, uint32_t n) {
  gn_args *args = gn_args_of(c, NULL, 0);
  gn_node **pos = args ? gn_scratch(c, n * sizeof *pos) : NULL;
  bool *spread = pos ? gn_scratch(c, n * sizeof *spread) : NULL;
  if (!spread)
    return NULL;
  args->pos = pos;
  args->spread = spread;
  args->n = n;
  for (uint32_t i = 0; i < n; i++)
    if (!(pos[i] = segment_const(c, segs[i])))
      return NULL;
  return args;
}

/* The segments that @a/b, .@a/b, @a stand for; NULL after an error. */
static gn_value *selector_segments(gn_comp *c, gn_value v, uint32_t *n) {
  const gn_csymbol *cs =
      gn_is_symbol(v) ? NULL : (const gn_csymbol *)gn_as_obj(v);
  *n = cs ? cs->n : 1;
  gn_value *segs = gn_scratch(c, *n * sizeof *segs);
  if (!segs)
    return NULL;
  if (cs)
    memcpy(segs, cs->part, *n * sizeof *segs);
  else
    segs[0] = v;
  const gn_symbol *head = gn_sym(segs[0]);
  size_t skip = head->bytes[0] == '.' ? 2 : 1;
  segs[0] = gn_new_symbol(c, head->bytes + skip, head->len - skip);
  return segs[0] == GN_NONE ? NULL : segs;
}

gn_node *gn_lower_selector(gn_comp *c, gn_value v) {
  uint32_t n;
  gn_value *segs = selector_segments(c, v, &n);
  gn_args *args = segs ? gn_lower_segments(c, segs, n) : NULL;
  return args ? gn_node_call(c, gn_lower_builtin(c, "@"), args) : NULL;
}

gn_node *gn_lower_at(gn_comp *c, gn_gene *g) {
  if (gn_has_props(g))
    return gn_comp_error(c, "@: takes no properties");
  gn_args *args = gn_lower_segments(c, g->children, g->n);
  return args ? gn_node_call(c, gn_lower_builtin(c, "@"), args) : NULL;
}

/* ($set target @seg value) */
gn_node *gn_lower_set(gn_comp *c, gn_gene *g) {
  if (g->n != 3 || !gn_sym_starts(g->children[1], '@'))
    return gn_comp_error(c, "$set expects a selector (@property) as second "
                            "argument");
  uint32_t n;
  gn_value *segs = selector_segments(c, g->children[1], &n);
  gn_node *target = segs ? gn_lower(c, g->children[0]) : NULL;
  gn_node *put = target ? gn_node_new(c, GN_N_PUT) : NULL;
  if (!put)
    return NULL;
  put->a = target;
  put->value = segs[0];
  put->op = is_index(segs[0], &put->i) ? GN_AT_INDEX : GN_AT_NAME;
  put->c = gn_lower(c, g->children[2]);
  return put->c ? put : NULL;
}
