/*
 * compiler.h - the state of one compilation and what its files offer each
 * other. Internal to compile/.
 *
 * Lowering functions give NULL after an error (reported by gn_comp_error) or
 * when memory is short; whoever gets a NULL passes it on. Code generation
 * drops what it can't emit and looks at the state once, at the end.
 */
#ifndef GN_COMPILE_COMPILER_H
#define GN_COMPILE_COMPILER_H

#include "compile/arena.h"
#include "compile/ast.h"
#include "core/dict.h"
#include "core/number.h"
#include "syntax/reader.h"
#include "types/array.h"
#include "types/gene.h"
#include "types/string.h"

/* Levels of forms; the reader allows GN_MAX_NESTING, and each may be quoted
 * or rewritten once. */
#define GN_DEPTH_MAX   (GN_MAX_NESTING + 64u)
#define GN_SCRATCH_MAX ((size_t)256 << 20) /* bytes of one compilation */
#define GN_PROGRAM_MAX ((size_t)128 << 20) /* bytes of one program */

typedef struct gn_copied { /* compound constant already in the program */
  gn_value from, to;
} gn_copied;

typedef struct gn_comp {
  struct gene_core *core;
  gn_program *program;
  gn_arena *scratch;
  gn_pool *pool; /* under the heap; NULL: the core's */
  gn_heap heap;  /* forms and what lowering makes of them */
  gn_heap *into; /* constants: the program's, or the context's for eval */
  gene_compile_error_t *err;
  const char *error_class;
  bool failed; /* err is filled */
  bool oom;
  bool dynamic; /* some code can see variables by name */
  bool eval;
  bool at_module;            /* eval: declarations are the module's */
  const gn_program *host;    /* eval: the module's program */
  gn_evaluation *evaluation; /* eval: what it is compiled in, else NULL */
  size_t extra;              /* eval: work that took no scratch */
  gn_fn *fn;                 /* being lowered */
  uint32_t depth;            /* of forms */
  uint32_t line, column;     /* of the form being lowered */
  bool direct;     /* the next form stands directly in its scope's body */
  bool is_direct;  /* the form being lowered did */
  gn_name **names; /* hash table */
  uint32_t names_mask, names_count;
  gn_var *module_vars, *module_last;
  gn_node **hoisted; /* GN_N_DECL of top-level functions */
  uint32_t nhoisted, hoisted_cap;
  gn_copied *copied; /* hash table */
  uint32_t copied_mask, copied_count;
  gn_value *texts; /* strings and symbols of the program: hash table */
  uint32_t texts_mask, texts_count;
  size_t env_entries;   /* of all env lists */
  struct gn_late *met;  /* late.c: uses that have found their function */
  uint32_t nlate;       /* late uses so far */
  uint32_t nsites;      /* of all functions so far */
  uint32_t near_locals; /* compared with misspelt names so far */
  uint32_t copies;      /* generating code that stands in the program twice */
} gn_comp;

/* ---- a compilation: compile.c ---- */

/* Of a script's run time `payer` pays for the memory; else NULL. False: out of
 * memory, and gn_comp_end must be called all the same. */
bool gn_comp_start(gn_comp *c, struct gene_core *core, size_t scratch,
                   bool apart, gn_heap *payer, gene_compile_error_t *err);
/* Takes the program out, or NULL with err filled. */
gn_program *gn_comp_end(gn_comp *c, const gn_proto *main);
gn_fn *gn_comp_main(gn_comp *c, uint16_t flags);
/* The forms as the body of fn. */
const gn_proto *gn_comp_forms(gn_comp *c, gn_fn *fn, gn_value forms);

/* A point where eval may pause, and the context's heap may be collected: what
 * lies there must be kept (gn_comp_keep). compile_eval.c. */
void gn_comp_rest_now(gn_comp *c);
static inline void gn_comp_rest(gn_comp *c) {
  if (c->evaluation)
    gn_comp_rest_now(c);
}
/* The same after work that took no scratch: what it would have taken. */
#define ITEM_WORK 64u /* an item of a pattern */
static inline void gn_comp_worked(gn_comp *c, size_t bytes) {
  c->extra += bytes;
  gn_comp_rest(c);
}

/* ---- errors: comp.c ---- */

/* Reports a compile error at the form being lowered; gives NULL. Only the
 * first one counts. */
void *gn_comp_error(gn_comp *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void *gn_comp_error_at(gn_comp *c, uint32_t line, uint32_t column,
                       const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Out of memory; gives NULL. */
void *gn_comp_oom(gn_comp *c);
/* Short text of a form for messages. */
const char *gn_form_text(gn_value form, char *buf, size_t cap);

/* Zeroed scratch memory, or NULL with the failure noted. */
void *gn_scratch(gn_comp *c, size_t bytes);
/* Zeroed memory of the program. */
void *gn_program_mem(gn_comp *c, size_t bytes);

/* ---- scope.c ---- */

gn_name *gn_name_of(gn_comp *c, gn_value symbol);
gn_name *gn_name_c(gn_comp *c, const char *text);

bool gn_fn_open(gn_comp *c, gn_fn *fn); /* with its scope and block */
void gn_fn_close(gn_comp *c, gn_fn *fn);
gn_scope *gn_scope_open(gn_comp *c);
void gn_scope_close(gn_comp *c, gn_scope *scope);
bool gn_block_open(gn_comp *c);
void gn_block_close(gn_comp *c);

/* Declares a name in the innermost scope; a second declaration there gives
 * the first one's variable. Set `ready` once its initialisation is lowered. */
gn_var *gn_declare(gn_comp *c, gn_value symbol, bool let);
/* Declares a variable of the module from anywhere. */
gn_var *gn_declare_module(gn_comp *c, gn_value symbol);
/* Always a new variable of the function's own scope. */
gn_var *gn_declare_param(gn_comp *c, gn_value symbol);
/* A variable of the compiler's own. */
gn_var *gn_declare_hidden(gn_comp *c);
/* The variable of the module of this name. */
gn_var *gn_module_var(gn_comp *c, gn_name *name);
/* What the name means here: a local variable, or the module's. */
gn_var *gn_lookup(gn_comp *c, gn_name *name);
/* A visible local variable or a declared one of the module has this name. */
bool gn_is_variable(gn_comp *c, gn_name *name);
/* A node that reads, or writes, var from here. */
gn_node *gn_node_var(gn_comp *c, gn_var *var);
gn_node *gn_node_set(gn_comp *c, gn_var *var, gn_node *value);
/* eval: the slot of a variable of the program around it; -1: none. */
int32_t gn_host_slot(const gn_comp *c, const gn_name *name);
/* Capture index of var in the function being lowered; -1: it is its own. -2:
 * out of memory. */
int32_t gn_capture_of(gn_comp *c, gn_var *var);
/* All that code here can see by name. Marks it as such. */
gn_node *gn_node_env(gn_comp *c);
/* The same for the function fn, which may be closed already. */
int32_t gn_capture_in(gn_comp *c, gn_fn *fn, gn_var *var);
/* The variable `self` here, or NULL at the module's level. */
gn_var *gn_self_var(gn_comp *c);
gn_node *gn_node_self(gn_comp *c);
bool gn_var_is_cell(const gn_var *var);

/* ---- late.c: local functions that an earlier one calls ---- */

/* Notes a use of what is no known name here, in a function. */
bool gn_late_use(gn_comp *c, gn_node *use);
/* A local function is declared: earlier uses in functions beside it may mean
 * it. */
void gn_late_meet(gn_var *function, gn_comp *c);
/* Everything is lowered. Binds those whose name has got no other meaning. */
bool gn_late_bind(gn_comp *c);

/* ---- lower.c ---- */

gn_node *gn_node_new(gn_comp *c, enum gn_node_kind kind);
gn_node *gn_node_const(gn_comp *c, gn_value value);
gn_node *gn_node_list(gn_comp *c, enum gn_node_kind kind, uint32_t n);
gn_node *gn_node_fail(gn_comp *c, int exc, const char *message);
gn_value gn_new_symbol(gn_comp *c, const char *text, size_t len); /* GN_NONE */
gn_value gn_new_string(gn_comp *c, const char *text);

gn_node *gn_lower(gn_comp *c, gn_value form);
/* Forms in turn; the value is the last one's. gn_lower_scope opens a scope
 * and a block of their own. */
gn_node *gn_lower_body(gn_comp *c, const gn_value *forms, uint32_t n);
gn_node *gn_lower_scope(gn_comp *c, const gn_value *forms, uint32_t n);
/* body, with the variables of a scope that is closed already. */
gn_node *gn_node_in_scope(gn_comp *c, gn_scope *scope, gn_node *body);
gn_node *gn_lower_name(gn_comp *c, gn_value symbol);
/* The builtin of this name (a path too), whatever a script may define. */
gn_node *gn_lower_builtin(gn_comp *c, const char *name);

/* Properties and children helpers. */
gn_value gn_prop(const gn_gene *g, const char *key); /* GN_NONE: absent */
bool gn_has_props(const gn_gene *g);
/* True for the symbol of this text. */
bool gn_is_sym(gn_value v, const char *text);
bool gn_sym_starts(gn_value v, char first);
bool gn_sym_ends(gn_value v, char last);
/* `x...`: the form without the dots, or GN_NONE. */
gn_value gn_spread_of(gn_comp *c, gn_value form);

/* A special form: name and what lowers it. forms.c has the table. */
typedef gn_node *gn_lower_fn(gn_comp *c, gn_gene *g);
typedef struct gn_form {
  const char *name;
  gn_lower_fn *lower;
  const char *signature; /* "(do body...)" */
  const char *doc;       /* one line */
} gn_form;
/* All of them; ends with a NULL prefix. */
typedef struct gn_form_table {
  const char *prefix; /* "", "gene/", or "class/": directly in a class body */
  const gn_form *rows;
  size_t len;
} gn_form_table;
extern const gn_form_table gn_form_tables[];
const gn_form *gn_form_find(gn_value symbol);
/* Forms known by a path: gene/timeout and so on. */
const gn_form *gn_path_form_find(gn_comp *c, gn_value csymbol);
/* What lowers `head` directly in a class body; NULL: nothing special. */
gn_lower_fn *gn_class_body_form(gn_comp *c, gn_value head);

/* ---- misspelt names: near.c ---- */

/* At the first mention of a module's variable: remembers the local variable in
 * sight that it may be a misspelling of. */
void gn_near_local(gn_comp *c, gn_var *var);
/* At a call whose head is this path: what it may be a misspelling of. */
void gn_near_path(gn_comp *c, gn_value csymbol);
/* Fills the program's hints. Out of memory there are fewer. */
void gn_near_finish(gn_comp *c);

/* ---- the rest of lowering ---- */

bool gn_infix_op(gn_value v); /* lower_infix.c */
bool gn_prefix_op(gn_value v);
gn_node *gn_lower_infix(gn_comp *c, gn_gene *g);
gn_node *gn_lower_prefix(gn_comp *c, gn_gene *g);
gn_node *gn_lower_not(gn_comp *c, gn_gene *g);
int gn_assign_op(gn_value v); /* enum gn_opcode; GN_OP_MOVE: `=`; -1 */
gn_node *gn_combine(gn_comp *c, enum gn_opcode op, gn_node *a, gn_node *b);

gn_node *gn_lower_assign(gn_comp *c, gn_gene *g); /* lower_assign.c */
gn_node *gn_lower_var(gn_comp *c, gn_gene *g);
gn_node *gn_lower_let(gn_comp *c, gn_gene *g);
/* Binds a symbol, /member or ns/member here to the value. */
gn_node *gn_bind_name(gn_comp *c, gn_value target, gn_node *value);
gn_node *gn_bind_member(gn_comp *c, const gn_csymbol *cs, gn_node *value);
/* Splits `name:` off. True when a type follows. */
bool gn_typed_name(gn_comp *c, gn_value sym, gn_value *name);
gn_value gn_base_name(gn_comp *c, gn_value sym, gn_fn *generics_of);

gn_node *gn_lower_if(gn_comp *c, gn_gene *g); /* lower_control.c */
gn_node *gn_lower_if_not(gn_comp *c, gn_gene *g);
gn_node *gn_lower_ifel(gn_comp *c, gn_gene *g);
gn_node *gn_lower_when(gn_comp *c, gn_gene *g);
gn_node *gn_lower_unless(gn_comp *c, gn_gene *g);
gn_node *gn_lower_do(gn_comp *c, gn_gene *g);
gn_node *gn_lower_case(gn_comp *c, gn_gene *g);
gn_node *gn_lower_while(gn_comp *c, gn_gene *g); /* lower_loop.c */
gn_node *gn_lower_until(gn_comp *c, gn_gene *g);
gn_node *gn_lower_loop(gn_comp *c, gn_gene *g);
gn_node *gn_lower_repeat(gn_comp *c, gn_gene *g);
gn_node *gn_lower_for(gn_comp *c, gn_gene *g);
gn_node *gn_lower_break(gn_comp *c, gn_gene *g);
gn_node *gn_lower_continue(gn_comp *c, gn_gene *g);
gn_node *gn_lower_return(gn_comp *c, gn_gene *g);

gn_args *gn_lower_args(gn_comp *c, gn_gene *g,
                       uint32_t from); /* lower_call.c */
gn_args *gn_lower_entries(gn_comp *c, const gn_dict *map);
gn_args *gn_args_of(gn_comp *c, gn_node **pos, uint32_t n);
gn_node *gn_node_call(gn_comp *c, gn_node *head, gn_args *args);
gn_node *gn_lower_call(gn_comp *c, gn_gene *g);
gn_node *gn_lower_send(gn_comp *c, gn_gene *g);
gn_node *gn_lower_self_send(gn_comp *c, gn_gene *g);
gn_node *gn_lower_dynamic_send(gn_comp *c, gn_gene *g);
gn_node *gn_lower_super(gn_comp *c, gn_gene *g);
gn_node *gn_lower_new(gn_comp *c, gn_gene *g);

gn_node *gn_lower_path(gn_comp *c, gn_value csymbol); /* lower_path.c */
gn_node *gn_lower_put(gn_comp *c, gn_value csymbol, int op, gn_value value);
/* A node about member `seg` of `target`, as a path names it: GN_N_GET,
 * GN_N_PUT or GN_N_UPDATE. */
gn_node *gn_lower_member(gn_comp *c, enum gn_node_kind kind, gn_node *target,
                         gn_value seg);
gn_node *gn_lower_path_head(gn_comp *c, const gn_csymbol *cs, uint32_t n);
gn_node *gn_lower_lookup(gn_comp *c, gn_node *target, gn_value seg,
                         gn_value dflt);
/* A symbol of decimal digits, with or without a minus: an index. */
bool gn_is_index(gn_value symbol, int32_t *out);

gn_node *gn_lower_selector(gn_comp *c, gn_value symbol_or_csymbol);
gn_node *gn_lower_at(gn_comp *c, gn_gene *g); /* lower_selector.c */
/* (selector target): the head is a constant selector. */
gn_node *gn_lower_select(gn_comp *c, gn_node *selector, gn_args *args);
/* (target .@ seg...) and, with `dotted` a path, (target .@a/b). */
gn_node *gn_lower_applied(gn_comp *c, gn_node *target, gn_value dotted,
                          const gn_value *segs, uint32_t n);
gn_node *gn_lower_set(gn_comp *c, gn_gene *g);

gn_node *gn_lower_array(gn_comp *c, gn_value form); /* lower_data.c */
gn_node *gn_lower_map(gn_comp *c, gn_value form);
gn_node *gn_lower_hashmap(gn_comp *c, gn_gene *g);
/* {{...}} in code made of data. */
gn_node *gn_lower_hashmap_value(gn_comp *c, gn_value form);
gn_node *gn_lower_str(gn_comp *c, gn_gene *g);
gn_node *gn_lower_quote(gn_comp *c, gn_value inner);
gn_node *gn_lower_construct(gn_comp *c, gn_gene *g, gn_node *type);
/* Elements with spreads. */
gn_args *gn_lower_items(gn_comp *c, const gn_value *forms, uint32_t n);

gn_node *gn_lower_fn_form(gn_comp *c, gn_gene *g); /* lower_fn.c */
gn_node *gn_lower_fnx(gn_comp *c, gn_gene *g);
gn_node *gn_lower_fnxx(gn_comp *c, gn_gene *g);
gn_node *gn_lower_arrow(gn_comp *c, gn_gene *g);
typedef struct gn_fn_form { /* what lies before a function's body */
  gn_value name;            /* symbol or GN_NIL */
  gn_value params;          /* Array, one symbol, or GN_NONE: no list */
  uint32_t body;            /* index of the first body form */
  uint16_t flags;
  gn_var *bound;       /* variable it is bound to, or NULL */
  gn_value class_name; /* or GN_NIL */
  bool arrow;          /* no return type can follow the list */
} gn_fn_form;
gn_node *gn_lower_function(gn_comp *c, gn_gene *g, const gn_fn_form *what);
/* A function without parameters around forms. */
gn_node *gn_lower_thunk(gn_comp *c, const gn_value *forms, uint32_t n,
                        uint16_t flags);

gn_pat *gn_lower_pattern(gn_comp *c, gn_value form, bool for_params);
/* A pattern item's or parameter list's next element; lower_params.c. */
typedef struct gn_item {
  uint8_t kind;
  gn_value name; /* symbol, or GN_NONE for _ and patterns */
  gn_value type; /* or GN_NONE */
  gn_value dflt; /* or GN_NONE */
  gn_value sub;  /* pattern form or GN_NONE */
  bool field;
} gn_item;
bool gn_next_item(gn_comp *c, const gn_value *forms, uint32_t n, uint32_t *i,
                  bool params, gn_item *out);
bool gn_lower_params(gn_comp *c, gn_fn *fn, gn_value list);

gn_node *gn_lower_class(gn_comp *c, gn_gene *g); /* lower_class.c */
gn_node *gn_lower_object(gn_comp *c, gn_gene *g);
gn_node *gn_lower_method(gn_comp *c, gn_gene *g);
gn_node *gn_lower_ctor(gn_comp *c, gn_gene *g);
gn_node *gn_lower_field(gn_comp *c, gn_gene *g);
gn_node *gn_lower_static(gn_comp *c, gn_gene *g);
gn_node *gn_lower_on_missing(gn_comp *c, gn_gene *g);
gn_node *gn_lower_ns_here(gn_comp *c); /* $ns */

gn_node *gn_lower_try(gn_comp *c, gn_gene *g); /* lower_try.c */
gn_node *gn_lower_throw(gn_comp *c, gn_gene *g);

gn_node *gn_lower_async(gn_comp *c, gn_gene *g); /* lower_async.c */
gn_node *gn_lower_await(gn_comp *c, gn_gene *g);
gn_node *gn_lower_await_all(gn_comp *c, gn_gene *g);
/* `$cwd` (g NULL) and `($cwd)` are a call of cwd. */
gn_node *gn_lower_cwd(gn_comp *c, gn_gene *g);
gn_node *gn_lower_yield(gn_comp *c, gn_gene *g);
gn_node *gn_lower_body_after_one(gn_comp *c, gn_gene *g);
gn_node *gn_lower_body_only(gn_comp *c, gn_gene *g);
gn_node *gn_lower_eval(gn_comp *c, gn_gene *g);
gn_node *gn_lower_caller_eval(gn_comp *c, gn_gene *g);
gn_node *gn_lower_render(gn_comp *c, gn_gene *g);
gn_node *gn_lower_parse(gn_comp *c, gn_gene *g);
gn_node *gn_lower_with(gn_comp *c, gn_gene *g);
gn_node *gn_lower_tap(gn_comp *c, gn_gene *g);

/* ---- generating code: gen.c ---- */

/* The code of a function with everything inside it. NULL after an error. */
const gn_proto *gn_generate(gn_comp *c, gn_fn *fn);

/* ---- constants.c ---- */

/* The value as one that may live in the program: itself when it is static,
 * else a copy. Equal texts give the same object. GN_NONE: out of memory. */
gn_value gn_constant(gn_comp *c, gn_value v);
/* Lets what eval's program refers to live as long as the program. False: out
 * of memory. */
bool gn_comp_keep(gn_comp *c, gn_value v);

#endif
