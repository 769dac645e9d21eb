/*
 * lower_infix.c - operators: infix expressions by rank, chains of
 * comparisons, prefix forms, assignment operators (language reference 1, 5.1
 * to 5.6). Runs of one rank become one node, so that a long sum is no deep
 * tree.
 */
#include "compile/compiler.h"

typedef struct op_row {
  const char *text;
  uint8_t rank;
  uint8_t op; /* enum gn_opcode */
} op_row;

/* GN_OP_GETX stands for `./`. */
static const op_row OPS[] = {
    {"./", 90, GN_OP_GETX}, {"**", 85, GN_OP_POW},    {"*", 80, GN_OP_MUL},
    {"/", 80, GN_OP_DIV},   {"%", 80, GN_OP_MOD},     {"+", 70, GN_OP_ADD},
    {"-", 70, GN_OP_SUB},   {"++", 70, GN_OP_CONCAT}, {"<<", 65, GN_OP_SHL},
    {">>", 65, GN_OP_SHR},  {"<", 60, GN_OP_LT},      {"<=", 60, GN_OP_LE},
    {">", 60, GN_OP_GT},    {">=", 60, GN_OP_GE},     {"==", 60, GN_OP_EQ},
    {"!=", 60, GN_OP_NE},   {"is", 60, GN_OP_IS},     {"&&", 50, GN_OP_AND},
    {"&|&", 45, GN_OP_XOR}, {"||", 40, GN_OP_OR},
};
#define OPS_N (sizeof OPS / sizeof *OPS)

#define OP_WORK 16u /* of looking at one, in bytes of scratch */

static const uint8_t RANKS[] = {40, 45, 50, 60, 65, 70, 80, 85, 90};
#define RANKS_N (sizeof RANKS / sizeof *RANKS)

static const op_row *op_of(gn_value v) {
  if (!gn_is_symbol(v) || gn_sym(v)->len > 3)
    return NULL;
  if (gn_sym(v)->len == 0)
    return NULL;
  char first = gn_sym(v)->bytes[0];
  if (first > '@' && first != '|' && first != 'i')
    return NULL;
  for (size_t i = 0; i < OPS_N; i++)
    if (first == OPS[i].text[0] && gn_text_is(v, OPS[i].text))
      return &OPS[i];
  return NULL;
}

bool gn_infix_op(gn_value v) {
  return op_of(v) != NULL;
}

bool gn_prefix_op(gn_value v) {
  return op_of(v) != NULL;
}

int gn_assign_op(gn_value v) {
  if (!gn_is_symbol(v) || gn_sym(v)->len > 3 || gn_sym(v)->len == 0 ||
      gn_sym(v)->bytes[gn_sym(v)->len - 1] != '=')
    return -1;
  static const struct {
    const char *text;
    uint8_t op;
  } ops[] = {
      {"=", GN_OP_MOVE},     {"+=", GN_OP_ADD},  {"-=", GN_OP_SUB},
      {"*=", GN_OP_MUL},     {"/=", GN_OP_DIV},  {"%=", GN_OP_MOD},
      {"++=", GN_OP_CONCAT}, {"**=", GN_OP_POW}, {"&&=", GN_OP_AND},
      {"||=", GN_OP_OR},     {"<<=", GN_OP_SHL}, {">>=", GN_OP_SHR},
  };
  for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
    if (gn_text_is(v, ops[i].text))
      return ops[i].op;
  return -1;
}

/* ---- nodes of one rank ---- */

static bool is_comparison(uint8_t op) {
  return op >= GN_OP_EQ && op <= GN_OP_GE;
}

/* Operands first .. first+n of `list` with the ops between them. */
static gn_node *run_node(gn_comp *c, gn_node **list, const uint8_t *ops,
                         uint32_t n) {
  enum gn_node_kind kind = GN_N_FOLD;
  if (ops[0] == GN_OP_AND || ops[0] == GN_OP_OR)
    kind = GN_N_LOGIC;
  else if (n == 2 && is_comparison(ops[0]))
    kind = GN_N_COMPARE;
  gn_node *node = gn_node_list(c, kind, n);
  uint8_t *copy = node ? gn_scratch(c, n) : NULL;
  if (!copy)
    return NULL;
  memcpy(node->list, list, n * sizeof *list);
  memcpy(copy, ops, n - 1);
  node->x = copy;
  node->op = ops[0];
  node->flag = ops[0] == GN_OP_POW;
  for (uint32_t i = 0; i < n; i++)
    node->assigns |= list[i]->assigns;
  return node;
}

gn_node *gn_combine(gn_comp *c, enum gn_opcode op, gn_node *a, gn_node *b) {
  gn_node *list[2] = {a, b};
  uint8_t ops[1] = {(uint8_t)op};
  return a && b ? run_node(c, list, ops, 2) : NULL;
}

static gn_node *lookup_node(gn_comp *c, gn_node *target, gn_node *seg) {
  gn_node *n = target && seg ? gn_node_new(c, GN_N_GET) : NULL;
  if (!n)
    return NULL;
  n->op = GN_AT_VALUE;
  n->a = target;
  n->b = seg;
  n->assigns = target->assigns || seg->assigns;
  return n;
}

gn_node *gn_lower_lookup(gn_comp *c, gn_node *target, gn_value seg,
                         gn_value dflt) {
  gn_node *get = target ? lookup_node(c, target, gn_lower(c, seg)) : NULL;
  if (!get || dflt == GN_NONE)
    return get;
  gn_node *n = gn_node_new(c, GN_N_DEFAULT);
  if (!n || !(n->b = gn_lower(c, dflt)))
    return NULL;
  n->a = get;
  return n;
}

/* ---- infix ---- */

typedef struct infix {
  gn_comp *c;
  gn_gene *g;
  uint32_t at;    /* child of the next operator */
  uint32_t known; /* the child that `op` was found for, plus 1 */
  const op_row *op;
} infix;

static gn_node *operand(infix *p) {
  gn_value form = p->at == 0 ? p->g->type : p->g->children[p->at - 1];
  return gn_lower(p->c, form);
}

static const op_row *next_op(infix *p) {
  if (p->known != p->at + 1) { /* each level of ranks asks */
    p->op = p->at < p->g->n ? op_of(p->g->children[p->at]) : NULL;
    p->known = p->at + 1;
  }
  return p->op;
}

static gn_node *climb(infix *p, size_t level);

/* The operand after an operator; a logical one may not be evaluated. */
static gn_node *right_side(infix *p, size_t level) {
  bool maybe = RANKS[level] == 50 || RANKS[level] == 40;
  p->at += 2;
  if (maybe && !gn_block_open(p->c))
    return NULL;
  gn_node *n = climb(p, level + 1);
  if (maybe)
    gn_block_close(p->c);
  return n;
}

static gn_node *lookups(infix *p, gn_node *left, size_t level) {
  const op_row *op;
  while (left && (op = next_op(p)) && op->rank == RANKS[level])
    left = lookup_node(p->c, left, right_side(p, level));
  return left;
}

static gn_node *climb(infix *p, size_t level) {
  if (level == RANKS_N)
    return operand(p);
  gn_node *left = climb(p, level + 1);
  const op_row *op = next_op(p);
  if (!left || !op || op->rank != RANKS[level])
    return left;
  if (RANKS[level] == 90)
    return lookups(p, left, level);
  uint32_t most = (p->g->n - p->at) / 2 + 1, n = 1;
  gn_node **list = gn_scratch(p->c, most * sizeof *list);
  uint8_t *ops = gn_scratch(p->c, most);
  if (!list || !ops)
    return NULL;
  list[0] = left;
  for (; (op = next_op(p)) && op->rank == RANKS[level]; n++) {
    ops[n - 1] = op->op;
    if (!(list[n] = right_side(p, level)))
      return NULL;
  }
  return run_node(p->c, list, ops, n);
}

/* a < b <= c: one node; what follows the second operand may not be run. */
static gn_node *lower_chain(gn_comp *c, gn_gene *g) {
  uint32_t n = g->n / 2 + 1;
  gn_node *node = gn_node_list(c, GN_N_COMPARE, n);
  uint8_t *ops = node ? gn_scratch(c, n) : NULL;
  if (!ops)
    return NULL;
  node->x = ops;
  for (uint32_t i = 0; i < n; i++) {
    if (i == 2 && !gn_block_open(c))
      return NULL;
    gn_value form = i == 0 ? g->type : g->children[2 * i - 1];
    node->list[i] = gn_lower(c, form);
    if (i > 0)
      ops[i - 1] = op_of(g->children[2 * i - 2])->op;
    if (!node->list[i])
      break;
  }
  if (n > 2)
    gn_block_close(c);
  return node->list[n - 1] ? node : NULL;
}

/* Looks at each operator. False: an error. */
static bool look_at_ops(gn_comp *c, const gn_gene *g, bool *all_comparisons,
                        uint32_t *lookups_n) {
  *all_comparisons = true;
  *lookups_n = 0;
  for (uint32_t i = 0; i < g->n; i += 2) {
    const op_row *row = op_of(g->children[i]);
    if (!row)
      return gn_comp_error(c, "Invalid infix expression") != NULL;
    if (i + 1 == g->n)
      return gn_comp_error(c, "Incomplete infix expression") != NULL;
    *all_comparisons &= is_comparison(row->op);
    *lookups_n += row->op == GN_OP_GETX;
    gn_comp_worked(c, OP_WORK);
  }
  return true;
}

gn_node *gn_lower_infix(gn_comp *c, gn_gene *g) {
  if (gn_has_props(g))
    return gn_comp_error(c, "Invalid infix expression");
  if (g->n == 3 && gn_is_sym(g->children[0], "./") &&
      !gn_infix_op(g->children[2]))
    return gn_lower_lookup(c, gn_lower(c, g->type), g->children[1],
                           g->children[2]);
  bool all_comparisons;
  uint32_t levels; /* each lookup is a node in the next one: of nesting */
  if (!look_at_ops(c, g, &all_comparisons, &levels))
    return NULL;
  if (all_comparisons)
    return lower_chain(c, g);
  if (levels > GN_MAX_NESTING || c->depth + levels > GN_DEPTH_MAX)
    return gn_comp_error(c, "Nesting too deep");
  infix p = {.c = c, .g = g};
  c->depth += levels;
  gn_node *n = climb(&p, 0);
  c->depth -= levels;
  return n;
}

/* ---- prefix ---- */

static gn_node *no_operands(gn_comp *c, const op_row *row) {
  if (row->op == GN_OP_ADD)
    return gn_node_const(c, gn_from_fix(0));
  if (row->op == GN_OP_MUL)
    return gn_node_const(c, gn_from_fix(1));
  if (row->op == GN_OP_CONCAT) {
    gn_value empty = gn_new_string(c, "");
    return empty == GN_NONE ? NULL : gn_node_const(c, empty);
  }
  return gn_comp_error(c, "'%s' needs an argument", row->text);
}

static gn_node *one_operand(gn_comp *c, const op_row *row, gn_value form) {
  if (row->op == GN_OP_MOD)
    return gn_comp_error(c, "'%%' needs two arguments");
  gn_node *x = gn_lower(c, form);
  if (!x)
    return NULL;
  if (row->op == GN_OP_DIV)
    return gn_combine(c, GN_OP_DIV, gn_node_const(c, gn_from_fix(1)), x);
  if (row->op != GN_OP_SUB)
    return x;
  gn_node *n = gn_node_new(c, GN_N_UNARY);
  if (!n)
    return NULL;
  n->op = GN_OP_NEG;
  n->a = x;
  return n;
}

static gn_node *many_operands(gn_comp *c, const op_row *row, gn_gene *g) {
  gn_node **list = gn_scratch(c, g->n * sizeof *list);
  uint8_t *ops = gn_scratch(c, g->n);
  if (!list || !ops)
    return NULL;
  bool logic = row->op == GN_OP_AND || row->op == GN_OP_OR;
  for (uint32_t i = 0; i < g->n; i++) {
    bool block = logic && i > 0;
    if (block && !gn_block_open(c))
      return NULL;
    list[i] = gn_lower(c, g->children[i]);
    if (block)
      gn_block_close(c);
    if (!list[i])
      return NULL;
    ops[i] = row->op;
  }
  gn_node *n = run_node(c, list, ops, g->n);
  if (n)
    n->flag = false; /* (** a b c) folds from the left, too */
  return n;
}

static bool has_spread(gn_gene *g) {
  for (uint32_t i = 0; i < g->n; i++) {
    gn_value v = g->children[i];
    if (gn_is(v, GN_T_CSYMBOL)) {
      const gn_csymbol *cs = (const gn_csymbol *)gn_as_obj(v);
      v = cs->part[cs->n - 1];
    }
    if (gn_is_symbol(v) && gn_sym(v)->len >= 3 &&
        !memcmp(gn_sym(v)->bytes + gn_sym(v)->len - 3, "...", 3))
      return true;
  }
  return false;
}

gn_node *gn_lower_prefix(gn_comp *c, gn_gene *g) {
  const op_row *row = op_of(g->type);
  if (row->op == GN_OP_GETX) {
    if (g->n < 2 || g->n > 3 || gn_has_props(g))
      return gn_comp_error(c, "'./' needs a target, a segment and at most a "
                              "default");
    return gn_lower_lookup(c, gn_lower(c, g->children[0]), g->children[1],
                           g->n == 3 ? g->children[2] : GN_NONE);
  }
  if (has_spread(g))
    return gn_lower_call(c, g);
  if (gn_has_props(g))
    return gn_comp_error(c, "'%s' takes no properties", row->text);
  if (g->n != 2 && (row->rank == 60 || row->rank == 65))
    return gn_comp_error(c, "'%s' needs two arguments", row->text);
  if (g->n == 0)
    return no_operands(c, row);
  if (g->n == 1)
    return one_operand(c, row, g->children[0]);
  return many_operands(c, row, g);
}

gn_node *gn_lower_not(gn_comp *c, gn_gene *g) {
  if (g->n != 1 || gn_has_props(g))
    return gn_comp_error(c, "'not' needs exactly one argument");
  gn_node *n = gn_node_new(c, GN_N_UNARY);
  if (!n || !(n->a = gn_lower(c, g->children[0])))
    return NULL;
  n->op = GN_OP_NOT;
  return n;
}
