/*
 * interp_parts.h - pieces that the dispatch loop calls out to: binding of
 * arguments, iteration, destructuring, type checks, templates. Internal to
 * run/.
 */
#ifndef GN_RUN_INTERP_PARTS_H
#define GN_RUN_INTERP_PARTS_H

#include "run/context.h"
#include "run/pieces.h"
#include "types/dict_copy.h"

/* Binds argc arguments standing at stack[args] (self not among them) to the
 * registers of a frame at `base`: parameters in declared order, GN_UNSET
 * where the prologue is to evaluate a default. The stack has room for the
 * frame. kw may be NULL. GN_OK or GN_THROW. */
int gn_bind(gn_ctx *ctx, gn_fiber *fiber, const gn_closure *clo, uint32_t base,
            uint32_t args, uint32_t argc, gn_dict *kw, gn_value env);

/* Keywords of a call site as a Map; NULL: out of memory. */
gn_dict *gn_keywords(gn_ctx *ctx, gn_value names, const gn_value *values);

/* Starts an iteration: state[0..2]. GN_CALL: an object with Gene methods. */
int gn_iter_start(gn_ctx *ctx, gn_value over, uint32_t vars, gn_value *state);
/* 1: item in state[3] (and key first, item second, for two variables), 0: the
 * end, GN_THROW, or 2: gn_def_next must be called. */
int gn_iter_next(gn_ctx *ctx, gn_value *state);
/* For NEXTC: takes what gn_def_next gave apart. 1, 0 or GN_THROW. */
int gn_iter_take(gn_ctx *ctx, gn_value *state);

/* The text of an interpolation of n values. GN_UNSET: one of them is no scalar,
 * so gn_def_str is needed; GN_NONE: out of memory. */
gn_value gn_join_scalars(gn_ctx *ctx, const gn_value *values, uint32_t n);

/* Elements of a spread into an Array or Gene. */
int gn_spread(gn_ctx *ctx, gn_value into, gn_value from);
/* Can be done in one step; else gn_def_spread does it in slices. */
bool gn_spread_is_small(gn_value from);
int gn_splice(gn_ctx *ctx, gn_dict *into, gn_value from);
/* The same of a Map in slices: GN_OK, GN_YIELD or GN_THROW. *place is a local,
 * GN_NIL at first. */
int gn_splice_run(gn_ctx *ctx, gn_call *call, gn_value *place, gn_dict *into,
                  const gn_dict *from);
int gn_merge_deep(gn_ctx *ctx, gn_value *into, gn_value from);

/* A deep mutable copy of quoted data that is small. GN_NONE: out of memory;
 * GN_UNSET: gn_def_quote has to be asked. */
gn_value gn_copy_quoted(gn_ctx *ctx, gn_value form);

int gn_destructure(gn_ctx *ctx, const gn_pattern *pattern, gn_value v,
                   gn_value *out);

/* Checks *v; converts it in place when `convert`. */
int gn_type_check_value(gn_ctx *ctx, const gn_closure *clo,
                        const gn_type_check *check, gn_value *v, bool convert);
/* v is T; GN_OK with *out. */
int gn_is_type(gn_ctx *ctx, gn_value v, gn_value type, bool *out);
/* exception is of class `cls` in a catch clause. */
int gn_catches(gn_ctx *ctx, gn_value exception, gn_value cls, bool *out);

gn_value gn_make_closure(gn_ctx *ctx, const gn_proto *proto, gn_module *module,
                         const gn_closure *in, const gn_value *regs);
gn_value gn_make_env(gn_ctx *ctx, const gn_env_desc *desc, const gn_closure *in,
                     const gn_value *regs);

/* Names that are no slot: dynamic variables of the module, then builtins. */
int gn_name_get(gn_ctx *ctx, gn_module *module, gn_value name, gn_value *out);
int gn_name_set(gn_ctx *ctx, gn_module *module, gn_value name, gn_value v);
int gn_name_define(gn_ctx *ctx, gn_module *module, gn_value name, gn_value v);

/* Method of any value for a send; fills the cache. GN_OK with the callable in
 * *out (GN_NONE: the result is *result already), or GN_THROW. */
int gn_send_lookup(gn_ctx *ctx, gn_value recv, gn_value name, uint32_t argc,
                   gn_cache_slot *cache, gn_value *out, gn_value *result);
int gn_super_lookup(gn_ctx *ctx, const gn_closure *clo, gn_value name,
                    gn_value *out);

/* CLASS, METHOD, FIELD, MEMBER, NAMESPACE. */
int gn_do_class(gn_ctx *ctx, gn_value name, gn_value *reg);
int gn_do_method(gn_ctx *ctx, gn_value cls, gn_value name, gn_value fn);
int gn_do_field(gn_ctx *ctx, gn_value cls, gn_value name, gn_value dflt,
                const gn_closure *clo, int32_t check);
int gn_do_member(gn_ctx *ctx, gn_value where, gn_value name, gn_value v);
int gn_do_namespace(gn_ctx *ctx, gn_value name, gn_value *reg);
gn_namespace *gn_module_ns(gn_ctx *ctx, gn_module *module);

/* Instances of it have declared, typed fields. */
bool gn_class_typed(const gn_class *cls);
/* The fiber's end completes f. */
void gn_fiber_produce(gn_ctx *ctx, gn_fiber *fiber, gn_future *f);
/* A Generator over a fiber that has not started. GN_NONE: thrown. */
gn_value gn_generator_new(gn_ctx *ctx, gn_fiber *fiber, gn_closure *clo);
/* Hands v out of the running generator; what is sent in goes to stack[to]. */
int gn_generator_yield(gn_ctx *ctx, gn_fiber *fiber, gn_value v, uint32_t to);

/* What the compiler has declared for a field: checks and converts *v. */
int gn_check_field(gn_ctx *ctx, gn_class *cls, gn_value name, gn_value *v);
gn_module *gn_module_new(gn_ctx *ctx, gn_program *program, gn_value name);
/* The module in which evaluated code runs: slots and names are its host's. */
gn_module *gn_module_of_eval(gn_ctx *ctx, gn_program *program, gn_module *host);

/* Stress: moves the fiber's stack to another place. */
void gn_fiber_move_stack(gn_ctx *ctx, gn_fiber *fiber);

/* Whether an operand is a text or a Map too long for one step: see long.c. */
static inline bool gn_is_long(gn_value v) {
  if (gn_is_string(v) || gn_is(v, GN_T_BYTES))
    return gn_str(v)->len > GN_PIECE;
  return gn_is_long_map(v);
}

#endif
