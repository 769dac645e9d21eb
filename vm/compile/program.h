/*
 * program.h - a compiled program: functions, constants, tables. Built once,
 * then never written; any number of contexts share it. What changes while it
 * runs (module slots, inline caches) lies in the context's gn_module.
 */
#ifndef GN_COMPILE_PROGRAM_H
#define GN_COMPILE_PROGRAM_H

#include "compile/opcodes.h"
#include "core/heap.h"
#include "gene.h"

typedef struct gn_ins {
  uint16_t op, a;
  union {
    struct {
      uint16_t b, c;
    };
    int32_t d;
  };
} gn_ins;
_Static_assert(sizeof(gn_ins) == 8, "instruction");

/* How a closure gets its captures when it is made. */
typedef struct gn_capture {
  bool from_up;   /* else from a register */
  uint16_t index; /* of the enclosing function's register or capture */
} gn_capture;

/* A try region: an exception with start <= pc < end goes to `target` with the
 * exception in R[reg]. Inner regions stand before outer ones. */
typedef struct gn_handler {
  uint32_t start, end, target;
  uint16_t reg;
  bool finally; /* its code runs whatever ends the region */
} gn_handler;

typedef struct gn_loc { /* from this pc on, until the next entry */
  uint32_t pc, line, column;
} gn_loc;

enum gn_param_kind {
  GN_P_REQUIRED,     /* a, _ */
  GN_P_OPTIONAL,     /* a = expr: the prologue evaluates it on unset */
  GN_P_REST,         /* a... */
  GN_P_KEY,          /* ^a */
  GN_P_KEY_OPTIONAL, /* ^a = expr */
  GN_P_KEY_REST,     /* ^a... */
};
typedef struct gn_param {
  gn_value name; /* symbol */
  uint8_t kind;  /* enum gn_param_kind */
} gn_param;      /* parameter i is register i (i + 1 in a method) */

enum gn_proto_flag {
  GN_P_SIMPLE = 1,     /* only required positionals, none of the rest below */
  GN_P_METHOD = 2,     /* R[0] is self */
  GN_P_MACRO = 4,      /* env of the caller goes to R[env_reg] */
  GN_P_ASYNC = 8,      /* a call gives a Future (may be a generator too) */
  GN_P_GENERATOR = 16, /* a call gives a Generator */
  GN_P_MAIN = 32,      /* the body of a module */
  GN_P_BLOCK = 64,     /* an async body and the like: traced as its function */
};

typedef struct gn_site {
  gn_value name; /* symbol */
} gn_site;

typedef struct gn_env_var {
  gn_value name; /* symbol; GN_NIL: the env of a macro's caller */
  gn_value type; /* form that assignments are checked by, or GN_NONE */
  bool cell;     /* the captured thing is a cell */
  bool assignable;
} gn_env_var;
typedef struct gn_env_desc { /* captures[i] is variable vars[i] */
  const gn_env_var *vars;    /* innermost first */
  const gn_capture *captures;
  uint32_t n;
  int32_t self; /* index in captures of self, -1: none (not in vars) */
} gn_env_desc;

/* A destructuring pattern. Nested patterns are matched by further DESTRs of
 * the value that the outer one puts into a register. */
enum gn_pattern_kind { GN_PAT_LIST, GN_PAT_MAP };
typedef struct gn_pattern {
  uint8_t kind;
  uint16_t n;
  const gn_param *items; /* item i goes to R[a + i]; for GN_PAT_MAP the
                                names are keys, absent ones give void */
  bool for_params;       /* messages without "Destructuring pattern
                                mismatch: " (unused by DESTR) */
} gn_pattern;

typedef struct gn_type_check {
  gn_value type;  /* the type form as read (symbol, complex symbol, gene) */
  gn_value where; /* String: the message's WHERE, e.g. "x" */
} gn_type_check;

typedef struct gn_proto {
  struct gene_program *program;
  const gn_ins *code;
  const gn_value *consts;
  const struct gn_proto *const *protos;
  const gn_site *sites;
  const gn_capture *captures;
  const gn_handler *handlers;
  const gn_loc *locs;
  const gn_param *params;
  const gn_env_desc *envs;
  const gn_pattern *patterns;
  const gn_type_check *checks;
  uint32_t ncode, nconsts, nprotos, nsites, nlocs, nhandlers, nenvs;
  uint32_t npatterns, nchecks;
  uint32_t site_base; /* of this function's first site in the module's caches */
  uint16_t ncaptures;
  uint16_t nregs;      /* registers, at most 65,000 */
  uint16_t nparams;    /* all kinds; self not counted */
  uint16_t npos, nreq; /* positional ones (rest not counted), required ones */
  int16_t rest, key_rest; /* parameter index, or -1 */
  uint16_t nkeys;         /* GN_P_KEY and GN_P_KEY_OPTIONAL */
  uint16_t env_reg;       /* macros */
  uint16_t flags;         /* enum gn_proto_flag */
  gn_value name;          /* symbol, or GN_NIL: anonymous */
  gn_value class_name;    /* symbol of the class around a method, or GN_NIL */
  gn_value intent;        /* ^intent, or GN_NIL */
  uint32_t line, column;
} gn_proto;

/* What was probably meant by a name that is not defined, or by a path called
 * at a place (name GN_NONE) that leads nowhere. */
typedef struct gn_near {
  gn_value name;  /* symbol */
  gn_value meant; /* symbol or string */
  uint32_t line, column;
} gn_near;

typedef struct gene_program {
  uint32_t refs;
  uint64_t mark; /* collection that last reached it (eval programs) */
  struct gene_core *core;
  gn_pool *pool;          /* of its own; NULL: the heap draws on the core's */
  gn_heap heap;           /* constants, all GN_STATIC; not those of eval */
  gn_array *keep;         /* eval: its constants and names; else NULL */
  struct gn_arena *arena; /* functions and tables */
  struct gn_re_codes *patterns; /* of regexes among the constants, or NULL */
  const gn_proto *main;
  const gn_value *slot_names; /* symbols of the module's variables */
  const uint8_t *slot_exported;
  const uint8_t *slot_let;    /* they cannot be assigned */
  const gn_value *slot_types; /* forms to check assignments by, or GN_NONE */
  const uint32_t *slot_index; /* by the hash of the name: slot + 1, or 0 */
  uint32_t slot_mask;         /* of the index; nslots 0: there is none */
  uint32_t nslots, nsites;
  gn_near *near;
  uint32_t nnear;
  size_t bytes; /* all memory of it */
  char *source; /* kept for messages; NULL for eval */
  size_t source_len;
  uint64_t key[2];                           /* cache */
  struct gene_program *next, *newer, *older; /* cache */
} gn_program;

struct gene_context;

/* Compiles a whole module. NULL with err filled on failure. `apart`: the core
 * is only read, and memory comes from pools of its own, so that this may run
 * while the core's thread goes on. */
gn_program *gn_compile_source(struct gene_core *core, const char *source,
                              size_t len, bool apart,
                              gene_compile_error_t *err);

/* The slot of a module's variable, by its name (a symbol), or -1. */
int32_t gn_program_slot(const gn_program *p, gn_value name);

/* Around code for eval. */
typedef struct gn_eval_site {
  const gn_env_desc *env;
  const gn_program *host; /* of the module that env belongs to */
  bool at_module;         /* at the top of that module */
  uint32_t line, column;  /* of forms that don't tell theirs */
} gn_eval_site;

/* Compiles forms (an Array of them) for eval, in steps; the constants go to
 * `heap`, the context's, which pays for the memory. Names are looked up in env
 * first (its vars become the captures of main, in the order of desc->captures,
 * self included), then in the module env belongs to: its slots are
 * GETG/SETG of that module's program when env->module runs `host`, other names
 * GETN/DEFN/SETN. Declarations at the forms' top level: DEFN when `at_module`,
 * else local. At most a depth of GN_MAX_NESTING.
 *
 * Between two steps the heap may be collected, with gn_evaluation_mark among
 * its roots, but the forms must stay what they are: no code may run. NULL: out
 * of memory. */
typedef struct gn_evaluation gn_evaluation;
gn_evaluation *gn_evaluation_new(struct gene_core *core, gn_heap *heap,
                                 gn_value forms, const gn_eval_site *site);
/* False: all is done. *work: what the step did, in bytes of scratch memory. */
bool gn_evaluation_step(gn_evaluation *e, size_t *work);
void gn_evaluation_mark(gn_heap *heap, const gn_evaluation *e);
/* After the last step: the program, for which nobody pays yet, or NULL with err
 * filled. */
gn_program *gn_evaluation_end(gn_evaluation *e, gene_compile_error_t *err);
/* Whatever has been done so far; NULL is allowed. */
void gn_evaluation_drop(gn_evaluation *e);

void gn_program_retain(gn_program *program);
void gn_program_release(gn_program *program);

/* Place of an instruction; 0, 0 when there is none. */
void gn_proto_place(const gn_proto *proto, uint32_t pc, uint32_t *line,
                    uint32_t *column);

/* The builtin global (or path such as gene/sleep) of this name, or GN_NONE.
 * Frozen values of the core; the compiler folds calls of them. Implemented
 * by run/core.c. */
gn_value gn_core_global(const struct gene_core *core, gn_value symbol);
gn_value gn_core_path(const struct gene_core *core, gn_value csymbol);

typedef struct gn_nearest gn_nearest;
/* Tries all builtin globals and special forms. Implemented by run/hint.c. */
void gn_core_near(const struct gene_core *core, gn_nearest *nearest);
/* Tries the special forms. */
void gn_forms_near(gn_nearest *nearest);

#endif
