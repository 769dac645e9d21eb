/*
 * context.h - the state of a running evaluation: core, context, module,
 * fibers, frames, futures. Layouts and the few calls that all of run/ shares;
 * it decides nothing itself. Internal: natives see run/native.h only.
 */
#ifndef GN_RUN_CONTEXT_H
#define GN_RUN_CONTEXT_H

#include "compile/cache.h"
#include "compile/program.h"
#include "gene.h"
#include "run/builtins.h"
#include "run/native.h"

/* ---- core ---- */

/* What the I/O layer (vm/io) does for contexts; NULL members: not attached.
 * Handles are gn_op slots: index and generation, never pointers. */
typedef struct gn_io_ops {
  void *data;
  /* Starts a timer that ends `op` at due_us (monotonic). False: no memory. */
  bool (*timer_start)(void *data, uint32_t op, uint64_t due_us);
  void (*timer_stop)(void *data, uint32_t op);
  /* Gives up an operation whose result nobody wants. */
  void (*op_abandon)(void *data, uint32_t op);
  /* Removes what a context keeps outside (scratch folder). */
  void (*context_gone)(void *data, gn_ctx *ctx);
} gn_io_ops;

/* One started operation: timer, read, write. */
typedef struct gn_op {
  gn_ctx *ctx; /* NULL: free slot, or its context is gone */
  gn_future *future;
  uint32_t gen;
  uint32_t kind;       /* enum gn_op_kind */
  uint32_t prev, next; /* in the context's list; next: the free list too */
  uint32_t heap_at;    /* timers: place in the timer heap + 1; 0: not there */
  void *io;            /* the I/O layer's own request */
  gn_value keep;       /* what that request reads from: a root; GN_NIL: none */
} gn_op;
enum gn_op_kind { GN_OP_TIMER, GN_OP_IO, GN_OP_PROCESS };
#define GN_NO_OP     UINT32_MAX
#define GN_NO_SHARED UINT32_MAX

typedef struct gn_global {
  gn_value name; /* symbol: "println", or a path "gene/sleep" */
  gn_value value;
} gn_global;

struct gene_core {
  gn_pool *pool;
  void (*unused)(void *data, gene_program_t *program); /* may be NULL */
  void *unused_data;
  gn_heap heap; /* static: everything frozen */
  uint64_t seed;
  gn_class *classes[GN_C_COUNT];
  gn_dict *globals;               /* symbol -> value (namespaces included) */
  gn_shape *exc_root[GN_X_COUNT]; /* message, cause, code, trace */
  gn_value sym_message, sym_cause, sym_code, sym_trace, sym_missing,
      sym_member_missing;
  gn_value eval_fn, new_fn; /* gn_def_eval and `new` as values */
  gn_cache cache;           /* compiled programs */
  gn_io_ops io;
  gn_op *ops;
  uint32_t ops_cap, ops_free;
  size_t live_contexts;
  size_t context_bytes; /* of their heaps, as last counted */
  uint64_t collections;
  struct gene_context *contexts; /* all of them */
  struct gene_context *dead;     /* destroyed, whose memory goes in pieces */
  uint32_t first_shape_id;
  uint32_t nesting;               /* levels of source and of JSON read */
  uint32_t stress;                /* enum gn_stress */
  struct gn_coroutine *coroutine; /* to compile on; NULL: none is spare */
  uint64_t fail_nth; /* fails that allocation of the next context; tests */
};

enum gn_stress {
  GN_STRESS_GC = 1,
  GN_STRESS_MOVE = 2,
  GN_STRESS_SLICE = 4,
  GN_STRESS_TRACE = 8
};

/* ---- module ---- */

typedef struct gn_cache_slot { /* inline cache of a site */
  uint32_t id;   /* class id (methods) or shape id (fields); 0: empty */
  uint32_t slot; /* field slot, or the context's method epoch */
  gn_value method;
} gn_cache_slot;

typedef struct gn_module {
  gn_machine m;
  gn_program *program;
  struct gn_module *host; /* evaluated code: where its names live; or NULL */
  const gn_value *slot_names;
  gn_value *slots; /* program->nslots, in slots_buf; of the host */
  gn_values *slots_buf;
  gn_cache_slot *caches; /* program->nsites, in caches_buf */
  gn_blob *caches_buf;
  gn_dict *dynamic;       /* variables made by eval; NULL: none */
  gn_namespace *ns;       /* $ns; NULL until asked for */
  gn_value name;          /* String; GN_NIL: the script itself */
  struct gn_module *next; /* all modules of the context */
} gn_module;

/* ---- generators ---- */

typedef struct gn_generator {
  gn_machine m;
  gn_fiber *fiber;    /* NULL: it has ended */
  gn_fiber *consumer; /* parked in .next while the generator waits */
  gn_value name;      /* symbol or GN_NIL */
  gn_value item;      /* handed out and not yet taken; GN_UNSET: none */
  gn_value failure;   /* what ended it, until .next throws it; GN_NONE */
  uint32_t sent_to;   /* stack index that gets what is sent in */
  bool started, running;
} gn_generator;

/* ---- fibers ---- */

enum gn_frame_flag {
  GN_F_BOTTOM = 1,     /* first frame of its fiber */
  GN_F_FOR_NATIVE = 2, /* the frame below is a native's: it gets the result */
  GN_F_TEST = 4,       /* result decides the JEQ/JNE before the caller's pc */
  GN_F_NEGATE = 8,     /* result is negated (NE) */
  GN_F_NATIVE = 16,
};

typedef struct gn_frame {
  union {
    gn_closure *clo;          /* Gene frame */
    const gn_native_def *def; /* native frame */
  };
  const gn_ins *pc; /* next instruction; native frames: unused */
  gn_dict *kw;      /* native frames */
  uint32_t base;    /* of R[0] or argv[0] in the fiber's stack */
  uint32_t ret;     /* where the result goes, index in the stack */
  uint32_t win;     /* slot of the callee: a tail call's window goes there */
  uint16_t flags;
  uint16_t spare;
  uint32_t argc;  /* native frames */
  uint32_t state; /* native frames */
} gn_frame;

enum gn_fiber_state {
  GN_FIBER_NEW,
  GN_FIBER_READY,   /* in the ready queue */
  GN_FIBER_RUNNING, /* it, or a fiber that it started */
  GN_FIBER_WAITING,
  GN_FIBER_SUSPENDED, /* a generator between two items */
  GN_FIBER_DONE,
};
enum gn_fiber_role {
  GN_ROLE_MAIN,
  GN_ROLE_ASYNC,    /* completes `future` */
  GN_ROLE_CALLBACK, /* an error in it is reported as unhandled */
  GN_ROLE_RENDER,   /* renders the evaluation's value */
  GN_ROLE_GENERATOR,
};

struct gn_fiber {
  gn_machine m;
  uint8_t state, role;
  bool deliver; /* cancel_exc is thrown when it goes on */
  bool in_await_all;
  bool in_waits; /* in the context's list of waits */
  bool counted;  /* in ctx->pending_fibers */
  bool told;     /* the host was told that it waits */
  uint32_t nframes, frames_cap;
  uint32_t stack_cap;
  uint32_t extent;  /* lower bound of the stack's live part (windows of
                          natives that have no frame yet) */
  gn_value *stack;  /* = stack_buf->v */
  gn_frame *frames; /* in frames_buf */
  gn_values *stack_buf;
  gn_blob *frames_buf;
  gn_future *future;       /* completed with the fiber's end; NULL: none */
  gn_generator *generator; /* GN_ROLE_GENERATOR */
  gn_fiber *starter;       /* goes on when this one first waits or ends */
  gn_future *waits_for;    /* `next` links its waiters */
  gn_fiber *wait_prev;     /* the waiter before it */
  gn_fiber *older, *newer; /* in the context's list of waits */
  gn_value ex;             /* $ex */
  gn_value cancel_exc;     /* thrown at its next wait; GN_NONE: none */
  gn_value resumed;        /* what a native gets when the fiber goes on */
  gn_fiber *next;          /* in the ready queue, or the waiters */
  gn_fiber *all_prev, *all_next; /* unfinished fibers of the context */
};

/* ---- futures ---- */

enum gn_callback_kind {
  GN_CB_SUCCESS,
  GN_CB_FAILURE,
  GN_CB_PROGRESS,
  GN_CB_THEN, /* fn, fn2 or GN_NIL; target gets the outcome */
  GN_CB_FINALLY,
  GN_CB_FOLLOW,  /* target follows; no function */
  GN_CB_TIMEOUT, /* an await is over: fn is the timer's future, whose
                          `progress` lists what is awaited */
};
typedef struct gn_callback {
  gn_obj h; /* a GN_T_MACHINE */
  void (*trace)(gn_heap *, gn_machine *);
  uint8_t kind;
  gn_value fn, fn2;
  gn_future *target; /* or NULL */
  struct gn_callback *next;
} gn_callback;

struct gn_future {
  gn_machine m;
  uint8_t state;   /* enum gene_status */
  bool handled;    /* somebody looks at its failure */
  bool listed;     /* in the context's list of failed ones */
  bool counted;    /* in ctx->pending_futures */
  bool woken;      /* its waiters are in the ready queue, or were */
  uint32_t shared; /* its place among those with an id, from 1; 0: none */
  uint32_t op;     /* what is behind it, or GN_NO_OP */
  uint32_t op_gen;
  uint32_t number; /* among those that are traced, see run/trace.h; 0: none */
  gn_value value;  /* result or exception */
  gn_value progress;
  gn_callback *callbacks, *callbacks_last;
  gn_fiber *waiters, *waiters_last;
  gn_fiber *producer;     /* the fiber behind it */
  gn_future *follows;     /* the future it has adopted; NULL: none */
  gn_future *ahead;       /* one that follows leads to, maybe farther on */
  gn_future *job_next;    /* settled, notifications to come */
  gn_future *failed_next; /* context's list of failed futures */
};

/* ---- context ---- */

enum gn_kill_reason {
  GN_ALIVE,
  GN_KILL_FUEL,
  GN_KILL_MEMORY,
  GN_KILL_WALL,
  GN_KILL_CANCELLED,
};

/* What the last exception about a name or an argument was about. A report of
 * it is made with a hint; nothing is searched before. */
typedef struct gn_miss {
  gn_value exception;
  gn_value name;  /* symbol or string that was not found; Int: the argument
                     of def that was wrong, self counted; GN_NONE: none */
  gn_value where; /* class, or closure or native function; GN_NONE: scope */
  const gn_native_def *def; /* native whose arguments were wrong, or NULL */
} gn_miss;

struct gene_context { /* = gene_context_t */
  int64_t fuel;       /* left in the running slice; <= 0: it is over */
  gn_heap heap;
  struct gene_core *core;
  gn_value thrown; /* exception on its way */
  gn_miss miss;
  size_t counted_bytes; /* of the heap, in core->context_bytes */
  gn_dict *call_kw;     /* keywords of the call being made */
  gn_fiber *current;    /* running, or NULL */
  gn_fiber *ready, *ready_last;
  gn_fiber *all; /* unfinished fibers */
  gn_fiber *main;
  gn_module *module; /* of the script */
  gn_module *modules;
  uint32_t epoch; /* of method tables: caches older than it are stale */
  uint32_t next_class_id, next_shape_id;
  uint32_t ops;     /* operations in flight, timers included */
  uint32_t op_list; /* first of them, or GN_NO_OP */
  /* What the limit of pending is about: futures that are pending, whether
     * the script or a timer, a read or a write is to complete them, and
     * fibers. A fiber and the future of its outcome count once: the future
     * stands for both, or the fiber for a future that has ended before it. */
  uint32_t pending_futures, pending_fibers;
  uint32_t pending_marked; /* such futures, in the running collection */
  uint32_t pending_new;    /* counted since the limit asked for a collection */
  uint64_t pending_again;  /* fuel used until it asks for another */
  gn_fiber *oldest_wait, *newest_wait; /* waiting, not for $await_all */
  int64_t slice;                       /* what `fuel` started with */
  uint64_t fuel_used; /* up to the start of the running slice */
  uint8_t kill;       /* enum gn_kill_reason */
  bool running;       /* inside gene_context_run */
  bool alone;         /* preempted where no other fiber may run */
  bool value_fixed, main_done, cancelled, done, idle_told;
  bool value_cancelled; /* the value was a future that got cancelled */
  bool showing;         /* the value is being rendered */
  bool exited;
  int exit_code;
  gn_value exit_exc;    /* what exit throws; GN_NONE: it was not called */
  gn_value exit_cancel; /* what the other fibers got then */
  uint64_t exit_end_us; /* monotonic: when all must have ended */
  bool stress_step;     /* GN_STRESS_SLICE: this instruction may run */
  bool native_step;     /* GN_STRESS_SLICE: this native may go on */
  struct {
    uint32_t line, column;
    char function[64];
  } kill_place;     /* where it was killed; line 0: unknown */
  uint64_t wall_ms; /* of GN_KILL_WALL */
  gn_value value;   /* of the main fiber, once it has ended */
  gn_value error;   /* exception of the evaluation, or GN_NONE */
  gn_value value_json, value_text, value_type; /* Strings, GN_NONE before */
  gn_array *unhandled;                         /* exceptions; NULL: none */
  /* failed futures in their order, to find the unhandled */
  gn_future *failed, *failed_last;
  gene_limits_t limits;
  gene_host_t host;
  uint32_t capabilities;
  bool strict_nil, no_type_check, no_contracts, tagged, no_json;
  char *out; /* kept output */
  size_t out_len, out_cap;
  uint64_t out_total;
  bool out_cut;
  struct gn_report *report; /* gene_error_t and friends, made on demand */
  gn_array *diagnostics;    /* [kind message line column]...; NULL: none */
  uint32_t ndiagnostics;
  uint32_t numbered; /* futures that have a number */
  bool tracing;      /* host.on_trace is to be called */
  gn_array *causes;  /* their texts, cause.c; NULL: not made yet */
  gn_array *shared;  /* futures with ids, shared.c; NULL: none */
  uint32_t shared_first, shared_last; /* of them, settled and not shown */
  bool sharing;                       /* futures that are written get ids */
  bool showing_shared;                /* a fiber shows them */
  bool shared_told;                   /* that there are too many */
  gn_value cancel_reason; /* String; GN_NONE: it was not cancelled */
  gn_value progress;
  uint64_t rng[4];
  bool rng_seeded, duration_set, clock_set;
  int64_t clock_base;      /* wall clock - monotonic clock; if clock_set */
  uint64_t duration_start; /* monotonic, in microseconds; if duration_set */
  gene_program_t *program;
  uint64_t collection;          /* number of the running or last one */
  gn_program *evals;            /* programs compiled by eval */
  gn_evaluation *evaluation;    /* being compiled: no other fiber may run */
  struct gn_re_codes *patterns; /* of regexes made here; NULL: none yet */
  char *root_folder;            /* of a trusted tool; NULL: scratch */
  char *folder;             /* current one in the scratch folder; NULL: that */
  gn_array *module_sources; /* name, text in turn; NULL: none */
  gn_value input, args, env_map, program_name;
  struct gn_json_reader *start; /* of what is large in the options; NULL: none,
                                   or it has been read */
  void *io;                     /* the I/O layer's own */
  gn_ctx *prev, *next_ctx;      /* all contexts of the core */
};

/* ---- fiber.c ---- */

/* A fiber that will call fn with n arguments. NULL with an exception thrown
 * (memory, or GENE.LIMIT.PENDING). */
gn_fiber *gn_fiber_new(gn_ctx *ctx, enum gn_fiber_role role, gn_value fn,
                       const gn_value *args, uint32_t n);
/* A fiber with one empty frame to be filled by the caller. */
gn_fiber *gn_fiber_bare(gn_ctx *ctx, enum gn_fiber_role role,
                        uint32_t stack_cap);
void gn_fiber_ready(gn_ctx *ctx, gn_fiber *fiber);
/* Makes it run now; the current one goes on when it waits or ends. */
void gn_fiber_start(gn_ctx *ctx, gn_fiber *fiber);
/* The current fiber waits; whoever started it goes on. */
void gn_fiber_park(gn_ctx *ctx, gn_fiber *fiber);
void gn_fiber_end(gn_ctx *ctx, gn_fiber *fiber, gn_value result);
void gn_fiber_fail(gn_ctx *ctx, gn_fiber *fiber, gn_value exception);
/* False: out of memory. n more values above `top`; one more frame. */
bool gn_fiber_grow_stack(gn_ctx *ctx, gn_fiber *fiber, uint32_t need);
bool gn_fiber_grow_frames(gn_ctx *ctx, gn_fiber *fiber);
/* Where in the source it is; 0, 0: nowhere. It may be NULL. */
void gn_fiber_place(const gn_fiber *fiber, uint32_t *line, uint32_t *column);
/* The stack below this is live. */
uint32_t gn_fiber_top(const gn_fiber *fiber);
/* Delivers an exception at the fiber's next waiting point. True: it waits at
 * one, and the caller makes it go on, by gn_fiber_ready or gn_fiber_start. */
bool gn_fiber_interrupt(gn_ctx *ctx, gn_fiber *fiber, gn_value exception);
/* The same, put into the ready queue. */
void gn_fiber_interrupt_now(gn_ctx *ctx, gn_fiber *fiber, gn_value exception);
/* What to do when nothing is ready: deadlocks, $await_all, the end. False:
 * nothing to do but wait or end. */
bool gn_fiber_idle(gn_ctx *ctx);

/* In and out of the context's list of unfinished fibers. */
void gn_fiber_list(gn_ctx *ctx, gn_fiber *fiber);
void gn_fiber_unlist(gn_ctx *ctx, gn_fiber *fiber);
/* A fiber that was taken from the ready queue does not wait any more. */
void gn_fiber_taken(gn_ctx *ctx, gn_fiber *fiber);
/* All that wait for a future are ready now, in their order. */
void gn_fiber_wake_all(gn_ctx *ctx, gn_future *future);
/* An exception that nobody will catch: shown with the result. */
void gn_ctx_unhandled(gn_ctx *ctx, gn_value exception);
/* Whether so many more may be pending: GN_OK, or GENE.LIMIT.PENDING is thrown.
 * At the limit it wants a collection first, in the way of gn_oom: what must
 * not be tried again asks gn_check_pending_now. */
int gn_check_pending(gn_ctx *ctx, uint32_t more);
int gn_check_pending_now(gn_ctx *ctx, uint32_t more);
/* This future counts as long as it is pending. */
void gn_count_future(gn_ctx *ctx, gn_future *f);
/* Futures count no more once they are collected: around a collection. */
void gn_count_anew(gn_ctx *ctx);
void gn_counted(gn_ctx *ctx);
/* A DeadlockException; GN_NONE: out of memory. */
gn_value gn_deadlock(gn_ctx *ctx);

/* ---- interp.c ---- */

enum gn_interp_status { GN_I_PREEMPTED, GN_I_SWITCHED };
/* Runs ctx->current until it is preempted (it stays current), or until
 * another one (or none) is to run. */
enum gn_interp_status gn_interp(gn_ctx *ctx);

/* ---- generator.c ---- */

/* The generator's fiber parks: its consumer waits with it. */
void gn_generator_parked(gn_ctx *ctx, gn_fiber *fiber);
/* It has ended; exception GN_NONE: as it should. */
void gn_generator_ended(gn_ctx *ctx, gn_fiber *fiber, gn_value exception);

/* ---- future.c ---- */

gn_future *gn_future_new(gn_ctx *ctx); /* NULL: thrown */
static inline bool gn_is_future(gn_value v) {
  return gn_is(v, GN_T_FUTURE);
}
static inline gn_future *gn_fut(gn_value v) {
  return (gn_future *)gn_as_obj(v);
}
/* Settles a pending future from an event or a fiber's end; callbacks get a
 * fiber of their own. A Future as value is adopted. Nothing happens to one
 * that has been completed already, if only with a future that is pending. */
void gn_future_complete(gn_ctx *ctx, gn_future *f, gn_value value);
void gn_future_fail(gn_ctx *ctx, gn_future *f, gn_value exception);
/* Cancels f and what is behind it; the callbacks are queued. */
void gn_future_cancel(gn_ctx *ctx, gn_future *f, gn_value exception);

/* ---- op.c ---- */

/* A slot for something behind f. GN_NO_OP with an exception thrown. */
uint32_t gn_op_new(gn_ctx *ctx, gn_future *f, enum gn_op_kind kind);
/* Frees the slot and detaches the future; the slot's handles become stale. */
void gn_op_free(struct gene_core *core, uint32_t op);
/* The same, its future ended with v, as failed or not; GN_NONE: there was no
 * memory for it, which ends the evaluation. Tells the host. */
void gn_op_end(gn_ctx *ctx, uint32_t op, gn_value v, bool failed);
/* The live op of a handle, or NULL. */
gn_op *gn_op_get(struct gene_core *core, uint32_t op, uint32_t gen);
/* Stops what is behind f, if anything. */
void gn_op_stop(gn_ctx *ctx, gn_future *f);
/* The context has something ready: tells the host once. */
void gn_ctx_wake(gn_ctx *ctx);
/* Delivers an exception to the main fiber and then to every other one but
 * `but` (or NULL), and cancels what is in flight. */
void gn_cancel_all(gn_ctx *ctx, gn_value exception, const gn_fiber *but);

/* ---- exception.c ---- */

gn_value gn_exception_new(gn_ctx *ctx, enum gn_exc cls, const char *code,
                          gn_value message, gn_value cause);
/* The exception that throwing v throws (part 3, 11.2), when no Gene code is
 * needed to print v; GN_NONE: gn_exception_run must do it. */
gn_value gn_exception_quick(gn_ctx *ctx, gn_value v);
/* The same for any v; resumable like gn_print_run, in call->result. */
int gn_exception_run(gn_ctx *ctx, gn_call *call, gn_value *machine, gn_value v);
/* Fills trace and place at the first throw, from the running fiber. */
void gn_exception_trace(gn_ctx *ctx, gn_value exception, gn_fiber *fiber);
/* Gives an exception without a place that of the script's last expression. */
void gn_exception_at_end(gn_ctx *ctx, gn_value exception);
/* Virtual fields: line, column, file, location, stack. GN_NONE: no such. */
gn_value gn_exception_field(gn_ctx *ctx, gn_value exception, gn_value name);
/* Makes the report the host sees. NULL: out of memory. */
/* at: 0 the evaluation's own error, else 1 + the place among the unhandled. */
/* ctx->thrown, just made, is about this; gives GN_THROW. */
int gn_missed(gn_ctx *ctx, gn_value name, gn_value where,
              const gn_native_def *def);
/* What to do about an exception, thrown in this module and at this place, as a
 * sentence in buf; its length, 0 when there is nothing to say. */
size_t gn_hint(gn_ctx *ctx, gn_value exception, const gn_module *module,
               const gene_frame_info_t *place, const gn_program *program,
               char *buf, size_t size);

const gene_error_t *gn_report_error(gn_ctx *ctx, gn_value exception,
                                    uint32_t at);
void gn_report_free(gn_ctx *ctx);
/* error, unhandled and diagnostics of a result. */
void gn_report_fill(gn_ctx *ctx, gene_result_t *out);
/* A report of nothing but this exception; GN_NIL: of what ended the context. */
void gn_report_one(gn_ctx *ctx, gn_value exception, gene_result_t *out);
/* Where the running fiber is; 0: nowhere in a source. */
void gn_ctx_place(const gn_ctx *ctx, uint32_t *line, uint32_t *column);
/* One more diagnostic, at the running fiber's place; beyond 100 nothing. */
bool gn_ctx_wants_diagnostics(const gn_ctx *ctx); /* fewer than 100 so far */
void gn_ctx_diagnostic(gn_ctx *ctx, const char *kind, const char *message);
void gn_note_kill_place(gn_ctx *ctx, const gn_fiber *fiber);
int gn_throw_kill(gn_ctx *ctx, enum gn_kill_reason why);

/* ---- class.c ---- */

gn_class *gn_class_new(gn_ctx *ctx, gn_value name, gn_class *parent);
gn_value gn_instance_new(gn_ctx *ctx, gn_class *cls); /* GN_NONE: oom */
/* Method by name up the chain, or GN_NONE. */
gn_value gn_class_method(gn_ctx *ctx, gn_class *cls, gn_value name);
gn_value gn_class_ctor(gn_class *cls);
bool gn_class_is(const gn_class *cls, const gn_class *ancestor);
/* Slot of a field or -1. */
int32_t gn_shape_find(const gn_shape *shape, gn_value name);
/* GN_OK or GN_THROW (memory). */
int gn_instance_set(gn_ctx *ctx, gn_instance *in, gn_value name, gn_value v);
gn_value gn_instance_get(const gn_instance *in, gn_value name); /* GN_NONE */
static inline gn_class *gn_builtin(gn_ctx *ctx, enum gn_class_id id) {
  return ctx->core->classes[id];
}

/* ---- member.c ---- */

/* x/name and so on; *out GN_VOID when missing. GN_CALL: gn_def_member or
 * gn_def_put has to do it; of keys other than Strings, Symbols and Ints only in
 * hash maps. */
int gn_member_get(gn_ctx *ctx, gn_value recv, gn_value key, gn_value *out);
int gn_member_set(gn_ctx *ctx, gn_value recv, gn_value key, gn_value v);

/* ---- arith.c ---- */

int gn_arith_slow(gn_ctx *ctx, enum gn_opcode op, gn_value a, gn_value b,
                  gn_value *out);
int gn_compare_slow(gn_ctx *ctx, enum gn_opcode op, gn_value a, gn_value b,
                    bool *out);

/* ---- start.c ---- */

/* The evaluation is to begin with this JSON, as start_json of its options has
 * it. False: out of memory. */
bool gn_start_with(gn_ctx *ctx, gene_text_t json);
/* Reads on for the slice's fuel. ctx->start is NULL once all is there. */
void gn_start_read(gn_ctx *ctx);

/* ---- collect.c ---- */

bool gn_ctx_collect(gn_ctx *ctx);

/* Charges bytes that lie outside of the heap, after a collection if need be and
 * no fiber runs. False: there is no room. */
bool gn_ctx_charge(gn_ctx *ctx, size_t bytes);

/* Tells a new heap what it is collected from. */
void gn_collect_init(gn_ctx *ctx);

/* A collection of the context's heap has reached what points into a program:
 * one of eval stays, and with it its constants, which lie in that heap. */
void gn_mark_program(gn_heap *heap, gn_program *program);

/* ---- context.c ---- */

void gn_ctx_output(gn_ctx *ctx, const char *bytes, size_t len, bool to_stderr);
uint64_t gn_ctx_now_us(gn_ctx *ctx); /* monotonic */
int64_t gn_wall_us(gn_ctx *ctx);
uint64_t gn_ctx_random(gn_ctx *ctx);

#endif
