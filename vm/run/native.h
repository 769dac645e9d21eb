/*
 * native.h - how builtins are written: the call they get, what they return,
 * how they throw, wait, call Gene code and are charged.
 *
 * A native never calls back into the interpreter. To run Gene code it fills
 * call->callee and call->args, sets call->state, returns GN_CALL, and is
 * entered again with the result in call->result; all it needs by then lies in
 * call->locals (traced) and call->state. argv and locals may have moved: read
 * them anew at every entry. Collections happen only between entries, so a
 * native needs no rooting while it runs.
 *
 * Out of memory: return gn_oom(ctx). At its FIRST entry (state 0) a native
 * must not have changed anything visible by then: the interpreter collects and
 * calls it once more. At a later one it is called once more too, with the state
 * that this entry began with: how far it came since is known from its locals
 * alone. What lacks memory must stay where it is: work that begins anew each
 * time would never end.
 */
#ifndef GN_RUN_NATIVE_H
#define GN_RUN_NATIVE_H

#include "core/dict.h"
#include "core/heap.h"
#include "core/number.h"
#include "types/array.h"
#include "types/gene.h"
#include "types/string.h"

typedef struct gene_context gn_ctx;
typedef struct gn_call gn_call;
typedef struct gn_fiber gn_fiber;
typedef struct gn_future gn_future;

enum gn_status {
  GN_OK = 0,     /* call->result is the value */
  GN_THROW = -1, /* ctx->thrown is the exception */
  GN_CALL = 1,   /* call callee with args, then enter again */
  GN_YIELD = 2,  /* the slice is used up: enter again later, same state */
  GN_WAIT = 3,   /* the fiber was parked by gn_park_*: enter again when woken */
  GN_TAIL = 4,   /* call callee with args; its result is the result */
  GN_SWITCH = 5, /* gn_start_fiber was called: enter again when that fiber
                      waits or has ended */
};

#define GN_CALL_ARGS 4

struct gn_call {
  gn_value *argv;   /* positional arguments; a method's self is argv[0] */
  uint32_t argc;    /* self counted */
  uint32_t state;   /* 0 at the first entry */
  gn_dict *kw;      /* keyword arguments as a Map (fresh), or NULL */
  gn_value *locals; /* def->locals values, GN_NIL at the first entry */
  gn_value result;  /* in: of the callee; out: of the native */
  gn_value thrown;  /* GN_N_CATCHES: what the callee threw, else GN_NONE */
  const gn_native_def *def;
  /* for GN_CALL and GN_TAIL */
  gn_value callee;
  uint32_t nargs;
  gn_value args[GN_CALL_ARGS];
  gn_array *arg_array; /* instead of args when there are more; else NULL */
  gn_dict *pass_kw;    /* keywords for the callee, a fresh Map, or NULL */
};

/* ---- throwing ---- */

/* Builtin exception classes; the order is that of the table in
 * types/exception.c. */
enum gn_exc {
  GN_X_EXCEPTION,
  GN_X_RUNTIME,
  GN_X_TYPE,
  GN_X_ARGUMENT,
  GN_X_NAME,
  GN_X_ASSERTION,
  GN_X_IO,
  GN_X_PARSE,
  GN_X_COMPILE,
  GN_X_IMPORT,
  GN_X_PERMISSION,
  GN_X_CONCURRENCY,
  GN_X_TIMEOUT,
  GN_X_CANCELLATION,
  GN_X_DEADLOCK,
  GN_X_AGGREGATE,
  GN_X_THREAD,
  GN_X_NETWORK,
  GN_X_PROVIDER,
  GN_X_LIMIT,
  GN_X_COUNT
};

/* Makes an exception, stores it in ctx->thrown, returns GN_THROW. code NULL:
 * the class's usual one. The message is cut at 4 KiB. */
int gn_throw(gn_ctx *ctx, enum gn_exc cls, const char *code, const char *fmt,
             ...) __attribute__((format(printf, 4, 5)));
/* Throws this exception value as it is. */
int gn_throw_value(gn_ctx *ctx, gn_value exception);
/* The heap's cap was hit. */
int gn_oom(gn_ctx *ctx);

/* TypeException "METHOD expects KIND ..., got T" helpers. */
int gn_throw_expects(gn_ctx *ctx, const gn_call *call, const char *what,
                     gn_value got);

/* ---- charging ---- */

/* Charges n units (elements or about 16 bytes touched each). */
void gn_charge(gn_ctx *ctx, uint64_t n);
/* True when a long loop should save its place and return GN_YIELD. */
bool gn_slice_over(gn_ctx *ctx);

gn_heap *gn_ctx_heap(gn_ctx *ctx);

/* ---- nesting ---- */

/* Levels that source and JSON may have, and values that are printed, compared,
 * hashed or copied. Fixed for the life of the context. */
uint32_t gn_source_nesting(gn_ctx *ctx);
uint32_t gn_value_nesting(gn_ctx *ctx);
/* Throws the RuntimeException for a value with more levels than that. */
int gn_throw_too_deep(gn_ctx *ctx);

/* ---- kinds ---- */

/* The name typeof gives (static, or of the class: a C string in the heap). */
gn_value gn_type_name(gn_ctx *ctx, gn_value v);    /* String value */
const char *gn_type_cstr(gn_ctx *ctx, gn_value v); /* valid until next GC */
struct gn_class *gn_class_of(gn_ctx *ctx, gn_value v);
bool gn_is_callable(gn_ctx *ctx, gn_value v);
/* What a call of v runs with v as self: its class's `call`, or of the classes
 * Date, Time and DateTime their constructor; GN_NONE: none. Functions are
 * called as they are and have none. */
gn_value gn_call_of(gn_ctx *ctx, gn_value v);
bool gn_is_exception(gn_ctx *ctx, gn_value v);
/* Prepares a call of recv's method (which must exist) with n arguments, at
 * most GN_CALL_ARGS - 1. Returns GN_CALL; the native sets its state. A method
 * that a native calls gets its first argument as self. */
int gn_call_method(gn_ctx *ctx, gn_call *call, gn_value recv, const char *name,
                   const gn_value *args, uint32_t n);
/* Method of v's class by name, or GN_NONE. */
gn_value gn_find_method(gn_ctx *ctx, gn_value v, const char *name);

/* ---- immutability ---- */

/* GN_OK, or throws "Cannot <op> sealed array" and so on. */
int gn_check_mutable(gn_ctx *ctx, gn_value v, const char *op);

/* ---- equality (== of the language) ---- */

/* 1 equal, 0 not, -1: needs gn_equal_run (user == or a long walk). */
int gn_equal_quick(gn_value a, gn_value b);
/* Resumable: *machine is a local of the native, GN_NIL at first. Returns GN_OK
 * with call->result GN_TRUE or GN_FALSE and *machine reset to GN_NIL, or
 * GN_CALL / GN_YIELD / GN_THROW, to be returned as it is; at the re-entry call
 * it again with the same arguments. */
int gn_equal_run(gn_ctx *ctx, gn_call *call, gn_value *machine, gn_value a,
                 gn_value b);

/* ---- printing ---- */

/* Those from GN_INSPECT on are read back. */
enum gn_print_mode {
  GN_DISPLAY, /* println */
  GN_STRING,  /* to_s, interpolation: contents of collections quoted */
  GN_QUOTED,  /* as inside a gene */
  GN_INSPECT, /* quoted with escapes: reads back */
  GN_SERIAL,  /* as GN_INSPECT, of plain data only: see print_serial.h */
};
/* Appends v's text to *machine's builder; resumable like gn_equal_run. With
 * GN_OK the text so far stays in the machine, and another call appends more:
 * what is entered again for want of memory has to know what it has put. Out of
 * memory it goes on where that was when it is called again. */
int gn_print_run(gn_ctx *ctx, gn_call *call, gn_value *machine, gn_value v,
                 enum gn_print_mode mode);
/* The text of v alone, resumable too: with GN_OK *machine is that String (v
 * itself if it is one and nothing is quoted), and v is not printed again until
 * *machine is GN_NIL. */
int gn_print_text(gn_ctx *ctx, gn_call *call, gn_value *machine, gn_value v,
                  enum gn_print_mode mode);
gn_builder *gn_print_builder(gn_ctx *ctx, gn_value *machine); /* NULL: oom */
/* Puts a fresh machine there whose printing ends once the text has `most`
 * bytes; it may be some KiB longer then. False: out of memory. */
bool gn_print_start(gn_ctx *ctx, gn_value *machine, uint32_t most);

/* The text at once when no Gene code and no long walk can be needed (scalars,
 * strings): GN_NONE otherwise. */
gn_value gn_print_quick(gn_ctx *ctx, gn_value v, enum gn_print_mode mode);

/* ---- fibers and futures: run/future.h has more ---- */

/* Parks the running fiber until the future is done; return GN_WAIT. */
void gn_park_on_future(gn_ctx *ctx, gn_future *future);

#endif
