/*
 * lower_control.c - conditionals: if and its relatives, do, case (language
 * reference 1, section 8; 3, section 6).
 */
#include "compile/compiler.h"

/* ---- if ---- */

static bool is_marker(gn_value v) {
  return gn_is_sym(v, "elif") || gn_is_sym(v, "else");
}

static uint32_t body_end(const gn_gene *g, uint32_t at) {
  while (at < g->n && !is_marker(g->children[at]))
    at++;
  return at;
}

static gn_node *negate(gn_comp *c, gn_node *x) {
  gn_node *n = x ? gn_node_new(c, GN_N_NEGATE) : NULL;
  if (!n)
    return NULL;
  n->a = x;
  n->assigns = x->assigns;
  return n;
}

/* The condition at *at, with the noise around it. */
static gn_node *condition(gn_comp *c, gn_gene *g, uint32_t *at,
                          const char *what) {
  bool inverted = *at < g->n && gn_is_sym(g->children[*at], "not");
  *at += inverted;
  if (*at >= g->n)
    return gn_comp_error(c, "%s: missing condition", what);
  gn_node *n = gn_lower(c, g->children[(*at)++]);
  if (!n)
    return NULL;
  if (*at < g->n && gn_is_sym(g->children[*at], "then"))
    ++*at;
  if (*at >= g->n)
    return gn_comp_error(c, "%s: missing body after condition", what);
  return inverted ? negate(c, n) : n;
}

/* The condition of an elif, which is not always reached. */
static gn_node *later_condition(gn_comp *c, gn_gene *g, uint32_t *at) {
  if (!gn_block_open(c))
    return NULL;
  gn_node *n = condition(c, g, at, "elif");
  gn_block_close(c);
  return n;
}

static bool lower_branch(gn_comp *c, gn_gene *g, uint32_t *at, gn_node *cond,
                         gn_node *node) {
  uint32_t end = body_end(g, *at);
  gn_node *body = cond ? gn_lower_scope(c, g->children + *at, end - *at) : NULL;
  if (!body)
    return false;
  node->list[node->n++] = cond;
  node->list[node->n++] = body;
  *at = end;
  return true;
}

static gn_node *lower_else(gn_comp *c, gn_gene *g, uint32_t at, gn_node *node) {
  if (body_end(g, at) != g->n)
    return gn_comp_error(c, "if: 'elif' or 'else' after 'else'");
  node->c = gn_lower_scope(c, g->children + at, g->n - at);
  return node->c ? node : NULL;
}

static gn_node *lower_if(gn_comp *c, gn_gene *g, const char *what) {
  if (gn_has_props(g))
    return gn_comp_error(c, "%s: takes no properties", what);
  gn_node *node = gn_node_list(c, GN_N_COND, g->n * 2 + 2);
  if (!node)
    return NULL;
  node->n = 0;
  uint32_t at = 0;
  if (!lower_branch(c, g, &at, condition(c, g, &at, what), node))
    return NULL;
  while (at < g->n) {
    bool last = gn_is_sym(g->children[at++], "else");
    if (last)
      return lower_else(c, g, at, node);
    if (!lower_branch(c, g, &at, later_condition(c, g, &at), node))
      return NULL;
  }
  return node;
}

gn_node *gn_lower_if(gn_comp *c, gn_gene *g) {
  return lower_if(c, g, "if");
}

gn_node *gn_lower_when(gn_comp *c, gn_gene *g) {
  return lower_if(c, g, "when");
}

static gn_node *lower_if_not(gn_comp *c, gn_gene *g, const char *what) {
  if (gn_has_props(g))
    return gn_comp_error(c, "%s: takes no properties", what);
  if (body_end(g, 0) != g->n)
    return gn_comp_error(c, "%s: 'elif' and 'else' are not allowed", what);
  uint32_t at = 0;
  gn_node *cond = negate(c, condition(c, g, &at, what));
  gn_node *node = cond ? gn_node_list(c, GN_N_COND, 2) : NULL;
  if (!node)
    return NULL;
  node->n = 0;
  return lower_branch(c, g, &at, cond, node) ? node : NULL;
}

gn_node *gn_lower_if_not(gn_comp *c, gn_gene *g) {
  return lower_if_not(c, g, "if_not");
}

gn_node *gn_lower_unless(gn_comp *c, gn_gene *g) {
  return lower_if_not(c, g, "unless");
}

gn_node *gn_lower_ifel(gn_comp *c, gn_gene *g) {
  if (g->n < 2 || g->n > 3 || gn_has_props(g))
    return gn_comp_error(c, "ifel: expected a condition and one or two "
                            "branches");
  gn_node *node = gn_node_list(c, GN_N_COND, 2);
  if (!node || !(node->list[0] = gn_lower(c, g->children[0])) ||
      !(node->list[1] = gn_lower_scope(c, g->children + 1, 1)))
    return NULL;
  if (g->n == 3 && !(node->c = gn_lower_scope(c, g->children + 2, 1)))
    return NULL;
  return node;
}

gn_node *gn_lower_do(gn_comp *c, gn_gene *g) {
  if (gn_has_props(g))
    return gn_comp_error(c, "do: takes no properties");
  return gn_lower_body(c, g->children, g->n);
}

/* ---- case ---- */

static bool is_upper(gn_value v) {
  if (gn_is(v, GN_T_CSYMBOL)) {
    const gn_csymbol *cs = (const gn_csymbol *)gn_as_obj(v);
    v = cs->part[cs->n - 1];
  }
  return gn_is_symbol(v) && gn_sym(v)->len && gn_sym(v)->bytes[0] >= 'A' &&
         gn_sym(v)->bytes[0] <= 'Z';
}

/* (a | b | c) */
static bool is_alternatives(gn_value form) {
  return gn_is_gene(form) && gn_gen(form)->n >= 2 &&
         gn_is_sym(gn_gen(form)->children[0], "|");
}

static gn_node *lower_pattern(gn_comp *c, gn_value form);

static gn_node *lower_alternatives(gn_comp *c, gn_gene *g) {
  gn_node *n = gn_node_list(c, GN_N_ALT, g->n / 2 + 1);
  if (!n || !(n->list[0] = lower_pattern(c, g->type)))
    return NULL;
  for (uint32_t i = 0; i < g->n; i += 2) {
    if (!gn_is_sym(g->children[i], "|") || i + 1 == g->n)
      return gn_comp_error(c, "case: malformed alternatives");
    if (!(n->list[i / 2 + 1] = lower_pattern(c, g->children[i + 1])))
      return NULL;
  }
  return n;
}

static gn_node *lower_pattern(gn_comp *c, gn_value form) {
  if (is_alternatives(form))
    return lower_alternatives(c, gn_gen(form));
  if (gn_is_gene(form) && is_upper(gn_gen(form)->type) &&
      !(gn_gen(form)->n && gn_infix_op(gn_gen(form)->children[0])))
    return gn_comp_error(c, "enum patterns are not supported yet");
  return gn_lower(c, form);
}

static uint32_t arm_end(const gn_gene *g, uint32_t at) {
  while (at < g->n && !gn_is_sym(g->children[at], "when") &&
         !gn_is_sym(g->children[at], "else"))
    at++;
  return at;
}

/* when PATTERN [if COND] BODY...; *at is behind the `when`. */
static bool lower_arm(gn_comp *c, gn_gene *g, uint32_t *at, gn_node *node) {
  if (*at >= g->n)
    return gn_comp_error(c, "case: missing pattern after 'when'") != NULL;
  gn_node *pattern = lower_pattern(c, g->children[(*at)++]), *guard = NULL;
  if (!pattern)
    return false;
  if (*at + 1 < g->n && gn_is_sym(g->children[*at], "if")) {
    if (!(guard = gn_lower(c, g->children[*at + 1])))
      return false;
    *at += 2;
  }
  uint32_t end = arm_end(g, *at);
  gn_node *body = gn_lower_scope(c, g->children + *at, end - *at);
  if (!body)
    return false;
  *at = end;
  node->list[node->n++] = pattern;
  node->list[node->n++] = guard;
  node->list[node->n++] = body;
  return true;
}

static gn_node *lower_arms(gn_comp *c, gn_gene *g, gn_node *node) {
  uint32_t at = 1;
  while (at < g->n) {
    gn_value marker = g->children[at++];
    if (gn_is_sym(marker, "else")) {
      if (arm_end(g, at) != g->n)
        return gn_comp_error(c, "case: 'else' must come last");
      node->c = gn_lower_scope(c, g->children + at, g->n - at);
      return node->c ? node : NULL;
    }
    char text[128];
    if (!gn_is_sym(marker, "when"))
      return gn_comp_error(c, "case: expected 'when' or 'else', got: %s",
                           gn_form_text(marker, text, sizeof text));
    if (!lower_arm(c, g, &at, node))
      return NULL;
  }
  return node;
}

gn_node *gn_lower_case(gn_comp *c, gn_gene *g) {
  if (gn_has_props(g))
    return gn_comp_error(c, "case: takes no properties");
  if (g->n == 0 || arm_end(g, 0) == 0)
    return gn_comp_error(c, "case: missing target expression");
  gn_node *node = gn_node_list(c, GN_N_CASE, g->n * 3);
  if (!node || !(node->a = gn_lower(c, g->children[0])))
    return NULL;
  node->n = 0;
  if (!gn_block_open(c))
    return NULL;
  gn_node *done = lower_arms(c, g, node);
  gn_block_close(c);
  return done;
}
