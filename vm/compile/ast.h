/*
 * ast.h - what forms are lowered to: a small tree in which every name is
 * resolved and every special form is one of a few kinds of node. Internal to
 * compile/; the tree lives in the compiler's scratch arena and dies with it.
 */
#ifndef GN_COMPILE_AST_H
#define GN_COMPILE_AST_H

#include "compile/program.h"

typedef struct gn_node gn_node;
typedef struct gn_var gn_var;
typedef struct gn_scope gn_scope;
typedef struct gn_block gn_block;
typedef struct gn_fn gn_fn;
typedef struct gn_pat gn_pat;

/* ---- names, variables, scopes ---- */

/* One for each distinct name of the program. */
typedef struct gn_name {
  gn_value sym;         /* symbol of the program's heap */
  gn_var *local;        /* innermost variable in sight; NULL: none */
  gn_var *module;       /* of the module, made at its first mention */
  struct gn_late *late; /* uses that may mean a later function, newest first */
  struct gn_name *next; /* same hash */
  uint32_t hash;
} gn_name;

/* What an inner function holds of a variable. */
typedef struct gn_upref {
  gn_fn *fn;
  uint16_t index;
  struct gn_upref *next;
} gn_upref;

struct gn_var {
  gn_name *name;
  gn_fn *fn; /* NULL: a module's variable */
  gn_scope *scope;
  gn_block *block;  /* where it was declared */
  gn_var *shadowed; /* what its name meant before */
  gn_var *next;     /* in the scope, or of the module */
  gn_upref *uprefs; /* functions being lowered that capture it */
  gn_value type;    /* annotation to check assignments, or GN_NONE */
  gn_name *near;    /* undefined ones: a local variable of like name */
  uint32_t assigns; /* declarations and assignments */
  int32_t slot;     /* module variables; -1: none yet */
  uint16_t reg;
  bool let;
  bool param;      /* its register is that of the parameter */
  bool hidden;     /* of the compiler itself, no env shows it */
  bool ready;      /* lowering has passed its initialisation */
  bool near_tried; /* `near` was looked for */
  bool captured;
  bool early;    /* captured before its initialisation */
  bool checked;  /* some use may come before its initialisation */
  bool repeated; /* its declaration may run again in one scope */
  bool cell;     /* eval only: it is known to be one */
  bool foreign;  /* eval only: of the code around the eval */
  bool is_self;
  bool made;   /* code generation: its cell exists by now */
  bool placed; /* code generation: reg is given (loop variables) */
  /* modules only */
  bool declared;
  bool in_slot; /* else in a register of main */
  bool exported;
};

struct gn_scope {
  gn_scope *up;
  gn_fn *fn;
  gn_var *vars, *last;
  gn_block *block;
  uint32_t late_at; /* how many late uses came before it */
  bool module;      /* declarations are the module's */
};

/* A stretch of code that runs as a whole or not at all. */
struct gn_block {
  gn_block *up;
  uint32_t depth;
};

/* ---- functions ---- */

typedef struct gn_par {
  uint8_t kind;  /* enum gn_param_kind */
  bool field;    /* /x: assigned to the field of self */
  gn_value name; /* symbol */
  gn_value type; /* or GN_NONE */
  gn_var *var;   /* NULL: not bound */
  gn_node *dflt; /* or NULL */
  gn_pat *pat;   /* or NULL */
} gn_par;

typedef struct gn_cap {
  gn_var *var;
  bool from_up;
  uint16_t index; /* of the enclosing function's capture */
} gn_cap;

struct gn_fn {
  gn_fn *up;
  gn_scope *scope; /* innermost open one while lowering */
  gn_scope *top;   /* its own */
  gn_block *block;
  struct gn_loop *loops;
  uint32_t assigns; /* counts assignments to variables in registers */
  gn_par *params;
  uint32_t nparams;
  gn_cap *caps;
  uint32_t ncaps, caps_cap;
  gn_node *body;
  gn_node **pre, **post; /* contracts */
  gn_value *pre_forms, *post_forms;
  uint32_t npre, npost;
  gn_var *result; /* `result` of ^post */
  gn_scope *post_scope;
  gn_var *self;      /* methods, and bodies of classes */
  gn_var *env;       /* macros: the caller's env */
  gn_var *self_name; /* what the function itself is bound to, or NULL */
  gn_value name, class_name, intent;
  gn_value ret_type; /* or GN_NONE */
  gn_value *generics;
  uint32_t ngenerics;
  uint16_t flags; /* enum gn_proto_flag */
  uint32_t line, column;
  bool in_class; /* inside a class body at any depth */
  bool class_body;
  bool is_main;    /* of the program */
  bool long_jumps; /* code too large for 16-bit jumps */
};

/* ---- patterns ---- */

typedef struct gn_pat_item {
  uint8_t kind;  /* enum gn_param_kind */
  gn_value name; /* symbol: for messages, or the key */
  gn_var *var;   /* NULL: not bound */
  gn_pat *sub;   /* or NULL */
  gn_node *dflt; /* or NULL */
  uint16_t reg;  /* code generation: where DESTR put it */
} gn_pat_item;

struct gn_pat {
  uint8_t kind; /* enum gn_pattern_kind */
  bool for_params;
  uint32_t n;
  gn_pat_item *items;
};

/* ---- pieces of nodes ---- */

/* Arguments, elements, entries. */
typedef struct gn_args {
  uint32_t n; /* positional */
  gn_node **pos;
  bool *spread;
  uint32_t nkeys;
  gn_value *keys; /* symbols; GN_NONE: the value is spliced in */
  gn_node **vals;
  bool spreads; /* some position is spread */
  bool splices; /* some key is GN_NONE */
} gn_args;

typedef struct gn_loop {
  struct gn_loop *up;
  gn_name *label; /* or NULL */
  void *gen;      /* code generation's */
} gn_loop;

typedef struct gn_catch {
  uint8_t kind; /* enum gn_catch_kind */
  gn_node **classes;
  uint32_t n;
  gn_var *var;   /* bound to the exception, or NULL */
  gn_pat *pat;   /* GN_CATCH_MAP */
  gn_var **nils; /* further names of [a b] */
  uint32_t nnils;
  gn_node *body;
} gn_catch;
enum gn_catch_kind { GN_CATCH_ALL, GN_CATCH_CLASS, GN_CATCH_MAP };

typedef struct gn_try {
  gn_node *body;
  gn_catch *catches;
  uint32_t n;
  gn_node *finally; /* or NULL */
} gn_try;

enum gn_target_kind {
  GN_AT_NAME,     /* a/name */
  GN_AT_VAR,      /* a/name where a variable has that name */
  GN_AT_INDEX,    /* a/0 */
  GN_AT_VALUE,    /* a/<x> */
  GN_AT_VARIABLE, /* GN_N_UPDATE only: a reads it, b sets it */
};

/* ---- nodes ---- */

enum gn_node_kind {
  GN_N_CONST,   /* value */
  GN_N_QUOTE,   /* value: a fresh copy of it */
  GN_N_VAR,     /* var, i: capture index or -1; flag: may be unset */
  GN_N_BUILTIN, /* value: its name */
  GN_N_BPATH,   /* value: path of a builtin; b: what it is when the
                          module has a variable `var` after all */
  GN_N_SET,     /* var, i, a */
  GN_N_DECL,    /* var, a */
  GN_N_GETEX,
  GN_N_MODNS,
  GN_N_FOLD,      /* list, x: ops; flag: from the right */
  GN_N_COMPARE,   /* list, x: ops: a chain of comparisons */
  GN_N_LOGIC,     /* list, op: GN_OP_AND or GN_OP_OR */
  GN_N_UNARY,     /* a, op: GN_OP_NEG, GN_OP_NOT */
  GN_N_NEGATE,    /* a: its falsity, a Bool */
  GN_N_COND,      /* list: condition, body in turn; c: else or NULL */
  GN_N_SEQ,       /* list, x: scope or NULL */
  GN_N_CASE,      /* a; list: pattern, guard or NULL, body; c: else */
  GN_N_ALT,       /* list: patterns of one arm of a case */
  GN_N_WHILE,     /* a: condition or NULL, b, x: loop; flag: until */
  GN_N_REPEAT,    /* a, b, var: index or NULL, x: loop, y: scope */
  GN_N_FOR,       /* a, b, x: gn_for */
  GN_N_BREAK,     /* a or NULL, x: loop */
  GN_N_CONTINUE,  /* x: loop */
  GN_N_RETURN,    /* a */
  GN_N_FN,        /* x: gn_fn */
  GN_N_CALL,      /* a, x: args */
  GN_N_SEND,      /* a, value: name, x: args */
  GN_N_SENDD,     /* a, b: name, x: args */
  GN_N_SUPER,     /* a: self, value: name, x: args */
  GN_N_MACRO,     /* a, b: the ordinary call or FAIL, c: ENV, y: quoted
                     args */
  GN_N_ARRAY,     /* x: args; flag: sealed */
  GN_N_MAP,       /* x: args; flag: sealed */
  GN_N_HASHMAP,   /* x: args; flag: sealed */
  GN_N_GENE,      /* a: type, x: args; flag: sealed */
  GN_N_STR,       /* list */
  GN_N_RANGE,     /* a, b */
  GN_N_GET,       /* op: target kind; a, value or i or b */
  GN_N_DEFAULT,   /* a, b: default when a is void */
  GN_N_NEEDSEL,   /* a */
  GN_N_PUT,       /* op: target kind; a, value or i or b; c: what */
  GN_N_UPDATE,    /* the same; i2: how to combine (enum gn_opcode) */
  GN_N_TRY,       /* x: gn_try */
  GN_N_THROW,     /* a */
  GN_N_DESTR,     /* a, x: gn_pat */
  GN_N_CLASS,     /* x: gn_class_form */
  GN_N_MEMBER,    /* a: where, value: name, b */
  GN_N_DEFMETHOD, /* a: class, value: name, b */
  GN_N_FIELD,     /* a: class, value: name, b or NULL, type */
  GN_N_ASYNC,     /* a */
  GN_N_AWAIT,     /* list, a: timeout or NULL */
  GN_N_AWAITALL,
  GN_N_YIELD, /* a */
  GN_N_ENV,   /* x: gn_env_list */
  GN_N_CALLERENV,
  GN_N_EVAL,   /* list, b: env */
  GN_N_RENDER, /* a, b: env */
  GN_N_PARSE,  /* a */
  GN_N_FAIL,   /* op: enum gn_exc, value: message */
};

struct gn_node {
  uint8_t kind; /* enum gn_node_kind */
  uint8_t op;
  bool flag;
  bool assigns; /* changes a variable that may live in a register */
  uint32_t line, column;
  int32_t i, i2;
  uint32_t n; /* of list */
  gn_value value, type;
  gn_node *a, *b, *c;
  gn_node **list;
  gn_var *var;
  void *x, *y;
};

typedef struct gn_for {
  gn_loop *loop;
  gn_scope *scope;    /* of one iteration */
  gn_var *key, *item; /* NULL: not there, or not bound */
  gn_pat *key_pat, *item_pat;
  bool two; /* two variables are given */
} gn_for;

typedef struct gn_class_form {
  gn_value name;
  gn_var *var;     /* bound to it, or NULL */
  gn_node *holder; /* else where it becomes a member; NULL: nowhere */
  gn_node *parent; /* or NULL */
  gn_node *body;   /* a function of one argument: the class */
  bool object;     /* bind to its instance */
} gn_class_form;

/* The variables an eval or a macro call can see, innermost first. */
typedef struct gn_env_list {
  uint32_t n;
  gn_var **vars;
  int32_t *ups; /* capture index, or -1: in a register */
  int32_t self; /* index, or -1 */
} gn_env_list;

#endif
